//! Webhooks: what is handed out to whom, in which order, and what becomes of it.
mod common;

use common::{APP, DAY, HOUR, MINUTE, NOW, World};
use hilum_model::{Batch, Body, ConnectionId, HumanId, Metric, Quantity, Record, Secret, Time, Unit, WebhookId};
use hilum_store::StoreError;
use hilum_store::outbox::Lane;
use hilum_store::webhooks::{Attempt, Delivery, Ended, MOST, Then, Webhook, WebhookKind, WebhookSettings};

fn settings(event_types: &[&str], data_types: &[&str]) -> WebhookSettings {
    let list = |list: &[&str]| list.iter().map(|one| (*one).to_owned()).collect();
    WebhookSettings {
        url: Secret::new("https://app.example/hook".to_owned()),
        description: "test".to_owned(),
        event_types: list(event_types),
        data_types: list(data_types),
    }
}

async fn webhook(w: &World, number: u8, event_types: &[&str], data_types: &[&str]) -> WebhookId {
    let id = WebhookId([number; 12]);
    let secret = Some(Secret::new(format!("whsec_{number}")));
    let settings = settings(event_types, data_types);
    w.store.create_webhook(id, APP, WebhookKind::Standard, settings, secret).await.expect("creates").webhook_id
}

async fn weigh(w: &World, human: HumanId, id: ConnectionId, key: &str, at: Time) {
    let quantity = Quantity::new(Metric::Weight, 70.0, Unit::Kilogram).expect("fits");
    let mut batch = Batch::default();
    batch.record(Record {
        key: key.to_owned(),
        device: None,
        start: at,
        end: None,
        offset: None,
        day: at.utc_day(),
        body: Body::Reading { metric: Metric::Weight, quantity },
        source_data: serde_json::Map::new(),
    });
    w.store.apply(human, id, batch, None).await.expect("applies");
}

async fn hand_out(w: &World) {
    while w.store.hand_out_events().await.expect("hands out") {}
}

async fn claim(w: &World, id: WebhookId, lane: Lane) -> Vec<Delivery> {
    hand_out(w).await;
    w.store.claim_deliveries(vec![(id, lane, 100)], w.now().plus_ms(MINUTE)).await.expect("claims")
}

fn positions(claimed: &[Delivery]) -> Vec<i64> {
    claimed.iter().map(|delivery| delivery.event.position).collect()
}

fn attempt(delivery: &Delivery, at: Time) -> Attempt {
    Attempt {
        event: delivery.event.id.clone(),
        kind: delivery.event.kind.name().to_owned(),
        attempt: delivery.attempt,
        at,
        duration_ms: 12,
        status: Some(200),
        outcome: "delivered".to_owned(),
    }
}

async fn end(w: &World, delivery: &Delivery, then: Then) -> Option<&'static str> {
    let ended = Ended {
        attempt: attempt(delivery, w.now()),
        then,
        rest: Box::new(|_| None),
        disable: None,
        failing_before: w.now().plus_ms(-5 * DAY),
    };
    w.store.end_delivery(delivery, ended).await.expect("ends")
}

fn shown(w: &World, id: WebhookId) -> Webhook {
    w.store.webhook(id).expect("reads").expect("there")
}

#[tokio::test]
async fn a_person_s_events_go_one_after_the_other_and_people_side_by_side() {
    let w = World::new().await;
    let id = webhook(&w, 1, &[], &[]).await;
    let (ann, bob) = (w.human("ann").await.human_id, w.human("bob").await.human_id);
    for human in [ann, bob] {
        w.connection(human, "one").await;
        w.connection(human, "two").await;
    }
    // Positions 1 and 2 are Ann's, 3 and 4 Bob's.
    let first = claim(&w, id, Lane::Live).await;
    assert_eq!(positions(&first), [1, 3]);
    assert!(claim(&w, id, Lane::Live).await.is_empty());
    end(&w, &first[0], Then::Retry(w.now().plus_ms(HOUR))).await;
    end(&w, &first[1], Then::Delivered).await;
    let second = claim(&w, id, Lane::Live).await;
    assert_eq!(positions(&second), [4], "Ann's second waits for her first");
    w.clock.advance_ms(HOUR);
    let third = claim(&w, id, Lane::Live).await;
    assert_eq!(positions(&third), [1, 4], "Bob's lease has ended");
    assert_eq!(third[0].attempt, 2);
    end(&w, &third[0], Then::GiveUp).await;
    assert_eq!(positions(&claim(&w, id, Lane::Live).await), [2]);
}

