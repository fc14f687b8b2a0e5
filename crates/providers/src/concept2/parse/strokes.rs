//! `results/{id}/strokes`: a piece stroke by stroke.
//! Source: <https://log.concept2.com/developers/documentation/#logbook-users-results-strokes>.

use hilum_model::{Batch, Metric, Sample, Time, Unit};
use serde_json::Value;

use crate::spec::read;
use crate::spec::{Context, ParseError, Wanted};

/// Points; their context is the piece's key. `t` counts tenths of a second; in a piece of intervals it begins again at
/// each, and what lay before is added. `p` is the pace: tenths of a second for 500 m.
pub(crate) fn strokes(bytes: &[u8], wanted: &Wanted, _: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let start = wanted.item.get("start_ms").and_then(Value::as_i64).map(Time);
    let start = start.ok_or_else(|| ParseError("the piece has no start".to_owned()))?;
    let offset = wanted.item.get("offset_min").and_then(Value::as_i64).and_then(read::offset);
    let mut batch = Batch::default();
    let (mut before, mut last) = (0.0, 0.0);
    for (index, stroke) in read::list(&top, "data")?.iter().enumerate() {
        // A year in one piece is too long to be believed.
        let tenths = |s| read::amount_at(s, "t").filter(|t| *t <= 315_360_000.0);
        let Some((stroke, tenths)) = stroke.as_object().and_then(|s| Some((s, tenths(s)?))) else {
            batch.rejected.push(format!("data[{index}]: no time"));
            continue;
        };
        if tenths < last {
            before += last;
        }
        last = tenths;
        let at = start.plus_ms(((before + tenths) * 100.0).round() as i64);
        let pace = read::positive_at(stroke, "p");
        for (metric, unit, value) in [
            (Metric::HeartRate, Unit::PerMinute, read::positive_at(stroke, "hr")),
            (Metric::Cadence, Unit::PerMinute, read::positive_at(stroke, "spm")),
            (Metric::Speed, Unit::MetrePerSecond, pace.map(|tenths| 5000.0 / tenths)),
        ] {
            let Some(value) = value else { continue };
            let (device, context, end) = (None, Some(wanted.key.clone()), None);
            batch.sample(Sample { metric, device, context, start: at, end, offset, value, unit });
        }
    }
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_model::{Observation, Offset};
    use serde_json::json;

    use super::*;
    use crate::spec::Request;

    #[test]
    fn strokes_by_hand() {
        let wanted = Wanted {
            key: "90210".to_owned(),
            request: Request::get("/x"),
            item: json!({"start_ms": 1_772_642_460_000_i64, "offset_min": 60}),
        };
        let context = Context { received: Time(0), time_zone: None };
        let batch =
            strokes(include_bytes!("../fixtures/detail/results.json"), &wanted, &context).expect("documented form");
        assert_eq!(batch.rejected, ["data[3]: no time"]);
        let lines: Vec<String> = batch
            .observations
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples only") };
                assert_eq!((s.context.as_deref(), s.offset), (Some("90210"), Some(Offset(60))));
                format!("{} {} {}", s.metric.name(), s.start.0 - 1_772_642_460_000, s.value)
            })
            .collect();
        assert_eq!(
            lines,
            [
                "heart_rate 2300 104",
                "cadence 2300 23",
                // 125.0 s for 500 m is 4 m/s.
                "speed 2300 4",
                "cadence 4900 24",
                // The next interval: its 1.1 s come after the 4.9 s of the first.
                "heart_rate 6000 120",
            ]
        );
    }
}
