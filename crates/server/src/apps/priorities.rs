//! Which source is believed where several tell the same (`docs/MERGE.md`): set for all people of an app, or for one.

use axum::Json;
use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use hilum_engine::Engine;
use hilum_merge::{Priorities, PrioritiesError};
use hilum_store::apps::App;
use hilum_store::priorities::Lists;
use serde_json::Value;

use super::users::find;
use crate::ApiError;
use crate::api::schema::named;
use crate::api::{About, JSON, Operation, Tag, Verb};
use crate::human::ranked_as;

/// Longest body: a list of the longest for every metric stays below.
const MAX_BODY: usize = 64 * 1024;

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/priorities",
        |call| Box::pin(async move { show_app(&call.engine, &call.app) }),
        || {
            About::new(Tag::Users, "getPriorities", "Which source is believed, for all users").answer(
                200,
                "The lists; `{}` where none are set",
                named("Priorities"),
            )
        },
    ),
    Operation::app(
        Verb::Put,
        "/v1/apps/{clientId}/priorities",
        |call| Box::pin(async move { set_app(&call.engine, &call.app, call.request).await }),
        || {
            About::new(Tag::Users, "setPriorities", "Says which source is believed, for all users")
                .body([(JSON, named("Priorities"))])
                .answer(200, "The lists as they are kept", named("Priorities"))
                .error(400, &["invalid_priorities", "unknown_metric", "unknown_priority_source"])
                .error(413, &["body_too_large"])
        },
    ),
    Operation::app(
        Verb::Get,
        "/v1/apps/{clientId}/users/{userId}/priorities",
        |call| Box::pin(async move { show_human(&call.engine, &call.app, &call.id(0)?) }),
        || {
            About::new(Tag::Users, "getUserPriorities", "Which source is believed, for one user")
                .answer(200, "The lists; `{}` where none are set", named("Priorities"))
                .or_not_found()
        },
    ),
    Operation::app(
        Verb::Put,
        "/v1/apps/{clientId}/users/{userId}/priorities",
        |call| {
            Box::pin(async move {
                let id = call.id(0)?.into_owned();
                set_human(&call.engine, &call.app, &id, call.request).await
            })
        },
        || {
            About::new(Tag::Users, "setUserPriorities", "Says which source is believed, for one user")
                .body([(JSON, named("Priorities"))])
                .answer(200, "The lists as they are kept", named("Priorities"))
                .error(400, &["invalid_priorities", "unknown_metric", "unknown_priority_source"])
                .error(413, &["body_too_large"])
                .or_not_found()
        },
    ),
];

/// `GET priorities`: the lists of the app, `{}` where none are set.
fn show_app(engine: &Engine, app: &App) -> Result<Response, ApiError> {
    Ok(Json(engine.store.app_priorities(app.client_id)?).into_response())
}

/// `PUT priorities`: replaces the lists of the app, and answers with them as they are kept.
async fn set_app(engine: &Engine, app: &App, request: Request) -> Result<Response, ApiError> {
    let lists = read(engine, app, request).await?;
    engine.store.set_app_priorities(app.client_id, lists.clone()).await?;
    Ok(Json(lists).into_response())
}

/// `GET users/{humanId or externalId}/priorities`: those of one person.
fn show_human(engine: &Engine, app: &App, id: &str) -> Result<Response, ApiError> {
    let human = find(engine, app, id)?;
    Ok(Json(engine.store.human_priorities(human.human_id)?).into_response())
}

/// `PUT users/{humanId or externalId}/priorities`.
async fn set_human(engine: &Engine, app: &App, id: &str, request: Request) -> Result<Response, ApiError> {
    let human = find(engine, app, id)?;
    let lists = read(engine, app, request).await?;
    engine.store.set_human_priorities(human.human_id, lists.clone()).await.map_err(|error| match error {
        // Erased meanwhile.
        hilum_store::StoreError::NotFound => ApiError::not_found("The app has no such user."),
        error => error.into(),
    })?;
    Ok(Json(lists).into_response())
}

/// The lists of a body, checked, with the ids of sources instead of their other names.
async fn read(engine: &Engine, app: &App, request: Request) -> Result<Lists, ApiError> {
    let body = to_bytes(request.into_body(), MAX_BODY).await.map_err(|_| {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "Body Too Large",
            "The body is larger than this endpoint takes (64 KiB).",
        )
    })?;
    let Ok(Value::Object(object)) = serde_json::from_slice(&body) else {
        return Err(refused(PrioritiesError::Form));
    };
    // A look-up that fails is our fault, not a name that is not known.
    let mut failed = None;
    let lists = Priorities::read(&object, |name| {
        source(engine, app, name).unwrap_or_else(|error| {
            failed.get_or_insert(error);
            None
        })
    });
    match failed {
        Some(error) => Err(error),
        None => Ok(lists.map_err(refused)?.to_json()),
    }
}

