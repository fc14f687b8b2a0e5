//! What lies on the disk: nothing readable, nothing movable, nothing left.
mod common;

use common::{APP, DAY, HOUR, MINUTE, NOW, World, tokens};
use hilum_model::observation::Sleep;
use hilum_model::{
    Batch, Body, FlowId, HumanId, ImportId, Kind, Metric, Phi, Quantity, Record, Sample, Secret, Time, Unit, WebhookId,
};
use hilum_store::archive::{Door, Payload};
use hilum_store::connections::Cursor;
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::imports::Beginning;
use hilum_store::jobs::Priority;
use hilum_store::outbox::EventType;
use hilum_store::records::Filter;
use hilum_store::sessions::{ExchangeOutcome, Flow, SessionMode};
use hilum_store::tokens::{Issue, Launched, NewLaunch, Rotation, RotationOutcome, TokenKind, Whom};
use hilum_store::webhooks::{WebhookKind, WebhookSettings};
use hilum_store::{StoreError, hash_token};
use rusqlite::Connection;

/// Texts that are put in and must not be seen.
const USER: &str = "canary-user-4711";
const ACCOUNT: &str = "canary-account-4711";
const EMAIL: &str = "canary@example.org";
const DEVICE: &str = "canary-device";
const CONTEXT: &str = "canary-context";
const REPORT: &str = "canary-report";
const VERIFIER: &str = "canary-verifier";
const HOOK_URL: &str = "https://app.example/canary-hook";
const HOOK_SECRET: &str = "whsec_canary-secret";

fn weight(key: &str, kg: f64) -> Record {
    let quantity = Quantity::new(Metric::Weight, kg, Unit::Kilogram).expect("fits");
    Record {
        key: key.to_owned(),
        device: Some(DEVICE.to_owned()),
        start: NOW,
        end: None,
        offset: None,
        day: NOW.utc_day(),
        body: Body::Reading { metric: Metric::Weight, quantity },
        source_data: serde_json::Map::new(),
    }
}

fn heart(start: Time, value: f64) -> Sample {
    Sample {
        metric: Metric::HeartRate,
        device: Some(DEVICE.to_owned()),
        context: Some(CONTEXT.to_owned()),
        start,
        end: None,
        offset: None,
        value,
        unit: Unit::PerMinute,
    }
}

