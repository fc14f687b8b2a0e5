//! Details of items, lists that come newest first, orders for the past, a provider that fails for everybody.

use hilum_model::{ConnectionId, Metric};
use hilum_store::connections::ConnectionState;
use hilum_store::records::Filter;

use super::{cursor, day, records, told};
use crate::testing::{Asked, Canned, DETAILED, PLAIN, PUSHING, REACHING, World, tokens};

/// Weights of the days 1 to `days` of March 2026, newest first, two a page; each has a heart rate of 60.
fn listed(asked: &Asked, days: usize, kg: f64) -> Canned {
    if asked.path.starts_with("/heart/") {
        return Canned::new(200, r#"{"bpm":60}"#);
    }
    let page: usize = asked.param("page").expect("a page").parse().expect("a number");
    let of_page = (1..=days).rev().skip((page - 1) * 2).take(2);
    let items: Vec<String> =
        of_page.map(|d| format!(r#"{{"id":"w{d}","time":"2026-03-{d:02}T07:00:00Z","kg":{kg}}}"#)).collect();
    Canned::new(200, format!(r#"{{"data":[{}]}}"#, items.join(",")))
}

fn heart_rates(world: &World) -> u64 {
    let filter = Filter { limit: 1000, ..Filter::default() };
    world.engine.store.samples(world.human, Metric::HeartRate, &filter).expect("read").total
}

async fn detailed() -> (World, ConnectionId) {
    let world = World::of(&[&DETAILED], |_, _| {}).await;
    let connection = world.connect(&DETAILED, 86_400 * 30).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    (world, connection)
}

fn paths(asked: &[Asked]) -> Vec<String> {
    asked
        .iter()
        .map(|a| format!("{}{}", a.path, a.param("page").map_or_else(String::new, |p| format!("#{p}"))))
        .collect()
}

#[tokio::test]
async fn each_new_item_is_stored_with_its_detail_and_known_ones_are_not_asked_for() {
    let (world, connection) = detailed().await;
    world.fake.script(|asked| listed(asked, 5, 70.0));
    world.engine.drain_jobs().await.expect("drained");
    let expected =
        ["/weights#1", "/heart/w5", "/heart/w4", "/weights#2", "/heart/w3", "/heart/w2", "/weights#3", "/heart/w1"];
    assert_eq!(paths(&world.fake.asked()), expected, "the third page is not full: the end");
    assert_eq!((records(&world).len(), heart_rates(&world)), (5, 5));
    let first = world.now();
    assert_eq!(cursor(&world, connection, "weights").expect("a cursor").newest, day("2026-03-10"));
    // An hour later: two days of overlap before the 10th are looked for, so the first page with items before the 8th
    // is the last.
    world.run_until(first.plus_s(3600)).await;
    assert_eq!(paths(&world.fake.asked()), ["/weights#1"]);
    // A correction and a new one: two details.
    world.fake.script(|asked| listed(asked, 6, if asked.param("page") == Some("1") { 71.0 } else { 70.0 }));
    world.run_until(first.plus_s(7200)).await;
    assert_eq!(paths(&world.fake.asked()), ["/weights#1", "/heart/w6", "/heart/w5"]);
    assert_eq!((records(&world).len(), heart_rates(&world)), (6, 6));
}

#[tokio::test]
async fn a_crash_between_details_loses_none() {
    let (mut world, connection) = detailed().await;
    world.fake.script(|asked| if asked.path == "/heart/w3" { Canned::new(503, "") } else { listed(asked, 5, 70.0) });
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!((records(&world).len(), heart_rates(&world)), (2, 2), "no item without its detail");
    assert!(cursor(&world, connection, "weights").is_none());
    world.fake.asked();
    world.restart();
    world.fake.script(|asked| listed(asked, 5, 70.0));
    world.run_until(world.now().plus_s(60)).await;
    let expected = ["/weights#1", "/weights#2", "/heart/w3", "/heart/w2", "/weights#3", "/heart/w1"];
    assert_eq!(paths(&world.fake.asked()), expected, "what was stored is passed over");
    assert_eq!((records(&world).len(), heart_rates(&world)), (5, 5));
}

#[tokio::test]
async fn details_count_against_the_slice_and_go_on_in_the_next() {
    let (world, _) = detailed().await;
    // 31 items: 16 pages and 31 details are more than the 24 requests of a slice.
    world.fake.script(|asked| listed(asked, 31, 70.0));
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!((records(&world).len(), heart_rates(&world)), (31, 31));
    let asked = world.fake.asked();
    assert_eq!(asked.iter().filter(|asked| asked.path.starts_with("/heart")).count(), 31, "none twice");
    // A slice of 24 requests ends after eight pages with two details each; the next one goes on there.
    let pages: Vec<u32> = asked.iter().filter_map(|asked| asked.param("page")?.parse().ok()).collect();
    assert_eq!(pages, (1..=16).collect::<Vec<_>>());
}

#[tokio::test]
async fn a_detail_that_does_not_exist_is_no_reason_to_lose_its_item() {
    for status in [404, 403, 422] {
        let (world, connection) = detailed().await;
        world.fake.script(
            move |asked| {
                if asked.path == "/heart/w4" { Canned::new(status, "{}") } else { listed(asked, 5, 70.0) }
            },
        );
        world.engine.drain_jobs().await.expect("drained");
        assert_eq!((records(&world).len(), heart_rates(&world)), (5, 4), "{status}");
        assert!(cursor(&world, connection, "weights").is_some());
    }
}

#[tokio::test]
async fn a_detail_that_is_not_ready_is_waited_for_but_not_for_ever() {
    let (world, _) = detailed().await;
    world.fake.script(|asked| if asked.path == "/heart/w5" { Canned::new(418, "") } else { listed(asked, 5, 70.0) });
    world.run_until(world.now().plus_s(3600)).await;
    assert!(records(&world).is_empty(), "an hour: its item waits with it");
    world.run_until(world.now().plus_s(3 * 3600)).await;
    assert_eq!((records(&world).len(), heart_rates(&world)), (5, 4));
}

#[tokio::test]
async fn a_list_that_repeats_its_page_for_ever_is_a_fault() {
    let (world, connection) = detailed().await;
    world.fake.script(|asked| {
        let mut first = asked.clone();
        first.params.retain(|(name, _)| name != "page");
        first.params.push(("page".to_owned(), "1".to_owned()));
        listed(&first, 5, 70.0)
    });
    world.run_until(world.now().plus_s(3 * 3600)).await;
    let row = world.connection(connection);
    assert_eq!(row.fault.map(|(fault, _)| fault).as_deref(), Some("weights: pages repeat"));
    assert_eq!(row.state, ConnectionState::Live, "the provider does answer");
    world.fake.script(|asked| listed(asked, 5, 70.0));
    world.run_until(world.now().plus_s(12 * 3600)).await;
    assert_eq!(world.connection(connection).fault, None, "well again");
}

#[tokio::test]
async fn the_past_of_a_pushed_stream_is_ordered_a_few_months_at_a_time() {
    let world = World::of(&[&PUSHING], |_, _| {}).await;
    let connection = world.connect(&PUSHING, 86_400 * 30).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    let mut first = true;
    world.fake.script(move |_| Canned::new(if std::mem::take(&mut first) { 202 } else { 409 }, ""));
    let orders = |asked: Vec<Asked>| -> Vec<(i64, i64)> {
        let number = |a: &Asked, name: &str| a.param(name).and_then(|n| n.parse().ok());
        asked.iter().filter_map(|a| Some((number(a, "a")?, number(a, "b")?))).collect()
    };
    world.engine.drain_jobs().await.expect("drained");
    // 2026-03-11T00:00:00Z is 1,773,187,200: the end of today. A month is 2,592,000 s.
    let end = 1_773_187_200;
    let month = |n: i64| (end - (n + 1) * 2_592_000, end - n * 2_592_000);
    assert_eq!(orders(world.fake.asked()), [month(0), month(1), month(2), month(3)]);
    world.run_until(world.now().plus_s(301)).await;
    // 200 days before today: 201 days in all, of which 180 are whole months.
    assert_eq!(orders(world.fake.asked()), [month(4), month(5), (end - 201 * 86_400, end - 180 * 86_400)]);
    world.run_until(world.now().plus_s(86_400)).await;
    assert!(orders(world.fake.asked()).is_empty(), "once");
    assert!(cursor(&world, connection, "weights").is_some_and(|cursor| cursor.history_done));
}

#[tokio::test]
async fn a_provider_that_fails_for_everybody_is_left_alone_and_found_again() {
    let world = World::new().await;
    let mut all = Vec::new();
    for n in 0..20 {
        let tokens = tokens(&format!("t{n}"), world.now().plus_s(86_400 * 30));
        all.push(world.connect_with(&PLAIN, tokens, &format!("account-{n}")).await);
    }
    for connection in &all {
        world.engine.queue_sync(world.human, *connection).await.expect("queued");
    }
    world.fake.script(|_| Canned::new(503, ""));
    world.engine.drain_jobs().await.expect("drained");
    assert_eq!(world.fake.asked().len(), 5, "after five connections nobody asks any more");
    let open = world.engine.open_circuits();
    assert_eq!((open.len(), open[0].provider, open[0].since), (1, "plain", world.now()));
    let down = all.iter().filter(|id| world.connection(**id).state == ConnectionState::ProviderDown).count();
    assert_eq!(down, 15, "those who were not let through say so");
    world.run_until(world.now().plus_s(600)).await;
    let probes = world.fake.asked().len();
    assert!((2..=6).contains(&probes), "one probe after each rest: {probes}");
    world.fake.script(|asked| told(asked, 70.0));
    world.run_until(world.now().plus_s(3600)).await;
    assert!(world.engine.open_circuits().is_empty());
    for id in &all {
        assert_eq!(world.connection(*id).state, ConnectionState::Live);
        assert!(cursor(&world, *id, "weights").is_some());
    }
}

#[tokio::test]
async fn headers_that_say_nothing_is_left_are_believed() {
    static TELLING: hilum_providers::Provider = hilum_providers::Provider {
        id: "telling",
        rate: Some(|header| {
            let remaining = header("x-remaining").and_then(|n| n.parse().ok());
            remaining
                .map(|remaining| hilum_providers::spec::Rate {
                    per: hilum_providers::spec::Per::App,
                    remaining,
                    reset: Some(hilum_providers::spec::Reset::After(120)),
                })
                .into_iter()
                .collect()
        }),
        ..crate::testing::PLAIN_DATA
    };
    let world = World::of(&[&TELLING], |_, _| {}).await;
    let connection = world.connect(&TELLING, 86_400).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.fake.script(|asked| told(asked, 70.0).with("x-remaining", "0"));
    let began = world.now();
    world.run_until(began.plus_s(119)).await;
    assert_eq!(world.fake.asked().len(), 1);
    world.run_until(began.plus_s(121)).await;
    assert_eq!(world.fake.asked().len(), 1);
}

#[tokio::test]
async fn success_without_the_news_that_the_provider_has_is_a_fault() {
    let world = World::of(&[&REACHING], |_, _| {}).await;
    let connection = world.connect(&REACHING, 86_400 * 30).await;
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    let fault = || world.connection(connection).fault.map(|(fault, _)| fault);
    // The last weight is of the 9th, whatever day is asked for; the provider says that this is all.
    let old = |end: &'static str| {
        move |asked: &Asked| match asked.path.as_str() {
            "/range" => Canned::new(200, format!(r#"{{"end":"{end}"}}"#)),
            _ => Canned::new(200, r#"{"data":[{"id":"w","time":"2026-03-09T07:00:00Z","kg":70}],"next":null}"#),
        }
    };
    world.fake.script(old("2026-03-09T07:00:00Z"));
    world.run_until(world.now().plus_s(3 * 86_400)).await;
    assert_eq!(fault(), None, "silent, and rightly so");
    let ranges = world.fake.asked().iter().filter(|asked| asked.path == "/range").count();
    assert!((3..=5).contains(&ranges), "every six hours of one day: {ranges}");
    world.fake.script(old("2026-03-12T07:00:00Z"));
    world.run_until(world.now().plus_s(43_200)).await;
    assert_eq!(fault().as_deref(), Some("all: stands still"));
    let health = crate::health(&world.connection(connection), world.now()).expect("connected");
    assert_eq!((health.condition.word(), health.reason.as_deref()), ("stale", Some("all: stands still")));
    world.fake.script(|asked| match asked.path.as_str() {
        "/range" => Canned::new(200, r#"{"end":"2026-03-13T12:00:00Z"}"#),
        _ => told(asked, 70.0),
    });
    world.run_until(world.now().plus_s(7200)).await;
    assert_eq!(fault(), None, "news came");
}
