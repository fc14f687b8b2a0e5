//! How Connect may be opened.
use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode};
use hilum_engine::enrol::OpenLimits;
use serde_json::json;
use tower::ServiceExt;

use crate::world::{APP, Answer, World, encode};

/// A `clientUserId` may be any text; it comes back exactly, and can do nothing on the way.
#[tokio::test]
async fn hostile_user_ids_come_back_exactly() {
    let world = World::new().await;
    let longest = "x".repeat(1024);
    for id in [
        "jürgen+test@example.org",
        "🦊👩‍👩‍👧",
        "\"'`<script>alert(1)</script>",
        "../../etc/passwd",
        "a&clientId=evil#x?y",
        "100%25 %2e%2e",
        " leading and trailing ",
        "</script><!--",
        "a\u{0}b\r\nSet-Cookie: x=y",
        "\u{202e}drawkcab",
        "'; DROP TABLE humans; --",
        "{\"$ne\":null}",
        longest.as_str(),
    ] {
        let mut browser = world.browser();
        let page = browser.open(&[("clientId", APP), ("clientUserId", id)]).await;
        assert_eq!(page.status, StatusCode::OK, "{id}");
        assert!(!page.body.contains("alert(1)") && !page.body.contains(id.trim()), "the page does not repeat it: {id}");
        browser.login(page.secret(), &format!("code-{}", hex::encode(id.as_bytes()).split_at(2).0)).await;
        // Accounts repeat; so do codes: use one of its own for each.
        let mut list = browser.list(page.secret()).await;
        if list.row("oura") != "connected" {
            browser.login(page.secret(), &format!("code-acc.{}", hex::encode(id.as_bytes()))).await;
            list = browser.list(page.secret()).await;
        }
        assert_eq!(list.row("oura"), "connected", "{id}");
        let token = browser.end(page.secret()).await.json()["token"].clone();
        assert_eq!(world.exchange(&token).await.json()["clientUserId"], id);
        assert_eq!(
            world.browser().open(&[("clientId", APP), ("clientUserId", id)]).await.data()["error"]["code"],
            "user_already_exists"
        );
    }
}

#[tokio::test]
async fn bad_addresses_get_a_clear_error_in_the_apps_frame() {
    let world = World::new().await;
    let mut browser = world.browser();
    let too_long = "x".repeat(1025);
    let app = ("clientId", APP);
    for (query, status, code) in [
        (encode(&[app, ("clientUserId", &too_long)]), 400, "client_user_id_too_long"),
        (encode(&[app]), 400, "missing_client_user_id"),
        (encode(&[app, ("clientUserId", "")]), 400, "missing_client_user_id"),
        (encode(&[app, ("clientUserId", "a"), ("client_user_id", "b")]), 400, "conflicting_parameters"),
        (encode(&[app, ("clientUserId", "a"), ("clientUserId", "b")]), 400, "conflicting_parameters"),
        (
            encode(&[app, ("clientUserId", "a"), ("publicToken", "1"), ("public_token", "2")]),
            400,
            "conflicting_parameters",
        ),
        (encode(&[app, ("clientUserId", "a"), ("closeUrl", "https://hapi-close")]), 400, "missing_finish_url"),
    ] {
        for path in ["/", "/embed"] {
            let page = browser.get(&format!("{path}?{query}")).await;
            assert_eq!(page.status.as_u16(), status, "{code}");
            if code == "missing_finish_url" {
                assert!(page.body.contains("Missing Finish URL"));
            } else {
                assert_eq!(page.data()["error"]["code"], code);
                assert!(page.header("content-security-policy").contains("frame-ancestors https://app.example"));
            }
            assert!(page.header("set-cookie").is_empty());
        }
    }
    for query in [
        "",
        "clientUserId=a",
        "clientId=&clientUserId=a",
        "clientId=zz&clientUserId=a",
        "clientId=a&client_id=b&clientUserId=c",
        "clientUserId=%FF",
    ] {
        let page = browser.get(&format!("/?{query}")).await;
        assert!(page.status.is_client_error(), "{query}");
        assert!(page.header("content-security-policy").contains("frame-ancestors 'none'"), "{query}");
        assert!(!page.body.contains("hilum-data"), "{query}");
    }
}

