//! The cross-provider test: whatever dialect a day is told in, reading it gives the same day, and the persona's.

use std::collections::BTreeMap;

use hilum_model::observation::{Activity, ActivityDay, Sleep};
use hilum_model::{Batch, Body, Metric, Observation, Offset, Record, Sample, Stage};

use super::*;
use crate::persona::{PEOPLE, Slept, Workout};
use crate::spec::{Context, Stream, Wanted};

mod concept2;
mod dexcom;
mod garmin;
mod google_health;
mod polar;
mod strava;
mod suunto;
mod wahoo;

fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).expect(text).0
}

/// Days with a change of clocks in Europe and in America, days of journeys, and ordinary ones before them.
pub(super) fn days() -> impl Iterator<Item = Day> {
    ["2026-11-21", "2026-11-02", "2026-10-26", "2026-03-30"]
        .into_iter()
        .flat_map(|last| (0..5).map(move |n| Day::parse(last).expect(last).plus(-n)))
}

/// A day of a stream, told and read again.
pub(super) fn read(provider: &str, stream: &str, story: &Story<'_>, day: Day) -> Batch {
    let provider = crate::find(provider).expect("a provider");
    let stream = provider.stream(stream).expect("a stream");
    let teller = teller(provider).expect("a teller");
    let params = stream.request(day, day).params;
    let ask = Ask {
        story,
        now: time("2026-11-22T12:00:00Z"),
        params: &params,
        json: None,
        scopes: &["email".to_owned()],
        base: "",
    };
    let items = (teller.items)(stream.id, &ask, day).into_iter().map(|item| item.json).collect();
    let answer = (teller.page)(stream.id, &ask, items, None).to_string();
    let context = Context { received: ask.now, time_zone: Some(story.persona.zone(day).to_owned()) };
    let batch = (stream.parse)(answer.as_bytes(), &context).expect("the documented form");
    assert_eq!(batch.rejected, Vec::<String>::new(), "{} {}", provider.id, stream.id);
    batch
}

fn records(batch: &Batch) -> impl Iterator<Item = &Record> {
    batch.observations.iter().filter_map(|o| match o {
        Observation::Record(record) => Some(&**record),
        _ => None,
    })
}

fn samples(batch: &Batch, metric: Metric) -> impl Iterator<Item = &Sample> {
    batch.observations.iter().filter_map(move |o| match o {
        Observation::Sample(sample) if sample.metric == metric => Some(sample),
        _ => None,
    })
}

fn total(batch: &Batch) -> (&Record, &ActivityDay) {
    let found = records(batch).find_map(|r| match &r.body {
        Body::ActivityDay(day) => Some((r, day)),
        _ => None,
    });
    found.expect("a total")
}

#[track_caller]
pub(super) fn near(a: Option<f64>, b: Option<f64>, off: f64) {
    let (Some(a), Some(b)) = (a, b) else { panic!("{a:?} and {b:?}") };
    assert!((a - b).abs() <= off, "{a} is not within {off} of {b}");
}

#[test]
fn totals_agree_and_are_the_sums_of_their_minutes() {
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let (w, o) = (read("withings", "activity", &story, day), read("oura", "daily_activity", &story, day));
            let ((w_record, w), (o_record, o)) = (total(&w), total(&o));
            let sum = story.totals(day, persona.end_of(day)).expect("a day");
            assert_eq!((w.steps, o.steps), (Some(sum.steps as f64), Some(sum.steps as f64)), "{} {day}", persona.id);
            assert_eq!((w_record.day, o_record.day), (day, day));
            assert_eq!((w_record.start, o_record.start), (persona.start_of(day), persona.start_of(day)));
            assert_eq!(w_record.offset, o_record.offset, "{} {day}", persona.id);
            assert_eq!((w.vigorous_min, w.moderate_min, w.light_min), (o.vigorous_min, o.moderate_min, o.light_min));
            near(w.distance_m, o.distance_m, 0.5);
            near(w.active_calories, o.active_calories, 0.6);
            near(w.calories, o.calories, 0.6);

            let minutes = read("withings", "intraday", &story, day);
            let added = |metric| samples(&minutes, metric).map(|s| s.value).sum::<f64>();
            near(Some(added(Metric::Steps)), w.steps, 1e-6);
            near(Some(added(Metric::Distance)), w.distance_m, 1e-6);
            assert!(samples(&minutes, Metric::Steps).all(|s| s.end == Some(s.start.plus_s(60))));
        }
    }
}

