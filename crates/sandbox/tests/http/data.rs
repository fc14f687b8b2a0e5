//! Windows, pages, scopes, limits.

use hilum_model::Day;
use hilum_providers::REGISTRY;
use hilum_providers::spec::{Clock, Page, Provider, Stream, Verdict, Window};
use hilum_sandbox::Rate;
use serde_json::Value;

use crate::bed::{Bed, provider, query};

fn day(text: &str) -> Day {
    Day::parse(text).expect(text)
}

/// Every item of every page from `from` to `to`, and the number of pages.
async fn fetch(bed: &Bed, token: &str, of: (&Provider, &Stream), from: Day, to: Day) -> (Vec<String>, usize) {
    let (provider, stream) = of;
    let mut request = Some(stream.request(from, to));
    let (mut all, mut pages) = (Vec::new(), 0);
    while let Some(asked) = request {
        let reply = bed.data(provider, token, &asked).await;
        assert_eq!(reply.verdict(provider), Verdict::Ok, "{} {}: {}", provider.id, stream.id, reply.text);
        pages += 1;
        // Some say "nothing" without a body.
        if reply.status == 204 {
            break;
        }
        all.extend(items(reply.json()));
        assert!(pages < 5_000, "{} {} never ends", provider.id, stream.id);
        request = stream.next_page(&asked, reply.json());
    }
    (all, pages)
}

/// The items of an answer, whatever they are wrapped in: the longest list, or map of objects, that it holds; the whole
/// answer if it holds none.
fn items(answer: &Value) -> Vec<String> {
    let list = |value: &Value| match value {
        // Some leave out lists that are empty.
        Value::Object(map) if map.is_empty() => Some(Vec::new()),
        Value::Array(list) => Some(list.iter().map(Value::to_string).collect::<Vec<_>>()),
        Value::Object(map) if !map.is_empty() && map.values().all(Value::is_object) => {
            Some(map.iter().map(|(key, value)| format!("{key}: {value}")).collect())
        }
        _ => None,
    };
    let body = answer.get("body").unwrap_or(answer);
    let within = body.as_object().into_iter().flatten().filter_map(|(_, value)| list(value)).max_by_key(Vec::len);
    list(body).or(within).unwrap_or_else(|| vec![body.to_string()])
}

#[tokio::test]
async fn pages_cover_a_window_exactly_once() {
    let small = Bed::with(|config| config.page_items = Some(7)).await;
    let whole = Bed::with(|config| config.page_items = Some(1_000_000)).await;
    for provider in REGISTRY {
        let (paged, single) = (small.connect(provider, "cuff").await, whole.connect(provider, "cuff").await);
        for stream in provider.streams {
            let days = match stream.window {
                Window::Range { max_days, .. } => i32::from(max_days.min(9)),
                Window::Since { .. } => 9,
                Window::Whole | Window::OneDay { .. } | Window::NewestFirst | Window::Recent => 1,
                // Nobody asks for these.
                Window::Pushed => continue,
            };
            let (to, from) = (day("2026-11-22"), day("2026-11-22").plus(1 - days));
            let (a, pages) = fetch(&small, &paged.access, (provider, stream), from, to).await;
            let (b, one) = fetch(&whole, &single.access, (provider, stream), from, to).await;
            // A list without a window tells the whole history, in pages as long as the client says.
            let windowless = stream.window == Window::NewestFirst;
            assert!(one == 1 || windowless, "{} {}: {one} pages", provider.id, stream.id);
            // Links lead back to the sandbox that was asked.
            let plain =
                |told: &[String], bed: &Bed| told.iter().map(|item| item.replace(&bed.base, "")).collect::<Vec<_>>();
            assert_eq!(plain(&a, &small), plain(&b, &whole), "{} {}", provider.id, stream.id);
            let least = match stream.page {
                Page::Single => 1,
                Page::Token { .. } | Page::OffsetMore { .. } => b.len().div_ceil(7).max(1),
                // The client says the size, and a full page leads to one more.
                Page::Number { size, .. } | Page::Offset { size, .. } => b.len() / usize::from(size) + 1,
            };
            assert_eq!(pages, least, "{} {}", provider.id, stream.id);
        }
    }
}

