//! What a source tells may come in any order, cut and repeated in any way, with corrections and deletions in between:
//! ten thousand batches in a hundred ways, and each way ends in the state that the last word on everything makes.
mod common;

use std::cell::Cell;
use std::collections::BTreeMap;

use common::{DAY, HOUR, MINUTE, NOW, World};
use hilum_model::observation::{Activity, ActivityDay, Meal, Sleep, StageKind};
use hilum_model::{
    Batch, Body, ConnectionId, HumanId, Kind, Metric, Observation, Offset, Quantity, Record, Sample, Time, Unit,
};
use hilum_store::records::Filter;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};

/// Ways, and batches of each.
const WAYS: u32 = 100;
const BATCHES: usize = 100;

/// Things that a source has to tell of.
const THINGS: usize = 220;

/// Nights whose timeline is told apart, stretch by stretch, and stretches of each.
const NIGHTS: usize = 6;
const STRETCHES: usize = 12;

/// One word of the source.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Word {
    /// This version of the thing of that number.
    Tell { thing: usize, version: u8 },
    /// The thing is gone.
    Delete { thing: usize },
    /// Stretches of a night, from the first to before the last.
    Stretches { night: usize, from: usize, to: usize },
}

/// How the source comes to its last word on each thing: versions in their order, and for some things the end.
fn words_on(thing: usize) -> Vec<Word> {
    let versions = [1, 1, 2, 1, 3][thing % 5];
    let mut words: Vec<Word> = (0..versions).map(|version| Word::Tell { thing, version }).collect();
    // Samples are corrected, never deleted.
    if kind_of(thing).is_some() && thing.is_multiple_of(7) {
        words.push(Word::Delete { thing });
    }
    words
}

/// Kind of the record that a thing is; `None` for a sample.
fn kind_of(thing: usize) -> Option<Kind> {
    [
        None,
        Some(Kind::Sleep),
        None,
        Some(Kind::ActivityDay),
        Some(Kind::Activity),
        None,
        Some(Kind::Weight),
        Some(Kind::BloodPressure),
        None,
        Some(Kind::Meal),
        Some(Kind::Sleep),
    ][thing % 11]
}

fn record(key: String, kind: Kind, start: Time, length: i64, body: Body) -> Observation {
    let end = (length > 0).then(|| start.plus_ms(length));
    let day = end.filter(|_| kind == Kind::Sleep).unwrap_or(start).utc_day();
    let device = key.len().is_multiple_of(2).then(|| "watch".to_owned());
    let source_data = serde_json::Map::from_iter([("key".to_owned(), key.clone().into())]);
    Observation::Record(Box::new(Record { key, device, start, end, offset: Some(Offset(60)), day, body, source_data }))
}

fn key(thing: usize) -> String {
    // Daily totals are told in parts, each with its members.
    if kind_of(thing) == Some(Kind::ActivityDay) { format!("part:{thing}") } else { format!("thing {thing}") }
}

/// What is told of a thing. Several sleeps end on one day, and sums of the day depend on all of them; a correction may
/// move a record to another day, and changes the value of a sample.
fn tell(thing: usize, version: u8) -> Observation {
    let (n, v) = (thing as i64, i64::from(version));
    let start = NOW.plus_ms(-n * 7 * HOUR);
    let value = (n % 41) as f64 + f64::from(version) + 0.25;
    let Some(kind) = kind_of(thing) else {
        let (metric, unit) =
            [(Metric::HeartRate, Unit::PerMinute), (Metric::BloodOxygen, Unit::Percent), (Metric::Steps, Unit::Count)]
                [thing % 3];
        let end = (metric == Metric::Steps).then(|| start.plus_ms(MINUTE));
        let device = thing.is_multiple_of(2).then(|| "ring".to_owned());
        let offset = version.is_multiple_of(2).then_some(Offset(60));
        return Observation::Sample(Sample { metric, device, context: None, start, end, offset, value, unit });
    };
    let moved = start.plus_ms(v * 20 * HOUR);
    match kind {
        Kind::Sleep => {
            let sleep = Sleep { asleep_s: Some(value * 600.0), awake_s: Some(value), ..Sleep::default() };
            record(key(thing), kind, moved, 5 * HOUR, Body::Sleep(sleep))
        }
        Kind::ActivityDay => {
            let members = match version {
                0 => ActivityDay { steps: Some(value), ..ActivityDay::default() },
                1 => ActivityDay { calories: Some(value), ..ActivityDay::default() },
                _ => ActivityDay { floors: Some(value), ..ActivityDay::default() },
            };
            record(key(thing), kind, start, 0, Body::ActivityDay(members))
        }
        Kind::Activity => {
            let run = Activity { kind: "running".to_owned(), distance_m: Some(value), ..Activity::default() };
            record(key(thing), kind, moved, HOUR, Body::Activity(run))
        }
        Kind::Weight => {
            let quantity = Quantity::new(Metric::Weight, value + 60.0, Unit::Kilogram).expect("a weight");
            record(key(thing), kind, start, 0, Body::Reading { metric: Metric::Weight, quantity })
        }
        Kind::BloodPressure => {
            let body = Body::BloodPressure { systolic: value + 100.0, diastolic: value + 50.0, heart_rate: None };
            record(key(thing), kind, start, 0, body)
        }
        _ => {
            let meal = Meal { calories: Some(value), ..Meal::default() };
            record(key(thing), kind, moved, 0, Body::Meal(meal))
        }
    }
}

