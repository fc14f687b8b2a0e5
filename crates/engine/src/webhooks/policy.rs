//! When something is sent again, when a webhook rests, and when it is switched off.

use hilum_model::Random;
use hilum_store::webhooks::WebhookKind;

use crate::backoff::below;

const SECOND: i64 = 1000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Waits after the first, second, … failed try of a webhook's message, ms: ten tries over 75.6 hours. Source: the
/// specification's own example.
const STANDARD: [i64; 9] =
    [5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// The same of a notification, of which the contract says that it may be dropped.
const NOTIFICATIONS: [i64; 3] = [30 * SECOND, 5 * MINUTE, 30 * MINUTE];

/// Failures in a row after which a webhook rests.
const FAILING: i64 = 5;
/// First rest, ms; doubled for each probe that fails.
const FIRST_REST: i64 = 30 * SECOND;
/// Longest rest, ms.
const LONGEST_REST: i64 = 15 * MINUTE;

/// How long to wait before a message is tried again after that many tries, ms; `None`: it is not. Up to a tenth is added, so
/// that what failed together does not come back together.
pub(super) fn wait_ms(kind: WebhookKind, attempt: i64, random: &dyn Random) -> Option<i64> {
    let schedule: &[i64] = match kind {
        WebhookKind::Standard => &STANDARD,
        WebhookKind::Notifications => &NOTIFICATIONS,
    };
    let wait = *schedule.get(usize::try_from(attempt - 1).ok()?)?;
    Some(wait + below(wait / 10, random))
}

/// Whether a webhook has failed so often in a row that it is only probed.
pub(super) const fn is_failing(failures: i64) -> bool {
    failures >= FAILING
}

/// How long a webhook rests after that many failures in a row, ms. Up to a quarter is taken off.
pub(super) fn rest_ms(failures: i64, random: &dyn Random) -> Option<i64> {
    let doublings = u32::try_from(failures - FAILING).ok()?.min(16);
    let rest = FIRST_REST.saturating_mul(1 << doublings).min(LONGEST_REST);
    Some(rest - below(rest / 4, random))
}

/// A webhook that has failed for longer without a single success is switched off, ms. Longer than all tries of a message,
/// so that nothing is given up and switched off at once.
pub(super) const fn off_after_ms(kind: WebhookKind) -> i64 {
    match kind {
        WebhookKind::Standard => 120 * HOUR,
        WebhookKind::Notifications => 24 * HOUR,
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::world::SeededRandom;

    use super::*;

    #[test]
    fn ten_tries_over_more_than_three_days() {
        let random = SeededRandom::new(1);
        for _ in 0..50 {
            let waits: Vec<i64> = (1..).map_while(|attempt| wait_ms(WebhookKind::Standard, attempt, &random)).collect();
            assert_eq!(waits.len(), 9);
            let all: i64 = waits.iter().sum();
            assert!((75 * HOUR..84 * HOUR).contains(&all), "{all}");
            assert!(all < off_after_ms(WebhookKind::Standard));
            assert!((5000..5500).contains(&waits[0]) && waits[8] >= 24 * HOUR);
        }
        assert_eq!((1..).map_while(|n| wait_ms(WebhookKind::Notifications, n, &random)).count(), 3);
    }

    #[test]
    fn rests_double_up_to_a_quarter_of_an_hour() {
        let random = SeededRandom::new(2);
        for (failures, longest) in [(5, 30), (6, 60), (7, 120), (10, 900), (60, 900)] {
            for _ in 0..50 {
                let rest = rest_ms(failures, &random).expect("rests");
                assert!(rest > longest * 750 && rest <= longest * 1000, "{failures}: {rest}");
            }
        }
        assert_eq!((rest_ms(4, &random), is_failing(4), is_failing(5)), (None, false, true));
    }
}
