//! `v2/activity/sleep`: nights and naps, without their timeline.
//! Source: <https://developer.whoop.com/api#tag/Sleep>.

use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Record};

use super::{Score, beyond, offset, records, score};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members of the record and of its score that are normalised.
const TAKEN: [&str; 4] = ["nap", "stage_summary", "respiratory_rate", "sleep_efficiency_percentage"];

/// Members of the score's `stage_summary` that are normalised.
const STAGES: [&str; 5] = [
    "total_in_bed_time_milli",
    "total_awake_time_milli",
    "total_light_sleep_time_milli",
    "total_slow_wave_sleep_time_milli",
    "total_rem_sleep_time_milli",
];

/// Nights and naps. One that can not be scored is told with its ends alone.
pub(crate) fn sleep(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
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
        let empty = Object::new();
        let stages = score.and_then(|s| read::object_at(s, "stage_summary")).unwrap_or(&empty);
        let seconds = |name| read::amount_at(stages, name).map(|ms| ms / 1000.0);
        let light_s = seconds("total_light_sleep_time_milli");
        let deep_s = seconds("total_slow_wave_sleep_time_milli");
        let rem_s = seconds("total_rem_sleep_time_milli");
        let in_score = |name| score.and_then(|s| read::positive_at(s, name));
        let mut source_data = beyond(item, score, &TAKEN);
        source_data.extend(read::beyond(stages, &STAGES));
        let offset = offset(item);
        batch.record(Record {
            key: read::id_at(item, "id").ok_or("no id")?,
            device: None,
            start,
            end: Some(end),
            offset,
            day: end.civil_day(offset),
            body: Body::Sleep(Sleep {
                main: item.get("nap").and_then(serde_json::Value::as_bool) != Some(true),
                asleep_s: light_s.zip(deep_s).zip(rem_s).map(|((light, deep), rem)| light + deep + rem),
                awake_s: seconds("total_awake_time_milli"),
                in_bed_s: seconds("total_in_bed_time_milli"),
                efficiency: in_score("sleep_efficiency_percentage").filter(|e| *e <= 100.0),
                light_s,
                deep_s,
                rem_s,
                respiratory_rate_avg: in_score("respiratory_rate"),
                ..Sleep::default()
            }),
            source_data,
        });
        Ok(())
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn nights_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = sleep(include_bytes!("../fixtures/sleep.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["records[4]: ends before it starts"]);
        let [Observation::Record(night), Observation::Record(nap), Observation::Record(bare)] =
            batch.observations.as_slice()
        else {
            panic!("three records: {:?}", batch.observations)
        };
        assert_eq!(
            (night.key.as_str(), night.day.to_string().as_str()),
            ("2d0c7f41-9a11-4e63-8d2f-0000000a5e01", "2026-09-22")
        );
        assert_eq!((night.start.to_iso().as_str(), night.offset), ("2026-09-22T03:10:00.000Z", Some(Offset(-240))));
        assert_eq!(night.end.map(Time::to_iso).as_deref(), Some("2026-09-22T10:40:00.000Z"));
        assert_eq!(
            night.body,
            Body::Sleep(Sleep {
                main: true,
                // 15000 + 4500 + 5400 s.
                asleep_s: Some(24_900.0),
                awake_s: Some(2100.0),
                in_bed_s: Some(27_000.0),
                efficiency: Some(92.2),
                light_s: Some(15_000.0),
                deep_s: Some(4500.0),
                rem_s: Some(5400.0),
                respiratory_rate_avg: Some(14.8),
                ..Sleep::default()
            })
        );
        let told = serde_json::to_value(&night.source_data).expect("an object");
        assert_eq!((&told["disturbance_count"], &told["sleep_cycle_count"]), (&json!(8), &json!(5)));
        assert_eq!(told["sleep_needed"]["baseline_milli"], json!(27_200_000));
        assert_eq!((told.get("score_state"), told.get("total_rem_sleep_time_milli")), (None, None));
        let Body::Sleep(short) = &nap.body else { panic!("a sleep") };
        assert_eq!((short.main, short.asleep_s, short.rem_s), (false, Some(1500.0), Some(0.0)));
        // What can not be scored: its ends are known, and the day of waking up.
        assert_eq!(bare.body, Body::Sleep(Sleep { main: true, ..Sleep::default() }));
        assert_eq!((bare.day.to_string().as_str(), bare.offset), ("2026-09-20", None));
    }
}
