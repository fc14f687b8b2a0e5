//! From the Connect page to the first data, and what a person can say no to.

use std::collections::{BTreeMap, BTreeSet};

use hilum_engine::enrol::{EnrolError, Failure, LoginResult};
use hilum_engine::grant::GrantError;
use hilum_model::Observation;
use hilum_providers::persona::{PEOPLE, Story};
use hilum_providers::sandbox::{Refusal, teller};
use hilum_providers::spec::{Answer, Provider, Verdict, Window};
use hilum_store::connections::ConnectionState;

use super::{settled, somebody};
use crate::bed::{Bed, Link};
use crate::browser::Press;
use crate::told;

/// Scopes that open a stream each, two or more.
pub(crate) fn has_scopes(provider: &Provider) -> bool {
    stream_scopes(provider).len() >= 2
}

fn stream_scopes(provider: &Provider) -> BTreeSet<&'static str> {
    provider.streams.iter().map(|stream| stream.scope).filter(|scope| !scope.is_empty()).collect()
}

pub(crate) fn has_regions(provider: &Provider) -> bool {
    !provider.regions.is_empty()
}

pub(crate) async fn connects_and_reads(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let (persona, began) = (somebody(&bed, provider), bed.now());
    let (person, link) = bed.enrol(provider, Press::allow(persona.id)).await;
    let row = bed.row(link);
    assert_eq!((row.state, row.pending, row.question), (ConnectionState::Live, None, false));
    assert_eq!(row.scopes, provider.scopes());
    assert_eq!(row.region.as_deref(), provider.regions.first().map(|region| region.id));
    assert_eq!((row.synced_at, bed.cursors(link)), (None, Vec::new()), "data were fetched before the first job ran");
    bed.settle(link).await;
    assert_eq!(bed.health(link).0, "live");
    assert!(bed.row(link).synced_at.is_some());
    assert_eq!(bed.row(link).fault, None);
    // Everything that the person had to tell on whole days is there.
    let today = persona.day_of(began);
    let (story, days) = (Story::new(persona), (bed.known_since().plus(1), today.plus(-1)));
    let records: BTreeSet<_> =
        bed.all_records(person.human).into_iter().map(|row| (row.record.body.kind(), row.record.key)).collect();
    let samples: BTreeSet<_> =
        bed.all_samples(person.human).iter().map(|sample| (sample.series.metric.name(), sample.start)).collect();
    let mut seen = 0;
    for stream in provider.streams.iter().filter(|stream| stream.window != Window::Whole) {
        for observation in told::batch(provider, stream, &story, began, days).observations {
            let kept = match &observation {
                Observation::Record(record) => records.contains(&(record.body.kind(), record.key.clone())),
                Observation::Sample(sample) => samples.contains(&(sample.metric.name(), sample.start)),
                Observation::Deleted { .. } => continue,
            };
            assert!(kept, "{}: told, and not stored: {observation:?}", stream.id);
            seen += 1;
        }
    }
    assert!(seen > 0, "nothing was told");
}

pub(crate) async fn denied(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let page = bed.open(None).await;
    let press = Press { decision: "deny", ..Press::allow("runner") };
    assert_eq!(bed.login(&page, provider, None, press).await, LoginResult::Failed(Failure::Denied));
    let states: Vec<_> = bed.engine.list_sources(page.expose()).expect("a page").2;
    let shown = states.iter().find(|view| view.face.id == provider.id).expect("on offer");
    assert_eq!(shown.state, hilum_engine::enrol::SourceState::Failed(Failure::Denied));
    assert!(bed.done(&page).await.is_none(), "there is nothing to hand over");
    bed.drain().await;
    assert_eq!(bed.stats().await["families"], serde_json::json!([]), "no grant was made");
    assert_eq!(bed.asked(provider, None).await, 0);
    // The same page later: the person has thought again.
    let page = bed.open(None).await;
    assert_eq!(bed.login(&page, provider, None, Press::allow("runner")).await, LoginResult::Connected);
}