#[tokio::test]
async fn a_lease_that_ended_is_claimed_again_and_its_late_holder_changes_nothing() {
    let w = World::new().await;
    let id = webhook(&w, 1, &[], &[]).await;
    let human = w.human("ann").await.human_id;
    w.connection(human, "one").await;
    let slow = claim(&w, id, Lane::Live).await.remove(0);
    w.clock.advance_ms(MINUTE);
    let again = claim(&w, id, Lane::Live).await.remove(0);
    assert_eq!((slow.attempt, again.attempt, slow.event == again.event), (1, 2, true));
    end(&w, &slow, Then::Delivered).await;
    end(&w, &slow, Then::Retry(w.now())).await;
    assert!(claim(&w, id, Lane::Live).await.is_empty(), "still with the second one");
    end(&w, &again, Then::Delivered).await;
    w.clock.advance_ms(HOUR);
    assert!(claim(&w, id, Lane::Live).await.is_empty(), "done");
}

#[tokio::test]
async fn the_past_does_not_stand_before_the_news() {
    let w = World::new().await;
    let id = webhook(&w, 1, &["data.*"], &[]).await;
    let human = w.human("ann").await.human_id;
    let connection = w.connection(human, "one").await;
    weigh(&w, human, connection, "past", NOW.plus_ms(-30 * DAY)).await;
    weigh(&w, human, connection, "now", NOW).await;
    assert_eq!(positions(&claim(&w, id, Lane::Live).await), [3]);
    assert_eq!(positions(&claim(&w, id, Lane::Backfill).await), [2]);
}

#[tokio::test]
async fn filters_by_event_and_type() {
    let w = World::new().await;
    let ids = [
        webhook(&w, 1, &["data.created"], &["weight"]).await,
        webhook(&w, 2, &["data.*"], &["heart_rate"]).await,
        webhook(&w, 3, &["connection.*", "user.erased"], &[]).await,
        webhook(&w, 4, &[], &["heart_rate"]).await,
    ];
    let human = w.human("ann").await.human_id;
    let connection = w.connection(human, "one").await;
    weigh(&w, human, connection, "a", NOW).await;
    let mut got = Vec::new();
    for id in ids {
        got.push(positions(&claim(&w, id, Lane::Live).await));
    }
    // A filter of types of data concerns events about data only.
    assert_eq!(got, [vec![2], vec![], vec![1], vec![1]]);
}

#[tokio::test]
async fn a_webhook_begins_with_its_creation_and_another_app_hears_nothing() {
    let w = World::new().await;
    let other = hilum_model::ClientId([0xb0; 20]);
    w.app(other).await;
    let human = w.human("ann").await.human_id;
    w.connection(human, "before").await;
    let id = webhook(&w, 1, &[], &[]).await;
    let foreign = WebhookId([9; 12]);
    w.store.create_webhook(foreign, other, WebhookKind::Standard, settings(&[], &[]), None).await.expect("creates");
    w.connection(human, "after").await;
    assert_eq!(positions(&claim(&w, id, Lane::Live).await), [2]);
    assert!(claim(&w, foreign, Lane::Live).await.is_empty());
}

