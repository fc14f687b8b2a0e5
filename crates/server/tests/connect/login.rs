//! Logins at providers: what may come back, and to whom (threats T5 to T8).
use axum::http::StatusCode;
use serde_json::Value;

use crate::world::{APP, Browser, PUBLIC, World};

async fn opened(world: &World) -> (Browser, &'static str) {
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "patient-17")]).await;
    (browser, page.secret())
}

/// Nothing was connected by the login, and the code was not offered to the provider.
async fn nothing_came_of_it(world: &World, browser: &mut Browser, secret: &str) {
    assert_ne!(browser.list(secret).await.row("oura"), "connected");
    assert_eq!(world.provider.seen(|s| s.codes.len()), 0, "no code went to the provider");
}

/// T5: the attacker begins, the victim completes.
#[tokio::test]
async fn a_login_completes_only_in_the_browser_that_began_it() {
    for victim_has_own_login in [false, true] {
        let world = World::new().await;
        let (mut attacker, secret) = opened(&world).await;
        let state = attacker.start(secret, "oura").await.state();

        let (mut victim, victim_secret) = opened(&world).await;
        if victim_has_own_login {
            victim.start(victim_secret, "oura").await;
        } else {
            victim.jar.clear();
        }
        let back = victim.callback("oura", &[("state", &state), ("code", "code-victim")]).await;
        assert_eq!(back.status, StatusCode::FORBIDDEN);
        assert!(back.body.contains("another browser"), "{}", back.body);
        nothing_came_of_it(&world, &mut attacker, secret).await;
        // The state is used up: the attacker cannot take the code over either.
        let again = attacker.callback("oura", &[("state", &state), ("code", "code-victim")]).await;
        assert_eq!(again.status, StatusCode::BAD_REQUEST);
        nothing_came_of_it(&world, &mut attacker, secret).await;
        assert_eq!(attacker.end(secret).await.body, r#"{"result":"close"}"#);
    }
}

/// The variant of T5 in which the login is pushed into the victim's browser by a page of the attacker's.
#[tokio::test]
async fn a_login_cannot_be_started_from_elsewhere() {
    let world = World::new().await;
    let (_, secret) = opened(&world).await;
    let mut victim = world.browser();
    let form = [("secret", secret), ("provider", "oura")];
    for origin in
        ["https://evil.example", "null", "http://127.0.0.1:8081", "http://localhost:8080", "https://127.0.0.1:8080"]
    {
        let answer = victim.post_from(origin, "/connect/start", &form, "text/html").await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN, "{origin}");
        assert!(answer.header("location").is_empty() && answer.header("set-cookie").is_empty(), "{origin}");
    }
    let by_link = victim.get(&format!("/connect/start?secret={secret}&provider=oura")).await;
    assert_eq!(by_link.status, StatusCode::METHOD_NOT_ALLOWED, "a link starts nothing");
}

/// T6: replays.
#[tokio::test]
async fn a_state_works_once() {
    let world = World::new().await;
    let (mut browser, secret) = opened(&world).await;
    let state = browser.start(secret, "oura").await.state();
    let jar = browser.jar.clone();
    assert_eq!(
        browser.callback("oura", &[("state", &state), ("code", "code-ring")]).await.status,
        StatusCode::SEE_OTHER
    );
    browser.jar = jar;
    let replay = browser.callback("oura", &[("state", &state), ("code", "code-ring2")]).await;
    assert_eq!(replay.status, StatusCode::BAD_REQUEST);
    assert_eq!(world.provider.seen(|s| s.codes.clone()), ["code-ring"]);
}

