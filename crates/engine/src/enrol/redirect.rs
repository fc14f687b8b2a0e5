//! Where a redirect form may lead. The target receives the session token, so it is compared whole, as text, before
//! any URL parser could see something else in it than a browser does.
use hilum_store::apps::App;

use crate::Config;

/// Targets that the vendor's native SDKs watch for inside their own web view.
const BUILT_IN: [&str; 4] =
    ["https://hapi-finish", "https://hapi-close", "https://connect-token", "https://connect-closed"];
/// Base that the vendor's documentation demands.
const VENDOR_BLANK: &str = "https://connect.humanapi.co/blank/";
/// Longest target, bytes.
const MAX: usize = 2048;

/// Whether a value of `finish_url` or `close_url` is a target of this app: one of the SDKs' own, a plain path below
/// `/blank/` of this server or of the vendor's, or a URL that is registered for the app, character by character.
pub fn allowed_redirect(config: &Config, app: &App, value: &str) -> bool {
    if value.len() > MAX || BUILT_IN.contains(&value) {
        return value.len() <= MAX;
    }
    let own_blank = format!("{}/blank/", config.public_url.as_str().trim_end_matches('/'));
    let below_blank =
        [own_blank.as_str(), VENDOR_BLANK].iter().any(|base| value.strip_prefix(base).is_some_and(plain_path));
    below_blank || registered_redirect(app, value)
}

/// Whether a URL is registered for the app, character by character. (RFC 9700, section 2.1, and nothing else, is what a
/// `redirect_uri` of OAuth may be.)
pub(super) fn registered_redirect(app: &App, value: &str) -> bool {
    value.len() <= MAX && app.redirects.iter().any(|registered| registered == value) && harmless(value)
}

/// Letters, digits and `-_.~/`, no empty or dotted segment: nothing that a browser would read in another way.
fn plain_path(path: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.' | '~');
    path.split('/')
        .all(|segment| !segment.is_empty() && !segment.bytes().all(|b| b == b'.') && segment.chars().all(plain))
}

/// A second look at registered values, so that a slip at registration does not become an open door.
fn harmless(value: &str) -> bool {
    let visible = value.bytes().all(|b| b.is_ascii_graphic() && b != b'\\' && b != b'#');
    let Ok(url) = url::Url::parse(value) else { return false };
    let loopback = match url.host() {
        Some(url::Host::Domain(d)) => d == "localhost",
        Some(url::Host::Ipv4(a)) => a.is_loopback(),
        Some(url::Host::Ipv6(a)) => a.is_loopback(),
        None => false,
    };
    let scheme = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => loopback,
        // A native app's own scheme; never one that a browser acts on by itself.
        other => !["javascript", "data", "vbscript", "blob", "file", "about", "filesystem", "ws", "wss", "ftp"]
            .contains(&other),
    };
    visible && scheme && url.username().is_empty() && url.password().is_none()
}