fn sleeps(batch: &Batch) -> Vec<(&Record, &Sleep)> {
    let found = records(batch).filter_map(|r| match &r.body {
        Body::Sleep(sleep) => Some((r, sleep)),
        _ => None,
    });
    found.collect()
}

fn stretches(batch: &Batch) -> Vec<Stage> {
    let found = records(batch).filter_map(|r| match (&r.body, r.end) {
        (Body::SleepStage { stage }, Some(end)) => Some(Stage { kind: *stage, start: r.start, end }),
        _ => None,
    });
    found.collect()
}

#[test]
fn nights_and_naps_agree() {
    let mut naps = 0;
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let (w, o) = (read("withings", "sleep", &story, day), read("oura", "sleep", &story, day));
            let phases = read("withings", "sleep_phases", &story, day);
            assert_eq!(stretches(&phases), story.sleeps(day).iter().flat_map(Slept::stages).collect::<Vec<_>>());
            let (w, o, slept) = (sleeps(&w), sleeps(&o), story.sleeps(day));
            assert_eq!((w.len(), o.len()), (slept.len(), slept.len()), "{} {day}", persona.id);
            for (((w_record, w), (o_record, o)), slept) in w.into_iter().zip(o).zip(&slept) {
                for record in [w_record, o_record] {
                    assert_eq!((record.start, record.end, record.day), (slept.start, Some(slept.end), day));
                }
                assert_eq!(o_record.offset, Some(persona.offset_at(slept.start)));
                let told =
                    |s: &Sleep| [s.asleep_s, s.awake_s, s.in_bed_s, s.light_s, s.deep_s, s.rem_s, s.to_fall_asleep_s];
                assert_eq!(told(w), told(o), "{} {day}", persona.id);
                assert_eq!(w.asleep_s, Some(slept.asleep_s() as f64));
                near(w.asleep_s.zip(w.awake_s).map(|(a, b)| a + b), w.in_bed_s, 0.0);
                near(w.efficiency, o.efficiency, 1.0);
                near(w.heart_rate_avg, o.heart_rate_avg, 0.5);
                near(w.respiratory_rate_avg, o.respiratory_rate_avg, 0.5);
                assert_eq!(w.heart_rate_min, o.heart_rate_min);
                assert_eq!(o.stages, slept.stages());
                assert_eq!(o.main, slept.main);
                naps += usize::from(!o.main);
            }
        }
    }
    assert!(naps >= 3, "{naps} naps");
}

fn workouts(batch: &Batch) -> Vec<(&Record, &Activity)> {
    let found = records(batch).filter_map(|r| match &r.body {
        Body::Activity(activity) => Some((r, activity)),
        _ => None,
    });
    found.collect()
}

/// The details of a day's items, told and read again: each with the key of its record.
fn tracks(provider: &str, stream: &Stream, story: &Story<'_>, day: Day) -> Vec<(String, Batch)> {
    let teller = teller(crate::find(provider).expect("a provider")).expect("a teller");
    let detail = stream.detail.expect("a detail");
    let scopes = [stream.scope.to_owned(), detail.scope.to_owned()];
    let base = "https://provider.example";
    let now = time("2026-11-22T12:00:00Z");
    let ask = Ask { story, now, params: &[], json: None, scopes: &scopes, base };
    let items = (teller.items)(stream.id, &ask, day).into_iter().map(|item| item.json).collect();
    let page = (teller.page)(stream.id, &ask, items, None).to_string();
    let context = Context { received: now, time_zone: None };
    let wanted = (detail.wanted)(page.as_bytes(), &context).expect("the documented form");
    let read = |one: Wanted| {
        let path = one.request.path.strip_prefix(base).unwrap_or(&one.request.path);
        let ask = Ask { story, now, params: &one.request.params, json: None, scopes: &scopes, base };
        let bytes = match (teller.extra)("GET", path, &ask).expect("a detail") {
            Extra::Json(json) => json.to_string().into_bytes(),
            Extra::File { bytes, .. } => bytes,
            Extra::Status(status) => panic!("status {status}"),
        };
        let batch = (detail.parse)(&bytes, &one, &context).expect("the documented form");
        assert_eq!(batch.rejected, Vec::<String>::new(), "{provider} {path}");
        (one.key, batch)
    };
    wanted.into_iter().map(read).collect()
}

