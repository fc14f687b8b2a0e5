//! Totals of a day, the heart in its course, quarters of an hour.

use hilum_model::Day;
use serde_json::{Map, Value, json};

use super::summary;
use crate::persona::Doing;
use crate::sandbox::{Ask, Item};

pub(super) fn dailies(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let Some(sum) = ask.story.totals(day, ask.now).filter(|sum| sum.minutes > 0) else {
        return Vec::new();
    };
    let start = persona.start_of(day);
    let minutes = ask.story.minutes(day);
    let hearts: Map<String, Value> = minutes
        .within(start, ask.now)
        .filter(|(at, minute)| at.unix_s() % 300 == 0 && !matches!(minute.doing, Doing::Sport(_)))
        .map(|(at, minute)| ((at.since_ms(start) / 1000).to_string(), json!(minute.bpm)))
        .collect();
    let active = (sum.energy + 50) / 100;
    let json = json!({
        "calendarDate": day.to_string(),
        "activityType": "WALKING",
        "durationInSeconds": sum.minutes * 60,
        "steps": sum.steps,
        "distanceInMeters": sum.decimetres as f64 / 10.0,
        "activeTimeInSeconds": (sum.soft + sum.moderate + sum.intense) * 60,
        "activeKilocalories": active,
        "bmrKilocalories": (sum.all_energy(persona) + 50) / 100 - active,
        "floorsClimbed": sum.floors,
        "minHeartRateInBeatsPerMinute": sum.least,
        "maxHeartRateInBeatsPerMinute": sum.greatest,
        "averageHeartRateInBeatsPerMinute": sum.mean_rate(),
        "restingHeartRateInBeatsPerMinute": persona.resting_rate(day),
        "timeOffsetHeartRateSamples": hearts,
        "moderateIntensityDurationInSeconds": sum.moderate * 60,
        "vigorousIntensityDurationInSeconds": sum.intense * 60,
        "averageStressLevel": 30,
        "maxStressLevel": 82,
        "stepsGoal": 9000,
    });
    vec![Item { day, at: start, json: summary(ask, 1, start, json) }]
}

/// Quarters of an hour in which something was done.
pub(super) fn epochs(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let minutes = ask.story.minutes(day);
    let told: Vec<_> = minutes.within(minutes.start, ask.now).collect();
    told.chunks(15)
        .filter_map(|quarter| {
            let (start, _) = *quarter.first()?;
            let sum = |of: &dyn Fn(&crate::persona::Minute) -> u16| {
                quarter.iter().map(|(_, m)| i64::from(of(m))).sum::<i64>()
            };
            let steps = sum(&|m| m.steps);
            let walked = quarter.iter().filter(|(_, m)| m.steps > 0).map(|(_, m)| i64::from(m.decimetres)).sum::<i64>();
            let beats = quarter.iter().map(|(_, m)| i64::from(m.bpm)).sum::<i64>();
            let json = json!({
                "activityType": if steps >= 300 { "WALKING" } else { "SEDENTARY" },
                "durationInSeconds": quarter.len() * 60,
                "activeTimeInSeconds": quarter.iter().filter(|(_, m)| m.steps > 0).count() * 60,
                "steps": steps,
                "distanceInMeters": walked as f64 / 10.0,
                "activeKilocalories": sum(&|m| m.energy) as f64 / 100.0,
                "met": 1.2,
                "intensity": if steps >= 300 { "ACTIVE" } else { "SEDENTARY" },
                "meanHeartRateInBeatsPerMinute": beats / quarter.len() as i64,
            });
            (steps > 0).then(|| Item { day, at: start, json: summary(ask, 2, start, json) })
        })
        .collect()
}
