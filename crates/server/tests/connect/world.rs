//! The server under test, and browsers that use it.
use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use hilum_engine::enrol::OpenLimits;
use hilum_engine::{Config, Egress, Engine, ProviderConfig};
use hilum_model::world::{ManualClock, SeededRandom};
use hilum_model::{Secret, Time};
use hilum_store::apps::{LaunchMode, NewApp};
use hilum_store::{OpenMode, Store};
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::Value;
use tower::ServiceExt;

use crate::provider::Provider;

pub(crate) const PUBLIC: &str = "http://127.0.0.1:8080";
/// The app that most tests use, and another tenant.
pub(crate) const APP: &str = "0101010101010101010101010101010101010101";
pub(crate) const SECRET: &str = "5ec5ec5ec5ec5ec5ec5ec5ec5ec5ec5ec5ec5e01";
pub(crate) const OTHER_APP: &str = "0202020202020202020202020202020202020202";
pub(crate) const OTHER_SECRET: &str = "5ec5ec5ec5ec5ec5ec5ec5ec5ec5ec5ec5ec5e02";
/// Origin and redirect target that APP registered.
pub(crate) const HOST: &str = "https://app.example";
pub(crate) const REGISTERED: &str = "https://app.example/done?tab=1";

pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) provider: Provider,
    pub(crate) router: Router,
    _dir: tempfile::TempDir,
}

/// An answer, read to its end.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: String,
}

impl World {
    pub(crate) async fn new() -> Self {
        Self::at(PUBLIC).await
    }

    /// A server with limits of opening of its own.
    pub(crate) async fn limited(limits: OpenLimits) -> Self {
        Self::with(PUBLIC, limits, &["withings", "oura"]).await
    }

    /// A server whose public address is `public`.
    pub(crate) async fn at(public: &str) -> Self {
        Self::with(public, OpenLimits::default(), &["withings", "oura"]).await
    }

