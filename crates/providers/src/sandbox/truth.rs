//! Whatever is told of a person is what they lived: every record that reading a provider's dialect gives is compared
//! with the story itself. A provider is checked by being registered; [`super::same_day`] compares them closely.

use hilum_model::observation::{Activity, ActivityDay, Sleep};
use hilum_model::{Batch, Body, Metric, Observation, Record, Sample};

use super::same_day::{days, near, read};
use super::*;
use crate::REGISTRY;
use crate::persona::{PEOPLE, Slept, Stretch};

/// All that a provider tells of a day.
fn told(provider: &Provider, story: &Story<'_>, day: Day) -> Vec<Batch> {
    provider.streams.iter().map(|stream| read(provider.id, stream.id, story, day)).collect()
}

fn records(batches: &[Batch]) -> impl Iterator<Item = &Record> {
    batches.iter().flat_map(|b| &b.observations).filter_map(|o| match o {
        Observation::Record(record) => Some(&**record),
        _ => None,
    })
}

/// Compares what is told; what is not told is no error.
#[track_caller]
fn agrees(told: Option<f64>, truth: f64, off: f64) {
    if told.is_some() {
        near(told, Some(truth), off);
    }
}

fn night(record: &Record, told: &Sleep, slept: &Slept, persona: &Persona) {
    assert_eq!((record.end, record.day), (Some(slept.end), persona.day_of(slept.end)));
    // Some count in whole minutes.
    agrees(told.asleep_s, slept.asleep_s() as f64, 59.0);
    agrees(told.in_bed_s, slept.in_bed_s() as f64, 59.0);
    agrees(told.awake_s, slept.seconds(hilum_model::StageKind::Awake) as f64, 59.0);
    agrees(told.light_s, slept.seconds(hilum_model::StageKind::Light) as f64, 59.0);
    agrees(told.deep_s, slept.seconds(hilum_model::StageKind::Deep) as f64, 59.0);
    agrees(told.rem_s, slept.seconds(hilum_model::StageKind::Rem) as f64, 59.0);
    agrees(told.to_fall_asleep_s, slept.latency_s() as f64, 59.0);
    agrees(told.efficiency, 100.0 * slept.asleep_s() as f64 / slept.in_bed_s() as f64, 1.0);
    agrees(told.respiratory_rate_avg, persona.breaths(record.day) as f64 / 10.0, 0.5);
    agrees(told.hrv_rmssd_avg, persona.variability(record.day) as f64, 1.0);
    assert!(told.stages.is_empty() || told.stages == slept.stages(), "the timeline");
}

fn nights(provider: &Provider, batches: &[Batch], story: &Story<'_>, day: Day) {
    let (persona, slept) = (story.persona, story.sleeps(day));
    let mut seen = 0;
    for record in records(batches) {
        let Body::Sleep(sleep) = &record.body else { continue };
        let truth = slept.iter().find(|s| s.start == record.start);
        let truth = truth.unwrap_or_else(|| panic!("{} {day}: nobody slept from then", provider.id));
        night(record, sleep, truth, persona);
        seen += 1;
    }
    let tells = provider.data_types.contains(&"sleeps");
    // Some tell the last weeks only, some the main sleep alone.
    let forgets = provider.streams.iter().any(|s| s.window == crate::spec::Window::Recent);
    let all = seen == slept.len() || seen == 1 || (seen == 0 && forgets);
    assert!(!tells || all, "{} {day}: {seen} sleeps", provider.id);
}

fn effort(told: &Activity, truth: &Stretch) {
    agrees(told.distance_m, truth.decimetres as f64 / 10.0, 1.0);
    agrees(told.calories, truth.energy as f64 / 100.0, 1.0);
    agrees(told.heart_rate_avg, truth.mean_tenths as f64 / 10.0, 1.0);
    agrees(told.heart_rate_max, f64::from(truth.greatest), 0.0);
    agrees(told.steps, truth.steps as f64, 0.0);
}

fn workouts(provider: &Provider, batches: &[Batch], story: &Story<'_>, day: Day) {
    let done = story.persona.workouts(day);
    for record in records(batches) {
        let Body::Activity(activity) = &record.body else { continue };
        let truth = done.iter().find(|w| w.start == record.start);
        let truth = truth.unwrap_or_else(|| panic!("{} {day}: nothing was done then", provider.id));
        assert_eq!(record.day, day);
        assert!(record.end.is_none_or(|end| end == truth.end), "{} {day}", provider.id);
        assert!(!activity.kind.starts_with("other"), "{}: {}", provider.id, activity.kind);
        agrees(activity.duration_s, truth.minutes() as f64 * 60.0, 0.0);
        effort(activity, &story.effort(truth).expect("has minutes"));
    }
}

