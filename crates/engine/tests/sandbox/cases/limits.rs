//! Requests that are too many, and those that are not.

use hilum_providers::sandbox::{Refusal, teller};
use hilum_providers::spec::Provider;
use hilum_sandbox::Rate;

use super::{calm, somebody};
use crate::bed::{Bed, Setup};
use crate::browser::Press;
use crate::held::same;

pub(crate) async fn too_many_requests(provider: &'static Provider) {
    let told = calm(provider).await;
    let wait_s = provider.limits.iter().map(|limit| i64::from(limit.per_s)).min().expect("a limit");
    // Some say it with a success; then nobody says when to come back.
    let says_when = (teller(provider).expect("a teller").refuse)(Refusal::RateLimited).status == 429;
    for failure in ["rate_limited", "rate_limited_until"] {
        let bed = Bed::of(provider).await;
        let persona = somebody(&bed, provider);
        let today = persona.day_of(bed.now());
        let (person, link) = bed.enrol(provider, Press::allow(persona.id)).await;
        let login = bed.asked(provider, None).await;
        bed.fail(persona.id, &[failure]).await;
        let until = bed.now().plus_s(wait_s);
        bed.drain().await;
        assert_eq!(bed.asked(provider, None).await - login, 1, "{failure}: asked again after a no");
        if says_when {
            bed.run_until(until.plus_ms(-1)).await;
            assert_eq!(bed.asked(provider, None).await - login, 1, "{failure}: came back too early");
        }
        assert_eq!(bed.cursors(link), [], "{failure}");
        bed.fail(persona.id, &[]).await;
        bed.settle(link).await;
        assert!(!says_when || bed.now() >= until, "{failure}");
        assert_eq!(bed.health(link).0, "live", "{failure}");
        same(&bed.contents(person.human, today), &told, failure);
    }
}

/// The sandbox refuses what the provider would, and the whole history is asked for: nothing is refused.
pub(crate) async fn are_kept(provider: &'static Provider) {
    let setup = Setup { known_days: 2, depth_days: None, rate: Rate::Times(1), ..Setup::SHORT };
    let bed = Bed::with(setup, &[provider]).await;
    let persona = somebody(&bed, provider);
    let link = bed.connect(provider, persona.id).await;
    bed.settle(link).await;
    let stats = bed.stats().await;
    assert!(bed.asked(provider, None).await >= provider.streams.len() as u64);
    assert_eq!(stats["rate_limited"], 0, "the provider had to refuse");
    assert_eq!(bed.health(link).0, "live");
}