/// A person with something in every table. Returns it and its tokens.
async fn full_life(w: &World, user: &str) -> (HumanId, Vec<String>) {
    if w.store.webhooks(APP, WebhookKind::Standard).expect("reads").is_empty() {
        let settings = WebhookSettings {
            url: Secret::new(HOOK_URL.to_owned()),
            description: String::new(),
            event_types: Vec::new(),
            data_types: Vec::new(),
        };
        let secret = Some(Secret::new(HOOK_SECRET.to_owned()));
        let id = WebhookId::random(&*w.random);
        w.store.create_webhook(id, APP, WebhookKind::Standard, settings, secret).await.expect("webhook");
    }
    let session = w.create(user).await;
    let human = session.human_id;
    let account = format!("{ACCOUNT}-{user}");
    let granted = tokens(&format!("canary-{user}"), w.now());
    let id = w.connect(human, Some(session.session_id), &account, Some(granted)).await.expect("pending");
    let session_token = w.finish(&session).await;
    let ExchangeOutcome::Done { access_token, public_token, .. } = w.exchange(&session_token, human).await else {
        panic!("not exchanged");
    };
    let until = w.now().plus_ms(MINUTE);
    assert!(w.store.begin_refresh(human, id, 1, [1; 16], until).await.expect("begins"));
    let next = tokens(&format!("canary-next-{user}"), w.now());
    assert!(w.store.complete_refresh(human, id, 1, [1; 16], next).await.expect("completes"));
    let edit = w.session(SessionMode::Edit, human, user).await;
    let flow = Flow {
        flow_id: FlowId::random(&*w.random),
        session_id: edit.session_id,
        provider: "oura".to_owned(),
        state_hash: hash_token(&w.token()),
        cookie_hash: hash_token(&w.token()),
        verifier: Secret::new(VERIFIER.to_owned()),
        region: None,
        renews: None,
        expires_at: w.now().plus_ms(HOUR),
    };
    w.store.create_flow(flow).await.expect("flow");
    let mut batch = Batch::default();
    batch.record(weight("canary-key", 77.123_25));
    let sleep = Body::Sleep(Sleep { asleep_s: Some(25_200.0), ..Sleep::default() });
    batch.record(Record { body: sleep, ..weight("canary-sleep", 1.0) });
    for i in 0..3000 {
        batch.sample(heart(NOW.plus_ms(i * MINUTE), 60.0 + (i % 50) as f64));
    }
    batch.facts.email = Some(EMAIL.to_owned());
    batch.facts.devices = vec![DEVICE.to_owned()];
    let cursor = Cursor {
        stream: "s".to_owned(),
        oldest: NOW.utc_day(),
        newest: NOW.utc_day(),
        history_done: true,
        synced_at: Some(NOW),
    };
    let payload = Payload::new(Door::Page, "s", "?", (NOW, Some("Europe/Canary")), REPORT.as_bytes()).expect("kept");
    w.store.apply_told(human, id, batch, Some(cursor), vec![payload]).await.expect("applies");
    w.store.set_push_key(human, id, hash_token(&w.token())).await.expect("push key");
    w.store.set_human_priorities(human, serde_json::Map::new()).await.expect("priorities");
    let import = ImportId::random(&*w.random);
    let report = Phi::new(REPORT.to_owned());
    w.store
        .begin_import(human, import, Beginning::Upload { bytes: None, pending: None }, report)
        .await
        .expect("import");
    let issue = || Issue {
        kind: TokenKind::Access,
        token: Secret::new(w.token()),
        until: w.now().plus_ms(DAY),
        refresh: Secret::new(w.token()),
        refresh_until: w.now().plus_ms(DAY),
    };
    let first = issue();
    let refresh = first.refresh.expose().clone();
    assert!(w.store.issue_tokens(APP, human, [1; 16], first).await.expect("issues"));
    let rotation =
        Rotation { client_id: APP, refresh_hash: hash_token(&refresh), next: issue(), retry_window_ms: MINUTE };
    let RotationOutcome::Done(rotated) = w.store.rotate(rotation).await.expect("rotates") else {
        panic!("not rotated");
    };
    let launch_token = w.token();
    let launch = NewLaunch {
        token_hash: hash_token(&launch_token),
        client_id: APP,
        client_user_id: Phi::new(user.to_owned()),
        email: Some(Phi::new(EMAIL.to_owned())),
        whom: Whom::Known,
        human_id: human,
        expires_at: w.now().plus_ms(HOUR),
    };
    assert_eq!(w.store.create_launch(launch).await.expect("records"), Launched::For(human));
    while w.store.hand_out_events().await.expect("hands out") {}
    let (next, its_refresh) = (rotated.token.expose().clone(), rotated.refresh.expose().clone());
    let secrets = [
        session_token,
        access_token.expose().clone(),
        public_token.expose().clone(),
        refresh,
        launch_token,
        next,
        its_refresh,
    ];
    (human, secrets.to_vec())
}

fn raw(w: &World) -> Connection {
    Connection::open(w.data().join("hilum.sqlite")).expect("opens")
}

