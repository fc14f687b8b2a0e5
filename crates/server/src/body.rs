//! Request bodies: JSON or form, whatever the content type says.
//!
//! Published clients send JSON, JSON under a form's content type, forms under none, and members that nobody asked for.
//! So the content type is believed first, the other reading is tried when the first fails, and unknown members are
//! left alone. What is read has to be a text: a wrong type, or a field that is there twice with different values, is
//! refused by name and never guessed at.
use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{HeaderMap, StatusCode, header};
use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::Value;

use crate::ApiError;

/// The fields of a body, in the order in which they came.
#[derive(Default)]
pub struct Fields(Vec<(String, Value)>);

impl Fields {
    /// Reads a body. An empty body has no fields.
    pub fn parse(headers: &HeaderMap, body: &[u8]) -> Result<Self, ApiError> {
        if body.iter().all(u8::is_ascii_whitespace) {
            return Ok(Self::default());
        }
        let declared = headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
        let declared = declared.to_ascii_lowercase();
        let looks_like_json = body.iter().find(|b| !b.is_ascii_whitespace()).is_some_and(|b| matches!(b, b'{' | b'['));
        let fields = if declared.contains("json") || looks_like_json {
            json(body).or_else(|| if looks_like_json { None } else { form(body) })
        } else {
            form(body)
        };
        fields.map(Self).ok_or_else(|| {
            ApiError::bad_request(
                "invalid_body",
                "Invalid Body",
                "The body is neither a JSON object nor a form. Send one of them, in UTF-8.",
            )
        })
    }

    /// A field's text, if it is there and not empty. JSON `null` counts as absent.
    pub fn text(&self, name: &str) -> Result<Option<&str>, ApiError> {
        let mut found: Option<&str> = None;
        for (_, value) in self.0.iter().filter(|(n, _)| n == name) {
            let text = match value {
                Value::String(text) => text.as_str(),
                Value::Null => continue,
                _ => return Err(wrong_field(format!("{name} has to be a text."))),
            };
            if found.is_some_and(|earlier| earlier != text) {
                return Err(wrong_field(format!("{name} is there more than once, with different values.")));
            }
            found = Some(text);
        }
        Ok(found.filter(|text| !text.is_empty()))
    }

    /// A field that has to be there.
    pub fn required(&self, name: &str) -> Result<&str, ApiError> {
        self.text(name)?
            .ok_or_else(|| ApiError::bad_request("missing_field", "Missing Field", format!("{name} is missing.")))
    }
}

impl std::fmt::Debug for Fields {
    /// Names only: values may be secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_list().entries(self.0.iter().map(|(name, _)| name)).finish()
    }
}

impl<S: Send + Sync> FromRequest<S> for Fields {
    type Rejection = ApiError;
    async fn from_request(request: Request, state: &S) -> Result<Self, ApiError> {
        let headers = request.headers().clone();
        let body = Bytes::from_request(request, state).await.map_err(|rejection| match rejection.status() {
            StatusCode::PAYLOAD_TOO_LARGE => ApiError::new(
                StatusCode::PAYLOAD_TOO_LARGE,
                "body_too_large",
                "Body Too Large",
                "The body is larger than this endpoint takes (64 KiB).",
            ),
            _ => ApiError::bad_request("invalid_body", "Invalid Body", "The body could not be read to its end."),
        })?;
        Self::parse(&headers, &body)
    }
}

fn wrong_field(detailed: String) -> ApiError {
    ApiError::bad_request("invalid_field", "Invalid Field", detailed)
}

/// A JSON object as a list, so that a repeated member is seen instead of silently overwritten.
struct Members(Vec<(String, Value)>);

impl<'de> Deserialize<'de> for Members {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Reader;
        impl<'de> Visitor<'de> for Reader {
            type Value = Members;
            fn expecting(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.write_str("an object")
            }
            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Members, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }
        deserializer.deserialize_map(Reader)
    }
}

fn json(body: &[u8]) -> Option<Vec<(String, Value)>> {
    serde_json::from_slice::<Members>(body).ok().map(|members| members.0)
}

/// A form, strictly in UTF-8; `None` if it is none (no `=`, or bytes that are no text).
fn form(body: &[u8]) -> Option<Vec<(String, Value)>> {
    let text = std::str::from_utf8(body).ok()?;
    if !text.contains('=') {
        return None;
    }
    crate::query::pairs(text).ok().map(|pairs| pairs.into_iter().map(|(n, v)| (n, Value::String(v))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(content_type: &str, body: &str) -> Result<Fields, ApiError> {
        let mut headers = HeaderMap::new();
        if !content_type.is_empty() {
            headers.insert(header::CONTENT_TYPE, content_type.parse().expect("header"));
        }
        Fields::parse(&headers, body.as_bytes())
    }

    #[test]
    fn both_forms_under_any_content_type() {
        let json = r#" {"humanId":"6f","clientId":"f0","extra":{"a":[1]}}"#;
        let form = "humanId=6f&clientId=f0&extra=1";
        for body in [json, form] {
            for content_type in [
                "application/json",
                "application/json; charset=utf-8",
                "application/x-www-form-urlencoded",
                "text/plain",
                "application/octet-stream",
                "",
            ] {
                let fields = read(content_type, body).expect("readable");
                assert_eq!(fields.required("humanId"), Ok("6f"), "{content_type} {body}");
                assert_eq!(fields.required("clientId"), Ok("f0"));
                assert_eq!(fields.text("userId"), Ok(None));
            }
        }
    }

    #[test]
    fn encoded_values_are_decoded_once() {
        let fields = read("application/x-www-form-urlencoded", "id=a%2525%20b+c%F0%9F%A6%8A").expect("form");
        assert_eq!(fields.required("id"), Ok("a%25 b c🦊"));
    }

    #[test]
    fn wrong_types_and_contradictions_are_named() {
        let fields =
            read("application/json", r#"{"a":1,"b":null,"c":"x","c":"y","d":"z","d":"z","e":""}"#).expect("json");
        assert_eq!(fields.text("a").map_err(|e| e.code), Err("invalid_field"));
        assert_eq!(fields.text("b"), Ok(None));
        assert_eq!(fields.text("c").map_err(|e| e.code), Err("invalid_field"));
        assert_eq!(fields.text("d"), Ok(Some("z")));
        assert_eq!(fields.required("e").map_err(|e| e.code), Err("missing_field"));
        let form = read("", "a=1&a=2").expect("form");
        assert_eq!(form.text("a").map_err(|e| e.code), Err("invalid_field"));
    }

    #[test]
    fn what_is_no_body_is_refused() {
        for bad in ["[]", "{", "{\"a\":1", "nonsense", "a=%ff", "\"text\""] {
            assert_eq!(read("application/json", bad).map(|_| ()).map_err(|e| e.code), Err("invalid_body"), "{bad}");
        }
        assert_eq!(read("", "  ").expect("empty").text("a"), Ok(None));
    }

    #[test]
    fn debug_shows_names_only() {
        let fields = read("", "clientSecret=canary").expect("form");
        let text = format!("{fields:?}");
        assert!(text.contains("clientSecret") && !text.contains("canary"), "{text}");
    }
}
