//! The person, what measured them, and the end of a stream.

use std::collections::BTreeMap;

use hilum_model::Time;
use serde_json::{Map, Value, json};

use crate::{OWN, instant};

/// Who a `Patient` is.
#[derive(Debug, Clone, Copy)]
pub struct Person<'a> {
    /// `humanId`, which becomes the logical id.
    pub human_id: &'a str,
    /// The app's own id.
    pub client_user_id: &'a str,
    /// E-mail, where a source told it.
    pub email: Option<&'a str>,
    /// A source's word.
    pub gender: Option<&'a str>,
    /// Changed last.
    pub updated_at: Time,
}

/// The `Patient`.
pub fn patient(person: &Person<'_>) -> Value {
    let mut all = Map::new();
    all.insert("resourceType".to_owned(), "Patient".into());
    all.insert("id".to_owned(), person.human_id.into());
    all.insert("meta".to_owned(), json!({ "lastUpdated": instant(person.updated_at) }));
    let identifier = json!([{ "system": format!("{OWN}/client-user-id"), "value": person.client_user_id }]);
    all.insert("identifier".to_owned(), identifier);
    if let Some(email) = person.email {
        all.insert("telecom".to_owned(), json!([{ "system": "email", "value": email }]));
    }
    if let Some(gender) = person.gender {
        // Source: value set administrative-gender.
        let known = ["male", "female", "other"].into_iter().find(|known| gender.eq_ignore_ascii_case(known));
        all.insert("gender".to_owned(), known.unwrap_or("unknown").into());
    }
    Value::Object(all)
}

/// A `Device`, by the name that its source has for it.
pub fn device(id: &str, human_id: &str, name: &str) -> Value {
    json!({
        "resourceType": "Device",
        "id": id,
        "deviceName": [{ "name": name, "type": "user-friendly-name" }],
        "patient": { "reference": format!("Patient/{human_id}") },
    })
}

/// The last resource of a stream, an `OperationOutcome`: how many of each type came before it, and what has no resource.
pub fn end(sent: &BTreeMap<&str, u64>, left_out: &BTreeMap<&str, u64>, changed: bool) -> Value {
    let list = |counts: &BTreeMap<&str, u64>| {
        let each: Vec<String> = counts.iter().map(|(name, count)| format!("{count} {name}")).collect();
        if each.is_empty() { "nothing".to_owned() } else { each.join(", ") }
    };
    let mut issues = vec![
        json!({ "severity": "information", "code": "informational",
            "diagnostics": format!("End of the export. Sent: {}.", list(sent)) }),
        json!({ "severity": "information", "code": "not-supported",
            "diagnostics": format!("Without a resource: {}.", list(left_out)) }),
    ];
    if changed {
        issues.push(json!({ "severity": "information", "code": "informational",
            "diagnostics": "Something was stored while the export ran." }));
    }
    json!({ "resourceType": "OperationOutcome", "issue": issues })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_patient_by_hand() {
        let person = Person {
            human_id: "6f0d96ac999b9de597c0aa26b5c1ece3",
            client_user_id: "patient-17",
            email: Some("p17@example.org"),
            gender: Some("Female"),
            updated_at: Time(0),
        };
        let expected = json!({
            "resourceType": "Patient",
            "id": "6f0d96ac999b9de597c0aa26b5c1ece3",
            "meta": { "lastUpdated": "1970-01-01T00:00:00.000Z" },
            "identifier": [{
                "system": "https://github.com/hilum-health/hilum/fhir/client-user-id", "value": "patient-17"
            }],
            "telecom": [{ "system": "email", "value": "p17@example.org" }],
            "gender": "female",
        });
        assert_eq!(patient(&person), expected);
        assert_eq!(patient(&Person { gender: Some("X"), ..person })["gender"], "unknown");
        assert_eq!(patient(&Person { gender: None, ..person }).get("gender"), None);
    }

    #[test]
    fn the_end_counts() {
        let end = end(&BTreeMap::from([("Device", 1), ("Observation", 3)]), &BTreeMap::new(), true);
        assert_eq!(end["issue"][0]["diagnostics"], "End of the export. Sent: 1 Device, 3 Observation.");
        assert_eq!(end["issue"][1]["diagnostics"], "Without a resource: nothing.");
        assert_eq!(end["issue"].as_array().expect("issues").len(), 3);
    }
}