    /// A server with these sources on offer.
    pub(crate) async fn offering(sources: &[&'static str]) -> Self {
        Self::with(PUBLIC, OpenLimits::default(), sources).await
    }

    async fn with(public: &str, open_limits: OpenLimits, sources: &[&'static str]) -> Self {
        let dir = tempfile::tempdir().expect("directory");
        // 2026-03-01T00:00:00Z is day 20,513 since 1970.
        let clock = Arc::new(ManualClock::new(Time(20_513 * 86_400_000)));
        let random = Arc::new(SeededRandom::new(42));
        let store = Store::open(dir.path(), OpenMode::Serve, clock.clone(), random.clone()).expect("store");
        for (id, secret, name, origins, redirects) in [
            (APP, SECRET, "Example <App>", vec![HOST.to_owned()], vec![REGISTERED.to_owned()]),
            (OTHER_APP, OTHER_SECRET, "Other", vec!["https://other.example".to_owned()], vec![]),
        ] {
            store
                .create_app(NewApp {
                    client_id: id.parse().expect("id"),
                    name: name.to_owned(),
                    mode: LaunchMode::LegacyGuarded,
                    client_secret: Secret::new(secret.to_owned()),
                    app_key: Secret::new(secret.replace("5ec", "a99")),
                    origins,
                    redirects,
                })
                .await
                .expect("app");
        }
        let (provider, base) = Provider::start().await;
        let registrations = sources.iter().map(|id| {
            let config = ProviderConfig {
                settings: std::collections::BTreeMap::new(),
                provider: hilum_providers::find(id).expect("known"),
                client_id: format!("{id}-client"),
                client_secret: Secret::new(format!("{id}-secret")),
                authorize_url: format!("{base}/{id}/authorize"),
                token_url: format!("{base}/{id}/token"),
                api_base: format!("{base}/{id}/api"),
                sandbox: true,
            };
            ((*id).to_owned(), config)
        });
        let config = Config {
            public_url: public.parse().expect("url"),
            providers: registrations.collect(),
            bridges: true,
            workers: 1,
            open_limits,
            imports: hilum_engine::import::ImportLimits::default(),
            webhooks: hilum_engine::webhooks::WebhookConfig::default(),
            archive_days: None,
        };
        let engine = Engine::new(store, clock.clone(), random, config, Egress::new().expect("client")).expect("engine");
        let router = hilum_server::router(engine.clone());
        Self { engine, clock, provider, router, _dir: dir }
    }

    pub(crate) fn browser(&self) -> Browser {
        Browser { router: self.router.clone(), origin: self.engine.config.origin(), jar: BTreeMap::new() }
    }

    /// A JSON call as an app's server makes it.
    pub(crate) async fn call(&self, path: &str, body: &Value) -> Answer {
        let headers = [("content-type", "application/json")];
        send(&self.router, Method::POST, path, &headers, body.to_string()).await
    }

    /// Exchanges the token of a finish.
    pub(crate) async fn exchange(&self, token: &Value) -> Answer {
        let mut body = token.clone();
        body["clientSecret"] = SECRET.into();
        self.call("/v1/connect/tokens", &body).await
    }

    /// Enrols a person with one account; gives the answer of the exchange.
    pub(crate) async fn enrolled(&self, user: &str, account: &str) -> Value {
        let mut browser = self.browser();
        let page = browser.open(&[("clientId", APP), ("clientUserId", user)]).await;
        browser.login(page.secret(), &format!("code-{account}")).await;
        let token = browser.end(page.secret()).await.json()["token"].clone();
        let answer = self.exchange(&token).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.body);
        answer.json()
    }

    /// How many people the app has.
    pub(crate) fn people(&self) -> usize {
        self.engine.store.humans(APP.parse().expect("id"), None, 0).expect("people").len()
    }
}

/// A browser with its cookies.
#[derive(Clone)]
pub(crate) struct Browser {
    router: Router,
    origin: String,
    pub(crate) jar: BTreeMap<String, String>,
}

impl Browser {
    /// Opens the Connect page at `/` with encoded parameters.
    pub(crate) async fn open(&mut self, parameters: &[(&str, &str)]) -> Answer {
        self.get(&format!("/?{}", encode(parameters))).await
    }
    pub(crate) async fn get(&mut self, path: &str) -> Answer {
        self.send(Method::GET, path, &[], String::new()).await
    }
    /// Posts a form as our own page does.
    pub(crate) async fn post(&mut self, path: &str, form: &[(&str, &str)], accept: &str) -> Answer {
        let origin = self.origin.clone();
        self.post_from(&origin, path, form, accept).await
    }
    /// Posts a form as a page of another origin does.
    pub(crate) async fn post_from(&mut self, origin: &str, path: &str, form: &[(&str, &str)], accept: &str) -> Answer {
        let mut headers = vec![("content-type", "application/x-www-form-urlencoded"), ("accept", accept)];
        if !origin.is_empty() {
            headers.push(("origin", origin));
        }
        self.send(Method::POST, path, &headers, encode(form)).await
    }
    async fn send(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Answer {
        let cookies = self.jar.iter().map(|(n, v)| format!("{n}={v}")).collect::<Vec<_>>().join("; ");
        let mut headers = headers.to_vec();
        if !cookies.is_empty() {
            headers.push(("cookie", &cookies));
        }
        let answer = send(&self.router, method, path, &headers, body).await;
        for set in answer.headers.get_all("set-cookie") {
            let set = set.to_str().expect("text");
            let (name, value) = set.split(';').next().and_then(|pair| pair.split_once('=')).expect("a pair");
            if set.contains("Max-Age=0") {
                self.jar.remove(name);
            } else {
                self.jar.insert(name.to_owned(), value.to_owned());
            }
        }
        answer
    }

    pub(crate) async fn list(&mut self, secret: &str) -> Answer {
        self.post("/connect/list", &[("secret", secret)], "text/html; fragment").await
    }
    pub(crate) async fn start(&mut self, secret: &str, provider: &str) -> Answer {
        self.post("/connect/start", &[("secret", secret), ("provider", provider)], "text/html").await
    }
    /// A whole login at Oura that comes back with `code`.
    pub(crate) async fn login(&mut self, secret: &str, code: &str) -> Answer {
        let started = self.start(secret, "oura").await;
        self.callback("oura", &[("state", &started.state()), ("code", code)]).await
    }
    pub(crate) async fn callback(&mut self, provider: &str, parameters: &[(&str, &str)]) -> Answer {
        self.get(&format!("/connect/callback/{provider}?{}", encode(parameters))).await
    }
    pub(crate) async fn disconnect(&mut self, secret: &str, connection: &str) -> Answer {
        let form = [("secret", secret), ("connection", connection)];
        self.post("/connect/disconnect", &form, "text/html; fragment").await
    }
    pub(crate) async fn end(&mut self, secret: &str) -> Answer {
        self.post("/connect/end", &[("secret", secret)], "application/json").await
    }
    pub(crate) async fn poll(&mut self, token: &str) -> Answer {
        let origin = self.origin.clone();
        let headers = [("content-type", "application/json"), ("origin", &origin)];
        self.send(Method::POST, "/connect/poll", &headers, serde_json::json!({ "poll": token }).to_string()).await
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|e| panic!("{e}: {} {}", self.status, self.body))
    }
    pub(crate) fn code(&self) -> String {
        self.json()["code"].as_str().expect("code").to_owned()
    }
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).map_or("", |v| v.to_str().expect("text"))
    }
    pub(crate) fn location(&self) -> &str {
        assert_eq!(self.status, StatusCode::SEE_OTHER, "{}", self.body);
        self.header("location")
    }
    /// The `state` of an authorise URL.
    pub(crate) fn state(&self) -> String {
        parameter(self.location(), "state").expect("state")
    }
    /// The page data.
    pub(crate) fn data(&self) -> Value {
        let (_, rest) = self.body.split_once("id=\"hilum-data\">").unwrap_or_else(|| panic!("no data: {}", self.body));
        serde_json::from_str(rest.split_once("</script>").expect("end").0).expect("JSON")
    }
    pub(crate) fn secret(&self) -> &'static str {
        // A page's secret outlives the page in these tests.
        Box::leak(self.data()["secret"].as_str().expect("secret").to_owned().into_boxed_str())
    }
    pub(crate) fn poll(&self) -> String {
        self.data()["poll"].as_str().expect("poll").to_owned()
    }
    /// State and connection of each row of a list, by row name.
    pub(crate) fn rows(&self) -> BTreeMap<String, (String, String)> {
        assert_eq!(self.status, StatusCode::OK, "{}", self.body);
        let attribute = |text: &str, name: &str| {
            text.split_once(&format!("{name}=\""))
                .and_then(|(_, rest)| rest.split_once('"'))
                .map(|(value, _)| value.to_owned())
                .unwrap_or_default()
        };
        self.body
            .split("<li class=\"source\"")
            .skip(1)
            .map(|row| {
                let connection = row.split_once("name=\"connection\"").map(|(_, rest)| attribute(rest, "value"));
                let row_name = attribute(row, "data-provider");
                (row_name, (attribute(row, "data-state"), connection.unwrap_or_default()))
            })
            .collect()
    }
    /// The state of a row.
    pub(crate) fn row(&self, name: &str) -> String {
        self.rows().remove(name).map(|(state, _)| state).unwrap_or_default()
    }
    /// The connection of a row.
    pub(crate) fn connection(&self, name: &str) -> String {
        self.rows().remove(name).map(|(_, connection)| connection).unwrap_or_default()
    }
}

