//! Success that brings nothing.

use hilum_providers::spec::Provider;

use super::settled;

/// Longer than anybody's usual gap between news, days.
const DAYS: i64 = 30;

pub(crate) async fn is_told(provider: &'static Provider) {
    let (bed, _, link, persona) = settled(provider).await;
    assert_eq!(bed.health(link).0, "live");
    bed.fail(persona.id, &["stands_still"]).await;
    bed.clock.set(bed.now().plus_s(DAYS * 86_400));
    bed.nudge(link).await;
    bed.drain().await;
    let (word, reason, _) = bed.health(link);
    assert!(bed.row(link).synced_at.is_some_and(|at| at == bed.now()), "the syncs succeed");
    if provider.extent.is_some() {
        assert_eq!((word, reason.as_deref()), ("stale", Some("all: stands still")));
    } else {
        assert_eq!((word, reason.as_deref()), ("quiet", Some("no_new_data")));
    }
    bed.fail(persona.id, &[]).await;
    bed.nudge(link).await;
    bed.drain().await;
    bed.settle(link).await;
    assert_eq!(bed.health(link).0, "live", "{:?}", bed.health(link));
}