/// The old script sends a remembered session token with a stray blank. It means nothing here.
#[tokio::test]
async fn parameters_of_old_scripts_do_no_harm() {
    let world = World::new().await;
    let query = format!(
        "clientUserId=u&clientId={APP}&publicToken=&sessionToken=%20abc&sessionToken=def&iframeFlag=1&embed=1&lang=tr&\
         addedSource=x&devPortal=1&style=%7B%22a%22%3A1%7D&modal=1&mode=wellness&test=1&ka=1&sourceId=oura"
    );
    let page = world.browser().get(&format!("/?{query}")).await;
    assert_eq!((page.status, page.data()["mode"].as_str()), (StatusCode::OK, Some("create")));
    assert!(page.body.contains("framed modal"), "modal");
    let (oura, withings) = (page.body.find("source-oura"), page.body.find("source-withings"));
    assert!(oura.is_some() && oura < withings, "the source asked for comes first");
}

#[tokio::test]
async fn a_reload_and_a_second_tab_go_on_in_the_same_session() {
    let world = World::new().await;
    let mut browser = world.browser();
    let user = [("clientId", APP), ("clientUserId", "u")];
    let first = browser.open(&user).await;
    browser.login(first.secret(), "code-ring").await;
    let second = browser.open(&user).await;
    assert_eq!(second.data()["openToken"], first.data()["openToken"], "the same session");
    assert_eq!(second.secret(), first.secret());
    assert_eq!(second.row("oura"), "connected");
    assert_eq!(browser.poll(&first.poll()).await.status, StatusCode::OK);
    // Another person, another form of Connect, another browser: another session.
    for (other, parameters) in [
        (browser.clone(), vec![("clientId", APP), ("clientUserId", "v")]),
        (browser.clone(), vec![("clientId", APP), ("clientUserId", "u"), ("finishUrl", "https://hapi-finish")]),
        (world.browser(), user.to_vec()),
    ] {
        let mut other = other;
        let page = other.open(&parameters).await;
        assert_ne!(page.data()["openToken"], first.data()["openToken"], "{parameters:?}");
        assert_eq!(page.row("oura"), "available");
    }
    assert_eq!(browser.list(second.secret()).await.row("oura"), "connected", "the others did not disturb it");
    browser.end(second.secret()).await;
    assert_ne!(browser.open(&user).await.data()["openToken"], first.data()["openToken"], "an ended one is not resumed");
}

async fn open_from(world: &World, address: [u8; 4], user: &str) -> Answer {
    open_through(world, address, "", user).await
}

async fn open_through(world: &World, address: [u8; 4], forwarded: &str, user: &str) -> Answer {
    let uri = format!("/?{}", encode(&[("clientId", APP), ("clientUserId", user)]));
    let mut request = Request::get(uri).body(Body::empty()).expect("request");
    if !forwarded.is_empty() {
        request.headers_mut().insert("x-forwarded-for", forwarded.parse().expect("header"));
    }
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 50_000))));
    let response = world.router.clone().oneshot(request).await.expect("answer");
    let (parts, body) = response.into_parts();
    let body = axum::body::to_bytes(body, usize::MAX).await.expect("body");
    Answer { status: parts.status, headers: parts.headers, body: String::from_utf8_lossy(&body).into_owned() }
}

