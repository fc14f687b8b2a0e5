//! What Google tells by itself. Source: <https://developers.google.com/health>.

use hilum_model::{Day, Time};
use serde_json::Value;

use super::PROVIDER;
use super::filter::data_type;
use crate::spec::{Notice, read};

/// One notice or a list of them, each `{"data": {"healthUserId", "operation", "dataType", "intervals"}}` without the
/// data themselves. What is deleted is told by its time and not by its name: that time is read again, and what is not
/// told any more goes (`Stream::whole`).
pub(super) fn read(body: &Value, _: Time) -> Vec<Notice> {
    match body {
        Value::Array(list) => list.iter().filter_map(one).collect(),
        one_alone => one(one_alone).into_iter().collect(),
    }
}

fn one(notice: &Value) -> Option<Notice> {
    let data = notice.get("data")?.as_object()?;
    let account = read::id_at(data, "healthUserId")?;
    // Paths write kebab-case, filters snake_case.
    let kind = read::text_at(data, "dataType")?.replace('_', "-");
    let streams: Vec<&'static str> =
        PROVIDER.streams.iter().filter(|s| data_type(s.path) == kind).map(|s| s.id).collect();
    // A type that nothing here reads.
    if streams.is_empty() {
        return None;
    }
    let intervals = data.get("intervals").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let days: Option<Vec<(Day, Day)>> = intervals.iter().map(span).collect();
    let days = days.unwrap_or_default();
    // What lies across the edge of a window is left alone, so a deletion is looked at from the day before.
    let before = i32::from(read::text_at(data, "operation") == Some("DELETE"));
    let days = days.iter().map(|d| d.0.plus(-before)).min().zip(days.iter().map(|d| d.1).max());
    Some(Notice::Look { account, streams, days })
}

/// The days of an interval: civil ones if told, else those of UTC.
fn span(interval: &Value) -> Option<(Day, Day)> {
    let ends = |name: &str| {
        let ends = interval.get(name)?.as_object()?;
        let day = |name| Day::parse(read::text_at(ends, name)?.get(..10)?).ok();
        let (first, last) = (day("startTime")?, day("endTime")?);
        (first <= last).then_some((first, last))
    };
    ends("civilIso8601TimeInterval").or_else(|| ends("physicalTimeInterval"))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn told(kind: &str, intervals: &Value) -> Value {
        json!({"data": {"version": "1", "clientProvidedSubscriptionName": "s", "healthUserId": "100200300",
            "operation": "UPSERT", "dataType": kind, "intervals": intervals}})
    }

    #[test]
    fn notices_by_hand() {
        let day = |text| Day::parse(text).expect("a day");
        let look = |streams: &[&'static str], days| Notice::Look {
            account: "100200300".to_owned(),
            streams: streams.to_vec(),
            days,
        };
        let physical = json!([
            {"physicalTimeInterval": {"startTime": "2026-03-04T07:00:00Z", "endTime": "2026-03-04T08:00:00Z"}},
            {"physicalTimeInterval": {"startTime": "2026-03-02T23:00:00Z", "endTime": "2026-03-03T00:10:00Z"},
             "civilIso8601TimeInterval": {"startTime": "2026-03-03T00:00:00", "endTime": "2026-03-03T01:10:00"}},
        ]);
        let days = Some((day("2026-03-03"), day("2026-03-04")));
        assert_eq!(read(&told("steps", &physical), Time(0)), [look(&["steps", "steps_by_day"], days)]);
        assert_eq!(read(&told("daily_vo2_max", &json!([])), Time(0)), [look(&["daily_vo2_max"], None)]);
        // One interval that is not understood: everything is looked at.
        assert_eq!(read(&told("sleep", &json!([physical[0], {}])), Time(0)), [look(&["sleep"], None)]);
        let mut gone = told("weight", &json!([physical[0]]));
        gone["data"]["operation"] = json!("DELETE");
        assert_eq!(read(&gone, Time(0)), [look(&["weight"], Some((day("2026-03-03"), day("2026-03-04"))))]);
        let both = json!([told("sleep", &json!([])), told("irregular-rhythm", &json!([])), told("weight", &json!([]))]);
        assert_eq!(read(&both, Time(0)), [look(&["sleep"], None), look(&["weight"], None)]);
    }

    #[test]
    fn what_is_no_notice_tells_nothing() {
        for bad in [
            json!({"type": "verification"}),
            json!([]),
            json!({"data": []}),
            json!({"data": {"healthUserId": "1"}}),
            json!({"data": {"dataType": "steps"}}),
        ] {
            assert_eq!(read(&bad, Time(0)), [], "{bad}");
        }
    }
}
