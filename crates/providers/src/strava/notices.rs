//! What Strava posts to the callback. Source: <https://developers.strava.com/docs/webhooks/>.

use hilum_model::{Kind, Time};
use serde_json::Value;

use crate::spec::{Notice, id_text};

/// One event a body. `updates.authorized` is the text `"false"` where the athlete ended the authorisation.
pub(super) fn read(body: &Value, _: Time) -> Vec<Notice> {
    let text = |pointer: &str| body.pointer(pointer).and_then(Value::as_str).unwrap_or_default();
    let Some(account) = body.get("owner_id").and_then(id_text) else { return Vec::new() };
    let notice = match (text("/object_type"), text("/aspect_type")) {
        ("athlete", _) if text("/updates/authorized") == "false" => Notice::Deauthorised { account },
        ("activity", "delete") => match body.get("object_id").and_then(id_text) {
            Some(key) => Notice::Deleted { account, kind: Kind::Activity, key },
            None => return Vec::new(),
        },
        ("activity", "create" | "update") => Notice::Look { account, streams: vec!["activities"], days: None },
        _ => return Vec::new(),
    };
    vec![notice]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn event(object: &str, aspect: &str, updates: &Value) -> Vec<Notice> {
        let body = json!({"object_type": object, "object_id": 1545, "aspect_type": aspect, "updates": updates,
            "owner_id": 1_234_567, "subscription_id": 9, "event_time": 1_772_643_000});
        read(&body, Time(0))
    }

    #[test]
    fn events_by_hand() {
        let account = "1234567".to_owned();
        for (aspect, updates) in [("create", json!({})), ("update", json!({"title": "Long run"}))] {
            let look = Notice::Look { account: account.clone(), streams: vec!["activities"], days: None };
            assert_eq!(event("activity", aspect, &updates), [look]);
        }
        let gone = Notice::Deleted { account: account.clone(), kind: Kind::Activity, key: "1545".to_owned() };
        assert_eq!(event("activity", "delete", &json!({})), [gone]);
        assert_eq!(event("athlete", "update", &json!({"authorized": "false"})), [Notice::Deauthorised { account }]);
    }

    #[test]
    fn the_rest_means_nothing() {
        assert_eq!(event("athlete", "update", &json!({"weight": "71"})), []);
        assert_eq!(event("club", "create", &json!({})), []);
        for bad in [json!(null), json!([]), json!({"object_type": "activity", "aspect_type": "create"})] {
            assert_eq!(read(&bad, Time(0)), [], "{bad}");
        }
    }
}
