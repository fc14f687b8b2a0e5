//! A person's browser without a screen: keeps cookies, fills in forms, follows redirects one at a time.

use std::collections::BTreeMap;
use std::sync::Mutex;

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};
use url::Url;

use crate::common::App;

/// A browser.
pub(crate) struct Browser {
    client: reqwest::Client,
    /// By host and port; every test host is on loopback.
    cookies: Mutex<BTreeMap<(String, String), String>>,
    /// Every URL that was asked for, for tests that look for what must not stand in one.
    pub(crate) visited: Mutex<Vec<String>>,
}

/// A form of a page.
#[derive(Debug, Clone, Default)]
pub(crate) struct Form {
    pub(crate) action: String,
    pub(crate) fields: Vec<(String, String)>,
}

/// An opened Connect page.
pub(crate) struct Opened {
    pub(crate) hilum: String,
    pub(crate) html: String,
    /// The page's data.
    pub(crate) data: Value,
}

impl Opened {
    /// The page's secret.
    pub(crate) fn secret(&self) -> &str {
        self.data["secret"].as_str().expect("the page has a secret")
    }
}

impl Browser {
    pub(crate) fn new() -> Self {
        Self { client: crate::common::client(), cookies: Mutex::default(), visited: Mutex::default() }
    }

    fn key(url: &Url) -> String {
        format!("{}:{}", url.host_str().unwrap_or_default(), url.port_or_known_default().unwrap_or_default())
    }

    async fn send(
        &self,
        method: Method,
        url: &str,
        form: Option<&[(String, String)]>,
        headers: &[(&str, &str)],
    ) -> Response {
        let parsed: Url = url.parse().expect("absolute URL");
        self.visited.lock().expect("lock").push(url.to_owned());
        let key = Self::key(&parsed);
        let jar: Vec<String> = {
            let cookies = self.cookies.lock().expect("lock");
            cookies.iter().filter(|((host, _), _)| *host == key).map(|((_, n), v)| format!("{n}={v}")).collect()
        };
        let mut request = self.client.request(method, parsed);
        if !jar.is_empty() {
            request = request.header("Cookie", jar.join("; "));
        }
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if let Some(form) = form {
            request = request.form(form);
        }
        let answer = request.send().await.expect("an answer");
        for cookie in answer.headers().get_all("set-cookie") {
            let text = cookie.to_str().expect("ASCII cookie");
            let (pair, attributes) = text.split_once(';').unwrap_or((text, ""));
            let (name, value) = pair.split_once('=').expect("name=value");
            let mut cookies = self.cookies.lock().expect("lock");
            if attributes.to_lowercase().contains("max-age=0") {
                cookies.remove(&(key.clone(), name.to_owned()));
            } else {
                cookies.insert((key.clone(), name.to_owned()), value.to_owned());
            }
        }
        answer
    }

    /// A GET.
    pub(crate) async fn get(&self, url: &str) -> Response {
        self.send(Method::GET, url, None, &[]).await
    }

    /// Submits a form as a page of `origin` would.
    pub(crate) async fn post(&self, url: &str, form: &[(String, String)], origin: &str, accept: &str) -> Response {
        self.send(Method::POST, url, Some(form), &[("Origin", origin), ("Accept", accept)]).await
    }

    /// Opens Connect as connect.js would.
    pub(crate) async fn open(&self, hilum: &str, app: &App, client_user_id: &str, public_token: &str) -> Opened {
        let mut url: Url = hilum.parse().expect("URL");
        url.query_pairs_mut().append_pair("clientUserId", client_user_id).append_pair("clientId", &app.client_id);
        if !public_token.is_empty() {
            url.query_pairs_mut().append_pair("publicToken", public_token);
        }
        url.query_pairs_mut().append_pair("lang", "en");
        let answer = self.get(url.as_str()).await;
        let html = answer.text().await.expect("text");
        let after = html.split("id=\"hilum-data\">").nth(1).unwrap_or_else(|| panic!("no page data in {html}"));
        let data = serde_json::from_str(after.split("</script>").next().expect("ends")).expect("JSON");
        Opened { hilum: hilum.to_owned(), html, data }
    }

