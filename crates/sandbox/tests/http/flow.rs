//! Consent, codes, clients.

use hilum_providers::REGISTRY;
use hilum_providers::sandbox::teller;
use hilum_providers::spec::{ScopeFrom, UserId, id_text};

use crate::bed::{BACK, Bed, CLIENT, exchange, provider, query, tokens};

#[tokio::test]
async fn the_whole_way_works_for_every_provider() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let scopes = provider.scopes();
        let page_url = bed.authorize_url(provider, &scopes, &[]);
        let page = bed.send(bed.http.get(page_url.clone())).await;
        assert_eq!(page.status, 200);
        for text in [
            format!("made-up people, not the real {}", provider.name),
            ">Allow</button>".to_owned(),
            ">Deny</button>".to_owned(),
            "<option value=\"runner\" selected>".to_owned(),
        ] {
            assert!(page.text.contains(&text), "{} lacks {text}", provider.id);
        }
        assert_eq!(page.text.matches("type=\"checkbox\"").count(), scopes.len());
        assert_eq!(page.text.matches(" checked>").count(), scopes.len());

        let back = bed.press(&page_url, "allow", "runner", &scopes).await;
        assert!(back.as_str().starts_with(BACK), "{back}");
        assert_eq!(query(&back, "kept").as_deref(), Some("1"));
        assert_eq!(query(&back, "state").as_deref(), Some("st&te=1"));
        let told =
            (provider.auth.scope_from == ScopeFrom::Redirect).then(|| scopes.join(provider.auth.scope_separator));
        assert_eq!(query(&back, "scope"), told);

        let code = query(&back, "code").expect("a code");
        let reply = bed.token(provider, &exchange(&code)).await;
        let made = tokens(provider, &reply);
        let read = provider.auth.read_token(reply.json()).expect("tokens");
        assert_eq!(read.expires_in_s, i64::from(provider.auth.access_ttl_s));
        let account = match provider.auth.user_id {
            UserId::Token(_) | UserId::Jwt(_) => read.user_id.expect("an account"),
            UserId::Get { pointer, .. } => {
                let request = provider.auth.user_id_request().expect("a request");
                let reply = bed.data(provider, &made.access, &request).await;
                let value = reply.json().pointer(pointer).expect("an account");
                id_text(value).expect("an id")
            }
        };
        let teller = teller(provider).expect("a teller");
        let runner = hilum_providers::persona::find("runner").expect("there");
        assert_eq!(account, (teller.account)(runner), "{}", provider.id);
    }
}

#[tokio::test]
async fn the_consent_page_keeps_to_itself() {
    let bed = Bed::start().await;
    let oura = provider("oura");
    let url = bed.authorize_url(oura, &["daily"], &[("state", "\"><script>alert(1)</script>")]);
    let page = bed.send(bed.http.get(url)).await;
    assert!(!page.text.contains("<script"), "{}", page.text);
    let policy = page.headers["content-security-policy"].to_str().expect("text");
    assert!(policy.contains("default-src 'none'") && policy.contains("frame-ancestors 'none'"), "{policy}");
    assert!(policy.contains("form-action 'self' https://hilum.example;"), "{policy}");
    assert!(!page.headers.contains_key("cross-origin-opener-policy"));
    let style = bed.send(bed.http.get(format!("{}/_static/sandbox.css", bed.base))).await;
    assert_eq!(style.headers["content-type"], "text/css; charset=utf-8");
    let index = bed.send(bed.http.get(format!("{}/", bed.base))).await;
    assert!(index.text.contains("Oura") && index.text.contains("Withings"), "{}", index.text);
}

#[tokio::test]
async fn denying_and_unticking_everything_send_back_an_error() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let scopes = provider.scopes();
        let page = bed.authorize_url(provider, &scopes, &[]);
        let mut backs = vec![bed.press(&page, "deny", "runner", &scopes).await];
        if !scopes.is_empty() {
            backs.push(bed.press(&page, "allow", "runner", &[]).await);
        }
        for back in backs {
            assert_eq!(query(&back, "error").as_deref(), Some("access_denied"));
            assert_eq!(query(&back, "state").as_deref(), Some("st&te=1"));
            assert_eq!(query(&back, "code"), None);
        }
    }
}

#[tokio::test]
async fn requests_of_strangers_are_not_sent_back() {
    let bed = Bed::start().await;
    for wrong in [("client_id", "nobody"), ("redirect_uri", "https://evil.example/"), ("redirect_uri", "")] {
        let url = bed.authorize_url(provider("oura"), &["daily"], &[wrong]);
        let page = bed.send(bed.http.get(url.clone())).await;
        assert_eq!(page.status, 400, "{wrong:?}");
        assert!(page.text.contains("This request cannot be shown"));
        let posted = bed.send(bed.http.post(url).form(&[("decision", "allow"), ("persona", "runner")])).await;
        assert_eq!(posted.status, 400, "{wrong:?}");
    }
    assert_eq!(bed.send(bed.http.get(format!("{}/nobody/authorize", bed.base))).await.status, 404);
}

#[tokio::test]
async fn wrong_requests_of_clients_are_sent_back() {
    let bed = Bed::start().await;
    for (wrong, error) in [
        (("response_type", "token"), "unsupported_response_type"),
        (("scope", "daily everything"), "invalid_scope"),
        (("scope", ""), "invalid_scope"),
        (("state", ""), "invalid_request"),
    ] {
        let url = bed.authorize_url(provider("oura"), &["daily"], &[wrong]);
        let reply = bed.send(bed.http.get(url)).await;
        assert_eq!(reply.status, 303, "{wrong:?}");
        let to = reply.headers["location"].to_str().expect("text");
        assert!(to.starts_with("https://hilum.example/") && to.contains(&format!("error={error}")), "{to}");
    }
    let plain = bed.authorize_url(provider("oura"), &["daily"], &[("code_challenge", "x")]);
    let reply = bed.send(bed.http.get(plain)).await;
    assert!(reply.headers["location"].to_str().expect("text").contains("error=invalid_request"));
}

