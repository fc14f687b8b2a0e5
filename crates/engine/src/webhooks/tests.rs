//! Webhooks against a receiver on loopback, with a clock that stands still.

mod failing;
mod receiver;

use aws_lc_rs::digest::{self, SHA1_FOR_LEGACY_USE_ONLY, SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use hilum_model::{Batch, ClientId, ConnectionId, HumanId, Phi, Secret, Time, WebhookId};
use hilum_store::connections::{ConnectionState, NewConnection};
use hilum_store::webhooks::{Webhook, WebhookKind, WebhookSettings};
use serde_json::{Value, json};

use self::receiver::{Got, Receiver};
use crate::testing::World;

const SECRET: &str = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX";

/// An app with a person, and where its events go.
struct Bed {
    world: World,
    app: ClientId,
}

impl Bed {
    async fn new() -> Self {
        let world = World::new().await;
        let app = world.engine.store.human(world.human).expect("reads").expect("there").client_id;
        Self { world, app }
    }

    async fn webhook(&self, number: u8, url: &str) -> WebhookId {
        self.webhook_of(number, url, WebhookKind::Standard, SECRET).await
    }

    async fn webhook_of(&self, number: u8, url: &str, kind: WebhookKind, secret: &str) -> WebhookId {
        let settings = WebhookSettings {
            url: Secret::new(url.to_owned()),
            description: String::new(),
            event_types: vec!["connection.*".to_owned(), "data.*".to_owned()],
            data_types: Vec::new(),
        };
        let secret = Some(Secret::new(secret.to_owned()));
        let store = &self.world.engine.store;
        store.create_webhook(WebhookId([number; 12]), self.app, kind, settings, secret).await.expect("made").webhook_id
    }

    /// One event: somebody connects a source.
    async fn connect(&self, human: HumanId, account: &str) -> ConnectionId {
        let new = NewConnection {
            human_id: human,
            connection_id: ConnectionId::random(&*self.world.engine.random),
            provider: "oura".to_owned(),
            pending: None,
            account: Phi::new(account.to_owned()),
            scopes: Vec::new(),
            tokens: None,
        };
        self.world.engine.store.add_connection(new).await.expect("connected")
    }

    async fn tell(&self, account: &str) -> ConnectionId {
        self.connect(self.world.human, account).await
    }

    async fn another_person(&self, name: &str) -> HumanId {
        let new = hilum_store::humans::NewHuman {
            client_id: self.app,
            client_user_id: Phi::new(name.to_owned()),
            ids: None,
            facts: hilum_store::humans::HumanFacts::default(),
        };
        self.world.engine.store.create_human(new).await.expect("made").0.human_id
    }

    async fn drain(&self) -> usize {
        self.world.engine.drain_webhooks().await.expect("drained")
    }

    fn shown(&self, id: WebhookId) -> Webhook {
        self.world.engine.store.webhook(id).expect("reads").expect("there")
    }

    fn outcomes(&self, id: WebhookId) -> Vec<(i64, Option<u16>, String)> {
        let log = self.world.engine.store.webhook_attempts(id, 100).expect("reads");
        log.into_iter().rev().map(|one| (one.attempt, one.status, one.outcome)).collect()
    }

    fn now(&self) -> Time {
        self.world.now()
    }
}

/// HMAC by its definition (RFC 2104), so that what is sent is not verified by what signed it.
fn hmac(algorithm: &'static digest::Algorithm, key: &[u8], message: &[u8]) -> Vec<u8> {
    assert!(key.len() <= 64);
    let pad = |with: u8| -> Vec<u8> { (0..64).map(|at| key.get(at).copied().unwrap_or(0) ^ with).collect() };
    let inner = digest::digest(algorithm, &[&pad(0x36), message].concat());
    digest::digest(algorithm, &[&pad(0x5c), inner.as_ref()].concat()).as_ref().to_vec()
}

/// Whether one of the signatures of a message fits a secret.
fn verifies(got: &Got, secret: &str) -> bool {
    let key = BASE64.decode(secret.strip_prefix("whsec_").expect("prefix")).expect("base64");
    let signed = [got.header("webhook-id"), ".", got.header("webhook-timestamp"), "."].concat();
    let tag = BASE64.encode(hmac(&SHA256, &key, &[signed.as_bytes(), &got.body].concat()));
    got.header("webhook-signature").split(' ').any(|one| one == format!("v1,{tag}"))
}

fn accounts_of(bed: &Bed, got: &[Got]) -> Vec<i64> {
    let first = bed.world.engine.store.events(bed.app, 0, 1000).expect("reads");
    let place = |got: &Got| {
        let id = got.header("webhook-id");
        first.iter().find(|event| event.id == id).expect("an event").position
    };
    got.iter().map(place).collect()
}

#[tokio::test]
async fn a_message_is_signed_thin_and_sent_once() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook(1, &receiver.url).await;
    let connection = bed.tell("secret-account").await;
    assert_eq!(bed.drain().await, 1);
    assert_eq!(bed.drain().await, 0);
    let got = receiver.take();
    let [one] = got.as_slice() else { panic!("{} messages", got.len()) };
    assert!(verifies(one, SECRET));
    assert!(!verifies(one, "whsec_AQECAwQFBgcICQoLDA0ODxAREhMUFRYX"), "another secret");
    let changed = Got { body: [&one.body[..], b" "].concat(), ..one.clone() };
    assert!(!verifies(&changed, SECRET), "a changed byte");
    assert_eq!(one.header("webhook-timestamp"), bed.now().unix_s().to_string());
    assert_eq!(one.header("content-type"), "application/json");
    let event = &bed.world.engine.store.events(bed.app, 0, 10).expect("reads")[0];
    assert_eq!(one.header("webhook-id"), event.id);
    assert!(!event.id.contains('.'));
    let expected = json!({
        "type": "connection.connected",
        "timestamp": "2026-03-10T03:00:00.000Z",
        "data": {
            "clientId": bed.app,
            "humanId": bed.world.human,
            "sequence": 1,
            "backfill": false,
            "connectionId": connection,
            "source": "oura",
            "reconnected": false,
        },
    });
    assert_eq!(String::from_utf8_lossy(&one.body), expected.to_string());
    assert_eq!(bed.outcomes(id), [(1, Some(200), "delivered".to_owned())]);
}

