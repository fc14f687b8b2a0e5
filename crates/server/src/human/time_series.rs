//! `timeSeries` of sleeps and activities: what was measured meanwhile by the same source, with `time_series=true`.
//! Source: human-connect contract 4.4 and 4.5, which name the members of a sleep's but not what is in them.
//!
//! Each member is an object from an instant to what was so then, oldest first: to a number in the unit of the data API,
//! in `quality` to the stage and its end.

use hilum_engine::Engine;
use hilum_model::{Body, HumanId, Metric, StageKind, Time};
use hilum_store::records::StoredRecord;
use hilum_store::samples::StoredSample;

use super::json::Json;
use super::query::{Query, invalid};
use crate::ApiError;

/// Members of a night beside its stages; there also when nothing was measured.
const OF_SLEEPS: [(&str, Metric); 2] = [("heartRate", Metric::HeartRate), ("breathing", Metric::RespiratoryRate)];

/// Members of an activity, where something was measured.
const OF_ACTIVITIES: [(&str, Metric); 9] = [
    ("heartRate", Metric::HeartRate),
    ("speed", Metric::Speed),
    ("cadence", Metric::Cadence),
    ("power", Metric::Power),
    ("steps", Metric::Steps),
    ("distance", Metric::Distance),
    ("altitude", Metric::Altitude),
    ("latitude", Metric::Latitude),
    ("longitude", Metric::Longitude),
];

/// Whether the request asks for them.
pub(super) fn wanted(query: &Query<'_>) -> Result<bool, ApiError> {
    match query.get("time_series") {
        None | Some("false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(invalid("time_series", "true or false")),
    }
}

/// The object of a sleep or an activity that has an end; other rows have none.
pub(super) fn of(engine: &Engine, human: HumanId, row: &StoredRecord) -> Result<Option<Vec<u8>>, ApiError> {
    let record = &row.record;
    let Some(end) = record.end else { return Ok(None) };
    let mut json = Json::with_capacity(4096);
    let measured = |metric| engine.store.samples_within(human, metric, Some(&[row.connection_id]), (record.start, end));
    match &record.body {
        Body::Sleep(sleep) => {
            json.begin_object();
            json.key("quality");
            json.begin_object();
            let mut before = None;
            for stage in &sleep.stages {
                if before.replace(stage.start) == Some(stage.start) {
                    continue;
                }
                begin(&mut json, stage.start);
                json.begin_object();
                json.text("stage", word(stage.kind));
                json.time("endTime", stage.end);
                json.end_object();
            }
            json.end_object();
            for (name, metric) in OF_SLEEPS {
                write_samples(&mut json, name, &measured(metric)?);
            }
            json.end_object();
        }
        Body::Activity(_) => {
            json.begin_object();
            for (name, metric) in OF_ACTIVITIES {
                let samples = of_workout(measured(metric)?, &record.key);
                if !samples.is_empty() {
                    write_samples(&mut json, name, &samples);
                }
            }
            json.end_object();
        }
        _ => return Ok(None),
    }
    Ok(Some(json.into_bytes()))
}

/// The samples that belong to the workout, if some say so; else all that were measured meanwhile.
fn of_workout(mut samples: Vec<StoredSample>, key: &str) -> Vec<StoredSample> {
    let belongs = |sample: &StoredSample| sample.series.context.as_deref() == Some(key);
    if samples.iter().any(belongs) {
        samples.retain(belongs);
    }
    samples
}

/// Of several samples of one instant (two devices of a source) the first stands: an object has each name once.
fn write_samples(json: &mut Json, name: &'static str, samples: &[StoredSample]) {
    json.key(name);
    json.begin_object();
    let mut before = None;
    for sample in samples {
        if before.replace(sample.start) != Some(sample.start) {
            begin(json, sample.start);
            json.write_number(sample.value);
        }
    }
    json.end_object();
}

/// The name of a member that is an instant.
fn begin(json: &mut Json, at: Time) {
    json.foreign_key(&at.to_iso());
}

const fn word(stage: StageKind) -> &'static str {
    match stage {
        StageKind::Awake => "awake",
        StageKind::Light => "light",
        StageKind::Deep => "deep",
        StageKind::Rem => "rem",
        StageKind::Asleep => "asleep",
    }
}
