//! Rotation, expiry, revocation.

use hilum_providers::spec::{Request, Verdict};
use hilum_providers::{REGISTRY, spec};
use serde_json::json;

use crate::bed::{Bed, Tokens, provider, refreshes, renewed, tokens};

/// A small data call.
fn small(provider: &spec::Provider) -> Request {
    let day = hilum_model::Day::parse("2026-11-20").expect("day");
    provider.streams[0].request(day, day)
}

async fn alive(bed: &Bed, provider: &spec::Provider, tokens: &Tokens) -> Verdict {
    bed.data(provider, &tokens.access, &small(provider)).await.verdict(provider)
}

#[tokio::test]
async fn access_tokens_end_after_their_time_and_refreshing_helps() {
    let bed = Bed::start().await;
    for provider in REGISTRY.iter().copied().filter(|p| refreshes(p)) {
        let first = bed.connect(provider, "runner").await;
        assert_eq!(alive(&bed, provider, &first).await, Verdict::Ok);
        bed.clock.advance_ms(i64::from(provider.auth.access_ttl_s) * 1000);
        assert_eq!(alive(&bed, provider, &first).await, Verdict::Refresh);
        let second = renewed(provider, &bed.refresh(provider, &first.refresh).await, &first);
        assert_eq!(alive(&bed, provider, &second).await, Verdict::Ok);
        let nobody = Tokens { access: "made up".into(), refresh: String::new() };
        assert_eq!(alive(&bed, provider, &nobody).await, Verdict::Refresh);
    }
}

#[tokio::test]
async fn a_race_at_oura_kills_the_grant_and_shows_in_the_counts() {
    let bed = Bed::start().await;
    let oura = provider("oura");
    let first = bed.connect(oura, "runner").await;
    let second = tokens(oura, &bed.refresh(oura, &first.refresh).await);
    assert_eq!(bed.stats().await["families"][0]["refresh_calls"], json!([1, 0]));
    let again = bed.refresh(oura, &first.refresh).await;
    assert_eq!((again.status, &again.json()["error"]), (400, &"invalid_grant".into()));
    assert_eq!(alive(&bed, oura, &second).await, Verdict::Refresh);
    assert_eq!(bed.refresh(oura, &second.refresh).await.status, 400);
    let stats = bed.stats().await;
    assert_eq!(stats["refresh_reuses"], 1);
    assert_eq!(stats["families"][0]["refresh_calls"], json!([2, 1]));
    assert_eq!(stats["families"][0]["revoked"], true);
    assert_eq!(stats["requests"]["oura refresh"], 3);
}

#[tokio::test]
async fn withings_forgives_until_the_new_token_is_used() {
    let bed = Bed::start().await;
    let withings = provider("withings");
    let first = bed.connect(withings, "runner").await;
    let lost = tokens(withings, &bed.refresh(withings, &first.refresh).await);
    bed.clock.advance_ms(60_000);
    let second = tokens(withings, &bed.refresh(withings, &first.refresh).await);
    assert_eq!(alive(&bed, withings, &second).await, Verdict::Ok);
    let refused = bed.refresh(withings, &first.refresh).await;
    assert_eq!(refused.json()["status"], 503);
    assert_eq!(refused.json()["error"], "Invalid Params: invalid refresh_token");
    assert_eq!(alive(&bed, withings, &second).await, Verdict::Ok, "nothing else dies of it");
    assert_ne!(lost.refresh, second.refresh);

    let third = tokens(withings, &bed.refresh(withings, &second.refresh).await);
    bed.clock.advance_ms(8 * 3600 * 1000);
    assert_eq!(bed.refresh(withings, &second.refresh).await.json()["status"], 503, "eight hours are over");
    tokens(withings, &bed.refresh(withings, &third.refresh).await);
}

#[tokio::test]
async fn revocation_ends_a_grant() {
    let bed = Bed::start().await;
    let oura = provider("oura");
    let made = bed.connect(oura, "runner").await;
    let other = bed.connect(oura, "cuff").await;
    let url = format!("{}/oura/api/oauth/revoke", bed.base);
    let revoke = || bed.send(bed.http.post(&url).query(&[("access_token", &made.access)]));
    assert_eq!(revoke().await.status, 200);
    assert_eq!(revoke().await.status, 401, "it is dead already");
    assert_eq!(alive(&bed, oura, &made).await, Verdict::Refresh);
    assert_eq!(bed.refresh(oura, &made.refresh).await.status, 400);
    assert_eq!(alive(&bed, oura, &other).await, Verdict::Ok);

    let withings = provider("withings");
    let code = bed.code(withings, "traveller").await;
    let reply = bed.token(withings, &crate::bed::exchange(&code)).await;
    let account = withings.auth.read_token(reply.json()).and_then(|t| t.user_id).expect("an account");
    let made = tokens(withings, &reply);
    let mut form = vec![("action".to_owned(), "revoke".to_owned()), ("userid".to_owned(), account)];
    let url = format!("{}/withings/api/v2/oauth2", bed.base);
    let unsigned = bed.send(bed.http.post(&url).form(&form)).await;
    assert_eq!(unsigned.json()["status"], 503);
    form.extend(bed.signed("revoke").await);
    assert_eq!(bed.send(bed.http.post(&url).form(&form)).await.json()["status"], 0);
    assert_eq!(alive(&bed, withings, &made).await, Verdict::Refresh);
    assert_eq!(bed.stats().await["requests"]["withings revoke"], 2);
}

#[tokio::test]
async fn grants_outlive_a_restart_where_that_is_asked_for() {
    let (before, strict) = (Bed::start().await, Bed::start().await);
    let after = Bed::with(|config| config.adopt = true).await;
    for provider in REGISTRY.iter().copied().filter(|p| refreshes(p)) {
        let made = before.connect(provider, "cuff").await;
        assert_eq!(alive(&after, provider, &made).await, Verdict::Refresh, "access tokens do not outlive it");
        let refused = strict.refresh(provider, &made.refresh).await;
        assert!(provider.auth.read_token(refused.json()).is_none(), "{}", refused.text);
        let again = renewed(provider, &after.refresh(provider, &made.refresh).await, &made);
        assert_eq!(alive(&after, provider, &again).await, Verdict::Ok);
    }
}
