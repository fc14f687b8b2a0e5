//! Reading a file as a stream's answer, and a form of the result that people can read.

use hilum_model::{Batch, Body, Observation, Record, Sample};
use serde_json::{Map, Value, json};

use crate::find;
use crate::spec::{Context, ParseError};

/// Why a file can not be read as a stream's answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum FileError {
    /// No provider has that id or alias.
    #[error("unknown provider {0}")]
    Provider(String),
    /// The provider has no such stream.
    #[error("{provider} has no stream {stream}; it has {known}")]
    Stream {
        /// The provider's id.
        provider: &'static str,
        /// The name asked for.
        stream: String,
        /// The names that there are, separated by commas.
        known: String,
    },
    /// The provider's parser refused the file.
    #[error(transparent)]
    Parse(#[from] ParseError),
}

/// Reads `bytes` as an answer of a provider's stream, as a sync would.
pub fn parse_file(provider: &str, stream: &str, bytes: &[u8], context: &Context) -> Result<Batch, FileError> {
    let provider = find(provider).ok_or_else(|| FileError::Provider(provider.to_owned()))?;
    let found = provider.stream(stream).ok_or_else(|| FileError::Stream {
        provider: provider.id,
        stream: stream.to_owned(),
        known: provider.streams.iter().map(|s| s.id).collect::<Vec<_>>().join(", "),
    })?;
    Ok((found.parse)(bytes, context)?)
}

/// A batch: `observations`, `facts`, `rejected`. Fails only if a value can not be written as JSON.
pub fn batch_json(batch: &Batch) -> Result<Value, serde_json::Error> {
    let observations = batch.observations.iter().map(observation_json).collect::<Result<Vec<_>, _>>()?;
    Ok(json!({
        "observations": observations,
        "facts": {
            "email": batch.facts.email,
            "gender": batch.facts.gender,
            "timeZone": batch.facts.time_zone,
            "devices": batch.facts.devices,
        },
        "rejected": batch.rejected,
    }))
}

/// One observation: its kind of thing under `what`, times in ISO 8601, units in UCUM, absent members left out.
/// Fails only if a value can not be written as JSON.
pub fn observation_json(observation: &Observation) -> Result<Value, serde_json::Error> {
    match observation {
        Observation::Sample(sample) => Ok(sample_json(sample)),
        Observation::Record(record) => record_json(record),
        Observation::Deleted { kind, key } => Ok(json!({"what": "deleted", "kind": kind, "key": key})),
    }
}

fn sample_json(sample: &Sample) -> Value {
    told(json!({
        "what": "sample",
        "metric": sample.metric.name(),
        "start": sample.start.to_iso(),
        "end": sample.end.map(hilum_model::Time::to_iso),
        "offset": sample.offset.map(|o| o.to_string()),
        "value": sample.value,
        "unit": sample.unit.ucum(),
        "device": sample.device,
        "context": sample.context,
    }))
}

fn record_json(record: &Record) -> Result<Value, serde_json::Error> {
    let body = match &record.body {
        Body::Reading { metric, quantity } => json!({
            "metric": metric.name(),
            "value": quantity.value,
            "unit": metric.unit().ucum(),
            "received": quantity.received,
            "receivedUnit": quantity.received_unit.ucum(),
        }),
        Body::Sleep(sleep) => {
            let mut body = serde_json::to_value(&record.body)?;
            let stages = sleep.stages.iter().map(|s| {
                Ok(json!({
                    "kind": serde_json::to_value(s.kind)?,
                    "start": s.start.to_iso(),
                    "end": s.end.to_iso(),
                }))
            });
            body["stages"] = Value::Array(stages.collect::<Result<_, serde_json::Error>>()?);
            told(body)
        }
        other => told(serde_json::to_value(other)?),
    };
    Ok(told(json!({
        "what": "record",
        "kind": record.body.kind(),
        "key": record.key,
        "start": record.start.to_iso(),
        "end": record.end.map(hilum_model::Time::to_iso),
        "offset": record.offset.map(|o| o.to_string()),
        "day": record.day,
        "device": record.device,
        "body": body,
        "sourceData": record.source_data,
    })))
}

/// Without the members that are null.
fn told(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            Value::Object(members.into_iter().filter(|(_, v)| !v.is_null()).collect::<Map<_, _>>())
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::Time;

    use super::*;

    fn context() -> Context {
        Context { received: Time(0), time_zone: None }
    }

    #[test]
    fn a_file_in_words() {
        let bytes = include_bytes!("oura/fixtures/sleep.json");
        let batch = parse_file("oura", "sleep", bytes, &context()).expect("documented form");
        let view = batch_json(&batch).expect("plain values");
        let night = &view["observations"][0];
        assert_eq!((night["what"].as_str(), night["kind"].as_str()), (Some("record"), Some("sleep")));
        assert_eq!(night["offset"], "-06:00");
        assert_eq!(night["body"]["stages"][1]["end"], "2026-09-21T04:45:00.000Z");
        assert_eq!(view["observations"][1]["unit"], "ms");
        assert_eq!(view["observations"][4], json!({"what": "deleted", "kind": "sleep", "key": "sl-3"}));
        assert_eq!(view["rejected"][0], "data[4]: no bedtime_end");
    }

    #[test]
    fn an_alias_does_and_unknown_names_are_told() {
        let bytes = include_bytes!("withings/fixtures/measures.json");
        let batch = parse_file("nokia", "measures", bytes, &context()).expect("documented form");
        let view = observation_json(&batch.observations[8]).expect("plain values");
        assert_eq!(
            view["body"],
            json!({"metric": "height", "value": 1830.0, "unit": "mm", "received": 1.83, "receivedUnit": "m"})
        );
        let told = |provider, stream| parse_file(provider, stream, b"{}", &context()).map_err(|e| e.to_string());
        assert_eq!(told("acme", "sleep"), Err("unknown provider acme".to_owned()));
        assert_eq!(
            told("oura", "naps"),
            Err("oura has no stream naps; it has daily_activity, sleep, workout, heartrate, daily_spo2, daily_readiness, \
                 vo2_max, personal_info"
                .to_owned())
        );
        assert!(told("oura", "sleep").expect_err("no list").contains("documented form"));
    }
}