#[tokio::test]
async fn codes_work_once_and_not_for_long() {
    let bed = Bed::start().await;
    for (provider, life_s) in [(provider("oura"), 600), (provider("withings"), 30)] {
        let code = bed.code(provider, "runner").await;
        let elsewhere =
            [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", "https://hilum.example/")];
        assert!(provider.auth.read_token(bed.token(provider, &elsewhere).await.json()).is_none());
        tokens(provider, &bed.token(provider, &exchange(&code)).await);
        let replay = bed.token(provider, &exchange(&code)).await;
        assert!(provider.auth.read_token(replay.json()).is_none(), "{}", replay.text);

        let code = bed.code(provider, "runner").await;
        bed.clock.advance_ms(life_s * 1000 - 1);
        tokens(provider, &bed.token(provider, &exchange(&code)).await);
        let late = bed.code(provider, "runner").await;
        bed.clock.advance_ms(life_s * 1000);
        assert!(provider.auth.read_token(bed.token(provider, &exchange(&late)).await.json()).is_none());
    }
    assert_eq!(bed.stats().await["code_replays"], 2);
    // Oura says it with HTTP, Withings in the body.
    let oura = bed.token(provider("oura"), &exchange("unknown")).await;
    assert_eq!((oura.status, &oura.json()["error"]), (400, &"invalid_grant".into()));
    let withings = bed.token(provider("withings"), &exchange("unknown")).await;
    assert_eq!((withings.status, &withings.json()["status"]), (200, &503.into()));
}

#[tokio::test]
async fn a_challenge_asks_for_its_verifier() {
    let bed = Bed::start().await;
    let oura = provider("oura");
    // The example of RFC 7636, appendix B.
    let challenge =
        [("code_challenge", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"), ("code_challenge_method", "S256")];
    let page = bed.authorize_url(oura, &["daily"], &challenge);
    let back = bed.press(&page, "allow", "cuff", &["daily"]).await;
    let code = query(&back, "code").expect("a code");
    for verifier in [None, Some("wrong")] {
        let mut fields = exchange(&code).to_vec();
        fields.extend(verifier.map(|v| ("code_verifier", v)));
        assert_eq!(bed.token(oura, &fields).await.status, 400);
    }
    let mut fields = exchange(&code).to_vec();
    fields.push(("code_verifier", "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"));
    tokens(oura, &bed.token(oura, &fields).await);
}

#[tokio::test]
async fn clients_must_prove_who_they_are() {
    let bed = Bed::start().await;
    let code = bed.code(provider("oura"), "runner").await;
    let url = format!("{}/oura/token", bed.base);
    for credentials in [
        vec![],
        vec![("client_id", CLIENT)],
        vec![("client_id", CLIENT), ("client_secret", "wrong")],
        vec![("client_id", "nobody"), ("client_secret", "wrong")],
    ] {
        let form: Vec<_> = exchange(&code).into_iter().chain(credentials).collect();
        let reply = bed.send(bed.http.post(&url).form(&form)).await;
        assert_eq!((reply.status, &reply.json()["error"]), (401, &"invalid_client".into()), "{form:?}");
    }
    // Nothing of that used the code up; but a parameter that comes twice is refused.
    let mut twice = exchange(&code).to_vec();
    twice.push(("code", "other"));
    assert_eq!(bed.token(provider("oura"), &twice).await.json()["error"], "invalid_request");
    tokens(provider("oura"), &bed.token(provider("oura"), &exchange(&code)).await);
}

#[tokio::test]
async fn withings_wants_a_fresh_nonce_and_a_right_signature() {
    let bed = Bed::start().await;
    let withings = provider("withings");
    let url = format!("{}/withings/token", bed.base);
    let code = bed.code(withings, "runner").await;
    let signed = bed.signed("requesttoken").await;
    let send = |fields: Vec<(String, String)>| {
        let mut form = vec![("action".to_owned(), "requesttoken".to_owned())];
        form.extend(exchange(&code).map(|(n, v)| (n.to_owned(), v.to_owned())));
        form.extend(fields);
        bed.send(bed.http.post(&url).form(&form))
    };
    let with = |name: &str, value: &str| {
        let mut fields = signed.clone();
        fields.iter_mut().filter(|(n, _)| n == name).for_each(|(_, v)| value.clone_into(v));
        fields
    };
    for wrong in [
        with("signature", &"0".repeat(64)),
        with("nonce", "made up"),
        vec![("client_id".into(), CLIENT.into()), ("client_secret".into(), crate::bed::SECRET.into())],
    ] {
        assert_eq!(send(wrong).await.json()["status"], 503);
    }
    assert_eq!(send(signed.clone()).await.json()["status"], 0);
    assert_eq!(send(signed.clone()).await.json()["status"], 503, "a nonce works once");

    let url = format!("{}/withings/api/v2/signature", bed.base);
    let old = [("action", "getnonce"), ("client_id", CLIENT), ("timestamp", "1000"), ("signature", "00")];
    assert_eq!(bed.send(bed.http.post(url).form(&old)).await.json()["status"], 503);
}
