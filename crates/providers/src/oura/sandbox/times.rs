//! The time series of the heart.

use hilum_model::Day;
use serde_json::json;

use crate::persona::{Doing, SLOT_S};
use crate::sandbox::{Ask, Item};

/// Every five minutes, every minute in sport; times are UTC.
pub(super) fn heart(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let minutes = ask.story.minutes(day);
    minutes
        .within(minutes.start, ask.now)
        .filter(|(at, minute)| at.unix_s() % SLOT_S == 0 || matches!(minute.doing, Doing::Sport(_)))
        .map(|(at, minute)| {
            let source = match minute.doing {
                Doing::InBed(_) => "sleep",
                Doing::Up => "awake",
                Doing::Sport(_) => "workout",
            };
            let timestamp = format!("{}+00:00", &at.to_iso()[..19]);
            Item { day, at, json: json!({"bpm": minute.bpm, "source": source, "timestamp": timestamp}) }
        })
        .collect()
}
