//! Which source is believed, as an app or a person sets it.

use std::collections::BTreeMap;

use hilum_model::{DeviceKind, Metric};
use serde_json::{Map, Value};

/// What a list of priorities is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Everything that has no list of its own.
    Default,
    /// Values of a metric.
    Metric(Metric),
    /// Blood pressures.
    BloodPressure,
    /// Workouts.
    Activities,
    /// Nights and naps.
    Sleeps,
}

impl Subject {
    /// The name in paths and lists.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Default => "default",
            Self::Metric(metric) => metric.name(),
            Self::BloodPressure => "blood_pressure",
            Self::Activities => "activities",
            Self::Sleeps => "sleeps",
        }
    }

    /// The subject of that name.
    pub fn named(name: &str) -> Option<Self> {
        [Self::Default, Self::BloodPressure, Self::Activities, Self::Sleeps]
            .into_iter()
            .chain(Metric::ALL.into_iter().map(Self::Metric))
            .find(|subject| subject.name() == name)
    }
}

/// A source, a kind of device, or both.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The source's id; `None` for any.
    pub source: Option<String>,
    /// The kind of device; `None` for any.
    pub kind: Option<DeviceKind>,
}

/// Lists of choices by subject, best first.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Priorities(BTreeMap<Subject, Vec<Choice>>);

/// Most choices of one list.
pub const MOST_CHOICES: usize = 32;

/// Priorities that are not of their form. Nothing of what was sent is repeated.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PrioritiesError {
    /// Not an object of lists of texts.
    #[error("the body has to be a JSON object whose members are lists of texts")]
    Form,
    /// A name that is neither a metric nor another subject; its place, from 1.
    #[error("member {0} is named after nothing that can be merged")]
    UnknownSubject(usize),
    /// A source that does not exist.
    #[error("entry {place} of {} names a source that does not exist", subject.name())]
    UnknownSource {
        /// The list.
        subject: Subject,
        /// The place in it, from 1.
        place: usize,
    },
    /// A kind of device that does not exist.
    #[error("entry {place} of {} names a kind of device that does not exist", subject.name())]
    UnknownKind {
        /// The list.
        subject: Subject,
        /// The place in it, from 1.
        place: usize,
    },
    /// The same choice twice.
    #[error("entry {place} of {} is there before", subject.name())]
    Twice {
        /// The list.
        subject: Subject,
        /// The place in it, from 1.
        place: usize,
    },
    /// A list that is too long.
    #[error("{} has more than {MOST_CHOICES} entries", subject.name())]
    TooMany {
        /// The list.
        subject: Subject,
    },
}

impl Priorities {
    /// Reads them from an object such as `{"steps": ["garmin", "apple_health/watch", "*/phone"]}`. `source` gives the id
    /// of a source by its id or another name.
    pub fn read(
        object: &Map<String, Value>,
        mut source: impl FnMut(&str) -> Option<String>,
    ) -> Result<Self, PrioritiesError> {
        let mut lists = BTreeMap::new();
        for (place, (name, list)) in object.iter().enumerate() {
            let subject = Subject::named(name).ok_or(PrioritiesError::UnknownSubject(place + 1))?;
            let list = list.as_array().ok_or(PrioritiesError::Form)?;
            if list.len() > MOST_CHOICES {
                return Err(PrioritiesError::TooMany { subject });
            }
            let mut choices: Vec<Choice> = Vec::with_capacity(list.len());
            for (place, entry) in list.iter().enumerate() {
                let place = place + 1;
                let text = entry.as_str().ok_or(PrioritiesError::Form)?;
                let (name, kind) = text.split_once('/').map_or((text, None), |(name, kind)| (name, Some(kind)));
                let kind = match kind {
                    Some(word) => {
                        Some(DeviceKind::from_word(word).ok_or(PrioritiesError::UnknownKind { subject, place })?)
                    }
                    None => None,
                };
                // A star alone would be everything.
                let id = match name {
                    "*" if kind.is_some() => None,
                    name => Some(source(name).ok_or(PrioritiesError::UnknownSource { subject, place })?),
                };
                let choice = Choice { source: id, kind };
                if choices.contains(&choice) {
                    return Err(PrioritiesError::Twice { subject, place });
                }
                choices.push(choice);
            }
            if !choices.is_empty() {
                lists.insert(subject, choices);
            }
        }
        Ok(Self(lists))
    }

    /// As [`Priorities::read`] takes them.
    pub fn to_json(&self) -> Map<String, Value> {
        let text = |choice: &Choice| {
            let source = choice.source.as_deref().unwrap_or("*");
            Value::String(choice.kind.map_or_else(|| source.to_owned(), |kind| format!("{source}/{}", kind.word())))
        };
        let list = |(subject, list): (&Subject, &Vec<Choice>)| {
            (subject.name().to_owned(), Value::Array(list.iter().map(text).collect()))
        };
        self.0.iter().map(list).collect()
    }

    /// The list of a subject, empty where none is set.
    pub(crate) fn list(&self, subject: Subject) -> &[Choice] {
        self.0.get(&subject).map_or(&[], Vec::as_slice)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<Priorities, PrioritiesError> {
        let known = |name: &str| match name {
            "garmin" | "apple_health" | "google_health" => Some(name.to_owned()),
            "fitbit" => Some("google_health".to_owned()),
            _ => None,
        };
        Priorities::read(value.as_object().expect("an object"), known)
    }

    #[test]
    fn lists_read_back() {
        let told = json!({"default": ["fitbit"], "steps": ["garmin", "apple_health/watch", "*/phone"], "sleeps": []});
        let back = json!({"default": ["google_health"], "steps": ["garmin", "apple_health/watch", "*/phone"]});
        let priorities = read(&told).expect("priorities");
        assert_eq!(Value::Object(priorities.to_json()), back);
        assert_eq!(read(&back), Ok(priorities));
        assert_eq!(read(&json!({})), Ok(Priorities::default()));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        use PrioritiesError as E;
        let steps = Subject::Metric(Metric::Steps);
        for (told, error) in [
            (json!({"steps": ["garmin"], "stepps": ["garmin"]}), E::UnknownSubject(2)),
            (json!({"steps": "garmin"}), E::Form),
            (json!({"steps": [1]}), E::Form),
            (json!({"steps": ["garmin", "garmeen"]}), E::UnknownSource { subject: steps, place: 2 }),
            (json!({"steps": ["*"]}), E::UnknownSource { subject: steps, place: 1 }),
            (json!({"steps": ["garmin/watches"]}), E::UnknownKind { subject: steps, place: 1 }),
            (json!({"steps": ["garmin", "fitbit", "garmin"]}), E::Twice { subject: steps, place: 3 }),
            (json!({"steps": vec!["garmin"; 33]}), E::TooMany { subject: steps }),
        ] {
            assert_eq!(read(&told), Err(error), "{told}");
        }
    }
}
