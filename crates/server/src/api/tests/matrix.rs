//! Every operation of the description, with every kind of credential and every foreign id: nobody sees a foreign byte, nobody
//! changes a foreign thing. The cells are made from the description; an operation that the matrix does not know how to ask
//! fails it.

use axum::http::Method;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{document, each_operation};
use crate::human::tests::world::{Answer, World, app_key, everything};

/// A word in all that is the victim's. Nobody else's answer may hold it.
const CANARY: &str = "canary-of-the-victim";
const VICTIM: &str = "01";
const MALLORY: &str = "02";
const STREAM: &str = "/v1/apps/{clientId}/events/stream";

/// Somebody whose things are asked for by others.
struct Victim {
    human_id: String,
    connection: String,
    webhook: String,
    import: String,
    event: String,
    token: String,
    /// Texts that only the victim's answers may hold.
    own: Vec<String>,
}

/// A credential as it is sent.
struct Credential {
    name: &'static str,
    header: Option<String>,
    /// In the query instead.
    query: Option<String>,
    /// It is a good one, of somebody else.
    of: Good,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Good {
    Nothing,
    Person,
    App,
}

fn client(number: &str) -> String {
    number.repeat(20)
}

fn key_of(app: u8) -> String {
    format!("Basic {}", BASE64.encode(format!("{}:", app_key(app))))
}

async fn form(world: &World, path: &str, body: Value) -> Value {
    let answer = world.send(Method::POST, path, &[("content-type", "application/json")], &body.to_string()).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer.json()
}

/// The victim, with one of everything.
async fn victim(world: &World) -> Victim {
    let app = world.app(1).await;
    let human = world.human(app, &format!("{CANARY}-external"), "token-of-the-victim").await;
    let connection = world.connect(human.human_id, "withings", "cccccccccccccccccccccccc").await;
    let mut batch = everything(0.0);
    for observation in &mut batch.observations {
        match observation {
            hilum_model::Observation::Sample(sample) => sample.device = Some(CANARY.to_owned()),
            hilum_model::Observation::Record(record) => record.device = Some(CANARY.to_owned()),
            hilum_model::Observation::Deleted { .. } => {}
        }
    }
    world.apply(human.human_id, connection, batch).await;
    let auth = key_of(1);
    let headers = [("authorization", auth.as_str()), ("content-type", "application/json")];
    let base = format!("/v1/apps/{}", client(VICTIM));
    let hook = json!({"url": format!("https://{CANARY}.example/hook"), "description": CANARY}).to_string();
    let webhook = world.send(Method::POST, &format!("{base}/webhooks"), &headers, &hook).await.json();
    let notify = json!({"notifyUrl": format!("https://{CANARY}.example/n"), "clientSecret": format!("{:040x}", 1)});
    let set = world.send(Method::PUT, &format!("{base}/notifications"), &headers, &notify.to_string()).await;
    assert_eq!(set.status, 200, "{}", set.text());
    let events = world.send(Method::GET, &format!("{base}/events"), &headers, "").await.rows();
    let bearer = [("authorization", "Bearer token-of-the-victim")];
    let import = world.send(Method::POST, "/v1/human/imports", &bearer, "date,weight\n").await;
    assert_eq!(import.status, 202, "{}", import.text());
    let text = |value: &Value| value.as_str().expect("text").to_owned();
    let (webhook, secret) = (text(&webhook["id"]), text(&webhook["secret"]));
    let human_id = human.human_id.to_string();
    Victim {
        own: vec![CANARY.to_owned(), human_id.clone(), human.user_id.to_string(), webhook.clone(), secret],
        import: text(&import.json()["id"]),
        event: text(&events.last().expect("an event")["id"]),
        token: "token-of-the-victim".to_owned(),
        connection: connection.to_string(),
        human_id,
        webhook,
    }
}

/// All kinds of credentials but the victim's own.
async fn credentials(world: &World, victim: &Victim) -> Vec<Credential> {
    let mallory = world.app(2).await;
    world.human(mallory, "mallory", "token-of-mallory").await;
    let neighbour = hilum_model::ClientId([1; 20]);
    world.human(neighbour, "neighbour", "token-of-the-neighbour").await;

    // Tokens of the victim that once were good: one that has ended, one that was ended because a refresh token came twice.
    let asked = json!({
        "client_id": client(VICTIM), "client_secret": format!("{:040x}", 1), "type": "access",
        "client_user_id": format!("{CANARY}-external"),
    });
    let ended = form(world, "/v1/connect/token", asked.clone()).await;
    world.clock.advance_ms(25 * 3_600_000);
    let issued = form(world, "/v1/connect/token", asked.clone()).await;
    let mut refresh = asked;
    refresh["type"] = "refresh".into();
    refresh["refresh_token"] = issued["refresh_token"].clone();
    let revoked = form(world, "/v1/connect/token", refresh.clone()).await;
    // A retry of the same moment gets the same answer; a later one is theft.
    world.clock.advance_ms(3_600_000);
    let headers = [("content-type", "application/json")];
    let again = world.send(Method::POST, "/v1/connect/token", &headers, &refresh.to_string()).await;
    assert_eq!(again.status, 400, "a refresh token counts once");
    // Somebody who was erased.
    let gone = world.human(neighbour, "gone", "token-of-the-gone").await;
    world.engine.erase_human(gone.human_id).await.expect("erased");

    let token = |value: &Value| format!("Bearer {}", value["access_token"].as_str().expect("text"));
    let header = |name, header: String, of| Credential { name, header: Some(header), query: None, of };
    let query = |name, query: &str, of| Credential { name, header: None, query: Some(query.to_owned()), of };
    vec![
        Credential { name: "none", header: None, query: None, of: Good::Nothing },
        header("garbage", "Bearer garbage".to_owned(), Good::Nothing),
        header("the victim's id as a token", format!("Bearer {}", victim.human_id), Good::Nothing),
        query("garbage in the query", "garbage", Good::Nothing),
        header("another app's person", "Bearer token-of-mallory".to_owned(), Good::Person),
        header("another person of the app", "Bearer token-of-the-neighbour".to_owned(), Good::Person),
        query("another person in the query", "token-of-mallory", Good::Person),
        header("another app's key", key_of(2), Good::App),
        header(
            "another app's secret as a key",
            format!("Basic {}", BASE64.encode(format!("{:040x}:", 2))),
            Good::Nothing,
        ),
        header("another app's key as a token", format!("Bearer {}", app_key(2)), Good::Nothing),
        header(
            "the victim's app by a person's token",
            format!("Basic {}", BASE64.encode("token-of-mallory:")),
            Good::Nothing,
        ),
        header("a token that has ended", token(&ended), Good::Nothing),
        header("a token that was revoked", token(&revoked), Good::Nothing),
        header("a token of the erased", "Bearer token-of-the-gone".to_owned(), Good::Nothing),
    ]
}

/// What stands for the braces of a path, as the victim would say it. Unknown names fail: the matrix has to learn them.
async fn values(world: &World, victim: &Victim, path: &str, name: &str) -> Vec<String> {
    match name {
        "clientId" => vec![client(VICTIM), client(MALLORY)],
        "userId" => vec![victim.human_id.clone(), format!("{CANARY}-external")],
        "connectionId" => vec![victim.connection.clone()],
        "webhookId" => vec![victim.webhook.clone()],
        "date" => vec!["2016-03-08".to_owned()],
        "metric" => vec!["heart_rate".to_owned()],
        "provider" => vec!["withings".to_owned()],
        "secret" | "key" => vec!["0123456789abcdef0123456789abcdef".to_owned()],
        "importId" => vec![victim.import.clone()],
        "id" | "idOrDate" => {
            let list = path.rsplit_once('/').expect("a list").0.replace("/summary", "/summaries");
            let bearer = format!("Bearer {}", victim.token);
            let rows = world.send(Method::GET, &list, &[("authorization", &bearer)], "").await.rows();
            assert!(!rows.is_empty(), "the victim has something at {list}");
            rows.iter().map(|row| row["id"].as_str().expect("id").to_owned()).collect()
        }
        other => panic!("{path}: the matrix does not know what stands for {other}"),
    }
}

/// Query parameters that name something of the victim's.
fn query(victim: &Victim, operation: &Value) -> String {
    let mut query = String::new();
    for parameter in operation["parameters"].as_array().into_iter().flatten() {
        let value = match (parameter["name"].as_str(), parameter["required"] == true) {
            (Some("after"), _) => victim.event.as_str(),
            (Some("source"), _) => "withings",
            (Some("updated_since"), true) => "2016-01-01",
            (Some("locations"), true) => "rs1",
            _ => continue,
        };
        let name = parameter["name"].as_str().unwrap_or_default();
        query = format!("{query}{name}={value}&");
    }
    query
}

/// A body that names what is the victim's, with the caller's own secret. Operations that take a body and are not here fail.
fn body(victim: &Victim, id: &str) -> Option<Value> {
    let secret = format!("{:040x}", 2);
    Some(match id {
        "createUser" => json!({"externalId": "somebody new"}),
        "setPriorities" | "setUserPriorities" => json!({"steps": ["withings"]}),
        "createWebhook" => json!({"url": "http://127.0.0.1:9/"}),
        "changeWebhook" => json!({"url": "http://127.0.0.1:9/", "enabled": false}),
        "rotateWebhookSecret" => json!({"overlapHours": 0}),
        "replayWebhook" => json!({"since": "2016-01-01T00:00:00Z"}),
        "setNotifications" => json!({"notifyUrl": "http://127.0.0.1:9/", "clientSecret": secret}),
        "exchangeSessionToken" => json!({
            "humanId": victim.human_id, "clientId": client(VICTIM), "clientSecret": secret, "sessionToken": victim.token,
        }),
        "recoverPublicToken" => json!({
            "humanId": victim.human_id, "clientId": client(MALLORY), "clientSecret": secret,
        }),
        "issueToken" => json!({
            "client_id": client(MALLORY), "client_secret": secret, "type": "access",
            "client_user_id": format!("{CANARY}-external"),
        }),
        "exchangeCode" => json!({"client_id": client(MALLORY), "client_secret": secret, "code": victim.token}),
        "ingest" => json!({"source": "mallory", "observations": []}),
        "createImport" | "resumeImport" => json!({"a": 1}),
        "pushFromPhone" | "takeNotice" | "pollSession" => json!({"poll": victim.token, "userid": "1"}),
        _ => return None,
    })
}

/// All that the victim can see.
async fn seen(world: &World, victim: &Victim) -> Vec<(String, u16, String)> {
    let document = document();
    let auth = [format!("Bearer {}", victim.token), key_of(1)];
    let mut seen = Vec::new();
    for (name, operation) in each_operation(&document) {
        let Some(path) = name.strip_prefix("get ").filter(|path| *path != STREAM) else { continue };
        let auth = if path.starts_with("/v1/apps/") { &auth[1] } else { &auth[0] };
        for path in addresses(world, victim, path).await.into_iter().filter(|path| !path.contains(&client(MALLORY))) {
            let path = format!("{path}?{}", query(victim, operation).replace("after=", "x="));
            let answer = world.send(Method::GET, &path, &[("authorization", auth)], "").await;
            let mut text = String::from_utf8_lossy(&answer.body).into_owned();
            if path.contains("/events?") {
                // The neighbour is of the same app and may do things; what is told of the victim counts.
                let about = |row: &Value| row["data"]["humanId"] == victim.human_id.as_str();
                text = answer.rows().into_iter().filter(about).collect::<Value>().to_string();
            }
            seen.push((path, answer.status.as_u16(), text));
        }
    }
    seen
}

/// The addresses of a template with all that stands for its braces.
async fn addresses(world: &World, victim: &Victim, template: &str) -> Vec<String> {
    let mut addresses = vec![template.to_owned()];
    while let Some(first) = addresses.first().filter(|address| address.contains('{')) {
        let name = first.split('{').nth(1).and_then(|rest| rest.split('}').next()).expect("a name").to_owned();
        let values = values(world, victim, template, &name).await;
        let with = |address: &String| {
            let name = format!("{{{name}}}");
            values.iter().map(|value| address.replacen(&name, value, 1)).collect::<Vec<_>>()
        };
        addresses = addresses.iter().flat_map(with).collect();
    }
    addresses
}

#[tokio::test]
async fn no_foreign_byte_and_no_foreign_change() {
    let world = World::new();
    let victim = victim(&world).await;
    let credentials = credentials(&world, &victim).await;
    let before = seen(&world, &victim).await;
    assert!(before.iter().any(|(.., text)| text.contains(CANARY)), "the canary is there to be seen");
    let document = document();
    let mut cells = 0;
    for (name, operation) in each_operation(&document) {
        let (method, template) = name.split_once(' ').expect("method and path");
        if template == STREAM {
            continue; // It does not end; it asks as `events` does, and has tests of its own.
        }
        let method: Method = method.to_ascii_uppercase().parse().expect("method");
        let id = operation["operationId"].as_str().expect("id");
        let sent = body(&victim, id);
        assert!(operation["requestBody"].is_null() || sent.is_some(), "{id}: the matrix has no body for it");
        let sent = sent.map_or_else(String::new, |body| body.to_string());
        for address in addresses(&world, &victim, template).await {
            for credential in &credentials {
                let token =
                    credential.query.as_ref().map_or_else(String::new, |token| format!("access_token={token}&"));
                let path = format!("{address}?{}{token}", query(&victim, operation));
                let mut headers = vec![("content-type", "application/json"), ("upload-offset", "0")];
                if let Some(header) = &credential.header {
                    headers.push(("authorization", header));
                }
                let answer = world.send(method.clone(), &path, &headers, &sent).await;
                let at = format!("{method} {path} with {}", credential.name);
                judge(&victim, template, operation, credential, &address, &answer, &at);
                cells += 1;
            }
        }
    }
    assert!(cells > 1_500, "{cells} cells");
    let after = seen(&world, &victim).await;
    for (was, is) in before.iter().zip(&after) {
        assert_eq!(was, is, "something of the victim's was changed");
    }
    assert_eq!(before.len(), after.len());
}

fn judge(
    victim: &Victim,
    template: &str,
    operation: &Value,
    credential: &Credential,
    address: &str,
    answer: &Answer,
    at: &str,
) {
    let text = String::from_utf8_lossy(&answer.body);
    let headers: String = answer.headers.values().filter_map(|value| value.to_str().ok()).collect();
    for own in &victim.own {
        // A caller gets back its own address in `Link`.
        assert!(!text.contains(own.as_str()), "{at} shows {own}: {text}");
        assert!(!headers.contains(own.as_str()) || at.contains(own.as_str()), "{at} shows {own} in {headers}");
    }
    let security = operation["security"].as_array();
    let wants = |scheme: &str| security.into_iter().flatten().any(|one| !one[scheme].is_null());
    let (person, app) = (wants("accessToken"), wants("appKey"));
    let good = match credential.of {
        Good::Person => person,
        Good::App => app && address.contains(&client(MALLORY)),
        Good::Nothing => false,
    };
    let foreign = ["userId", "connectionId", "webhookId", "importId", "{id}", "{idOrDate}"]
        .iter()
        .any(|name| template.contains(name));
    let status = answer.status.as_u16();
    if !person && !app {
        // Open to all (the script, this description, health), or by a secret in the body or the address.
        let open = operation["requestBody"].is_null() && !template.contains('{');
        assert!(open || answer.status.is_client_error(), "{at}: {status}");
    } else if !good {
        assert_eq!(status, 401, "{at}: {text}");
    } else if foreign {
        // Ids of samples are computed within a person, so a foreign one may name a sample of one's own.
        let own_sample = status == 200 && template.contains("/readings/");
        assert!(matches!(status, 400 | 404) || own_sample, "{at}: {status} {text}");
    } else {
        // One's own things, or nothing.
        assert!(status < 500, "{at}: {status} {text}");
    }
}