pub(crate) async fn code_comes_twice(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let page = bed.open(None).await;
    let started = bed.start(&page, provider, None).await;
    let back = bed.press(provider, &started, Press::allow("runner")).await.expect("sent back");
    assert_eq!(bed.land(provider, &started, &back).await.expect("a landing").result, LoginResult::Connected);
    // The callback once more: refused before the provider hears of it.
    let again = bed.land(provider, &started, &back).await;
    assert!(matches!(again, Err(EnrolError::LoginExpired)), "{again:?}");
    assert_eq!(bed.stats().await["code_replays"], 0);
    let person = bed.done(&page).await.expect("something to hand over");
    assert_eq!(bed.ids(person.human, provider).len(), 1);
    // The code itself, past our guard: the provider refuses it, and that is told as a refusal.
    let config = bed.engine.config.provider(provider.id).expect("offered");
    let config = config.at(provider.regions.first().map(|region| region.id)).expect("a region");
    let code = hilum_model::Secret::new(back["code"].clone());
    let verifier = hilum_model::Secret::new("another".to_owned());
    let replayed = bed.engine.exchange_code(&config, &code, &verifier, None).await;
    assert!(
        matches!(replayed, Err(ref error) if !matches!(error, GrantError::Store(_) | GrantError::Unclear)),
        "{replayed:?}"
    );
    bed.drain().await;
    let row = &bed.engine.store.connections(person.human).expect("read")[0];
    assert_eq!(row.state, ConnectionState::Live, "the connection goes on");
}

pub(crate) async fn scopes_left_out(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let persona = somebody(&bed, provider);
    let mut connected = 0;
    for left_out in stream_scopes(provider) {
        let before: BTreeMap<&str, u64> = asked_by_stream(&bed, provider).await;
        let kept: Vec<&str> = provider.scopes().into_iter().filter(|scope| *scope != left_out).collect();
        let (page, press) = (bed.open(None).await, Press { scopes: Some(&kept), ..Press::allow(persona.id) });
        if bed.login(&page, provider, None, press).await != LoginResult::Connected {
            // Without it the account can not be told.
            assert!(provider.auth.user_id_request().is_some(), "refused without {left_out}");
            assert!(bed.done(&page).await.is_none());
            continue;
        }
        connected += 1;
        let person = bed.done(&page).await.expect("something to hand over");
        let link = Link { provider, human: person.human, id: bed.ids(person.human, provider)[0] };
        assert!(!bed.row(link).scopes.iter().any(|scope| scope == left_out), "{:?}", bed.row(link).scopes);
        bed.settle(link).await;
        let known: BTreeSet<String> = bed.cursors(link).into_iter().map(|cursor| cursor.stream).collect();
        let after = asked_by_stream(&bed, provider).await;
        for stream in provider.streams {
            let refused = stream.scope == left_out;
            assert_eq!(known.contains(stream.id), !refused, "{}: read or not", stream.id);
            assert!(!refused || after[stream.id] == before[stream.id], "{}: asked for without its scope", stream.id);
        }
        let (word, reason, _) = bed.health(link);
        assert_eq!((word, reason.as_deref()), ("live", Some("scope_missing")));
    }
    assert!(connected > 0);
}

