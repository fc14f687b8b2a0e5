//! What Polar posts to the callback. Source: <https://www.polar.com/accesslink-api/#webhooks>.

use hilum_model::{Day, Time};
use serde_json::Value;

use crate::spec::{Notice, id_text};

/// What notices are asked for.
pub(super) const EVENTS: [&str; 5] =
    ["EXERCISE", "SLEEP", "CONTINUOUS_HEART_RATE", "ACTIVITY_SUMMARY", "PHYSICAL_INFORMATION"];

/// One event a body, with its `date` or `from` and `to` where it is about days.
pub(super) fn read(body: &Value, _: Time) -> Vec<Notice> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let Some(account) = body.get("user_id").and_then(id_text) else { return Vec::new() };
    let streams = match text("event") {
        Some("EXERCISE") => vec!["exercises"],
        Some("SLEEP") => vec!["sleep", "nightly_recharge", "skin_temperature"],
        Some("CONTINUOUS_HEART_RATE") => vec!["continuous_heart_rate"],
        Some("ACTIVITY_SUMMARY") => vec!["activities"],
        Some("PHYSICAL_INFORMATION") => vec!["physical_info"],
        _ => return Vec::new(),
    };
    let day = |name: &str| text(name).and_then(|t| Day::parse(t.get(..10)?).ok());
    let days = day("date").map(|d| (d, d)).or_else(|| day("from").zip(day("to")).filter(|(from, to)| from <= to));
    vec![Notice::Look { account, streams, days }]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_by_hand() {
        let day = |text| Day::parse(text).expect(text);
        let look = |streams: &[&'static str], days| {
            vec![Notice::Look { account: "12345".to_owned(), streams: streams.to_vec(), days }]
        };
        let of = |body: Value| read(&body, Time(0));
        assert_eq!(
            of(
                json!({"event": "EXERCISE", "user_id": 12345, "entity_id": "2AC312F", "timestamp": "2026-03-04T17:05:00Z",
                "url": "https://www.polaraccesslink.com/v3/exercises/2AC312F"})
            ),
            look(&["exercises"], None)
        );
        assert_eq!(
            of(json!({"event": "SLEEP", "user_id": 12345, "date": "2026-03-04"})),
            look(&["sleep", "nightly_recharge", "skin_temperature"], Some((day("2026-03-04"), day("2026-03-04"))))
        );
        assert_eq!(
            of(json!({"event": "ACTIVITY_SUMMARY", "user_id": "12345", "from": "2026-03-01", "to": "2026-03-04"})),
            look(&["activities"], Some((day("2026-03-01"), day("2026-03-04"))))
        );
        for nothing in [json!({"event": "SLEEP_WISE_ALERTNESS", "user_id": 1}), json!({"event": "SLEEP"}), json!(null)]
        {
            assert_eq!(of(nothing), []);
        }
    }
}
