//! What Suunto posts to the callback. Source: <https://apizone.suunto.com>.

use hilum_model::Time;
use serde_json::Value;

use crate::spec::{Notice, id_text};

/// One event a body. It may carry the data; they are looked up all the same, since the lists tell them whole.
pub(super) fn read(body: &Value, _: Time) -> Vec<Notice> {
    let Some(account) = body.get("username").and_then(id_text) else { return Vec::new() };
    let streams = match body.get("type").and_then(Value::as_str) {
        Some("WORKOUT_CREATED") => vec!["workouts"],
        Some("SUUNTO_247_ACTIVITY_CREATED") => vec!["activity_samples", "daily_activity"],
        Some("SUUNTO_247_SLEEP_CREATED") => vec!["sleep"],
        _ => return Vec::new(),
    };
    vec![Notice::Look { account, streams, days: None }]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_by_hand() {
        for (kind, streams) in [
            ("WORKOUT_CREATED", vec!["workouts"]),
            ("SUUNTO_247_ACTIVITY_CREATED", vec!["activity_samples", "daily_activity"]),
            ("SUUNTO_247_SLEEP_CREATED", vec!["sleep"]),
        ] {
            let body = json!({"type": kind, "username": "runner1", "workout": {"workoutKey": "69a84f2c"}, "gear": {}});
            let look = Notice::Look { account: "runner1".to_owned(), streams, days: None };
            assert_eq!(read(&body, Time(0)), [look]);
        }
        for nothing in
            [json!(null), json!({"type": "ROUTE_CREATED", "username": "a"}), json!({"type": "WORKOUT_CREATED"})]
        {
            assert_eq!(read(&nothing, Time(0)), []);
        }
    }
}
