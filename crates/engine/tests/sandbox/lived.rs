//! Compares what the store holds of days with what the person lived. Since every provider is held to the same truth,
//! all of them give the same normalised day.

use std::collections::{BTreeMap, BTreeSet};

use hilum_model::observation::{Activity, ActivityDay, Meal, Sleep};
use hilum_model::{Body, Day, HumanId, Metric, Offset, Record, StageKind, Time};
use hilum_providers::persona::{Minute, Persona, Story};
use hilum_store::samples::StoredSample;

use crate::bed::Bed;

/// What differs, in words; and how much was compared.
#[derive(Debug, Default)]
pub(crate) struct Compared {
    wrong: Vec<String>,
    /// Comparisons by what they were of.
    pub(crate) seen: BTreeMap<&'static str, usize>,
}

impl Compared {
    /// Compares what is told; what is not told is no error.
    fn agrees(&mut self, what: &'static str, about: &str, told: Option<f64>, truth: f64, off: f64) {
        let Some(told) = told else { return };
        *self.seen.entry(what).or_default() += 1;
        if (told - truth).abs() > off {
            self.wrong.push(format!("{about}: {what} is {told}, lived were {truth}"));
        }
    }

    fn must(&mut self, holds: bool, what: impl FnOnce() -> String) {
        if !holds {
            self.wrong.push(what());
        }
    }

    #[track_caller]
    pub(crate) fn is_right(&self, persona: &str) {
        let all = self.wrong.iter().take(8).cloned().collect::<Vec<_>>().join("\n  ");
        assert!(self.wrong.is_empty(), "{persona}: {} differ from what was lived:\n  {all}", self.wrong.len());
    }
}

/// Compares everything that the store holds of these days of a person.
pub(crate) fn compare(bed: &Bed, human: HumanId, persona: &Persona, days: (Day, Day)) -> Compared {
    let story = Story::new(persona);
    let mut out = Compared::default();
    let mut once = BTreeSet::new();
    let inside = |day: Day| days.0 <= day && day <= days.1;
    for row in bed.all_records(human).into_iter().filter(|row| inside(row.record.day) && !row.record.is_state()) {
        let (record, about) = (&row.record, format!("{} {}", row.record.day, row.record.start));
        match &record.body {
            Body::ActivityDay(told) => {
                out.must(once.insert(("day", record.day.0.into())), || format!("{about}: two totals of a day"));
                total(&mut out, &about, record, told, &story);
            }
            Body::Sleep(told) => {
                out.must(once.insert(("sleep", record.start.0)), || format!("{about}: a sleep twice"));
                night(&mut out, &about, record, told, &story);
            }
            Body::Activity(told) => {
                out.must(once.insert(("activity", record.start.0)), || format!("{about}: a workout twice"));
                workout(&mut out, &about, record, told, &story);
            }
            Body::HeartRateDay(told) => {
                // Without an offset the day may be that of another place.
                let day = if record.offset.is_some() { record.day } else { persona.day_of(record.start) };
                out.agrees("resting rate", &about, told.resting, f64::from(persona.resting_rate(day)), 0.5);
            }
            Body::Meal(told) => meal(&mut out, &about, record, told, persona),
            Body::Reading { metric, quantity } => measured(&mut out, &about, record, persona, *metric, quantity.value),
            Body::BloodPressure { .. }
            | Body::SleepDay { .. }
            | Body::Ecg(_)
            | Body::SleepStage { .. }
            | Body::Location(_)
            | Body::GeneticTrait(_)
            | Body::Genotypes(_) => {}
        }
        if let Some(offset) = record.offset {
            // Where a record does not tell it, it is that of the profile: of home, or of where they are now.
            let profile = [persona.home, persona.zone(persona.day_of(bed.began()))];
            let there = [record.start, record.end.unwrap_or(record.start)].map(|at| persona.offset_at(at));
            let right = there.contains(&offset)
                || profile.iter().any(|zone| Offset::of_zone(zone, record.start) == Some(offset));
            out.must(right, || format!("{about}: offset {offset:?}, not {there:?}"));
        }
    }
    for sample in bed.all_samples(human) {
        let day = persona.day_of(sample.start);
        // On the day of a journey a clock time without a zone may be that of either place.
        let at_home = (day.0 - 1..=day.0 + 1).all(|day| persona.zone(Day(day)) == persona.home);
        if inside(day) && at_home {
            moment(&mut out, &sample, &story);
        }
    }
    out
}

fn total(out: &mut Compared, about: &str, record: &Record, told: &ActivityDay, story: &Story<'_>) {
    let persona = story.persona;
    let calendar = record.end.is_none_or(|end| {
        record.start == persona.start_of(record.day) && persona.end_of(record.day).since_ms(end) <= 1000
    });
    if !calendar {
        // A provider whose day is not the calendar's: the sum is that of the minutes between its ends.
        let minutes = story.minutes_between(record.start, record.end.expect("an end"));
        let active = minutes.iter().map(|(_, m)| f64::from(m.energy)).sum::<f64>() / 100.0;
        let energy = persona.basal() * minutes.len() as f64 / 1440.0 + active;
        return out.agrees("calories", about, told.calories, energy, 1.0);
    }
    let sum = story.totals(record.day, persona.end_of(record.day)).expect("a day");
    out.agrees("steps", about, told.steps, sum.steps as f64, 0.0);
    out.agrees("distance", about, told.distance_m, sum.decimetres as f64 / 10.0, 1.0);
    out.agrees("calories", about, told.calories, sum.all_energy(persona) as f64 / 100.0, 1.0);
    out.agrees("active calories", about, told.active_calories, sum.energy as f64 / 100.0, 1.0);
}

