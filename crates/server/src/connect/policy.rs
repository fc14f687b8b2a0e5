//! Content security policies of the pages.
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, REFERRER_POLICY};
use axum::response::Response;
use hilum_engine::Config;
use hilum_engine::enrol::Settings;
use hilum_store::apps::App;
use url::Url;

/// Who may frame a page, and where its forms may lead.
pub(super) struct Policy {
    frame_ancestors: String,
    form_action: String,
}

impl Policy {
    /// A page that nobody frames and that has no forms: errors, the end of a login.
    pub(super) fn alone() -> Self {
        Self { frame_ancestors: "'none'".into(), form_action: "'none'".into() }
    }

    /// The Connect page of an app: framed by the app's origins only (threat T11). Chromium applies `form-action` to
    /// every redirect that follows a form, and providers send the browser on to login hosts of other names that nobody
    /// can list: so every https address is allowed, and what is not https (sandboxes, native apps' schemes) is named.
    pub(super) fn connect(config: &Config, app: &App, settings: Option<&Settings>) -> Self {
        // OAuth opens it in the whole window; in a frame it could only be there to be clicked unseen.
        let framed = settings.is_none_or(|s| s.oauth.is_none());
        let ancestors: Vec<String> = app.origins.iter().filter(|_| framed).filter_map(|o| source(o)).collect();
        let mut targets = vec!["'self'".to_owned(), "https:".to_owned()];
        targets.extend(config.providers.values().filter_map(|p| source(&p.authorize_url)));
        if let Some(form) = settings.and_then(|s| s.redirect.as_ref()) {
            targets.extend([&form.finish_url, &form.close_url].into_iter().filter_map(|url| source(url)));
        }
        targets.retain(|target| !target.starts_with("https://"));
        targets.dedup();
        Self {
            frame_ancestors: if ancestors.is_empty() { "'none'".into() } else { ancestors.join(" ") },
            form_action: targets.join(" "),
        }
    }

    /// Puts the policy on a page. `same-origin`: under `no-referrer` browsers send `Origin: null` with our own forms;
    /// other sites learn nothing either way.
    pub(super) fn apply(&self, mut response: Response) -> Response {
        let text = format!(
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
             form-action {}; base-uri 'none'; frame-ancestors {}",
            self.form_action, self.frame_ancestors
        );
        let policy = HeaderValue::from_str(&text);
        let none = HeaderValue::from_static("default-src 'none'; frame-ancestors 'none'");
        response.headers_mut().insert(CONTENT_SECURITY_POLICY, policy.unwrap_or(none));
        response.headers_mut().insert(REFERRER_POLICY, HeaderValue::from_static("same-origin"));
        response
    }
}

/// A source expression: the origin of a URL, or the scheme of one without an origin (a native app's own). Serialised
/// by the URL parser, so that no configured text can bring a second directive with it.
fn source(url: &str) -> Option<String> {
    let url = Url::parse(url).ok()?;
    let origin = url.origin();
    Some(if origin.is_tuple() { origin.ascii_serialization() } else { format!("{}:", url.scheme()) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sources_are_origins_or_schemes() {
        assert_eq!(source("https://a.example/x?y;z 'none'").as_deref(), Some("https://a.example"));
        assert_eq!(source("http://127.0.0.1:8000").as_deref(), Some("http://127.0.0.1:8000"));
        assert_eq!(source("hapiconnect://done").as_deref(), Some("hapiconnect:"));
        assert_eq!(source("'none'; script-src *"), None);
    }
}
