//! Everything that reads bytes from outside, under libFuzzer. The target is named by `HILUM_FUZZ`; `make fuzz` runs
//! each for a while. A new one is a line in `TARGETS`, and seeds, if there are any, a folder in `SEEDS` of the Makefile.

#![no_main]

mod request;

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use hilum_files::{Limits, Position};
use hilum_model::chunk::{Chunk, Point, Reader};
use hilum_model::{Batch, Body, ClientId, Day, Metric, Observation, Offset, Time, Unit};
use hilum_providers::REGISTRY;
use hilum_providers::ingest::MOST_ITEMS;
use hilum_providers::spec::{Answer, Context};
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
    ("tcx", |data| {
        read(&within(b"<TrainingCenterDatabase><Activities>", data, b"</Activities></TrainingCenterDatabase>"))
    }),
    ("csv", |data| read(&within(b"metric,start,value,unit,end,offset,device,context,key\n", data, b""))),
    ("genotypes", |data| read(&within(b"# 23andMe\n", data, b""))),
    ("timeline", |data| read(&within(b"{\"semanticSegments\":[", data, b"]}"))),
    ("fitbit_export", |data| read_member(&FITBIT, data)),
    ("oura_export", |data| read_member(&OURA, data)),
    ("withings_export", |data| read_member(&WITHINGS, data)),
    ("activity_files", |data| read_member(&["1.fit", "2.fit.gz"], data)),
    ("answers_google", |data| answers(&["google_health"], data)),
    ("answers_watch", |data| answers(&["garmin", "polar", "suunto"], data)),
    ("answers_body", |data| answers(&["withings", "oura", "whoop", "dexcom", "ultrahuman"], data)),
    ("answers_sport", |data| answers(&["strava", "wahoo", "concept2"], data)),
    ("apple_health", |data| post("apple_health", data)),
    ("health_connect", |data| post("health_connect", data)),
    ("ingest", |data| ingest(data)),
    ("request", |data| request::request(data)),
    ("words", |data| words(data)),
    ("chunk", |data| decode(data)),
    ("chunk_points", |data| encode(data)),
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
const OURA: [&str; 7] =
    ["sleepmodel.csv", "dailyactivity.csv", "dailyspo2.csv", "heartrate.csv", "workout.csv", "vo2max.csv", "oura.json"];
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
const LIMITS: Limits = Limits {
    batch: 64,
    unpacked: 4 << 20,
    ratio: 400,
    members: 100,
    directory: 1 << 16,
    element: 1 << 16,
    depth: 32,
    held: 500,
};

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

/// What an answer is read with.
fn context() -> Context {
    Context { received: Time::from_unix_s(1_772_640_000), time_zone: Some("Europe/Berlin".to_owned()) }
}