#[tokio::test]
async fn one_that_fails_for_long_is_switched_off_and_goes_on_where_it_stopped() {
    let w = World::new().await;
    let (id, witness) = (webhook(&w, 1, &[], &[]).await, webhook(&w, 2, &["webhook.*"], &[]).await);
    let human = w.human("ann").await.human_id;
    w.connection(human, "one").await;
    let rest = w.now().plus_ms(7);
    let fail = |delivery: Delivery, at: Time| {
        let ended = Ended {
            attempt: attempt(&delivery, at),
            then: Then::Retry(at.plus_ms(DAY)),
            rest: Box::new(move |failures| (failures == 2).then_some(rest)),
            disable: None,
            failing_before: at.plus_ms(-5 * DAY),
        };
        let store = w.store.clone();
        async move { store.end_delivery(&delivery, ended).await.expect("ends") }
    };
    for day in 0..=5 {
        let delivery = claim(&w, id, Lane::Live).await.remove(0);
        assert_eq!(fail(delivery, w.now()).await, None, "day {day}");
        let now = shown(&w, id);
        assert_eq!((now.failures, now.failing_since, now.enabled), (day + 1, Some(NOW), true));
        assert_eq!(now.rest_until, (day > 0).then_some(rest));
        w.clock.advance_ms(DAY);
    }
    let delivery = claim(&w, id, Lane::Live).await.remove(0);
    assert_eq!(fail(delivery, w.now()).await, Some("failing"));
    assert_eq!((shown(&w, id).enabled, shown(&w, id).reason.as_deref()), (false, Some("failing")));
    let told = claim(&w, witness, Lane::Live).await;
    assert_eq!(told[0].event.payload()["reason"], "failing");
    assert_eq!(told[0].event.human_id, None);

    w.connection(human, "two").await;
    assert!(claim(&w, id, Lane::Live).await.is_empty(), "off");
    let on = w.store.enable_webhook(id, None).await.expect("enables");
    assert_eq!((on.enabled, on.reason, on.failures, on.failing_since, on.rest_until), (true, None, 0, None, None));
    let first = claim(&w, id, Lane::Live).await;
    // Position 2 tells the app itself that it was switched off, which stands in no person's order.
    assert_eq!(positions(&first), [1, 2]);
    assert_eq!(first[0].attempt, 1, "tried anew");
    end(&w, &first[0], Then::Delivered).await;
    assert_eq!(positions(&claim(&w, id, Lane::Live).await), [3], "what happened while it was off");
}

#[tokio::test]
async fn a_success_ends_the_row_of_failures() {
    let w = World::new().await;
    let id = webhook(&w, 1, &[], &[]).await;
    let human = w.human("ann").await.human_id;
    w.connection(human, "one").await;
    let delivery = claim(&w, id, Lane::Live).await.remove(0);
    end(&w, &delivery, Then::Retry(w.now())).await;
    assert_eq!(shown(&w, id).failures, 1);
    let delivery = claim(&w, id, Lane::Live).await.remove(0);
    end(&w, &delivery, Then::Delivered).await;
    assert_eq!((shown(&w, id).failures, shown(&w, id).failing_since), (0, None));
}