#[tokio::test]
async fn no_file_shows_a_token_a_person_or_a_reading() {
    let w = World::new().await;
    let (_, mut canaries) = full_life(&w, USER).await;
    canaries
        .extend([USER, ACCOUNT, EMAIL, DEVICE, CONTEXT, VERIFIER, REPORT, HOOK_URL, HOOK_SECRET].map(str::to_owned));
    canaries.extend(
        ["access-canary", "refresh-canary", "canary-key", "canary-sleep", "77.123", "77123"].map(str::to_owned),
    );
    let binary: Vec<Vec<u8>> = vec![77.123_25_f64.to_le_bytes().to_vec(), 77.123_25_f64.to_be_bytes().to_vec()];
    let canaries: Vec<Vec<u8>> = canaries.into_iter().map(String::into_bytes).chain(binary).collect();
    let search = |when: &str| {
        let mut files = 0;
        for entry in std::fs::read_dir(w.data()).expect("list") {
            let path = entry.expect("entry").path();
            let bytes = std::fs::read(&path).expect("file");
            files += 1;
            for canary in &canaries {
                assert!(
                    !bytes.windows(canary.len()).any(|window| window == canary.as_slice()),
                    "{when}: {} in {}",
                    String::from_utf8_lossy(canary),
                    path.display()
                );
            }
        }
        files
    };
    assert!(search("running") >= 4, "database, log, keys, lock");
    w.store.close().await.expect("closes");
    search("closed");
    // The search does find what is there in clear.
    let file = std::fs::read(w.data().join("hilum.sqlite")).expect("file");
    assert!(file.windows(8).any(|window| window == b"withings"));
}

#[tokio::test]
async fn erasure_leaves_no_row_and_spares_the_neighbour() {
    let w = World::new().await;
    let (ann, secrets) = full_life(&w, "ann").await;
    let (bob, _) = full_life(&w, "bob").await;
    w.store.enqueue("revoke", "x", serde_json::json!({"human": ann}), Priority::Normal, w.now()).await.expect("queues");
    let before = counts(&w, ann);
    assert_eq!(before.iter().filter(|(_, rows)| *rows == 0).count(), 0, "{before:?}: each table has something");
    let neighbour = counts(&w, bob);

    assert!(w.store.erase_human(ann).await.expect("erases"));
    let after = counts(&w, ann);
    let told = w.store.events(APP, 0, 1000).expect("reads");
    let told: Vec<_> = told.iter().filter(|event| event.human_id == Some(ann)).map(|event| event.kind).collect();
    assert_eq!(told, [EventType::Erased], "that they were erased, and nothing else");
    let left: Vec<_> = after.iter().filter(|(table, rows)| *rows > 0 && table != "jobs" && table != "events").collect();
    assert!(left.is_empty(), "{left:?}");
    let kinds: Vec<String> = raw(&w)
        .prepare("SELECT kind FROM jobs WHERE human_id = ?1")
        .expect("prepares")
        .query_map([ann.0], |row| row.get(0))
        .expect("runs")
        .collect::<Result<_, _>>()
        .expect("rows");
    assert_eq!(kinds, ["revoke"], "what revokes at the provider outlives the person");
    assert_eq!(counts(&w, bob), neighbour);

    assert!(w.store.human(ann).expect("reads").is_none());
    assert!(w.store.human_by_access_token(&hash_token(&secrets[1])).expect("reads").is_none());
    assert_eq!(w.store.samples(ann, Metric::HeartRate, &Filter::default()).expect("reads").total, 0);
    assert!(matches!(w.exchange(&secrets[0], ann).await, ExchangeOutcome::Unknown));
    assert!(!w.store.erase_human(ann).await.expect("runs"), "nobody there");
    assert_eq!(w.store.check().expect("checks"), Vec::<String>::new());
    // The same user may come again, as somebody new.
    assert_ne!(w.human("ann").await.human_id, ann);
}

#[tokio::test]
async fn a_person_with_fixed_ids_can_be_erased_and_made_again() {
    let w = World::new().await;
    let ids = (HumanId([1; 16]), hilum_model::UserId([2; 12]));
    for email in ["first@example.org", "second@example.org"] {
        let new = NewHuman {
            client_id: APP,
            client_user_id: Phi::new("demo".to_owned()),
            ids: Some(ids),
            facts: HumanFacts { email: Some(email.to_owned()), ..HumanFacts::default() },
        };
        assert!(w.store.create_human(new.clone()).await.expect("creates").1);
        assert!(!w.store.create_human(new).await.expect("finds").1);
        let human = w.store.human(ids.0).expect("reads").expect("there");
        assert_eq!(human.facts.expose().email.as_deref(), Some(email));
        let other = NewHuman {
            client_id: APP,
            client_user_id: Phi::new("other".to_owned()),
            ids: Some(ids),
            facts: HumanFacts::default(),
        };
        let taken = w.store.create_human(other).await;
        assert!(matches!(taken, Err(StoreError::Exists)), "{taken:?}");
        assert!(w.store.human(ids.0).expect("the refused write changed no key").is_some());
        assert!(w.store.erase_human(ids.0).await.expect("erases"));
    }
}

