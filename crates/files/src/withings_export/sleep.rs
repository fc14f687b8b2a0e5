//! Nights, summed up.

use hilum_model::observation::Sleep;
use hilum_model::{Body, Record};
use serde_json::{Map, Value};

use super::time;
use crate::error::FileError;
use crate::members::rejected;
use crate::out::Out;
use crate::table::Row;

/// A night: seconds of each stage, without their order. Asleep is the sum of the stages.
pub(super) fn sleep(row: &Row<'_>, out: &mut Out<'_>) -> Result<(), FileError> {
    let at = |column| row.get(column).and_then(time);
    let (Some((start, offset)), Some((end, end_offset))) = (at("from"), at("to")) else {
        return rejected(out, "sleep: no from or to");
    };
    let amount = |column| row.number(column).filter(|v| *v >= 0.0);
    let positive = |column| row.number(column).filter(|v| *v > 0.0);
    let (light_s, deep_s, rem_s) = (amount("light (s)"), amount("deep (s)"), amount("rem (s)"));
    let stages = [light_s, deep_s, rem_s];
    let mut source_data = Map::new();
    for (column, name) in
        [("snoring (s)", "snoring_s"), ("snoring episodes", "snoring_episodes"), ("heart rate (max)", "heart_rate_max")]
    {
        if let Some(value) = amount(column) {
            source_data.insert(name.to_owned(), Value::from(value));
        }
    }
    out.record(Record {
        key: format!("at-{}", start.unix_s()),
        device: None,
        start,
        end: Some(end),
        offset,
        day: end.civil_day(end_offset),
        body: Body::Sleep(Sleep {
            // The table does not tell naps from nights.
            main: true,
            asleep_s: stages.iter().any(Option::is_some).then(|| stages.iter().flatten().sum()),
            awake_s: amount("awake (s)").or_else(|| amount("wakeup (s)")),
            to_fall_asleep_s: amount("duration to sleep (s)"),
            after_wakeup_s: amount("duration to wake up (s)"),
            wakeups: amount("wake up"),
            light_s,
            deep_s,
            rem_s,
            heart_rate_avg: positive("average heart rate"),
            heart_rate_min: positive("heart rate (min)"),
            ..Sleep::default()
        }),
        source_data,
    })
}