fn night(out: &mut Compared, about: &str, record: &Record, told: &Sleep, story: &Story<'_>) {
    let persona = story.persona;
    let truth = story.sleeps(record.day).into_iter().find(|slept| slept.start == record.start);
    let Some(slept) = truth else { return out.must(false, || format!("{about}: nobody slept from then")) };
    let ends = (record.end, record.day) == (Some(slept.end), persona.day_of(slept.end));
    out.must(ends, || format!("{about}: until {:?}, not {}", record.end, slept.end));
    // Some count in whole minutes.
    out.agrees("sleep", about, told.asleep_s, slept.asleep_s() as f64, 59.0);
    out.agrees("time in bed", about, told.in_bed_s, slept.in_bed_s() as f64, 59.0);
    for (stage, told) in [
        (StageKind::Awake, told.awake_s),
        (StageKind::Light, told.light_s),
        (StageKind::Deep, told.deep_s),
        (StageKind::Rem, told.rem_s),
    ] {
        out.agrees("a stage", about, told, slept.seconds(stage) as f64, 59.0);
    }
    out.must(told.stages.is_empty() || told.stages == slept.stages(), || format!("{about}: another timeline"));
}

fn workout(out: &mut Compared, about: &str, record: &Record, told: &Activity, story: &Story<'_>) {
    let done = story.persona.workouts(record.day).into_iter().find(|workout| workout.start == record.start);
    let Some(truth) = done else { return out.must(false, || format!("{about}: nothing was done then")) };
    out.must(record.end.is_none_or(|end| end == truth.end), || format!("{about}: until {:?}", record.end));
    out.agrees("duration", about, told.duration_s, truth.minutes() as f64 * 60.0, 0.0);
    let effort = story.effort(&truth).expect("has minutes");
    out.agrees("distance of a workout", about, told.distance_m, effort.decimetres as f64 / 10.0, 1.0);
    out.agrees("calories of a workout", about, told.calories, effort.energy as f64 / 100.0, 1.0);
    out.agrees("rate of a workout", about, told.heart_rate_avg, effort.mean_tenths as f64 / 10.0, 1.0);
    out.agrees("steps of a workout", about, told.steps, effort.steps as f64, 0.0);
}

fn meal(out: &mut Compared, about: &str, record: &Record, told: &Meal, persona: &Persona) {
    let eaten = persona.meals(record.day).into_iter().find(|meal| meal.at == record.start);
    let Some(eaten) = eaten else { return out.must(false, || format!("{about}: nothing was eaten then")) };
    out.agrees("calories of a meal", about, told.calories, eaten.energy() as f64, 0.5);
    out.agrees("carbohydrate", about, told.carbohydrate_g, eaten.carbohydrate as f64, 0.5);
    out.agrees("protein", about, told.protein_g, eaten.protein as f64, 0.5);
    out.agrees("fat", about, told.fat_g, eaten.fat as f64, 0.5);
}

fn measured(out: &mut Compared, about: &str, record: &Record, persona: &Persona, metric: Metric, value: f64) {
    let day = persona.day_of(record.start);
    let weighed = persona.weigh_in(day).filter(|weighed| weighed.at == record.start);
    let truth = match metric {
        Metric::Weight => weighed.map(|weighed| weighed.grams as f64 / 1000.0),
        Metric::BodyFat => weighed.map(|weighed| weighed.fat as f64 / 100.0),
        Metric::Height => Some(f64::from(persona.height_mm)),
        Metric::Vo2Max => Some(persona.uptake(record.day) as f64 / 10.0),
        Metric::BloodGlucose => {
            persona.glucose(day).into_iter().find(|one| one.at == record.start).map(|one| one.level as f64)
        }
        Metric::BodyTemperature => persona.body_temperature(day).map(|one| one.1 as f64 / 10.0),
        _ => return,
    };
    match truth {
        Some(truth) => out.agrees("a reading", about, Some(value), truth, 0.6),
        None => out.must(false, || format!("{about}: {metric:?} was not measured then")),
    }
}

fn moment(out: &mut Compared, sample: &StoredSample, story: &Story<'_>) {
    let about = sample.start.to_iso();
    let minute = |at: Time| story.minutes_between(at, at.plus_s(60)).first().map(|(_, minute)| *minute);
    let (what, truth): (_, fn(&Minute) -> f64) = match sample.series.metric {
        // Readings within a minute are as smooth as the provider likes.
        Metric::HeartRate if sample.start.unix_s() % 60 == 0 => ("heart rate", |minute| f64::from(minute.bpm)),
        Metric::Steps if sample.end == Some(sample.start.plus_s(60)) => ("steps", |minute| f64::from(minute.steps)),
        _ => return,
    };
    // Of a clock without a zone nothing is known but what it showed: the offset is told as unknown.
    // An hour that such a clock shows twice may be either.
    let clock = |hours: i64| {
        let offset = story.persona.offset_at(sample.start.plus_s(hours * 3600));
        sample.offset.is_none().then_some(sample.start.plus_s(-60 * i64::from(offset.0)))
    };
    let minutes = [Some(sample.start), clock(-12), clock(12)];
    let lived: Vec<f64> = minutes.into_iter().flatten().filter_map(minute).map(|minute| truth(&minute)).collect();
    let nearest = lived.iter().copied().min_by(|a, b| (a - sample.value).abs().total_cmp(&(b - sample.value).abs()));
    if let Some(nearest) = nearest {
        out.agrees(what, &about, Some(sample.value), nearest, 0.5);
    }
}
