//! What Wahoo posts to the callback. Source: <https://cloud-api.wahooligan.com/#webhooks>.

use hilum_model::Time;
use serde_json::Value;

use crate::spec::{Notice, id_text};

/// One event a body: a workout has a summary, or a new one. The list has no windows, so no days are named.
pub(super) fn read(body: &Value, _: Time) -> Vec<Notice> {
    // One document calls it `event`.
    let event = body.get("event_type").or_else(|| body.get("event")).and_then(Value::as_str);
    let account = body.pointer("/user/id").and_then(id_text);
    match (event, account) {
        (Some("workout_summary"), Some(account)) => {
            vec![Notice::Look { account, streams: vec!["workouts"], days: None }]
        }
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_by_hand() {
        let look = || Notice::Look { account: "81234".to_owned(), streams: vec!["workouts"], days: None };
        for name in ["event_type", "event"] {
            let body = json!({name: "workout_summary", "webhook_token": "our-token", "user": {"id": 81234},
                "workout_summary": {"id": 9105, "workout": {"id": 70011}}});
            assert_eq!(read(&body, Time(0)), [look()]);
        }
        for nothing in
            [json!(null), json!({"event_type": "workout_summary"}), json!({"event_type": "x", "user": {"id": 1}})]
        {
            assert_eq!(read(&nothing, Time(0)), []);
        }
    }
}
