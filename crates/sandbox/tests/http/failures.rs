//! Each switch does what it says, to whom it is set, and no longer than it is on.

use std::time::Duration;

use hilum_model::Day;
use hilum_providers::spec::{Provider, Verdict};
use hilum_providers::{REGISTRY, spec};
use serde_json::Value;

use crate::bed::{Bed, Reply, Tokens, exchange, provider, query, refreshes, renewed, tokens};

async fn call(bed: &Bed, provider: &Provider, tokens: &Tokens) -> Reply {
    let day = Day::parse("2026-11-20").expect("day");
    bed.data(provider, &tokens.access, &provider.streams[0].request(day, day)).await
}

#[tokio::test]
async fn data_calls_fail_in_each_way() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let (nora, other) = (bed.connect(provider, "runner").await, bed.connect(provider, "cuff").await);
        for (failure, verdict) in [
            ("rate_limited", Verdict::Retry),
            ("server_error", Verdict::Retry),
            ("garbage", Verdict::Retry),
            ("html", Verdict::Retry),
            ("truncated", Verdict::Retry),
            ("empty_204", Verdict::Retry),
        ] {
            bed.fail("runner", &[failure]).await;
            let reply = call(&bed, provider, &nora).await;
            // Some say "nothing" by 204, and mean it.
            let said_nothing = failure == "empty_204" && reply.verdict(provider) == Verdict::Ok;
            let as_told = said_nothing || reply.verdict(provider) == verdict;
            assert!(as_told, "{} {failure}: {:?} {}", provider.id, reply.verdict(provider), reply.text);
            assert_eq!(call(&bed, provider, &other).await.verdict(provider), Verdict::Ok, "only the runner's fail");
        }
        bed.fail("runner", &["wrong_scope"]).await;
        let refused = call(&bed, provider, &nora).await.verdict(provider);
        let told = [Verdict::ScopeMissing, Verdict::Refresh, Verdict::Reauthorise].contains(&refused);
        assert!(told, "{} {refused:?}", provider.id);
        bed.fail("runner", &[]).await;
        assert_eq!(call(&bed, provider, &nora).await.verdict(provider), Verdict::Ok);
    }
}

#[tokio::test]
async fn a_rate_limit_in_http_tells_how_long_to_wait() {
    let bed = Bed::start().await;
    let oura = provider("oura");
    let made = bed.connect(oura, "runner").await;
    bed.fail("runner", &["rate_limited"]).await;
    let reply = call(&bed, oura, &made).await;
    assert_eq!((reply.status, reply.text.as_str()), (429, ""));
    assert_eq!(reply.headers["retry-after"], "300");
}

#[tokio::test]
async fn token_calls_fail_without_using_anything_up() {
    let bed = Bed::start().await;
    for provider in REGISTRY.iter().copied().filter(|p| refreshes(p)) {
        let code = bed.code(provider, "runner").await;
        for failure in ["token_500", "token_html", "token_garbage", "token_rate_limited"] {
            bed.fail("runner", &[failure]).await;
            let reply = bed.token(provider, &exchange(&code)).await;
            let told = reply.json.as_ref().and_then(|j| provider.auth.read_token(j));
            assert!(told.is_none(), "{} {failure}: {}", provider.id, reply.text);
        }
        bed.fail("runner", &[]).await;
        let made = tokens(provider, &bed.token(provider, &exchange(&code)).await);
        bed.fail("runner", &["token_500"]).await;
        assert_eq!(bed.refresh(provider, &made.refresh).await.status, 500);
        bed.fail("runner", &[]).await;
        renewed(provider, &bed.refresh(provider, &made.refresh).await, &made);
    }
}

/// A refresh, to be sent.
fn refreshing(bed: &Bed, made: &Tokens) -> reqwest::RequestBuilder {
    let form = [
        ("grant_type", "refresh_token"),
        ("refresh_token", &made.refresh),
        ("client_id", crate::bed::CLIENT),
        ("client_secret", crate::bed::SECRET),
    ];
    bed.http.post(format!("{}/oura/token", bed.base)).form(&form)
}

