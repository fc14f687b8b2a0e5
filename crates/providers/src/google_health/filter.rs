//! How a window is asked for. Google takes no parameters for its ends but one filter, whose field depends on the shape
//! of the data type; daily sums take a JSON body. Source: `google/devicesandservices/health/v4`.

use hilum_model::Day;
use serde_json::{Value, json};

use crate::spec::Request;

/// The parameter that carries the filter. The window writes its start there; what is built takes its place.
pub(super) const FILTER: &str = "filter";

/// The parameter of the window's end, which is never sent.
pub(super) const UNTIL: &str = "until";

/// The data type of a path: `steps` of `/v4/users/me/dataTypes/steps/dataPoints`.
pub(super) fn data_type(path: &str) -> &str {
    path.split('/').nth(5).unwrap_or_default()
}

/// Intervals are found by their start.
pub(super) fn interval(request: Request, from: Day, to: Day) -> Request {
    instants(request, "interval.start_time", from, to)
}

/// Samples are found by their moment.
pub(super) fn sample(request: Request, from: Day, to: Day) -> Request {
    instants(request, "sample_time.physical_time", from, to)
}

/// Nights are found by their end.
pub(super) fn sleep(request: Request, from: Day, to: Day) -> Request {
    instants(request, "interval.end_time", from, to)
}

/// Daily values are found by their date.
pub(super) fn daily(request: Request, from: Day, to: Day) -> Request {
    between(request, "date", &from.to_string(), &to.plus(1).to_string())
}

/// Sessions are found by the local time of their start.
pub(super) fn session(request: Request, from: Day, to: Day) -> Request {
    let midnight = |day: Day| format!("{day}T00:00:00");
    between(request, "interval.civil_start_time", &midnight(from), &midnight(to.plus(1)))
}

/// Electrocardiograms take a start alone.
pub(super) fn since(mut request: Request, from: Day, _: Day) -> Request {
    let field = field(&request, "interval.start_time");
    request.params.retain(|(name, _)| name != FILTER);
    request.with(FILTER, format!("{field} >= \"{}\"", instant(from)))
}

/// The body of a roll-up by civil day; its end is not in the range.
pub(super) fn rolled_up(mut request: Request, from: Day, to: Day) -> Request {
    request.params.clear();
    request.json = Some(json!({
        "range": {"start": {"date": date(from)}, "end": {"date": date(to.plus(1))}},
        "windowSizeDays": 1,
    }));
    request
}

fn instants(request: Request, member: &str, from: Day, to: Day) -> Request {
    between(request, member, &instant(from), &instant(to.plus(1)))
}

fn between(mut request: Request, member: &str, from: &str, until: &str) -> Request {
    let field = field(&request, member);
    request.params.retain(|(name, _)| name != FILTER && name != UNTIL);
    request.with(FILTER, format!("{field} >= \"{from}\" AND {field} < \"{until}\""))
}

/// Names are kebab-case in paths and snake_case in filters.
fn field(request: &Request, member: &str) -> String {
    format!("{}.{member}", data_type(&request.path).replace('-', "_"))
}

fn instant(day: Day) -> String {
    format!("{day}T00:00:00Z")
}

/// A civil date as `google.type.Date`.
pub(super) fn date(day: Day) -> Value {
    let text = day.to_string();
    let mut parts = text.splitn(3, '-').map(|part| part.parse::<u16>().unwrap_or_default());
    let mut next = || parts.next().unwrap_or_default();
    let (year, month) = (next(), next());
    json!({"year": year, "month": month, "day": next()})
}

#[cfg(test)]
mod tests {
    use super::super::PROVIDER;
    use super::*;

    fn asked(stream: &str) -> Request {
        let day = |text| Day::parse(text).expect("a day");
        PROVIDER.stream(stream).expect("a stream").request(day("2026-03-04"), day("2026-03-05"))
    }

    #[test]
    fn each_shape_has_its_filter() {
        for (stream, filter) in [
            (
                "active_energy_burned",
                r#"active_energy_burned.interval.start_time >= "2026-03-04T00:00:00Z" AND active_energy_burned.interval.start_time < "2026-03-06T00:00:00Z""#,
            ),
            (
                "heart_rate",
                r#"heart_rate.sample_time.physical_time >= "2026-03-04T00:00:00Z" AND heart_rate.sample_time.physical_time < "2026-03-06T00:00:00Z""#,
            ),
            ("daily_vo2_max", r#"daily_vo2_max.date >= "2026-03-04" AND daily_vo2_max.date < "2026-03-06""#),
            (
                "exercise",
                r#"exercise.interval.civil_start_time >= "2026-03-04T00:00:00" AND exercise.interval.civil_start_time < "2026-03-06T00:00:00""#,
            ),
            (
                "sleep",
                r#"sleep.interval.end_time >= "2026-03-04T00:00:00Z" AND sleep.interval.end_time < "2026-03-06T00:00:00Z""#,
            ),
            ("electrocardiogram", r#"electrocardiogram.interval.start_time >= "2026-03-04T00:00:00Z""#),
        ] {
            let request = asked(stream);
            let told: Vec<_> = request.params.iter().filter(|(name, _)| name != "pageSize").collect();
            assert_eq!(told, [&(FILTER.to_owned(), filter.to_owned())], "{stream}");
        }
    }

    #[test]
    fn nights_and_exercises_come_in_small_pages() {
        let size = |stream| {
            let request = asked(stream);
            request.params.iter().find(|(name, _)| name == "pageSize").map(|(_, value)| value.clone())
        };
        assert_eq!((size("sleep").as_deref(), size("exercise").as_deref()), (Some("25"), Some("25")));
        assert_eq!(size("heart_rate").as_deref(), Some("10000"));
    }

    #[test]
    fn a_roll_up_is_a_body_and_pages_within_it() {
        let request = asked("steps_by_day");
        let range = json!({
            "start": {"date": {"year": 2026, "month": 3, "day": 4}},
            "end": {"date": {"year": 2026, "month": 3, "day": 6}},
        });
        assert_eq!((request.params.len(), &request.json), (0, &Some(json!({"range": range, "windowSizeDays": 1}))));
        let stream = PROVIDER.stream("steps_by_day").expect("a stream");
        let next = stream.next_page(&request, &json!({"rollupDataPoints": [], "nextPageToken": "t-2"})).expect("more");
        assert_eq!(next.json, Some(json!({"range": range, "windowSizeDays": 1, "pageToken": "t-2"})));
        assert_eq!(stream.next_page(&next, &json!({"rollupDataPoints": []})), None);
    }
}
