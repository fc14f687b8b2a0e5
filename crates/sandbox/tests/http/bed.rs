//! A running sandbox and a client of it that does what a real one does.

use std::sync::Arc;

use aws_lc_rs::hmac;
use hilum_model::world::{ManualClock, SeededRandom};
use hilum_model::{Clock as _, Day, Observation, Secret, Time};
use hilum_providers::REGISTRY;
use hilum_providers::spec::{
    Answer, ClientAuth, Context, HeaderValue, Method, Provider, Register, Request, Rotation, Stream, Verdict,
};
use hilum_sandbox::{Client, Redirects, Sandbox, SandboxConfig, endpoints};
use serde_json::Value;
use url::Url;

pub(crate) const CLIENT: &str = "hilum-test";
pub(crate) const SECRET: &str = "a secret with spaces";
pub(crate) const BACK: &str = "https://hilum.example/connect/callback?kept=1";

pub(crate) struct Bed {
    pub(crate) base: String,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) http: reqwest::Client,
}

/// An answer as far as tests look at it.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
    pub(crate) json: Option<Value>,
}

impl Reply {
    pub(crate) fn verdict(&self, provider: &Provider) -> Verdict {
        provider.judge(&Answer { status: self.status, json: self.json.as_ref() })
    }
    pub(crate) fn json(&self) -> &Value {
        self.json.as_ref().unwrap_or_else(|| panic!("no JSON: {} {}", self.status, self.text))
    }
}

/// Access and refresh token.
#[derive(Debug, Clone)]
pub(crate) struct Tokens {
    pub(crate) access: String,
    pub(crate) refresh: String,
}

pub(crate) fn provider(id: &str) -> &'static Provider {
    hilum_providers::find(id).expect(id)
}

/// What a client has configured for a provider besides id and secret.
pub(crate) fn settings(provider: &Provider) -> impl Iterator<Item = (&'static str, String)> {
    let id = provider.id;
    provider.settings.iter().map(move |setting| (setting.name, format!("{id}-{}-value", setting.name)))
}

impl Bed {
    pub(crate) async fn start() -> Self {
        Self::with(|_| ()).await
    }

