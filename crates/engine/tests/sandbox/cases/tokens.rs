//! Tokens that end: by rotation, by accident, by somebody else, by the person.

use axum::body::Body;
use axum::http::Request;
use hilum_engine::enrol::LoginResult;
use hilum_engine::grant::GrantError;
use hilum_providers::spec::{ClientAuth, Provider, Rotation};
use hilum_store::connections::ConnectionState;
use hilum_store::grants::GrantState;

use super::{settled, somebody};
use crate::bed::{Bed, Link, is_asked};
use crate::browser::Press;
use crate::held::same;

/// Access tokens that live for years are never refreshed.
pub(crate) fn are_refreshed(provider: &Provider) -> bool {
    provider.auth.access_ttl_s < 31_536_000
}

/// Whether showing a refresh token twice ends the whole grant.
pub(crate) fn die_of_reuse(provider: &Provider) -> bool {
    are_refreshed(provider) && provider.auth.rotation == Rotation::Immediate
}

fn expire(bed: &Bed, provider: &Provider) {
    bed.clock.advance_ms(i64::from(provider.auth.access_ttl_s) * 1000);
}

async fn reuses(bed: &Bed) -> serde_json::Value {
    bed.stats().await["refresh_reuses"].clone()
}

pub(crate) async fn rotate(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let link = bed.connect(provider, "runner").await;
    let mut seen = Vec::new();
    for round in 1..=3 {
        expire(&bed, provider);
        let (token, generation) = bed.engine.access_token(link.human, link.id).await.expect("refreshed");
        assert_eq!(generation, round + 1);
        assert!(!seen.contains(token.expose()), "the same access token again");
        seen.push(token.expose().clone());
        // While it lives nothing is refreshed.
        let (_, again) = bed.engine.access_token(link.human, link.id).await.expect("still good");
        assert_eq!(again, generation);
    }
    bed.settle(link).await;
    let stats = bed.stats().await;
    assert_eq!(stats["refresh_reuses"], 0);
    let calls = stats["families"][0]["refresh_calls"].as_array().expect("calls").clone();
    if provider.auth.rotation == Rotation::Keep {
        assert_eq!(calls.iter().filter_map(serde_json::Value::as_u64).sum::<u64>(), 3, "{calls:?}");
    } else {
        assert_eq!(calls[..3], [1, 1, 1], "each refresh token is shown once");
    }
}

pub(crate) async fn killed_before_the_call(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let link = bed.connect(provider, "runner").await;
    expire(&bed, provider);
    // The intent is written, then the process dies.
    let until = bed.now().plus_s(60);
    assert!(bed.engine.store.begin_refresh(link.human, link.id, 1, [7; 16], until).await.expect("written"));
    assert!(matches!(bed.engine.access_token(link.human, link.id).await, Err(GrantError::NotBefore(_))));
    bed.clock.set(until);
    assert_eq!(bed.engine.access_token(link.human, link.id).await.expect("recovered").1, 2);
    assert_eq!(reuses(&bed).await, 0);
}

pub(crate) async fn answer_lost(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let persona = somebody(&bed, provider);
    let link = bed.connect(provider, persona.id).await;
    // Where a token works once, nobody knows what became of it; elsewhere it may be shown again.
    let recovers = provider.auth.rotation != Rotation::Immediate;
    expire(&bed, provider);
    // The provider has rotated, and its answer never came.
    bed.fail(persona.id, &["refresh_lost"]).await;
    let lost = bed.engine.access_token(link.human, link.id).await;
    let Err(GrantError::NotBefore(until)) = lost else { panic!("{lost:?}") };
    let grant = bed.engine.store.grant(link.human, link.id).expect("read").expect("a grant");
    assert_eq!((grant.state, grant.generation), (GrantState::Uncertain, 1));
    bed.fail(persona.id, &[]).await;
    bed.clock.set(until);
    if recovers {
        bed.settle(link).await;
        assert_eq!(bed.health(link).0, "live");
    } else {
        let at = bed.now();
        bed.drain().await;
        assert_eq!(bed.health(link), ("needs_reauth", Some("rotation_outcome_unknown".to_owned()), at));
    }
    // Once more is the only way to find out whether the call had come through.
    assert_eq!(reuses(&bed).await, u64::from(!recovers), "refresh tokens that were shown again");
}

/// Refreshes at the provider with the token that the engine holds, as a thief would.
async fn steal(bed: &Bed, link: Link) {
    let grant = bed.engine.store.grant(link.human, link.id).expect("read").expect("a grant");
    let token = grant.tokens.refresh.expect("a refresh token");
    let auth = &link.provider.auth;
    let mut form = url::form_urlencoded::Serializer::new(String::new());
    form.append_pair("grant_type", "refresh_token").append_pair("refresh_token", token.expose());
    form.extend_pairs(auth.token_params).extend_pairs(auth.refresh_params);
    let mut request = Request::post(format!("/{}/token", link.provider.id))
        .header("content-type", "application/x-www-form-urlencoded");
    match auth.client_auth {
        ClientAuth::Body => {
            form.append_pair("client_id", "hilum-test").append_pair("client_secret", "a secret");
        }
        ClientAuth::Basic => {
            use base64::Engine as _;
            let pair = base64::engine::general_purpose::STANDARD.encode("hilum-test:a%20secret");
            request = request.header("authorization", format!("Basic {pair}"));
        }
        ClientAuth::WithingsSigned => panic!("a signed call is not known to rotate at once"),
    }
    let answer = bed.send(request.body(Body::from(form.finish())).expect("a request")).await;
    assert_eq!(answer.status(), 200, "the thief is served");
}

