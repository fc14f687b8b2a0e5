//! Files that the Connect page brings: sent with the page's secret, looked through, the person's once the app finalised.
use axum::body::Body;
use axum::http::{Method, StatusCode};
use futures_util::stream;
use serde_json::{Value, json};

use crate::world::{APP, Answer, Browser, HOST, PUBLIC, World, send};

/// A table of three: two weights and a heart rate; and a line that nobody understands.
const TABLE: &str = "metric,start,end,value,unit\nweight,2026-02-03T07:00:00Z,,72.5,kg\n\
    weight,2026-02-04T07:00:00Z,,72.1,kg\nheart_rate,2026-02-04T07:00:00Z,,61,/min\nmood,2026-02-04T07:00:00Z,,5,1\n";

/// A page with its secret, and what it does with files.
struct Page<'a> {
    world: &'a World,
    browser: Browser,
    secret: &'static str,
}

impl<'a> Page<'a> {
    async fn open(world: &'a World, parameters: &[(&str, &str)]) -> Self {
        let mut browser = world.browser();
        let secret = browser.open(parameters).await.secret();
        Self { world, browser, secret }
    }

    async fn of(world: &'a World, user: &str) -> Self {
        Self::open(world, &[("clientId", APP), ("clientUserId", user)]).await
    }

    async fn offer(&mut self, name: &str, bytes: usize) -> Answer {
        let bytes = bytes.to_string();
        let form = [("secret", self.secret), ("name", name), ("bytes", &bytes), ("modified", "1770000000000")];
        self.browser.post("/connect/imports", &form, "application/json").await
    }

    async fn call(&self, method: Method, id: &str, offset: Option<usize>, body: impl Into<Body>) -> Answer {
        let (path, offset) = (format!("/connect/imports/{id}"), offset.map(|bytes| bytes.to_string()));
        let mut headers = vec![("origin", PUBLIC), ("x-hilum-secret", self.secret)];
        headers.extend(offset.as_deref().map(|offset| ("upload-offset", offset)));
        send(&self.world.router, method, path.trim_end_matches('/'), &headers, body).await
    }

    /// Sends a file in one go; gives its id.
    async fn bring(&mut self, name: &str, content: &str) -> String {
        let id = self.offer(name, content.len()).await.json()["id"].as_str().expect("an id").to_owned();
        let sent = self.call(Method::PATCH, &id, Some(0), content.to_owned()).await;
        assert_eq!((sent.status, &sent.json()["state"]), (StatusCode::ACCEPTED, &json!("waiting")), "{}", sent.body);
        id
    }

    /// The files as the page shows them.
    async fn shown(&self) -> String {
        let shown = self.call(Method::GET, "", None, "").await;
        assert_eq!(shown.status, StatusCode::OK, "{}", shown.body);
        shown.body
    }

    async fn read(&self) -> String {
        self.world.engine.drain_jobs().await.expect("jobs");
        self.shown().await
    }

    /// Done, and the exchange.
    async fn finalise(&mut self) -> Value {
        let token = self.browser.end(self.secret).await.json()["token"].clone();
        let exchanged = self.world.exchange(&token).await;
        assert_eq!(exchanged.status, StatusCode::OK, "{}", exchanged.body);
        exchanged.json()
    }
}

async fn ask(world: &World, person: &Value, path: &str) -> Value {
    let bearer = format!("Bearer {}", person["accessToken"].as_str().expect("a token"));
    let headers = [("authorization", bearer.as_str())];
    let answer = send(&world.router, Method::GET, &format!("/v1/human{path}"), &headers, "").await;
    assert_eq!(answer.status, StatusCode::OK, "{path}: {}", answer.body);
    answer.json()
}

fn spooled(world: &World) -> usize {
    world.engine.store.spooled().expect("lists").len()
}

#[tokio::test]
async fn a_file_is_looked_through_and_read_once_the_app_has_finalised() {
    let world = World::new().await;
    let mut page = Page::of(&world, "ann").await;
    let door = page.browser.start(page.secret, "import").await;
    assert!(door.status == StatusCode::OK && door.body.contains("type=\"file\""), "{}", door.body);
    assert_eq!(page.browser.list(page.secret).await.row("import"), "available");

    page.bring("my <table>.csv", TABLE).await;
    assert!(page.browser.list(page.secret).await.body.contains("Your file is being read"));
    let read = page.read().await;
    for words in [
        "my &#60;table&#62;.csv",
        "data-state=\"done\"",
        "Hilum table",
        "2 × weight",
        "1 × heart rate",
        "1 entry could not be understood.",
        "Example &#60;App&#62; gets it when you press Done",
    ] {
        assert!(read.contains(words), "{words}: {read}");
    }
    let list = page.browser.list(page.secret).await;
    assert_eq!(list.row("files"), "connected");
    assert!(list.body.contains("Added from a file"));
    assert_eq!(spooled(&world), 1, "it is read again");

    let person = page.finalise().await;
    world.engine.drain_jobs().await.expect("jobs");
    let imports = ask(&world, &person, "/imports").await;
    assert_eq!((&imports[0]["state"], &imports[0]["source"]), (&json!("done"), &json!("file")), "{imports}");
    assert_eq!(imports[0]["stored"], json!({ "inserted": 3, "updated": 0, "unchanged": 0 }));
    assert_eq!(ask(&world, &person, "/weight").await["value"], 72.1);
    assert_eq!(ask(&world, &person, "/sources").await.as_array().map(Vec::len), Some(1));
    assert_eq!(spooled(&world), 0);
}