/// An answer or a notice: each parser of these providers is offered it.
fn answers(providers: &[&str], bytes: &[u8]) {
    let context = context();
    let value = serde_json::from_slice::<Value>(bytes).ok();
    for provider in providers.iter().map(|id| hilum_providers::find(id).expect("a provider")) {
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

/// A post of an app on a phone. Its nights are joined from stretches, so their timelines are in order whatever came.
fn post(bridge: &str, bytes: &[u8]) {
    let bridge = hilum_providers::bridge::bridge(bridge).expect("a bridge");
    let Ok(batch) = (bridge.parse)(bytes, &context()) else { return };
    for observation in &batch.observations {
        let Observation::Record(record) = observation else { continue };
        let Body::Sleep(sleep) = &record.body else { continue };
        assert!(sleep.stages.iter().all(|stage| record.start <= stage.start && stage.start < stage.end));
        assert!(sleep.stages.is_sorted_by(|one, next| one.end <= next.start));
        assert!(sleep.stages.last().is_none_or(|last| record.end.is_some_and(|end| last.end <= end)));
    }
    sound(&batch);
}

/// Small texts: times, days, units, ids, and headers and errors as providers write them.
fn words(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else { return };
    for time in [Time::parse_rfc3339(text).map(|(time, _)| time), Time::parse_filter(text)].into_iter().flatten() {
        let years = Time::from_unix_s(-62_135_596_800)..Time::from_unix_s(253_402_300_800);
        assert!(!years.contains(&time) || Time::parse_rfc3339(&time.to_iso()).is_ok_and(|(read, _)| read == time));
    }
    if let Ok(day) = Day::parse(text) {
        assert_eq!(Day::parse(&day.to_string()), Ok(day));
    }
    for metric in Metric::ALL {
        assert!(Unit::of_ucum(text, metric).is_none_or(|unit| unit.ucum() == text));
    }
    if let Ok(id) = text.parse::<ClientId>() {
        assert_eq!(id.to_string().parse(), Ok(id));
    }
    let lines: Vec<&str> = text.split('\n').collect();
    let json = serde_json::from_str::<Value>(text).ok();
    for provider in REGISTRY {
        // Whatever header is looked for, it has one of the lines.
        let header = |name: &str| lines.get(name.len() % lines.len()).map(|&line| line.to_owned());
        if let Some(rates) = provider.rate {
            rates(&header);
        }
        for status in [200, 400, 401, 403, 404, 429, 503] {
            provider.judge(&Answer { status, json: json.as_ref() });
        }
    }
}

/// A body of the ingest endpoint.
fn ingest(bytes: &[u8]) {
    if let Ok(ingest) = hilum_providers::ingest::read(bytes) {
        assert!(ingest.batch.observations.len() + ingest.rejected.len() <= MOST_ITEMS);
        sound(&ingest.batch);
    }
}

/// Bytes that may be a chunk: what can be read is written to the same again, and read by blocks as it is read whole.
fn decode(bytes: &[u8]) {
    let Ok(chunk) = Chunk::decode(bytes) else { return };
    assert_eq!(Chunk::decode(&chunk.encode()).as_ref(), Ok(&chunk));
    let reader = Reader::open(bytes).expect("was read whole");
    let mut points = Vec::new();
    for block in 0..reader.blocks() {
        reader.block(block, &mut points).expect("was read whole");
    }
    assert_eq!(points, chunk.points());
}

/// Points made of the bytes, merged in two writes: they come back from the encoded chunk to the last bit, and what is
/// left when some byte is another one is refused or read, and nothing else.
fn encode(bytes: &[u8]) {
    let (mut chunk, mut start) = (Chunk::new(), 1_772_640_000_000_i64);
    for (half, at) in bytes.chunks(bytes.len() / 2 + 1).zip([1_772_650_000_000, 1_772_660_000_000]) {
        let mut points = Vec::new();
        for row in half.chunks_exact(8) {
            let step = i64::from(i16::from_le_bytes([row[0], row[1]])) * [1, 1000, 60_000, 7][usize::from(row[2] % 4)];
            start += step;
            let raw = f64::from(i32::from_le_bytes([row[4], row[5], row[6], row[7]]));
            let value = [raw, raw / 10.0, raw.sqrt().abs(), raw * 1e-300][usize::from(row[2] / 4 % 4)];
            let end = (row[3] % 2 == 1).then(|| Time(start + i64::from(row[3]) * 500));
            let offset = (row[2] >= 64).then(|| Offset(i16::from(row[3]) * 5 - 600));
            let value = if value.is_finite() { value } else { 0.0 };
            points.push(Point { start: Time(start), end, offset, value });
        }
        chunk.merge(&mut points, Time(at));
    }
    let mut encoded = chunk.encode();
    assert_eq!(Chunk::decode(&encoded).as_ref(), Ok(&chunk));
    if let [first, second, ..] = bytes {
        let place = (usize::from(*first) << 8 | usize::from(*second)) % encoded.len();
        encoded[place] ^= first | 1;
        decode(&encoded);
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
