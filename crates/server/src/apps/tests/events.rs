//! The feed and the live view.

use axum::body::Body;
use axum::http::{Method, Request};
use futures_util::StreamExt as _;
use serde_json::{Value, json};
use tower::ServiceExt as _;

use super::webhooks::an_event;
use super::{CLIENT, basic, get, send};
use crate::human::tests::world::{PUBLIC, World, app_key};

fn ids(rows: &[Value]) -> Vec<&str> {
    rows.iter().map(|row| row["id"].as_str().expect("text")).collect()
}

#[tokio::test]
async fn pages_follow_each_other_without_a_gap() {
    let world = World::new();
    world.app(1).await;
    world.app(2).await;
    assert_eq!(get(&world, "/events").await.text(), "[]");
    for n in 0..5 {
        an_event(&world, &format!("user {n}")).await;
        world.clock.advance_ms(1);
    }
    let all = get(&world, "/events").await.rows();
    assert_eq!(all.len(), 5);
    let keys: Vec<&String> = all[0].as_object().expect("object").keys().collect();
    assert_eq!(keys, ["id", "type", "timestamp", "data"]);
    assert_eq!((&all[0]["type"], &all[0]["timestamp"]), (&json!("user.erased"), &json!("2016-03-08T21:14:05.120Z")));
    let members: Vec<&String> = all[0]["data"].as_object().expect("object").keys().collect();
    assert_eq!(members, ["clientId", "humanId", "sequence", "backfill"]);

    let page = get(&world, "/events?limit=2").await;
    assert_eq!(ids(&page.rows()), ids(&all)[..2]);
    let next = format!("<{PUBLIC}/v1/apps/{CLIENT}/events?after={}&limit=2>; rel=\"next\"", ids(&all)[1]);
    assert_eq!(page.header("link"), next);
    let after = get(&world, &format!("/events?limit=2&after={}", ids(&all)[1])).await;
    assert_eq!(ids(&after.rows()), ids(&all)[2..4]);
    let end = get(&world, &format!("/events?after={}", ids(&all)[4])).await;
    assert_eq!((end.text(), end.header("link").contains(ids(&all)[4])), ("[]", true), "ask there again");

    // Of another app, made up, and no ids at all.
    let auth = basic(&format!("{}:", app_key(2)));
    let theirs = format!("/v1/apps/{}/events?after={}", "02".repeat(20), ids(&all)[0]);
    let foreign = world.send(Method::GET, &theirs, &[("authorization", &auth)], "").await;
    assert_eq!((foreign.status.as_u16(), foreign.code().as_str()), (400, "invalid_parameter"));
    for query in ["after=x", "after=evt_1", "limit=0", "limit=x", "limit=-1"] {
        assert_eq!(get(&world, &format!("/events?{query}")).await.code(), "invalid_parameter", "{query}");
    }
    assert_eq!(get(&world, "/events?limit=1&limit=2").await.code(), "conflicting_parameter");

    // After a month nobody can say any more what came next.
    world.clock.advance_ms(30 * 86_400_000 + 5);
    let late = get(&world, &format!("/events?after={}", ids(&all)[4])).await;
    assert_eq!((late.status.as_u16(), late.code().as_str()), (410, "events_forgotten"));
}

#[tokio::test]
async fn a_live_view_goes_on_where_it_was() {
    let world = World::new();
    world.app(1).await;
    for n in 0..3 {
        an_event(&world, &format!("user {n}")).await;
    }
    let all = get(&world, "/events").await.rows();
    let open = async |last: Option<&str>| {
        let auth = basic(&format!("{}:", app_key(1)));
        let mut request = Request::get(format!("/v1/apps/{CLIENT}/events/stream")).header("authorization", auth);
        if let Some(last) = last {
            request = request.header("last-event-id", last);
        }
        let request = request.body(Body::empty()).expect("request");
        world.router.clone().oneshot(request).await.expect("infallible")
    };
    let read = async |body: Body, count: usize| {
        let parts: Vec<_> = body.into_data_stream().take(count).collect().await;
        let texts: Vec<String> =
            parts.into_iter().map(|part| String::from_utf8(part.expect("reads").to_vec()).expect("UTF-8")).collect();
        texts.concat()
    };
    let told = |row: &Value| format!("id: {}\nevent: user.erased\ndata: {row}\n\n", row["id"].as_str().expect("text"));

    let again = open(Some(ids(&all)[0])).await;
    assert_eq!(
        (again.status().as_u16(), &again.headers()["content-type"]),
        (200, &"text/event-stream".parse().expect("text"))
    );
    assert_eq!(again.headers()["cache-control"], "private, no-store");
    assert_eq!(read(again.into_body(), 2).await, told(&all[1]) + &told(&all[2]));

    let fresh = open(None).await;
    an_event(&world, "new").await;
    let new = get(&world, &format!("/events?after={}", ids(&all)[2])).await.rows();
    assert_eq!(read(fresh.into_body(), 1).await, told(&new[0]), "from now on");

    assert_eq!(open(Some("made up")).await.status(), 400);
    assert_eq!(send(&world, Method::HEAD, "/events/stream", "", "").await.status, 405);
}

#[tokio::test]
async fn live_views_are_bounded() {
    let world = World::new();
    world.app(1).await;
    let mut open = Vec::new();
    while let Some(stream) = world.engine.event_stream() {
        open.push(stream);
        assert!(open.len() <= 1000, "no bound");
    }
    let refused = get(&world, "/events/stream").await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "too_many_streams"));
}
