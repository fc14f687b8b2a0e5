//! The archive: payloads stand and fall with the batch that came of them, once each, for a limited time.
mod common;

use common::{DAY, HOUR, NOW, World};
use hilum_model::{
    Batch, Body, ConnectionId, HumanId, Kind, Metric, Quantity, Random as _, Record, Sample, Time, Unit,
};
use hilum_store::StoreError;
use hilum_store::archive::{Door, Mark, Payload, Span};
use hilum_store::records::Filter;
use hilum_store::samples::SampleKey;

fn weight(key: &str, kg: f64) -> Batch {
    let quantity = Quantity::new(Metric::Weight, kg, Unit::Kilogram).expect("fits");
    let mut batch = Batch::default();
    batch.record(Record {
        key: key.to_owned(),
        device: None,
        start: NOW,
        end: None,
        offset: None,
        day: NOW.utc_day(),
        body: Body::Reading { metric: Metric::Weight, quantity },
        source_data: serde_json::Map::new(),
    });
    batch
}

fn page(request: &str, received: Time, body: &[u8]) -> Payload {
    Payload::new(Door::Page, "weights", request, (received, Some("Europe/Berlin")), body).expect("kept")
}

/// A person with a connection.
async fn world() -> (World, HumanId, ConnectionId) {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let id = w.connection(human, "account").await;
    (w, human, id)
}

async fn told(w: &World, human: HumanId, id: ConnectionId, payloads: Vec<Payload>) {
    w.store.apply_told(human, id, weight("w", 70.0), None, payloads).await.expect("applies");
}

fn marks(w: &World) -> Vec<Mark> {
    let spans = w.store.archives().expect("reads");
    spans.iter().flat_map(|span| w.store.archive_marks(span).expect("reads")).collect()
}

fn payload_rows(w: &World) -> i64 {
    let raw = rusqlite::Connection::open(w.data().join("hilum.sqlite")).expect("opens");
    raw.query_row("SELECT count(*) FROM payloads", [], |row| row.get(0)).expect("counts")
}

#[tokio::test]
async fn a_payload_is_kept_with_its_batch_or_not_at_all() {
    let (w, human, id) = world().await;
    told(&w, human, id, vec![page("?a", NOW, b"{\"kg\":70}")]).await;
    let back = w.store.archived(human, id, 1).expect("reads").expect("there");
    assert_eq!((back.door, back.stream.as_str(), back.page), (Door::Page, "weights", None));
    assert_eq!((back.time_zone.as_deref(), back.body.as_slice()), (Some("Europe/Berlin"), b"{\"kg\":70}".as_slice()));
    let span = Span { human_id: human, connection_id: id, since: NOW, first: 1 };
    assert_eq!(w.store.archives().expect("reads"), [span]);
    w.store.disconnect(human, id).await.expect("disconnects");
    let refused = w.store.apply_told(human, id, weight("x", 1.0), None, vec![page("?b", NOW, b"{}")]).await;
    assert!(matches!(refused, Err(StoreError::NotFound)), "{refused:?}");
    assert_eq!((payload_rows(&w), marks(&w).len()), (1, 1));
    // Data of a connection that rests are still mended.
    let mended = w.store.reapply(human, id, weight("w", 71.0), false).await.expect("applies");
    assert_eq!(mended.updated, 1);
}

#[tokio::test]
async fn the_same_answer_is_kept_once_while_nothing_else_came_between() {
    let (w, human, id) = world().await;
    let at = |hours: i64| NOW.plus_ms(hours * HOUR);
    for (hour, request, body) in
        [(0, "?a", "one"), (1, "?a", "one"), (2, "?b", "one"), (3, "?a", "one"), (4, "?a", "two"), (5, "?a", "one")]
    {
        w.clock.set(at(hour));
        told(&w, human, id, vec![page(request, at(hour), body.as_bytes())]).await;
    }
    let mark = |payload, last, received, again| Mark { payload, last, received: at(received), again: at(again) };
    assert_eq!(marks(&w), [mark(3, 3, 2, 2), mark(1, 4, 0, 3), mark(5, 5, 4, 4), mark(6, 6, 5, 5)]);
    // Another zone is told to the parser: another payload.
    let moved = Payload::new(Door::Page, "weights", "?a", (at(6), Some("Asia/Tokyo")), b"one").expect("kept");
    told(&w, human, id, vec![moved]).await;
    assert_eq!(marks(&w).len(), 5);
}

