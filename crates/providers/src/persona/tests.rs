//! What makes a story believable, checked over four hundred days of everybody.

use hilum_model::{Day, StageKind, Time};

use super::*;

fn days() -> impl Iterator<Item = Day> {
    let last = Day::parse("2026-11-22").expect("day");
    (0..400).map(move |n| last.plus(-n))
}

#[test]
fn ids_and_names_are_unique() {
    for (i, a) in PEOPLE.iter().enumerate() {
        assert!(PEOPLE[i + 1..].iter().all(|b| a.id != b.id && a.email != b.email && a.seed != b.seed));
        assert_eq!(find(a.id).map(|p| p.title), Some(a.title));
        assert!(a.email.ends_with("@example.org"));
    }
    assert!(find("nobody").is_none());
}

#[test]
fn sleeps_do_not_overlap_and_each_day_has_one_main_sleep() {
    for person in &PEOPLE {
        let mut after: Option<Time> = None;
        for day in days() {
            let sleeps = person.sleeps(day);
            assert_eq!(sleeps.iter().filter(|s| s.main).count(), 1, "{} {day}", person.id);
            for sleep in sleeps.iter().rev() {
                assert_eq!(person.day_of(sleep.end), day, "{} wakes on another day", person.id);
                assert!(after.is_none_or(|next| sleep.end < next), "{} {day}: sleeps overlap", person.id);
                after = Some(sleep.start);
                assert_eq!(sleep.start.0 % 60_000, 0);
                assert_eq!(sleep.in_bed_s(), sleep.slots.len() as i64 * SLOT_S);
                let stages = sleep.stages();
                assert_eq!((stages[0].start, stages[stages.len() - 1].end), (sleep.start, sleep.end));
                assert!(stages.windows(2).all(|w| w[0].end == w[1].start && w[0].kind != w[1].kind));
                let told: i64 = stages.iter().map(|s| s.end.since_ms(s.start) / 1000).sum();
                assert_eq!(told, sleep.in_bed_s());
                if sleep.main {
                    assert!(
                        (3..=12).contains(&(sleep.asleep_s() / 3600)),
                        "{} {day}: {} s",
                        person.id,
                        sleep.asleep_s()
                    );
                }
            }
        }
    }
}

#[test]
fn wakeups_are_breaks_of_sleep() {
    use StageKind::{Awake, Deep, Light};
    let night = |slots: Vec<StageKind>| {
        let end = Time(0).plus_s(slots.len() as i64 * SLOT_S);
        Slept { start: Time(0), end, main: true, slots }
    };
    let broken = night(vec![Awake, Light, Awake, Awake, Deep, Light, Awake]);
    assert_eq!((broken.wakeups(), broken.latency_s(), broken.after_s()), (1, 300, 300));
    assert_eq!((broken.asleep_s(), broken.seconds(Awake), broken.episodes(Light)), (900, 1200, 2));
    assert_eq!(night(vec![Light, Awake, Light]).wakeups(), 1);
    assert_eq!(night(vec![Light, Light, Awake]).wakeups(), 0);
}

#[test]
fn days_look_like_those_of_people() {
    for person in &PEOPLE {
        let story = Story::new(person);
        let (mut steps, mut workouts, mut weigh_ins, mut pressures, mut heights) = (0, 0, 0, 0, 0);
        for day in days() {
            let minutes = story.minutes(day);
            assert_eq!(minutes.list.len() as i64 * 60_000, person.end_of(day).since_ms(minutes.start));
            let totals = story.totals(day, person.end_of(day)).expect("begun");
            assert!((900..40_000).contains(&totals.steps), "{} {day}: {} steps", person.id, totals.steps);
            assert!((30..=90).contains(&totals.least) && totals.greatest < 200, "{} {day}", person.id);
            steps += totals.steps;
            for workout in person.workouts(day) {
                workouts += 1;
                let effort = story.effort(&workout).expect("has minutes");
                assert!(workout.minutes() >= 10 && effort.energy > 0);
                assert!(effort.mean_tenths > 10 * i64::from(person.resting_rate(day)), "{} {day}", person.id);
                let all: Vec<_> = minutes.within(workout.start, workout.end).collect();
                assert!(all.iter().all(|(_, m)| matches!(m.doing, Doing::Sport(_))), "{} {day}", person.id);
            }
            weigh_ins += usize::from(person.weigh_in(day).is_some());
            heights += usize::from(person.height_entered(day).is_some());
            for reading in person.pressures(day) {
                pressures += 1;
                assert!(reading.systolic > reading.diastolic + 20 && (90..180).contains(&reading.systolic));
                assert_eq!(person.day_of(reading.at), day);
            }
            assert!((900..=1000).contains(&person.oxygen(day)));
        }
        assert!((3_500..16_000).contains(&(steps / 400)), "{}: {} steps a day", person.id, steps / 400);
        assert!(workouts > 60 && weigh_ins > 50 && heights >= 2, "{}: {workouts} {weigh_ins} {heights}", person.id);
        assert!(person.id != "cuff" || pressures > 550, "{pressures} readings of the cuff");
    }
}

