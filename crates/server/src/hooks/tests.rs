use std::collections::BTreeMap;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode};
use hilum_engine::ProviderConfig;
use hilum_model::Secret;
use tower::ServiceExt as _;

use crate::human::tests::world::World;

/// A server with Withings on offer, and the address of its notices without the origin.
fn world() -> (World, String) {
    let withings = hilum_providers::find("withings").expect("known");
    let config = ProviderConfig::live(withings, "id".to_owned(), Secret::new("secret".to_owned()));
    let world = World::with(BTreeMap::from([("withings".to_owned(), config)]));
    let address = world.engine.hook_address("withings").expect("has notices");
    let path = address.strip_prefix(&world.engine.config.origin()).expect("ours").to_owned();
    (world, path)
}

async fn call(world: &World, method: Method, path: &str, body: &'static str) -> StatusCode {
    let request =
        Request::builder().method(method).uri(path).header("content-type", "application/x-www-form-urlencoded");
    let request = request.body(Body::from(body)).expect("request");
    crate::router(world.engine.clone()).oneshot(request).await.expect("answer").status()
}

#[tokio::test]
async fn a_notice_is_taken_at_its_address_and_nowhere_else() {
    let (world, path) = world();
    let notice = "userid=363&appli=1&startdate=1772604599&enddate=1772604601";
    assert_eq!(call(&world, Method::HEAD, &path, "").await, StatusCode::OK, "the greeting");
    assert_eq!(call(&world, Method::POST, &path, notice).await, StatusCode::OK);
    assert!(world.engine.store.next_due().expect("read").is_some(), "durable before the answer");
    assert_eq!(call(&world, Method::PUT, &path, notice).await, StatusCode::METHOD_NOT_ALLOWED);
    for wrong in [format!("{path}0"), path.replace("withings", "oura"), path[..path.len() - 1].to_owned()] {
        for method in [Method::POST, Method::GET, Method::HEAD] {
            assert_eq!(call(&world, method, &wrong, "").await, StatusCode::NOT_FOUND, "{wrong}");
        }
    }
}

#[tokio::test]
async fn what_is_too_large_or_not_readable_is_refused() {
    let (world, path) = world();
    let odd = Request::post(&path).header("content-type", "application/json").body(Body::from("<html>"));
    let answer = crate::router(world.engine.clone()).oneshot(odd.expect("request")).await.expect("answer");
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    for (size, status) in
        [(super::MAX_NOTICE, StatusCode::BAD_REQUEST), (super::MAX_NOTICE + 1, StatusCode::PAYLOAD_TOO_LARGE)]
    {
        let large = Request::post(&path).header("content-type", "application/json").body(Body::from(vec![b' '; size]));
        let answer = crate::router(world.engine.clone()).oneshot(large.expect("request")).await.expect("answer");
        assert_eq!(answer.status(), status, "{size}");
    }
}
