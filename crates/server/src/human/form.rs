//! The form of an answer: JSON, or of a list JSON lines or CSV, and of each object only the members asked for.
//!
//! Handlers write JSON; other forms are made of the finished text in one pass, which copies what it keeps. Documented for
//! callers in `docs/API-DESIGN.md`.

use std::borrow::Cow;

use axum::http::header::ACCEPT;
use axum::http::{HeaderMap, HeaderValue};
use hilum_store::StoreError;

use super::query::invalid;
use super::text::{elements, members};
use crate::ApiError;

/// Most members that `fields` may name.
const MOST_FIELDS: usize = 64;
/// The member of merged rows that no column list has.
const MERGED_FROM: &str = "mergedFrom";

/// What is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    /// One JSON text.
    Json,
    /// A line for each row, JSON again.
    Lines,
    /// RFC 4180, with a header.
    Csv,
}

impl Format {
    /// The `Content-Type`.
    pub(crate) const fn content_type(self) -> HeaderValue {
        match self {
            Self::Json => HeaderValue::from_static("application/json; charset=utf-8"),
            Self::Lines => HeaderValue::from_static("application/x-ndjson; charset=utf-8"),
            Self::Csv => HeaderValue::from_static("text/csv; charset=utf-8; header=present"),
        }
    }
}

/// What a request asks for.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Form<'a> {
    /// `format`.
    named: Option<Format>,
    /// `Accept`.
    accepted: Format,
    fields: Option<Vec<Cow<'a, str>>>,
    /// Whether rows may have the member that merged ones have.
    merge: bool,
}

impl<'a> Form<'a> {
    /// By the parameters `format` and `fields`, and by `Accept`.
    pub(crate) fn asked(
        format: Option<&str>,
        fields: Option<&'a str>,
        merge: bool,
        headers: &HeaderMap,
    ) -> Result<Self, ApiError> {
        let named = match format {
            None => None,
            Some("json") => Some(Format::Json),
            Some("ndjson") => Some(Format::Lines),
            Some("csv") => Some(Format::Csv),
            Some(_) => return Err(invalid("format", "json, ndjson or csv")),
        };
        let fields = fields.map(read_fields).transpose()?;
        Ok(Self { named, accepted: accepted(headers), fields, merge })
    }

    /// The answer's text in this form. `columns`: the members of a list's rows; `None` for what is no list, which is JSON
    /// whatever `Accept` says.
    pub(crate) fn apply(&self, body: Vec<u8>, columns: Option<&[&'static str]>) -> Result<(Vec<u8>, Format), ApiError> {
        let Some(columns) = columns else {
            if self.named.is_some_and(|format| format != Format::Json) {
                return Err(invalid("format", "json here, since this is no list"));
            }
            return match &self.fields {
                None => Ok((body, Format::Json)),
                Some(fields) => {
                    let mut out = Vec::with_capacity(body.len());
                    chosen(&body, fields, &mut out).ok_or_else(damaged)?;
                    Ok((out, Format::Json))
                }
            };
        };
        let format = self.named.unwrap_or(self.accepted);
        let body = match format {
            Format::Json if self.fields.is_none() => Some(body),
            Format::Json => self.json(&body),
            Format::Lines => self.lines(&body),
            Format::Csv => self.csv(&body, columns),
        };
        Ok((body.ok_or_else(damaged)?, format))
    }

    fn json(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(body.len());
        out.push(b'[');
        elements(body, |row| {
            if out.len() > 1 {
                out.push(b',');
            }
            self.row(row, &mut out)
        })?;
        out.push(b']');
        Some(out)
    }

    fn lines(&self, body: &[u8]) -> Option<Vec<u8>> {
        let mut out = Vec::with_capacity(body.len());
        elements(body, |row| {
            self.row(row, &mut out)?;
            out.push(b'\n');
            Some(())
        })?;
        Some(out)
    }

    fn row(&self, row: &[u8], out: &mut Vec<u8>) -> Option<()> {
        match &self.fields {
            None => {
                out.extend_from_slice(row);
                Some(())
            }
            Some(fields) => chosen(row, fields, out),
        }
    }

    /// The columns are those asked for, in that order, else all that rows of the list can have.
    fn csv(&self, body: &[u8], columns: &[&'static str]) -> Option<Vec<u8>> {
        let columns: Vec<&str> = match &self.fields {
            Some(fields) => fields.iter().map(AsRef::as_ref).collect(),
            None => columns.iter().copied().chain(self.merge.then_some(MERGED_FROM)).collect(),
        };
        let mut out = Vec::with_capacity(body.len());
        end_line(&mut out, columns.iter(), |out, name| {
            out.extend_from_slice(name.as_bytes());
            Some(())
        })?;
        let mut cells: Vec<Option<&[u8]>> = vec![None; columns.len()];
        elements(body, |row| {
            cells.fill(None);
            members(row, |name, value| {
                if let Some(place) = columns.iter().position(|column| column.as_bytes() == name) {
                    cells[place] = Some(value);
                }
                Some(())
            })?;
            end_line(&mut out, cells.iter(), |out, cell| cell.map_or(Some(()), |value| write_cell(out, value)))
        })?;
        Some(out)
    }
}

/// Cells with commas between them, and the end of the line.
fn end_line<T>(
    out: &mut Vec<u8>,
    cells: impl Iterator<Item = T>,
    mut write: impl FnMut(&mut Vec<u8>, T) -> Option<()>,
) -> Option<()> {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            out.push(b',');
        }
        write(out, cell)?;
    }
    out.extend_from_slice(b"\r\n");
    Some(())
}

