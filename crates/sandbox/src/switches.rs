//! Which failures are on, for whom.

use std::collections::{BTreeMap, BTreeSet};

use hilum_model::Time;

use crate::failure::Failure;

/// Whom a switch is for. `None` is every provider or every person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Whom {
    pub(crate) provider: Option<&'static str>,
    pub(crate) persona: Option<&'static str>,
}

/// All switches.
#[derive(Debug, Default)]
pub(crate) struct Switches {
    on: BTreeMap<Whom, BTreeMap<Failure, Time>>,
}

impl Switches {
    /// Sets exactly these failures for somebody. One that was on stays on since then.
    pub(crate) fn set(&mut self, whom: Whom, failures: &BTreeSet<Failure>, now: Time) {
        let old = self.on.remove(&whom).unwrap_or_default();
        let new: BTreeMap<_, _> = failures.iter().map(|f| (*f, old.get(f).copied().unwrap_or(now))).collect();
        if !new.is_empty() {
            self.on.insert(whom, new);
        }
    }

    /// Since when a failure is on for a person at a provider; `None` if it is off. Without a person, only what is
    /// set for everybody counts.
    pub(crate) fn since(&self, failure: Failure, provider: &str, persona: Option<&str>) -> Option<Time> {
        let meant = |w: &Whom| w.provider.is_none_or(|p| p == provider) && w.persona.is_none_or(|p| Some(p) == persona);
        self.on.iter().filter(|(whom, _)| meant(whom)).filter_map(|(_, set)| set.get(&failure).copied()).min()
    }

    /// Whether a failure is on.
    pub(crate) fn on(&self, failure: Failure, provider: &str, persona: Option<&str>) -> bool {
        self.since(failure, provider, persona).is_some()
    }

    /// What is set for exactly this one.
    pub(crate) fn of(&self, whom: Whom) -> Vec<Failure> {
        self.on.get(&whom).map(|set| set.keys().copied().collect()).unwrap_or_default()
    }

    /// Everything off.
    pub(crate) fn clear(&mut self) {
        self.on.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_narrow_and_the_wide_add_up() {
        let mut switches = Switches::default();
        let set = |f: &[Failure]| f.iter().copied().collect::<BTreeSet<_>>();
        let all = Whom { provider: None, persona: None };
        switches.set(all, &set(&[Failure::Slow]), Time(1));
        switches.set(Whom { provider: None, persona: Some("a") }, &set(&[Failure::Html]), Time(2));
        switches.set(Whom { provider: Some("p"), persona: Some("a") }, &set(&[Failure::Garbage]), Time(3));
        let on = |f, provider, persona| switches.on(f, provider, persona);
        assert!(on(Failure::Slow, "q", None) && on(Failure::Slow, "p", Some("a")));
        assert!(
            on(Failure::Html, "q", Some("a")) && !on(Failure::Html, "q", Some("b")) && !on(Failure::Html, "q", None)
        );
        assert!(on(Failure::Garbage, "p", Some("a")) && !on(Failure::Garbage, "q", Some("a")));
        switches.set(all, &set(&[Failure::Slow, Failure::Html]), Time(9));
        assert_eq!(switches.since(Failure::Slow, "p", None), Some(Time(1)), "on since it was switched on");
        assert_eq!(switches.since(Failure::Html, "p", Some("a")), Some(Time(2)));
        switches.set(all, &set(&[]), Time(10));
        assert!(!switches.on(Failure::Slow, "p", None));
    }
}
