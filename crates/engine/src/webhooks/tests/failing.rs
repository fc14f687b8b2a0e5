//! Receivers that fail, go away, or are none of ours.

use hilum_store::webhooks::WebhookKind;

use super::receiver::Receiver;
use super::{Bed, SECRET};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;

#[tokio::test]
async fn redirects_and_other_answers_are_failures() {
    let bed = Bed::new().await;
    let (receiver, elsewhere) = (Receiver::start().await, Receiver::start().await);
    let id = bed.webhook(1, &receiver.url).await;
    receiver.answer_with(307, "location", &elsewhere.url);
    receiver.answer(&[404, 500]);
    bed.tell("a").await;
    for _ in 0..4 {
        bed.drain().await;
        bed.world.clock.advance_ms(HOUR);
    }
    assert!(elsewhere.take().is_empty(), "a redirect is not followed");
    let outcomes: Vec<_> = bed.outcomes(id).into_iter().map(|(_, status, outcome)| (status, outcome)).collect();
    let expected = [(307, "redirect"), (404, "error_status"), (500, "error_status"), (200, "delivered")];
    assert_eq!(outcomes, expected.map(|(status, outcome)| (Some(status), outcome.to_owned())));
}

#[tokio::test]
async fn gone_switches_off_at_once() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook(1, &receiver.url).await;
    receiver.answer(&[410]);
    bed.tell("a").await;
    bed.drain().await;
    assert_eq!((bed.shown(id).enabled, bed.shown(id).reason.as_deref()), (false, Some("gone")));
    let told = bed.world.engine.store.events(bed.app, 1, 10).expect("reads");
    assert_eq!(told[0].kind.name(), "webhook.disabled");
    bed.tell("b").await;
    bed.world.clock.advance_ms(HOUR);
    assert_eq!(bed.drain().await, 0);
    receiver.take();
    bed.world.engine.store.enable_webhook(id, None).await.expect("on");
    assert_eq!(bed.drain().await, 2, "what happened meanwhile, and what was refused");
    assert_eq!(receiver.take().len(), 2);
}

#[tokio::test]
async fn retry_after_is_heeded_by_all_that_waits() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    bed.webhook(1, &receiver.url).await;
    receiver.answer_with(429, "retry-after", "600");
    bed.tell("a").await;
    bed.drain().await;
    bed.connect(bed.another_person("other").await, "b").await;
    bed.world.clock.advance_ms(600_000 - 1);
    assert_eq!(bed.drain().await, 0);
    bed.world.clock.advance_ms(1);
    assert_eq!(bed.drain().await, 2);
}

#[tokio::test]
async fn ten_tries_over_75_hours_then_the_next_one() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook(1, &receiver.url).await;
    bed.tell("a").await;
    bed.tell("b").await;
    let begin = bed.now();
    receiver.answer(&[500; 10]);
    let mut last = begin;
    while receiver_still_fails(&bed, id) {
        if bed.drain().await > 0 {
            last = bed.now();
        }
        bed.world.clock.advance_ms(MINUTE);
        assert!(bed.now().since_ms(begin) < 100 * HOUR, "no end");
    }
    assert!(last.since_ms(begin) >= 75 * HOUR, "{} ms", last.since_ms(begin));
    // The breaker probes with what is next once its rest is over.
    bed.world.clock.advance_ms(HOUR);
    bed.drain().await;
    assert_eq!(bed.outcomes(id).last().map(|(attempt, status, _)| (*attempt, *status)), Some((1, Some(200))));
}

fn receiver_still_fails(bed: &Bed, id: hilum_model::WebhookId) -> bool {
    bed.outcomes(id).len() < 10
}

#[tokio::test]
async fn one_that_does_not_answer_rests_and_is_probed_by_one_call() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook(1, &receiver.url).await;
    for n in 0..20 {
        bed.connect(bed.another_person(&format!("person {n}")).await, "a").await;
    }
    receiver.answer(&[500; 40]);
    // The first eight side by side; their failures open the breaker.
    assert_eq!(bed.drain().await, 8);
    assert!(bed.shown(id).rest_until.is_some());
    bed.world.clock.advance_ms(15_000);
    assert_eq!(bed.drain().await, 0, "it rests");
    bed.world.clock.advance_ms(10 * MINUTE);
    assert_eq!(bed.drain().await, 1, "a probe");
    receiver.take();
    bed.world.clock.advance_ms(15 * MINUTE);
    receiver.recover();
    // The probe arrives, and everything flows.
    assert_eq!(bed.drain().await, 20);
    assert_eq!((bed.shown(id).failures, bed.shown(id).rest_until), (0, None));
}

