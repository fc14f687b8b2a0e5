//! `v2/measure` / `getintradayactivity`: what a watch counted and measured, about once a minute.
//! Source: <https://developer.withings.com/api-reference/#tag/measure/operation/measurev2-getintradayactivity>.

use hilum_model::{Batch, Metric, Offset, Sample, Unit};

use super::{Vital, body, by_second, device, vital};
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// Members that are counted over `duration`.
const COUNTED: [(&str, Metric, Unit); 3] = [
    ("steps", Metric::Steps, Unit::Count),
    ("distance", Metric::Distance, Unit::Metre),
    ("calories", Metric::ActiveEnergy, Unit::Kilocalorie),
];

/// Members that are measured at an instant.
const MEASURED: [(&str, Metric, Unit); 4] = [
    ("heart_rate", Metric::HeartRate, Unit::PerMinute),
    ("spo2_auto", Metric::BloodOxygen, Unit::Percent),
    ("rmssd", Metric::HrvRmssd, Unit::Millisecond),
    ("sdnn1", Metric::HrvSdnn, Unit::Millisecond),
];

/// One day's series, keyed by unix second.
pub(crate) fn intraday(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let body = body(bytes)?;
    let series = by_second(body.get("series")).ok_or_else(|| ParseError("`series` is no object".to_owned()))?;
    let mut batch = Batch::default();
    for (index, (second, entry)) in series.into_iter().enumerate() {
        let (Some(start), Some(entry)) = (second, entry.as_object()) else {
            batch.rejected.push(format!("series[{index}]: no time or no object"));
            continue;
        };
        let device = device(entry, &mut batch);
        let offset = context.time_zone.as_deref().and_then(|zone| Offset::of_zone(zone, start));
        // A day at the most: a longer "minute" is not to be believed.
        let lasted = read::amount_at(entry, "duration").filter(|s| *s <= 86_400.0);
        for (member, metric, unit) in COUNTED {
            if let Some(value) = read::amount_at(entry, member) {
                batch.sample(Sample {
                    metric,
                    device: device.clone(),
                    context: None,
                    start,
                    end: lasted.filter(|s| *s > 0.0).map(|s| start.plus_ms((s * 1000.0).round() as i64)),
                    offset,
                    value,
                    unit,
                });
            }
        }
        for (member, metric, unit) in MEASURED {
            if let Some(value) = read::number_at(entry, member) {
                vital(&mut batch, Vital { time: start, offset, device: device.as_deref() }, metric, value, unit);
            }
        }
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Time};

    use super::*;

    fn lines(batch: &Batch) -> Vec<String> {
        batch
            .observations
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples only") };
                let end = s.end.map_or_else(|| "-".to_owned(), |e| e.unix_s().to_string());
                format!("{} {} {end} {} {:?} {:?}", s.metric.name(), s.start.unix_s(), s.value, s.device, s.offset)
            })
            .collect()
    }

    #[test]
    fn everything_read_is_asked_for() {
        let asked = super::super::asked_for("intraday", "data_fields");
        for (member, _, _) in COUNTED.iter().chain(&MEASURED) {
            assert!(asked.contains(member), "{member}");
        }
    }

    #[test]
    fn minutes_by_hand() {
        let context = Context { received: Time(0), time_zone: Some("Europe/Lisbon".to_owned()) };
        let batch = intraday(include_bytes!("../fixtures/intraday.json"), &context).expect("documented form");
        assert_eq!(
            lines(&batch),
            [
                r#"steps 1790000040 1790000100 88 Some("ScanWatch 2") Some(Offset(60))"#,
                r#"distance 1790000040 1790000100 61.5 Some("ScanWatch 2") Some(Offset(60))"#,
                r#"active_energy 1790000040 1790000100 3.1 Some("ScanWatch 2") Some(Offset(60))"#,
                r#"heart_rate 1790000101 - 93 None Some(Offset(60))"#,
                r#"blood_oxygen 1790000400 - 96 Some("ScanWatch 2") Some(Offset(60))"#,
                r#"hrv_rmssd 1790000400 - 38.5 Some("ScanWatch 2") Some(Offset(60))"#,
                r#"hrv_sdnn 1790000400 - 51 Some("ScanWatch 2") Some(Offset(60))"#,
            ]
        );
        assert_eq!(
            batch.rejected,
            ["heart_rate: not above zero", "series[4]: no time or no object", "series[5]: no time or no object"]
        );
        assert_eq!(batch.facts.devices, ["ScanWatch 2"]);
    }

    #[test]
    fn an_empty_day_comes_as_a_list() {
        let context = Context { received: Time(0), time_zone: None };
        let empty = |text: &str| intraday(text.as_bytes(), &context);
        assert_eq!(empty(r#"{"status":0,"body":{"series":[]}}"#), Ok(Batch::default()));
        assert_eq!(empty(r#"{"status":0,"body":{"series":{}}}"#), Ok(Batch::default()));
        assert!(empty(r#"{"status":0,"body":{"series":[1]}}"#).is_err());
        assert!(empty(r#"{"status":0,"body":{}}"#).is_err());
    }
}
