//! Query parameters: which we know, what their values may be, and how a list is narrowed by them.

use std::borrow::Cow;

use axum::http::HeaderMap;
use hilum_model::{Day, Time};
use hilum_store::records::Filter;
use url::form_urlencoded;

use super::form::Form;
use crate::ApiError;

/// Rows of a list when `limit` does not say. Source: human-connect contract 4.1.
pub(crate) const DEFAULT_LIMIT: u32 = 50;
/// Most rows of one answer. Source: human-connect contract 4.1.
pub(super) const MAX_LIMIT: u32 = 500;
/// The same where pages are asked for by cursor.
pub(crate) const MAX_CURSOR_LIMIT: u32 = 1000;
/// Larger offsets are cut to this: whole numbers above it are not exact in JSON, and no list is that long.
const MAX_OFFSET: u64 = 1 << 53;

/// The parameters that mean something. Others are ignored, as the old clients expect.
const KNOWN: [&str; 24] = [
    "access_token",
    "limit",
    "offset",
    "start_date",
    "end_date",
    "created_since",
    "created_before",
    "updated_since",
    "updated_before",
    "source",
    "locations",
    "time_series",
    "version",
    "merge",
    "from",
    "to",
    "step",
    "agg",
    "tz",
    "by",
    "empty",
    "cursor",
    "format",
    "fields",
];

/// The parameters of one request.
#[derive(Debug)]
pub(super) struct Query<'a> {
    raw: &'a str,
    values: [Option<Cow<'a, str>>; KNOWN.len()],
}

impl<'a> Query<'a> {
    /// Reads a query string. A known parameter may be repeated with the same value; with another one the caller's
    /// wish is unclear and 400 is the answer.
    pub(super) fn parse(raw: &'a str) -> Result<Self, ApiError> {
        let mut values = [const { None }; KNOWN.len()];
        for (name, value) in form_urlencoded::parse(raw.as_bytes()) {
            let Some(index) = KNOWN.iter().position(|k| *k == name) else { continue };
            match &values[index] {
                Some(before) if *before != value => {
                    return Err(ApiError::bad_request(
                        "conflicting_parameter",
                        "Conflicting Parameter",
                        format!("The parameter {} is given more than once with different values.", KNOWN[index]),
                    ));
                }
                _ => values[index] = Some(value),
            }
        }
        Ok(Self { raw, values })
    }

    /// The query string as it came.
    pub(super) const fn raw(&self) -> &'a str {
        self.raw
    }

    /// A known parameter's value; an empty one counts as not given (a published client sends `limit=` on every call).
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        let index = KNOWN.iter().position(|k| *k == name)?;
        self.values[index].as_deref().filter(|v| !v.is_empty())
    }

    /// Whether what several sources tell of the same thing is asked for as one.
    pub(super) fn merge(&self) -> Result<bool, ApiError> {
        match self.get("merge") {
            None | Some("false") => Ok(false),
            Some("true") => Ok(true),
            Some(_) => Err(invalid("merge", "true or false")),
        }
    }

    /// How the answer is to look.
    pub(super) fn form(&self, headers: &HeaderMap) -> Result<Form<'_>, ApiError> {
        Form::asked(self.get("format"), self.get("fields"), self.merge()?, headers)
    }

    /// The page and the conditions that a list call asks for; `source` is resolved elsewhere, since it needs the
    /// person's connections. `day` is the civil day of a `/daily/` path.
    pub(super) fn filter(&self, day: Option<Day>) -> Result<Filter, ApiError> {
        let (start_day, end_day) = self.days(day)?;
        if self.get("cursor").is_some() && self.get("offset").is_some() {
            return Err(ApiError::bad_request(
                "conflicting_parameter",
                "Conflicting Parameter",
                "A cursor says where the page begins: leave offset out.",
            ));
        }
        Ok(Filter {
            connections: None,
            start_day,
            end_day,
            created_since: self.time("created_since")?,
            created_before: self.time("created_before")?,
            updated_since: self.time("updated_since")?,
            updated_before: self.time("updated_before")?,
            limit: self.limit()?,
            offset: self.whole("offset")?.unwrap_or(0).min(MAX_OFFSET),
        })
    }

    /// `limit`, cut to the maximum.
    fn limit(&self) -> Result<u32, ApiError> {
        let (most, form) = self.limits();
        match self.whole("limit")? {
            None => Ok(DEFAULT_LIMIT),
            Some(0) => Err(invalid("limit", form)),
            Some(n) => Ok(u32::try_from(n).unwrap_or(most).min(most)),
        }
    }

    /// The largest limit, and what a limit has to be.
    fn limits(&self) -> (u32, &'static str) {
        match self.get("cursor") {
            None => (MAX_LIMIT, "a whole number from 1 to 500"),
            Some(_) => (MAX_CURSOR_LIMIT, "a whole number from 1 to 1000"),
        }
    }

    /// A whole number in decimal digits; one that is too large for the type is the largest of the type.
    pub(super) fn whole(&self, name: &'static str) -> Result<Option<u64>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        if !text.bytes().all(|b| b.is_ascii_digit()) {
            let form = if name == "limit" { self.limits().1 } else { "a whole number, 0 or more" };
            return Err(invalid(name, form));
        }
        Ok(Some(text.parse().unwrap_or(u64::MAX)))
    }

    fn time(&self, name: &'static str) -> Result<Option<Time>, ApiError> {
        let Some(text) = self.get(name) else { return Ok(None) };
        // A plus sign that was not escaped arrives as a blank ("…T01:00:00 01:00"); no accepted form has a blank.
        let text = text.replace(' ', "+");
        Time::parse_filter(&text).map(Some).map_err(|_| {
            invalid(name, "a time of the form YYYYMMDDTHHmmssZ, a full ISO 8601 time with offset, or YYYY-MM-DD")
        })
    }

    /// `start_date` and `end_date`, both or neither; `day` stands in for both.
    pub(super) fn days(&self, day: Option<Day>) -> Result<(Option<Day>, Option<Day>), ApiError> {
        let read = |name: &'static str| {
            self.get(name)
                .map(|text| Day::parse(text).map_err(|_| invalid(name, "a day of the form YYYY-MM-DD")))
                .transpose()
        };
        match (read("start_date")?, read("end_date")?, day) {
            (None, None, day) => Ok((day, day)),
            (Some(start), Some(end), None) if start <= end => Ok((Some(start), Some(end))),
            (Some(_), Some(_), None) => Err(invalid("end_date", "a day that is not before start_date")),
            (_, _, Some(_)) => Err(ApiError::bad_request(
                "conflicting_parameter",
                "Conflicting Parameter",
                "The path names a day already: leave start_date and end_date out.",
            )),
            _ => Err(ApiError::bad_request(
                "incomplete_date_range",
                "Incomplete Date Range",
                "Give start_date and end_date together, or neither.",
            )),
        }
    }
}

