//! Fixed windows of requests, for each client of each provider and for each person there.

use std::collections::BTreeMap;

use hilum_model::Time;
use hilum_providers::sandbox::Left;
use hilum_providers::spec::{Limit, Per};

use crate::config::Rate;

/// The provider, which of its limits, the client, and the person where the limit is for each.
type Counter = (&'static str, usize, String, Option<&'static str>);

/// Windows under way.
#[derive(Debug, Default)]
pub(crate) struct Limiter {
    windows: BTreeMap<Counter, (Time, u32)>,
}

impl Limiter {
    /// Counts a request; gives what is left of each limit, as `Err` with the seconds to wait if it is one too many.
    pub(crate) fn take(
        &mut self,
        provider: &'static str,
        client_id: &str,
        persona: &'static str,
        limits: &[Limit],
        rate: Rate,
        now: Time,
    ) -> Result<Vec<Left>, (i64, Vec<Left>)> {
        let Rate::Times(times) = rate else {
            return Ok(Vec::new());
        };
        let mut all = Vec::new();
        let mut wait = None;
        for (index, limit) in limits.iter().enumerate() {
            let most = limit.requests.saturating_mul(times.max(1));
            let end = |begun: Time| begun.plus_s(i64::from(limit.per_s));
            let whose = (limit.per == Per::Person).then_some(persona);
            let window = self.windows.entry((provider, index, client_id.to_owned(), whose)).or_insert((now, 0));
            if now >= end(window.0) {
                *window = (now, 0);
            }
            let reset_s = (end(window.0).since_ms(now) + 999) / 1000;
            if window.1 >= most {
                wait = wait.max(Some(reset_s));
            } else if wait.is_none() {
                window.1 += 1;
            }
            let left = most.saturating_sub(window.1);
            all.push(Left { per: limit.per, per_s: limit.per_s, most, left, reset_s: reset_s as u32 });
        }
        match wait {
            Some(wait) => Err((wait, all)),
            None => Ok(all),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_ends_and_a_new_one_begins() {
        let mut limiter = Limiter::default();
        let limit = Limit::app(2, 60);
        let mut take = |client: &str, rate, s| {
            let taken = limiter.take("p", client, "runner", &[limit], rate, Time::from_unix_s(s));
            let left = |all: Vec<Left>| all.first().map(|one| (one.left, one.reset_s));
            taken.map(left).map_err(|(wait, all)| (wait, left(all)))
        };
        assert_eq!(take("a", Rate::Times(1), 0), Ok(Some((1, 60))));
        assert_eq!(take("a", Rate::Times(1), 10), Ok(Some((0, 50))));
        assert_eq!(take("a", Rate::Times(1), 20), Err((40, Some((0, 40)))));
        assert_eq!(take("a", Rate::Times(2), 20), Ok(Some((1, 40))));
        assert_eq!(take("b", Rate::Times(1), 20), Ok(Some((1, 60))));
        assert_eq!(take("a", Rate::Unlimited, 20), Ok(None));
        assert_eq!(take("a", Rate::Times(1), 60), Ok(Some((1, 60))));
    }
}
