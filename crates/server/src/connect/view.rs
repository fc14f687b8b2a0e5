//! The templates' structs and how they are filled.
use askama::Template;
use axum::http::StatusCode;
use axum::response::{Html, IntoResponse, Response};
use hilum_engine::enrol::{Failure, Incoming, Opened, Settings, SourceState, SourceView, Window};
use hilum_engine::{Condition, Config};
use hilum_model::Secret;
use hilum_providers::spec::Region;
use hilum_store::apps::App;
use hilum_store::sessions::{Session, SessionMode};
use serde::Serialize;

use super::policy::Policy;
use crate::ApiError;
use crate::human::known_sources::number;

/// The list of sources; the fields are said in `sources.html`.
pub(super) struct List {
    version: i64,
    secret: String,
    start_action: &'static str,
    new_window: bool,
    sources: Vec<Row>,
}

struct Row {
    key: String,
    provider: &'static str,
    name: String,
    summary: &'static str,
    icon: &'static str,
    state: &'static str,
    detail: &'static str,
    connection: String,
    regions: Vec<RegionChoice>,
    door: bool,
    number: String,
    held: bool,
}

/// A region of a source that has a login of its own for each.
struct RegionChoice {
    id: &'static str,
    name: &'static str,
    chosen: bool,
}

/// The list alone.
#[derive(Template)]
#[template(path = "connect/sources.html")]
struct Fragment {
    list: List,
}

/// The page; the fields are said in `page.html`.
#[derive(Template)]
#[template(path = "connect/page.html")]
struct Page {
    lang: &'static str,
    variant: &'static str,
    app_name: String,
    edit: bool,
    framed: bool,
    secret: String,
    data_json: String,
    error: Option<Problem>,
    list: List,
}

struct Problem {
    code: &'static str,
    message: String,
    detail: String,
    close_url: String,
}

#[derive(Template)]
#[template(path = "connect/error.html")]
struct ErrorPage {
    lang: &'static str,
    variant: &'static str,
    message: String,
    detail: String,
}

#[derive(Template)]
#[template(path = "connect/ended.html")]
struct EndedPage {
    lang: &'static str,
    variant: &'static str,
    app_name: String,
}

/// The last page of a login window.
#[derive(Template)]
#[template(path = "connect/done.html")]
pub(super) struct DonePage {
    pub(super) lang: &'static str,
    pub(super) variant: &'static str,
    pub(super) result: &'static str,
    pub(super) source_name: String,
    pub(super) app_name: String,
    pub(super) detail: String,
    pub(super) data_json: String,
}

/// What the page's script is told.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Data<'a> {
    form: &'static str,
    mode: &'static str,
    secret: &'a str,
    poll: &'a str,
    open_token: &'a str,
    objects: bool,
    origins: &'a [String],
    error: Option<DataError<'a>>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct DataError<'a> {
    code: &'a str,
    message: &'a str,
    detailed_message: &'a str,
}

/// Renders a template.
pub(super) fn html(status: StatusCode, template: &impl Template) -> Response {
    match template.render() {
        Ok(text) => (status, Html(text)).into_response(),
        Err(error) => {
            tracing::error!(%error, "template failed");
            ApiError::server_error().into_response()
        }
    }
}

/// The page of an open session.
pub(super) fn page(config: &Config, opened: &Opened, poll: &str, sources: &[SourceView]) -> Response {
    let secret = opened.page_secret.expose();
    let edit = opened.session.mode == SessionMode::Edit;
    let framed = opened.settings.redirect.is_none();
    let data = Data {
        form: form(framed),
        mode: if edit { "edit" } else { "create" },
        secret,
        poll,
        open_token: &opened.open_token,
        objects: opened.settings.by_token,
        origins: &opened.app.origins,
        error: None,
    };
    let page = Page {
        lang: "en",
        variant: variant(framed, opened.settings.modal),
        app_name: opened.app.name.clone(),
        edit,
        framed,
        secret: secret.clone(),
        data_json: script_json(&data),
        error: None,
        list: list(&opened.session, &opened.settings, &opened.page_secret, sources),
    };
    Policy::connect(config, &opened.app, Some(&opened.settings)).apply(html(StatusCode::OK, &page))
}

/// The page of an app that can not start: it says why, and offers to close. `close_url` is where Close leads in the
/// redirect form.
pub(super) fn problem_page(
    config: &Config,
    app: &App,
    error: &ApiError,
    edit: bool,
    close_url: Option<&str>,
) -> Response {
    problem(config, app, error, edit, close_url, false)
}

/// The same for an app of the second generation.
pub(super) fn problem_in_objects(config: &Config, app: &App, error: &ApiError) -> Response {
    problem(config, app, error, false, None, true)
}

fn problem(
    config: &Config,
    app: &App,
    error: &ApiError,
    edit: bool,
    close_url: Option<&str>,
    objects: bool,
) -> Response {
    let framed = close_url.is_none();
    let data = Data {
        form: form(framed),
        mode: if edit { "edit" } else { "create" },
        secret: "",
        poll: "",
        open_token: "",
        objects,
        origins: &app.origins,
        error: Some(DataError { code: error.code, message: error.message, detailed_message: &error.detailed }),
    };
    let page = Page {
        lang: "en",
        variant: variant(framed, false),
        app_name: app.name.clone(),
        edit,
        framed,
        secret: String::new(),
        data_json: script_json(&data),
        error: Some(Problem {
            code: error.code,
            message: error.message.to_owned(),
            detail: error.detailed.clone(),
            close_url: close_url.unwrap_or_default().to_owned(),
        }),
        list: List {
            version: 0,
            secret: String::new(),
            start_action: "/connect/start",
            new_window: framed,
            sources: Vec::new(),
        },
    };
    // "User already exists" is an answer of the contract, not a fault: browsers write 4xx pages into the host page's
    // console, where developers look for their own faults.
    let status = if error.code == "user_already_exists" { StatusCode::OK } else { error.status };
    let mut response = Policy::connect(config, app, None).apply(html(status, &page));
    error.mark(&mut response);
    response
}