/// What a workout service told of a workout is what was done.
fn same_effort(story: &Story<'_>, workout: &Workout, told: &Activity) {
    let effort = story.effort(workout).expect("minutes");
    near(told.distance_m.or(Some(0.0)), Some(effort.decimetres as f64 / 10.0), 0.5);
    near(told.heart_rate_avg, Some(effort.mean_tenths as f64 / 10.0), 0.5);
    near(told.heart_rate_max.or(Some(f64::from(effort.greatest))), Some(f64::from(effort.greatest)), 0.0);
}

/// The workouts of a service that gives their points as files, and the files.
fn files_are_read_back(provider: &str, stream: &Stream) {
    let mut places = 0;
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let batch = read(provider, stream.id, &story, day);
            for (record, activity) in workouts(&batch) {
                let done = persona.workouts(day).into_iter().find(|w| w.start == record.start).expect("was done");
                assert_eq!((record.end, record.day), (Some(done.end), day));
                assert_eq!(record.offset, Some(persona.offset_at(done.start)));
                same_effort(&story, &done, activity);
            }
            for (key, track) in tracks(provider, stream, &story, day) {
                assert!(samples(&track, Metric::HeartRate).all(|s| s.context.as_deref() == Some(&key)));
                places += samples(&track, Metric::Latitude).count();
                same_hearts(&story, &track);
            }
        }
    }
    assert!(places > 1000, "{places} places");
}

/// The heart rates of a track are those of the minutes.
fn same_hearts(story: &Story<'_>, track: &Batch) {
    for sample in samples(track, Metric::HeartRate) {
        let at = Time(sample.start.0.div_euclid(60_000) * 60_000);
        let minutes = story.minutes_between(at, at.plus_s(60));
        assert_eq!(minutes.first().map(|(_, m)| f64::from(m.bpm)), Some(sample.value), "{at}");
    }
}

#[test]
fn workouts_agree() {
    let mut kinds = std::collections::BTreeSet::new();
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let (w, o) = (read("withings", "workouts", &story, day), read("oura", "workout", &story, day));
            let (w, o, done) = (workouts(&w), workouts(&o), persona.workouts(day));
            assert_eq!((w.len(), o.len()), (done.len(), done.len()), "{} {day}", persona.id);
            for (((w_record, w), (o_record, o)), workout) in w.into_iter().zip(o).zip(&done) {
                for record in [w_record, o_record] {
                    assert_eq!((record.start, record.end, record.day), (workout.start, Some(workout.end), day));
                    assert_eq!(record.offset, Some(persona.offset_at(workout.start)));
                }
                assert_eq!((&w.kind, w.duration_s), (&o.kind, o.duration_s));
                near(w.distance_m, o.distance_m.or(Some(0.0)), 0.0);
                near(w.calories, o.calories, 0.1);
                kinds.insert(w.kind.clone());
            }
        }
    }
    assert_eq!(
        kinds.iter().map(String::as_str).collect::<Vec<_>>(),
        ["cycling", "rowing", "running", "swimming", "walking", "weight_training", "yoga"]
    );
}

#[test]
fn heart_rates_agree_at_common_instants() {
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let (w, o) = (read("withings", "intraday", &story, day), read("oura", "heartrate", &story, day));
            let rates = |batch: &Batch| -> BTreeMap<Time, f64> {
                samples(batch, Metric::HeartRate).map(|s| (s.start, s.value)).collect()
            };
            let (w, o) = (rates(&w), rates(&o));
            assert_eq!(w, o, "{} {day}", persona.id);
            let slots = persona.end_of(day).since_ms(persona.start_of(day)) / 300_000;
            assert!(w.len() as i64 >= slots, "{} {day}: {} rates", persona.id, w.len());
            // What the night tells is the same heart.
            let phases = read("withings", "sleep_phases", &story, day);
            let night = samples(&phases, Metric::HeartRate).filter(|s| persona.day_of(s.start) == day);
            for sample in night {
                assert_eq!(w.get(&sample.start), Some(&sample.value), "{} {}", persona.id, sample.start);
            }
            let oxygen = read("oura", "daily_spo2", &story, day);
            let daily = samples(&oxygen, Metric::BloodOxygen).map(|s| s.value).next();
            near(daily, Some(persona.oxygen(day) as f64 / 10.0), 1e-9);
        }
    }
}

