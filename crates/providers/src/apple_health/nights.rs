//! `sleep_analysis`, in its two forms: one entry a night with hours, or one a stretch.

use std::collections::BTreeMap;

use hilum_model::observation::Sleep;
use hilum_model::{Batch, Body, Day, Offset, Record, StageKind, Time};
use serde_json::{Map, Value};

use super::metrics::{day_of, device};
use super::quantity::{hours, time_at};
use crate::spec::read::{self, Object};
use crate::timeline::{Stretch, nights};

/// What stretches are called, in English; the app does not translate these. Time in bed has no stage.
const WORDS: [(&str, Option<StageKind>); 7] = [
    ("Awake", Some(StageKind::Awake)),
    ("Asleep", Some(StageKind::Asleep)),
    ("Unspecified", Some(StageKind::Asleep)),
    ("Core", Some(StageKind::Light)),
    ("Deep", Some(StageKind::Deep)),
    ("REM", Some(StageKind::Rem)),
    ("In Bed", None),
];

/// Reads the entries. Stretches of one device are joined; entries of whole nights stay as they are.
pub(super) fn read(data: &[Value], batch: &mut Batch) {
    let mut stretches: BTreeMap<Option<String>, Vec<Stretch>> = BTreeMap::new();
    for (index, item) in data.iter().enumerate() {
        let Some(item) = item.as_object() else {
            batch.rejected.push(format!("sleep_analysis[{index}]: no object"));
            continue;
        };
        let whole = read::text_at(item, "sleepStart").is_some() || read::text_at(item, "inBedStart").is_some();
        let done = if whole {
            aggregated(item, batch)
        } else {
            stretch(item).map(|stretch| stretches.entry(device(item, batch)).or_default().push(stretch))
        };
        if done.is_none() {
            batch.rejected.push(format!("sleep_analysis[{index}]: no start, end or known stage"));
        }
    }
    for (device, stretches) in stretches {
        for night in nights(&stretches) {
            let day = night.end.civil_day(night.end_offset);
            let (start, end) = (night.start, night.end);
            batch.record(record(device.clone(), start, end, night.offset, day, night.sleep));
        }
    }
}

fn stretch(item: &Object) -> Option<Stretch> {
    let (start, offset) = time_at(item, "startDate")?;
    let (end, _) = time_at(item, "endDate")?;
    let word = read::text_at(item, "value")?;
    let (_, kind) = *WORDS.iter().find(|(known, _)| *known == word)?;
    (end > start).then_some(Stretch { kind, start, end, offset: Some(offset) })
}

/// A night in hours.
fn aggregated(item: &Object, batch: &mut Batch) -> Option<()> {
    let (start, offset) = time_at(item, "sleepStart").or_else(|| time_at(item, "inBedStart"))?;
    let (end, end_offset) = time_at(item, "sleepEnd").or_else(|| time_at(item, "inBedEnd"))?;
    let (light, deep, rem) = (hours(item, "core"), hours(item, "deep"), hours(item, "rem"));
    let unspecified = hours(item, "asleep").unwrap_or(0.0);
    let staged = light.unwrap_or(0.0) + deep.unwrap_or(0.0) + rem.unwrap_or(0.0);
    let in_bed = time_at(item, "inBedStart").zip(time_at(item, "inBedEnd")).map(|((a, _), (b, _))| b.since_ms(a));
    let sleep = Sleep {
        main: true,
        asleep_s: hours(item, "totalSleep").or(Some(staged + unspecified).filter(|s| *s > 0.0)),
        awake_s: hours(item, "awake"),
        in_bed_s: in_bed.filter(|ms| *ms > 0).map(|ms| ms as f64 / 1000.0),
        light_s: light.filter(|_| staged > 0.0),
        deep_s: deep.filter(|_| staged > 0.0),
        rem_s: rem.filter(|_| staged > 0.0),
        ..Sleep::default()
    };
    let day = day_of(item).unwrap_or_else(|| end.civil_day(Some(end_offset)));
    let device = device(item, batch);
    batch.record(record(device, start, end, Some(offset), day, sleep));
    Some(())
}

fn record(device: Option<String>, start: Time, end: Time, offset: Option<Offset>, day: Day, sleep: Sleep) -> Record {
    Record {
        key: format!("sleep:{}:{}", start.0, device.as_deref().unwrap_or_default()),
        device,
        start,
        end: Some(end),
        offset,
        day,
        body: Body::Sleep(sleep),
        source_data: Map::new(),
    }
}