/// Any request.
pub(crate) async fn send(
    router: &Router,
    method: Method,
    path: &str,
    headers: &[(&str, &str)],
    body: impl Into<Body>,
) -> Answer {
    let asked = (method.clone(), path.split(['?', '#']).next().unwrap_or_default());
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(body.into()).expect("request");
    let response = router.clone().oneshot(request).await.expect("answer");
    let (parts, body) = response.into_parts();
    let body = to_bytes(body, usize::MAX).await.expect("body");
    crate::contract::check(&asked.0, asked.1, parts.status, &parts.headers, &body);
    let body = String::from_utf8_lossy(&body).into_owned();
    Answer { status: parts.status, headers: parts.headers, body }
}

/// `application/x-www-form-urlencoded`, as `encodeURIComponent` does it.
pub(crate) fn encode(pairs: &[(&str, &str)]) -> String {
    let pair = |(name, value): &(&str, &str)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC));
    pairs.iter().map(pair).collect::<Vec<_>>().join("&")
}

/// A parameter of a URL.
pub(crate) fn parameter(url: &str, name: &str) -> Option<String> {
    let url = url::Url::parse(url).expect("absolute");
    url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}

/// Lowercase hex of that many characters.
pub(crate) fn is_hex(text: &str, length: usize) -> bool {
    text.len() == length && text.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f'))
}