/// A JSON value as a cell: texts as they are, numbers as in JSON, objects and lists as JSON, null as nothing.
fn write_cell(out: &mut Vec<u8>, value: &[u8]) -> Option<()> {
    match value.first()? {
        b'n' => {}
        b'"' => {
            let text: Cow<'_, str> = serde_json::from_slice::<Cow<'_, str>>(value).ok()?;
            if is_formula(&text) {
                quote(out, format!("'{text}").as_bytes());
            } else {
                quote(out, text.as_bytes());
            }
        }
        _ => quote(out, value),
    }
    Some(())
}

/// Whether a spreadsheet might run a text as a formula. Offsets and numbers are none, though they begin with a sign.
fn is_formula(text: &str) -> bool {
    match text.as_bytes() {
        [b'=' | b'@' | b'\t' | b'\r' | b'\n', ..] => true,
        [b'+' | b'-', rest @ ..] => !rest.iter().all(|b| b.is_ascii_digit() || matches!(b, b':' | b'.')),
        _ => false,
    }
}

/// A cell in quotes where RFC 4180 asks for them.
fn quote(out: &mut Vec<u8>, text: &[u8]) {
    let plain = |b: &u8| !matches!(b, b'"' | b',' | b'\r' | b'\n');
    if text.iter().all(plain) && text.first() != Some(&b' ') && text.last() != Some(&b' ') {
        out.extend_from_slice(text);
        return;
    }
    out.push(b'"');
    for byte in text {
        if *byte == b'"' {
            out.push(b'"');
        }
        out.push(*byte);
    }
    out.push(b'"');
}

/// An object with the members asked for alone, in its own order.
fn chosen(object: &[u8], fields: &[Cow<'_, str>], out: &mut Vec<u8>) -> Option<()> {
    out.push(b'{');
    let begun = out.len();
    members(object, |name, value| {
        if fields.iter().any(|field| field.as_bytes() == name) {
            if out.len() > begun {
                out.push(b',');
            }
            out.push(b'"');
            out.extend_from_slice(name);
            out.extend_from_slice(b"\":");
            out.extend_from_slice(value);
        }
        Some(())
    })?;
    out.push(b'}');
    Some(())
}

/// Names with commas between them. Names of no member are fine: rows differ in what they have.
fn read_fields(text: &str) -> Result<Vec<Cow<'_, str>>, ApiError> {
    let mut fields: Vec<Cow<'_, str>> = Vec::new();
    for name in text.split(',') {
        let fits = !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'_');
        if !fits {
            return Err(invalid("fields", "names of members with commas between them"));
        }
        if !fields.iter().any(|known| known == name) {
            fields.push(Cow::Borrowed(name));
        }
    }
    if fields.len() > MOST_FIELDS {
        return Err(invalid("fields", "at most 64 names"));
    }
    Ok(fields)
}

