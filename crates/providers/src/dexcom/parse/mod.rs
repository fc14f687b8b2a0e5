//! Readers of Dexcom's answers, one file an endpoint.

mod egvs;
mod events;

pub(super) use egvs::egvs;
pub(super) use events::events;

use hilum_model::{Batch, Offset, Time};

use crate::spec::ParseError;
use crate::spec::read::{self, Object};

/// Reads every item of `records`; `one` returns what is missing where an item can not be read.
fn records(
    bytes: &[u8],
    mut one: impl FnMut(&Object, &mut Batch) -> Result<(), &'static str>,
) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&top, "records")?.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| one(item, &mut batch));
        if let Err(what) = result {
            batch.rejected.push(format!("records[{index}]: {what}"));
        }
    }
    Ok(batch)
}

/// `systemTime`, UTC also where it does not say so; and the offset of `displayTime`, which is what the device showed:
/// the one written in it, else the difference, to a quarter of an hour as zones have it.
fn times(item: &Object) -> Option<(Time, Option<Offset>)> {
    let text = read::text_at(item, "systemTime")?;
    let time = match Time::parse_rfc3339(text) {
        Ok((time, _)) => read::in_range(time)?,
        Err(_) => read::bare(text)?,
    };
    let offset = read::text_at(item, "displayTime").and_then(|text| match Time::parse_rfc3339(text) {
        Ok((_, offset)) if !text.ends_with(['Z', 'z']) => Some(offset),
        _ => {
            let minutes = read::bare(text)?.since_ms(time) as f64 / 60_000.0;
            let quarters = (minutes / 15.0).round();
            // A display that is minutes off is a clock set wrong, not a zone.
            if (minutes - quarters * 15.0).abs() > 2.0 { None } else { read::offset(quarters as i64 * 15) }
        }
    });
    Some((time, offset))
}

/// The transmitter's generation names the device ("Dexcom G7"); `displayDevice` only what it was read with.
fn device(item: &Object, batch: &mut Batch) -> Option<String> {
    let generation = read::text_at(item, "transmitterGeneration").filter(|g| *g != "unknown")?;
    let name = match generation {
        "dexcomPro" => "Dexcom Pro".to_owned(),
        other => format!("Dexcom {}", other.to_uppercase()),
    };
    if !batch.facts.devices.contains(&name) {
        batch.facts.devices.push(name.clone());
    }
    Some(name)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn times_in_every_form() {
        let read = |system: &str, display: &str| {
            let item = json!({"systemTime": system, "displayTime": display});
            times(item.as_object().expect("an object")).map(|(t, o)| (t.to_iso(), o.map(|o| o.0)))
        };
        let at = |text: &str, offset| Some((text.to_owned(), offset));
        let seven = "2026-03-04T07:05:11.000Z";
        assert_eq!(read("2026-03-04T07:05:11Z", "2026-03-04T08:05:11+01:00"), at(seven, Some(60)));
        assert_eq!(read("2026-03-04T07:05:11", "2026-03-04T08:05:11"), at(seven, Some(60)));
        assert_eq!(read("2026-03-04T07:05", "2026-03-04T02:05"), at("2026-03-04T07:05:00.000Z", Some(-300)));
        // A Z behind a local time says nothing; a display seven minutes off is set wrong.
        assert_eq!(read("2026-03-04T07:05:11Z", "2026-03-04T12:35:40Z"), at(seven, Some(330)));
        assert_eq!(read("2026-03-04T07:05:11Z", "2026-03-04T08:12:11"), at(seven, None));
        assert_eq!(read("2026-03-04T07:05:11Z", "noon"), at(seven, None));
        assert_eq!(read("yesterday", "2026-03-04T08:05:11+01:00"), None);
    }
}
