//! What WHOOP tells by itself. Source: <https://developer.whoop.com/docs/developing/webhooks>.

use hilum_model::{Kind, Time};
use serde_json::Value;

use crate::spec::{Notice, read};

/// `{"user_id", "id", "type", "trace_id"}`: `workout`, `sleep` or `recovery`, then `.updated` or `.deleted`. What is
/// told of a recovery carries the id of its sleep, which is the key of its record.
pub(super) fn read(body: &Value, _: Time) -> Vec<Notice> {
    one(body).into_iter().collect()
}

fn one(body: &Value) -> Option<Notice> {
    let body = body.as_object()?;
    let account = read::id_at(body, "user_id")?;
    let (what, event) = read::text_at(body, "type")?.split_once('.')?;
    let (stream, kind) = match what {
        "workout" => ("workout", Kind::Activity),
        "sleep" => ("sleep", Kind::Sleep),
        "recovery" => ("recovery", Kind::HeartRateDay),
        _ => return None,
    };
    match event {
        "updated" => Some(Notice::Look { account, streams: vec![stream], days: None }),
        "deleted" => Some(Notice::Deleted { account, kind, key: read::id_at(body, "id")? }),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn notices_by_hand() {
        let told =
            |kind: &str| read(&json!({"user_id": 20457, "id": "5b1e77aa-1", "type": kind, "trace_id": "t-1"}), Time(0));
        let account = || "20457".to_owned();
        let look = |stream| vec![Notice::Look { account: account(), streams: vec![stream], days: None }];
        let gone = |kind| vec![Notice::Deleted { account: account(), kind, key: "5b1e77aa-1".to_owned() }];
        assert_eq!(told("sleep.updated"), look("sleep"));
        assert_eq!(told("workout.updated"), look("workout"));
        assert_eq!(told("recovery.updated"), look("recovery"));
        assert_eq!(told("sleep.deleted"), gone(Kind::Sleep));
        assert_eq!(told("workout.deleted"), gone(Kind::Activity));
        assert_eq!(told("recovery.deleted"), gone(Kind::HeartRateDay));
        for unknown in ["cycle.updated", "sleep.moved", "sleep", ""] {
            assert_eq!(told(unknown), [], "{unknown}");
        }
        for bad in [json!([]), json!({"type": "sleep.updated"}), json!({"user_id": 1, "type": "sleep.deleted"})] {
            assert_eq!(read(&bad, Time(0)), [], "{bad}");
        }
    }
}
