//! How answers of the data API leave: entity tags, cache rules, paging headers, and cross-origin rules on all of
//! them, errors included.

use std::hash::{BuildHasher, Hasher};

use axum::body::{Body, HttpBody};
use axum::http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ALLOW, CACHE_CONTROL, CONTENT_LENGTH, CONTENT_TYPE, ETAG,
    IF_NONE_MATCH, LINK,
};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse, Response};

use super::form::Form;
use crate::ApiError;
use crate::encoding::{self, Varies};

const JSON: HeaderValue = HeaderValue::from_static("application/json; charset=utf-8");
/// Health data are not left in shared or browser caches. The entity tag is for callers that keep answers themselves.
pub(crate) const PRIVATE: HeaderValue = HeaderValue::from_static("private, no-store");
const X_TOTAL_COUNT: HeaderName = HeaderName::from_static("x-total-count");
const X_NEXT_CURSOR: HeaderName = HeaderName::from_static("x-next-cursor");
const X_SYNC_CURSOR: HeaderName = HeaderName::from_static("x-sync-cursor");

/// Room for the headers of an answer.
const HEADERS: usize = 24;

/// What a handler gives.
#[derive(Debug)]
pub(crate) struct Reply {
    /// JSON.
    body: Vec<u8>,
    /// Set for lists.
    list: Option<(ListHead, &'static [&'static str])>,
}

/// The headers of a list.
#[derive(Debug)]
pub(crate) struct ListHead {
    /// Rows that match in all, where they are counted.
    pub(crate) total: Option<u64>,
    /// The ways to other pages, if there are any.
    pub(crate) link: Option<String>,
    /// Where pages are asked for by cursor.
    pub(crate) cursors: Cursors,
}

/// What a page of a walk says about going on.
#[derive(Debug, Default)]
pub(crate) struct Cursors {
    /// The cursor of the next page.
    pub(crate) next: Option<HeaderValue>,
    /// On the last page: the cursor to ask with for what has changed since.
    pub(crate) sync: Option<HeaderValue>,
}

impl ListHead {
    /// Of a list that is whole.
    pub(super) fn whole(total: u64) -> Self {
        Self { total: Some(total), link: None, cursors: Cursors::default() }
    }
}

impl Reply {
    /// One object.
    pub(super) const fn object(body: Vec<u8>) -> Self {
        Self { body, list: None }
    }

    /// A list, with its columns as CSV.
    pub(crate) const fn list(body: Vec<u8>, head: ListHead, columns: &'static [&'static str]) -> Self {
        Self { body, list: Some((head, columns)) }
    }

    /// The answer in the form asked for, or 304 when the caller has it already.
    pub(crate) fn into_response(mut self, form: &Form<'_>, request: &HeaderMap) -> Result<Response, ApiError> {
        let (body, format) = form.apply(self.body, self.list.as_ref().map(|(_, columns)| *columns))?;
        self.body = body;
        let tag = self.tag();
        let known = request.get_all(IF_NONE_MATCH).iter().any(|value| names(value, &tag));
        let mut response = if known {
            StatusCode::NOT_MODIFIED.into_response()
        } else {
            let mut response = Response::new(Body::from(self.body));
            // All that an answer carries, so that the map does not grow four times.
            response.headers_mut().reserve(HEADERS);
            response.headers_mut().insert(CONTENT_TYPE, format.content_type());
            response
        };
        let varies = if self.list.is_some() { Varies::ByFormAndCoding } else { Varies::ByCoding };
        encoding::allow(&mut response, varies);
        let headers = response.headers_mut();
        headers.insert(ETAG, ascii(tag)?);
        headers.insert(CACHE_CONTROL, PRIVATE);
        if let Some((ListHead { total, link, cursors }, _)) = self.list {
            if let Some(total) = total {
                headers.insert(X_TOTAL_COUNT, HeaderValue::from(total));
            }
            if let Some(cursor) = cursors.next {
                headers.insert(X_NEXT_CURSOR, cursor);
            }
            if let Some(cursor) = cursors.sync {
                headers.insert(X_SYNC_CURSOR, cursor);
            }
            if let Some(link) = link {
                headers.insert(LINK, ascii(link)?);
            }
        }
        Ok(response)
    }

    /// A weak entity tag of the body and of what the list headers say: a page whose rows stand while the total grows
    /// has changed too. The hash is not cryptographic; a caller can only deceive itself with it.
    fn tag(&self) -> String {
        let mut hasher = foldhash::quality::FixedState::default().build_hasher();
        hasher.write(&self.body);
        if let Some((ListHead { total, link, cursors }, _)) = &self.list {
            hasher.write_u64(total.unwrap_or(u64::MAX));
            // The next cursor is in the link.
            hasher.write(link.as_deref().unwrap_or_default().as_bytes());
            hasher.write(cursors.sync.as_ref().map_or(&[][..], HeaderValue::as_bytes));
        }
        format!("W/\"{:016x}\"", hasher.finish())
    }
}

