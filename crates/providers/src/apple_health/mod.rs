//! Apple Health, as the app Health Auto Export posts it from an iPhone. The account export (a file) is read by
//! `hilum-files`. Source of the shapes: the app's documentation, <https://github.com/Lybron/health-auto-export>.

mod metrics;
mod nights;
mod quantity;
mod workouts;

use hilum_model::Batch;
use serde_json::Value;

use crate::bridge::Bridge;
use crate::spec::read;
use crate::spec::{Context, ParseError};

/// The description.
pub const BRIDGE: Bridge = Bridge {
    id: "apple_health",
    aliases: &["apple"],
    name: "Apple Health",
    summary: "Everything in the Health app of an iPhone",
    icon: include_str!("icon.svg"),
    data_types: &[
        "activities",
        "blood_glucose",
        "blood_oxygen",
        "blood_pressure",
        "bmi",
        "body_fat",
        "heart_rate",
        "height",
        "sleeps",
        "weight",
    ],
    app: "Health Auto Export",
    steps: &[
        "Install the app Health Auto Export on the iPhone and let it read Health",
        "In the app, open Automations, choose New Automation and then REST API",
        "Put the address below into URL, or scan the code with the camera and copy it",
        "Choose JSON as the format, pick the health metrics and workouts, and switch the automation on",
    ],
    parse,
};

/// Reads one post: `{"data": {"metrics": […], "workouts": […], …}}`. Lists of kinds that are not normalised (state of
/// mind, medications, symptoms, cycle tracking) are passed over.
pub fn parse(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let data = read::object_at(&top, "data").ok_or_else(|| ParseError("`data` is no object".to_owned()))?;
    let mut batch = Batch::default();
    for (index, metric) in items(data.get("metrics")).iter().enumerate() {
        match metric.as_object() {
            Some(metric) => metrics::read(metric, &mut batch),
            None => batch.rejected.push(format!("metrics[{index}]: no object")),
        }
    }
    for (index, workout) in items(data.get("workouts")).iter().enumerate() {
        let read = workout.as_object().and_then(|workout| workouts::read(workout, &mut batch));
        if read.is_none() {
            batch.rejected.push(format!("workouts[{index}]: no start or end"));
        }
    }
    Ok(batch)
}

/// The items of a list; a missing or odd one has none.
fn items(value: Option<&Value>) -> &[Value] {
    value.and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests;