/// Threat T2: the answer "user exists" is no oracle for whole address books.
#[tokio::test]
async fn strangers_learn_of_twenty_users_an_hour() {
    let world = World::new().await;
    for n in 0..22 {
        world.enrolled(&format!("user-{n}"), &format!("account{n}")).await;
    }
    for n in 0..20 {
        let page = open_from(&world, [192, 0, 2, 7], &format!("user-{n}")).await;
        assert_eq!(page.data()["error"]["code"], "user_already_exists", "{n}");
    }
    let known = open_from(&world, [192, 0, 2, 99], "user-20").await;
    let unknown = open_from(&world, [192, 0, 2, 99], "nobody").await;
    assert_eq!(known.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(known.data()["error"]["code"], "too_many_requests");
    assert_eq!(
        (unknown.status, &unknown.body),
        (known.status, &known.body),
        "who exists and who does not look the same"
    );
    let elsewhere = open_from(&world, [192, 0, 3, 7], "user-20").await;
    assert_eq!(elsewhere.data()["error"]["code"], "user_already_exists");
    world.clock.advance_ms(3_600_000);
    assert_eq!(open_from(&world, [192, 0, 2, 99], "nobody").await.data()["error"], json!(null), "an hour later");
}

/// Behind a proxy the client is who the proxy says, and a direct client cannot say that it is somebody else.
#[tokio::test]
async fn behind_a_proxy_each_client_has_its_own_budget() {
    let world = World::new().await;
    for n in 0..22 {
        world.enrolled(&format!("user-{n}"), &format!("account{n}")).await;
    }
    let (proxy, direct) = ([10, 0, 0, 1], [192, 0, 2, 7]);
    for n in 0..20 {
        let user = format!("user-{n}");
        // What the client wrote itself stands before what the proxy added.
        open_through(&world, proxy, &format!("203.0.113.{n}, 198.51.100.7"), &user).await;
        open_through(&world, direct, &format!("203.0.113.{n}"), &user).await;
    }
    let code = |page: Answer| page.data()["error"]["code"].as_str().unwrap_or_default().to_owned();
    assert_eq!(code(open_through(&world, proxy, "203.0.113.50, 198.51.100.9", "nobody").await), "too_many_requests");
    assert_eq!(code(open_through(&world, proxy, "198.51.100.7, 203.0.113.50", "user-20").await), "user_already_exists");
    assert_eq!(code(open_through(&world, direct, "203.0.113.50", "nobody").await), "too_many_requests");

    // A proxy that does not say: strangers together learn of twenty users, but new people still come in.
    for n in 0..20 {
        assert_eq!(code(open_from(&world, [127, 0, 0, 1], &format!("user-{n}")).await), "user_already_exists");
    }
    assert_eq!(code(open_from(&world, [127, 0, 0, 1], "user-21").await), "too_many_requests");
    assert_eq!(code(open_from(&world, [127, 0, 0, 1], "nobody").await), "");
}

/// New sessions are limited by app and by address; a page that is loaded again keeps its session and counts once.
#[tokio::test]
async fn connect_opens_so_often_and_then_says_when_again() {
    let world = World::limited(OpenLimits { per_app: Some(4), per_address: Some(2) }).await;
    let (here, there) = ([192, 0, 2, 7], [192, 0, 2, 8]);
    for user in ["ann", "bob"] {
        assert_eq!(open_from(&world, here, user).await.status, StatusCode::OK);
    }
    let refused = open_from(&world, here, "cyd").await;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    let error = &refused.data()["error"];
    assert_eq!((&error["code"], &error["message"]), (&json!("too_many_requests"), &json!("Too Many Requests")));
    // Two in 600 s: one each 300 s.
    assert_eq!(refused.headers["retry-after"], "300");

    let mut browser = world.browser();
    let address = format!("/?clientId={APP}&clientUserId=dan");
    for _ in 0..9 {
        assert_eq!(browser.get(&address).await.status, StatusCode::OK, "the same session again");
    }
    assert_eq!(open_from(&world, there, "eve").await.status, StatusCode::OK);
    let app_is_full = open_from(&world, there, "fay").await;
    // Four in 600 s: one each 150 s.
    assert_eq!((app_is_full.status.as_u16(), &app_is_full.headers["retry-after"]), (429, &"150".parse().expect("ok")));
    world.clock.advance_ms(300_000);
    assert_eq!(open_from(&world, here, "cyd").await.status, StatusCode::OK);
}
