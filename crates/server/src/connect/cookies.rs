//! The two cookies: one finds a browser's open session again, one ties a login to the window in which it began.
use axum::http::header::{COOKIE, SET_COOKIE};
use axum::http::{HeaderMap, HeaderName, HeaderValue};
use hilum_engine::Config;
use hilum_engine::enrol::{FLOW_MS, SESSION_MS};
use hilum_model::{FlowId, Secret};

/// `__Host-` ties a cookie to this very host over https. Only a server on http at loopback does without.
fn prefix(config: &Config) -> &'static str {
    if config.plain_loopback() { "" } else { "__Host-" }
}

/// Name of the resume cookie; `resume` is the session's short name.
pub(super) fn resume_name(config: &Config, resume: &str) -> String {
    format!("{}hilum_s_{resume}", prefix(config))
}

/// Name of a login's cookie.
pub(super) fn flow_name(config: &Config, flow: FlowId) -> String {
    format!("{}hilum_f_{flow}", prefix(config))
}

/// Sets the resume cookie. The page may be a frame of another site, so the cookie has to travel there
/// (`SameSite=None`), kept apart for each host page (`Partitioned`). It opens nothing but its own session.
pub(super) fn set_resume(config: &Config, resume: &str, secret: &Secret<String>) -> (HeaderName, HeaderValue) {
    let site = if config.plain_loopback() { "SameSite=Lax" } else { "Secure; SameSite=None; Partitioned" };
    let name = resume_name(config, resume);
    set(&format!("{name}={}; Path=/; Max-Age={}; HttpOnly; {site}", secret.expose(), SESSION_MS / 1000))
}

/// Sets a login's cookie. It is first-party: the login happens in a top-level window. `Lax` lets it come back with
/// the provider's redirect.
pub(super) fn set_flow(config: &Config, flow: FlowId, secret: &Secret<String>) -> (HeaderName, HeaderValue) {
    flow_cookie(config, flow, secret.expose(), FLOW_MS / 1000)
}

/// Takes a login's cookie away.
pub(super) fn clear_flow(config: &Config, flow: FlowId) -> (HeaderName, HeaderValue) {
    flow_cookie(config, flow, "", 0)
}

fn flow_cookie(config: &Config, flow: FlowId, value: &str, max_age: i64) -> (HeaderName, HeaderValue) {
    let secure = if config.plain_loopback() { "" } else { "Secure; " };
    let name = flow_name(config, flow);
    set(&format!("{name}={value}; Path=/; Max-Age={max_age}; HttpOnly; {secure}SameSite=Lax"))
}

fn set(text: &str) -> (HeaderName, HeaderValue) {
    // Names and values are hex: always a valid header.
    let mut value = HeaderValue::from_str(text).unwrap_or_else(|_| HeaderValue::from_static(""));
    value.set_sensitive(true);
    (SET_COOKIE, value)
}

/// Every cookie of a request, in order.
pub(super) fn all(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    headers
        .get_all(COOKIE)
        .into_iter()
        .filter_map(|value| value.to_str().ok())
        .flat_map(|text| text.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
}

/// A cookie's value.
pub(super) fn get(headers: &HeaderMap, name: &str) -> Option<String> {
    all(headers).find(|(n, _)| *n == name).map(|(_, value)| value.to_owned())
}