#[tokio::test]
async fn a_known_person_has_nothing_of_it_before_and_one_source_after() {
    let world = World::new().await;
    let mut page = Page::of(&world, "ann").await;
    page.bring("table.csv", TABLE).await;
    let person = page.finalise().await; // before anything was read
    world.engine.drain_jobs().await.expect("jobs");
    let before = ask(&world, &person, "/sources").await;
    assert_eq!(ask(&world, &person, "/weight/readings").await.as_array().map(Vec::len), Some(2));

    let token = person["publicToken"].as_str().expect("a token");
    let mut edit = Page::open(&world, &[("clientId", APP), ("publicToken", token)]).await;
    assert_eq!(edit.browser.list(edit.secret).await.row("files"), "connected");
    let longer = format!("{TABLE}weight,2026-02-05T07:00:00Z,,71.9,kg\n");
    edit.bring("table.csv", &longer).await;
    assert!(edit.read().await.contains("3 × weight"));
    assert_eq!(ask(&world, &person, "/weight/readings").await.as_array().map(Vec::len), Some(2));
    assert_eq!(ask(&world, &person, "/imports").await.as_array().map(Vec::len), Some(1));
    assert_eq!(ask(&world, &person, "/sources").await, before);

    let person = edit.finalise().await;
    world.engine.drain_jobs().await.expect("jobs");
    let imports = ask(&world, &person, "/imports").await;
    assert_eq!(imports[0]["stored"], json!({ "inserted": 1, "updated": 0, "unchanged": 3 }), "{imports}");
    assert_eq!(ask(&world, &person, "/weight").await["value"], 71.9);
    let after = ask(&world, &person, "/sources").await;
    assert_eq!((after.as_array().map(Vec::len), &after[0]["id"]), (Some(1), &before[0]["id"]));
    assert_eq!(spooled(&world), 0);
}

#[tokio::test]
async fn what_nobody_finalises_is_erased() {
    let world = World::new().await;
    let mut page = Page::of(&world, "bob").await;
    page.bring("table.csv", TABLE).await;
    page.read().await;
    // Half an hour and a moment later the session has ended.
    world.clock.advance_ms(30 * 60_000 + 1);
    world.engine.sweep_sessions().await.expect("sweeps");
    assert_eq!((spooled(&world), world.people()), (0, 0));
    assert_eq!(world.engine.store.pending_import_bytes().expect("reads"), 0);
    assert_eq!(page.call(Method::GET, "", None, "").await.code(), "session_gone");
    world.engine.drain_jobs().await.expect("jobs");
}

#[tokio::test]
async fn an_upload_goes_on_and_keeps_its_session_open() {
    let world = World::new().await;
    let mut page = Page::of(&world, "ann").await;
    let begun = page.offer("table.csv", TABLE.len()).await.json();
    assert_eq!(begun["received"], 0);
    let id = begun["id"].as_str().expect("an id").to_owned();
    let broken = Body::from_stream(stream::iter([Ok(TABLE[..60].to_owned()), Err("gone")]));
    assert_eq!(page.call(Method::PATCH, &id, Some(0), broken).await.code(), "upload_broken_off");
    assert!(page.shown().await.contains("Choose the same file again"));
    world.clock.advance_ms(25 * 60_000);
    // The same file is known again; another one takes its place.
    assert_eq!(page.offer("table.csv", TABLE.len()).await.json(), json!({ "id": id, "received": 60 }));
    assert_eq!(page.call(Method::PATCH, &id, Some(59), "x").await.code(), "wrong_offset");
    assert_eq!(page.call(Method::PATCH, &id, None, "x").await.code(), "invalid_header");
    world.clock.advance_ms(25 * 60_000); // 50 minutes after the beginning
    let rest = page.call(Method::PATCH, &id, Some(60), TABLE[60..].to_owned()).await;
    assert_eq!(rest.json()["state"], "waiting");
    assert!(page.read().await.contains("2 × weight"));
    let other = page.offer("other.csv", 10).await.json();
    assert_ne!(other["id"], json!(id));
}