    /// Connects a source: start, consent at the sandbox as `persona` (empty: the preselected one), callback. Returns the
    /// address of the login window's last page.
    pub(crate) async fn connect(&self, page: &Opened, provider: &str, persona: &str) -> String {
        let callback = self.consent(page, provider, persona, "Allow").await;
        let answer = self.get(&callback).await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "callback: {}", answer.text().await.unwrap_or_default());
        location(&answer, &page.hilum)
    }

    /// The same up to the redirect to our callback, whose URL is returned.
    pub(crate) async fn consent(&self, page: &Opened, provider: &str, persona: &str, button: &str) -> String {
        let start = [("secret".to_owned(), page.secret().to_owned()), ("provider".to_owned(), provider.to_owned())];
        let answer = self.post(&format!("{}/connect/start", page.hilum), &start, &page.hilum, "text/html").await;
        assert_eq!(answer.status(), StatusCode::SEE_OTHER, "start: {}", answer.text().await.unwrap_or_default());
        let authorize = location(&answer, &page.hilum);
        let html = self.get(&authorize).await.text().await.expect("text");
        let mut form = form_with_button(&html, button).unwrap_or_else(|| panic!("no {button} button in {html}"));
        if !persona.is_empty() {
            for field in form.fields.iter_mut().filter(|f| f.0 == "persona") {
                persona.clone_into(&mut field.1);
            }
        }
        let sandbox: Url = authorize.parse().expect("URL");
        let action = sandbox.join(&form.action).expect("action");
        let answer =
            self.post(action.as_str(), &form.fields, &sandbox.origin().ascii_serialization(), "text/html").await;
        assert!(answer.status().is_redirection(), "consent: {}", answer.text().await.unwrap_or_default());
        location(&answer, action.as_str())
    }

    /// Done or Close.
    pub(crate) async fn end(&self, page: &Opened) -> Value {
        let body = [("secret".to_owned(), page.secret().to_owned())];
        let answer = self.post(&format!("{}/connect/end", page.hilum), &body, &page.hilum, "application/json").await;
        assert_eq!(answer.status(), StatusCode::OK);
        answer.json().await.expect("JSON")
    }
}

/// The app's server: exchanges a session token object.
pub(crate) async fn exchange(hilum: &str, app: &App, token: &Value) -> (StatusCode, Value) {
    let mut body = token.clone();
    body["clientSecret"] = json!(app.client_secret);
    let answer =
        crate::common::client().post(format!("{hilum}/v1/connect/tokens")).json(&body).send().await.expect("answers");
    let status = answer.status();
    (status, answer.json().await.expect("JSON"))
}

/// Where a redirect leads.
pub(crate) fn location(answer: &Response, base: &str) -> String {
    let to = answer.headers().get("location").expect("a location").to_str().expect("ASCII");
    base.parse::<Url>().expect("URL").join(to).expect("a URL").into()
}

/// The form that holds a button with that text, with every successful field of it.
pub(crate) fn form_with_button(html: &str, button: &str) -> Option<Form> {
    for part in html.split("<form").skip(1) {
        let body = part.split("</form>").next()?;
        let (tag, inner) = body.split_once('>')?;
        let mut form = Form { action: attribute(tag, "action").unwrap_or_default(), fields: Vec::new() };
        for (i, input) in inner.split("<input").enumerate() {
            let tag = input.split('>').next().unwrap_or_default();
            if i == 0 {
                continue;
            }
            let kind = attribute(tag, "type").unwrap_or_default();
            if matches!(kind.as_str(), "checkbox" | "radio") && !tag.contains("checked") {
                continue;
            }
            if let Some(name) = attribute(tag, "name") {
                form.fields.push((name, attribute(tag, "value").unwrap_or_else(|| "on".to_owned())));
            }
        }
        for select in inner.split("<select").skip(1) {
            let options = select.split("</select>").next().unwrap_or_default();
            let name = attribute(options.split('>').next().unwrap_or_default(), "name");
            let tags: Vec<&str> =
                options.split("<option").skip(1).map(|o| o.split('>').next().unwrap_or_default()).collect();
            let chosen = tags.iter().find(|t| t.contains("selected")).or(tags.first());
            if let (Some(name), Some(tag)) = (name, chosen) {
                form.fields.push((name, attribute(tag, "value").unwrap_or_default()));
            }
        }
        for b in inner.split("<button").skip(1) {
            let (tag, text) = b.split_once('>')?;
            if text.split("</button>").next().unwrap_or_default().trim() == button {
                if let Some(name) = attribute(tag, "name") {
                    form.fields.push((name, attribute(tag, "value").unwrap_or_default()));
                }
                return Some(form);
            }
        }
    }
    None
}

/// An attribute of a tag, with the entities that templates write turned back.
fn attribute(tag: &str, name: &str) -> Option<String> {
    let start = tag.find(&format!(" {name}=\""))? + name.len() + 3;
    let value = tag[start..].split('"').next()?;
    Some(
        value
            .replace("&#34;", "\"")
            .replace("&quot;", "\"")
            .replace("&#39;", "'")
            .replace("&#60;", "<")
            .replace("&lt;", "<")
            .replace("&#62;", ">")
            .replace("&gt;", ">")
            .replace("&#38;", "&")
            .replace("&amp;", "&"),
    )
}