pub(crate) async fn shown_by_somebody_else(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let persona = somebody(&bed, provider);
    let link = bed.connect(provider, persona.id).await;
    expire(&bed, provider);
    steal(&bed, link).await;
    let at = bed.now();
    bed.run_s(3600).await;
    // The engine showed the token that was used up; the provider ended the family, thief and all.
    assert_eq!(reuses(&bed).await, 1);
    assert_eq!(bed.stats().await["families"][0]["revoked"], true);
    let (word, reason, since) = bed.health(link);
    assert_eq!((word, reason.as_deref()), ("needs_reauth", Some("revoked")));
    assert!(since >= at && since <= bed.now(), "{since}");
    let asked = bed.asked(provider, None).await;
    bed.run_s(86_400).await;
    assert_eq!(bed.asked(provider, None).await, asked, "nothing is asked for with a dead grant");
    assert_eq!(reuses(&bed).await, 1, "nor refreshed");
}

pub(crate) async fn endpoint_unwell(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let link = bed.connect(provider, "runner").await;
    for failure in ["token_500", "token_html", "token_garbage", "token_rate_limited"] {
        let (_, before) = bed.engine.access_token(link.human, link.id).await.expect("fresh");
        expire(&bed, provider);
        bed.fail("runner", &[failure]).await;
        for _ in 0..5 {
            let result = bed.engine.access_token(link.human, link.id).await;
            let Err(GrantError::NotBefore(until)) = result else { panic!("{failure}: {result:?}") };
            assert_eq!(bed.row(link).state, ConnectionState::Live, "{failure}");
            bed.clock.set(until);
        }
        bed.fail("runner", &[]).await;
        let (_, generation) = bed.engine.access_token(link.human, link.id).await.expect("recovered");
        assert_eq!(generation, before + 1, "{failure}");
    }
}

pub(crate) async fn end_early(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let persona = somebody(&bed, provider);
    let link = bed.connect(provider, persona.id).await;
    bed.fail(persona.id, &["expired_access"]).await;
    bed.fail(persona.id, &[]).await;
    if are_refreshed(provider) {
        bed.settle(link).await;
        assert_eq!(bed.health(link).0, "live");
        assert_eq!(reuses(&bed).await, 0);
    } else {
        // Where nothing can be refreshed, only the person can mend it.
        let at = bed.now();
        bed.drain().await;
        let (word, reason, since) = bed.health(link);
        assert_eq!((word, reason.is_some(), since), ("needs_reauth", true, at));
    }
}

pub(crate) async fn revoked_there(provider: &'static Provider) {
    let (bed, person, link, persona) = settled(provider).await;
    let today = persona.day_of(bed.now());
    let (held, records) = (bed.contents(person.human, today), bed.all_records(person.human));
    assert!(!records.is_empty() || !held.is_empty());
    bed.fail(persona.id, &["revoked"]).await;
    bed.fail(persona.id, &[]).await;
    let at = bed.now();
    if is_asked(provider) {
        bed.nudge(link).await;
        bed.run_s(7200).await;
    } else {
        // Nothing is asked for any more: the next refresh finds out.
        bed.run_s(i64::from(provider.auth.access_ttl_s) + 7 * 86_400).await;
    }
    let (word, reason, since) = bed.health(link);
    assert_eq!(word, "needs_reauth");
    let reason = reason.expect("why");
    assert!(["revoked", "access_refused", "expired"].contains(&reason.as_str()), "{reason}");
    assert!(since >= at && since <= bed.now());
    same(&bed.contents(person.human, today), &held, "data stay");
    // The person comes back, and everything keeps its id.
    let page = bed.open(Some(&person)).await;
    assert_eq!(bed.login(&page, provider, Some(link), Press::allow(persona.id)).await, LoginResult::Connected);
    assert_eq!(bed.done(&page).await.expect("something to hand over").human, person.human);
    assert_eq!(bed.ids(person.human, provider), [link.id], "the same connection");
    bed.settle(link).await;
    assert_eq!(bed.health(link).0, "live");
    let now = bed.all_records(person.human);
    for old in &records {
        let kept = now.iter().find(|row| row.id == old.id && row.record.body.kind() == old.record.body.kind());
        let kept = kept.unwrap_or_else(|| panic!("{:?} {} lost its id", old.record.body.kind(), old.record.key));
        assert_eq!(kept.created_at, old.created_at);
    }
    same(&bed.contents(person.human, today), &held, "after the renewal");
}