#[tokio::test]
async fn replay_sends_again_in_the_slow_lane_and_doubles_nothing() {
    let w = World::new().await;
    let id = webhook(&w, 1, &[], &[]).await;
    let human = w.human("ann").await.human_id;
    for n in 0..450 {
        w.connection(human, &format!("account {n}")).await;
        w.clock.advance_ms(1);
    }
    for _ in 0..449 {
        let one = claim(&w, id, Lane::Live).await.remove(0);
        end(&w, &one, Then::Delivered).await;
    }
    assert!(!w.store.replay_webhook(id, w.now()).await.expect("asks"), "nothing since");
    assert!(w.store.replay_webhook(id, NOW.plus_ms(10)).await.expect("asks"));
    assert!(shown(&w, id).replaying);
    hand_out(&w).await;
    // A slice a round.
    for _ in 0..3 {
        hand_out(&w).await;
    }
    assert!(!shown(&w, id).replaying);
    let mut again = Vec::new();
    loop {
        let claimed = claim(&w, id, Lane::Backfill).await;
        let Some(one) = claimed.first() else { break };
        again.push(one.event.position);
        end(&w, one, Then::Delivered).await;
    }
    // Positions 11 to 449; the last one waits in its own lane still.
    assert_eq!(again, (11..=449).collect::<Vec<i64>>());
    assert_eq!(positions(&claim(&w, id, Lane::Live).await), [450]);
    let gone = w.store.replay_webhook(WebhookId([7; 12]), NOW).await;
    assert!(matches!(gone, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn secrets_overlap_when_they_rotate() {
    let w = World::new().await;
    let id = webhook(&w, 1, &[], &[]).await;
    let secrets = |hook: &Webhook| -> Vec<(String, Option<Time>)> {
        hook.secrets.iter().map(|one| (one.secret.expose().clone(), one.until)).collect()
    };
    let text = |name: &str| name.to_owned();
    assert_eq!(secrets(&shown(&w, id)), [(text("whsec_1"), None)]);
    let rotate = |name: &str| w.store.rotate_webhook(id, Secret::new(text(name)), w.now().plus_ms(DAY));
    let hook = rotate("two").await.expect("rotates");
    let first_end = Some(NOW.plus_ms(DAY));
    assert_eq!(secrets(&hook), [(text("two"), None), (text("whsec_1"), first_end)]);
    w.clock.advance_ms(HOUR);
    let hook = rotate("three").await.expect("rotates");
    let second_end = Some(NOW.plus_ms(DAY + HOUR));
    assert_eq!(secrets(&hook), [(text("three"), None), (text("two"), second_end), (text("whsec_1"), first_end)]);
    w.clock.advance_ms(DAY);
    let hook = rotate("four").await.expect("rotates");
    assert_eq!(secrets(&hook).len(), 2, "what has ended goes");
    let hook = w.store.rotate_webhook(id, Secret::new(text("five")), w.now()).await.expect("rotates");
    assert_eq!(secrets(&hook), [(text("five"), None)], "at once, when the old one is known to others");
}

#[tokio::test]
async fn the_log_keeps_the_newest() {
    let w = World::new().await;
    let id = webhook(&w, 1, &[], &[]).await;
    for n in 0..205_i64 {
        let attempt = Attempt {
            event: format!("evt_{n}"),
            kind: "webhook.test".to_owned(),
            attempt: 1,
            at: w.now(),
            duration_ms: n,
            status: None,
            outcome: "no_answer".to_owned(),
        };
        w.store.note_webhook_attempt(id, attempt).await.expect("notes");
    }
    let log = w.store.webhook_attempts(id, 1000).expect("reads");
    assert_eq!((log.len(), log[0].duration_ms, log[199].duration_ms), (200, 204, 5));
    assert_eq!(w.store.webhook_attempts(id, 1).expect("reads").len(), 1);
    w.store.delete_webhook(id).await.expect("deletes");
    assert!(w.store.webhook(id).expect("reads").is_none());
    assert!(matches!(w.store.delete_webhook(id).await, Err(StoreError::NotFound)));
}

#[tokio::test]
async fn an_app_has_so_many_webhooks_and_one_address_for_notifications() {
    let w = World::new().await;
    for number in 0..MOST {
        webhook(&w, u8::try_from(number).expect("small"), &[], &[]).await;
    }
    let create =
        |number: u8, kind| w.store.create_webhook(WebhookId([number; 12]), APP, kind, settings(&[], &[]), None);
    assert!(matches!(create(200, WebhookKind::Standard).await, Err(StoreError::Exists)));
    create(201, WebhookKind::Notifications).await.expect("creates");
    assert!(matches!(create(202, WebhookKind::Notifications).await, Err(StoreError::Exists)));
    assert_eq!(w.store.webhooks(APP, WebhookKind::Standard).expect("reads").len(), MOST);
    assert_eq!(w.store.webhooks(APP, WebhookKind::Notifications).expect("reads").len(), 1);
}

#[tokio::test]
async fn what_waits_goes_with_its_person_and_with_its_time() {
    let w = World::new().await;
    let id = webhook(&w, 1, &[], &[]).await;
    let (ann, bob) = (w.human("ann").await.human_id, w.human("bob").await.human_id);
    for account in ["one", "two"] {
        w.connection(ann, account).await;
        w.connection(bob, account).await;
    }
    let claimed = claim(&w, id, Lane::Live).await;
    assert_eq!(positions(&claimed), [1, 2]);
    w.store.erase_human(ann).await.expect("erases");
    end(&w, &claimed[0], Then::Delivered).await;
    // Only her erasure is sent now.
    assert_eq!(positions(&claim(&w, id, Lane::Live).await), [5]);
    // Bob's first two are forgotten while the first is under way; what he does next is free to go.
    w.clock.advance_ms(DAY);
    w.connection(bob, "three").await;
    hand_out(&w).await;
    assert!(!w.store.forget_events(NOW.plus_ms(1)).await.expect("forgets"));
    end(&w, &claimed[1], Then::Delivered).await;
    assert_eq!(positions(&claim(&w, id, Lane::Live).await), [6]);
}