/// Rows of a person by table, for every table that has a column `human_id`.
fn counts(w: &World, human: HumanId) -> Vec<(String, i64)> {
    let raw = raw(w);
    let tables: Vec<String> = raw
        .prepare(
            "SELECT DISTINCT t.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c ON c.name = 'human_id'
             WHERE t.type = 'table' ORDER BY t.name",
        )
        .expect("prepares")
        .query_map([], |row| row.get(0))
        .expect("runs")
        .collect::<Result<_, _>>()
        .expect("rows");
    assert!(tables.len() >= 12, "{tables:?}");
    tables
        .into_iter()
        .map(|table| {
            let sql = format!("SELECT count(*) FROM {table} WHERE human_id = ?1");
            let rows = raw.query_row(&sql, [human.0], |row| row.get(0)).expect("counts");
            (table, rows)
        })
        .collect()
}

/// Every sealed column: the statement that flips a bit of its ciphertext.
fn sealed_columns(raw: &Connection) -> Vec<(String, String)> {
    raw.prepare(
        "SELECT t.name, c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c
         WHERE t.type = 'table' AND c.name LIKE 'sealed%' ORDER BY 1, 2",
    )
    .expect("prepares")
    .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
    .expect("runs")
    .collect::<Result<_, _>>()
    .expect("rows")
}

/// Reads everything of a person that is sealed, and says which errors came.
fn read_all(w: &World, human: HumanId) -> Vec<StoreError> {
    let mut errors = Vec::new();
    let mut note = |result: Result<(), StoreError>| errors.extend(result.err());
    note(w.store.human(human).map(drop));
    note(w.store.connections(human).map(drop));
    for connection in w.store.connections(human).unwrap_or_default() {
        note(w.store.grant(human, connection.connection_id).map(drop));
        note(w.store.archived(human, connection.connection_id, 1).map(drop));
    }
    note(w.store.records(human, Kind::Weight, &Filter::default()).map(drop));
    note(w.store.records(human, Kind::Sleep, &Filter::default()).map(drop));
    note(w.store.records(human, Kind::SleepDay, &Filter::default()).map(drop));
    let all = Filter { limit: 5000, ..Filter::default() };
    note(w.store.samples(human, Metric::HeartRate, &all).map(drop));
    note(w.store.imports(human).map(drop));
    note(w.store.open_sessions().map(drop));
    note(w.store.webhooks(APP, WebhookKind::Standard).map(drop));
    errors
}

