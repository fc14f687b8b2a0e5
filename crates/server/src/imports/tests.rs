use std::io::{Cursor, Write as _};

use axum::body::{Body, to_bytes};
use axum::http::{HeaderMap, Method, Request, StatusCode};
use futures_util::stream;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use crate::human::tests::world::{TOKEN, World};

/// An export as the Health app writes it: two weights and a step count.
const EXPORT: &str = r#"<HealthData locale="en_DE">
 <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" startDate="2026-03-03 07:00:00 +0100" endDate="2026-03-03 07:00:00 +0100" value="72.5"/>
 <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" startDate="2026-03-04 07:00:00 +0100" endDate="2026-03-04 07:00:00 +0100" value="72.1"/>
 <Record type="HKQuantityTypeIdentifierStepCount" sourceName="Phone" unit="count" startDate="2026-03-04 08:00:00 +0100" endDate="2026-03-04 08:10:00 +0100" value="600"/>
</HealthData>
"#;

fn zipped(content: &str) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file("apple_health_export/export.xml", zip::write::SimpleFileOptions::default()).expect("starts");
    zip.write_all(content.as_bytes()).expect("writes");
    zip.finish().expect("finishes").into_inner()
}

struct Got {
    status: StatusCode,
    headers: HeaderMap,
    json: Value,
}

impl Got {
    fn refused(&self) -> (StatusCode, &str) {
        (self.status, self.json["code"].as_str().unwrap_or_default())
    }
    fn id(&self) -> &str {
        self.json["id"].as_str().expect("an id")
    }
}

async fn send(world: &World, method: Method, below: &str, headers: &[(&str, &str)], body: Body) -> Got {
    let mut request = Request::builder().method(method).uri(format!("/v1/human/imports{below}"));
    if !headers.iter().any(|(name, _)| *name == "authorization") {
        request = request.header("authorization", format!("Bearer {TOKEN}"));
    }
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = world.router.clone().oneshot(request.body(body).expect("request")).await.expect("infallible");
    let (status, headers) = (response.status(), response.headers().clone());
    let body = to_bytes(response.into_body(), 1 << 20).await.expect("body");
    Got { status, headers, json: serde_json::from_slice(&body).expect("JSON") }
}

async fn post(world: &World, headers: &[(&str, &str)], body: Vec<u8>) -> Got {
    send(world, Method::POST, "", headers, body.into()).await
}

async fn get(world: &World, id: &str) -> Got {
    send(world, Method::GET, &format!("/{id}"), &[], Body::empty()).await
}

#[tokio::test]
async fn an_export_comes_in_is_read_and_is_data() {
    let world = World::full().await;
    let file = zipped(EXPORT);
    let sent = post(&world, &[], file.clone()).await;
    assert_eq!((sent.status, &sent.json["state"]), (StatusCode::ACCEPTED, &json!("waiting")), "{}", sent.json);
    assert_eq!(sent.headers["location"], format!("/v1/human/imports/{}", sent.id()));
    assert_eq!(sent.json["bytes"], json!({ "total": file.len(), "received": file.len(), "read": 0 }));
    assert_eq!(post(&world, &[], file.clone()).await.refused(), (StatusCode::CONFLICT, "import_under_way"));

    world.engine.drain_jobs().await.expect("drained");
    let read = get(&world, sent.id()).await;
    assert_eq!((read.status, &read.json["state"]), (StatusCode::OK, &json!("done")), "{}", read.json);
    assert_eq!(read.json["source"], "apple_health");
    assert_eq!(read.json["format"], "Apple Health export");
    assert_eq!(read.json["found"], json!({ "steps": 1, "weight": 2 }));
    assert_eq!(read.json["stored"], json!({ "inserted": 3, "updated": 0, "unchanged": 0 }));
    assert_eq!(read.json["bytes"]["read"], json!(file.len()));
    let weights = world.get("/weight/readings?source=apple_health").await.rows();
    let values: Vec<_> = weights.iter().map(|row| (&row["timestamp"], &row["value"])).collect();
    let at = |day| json!(format!("2026-03-0{day}T06:00:00.000Z"));
    assert_eq!(values, [(&at(4), &json!(72.1)), (&at(3), &json!(72.5))]);
    assert!(world.get("/sources").await.rows().iter().any(|row| row["source"] == "apple_health"));

    // The same file again stores nothing twice; the list has the newest first.
    world.clock.advance_ms(1);
    let again = post(&world, &[], file).await;
    world.engine.drain_jobs().await.expect("drained");
    let list = send(&world, Method::GET, "", &[], Body::empty()).await;
    let ids: Vec<_> = list.json.as_array().expect("a list").iter().map(|row| row["id"].as_str()).collect();
    assert_eq!(ids, [Some(again.id()), Some(sent.id())]);
    assert_eq!(list.json[0]["stored"], json!({ "inserted": 0, "updated": 0, "unchanged": 3 }));
    assert_eq!(list.headers["x-total-count"], "2");
}

