//! Static files of the browser side, compiled in.
use std::hash::{DefaultHasher, Hasher};

use askama::Template;
use axum::extract::Path;
use axum::http::header::{ACCEPT, ACCESS_CONTROL_ALLOW_ORIGIN, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH, VARY};
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{Html, IntoResponse, Response};
use axum::routing::{MethodRouter, get};

use crate::api::schema::text;
use crate::api::{About, Operation, Tag, Verb};
use crate::encoding::{self, Varies};
use crate::{ApiError, AppState};

/// Their addresses.
pub(crate) const OPERATIONS: &[Operation] = &[
    Operation::route(
        Verb::Get,
        "/connect.js",
        || file(&CONNECT_JS),
        || {
            About::new(Tag::Connect, "getConnectScript", "The script that opens Connect in a page of the app")
                .answer_in(200, "The script", [("text/javascript", text(""))])
                .with_headers(&["ETag"])
                .unchanged()
        },
    ),
    Operation::internal(Verb::Get, "/store.min.js", || file(&STORE_JS), FILE),
    Operation::internal(Verb::Get, "/spinner.gif", || file(&SPINNER), FILE),
    Operation::internal(
        Verb::Get,
        "/images/data-source-type-icons/launch-connect-text.svg",
        || file(&LAUNCH_SVG),
        FILE,
    ),
    Operation::internal(Verb::Get, "/static/connect-host.js", || file(&HOST_JS), FILE),
    Operation::internal(Verb::Get, "/static/connect-page.js", || file(&PAGE_JS), FILE),
    Operation::internal(Verb::Get, "/static/connect-page.css", || file(&PAGE_CSS), FILE),
    Operation::internal(Verb::Get, "/static/api.css", || file(&API_CSS), FILE),
    Operation::internal(Verb::Get, "/static/import.js", || file(&IMPORT_JS), FILE),
    Operation::internal(Verb::Get, "/static/done.js", || file(&DONE_JS), FILE),
    Operation::internal(Verb::Get, "/assets/button/{file}", || get(button), FILE),
    Operation::internal(Verb::Get, "/blank/{*rest}", || get(blank), FILE),
];

/// Why most are not described.
const FILE: &str = "a file that our pages and scripts ask for";

fn file(file: &'static File) -> MethodRouter<AppState> {
    get(move |headers: HeaderMap| async move { file.answer(&headers) })
}

const JS: &str = "text/javascript; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const PNG: &str = "image/png";
const SVG: &str = "image/svg+xml";
const GIF: &str = "image/gif";

/// A file as it is compiled in. All are public, so other origins may read them.
struct File {
    content_type: &'static str,
    bytes: &'static [u8],
}

macro_rules! file {
    ($content_type:expr, $path:literal) => {
        File { content_type: $content_type, bytes: include_bytes!(concat!("../../../web/", $path)) }
    };
}

static CONNECT_JS: File = file!(JS, "connect.js");
static STORE_JS: File = file!(JS, "store.min.js");
static SPINNER: File = file!(GIF, "spinner.gif");
static LAUNCH_SVG: File = file!(SVG, "launch-connect-text.svg");
static HOST_JS: File = file!(JS, "static/connect-host.js");
static PAGE_JS: File = file!(JS, "static/connect-page.js");
static PAGE_CSS: File = file!(CSS, "static/connect-page.css");
static API_CSS: File = file!(CSS, "static/api.css");
static IMPORT_JS: File = file!(JS, "static/import.js");
static DONE_JS: File = file!(JS, "static/done.js");

/// The buttons: colour, bitmap, drawing.
const BUTTONS: [(&str, File, File); 5] = [
    ("blue", file!(PNG, "button/blue.png"), file!(SVG, "button/blue.svg")),
    ("black", file!(PNG, "button/black.png"), file!(SVG, "button/black.svg")),
    ("white", file!(PNG, "button/white.png"), file!(SVG, "button/white.svg")),
    ("grey", file!(PNG, "button/grey.png"), file!(SVG, "button/grey.svg")),
    ("green", file!(PNG, "button/green.png"), file!(SVG, "button/green.svg")),
];