    pub(crate) async fn with(change: impl FnOnce(&mut SandboxConfig)) -> Self {
        let now = Time::parse_rfc3339("2026-11-22T12:00:00Z").expect("time").0;
        let clock = Arc::new(ManualClock::new(now));
        let clients = REGISTRY.iter().map(|p| {
            let secret = Secret::new(SECRET.to_owned());
            let mut client = Client::new(p.id, CLIENT, secret, Redirects::Exact(vec![BACK.to_owned()]));
            client.settings = settings(p).map(|(name, value)| (name.to_owned(), Secret::new(value))).collect();
            client
        });
        let mut config = SandboxConfig::new(clients.collect(), clock.clone(), Arc::new(SeededRandom::new(7)));
        change(&mut config);
        let sandbox = Sandbox::new(config);
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let base = format!("http://{}", listener.local_addr().expect("address"));
        tokio::spawn(async move { sandbox.serve(listener).await });
        #[expect(clippy::disallowed_methods, reason = "the test is a client of its own, on loopback")]
        let http = reqwest::Client::builder()
            .redirect(reqwest::redirect::Policy::none())
            .no_proxy()
            .build()
            .expect("a client");
        Self { base, clock, http }
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Reply {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        let bytes = response.bytes().await.expect("a whole body");
        let json = serde_json::from_slice(&bytes).ok();
        Reply { status, headers, text: String::from_utf8_lossy(&bytes).into_owned(), json }
    }

    /// The address of the consent page, with a state and what else is asked for.
    pub(crate) fn authorize_url(&self, provider: &Provider, scopes: &[&str], more: &[(&str, &str)]) -> Url {
        let mut url = Url::parse(&endpoints(provider.id, &self.base).authorize_url).expect("a URL");
        let mut pairs: Vec<(&str, String)> = vec![
            ("response_type", "code".into()),
            ("client_id", CLIENT.into()),
            ("redirect_uri", BACK.into()),
            ("scope", scopes.join(provider.auth.scope_separator)),
            ("state", "st&te=1".into()),
        ];
        for (name, value) in more {
            pairs.retain(|(n, _)| n != name);
            pairs.push((name, (*value).to_owned()));
        }
        url.query_pairs_mut().extend_pairs(pairs);
        url
    }

    /// Presses a button of the consent page; gives where the browser is sent.
    pub(crate) async fn press(&self, page: &Url, decision: &str, persona: &str, scopes: &[&str]) -> Url {
        let mut form = vec![("persona", persona), ("decision", decision)];
        form.extend(scopes.iter().map(|s| ("scope", *s)));
        let reply = self.send(self.http.post(page.clone()).form(&form)).await;
        assert_eq!(reply.status, 303, "{}", reply.text);
        let to = reply.headers["location"].to_str().expect("text");
        Url::parse(to).expect("a URL")
    }

    /// Consents to everything; gives the code.
    pub(crate) async fn code(&self, provider: &Provider, persona: &str) -> String {
        let scopes = provider.scopes();
        let page = self.authorize_url(provider, &scopes, &[]);
        let back = self.press(&page, "allow", persona, &scopes).await;
        query(&back, "code").expect("a code")
    }

    /// A token call with the provider's fixed parameters and client authentication.
    pub(crate) async fn token(&self, provider: &Provider, fields: &[(&str, &str)]) -> Reply {
        let mut form: Vec<(String, String)> =
            provider.auth.token_params.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect();
        form.extend(fields.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())));
        let url = endpoints(provider.id, &self.base).token_url;
        let mut request = self.http.post(url);
        match provider.auth.client_auth {
            ClientAuth::Body => {
                form.push(("client_id".into(), CLIENT.into()));
                form.push(("client_secret".into(), SECRET.into()));
            }
            ClientAuth::Basic => request = request.basic_auth(CLIENT, Some(SECRET)),
            ClientAuth::WithingsSigned => {
                let action = provider.auth.token_params[0].1;
                form.extend(self.signed(action).await);
            }
        }
        request = request.form(&form);
        self.send(request).await
    }

    /// Fields of a signed call, with a fresh nonce; `action` is only signed, not among them.
    pub(crate) async fn signed(&self, action: &str) -> Vec<(String, String)> {
        let stamp = self.clock.now().unix_s().to_string();
        let form = [
            ("action", "getnonce".to_owned()),
            ("client_id", CLIENT.to_owned()),
            ("timestamp", stamp.clone()),
            ("signature", sign(&format!("getnonce,{CLIENT},{stamp}"))),
        ];
        let url = format!("{}/v2/signature", endpoints("withings", &self.base).api_base);
        let reply = self.send(self.http.post(url).form(&form)).await;
        let nonce = reply.json().pointer("/body/nonce").and_then(Value::as_str).expect("a nonce").to_owned();
        vec![
            ("client_id".into(), CLIENT.into()),
            ("signature".into(), sign(&format!("{action},{CLIENT},{nonce}"))),
            ("nonce".into(), nonce),
        ]
    }

    /// The whole way from the consent page to tokens.
    pub(crate) async fn connect(&self, provider: &Provider, persona: &str) -> Tokens {
        let code = self.code(provider, persona).await;
        let reply = self.token(provider, &exchange(&code)).await;
        let made = tokens(provider, &reply);
        if let Some(register) = provider.auth.register {
            let reply = self.data(provider, &made.access, &registration(register)).await;
            assert!(register.ok.contains(&reply.status), "{}: {} {}", provider.id, reply.status, reply.text);
        }
        made
    }

    pub(crate) async fn refresh(&self, provider: &Provider, token: &str) -> Reply {
        let mut fields = vec![("grant_type", "refresh_token"), ("refresh_token", token)];
        fields.extend(provider.auth.refresh_params);
        self.token(provider, &fields).await
    }

    /// A data call.
    pub(crate) async fn data(&self, provider: &Provider, token: &str, request: &Request) -> Reply {
        let url = format!("{}{}", endpoints(provider.id, &self.base).api_base, request.path);
        let built = match request.method {
            Method::Get => self.http.get(url).query(&request.params),
            Method::PostForm => self.http.post(url).form(&request.params),
            Method::PostJson => self.http.post(url).query(&request.params).json(&request.json),
            Method::Delete => self.http.delete(url).query(&request.params),
        };
        self.send(headers(provider, built).bearer_auth(token)).await
    }

    /// A call with the app's own credentials, as the provider's token calls carry them.
    pub(crate) async fn app_call(&self, provider: &Provider, mut request: Request) -> Reply {
        let known: Vec<(&str, String)> = settings(provider).collect();
        let filled = |value: &mut String| {
            if let Some((_, own)) = known.iter().find(|(name, _)| *value == format!("{{{name}}}")) {
                value.clone_from(own);
            }
        };
        request.params.iter_mut().for_each(|(_, value)| filled(value));
        let url = format!("{}{}", endpoints(provider.id, &self.base).api_base, request.path);
        let built = match provider.auth.client_auth {
            ClientAuth::Basic => self.http.post(url).basic_auth(CLIENT, Some(SECRET)),
            ClientAuth::Body | ClientAuth::WithingsSigned => {
                request = request.with("client_id", CLIENT).with("client_secret", SECRET);
                self.http.post(url)
            }
        };
        let built = match request.method {
            Method::PostJson => built.query(&request.params).json(&request.json),
            Method::Get | Method::PostForm | Method::Delete => built.form(&request.params),
        };
        self.send(headers(provider, built)).await
    }

    /// Makes the client's callback address known.
    pub(crate) async fn callback(&self, provider: &Provider, url: &str) {
        let body = serde_json::json!({"provider": provider.id, "url": url});
        let reply = self.send(self.http.post(format!("{}/_control/callback", self.base)).json(&body)).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    /// A small data call.
    pub(crate) async fn small(&self, provider: &Provider, tokens: &Tokens) -> Reply {
        let day = Day::parse("2026-11-20").expect("day");
        self.data(provider, &tokens.access, &provider.streams[0].request(day, day)).await
    }

    /// What a stream tells of some days: every window, page and detail.
    pub(crate) async fn read(
        &self,
        provider: &Provider,
        tokens: &Tokens,
        stream: &Stream,
        (from, to): (Day, Day),
    ) -> Vec<Observation> {
        let step = i32::from(stream.window.max_days().unwrap_or(u16::MAX));
        let mut all = Vec::new();
        let mut start = from;
        while start <= to {
            let mut next = Some(stream.request(start, start.plus(step - 1).min(to)));
            while let Some(request) = next {
                let reply = self.data(provider, &tokens.access, &request).await;
                assert_eq!(reply.verdict(provider), Verdict::Ok, "{} {}: {}", provider.id, stream.id, reply.text);
                if reply.status == 204 {
                    break;
                }
                let context = Context { received: self.clock.now(), time_zone: None };
                let batch = (stream.parse)(reply.text.as_bytes(), &context).expect("the documented form");
                assert_eq!(batch.rejected, Vec::<String>::new(), "{} {}", provider.id, stream.id);
                all.extend(batch.observations);
                next = stream.next_page(&request, reply.json());
            }
            start = start.plus(step);
        }
        all
    }

    /// Switches failures for somebody.
    pub(crate) async fn fail(&self, whom: &str, failures: &[&str]) {
        let url = format!("{}/_control/personas/{whom}", self.base);
        let reply = self.send(self.http.post(url).json(&serde_json::json!({"failures": failures}))).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
    }

    pub(crate) async fn stats(&self) -> Value {
        let reply = self.send(self.http.get(format!("{}/_control/stats", self.base))).await;
        reply.json().clone()
    }
}