async fn asked_by_stream(bed: &Bed, provider: &'static Provider) -> BTreeMap<&'static str, u64> {
    let mut all = BTreeMap::new();
    for stream in provider.streams {
        all.insert(stream.id, bed.asked(provider, Some(stream.id)).await);
    }
    all
}

/// Whether the provider says of a request that its scope is missing, and not only that it is refused.
pub(crate) fn are_told(provider: &Provider) -> bool {
    let refused = (teller(provider).expect("a teller").refuse)(Refusal::ScopeMissing);
    let answer = Answer { status: refused.status, json: refused.json.as_ref() };
    provider.judge(&answer) == Verdict::ScopeMissing
}

/// The provider says only when it is asked that a scope is missing.
pub(crate) async fn scope_taken_away(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let persona = somebody(&bed, provider);
    let link = bed.connect(provider, persona.id).await;
    bed.fail(persona.id, &["wrong_scope"]).await;
    // Orders for the past go out one after the other.
    bed.run_s(3600).await;
    assert_eq!(bed.cursors(link), [], "a cursor moved over nothing");
    let (word, reason, _) = bed.health(link);
    assert_eq!((word, reason.as_deref()), ("live", Some("scope_missing")));
    let asked = bed.asked(provider, None).await;
    bed.run_s(6 * 3600).await;
    assert_eq!(bed.asked(provider, None).await, asked, "asked again at once");
    bed.fail(persona.id, &[]).await;
    bed.run_s(86_400).await;
    bed.settle(link).await;
    assert_eq!(bed.health(link).1, None, "granted after all");
}

pub(crate) async fn another_region(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let page = bed.open(None).await;
    let nowhere = bed.engine.start_login(page.expose(), provider.id, None, None).await;
    assert!(matches!(nowhere, Err(EnrolError::RegionNeeded)), "{nowhere:?}");
    bed.fail("runner", &["wrong_region"]).await;
    let started = bed.start(&page, provider, None).await;
    assert!(bed.press(provider, &started, Press::allow("runner")).await.is_none(), "nobody is sent back");
    assert!(bed.done(&page).await.is_none(), "nothing is connected");
    bed.fail("runner", &[]).await;
    for region in provider.regions {
        let page = bed.open(None).await;
        let started = bed.engine.start_login(page.expose(), provider.id, Some(region.id), None).await.expect("a login");
        let back = bed.press(provider, &started, Press::allow("runner")).await.expect("sent back");
        assert_eq!(bed.land(provider, &started, &back).await.expect("a landing").result, LoginResult::Connected);
        let person = bed.done(&page).await.expect("something to hand over");
        let rows = bed.engine.store.connections(person.human).expect("read");
        assert_eq!(rows[0].region.as_deref(), Some(region.id));
    }
}

pub(crate) async fn renewed_by_another_account(provider: &'static Provider) {
    let (bed, person, link, persona) = settled(provider).await;
    let other = PEOPLE.iter().find(|one| one.id != persona.id).expect("five people");
    for agrees in [false, true] {
        let page = bed.open(Some(&person)).await;
        assert_eq!(bed.login(&page, provider, Some(link), Press::allow(other.id)).await, LoginResult::Connected);
        let (session, ..) = bed.engine.list_sources(page.expose()).expect("a page");
        let pending = bed.engine.store.pending_connections(session.session_id).expect("read");
        assert!(pending.len() == 1 && pending[0].question, "it is asked");
        if agrees {
            let id = pending[0].connection_id.to_string();
            bed.engine.agree_to_account(page.expose(), &id).await.expect("agreed");
        }
        let handed = bed.done(&page).await;
        assert_eq!(handed.is_some(), agrees);
        // No answer is no.
        assert_eq!(bed.ids(person.human, provider).len(), if agrees { 2 } else { 1 });
        assert_eq!(bed.row(link).state, ConnectionState::Live, "the first one is as it was");
    }
}

pub(crate) async fn disconnected(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let link = bed.connect(provider, "runner").await;
    bed.engine.disconnect(link.human, link.id).await.expect("disconnected");
    bed.drain().await;
    let stats = bed.stats().await;
    assert_eq!(stats["families"][0]["revoked"], provider.auth.revoke.is_some());
    // Also where revocations go to another host than data.
    let calls = stats["requests"][format!("{} revoke", provider.id)].as_u64().unwrap_or(0);
    assert_eq!(calls, u64::from(provider.auth.revoke.is_some()), "calls to revoke");
    assert_eq!(bed.engine.store.next_due().expect("read"), None, "a job is left");
}