/// When a night begins. Nights lie so far apart that one answer does not tell two of them as one.
fn night_at(night: usize) -> Time {
    NOW.plus_ms(-(1000 + 4 * night as i64) * DAY)
}

fn stretch(night: usize, number: usize) -> Observation {
    let start = night_at(night).plus_ms(number as i64 * 30 * MINUTE);
    let stage = [StageKind::Light, StageKind::Deep, StageKind::Rem, StageKind::Awake][number % 4];
    record(format!("night {night} {number}"), Kind::SleepStage, start, 30 * MINUTE, Body::SleepStage { stage })
}

/// The night itself, which tells no timeline.
fn night(night: usize) -> Observation {
    let sleep = Sleep { asleep_s: Some(20_000.0), ..Sleep::default() };
    let length = STRETCHES as i64 * 30 * MINUTE;
    record(format!("night {night}"), Kind::Sleep, night_at(night), length, Body::Sleep(sleep))
}

/// A batch of some words. What it tells of a night's timeline has no gaps, as an answer has none.
fn batch(words: &[Word]) -> Batch {
    let mut batch = Batch::default();
    let mut told: BTreeMap<usize, (usize, usize)> = BTreeMap::new();
    for word in words {
        match *word {
            Word::Tell { thing, version } => batch.observations.push(tell(thing, version)),
            Word::Delete { thing } => batch.deleted(kind_of(thing).expect("a record"), key(thing)),
            Word::Stretches { night, from, to } => {
                let range = told.entry(night).or_insert((from, to));
                *range = (range.0.min(from), range.1.max(to));
            }
        }
    }
    for (number, (from, to)) in told {
        batch.observations.extend((from..to).map(|n| stretch(number, n)));
        batch.observations.push(night(number));
    }
    batch
}

/// All that the source ever says, in some order that keeps what it says of one thing in order; some of it again, as long
/// as it still holds; in so many batches.
fn a_way() -> impl Strategy<Value = Vec<Vec<Word>>> {
    let mut turns: Vec<usize> = (0..THINGS).flat_map(|thing| vec![thing; words_on(thing).len()]).collect();
    // Each night in three pieces that overlap, each of them a turn.
    turns.extend((0..NIGHTS * 3).map(|piece| THINGS + piece));
    let again = prop::collection::vec((0..turns.len(), any::<prop::sample::Index>()), 100..200);
    (Just(turns).prop_shuffle(), again).prop_map(|(turns, again)| {
        let mut spoken = vec![0; THINGS];
        let mut words = Vec::new();
        for turn in turns {
            let word = match turn.checked_sub(THINGS) {
                None => {
                    spoken[turn] += 1;
                    words_on(turn)[spoken[turn] - 1]
                }
                Some(piece) => {
                    let from = [0, 3, 7][piece % 3];
                    Word::Stretches { night: piece / 3, from, to: from + 5 }
                }
            };
            words.push(word);
            // What was said just before, or a stretch of any time, still holds.
            let here = words.len();
            for (_, before) in again.iter().filter(|(at, _)| *at == here) {
                let before = words[before.index(here)];
                if matches!(before, Word::Stretches { .. }) || holds(before, &spoken) {
                    words.push(before);
                }
            }
        }
        // As even as can be, so that there are always as many batches.
        let share = |batch: usize| batch * words.len() / BATCHES;
        (0..BATCHES).map(|batch| words[share(batch)..share(batch + 1)].to_vec()).collect()
    })
}

