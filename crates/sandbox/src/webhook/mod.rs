//! Notices: what happened at the provider, posted to the client's callback address in the provider's own way.

pub(crate) mod greet;
pub(crate) mod keys;
mod sign;

use hilum_model::Time;
use hilum_providers::persona::{Persona, Story};
use hilum_providers::sandbox::{Ask, Event};
use serde::Deserialize;
use serde_json::Value;

use crate::config::{self, Client};
use crate::failure::Failure;
use crate::{Host, Inner};

/// How a notice is sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Mode {
    /// As the provider does.
    #[default]
    Right,
    /// Signed with another key, or with another token, or to another secret address.
    Wrong,
    /// Without signature, token or secret part of the address.
    Missing,
    /// Well signed, but older than anybody should take.
    Stale,
    /// Right, and then the very same again.
    Replayed,
    /// The notice of the day and then, with an older time, that of the day before.
    OutOfOrder,
}

/// One posting of notices.
#[derive(Debug)]
pub(crate) struct Delivery<'a> {
    pub(crate) host: Host,
    pub(crate) persona: &'static Persona,
    pub(crate) client_id: &'a str,
    /// The address of the provider's `api_base` here.
    pub(crate) base: &'a str,
    /// Where to; the client's known address if `None`.
    pub(crate) url: Option<&'a str>,
    pub(crate) mode: Mode,
}

/// Whether an address is on this machine: nothing is posted anywhere else.
pub(crate) fn is_near(url: &str) -> bool {
    url::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https") && config::is_loopback(&url))
}

/// The client that posts; `None` if this machine can make none.
#[expect(clippy::disallowed_methods, reason = "the sandbox plays the provider's side and posts to loopback only")]
pub(crate) fn http() -> Option<reqwest::Client> {
    let built = reqwest::Client::builder()
        .no_proxy()
        .redirect(reqwest::redirect::Policy::none())
        .timeout(std::time::Duration::from_secs(20))
        .build();
    built.ok()
}

/// What a delivery says when there was nothing to tell.
pub(crate) const NOTHING: &str = "this provider sends no notice of that";

impl Delivery<'_> {
    /// Posts the notices about an event; gives the status of each answer.
    ///
    /// # Errors
    /// Says in words what is missing for it.
    pub(crate) async fn send(&self, inner: &Inner, event: Event<'_>) -> Result<Vec<u16>, &'static str> {
        let webhook = self.host.provider.webhook.ok_or("this provider sends no notices")?;
        let client = inner.client(self.host, self.client_id).ok_or("no such client")?;
        let url = self.address(inner, client).ok_or("no callback address is known for this client")?;
        if !is_near(&url) {
            return Err("the callback address is not on this machine");
        }
        let now = inner.now();
        let mut notices: Vec<(Value, Time)> = self.told(inner, event).into_iter().map(|body| (body, now)).collect();
        if let (Mode::OutOfOrder, Event::Changed { stream, day }) = (self.mode, event) {
            let before = Event::Changed { stream, day: day.plus(-1) };
            notices.extend(self.told(inner, before).into_iter().map(|body| (body, now.plus_s(-30))));
        }
        if notices.is_empty() {
            return Err(NOTHING);
        }
        let http = inner.http.as_ref().ok_or("this machine cannot make HTTP calls")?;
        let mut answers = Vec::new();
        for (json, at) in notices {
            let signer = sign::Signer { inner, client, mode: self.mode, at };
            let notice = signer.sign(&webhook.verify, &url, json)?;
            for _ in 0..if self.mode == Mode::Replayed { 2 } else { 1 } {
                let mut request = http.post(&notice.url).header("content-type", "application/json");
                for (name, value) in &notice.headers {
                    request = request.header(*name, value);
                }
                let answer = request.body(notice.body.clone()).send().await;
                answers.push(answer.map_err(|_| "the callback address does not answer")?.status().as_u16());
            }
        }
        inner.state().stats.count(self.host.provider.id, "notice");
        Ok(answers)
    }

    fn address(&self, inner: &Inner, client: &Client) -> Option<String> {
        let known = || inner.state().callbacks.get(&(self.host.provider.id, client.client_id.clone())).cloned();
        self.url.map(str::to_owned).or_else(known).or_else(|| client.callback.clone())
    }

    /// The bodies of the notices.
    fn told(&self, inner: &Inner, event: Event<'_>) -> Vec<Value> {
        let (corrected, scopes) = {
            let state = inner.state();
            let id = self.host.provider.id;
            let granted = state.book.scopes_of(id, self.client_id, self.persona);
            (state.switches.since(Failure::LateCorrection, id, Some(self.persona.id)), granted)
        };
        let mut story = Story::new(self.persona);
        if let Some(at) = corrected {
            story = story.corrected_at(at);
        }
        let all = || self.host.provider.scopes().into_iter().map(str::to_owned).collect();
        let scopes = scopes.unwrap_or_else(all);
        let ask = Ask { story: &story, now: inner.now(), params: &[], json: None, scopes: &scopes, base: self.base };
        (self.host.teller.notices)(event, &ask)
    }
}