/// The refresh has happened: its token is used up although nobody has the new one.
async fn has_happened(bed: &Bed, made: &Tokens) {
    bed.fail("runner", &[]).await;
    assert_eq!(bed.stats().await["families"][0]["refresh_calls"], serde_json::json!([1, 0]));
    assert_eq!(bed.refresh(provider("oura"), &made.refresh).await.status, 400);
}

#[tokio::test]
async fn a_refresh_whose_answer_breaks_has_happened() {
    let bed = Bed::start().await;
    let made = bed.connect(provider("oura"), "runner").await;
    bed.fail("runner", &["refresh_lost"]).await;
    let body = match refreshing(&bed, &made).send().await {
        Ok(response) => response.bytes().await,
        Err(error) => Err(error),
    };
    assert!(body.is_err(), "the answer is whole: {body:?}");
    has_happened(&bed, &made).await;
}

#[tokio::test]
async fn a_refresh_whose_answer_does_not_come_has_happened() {
    let bed = Bed::start().await;
    let made = bed.connect(provider("oura"), "runner").await;
    bed.fail("runner", &["refresh_timeout"]).await;
    let waiting = tokio::spawn(refreshing(&bed, &made).send());
    while bed.stats().await["families"][0]["refresh_calls"] != serde_json::json!([1, 0]) {
        tokio::task::yield_now().await;
    }
    assert!(!waiting.is_finished());
    waiting.abort();
    has_happened(&bed, &made).await;
}

#[tokio::test]
async fn slow_answers_come() {
    let bed = Bed::with(|config| config.slow = Duration::from_millis(1)).await;
    let oura = provider("oura");
    bed.fail("*", &["slow"]).await;
    let made = bed.connect(oura, "runner").await;
    assert_eq!(call(&bed, oura, &made).await.status, 200);
}

#[tokio::test]
async fn expired_and_revoked_act_when_they_are_switched_on() {
    let bed = Bed::start().await;
    for provider in REGISTRY.iter().copied().filter(|p| refreshes(p)) {
        let made = bed.connect(provider, "runner").await;
        bed.fail("runner", &["expired_access"]).await;
        assert_eq!(call(&bed, provider, &made).await.verdict(provider), Verdict::Refresh);
        let new = renewed(provider, &bed.refresh(provider, &made.refresh).await, &made);
        assert_eq!(call(&bed, provider, &new).await.verdict(provider), Verdict::Ok, "new ones live");

        bed.fail("runner", &["revoked"]).await;
        assert_eq!(call(&bed, provider, &new).await.verdict(provider), Verdict::Refresh);
        let refused = bed.refresh(provider, &new.refresh).await;
        assert!(provider.auth.read_token(refused.json()).is_none());
        let again = bed.connect(provider, "runner").await;
        assert_eq!(call(&bed, provider, &again).await.verdict(provider), Verdict::Ok, "a new consent works");
        bed.fail("runner", &[]).await;
    }
}

/// What a stream says of 2026-11-21, yesterday.
async fn yesterday(bed: &Bed, provider: &Provider, tokens: &Tokens, stream: &str) -> Value {
    let day = Day::parse("2026-11-21").expect("day");
    let request = provider.stream(stream).expect("stream").request(day, day);
    let reply = bed.data(provider, &tokens.access, &request).await;
    let body = reply.json().get("body").unwrap_or(reply.json()).clone();
    let list = ["data", "series", "activities"].iter().find_map(|n| body.get(*n)?.as_array().cloned());
    let is_it = |item: &Value| item.get("day").or_else(|| item.get("date")).is_some_and(|d| d == "2026-11-21");
    list.expect("a list").into_iter().find(is_it).expect("yesterday")
}

