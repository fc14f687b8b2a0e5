//! `GET events`: the app's events in their order, for those who rather ask than be told; `GET events/stream`: the same as
//! server-sent events, for live views.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use axum::Json;
use axum::http::header::LINK;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::response::sse::{KeepAlive, Sse};
use axum::response::{IntoResponse, Response};
use futures_util::stream;
use hilum_engine::Engine;
use hilum_engine::webhooks::{EventStream, KEEP_MS};
use hilum_model::ClientId;
use hilum_store::apps::App;
use hilum_store::outbox::Event;
use serde_json::{Map, Value};

use super::query;
use crate::api::schema::{list as list_of, named, text, whole};
use crate::api::{About, Operation, Tag, Verb};
use crate::{ApiError, AppState, encoding};

/// Events of an answer: usually, and at the most.
const USUAL: u32 = 100;
const MOST: u32 = 1000;
/// Events that a live view reads at once.
const SLICE: u32 = 100;
/// How often a live view that has nothing to say says so.
const HEARTBEAT: Duration = Duration::from_secs(15);

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/events",
        |call| Box::pin(async move { list(&call.engine, &call.app, call.query()) }),
        || {
            About::new(Tag::Events, "listEvents", "What happened, oldest first")
                .query(
                    "after",
                    text(""),
                    "The id of the last event that the caller has; without it the oldest that is kept comes first",
                )
                .query(
                    "limit",
                    whole(1, "More than 1,000 is cut to 1,000"),
                    "Events of one answer; 100 if nothing is said",
                )
                .answer(200, "The events", list_of(named("Event"), ""))
                .with_headers(&["Link"])
                .link("listEvents", "listEvents", ("after", "$response.body#/0/id"))
                .error(400, &["invalid_parameter", "conflicting_parameter"])
                .error(410, &["events_forgotten"])
        },
    ),
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/events/stream",
        |call| Box::pin(async move { live(&call.engine, &call.app, call.request.headers(), call.query()) }),
        || {
            About::new(Tag::Events, "streamEvents", "What happens, as server-sent events")
                .query(
                    "after",
                    text(""),
                    "The id of the last event that the caller has; without it the view begins now",
                )
                .header("Last-Event-ID", false, text(""), "The same, as browsers send it")
                .answer_in(
                    200,
                    "Server-sent events: `id`, `event` (the type), `data` (as `Event`)",
                    [("text/event-stream", text(""))],
                )
                .error(400, &["invalid_parameter", "conflicting_parameter"])
                .error(410, &["events_forgotten"])
                .error(503, &["too_many_streams"])
        },
    )
    .without_head(),
];

/// An event as apps get it: what a webhook sends, with its id.
fn shown(event: &Event) -> Value {
    let mut all = Map::new();
    all.insert("id".to_owned(), event.id.as_str().into());
    all.insert("type".to_owned(), event.kind.name().into());
    all.insert("timestamp".to_owned(), event.at.to_iso().into());
    all.insert("data".to_owned(), Value::Object(event.payload()));
    Value::Object(all)
}

/// `GET events?after=&limit=`.
fn list(engine: &Engine, app: &App, raw_query: &str) -> Result<Response, ApiError> {
    let limit = query::limit(raw_query, USUAL, MOST)?;
    let after = query::text(raw_query, "after")?;
    let place = after.as_deref().map_or(Ok(0), |after| place(engine, app.client_id, after))?;
    let events = engine.store.events(app.client_id, place, limit)?;
    let mut response = Json(events.iter().map(shown).collect::<Vec<_>>()).into_response();
    // Where to ask next, also when there is nothing now.
    if let Some(last) = events.last().map(|event| event.id.clone()).or(after) {
        let base = engine.config.public_url.as_str().trim_end_matches('/');
        let link = format!("<{base}/v1/apps/{}/events?after={last}&limit={limit}>; rel=\"next\"", app.client_id);
        if let Ok(link) = HeaderValue::try_from(link) {
            response.headers_mut().insert(LINK, link);
        }
    }
    encoding::allow(&mut response, encoding::Varies::ByCoding);
    Ok(response)
}

/// The place that an id names, if what follows it is still there.
fn place(engine: &Engine, app: ClientId, id: &str) -> Result<i64, ApiError> {
    let cursor = engine.store.event_cursor(app, id).ok_or_else(|| {
        ApiError::bad_request(
            "invalid_parameter",
            "Invalid Parameter",
            "The event to go on after is not the id of an event of this app.",
        )
    })?;
    if cursor.at < engine.clock.now().plus_ms(-KEEP_MS) {
        return Err(ApiError::new(
            StatusCode::GONE,
            "events_forgotten",
            "Events Forgotten",
            "What followed this event is older than 30 days and forgotten. Read the data anew, then go on without it.",
        ));
    }
    Ok(cursor.position)
}

/// `GET events/stream`: from now on, or after the event that `Last-Event-ID` or `after` names.
fn live(engine: &AppState, app: &App, headers: &HeaderMap, raw_query: &str) -> Result<Response, ApiError> {
    let header = headers.get("last-event-id").and_then(|value| value.to_str().ok()).filter(|id| !id.is_empty());
    let after = header.map(str::to_owned).map_or_else(|| query::text(raw_query, "after"), |id| Ok(Some(id)))?;
    // Opened before the place is read, so that nothing falls between.
    let stream = engine.event_stream().ok_or_else(|| {
        ApiError::new(
            StatusCode::SERVICE_UNAVAILABLE,
            "too_many_streams",
            "Too Many Streams",
            "Too many live views are open. Ask for the events instead.",
        )
    })?;
    let place = match after {
        Some(id) => place(engine, app.client_id, &id)?,
        None => engine.store.last_event(app.client_id)?,
    };
    let view = View { engine: Arc::clone(engine), app: app.client_id, place, stream, read: VecDeque::new() };
    let events = stream::unfold(view, |mut view| async move {
        let event = view.next().await?;
        Some((Ok::<_, Infallible>(event), view))
    });
    let mut response = Sse::new(events).keep_alive(KeepAlive::new().interval(HEARTBEAT)).into_response();
    // Proxies hand on what comes at once.
    response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
    Ok(response)
}

/// A live view under way.
struct View {
    engine: AppState,
    app: ClientId,
    place: i64,
    stream: EventStream,
    read: VecDeque<Event>,
}

impl View {
    /// The next event, as soon as there is one. `None` ends the view: the server stops, or cannot read.
    async fn next(&mut self) -> Option<axum::response::sse::Event> {
        loop {
            if let Some(event) = self.read.pop_front() {
                self.place = event.position;
                let data = shown(&event).to_string();
                return Some(axum::response::sse::Event::default().id(event.id).event(event.kind.name()).data(data));
            }
            match self.engine.store.events(self.app, self.place, SLICE) {
                Ok(events) if !events.is_empty() => self.read.extend(events),
                Ok(_) => {
                    if !self.stream.wait().await {
                        return None;
                    }
                }
                Err(error) => {
                    tracing::warn!(%error, "live view ended");
                    return None;
                }
            }
        }
    }
}
