//! Notices, greetings, orders: what the provider does by itself, for every provider that does.

use hilum_model::{Clock as _, Day};
use hilum_providers::REGISTRY;
use hilum_providers::persona::{PEOPLE, Persona, Story};
use hilum_providers::sandbox::{Ask, Event, teller};
use hilum_providers::spec::{Handshake, Notice, Provider, Setup, Signed, Verdict, Verify, Webhook};
use serde_json::{Value, json};

use crate::bed::{BACK, Bed, Reply, query};
use crate::post::{Found, PATH, Post, look};

fn day(text: &str) -> Day {
    Day::parse(text).expect(text)
}

/// Every provider that sends notices.
fn senders() -> impl Iterator<Item = (&'static Provider, Webhook)> {
    REGISTRY.iter().filter_map(|provider| Some((*provider, provider.webhook?)))
}

/// Somebody, a stream and a day of which the provider sends a notice, as it does of the day before.
fn news(bed: &Bed, provider: &Provider) -> (&'static Persona, &'static str, Day) {
    let teller = teller(provider).expect("a teller");
    let scopes: Vec<String> = provider.scopes().into_iter().map(str::to_owned).collect();
    for persona in &PEOPLE {
        let story = Story::new(persona);
        let ask = Ask { story: &story, now: bed.clock.now(), params: &[], json: None, scopes: &scopes, base: "" };
        for stream in provider.streams {
            let told = |day: Day| !(teller.notices)(Event::Changed { stream: stream.id, day }, &ask).is_empty();
            let days = (0..20).map(|n| day("2026-11-21").plus(-n));
            if let Some(day) = days.into_iter().find(|day| told(*day) && told(day.plus(-1))) {
                return (persona, stream.id, day);
            }
        }
    }
    panic!("{} never has news on two days running", provider.id);
}

async fn notify(bed: &Bed, body: &Value) -> Reply {
    bed.send(bed.http.post(format!("{}/_control/notify", bed.base)).json(body)).await
}

#[tokio::test]
async fn notices_are_signed_as_asked_for_and_say_whose_they_are() {
    let bed = Bed::start().await;
    for (provider, webhook) in senders() {
        let mut post = Post::start(provider, false).await;
        bed.callback(provider, &post.url).await;
        let keys = bed.send(bed.http.get(format!("{}/_keys/{}", bed.base, provider.id))).await.json().clone();
        let (persona, stream, day) = news(&bed, provider);
        let timed = matches!(webhook.verify, Verify::Hmac(h) | Verify::HmacIfSent(h) if h.signed != Signed::Body);
        let account = (teller(provider).expect("a teller").account)(persona);
        for (mode, found) in [
            ("right", Found::Good),
            ("wrong", Found::Forged),
            ("missing", Found::Bare),
            ("stale", Found::Old),
            ("replayed", Found::Good),
            ("out_of_order", Found::Good),
        ] {
            let body = json!({"provider": provider.id, "persona": persona.id, "stream": stream,
                "day": day.to_string(), "mode": mode});
            let reply = notify(&bed, &body).await;
            if mode == "stale" && !timed {
                assert_eq!(reply.status, 400, "{}: nothing tells its time", provider.id);
                continue;
            }
            assert_eq!(reply.status, 200, "{} {mode}: {}", provider.id, reply.text);
            let caught = post.all();
            assert!(!caught.is_empty());
            assert_eq!(reply.json()["sent"].as_array().map(Vec::len), Some(caught.len()));
            for one in &caught {
                assert_eq!(look(provider, one, &keys, bed.clock.now().0), found, "{} {mode}", provider.id);
                let json: Value = serde_json::from_slice(&one.body).expect("JSON");
                let notices = (webhook.read)(&json, bed.clock.now());
                assert!(!notices.is_empty(), "{}: {json}", provider.id);
                assert!(notices.iter().all(|n| account_of(n) == account), "{}: {notices:?}", provider.id);
            }
            match mode {
                "replayed" => assert!(caught.chunks(2).all(|pair| pair[0].body == pair[1].body), "{}", provider.id),
                "out_of_order" => assert_ne!(caught[0].body, caught[caught.len() - 1].body, "{}", provider.id),
                _ => {}
            }
        }
    }
}