#[tokio::test]
async fn a_broken_upload_goes_on_where_it_was() {
    let world = World::full().await;
    let whole = EXPORT.replacen('\n', &format!("\n{}", " ".repeat(100_000)), 1);
    let length = whole.len().to_string();
    let broken = Body::from_stream(stream::iter([Ok(whole[..80_000].to_owned()), Err("gone")]));
    let first = send(&world, Method::POST, "", &[("upload-length", &length)], broken).await;
    assert_eq!(first.refused(), (StatusCode::BAD_REQUEST, "upload_broken_off"));
    let list = send(&world, Method::GET, "", &[], Body::empty()).await;
    let (id, shown) = (list.json[0]["id"].as_str().expect("an id").to_owned(), &list.json[0]);
    assert_eq!((&shown["state"], &shown["bytes"]["received"]), (&json!("receiving"), &json!(80_000)));

    let below = format!("/{id}");
    let rest = || Body::from(whole[80_000..].to_owned());
    let wrong = send(&world, Method::PATCH, &below, &[("upload-offset", "79999")], rest()).await;
    assert_eq!(wrong.refused(), (StatusCode::CONFLICT, "wrong_offset"));
    for headers in [vec![], vec![("upload-offset", "-1")], vec![("upload-offset", "x")]] {
        let odd = send(&world, Method::PATCH, &below, &headers, rest()).await;
        assert_eq!(odd.refused(), (StatusCode::BAD_REQUEST, "invalid_header"), "{headers:?}");
    }
    let part = Body::from(whole[80_000..90_000].to_owned());
    let part = send(&world, Method::PATCH, &below, &[("upload-offset", "80000")], part).await;
    assert_eq!((part.status, &part.json["state"]), (StatusCode::ACCEPTED, &json!("receiving")));
    let last = Body::from(whole[90_000..].to_owned());
    let last = send(&world, Method::PATCH, &below, &[("upload-offset", "90000")], last).await;
    assert_eq!((last.status, &last.json["state"]), (StatusCode::ACCEPTED, &json!("waiting")));
    let late = send(&world, Method::PATCH, &below, &[("upload-offset", "90000")], rest()).await;
    assert_eq!(late.refused(), (StatusCode::CONFLICT, "upload_over"));
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(get(&world, &id).await.json["stored"]["inserted"], 3);
}

#[tokio::test]
async fn what_can_not_be_read_says_so_and_keeps_what_came_before() {
    let world = World::full().await;
    let cut = &EXPORT[..EXPORT.find("StepCount").expect("there")];
    for (file, code, weights) in [
        (b"%PDF-1.7".to_vec(), "file_unrecognised", 0),
        (cut.as_bytes().to_vec(), "file_truncated", 2),
        (zipped(&format!("<HealthData>{}</HealthData>", "<a/>".repeat(2_000_000))), "file_bomb", 0),
    ] {
        let sent = post(&world, &[], file).await;
        world.engine.drain_jobs().await.expect("drained");
        let read = get(&world, sent.id()).await.json;
        assert_eq!((&read["state"], &read["error"]["code"]), (&json!("failed"), &json!(code)));
        assert!(read["error"]["message"].as_str().is_some_and(|text| !text.is_empty()));
        assert_eq!(read["found"]["weight"].as_u64().unwrap_or_default(), weights, "{read}");
        world.clock.advance_ms(1);
    }
    assert_eq!(world.get("/weight/readings?source=apple_health").await.rows().len(), 2);
}

