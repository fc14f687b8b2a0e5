use axum::body::{Body, BodyDataStream};
use axum::http::{Method, Request, StatusCode};
use futures_util::StreamExt as _;
use hilum_engine::export::{Format, Options};
use hilum_model::{Batch, Metric, Sample, Time, Unit};
use hilum_store::hash_token;
use serde_json::Value;
use tower::ServiceExt as _;

use crate::human::tests::world::{Answer, TOKEN, World, ids, sample};

const PATH: &str = "/v1/human/export";

async fn get(world: &World, token: &str, rest: &str) -> Answer {
    let bearer = format!("Bearer {token}");
    world.send(Method::GET, &format!("{PATH}{rest}"), &[("authorization", &bearer)], "").await
}

fn lines(answer: &Answer) -> Vec<Value> {
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    assert!(answer.text().ends_with('\n'), "the last line is whole");
    answer.text().lines().map(|line| serde_json::from_str(line).expect(line)).collect()
}

/// Ten thousand heart beats: at about 190 bytes a line more than any piece.
async fn with_many_samples() -> World {
    let world = World::full().await;
    let human = ids().0;
    let connection = world.engine.store.connections(human).expect("read")[0].connection_id;
    let mut batch = Batch::default();
    for n in 0..10_000 {
        batch.sample(Sample { start: Time(n * 60_000), ..sample(Metric::HeartRate, 60.0, Unit::PerMinute) });
    }
    world.apply(human, connection, batch).await;
    world
}

async fn open(world: &World) -> BodyDataStream {
    let request = Request::get(PATH).header("authorization", format!("Bearer {TOKEN}"));
    let request = request.body(Body::empty()).expect("request");
    let response = world.router.clone().oneshot(request).await.expect("infallible");
    assert_eq!(response.status(), StatusCode::OK);
    response.into_body().into_data_stream()
}

#[tokio::test]
async fn begins_with_what_is_held_and_ends_with_what_was_sent() {
    let world = World::full().await;
    let answer = get(&world, TOKEN, "").await;
    assert_eq!(answer.header("content-type"), "application/x-ndjson");
    assert_eq!(answer.header("content-disposition"), "attachment; filename=\"hilum-export-2016-03-09.ndjson\"");
    assert_eq!(answer.header("cache-control"), "private, no-store");
    assert_eq!(answer.header("access-control-allow-origin"), "*");
    let lines = lines(&answer);
    let (first, last) = (&lines[0], &lines[lines.len() - 1]);
    assert_eq!((&first["type"], &first["version"]), (&"export".into(), &1.into()));
    assert_eq!(first["humanId"], "6f0d96ac999b9de597c0aa26b5c1ece3");
    assert_eq!(first["clientUserId"], "patient-17");
    assert_eq!(first["exportedAt"], "2016-03-09T06:02:44.731Z");
    assert_eq!((&last["type"], &last["changedMeanwhile"]), (&"end".into(), &false.into()));
    for member in ["connections", "imports", "series", "records", "samples"] {
        assert_eq!(first["holds"][member], last["sent"][member], "{member}");
    }
    let count = |kind: &str| lines.iter().filter(|line| line["type"] == kind).count();
    // Thirteen records and the sum of the day's sleep; two samples, each of a series of its own.
    assert_eq!((count("record"), count("series"), count("sample"), count("connection")), (14, 2, 2, 1));
}

