//! What a source has deleted: by name, and without a name in a stretch of time that it told wholly.
mod common;

use common::{DAY, HOUR, MINUTE, NOW, World};
use hilum_model::observation::Activity;
use hilum_model::whole::Told;
use hilum_model::{
    Batch, Body, ConnectionId, Contexts, HumanId, Kind, Metric, Observation, Record, Sample, Stretch, Tells, Time,
    Unit, Whole,
};
use hilum_store::apply::Applied;
use hilum_store::records::Filter;

type Person = (HumanId, ConnectionId);

const HEART: &[Tells] = &[Tells::Samples(Metric::HeartRate, Contexts::Except(&["night"]))];
const WALKS: &[Tells] = &[Tells::Records(Kind::Activity)];

fn heart(start: Time, context: Option<&str>) -> Observation {
    Observation::Sample(Sample {
        metric: Metric::HeartRate,
        device: None,
        context: context.map(str::to_owned),
        start,
        end: None,
        offset: None,
        value: 60.0,
        unit: Unit::PerMinute,
    })
}

fn walk(key: &str, start: Time, end: Time) -> Observation {
    Observation::Record(Box::new(Record {
        key: key.to_owned(),
        device: None,
        start,
        end: Some(end),
        offset: None,
        day: start.utc_day(),
        body: Body::Activity(Activity::default()),
        source_data: serde_json::Map::new(),
    }))
}

async fn person(w: &World) -> Person {
    let human = w.human("ann").await.human_id;
    (human, w.connection(human, "account").await)
}

async fn apply(w: &World, p: Person, observations: Vec<Observation>) -> Applied {
    w.store.apply(p.0, p.1, Batch { observations, ..Batch::default() }, None).await.expect("applies")
}

/// A stretch whose last page is `observations`.
async fn told(w: &World, p: Person, of: &'static [Tells], stretch: Stretch, observations: Vec<Observation>) -> Applied {
    let mut batch = Batch { observations, ..Batch::default() };
    let mut told = Told::default();
    told.take(&batch);
    batch.whole = Some(Box::new(Whole { of, stretch, told }));
    w.store.apply(p.0, p.1, batch, None).await.expect("applies")
}

/// Starts in minutes from NOW with their contexts, oldest first.
fn hearts(w: &World, p: Person) -> Vec<(i64, Option<String>)> {
    let filter = Filter { limit: 50_000, ..Filter::default() };
    let page = w.store.samples(p.0, Metric::HeartRate, &filter).expect("reads");
    assert_eq!(page.total, page.rows.len() as u64, "the counts are kept");
    let mut rows: Vec<_> =
        page.rows.iter().map(|row| (row.start.since_ms(NOW) / MINUTE, row.series.context.clone())).collect();
    rows.sort();
    rows
}

fn walks(w: &World, p: Person) -> Vec<String> {
    let page = w.store.records(p.0, Kind::Activity, &Filter::default()).expect("reads");
    page.rows.into_iter().map(|row| row.record.key).collect()
}

fn instants(from: i64, until: i64) -> Stretch {
    Stretch::Instants(NOW.plus_ms(from * MINUTE), NOW.plus_ms(until * MINUTE))
}

#[tokio::test]
async fn samples_that_are_not_told_any_more_go() {
    let w = World::new().await;
    let p = person(&w).await;
    let at = |minute: i64, context| heart(NOW.plus_ms(minute * MINUTE), context);
    let other = w.connection(p.0, "other").await;
    apply(&w, (p.0, other), vec![at(15, None)]).await;
    apply(&w, p, vec![at(-10, None), at(0, None), at(10, None), at(15, Some("night")), at(20, None), at(30, None)])
        .await;
    // Of 0 to 30 minutes the source tells that of 10: those of 0 and 20 are gone; 30 was not asked for, nights belong
    // to another list, and the other connection is not meant.
    let applied = told(&w, p, HEART, instants(0, 30), vec![at(10, None)]).await;
    assert_eq!(applied, Applied { unchanged: 1, deleted: 2, ..Applied::default() });
    let night = || Some("night".to_owned());
    assert_eq!(hearts(&w, p), [(-10, None), (10, None), (15, None), (15, night()), (30, None)]);
    // Again: nothing happens. Empty: the rest of the stretch goes.
    assert_eq!(told(&w, p, HEART, instants(0, 30), vec![at(10, None)]).await.deleted, 0);
    assert_eq!(told(&w, p, HEART, instants(0, 30), Vec::new()).await.deleted, 1);
    assert_eq!(hearts(&w, p), [(-10, None), (15, None), (15, night()), (30, None)]);
    // What comes back has the same id, and is counted again.
    assert_eq!(apply(&w, p, vec![at(10, None)]).await.inserted, 1);
    assert_eq!(hearts(&w, p).len(), 5);
    assert_eq!(w.store.check().expect("checks"), Vec::<String>::new());
}

