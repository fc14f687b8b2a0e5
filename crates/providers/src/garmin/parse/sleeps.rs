//! `sleeps`: nights with their stages.
//!
//! Oxygen and breathing inside a night are not read from here: the summaries of their own tell the same ones.

use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Record, Stage, StageKind, Time};
use serde_json::Value;

use super::{beyond, each, list, start};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Members that are normalised, or told elsewhere too.
const TAKEN: [&str; 8] = [
    "durationInSeconds",
    "deepSleepDurationInSeconds",
    "lightSleepDurationInSeconds",
    "remSleepInSeconds",
    "awakeDurationInSeconds",
    "sleepLevelsMap",
    "timeOffsetSleepSpo2",
    "timeOffsetSleepRespiration",
];

/// The names of stages in `sleepLevelsMap`. What can not be measured leaves a gap.
const LEVELS: [(&str, StageKind); 4] =
    [("deep", StageKind::Deep), ("light", StageKind::Light), ("rem", StageKind::Rem), ("awake", StageKind::Awake)];

/// Nights.
pub(crate) fn sleeps(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    each(bytes, |item, batch| {
        let (start, offset) = start(item).ok_or("no start")?;
        let amount = |name| read::amount_at(item, name).filter(|s| *s <= 604_800.0);
        // Without what was awake, and without what could not be measured.
        let lasted = amount("durationInSeconds").ok_or("no duration")?;
        let awake = amount("awakeDurationInSeconds");
        let unknown = amount("unmeasurableSleepInSeconds").unwrap_or_default();
        let in_bed = lasted + awake.unwrap_or_default() + unknown;
        let told = stages(item, start);
        let end = told.iter().map(|s| s.end).fold(start.plus_ms((in_bed * 1000.0).round() as i64), Time::max);
        let parts = ["deepSleepDurationInSeconds", "lightSleepDurationInSeconds", "remSleepInSeconds"].map(amount);
        let asleep = if parts.iter().any(Option::is_some) { parts.iter().flatten().sum() } else { lasted };
        let [deep, light, rem] = parts;
        batch.record(Record {
            key: read::id_at(item, "summaryId").unwrap_or_else(|| format!("at-{}", start.unix_s())),
            device: None,
            start,
            end: Some(end),
            offset,
            day: read::day_at(item, "calendarDate").unwrap_or_else(|| end.civil_day(offset)),
            body: Body::Sleep(Sleep {
                main: true,
                asleep_s: Some(asleep),
                awake_s: awake,
                in_bed_s: Some(end.since_ms(start) as f64 / 1000.0),
                light_s: light,
                deep_s: deep,
                rem_s: rem,
                stages: told,
                ..Sleep::default()
            }),
            source_data: beyond(item, &TAKEN),
        });
        Ok(())
    })
}

/// The timeline: each kind has a list of its own, so they are put in order, and what overlaps its neighbour or lies
/// before the night is cut.
fn stages(item: &Object, start: Time) -> Vec<Stage> {
    let Some(map) = read::object_at(item, "sleepLevelsMap") else { return Vec::new() };
    let latest = start.plus_s(604_800);
    let mut told: Vec<Stage> = Vec::new();
    for (name, kind) in LEVELS {
        for span in list(map, name).iter().filter_map(Value::as_object) {
            let (from, to) = (read::unix_at(span, "startTimeInSeconds"), read::unix_at(span, "endTimeInSeconds"));
            if let (Some(from), Some(to)) = (from, to) {
                told.push(Stage { kind, start: from.max(start), end: to.min(latest) });
            }
        }
    }
    told.sort_by_key(|s| (s.start, s.end));
    let mut stages: Vec<Stage> = Vec::new();
    for mut stage in told {
        stage.start = stages.last().map_or(stage.start, |last| stage.start.max(last.end));
        if stage.start < stage.end {
            stages.push(stage);
        }
    }
    stages
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset};
    use serde_json::json;

    use super::*;

    #[test]
    fn nights_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = sleeps(include_bytes!("../fixtures/sleeps.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, ["[2]: no duration"]);
        let [Observation::Record(night), Observation::Record(bare)] = batch.observations.as_slice() else {
            panic!("two nights")
        };
        assert_eq!((night.key.as_str(), night.day.to_string().as_str()), ("x1-69a6", "2026-03-04"));
        assert_eq!((night.start.unix_s(), night.offset), (1_772_577_060, Some(Offset(60))));
        let Body::Sleep(sleep) = &night.body else { panic!("a sleep") };
        // 4260 + 14040 + 5820.
        assert_eq!((sleep.asleep_s, sleep.awake_s), (Some(24_120.0), Some(2940.0)));
        // 24120 + 2940 s after the start.
        assert_eq!((sleep.in_bed_s, night.end.map(Time::unix_s)), (Some(27_060.0), Some(1_772_604_120)));
        let stage =
            |kind, from: i64, to: i64| Stage { kind, start: Time::from_unix_s(from), end: Time::from_unix_s(to) };
        assert_eq!(
            sleep.stages,
            [
                stage(StageKind::Light, 1_772_577_060, 1_772_580_000),
                stage(StageKind::Deep, 1_772_580_000, 1_772_582_400),
                // Its first minute was deep already.
                stage(StageKind::Rem, 1_772_582_400, 1_772_583_000),
            ]
        );
        assert_eq!(night.source_data.get("validation"), Some(&json!("ENHANCED_TENTATIVE")));
        assert_eq!(night.source_data.get("timeOffsetSleepSpo2"), None);
        let Body::Sleep(sleep) = &bare.body else { panic!("a sleep") };
        assert_eq!((sleep.asleep_s, sleep.light_s, sleep.stages.len()), (Some(3600.0), None, 0));
    }
}
