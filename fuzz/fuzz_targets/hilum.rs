//! Everything that reads bytes from outside, under libFuzzer. The target is named by `HILUM_FUZZ`; `make fuzz` runs
//! each for a while. A new one is a line in `TARGETS`, and seeds, if there are any, a folder in `SEEDS` of the Makefile.

#![no_main]

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use hilum_files::{Limits, Position};
use hilum_model::{Batch, Day, Observation, Time};
use hilum_providers::REGISTRY;
use hilum_providers::spec::Context;
use libfuzzer_sys::fuzz_target;
use serde_json::Value;

/// Name and target. The Makefile finds the names in these lines.
const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("file", |data| read(data)),
    ("apple", |data| read(&within(b"<HealthData>\n", data, b"\n</HealthData>"))),
    ("apple_zip", |data| read(&stored("x", data))),
    ("resume", |data| resume(data)),
    ("fit", |data| read(&within(FIT, data, b""))),
    ("gpx", |data| read(&within(b"<gpx><trk><trkseg>", data, b"</trkseg></trk></gpx>"))),
    ("tcx", |data| read(&within(b"<TrainingCenterDatabase><Activities>", data, b"</Activities></TrainingCenterDatabase>"))),
    ("csv", |data| read(&within(b"metric,start,value,unit,end,offset,device,context,key\n", data, b""))),
    ("genotypes", |data| read(&within(b"# 23andMe\n", data, b""))),
    ("timeline", |data| read(&within(b"{\"semanticSegments\":[", data, b"]}"))),
    ("fitbit", |data| read_member(&FITBIT, data)),
    ("oura", |data| read_member(&OURA, data)),
    ("withings", |data| read_member(&WITHINGS, data)),
    ("activity_files", |data| read_member(&["1.fit", "2.fit.gz"], data)),
    ("answers", |data| answers(data)),
];

/// The header of a FIT file that was never closed, so that it needs no checksum.
const FIT: &[u8] = b"\x0c\x20\0\0\0\0\0\0.FIT";

/// Members of exports: the first byte of the data chooses one, the rest is its content.
const FITBIT: [&str; 11] = [
    "heart_rate-1.json",
    "steps-1.json",
    "sleep-1.json",
    "weight-1.json",
    "exercise-1.json",
    "resting_heart_rate-1.json",
    "demographic_vo2_max-1.json",
    "Minute SpO2 - 1.csv",
    "Heart Rate Variability Details - 1.csv",
    "Daily SpO2 - 1.csv",
    "Computed Temperature - 1.csv",
];
const OURA: [&str; 7] = [
    "sleepmodel.csv",
    "dailyactivity.csv",
    "dailyspo2.csv",
    "heartrate.csv",
    "workout.csv",
    "vo2max.csv",
    "oura.json",
];
const WITHINGS: [&str; 8] = [
    "weight.csv",
    "bp.csv",
    "sleep.csv",
    "activities.csv",
    "raw_hr_hr.csv",
    "raw_tracker_steps.csv",
    "aggregates_steps.csv",
    "aggregates_calories_earned.csv",
];

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("HILUM_FUZZ").unwrap_or_else(|_| "file".to_owned());
    TARGETS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no target {name}")).1
});

fuzz_target!(|data: &[u8]| TARGET(data));

/// Bounds under which a small input cannot take long.
const LIMITS: Limits =
    Limits { batch: 64, unpacked: 4 << 20, ratio: 400, members: 100, directory: 1 << 16, element: 1 << 16, depth: 32, held: 500 };

/// Any file, by its content.
fn read(bytes: &[u8]) {
    let mut delivered = 0;
    let outcome = hilum_files::read(&mut Cursor::new(bytes), &LIMITS, None, &mut |delivery| {
        assert!(delivery.batch.observations.len() <= LIMITS.batch && delivery.batch.rejected.is_empty());
        let text = delivery.position.to_string();
        assert_eq!(text.parse(), Ok(delivery.position));
        sound(&delivery.batch);
        delivered += delivery.batch.observations.len() as u64;
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.summary.observations(), delivered);
}

/// A reading that goes on from the position of its first batch.
fn resume(bytes: &[u8]) {
    let mut first: Option<Position> = None;
    let mut input = Cursor::new(bytes);
    hilum_files::read(&mut input, &LIMITS, None, &mut |delivery| {
        first = Some(delivery.position);
        ControlFlow::Break(())
    });
    if first.is_some() {
        hilum_files::read(&mut input, &LIMITS, first, &mut |_| ControlFlow::Continue(()));
    }
}

fn within(before: &[u8], data: &[u8], behind: &[u8]) -> Vec<u8> {
    [before, data, behind].concat()
}

/// One member of an export, beside those by which the export is told from others.
fn read_member(names: &[&str], data: &[u8]) {
    let Some((choice, content)) = data.split_first() else { return };
    let name = names[usize::from(*choice) % names.len()];
    let mut archive = stored(name, content);
    if names == WITHINGS {
        archive.extend(stored("height.csv", b"Date\n"));
        archive.extend(stored("aggregates_elevation.csv", b"date,value\n"));
    } else if names == OURA {
        archive.extend(stored("dailyreadiness.csv", b"id\n"));
    }
    read(&archive);
}

/// An archive of one stored member without a directory, as one that was cut off behind it.
fn stored(name: &str, data: &[u8]) -> Vec<u8> {
    let mut zip = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    zip.extend((data.len() as u32).to_le_bytes());
    zip.extend((data.len() as u32).to_le_bytes());
    zip.extend((name.len() as u16).to_le_bytes());
    zip.extend([0, 0]);
    zip.extend(name.as_bytes());
    zip.extend(data);
    zip
}

/// An answer or a notice of any provider: each parser is offered it.
fn answers(bytes: &[u8]) {
    let context = Context { received: Time::from_unix_s(1_772_640_000), time_zone: Some("Europe/Berlin".to_owned()) };
    let value = serde_json::from_slice::<Value>(bytes).ok();
    for provider in REGISTRY {
        for stream in provider.streams {
            if let Ok(batch) = (stream.parse)(bytes, &context) {
                sound(&batch);
            }
            if let Some(value) = &value {
                stream.next_page(&stream.request(Day(20_000), Day(20_001)), value);
            }
            if let Some(detail) = &stream.detail {
                let wanted = (detail.wanted)(bytes, &context).unwrap_or_default();
                for wanted in wanted.iter().take(2) {
                    if let Ok(batch) = (detail.parse)(bytes, wanted, &context) {
                        sound(&batch);
                    }
                }
            }
        }
        if let (Some(webhook), Some(value)) = (&provider.webhook, &value) {
            (webhook.read)(value, context.received);
        }
    }
}

/// What the model promises of every batch.
fn sound(batch: &Batch) {
    for observation in &batch.observations {
        match observation {
            Observation::Sample(sample) => {
                assert!(sample.value.is_finite() && sample.end.is_none_or(|end| end >= sample.start));
                assert!(sample.unit.convert(1.0, sample.metric.unit()).is_some());
            }
            Observation::Record(record) => {
                assert!(record.end.is_none_or(|end| end >= record.start) && record.body.kind().is_some());
            }
            Observation::Deleted { .. } => {}
        }
    }
}
