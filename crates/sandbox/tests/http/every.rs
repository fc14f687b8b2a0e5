//! What must hold for every provider of the registry, whatever its description says.

use std::collections::BTreeSet;

use hilum_model::{Body, Day, Observation, Record};
use hilum_providers::REGISTRY;
use hilum_providers::persona::{Persona, Story, find};
use hilum_providers::sandbox::teller;
use hilum_providers::spec::{HeaderValue, Page, Provider, Request, RevokeStyle, Rotation, Stream, Verdict, Window};
use hilum_sandbox::endpoints;
use serde_json::Value;

use crate::bed::{Bed, CLIENT, Reply, SECRET, Tokens, exchange, query, refreshes, registration, renewed, tokens};

fn day(text: &str) -> Day {
    Day::parse(text).expect(text)
}

fn asked(provider: &'static Provider) -> impl Iterator<Item = &'static Stream> {
    provider.streams.iter().filter(|stream| stream.window != Window::Pushed)
}

async fn verdict(bed: &Bed, provider: &Provider, tokens: &Tokens) -> Verdict {
    bed.small(provider, tokens).await.verdict(provider)
}

/// The token is not good any more; some providers say so in a way of their own.
fn dead(verdict: Verdict) -> bool {
    matches!(verdict, Verdict::Refresh | Verdict::Reauthorise)
}

#[tokio::test]
async fn codes_work_once_for_their_client_and_not_for_long() {
    let bed = Bed::start().await;
    let none = |provider: &Provider, reply: Reply| {
        let told = reply.json.as_ref().and_then(|json| provider.auth.read_token(json)).is_some();
        assert!(!told, "{}: {}", provider.id, reply.text);
    };
    for provider in REGISTRY {
        let code = bed.code(provider, "runner").await;
        let elsewhere =
            [("grant_type", "authorization_code"), ("code", &code), ("redirect_uri", "https://hilum.example/")];
        none(provider, bed.token(provider, &elsewhere).await);
        tokens(provider, &bed.token(provider, &exchange(&code)).await);
        none(provider, bed.token(provider, &exchange(&code)).await);
        let late = bed.code(provider, "runner").await;
        bed.clock.advance_ms(teller(provider).expect("a teller").code_ttl_s * 1000);
        none(provider, bed.token(provider, &exchange(&late)).await);
    }
    assert_eq!(bed.stats().await["code_replays"], REGISTRY.len());
}

#[tokio::test]
async fn a_scope_that_is_unticked_closes_its_streams_and_no_others() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let scopes = provider.scopes();
        let needed: Vec<&str> = asked(provider).map(|s| s.scope).filter(|s| !s.is_empty()).collect();
        let distinct: BTreeSet<&str> = needed.iter().copied().collect();
        if distinct.len() < 2 {
            continue;
        }
        let left_out = *distinct.first().expect("two or more");
        let kept: Vec<&str> = scopes.iter().copied().filter(|s| *s != left_out).collect();
        let back = bed.press(&bed.authorize_url(provider, &scopes, &[]), "allow", "cuff", &kept).await;
        let code = query(&back, "code").expect("a code");
        let reply = bed.token(provider, &exchange(&code)).await;
        let told = query(&back, "scope")
            .or_else(|| provider.auth.read_token(reply.json()).and_then(|read| read.scope.map(str::to_owned)));
        let separator = provider.auth.scope_separator;
        assert!(told.is_none_or(|t| t.split(separator).all(|s| kept.contains(&s))), "{}", provider.id);
        let made = tokens(provider, &reply);
        if let Some(register) = provider.auth.register {
            bed.data(provider, &made.access, &registration(register)).await;
        }
        for stream in asked(provider).filter(|s| !s.scope.is_empty()) {
            let request = stream.request(day("2026-11-20"), day("2026-11-20"));
            let found = bed.data(provider, &made.access, &request).await.verdict(provider);
            if stream.scope == left_out {
                assert!(found == Verdict::ScopeMissing || dead(found), "{} {}: {found:?}", provider.id, stream.id);
            } else {
                assert_eq!(found, Verdict::Ok, "{} {}", provider.id, stream.id);
            }
        }
    }
}

