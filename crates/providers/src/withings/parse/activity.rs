//! `v2/measure` / `getactivity`: one total a day.
//! Source: <https://developer.withings.com/api-reference/#tag/measure/operation/measurev2-getactivity>.

use hilum_model::observation::{ActivityDay, HeartRateDay, HeartRateZone};
use hilum_model::{Batch, Body, Record};

use super::{TECHNICAL, body, device};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Zones of `hr_zone_0` to `hr_zone_3` as the documentation names them; their bounds are not told.
const ZONES: [(&str, &str); 4] =
    [("hr_zone_0", "Light"), ("hr_zone_1", "Moderate"), ("hr_zone_2", "Intense"), ("hr_zone_3", "Maximal")];

/// Members that are normalised.
const TAKEN: [&str; 18] = [
    "date",
    "timezone",
    "steps",
    "distance",
    "elevation",
    "soft",
    "moderate",
    "intense",
    "active",
    "calories",
    "totalcalories",
    "hr_average",
    "hr_min",
    "hr_max",
    "hr_zone_0",
    "hr_zone_1",
    "hr_zone_2",
    "hr_zone_3",
];

/// Daily totals, and the day's heart rate where a watch took it.
pub(crate) fn activity(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let body = body(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&body, "activities")?.iter().enumerate() {
        let Some((item, day)) = item.as_object().and_then(|i| Some((i, read::day_at(i, "date")?))) else {
            batch.rejected.push(format!("activities[{index}]: no date"));
            continue;
        };
        let zone = read::text_at(item, "timezone").or(context.time_zone.as_deref());
        let local = zone.and_then(|z| read::midnight(day, z));
        let mut taken = TAKEN.to_vec();
        taken.extend(TECHNICAL);
        let total = Record {
            key: day.to_string(),
            device: device(item, &mut batch),
            start: local.map_or_else(|| day.start_utc(), |(start, _)| start),
            end: None,
            offset: local.map(|(_, offset)| offset),
            day,
            body: Body::ActivityDay(total(item)),
            source_data: read::beyond(item, &taken),
        };
        if let Some(heart_rate) = heart_rate(item) {
            let summary = Record { body: Body::HeartRateDay(heart_rate), source_data: Object::new(), ..total.clone() };
            batch.record(total);
            batch.record(summary);
        } else {
            batch.record(total);
        }
    }
    Ok(batch)
}

fn total(item: &Object) -> ActivityDay {
    let minutes = |name| read::amount_at(item, name).map(|s| s / 60.0);
    ActivityDay {
        duration_s: read::amount_at(item, "active"),
        distance_m: read::amount_at(item, "distance"),
        steps: read::amount_at(item, "steps"),
        // `calories` is what activity burnt; the basal rate is only in the total.
        calories: read::amount_at(item, "totalcalories"),
        active_calories: read::amount_at(item, "calories"),
        vigorous_min: minutes("intense"),
        moderate_min: minutes("moderate"),
        light_min: minutes("soft"),
        sedentary_min: None,
        // Floors, in spite of its name.
        floors: read::amount_at(item, "elevation"),
    }
}

/// The heart rate of the day, or nothing when no device took it (all members missing or zero).
fn heart_rate(item: &Object) -> Option<HeartRateDay> {
    let mut zones: Vec<HeartRateZone> = ZONES
        .iter()
        .filter_map(|(member, name)| {
            let duration_s = read::amount_at(item, member)?;
            Some(HeartRateZone { name: (*name).to_owned(), min: None, max: None, duration_s, calories: None })
        })
        .collect();
    if zones.iter().all(|z| z.duration_s == 0.0) {
        zones.clear();
    }
    let day = HeartRateDay {
        resting: None,
        average: read::positive_at(item, "hr_average"),
        min: read::positive_at(item, "hr_min"),
        max: read::positive_at(item, "hr_max"),
        zones,
    };
    (day != HeartRateDay::default()).then_some(day)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};

    use super::*;

    #[test]
    fn everything_read_is_asked_for() {
        let asked = super::super::asked_for("activity", "data_fields");
        for member in TAKEN.iter().filter(|m| !["date", "timezone"].contains(m)) {
            assert!(asked.contains(member), "{member}");
        }
    }

    #[test]
    fn days_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = activity(include_bytes!("../fixtures/activity.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["activities[2]: no date"]);
        let [Observation::Record(day), Observation::Record(heart), Observation::Record(second)] =
            batch.observations.as_slice()
        else {
            panic!("three records: {:?}", batch.observations)
        };
        assert_eq!((day.key.as_str(), day.day.to_string().as_str()), ("2026-09-21", "2026-09-21"));
        assert_eq!((day.start.to_iso().as_str(), day.offset), ("2026-09-20T23:00:00.000Z", Some(Offset(60))));
        assert_eq!(
            day.body,
            Body::ActivityDay(ActivityDay {
                duration_s: Some(4200.0),
                distance_m: Some(8123.4),
                steps: Some(11_240.0),
                calories: Some(2711.5),
                active_calories: Some(644.2),
                vigorous_min: Some(20.0),
                moderate_min: Some(50.0),
                light_min: Some(185.5),
                sedentary_min: None,
                floors: Some(7.0),
            })
        );
        let zone = |name: &str, duration_s| HeartRateZone {
            name: name.to_owned(),
            min: None,
            max: None,
            duration_s,
            calories: None,
        };
        assert_eq!(
            heart.body,
            Body::HeartRateDay(HeartRateDay {
                resting: None,
                average: Some(69.0),
                min: Some(48.0),
                max: Some(158.0),
                zones: vec![
                    zone("Light", 61_200.0),
                    zone("Moderate", 7200.0),
                    zone("Intense", 1140.0),
                    zone("Maximal", 0.0)
                ],
            })
        );
        // Numbers as text, no heart rate, no zone: midnight of UTC and no offset.
        assert_eq!((second.start.to_iso().as_str(), second.offset), ("2026-09-20T00:00:00.000Z", None));
        let Body::ActivityDay(total) = &second.body else { panic!("a total") };
        assert_eq!((total.steps, total.calories), (Some(5310.0), None));
    }
}
