//! The outbox: every change tells, once, in the transaction of the change; and nothing else does.
mod common;

use common::{APP, DAY, NOW, World};
use hilum_model::{Batch, Body, ClientId, ConnectionId, HumanId, Kind, Metric, Quantity, Record, Sample, Time, Unit};
use hilum_store::StoreError;
use hilum_store::connections::{ConnectionState, Cursor};
use hilum_store::outbox::{Event, EventType, Lane};
use hilum_store::sessions::SessionMode;
use serde_json::json;

fn weight(key: &str, kg: f64, at: Time) -> Record {
    let quantity = Quantity::new(Metric::Weight, kg, Unit::Kilogram).expect("fits");
    Record {
        key: key.to_owned(),
        device: None,
        start: at,
        end: None,
        offset: None,
        day: at.utc_day(),
        body: Body::Reading { metric: Metric::Weight, quantity },
        source_data: serde_json::Map::new(),
    }
}

fn heart(start: Time) -> Sample {
    Sample {
        metric: Metric::HeartRate,
        device: None,
        context: None,
        start,
        end: None,
        offset: None,
        value: 60.0,
        unit: Unit::PerMinute,
    }
}

async fn apply(w: &World, human: HumanId, id: ConnectionId, fill: impl FnOnce(&mut Batch)) {
    let mut batch = Batch::default();
    fill(&mut batch);
    w.store.apply(human, id, batch, None).await.expect("applies");
}

fn events(w: &World) -> Vec<Event> {
    w.store.events(APP, 0, 10_000).expect("reads")
}

fn names(events: &[Event]) -> Vec<&'static str> {
    events.iter().map(|event| event.kind.name()).collect()
}

#[tokio::test]
async fn a_batch_tells_once_for_each_type_and_change() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let id = w.connection(human, "account").await;
    let before = events(&w);
    assert_eq!(names(&before), ["connection.connected"]);
    assert_eq!(
        before[0].data,
        *json!({"connectionId": id, "source": "withings", "reconnected": false}).as_object().expect("object")
    );

    apply(&w, human, id, |batch| {
        batch.record(weight("a", 70.0, NOW));
        batch.record(weight("b", 71.0, NOW.plus_ms(-2 * DAY)));
        for minute in 0..1440 {
            batch.sample(heart(NOW.plus_ms(minute * 60_000)));
        }
    })
    .await;
    let told = events(&w).split_off(1);
    assert_eq!(names(&told), ["data.created", "data.created"]);
    assert_eq!(
        told.iter().map(|event| serde_json::Value::from(event.data.clone())).collect::<Vec<_>>(),
        [
            json!({"connectionId": id, "source": "withings", "dataType": "heart_rate", "count": 1440,
                "from": "2026-03-01", "to": "2026-03-01"}),
            json!({"connectionId": id, "source": "withings", "dataType": "weight", "count": 2,
                "from": "2026-02-27", "to": "2026-03-01"}),
        ]
    );
    assert_eq!(
        told.iter().map(|e| (e.position, e.sequence, e.lane)).collect::<Vec<_>>(),
        [(2, 2, Lane::Live), (3, 3, Lane::Live)]
    );

    // The same again is no news; a correction and a deletion are.
    apply(&w, human, id, |batch| batch.record(weight("a", 70.0, NOW))).await;
    assert_eq!(events(&w).len(), 3);
    apply(&w, human, id, |batch| {
        batch.record(weight("a", 70.5, NOW));
        batch.deleted(Kind::Weight, "b".to_owned());
        batch.deleted(Kind::Weight, "never there".to_owned());
    })
    .await;
    let told = events(&w).split_off(3);
    assert_eq!(names(&told), ["data.updated", "data.deleted"]);
    assert_eq!((&told[1].data["count"], &told[1].data["from"]), (&json!(1), &json!("2026-02-27")));
}

#[tokio::test]
async fn the_past_goes_through_the_slow_lane() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let id = w.connection(human, "account").await;
    apply(&w, human, id, |batch| batch.record(weight("a", 70.0, NOW.plus_ms(-8 * DAY)))).await;
    apply(&w, human, id, |batch| batch.record(weight("b", 70.0, NOW.plus_ms(-7 * DAY)))).await;
    let lanes: Vec<Lane> = events(&w).iter().map(|event| event.lane).collect();
    assert_eq!(lanes, [Lane::Live, Lane::Backfill, Lane::Live]);
    assert_eq!(events(&w)[1].payload()["backfill"], true);
}

