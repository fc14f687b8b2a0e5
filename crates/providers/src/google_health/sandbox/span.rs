//! The window that a filter or a roll-up asks for. Google knows `>=` and `<`, joined by `AND`, and nothing else.

use hilum_model::{Day, Time};
use serde_json::Value;

use crate::google_health::PROVIDER;
use crate::google_health::filter::{FILTER, data_type};
use crate::sandbox::{Ask, Refusal, Span};
use crate::spec::Window;

const BAD: Refusal = Refusal::BadParameter("FILTER");
const BAD_RANGE: Refusal = Refusal::BadParameter("RANGE");

/// The window of a request.
pub(super) fn read(stream: &str, ask: &Ask<'_>) -> Result<Span, Refusal> {
    let described = PROVIDER.stream(stream).ok_or(Refusal::NotFound)?;
    if stream.ends_with("_by_day") {
        let range = ask.json.and_then(|json| json.get("range")).ok_or(BAD_RANGE)?;
        let day = |end: &str| range.get(end).and_then(|end| date(end.get("date")?)).ok_or(BAD_RANGE);
        return days(day("start")?, day("end")?, described.window, BAD_RANGE);
    }
    let text = ask.param(FILTER).ok_or(BAD)?;
    let conditions: Vec<(&str, &str, &str)> = text.split(" AND ").map(condition).collect::<Option<_>>().ok_or(BAD)?;
    let kind = data_type(described.path).replace('-', "_");
    let member = match described.window {
        Window::Since { .. } => "interval.start_time",
        _ if stream.starts_with("daily_") => "date",
        _ => match stream {
            "steps" | "distance" | "floors" | "active_energy_burned" => "interval.start_time",
            "exercise" | "nutrition_log" | "hydration_log" => "interval.civil_start_time",
            "sleep" => "interval.end_time",
            _ => "sample_time.physical_time",
        },
    };
    let field = format!("{kind}.{member}");
    if conditions.iter().any(|(name, ..)| *name != field) {
        return Err(BAD);
    }
    let civil = matches!(member, "date" | "interval.civil_start_time");
    match conditions.as_slice() {
        [(_, ">=", from)] if matches!(described.window, Window::Since { .. }) => {
            Ok(Span::Instants(instant(from)?, ask.now.plus_s(1)))
        }
        [(_, ">=", from), (_, "<", until)] if civil => {
            let day = |text: &str| Day::parse(text.strip_suffix("T00:00:00").unwrap_or(text)).map_err(|_| BAD);
            days(day(from)?, day(until)?, described.window, BAD)
        }
        [(_, ">=", from), (_, "<", until)] => {
            let (from, until) = (instant(from)?, instant(until)?);
            let longest = described.window.max_days().map_or(0, i64::from) * hilum_model::time::DAY_MS;
            if (0..=longest).contains(&until.since_ms(from)) { Ok(Span::Instants(from, until)) } else { Err(BAD) }
        }
        _ => Err(BAD),
    }
}

/// `field >= "literal"`.
fn condition(text: &str) -> Option<(&str, &str, &str)> {
    let (field, rest) = text.split_once(' ')?;
    let (operator, literal) = rest.split_once(' ')?;
    Some((field, operator, literal.strip_prefix('"')?.strip_suffix('"')?))
}

fn instant(text: &str) -> Result<Time, Refusal> {
    let parsed = Time::parse_rfc3339(text).map_err(|_| BAD)?.0;
    if text.ends_with('Z') { Ok(parsed) } else { Err(BAD) }
}

/// Civil days, the end excluded.
fn days(from: Day, until: Day, window: Window, bad: Refusal) -> Result<Span, Refusal> {
    let longest = window.max_days().map_or(0, i32::from);
    let count = i64::from(until.0) - i64::from(from.0);
    if (1..=i64::from(longest)).contains(&count) { Ok(Span::Days(from, until.plus(-1))) } else { Err(bad) }
}

fn date(value: &Value) -> Option<Day> {
    let part = |name: &str| value.get(name)?.as_i64();
    Day::parse(&format!("{:04}-{:02}-{:02}", part("year")?, part("month")?, part("day")?)).ok()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::persona::{PEOPLE, Story};

    fn asked(stream: &str, filter: Option<&str>, json: Option<&Value>) -> Result<Span, Refusal> {
        let story = Story::new(&PEOPLE[0]);
        let params: Vec<_> = filter.map(|f| (FILTER.to_owned(), f.to_owned())).into_iter().collect();
        read(stream, &Ask { story: &story, now: Time(0), params: &params, json, scopes: &[], base: "" })
    }

    #[test]
    fn what_the_description_asks_is_understood() {
        let day = |text| Day::parse(text).expect("a day");
        let (from, to) = (day("2026-03-04"), day("2026-03-05"));
        for stream in PROVIDER.streams.iter().filter(|s| s.build.is_some()) {
            let request = stream.request(from, to);
            let filter = request.params.iter().find(|(name, _)| name == FILTER).map(|(_, value)| value.as_str());
            let span = asked(stream.id, filter, request.json.as_ref());
            let expected = match stream.window {
                Window::Since { .. } => Span::Instants(from.start_utc(), Time(1000)),
                window if window.counts_days() => Span::Days(from, to),
                _ => Span::Instants(from.start_utc(), to.plus(1).start_utc()),
            };
            assert_eq!(span, Ok(expected), "{}", stream.id);
        }
    }

    #[test]
    fn other_operators_fields_and_ranges_are_refused() {
        let weight = |operators: (&str, &str), field: &str, until: &str| {
            let filter =
                format!("{field} {} \"2026-03-04T00:00:00Z\" AND {field} {} \"{until}\"", operators.0, operators.1);
            asked("weight", Some(&filter), None)
        };
        let field = "weight.sample_time.physical_time";
        assert!(weight((">=", "<"), field, "2026-03-05T00:00:00Z").is_ok());
        assert_eq!(weight((">=", "<="), field, "2026-03-05T00:00:00Z"), Err(BAD));
        assert_eq!(weight((">", "<"), field, "2026-03-05T00:00:00Z"), Err(BAD));
        assert_eq!(weight((">=", "<"), "weight.date", "2026-03-05T00:00:00Z"), Err(BAD));
        assert_eq!(weight((">=", "<"), field, "2026-03-03T00:00:00Z"), Err(BAD));
        assert_eq!(weight((">=", "<"), field, "2026-03-05T00:00:00+01:00"), Err(BAD));
        assert_eq!(asked("weight", None, None), Err(BAD));
        assert_eq!(asked("steps_by_day", None, Some(&json!({"windowSizeDays": 1}))), Err(BAD_RANGE));
    }
}
