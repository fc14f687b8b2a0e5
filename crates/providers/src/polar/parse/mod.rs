//! Readers of Polar's answers, one file an endpoint.

mod activities;
mod biosensing;
mod clock;
mod ecg;
mod exercises;
mod heart_rate;
mod physical_info;
mod recharge;
mod sleep;
mod sport;

pub(super) use activities::activities;
pub(super) use biosensing::{body_temperature, skin_temperature, spo2};
pub(super) use ecg::ecg;
pub(super) use exercises::exercises;
pub(super) use heart_rate::heart_rate;
pub(super) use physical_info::physical_info;
pub(super) use recharge::nightly_recharge;
pub(super) use sleep::sleep;

use hilum_model::Batch;
use serde_json::Value;

use crate::spec::ParseError;
use crate::spec::read::{self, Object};

/// Reads every item of a list; `one` returns what is missing where an item can not be read.
fn each(items: &[Value], mut one: impl FnMut(&Object, &mut Batch) -> Result<(), &'static str>) -> Batch {
    let mut batch = Batch::default();
    for (index, item) in items.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| one(item, &mut batch));
        if let Err(what) = result {
            batch.rejected.push(format!("[{index}]: {what}"));
        }
    }
    batch
}

/// The items of an answer that is a list.
fn listed(bytes: &[u8], one: impl FnMut(&Object, &mut Batch) -> Result<(), &'static str>) -> Result<Batch, ParseError> {
    Ok(each(&read::items(bytes)?, one))
}

/// The device's id, which is all that most answers tell.
fn device(item: &Object, name: &str, batch: &mut Batch) -> Option<String> {
    let device = read::text_at(item, name).map(str::to_owned);
    if let Some(name) = &device
        && !batch.facts.devices.contains(name)
    {
        batch.facts.devices.push(name.clone());
    }
    device
}