impl File {
    fn answer(&self, request: &HeaderMap) -> Response {
        let etag = self.etag();
        let known = request.get(IF_NONE_MATCH).and_then(|v| v.to_str().ok()).is_some_and(|held| {
            held.split(',').map(|tag| tag.trim().trim_start_matches("W/")).any(|tag| tag == etag || tag == "*")
        });
        let mut response = if known { StatusCode::NOT_MODIFIED.into_response() } else { self.bytes.into_response() };
        // Pictures are compressed as they are.
        if ![PNG, GIF].contains(&self.content_type) {
            encoding::allow(&mut response, Varies::ByCoding);
        }
        let headers = response.headers_mut();
        headers.insert(CONTENT_TYPE, HeaderValue::from_static(self.content_type));
        // Short: pages name these files without a version, and a new release has to reach them the same day.
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("public, max-age=300"));
        headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, HeaderValue::from_static("*"));
        headers
            .insert(HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("cross-origin"));
        if let Ok(etag) = HeaderValue::from_str(&etag) {
            headers.insert(ETAG, etag);
        }
        response
    }

    /// Tells contents apart; nobody gains by forging it.
    fn etag(&self) -> String {
        let mut hasher = DefaultHasher::new();
        hasher.write(self.bytes);
        format!("\"{:016x}\"", hasher.finish())
    }
}

/// `GET /assets/button/{colour}.{png,svg}`. Old pages name the bitmap; browsers that say they take SVG get the drawing.
async fn button(Path(name): Path<String>, headers: HeaderMap) -> Result<Response, ApiError> {
    let found = name
        .rsplit_once('.')
        .and_then(|(colour, form)| BUTTONS.iter().find(|(c, ..)| *c == colour).map(|(_, png, svg)| (form, png, svg)));
    let draws = headers.get(ACCEPT).and_then(|v| v.to_str().ok()).is_some_and(|accept| accept.contains(SVG));
    match found {
        Some(("svg", _, svg)) => Ok(svg.answer(&headers)),
        Some(("png", _, svg)) if draws => {
            let mut response = svg.answer(&headers);
            encoding::allow(&mut response, Varies::ByFormAndCoding);
            Ok(response)
        }
        Some(("png", png, _)) => {
            let mut response = png.answer(&headers);
            response.headers_mut().insert(VARY, HeaderValue::from_static("Accept"));
            Ok(response)
        }
        _ => Err(ApiError::not_found("There is no such button.")),
    }
}

/// `GET /blank/…`: an empty page, at whose address native apps see that Connect has ended.
async fn blank() -> Response {
    match Blank.render() {
        Ok(text) => Html(text).into_response(),
        Err(error) => {
            tracing::error!(%error, "template failed");
            StatusCode::INTERNAL_SERVER_ERROR.into_response()
        }
    }
}

#[derive(Template)]
#[template(path = "connect/blank.html")]
struct Blank;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn unchanged_files_are_not_sent_again() {
        let first = CONNECT_JS.answer(&HeaderMap::new());
        assert_eq!(first.status(), StatusCode::OK);
        let mut again = HeaderMap::new();
        again.insert(IF_NONE_MATCH, first.headers()[ETAG].clone());
        assert_eq!(CONNECT_JS.answer(&again).status(), StatusCode::NOT_MODIFIED);
        assert_eq!(STORE_JS.answer(&again).status(), StatusCode::OK);
    }

    #[test]
    fn files_are_what_they_are_called() {
        for (colour, png, svg) in &BUTTONS {
            assert!(png.bytes.starts_with(b"\x89PNG"), "{colour}");
            assert!(svg.bytes.starts_with(b"<svg"), "{colour}");
        }
        assert!(SPINNER.bytes.starts_with(b"GIF8"));
    }
}