#[tokio::test]
async fn a_file_is_withdrawn_at_any_time() {
    let world = World::new().await;
    let mut page = Page::of(&world, "ann").await;
    let id = page.offer("table.csv", TABLE.len()).await.json()["id"].as_str().expect("an id").to_owned();
    page.call(Method::PATCH, &id, Some(0), TABLE[..60].to_owned()).await;
    assert_eq!(page.call(Method::DELETE, &id, None, "").await.status, StatusCode::OK);
    assert!(page.shown().await.contains("Cancelled. Nothing of it is taken."));
    assert_eq!(page.call(Method::PATCH, &id, Some(60), TABLE[60..].to_owned()).await.code(), "upload_over");
    assert_eq!(page.call(Method::DELETE, &id, None, "").await.code(), "import_ended");
    let waiting = page.bring("table.csv", TABLE).await;
    assert_eq!(page.call(Method::DELETE, &waiting, None, "").await.status, StatusCode::OK);
    assert!(!page.read().await.contains("× weight"));
    assert_eq!(spooled(&world), 0);
    assert_eq!(page.browser.end(page.secret).await.body, r#"{"result":"close"}"#);
}

#[tokio::test]
async fn only_the_page_itself_brings_files() {
    let world = World::new().await;
    let mut page = Page::of(&world, "ann").await;
    let id = page.bring("table.csv", TABLE).await;
    let stranger = Page::of(&world, "eve").await;
    for (method, offset) in [(Method::PATCH, Some(0)), (Method::DELETE, None)] {
        assert_eq!(stranger.call(method, &id, offset, "").await.code(), "not_found");
    }
    assert!(!stranger.shown().await.contains("table.csv"));
    let path = format!("/connect/imports/{id}");
    for (method, path) in [(Method::PATCH, path.as_str()), (Method::DELETE, &path), (Method::GET, "/connect/imports")] {
        let headers = [("x-hilum-secret", page.secret), ("origin", HOST), ("upload-offset", "0")];
        let foreign = send(&world.router, method.clone(), path, &headers, "").await;
        assert_eq!((foreign.status, foreign.code().as_str()), (StatusCode::FORBIDDEN, "foreign_origin"));
        let nobody = send(&world.router, method, path, &[("upload-offset", "0")], "").await;
        assert_eq!((nobody.status, nobody.code().as_str()), (StatusCode::GONE, "session_gone"));
    }
    let form = [("secret", page.secret), ("name", "x"), ("bytes", "1"), ("modified", "0")];
    let foreign = page.browser.post_from(HOST, "/connect/imports", &form, "").await;
    assert_eq!(foreign.code(), "foreign_origin");
}

#[tokio::test]
async fn files_of_enrolments_under_way_are_bounded() {
    let world = World::new().await;
    let limit = usize::try_from(world.engine.config.imports.max_bytes).expect("fits");
    let mut pages = Vec::new();
    for user in ["ann", "bob", "cyd", "dan", "eve"] {
        pages.push(Page::of(&world, user).await);
    }
    assert_eq!(pages[0].offer("x", limit + 1).await.code(), "body_too_large");
    for page in &mut pages[..4] {
        assert_eq!(page.offer("x", limit).await.status, StatusCode::OK);
    }
    let full = pages[4].offer("x", 1).await;
    assert_eq!((full.status, full.code().as_str()), (StatusCode::SERVICE_UNAVAILABLE, "server_busy"));
    let first = pages[0].offer("x", limit).await.json()["id"].as_str().expect("an id").to_owned();
    pages[0].call(Method::DELETE, &first, None, "").await;
    assert_eq!(pages[4].offer("x", 1).await.status, StatusCode::OK, "a file that is gone needs no room");
    for (name, bytes) in [("", "1"), ("x", "-1"), ("x", "many")] {
        let form = [("secret", pages[4].secret), ("name", name), ("bytes", bytes), ("modified", "0")];
        let odd = pages[4].browser.post("/connect/imports", &form, "").await;
        assert_eq!(odd.status, StatusCode::BAD_REQUEST, "{name} {bytes}");
    }
}

#[tokio::test]
async fn requests_with_files_are_limited_by_session() {
    let world = World::new().await;
    let mut page = Page::of(&world, "ann").await;
    for _ in 0..300 {
        assert_eq!(page.offer("x", 1).await.status, StatusCode::OK);
    }
    let often = page.offer("x", 1).await;
    assert_eq!((often.status, often.code().as_str()), (StatusCode::TOO_MANY_REQUESTS, "too_many_requests"));
    // 300 in 600 s: one each two seconds.
    assert_eq!(often.header("retry-after"), "2");
    assert_eq!(Page::of(&world, "bob").await.offer("x", 1).await.status, StatusCode::OK);
    world.clock.advance_ms(2_000);
    assert_eq!(page.offer("x", 1).await.status, StatusCode::OK);
}
