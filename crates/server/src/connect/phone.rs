//! What the window shows for a source that pushes from the phone: the secret address, as text and as a code to scan.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use hilum_engine::enrol::{Invited, Offered, Window};
use qrcode::render::svg;
use qrcode::{EcLevel, QrCode};

use super::policy::Policy;
use super::view::html;
use super::{file_words, files};

/// The page; the fields are said in `phone.html`.
#[derive(Template)]
#[template(path = "connect/phone.html")]
struct Phone<'a> {
    lang: &'static str,
    variant: &'static str,
    source_name: &'static str,
    source_app: &'static str,
    app_name: &'a str,
    steps: &'static [&'static str],
    address: &'a str,
    code: Option<String>,
    data_json: String,
    history: bool,
    files: Vec<file_words::File>,
    back: Option<String>,
}

/// The page. It is the answer to the person's own click and never has an address of its own: the secret is in no
/// history and in no `Referer`.
pub(super) fn page(secret: &str, invited: &Invited, offered: &Offered) -> Response {
    let address = invited.address.expose();
    let back =
        (invited.settings.window == Window::Same).then(|| format!("/connect/page?s={}", invited.settings.resume));
    let page = Phone {
        lang: "en",
        variant: "alone",
        source_name: invited.bridge.name,
        source_app: invited.bridge.app,
        app_name: &invited.app.name,
        steps: invited.bridge.steps,
        address,
        code: code(address),
        data_json: files::data(secret),
        history: invited.bridge.id == hilum_providers::apple_health::BRIDGE.id,
        files: file_words::of(offered),
        back,
    };
    Policy::alone().apply(html(StatusCode::OK, &page))
}

/// The address as an inline SVG. The picture is not written for those who can not see it: the text stands beside it.
fn code(address: &str) -> Option<String> {
    let code = QrCode::with_error_correction_level(address, EcLevel::M).ok()?;
    let picture = code
        .render::<svg::Color<'_>>()
        .min_dimensions(200, 200)
        .dark_color(svg::Color("#000"))
        .light_color(svg::Color("#fff"))
        .build();
    // Inside a page the XML declaration has no place.
    picture.find("<svg").and_then(|start| picture.get(start..)).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_a_plain_picture() {
        let picture = code("https://connect.example/push/0123456789abcdef").expect("fits");
        assert!(picture.starts_with("<svg ") && picture.trim_end().ends_with("</svg>"));
        for active in ["script", "href", "style", "url("] {
            assert!(!picture.contains(active), "{active}");
        }
    }
}