#[tokio::test]
async fn refresh_tokens_rotate_as_described() {
    let bed = Bed::start().await;
    for provider in REGISTRY.iter().copied().filter(|p| refreshes(p)) {
        let first = bed.connect(provider, "runner").await;
        let reply = bed.refresh(provider, &first.refresh).await;
        let read = provider.auth.read_token(reply.json()).unwrap_or_else(|| panic!("{}: {}", provider.id, reply.text));
        let new = Tokens {
            access: read.access_token.to_owned(),
            refresh: read.refresh_token.unwrap_or(&first.refresh).to_owned(),
        };
        assert_eq!(new.refresh == first.refresh, provider.auth.rotation == Rotation::Keep, "{}", provider.id);
        assert_eq!(verdict(&bed, provider, &new).await, Verdict::Ok, "{}", provider.id);
        let again = bed.refresh(provider, &first.refresh).await;
        let worked = again.json.as_ref().and_then(|json| provider.auth.read_token(json)).is_some();
        // A kept one works for ever; one with grace no longer, since the new access token was used.
        assert_eq!(worked, provider.auth.rotation == Rotation::Keep, "{}: {}", provider.id, again.text);
        let family_died = provider.auth.rotation == Rotation::Immediate;
        assert_eq!(dead(verdict(&bed, provider, &new).await), family_died, "{}", provider.id);
    }
}

#[tokio::test]
async fn what_a_refresh_must_say_besides_is_demanded() {
    let bed = Bed::start().await;
    for provider in REGISTRY.iter().filter(|p| !p.auth.refresh_params.is_empty()) {
        let made = bed.connect(provider, "runner").await;
        let bare = bed.token(provider, &[("grant_type", "refresh_token"), ("refresh_token", &made.refresh)]).await;
        assert!(provider.auth.read_token(bare.json()).is_none(), "{}: {}", provider.id, bare.text);
        renewed(provider, &bed.refresh(provider, &made.refresh).await, &made);
    }
}

/// The revocation of a grant, in the provider's style.
async fn revoke(bed: &Bed, provider: &Provider, made: &Tokens, account: &str) -> Option<Reply> {
    let revoke = provider.auth.revoke?;
    let path = revoke.url.replace("{account}", account);
    let path = path.split_once("://").map_or(path.as_str(), |(_, rest)| &rest[rest.find('/').expect("a path")..]);
    let url = format!("{}{path}", endpoints(provider.id, &bed.base).api_base);
    let request = match revoke.style {
        RevokeStyle::Rfc7009 => {
            let form = [("token", made.refresh.as_str()), ("client_id", CLIENT), ("client_secret", SECRET)];
            bed.http.post(url).basic_auth(CLIENT, Some(SECRET)).form(&form)
        }
        RevokeStyle::AccessTokenInQuery => bed.http.post(url).query(&[("access_token", &made.access)]),
        RevokeStyle::TokenOnly => bed.http.post(url).form(&[("token", &made.access)]),
        RevokeStyle::BearerDelete => bed.http.delete(url).bearer_auth(&made.access),
        RevokeStyle::BearerPost => bed.http.post(url).bearer_auth(&made.access),
        RevokeStyle::BearerGet => bed.http.get(url).bearer_auth(&made.access).query(&[("client_id", CLIENT)]),
        RevokeStyle::WithingsSigned => {
            let mut form = vec![("action".to_owned(), "revoke".to_owned()), ("userid".to_owned(), account.to_owned())];
            form.extend(bed.signed("revoke").await);
            bed.http.post(url).form(&form)
        }
    };
    Some(bed.send(request).await)
}

#[tokio::test]
async fn a_grant_is_taken_back_in_the_providers_style() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let account = |id: &str| (teller(provider).expect("a teller").account)(find(id).expect(id));
        let (made, other) = (bed.connect(provider, "runner").await, bed.connect(provider, "cuff").await);
        let Some(reply) = revoke(&bed, provider, &made, &account("runner")).await else { continue };
        assert_eq!(reply.verdict(provider), Verdict::Ok, "{}: {}", provider.id, reply.text);
        assert!(dead(verdict(&bed, provider, &made).await), "{}", provider.id);
        assert_eq!(verdict(&bed, provider, &other).await, Verdict::Ok, "{}: only the runner's", provider.id);
    }
}

#[tokio::test]
async fn nothing_works_before_registration_and_a_second_one_is_told_apart() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let Some(register) = provider.auth.register else { continue };
        let code = bed.code(provider, "runner").await;
        let made = tokens(provider, &bed.token(provider, &exchange(&code)).await);
        assert_ne!(verdict(&bed, provider, &made).await, Verdict::Ok, "{}", provider.id);
        let nameless = Request::post_json(register.path, serde_json::json!({}));
        assert_eq!(bed.data(provider, &made.access, &nameless).await.verdict(provider), Verdict::Fatal);
        let request = registration(register);
        for status in [register.ok.first(), register.ok.last()] {
            let reply = bed.data(provider, &made.access, &request).await;
            assert_eq!(Some(&reply.status), status, "{}: {}", provider.id, reply.text);
        }
        assert_eq!(verdict(&bed, provider, &made).await, Verdict::Ok, "{}", provider.id);
    }
}

