//! `/247samples/sleep`: nights and naps, without their timeline.

use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Record};

use super::entries;
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members that are normalised.
const TAKEN: [&str; 10] = [
    "BedtimeStart",
    "BedtimeEnd",
    "Duration",
    "DeepSleepDuration",
    "LightSleepDuration",
    "REMSleepDuration",
    "HRAvg",
    "HRMin",
    "IsNap",
    "SleepId",
];

/// Sleeps. While the watch has not told the whole night, an entry comes several times; its `SleepId` stays.
pub(crate) fn sleep(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    entries(bytes, |_, entry, batch| {
        let (start, offset) = read::rfc3339_at(entry, "BedtimeStart").ok_or("no BedtimeStart")?;
        let (end, end_offset) = read::rfc3339_at(entry, "BedtimeEnd").ok_or("no BedtimeEnd")?;
        if end < start {
            return Err("ends before it starts");
        }
        let amount = |name| read::amount_at(entry, name);
        let parts = ["LightSleepDuration", "DeepSleepDuration", "REMSleepDuration"].map(amount);
        let asleep = parts.iter().any(Option::is_some).then(|| parts.iter().flatten().sum::<f64>());
        let in_bed = end.since_ms(start) as f64 / 1000.0;
        let [light, deep, rem] = parts;
        batch.record(Record {
            key: read::id_at(entry, "SleepId").unwrap_or_else(|| format!("at-{}", start.unix_s())),
            device: None,
            start,
            end: Some(end),
            offset: Some(offset),
            day: end.civil_day(Some(end_offset)),
            body: Body::Sleep(Sleep {
                main: entry.get("IsNap").and_then(serde_json::Value::as_bool) != Some(true),
                asleep_s: asleep,
                in_bed_s: Some(in_bed),
                light_s: light,
                deep_s: deep,
                rem_s: rem,
                heart_rate_avg: read::positive_at(entry, "HRAvg"),
                heart_rate_min: read::positive_at(entry, "HRMin"),
                ..Sleep::default()
            }),
            source_data: read::beyond(entry, &TAKEN),
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
        let batch = sleep(include_bytes!("../fixtures/sleep.json"), &context).expect("a list");
        assert_eq!(batch.rejected, ["[2]: no BedtimeEnd"]);
        let [Observation::Record(night), Observation::Record(nap)] = batch.observations.as_slice() else {
            panic!("two sleeps")
        };
        assert_eq!((night.key.as_str(), night.day.to_string().as_str()), ("1772577060", "2026-03-04"));
        assert_eq!((night.start.to_iso().as_str(), night.offset), ("2026-03-03T22:31:00.000Z", Some(Offset(60))));
        assert_eq!(
            night.body,
            Body::Sleep(Sleep {
                main: true,
                // 14040 + 4260 + 5820.
                asleep_s: Some(24_120.0),
                in_bed_s: Some(27_060.0),
                light_s: Some(14_040.0),
                deep_s: Some(4260.0),
                rem_s: Some(5820.0),
                heart_rate_avg: Some(56.0),
                heart_rate_min: Some(49.0),
                ..Sleep::default()
            })
        );
        assert_eq!(night.source_data.get("SleepQualityScore"), Some(&json!(81)));
        let Body::Sleep(nap) = &nap.body else { panic!("a sleep") };
        assert_eq!((nap.main, nap.asleep_s, nap.in_bed_s), (false, None, Some(1800.0)));
    }
}