#[tokio::test]
async fn a_flipped_bit_is_noticed_in_every_sealed_column() {
    let columns = {
        let w = World::new().await;
        sealed_columns(&raw(&w))
    };
    assert_eq!(columns.len(), 23, "{columns:?}");
    for (table, column) in columns {
        let mut w = World::new().await;
        let (human, secrets) = full_life(&w, USER).await;
        assert_eq!(read_all(&w, human).len(), 0);
        w.store.close().await.expect("closes");
        let changed = {
            let raw = raw(&w);
            let rows: Vec<(Vec<u8>, Vec<u8>)> = raw
                .prepare(&format!("SELECT {column}, {column} FROM {table} WHERE {column} IS NOT NULL"))
                .expect("prepares")
                .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))
                .expect("runs")
                .collect::<Result<_, _>>()
                .expect("rows");
            for (old, mut new) in rows.clone() {
                // One bit of the tag.
                let last = new.len() - 1;
                new[last] ^= 1;
                raw.execute(&format!("UPDATE {table} SET {column} = ?2 WHERE {column} = ?1"), [old, new])
                    .expect("flips");
            }
            rows.len()
        };
        assert!(changed > 0, "{table}.{column} is empty");
        let clock = w.clock.clone();
        w.store =
            hilum_store::Store::open(&w.data(), hilum_store::OpenMode::Serve, clock, w.random.clone()).expect("opens");
        let mut errors = read_all(&w, human);
        match (table.as_str(), column.as_str()) {
            // Read on other roads.
            ("jobs", _) => {
                let jobs = w.store.claim_jobs(10, w.now()).await.expect("the queue goes on");
                assert!(jobs.iter().all(|job| job.payload.is_null()), "{jobs:?}");
                continue;
            }
            ("flows", _) => {
                let hash: Vec<u8> =
                    raw(&w).query_row("SELECT state_hash FROM flows", [], |row| row.get(0)).expect("flow");
                errors.extend(w.store.take_flow(hash.try_into().expect("32 bytes")).await.err());
            }
            ("launch_tokens", _) => errors.extend(w.store.launch(&hash_token(&secrets[4])).err()),
            ("refresh_tokens", _) => {
                let next = Issue {
                    kind: TokenKind::Access,
                    token: Secret::new(w.token()),
                    until: w.now(),
                    refresh: Secret::new(w.token()),
                    refresh_until: w.now(),
                };
                let refresh_hash = hash_token(&secrets[3]);
                let again = Rotation { client_id: APP, refresh_hash, next, retry_window_ms: MINUTE };
                errors.extend(w.store.rotate(again).await.err());
            }
            ("sessions", "sealed_answer") => {
                let again = hilum_store::sessions::Exchange {
                    token_hash: hash_token(&secrets[0]),
                    client_id: APP,
                    human_id: human,
                    access_token: Secret::new(w.token()),
                    public_token: Secret::new(w.token()),
                    once: false,
                    old_access_until: w.now().plus_ms(DAY),
                    retry_window_ms: MINUTE,
                };
                errors.extend(w.store.exchange(again).await.err());
            }
            _ => {}
        }
        assert!(!errors.is_empty(), "{table}.{column}: nothing noticed");
        for error in errors {
            assert!(matches!(error, StoreError::Damaged(_)), "{table}.{column}: {error}");
        }
    }
}

#[tokio::test]
async fn ciphertexts_do_not_open_in_another_place() {
    let w = World::new().await;
    let (ann, _) = full_life(&w, "ann").await;
    let connection = w.store.connections(ann).expect("reads")[0].connection_id;
    let mut batch = Batch::default();
    batch.record(weight("second", 80.0));
    w.store.apply(ann, connection, batch, None).await.expect("applies");
    let swaps = [
        // Two rows of one person.
        "UPDATE records SET sealed_body = (SELECT o.sealed_body FROM records o WHERE o.human_id = records.human_id
            AND o.kind = records.kind AND o.record_id <> records.record_id) WHERE kind = 1",
        // Two days of one series.
        "UPDATE chunks SET sealed_body = (SELECT o.sealed_body FROM chunks o WHERE o.day <> chunks.day LIMIT 1)",
        // Two columns of one row.
        "UPDATE grants SET sealed_access = sealed_refresh",
    ];
    for swap in swaps {
        let other = raw(&w);
        other.execute_batch("BEGIN").expect("begins");
        assert!(other.execute(swap, []).expect("swaps") > 0);
        other.execute_batch("COMMIT").expect("commits");
    }
    assert!(matches!(w.store.records(ann, Kind::Weight, &Filter::default()), Err(StoreError::Damaged(_))));
    assert!(matches!(w.store.samples(ann, Metric::HeartRate, &Filter::default()), Err(StoreError::Damaged(_))));
    assert!(matches!(w.store.grant(ann, connection), Err(StoreError::Damaged(_))));
    let problems = w.store.check().expect("checks");
    assert!(problems.iter().any(|problem| problem.contains("chunks")), "{problems:?}");
    assert!(problems.iter().any(|problem| problem.contains("grants")), "{problems:?}");
}