#[tokio::test]
async fn ordinary_pages_are_small_enough_to_turn() {
    let bed = Bed::start().await;
    for (provider, stream) in [("oura", "daily_activity"), ("oura", "heartrate"), ("withings", "measures")] {
        let provider = provider_of(provider);
        let stream = provider.stream(stream).expect("a stream");
        let made = bed.connect(provider, "cuff").await;
        let Window::Range { max_days, .. } = stream.window else { panic!("has a window") };
        let to = day("2026-11-22");
        let (_, pages) = fetch(&bed, &made.access, (provider, stream), to.plus(1 - i32::from(max_days)), to).await;
        assert!(pages > 1, "{} {}", provider.id, stream.id);
    }
}

fn provider_of(id: &str) -> &'static Provider {
    provider(id)
}

#[tokio::test]
async fn neighbouring_windows_tell_what_one_window_tells() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let made = bed.connect(provider, "traveller").await;
        let (mut windows, mut told) = (0, 0);
        for stream in provider.streams {
            let Window::Range { max_days, clock, .. } = stream.window else { continue };
            let days = i32::from(max_days.min(10));
            let (from, middle, to) =
                (day("2026-10-20"), day("2026-10-20").plus(days / 2), day("2026-10-20").plus(days - 1));
            if days < 2 {
                continue;
            }
            let mut parts = fetch(&bed, &made.access, (provider, stream), from, middle.plus(-1)).await.0;
            parts.extend(fetch(&bed, &made.access, (provider, stream), middle, to).await.0);
            let mut whole = fetch(&bed, &made.access, (provider, stream), from, to).await.0;
            windows += 1;
            told += usize::from(!whole.is_empty());
            if clock == Clock::DatePadded {
                // The padding overlaps in the middle; nothing is missing, and what is there twice is the same.
                parts.sort();
                parts.dedup();
                whole.sort();
            }
            assert_eq!(parts, whole, "{} {}", provider.id, stream.id);
        }
        // Some things are not told of everybody.
        assert!(told * 3 >= windows * 2, "{}: {told} of {windows}", provider.id);
    }
}

#[tokio::test]
async fn windows_that_are_too_long_or_wrong_are_refused() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let made = bed.connect(provider, "runner").await;
        for stream in provider.streams {
            let Window::Range { max_days, from, .. } = stream.window else { continue };
            let to = day("2026-11-20");
            let longest = stream.request(to.plus(1 - i32::from(max_days)), to);
            let longer = stream.request(to.plus(-i32::from(max_days)), to);
            let verdict = |reply: crate::bed::Reply| reply.verdict(provider);
            assert_eq!(verdict(bed.data(provider, &made.access, &longest).await), Verdict::Ok, "{}", stream.id);
            assert_eq!(verdict(bed.data(provider, &made.access, &longer).await), Verdict::Fatal, "{}", stream.id);
            // A window in the body has no parameter.
            if longest.json.is_some() {
                continue;
            }
            let mut without = longest.clone();
            without.params.retain(|(name, _)| name != from);
            assert_eq!(verdict(bed.data(provider, &made.access, &without).await), Verdict::Fatal, "{}", stream.id);
        }
    }
    let oura = provider("oura");
    let made = bed.connect(oura, "runner").await;
    let stream = oura.stream("sleep").expect("sleep");
    let request = stream.request(day("2026-11-20"), day("2026-11-20")).with("next_token", "made up");
    let reply = bed.data(oura, &made.access, &request).await;
    assert_eq!((reply.status, reply.json()["detail"][0]["loc"][1].as_str()), (422, Some("next_token")));
}