/// The id of a source: a provider's, a bridge's or a file's by any of its names, or the name of one that somebody of the
/// app brought data under. An export of an account counts as its provider.
fn source(engine: &Engine, app: &App, name: &str) -> Result<Option<String>, ApiError> {
    let name = name.to_ascii_lowercase();
    let ranked = ranked_as(&name);
    let known = hilum_providers::find(ranked).is_some()
        || hilum_providers::bridge::bridge(ranked).is_some()
        || hilum_files::Format::ALL.iter().any(|format| format.source() == ranked)
        || engine.store.has_source(app.client_id, ranked)?;
    Ok(known.then(|| ranked.to_owned()))
}

fn refused(error: PrioritiesError) -> ApiError {
    let detailed = format!("Nothing was changed: {error}. See docs/MERGE.md for what may stand where.");
    match error {
        PrioritiesError::UnknownSubject(_) => ApiError::bad_request("unknown_metric", "Unknown Metric", detailed),
        PrioritiesError::UnknownSource { .. } => {
            ApiError::bad_request("unknown_priority_source", "Unknown Priority Source", detailed)
        }
        PrioritiesError::Form
        | PrioritiesError::UnknownKind { .. }
        | PrioritiesError::Twice { .. }
        | PrioritiesError::TooMany { .. } => {
            ApiError::bad_request("invalid_priorities", "Invalid Priorities", detailed)
        }
    }
}

#[cfg(test)]
mod tests {
    use axum::http::Method;
    use serde_json::json;

    use crate::apps::tests::{get, send};
    use crate::human::tests::world::{TOKEN, World};

    async fn put(world: &World, path: &str, body: &str) -> crate::human::tests::world::Answer {
        send(world, Method::PUT, path, "application/json", body).await
    }

    #[tokio::test]
    async fn lists_are_set_for_an_app_and_for_a_person() {
        let world = World::new();
        let app = world.app(1).await;
        let human = world.human(app, "p", TOKEN).await.human_id;
        let of_human = format!("/users/{human}/priorities");
        for (path, other) in [("/priorities", of_human.as_str()), ("/users/p/priorities", "/priorities")] {
            assert_eq!(get(&world, path).await.text(), "{}", "{path}");
            let body = json!({"default": ["fitbit"], "steps": ["Apple_Health/watch", "*/phone"], "sleeps": []});
            // Ids for other names; an empty list is none.
            let kept = r#"{"default":["google_health"],"steps":["apple_health/watch","*/phone"]}"#;
            let set = put(&world, path, &body.to_string()).await;
            assert_eq!((set.status.as_u16(), set.text()), (200, kept), "{path}");
            assert_eq!(set.header("cache-control"), "private, no-store");
            assert_eq!((get(&world, path).await.text(), get(&world, other).await.text()), (kept, "{}"), "{path}");
            // What is shown can be sent again; nothing takes all back.
            assert_eq!(put(&world, path, kept).await.text(), kept);
            assert_eq!(put(&world, path, "{}").await.text(), "{}");
            assert_eq!(get(&world, path).await.text(), "{}");
        }
    }

    #[tokio::test]
    async fn what_is_not_understood_changes_nothing() {
        let world = World::new();
        let app = world.app(1).await;
        let human = world.human(app, "p", TOKEN).await.human_id;
        let kept = r#"{"weight":["withings"]}"#;
        assert_eq!(put(&world, "/priorities", kept).await.status, 200);
        for (body, status, code) in [
            ("", 400, "invalid_priorities"),
            ("[]", 400, "invalid_priorities"),
            (r#"{"steps":"garmin"}"#, 400, "invalid_priorities"),
            (r#"{"steps":[1]}"#, 400, "invalid_priorities"),
            (r#"{"steps":["garmin/wrist"]}"#, 400, "invalid_priorities"),
            (r#"{"steps":["garmin","garmin"]}"#, 400, "invalid_priorities"),
            (r#"{"stepps":["garmin"]}"#, 400, "unknown_metric"),
            (r#"{"steps":["garmeen"]}"#, 400, "unknown_priority_source"),
            (r#"{"steps":["gadgetbridge"]}"#, 400, "unknown_priority_source"),
            (&format!(r#"{{"steps":["{}"]}}"#, "x".repeat(64 * 1024)), 413, "body_too_large"),
        ] {
            let answer = put(&world, "/priorities", body).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{body:.40}");
            assert!(!answer.text().contains("garmeen") && !answer.text().contains("stepps"), "{}", answer.text());
        }
        assert_eq!(get(&world, "/priorities").await.text(), kept);
        // Once somebody has brought data under a name, it can be ranked.
        world.connect(human, "gadgetbridge", "aaaaaaaaaaaaaaaaaaaaaaaa").await;
        assert_eq!(put(&world, "/priorities", r#"{"steps":["gadgetbridge"]}"#).await.status, 200);
        for path in ["/users/nobody/priorities", "/users/p/priorities/x"] {
            assert_eq!(put(&world, path, "{}").await.status, 404, "{path}");
        }
        let post = send(&world, Method::POST, "/priorities", "", "{}").await;
        assert_eq!((post.status.as_u16(), post.header("allow")), (405, "GET, HEAD, PUT"));
        // What is set for a person goes with the person.
        assert_eq!(put(&world, "/users/p/priorities", kept).await.status, 200);
        assert_eq!(send(&world, Method::DELETE, "/users/p", "", "").await.status, 204);
        assert_eq!(get(&world, "/users/p/priorities").await.status, 404);
    }
}
