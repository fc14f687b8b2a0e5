//! Tokens, methods, cross-origin headers, entity tags, addresses.

use axum::http::Method;

use super::world::{TOKEN, World};

#[tokio::test]
async fn tokens_in_header_and_query() {
    let world = World::full().await;
    let bearer = format!("Bearer {TOKEN}");
    let in_query = format!("/v1/human/profile?access_token={TOKEN}");
    for (path, headers) in [
        ("/v1/human/profile", vec![("authorization", bearer.as_str())]),
        ("/v1/human/profile?access_token=", vec![("authorization", bearer.as_str())]),
        (in_query.as_str(), vec![]),
        (in_query.as_str(), vec![("authorization", bearer.as_str())]),
        // A proxy's own credentials do not stand in the way.
        (in_query.as_str(), vec![("authorization", "Basic dXNlcjpwYXNz")]),
    ] {
        assert_eq!(world.send(Method::GET, path, &headers, "").await.status, 200, "{path} {headers:?}");
    }
    for (path, headers, status, code) in [
        ("/v1/human/profile", vec![], 401, "unauthorized"),
        ("/v1/human/profile", vec![("authorization", "Bearer wrong")], 401, "unauthorized"),
        ("/v1/human/profile", vec![("authorization", "Bearer ")], 401, "unauthorized"),
        ("/v1/human/profile", vec![("authorization", "Basic dXNlcjpwYXNz")], 401, "unauthorized"),
        ("/v1/human/profile?access_token=wrong", vec![], 401, "unauthorized"),
        ("/v1/human/profile?access_token=%FF%00", vec![], 401, "unauthorized"),
        (in_query.as_str(), vec![("authorization", "Bearer wrong")], 400, "conflicting_tokens"),
        (in_query.as_str(), vec![("authorization", &bearer), ("authorization", &bearer)], 400, "conflicting_tokens"),
        ("/v1/human/profile?access_token=a&access_token=b", vec![], 400, "conflicting_parameter"),
        // What is not there is not told to strangers.
        ("/v1/human/nothing", vec![], 401, "unauthorized"),
    ] {
        let answer = world.send(Method::GET, path, &headers, "").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (status, code), "{path} {headers:?}");
        assert_eq!(answer.header("www-authenticate").starts_with("Bearer"), status == 401, "{path}");
    }
}

#[tokio::test]
async fn every_answer_may_cross_origins_and_none_with_credentials() {
    let world = World::full().await;
    let bearer = format!("Bearer {TOKEN}");
    let auth = [("authorization", bearer.as_str()), ("origin", "https://app.example")];
    for (method, path, status) in [
        (Method::GET, "/v1/human", 200),
        (Method::GET, "/v1/human/weight/readings", 200),
        (Method::HEAD, "/v1/human/weight/readings", 200),
        (Method::GET, "/v1/human/nothing", 404),
        (Method::GET, "/v1/human/weight/readings?limit=x", 400),
        (Method::POST, "/v1/human/weight/readings", 405),
        (Method::DELETE, "/v1/human", 405),
        (Method::OPTIONS, "/v1/human/weight/readings", 204),
        (Method::OPTIONS, "/v1/human/", 204),
    ] {
        let answer = world.send(method.clone(), path, &auth, "").await;
        assert_eq!(answer.status.as_u16(), status, "{method} {path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{method} {path}");
        assert_eq!(answer.header("access-control-allow-methods"), "OPTIONS,GET,HEAD");
        assert!(answer.header("access-control-allow-headers").starts_with("Content-Type, Authorization, Accept"));
        assert_eq!(answer.header("access-control-max-age"), "86400");
        assert_eq!(answer.header("access-control-allow-credentials"), "");
        if status >= 400 {
            assert_eq!(answer.header("content-type"), "application/json; charset=utf-8", "{method} {path}");
            answer.code();
        }
        if status == 405 {
            assert_eq!(answer.header("allow"), "GET, HEAD, OPTIONS");
        }
    }
    // Browsers ask before they have a token to send.
    let preflight = [("origin", "https://a.example"), ("access-control-request-method", "GET")];
    let answer = world.send(Method::OPTIONS, "/v1/human/profile", &preflight, "").await;
    assert_eq!((answer.status.as_u16(), answer.body.len()), (204, 0));
    // Strangers learn that they are strangers in a form that their script may read.
    let stranger = world.send(Method::GET, "/v1/human", &[], "").await;
    assert_eq!((stranger.status.as_u16(), stranger.header("access-control-allow-origin")), (401, "*"));
}