#[tokio::test]
async fn an_import_is_cancelled_and_told_so() {
    let world = World::full().await;
    let gone = async |below: &str| send(&world, Method::DELETE, below, &[], Body::empty()).await;
    let sent = post(&world, &[("upload-length", "1000")], b"metric,".to_vec()).await;
    assert_eq!(sent.json["state"], "receiving");
    let below = format!("/{}", sent.id());
    let cancelled = gone(&below).await;
    assert_eq!((cancelled.status, &cancelled.json["state"]), (StatusCode::OK, &json!("failed")), "{}", cancelled.json);
    assert_eq!(cancelled.json["error"]["code"], "import_cancelled");
    assert_eq!(gone(&below).await.refused(), (StatusCode::CONFLICT, "import_ended"));
    let late = send(&world, Method::PATCH, &below, &[("upload-offset", "7")], Body::from("start")).await;
    assert_eq!(late.refused(), (StatusCode::CONFLICT, "upload_over"));

    let waiting = post(&world, &[], EXPORT.into()).await;
    assert_eq!(gone(&format!("/{}", waiting.id())).await.status, StatusCode::OK);
    world.engine.drain_jobs().await.expect("drained");
    assert!(!world.get("/sources").await.rows().iter().any(|row| row["source"] == "apple_health"), "nothing was read");
    assert_eq!(world.engine.store.spooled().expect("lists"), []);

    world.clock.advance_ms(1);
    let read = post(&world, &[], EXPORT.into()).await;
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(gone(&format!("/{}", read.id())).await.refused(), (StatusCode::CONFLICT, "import_ended"));
    assert_eq!(get(&world, read.id()).await.json["state"], "done", "it stays what it was");
}

#[tokio::test]
async fn who_may_not_and_what_is_none() {
    let world = World::full().await;
    let sent = post(&world, &[], EXPORT.into()).await;
    let below = format!("/{}", sent.id());
    let app = world.app(2).await;
    world.human(app, "somebody", "token-of-somebody").await;
    let stranger = ("authorization", "Bearer token-of-somebody");
    let nobody = ("authorization", "Bearer nobody");
    for (method, headers, expected) in [
        (Method::GET, vec![stranger], (StatusCode::NOT_FOUND, "not_found")),
        (Method::PATCH, vec![stranger, ("upload-offset", "0")], (StatusCode::NOT_FOUND, "not_found")),
        (Method::DELETE, vec![stranger], (StatusCode::NOT_FOUND, "not_found")),
        (Method::GET, vec![nobody], (StatusCode::UNAUTHORIZED, "unauthorized")),
        (Method::PATCH, vec![nobody, ("upload-offset", "0")], (StatusCode::UNAUTHORIZED, "unauthorized")),
        (Method::DELETE, vec![nobody], (StatusCode::UNAUTHORIZED, "unauthorized")),
        (Method::PUT, vec![], (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed")),
    ] {
        let got = send(&world, method.clone(), &below, &headers, Body::from("x")).await;
        assert_eq!(got.refused(), expected, "{method} {headers:?}");
    }
    assert_eq!(get(&world, "nonsense").await.refused(), (StatusCode::NOT_FOUND, "not_found"));
    world.engine.drain_jobs().await.expect("drained");
    for (headers, expected) in [
        (vec![nobody], (StatusCode::UNAUTHORIZED, "unauthorized")),
        (vec![("upload-length", "1e3")], (StatusCode::BAD_REQUEST, "invalid_header")),
        (vec![("upload-length", "8589934593")], (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large")),
        (vec![("upload-length", "3")], (StatusCode::PAYLOAD_TOO_LARGE, "body_too_large")),
        (
            vec![("content-type", "multipart/form-data; boundary=x")],
            (StatusCode::UNSUPPORTED_MEDIA_TYPE, "form_not_taken"),
        ),
    ] {
        assert_eq!(post(&world, &headers, EXPORT.into()).await.refused(), expected, "{headers:?}");
    }
}
