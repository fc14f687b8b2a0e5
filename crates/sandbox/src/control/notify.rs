//! `/_control/notify`, `/_control/handshake` and `/_control/callback`: what the provider does by itself.

use std::sync::Arc;

use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;
use hilum_model::Day;
use hilum_providers::persona::{Persona, find};
use hilum_providers::sandbox::Event;
use serde::Deserialize;
use serde_json::json;

use super::{bad, body_of};
use crate::config::Client;
use crate::webhook::{self, Delivery, Mode, greet};
use crate::{Host, Inner, wire};

/// What happened.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(rename_all = "snake_case")]
enum Happening {
    #[default]
    Changed,
    Waiting,
    Deleted,
    Deauthorised,
    PermissionsChanged,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Notify {
    provider: String,
    persona: String,
    #[serde(default)]
    event: Happening,
    /// The provider's first stream if left out.
    stream: Option<String>,
    /// Yesterday if left out.
    day: Option<String>,
    #[serde(default)]
    mode: Mode,
    /// Where to; the address that the client has made known if left out.
    url: Option<String>,
    /// The first one registered at the provider if left out.
    client_id: Option<String>,
}

impl Notify {
    fn persona(&self) -> Result<&'static Persona, &'static str> {
        find(&self.persona).ok_or("no such persona; GET /_control/personas lists them")
    }

    fn stream(&self, host: Host) -> Result<&'static str, &'static str> {
        let streams = host.provider.streams;
        let found = self.stream.as_ref().map_or(streams.first(), |name| streams.iter().find(|s| s.id == name));
        found.map(|stream| stream.id).ok_or("no such stream")
    }

    fn day(&self, inner: &Inner, persona: &Persona) -> Result<Day, &'static str> {
        match &self.day {
            None => Ok(persona.day_of(inner.now()).plus(-1)),
            Some(text) => Day::parse(text).map_err(|_| "day is not YYYY-MM-DD"),
        }
    }
}

fn host_of(provider: &str) -> Result<Host, &'static str> {
    crate::host(provider).ok_or("no such provider")
}

fn client<'a>(inner: &'a Inner, host: Host, id: Option<&str>) -> Result<&'a Client, &'static str> {
    let found = match id {
        Some(id) => inner.client(host, id),
        None => inner.config.clients.iter().find(|c| c.provider == host.provider.id),
    };
    found.ok_or("no such client")
}

/// Posts the notices about something that happens now.
pub(crate) async fn notify(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let notify: Notify = match body_of(&headers, &body) {
        Ok(notify) => notify,
        Err(response) => return *response,
    };
    let here = headers.get(header::HOST).and_then(|v| v.to_str().ok()).unwrap_or("localhost");
    match notified(&inner, &notify, here).await {
        Ok(sent) => wire::json(200, &json!({"sent": sent})),
        Err(why) => bad(400, why),
    }
}

async fn notified(inner: &Inner, notify: &Notify, here: &str) -> Result<Vec<u16>, &'static str> {
    let host = host_of(&notify.provider)?;
    let persona = notify.persona()?;
    let client = client(inner, host, notify.client_id.as_deref())?;
    let (stream, day) = (notify.stream(host)?, notify.day(inner, persona)?);
    let event = match notify.event {
        Happening::Changed => Event::Changed { stream, day },
        Happening::Waiting => Event::Waiting { stream, day },
        Happening::Deleted => Event::Deleted { stream, day },
        Happening::Deauthorised => Event::Deauthorised,
        Happening::PermissionsChanged => Event::PermissionsChanged,
    };
    if notify.event.ends_grants() && notify.mode != Mode::Wrong && notify.mode != Mode::Missing {
        inner.state().end_grants(Some(host.provider.id), persona);
    }
    if matches!(notify.event, Happening::Deleted) {
        inner.state().deleted.insert((host.provider.id, persona.id, stream, day));
    }
    let base = format!("http://{here}/{}/api", host.provider.id);
    let delivery = Delivery {
        host,
        persona,
        client_id: &client.client_id,
        base: &base,
        url: notify.url.as_deref(),
        mode: notify.mode,
    };
    delivery.send(inner, event).await
}

impl Happening {
    const fn ends_grants(self) -> bool {
        matches!(self, Self::Deauthorised)
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Callback {
    provider: String,
    client_id: Option<String>,
    url: String,
}

/// Greets an address in the provider's way and says how it answered.
pub(crate) async fn handshake(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let asked: Callback = match body_of(&headers, &body) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    let play = async || {
        let host = host_of(&asked.provider)?;
        if !webhook::is_near(&asked.url) {
            return Err("the callback address is not on this machine");
        }
        greet::play(&inner, host, client(&inner, host, asked.client_id.as_deref())?, &asked.url).await
    };
    match play().await {
        Ok(steps) => wire::json(200, &json!({"ok": steps.iter().all(|step| step.ok), "steps": steps})),
        Err(why) => bad(400, why),
    }
}

/// Makes a client's callback address known, as an operator does on a provider's site.
pub(crate) async fn callback(State(inner): State<Arc<Inner>>, headers: HeaderMap, body: Bytes) -> Response {
    let asked: Callback = match body_of(&headers, &body) {
        Ok(asked) => asked,
        Err(response) => return *response,
    };
    let known = || {
        let host = host_of(&asked.provider)?;
        let client = client(&inner, host, asked.client_id.as_deref())?;
        webhook::is_near(&asked.url)
            .then_some((host.provider.id, client.client_id.clone()))
            .ok_or("the callback address is not on this machine")
    };
    match known() {
        Ok(whose) => {
            inner.state().callbacks.insert(whose, asked.url);
            wire::json(200, &json!({}))
        }
        Err(why) => bad(400, why),
    }
}
