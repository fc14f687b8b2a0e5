//! What holds for every answer: headers, origins, addresses, static files.
use axum::http::{Method, StatusCode};

use crate::world::{APP, PUBLIC, World, encode, send};

#[tokio::test]
async fn every_answer_carries_the_security_headers() {
    let world = World::new().await;
    let page = format!("/?{}", encode(&[("clientId", APP), ("clientUserId", "u")]));
    let mut ids = Vec::new();
    for (method, path) in [
        (Method::GET, page.as_str()),
        (Method::GET, "/"),
        (Method::GET, "/connect/page"),
        (Method::GET, "/connect/done"),
        (Method::GET, "/connect/callback/oura"),
        (Method::POST, "/connect/start"),
        (Method::POST, "/connect/poll"),
        (Method::POST, "/v1/connect/tokens"),
        (Method::GET, "/v1/human"),
        (Method::GET, "/connect.js"),
        (Method::GET, "/blank/x"),
        (Method::GET, "/healthz"),
        (Method::GET, "/nothing/here"),
        (Method::DELETE, "/"),
    ] {
        let answer = send(&world.router, method, path, &[], "").await;
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert!(answer.header("content-security-policy").contains("frame-ancestors"), "{path}");
        assert!(!answer.header("content-security-policy").contains('*'), "{path}");
        assert!(["same-origin", "no-referrer"].contains(&answer.header("referrer-policy")), "{path}");
        assert!(answer.header("permissions-policy").contains("camera=()"), "{path}");
        assert!(!answer.header("cache-control").is_empty(), "{path}");
        assert!(answer.header("strict-transport-security").is_empty(), "plain http: {path}");
        assert!(answer.header("x-frame-options").is_empty() && answer.header("server").is_empty(), "{path}");
        ids.push(answer.header("x-request-id").to_owned());
    }
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), 14, "a request id each");
}

#[tokio::test]
async fn over_https_cookies_are_bound_to_the_host() {
    let world = World::at("https://connect.hilum.example").await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "u")]).await;
    assert_eq!(page.header("strict-transport-security"), "max-age=31536000");
    let cookie = page.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-hilum_s_"), "{cookie}");
    for part in ["Path=/", "HttpOnly", "Secure", "SameSite=None", "Partitioned", "Max-Age=1800"] {
        assert!(cookie.split("; ").any(|p| p == part), "{part}: {cookie}");
    }
    let started = browser.start(page.secret(), "oura").await;
    let cookie = started.header("set-cookie").to_owned();
    assert!(cookie.starts_with("__Host-hilum_f_"), "{cookie}");
    for part in ["Path=/", "HttpOnly", "Secure", "SameSite=Lax", "Max-Age=600"] {
        assert!(cookie.split("; ").any(|p| p == part), "{part}: {cookie}");
    }
    // The plain name counts on http at loopback only.
    let plain: Vec<_> = browser.jar.iter().map(|(n, v)| (n.replace("__Host-", ""), v.clone())).collect();
    browser.jar = plain.into_iter().collect();
    let back = browser.callback("oura", &[("state", &started.state()), ("code", "code-ring")]).await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);
    assert_eq!(browser.get("/connect/page").await.status, StatusCode::GONE);
}

