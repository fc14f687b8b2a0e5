//! `/v3/users/sleep`: the nights of the last 28 days. Source: <https://www.polar.com/accesslink-api/#sleep>.
//!
//! The five-minute heart rates of a night are not read from here: the continuous heart rate gives the same ones.

use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Offset, Record, Stage, StageKind, Time};

use super::{clock, device, each};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are normalised, and those that name the account or tell something a second time.
const TAKEN: [&str; 11] = [
    "polar_user",
    "date",
    "sleep_start_time",
    "sleep_end_time",
    "device_id",
    "light_sleep",
    "deep_sleep",
    "rem_sleep",
    "total_interruption_duration",
    "hypnogram",
    "heart_rate_samples",
];

/// Nights.
pub(crate) fn sleep(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    Ok(each(read::list(&read::object(bytes)?, "nights")?, |item, batch| {
        let (start, offset) = read::rfc3339_at(item, "sleep_start_time").ok_or("no sleep_start_time")?;
        let (end, end_offset) = read::rfc3339_at(item, "sleep_end_time").ok_or("no sleep_end_time")?;
        if end < start {
            return Err("ends before it starts");
        }
        let day = read::day_at(item, "date").unwrap_or_else(|| end.civil_day(Some(end_offset)));
        let parts = ["light_sleep", "deep_sleep", "rem_sleep", "unrecognized_sleep_stage"];
        let [light, deep, rem, unknown] = parts.map(|name| read::amount_at(item, name));
        let told = [light, deep, rem, unknown];
        let (stages, odd) = stages(item, start, offset, end);
        if odd {
            batch.rejected.push("hypnogram: unknown time or stage".to_owned());
        }
        let device = device(item, "device_id", batch);
        batch.record(Record {
            // One night a date.
            key: day.to_string(),
            device,
            start,
            end: Some(end),
            offset: Some(offset),
            day,
            body: Body::Sleep(Sleep {
                main: true,
                asleep_s: told.iter().any(Option::is_some).then(|| told.iter().flatten().sum()),
                awake_s: read::amount_at(item, "total_interruption_duration"),
                in_bed_s: Some(end.since_ms(start) as f64 / 1000.0),
                light_s: light,
                deep_s: deep,
                rem_s: rem,
                stages,
                ..Sleep::default()
            }),
            source_data: read::beyond(item, &TAKEN),
        });
        Ok(())
    }))
}

/// The timeline: each clock time begins a stage that lasts until the next one. Times run over midnight, so they are
/// put in order by how long after going to bed they are. The flag tells that something had no known meaning; an
/// unknown stage leaves a gap.
fn stages(item: &Object, start: Time, offset: Offset, end: Time) -> (Vec<Stage>, bool) {
    let Some(told) = read::object_at(item, "hypnogram") else { return (Vec::new(), false) };
    let began = start.plus_s(60 * i64::from(offset.0)).unix_s().rem_euclid(86_400);
    // The first time may show the minute in which sleep began, which is a little before it.
    let began = began - began % 60;
    let mut odd = false;
    let mut marks: Vec<(Time, Option<StageKind>)> = Vec::new();
    for (time, stage) in told {
        let Some(second) = clock::seconds(time) else {
            odd = true;
            continue;
        };
        let kind = match read::integer(stage) {
            Some(0) => Some(StageKind::Awake),
            Some(1) => Some(StageKind::Rem),
            Some(2 | 3) => Some(StageKind::Light),
            Some(4) => Some(StageKind::Deep),
            // Five is "unknown" in Polar's own words.
            Some(5) => None,
            _ => {
                odd = true;
                None
            }
        };
        let at = start.plus_s((second - began).rem_euclid(86_400)).plus_s(-(start.unix_s().rem_euclid(60)));
        marks.push((at.max(start), kind));
    }
    marks.sort_by_key(|(at, _)| *at);
    let mut stages: Vec<Stage> = Vec::new();
    for (nth, (from, kind)) in marks.iter().enumerate() {
        let to = marks.get(nth + 1).map_or(end, |(next, _)| *next).min(end);
        let Some(kind) = kind.filter(|_| *from < to) else { continue };
        match stages.last_mut() {
            Some(last) if last.kind == kind && last.end == *from => last.end = to,
            _ => stages.push(Stage { kind, start: *from, end: to }),
        }
    }
    (stages, odd)
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_night_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = sleep(include_bytes!("../fixtures/sleep.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["hypnogram: unknown time or stage", "[2]: no sleep_end_time"]);
        let [Observation::Record(night), Observation::Record(odd)] = batch.observations.as_slice() else {
            panic!("two nights: {:?}", batch.observations)
        };
        assert_eq!((night.key.as_str(), night.day.to_string().as_str()), ("2026-03-04", "2026-03-04"));
        assert_eq!(night.start.to_iso(), "2026-03-03T22:31:00.000Z");
        assert_eq!(night.offset, Some(Offset(60)));
        let stage = |kind, from: i64, to: i64| Stage {
            kind,
            start: night.start.plus_s(from * 60),
            end: night.start.plus_s(to * 60),
        };
        assert_eq!(
            night.body,
            Body::Sleep(Sleep {
                main: true,
                // 14040 + 4260 + 5820 + 0.
                asleep_s: Some(24_120.0),
                awake_s: Some(2940.0),
                // 23:31 to 07:02.
                in_bed_s: Some(27_060.0),
                light_s: Some(14_040.0),
                deep_s: Some(4260.0),
                rem_s: Some(5820.0),
                // 23:31 light, 23:52 deep, 01:10 REM, 02:00 unknown, 02:30 light (two kinds of it), 06:58 awake.
                stages: vec![
                    stage(StageKind::Light, 0, 21),
                    stage(StageKind::Deep, 21, 99),
                    stage(StageKind::Rem, 99, 149),
                    stage(StageKind::Light, 179, 447),
                    stage(StageKind::Awake, 447, 451),
                ],
                ..Sleep::default()
            })
        );
        assert_eq!(night.source_data.get("sleep_score"), Some(&json!(81)));
        assert_eq!(night.source_data.get("heart_rate_samples"), None);
        // Began 31 seconds after the minute that its first mark shows.
        let Body::Sleep(short) = &odd.body else { panic!("a sleep") };
        assert_eq!(
            short.stages,
            [Stage { kind: StageKind::Light, start: odd.start, end: odd.start.plus_s(29 * 60 + 29) }]
        );
        assert_eq!(odd.day.to_string(), "2026-03-03", "the day of waking up");
    }
}