fn account_of(notice: &Notice) -> &str {
    match notice {
        Notice::Look { account, .. }
        | Notice::Deauthorised { account }
        | Notice::PermissionsChanged { account }
        | Notice::Data { account, .. }
        | Notice::Ping { account, .. }
        | Notice::Deleted { account, .. } => account,
    }
}

#[tokio::test]
async fn greetings_are_played_with_the_wrong_question_too() {
    let bed = Bed::start().await;
    let greet = async |provider: &Provider, url: &str| {
        let body = json!({"provider": provider.id, "url": url});
        bed.send(bed.http.post(format!("{}/_control/handshake", bed.base)).json(&body)).await.json().clone()
    };
    for (provider, webhook) in senders() {
        let good = greet(provider, &Post::start(provider, false).await.url).await;
        let steps = match webhook.handshake {
            Handshake::None => 0,
            Handshake::Ping { .. } => 1,
            Handshake::EchoJson { .. } | Handshake::Head | Handshake::GoogleTwoStep => 2,
        };
        assert_eq!((&good["ok"], good["steps"].as_array().map(Vec::len)), (&true.into(), Some(steps)), "{good}");
        let asks_wrongly = matches!(webhook.handshake, Handshake::EchoJson { .. } | Handshake::GoogleTwoStep);
        let naive = greet(provider, &Post::start(provider, true).await.url).await;
        assert_eq!(naive["ok"], !asks_wrongly, "{}: {naive}", provider.id);
    }
}

#[tokio::test]
async fn a_callback_address_is_made_known_by_the_providers_own_call() {
    let bed = Bed::start().await;
    for (provider, webhook) in senders() {
        let (persona, stream, day) = news(&bed, provider);
        let mut post = Post::start(provider, false).await;
        match webhook.setup {
            Setup::Portal => continue,
            Setup::Call(make) => {
                let mut request = make(&post.url);
                request.path = request.path.replace(provider.api_base, "");
                let reply = bed.app_call(provider, request).await;
                assert_eq!(reply.verdict(provider), Verdict::Ok, "{}: {}", provider.id, reply.text);
            }
            Setup::PerConnection(make) => {
                let made = bed.connect(provider, persona.id).await;
                for request in make(&post.url) {
                    let reply = bed.data(provider, &made.access, &request).await;
                    assert_eq!(reply.verdict(provider), Verdict::Ok, "{}: {}", provider.id, reply.text);
                }
            }
        }
        let body = json!({"provider": provider.id, "persona": persona.id, "stream": stream, "day": day.to_string()});
        assert_eq!(notify(&bed, &body).await.status, 200);
        assert!(post.all().iter().any(|caught| caught.path == PATH), "{}", provider.id);
    }
}

#[tokio::test]
async fn an_authorisation_that_ends_at_the_provider_is_told_where_it_tells_that() {
    let bed = Bed::start().await;
    for (provider, webhook) in senders() {
        let made = bed.connect(provider, "cuff").await;
        let mut post = Post::start(provider, false).await;
        let body = json!({"provider": provider.id, "persona": "cuff", "event": "deauthorised", "url": post.url});
        let reply = notify(&bed, &body).await;
        let told = reply.status == 200;
        assert!(told || reply.json()["error"] == "this provider sends no notice of that", "{}", reply.text);
        let account =
            (teller(provider).expect("a teller").account)(hilum_providers::persona::find("cuff").expect("he"));
        let notices: Vec<Notice> = post
            .all()
            .iter()
            .flat_map(|caught| (webhook.read)(&serde_json::from_slice(&caught.body).expect("JSON"), bed.clock.now()))
            .collect();
        assert_eq!(notices.contains(&Notice::Deauthorised { account }), told, "{}: {notices:?}", provider.id);
        // Told or not, the grant is dead.
        let verdict = bed.small(provider, &made).await.verdict(provider);
        assert!(matches!(verdict, Verdict::Refresh | Verdict::Reauthorise), "{}: {verdict:?}", provider.id);
    }
}

