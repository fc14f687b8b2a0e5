//! What Withings posts to the callback, and how it is told of it.
//! Source: <https://developer.withings.com/developer-guide/v3/data-api/notifications/notification-content/>.

use hilum_model::{Day, Time};
use serde_json::Value;

use crate::spec::{Notice, Request, read::integer};

/// Kinds of notices (`appli`) that are subscribed to, and the streams that each is about: weight; temperature; blood
/// pressure, heart rate and oxygen; activity; sleep; the person's account; electrocardiograms.
const KINDS: [(i64, &[&str]); 7] = [
    (1, &["measures"]),
    (2, &["measures"]),
    (4, &["measures"]),
    (16, &["activity", "workouts", "intraday"]),
    (44, &["sleep", "sleep_phases"]),
    (46, &[]),
    (54, &["ecg"]),
];

/// One call for each kind, with the person's token.
pub(super) fn subscribe(callback: &str) -> Vec<Request> {
    let one = |(kind, _): &(i64, &[&str])| {
        let request = Request::post_form("/notify").with("action", "subscribe");
        request.with("callbackurl", callback).with("appli", kind.to_string()).with("comment", "Hilum")
    };
    KINDS.iter().map(one).collect()
}

/// A form: `userid=363&appli=1&startdate=1772604599&enddate=1772604601`, or with `date=2026-03-04`.
pub(super) fn read(body: &Value, _: Time) -> Vec<Notice> {
    let text = |name: &str| body.get(name).and_then(Value::as_str);
    let (Some(account), Some(kind)) = (text("userid"), body.get("appli").and_then(integer)) else { return Vec::new() };
    let account = account.to_owned();
    if kind == 46 {
        return match text("action") {
            Some("delete" | "unlink") => vec![Notice::Deauthorised { account }],
            _ => Vec::new(),
        };
    }
    let Some((_, streams)) = KINDS.iter().find(|(known, _)| *known == kind) else { return Vec::new() };
    let moment = |name: &str| body.get(name).and_then(integer).map(|s| Time::from_unix_s(s).utc_day());
    let days = match text("date").and_then(|date| Day::parse(date).ok()) {
        Some(day) => Some((day, day)),
        None => moment("startdate").zip(moment("enddate")).filter(|(first, last)| first <= last),
    };
    vec![Notice::Look { account, streams: streams.to_vec(), days }]
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn day(text: &str) -> Day {
        Day::parse(text).expect("a day")
    }

    #[test]
    fn forms_by_hand() {
        let account = "363".to_owned();
        let look =
            |streams: &[&'static str], days| Notice::Look { account: account.clone(), streams: streams.into(), days };
        // 1,772,604,599 s: 2026-03-04T06:09:59Z.
        let weight = json!({"userid": "363", "appli": "1", "startdate": "1772604599", "enddate": "1772604601"});
        let fourth = Some((day("2026-03-04"), day("2026-03-04")));
        assert_eq!(read(&weight, Time(0)), [look(&["measures"], fourth)]);
        let walk = json!({"userid": "363", "appli": "16", "date": "2026-03-04"});
        assert_eq!(read(&walk, Time(0)), [look(&["activity", "workouts", "intraday"], fourth)]);
        assert_eq!(read(&json!({"userid": "363", "appli": "44"}), Time(0)), [look(&["sleep", "sleep_phases"], None)]);
        for action in ["delete", "unlink"] {
            let gone = json!({"userid": "363", "appli": "46", "action": action});
            assert_eq!(read(&gone, Time(0)), [Notice::Deauthorised { account: account.clone() }]);
        }
    }

    #[test]
    fn the_rest_means_nothing() {
        for odd in [
            json!({"userid": "363", "appli": "50", "deviceid": "x"}),
            json!({"userid": "363", "appli": "46", "action": "update"}),
            json!({"appli": "1"}),
            json!({"userid": "363"}),
            json!(null),
            json!([]),
        ] {
            assert_eq!(read(&odd, Time(0)), [], "{odd}");
        }
    }

    #[test]
    fn one_subscription_for_each_kind() {
        let requests = subscribe("https://h.example/hooks/withings/s");
        let kinds: Vec<&str> = requests.iter().map(|r| r.params[2].1.as_str()).collect();
        assert_eq!(kinds, ["1", "2", "4", "16", "44", "46", "54"]);
        assert!(requests.iter().all(|r| r.path == "/notify" && r.params[0].1 == "subscribe"));
    }
}