/// The headers that every data call of the provider carries.
fn headers(provider: &Provider, mut request: reqwest::RequestBuilder) -> reqwest::RequestBuilder {
    for header in provider.headers {
        let value = match header.value {
            HeaderValue::Fixed(value) => value.to_owned(),
            HeaderValue::Setting(name) => {
                settings(provider).find(|(known, _)| *known == name).expect("a setting of the description").1
            }
        };
        request = request.header(header.name, value);
    }
    request
}

/// The call after the exchange.
pub(crate) fn registration(register: Register) -> Request {
    Request::post_json(register.path, serde_json::json!({ register.member: "our-id-of-it" }))
}

pub(crate) fn exchange(code: &str) -> [(&str, &str); 3] {
    [("grant_type", "authorization_code"), ("code", code), ("redirect_uri", BACK)]
}

pub(crate) fn tokens(provider: &Provider, reply: &Reply) -> Tokens {
    let read = provider.auth.read_token(reply.json());
    let read = read.unwrap_or_else(|| panic!("{} gives no token: {}", provider.id, reply.text));
    // Where the old one stays, only the first answer has one.
    let may_lack = !refreshes(provider) || provider.auth.rotation == Rotation::Keep;
    assert!(read.refresh_token.is_some() || may_lack, "{} gives no refresh token", provider.id);
    let refresh = read.refresh_token.unwrap_or_default().to_owned();
    Tokens { access: read.access_token.to_owned(), refresh }
}

/// The tokens after a refresh; an answer without a refresh token keeps the old one.
pub(crate) fn renewed(provider: &Provider, reply: &Reply, old: &Tokens) -> Tokens {
    let read = provider.auth.read_token(reply.json());
    let read = read.unwrap_or_else(|| panic!("{} gives no token: {}", provider.id, reply.text));
    let kept = provider.auth.rotation == Rotation::Keep;
    assert!(read.refresh_token.is_some() || kept, "{} gives no refresh token", provider.id);
    let refresh = read.refresh_token.unwrap_or(&old.refresh).to_owned();
    Tokens { access: read.access_token.to_owned(), refresh }
}

/// Whether a provider's access tokens are refreshed: those that live for years (Polar) are not.
pub(crate) fn refreshes(provider: &Provider) -> bool {
    provider.auth.access_ttl_s < 31_536_000
}

pub(crate) fn sign(message: &str) -> String {
    let key = hmac::Key::new(hmac::HMAC_SHA256, SECRET.as_bytes());
    hex::encode(hmac::sign(&key, message.as_bytes()))
}

pub(crate) fn query(url: &Url, name: &str) -> Option<String> {
    url.query_pairs().find(|(n, _)| n == name).map(|(_, value)| value.into_owned())
}
