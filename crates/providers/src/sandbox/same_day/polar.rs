//! Polar: days, nights, workouts, the heart. It tells no naps.

use super::*;

/// Days on which no clock time comes twice or never.
fn plain(persona: &crate::persona::Persona, day: Day) -> bool {
    persona.end_of(day).since_ms(persona.start_of(day)) == 86_400_000
}

#[test]
fn days_agree_and_their_minutes_add_up() {
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days() {
            let batch = read("polar", "activities", &story, day);
            let (record, told) = total(&batch);
            let sum = story.totals(day, persona.end_of(day)).expect("a day");
            assert_eq!((record.day, record.start), (day, persona.start_of(day)), "{} {day}", persona.id);
            assert_eq!(told.steps, Some(sum.steps as f64));
            near(told.distance_m, Some(sum.decimetres as f64 / 10.0), 0.1);
            near(told.active_calories, Some(sum.energy as f64 / 100.0), 0.5);
            near(told.calories, Some(sum.all_energy(persona) as f64 / 100.0), 0.5);
            if plain(persona, day) {
                let added: f64 = samples(&batch, Metric::Steps).map(|s| s.value).sum();
                near(Some(added), told.steps, 0.0);
            }
        }
    }
}

#[test]
fn nights_agree() {
    for persona in &PEOPLE {
        let story = Story::new(persona);
        // Only four weeks are told.
        for day in days().take(10) {
            let batch = read("polar", "sleep", &story, day);
            let told = sleeps(&batch);
            let slept = story.sleeps(day).into_iter().find(|s| s.main).expect("a night");
            let [(record, sleep)] = told.as_slice() else { panic!("one night") };
            assert_eq!((record.start, record.end, record.day), (slept.start, Some(slept.end), day));
            assert_eq!(sleep.asleep_s, Some(slept.asleep_s() as f64));
            assert_eq!(sleep.in_bed_s, Some(slept.in_bed_s() as f64));
            assert_eq!(sleep.stages, slept.stages(), "{} {day}", persona.id);
            let recharge = read("polar", "nightly_recharge", &story, day);
            for (slot, sample) in samples(&recharge, Metric::HrvRmssd).map(|s| (s.start, s)).collect::<BTreeMap<_, _>>()
            {
                let slot = slot.since_ms(slept.start) / 300_000;
                if plain(persona, day) && persona.zone(day) == persona.zone(day.plus(-1)) {
                    near(Some(sample.value), Some(persona.variability_slot(day, slot as usize) as f64), 0.0);
                }
            }
        }
    }
}

#[test]
fn hearts_agree() {
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days().filter(|day| plain(persona, *day)) {
            let minutes = story.minutes(day);
            let batch = read("polar", "continuous_heart_rate", &story, day);
            let told: BTreeMap<Time, f64> = samples(&batch, Metric::HeartRate).map(|s| (s.start, s.value)).collect();
            assert!(told.len() > 250, "{} {day}", persona.id);
            for (at, minute) in minutes.iter() {
                if let Some(value) = told.get(&at) {
                    near(Some(*value), Some(f64::from(minute.bpm)), 0.0);
                }
            }
        }
    }
}

#[test]
fn workouts_and_sensors_agree() {
    let mut places = 0;
    for persona in &PEOPLE {
        let story = Story::new(persona);
        for day in days().take(10) {
            let batch = read("polar", "exercises", &story, day);
            let told = workouts(&batch);
            let done = persona.workouts(day);
            assert_eq!(told.len(), done.len(), "{} {day}", persona.id);
            for ((record, activity), workout) in told.into_iter().zip(&done) {
                assert_eq!((record.start, record.end), (workout.start, Some(workout.end)));
                same_effort(&story, workout, activity);
            }
            same_hearts(&story, &batch);
            places += samples(&batch, Metric::Latitude).count();
            let oxygen = read("polar", "spo2", &story, day);
            let told = samples(&oxygen, Metric::BloodOxygen).map(|s| (s.start, s.value as i64)).next();
            assert_eq!(told, persona.oxygen_spot(day));
            let skin = read("polar", "skin_temperature", &story, day);
            let told = samples(&skin, Metric::SkinTemperature).map(|s| s.value).next();
            near(told, Some(persona.skin_temperature(day) as f64 / 100.0), 1e-9);
        }
    }
    assert!(places > 500, "{places} places");
}