/// What `Accept` prefers among what lists can be. JSON unless one of the others is named outright and not liked less: old
/// clients send all kinds of wishes and have always got JSON.
fn accepted(headers: &HeaderMap) -> Format {
    // Quality in thousandths, and the place in the header.
    let mut best: Option<(u16, Format)> = None;
    let mut json: u16 = 0;
    for range in headers.get_all(ACCEPT).iter().filter_map(|value| value.to_str().ok()).flat_map(|text| text.split(','))
    {
        let mut parts = range.split(';').map(str::trim);
        let kind = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1000, crate::encoding::thousandths);
        let format = match kind.as_str() {
            "application/x-ndjson" | "application/ndjson" | "application/jsonl" => Format::Lines,
            "text/csv" => Format::Csv,
            "application/json" => Format::Json,
            // Anything is fine, but what is named is preferred.
            "*/*" | "application/*" => {
                json = json.max(quality.saturating_sub(1));
                continue;
            }
            _ => continue,
        };
        if quality > 0 && best.is_none_or(|(before, _)| quality > before) {
            best = Some((quality, format));
        }
    }
    best.filter(|(quality, _)| *quality > json).map_or(Format::Json, |(_, format)| format)
}

/// What we wrote ourselves does not read as JSON.
fn damaged() -> ApiError {
    ApiError::from(StoreError::Damaged("an answer's own text"))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::{Value, json};

    use super::*;

    fn form(format: Option<&str>, fields: Option<&'static str>) -> Form<'static> {
        Form::asked(format, fields, false, &HeaderMap::new()).expect("a form")
    }

    fn text(form: &Form<'_>, body: &str, columns: &[&'static str]) -> String {
        String::from_utf8(form.apply(body.as_bytes().to_vec(), Some(columns)).expect("applies").0).expect("UTF-8")
    }

    const ROWS: &str = r#"[{"id":"a","value":-1.5,"note":"=1+1","o":{"x":"},]","y":[1,2]},"t":"-08:00"},{"id":"b","value":null,"note":"say \"hi\",\nyou"}]"#;

    #[test]
    fn only_what_is_asked_for() {
        assert_eq!(
            text(&form(None, Some("value,id,nothing")), ROWS, &[]),
            r#"[{"id":"a","value":-1.5},{"id":"b","value":null}]"#
        );
        assert_eq!(text(&form(None, Some("o")), ROWS, &[]), r#"[{"o":{"x":"},]","y":[1,2]}},{}]"#);
        assert_eq!(text(&form(None, Some("id")), "[]", &[]), "[]");
        let one = form(None, Some("note")).apply(br#"{"id":1,"note":{"id":2}}"#.to_vec(), None).expect("an object");
        assert_eq!(one, (br#"{"note":{"id":2}}"#.to_vec(), Format::Json));
    }

    #[test]
    fn lines_by_hand() {
        assert_eq!(text(&form(Some("ndjson"), Some("id")), ROWS, &[]), "{\"id\":\"a\"}\n{\"id\":\"b\"}\n");
        assert_eq!(text(&form(Some("ndjson"), None), "[]", &[]), "");
    }

    #[test]
    fn csv_by_hand() {
        // A text that looks like a formula is disarmed, numbers and offsets are not; quotes are doubled.
        assert_eq!(
            text(&form(Some("csv"), None), ROWS, &["id", "value", "note", "o", "t"]),
            "id,value,note,o,t\r\na,-1.5,'=1+1,\"{\"\"x\"\":\"\"},]\"\",\"\"y\"\":[1,2]}\",-08:00\r\nb,,\"say \"\"hi\"\",\nyou\",,\r\n"
        );
        assert_eq!(text(&form(Some("csv"), Some("value,id")), ROWS, &["id"]), "value,id\r\n-1.5,a\r\n,b\r\n");
        assert_eq!(text(&form(Some("csv"), None), "[]", &["id", "value"]), "id,value\r\n");
    }

    #[test]
    fn formulas() {
        for risky in ["=1", "+cmd", "-2+3", "@x", "\tx", "\rx", "\nx", "+1,2", "- 1"] {
            assert!(is_formula(risky), "{risky:?}");
        }
        for fine in ["", "a=1", "-08:00", "+05:30", "-1.5", "'=1", "2016-03-08"] {
            assert!(!is_formula(fine), "{fine:?}");
        }
    }

    #[test]
    fn what_accept_means() {
        for (value, expected) in [
            ("", Format::Json),
            ("*/*", Format::Json),
            ("application/json, text/plain, */*", Format::Json),
            ("text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8", Format::Json),
            ("text/*", Format::Json),
            ("text/csv", Format::Csv),
            ("TEXT/CSV; charset=utf-8", Format::Csv),
            ("text/csv, */*", Format::Csv),
            ("text/csv, */*;q=0.1", Format::Csv),
            ("text/csv;q=0.5, */*", Format::Json),
            ("text/csv;q=0", Format::Json),
            ("text/csv;q=0.9, application/json", Format::Json),
            ("application/json, text/csv", Format::Json),
            ("application/x-ndjson", Format::Lines),
            ("application/jsonl;q=0.7, text/csv;q=0.6", Format::Lines),
            ("text/csv;q=x", Format::Json),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(ACCEPT, HeaderValue::from_str(value).expect("header"));
            assert_eq!(accepted(&headers), expected, "{value}");
        }
        // A parameter is stronger than the header.
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("text/csv"));
        let asked = Form::asked(Some("json"), None, false, &headers).expect("a form");
        assert_eq!(asked.apply(b"[]".to_vec(), Some(&[])).expect("applies").1, Format::Json);
    }

    #[test]
    fn what_is_refused() {
        for (format, fields) in [(Some("xml"), None), (Some("CSV"), None), (None, Some("a,,b")), (None, Some("a.b"))] {
            let error = Form::asked(format, fields, false, &HeaderMap::new()).expect_err("refused");
            assert_eq!(error.code, "invalid_parameter");
        }
        for format in ["csv", "ndjson"] {
            assert_eq!(
                form(Some(format), None).apply(b"{}".to_vec(), None).expect_err("no list").code,
                "invalid_parameter"
            );
        }
    }

    fn value() -> impl Strategy<Value = Value> {
        let leaf = prop_oneof![
            Just(Value::Null),
            any::<bool>().prop_map(Value::from),
            any::<i32>().prop_map(Value::from),
            any::<String>().prop_map(Value::from),
        ];
        leaf.prop_recursive(3, 16, 4, |inner| {
            prop_oneof![
                prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
                prop::collection::btree_map(any::<String>(), inner, 0..4)
                    .prop_map(|map| Value::Object(map.into_iter().collect())),
            ]
        })
    }

    proptest! {
        #[test]
        fn any_rows_are_cut_as_a_parser_would(rows in prop::collection::vec((value(), value(), value()), 0..6)) {
            let rows: Vec<Value> = rows.into_iter().map(|(a, b, c)| json!({"a": a, "b": b, "c": c})).collect();
            let body = Value::from(rows.clone()).to_string();
            let kept: Vec<Value> = rows.iter().map(|row| json!({"a": row["a"], "c": row["c"]})).collect();
            let read: Vec<Value> = serde_json::from_str(&text(&form(None, Some("c,a")), &body, &[])).expect("JSON");
            prop_assert_eq!(&read, &kept);
            let lines = text(&form(Some("ndjson"), None), &body, &[]);
            let read: Vec<Value> = lines.split_terminator('\n').map(|l| serde_json::from_str(l).expect("JSON")).collect();
            prop_assert_eq!(&read, &rows);
            // Read as RFC 4180 has it, cell by cell.
            let cells = read_csv(&text(&form(Some("csv"), None), &body, &["a", "b", "c"]));
            prop_assert_eq!(cells.len(), rows.len() + 1);
            for (row, cells) in rows.iter().zip(&cells[1..]) {
                for (name, cell) in ["a", "b", "c"].iter().zip(cells) {
                    let expected = match &row[*name] {
                        Value::Null => String::new(),
                        Value::String(text) if is_formula(text) => format!("'{text}"),
                        Value::String(text) => text.clone(),
                        other => other.to_string(),
                    };
                    prop_assert_eq!(cell, &expected);
                }
            }
        }
    }

    /// The grammar of RFC 4180, section 2.
    fn read_csv(text: &str) -> Vec<Vec<String>> {
        let (mut rows, mut row, mut cell, mut quoted) = (Vec::new(), Vec::new(), String::new(), false);
        let mut chars = text.chars().peekable();
        while let Some(c) = chars.next() {
            match c {
                '"' if quoted && chars.peek() == Some(&'"') => {
                    chars.next();
                    cell.push('"');
                }
                '"' => quoted = !quoted,
                ',' if !quoted => row.push(std::mem::take(&mut cell)),
                '\r' if !quoted && chars.peek() == Some(&'\n') => {
                    chars.next();
                    row.push(std::mem::take(&mut cell));
                    rows.push(std::mem::take(&mut row));
                }
                c => cell.push(c),
            }
        }
        rows
    }
}