#[tokio::test]
async fn headers_of_the_operator_are_asked_for() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let of_setting = |h: &&hilum_providers::spec::Header| matches!(h.value, HeaderValue::Setting(_));
        let Some(header) = provider.headers.iter().find(of_setting) else { continue };
        let made = bed.connect(provider, "runner").await;
        let request = provider.streams[0].request(day("2026-11-20"), day("2026-11-20"));
        let url = format!("{}{}", endpoints(provider.id, &bed.base).api_base, request.path);
        for shown in [None, Some("another")] {
            let mut call = bed.http.get(&url).query(&request.params).bearer_auth(&made.access);
            for other in provider.headers.iter().filter(|h| h.name != header.name) {
                if let HeaderValue::Fixed(value) = other.value {
                    call = call.header(other.name, value);
                }
            }
            if let Some(shown) = shown {
                call = call.header(header.name, shown);
            }
            assert_ne!(bed.send(call).await.verdict(provider), Verdict::Ok, "{} {shown:?}", provider.id);
        }
    }
}

#[tokio::test]
async fn headers_tell_what_is_left_of_the_limits() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let Some(read) = provider.rate else { continue };
        let made = bed.connect(provider, "runner").await;
        let left = |reply: &Reply| -> Vec<u32> {
            let header = |name: &str| reply.headers.get(name).map(|v| v.to_str().expect("text").to_owned());
            read(&header).into_iter().map(|rate| rate.remaining).collect()
        };
        let (first, second) = (bed.small(provider, &made).await, bed.small(provider, &made).await);
        let (first, second) = (left(&first), left(&second));
        assert!(!first.is_empty(), "{} tells nothing", provider.id);
        assert!(first.iter().zip(&second).all(|(a, b)| *a == b + 1), "{}: {first:?} {second:?}", provider.id);
        bed.fail("runner", &["rate_limited"]).await;
        assert!(left(&bed.small(provider, &made).await).iter().all(|left| *left == 0), "{}", provider.id);
        bed.fail("runner", &[]).await;
    }
}

#[tokio::test]
async fn too_many_requests_are_refused_with_a_time_to_come_back() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        let made = bed.connect(provider, "runner").await;
        bed.fail("runner", &["rate_limited"]).await;
        let reply = bed.small(provider, &made).await;
        assert_eq!(reply.verdict(provider), Verdict::Retry, "{}", provider.id);
        let shortest = provider.limits.iter().map(|limit| limit.per_s).min().expect("a limit").to_string();
        let told = reply.headers.get("retry-after").map(|v| v.to_str().expect("text").to_owned());
        assert_eq!(told, (reply.status == 429).then_some(shortest), "{}", provider.id);
        bed.fail("runner", &[]).await;
    }
}

#[tokio::test]
async fn numbered_pages_end_whatever_their_size() {
    let bed = Bed::start().await;
    for provider in REGISTRY {
        for stream in provider.streams {
            let (send, size_param, items, step) = match stream.page {
                Page::Number { send, size_param, items, .. } => (send, size_param, items, 1),
                Page::Offset { send, size_param, items, .. } => (send, size_param, items, 2),
                Page::Single | Page::Token { .. } | Page::OffsetMore { .. } => continue,
            };
            let made = bed.connect(provider, "shift-worker").await;
            let mut request = stream.request(day("2026-11-01"), day("2026-11-21")).set(size_param, "2");
            let start: u64 =
                request.params.iter().find(|(n, _)| n == send).expect("a page").1.parse().expect("a number");
            let (mut seen, mut pages) = (Vec::<Value>::new(), 0);
            loop {
                request = request.set(send, (start + pages * step).to_string());
                let reply = bed.data(provider, &made.access, &request).await;
                assert_eq!(reply.verdict(provider), Verdict::Ok, "{} {}: {}", provider.id, stream.id, reply.text);
                let page = if reply.status == 204 {
                    Vec::new()
                } else {
                    reply.json().pointer(items).and_then(Value::as_array).expect("items").clone()
                };
                pages += 1;
                assert!(page.len() <= 2 && page.iter().all(|item| !seen.contains(item)), "{}", provider.id);
                if page.is_empty() {
                    break;
                }
                seen.extend(page);
                assert!(pages < 1_000, "{} {} never ends", provider.id, stream.id);
            }
            assert!(seen.len() > 2, "{} {}: {} items", provider.id, stream.id, seen.len());
        }
    }
}

fn records(all: &[Observation]) -> impl Iterator<Item = &Record> {
    all.iter().filter_map(|o| match o {
        Observation::Record(record) => Some(&**record),
        _ => None,
    })
}

/// A number with the key of its record.
type Kept<'a> = Option<(f64, &'a str)>;

