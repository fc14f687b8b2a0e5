//! Nights whose timeline is told apart from them.
mod common;

use common::{DAY, HOUR, MINUTE, NOW, World};
use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, ConnectionId, HumanId, Kind, Record, Stage, StageKind, Time};
use hilum_store::apply::Applied;
use hilum_store::records::{Filter, StoredRecord};
use proptest::prelude::*;

use StageKind::{Asleep, Awake, Deep, Light, Rem};

type Person = (HumanId, ConnectionId);

/// NOW is midnight UTC; times are minutes from it.
fn at(minute: i64) -> Time {
    NOW.plus_ms(minute * MINUTE)
}

fn record(key: String, from: i64, to: i64, body: Body) -> Record {
    let (start, end) = (at(from), at(to));
    let day = if matches!(body, Body::Sleep(_)) { end.utc_day() } else { start.utc_day() };
    let source_data = serde_json::Map::new();
    Record { key, device: None, start, end: Some(end), offset: None, day, body, source_data }
}

fn night(key: &str, from: i64, to: i64) -> Record {
    record(key.to_owned(), from, to, Body::Sleep(Sleep { asleep_s: Some(3600.0), ..Sleep::default() }))
}

fn stretch(from: i64, to: i64, stage: StageKind) -> Record {
    record(format!("{from}"), from, to, Body::SleepStage { stage })
}

async fn person(w: &World) -> Person {
    let human = w.human("ann").await.human_id;
    (human, w.connection(human, "account").await)
}

async fn apply(w: &World, p: Person, records: Vec<Record>) -> Applied {
    let mut batch = Batch::default();
    for record in records {
        batch.record(record);
    }
    assert_eq!(batch.rejected, Vec::<String>::new());
    w.store.apply(p.0, p.1, batch, None).await.expect("applies")
}

fn row(w: &World, p: Person, key: &str) -> StoredRecord {
    let rows = w.store.records(p.0, Kind::Sleep, &Filter::default()).expect("reads").rows;
    rows.into_iter().find(|row| row.connection_id == p.1 && row.record.key == key).expect("the night")
}

/// The timeline of a night, in minutes.
fn timeline(w: &World, p: Person, key: &str) -> Vec<(i64, i64, StageKind)> {
    let Body::Sleep(sleep) = row(w, p, key).record.body else { panic!("a sleep") };
    let minutes = |time: Time| time.since_ms(NOW) / MINUTE;
    sleep.stages.into_iter().map(|Stage { kind, start, end }| (minutes(start), minutes(end), kind)).collect()
}

#[tokio::test]
async fn whichever_comes_first() {
    let stretches = || vec![stretch(-60, -30, Awake), stretch(-30, 90, Light), stretch(90, 120, Deep)];
    let expected = [(-60, -30, Awake), (-30, 90, Light), (90, 120, Deep)];
    let batches = [
        vec![stretches(), vec![night("n", -60, 120)]],
        vec![vec![night("n", -60, 120)], stretches()],
        vec![[vec![night("n", -60, 120)], stretches()].concat()],
    ];
    for batches in batches {
        let w = World::new().await;
        let p = person(&w).await;
        for batch in batches.clone() {
            apply(&w, p, batch).await;
        }
        assert_eq!(timeline(&w, p, "n"), expected);
        // Again, later: nothing is new.
        let before = row(&w, p, "n");
        w.clock.advance_ms(HOUR);
        for batch in batches {
            let unchanged = batch.len() as u64;
            assert_eq!(apply(&w, p, batch).await, Applied { unchanged, ..Applied::default() });
        }
        assert_eq!(row(&w, p, "n"), before);
    }
}

#[tokio::test]
async fn a_timeline_that_comes_later_is_a_change_of_the_night() {
    let w = World::new().await;
    let p = person(&w).await;
    apply(&w, p, vec![night("n", -60, 120)]).await;
    let before = row(&w, p, "n");
    w.clock.advance_ms(HOUR);
    let applied = apply(&w, p, vec![stretch(-60, 120, Light)]).await;
    assert_eq!(applied, Applied { inserted: 1, ..Applied::default() }, "what was sent");
    let after = row(&w, p, "n");
    assert_eq!((after.id, after.created_at, after.updated_at), (before.id, before.created_at, w.now()));
}

#[tokio::test]
async fn a_correction_replaces_what_lies_between_its_ends_and_spares_the_rest() {
    let w = World::new().await;
    let p = person(&w).await;
    let other = [stretch(-24 * 60, -20 * 60, Rem), stretch(-20 * 60, -18 * 60, Light)];
    apply(&w, p, [vec![night("n", 0, 100), night("before", -24 * 60, -18 * 60)], other.to_vec()].concat()).await;
    apply(&w, p, vec![stretch(0, 20, Light), stretch(20, 50, Deep), stretch(50, 100, Light)]).await;
    // Worked out anew: the deep sleep began later, and ended sooner.
    let applied = apply(&w, p, vec![stretch(0, 30, Light), stretch(30, 50, Deep), stretch(50, 100, Rem)]).await;
    assert_eq!(applied, Applied { inserted: 1, updated: 2, deleted: 1, ..Applied::default() });
    assert_eq!(timeline(&w, p, "n"), [(0, 30, Light), (30, 50, Deep), (50, 100, Rem)]);
    assert_eq!(timeline(&w, p, "before"), [(-24 * 60, -20 * 60, Rem), (-20 * 60, -18 * 60, Light)]);
    // A shorter one leaves the end of the night without.
    apply(&w, p, vec![stretch(50, 70, Rem)]).await;
    assert_eq!(timeline(&w, p, "n"), [(0, 30, Light), (30, 50, Deep), (50, 70, Rem)]);
}

