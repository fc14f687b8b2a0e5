//! Android Health Connect, as the app HC Webhook posts it from a phone. Source of the shapes: the app's documentation,
//! <https://github.com/mcnaveen/health-connect-webhook>.
//!
//! The format has no ids, no devices and no zones, and the same 48 hours come again and again: an item is known by its
//! type, start and end.

mod records;
mod samples;

use hilum_model::{Batch, Offset, Time};
use serde_json::Value;

use crate::bridge::Bridge;
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// The description. Samsung Health writes into Health Connect, so it answers to that name too.
pub const BRIDGE: Bridge = Bridge {
    id: "health_connect",
    aliases: &["samsung_health", "google_fit"],
    name: "Health Connect",
    summary: "What apps on an Android phone keep, Samsung Health too",
    icon: include_str!("icon.svg"),
    data_types: &[
        "activities",
        "blood_glucose",
        "blood_oxygen",
        "blood_pressure",
        "body_fat",
        "heart_rate",
        "height",
        "meals",
        "sleeps",
        "weight",
    ],
    app: "HC Webhook",
    steps: &[
        "Install the app HC Webhook on the Android phone and let it read Health Connect",
        "In Samsung Health or another app, switch on syncing with Health Connect",
        "In HC Webhook, add a webhook and put the address below into URL, or scan the code",
        "Pick the kinds of data and an interval, and switch it on",
    ],
    parse,
};

/// Reads one post: one list for each kind of data; those that are not known are passed over.
pub fn parse(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    if !top.contains_key("timestamp") && !top.contains_key("app_version") {
        return Err(ParseError("neither `timestamp` nor `app_version`".to_owned()));
    }
    let mut batch = Batch::default();
    for (name, list) in &top {
        let Some(items) = list.as_array() else { continue };
        for (index, item) in items.iter().enumerate() {
            let done = match item.as_object() {
                Some(item) => samples::read(name, item, context, &mut batch)
                    .or_else(|| records::read(name, item, context, &mut batch)),
                None => Some(false),
            };
            if done == Some(false) {
                batch.rejected.push(format!("{name}[{index}]: no time or value"));
            }
        }
    }
    Ok(batch)
}

/// A time, and the person's own offset then: the format has none.
fn time_at(item: &Object, name: &str, context: &Context) -> Option<(Time, Option<Offset>)> {
    let (time, _) = read::rfc3339_at(item, name)?;
    Some((time, context.time_zone.as_deref().and_then(|zone| Offset::of_zone(zone, time))))
}

/// Start and end of an interval.
fn interval(item: &Object, context: &Context) -> Option<(Time, Time, Option<Offset>)> {
    let (start, offset) = time_at(item, "start_time", context)?;
    let (end, _) = read::rfc3339_at(item, "end_time")?;
    (end >= start).then_some((start, end, offset))
}

/// A number that may come as a text.
fn code(item: &Object, name: &str) -> Option<i64> {
    item.get(name).and_then(|value| match value {
        Value::String(text) => text.trim().parse().ok(),
        other => read::integer(other),
    })
}

#[cfg(test)]
mod tests;
