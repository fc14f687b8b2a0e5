//! What the persona told is what the store holds.

use std::collections::BTreeSet;

use hilum_model::{Body, Day, Kind, Metric, StageKind, Time};
use hilum_providers::persona::{Persona, Story};
use hilum_providers::sandbox::{Ask, Item, teller};
use hilum_providers::spec::Provider;
use hilum_store::records::Filter;

use crate::bed::{Bed, Link, OURA, Setup, WITHINGS};

/// All items of a stream that the sandbox has, told by the persona directly.
fn told(provider: &Provider, stream: &str, persona: &Persona, now: Time) -> Vec<Item> {
    let teller = teller(provider).expect("a teller");
    let fixed: Vec<(String, String)> = provider
        .stream(stream)
        .expect("a stream")
        .params
        .iter()
        .map(|(name, value)| ((*name).to_owned(), (*value).to_owned()))
        .collect();
    let scopes: Vec<String> = provider.scopes().into_iter().map(str::to_owned).collect();
    let story = Story::new(persona);
    let ask = Ask { story: &story, now, params: &fixed, json: None, scopes: &scopes, base: "" };
    let first = persona.day_of(now).plus(-i32::from(Setup::FULL.known_days));
    let last = persona.day_of(now).plus(1);
    (first.0..=last.0).flat_map(|day| (teller.items)(stream, &ask, Day(day))).collect()
}

/// Withings' groups that hold all of these measure types.
fn groups(items: &[Item], types: &[i64]) -> usize {
    let holds = |item: &Item, wanted: i64| {
        let measures = item.json["measures"].as_array().expect("measures");
        measures.iter().any(|measure| measure["type"].as_i64() == Some(wanted))
    };
    items.iter().filter(|item| types.iter().all(|wanted| holds(item, *wanted))).count()
}

fn samples(bed: &Bed, link: Link, metric: Metric) -> u64 {
    bed.engine.store.samples(link.human, metric, &Filter::default()).expect("read").total
}

#[tokio::test]
async fn withings_in_full() {
    let bed = Bed::with(Setup::FULL, &[WITHINGS]).await;
    let persona = hilum_providers::persona::find("cuff").expect("a persona");
    let began = bed.now();
    let link = bed.connect(WITHINGS, persona.id).await;
    bed.settle(link).await;
    // The clock has moved a little for the rate limit; nothing new has been read since the beginning.
    assert!(bed.now().since_ms(began) < 1_800_000, "the backfill took {} ms", bed.now().since_ms(began));
    let measures = told(WITHINGS, "measures", persona, began);
    assert!(groups(&measures, &[1]) > 10 && groups(&measures, &[9, 10]) > 30, "the persona does measure");
    assert_eq!(bed.records(link.human, Kind::Weight).len(), groups(&measures, &[1]));
    assert_eq!(bed.records(link.human, Kind::BodyFat).len(), groups(&measures, &[6]));
    assert_eq!(bed.records(link.human, Kind::BloodPressure).len(), groups(&measures, &[9, 10]));
    assert_eq!(bed.records(link.human, Kind::ActivityDay).len(), told(WITHINGS, "activity", persona, began).len());
    assert_eq!(bed.records(link.human, Kind::Activity).len(), told(WITHINGS, "workouts", persona, began).len());
    assert_eq!(bed.records(link.human, Kind::Sleep).len(), told(WITHINGS, "sleep", persona, began).len());
    timelines_are_joined(&bed, link, began);
    // Minute data go back 30 whole days before the day of the connection (UTC).
    let floor = began.utc_day().plus(-30).start_utc();
    let stepped = told(WITHINGS, "intraday", persona, began);
    let stepped = stepped.iter().filter(|item| item.at >= floor);
    let stepped = stepped
        .filter(|item| item.json.as_object().is_some_and(|one| one.values().any(|value| value.get("steps").is_some())));
    assert_eq!(samples(&bed, link, Metric::Steps), stepped.count() as u64);
    // The zone that the first stream told gives the minutes of the same first sync their offset.
    let minutes = Filter { limit: 500, ..Filter::default() };
    let minutes = bed.engine.store.samples(link.human, Metric::Steps, &minutes).expect("read").rows;
    assert!(minutes.len() == 500 && minutes.iter().all(|minute| minute.offset.is_some()));
    unchanged_by_another_sync(&bed, link).await;
}