#[tokio::test]
async fn both_secrets_sign_while_they_rotate() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook(1, &receiver.url).await;
    let new = super::new_secret(&*bed.world.engine.random);
    let until = bed.now().plus_ms(1000);
    bed.world.engine.store.rotate_webhook(id, new.clone(), until).await.expect("rotates");
    bed.tell("a").await;
    bed.drain().await;
    bed.world.clock.advance_ms(1000);
    bed.tell("b").await;
    bed.drain().await;
    let got = receiver.take();
    assert!(verifies(&got[0], SECRET) && verifies(&got[0], new.expose()));
    assert!(!verifies(&got[1], SECRET) && verifies(&got[1], new.expose()));
}

#[tokio::test]
async fn a_retry_has_the_same_id_and_body_and_a_time_of_its_own() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    bed.webhook(1, &receiver.url).await;
    receiver.answer(&[500, 200]);
    bed.tell("a").await;
    bed.drain().await;
    bed.world.clock.advance_ms(5_500);
    bed.drain().await;
    let got = receiver.take();
    assert_eq!(got.len(), 2);
    assert_eq!((got[0].header("webhook-id"), &got[0].body), (got[1].header("webhook-id"), &got[1].body));
    assert_ne!(got[0].header("webhook-timestamp"), got[1].header("webhook-timestamp"));
    assert!(got.iter().all(|one| verifies(one, SECRET)));
}

#[tokio::test]
async fn a_person_s_order_holds_through_failures_and_people_do_not_wait_for_each_other() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    bed.webhook(1, &receiver.url).await;
    let other = bed.another_person("other").await;
    bed.tell("a").await;
    receiver.answer(&[500]);
    bed.drain().await;
    bed.tell("b").await;
    bed.connect(other, "c").await;
    bed.drain().await;
    assert_eq!(accounts_of(&bed, &receiver.take()), [1, 3], "the second waits for the first, the third for nobody");
    bed.world.clock.advance_ms(5_500);
    bed.drain().await;
    let got = receiver.take();
    assert_eq!(accounts_of(&bed, &got), [1, 2]);
    let sequence = |got: &Got| serde_json::from_slice::<Value>(&got.body).expect("JSON")["data"]["sequence"].clone();
    assert_eq!(got.iter().map(sequence).collect::<Vec<_>>(), [json!(1), json!(2)]);
}

#[tokio::test]
async fn a_new_process_goes_on_where_another_died() {
    let mut bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook(1, &receiver.url).await;
    bed.tell("a").await;
    let store = bed.world.engine.store.clone();
    while store.hand_out_events().await.expect("hands out") {}
    // Claimed, and then the process dies: nobody ends it.
    let wanted = vec![(id, hilum_store::outbox::Lane::Live, 1)];
    let claimed = store.claim_deliveries(wanted, bed.now().plus_ms(60_000)).await.expect("claims");
    assert_eq!(claimed.len(), 1);
    bed.world.restart();
    assert_eq!(bed.drain().await, 0, "its lease holds");
    bed.world.clock.advance_ms(60_000);
    assert_eq!(bed.drain().await, 1);
    assert_eq!(receiver.take().len(), 1);
}