#[tokio::test]
async fn windows_that_cut_a_stretch_give_one() {
    let w = World::new().await;
    let p = person(&w).await;
    apply(&w, p, vec![night("n", -60, 60), stretch(-60, -20, Light), stretch(-20, 0, Deep)]).await;
    apply(&w, p, vec![stretch(0, 10, Deep), stretch(10, 60, Awake)]).await;
    assert_eq!(timeline(&w, p, "n"), [(-60, -20, Light), (-20, 10, Deep), (10, 60, Awake)]);
}

#[tokio::test]
async fn stretches_are_cut_at_the_night_and_do_not_overlap() {
    let w = World::new().await;
    let p = person(&w).await;
    let told = vec![stretch(-30, 10, Awake), stretch(5, 40, Light), stretch(20, 30, Deep), stretch(40, 200, Asleep)];
    apply(&w, p, told).await;
    apply(&w, p, vec![night("n", 0, 100)]).await;
    // Awake counts before light sleep, deep sleep within light sleep; the night ends at 100.
    let expected = [(0, 10, Awake), (10, 20, Light), (20, 30, Deep), (30, 40, Light), (40, 100, Asleep)];
    assert_eq!(timeline(&w, p, "n"), expected);
}

#[tokio::test]
async fn of_two_devices_the_one_that_tells_more_counts() {
    let w = World::new().await;
    let p = person(&w).await;
    let by = |device: &str, one: Record| Record {
        key: format!("{} {device}", one.key),
        device: Some(device.to_owned()),
        ..one
    };
    let watch = [by("watch", stretch(0, 20, Light)), by("watch", stretch(20, 40, Deep))];
    let mat = [by("mat", stretch(0, 50, Light)), by("mat", stretch(50, 100, Rem))];
    apply(&w, p, [vec![night("n", 0, 100)], watch.to_vec(), mat.to_vec()].concat()).await;
    assert_eq!(timeline(&w, p, "n"), [(0, 50, Light), (50, 100, Rem)]);
}

#[tokio::test]
async fn a_night_that_brings_its_own_keeps_it_and_strangers_stretches_stay_away() {
    let w = World::new().await;
    let p = person(&w).await;
    let stages = vec![Stage { kind: Deep, start: at(0), end: at(50) }];
    let own = Body::Sleep(Sleep { stages, ..Sleep::default() });
    let elsewhere = (p.0, w.connection(p.0, "another source").await);
    apply(&w, elsewhere, vec![stretch(0, 100, Awake)]).await;
    apply(&w, p, vec![record("own".to_owned(), 0, 100, own), night("bare", 0, 100)]).await;
    assert_eq!(timeline(&w, p, "own"), [(0, 50, Deep)]);
    assert_eq!(timeline(&w, p, "bare"), []);
}

#[tokio::test]
async fn deleted_stretches_leave_the_night_and_odd_ones_stay_out() {
    let w = World::new().await;
    let p = person(&w).await;
    apply(&w, p, vec![night("n", 0, 100), stretch(0, 50, Light), stretch(50, 100, Deep)]).await;
    let mut batch = Batch::default();
    batch.deleted(Kind::SleepStage, "0");
    w.store.apply(p.0, p.1, batch, None).await.expect("applies");
    assert_eq!(timeline(&w, p, "n"), [(50, 100, Deep)]);
    let odd = vec![stretch(60, 60, Rem), stretch(0, DAY / MINUTE + 1, Rem)];
    assert_eq!(apply(&w, p, odd).await, Applied { rejected: 2, ..Applied::default() });
    assert_eq!(timeline(&w, p, "n"), [(50, 100, Deep)]);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 8, failure_persistence: None, ..ProptestConfig::default() })]
    /// Nights and windows of stretches, in any order and repeated: the same nights.
    #[test]
    fn any_order(order in Just((0..12_usize).collect::<Vec<_>>()).prop_shuffle(), again in 0..12_usize) {
        // Three nights in an answer each, and nine windows of eight hours that cut them.
        let pieces: Vec<Vec<Record>> = (0..3_i64)
            .map(|n| vec![night(&n.to_string(), n * 1440 - 100, n * 1440 + 380)])
            .chain((0..9_i64).map(|window| {
                let begin = (window - 1) * 480;
                (0..24).map(|n| begin + n * 20).map(|m| stretch(m, m + 20, [Light, Deep, Rem][(m / 20).rem_euclid(3) as usize])).collect()
            }))
            .collect();
        let nights = |order: &[usize]| {
            let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
            runtime.block_on(async {
                let w = World::new().await;
                let p = person(&w).await;
                for n in order {
                    apply(&w, p, pieces[*n].clone()).await;
                }
                ["0", "1", "2"].map(|key| timeline(&w, p, key))
            })
        };
        let expected = nights(&(0..12).collect::<Vec<_>>());
        prop_assert_eq!(expected[0].len(), 24, "480 minutes in stretches of 20");
        prop_assert_eq!(nights(&[order.as_slice(), &[again]].concat()), expected);
    }
}