#[tokio::test]
async fn a_detail_knows_the_answer_that_its_item_is_in() {
    let (w, human, id) = world().await;
    let list = page("?a", NOW, b"[w1,w2]");
    for item in ["w1", "w2"] {
        let context = (NOW, None);
        let detail = Payload::new(Door::Detail(item.to_owned()), "weights", item, context, item.as_bytes());
        told(&w, human, id, vec![list.clone(), detail.expect("kept")]).await;
    }
    told(&w, human, id, vec![list]).await;
    let kept: Vec<_> = marks(&w).iter().map(|mark| (mark.payload, mark.last)).collect();
    assert_eq!(kept, [(2, 2), (4, 4), (1, 5)], "the list once, though it was told three times");
    for (number, item) in [(2, "w1"), (4, "w2")] {
        let detail = w.store.archived(human, id, number).expect("reads").expect("there");
        assert_eq!((detail.door, detail.page), (Door::Detail(item.to_owned()), Some(1)));
    }
}

#[tokio::test]
async fn nothing_of_a_payload_can_be_read_on_the_disk() {
    let (w, human, id) = world().await;
    // Noise does not compress, so it would stand in the file as it is.
    let mut noise = [0; 256];
    w.random.fill(&mut noise);
    told(&w, human, id, vec![page("canary-request", NOW, &noise)]).await;
    w.store.close().await.expect("closes");
    let file = std::fs::read(w.data().join("hilum.sqlite")).expect("file");
    for canary in [&noise[..32], &noise[100..132], b"canary-request", b"Europe/Berlin"] {
        assert!(!file.windows(canary.len()).any(|window| window == canary));
    }
    assert!(file.windows(7).any(|window| window == b"weights"), "the search finds what is there in clear");
}

#[tokio::test]
async fn a_batch_without_its_payload_ends_the_span_and_the_next_payload_begins_another() {
    let (w, human, id) = world().await;
    told(&w, human, id, vec![page("?a", NOW, b"1")]).await;
    // What changes nothing and what is read again leave no gap.
    w.store.apply(human, id, Batch::default(), None).await.expect("applies");
    w.store.reapply(human, id, weight("w", 71.0), false).await.expect("applies");
    assert_eq!(w.store.archives().expect("reads").len(), 1);
    w.store.apply(human, id, weight("w", 72.0), None).await.expect("applies");
    assert_eq!(w.store.archives().expect("reads"), []);
    w.clock.advance_ms(HOUR);
    told(&w, human, id, vec![page("?a", w.now(), b"2")]).await;
    let span = w.store.archives().expect("reads")[0];
    assert_eq!((span.since, span.first), (NOW.plus_ms(HOUR), 2));
    assert_eq!(w.store.archive_marks(&span).expect("reads").len(), 1, "what was before the gap is not read again");
    assert_eq!(payload_rows(&w), 2);
}

#[tokio::test]
async fn old_payloads_go_some_at_a_time_and_shorten_the_span() {
    let (w, human, id) = world().await;
    for hour in 0..5 {
        w.clock.set(NOW.plus_ms(hour * HOUR));
        told(&w, human, id, vec![page(&format!("?{hour}"), w.now(), b"x")]).await;
    }
    // The first comes again, so it is the youngest.
    w.clock.set(NOW.plus_ms(5 * HOUR));
    told(&w, human, id, vec![page("?0", w.now(), b"x")]).await;
    let before = NOW.plus_ms(4 * HOUR);
    assert_eq!(w.store.expire_payloads(before, 2).await.expect("expires"), 2, "of hours 1 and 2");
    assert_eq!(w.store.expire_payloads(before, 2).await.expect("expires"), 1, "of hour 3");
    assert_eq!(w.store.expire_payloads(before, 2).await.expect("expires"), 0);
    let span = w.store.archives().expect("reads")[0];
    assert_eq!((span.since, span.first), (NOW.plus_ms(3 * HOUR + 1), 5));
    let left: Vec<_> = marks(&w).iter().map(|mark| (mark.payload, mark.last)).collect();
    assert_eq!(left, [(5, 5), (1, 6)]);
    assert_eq!(w.store.expire_payloads(NOW.plus_ms(DAY), 10).await.expect("expires"), 2);
    assert_eq!((w.store.archives().expect("reads").len(), payload_rows(&w)), (0, 0));
}

