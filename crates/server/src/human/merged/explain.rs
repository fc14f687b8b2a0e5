//! `mergedFrom`: the parts of a row, and what became of each.

use hilum_merge::{Share, Why};
use hilum_model::{Body, RecordId, Time};
use hilum_store::records::StoredRecord;

use crate::human::json::Json;

/// How much of a part counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::human) enum Used {
    All,
    Part,
    None,
}

/// What a part said.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(in crate::human) enum Said {
    /// Several members, or nothing that is one number.
    Members,
    /// A value in the unit of the row.
    Value(f64),
    /// An amount, and how much of it counts.
    Amount(f64, f64),
    /// Systolic and diastolic pressure.
    Pressure(f64, f64),
}

/// A part of a row.
#[derive(Debug, Clone)]
pub(in crate::human) struct Part {
    /// The id at which it can be read alone; of many samples there is none.
    pub(in crate::human) id: Option<RecordId>,
    pub(in crate::human) source: String,
    pub(in crate::human) device: Option<String>,
    /// The member of the row that it is about, where it is about one.
    pub(in crate::human) member: Option<&'static str>,
    pub(in crate::human) start: Time,
    pub(in crate::human) end: Option<Time>,
    /// How many samples, where the part is of several.
    pub(in crate::human) samples: Option<usize>,
    pub(in crate::human) said: Said,
    pub(in crate::human) used: Used,
    /// Members that come from it.
    pub(in crate::human) fields: Vec<&'static str>,
    pub(in crate::human) why: Why,
}

impl Part {
    /// A record that took part.
    pub(in crate::human) fn of(row: &StoredRecord, source: &str, share: &Share) -> Self {
        let said = match &row.record.body {
            Body::Reading { quantity, .. } => Said::Value(quantity.value),
            Body::BloodPressure { systolic, diastolic, .. } => Said::Pressure(*systolic, *diastolic),
            _ => Said::Members,
        };
        Self {
            id: Some(row.id),
            source: source.to_owned(),
            device: row.record.device.clone(),
            member: None,
            start: row.record.start,
            end: row.record.end,
            samples: None,
            said,
            used: match share.why {
                Why::Leads => Used::All,
                _ if share.fields.is_empty() => Used::None,
                _ => Used::Part,
            },
            fields: share.fields.clone(),
            why: share.why,
        }
    }
}

/// How much of an amount counts. Shares of times are not exact in binary.
pub(super) fn used(told: f64, counted: f64) -> Used {
    let near = |a: f64, b: f64| (a - b).abs() <= 1e-9 * told.abs().max(1.0);
    if near(told, counted) {
        Used::All
    } else if near(counted, 0.0) {
        Used::None
    } else {
        Used::Part
    }
}

/// Writes the member into the object that has been ended last.
pub(in crate::human) fn add(json: &mut Json, parts: &[Part]) {
    json.reopen_object();
    write(json, parts);
    json.end_object();
}

/// Writes the member.
pub(in crate::human) fn write(json: &mut Json, parts: &[Part]) {
    json.key("mergedFrom");
    json.begin_array();
    for part in parts {
        json.begin_object();
        if let Some(id) = &part.id {
            json.id("id", &id.0);
        }
        json.text("source", &part.source);
        if let Some(device) = &part.device {
            json.text("device", device);
        }
        if let Some(member) = part.member {
            json.text("member", member);
        }
        json.time("startTime", part.start);
        if let Some(end) = part.end {
            json.time("endTime", end);
        }
        if let Some(samples) = part.samples {
            json.number("samples", samples as f64);
        }
        match part.said {
            Said::Members => {}
            Said::Value(value) => json.number("value", value),
            Said::Amount(told, counted) => {
                json.number("value", rounded(told));
                json.number("counted", rounded(counted));
            }
            Said::Pressure(systolic, diastolic) => {
                json.number("systolic", systolic);
                json.number("diastolic", diastolic);
            }
        }
        let used = match part.used {
            Used::All => "all",
            Used::Part => "part",
            Used::None => "none",
        };
        json.text("used", used);
        json.text("reason", part.why.word());
        if !part.fields.is_empty() {
            json.key("fields");
            json.begin_array();
            for field in &part.fields {
                json.text_element(field);
            }
            json.end_array();
        }
        json.end_object();
    }
    json.end_array();
}

/// Sums without the dust of binary fractions: a millionth is finer than any source tells.
pub(super) fn rounded(value: f64) -> f64 {
    (value * 1e6).round() / 1e6
}