#[tokio::test]
async fn history_has_a_beginning_and_the_future_is_empty() {
    let bed = Bed::with(|config| config.history_days = 30).await;
    let oura = provider("oura");
    let made = bed.connect(oura, "runner").await;
    let stream = oura.stream("daily_activity").expect("stream");
    let fetched = |from: &str, to: &str| {
        let (from, to) = (day(from), day(to));
        let (bed, token) = (&bed, &made.access);
        async move { fetch(bed, token, (oura, stream), from, to).await.0.len() }
    };
    // 30 days before 2026-11-22 is 2026-10-23; the window is padded by a day at either end.
    assert_eq!(fetched("2026-10-01", "2026-10-21").await, 0);
    assert_eq!(fetched("2026-10-01", "2026-10-22").await, 1);
    assert_eq!(fetched("2026-11-24", "2026-11-30").await, 0);
    assert_eq!(fetched("2026-11-21", "2026-11-30").await, 3, "20, 21 and today");
    assert_eq!(
        bed.send(bed.http.get(format!("{}/oura/api/v2/nothing", bed.base)).bearer_auth(&made.access)).await.status,
        404
    );
}

#[tokio::test]
async fn what_was_not_granted_is_not_told() {
    let bed = Bed::start().await;
    let oura = provider("oura");
    let page = bed.authorize_url(oura, &oura.scopes(), &[]);
    let back = bed.press(&page, "allow", "runner", &["personal", "daily"]).await;
    assert_eq!(query(&back, "scope").as_deref(), Some("personal daily"));
    let code = query(&back, "code").expect("a code");
    let made = crate::bed::tokens(oura, &bed.token(oura, &crate::bed::exchange(&code)).await);
    let call = |id: &str| {
        let request = oura.stream(id).expect("stream").request(day("2026-11-20"), day("2026-11-20"));
        let (bed, token) = (&bed, &made.access);
        async move { bed.data(oura, token, &request).await }
    };
    assert_eq!(call("daily_activity").await.status, 200);
    assert_eq!(call("heartrate").await.status, 401);
    let profile = call("personal_info").await;
    assert_eq!(profile.json()["email"], Value::Null, "the scope for it was unticked");
    assert_eq!(profile.json()["height"], 1.72);

    let withings = provider("withings");
    let page = bed.authorize_url(withings, &withings.scopes(), &[]);
    let back = bed.press(&page, "allow", "runner", &["user.metrics"]).await;
    let code = query(&back, "code").expect("a code");
    let reply = bed.token(withings, &crate::bed::exchange(&code)).await;
    assert_eq!(withings.auth.read_token(reply.json()).and_then(|t| t.scope), Some("user.metrics"));
    let made = crate::bed::tokens(withings, &reply);
    let request = withings.stream("activity").expect("stream").request(day("2026-11-20"), day("2026-11-20"));
    assert_eq!(bed.data(withings, &made.access, &request).await.verdict(withings), Verdict::ScopeMissing);
}

#[tokio::test]
async fn the_limit_of_the_description_holds_when_asked_for() {
    let bed = Bed::with(|config| config.rate = Rate::Times(1)).await;
    let withings = provider("withings");
    let made = bed.connect(withings, "runner").await;
    let stream = withings.stream("workouts").expect("stream");
    let request = stream.request(day("2026-11-20"), day("2026-11-20"));
    for _ in 0..withings.limits[0].requests {
        assert_eq!(bed.data(withings, &made.access, &request).await.json()["status"], 0);
    }
    let reply = bed.data(withings, &made.access, &request).await;
    assert_eq!((reply.status, &reply.json()["status"]), (200, &601.into()));
    bed.clock.advance_ms(i64::from(withings.limits[0].per_s) * 1000);
    assert_eq!(bed.data(withings, &made.access, &request).await.json()["status"], 0);
    assert_eq!(bed.stats().await["rate_limited"], 1);
}

#[tokio::test]
async fn withings_leaves_out_what_is_not_asked_for() {
    let bed = Bed::start().await;
    let withings = provider("withings");
    let made = bed.connect(withings, "cuff").await;
    let mut request = withings.stream("sleep").expect("stream").request(day("2026-11-20"), day("2026-11-20"));
    request.params.retain(|(name, _)| name != "data_fields");
    let request = request.with("data_fields", "hr_min,sleep_score");
    let reply = bed.data(withings, &made.access, &request).await;
    let data = reply.json()["body"]["series"][0]["data"].as_object().expect("data").clone();
    assert_eq!(data.keys().collect::<Vec<_>>(), ["hr_min", "sleep_score"]);
}