#[tokio::test]
async fn a_rehearsal_counts_and_changes_nothing() {
    let (w, human, id) = world().await;
    w.store.apply(human, id, weight("w", 70.0), None).await.expect("applies");
    let before = w.store.records(human, Kind::Weight, &Filter::default()).expect("reads").rows;
    w.clock.advance_ms(HOUR);
    let mut batch = weight("w", 71.0);
    batch.observations.extend(weight("new", 72.0).observations);
    let counted = w.store.reapply(human, id, batch.clone(), true).await.expect("rehearses");
    assert_eq!((counted.inserted, counted.updated), (1, 1));
    assert_eq!(w.store.records(human, Kind::Weight, &Filter::default()).expect("reads").rows, before);
    assert_eq!(w.store.reapply(human, id, batch, false).await.expect("applies"), counted);
    assert_eq!(w.store.records(human, Kind::Weight, &Filter::default()).expect("reads").total, 2);
}

#[tokio::test]
async fn samples_are_taken_out_of_days_of_several_parts() {
    let (w, human, id) = world().await;
    // A beat a second for 9,000 s, half of them in the minutes of the day after: days of several parts and of one.
    let start = NOW.plus_ms(DAY - 9_000 * 1000);
    let beat = |n: i64| Sample {
        metric: Metric::HeartRate,
        device: None,
        context: None,
        start: start.plus_ms(n * 1000),
        end: None,
        offset: None,
        value: 60.0,
        unit: Unit::PerMinute,
    };
    let mut batch = Batch::default();
    (0..10_000).for_each(|n| batch.sample(beat(n)));
    w.store.apply(human, id, batch, None).await.expect("applies");
    let all = Filter { limit: 20_000, ..Filter::default() };
    let rows = w.store.samples(human, Metric::HeartRate, &all).expect("reads").rows;
    let series = rows[0].series.number;
    let key = |n: i64| SampleKey { series, start: start.plus_ms(n * 1000), end: None };
    // The first part as a whole and some more, the last one, one of the next day; and what is not there.
    let mut gone: Vec<SampleKey> = (0..5_000).chain([8_999, 9_500]).map(key).collect();
    gone.push(SampleKey { end: Some(start.plus_ms(7_001_000)), ..key(7_000) });
    gone.push(SampleKey { series: series + 1, ..key(6_000) });
    let other = w.connection(human, "other").await;
    let none = w.store.remove_samples(human, other, Metric::HeartRate, gone.clone()).await.expect("runs");
    assert_eq!(none, 0, "another connection's samples stay");
    assert_eq!(w.store.remove_samples(human, id, Metric::HeartRate, gone).await.expect("removes"), 5_002);
    let page = w.store.samples(human, Metric::HeartRate, &all).expect("reads");
    assert_eq!((page.total, page.rows.len()), (4_998, 4_998));
    let left: Vec<Time> = page.rows.iter().rev().map(|row| row.start).collect();
    let expected: Vec<Time> =
        (5_000..10_000).filter(|n| ![8_999, 9_500].contains(n)).map(|n| start.plus_ms(n * 1000)).collect();
    assert_eq!(left, expected);
    // What was taken out can come again.
    let mut batch = Batch::default();
    (0..10_000).for_each(|n| batch.sample(beat(n)));
    let again = w.store.apply(human, id, batch, None).await.expect("applies");
    assert_eq!((again.inserted, again.unchanged), (5_002, 4_998));
    assert_eq!(w.store.samples(human, Metric::HeartRate, &all).expect("reads").total, 10_000);
    assert_eq!(w.store.check().expect("checks"), Vec::<String>::new());
}

#[tokio::test]
async fn a_scratch_store_goes_with_the_next_start() {
    let (w, ..) = world().await;
    let scratch = w.store.scratch(w.clock.clone(), w.random.clone()).expect("opens");
    assert!(scratch.apps().expect("reads").is_empty());
    scratch.close().await.expect("closes");
    assert!(w.data().join("scratch").is_dir());
    w.store.close().await.expect("closes");
    let store = common::open(&w.data(), hilum_store::OpenMode::Serve, 2).expect("opens");
    assert!(!w.data().join("scratch").exists());
    store.close().await.expect("closes");
}
