//! Providers that tell apart by words what others tell by the status. Every other provider's words are played by its
//! sandbox; here they come as they are quoted in Strava's reference and by its users.

use hilum_providers::spec::Provider;
use serde_json::{Value, json};

use crate::bed::{Bed, Link};
use crate::told::liveliest;

const STRAVA: &Provider = &hilum_providers::strava::PROVIDER;

fn fault(message: &str, resource: &str, field: &str, code: &str) -> Value {
    json!({"message": message, "errors": [{"resource": resource, "field": field, "code": code}]})
}

/// Somebody whose requests to paths with `part` in them are answered like this for an hour.
async fn answered(part: &'static str, status: u16, body: &Value) -> (Bed, Link) {
    let bed = Bed::of(STRAVA).await;
    let link = bed.connect(STRAVA, liveliest(STRAVA, bed.now()).id).await;
    bed.answer_instead(part, status, body);
    bed.run_s(3600 + 60).await;
    (bed, link)
}

async fn refreshes(bed: &Bed) -> u64 {
    bed.stats().await["requests"]["strava refresh"].as_u64().unwrap_or(0)
}

#[tokio::test]
async fn a_401_about_the_token_is_refreshed_once_and_then_needs_the_person() {
    let words = fault("Authorization Error", "Athlete", "access_token", "invalid");
    let (bed, link) = answered("/api/v3/athlete", 401, &words).await;
    let (word, reason, _) = bed.health(link);
    assert_eq!((word, reason.as_deref()), ("needs_reauth", Some("access_refused")));
    assert_eq!(refreshes(&bed).await, 1);
}

#[tokio::test]
async fn a_401_about_a_permission_is_a_missing_scope() {
    let words = fault("Authorization Error", "AccessToken", "activity:read_permission", "missing");
    let (bed, link) = answered("/api/v3/athlete", 401, &words).await;
    let (word, reason, _) = bed.health(link);
    assert_eq!((word, reason.as_deref()), ("live", Some("scope_missing")));
    assert_eq!(refreshes(&bed).await, 0, "refreshing would not help");
    assert_eq!(bed.cursors(link), []);
}

#[tokio::test]
async fn a_400_about_the_refresh_token_ends_the_grant() {
    let bed = Bed::of(STRAVA).await;
    let link = bed.connect(STRAVA, "runner").await;
    bed.answer_instead("/token", 400, &fault("Bad Request", "RefreshToken", "refresh_token", "invalid"));
    bed.clock.advance_ms(i64::from(STRAVA.auth.access_ttl_s) * 1000);
    bed.run_s(60).await;
    let (word, reason, _) = bed.health(link);
    assert_eq!((word, reason.as_deref()), ("needs_reauth", Some("revoked")));
}

#[tokio::test]
async fn a_400_about_the_app_is_not_the_persons_matter() {
    let bed = Bed::of(STRAVA).await;
    let link = bed.connect(STRAVA, "runner").await;
    bed.answer_instead("/token", 400, &fault("Bad Request", "Application", "client_id", "invalid"));
    bed.clock.advance_ms(i64::from(STRAVA.auth.access_ttl_s) * 1000);
    bed.run_s(3600).await;
    assert_ne!(bed.health(link).0, "needs_reauth", "a new login would not mend it");
}

#[tokio::test]
async fn a_403_about_the_app_is_not_the_persons_matter_either() {
    let (bed, link) = answered("/api/v3/athlete", 403, &fault("Forbidden", "Application", "Status", "Inactive")).await;
    let (word, reason, _) = bed.health(link);
    assert_eq!((word, reason.as_deref()), ("provider_down", Some("provider_down")));
}

#[tokio::test]
async fn a_400_about_a_parameter_is_told_as_a_fault() {
    let words = fault("Bad Request", "Activity", "per_page", "invalid");
    let (bed, link) = answered("/api/v3/athlete/activities", 400, &words).await;
    let (word, reason, _) = bed.health(link);
    assert_eq!((word, reason.as_deref()), ("stale", Some("activities: request refused")));
    let read: Vec<String> = bed.cursors(link).into_iter().map(|cursor| cursor.stream).collect();
    assert_eq!(read, ["athlete"], "the others go on");
    assert_eq!(refreshes(&bed).await, 0);
}
