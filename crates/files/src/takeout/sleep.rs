//! Nights and naps, with their timeline.

use hilum_model::observation::Sleep;
use hilum_model::{Body, Record, Stage, StageKind, Time};
use serde_json::{Map, Value};

use crate::error::FileError;
use crate::json;
use crate::members::rejected;
use crate::out::Out;
use crate::stamp::{self, Zone};

/// A night or nap. All its times are local; the offset of its beginning counts for the whole.
pub(super) fn sleep(item: &Value, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    let local = |name| json::text(item, name).and_then(stamp::local);
    let (Some(from), Some(to)) = (local("startTime"), local("endTime")) else {
        return rejected(out, "sleep: no startTime or endTime");
    };
    let Some(key) = json::id(item, "logId") else { return rejected(out, "sleep: no logId") };
    let (start, offset) = zone.of_local(from);
    // A night in which the clock is set lasts as long as its duration says; local times do not tell.
    let lasted = json::amount(item, "duration").map_or_else(|| to.since_ms(from), |ms| ms as i64);
    let end = start.plus_ms(lasted.max(0));
    let minutes = |name| json::amount(item, name).map(|m| m * 60.0);
    let levels = item.get("levels");
    let level = |name: &str| {
        let told = levels?.get("summary")?.get(name)?;
        json::amount(told, "minutes").map(|m| m * 60.0)
    };
    let at = |local: Time| start.plus_ms(local.since_ms(from));
    let listed = |name: &str| levels.and_then(|l| l.get(name)).map(|list| stages(list, at, end)).unwrap_or_default();
    let mut source_data = Map::new();
    for name in ["type", "logType", "infoCode"] {
        if let Some(value) = item.get(name).filter(|v| v.is_string() || v.is_number()) {
            source_data.insert(name.to_owned(), value.clone());
        }
    }
    out.record(Record {
        key,
        device: None,
        start,
        end: Some(end),
        offset,
        // The day of waking up, as Fitbit counts it.
        day: json::text(item, "dateOfSleep").and_then(stamp::day).unwrap_or_else(|| to.utc_day()),
        body: Body::Sleep(Sleep {
            main: item.get("mainSleep").or_else(|| item.get("isMainSleep")).and_then(Value::as_bool).unwrap_or(true),
            asleep_s: minutes("minutesAsleep"),
            awake_s: minutes("minutesAwake"),
            to_fall_asleep_s: minutes("minutesToFallAsleep"),
            after_wakeup_s: minutes("minutesAfterWakeup"),
            in_bed_s: minutes("timeInBed"),
            efficiency: json::amount(item, "efficiency").filter(|e| *e <= 100.0),
            light_s: level("light"),
            deep_s: level("deep"),
            rem_s: level("rem"),
            stages: overlay(listed("data"), &listed("shortData")),
            ..Sleep::default()
        }),
        source_data,
    })?;
    Ok(())
}

/// `[{"dateTime": …, "level": "light", "seconds": 180}]`, in order; what overlaps the one before is left out.
fn stages(list: &Value, at: impl Fn(Time) -> Time, last: Time) -> Vec<Stage> {
    let mut stages: Vec<Stage> = Vec::new();
    for item in list.as_array().map(Vec::as_slice).unwrap_or_default() {
        let kind = match json::text(item, "level") {
            Some("wake" | "awake" | "restless") => StageKind::Awake,
            Some("light") => StageKind::Light,
            Some("deep") => StageKind::Deep,
            Some("rem") => StageKind::Rem,
            Some("asleep") => StageKind::Asleep,
            _ => continue,
        };
        let start = json::text(item, "dateTime").and_then(stamp::local).map(&at);
        let (Some(start), Some(seconds)) = (start, json::amount(item, "seconds")) else { continue };
        let end = start.plus_ms((seconds * 1000.0) as i64).min(last);
        if start < end && stages.last().is_none_or(|before| before.end <= start) {
            stages.push(Stage { kind, start, end });
        }
    }
    stages
}

/// Puts short awakenings over the stages, which Fitbit tells without them.
fn overlay(stages: Vec<Stage>, short: &[Stage]) -> Vec<Stage> {
    let mut done: Vec<Stage> = Vec::new();
    let mut push = |stage: Stage| {
        if stage.start >= stage.end {
            return;
        }
        match done.last_mut() {
            Some(last) if last.kind == stage.kind && last.end == stage.start => last.end = stage.end,
            _ => done.push(stage),
        }
    };
    let mut next = 0;
    for stage in stages {
        let mut from = stage.start;
        while let Some(wake) = short.get(next) {
            if wake.start >= stage.end {
                break;
            }
            if wake.end > from {
                push(Stage { end: wake.start.min(stage.end), start: from, ..stage });
                push(Stage { start: wake.start.max(from), end: wake.end.min(stage.end), ..*wake });
                from = wake.end.min(stage.end);
            }
            if wake.end > stage.end {
                // Goes on in the next stage.
                break;
            }
            next += 1;
        }
        push(Stage { start: from, ..stage });
    }
    done
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_awakenings_lie_over_stages() {
        use StageKind::{Awake, Deep, Light};

        let stage = |kind, start, end| Stage { kind, start: Time(start), end: Time(end) };
        let night = vec![stage(Light, 0, 100), stage(Deep, 100, 200), stage(Light, 250, 300)];
        let wakes = [stage(Awake, 10, 20), stage(Awake, 90, 120), stage(Awake, 240, 260), stage(Awake, 295, 400)];
        assert_eq!(
            overlay(night, &wakes),
            [
                stage(Light, 0, 10),
                stage(Awake, 10, 20),
                stage(Light, 20, 90),
                stage(Awake, 90, 120),
                stage(Deep, 120, 200),
                stage(Awake, 250, 260),
                stage(Light, 260, 295),
                stage(Awake, 295, 300),
            ]
        );
    }
}