#[tokio::test]
async fn head_is_get_without_the_body() {
    let world = World::full().await;
    let bearer = format!("Bearer {TOKEN}");
    let auth = [("authorization", bearer.as_str())];
    for path in ["/v1/human", "/v1/human/heart_rate/readings", "/v1/human/sources", "/v1/human/activities/"] {
        let get = world.send(Method::GET, path, &auth, "").await;
        let head = world.send(Method::HEAD, path, &auth, "").await;
        assert_eq!((head.status, head.body.len()), (get.status, 0), "{path}");
        assert_eq!(head.header("content-length"), get.body.len().to_string(), "{path}");
        for name in ["content-type", "etag", "x-total-count", "link", "cache-control"] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn unchanged_answers_are_not_sent_again() {
    let world = World::full().await;
    let bearer = format!("Bearer {TOKEN}");
    for path in ["/v1/human", "/v1/human/weight", "/v1/human/heart_rate/readings", "/v1/human/sources"] {
        let first = world.send(Method::GET, path, &[("authorization", &bearer)], "").await;
        let tag = first.header("etag").to_owned();
        assert!(tag.starts_with("W/\""), "{tag}");
        assert_eq!(first.header("cache-control"), "private, no-store");
        let headers = [("authorization", bearer.as_str()), ("if-none-match", tag.as_str())];
        let again = world.send(Method::GET, path, &headers, "").await;
        assert_eq!((again.status.as_u16(), again.body.len(), again.header("etag")), (304, 0, tag.as_str()), "{path}");
        assert_eq!(again.header("access-control-allow-origin"), "*");
    }
    // Another person's answer has another tag, and a tag is no way in.
    let tag = world.get("/weight").await.header("etag").to_owned();
    let stranger = world.send(Method::GET, "/v1/human/weight", &[("if-none-match", &tag)], "").await;
    assert_eq!(stranger.status, 401);
}

#[tokio::test]
async fn slashes_at_the_end_and_unknown_addresses() {
    let world = World::full().await;
    for path in ["/weight", "/weight/readings", "/activities", "/sleeps/summaries", "/sources", "/profile"] {
        let plain = world.get(path).await;
        let slash = world.get(&format!("{path}/")).await;
        assert_eq!((slash.status, slash.text()), (plain.status, plain.text()), "{path}");
    }
    for path in [
        "/nothing",
        "/steps",
        "/weight/reading",
        "/weight/readings/daily",
        "/weight/readings/daily/2016-03-08/x",
        "/weight/summaries",
        "/activities/summaries/2016-03-08/x",
        "/heart_rate/summaries/2016-03-08/x",
        "/profile/x",
        "/human/human",
        "//weight",
        "/weight/readings/52e20cb2fff56aac62000001",
        "/weight/readings/52E20CB2FFF56AAC62000001",
        "/heart_rate/readings/52e20cb2fff56aac62000001",
        "/heart_rate/readings/x",
        "/activities/zzz",
        "/activities/..%2F..%2Fetc%2Fpasswd",
        "/sleeps/%00",
        "/activities/summaries/52e20cb2fff56aac62000001",
        "/activities/summaries/2016-03-07",
    ] {
        let answer = world.get(path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{path}");
    }
    // An id of one resource is none of another.
    let weight = world.get("/weight").await.json()["id"].as_str().expect("id").to_owned();
    let beat = world.get("/heart_rate").await.json()["id"].as_str().expect("id").to_owned();
    for path in [
        format!("/height/readings/{weight}"),
        format!("/heart_rate/readings/{weight}"),
        format!("/activities/{weight}"),
        format!("/blood_oxygen/readings/{beat}"),
        format!("/weight/readings/{beat}"),
    ] {
        assert_eq!(world.get(&path).await.status, 404, "{path}");
    }
}

#[tokio::test]
async fn a_query_that_is_too_long_is_refused() {
    let world = World::full().await;
    let answer = world.get(&format!("/weight/readings?x={}", "a".repeat(5000))).await;
    assert_eq!((answer.status.as_u16(), answer.code().as_str()), (414, "query_too_long"));
}