#[tokio::test]
async fn a_write_that_is_refused_tells_nothing() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let id = w.connection(human, "account").await;
    w.store.disconnect(human, id).await.expect("disconnects");
    let before = events(&w).len();
    let mut batch = Batch::default();
    batch.record(weight("a", 70.0, NOW));
    let refused = w.store.apply(human, id, batch, None).await;
    assert!(matches!(refused, Err(StoreError::NotFound)));
    let gone = w.store.disconnect(human, ConnectionId([9; 12])).await;
    assert!(matches!(gone, Err(StoreError::NotFound)));
    assert_eq!(events(&w).len(), before);
}

#[tokio::test]
async fn states_are_told_when_they_change() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let id = w.connection(human, "account").await;
    let set = |state, reason: Option<&str>| w.store.set_connection_state(human, id, state, reason.map(str::to_owned));
    for _ in 0..2 {
        set(ConnectionState::NeedsReauth, Some("revoked")).await.expect("sets");
    }
    set(ConnectionState::Live, None).await.expect("sets");
    set(ConnectionState::ProviderDown, Some("provider_down")).await.expect("sets");
    set(ConnectionState::Live, None).await.expect("sets");
    w.store.disconnect(human, id).await.expect("disconnects");
    w.connection(human, "account").await;
    let told = events(&w).split_off(1);
    assert_eq!(
        names(&told),
        ["connection.needs_reauth", "connection.recovered", "connection.disconnected", "connection.connected"]
    );
    assert_eq!(told[0].data["reason"], "revoked");
    assert_eq!(told[3].data["reconnected"], true);
    // Authorised again in time: it has recovered, and was never gone.
    set(ConnectionState::NeedsReauth, None).await.expect("sets");
    w.connection(human, "account").await;
    assert_eq!(names(&events(&w).split_off(5)), ["connection.needs_reauth", "connection.recovered"]);
}

#[tokio::test]
async fn nobody_hears_of_an_enrolment_before_its_exchange() {
    let w = World::new().await;
    let session = w.create("ann").await;
    let human = session.human_id;
    let id = w.connect(human, Some(session.session_id), "account", None).await.expect("pending");
    apply(&w, human, id, |batch| {
        batch.record(weight("a", 70.0, NOW));
        batch.sample(heart(NOW));
    })
    .await;
    w.store.set_connection_state(human, id, ConnectionState::NeedsReauth, None).await.expect("sets");
    w.store.set_connection_state(human, id, ConnectionState::Live, None).await.expect("sets");
    let token = w.finish(&session).await;
    assert_eq!(events(&w), []);
    w.exchange(&token, human).await;
    let told = events(&w);
    assert_eq!(names(&told), ["connection.connected", "data.created", "data.created", "enrolment.completed"]);
    assert_eq!((&told[1].data["dataType"], &told[2].data["dataType"]), (&json!("heart_rate"), &json!("weight")));
    assert_eq!(told[3].data, *json!({"mode": "create", "connectionIds": [id]}).as_object().expect("object"));
    assert!(told.iter().all(|event| event.human_id == Some(human)));
    w.exchange(&token, human).await;
    assert_eq!(events(&w).len(), 4, "a retry is no news");

    // A second session that brings the same account: connected again.
    let edit = w.session(SessionMode::Edit, human, "ann").await;
    w.connect(human, Some(edit.session_id), "account", None).await.expect("pending");
    let token = w.finish(&edit).await;
    w.exchange(&token, human).await;
    let told = events(&w).split_off(4);
    assert_eq!(names(&told), ["connection.connected", "enrolment.completed"]);
    assert_eq!((&told[0].data["connectionId"], &told[0].data["reconnected"]), (&json!(id), &json!(true)));
    assert_eq!(told[1].data["mode"], "edit");
}

#[tokio::test]
async fn the_first_sync_and_the_end_of_the_past_are_told_once() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let id = w.connection(human, "account").await;
    let cursor = |stream: &str, synced: bool, done: bool| Cursor {
        stream: stream.to_owned(),
        oldest: NOW.utc_day(),
        newest: NOW.utc_day(),
        history_done: done,
        synced_at: synced.then_some(NOW),
    };
    for (stream, synced, done) in
        [("a", false, false), ("a", true, false), ("b", true, false), ("a", true, true), ("a", true, true)]
    {
        let cursor = Some(cursor(stream, synced, done));
        w.store.apply(human, id, Batch::default(), cursor).await.expect("applies");
    }
    let told = events(&w).split_off(1);
    assert_eq!(names(&told), ["sync.first_completed", "sync.history_completed"]);
    assert_eq!(told[1].data["stream"], "a");
}

