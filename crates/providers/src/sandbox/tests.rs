//! What every teller must hold to, run over every provider of the registry.

use std::collections::BTreeSet;

use super::*;
use crate::persona::PEOPLE;
use crate::spec::{Answer, Verdict};
use crate::{REGISTRY, TELLERS};

fn now() -> Time {
    Time::parse_rfc3339("2026-11-22T12:00:00Z").expect("time").0
}

fn ask<'a>(story: &'a Story<'a>, scopes: &'a [String]) -> Ask<'a> {
    Ask { story, now: now(), params: &[], json: None, scopes, base: "" }
}

#[test]
fn every_provider_has_a_teller_and_every_stream_is_told() {
    for provider in REGISTRY {
        let teller = teller(provider).unwrap_or_else(|| panic!("{} has no teller", provider.id));
        for stream in provider.streams {
            let told = PEOPLE.iter().any(|persona| {
                let story = Story::new(persona);
                let today = persona.day_of(now());
                (0..190).any(|n| !(teller.items)(stream.id, &ask(&story, &[]), today.plus(-n)).is_empty())
            });
            assert!(told, "{} tells nothing of {}", provider.id, stream.id);
        }
    }
}

#[test]
fn nothing_is_told_twice_or_before_it_happened() {
    for provider in REGISTRY {
        let teller = teller(provider).expect("teller");
        for (persona, stream) in PEOPLE.iter().flat_map(|p| provider.streams.iter().map(move |s| (p, s))) {
            if stream.window == crate::spec::Window::Whole {
                continue;
            }
            let story = Story::new(persona);
            let today = persona.day_of(now());
            let mut seen = BTreeSet::new();
            for day in (-12..=2).map(|n| today.plus(n)) {
                let mut last = None;
                for item in (teller.items)(stream.id, &ask(&story, &[]), day) {
                    // Some items tell a clock time, and their day only in what they are wrapped in.
                    let text = format!("{} {}", item.at, item.json);
                    assert_eq!(item.day, day);
                    assert!(item.at <= now(), "{} {} tells the future", provider.id, stream.id);
                    assert!(last.is_none_or(|at| at <= item.at), "{} {}: out of order", provider.id, stream.id);
                    last = Some(item.at);
                    assert!(seen.insert(text), "{} {}: told twice", provider.id, stream.id);
                }
            }
        }
    }
}

#[test]
fn refusals_mean_to_the_engine_what_they_say() {
    for provider in REGISTRY {
        let refuse = teller(provider).expect("teller").refuse;
        for (refusal, verdict) in [
            (Refusal::InvalidToken, Verdict::Refresh),
            (Refusal::RateLimited, Verdict::Retry),
            (Refusal::ServerError, Verdict::Retry),
            (Refusal::BadParameter("start"), Verdict::Fatal),
        ] {
            let refused = refuse(refusal);
            let answer = Answer { status: refused.status, json: refused.json.as_ref() };
            assert_eq!(provider.judge(&answer), verdict, "{} {refusal:?}", provider.id);
        }
    }
}

#[test]
fn a_token_answer_is_read_back() {
    for provider in REGISTRY {
        let granted =
            Granted { access_token: "a-1", refresh_token: Some("r-1"), expires_in: 7200, scope: "x", account: "42" };
        let answer = (teller(provider).expect("teller").token)(&granted);
        let read = provider.auth.read_token(&answer).expect("a token");
        // A token that lives for a year may come without one for refreshing.
        let refreshes = answer.to_string().contains("r-1");
        assert!(refreshes || provider.auth.access_ttl_s >= 31_536_000, "{}", provider.id);
        let refresh = refreshes.then_some("r-1");
        assert_eq!((read.access_token, read.refresh_token, read.expires_in_s), ("a-1", refresh, 7200));
        if matches!(provider.auth.user_id, crate::spec::UserId::Token(_)) {
            assert_eq!(read.user_id.as_deref(), Some("42"));
        }
    }
}

#[test]
fn accounts_differ_between_people() {
    for teller in TELLERS {
        let accounts: BTreeSet<String> = PEOPLE.iter().map(teller.account).collect();
        assert_eq!(accounts.len(), PEOPLE.len());
    }
}
