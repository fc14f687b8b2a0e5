//! Readers of Oura's answers, one file an endpoint.

mod daily_activity;
mod daily_readiness;
mod daily_spo2;
mod heartrate;
mod personal_info;
mod sleep;
mod vo2_max;
mod workout;

pub(super) use daily_activity::daily_activity;
pub(super) use daily_readiness::daily_readiness;
pub(super) use daily_spo2::daily_spo2;
pub(super) use heartrate::heartrate;
pub(super) use personal_info::personal_info;
pub(super) use sleep::sleep;
pub(super) use vo2_max::vo2_max;
pub(super) use workout::workout;

use hilum_model::{Batch, Day, Metric, Sample, Unit};

use crate::spec::ParseError;
use crate::spec::read::{self, Object};

/// Reads every document of `data`; `one` returns what is missing where a document can not be read.
fn documents(
    bytes: &[u8],
    mut one: impl FnMut(&Object, &mut Batch) -> Result<(), &'static str>,
) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&top, "data")?.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| one(item, &mut batch));
        if let Err(what) = result {
            batch.rejected.push(format!("data[{index}]: {what}"));
        }
    }
    Ok(batch)
}

/// Adds what Oura tells of a night for a day and without a time. The sample stands at midnight UTC of that day, without
/// an offset: so it falls on the right day wherever it is read, and a time zone learnt later does not move it (which
/// would store the same night twice).
fn of_night(batch: &mut Batch, day: Day, metric: Metric, value: f64, unit: Unit) {
    batch.sample(Sample {
        metric,
        device: None,
        context: Some("daily_average".to_owned()),
        start: day.start_utc(),
        end: None,
        offset: None,
        value,
        unit,
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_an_object_with_data() {
        for bad in ["", "[]", "null", "{}", r#"{"data":{}}"#, r#"{"detail":[]}"#, "<html></html>", r#"{"data":["#] {
            assert!(documents(bad.as_bytes(), |_, _| Ok(())).is_err(), "{bad}");
        }
        assert_eq!(documents(br#"{"data":[],"next_token":null}"#, |_, _| Err("never asked")), Ok(Batch::default()));
    }
}