/// The nights of the last 30 days have their timeline, and what it tells of each stage is what the night tells.
fn timelines_are_joined(bed: &Bed, link: Link, began: Time) {
    let floor = began.utc_day().plus(-30).start_utc();
    let mut joined = 0;
    for row in bed.records(link.human, Kind::Sleep).into_iter().filter(|row| row.record.start >= floor) {
        let Body::Sleep(night) = row.record.body else { panic!("a sleep") };
        let told = |kind| {
            let stretches = night.stages.iter().filter(|one| one.kind == kind);
            Some(stretches.map(|one| one.end.since_ms(one.start)).sum::<i64>() as f64 / 1000.0)
        };
        assert_eq!(
            [told(StageKind::Light), told(StageKind::Deep), told(StageKind::Rem), told(StageKind::Awake)],
            [night.light_s, night.deep_s, night.rem_s, night.awake_s],
            "{}",
            row.record.day
        );
        joined += 1;
    }
    assert!(joined >= 28, "{joined} nights");
}

#[tokio::test]
async fn oura_in_full() {
    let bed = Bed::with(Setup::FULL, &[OURA]).await;
    let persona = hilum_providers::persona::find("runner").expect("a persona");
    let began = bed.now();
    let link = bed.connect(OURA, persona.id).await;
    bed.settle(link).await;
    assert_eq!(bed.now(), began, "far below the rate limit");
    let count = |stream| told(OURA, stream, persona, began).len();
    assert!(count("sleep") >= 40 && count("workout") > 5, "the persona does live");
    assert_eq!(bed.records(link.human, Kind::ActivityDay).len(), count("daily_activity"));
    assert_eq!(bed.records(link.human, Kind::Activity).len(), count("workout"));
    let nights = told(OURA, "sleep", persona, began);
    let slept = nights.iter().filter(|item| !matches!(item.json["type"].as_str(), Some("rest" | "deleted")));
    assert_eq!(bed.records(link.human, Kind::Sleep).len(), slept.count());
    assert_eq!(samples(&bed, link, Metric::BloodOxygen), count("daily_spo2") as u64);
    let beats: BTreeSet<(String, String)> = told(OURA, "heartrate", persona, began)
        .iter()
        .map(|item| (item.json["timestamp"].to_string(), item.json["source"].to_string()))
        .collect();
    assert_eq!(samples(&bed, link, Metric::HeartRate), beats.len() as u64);
    assert_eq!(
        (bed.records(link.human, Kind::Weight).len(), bed.records(link.human, Kind::Height).len()),
        (1, 1),
        "from the profile"
    );
    unchanged_by_another_sync(&bed, link).await;
}

/// A second sync reads the overlap again; of what it has read before, nothing is touched.
async fn unchanged_by_another_sync(bed: &Bed, link: Link) {
    let kinds = [Kind::Weight, Kind::BodyFat, Kind::BloodPressure, Kind::Activity, Kind::Sleep];
    let before = kinds.map(|kind| bed.records(link.human, kind));
    let synced = bed.row(link).synced_at.expect("synced");
    let now = bed.now();
    bed.run_until(now.plus_s(4 * 3600)).await;
    assert!(bed.row(link).synced_at.expect("synced") > synced, "it did sync");
    for (kind, old) in kinds.into_iter().zip(before) {
        let new = bed.records(link.human, kind);
        let kept = new.iter().filter(|row| row.created_at <= now).collect::<Vec<_>>();
        assert_eq!(kept.len(), old.len(), "{kind:?}");
        assert!(kept.iter().all(|row| old.contains(row)), "{kind:?}: a record was touched without a change");
    }
}

#[tokio::test]
async fn news_are_there_at_once_and_history_follows() {
    let bed = Bed::with(Setup::FULL, &[WITHINGS]).await;
    let link = bed.connect(WITHINGS, "runner").await;
    // One slice.
    let jobs = bed.engine.store.next_due().expect("read").expect("queued");
    assert_eq!(jobs, bed.now());
    bed.engine.drain_jobs().await.expect("drained");
    let row = bed.row(link);
    assert!(row.synced_at.is_some());
    let today = bed.now().utc_day();
    let newest = bed.records(link.human, Kind::ActivityDay).first().expect("days").record.day;
    assert!(newest >= today.plus(-1), "{newest}");
    for cursor in bed.cursors(link) {
        assert!(cursor.newest >= today, "{}", cursor.stream);
    }
}
