//! Fixed windows of requests, for each client of each provider and for each person there.

use std::collections::BTreeMap;

use hilum_model::Time;
use hilum_providers::spec::{Limit, Per};

use crate::config::Rate;

/// The provider, which of its limits, the client, and the person where the limit is for each.
type Counter = (&'static str, usize, String, Option<&'static str>);

/// Windows under way.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    windows: BTreeMap<Counter, (Time, u64)>,
}

impl Limiter {
    /// Counts a request; `Err` with the seconds to wait if it is one too many.
    pub(crate) fn take(
        &mut self,
        provider: &'static str,
        client_id: &str,
        persona: &'static str,
        limits: &[Limit],
        rate: Rate,
        now: Time,
    ) -> Result<(), i64> {
        let Rate::Times(times) = rate else {
            return Ok(());
        };
        for (index, limit) in limits.iter().enumerate() {
            let most = u64::from(limit.requests) * u64::from(times.max(1));
            let end = |begun: Time| begun.plus_s(i64::from(limit.per_s));
            let whose = (limit.per == Per::Person).then_some(persona);
            let window = self.windows.entry((provider, index, client_id.to_owned(), whose)).or_insert((now, 0));
            if now >= end(window.0) {
                *window = (now, 0);
            }
            if window.1 >= most {
                return Err((end(window.0).since_ms(now) + 999) / 1000);
            }
            window.1 += 1;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_and_a_new_one_begins() {
        let mut limiter = Limiter::default();
        let limit = Limit::app(2, 60);
        let mut take =
            |client: &str, rate, s| limiter.take("p", client, "runner", &[limit], rate, Time::from_unix_s(s));
        assert_eq!(take("a", Rate::Times(1), 0), Ok(()));
        assert_eq!(take("a", Rate::Times(1), 10), Ok(()));
        assert_eq!(take("a", Rate::Times(1), 20), Err(40));
        assert_eq!(take("a", Rate::Times(2), 20), Ok(()));
        assert_eq!(take("b", Rate::Times(1), 20), Ok(()));
        assert_eq!(take("a", Rate::Unlimited, 20), Ok(()));
        assert_eq!(take("a", Rate::Times(1), 60), Ok(()));
    }
}