/// Adds `name=value` pairs to a target, which otherwise stays as it was written. Values are hex or words.
pub fn with_pairs(target: &str, pairs: &[(&str, &str)]) -> String {
    let mut out = target.to_owned();
    for (name, value) in pairs {
        let joint = match (out.contains('?'), out.ends_with(['?', '&'])) {
            (false, _) => "?",
            (true, true) => "",
            (true, false) => "&",
        };
        out.push_str(joint);
        out.push_str(name);
        out.push('=');
        out.push_str(value);
    }
    out
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use hilum_model::{ClientId, Time};
    use hilum_store::apps::LaunchMode;

    use crate::enrol::OpenLimits;

    use super::*;

    fn config() -> Config {
        Config {
            public_url: "https://connect.hilum.example".parse().expect("url"),
            providers: BTreeMap::new(),
            bridges: false,
            workers: 1,
            open_limits: OpenLimits::default(),
            imports: crate::import::ImportLimits::default(),
            webhooks: crate::webhooks::WebhookConfig::default(),
            archive_days: None,
        }
    }

    fn app() -> App {
        App {
            client_id: ClientId([7; 20]),
            name: "App".into(),
            mode: LaunchMode::LegacyGuarded,
            secret_hash: [0; 32],
            app_key_hash: [0; 32],
            origins: vec!["https://app.example".into()],
            redirects: [
                "https://app.example/done",
                "https://app.example/done?tab=1",
                "hapiconnect://finished",
                "http://127.0.0.1:8000/done",
                // Slips of whoever registered the app.
                "javascript:alert(1)",
                "http://app.example/done",
                "https://user@app.example/x",
                "https://app.example/x#y",
                "data:text/html,x",
            ]
            .map(str::to_owned)
            .into(),
            created_at: Time(0),
        }
    }

    #[test]
    fn what_is_allowed() {
        for good in [
            "https://hapi-finish",
            "https://hapi-close",
            "https://connect-token",
            "https://connect-closed",
            "https://connect.humanapi.co/blank/hc-finish",
            "https://connect.hilum.example/blank/hc-close",
            "https://connect.hilum.example/blank/a/b.html",
            "https://app.example/done",
            "https://app.example/done?tab=1",
            "hapiconnect://finished",
            "http://127.0.0.1:8000/done",
        ] {
            assert!(allowed_redirect(&config(), &app(), good), "{good}");
        }
    }

    /// Threat T27: tricks that have opened redirectors elsewhere.
    pub(crate) const TRICKS: [&str; 74] = [
        "",
        "/",
        "//evil.example",
        "///evil.example",
        "/\\evil.example",
        "\\\\evil.example",
        "https:evil.example",
        "https:/evil.example",
        "https:///evil.example",
        "https://evil.example",
        "https://evil.example/blank/hc-finish",
        "http://hapi-finish",
        "https://hapi-finish.evil.example",
        "https://hapi-finish@evil.example",
        "https://hapi-finish:pw@evil.example",
        "https://hapi-finish/",
        "https://hapi-finish:443",
        "https://hapi-finish?x=1",
        "https://hapi-finish#x",
        "https://hapi-finish%2eevil.example",
        "https://hapi-finish\u{3002}evil.example",
        "https://hapi-finish\\.evil.example",
        "HTTPS://hapi-finish",
        "https://HAPI-FINISH",
        " https://hapi-finish",
        "https://hapi-finish ",
        "\thttps://hapi-finish",
        "https://hapi-\nfinish",
        "https://connect-token.evil.example",
        "https://connect-closed@evil.example",
        "https://connect.hilum.example",
        "https://connect.hilum.example/",
        "https://connect.hilum.example/blank",
        "https://connect.hilum.example/blank/",
        "https://connect.hilum.example/blank/..",
        "https://connect.hilum.example/blank/../evil",
        "https://connect.hilum.example/blank/./x",
        "https://connect.hilum.example/blank/%2e%2e/evil",
        "https://connect.hilum.example/blank/..%2fevil",
        "https://connect.hilum.example/blank/x/../../evil",
        "https://connect.hilum.example/blank//evil.example",
        "https://connect.hilum.example/blank/\\evil.example",
        "https://connect.hilum.example/blank/x?next=https://evil.example",
        "https://connect.hilum.example/blank/x#frag",
        "https://connect.hilum.example/blank/x;y",
        "https://connect.hilum.example/blank/x y",
        "https://connect.hilum.example/blank/x\r\nSet-Cookie: a=b",
        "https://connect.hilum.example/blank/\u{202e}x",
        "https://connect.hilum.example:444/blank/x",
        "https://connect.hilum.example:443/blank/x",
        "https://connect.hilum.example.evil.example/blank/x",
        "https://connect.hilum.example@evil.example/blank/x",
        "https://user@connect.hilum.example/blank/x",
        "https://evil.example/https://connect.hilum.example/blank/x",
        "https://evil.example?https://connect.hilum.example/blank/x",
        "https://evil.example#https://connect.hilum.example/blank/x",
        "http://connect.hilum.example/blank/x",
        "https://connect.humanapi.co.evil.example/blank/x",
        "https://connect.humanapi.co/blank/../x",
        "https://connect.humanapi.co/other",
        "https://connect.humanapi.co@evil.example/blank/x",
        "https://c\u{43e}nnect.hilum.example/blank/x",
        "https://xn--cnnect-9jf.hilum.example/blank/x",
        "https://app.example/done/",
        "https://app.example/done/../evil",
        "https://app.example/done?tab=2",
        "https://app.example/Done",
        "https://app.example.evil.example/done",
        "https://app.example:8443/done",
        "javascript:alert(1)",
        "JavaScript://app.example/%0aalert(1)",
        "data:text/html,x",
        "http://app.example/done",
        "https://user@app.example/x",
    ];

    #[test]
    fn tricks_are_refused() {
        for trick in TRICKS {
            assert!(!allowed_redirect(&config(), &app(), trick), "{trick:?}");
        }
        assert!(!allowed_redirect(&config(), &app(), "https://app.example/x#y"));
        let long = format!("https://connect.hilum.example/blank/{}", "x".repeat(3000));
        assert!(!allowed_redirect(&config(), &app(), &long));
    }

    #[test]
    fn pairs_are_joined() {
        let pairs = [("humanId", "6f"), ("human_id", "6f")];
        assert_eq!(with_pairs("https://hapi-finish", &pairs), "https://hapi-finish?humanId=6f&human_id=6f");
        assert_eq!(with_pairs("https://a/b?c=d", &pairs), "https://a/b?c=d&humanId=6f&human_id=6f");
        assert_eq!(with_pairs("https://a/b?", &pairs), "https://a/b?humanId=6f&human_id=6f");
        assert_eq!(with_pairs("https://a/b?c=d&", &pairs), "https://a/b?c=d&humanId=6f&human_id=6f");
    }
}