#[tokio::test]
async fn a_dead_one_among_twenty_delays_nobody() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    // Nobody listens there.
    let free = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("loopback").local_addr().expect("bound");
    let mut apps = Vec::new();
    for number in 0..20_u8 {
        let url = if number == 7 { format!("http://{free}/") } else { receiver.url.clone() };
        apps.push(bed.webhook(number, &url).await);
    }
    for n in 0..10 {
        bed.tell(&format!("account {n}")).await;
    }
    bed.drain().await;
    assert_eq!(receiver.take().len(), 19 * 10, "all others have all");
    assert_eq!(bed.outcomes(apps[7]).len(), 1, "its first waits, and the rest behind it");
}

#[tokio::test]
async fn forbidden_addresses_get_no_byte() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let port = receiver.url.split(':').nth(2).and_then(|rest| rest.split('/').next()).expect("port");
    // Stored past the check of the door, as by an older version or another tool.
    let urls = [
        "https://169.254.169.254/latest/meta-data".to_owned(),
        "https://[::ffff:10.0.0.1]/".to_owned(),
        "http://10.0.0.1/".to_owned(),
        format!("ftp://127.0.0.1:{port}/hook"),
        "no address".to_owned(),
    ];
    for (number, url) in (1..).zip(&urls) {
        bed.webhook(number, url).await;
    }
    bed.tell("a").await;
    bed.drain().await;
    for (number, url) in (1..).zip(&urls) {
        let outcomes = bed.outcomes(hilum_model::WebhookId([number; 12]));
        assert_eq!(outcomes, [(1, None, "address_not_allowed".to_owned())], "{url}");
    }
    assert!(receiver.take().is_empty());
}

#[tokio::test]
async fn loopback_is_for_development_only() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook(1, &receiver.url).await;
    let mut config = bed.world.engine.config.clone();
    config.webhooks.networks = crate::egress::Networks::default();
    let old = &bed.world.engine;
    let (clock, random) = (std::sync::Arc::clone(&old.clock), std::sync::Arc::clone(&old.random));
    let egress = crate::Egress::new().expect("egress");
    let engine = crate::Engine::new(old.store.clone(), clock, random, config, egress).expect("an engine");
    bed.tell("a").await;
    engine.drain_webhooks().await.expect("drained");
    assert_eq!(bed.outcomes(id), [(1, None, "address_not_allowed".to_owned())]);
    assert!(receiver.take().is_empty());
}

#[tokio::test]
async fn notifications_that_fail_for_a_day_are_switched_off() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook_of(1, &receiver.url, WebhookKind::Notifications, SECRET).await;
    receiver.answer(&[500; 500]);
    let mut hours = 0;
    while bed.shown(id).enabled {
        bed.tell(&format!("account {hours}")).await;
        bed.drain().await;
        bed.world.clock.advance_ms(HOUR);
        hours += 1;
        assert!(hours < 48, "never");
    }
    assert!(hours >= 24 && bed.shown(id).reason.as_deref() == Some("failing"), "{hours}");
}

#[tokio::test]
async fn the_loop_itself_sends_what_is_told_while_it_runs() {
    let bed = Bed::new().await;
    let receiver = Receiver::start().await;
    let id = bed.webhook(1, &receiver.url).await;
    let (stop, stopped) = tokio::sync::oneshot::channel::<()>();
    let running = tokio::spawn(std::sync::Arc::clone(&bed.world.engine).run_webhooks(async {
        _ = stopped.await;
    }));
    let mut stream = bed.world.engine.event_stream().expect("room");
    bed.tell("a").await;
    assert!(stream.wait().await, "live views are woken");
    receiver.came().await;
    stop.send(()).expect("runs");
    running.await.expect("ends");
    assert!(!stream.wait().await, "live views end with the server");
    assert_eq!(bed.outcomes(id).len(), 1, "calls under way are finished");
}