#[tokio::test]
async fn a_hundred_replays_at_once_are_one_login() {
    let world = World::new().await;
    let (mut browser, secret) = opened(&world).await;
    let state = browser.start(secret, "oura").await.state();
    let calls = (0..100).map(|n| {
        let (mut browser, state) = (browser.clone(), state.clone());
        tokio::spawn(async move {
            browser.callback("oura", &[("state", &state), ("code", &format!("code-ring{n}"))]).await.status
        })
    });
    let mut statuses = Vec::new();
    for call in calls.collect::<Vec<_>>() {
        statuses.push(call.await.expect("ran"));
    }
    assert_eq!(statuses.iter().filter(|s| **s == StatusCode::SEE_OTHER).count(), 1);
    assert_eq!(statuses.iter().filter(|s| **s == StatusCode::BAD_REQUEST).count(), 99);
    assert_eq!(world.provider.seen(|s| s.codes.len()), 1);
}

/// T6: everything that is not exactly one known, live state with exactly one code or error.
#[tokio::test]
async fn odd_callbacks_connect_nothing() {
    let world = World::new().await;
    let (mut browser, secret) = opened(&world).await;
    let other = browser.start(secret, "oura").await.state();
    for (query, consumes) in [
        ("code=code-x", false),
        ("state=&code=code-x", false),
        ("state=00&code=code-x", false),
        ("state={}", true),
        ("state={}&state={}&code=code-x", true),
        ("state={}&state=other&code=code-x", true),
        ("state={}&code=code-x&code=code-y", true),
        ("state={}&code=code-x&code=code-x", true),
        ("state={}&code=code-x&error=access_denied", true),
        ("state={}&error=access_denied&error=access_denied", true),
        ("state={}&code=code-x&scope=daily&scope=email", true),
        ("state={}&code=code-x&junk=%FF", true),
        ("code=%FF&state={}", true),
    ] {
        let state = browser.start(secret, "oura").await.state();
        let query = query.replace("{}", &state).replace("other", &other);
        let jar = browser.jar.clone();
        let back = browser.get(&format!("/connect/callback/oura?{query}")).await;
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{query}");
        assert!(back.header("location").is_empty() && !back.body.contains("code-x"), "{query}");
        nothing_came_of_it(&world, &mut browser, secret).await;
        if consumes {
            browser.jar = jar;
            let again = browser.callback("oura", &[("state", &state), ("code", "code-x")]).await;
            assert_eq!(again.status, StatusCode::BAD_REQUEST, "used up: {query}");
            nothing_came_of_it(&world, &mut browser, secret).await;
        }
    }
    let late = browser.start(secret, "oura").await.state();
    world.clock.advance_ms(10 * 60_000);
    let back = browser.callback("oura", &[("state", &late), ("code", "code-x")]).await;
    assert_eq!(back.status, StatusCode::BAD_REQUEST, "ten minutes later");
    nothing_came_of_it(&world, &mut browser, secret).await;
}

/// T6: one person's two logins cannot be crossed, even in one browser.
#[tokio::test]
async fn each_login_has_its_own_cookie() {
    let world = World::new().await;
    let (mut browser, secret) = opened(&world).await;
    let first = browser.start(secret, "oura").await;
    let second = browser.start(secret, "oura").await;
    let cookie_of = |answer: &crate::world::Answer| {
        answer
            .header("set-cookie")
            .split(';')
            .next()
            .and_then(|c| c.split_once('='))
            .map(|(n, v)| (n.to_owned(), v.to_owned()))
            .expect("cookie")
    };
    let ((first_name, _), (second_name, second_value)) = (cookie_of(&first), cookie_of(&second));
    // The value of one login under the name of the other.
    browser.jar.remove(&second_name);
    browser.jar.insert(first_name, second_value);
    let back = browser.callback("oura", &[("state", &first.state()), ("code", "code-ring")]).await;
    assert_eq!(back.status, StatusCode::FORBIDDEN);
    nothing_came_of_it(&world, &mut browser, secret).await;
}

