//! What Garmin posts: the data themselves (push) or where they are (ping), by kind of summary.

use std::collections::BTreeMap;

use hilum_model::Time;
use serde_json::Value;

use crate::spec::{Notice, id_text};

/// The key of a body and the stream that it is about.
pub(super) const KEYS: [(&str, &str); 13] = [
    ("dailies", "dailies"),
    ("epochs", "epochs"),
    ("sleeps", "sleeps"),
    ("bodyComps", "body_comps"),
    ("hrv", "hrv"),
    ("pulseox", "pulse_ox"),
    ("allDayRespiration", "respiration"),
    ("bloodPressures", "blood_pressures"),
    ("userMetrics", "user_metrics"),
    ("skinTemp", "skin_temp"),
    ("activities", "activities"),
    // Typed in, or changed, by the person: the same form.
    ("manuallyUpdatedActivities", "activities"),
    ("activityDetails", "activity_details"),
];

/// A body may hold the summaries of several people; each gets a notice of their own, with their summaries in order.
pub(super) fn read(body: &Value, _: Time) -> Vec<Notice> {
    let mut notices = Vec::new();
    for (key, items) in body.as_object().into_iter().flatten() {
        let items = items.as_array().map(Vec::as_slice).unwrap_or_default();
        let of = |item: &Value| item.get("userId").and_then(id_text);
        match key.as_str() {
            "deregistrations" => {
                notices.extend(items.iter().filter_map(of).map(|account| Notice::Deauthorised { account }));
            }
            "userPermissionsChange" => {
                notices.extend(items.iter().filter_map(of).map(|account| Notice::PermissionsChanged { account }));
            }
            key => {
                let Some((_, stream)) = KEYS.iter().find(|(name, _)| *name == key) else { continue };
                let mut people: BTreeMap<String, Vec<Value>> = BTreeMap::new();
                for (account, item) in items.iter().filter_map(|item| Some((of(item)?, item))) {
                    match item.get("callbackURL").and_then(Value::as_str) {
                        Some(url) => notices.push(Notice::Ping { account, stream, url: url.to_owned() }),
                        None => people.entry(account).or_default().push(item.clone()),
                    }
                }
                notices.extend(people.into_iter().map(|(account, items)| Notice::Data {
                    account,
                    stream,
                    body: Value::Array(items),
                }));
            }
        }
    }
    notices
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn pushes_are_told_apart_by_person() {
        let body = json!({"dailies": [
            {"userId": "d3e1", "summaryId": "a"}, {"userId": "f4", "summaryId": "b"}, {"userId": "d3e1", "summaryId": "c"},
            {"summaryId": "nobody's"}
        ]});
        let data = |account: &str, body: Value| Notice::Data { account: account.to_owned(), stream: "dailies", body };
        assert_eq!(
            read(&body, Time(0)),
            [
                data("d3e1", json!([{"userId": "d3e1", "summaryId": "a"}, {"userId": "d3e1", "summaryId": "c"}])),
                data("f4", json!([{"userId": "f4", "summaryId": "b"}])),
            ]
        );
        let typed = read(&json!({"manuallyUpdatedActivities": [{"userId": "f4"}]}), Time(0));
        let expected = Notice::Data { account: "f4".to_owned(), stream: "activities", body: json!([{"userId": "f4"}]) };
        assert_eq!(typed, [expected]);
    }

    #[test]
    fn pings_and_events() {
        let url = "https://apis.garmin.com/wellness-api/rest/dailies?uploadStartTimeInSeconds=1&token=XCP";
        let account = || "d3e1".to_owned();
        let told = |body: Value| read(&body, Time(0));
        assert_eq!(
            told(json!({"dailies": [{"userId": "d3e1", "callbackURL": url}]})),
            [Notice::Ping { account: account(), stream: "dailies", url: url.to_owned() }]
        );
        assert_eq!(
            told(json!({"deregistrations": [{"userId": "d3e1"}]})),
            [Notice::Deauthorised { account: account() }]
        );
        assert_eq!(
            told(json!({"userPermissionsChange": [{"userId": "d3e1", "permissions": ["HEALTH_EXPORT"]}]})),
            [Notice::PermissionsChanged { account: account() }]
        );
        for nothing in [json!(null), json!([]), json!({"mct": [{"userId": "d3e1"}]}), json!({"dailies": {}})] {
            assert_eq!(told(nothing), []);
        }
    }
}