/// Whether a word is the newest on its thing.
fn holds(word: Word, spoken: &[usize]) -> bool {
    match word {
        Word::Tell { thing, .. } | Word::Delete { thing } => words_on(thing)[spoken[thing] - 1] == word,
        Word::Stretches { .. } => true,
    }
}

/// The last word on everything, in one batch; of what is told in parts all parts.
fn last_words() -> Vec<Word> {
    let mut words = Vec::new();
    for thing in 0..THINGS {
        let on = words_on(thing);
        match on.last() {
            Some(Word::Delete { .. }) | None => {}
            Some(_) if kind_of(thing) == Some(Kind::ActivityDay) => words.extend(on),
            Some(last) => words.push(*last),
        }
    }
    words.extend((0..NIGHTS).map(|night| Word::Stretches { night, from: 0, to: STRETCHES }));
    words
}

const KINDS: [Kind; 8] = [
    Kind::Sleep,
    Kind::SleepDay,
    Kind::SleepStage,
    Kind::ActivityDay,
    Kind::Activity,
    Kind::Weight,
    Kind::BloodPressure,
    Kind::Meal,
];

/// Everything that can be read of a person, without ids, which differ between people.
fn contents(w: &World, human: HumanId) -> Vec<String> {
    let all = Filter { limit: 10_000, ..Filter::default() };
    let mut lines = Vec::new();
    for kind in KINDS {
        let page = w.store.records(human, kind, &all).expect("reads");
        assert_eq!(page.total as usize, page.rows.len());
        let mut rows: Vec<_> = page.rows.iter().map(|row| format!("{kind:?} {:?}", row.record)).collect();
        // Those of one moment are listed by their ids.
        rows.sort();
        lines.extend(rows);
    }
    for metric in [Metric::HeartRate, Metric::BloodOxygen, Metric::Steps] {
        let page = w.store.samples(human, metric, &all).expect("reads");
        assert_eq!(page.total as usize, page.rows.len());
        let mut rows: Vec<_> = page
            .rows
            .iter()
            .map(|row| {
                format!(
                    "{metric:?} {:?} {} {:?} {:?} {}",
                    row.series.device, row.start, row.end, row.offset, row.received
                )
            })
            .collect();
        rows.sort();
        lines.extend(rows);
    }
    lines
}

async fn somebody(w: &World, name: &str) -> (HumanId, ConnectionId) {
    let human = w.human(name).await.human_id;
    (human, w.connection(human, name).await)
}

#[test]
fn ten_thousand_batches_in_any_order_end_in_one_state() {
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("runtime");
    let w = runtime.block_on(World::in_memory());
    let expected = runtime.block_on(async {
        let (human, connection) = somebody(&w, "at once").await;
        w.store.apply(human, connection, batch(&last_words()), None).await.expect("applies");
        contents(&w, human)
    });
    // By hand, of 220 things: 20 of each eleventh. Two elevenths are sleeps and six nights come to them; what is a
    // multiple of 7 is gone. All nights have their whole timeline.
    let count = |begin: &str| expected.iter().filter(|line| line.starts_with(begin)).count();
    assert_eq!(count("SleepStage "), NIGHTS * STRETCHES);
    assert_eq!(count("HeartRate ") + count("BloodOxygen ") + count("Steps "), 80);
    let deleted = (0..THINGS).filter(|thing| matches!(words_on(*thing).last(), Some(Word::Delete { .. }))).count();
    assert_eq!(expected.len() - count("SleepDay ") - count("SleepStage "), THINGS - deleted + NIGHTS);
    assert!(deleted > 15 && count("SleepDay ") > 20);

    let applied = Cell::new(0);
    let config = Config { cases: WAYS, failure_persistence: None, ..Config::default() };
    let outcome = TestRunner::new(config).run(&a_way(), |way| {
        let state = runtime.block_on(async {
            let (human, connection) = somebody(&w, &format!("way {}", applied.get())).await;
            for words in &way {
                w.store.apply(human, connection, batch(words), None).await.expect("applies");
            }
            applied.set(applied.get() + way.len());
            contents(&w, human)
        });
        prop_assert_eq!(&state, &expected);
        Ok(())
    });
    outcome.expect("the same state");
    assert!(applied.get() >= 10_000, "{}", applied.get());
}
