//! Questions across an app's people, and those for what is new.
mod common;

use common::{APP, HOUR, NOW, World};
use hilum_model::{Batch, Body, ClientId, HumanId, Kind, Metric, Quantity, Record, Sample, Time, Unit};
use hilum_store::records::Filter;

fn news(value: f64) -> Batch {
    let mut batch = Batch::default();
    batch.record(Record {
        key: "w".to_owned(),
        device: None,
        start: NOW,
        end: None,
        offset: None,
        day: NOW.utc_day(),
        body: Body::Reading {
            metric: Metric::Weight,
            quantity: Quantity::new(Metric::Weight, value, Unit::Kilogram).expect("fits"),
        },
        source_data: serde_json::Map::new(),
    });
    batch.sample(Sample {
        metric: Metric::HeartRate,
        device: None,
        context: None,
        start: NOW,
        end: None,
        offset: None,
        value,
        unit: Unit::PerMinute,
    });
    batch
}

fn since(time: Time) -> Filter {
    Filter { updated_since: Some(time), ..Filter::default() }
}

/// People of a page of weights and of one of heart rates, and both totals; they must agree.
fn people(w: &World, app: ClientId, filter: &Filter) -> (Vec<HumanId>, u64) {
    let weights = w.store.records_of_app(app, Kind::Weight, None, filter).expect("reads");
    let beats = w.store.samples_of_app(app, Metric::HeartRate, None, filter).expect("reads");
    let ids: Vec<HumanId> = weights.people.iter().map(|(human, _)| human.human_id).collect();
    let others: Vec<HumanId> = beats.people.iter().map(|(human, _)| human.human_id).collect();
    assert_eq!((&ids, weights.total), (&others, beats.total));
    (ids, weights.total)
}

#[tokio::test]
async fn people_with_news_of_their_app_alone() {
    let w = World::new().await;
    let (ann, bob) = (w.human("ann").await.human_id, w.human("bob").await.human_id);
    let (of_ann, of_bob) = (w.connection(ann, "a").await, w.connection(bob, "b").await);
    w.store.apply(ann, of_ann, news(60.0), None).await.expect("applies");
    w.store.apply(bob, of_bob, news(80.0), None).await.expect("applies");
    let mut both = vec![ann, bob];
    both.sort();
    assert_eq!(people(&w, APP, &since(NOW)), (both.clone(), 2));
    assert_eq!(people(&w, ClientId([9; 20]), &since(NOW)), (Vec::new(), 0));
    w.clock.advance_ms(HOUR);
    // What is told again, the same, is no news.
    w.store.apply(bob, of_bob, news(80.0), None).await.expect("applies");
    assert_eq!(people(&w, APP, &since(w.now())), (Vec::new(), 0));
    w.store.apply(bob, of_bob, news(81.0), None).await.expect("applies");
    assert_eq!(people(&w, APP, &since(w.now())), (vec![bob], 1));
    assert_eq!(people(&w, APP, &since(NOW)), (both, 2));
    for (human, total) in [(ann, 0), (bob, 1)] {
        assert_eq!(w.store.records(human, Kind::Weight, &since(w.now())).expect("reads").total, total);
        assert_eq!(w.store.samples(human, Metric::HeartRate, &since(w.now())).expect("reads").total, total);
    }
    assert_eq!(people(&w, APP, &since(w.now().plus_ms(1))), (Vec::new(), 0));
    assert!(w.store.erase_human(bob).await.expect("erases"));
    assert_eq!(people(&w, APP, &since(NOW)), (vec![ann], 1));
}

#[tokio::test]
async fn a_page_ends_and_begins_within_a_person() {
    let w = World::new().await;
    let mut ids = Vec::new();
    for name in ["a", "b", "c"] {
        let human = w.human(name).await.human_id;
        let connection = w.connection(human, name).await;
        w.store.apply(human, connection, news(60.0), None).await.expect("applies");
        ids.push(human);
    }
    ids.sort();
    let page = |limit, offset| people(&w, APP, &Filter { limit, offset, ..since(NOW) });
    assert_eq!(page(2, 0), (ids[..2].to_vec(), 3));
    assert_eq!(page(2, 2), (ids[2..].to_vec(), 3));
    assert_eq!(page(1, 1), (ids[1..2].to_vec(), 3));
    assert_eq!(page(2, 4), (Vec::new(), 3));
}

#[tokio::test]
async fn whoever_is_not_real_yet_is_not_told_of() {
    let w = World::new().await;
    let session = w.create("new").await;
    let (human, id) = (session.human_id, session.session_id);
    let connection = w.connect(human, Some(id), "account", None).await.expect("connection");
    w.store.apply(human, connection, news(60.0), None).await.expect("applies");
    assert_eq!(people(&w, APP, &since(NOW)), (Vec::new(), 0));
    let token = w.finish(&session).await;
    w.exchange(&token, human).await;
    assert_eq!(people(&w, APP, &since(NOW)), (vec![human], 1));
}
