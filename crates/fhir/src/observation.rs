//! What all observations have in common.

use hilum_model::{Day, Offset, Time};
use serde_json::{Map, Value, json};

use crate::{OWN, concept, date_time, decimal, instant, object, quantity};

/// Where an observation comes from.
#[derive(Debug, Clone, Copy)]
pub struct Origin<'a> {
    /// Logical id: the public id of the record or sample.
    pub id: &'a str,
    /// `humanId`.
    pub human_id: &'a str,
    /// Source.
    pub source: &'a str,
    /// Connection.
    pub connection: &'a str,
    /// Logical id of the `Device`, where there is one, and its name.
    pub device: Option<(Option<&'a str>, &'a str)>,
    /// First stored.
    pub created_at: Time,
    /// Last changed.
    pub updated_at: Time,
}

/// An `Observation` in the making.
pub(crate) struct Observation(Map<String, Value>);

impl Observation {
    pub(crate) fn new(origin: &Origin<'_>, category: &str, code: Value, profile: Option<String>) -> Self {
        let mut meta = object(json!({
            "lastUpdated": instant(origin.updated_at),
            "source": format!("{OWN}/source/{}#{}", origin.source, origin.connection),
        }));
        if let Some(profile) = profile {
            meta.insert("profile".to_owned(), json!([profile]));
        }
        let mut all = Map::new();
        let mut put = |name: &str, value: Value| all.insert(name.to_owned(), value);
        put("resourceType", "Observation".into());
        put("id", origin.id.into());
        put("meta", Value::Object(meta));
        put("status", "final".into());
        let system = "http://terminology.hl7.org/CodeSystem/observation-category";
        put("category", json!([{ "coding": [{ "system": system, "code": category }] }]));
        put("code", code);
        put("subject", json!({ "reference": format!("Patient/{}", origin.human_id) }));
        put("issued", instant(origin.created_at));
        if let Some((id, name)) = origin.device {
            let mut device = object(json!({ "display": name }));
            if let Some(id) = id {
                device.insert("reference".to_owned(), format!("Device/{id}").into());
            }
            put("device", Value::Object(device));
        }
        Self(all)
    }

    fn put(mut self, name: &str, value: Value) -> Self {
        self.0.insert(name.to_owned(), value);
        self
    }

    /// An instant, or a stretch.
    pub(crate) fn at(self, start: Time, end: Option<Time>, offset: Option<Offset>) -> Self {
        match end {
            None => self.put("effectiveDateTime", date_time(start, offset)),
            Some(end) => {
                let period = json!({ "start": date_time(start, offset), "end": date_time(end, offset) });
                self.put("effectivePeriod", period)
            }
        }
    }

    /// A civil day.
    pub(crate) fn on(self, day: Day) -> Self {
        self.put("effectiveDateTime", day.to_string().into())
    }

    pub(crate) fn quantity(self, (value, unit): (f64, &str)) -> Self {
        self.put("valueQuantity", quantity(value, unit))
    }

    pub(crate) fn text(self, text: &str) -> Self {
        if text.is_empty() { self } else { self.put("valueString", text.into()) }
    }

    /// One of a source's or our own words.
    pub(crate) fn word(self, word: &str) -> Self {
        if word.is_empty() { self } else { self.put("valueCodeableConcept", json!({ "text": word })) }
    }

    /// A wave: numbers at equal distances, ms.
    pub(crate) fn wave(self, (unit, period_ms): (&str, f64), data: &str) -> Self {
        let origin = quantity(0.0, unit);
        let wave = json!({ "origin": origin, "period": decimal(period_ms), "dimensions": 1, "data": data });
        self.put("valueSampledData", wave)
    }

    /// Adds components, those that are told.
    pub(crate) fn components(self, all: impl IntoIterator<Item = Component>) -> Self {
        let all: Vec<Value> = all.into_iter().filter_map(|one| one.0).collect();
        if all.is_empty() { self } else { self.put("component", Value::Array(all)) }
    }

    pub(crate) fn finish(self) -> Value {
        Value::Object(self.0)
    }
}

/// A part of an observation; empty where the source does not tell it.
pub(crate) struct Component(Option<Value>);

impl Component {
    pub(crate) fn number(loinc: &[&str], name: &str, value: Option<f64>, unit: &str) -> Self {
        let part = |value| json!({ "code": concept(loinc, name), "valueQuantity": quantity(value, unit) });
        Self(value.map(part))
    }

    pub(crate) fn text(name: &str, text: Option<&str>) -> Self {
        let text = text.filter(|text| !text.is_empty());
        Self(text.map(|text| json!({ "code": concept(&[], name), "valueString": text })))
    }
}