#[test]
fn a_correction_changes_one_night_and_one_day() {
    let person = find("runner").expect("there");
    let at = Time::parse_rfc3339("2026-11-20T12:00:00Z").expect("time").0;
    let corrected = Day::parse("2026-11-19").expect("day");
    let (first, later) = (Story::new(person), Story::new(person).corrected_at(at));
    for day in (-3..3).map(|n| corrected.plus(n)) {
        let end = person.end_of(day);
        let steps = |s: &Story<'_>| s.totals(day, end).expect("begun").steps;
        let asleep = |s: &Story<'_>| s.sleeps(day)[0].asleep_s();
        let is_it = day == corrected;
        assert_eq!(later.correction(day), is_it.then_some(at));
        // 20 minutes of 60 more steps; three slots of five minutes.
        assert_eq!(steps(&later) - steps(&first), if is_it { 1_200 } else { 0 }, "{day}");
        assert_eq!(asleep(&first) - asleep(&later), if is_it { 900 } else { 0 }, "{day}");
    }
}

#[test]
fn meals_and_glucose_belong_together() {
    for person in &PEOPLE {
        let (mut after, mut values, mut high) = (None, 0, 0);
        for day in days().take(60).collect::<Vec<_>>().into_iter().rev() {
            let meals = person.meals(day);
            assert!((1..=4).contains(&meals.len()), "{} {day}: {} meals", person.id, meals.len());
            let sleeps = person.sleeps(day);
            for meal in &meals {
                assert_eq!(person.day_of(meal.at), day);
                assert!(sleeps.iter().all(|s| meal.at < s.start || s.end <= meal.at), "{} eats asleep", person.id);
                assert!((20..1_800).contains(&meal.energy()), "{} kcal", meal.energy());
                assert_eq!(meal.insulin > 0, person.wears_sensor());
            }
            let told = person.glucose(day);
            for value in &told {
                assert!(after.is_none_or(|last: Time| value.at > last) && value.at.unix_s() % 300 == 0);
                assert!((40..=400).contains(&value.level), "{} {}", person.id, value.level);
                assert_eq!(person.day_of(value.at), day);
                after = Some(value.at);
                high += usize::from(value.level > 180);
            }
            let slots = person.end_of(day).since_ms(person.start_of(day)) / 300_000;
            // Two hours of warming up are 24 values.
            assert!([slots, slots - 24].contains(&(told.len() as i64)), "{} {day}: {}", person.id, told.len());
            values += told.len();
            let (rise, fall) = (told.iter().any(|v| v.slope > 1), told.iter().any(|v| v.slope < -1));
            assert!(rise && fall, "{} {day} is flat", person.id);
        }
        assert_eq!(high * 20 > values, person.wears_sensor(), "{}: {high} of {values} high", person.id);
    }
}