fn total(record: &Record, told: &ActivityDay, story: &Story<'_>) {
    let persona = story.persona;
    let calendar =
        |end: &Time| record.start == persona.start_of(record.day) && persona.end_of(record.day).since_ms(*end) <= 1000;
    if let Some(end) = record.end.filter(|end| !calendar(end)) {
        // A provider whose day is not the calendar's: the sum is that of the minutes between its ends.
        let minutes = story.minutes_between(record.start, end);
        let active = minutes.iter().map(|(_, m)| f64::from(m.energy)).sum::<f64>() / 100.0;
        agrees(told.calories, persona.basal() * minutes.len() as f64 / 1440.0 + active, 1.0);
        return;
    }
    let sum = story.totals(record.day, persona.end_of(record.day)).expect("a day");
    agrees(told.steps, sum.steps as f64, 0.0);
    agrees(told.distance_m, sum.decimetres as f64 / 10.0, 1.0);
    agrees(told.calories, sum.all_energy(persona) as f64 / 100.0, 1.0);
    agrees(told.active_calories, sum.energy as f64 / 100.0, 1.0);
}

fn moment(sample: &Sample, story: &Story<'_>, provider: &Provider) {
    let persona = story.persona;
    let minute = || story.minutes_between(sample.start, sample.start.plus_s(60)).first().map(|(_, m)| *m);
    let unit = sample.metric.unit();
    let value = sample.unit.convert(sample.value, unit).expect("fits");
    match sample.metric {
        // Readings within a minute are as smooth as the provider likes.
        Metric::HeartRate if sample.start.unix_s() % 60 == 0 => {
            let told = minute().is_none_or(|m| (f64::from(m.bpm) - value).abs() <= 0.5);
            assert!(told, "{} {}: {value} is not that minute's", provider.id, sample.start);
        }
        Metric::BloodOxygen => near(Some(value), Some(persona.oxygen(persona.day_of(sample.start)) as f64 / 10.0), 2.0),
        Metric::Steps if sample.end == Some(sample.start.plus_s(60)) => {
            agrees(minute().map(|m| f64::from(m.steps)), value, 0.0);
        }
        _ => {}
    }
}

fn measured(record: &Record, persona: &Persona, metric: Metric, value: f64) {
    let day = persona.day_of(record.start);
    let weighed = persona.weigh_in(day).filter(|w| w.at == record.start);
    let truth = match metric {
        // What a profile tells is what they typed in.
        Metric::Weight => weighed.map_or(persona.usual_weight(), |w| w.grams as f64 / 1000.0),
        Metric::BodyFat => weighed.expect("a weigh-in").fat as f64 / 100.0,
        Metric::Height => f64::from(persona.height_mm),
        Metric::Vo2Max => persona.uptake(record.day) as f64 / 10.0,
        Metric::BloodGlucose => {
            let told = persona.glucose(day).into_iter().find(|g| g.at == record.start);
            told.expect("a value of the sensor").level as f64
        }
        Metric::BodyTemperature => persona.body_temperature(day).expect("taken").1 as f64 / 10.0,
        _ => return,
    };
    near(Some(value), Some(truth), 0.6);
}

#[test]
fn what_is_told_is_what_was_lived() {
    for (provider, persona) in REGISTRY.iter().flat_map(|p| PEOPLE.iter().map(move |who| (p, who))) {
        let story = Story::new(persona);
        for day in days().step_by(3) {
            let batches = told(provider, &story, day);
            nights(provider, &batches, &story, day);
            workouts(provider, &batches, &story, day);
            for record in records(&batches) {
                match &record.body {
                    Body::ActivityDay(told) => total(record, told, &story),
                    Body::HeartRateDay(told) => {
                        agrees(told.resting, f64::from(persona.resting_rate(record.day)), 0.5);
                    }
                    Body::Meal(told) => {
                        let eaten = persona.meals(record.day).into_iter().find(|m| m.at == record.start);
                        let eaten = eaten.unwrap_or_else(|| panic!("{}: nothing was eaten then", provider.id));
                        agrees(told.calories, eaten.energy() as f64, 0.5);
                        agrees(told.carbohydrate_g, eaten.carbohydrate as f64, 0.5);
                        agrees(told.protein_g, eaten.protein as f64, 0.5);
                        agrees(told.fat_g, eaten.fat as f64, 0.5);
                    }
                    Body::Reading { metric, quantity } => measured(record, persona, *metric, quantity.value),
                    _ => {}
                }
            }
            // On the day of a journey a clock time without a zone may be that of either place.
            if persona.zone(day.plus(-1)) != persona.zone(day) || persona.zone(day) != persona.zone(day.plus(1)) {
                continue;
            }
            for sample in batches.iter().flat_map(|b| &b.observations).filter_map(|o| match o {
                Observation::Sample(sample) => Some(sample),
                _ => None,
            }) {
                moment(sample, &story, provider);
            }
        }
    }
}