/// Header values built here are ASCII by construction.
fn ascii(value: String) -> Result<HeaderValue, ApiError> {
    HeaderValue::try_from(value).map_err(|_| {
        ApiError::bad_request(
            "invalid_parameter",
            "Invalid Parameter",
            "The query string contains characters that cannot be repeated in a header.",
        )
    })
}

/// Whether an `If-None-Match` names the tag, by weak comparison (RFC 9110, section 13.1.2).
fn names(value: &HeaderValue, tag: &str) -> bool {
    let opaque = |t: &str| t.strip_prefix("W/").unwrap_or(t).to_owned();
    let wanted = opaque(tag);
    value.to_str().is_ok_and(|text| text.split(',').map(str::trim).any(|t| t == "*" || opaque(t) == wanted))
}

/// An error of the data API.
pub(crate) fn failure(error: ApiError) -> Response {
    failure_with(error.into_response())
}

/// The same, made elsewhere.
pub(super) fn failure_with(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, JSON);
    headers.insert(CACHE_CONTROL, PRIVATE);
    response
}

/// What `HEAD` gets: all but the body.
pub(crate) fn without_body(response: Response) -> Response {
    let length = response.body().size_hint().exact().filter(|bytes| *bytes > 0);
    let mut response = response.map(|_| Body::empty());
    if let Some(length) = length {
        response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
    }
    response
}

/// The answer to `OPTIONS`: anybody may ask, since it tells nothing about anybody.
pub(super) fn preflight(allow: &str) -> Response {
    let mut response = StatusCode::NO_CONTENT.into_response();
    if let Ok(allow) = HeaderValue::try_from(allow) {
        response.headers_mut().insert(ALLOW, allow);
    }
    response
}

/// Any page may read with a token that it holds; cookies never count here, so credentials are never allowed.
/// Source of the first four: recorded answers, human-connect contract 4.1.
pub(crate) fn cross_origin(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
    headers.insert(
        ACCESS_CONTROL_ALLOW_HEADERS,
        HeaderValue::from_static("Content-Type, Authorization, Accept, If-None-Match"),
    );
    headers.insert(ACCESS_CONTROL_ALLOW_METHODS, HeaderValue::from_static("OPTIONS,GET,HEAD"));
    headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("86400"));
    headers.insert(
        ACCESS_CONTROL_EXPOSE_HEADERS,
        HeaderValue::from_static("X-Total-Count, Link, ETag, X-Next-Cursor, X-Sync-Cursor"),
    );
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reply(total: u64) -> Reply {
        Reply::list(b"[1]".to_vec(), ListHead::whole(total), &[])
    }

    #[test]
    fn the_tag_depends_on_body_total_and_link() {
        let base = reply(1).tag();
        assert_eq!(base, reply(1).tag());
        assert_ne!(base, reply(2).tag());
        assert_ne!(base, Reply::object(b"[1]".to_vec()).tag());
        assert_ne!(base, Reply { body: b"[2]".to_vec(), ..reply(1) }.tag());
        let with = |link: Option<&str>, sync: Option<&'static str>| {
            let cursors = Cursors { next: None, sync: sync.map(HeaderValue::from_static) };
            Reply::list(b"[1]".to_vec(), ListHead { total: Some(1), link: link.map(str::to_owned), cursors }, &[])
        };
        assert_ne!(base, with(Some("<x>"), None).tag());
        assert_ne!(with(None, Some("a")).tag(), with(None, Some("b")).tag());
    }

    #[test]
    fn if_none_match_is_compared_weakly() {
        let tag = reply(1).tag();
        let strong = tag.trim_start_matches("W/").to_owned();
        for (value, status) in [
            (tag.clone(), 304),
            (strong.clone(), 304),
            (format!("\"other\" , {tag}"), 304),
            ("*".to_owned(), 304),
            ("\"other\"".to_owned(), 200),
            (strong.trim_matches('"').to_owned(), 200),
        ] {
            let mut headers = HeaderMap::new();
            headers.insert(IF_NONE_MATCH, HeaderValue::from_str(&value).expect("header"));
            let form = Form::asked(None, None, false, &headers).expect("a form");
            let response = reply(1).into_response(&form, &headers).expect("response");
            assert_eq!(response.status(), status, "{value}");
            assert_eq!(response.headers()[ETAG], tag.as_str());
            assert_eq!(response.headers()[X_TOTAL_COUNT], "1");
        }
    }
}