#[test]
fn a_track_is_the_workouts_way() {
    let mut sports = std::collections::BTreeSet::new();
    for person in &PEOPLE {
        let story = Story::new(person);
        for day in days().take(40) {
            let minutes = story.minutes(day);
            for workout in person.workouts(day) {
                sports.insert(format!("{:?}", workout.sport));
                let track = story.track(&workout, 10);
                assert_eq!(track.len() as i64, workout.minutes() * 6);
                assert!(track.windows(2).all(|w| w[0].decimetres <= w[1].decimetres && w[0].at < w[1].at));
                let told = minutes.within(workout.start, workout.end);
                for ((at, minute), point) in told.zip(track.iter().step_by(6)) {
                    assert_eq!((at, minute.bpm), (point.at, point.bpm));
                }
                let way = story.effort(&workout).expect("minutes").decimetres;
                let last = track.last().expect("points");
                assert!((0..=way).contains(&(way - last.decimetres)) && way - last.decimetres <= 800);
                // The way on the ground, from place to place, is the way that is told: 1/1,000,000 degree is 11 cm.
                let ground: f64 = track.windows(2).filter_map(|w| Some(metres(w[0].place?, w[1].place?))).sum();
                let outdoors = matches!(workout.sport, Sport::Run | Sport::Walk | Sport::Cycle);
                assert_eq!(last.place.is_some(), outdoors);
                let told = last.decimetres as f64 / 10.0;
                assert!(!outdoors || (ground / told - 1.0).abs() < 0.005, "{:?}: {ground} of {told} m", workout.sport);
            }
        }
    }
    assert_eq!(sports.len(), 7, "{sports:?}");
}

/// Between two places that are near to each other.
fn metres(a: (i64, i64), b: (i64, i64)) -> f64 {
    let degrees = |from: i64, to: i64| (to - from) as f64 / 1e6;
    let shrink = (a.0 as f64 / 1e6).to_radians().cos();
    degrees(a.0, b.0).hypot(degrees(a.1, b.1) * shrink) * 111_195.0
}

#[test]
fn what_a_night_tells_lies_in_its_range() {
    for person in &PEOPLE {
        let mut fevers = 0;
        for day in days() {
            assert!(person.variability_sdnn(day) > person.variability(day), "{} {day}", person.id);
            assert!((3_350..=3_650).contains(&person.skin_temperature(day)) && person.skin_delta(day).abs() <= 50);
            for slot in 0..80 {
                assert!((880..=1000).contains(&person.oxygen_slot(day, slot)));
                assert!((110..=190).contains(&person.breaths_slot(day, slot)));
            }
            if let Some((at, tenths)) = person.body_temperature(day) {
                fevers += 1;
                assert!(person.day_of(at) == day && (360..=372).contains(&tenths));
            }
            if let Some(weighed) = person.weigh_in(day) {
                assert_eq!(weighed.fat_mass() + weighed.bone() + weighed.muscle(), weighed.grams);
                assert!(weighed.water() < weighed.lean());
            }
        }
        assert!(fevers > 20, "{}: {fevers}", person.id);
    }
}

#[test]
fn ids_have_the_form_of_a_uuid() {
    let person = &PEOPLE[0];
    let id = person.uuid(&[1, 2, 3]);
    let parts: Vec<usize> = id.split('-').map(str::len).collect();
    assert_eq!(parts, [8, 4, 4, 4, 12]);
    assert_eq!(id, person.uuid(&[1, 2, 3]));
    assert_ne!(id, person.uuid(&[1, 3, 2]));
    assert_ne!(id, PEOPLE[1].uuid(&[1, 2, 3]));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(64))]

    /// Nothing of this depends on the year: any day from 1970 to 2106 is told by the same rules.
    #[test]
    fn any_day_of_anybody_is_whole(who in 0..PEOPLE.len(), day in 0..50_000, second in 0_i64..86_400) {
        let (person, day) = (&PEOPLE[who], Day(day));
        let at = day.start_utc().plus_s(second);
        let held = person.day_of(at);
        proptest::prop_assert!(person.start_of(held) <= at && at < person.end_of(held));
        let story = Story::new(person);
        let minutes = story.minutes(day);
        proptest::prop_assert_eq!(minutes.list.len() as i64 * 60_000, person.end_of(day).since_ms(person.start_of(day)));
        // The sums up to any moment never exceed those of the whole day.
        let (part, whole) = (story.totals(day, at), story.totals(day, person.end_of(day)));
        let steps = |totals: Option<Totals>| totals.map_or(0, |t| t.steps);
        proptest::prop_assert!(steps(part) <= steps(whole));
        for workout in person.workouts(day) {
            for slept in story.sleeps(day).iter().chain(&story.sleeps(day.plus(1))) {
                proptest::prop_assert!(workout.end <= slept.start || slept.end <= workout.start);
            }
        }
        // Asking in another order gives the same day.
        let other = Story::new(person);
        other.minutes(day.plus(1));
        proptest::prop_assert_eq!(&*other.minutes(day), &*minutes);
    }
}