#[tokio::test]
async fn days_in_parts_stay_in_order() {
    let w = World::new().await;
    let p = person(&w).await;
    // A day of 17,280 samples has five parts. Its second quarter goes: whole parts and pieces of two.
    let all: Vec<Time> = (0..17_280).map(|n| NOW.plus_ms(n * 5000)).collect();
    apply(&w, p, all.iter().map(|at| heart(*at, None)).collect()).await;
    let (from, until) = (6 * 60, 12 * 60);
    assert_eq!(told(&w, p, HEART, instants(from, until), Vec::new()).await.deleted, 4_320);
    let left = || hearts(&w, p).into_iter().map(|(minute, _)| minute).collect::<Vec<_>>();
    let expected: Vec<i64> =
        all.iter().map(|at| at.since_ms(NOW) / MINUTE).filter(|minute| !(from..until).contains(minute)).collect();
    assert_eq!(left(), expected);
    // New ones find their places.
    assert_eq!(apply(&w, p, vec![heart(NOW.plus_ms(9 * HOUR), None)]).await.inserted, 1);
    assert_eq!(left().len(), expected.len() + 1);
    assert_eq!(told(&w, p, HEART, instants(0, 24 * 60), Vec::new()).await.deleted, 12_961);
    assert_eq!(left(), Vec::<i64>::new());
}

#[tokio::test]
async fn a_workout_goes_with_its_track_and_its_track_never_alone() {
    let w = World::new().await;
    let p = person(&w).await;
    let at = |hour: i64| NOW.plus_ms(hour * HOUR);
    let all = || {
        vec![
            walk("a", at(1), at(2)),
            walk("b", at(3), at(4)),
            heart(at(1), Some("a")),
            heart(at(3), Some("b")),
            heart(at(3), None),
        ]
    };
    apply(&w, p, all()).await;
    // Of the heart-rate list nothing is told any more: tracks are not its business.
    assert_eq!(told(&w, p, HEART, instants(0, 24 * 60), Vec::new()).await.deleted, 1);
    assert_eq!(hearts(&w, p), [(60, Some("a".to_owned())), (180, Some("b".to_owned()))]);
    let day = NOW.utc_day();
    let days = Stretch::Days(day.plus(-1), day.plus(1));
    let applied = told(&w, p, WALKS, days, vec![walk("b", at(3), at(4))]).await;
    assert_eq!(applied, Applied { unchanged: 1, deleted: 1, ..Applied::default() });
    assert_eq!((walks(&w, p), hearts(&w, p)), (vec!["b".to_owned()], vec![(180, Some("b".to_owned()))]));
    // By name likewise.
    let gone = Observation::Deleted { kind: Kind::Activity, key: "b".to_owned() };
    assert_eq!(apply(&w, p, vec![gone]).await.deleted, 1);
    assert_eq!((walks(&w, p), hearts(&w, p)), (Vec::new(), Vec::new()));
    // It comes again.
    apply(&w, p, all()).await;
    assert_eq!((walks(&w, p).len(), hearts(&w, p).len()), (2, 3));
}

#[tokio::test]
async fn records_at_the_edge_of_a_stretch_stay() {
    let w = World::new().await;
    let p = person(&w).await;
    let at = |hour: i64| NOW.plus_ms(hour * HOUR);
    let all = vec![
        walk("before", at(-2), at(1)),
        walk("within", at(1), at(2)),
        walk("over", at(23), at(25)),
        walk("after", NOW.plus_ms(DAY), at(26)),
    ];
    apply(&w, p, all).await;
    assert_eq!(told(&w, p, WALKS, instants(0, 24 * 60), Vec::new()).await.deleted, 1);
    assert_eq!(walks(&w, p), ["after", "over", "before"]);
    // Days: without an offset a record's day may be the neighbour's.
    let day = NOW.utc_day();
    assert_eq!(told(&w, p, WALKS, Stretch::Days(day, day), Vec::new()).await.deleted, 0);
    assert_eq!(told(&w, p, WALKS, Stretch::Days(day.plus(-1), day.plus(1)), Vec::new()).await.deleted, 1);
    assert_eq!(walks(&w, p), ["after", "before"]);
}