/// A parameter without which the call has no answer.
pub(super) fn missing(name: &str, form: &str) -> ApiError {
    ApiError::bad_request("missing_parameter", "Missing Parameter", format!("Give the parameter {name}: {form}."))
}

/// A parameter whose value is not of its form. The value is not repeated: it may be anything.
pub(super) fn invalid(name: &str, form: &str) -> ApiError {
    ApiError::bad_request("invalid_parameter", "Invalid Parameter", format!("The parameter {name} must be {form}."))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(raw: &str) -> Result<Filter, String> {
        Query::parse(raw).and_then(|q| q.filter(None)).map_err(|e| format!("{} {}", e.code, e.detailed))
    }

    #[test]
    fn defaults_and_clamps() {
        let all = Filter { limit: 50, ..Filter::default() };
        for raw in ["", "limit=", "limit=&offset=&start_date=&end_date=&created_since=", "unknown=1&limit=50", "&&=&x"]
        {
            assert_eq!(filter(raw), Ok(all.clone()), "{raw}");
        }
        assert_eq!(filter("limit=500").map(|f| f.limit), Ok(500));
        assert_eq!(filter("limit=501").map(|f| f.limit), Ok(500));
        assert_eq!(filter("limit=99999999999999999999999").map(|f| f.limit), Ok(500));
        assert_eq!(filter("offset=99999999999999999999999").map(|f| f.offset), Ok(1 << 53));
        assert_eq!(filter("limit=2&offset=3").map(|f| (f.limit, f.offset)), Ok((2, 3)));
    }

    #[test]
    fn bad_values_name_the_parameter() {
        for (raw, name) in [
            ("limit=0", "limit"),
            ("limit=-1", "limit"),
            ("limit=ten", "limit"),
            ("limit=1.5", "limit"),
            ("limit=%2B5", "limit"),
            ("limit=٣", "limit"),
            ("offset=-1", "offset"),
            ("offset=0x10", "offset"),
            ("start_date=2016-13-01&end_date=2016-12-01", "start_date"),
            ("start_date=2016-01-01&end_date=20160102", "end_date"),
            ("start_date=2016-01-02&end_date=2016-01-01", "end_date"),
            ("created_since=yesterday", "created_since"),
            ("created_before=1", "created_before"),
            ("updated_since=2016-01-01T00:00:00", "updated_since"),
            ("updated_before=%00", "updated_before"),
        ] {
            let error = filter(raw).expect_err(raw);
            assert!(error.starts_with(&format!("invalid_parameter The parameter {name} ")), "{raw}: {error}");
        }
        for raw in ["start_date=2016-01-01", "end_date=2016-01-01", "start_date=2016-01-01&end_date="] {
            assert!(filter(raw).expect_err(raw).starts_with("incomplete_date_range"), "{raw}");
        }
    }

    #[test]
    fn repeated_parameters() {
        assert_eq!(filter("limit=5&limit=5").map(|f| f.limit), Ok(5));
        for raw in ["limit=5&limit=6", "limit=5&limit=", "source=a&source=b", "access_token=a&access_token=b"] {
            assert!(filter(raw).expect_err(raw).starts_with("conflicting_parameter"), "{raw}");
        }
        assert!(filter("x=1&x=2").is_ok());
    }

    #[test]
    fn every_form_of_time() {
        // 2014-01-10 is day 16080 after 1970-01-01.
        let midnight = Some(Time::from_unix_s(16_080 * 86_400));
        for value in [
            "20140110T000000Z",
            "20140110000000Z",
            "2014-01-10T00:00:00.000Z",
            "2014-01-10",
            "2014-01-10T01:00:00%2B01:00",
            "2014-01-10T01:00:00+01:00",
        ] {
            for (name, read) in [
                ("created_since", (|f| f.created_since) as fn(Filter) -> Option<Time>),
                ("created_before", |f| f.created_before),
                ("updated_since", |f| f.updated_since),
                ("updated_before", |f| f.updated_before),
            ] {
                assert_eq!(filter(&format!("{name}={value}")).map(read), Ok(midnight), "{name}={value}");
            }
        }
    }

    #[test]
    fn a_day_in_the_path_is_the_range() {
        let day = Day::parse("2016-03-08").expect("day");
        let query = Query::parse("limit=3").expect("query");
        let filter = query.filter(Some(day)).expect("filter");
        assert_eq!((filter.start_day, filter.end_day, filter.limit), (Some(day), Some(day), 3));
        let query = Query::parse("start_date=2016-03-08&end_date=2016-03-08").expect("query");
        assert_eq!(query.filter(Some(day)).expect_err("both").code, "conflicting_parameter");
    }
}