#[tokio::test]
async fn an_order_for_the_past_is_taken_once_and_delivered_by_push() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        for stream in provider.streams.iter().filter(|stream| stream.backfill.is_some()) {
            let backfill = stream.backfill.expect("asked for");
            let mut post = Post::start(provider, false).await;
            bed.callback(provider, &post.url).await;
            let made = bed.connect(provider, "cuff").await;
            let order = |from: &str, to: &str| {
                hilum_providers::spec::Request::get(backfill.path)
                    .with(backfill.from, day(from).start_utc().unix_s().to_string())
                    .with(backfill.to, day(to).start_utc().unix_s().to_string())
            };
            let first = bed.data(provider, &made.access, &order("2026-11-01", "2026-11-20")).await;
            assert_eq!(Some(&first.status), backfill.ok.first(), "{} {}", provider.id, stream.id);
            let again = bed.data(provider, &made.access, &order("2026-11-10", "2026-11-15")).await;
            assert_eq!(Some(&again.status), backfill.ok.last(), "{} {}", provider.id, stream.id);
            let long = bed.data(provider, &made.access, &order("2020-01-01", "2026-11-01")).await;
            assert_eq!(long.verdict(provider), Verdict::Fatal, "{} {}: {}", provider.id, stream.id, long.text);
            // What was told of these days is pushed, after what is still on its way of the order before.
            let webhook = provider.webhook.expect("how else would it push");
            loop {
                let caught = post.next().await;
                let json: Value = serde_json::from_slice(&caught.body).expect("JSON");
                let pushed = |n: &Notice| matches!(n, Notice::Data { stream: s, .. } if *s == stream.id);
                if (webhook.read)(&json, bed.clock.now()).iter().any(pushed) {
                    break;
                }
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_posted_where_it_should_not_be() {
    let bed = Bed::start().await;
    let control = async |path: &str, body: Value| {
        bed.send(bed.http.post(format!("{}/_control/{path}", bed.base)).json(&body)).await
    };
    let Some((provider, _)) = senders().next() else { panic!("nobody sends notices") };
    let id = provider.id;
    for (path, body, status) in [
        ("notify", json!({"provider": "nobody", "persona": "cuff"}), 400),
        ("notify", json!({"provider": id, "persona": "nobody"}), 400),
        ("notify", json!({"provider": id, "persona": "cuff", "stream": "nothing"}), 400),
        ("notify", json!({"provider": id, "persona": "cuff", "day": "today"}), 400),
        ("notify", json!({"provider": id, "persona": "cuff", "mode": "loudly"}), 400),
        ("notify", json!({"provider": id, "persona": "cuff", "who": 1}), 400),
        ("notify", json!({"provider": id, "persona": "cuff", "url": BACK}), 400),
        ("callback", json!({"provider": id, "url": BACK}), 400),
        ("handshake", json!({"provider": id, "url": BACK}), 400),
        ("callback", json!({"provider": id, "url": "http://127.0.0.1:9/", "client_id": "nobody"}), 400),
    ] {
        assert_eq!(control(path, body.clone()).await.status, status, "{path} {body}");
    }
    let plain = bed.http.post(format!("{}/_control/notify", bed.base)).header("content-type", "text/plain");
    assert_eq!(bed.send(plain.body("{}")).await.status, 415);
    assert_eq!(bed.send(bed.http.get(format!("{}/_keys/nobody", bed.base))).await.status, 404);
}

#[tokio::test]
async fn an_account_in_another_region_is_refused_there() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let scopes = provider.scopes();
        let page = bed.authorize_url(provider, &scopes, &[]);
        bed.fail("traveller", &["wrong_region"]).await;
        let mut form = vec![("persona", "traveller"), ("decision", "allow")];
        form.extend(scopes.iter().map(|s| ("scope", *s)));
        let reply = bed.send(bed.http.post(page.clone()).form(&form)).await;
        let refused = !provider.regions.is_empty();
        assert_eq!(reply.status, if refused { 403 } else { 303 }, "{}", provider.id);
        assert_eq!(reply.text.contains("no such account in this region"), refused);
        bed.fail("traveller", &[]).await;
        let back = bed.press(&page, "allow", "traveller", &scopes).await;
        assert!(query(&back, "code").is_some(), "{}", provider.id);
    }
}
