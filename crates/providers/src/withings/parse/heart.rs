//! `v2/heart`: electrocardiograms. The list tells when and by what, `get` the voltage.
//! Source: <https://developer.withings.com/api-reference/#tag/heart>.

use hilum_model::observation::Ecg;
use hilum_model::{Batch, Body, Record};
use serde_json::{Value, json};

use super::{body, device, offset};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError, Request, Wanted};

/// Ten minutes at 500 a second: more is no recording of a watch or cuff.
const MOST_SAMPLES: usize = 300_000;

/// The list: of its recordings the record is made when the voltage comes. A cuff's blood pressure and pulse come with
/// `measures`.
pub(crate) fn heart(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let body = body(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&body, "series")?.iter().enumerate() {
        let Some(item) = item.as_object() else {
            batch.rejected.push(format!("series[{index}]: no object"));
            continue;
        };
        if item.get("ecg").is_none_or(Value::is_null) {
            continue;
        }
        if signal_id(item).is_none() || record(item, context, &mut batch).is_none() {
            batch.rejected.push(format!("series[{index}]: no signalid or no timestamp"));
        }
    }
    Ok(batch)
}

/// The voltages of a page's recordings.
pub(crate) fn signals(bytes: &[u8], _: &Context) -> Result<Vec<Wanted>, ParseError> {
    let body = body(bytes)?;
    let one = |item: &Object| {
        let id = signal_id(item)?;
        read::unix_at(item, "timestamp")?;
        let request = Request::post_form("/v2/heart").with("action", "get").with("signalid", id.clone());
        Some(Wanted { key: id, request, item: Value::Object(item.clone()) })
    };
    Ok(read::list(&body, "series")?.iter().filter_map(Value::as_object).filter_map(one).collect())
}

/// A recording with its voltage, µV.
pub(crate) fn signal(bytes: &[u8], wanted: &Wanted, context: &Context) -> Result<Batch, ParseError> {
    let told = body(bytes)?;
    let signal = read::list(&told, "signal")?;
    if signal.len() > MOST_SAMPLES {
        return Err(ParseError("`signal` is too long".to_owned()));
    }
    let mut batch = Batch::default();
    let item = wanted.item.as_object().ok_or_else(|| ParseError("the recording is not known".to_owned()))?;
    let mut record = record(item, context, &mut batch).ok_or_else(|| ParseError("no timestamp".to_owned()))?;
    record.key.clone_from(&wanted.key);
    let microvolts: Option<Vec<f32>> = signal.iter().map(|v| read::number(v).map(|v| v as f32)).collect();
    let frequency_hz = read::number_at(&told, "sampling_frequency").filter(|hz| (1.0..=10_000.0).contains(hz));
    if microvolts.is_none() {
        batch.rejected.push("signal: a value is no number".to_owned());
    }
    let microvolts = microvolts.unwrap_or_default();
    let seconds = frequency_hz.map(|hz| microvolts.len() as f64 / hz).filter(|s| *s > 0.0);
    record.end = seconds.map(|s| record.start.plus_ms((s * 1000.0).round() as i64));
    if let Some(position) = read::integer_at(&told, "wearposition") {
        record.source_data.insert("wearposition".to_owned(), json!(position));
    }
    if let Body::Ecg(ecg) = &mut record.body {
        (ecg.frequency_hz, ecg.microvolts) = (frequency_hz, microvolts);
    }
    batch.record(record);
    Ok(batch)
}

fn signal_id(item: &Object) -> Option<String> {
    read::id_at(read::object_at(item, "ecg")?, "signalid")
}

/// What the list tells of a recording.
fn record(item: &Object, context: &Context, batch: &mut Batch) -> Option<Record> {
    let start = read::unix_at(item, "timestamp")?;
    let offset = offset(item, context, start);
    let found = read::object_at(item, "ecg").and_then(|ecg| read::integer_at(ecg, "afib"));
    let mut source_data = Object::new();
    // "No fibrillation" is not yet a sinus rhythm, so 0 is left to those who read the number.
    source_data.extend(found.map(|found| ("afib".to_owned(), json!(found))));
    Some(Record {
        key: String::new(),
        device: device(item, batch),
        start,
        end: None,
        offset,
        day: start.civil_day(offset),
        body: Body::Ecg(Ecg {
            classification: match found {
                Some(1) => Some("atrial_fibrillation".to_owned()),
                Some(2) => Some("inconclusive".to_owned()),
                _ => None,
            },
            heart_rate_avg: read::positive_at(item, "heart_rate"),
            ..Ecg::default()
        }),
        source_data,
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset, Time};

    use super::*;

    #[test]
    fn recordings_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let list = include_bytes!("../fixtures/ecg.json");
        let batch = heart(list, &context).expect("documented form");
        // They are stored with their voltage.
        assert_eq!(batch.observations, []);
        assert_eq!(batch.rejected, ["series[2]: no signalid or no timestamp"]);
        let wanted = signals(list, &context).expect("documented form");
        let [one, other] = wanted.as_slice() else { panic!("two recordings: {wanted:?}") };
        assert_eq!((one.key.as_str(), one.request.path.as_str()), ("7788", "/v2/heart"));
        let param = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(one.request.params, [param("action", "get"), param("signalid", "7788")]);
        let batch = signal(include_bytes!("../fixtures/detail/ecg.json"), one, &context).expect("documented form");
        let [Observation::Record(record)] = batch.observations.as_slice() else { panic!("one record") };
        // 1,790,000,000 s is 2026-09-21T14:13:20Z; Lisbon is at +01:00 then.
        assert_eq!((record.key.as_str(), record.start.to_iso().as_str()), ("7788", "2026-09-21T14:13:20.000Z"));
        assert_eq!((record.offset, record.day.to_string().as_str()), (Some(Offset(60)), "2026-09-21"));
        // Five values at 500 a second.
        assert_eq!(record.end.map(|end| end.since_ms(record.start)), Some(10));
        assert_eq!(
            record.body,
            Body::Ecg(Ecg {
                heart_rate_avg: Some(66.0),
                frequency_hz: Some(500.0),
                microvolts: vec![12.0, 18.0, 25.0, -40.0, 1100.0],
                ..Ecg::default()
            })
        );
        assert_eq!(Value::Object(record.source_data.clone()), json!({"afib": 0, "wearposition": 0}));
        assert_eq!(record.device.as_deref(), Some("ScanWatch 2"));
        let bare = signal(br#"{"status":0,"body":{"signal":[]}}"#, other, &context).expect("documented form");
        let [Observation::Record(bare)] = bare.observations.as_slice() else { panic!("one record") };
        let Body::Ecg(ecg) = &bare.body else { panic!("an ECG") };
        assert_eq!((ecg.classification.as_deref(), bare.end), (Some("atrial_fibrillation"), None));
    }
}
