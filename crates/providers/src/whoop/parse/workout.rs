//! `v2/activity/workout`: sessions of activity. Source: <https://developer.whoop.com/api#tag/Workout>.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Record};

use super::{Score, beyond, kilocalories, offset, records, score};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// WHOOP's names where they are not ours; compared in lower case and by letters and digits alone, since they come as
/// "Cross Country Skiing", "cross-country-skiing" and "cross_country_skiing".
const WORDS: [(&str, &str); 49] = [
    ("activity", "unknown"),
    ("running", "running"),
    ("cycling", "cycling"),
    ("baseball", "baseball"),
    ("basketball", "basketball"),
    ("rowing", "rowing"),
    ("fencing", "fencing"),
    ("fieldhockey", "hockey"),
    ("football", "american_football"),
    ("golf", "golf"),
    ("icehockey", "ice_hockey"),
    ("lacrosse", "lacrosse"),
    ("rugby", "rugby"),
    ("sailing", "sailing"),
    ("skiing", "skiing"),
    ("soccer", "soccer"),
    ("softball", "softball"),
    ("squash", "squash"),
    ("swimming", "swimming"),
    ("tennis", "tennis"),
    ("volleyball", "volleyball"),
    ("waterpolo", "water_polo"),
    ("wrestling", "wrestling"),
    ("boxing", "boxing"),
    ("dance", "dancing"),
    ("pilates", "pilates"),
    ("yoga", "yoga"),
    ("hotyoga", "yoga"),
    ("weightlifting", "weight_training"),
    ("weightliftingmsk", "weight_training"),
    ("powerlifting", "weight_training"),
    ("crosscountryskiing", "cross_country_skiing"),
    ("functionalfitness", "cross_training"),
    ("gymnastics", "gymnastics"),
    ("hikingrucking", "hiking"),
    ("horsebackriding", "horse_riding"),
    ("kayaking", "kayaking"),
    ("martialarts", "martial_arts"),
    ("mountainbiking", "mountain_biking"),
    ("rockclimbing", "climbing"),
    ("paddleboarding", "paddleboarding"),
    ("walking", "walking"),
    ("surfing", "surfing"),
    ("elliptical", "elliptical"),
    ("stairmaster", "stair_climbing"),
    ("snowboarding", "snowboarding"),
    ("hiit", "hiit"),
    ("spin", "indoor_cycling"),
    ("other", "other"),
];

/// Members that are normalised.
const TAKEN: [&str; 5] =
    ["sport_name", "average_heart_rate", "max_heart_rate", "distance_meter", "altitude_gain_meter"];

/// Workouts. One that can not be scored is told with its sport and ends alone.
pub(crate) fn workout(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    records(bytes, |item, batch| {
        let (start, _) = read::rfc3339_at(item, "start").ok_or("no start")?;
        let (end, _) = read::rfc3339_at(item, "end").ok_or("no end")?;
        if end < start {
            return Err("ends before it starts");
        }
        let score = match score(item) {
            Score::Told(score) => Some(score),
            Score::Pending => return Ok(()),
            Score::Never => None,
        };
        let in_score = |read: fn(&Object, &str) -> Option<f64>, name| score.and_then(|s| read(s, name));
        let offset = offset(item);
        batch.record(Record {
            key: read::id_at(item, "id").ok_or("no id")?,
            device: None,
            start,
            end: Some(end),
            offset,
            day: start.civil_day(offset),
            body: Body::Activity(Activity {
                kind: kind(item),
                duration_s: Some(end.since_ms(start) as f64 / 1000.0),
                distance_m: in_score(read::amount_at, "distance_meter"),
                calories: score.and_then(kilocalories),
                heart_rate_avg: in_score(read::positive_at, "average_heart_rate"),
                heart_rate_max: in_score(read::positive_at, "max_heart_rate"),
                elevation_gain_m: in_score(read::amount_at, "altitude_gain_meter"),
                ..Activity::default()
            }),
            source_data: beyond(item, score, &TAKEN),
        });
        Ok(())
    })
}

/// Our word for the sport. A name that is not known passes as it is, as does the bare number of old records.
fn kind(item: &Object) -> String {
    let Some(name) = read::text_at(item, "sport_name") else {
        return read::id_at(item, "sport_id").map_or_else(|| "unknown".to_owned(), |id| format!("other:{id}"));
    };
    let plain: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    read::ours(&WORDS, &plain.as_str(), name)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn workouts_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = workout(include_bytes!("../fixtures/workout.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["records[3]: no end"]);
        let [Observation::Record(run), Observation::Record(bare)] = batch.observations.as_slice() else {
            panic!("two records: {:?}", batch.observations)
        };
        // 23:30 at -04:00 of the 20th.
        assert_eq!((run.day.to_string().as_str(), run.offset), ("2026-09-20", Some(Offset(-240))));
        assert_eq!(run.end.map(|e| e.since_ms(run.start)), Some(2_470_000));
        assert_eq!(
            run.body,
            Body::Activity(Activity {
                kind: "running".to_owned(),
                duration_s: Some(2470.0),
                distance_m: Some(7012.0),
                // 1673.6 kJ at 4.184 kJ/kcal.
                calories: Some(400.0),
                heart_rate_avg: Some(149.0),
                heart_rate_max: Some(171.0),
                elevation_gain_m: Some(31.5),
                ..Activity::default()
            })
        );
        let told = serde_json::to_value(&run.source_data).expect("an object");
        assert_eq!((&told["strain"], &told["kilojoule"]), (&json!(9.2), &json!(1673.6)));
        assert_eq!(told["zone_durations"]["zone_four_milli"], json!(840_000));
        assert_eq!((told.get("user_id"), told.get("sport_name")), (None, None));
        let Body::Activity(plain) = &bare.body else { panic!("an activity") };
        assert_eq!(
            (plain.kind.as_str(), plain.duration_s, plain.calories),
            ("other:Obstacle Course", Some(1800.0), None)
        );
    }

    #[test]
    fn names_are_compared_by_their_letters() {
        let kind = |value: serde_json::Value| kind(value.as_object().expect("an object"));
        for name in ["Hiking/Rucking", "hiking-rucking", "hiking_rucking"] {
            assert_eq!(kind(json!({"sport_name": name})), "hiking");
        }
        assert_eq!(kind(json!({"sport_name": "Weightlifting"})), "weight_training");
        assert_eq!(kind(json!({"sport_id": 84})), "other:84");
        assert_eq!(kind(json!({})), "unknown");
    }
}