#[test]
fn variability_agrees_but_for_the_slots_in_which_the_ring_looks_for_the_pulse() {
    let persona = &PEOPLE[0];
    let story = Story::new(persona);
    for day in days() {
        let read_of = |provider, stream| -> BTreeMap<Time, f64> {
            let batch = read(provider, stream, &story, day);
            samples(&batch, Metric::HrvRmssd).map(|s| (s.start, s.value)).collect()
        };
        // The watch tells on whole five minutes of the clock, the ring on five minutes from going to bed.
        let (w, o) = (read_of("withings", "sleep_phases"), read_of("oura", "sleep"));
        let slots: usize = story.sleeps(day).iter().map(|s| s.slots.len() - 1).sum();
        assert_eq!(o.len(), slots);
        for (at, value) in &w {
            near(o.get(at).or(Some(value)).copied(), Some(*value), 0.0);
        }
        assert!(!w.is_empty());
    }
}

#[test]
fn scale_and_cuff_are_read_back() {
    let mut seen = [0; 4];
    for persona in &PEOPLE {
        let story = Story::new(persona);
        let first = Day::parse("2026-11-21").expect("day").plus(-199);
        for day in (0..200).map(|n| first.plus(n)) {
            let batch = read("withings", "measures", &story, day);
            let readings = |metric: Metric| -> Vec<(Time, f64)> {
                records(&batch)
                    .filter_map(|r| match &r.body {
                        Body::Reading { metric: m, quantity } if *m == metric => Some((r.start, quantity.value)),
                        _ => None,
                    })
                    .collect()
            };
            let weighed = persona.weigh_in(day);
            let told = weighed.map(|w| (w.at, w.grams as f64 / 1000.0));
            assert_eq!(readings(Metric::Weight), told.into_iter().collect::<Vec<_>>());
            let fat = weighed.map(|w| (w.at, w.fat as f64 / 100.0));
            assert_eq!(readings(Metric::BodyFat), fat.into_iter().collect::<Vec<_>>());
            let height = persona.height_entered(day).map(|at| (at, f64::from(persona.height_mm)));
            assert_eq!(readings(Metric::Height), height.into_iter().collect::<Vec<_>>());
            let pressures: Vec<_> = records(&batch)
                .filter_map(|r| match r.body {
                    Body::BloodPressure { systolic, diastolic, heart_rate } => {
                        Some((r.start, systolic as i64, diastolic as i64, heart_rate.map(|h| h as i64)))
                    }
                    _ => None,
                })
                .collect();
            let taken = persona.pressures(day);
            let taken: Vec<_> = taken.iter().map(|p| (p.at, p.systolic, p.diastolic, Some(p.pulse))).collect();
            assert_eq!(pressures, taken, "{} {day}", persona.id);
            for (count, more) in
                seen.iter_mut().zip([told.is_some(), fat.is_some(), height.is_some(), !taken.is_empty()])
            {
                *count += usize::from(more);
            }
        }
    }
    assert!(seen.iter().all(|n| *n >= 5), "{seen:?}");
}

#[test]
fn the_profile_is_read_back() {
    let persona = crate::persona::find("cgm").expect("there");
    let story = Story::new(persona);
    let batch = read("oura", "personal_info", &story, Day::parse("2026-11-22").expect("day"));
    assert_eq!(batch.facts.email.as_deref(), Some("priya.nair@example.org"));
    assert_eq!(batch.facts.gender.as_deref(), Some("female"));
    let heights: Vec<f64> = records(&batch)
        .filter_map(|r| match &r.body {
            Body::Reading { metric: Metric::Height, quantity } => Some(quantity.value),
            _ => None,
        })
        .collect();
    assert_eq!(heights, [1630.0]);
}

#[test]
fn a_night_in_an_aeroplane_has_an_offset_at_either_end() {
    let persona = crate::persona::find("traveller").expect("there");
    let story = Story::new(persona);
    let first = Day::parse("2026-10-01").expect("day");
    let two = (0..56).map(|n| first.plus(n)).find(|day| persona.zone(*day) == "Asia/Tokyo").expect("a journey");
    let teller = teller(crate::find("oura").expect("oura")).expect("teller");
    let ask = Ask { story: &story, now: time("2027-01-01T00:00:00Z"), params: &[], json: None, scopes: &[], base: "" };
    let items = (teller.items)("sleep", &ask, two);
    let text = |name: &str| items[0].json[name].as_str().expect("text").to_owned();
    let offset = |text: &str| Time::parse_rfc3339(text).expect("a time").1;
    assert_eq!(offset(&text("bedtime_end")), Offset(540));
    assert!(offset(&text("bedtime_start")).0 <= 60, "London: {}", text("bedtime_start"));
}
