//! One call to a webhook, and what becomes of it.

use std::time::Duration;

use hilum_model::Time;
use hilum_model::world::random_bytes;
use hilum_store::StoreError;
use hilum_store::webhooks::{Attempt, Delivery, Ended, Then, Webhook, WebhookKind};

use super::message::{self, Message, Notification};
use super::policy;
use crate::Engine;
use crate::egress::{EgressError, Post, RetryAfter};

/// How long a webhook may take to answer.
const DEADLINE: Duration = Duration::from_secs(15);
/// The same of a notification. Source: human-connect contract, section 6.
const NOTIFICATION_DEADLINE: Duration = Duration::from_secs(3);
/// Type of a test message, which is in no feed.
const TEST: &str = "webhook.test";

/// What came of a test message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Tested {
    /// Its id.
    pub event: String,
    /// HTTP status, if there was an answer.
    pub status: Option<u16>,
    /// What came of it (a fixed word; `delivered` is well).
    pub outcome: &'static str,
    /// How long it took, ms.
    pub duration_ms: i64,
}

/// What came of a call.
struct Answer {
    began: Time,
    duration_ms: i64,
    status: Option<u16>,
    outcome: &'static str,
    /// When the other side wants to be asked again.
    retry_after: Option<RetryAfter>,
}

impl Engine {
    /// Sends a claimed delivery and says what came of it to the store.
    pub(super) async fn deliver(&self, delivery: &Delivery) {
        if let Err(error) = self.try_deliver(delivery).await {
            // The claim ends by itself; then it is sent again.
            tracing::error!(webhook = %delivery.webhook_id, %error, "delivery not ended");
        }
    }

    async fn try_deliver(&self, delivery: &Delivery) -> Result<(), StoreError> {
        let Some(webhook) = self.store.webhook(delivery.webhook_id)? else { return Ok(()) };
        let message = self.message(&webhook, delivery)?;
        let answer = self.call(&webhook, message).await;
        let ended = self.judge(&webhook, delivery, &answer);
        if let Some(reason) = self.store.end_delivery(delivery, ended).await? {
            tracing::warn!(webhook = %webhook.webhook_id, app = %webhook.client_id, reason, "webhook switched off");
        }
        Ok(())
    }

    fn message(&self, webhook: &Webhook, delivery: &Delivery) -> Result<Message, StoreError> {
        let (event, now) = (&delivery.event, self.clock.now());
        Ok(match webhook.kind {
            WebhookKind::Standard => {
                let body = message::standard_body(event.kind.name(), event.at, event.payload());
                message::standard(webhook, &event.id, now, body)
            }
            WebhookKind::Notifications => {
                let human = event.human_id.map(|human| self.store.human(human)).transpose()?.flatten();
                let body = message::notification_body(Notification {
                    id: &event.id,
                    kind: event.kind.name(),
                    at: event.at,
                    app: event.client_id,
                    human: event.human_id,
                    user: human.map(|human| human.user_id),
                    payload: event.data.clone(),
                });
                message::notification(webhook, now, &*self.random, body)
            }
        })
    }

    async fn call(&self, webhook: &Webhook, message: Message) -> Answer {
        let began = self.clock.now();
        let deadline = match webhook.kind {
            WebhookKind::Standard => DEADLINE,
            WebhookKind::Notifications => NOTIFICATION_DEADLINE,
        };
        let post = Post { url: webhook.url.clone(), headers: message.headers, body: message.body, deadline };
        let result = self.egress.post(post).await;
        let duration_ms = self.clock.now().since_ms(began);
        let (status, retry_after) = result.as_ref().map_or((None, None), |told| (Some(told.status), told.retry_after));
        let outcome = match &result {
            Ok(told) if is_success(webhook.kind, told.status) => "delivered",
            Ok(told) if told.status == 410 => "gone",
            Ok(told) if (300..400).contains(&told.status) => "redirect",
            Ok(told) if matches!(told.status, 429 | 502 | 503 | 504) => "throttled",
            Ok(_) => "error_status",
            Err(EgressError::Refused(_)) => "address_not_allowed",
            Err(EgressError::Unreachable) => "no_connection",
            Err(EgressError::TimedOut) => "timed_out",
            Err(EgressError::NoAnswer | EgressError::TooLarge) => "no_answer",
        };
        Answer { began, duration_ms, status, outcome, retry_after }
    }

    fn judge(&self, webhook: &Webhook, delivery: &Delivery, answer: &Answer) -> Ended {
        let now = self.clock.now();
        let asked = answer.retry_after.map_or(0, |after| after.wait_ms(now));
        let then = match answer.outcome {
            "delivered" => Then::Delivered,
            // Kept for the day on which it is switched on again.
            "gone" => Then::Retry(now),
            _ => match policy::wait_ms(webhook.kind, delivery.attempt, &*self.random) {
                Some(wait) => Then::Retry(now.plus_ms(wait.max(asked))),
                None => Then::GiveUp,
            },
        };
        let throttled = if answer.outcome == "throttled" { asked } else { 0 };
        let random = std::sync::Arc::clone(&self.random);
        let rest = move |failures| {
            let rest = policy::rest_ms(failures, &*random).unwrap_or(0).max(throttled);
            (rest > 0).then(|| now.plus_ms(rest))
        };
        Ended {
            attempt: Attempt {
                event: delivery.event.id.clone(),
                kind: delivery.event.kind.name().to_owned(),
                attempt: delivery.attempt,
                at: answer.began,
                duration_ms: answer.duration_ms,
                status: answer.status,
                outcome: answer.outcome.to_owned(),
            },
            then,
            rest: Box::new(rest),
            disable: (answer.outcome == "gone").then_some("gone"),
            failing_before: now.plus_ms(-policy::off_after_ms(webhook.kind)),
        }
    }

    /// Sends a test message now, also to a webhook that is off, and waits for what comes of it. It is noted like others, and
    /// changes nothing else.
    pub async fn test_webhook(&self, webhook: &Webhook) -> Result<Tested, StoreError> {
        let now = self.clock.now();
        let event = format!("test_{}", hex::encode(random_bytes::<12>(&*self.random)));
        let data = serde_json::Map::from_iter([("clientId".to_owned(), webhook.client_id.to_string().into())]);
        let message = match webhook.kind {
            WebhookKind::Standard => message::standard(webhook, &event, now, message::standard_body(TEST, now, data)),
            WebhookKind::Notifications => {
                let body = message::notification_body(Notification {
                    id: &event,
                    kind: TEST,
                    at: now,
                    app: webhook.client_id,
                    human: None,
                    user: None,
                    payload: serde_json::Map::new(),
                });
                message::notification(webhook, now, &*self.random, body)
            }
        };
        let Answer { began, duration_ms, status, outcome, .. } = self.call(webhook, message).await;
        let attempt = Attempt {
            event: event.clone(),
            kind: TEST.to_owned(),
            attempt: 1,
            at: began,
            duration_ms,
            status,
            outcome: outcome.to_owned(),
        };
        self.store.note_webhook_attempt(webhook.webhook_id, attempt).await?;
        Ok(Tested { event, status, outcome, duration_ms })
    }
}

/// Any 2xx for a webhook; exactly 200 for a notification, as the contract has it.
const fn is_success(kind: WebhookKind, status: u16) -> bool {
    match kind {
        WebhookKind::Standard => status >= 200 && status < 300,
        WebhookKind::Notifications => status == 200,
    }
}