#[tokio::test]
async fn of_an_erased_person_only_the_erasure_is_told() {
    let w = World::new().await;
    let (ann, bob) = (w.human("ann").await.human_id, w.human("bob").await.human_id);
    for human in [ann, bob] {
        w.connection(human, "account").await;
    }
    assert!(w.store.erase_human(ann).await.expect("erases"));
    let told = events(&w);
    assert_eq!(
        told.iter().map(|e| (e.human_id, e.kind, e.sequence)).collect::<Vec<_>>(),
        [(Some(bob), EventType::Connected, 1), (Some(ann), EventType::Erased, 2)]
    );
    assert!(told[1].data.is_empty());
    assert!(!w.store.erase_human(ann).await.expect("runs"));
    assert_eq!(events(&w).len(), 2);
}

#[tokio::test]
async fn ids_are_places_of_one_app_and_in_the_order_of_time() {
    let w = World::new().await;
    let other = ClientId([0xb0; 20]);
    w.app(other).await;
    let human = w.human("ann").await.human_id;
    for n in 0..20 {
        w.connection(human, &format!("account {n}")).await;
        w.clock.advance_ms(1);
    }
    let told = events(&w);
    let ids: Vec<&str> = told.iter().map(|event| event.id.as_str()).collect();
    assert!(ids.is_sorted() && ids.windows(2).all(|two| two[0] != two[1]));
    // 2026-03-01T00:00:00Z is 0x19ca6b1dc00 ms after the epoch; the first place is 1.
    assert!(ids[0].starts_with("evt_019ca6b1dc000000000001") && ids[0].len() == 34 && !ids[0].contains('.'));
    let cursor = w.store.event_cursor(APP, ids[7]).expect("is one");
    assert_eq!((cursor.position, cursor.at), (8, NOW.plus_ms(7)));
    assert_eq!(w.store.events(APP, cursor.position, 2).expect("reads"), told[8..10]);
    assert_eq!(w.store.last_event(APP).expect("reads"), 20);
    assert_eq!((w.store.last_event(other).expect("reads"), w.store.events(other, 0, 10).expect("reads").len()), (0, 0));
    let mut forged = ids[7].to_owned();
    forged.replace_range(25..26, if &forged[25..26] == "8" { "9" } else { "8" });
    for bad in ["", "evt_", "8", &ids[7][1..], &ids[7].to_uppercase(), &forged, "evt_++++++++++++++++++++++++++++++"] {
        assert_eq!(w.store.event_cursor(APP, bad), None, "{bad}");
    }
    assert_eq!(w.store.event_cursor(other, ids[7]), None, "of another app");
}

#[tokio::test]
async fn old_events_are_forgotten_in_slices() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let id = w.connection(human, "account").await;
    for n in 0..600 {
        apply(&w, human, id, |batch| batch.record(weight(&n.to_string(), 70.0, NOW))).await;
    }
    w.clock.advance_ms(DAY);
    apply(&w, human, id, |batch| batch.record(weight("new", 70.0, NOW))).await;
    assert!(!w.store.forget_events(NOW).await.expect("forgets"), "none is older");
    assert_eq!(events(&w).len(), 602);
    assert!(w.store.forget_events(NOW.plus_ms(1)).await.expect("forgets"), "a slice");
    assert_eq!(events(&w).len(), 102);
    assert!(!w.store.forget_events(NOW.plus_ms(1)).await.expect("forgets"));
    let left = events(&w);
    assert_eq!(left.iter().map(|event| (event.position, event.sequence)).collect::<Vec<_>>(), [(602, 602)]);
    w.connection(human, "another").await;
    assert_eq!(events(&w)[1].sequence, 603, "counting goes on");
}

#[tokio::test]
async fn who_waits_is_woken_when_an_event_is_durable() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let mut told = w.store.events_told();
    told.mark_unchanged();
    w.store.set_public_token(human, [1; 32]).await.expect("no event");
    assert!(!told.has_changed().expect("open"));
    w.connection(human, "account").await;
    assert!(told.has_changed().expect("open"));
}
