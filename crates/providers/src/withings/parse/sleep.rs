//! `v2/sleep` / `getsummary`: nights and naps; their timeline comes apart (`sleep_phases`).
//! Source: <https://developer.withings.com/api-reference/#tag/sleep/operation/sleepv2-getsummary>.

use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Record, Unit};
use serde_json::Value;

use super::{TECHNICAL, body, device, offset};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members of `data` that are normalised.
const TAKEN: [&str; 13] = [
    "total_timeinbed",
    "total_sleep_time",
    "lightsleepduration",
    "deepsleepduration",
    "remsleepduration",
    "wakeupduration",
    "wakeupcount",
    "durationtosleep",
    "durationtowakeup",
    "sleep_efficiency",
    "hr_average",
    "hr_min",
    "rr_average",
];

/// Nights and naps.
pub(crate) fn sleep(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let body = body(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&body, "series")?.iter().enumerate() {
        match item.as_object().and_then(|item| night(item, context, &mut batch)) {
            Some(record) => batch.record(record),
            None => batch.rejected.push(format!("series[{index}]: no start or end")),
        }
    }
    Ok(batch)
}

fn night(item: &Object, context: &Context, batch: &mut Batch) -> Option<Record> {
    let start = read::unix_at(item, "startdate")?;
    let end = read::unix_at(item, "enddate")?;
    let empty = Object::new();
    let data = read::object_at(item, "data").unwrap_or(&empty);
    let at_start = offset(item, context, start);
    let mut source_data = read::beyond(data, &TAKEN);
    let mut taken = vec!["id", "timezone", "startdate", "enddate", "date", "data", "model_id"];
    taken.extend(TECHNICAL);
    source_data.extend(read::beyond(item, &taken));
    Some(Record {
        key: read::id_at(item, "id").unwrap_or_else(|| format!("at-{}", start.unix_s())),
        device: device(item, batch),
        start,
        end: Some(end),
        offset: at_start,
        // `date` is the day of waking up.
        day: read::day_at(item, "date").unwrap_or_else(|| end.civil_day(offset(item, context, end))),
        body: Body::Sleep(summary(data)),
        source_data,
    })
}

fn summary(data: &Object) -> Sleep {
    let light_s = read::amount_at(data, "lightsleepduration");
    let deep_s = read::amount_at(data, "deepsleepduration");
    let rem_s = read::amount_at(data, "remsleepduration");
    let stages = [light_s, deep_s, rem_s];
    // Devices without the newer fields tell only the stages; asleep is their sum.
    let sum = stages.iter().any(Option::is_some).then(|| stages.iter().flatten().sum());
    Sleep {
        // Withings does not tell naps from nights.
        main: true,
        asleep_s: read::amount_at(data, "total_sleep_time").or(sum),
        awake_s: read::amount_at(data, "wakeupduration"),
        to_fall_asleep_s: read::amount_at(data, "durationtosleep").or_else(|| read::amount_at(data, "sleep_latency")),
        after_wakeup_s: read::amount_at(data, "durationtowakeup").or_else(|| read::amount_at(data, "wakeup_latency")),
        in_bed_s: read::amount_at(data, "total_timeinbed"),
        efficiency: data.get("sleep_efficiency").and_then(efficiency),
        wakeups: read::amount_at(data, "wakeupcount"),
        light_s,
        deep_s,
        rem_s,
        heart_rate_avg: read::positive_at(data, "hr_average"),
        heart_rate_min: read::positive_at(data, "hr_min"),
        respiratory_rate_avg: read::positive_at(data, "rr_average"),
        hrv_rmssd_avg: None,
        stages: Vec::new(),
    }
}

/// The share of the time in bed that was slept: 0 to 1 on the wire, 0 to 100 here.
fn efficiency(value: &Value) -> Option<f64> {
    let share = read::number(value).filter(|s| (0.0..=1.0).contains(s))?;
    Unit::Fraction.convert(share, Unit::Percent)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};
    use serde_json::json;

    use super::*;

    #[test]
    fn everything_read_is_asked_for() {
        let asked = super::super::asked_for("sleep", "data_fields");
        for member in TAKEN {
            assert!(asked.contains(&member), "{member}");
        }
    }

    #[test]
    fn nights_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = sleep(include_bytes!("../fixtures/sleep.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["series[2]: no start or end"]);
        let [Observation::Record(night), Observation::Record(nap)] = batch.observations.as_slice() else {
            panic!("two records: {:?}", batch.observations)
        };
        assert_eq!((night.key.as_str(), night.day.to_string().as_str()), ("2200400500", "2026-09-21"));
        assert_eq!(night.start.to_iso(), "2026-09-20T22:10:00.000Z");
        assert_eq!(night.end.map(Time::to_iso).as_deref(), Some("2026-09-21T06:00:00.000Z"));
        assert_eq!(night.offset, Some(Offset(60)));
        assert_eq!(
            night.body,
            Body::Sleep(Sleep {
                main: true,
                asleep_s: Some(25_380.0),
                awake_s: Some(2820.0),
                to_fall_asleep_s: Some(720.0),
                after_wakeup_s: Some(240.0),
                in_bed_s: Some(28_200.0),
                efficiency: Some(90.0),
                wakeups: Some(2.0),
                light_s: Some(14_400.0),
                deep_s: Some(5220.0),
                rem_s: Some(5760.0),
                heart_rate_avg: Some(54.0),
                heart_rate_min: Some(47.0),
                respiratory_rate_avg: Some(14.0),
                hrv_rmssd_avg: None,
                stages: Vec::new(),
            })
        );
        assert_eq!(night.source_data.get("sleep_score"), Some(&json!(84)));
        assert_eq!(night.source_data.get("hr_max"), Some(&json!(72)));
        let Body::Sleep(short) = &nap.body else { panic!("a sleep") };
        // Only stages are told: 1800 + 600 s; no day is told: it ends at 13:40 UTC, no zone known.
        assert_eq!((short.asleep_s, short.efficiency, short.heart_rate_avg), (Some(2400.0), None, None));
        assert_eq!((nap.key.as_str(), nap.day.to_string().as_str()), ("at-1789995300", "2026-09-21"));
    }

    #[test]
    fn efficiency_is_a_share() {
        assert_eq!(efficiency(&json!(0.89)), Some(89.0));
        assert_eq!(efficiency(&json!("0.905")), Some(90.5));
        assert_eq!(efficiency(&json!(1)), Some(100.0));
        assert_eq!(efficiency(&json!(89)), None);
    }
}