#[tokio::test]
async fn a_test_message_says_what_came_of_it_and_changes_nothing() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook(1, &receiver.url).await;
    bed.world.engine.store.enable_webhook(id, Some("by_developer")).await.expect("off");
    receiver.answer(&[204, 500]);
    let well = bed.world.engine.test_webhook(&bed.shown(id)).await.expect("sent");
    assert_eq!((well.status, well.outcome), (Some(204), "delivered"));
    let ill = bed.world.engine.test_webhook(&bed.shown(id)).await.expect("sent");
    assert_eq!((ill.status, ill.outcome), (Some(500), "error_status"));
    let got = receiver.take();
    assert!(got.iter().all(|one| verifies(one, SECRET)));
    assert_eq!(got[0].header("webhook-id"), well.event);
    assert_eq!(serde_json::from_slice::<Value>(&got[0].body).expect("JSON")["type"], "webhook.test");
    assert_eq!((bed.shown(id).failures, bed.outcomes(id).len()), (0, 2));
    assert_eq!(bed.world.engine.store.last_event(bed.app).expect("reads"), 0);
}

#[tokio::test]
async fn a_notification_is_as_documented() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook_of(1, &receiver.url, WebhookKind::Notifications, "client-secret").await;
    let connection = bed.tell("a").await;
    bed.drain().await;
    let got = receiver.take();
    let one = &got[0];
    let signed = [&one.body, one.header("x-humanapi-timestamp").as_bytes(), one.header("x-humanapi-nonce").as_bytes()];
    let tag = hmac(&SHA1_FOR_LEGACY_USE_ONLY, b"client-secret", &signed.concat());
    assert_eq!(one.header("x-humanapi-signature"), hex::encode(tag));
    assert!(one.headers.get("webhook-signature").is_none());
    let event = &bed.world.engine.store.events(bed.app, 0, 10).expect("reads")[0];
    let human = bed.world.engine.store.human(bed.world.human).expect("reads").expect("there");
    let expected = json!([{
        "timestamp": "2026-03-10T03:00:00.000Z",
        "eventId": event.id,
        "eventType": "connection.connected",
        "eventGroup": "connection",
        "humanId": bed.world.human,
        "clientId": bed.app,
        "userId": human.user_id,
        "eventPayload": {"connectionId": connection, "source": "oura", "reconnected": false},
    }]);
    assert_eq!(String::from_utf8_lossy(&one.body), expected.to_string());

    // 200 and nothing else; a few more tries, then it is dropped.
    receiver.answer(&[204, 204, 204, 204]);
    bed.tell("b").await;
    for _ in 0..6 {
        bed.drain().await;
        bed.world.clock.advance_ms(3_600_000);
    }
    let outcomes: Vec<(i64, Option<u16>)> = bed.outcomes(id).into_iter().map(|(n, status, _)| (n, status)).collect();
    assert_eq!(outcomes, [(1, Some(200)), (1, Some(204)), (2, Some(204)), (3, Some(204)), (4, Some(204))]);
    assert_eq!(bed.drain().await, 0);
}

#[tokio::test]
async fn nothing_measured_and_nobody_s_name_is_in_a_message() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    bed.webhook(1, &receiver.url).await;
    bed.webhook_of(2, &receiver.url, WebhookKind::Notifications, "client-secret").await;
    let human = bed.another_person("canary-user").await;
    let connection = bed.connect(human, "canary-account").await;
    let quantity = hilum_model::Quantity::new(hilum_model::Metric::Weight, 71.2345, hilum_model::Unit::Kilogram);
    let mut batch = Batch::default();
    batch.record(hilum_model::Record {
        key: "canary-key".to_owned(),
        device: Some("canary-device".to_owned()),
        start: bed.now(),
        end: None,
        offset: None,
        day: bed.now().utc_day(),
        body: hilum_model::Body::Reading { metric: hilum_model::Metric::Weight, quantity: quantity.expect("fits") },
        source_data: serde_json::Map::new(),
    });
    bed.world.engine.store.apply(human, connection, batch, None).await.expect("applies");
    let (state, reason) = (ConnectionState::NeedsReauth, Some("revoked".to_owned()));
    bed.world.engine.store.set_connection_state(human, connection, state, reason).await.expect("sets");
    bed.drain().await;
    let got = receiver.take();
    assert_eq!(got.len(), 6);
    for one in got {
        let all = format!("{:?} {}", one.headers, String::from_utf8_lossy(&one.body));
        assert!(!all.contains("canary") && !all.contains("71.2") && one.body.len() < 1000, "{all}");
    }
}