#[tokio::test]
async fn values_and_units_are_there_as_received() {
    let world = World::full().await;
    let lines = lines(&get(&world, TOKEN, "?format=ndjson").await);
    let weight = lines.iter().find(|line| line["kind"] == "weight").expect("a weight");
    assert_eq!(
        weight["body"].to_string(),
        r#"{"metric":"weight","value":72.8,"unit":"kg","receivedValue":72800,"receivedUnit":"g"}"#
    );
    assert_eq!((&weight["source"], &weight["key"]), (&"withings".into(), &"weight".into()));
    assert_eq!((&weight["tzOffset"], &weight["day"]), (&"-08:00".into(), &"2016-03-08".into()));
    assert_eq!(
        (&weight["createdAt"], &weight["updatedAt"]),
        (&"2016-03-08T21:14:05.120Z".into(), &"2016-03-09T06:02:44.731Z".into())
    );
    let oxygen = lines.iter().find(|line| line["type"] == "sample" && line["metric"] == "blood_oxygen").expect("one");
    assert_eq!((&oxygen["value"], &oxygen["receivedValue"]), (&97.into(), &0.97.into()));
    let series = lines.iter().find(|line| line["type"] == "series" && line["series"] == oxygen["series"]).expect("one");
    assert_eq!((&series["unit"], &series["receivedUnit"]), (&"%".into(), &"1".into()));
    let glucose = lines.iter().find(|line| line["kind"] == "blood_glucose").expect("a glucose");
    assert_eq!(glucose["sourceData"].to_string(), r#"{"mealTag":"before_breakfast","strip":4}"#);
}

#[tokio::test]
async fn nobody_else_gets_it() {
    let world = World::full().await;
    let app = world.app(2).await;
    world.human(app, "other", "token-of-another-person").await;
    let other = get(&world, "token-of-another-person", "").await;
    for line in lines(&other) {
        assert!(["export", "profile", "end"].contains(&line["type"].as_str().expect("a type")), "{line}");
    }
    assert!(!other.text().contains("6f0d96ac999b9de597c0aa26b5c1ece3") && !other.text().contains("patient-17"));
    for token in ["", "wrong"] {
        let refused = get(&world, token, "").await;
        assert_eq!((refused.status, refused.code()), (StatusCode::UNAUTHORIZED, "unauthorized".to_owned()));
        assert_eq!(refused.header("www-authenticate"), "Bearer realm=\"data\"");
    }
}

#[tokio::test]
async fn parameters_and_methods() {
    let world = World::full().await;
    for (rest, code) in [
        ("?format=xml", "invalid_parameter"),
        ("?raw=yes", "invalid_parameter"),
        ("?raw=true&raw=false", "conflicting_parameter"),
    ] {
        let answer = get(&world, TOKEN, rest).await;
        assert_eq!((answer.status, answer.code()), (StatusCode::BAD_REQUEST, code.to_owned()), "{rest}");
    }
    assert_eq!(get(&world, TOKEN, "/?format=&raw=").await.status, StatusCode::OK);
    let headers = [("authorization", "Bearer token-of-the-first-person")];
    let head = world.send(Method::HEAD, PATH, &headers, "").await;
    assert_eq!((head.status, head.body.len()), (StatusCode::OK, 0));
    assert_eq!(head.header("content-type"), "application/x-ndjson");
    let post = world.send(Method::POST, PATH, &headers, "").await;
    assert_eq!((post.status, post.code()), (StatusCode::METHOD_NOT_ALLOWED, "method_not_allowed".to_owned()));
    assert_eq!(world.send(Method::OPTIONS, PATH, &[], "").await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn it_breaks_off_when_the_person_is_erased() {
    let world = with_many_samples().await;
    let mut body = open(&world).await;
    assert!(body.next().await.expect("a piece").is_ok());
    world.engine.store.erase_human(ids().0).await.expect("erased");
    // What had been read before may still come; then the stream ends without its last line.
    let mut rest = Vec::new();
    let broken = loop {
        match body.next().await.expect("an end") {
            Ok(piece) => rest.extend_from_slice(&piece),
            Err(broken) => break broken,
        }
    };
    assert!(!String::from_utf8_lossy(&rest).contains(r#""type":"end""#));
    assert!(broken.to_string().contains("token has ended"), "{broken}");
}

#[tokio::test]
async fn two_of_a_person_at_once() {
    let world = with_many_samples().await;
    let (mut first, second) = (open(&world).await, open(&world).await);
    assert!(first.next().await.expect("a piece").is_ok());
    let third = get(&world, TOKEN, "").await;
    assert_eq!((third.status, third.code()), (StatusCode::TOO_MANY_REQUESTS, "too_many_exports".to_owned()));
    assert_eq!(third.header("retry-after"), "60");
    drop(second);
    let samples = lines(&get(&world, TOKEN, "").await).iter().filter(|line| line["type"] == "sample").count();
    assert_eq!(samples, 10_002);
}

#[tokio::test]
async fn a_reader_that_takes_nothing_is_ended() {
    let world = with_many_samples().await;
    let human = world.engine.store.human(ids().0).expect("read").expect("the person");
    let options = Options { format: Format::Lines, raw: false };
    let begin = || world.engine.export(&human, hash_token(TOKEN), options);
    let (export, _other) = (begin().expect("a place"), begin().expect("another"));
    let mut pieces = Box::pin(export.pieces(std::time::Duration::ZERO));
    assert!(pieces.next().await.expect("a piece").is_ok());
    // Nobody takes the rest. Its place is free once it has been ended.
    while begin().is_err() {
        tokio::task::yield_now().await;
    }
    let mut more = 0;
    let broken = loop {
        match pieces.next().await.expect("an end") {
            Ok(_) => more += 1,
            Err(broken) => break broken,
        }
    };
    // What was in the channel, of eight pieces in all.
    assert!(more <= 1, "{more} pieces");
    assert_eq!(broken.to_string(), "the reader stalled");
    assert!(pieces.next().await.is_none());
}