/// T7: an answer at another provider's address.
#[tokio::test]
async fn providers_cannot_be_mixed_up() {
    let world = World::new().await;
    let (mut browser, secret) = opened(&world).await;
    for (begun, came_back) in [("oura", "withings"), ("withings", "oura"), ("oura", "nonsense")] {
        let state = browser.start(secret, begun).await.state();
        let back = browser.callback(came_back, &[("state", &state), ("code", "code-ring")]).await;
        assert_eq!(back.status, StatusCode::BAD_REQUEST, "{begun} {came_back}");
        let again = browser.callback(begun, &[("state", &state), ("code", "code-ring")]).await;
        assert_eq!(again.status, StatusCode::BAD_REQUEST, "used up");
        nothing_came_of_it(&world, &mut browser, secret).await;
    }
    assert_eq!(browser.start(secret, "nonsense").await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn what_the_person_or_the_provider_refuses_is_shown() {
    let world = World::new().await;
    let (mut browser, secret) = opened(&world).await;
    for (parameters, result, words) in [
        (vec![("error", "access_denied")], "denied", "You did not allow access."),
        (
            vec![("error", "server_error"), ("error_description", "<b>x</b>")],
            "refused",
            "The source refused the connection.",
        ),
        (vec![("code", "bad")], "refused", "The source refused the connection."),
        (vec![("code", "down")], "no_answer", "The source did not answer."),
        (vec![("code", "code-ring"), ("scope", "")], "nothing_granted", "You allowed nothing to be read."),
    ] {
        let state = browser.start(secret, "oura").await.state();
        let mut all = parameters.clone();
        all.push(("state", &state));
        let back = browser.callback("oura", &all).await;
        assert_eq!(back.location(), format!("{PUBLIC}/connect/done?result={result}&source=oura&app={APP}"));
        let done = browser.get(back.location().strip_prefix(PUBLIC).expect("ours")).await;
        assert!(done.body.contains("Oura") && !done.body.contains("<b>"), "{}", done.body);
        let list = browser.list(secret).await;
        assert_eq!(list.row("oura"), "failed", "{parameters:?}");
        assert!(list.body.contains(words), "{words}: {}", list.body);
    }
    // A success afterwards clears it.
    browser.login(secret, "code-ring9").await;
    assert_eq!(browser.list(secret).await.row("oura"), "connected");
    world.engine.drain_jobs().await.expect("jobs");
    assert_eq!(world.provider.seen(|s| s.revoked.clone()), ["at-ring"], "the empty grant is handed back");
}

#[tokio::test]
async fn a_login_that_comes_after_the_end_is_not_kept() {
    let world = World::new().await;
    let (mut browser, secret) = opened(&world).await;
    let state = browser.start(secret, "oura").await.state();
    assert_eq!(browser.end(secret).await.json()["result"], "close");
    let back = browser.callback("oura", &[("state", &state), ("code", "code-ring")]).await;
    assert!(back.location().contains("result=session_ended"), "{}", back.location());
    assert_eq!(world.provider.seen(|s| s.codes.len()), 0);
}

#[tokio::test]
async fn the_same_account_twice_is_one_connection() {
    let world = World::new().await;
    let (mut browser, secret) = opened(&world).await;
    browser.login(secret, "code-ring.1").await;
    browser.login(secret, "code-ring.2").await;
    let rows = browser.list(secret).await.rows();
    assert_eq!(rows.keys().filter(|name| name.starts_with("oura")).count(), 1);
    let token: Value = browser.end(secret).await.json()["token"].clone();
    let tokens = world.exchange(&token).await.json();
    let human = tokens["humanId"].as_str().expect("text").parse().expect("id");
    assert_eq!(world.engine.store.connections(human).expect("connections").len(), 1);
}

/// Whatever the address of the last page says, it shows words of ours.
#[tokio::test]
async fn the_last_page_cannot_be_steered() {
    let world = World::new().await;
    let mut browser = world.browser();
    for query in
        ["", "result=%3Cscript%3E&source=%3Cb%3E&app=%3Ci%3E", "result=connected&source=zz&app=00", "result=%FF"]
    {
        let page = browser.get(&format!("/connect/done?{query}")).await;
        assert_eq!(page.status, StatusCode::OK, "{query}");
        assert!(
            !page.body.contains("<b>") && !page.body.contains("<i>") && page.body.contains("The source"),
            "{query}"
        );
    }
}
