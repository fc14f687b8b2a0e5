use std::io::Write as _;

use axum::body::{Body, to_bytes};
use axum::http::{Method, Request, StatusCode};
use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::human::tests::world::{TOKEN, World};

const BATCH: &str = r#"{"source":"gadgetbridge","device":"Band","observations":[
    {"metric":"heart_rate","start":"2016-03-10T08:00:00+01:00","value":61},
    {"metric":"weight","id":"w1","start":"2016-03-10T08:00:00+01:00","value":173,"unit":"[lb_av]"},
    {"metric":"mood","start":"2016-03-10T08:00:00+01:00","value":1}]}"#;

async fn post(world: &World, headers: &[(&str, &str)], body: Vec<u8>) -> (StatusCode, Value) {
    let mut request = Request::post("/v1/human/ingest").header("authorization", format!("Bearer {TOKEN}"));
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let request = request.body(Body::from(body)).expect("request");
    let response = world.router.clone().oneshot(request).await.expect("infallible");
    let status = response.status();
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("body");
    (status, serde_json::from_slice(&body).expect("JSON"))
}

fn gzip(plain: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    encoder.write_all(plain).expect("memory");
    encoder.finish().expect("memory")
}

#[tokio::test]
async fn a_batch_is_stored_item_by_item_and_once() {
    let world = World::full().await;
    let refused = json!([{"index": 2, "code": "unknown_kind",
        "message": "Name a known metric, a known type, or what is deleted."}]);
    let (status, answer) = post(&world, &[], BATCH.into()).await;
    let expected = json!({"inserted": 2, "updated": 0, "unchanged": 0, "deleted": 0, "rejected": refused});
    assert_eq!((status, answer), (StatusCode::OK, expected));
    let (_, again) = post(&world, &[("content-encoding", "gzip")], gzip(BATCH.as_bytes())).await;
    assert_eq!((&again["inserted"], &again["unchanged"]), (&json!(0), &json!(2)));
    let weight = world.get("/weight").await.json();
    // 173 lb of 0.45359237 kg.
    assert_eq!((&weight["value"], &weight["source"]), (&json!(78.471_480_01), &json!("gadgetbridge")));
    let correction = BATCH.replace("173", "174");
    assert_eq!(post(&world, &[], correction.into()).await.1["updated"], 1);
    let deletion = r#"{"source":"gadgetbridge","observations":[{"deleted":"weight","id":"w1"}]}"#;
    assert_eq!(post(&world, &[], deletion.into()).await.1["deleted"], 1);
}

#[tokio::test]
async fn who_may_not_and_what_is_none() {
    let world = World::full().await;
    let anonymous = world.send(Method::POST, "/v1/human/ingest", &[], BATCH).await;
    assert_eq!((anonymous.status, anonymous.code().as_str()), (StatusCode::UNAUTHORIZED, "unauthorized"));
    let read = world.get("/ingest").await;
    assert_eq!((read.status, read.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "POST, OPTIONS"));
    let source = |name: &str| BATCH.replace("gadgetbridge", name).into_bytes();
    for (headers, body, status, code) in [
        (vec![], b"<html>".to_vec(), StatusCode::BAD_REQUEST, "invalid_body"),
        (vec![], source("Not A Word"), StatusCode::BAD_REQUEST, "invalid_source"),
        (vec![], source("withings"), StatusCode::BAD_REQUEST, "reserved_source"),
        (vec![], source("file"), StatusCode::BAD_REQUEST, "reserved_source"),
        (vec![], source("oura_export"), StatusCode::BAD_REQUEST, "reserved_source"),
        (vec![], source("samsung_health"), StatusCode::BAD_REQUEST, "reserved_source"),
        (vec![("content-encoding", "gzip")], BATCH.into(), StatusCode::BAD_REQUEST, "invalid_body"),
        (vec![("content-encoding", "br")], BATCH.into(), StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_encoding"),
        (vec![], vec![b' '; super::MAX_SENT + 1], StatusCode::PAYLOAD_TOO_LARGE, "body_too_large"),
        // 65 MiB of blanks in some 60 kB.
        (
            vec![("content-encoding", "gzip")],
            gzip(&vec![b' '; 65 << 20]),
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
        ),
    ] {
        let (got, answer) = post(&world, &headers, body).await;
        assert_eq!((got, answer["code"].as_str()), (status, Some(code)));
    }
}