/// T25: no address of ours is made from what a request says of itself.
#[tokio::test]
async fn forged_hosts_change_no_address() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "u")]).await;
    let forged = [
        ("host", "evil.example"),
        ("x-forwarded-host", "evil.example"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-for", "203.0.113.9"),
        ("forwarded", "host=evil.example;proto=https"),
        ("x-original-url", "/evil"),
        ("origin", PUBLIC),
        ("content-type", "application/x-www-form-urlencoded"),
    ];
    let body = encode(&[("secret", page.secret()), ("provider", "oura")]);
    let started = send(&world.router, Method::POST, "/connect/start", &forged, body).await;
    let redirect = crate::world::parameter(started.location(), "redirect_uri");
    assert_eq!(redirect.as_deref(), Some("http://127.0.0.1:8080/connect/callback/oura"));
    let cookie = started.header("set-cookie").split(';').next().unwrap_or_default().to_owned();
    let mut headers = forged.to_vec();
    headers.push(("cookie", &cookie));
    let path = format!("/connect/callback/oura?code=code-ring&state={}", started.state());
    let back = send(&world.router, Method::GET, &path, &headers, "").await;
    assert!(back.location().starts_with("http://127.0.0.1:8080/connect/done?"), "{}", back.location());
    let page = format!("/?{}", encode(&[("clientId", APP), ("clientUserId", "u2")]));
    let page = send(&world.router, Method::GET, &page, &forged, "").await;
    assert!(
        !page.body.contains("evil") && page.headers.values().all(|v| !v.as_bytes().windows(4).any(|w| w == b"evil"))
    );
    // With a forged Host, the page of that host is still a stranger.
    let mut stranger = forged;
    stranger[6] = ("origin", "http://evil.example");
    let refused = send(&world.router, Method::POST, "/connect/poll", &stranger, "poll=x").await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn actions_are_for_our_own_page() {
    let world = World::new().await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "u")]).await;
    browser.login(page.secret(), "code-ring").await;
    let connection = browser.list(page.secret()).await.connection("oura");
    let poll = page.poll();
    let form =
        [("secret", page.secret()), ("provider", "oura"), ("connection", connection.as_str()), ("poll", poll.as_str())];
    for path in ["/connect/list", "/connect/start", "/connect/disconnect", "/connect/poll", "/connect/end"] {
        for origin in [
            "https://app.example",
            "https://evil.example",
            "null",
            "http://127.0.0.1:8080.evil.example",
            "http://127.0.0.1",
        ] {
            for accept in ["application/json", "text/html; fragment", "text/html"] {
                let answer = browser.post_from(origin, path, &form, accept).await;
                assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} {origin}");
            }
        }
        let headers = [("content-type", "application/x-www-form-urlencoded"), ("sec-fetch-site", "cross-site")];
        let answer = send(&world.router, Method::POST, path, &headers, encode(&form)).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{path} without Origin");
        let wrong = [("secret", "00"), ("provider", "oura"), ("connection", connection.as_str()), ("poll", "00")];
        assert!(
            browser.post(path, &wrong, "application/json").await.status.is_client_error(),
            "{path} without the secret"
        );
    }
    assert_eq!(browser.list(page.secret()).await.row("oura"), "connected", "nothing happened");
    // A browser too old to say where it is has the secret.
    assert_eq!(browser.post_from("", "/connect/list", &form, "text/html").await.status, StatusCode::OK);
    // Without script a disconnect leads back to the page, and the end to a page of its own.
    let back = browser.post("/connect/disconnect", &form, "text/html").await;
    let page = browser.get(back.location().strip_prefix(PUBLIC).expect("ours")).await;
    assert_eq!(page.row("oura"), "available");
    let end = browser.post("/connect/end", &[("secret", page.secret())], "text/html").await;
    assert!(end.status == StatusCode::OK && end.body.contains("That is all"), "{}", end.body);
}

#[tokio::test]
async fn static_files() {
    let world = World::new().await;
    let svg = [("accept", "image/avif,image/webp,image/svg+xml,*/*;q=0.8")];
    let png = [("accept", "image/png,*/*")];
    for (path, headers, content_type, vary) in [
        ("/connect.js", &png[..], "text/javascript; charset=utf-8", "Accept-Encoding"),
        ("/store.min.js", &png[..], "text/javascript; charset=utf-8", "Accept-Encoding"),
        ("/static/connect-host.js", &png[..], "text/javascript; charset=utf-8", "Accept-Encoding"),
        ("/images/data-source-type-icons/launch-connect-text.svg", &png[..], "image/svg+xml", "Accept-Encoding"),
        ("/static/connect-page.js", &png[..], "text/javascript; charset=utf-8", "Accept-Encoding"),
        ("/static/connect-page.css", &png[..], "text/css; charset=utf-8", "Accept-Encoding"),
        ("/static/done.js", &png[..], "text/javascript; charset=utf-8", "Accept-Encoding"),
        ("/spinner.gif", &png[..], "image/gif", ""),
        ("/assets/button/blue.png", &png[..], "image/png", "Accept"),
        ("/assets/button/blue.png", &svg[..], "image/svg+xml", "Accept, Accept-Encoding"),
        ("/assets/button/grey.svg", &png[..], "image/svg+xml", "Accept-Encoding"),
    ] {
        let answer = send(&world.router, Method::GET, path, headers, "").await;
        assert_eq!((answer.status, answer.header("content-type")), (StatusCode::OK, content_type), "{path}");
        assert_eq!(answer.header("vary"), vary, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert!(answer.header("cache-control").starts_with("public"), "{path}");
        let etag = answer.header("etag").to_owned();
        let again = send(&world.router, Method::GET, path, &[headers[0], ("if-none-match", &etag)], "").await;
        assert_eq!((again.status, again.body.as_str()), (StatusCode::NOT_MODIFIED, ""), "{path}");
    }
    for path in [
        "/assets/button/red.png",
        "/assets/button/blue.gif",
        "/assets/button/..%2f..%2fconnect.js",
        "/static/nothing.js",
    ] {
        assert_eq!(send(&world.router, Method::GET, path, &[], "").await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let blank = send(&world.router, Method::GET, "/blank/hc-finish?session_token=x", &[], "").await;
    assert!(
        blank.status == StatusCode::OK
            && !blank.body.contains("session_token")
            && blank.header("access-control-allow-origin").is_empty()
    );
    assert_eq!(send(&world.router, Method::GET, "/healthz", &[], "").await.body, r#"{"status":"ok"}"#);
    let missing = send(&world.router, Method::GET, "/nothing", &[], "").await;
    assert_eq!((missing.status, missing.code().as_str()), (StatusCode::NOT_FOUND, "not_found"));
}