/// A page for what has no app to be shown in.
pub(super) fn error_page(error: &ApiError) -> Response {
    let page =
        ErrorPage { lang: "en", variant: "alone", message: error.message.to_owned(), detail: error.detailed.clone() };
    let mut response = Policy::alone().apply(html(error.status, &page));
    error.mark(&mut response);
    response
}

/// The end of a framed page without script, which can not tell its host.
pub(super) fn ended_page(config: &Config, app: &App, settings: &Settings) -> Response {
    let page = EndedPage { lang: "en", variant: variant(true, settings.modal), app_name: app.name.clone() };
    Policy::connect(config, app, Some(settings)).apply(html(StatusCode::OK, &page))
}

/// The list as an answer of its own.
pub(super) fn fragment(session: &Session, settings: &Settings, secret: &str, sources: &[SourceView]) -> Response {
    let list = list(session, settings, &Secret::new(secret.to_owned()), sources);
    let mut response = html(StatusCode::OK, &Fragment { list });
    response.headers_mut().insert("x-hilum-version", session.version.into());
    response
}

fn list(session: &Session, settings: &Settings, secret: &Secret<String>, sources: &[SourceView]) -> List {
    let mut seen: Vec<&str> = Vec::new();
    let rows = sources.iter().map(|view| {
        seen.push(view.face.id);
        row(view, seen.iter().filter(|id| **id == view.face.id).count())
    });
    List {
        version: session.version,
        secret: secret.expose().clone(),
        start_action: if settings.window == Window::WebView { "/connect/start?popup=1" } else { "/connect/start" },
        new_window: settings.window == Window::Popup,
        sources: rows.collect(),
    }
}

fn row(view: &SourceView, nth: usize) -> Row {
    let id = view.face.id;
    let (state, detail, connection) = match view.state {
        SourceState::Available => ("available", "Not connected", None),
        SourceState::Failed(failure) => ("failed", failure_text(failure), None),
        SourceState::Connected(connection) => ("connected", connected_text(view), Some(connection)),
        SourceState::Awaiting(connection) => {
            ("connected", "Waiting for the first data from the phone", Some(connection))
        }
        SourceState::Attention(connection) => ("attention", "Sign in again to go on", Some(connection)),
        SourceState::Question(connection) => {
            ("question", "You signed in with another account than the one connected here.", Some(connection))
        }
        SourceState::Imported(connection) => ("connected", "Added from a file", Some(connection)),
        SourceState::Door(Incoming::None) => ("available", "From your device or account", None),
        SourceState::Door(Incoming::Coming) => ("available", "A file is on its way here", None),
        SourceState::Door(Incoming::Reading) => ("available", "Your file is being read", None),
    };
    let name = view.face.name;
    Row {
        key: if nth == 1 { id.to_owned() } else { format!("{id}-{nth}") },
        provider: id,
        name: if nth == 1 { name.to_owned() } else { format!("{name} ({nth})") },
        summary: view.face.summary,
        icon: view.face.icon,
        state,
        detail,
        connection: connection.map(|c| c.to_string()).unwrap_or_default(),
        regions: regions(view),
        number: hex::encode(number(view.face.provider())),
        held: matches!(view.state, SourceState::Imported(_)),
        door: matches!(view.state, SourceState::Door(_)),
    }
}

/// How the data of a connected source come, in words.
fn connected_text(view: &SourceView) -> &'static str {
    match view.health.as_ref().map(|health| health.condition) {
        None | Some(Condition::Live | Condition::NeedsReauth) => "Connected",
        Some(Condition::Quiet) => "Connected. No new data for a while: does your device still send them there?",
        Some(Condition::Stale) => "Connected, but without an update for a while. It is tried again by itself.",
        Some(Condition::ProviderDown) => "Connected, but it does not answer now. It is tried again by itself.",
        Some(Condition::Paused) => "Connected. Updates are paused.",
    }
}

fn regions(view: &SourceView) -> Vec<RegionChoice> {
    let chosen = |id: &str| view.region.as_deref() == Some(id);
    let choice = |region: &Region| RegionChoice { id: region.id, name: region.name, chosen: chosen(region.id) };
    view.regions.iter().map(choice).collect()
}

/// A failed login in words.
pub(super) fn failure_text(failure: Failure) -> &'static str {
    match failure {
        Failure::Denied => "You did not allow access.",
        Failure::NothingGranted => "You allowed nothing to be read. Tick at least one kind of data.",
        Failure::Refused => "The source refused the connection.",
        Failure::RefusedInRegion => {
            "The source refused the connection. Perhaps your account belongs to another region: choose that one."
        }
        Failure::NoAnswer => "The source did not answer. Try again in a moment.",
        Failure::OtherBrowser => "The login came back in another browser, or cookies are switched off.",
        Failure::SessionEnded => "Connect was closed before the login was done.",
    }
}

fn form(framed: bool) -> &'static str {
    if framed { "frame" } else { "redirect" }
}

fn variant(framed: bool, modal: bool) -> &'static str {
    match (framed, modal) {
        (true, true) => "framed modal",
        (true, false) => "framed",
        (false, _) => "alone",
    }
}

/// JSON inside a script element: no `<` may stand in it.
pub(super) fn script_json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|_| "{}".into()).replace('<', "\\u003c")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_cannot_leave_its_script() {
        let text = script_json(&"</script><!--");
        assert_eq!(text, r#""\u003c/script>\u003c!--""#);
    }
}