/// Steps of a day's total and seconds asleep of its main sleep.
fn told(all: &[Observation], day: Day) -> (Kept<'_>, Kept<'_>) {
    let of_day = || records(all).filter(move |r| r.day == day);
    let steps = of_day().find_map(|r| match &r.body {
        Body::ActivityDay(total) => Some((total.steps?, r.key.as_str())),
        _ => None,
    });
    let asleep = of_day().find_map(|r| match &r.body {
        Body::Sleep(sleep) if sleep.main => Some((sleep.asleep_s?, r.key.as_str())),
        _ => None,
    });
    (steps, asleep)
}

#[tokio::test]
async fn a_late_correction_changes_the_records_of_a_night_and_a_day() {
    let bed = Bed::start().await;
    let yesterday = day("2026-11-21");
    let mut corrected = (0, 0);
    for provider in REGISTRY {
        let made = bed.connect(provider, "runner").await;
        let mut before = Vec::new();
        for stream in asked(provider) {
            before.push(bed.read(provider, &made, stream, (yesterday.plus(-1), yesterday)).await);
        }
        bed.clock.advance_ms(60_000);
        bed.fail("runner", &["late_correction"]).await;
        for (stream, old) in asked(provider).zip(&before) {
            let new = bed.read(provider, &made, stream, (yesterday.plus(-1), yesterday)).await;
            let name = format!("{} {}", provider.id, stream.id);
            let ((old_steps, old_sleep), (new_steps, new_sleep)) = (told(old, yesterday), told(&new, yesterday));
            if let (Some(old), Some(new)) = (old_steps, new_steps) {
                // 20 minutes with 60 more steps each.
                assert_eq!((new.0 - old.0, new.1), (1_200.0, old.1), "{name}");
                corrected.0 += 1;
            }
            if let (Some(old), Some(new)) = (old_sleep, new_sleep) {
                // Three slots of five minutes awake instead of asleep.
                assert_eq!((old.0 - new.0, new.1), (900.0, old.1), "{name}");
                corrected.1 += 1;
            }
        }
        bed.fail("runner", &[]).await;
    }
    assert!(corrected.0 >= 2 && corrected.1 >= 2, "{corrected:?}");
}

#[tokio::test]
async fn nights_and_days_over_a_change_of_clocks_keep_their_real_length() {
    let bed = Bed::start().await;
    // In Europe clocks go back at 2026-10-25T01:00Z; that day of Stockholm has 25 hours.
    let nora: &Persona = find("runner").expect("there");
    let changed = day("2026-10-25");
    let story = Story::new(nora);
    let night = story.sleeps(changed).into_iter().find(|s| s.main).expect("a night");
    let (start, end) = (nora.start_of(changed), nora.end_of(changed));
    assert_eq!(end.since_ms(start), 25 * 3_600_000);
    let steps = story.totals(changed, end).expect("a day").steps as f64;
    let mut seen = (0, 0);
    for provider in REGISTRY {
        let made = bed.connect(provider, nora.id).await;
        for stream in asked(provider).filter(|s| !matches!(s.window, Window::Whole | Window::Recent)) {
            let name = format!("{} {}", provider.id, stream.id);
            let all = bed.read(provider, &made, stream, (changed.plus(-1), changed.plus(1))).await;
            for record in records(&all).filter(|r| r.day == changed) {
                match &record.body {
                    Body::Sleep(sleep) if sleep.main => {
                        assert_eq!((record.start, record.end), (night.start, Some(night.end)), "{name}");
                        assert!(sleep.asleep_s.is_none_or(|s| (s - night.asleep_s() as f64).abs() < 1.0), "{name}");
                        assert!(record.offset.is_none_or(|o| [60, 120].contains(&o.0)), "{name}: {:?}", record.offset);
                        seen.0 += 1;
                    }
                    Body::ActivityDay(total) => {
                        if let Some(told) = total.steps {
                            assert!((told - steps).abs() < 0.5, "{name}: {told} of {steps}");
                        }
                        assert!(record.end.is_none_or(|e| e <= end), "{name}");
                        seen.1 += 1;
                    }
                    _ => {}
                }
            }
            // Every sample lies where the person's day is, whatever the clocks showed.
            let samples: Vec<_> =
                all.iter().filter_map(|o| if let Observation::Sample(s) = o { Some(s) } else { None }).collect();
            for pair in samples.windows(2).filter(|w| w[0].metric == w[1].metric && w[0].context == w[1].context) {
                assert!(pair[0].start != pair[1].start || pair[0].end != pair[1].end, "{name}: {:?} twice", pair[0]);
            }
        }
    }
    assert!(seen.0 >= 2 && seen.1 >= 2, "{seen:?}");
}
