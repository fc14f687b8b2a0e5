//! Answers that are none: nothing of them is stored, no cursor moves, it is told, and later nothing is missing.

use hilum_providers::spec::Provider;
use hilum_store::connections::ConnectionState;

use super::{calm, settled, somebody};
use crate::bed::{Bed, is_asked};
use crate::browser::Press;
use crate::held::same;

/// Longer than any back-off of a connection, s.
pub(crate) const PATIENCE_S: i64 = 2 * 3600;

/// Whether bodies of answers are read: an order for the past is told by its status alone.
pub(crate) fn is_read(provider: &Provider) -> bool {
    is_asked(provider)
}

pub(crate) async fn server_errors(provider: &'static Provider) {
    unwell(provider, "server_error").await;
}

pub(crate) async fn garbage(provider: &'static Provider) {
    unwell(provider, "garbage").await;
}

pub(crate) async fn html(provider: &'static Provider) {
    unwell(provider, "html").await;
}

pub(crate) async fn truncated(provider: &'static Provider) {
    unwell(provider, "truncated").await;
}

/// The provider is unwell at the first sync, and once more when everything has been read.
async fn unwell(provider: &'static Provider, failure: &str) {
    let told = calm(provider).await;
    let bed = Bed::of(provider).await;
    let (persona, began) = (somebody(&bed, provider), bed.now());
    let today = persona.day_of(began);
    let (person, link) = bed.enrol(provider, Press::allow(persona.id)).await;
    let login = bed.asked(provider, None).await;
    bed.fail(persona.id, &[failure]).await;
    bed.run_s(PATIENCE_S).await;
    assert!(bed.asked(provider, None).await > login, "nothing was tried");
    assert_eq!(bed.cursors(link), [], "a cursor moved over nothing");
    assert_eq!(bed.contents(person.human, today.plus(9)).len(), 0, "something was stored of it");
    is_told(&bed, link, began);
    bed.fail(persona.id, &[]).await;
    bed.settle(link).await;
    assert_eq!(bed.health(link).0, "live");
    same(&bed.contents(person.human, today), &told, "after the recovery");
    if !is_asked(provider) {
        return;
    }
    let (cursors, records) = (bed.cursors(link), bed.all_records(person.human));
    bed.fail(persona.id, &[failure]).await;
    bed.nudge(link).await;
    let due = bed.cursors(link);
    let now = bed.now();
    bed.run_s(PATIENCE_S).await;
    assert_eq!(bed.cursors(link), due, "a cursor moved over nothing");
    assert!(bed.all_records(person.human) == records, "a record was touched");
    is_told(&bed, link, now);
    bed.fail(persona.id, &[]).await;
    bed.clock.advance_ms(PATIENCE_S * 1000);
    let now = bed.now();
    bed.nudge(link).await;
    bed.drain().await;
    bed.settle(link).await;
    assert_eq!(bed.health(link).0, "live");
    assert!(bed.row(link).synced_at.is_some_and(|at| at >= now));
    assert!(bed.cursors(link).iter().zip(&cursors).all(|(new, old)| new.synced_at > old.synced_at), "all were read");
    same(&bed.contents(person.human, today), &told, "after the second recovery");
}

fn is_told(bed: &Bed, link: crate::bed::Link, since: hilum_model::Time) {
    assert_ne!(bed.row(link).state, ConnectionState::NeedsReauth, "the person can not mend this");
    let (word, reason, at) = bed.health(link);
    assert!(["provider_down", "stale"].contains(&word) && reason.is_some(), "told as {word}, {reason:?}");
    assert!(at >= since && at <= bed.now(), "since {at}");
}

pub(crate) async fn empty(provider: &'static Provider) {
    let (bed, person, link, persona) = settled(provider).await;
    let today = persona.day_of(bed.now());
    let told = bed.contents(person.human, today);
    bed.fail(persona.id, &["empty_204"]).await;
    bed.nudge(link).await;
    bed.run_s(PATIENCE_S).await;
    same(&bed.contents(person.human, today), &told, "an empty answer deletes nothing");
    assert_ne!(bed.row(link).state, ConnectionState::NeedsReauth);
    bed.fail(persona.id, &[]).await;
    bed.clock.advance_ms(PATIENCE_S * 1000);
    bed.nudge(link).await;
    bed.drain().await;
    bed.settle(link).await;
    assert_eq!(bed.health(link).0, "live");
    same(&bed.contents(person.human, today), &told, "afterwards");
}
