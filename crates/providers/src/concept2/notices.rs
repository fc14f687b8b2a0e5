//! What Concept2 posts to the callback. Source: <https://log.concept2.com/developers/documentation/#webhooks>.

use hilum_model::{Kind, Time};
use serde_json::Value;

use crate::spec::{Notice, id_text};

/// One event a body. Nothing is signed, so what the notice says of the result is fetched again and not believed; of a
/// deleted one it is known which, if the person's id comes along.
pub(super) fn read(body: &Value, _: Time) -> Vec<Notice> {
    // Some bodies are wrapped in `data`.
    let body = body.get("data").unwrap_or(body);
    let Some(account) = body.pointer("/result/user_id").or_else(|| body.get("user_id")).and_then(id_text) else {
        return Vec::new();
    };
    let result = body.pointer("/result/id").or_else(|| body.get("result_id")).and_then(id_text);
    match (body.get("type").and_then(Value::as_str), result) {
        (Some("result-added" | "result-updated"), _) => {
            vec![Notice::Look { account, streams: vec!["results"], days: None }]
        }
        (Some("result-deleted"), Some(key)) => vec![Notice::Deleted { account, kind: Kind::Activity, key }],
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn events_by_hand() {
        let account = || "7".to_owned();
        for kind in ["result-added", "result-updated"] {
            let body = json!({"type": kind, "result": {"id": 90210, "user_id": 7, "distance": 7012}});
            let look = Notice::Look { account: account(), streams: vec!["results"], days: None };
            assert_eq!(read(&body, Time(0)), [look]);
        }
        let gone = Notice::Deleted { account: account(), kind: Kind::Activity, key: "90210".to_owned() };
        assert_eq!(
            read(&json!({"data": {"type": "result-deleted", "result": {"id": 90210, "user_id": 7}}}), Time(0)),
            [gone]
        );
        for nothing in [json!(null), json!({"type": "result-added"}), json!({"type": "x", "result": {"user_id": 7}})] {
            assert_eq!(read(&nothing, Time(0)), []);
        }
    }
}