#[tokio::test]
async fn a_late_correction_changes_yesterday_and_says_so() {
    let bed = Bed::start().await;
    let (withings, oura) = (provider("withings"), provider("oura"));
    let (w, o) = (bed.connect(withings, "runner").await, bed.connect(oura, "runner").await);
    let before = [
        yesterday(&bed, withings, &w, "activity").await,
        yesterday(&bed, withings, &w, "sleep").await,
        yesterday(&bed, oura, &o, "daily_activity").await,
        yesterday(&bed, oura, &o, "sleep").await,
    ];
    bed.clock.advance_ms(60_000);
    bed.fail("runner", &["late_correction"]).await;
    let after = [
        yesterday(&bed, withings, &w, "activity").await,
        yesterday(&bed, withings, &w, "sleep").await,
        yesterday(&bed, oura, &o, "daily_activity").await,
        yesterday(&bed, oura, &o, "sleep").await,
    ];
    let change = |nth: usize, pointer: &str| {
        let read = |v: &Value| v.pointer(pointer).and_then(Value::as_i64).unwrap_or_else(|| panic!("{pointer}: {v}"));
        read(&after[nth]) - read(&before[nth])
    };
    assert_eq!((change(0, "/steps"), change(2, "/steps")), (1_200, 1_200));
    assert_eq!((change(1, "/data/total_sleep_time"), change(3, "/total_sleep_duration")), (-900, -900));
    assert!(change(0, "/modified") > 0 && change(1, "/modified") > 0);
    for (a, b) in before.iter().zip(&after) {
        assert_eq!(a.get("id"), b.get("id"), "the same records");
    }
}

#[tokio::test]
async fn endless_pages_repeat_the_last_one_and_can_be_noticed() {
    let bed = Bed::start().await;
    let oura = provider("oura");
    let made = bed.connect(oura, "runner").await;
    bed.fail("runner", &["endless_pages"]).await;
    let day = Day::parse("2026-11-20").expect("day");
    let stream = oura.stream("workout").expect("stream");
    let first = stream.request(day, day);
    let reply = bed.data(oura, &made.access, &first).await;
    let second = stream.next_page(&first, reply.json()).expect("it says that there is more");
    let repeated = bed.data(oura, &made.access, &second).await;
    assert_eq!(repeated.json(), reply.json());
    assert_eq!(stream.next_page(&second, repeated.json()), None);
}

#[tokio::test]
async fn the_consent_page_can_sever_its_opener_and_be_unwell() {
    let bed = Bed::start().await;
    let oura = provider("oura");
    let page = bed.authorize_url(oura, &["daily"], &[]);
    bed.fail("*", &["coop_same_origin", "consent_unavailable"]).await;
    let shown = bed.send(bed.http.get(page.clone())).await;
    assert_eq!(shown.headers["cross-origin-opener-policy"], "same-origin");
    let back = bed.press(&page, "allow", "runner", &["daily"]).await;
    assert_eq!(query(&back, "error").as_deref(), Some("temporarily_unavailable"));

    let severed = Bed::with(|config| config.failures = [hilum_sandbox::Failure::CoopSameOrigin].into()).await;
    let shown = severed.send(severed.http.get(severed.authorize_url(oura, &["daily"], &[]))).await;
    assert_eq!(shown.headers["cross-origin-opener-policy"], "same-origin");
}

#[tokio::test]
async fn a_switch_can_be_for_one_provider() {
    let bed = Bed::start().await;
    let (withings, oura) = (provider("withings"), provider("oura"));
    let (w, o) = (bed.connect(withings, "runner").await, bed.connect(oura, "runner").await);
    let body = serde_json::json!({"failures": ["html"], "provider": "oura"});
    bed.send(bed.http.post(format!("{}/_control/personas/runner", bed.base)).json(&body)).await;
    let verdict = async |p: &spec::Provider, t: &Tokens| call(&bed, p, t).await.verdict(p);
    assert_eq!(verdict(oura, &o).await, Verdict::Retry);
    assert_eq!(verdict(withings, &w).await, Verdict::Ok);
}
