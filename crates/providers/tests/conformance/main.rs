//! What every provider in the registry must hold to. A new provider is checked by being registered.

mod common;
mod hostile;

use std::collections::BTreeSet;
use std::fs;

use common::{context, details, fixtures, folder, wanted};
use hilum_model::observation::AccountFacts;
use hilum_model::{Batch, Body, Day, Kind, Metric, Observation};
use hilum_providers::spec::{Answer, Clock, Page, Per, Provider, Verdict, Window};
use hilum_providers::{REGISTRY, find, oura, withings};
use serde_json::{Value, json};

fn lowercase(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_')
}

#[test]
fn names_are_unique_and_lowercase() {
    let mut names = BTreeSet::new();
    for provider in REGISTRY {
        for name in std::iter::once(&provider.id).chain(provider.aliases) {
            assert!(lowercase(name), "{name}");
            assert!(names.insert(*name), "{name} is taken");
            assert_eq!(find(name).map(|p| p.id), Some(provider.id));
        }
        let mut streams = BTreeSet::new();
        for stream in provider.streams {
            assert!(lowercase(stream.id) && streams.insert(stream.id), "{} {}", provider.id, stream.id);
        }
        assert!(!provider.name.is_empty());
        // A few words on the Connect page, no sentence: two lines of a narrow row.
        let summary = provider.summary;
        assert!(!summary.is_empty() && !summary.ends_with('.') && summary.len() <= 60, "{summary}");
    }
}

#[test]
fn icons_are_small_and_inert() {
    for provider in REGISTRY {
        let icon = provider.icon;
        assert!(icon.len() <= 4096 && icon.trim_start().starts_with("<svg ") && icon.contains("currentColor"));
        let without_namespace = icon.replace("http://www.w3.org/2000/svg", "");
        for active in ["http", "href", "script", "style", "url(", " on", "<!"] {
            assert!(!without_namespace.contains(active), "{}: {active}", provider.id);
        }
    }
}

#[test]
fn readmes_tell_what_there_is() {
    for provider in REGISTRY {
        let readme = fs::read_to_string(folder(provider).join("README.md")).expect("every provider has a README");
        for heading in
            ["## Register an app", "## Streams", "## Scopes", "## Limits and errors", "## Quirks", "## Known gaps"]
        {
            assert!(readme.contains(heading), "{}: {heading}", provider.id);
        }
        assert!(readme.contains(&format!("/connect/callback/{}", provider.id)), "{}", provider.id);
        for stream in provider.streams {
            assert!(readme.contains(&format!("`{}`", stream.id)), "{}: {}", provider.id, stream.id);
            assert!(readme.contains(stream.path), "{}: {}", provider.id, stream.path);
        }
        for scope in provider.scopes() {
            assert!(readme.contains(&format!("`{scope}`")), "{}: {scope}", provider.id);
        }
    }
}

#[test]
fn authorisation_is_complete() {
    for provider in REGISTRY {
        let auth = &provider.auth;
        for url in [auth.authorize_url, auth.token_url, provider.api_base] {
            assert!(url.starts_with("https://") && !url.ends_with('/') && !url.contains('?'), "{url}");
        }
        let scopes = provider.scopes();
        // Where there are none, what is shared is set elsewhere, and the README says so.
        let readme = fs::read_to_string(folder(provider).join("README.md")).expect("a README");
        let none = readme.contains("## Scopes\n\nThere are none.");
        assert_eq!(scopes.is_empty(), none, "{}", provider.id);
        assert!(scopes.iter().all(|s| !s.is_empty() && !s.contains(auth.scope_separator)), "{scopes:?}");
        assert!((600..=31_536_000).contains(&auth.access_ttl_s));
        assert!(!provider.limits.is_empty(), "{}", provider.id);
        assert!(provider.limits.iter().all(|l| l.requests >= 1 && l.per_s >= 1), "{}", provider.id);
    }
}

#[test]
fn windows_are_sane() {
    for provider in REGISTRY {
        for stream in provider.streams {
            let name = format!("{} {}", provider.id, stream.id);
            assert!(stream.path.starts_with('/') && stream.every_s >= 300, "{name}");
            let fixed: BTreeSet<&str> = stream.params.iter().map(|(n, _)| *n).collect();
            assert_eq!(fixed.len(), stream.params.len(), "{name}");
            let sent = match stream.page {
                Page::Single => None,
                Page::Token { send, .. }
                | Page::OffsetMore { send, .. }
                | Page::Number { send, .. }
                | Page::Offset { send, .. } => Some(send),
            };
            assert!(sent.is_none_or(|s| !fixed.contains(s)), "{name}");
            match stream.window {
                Window::Whole | Window::Recent => assert_eq!(stream.history_days, 0, "{name}"),
                Window::OneDay { day } => {
                    assert!(!fixed.contains(day) && stream.history_days >= stream.overlap_days, "{name}");
                }
                Window::Since { from, .. } => {
                    assert!(!fixed.contains(from) && stream.history_days >= stream.overlap_days, "{name}");
                }
                Window::NewestFirst => assert!(stream.history_days >= stream.overlap_days, "{name}"),
                Window::Pushed => {
                    assert_eq!(stream.history_days > 0, stream.backfill.is_some(), "{name}");
                }
                Window::Range { from, to, max_days, .. } => {
                    assert!(from != to && !fixed.contains(from) && !fixed.contains(to), "{name}");
                    assert!(max_days >= 1 && stream.history_days >= max_days.max(stream.overlap_days), "{name}");
                    // The first sync of one person must not take more than ten minutes of the operator's whole allowance.
                    let requests = u32::from(stream.history_days / max_days);
                    for limit in provider.limits.iter().filter(|l| l.per == Per::App) {
                        // Of a limit for a day or longer, a tenth.
                        let span = u64::from(limit.per_s.min(6000));
                        let most = u64::from(limit.requests) * 600 / span;
                        assert!(u64::from(requests) <= most.max(1), "{name}: {requests}");
                    }
                }
            }
        }
    }
}

#[test]
fn requests_carry_both_ends_of_the_window() {
    let from = Day::parse("2026-03-01").expect("a day");
    let to = Day::parse("2026-03-03").expect("a day");
    for provider in REGISTRY {
        for stream in provider.streams {
            let request = stream.request(from, to);
            if stream.build.is_some() {
                continue;
            }
            let (first, last, clock) = match stream.window {
                Window::Range { from, to, clock, .. } => (from, Some(to), clock),
                Window::Since { from, clock } => (from, None, clock),
                Window::OneDay { day } => (day, None, Clock::Date),
                Window::Whole | Window::NewestFirst | Window::Recent | Window::Pushed => continue,
            };
            let of = |name: &str| request.params.iter().find(|(n, _)| n == name).map(|(_, v)| v.as_str());
            let expected = match clock {
                Clock::Date => ("2026-03-01", "2026-03-03"),
                Clock::DatePadded => ("2026-02-28", "2026-03-04"),
                // 2026-03-01T00:00:00Z and 2026-03-04T00:00:00Z: the end is not in the window.
                Clock::UnixSeconds => ("1772323200", "1772582400"),
                Clock::UnixMillis => ("1772323200000", "1772582400000"),
                Clock::Rfc3339 => ("2026-03-01T00:00:00+00:00", "2026-03-04T00:00:00+00:00"),
                Clock::Rfc3339Z => ("2026-03-01T00:00:00Z", "2026-03-04T00:00:00Z"),
                Clock::UtcBare => ("2026-03-01T00:00:00", "2026-03-04T00:00:00"),
            };
            assert_eq!(of(first), Some(expected.0), "{} {}", provider.id, stream.id);
            if let Some(last) = last {
                assert_eq!(of(last), Some(expected.1), "{} {}", provider.id, stream.id);
            }
        }
    }
}

#[test]
fn every_stream_reads_its_fixtures_and_reads_them_alike_twice() {
    for provider in REGISTRY {
        let fixtures = fixtures(provider);
        for (file, stream, _) in &fixtures {
            assert!(provider.stream(stream).is_some(), "{file} belongs to no stream of {}", provider.id);
        }
        for stream in provider.streams {
            let mut seen = 0;
            for (file, _, bytes) in fixtures.iter().filter(|(_, s, _)| s == stream.id) {
                let batch = (stream.parse)(bytes, &context()).unwrap_or_else(|e| panic!("{file}: {e}"));
                assert_eq!(Ok(&batch), (stream.parse)(bytes, &context()).as_ref(), "{file}");
                let facts = batch.facts != AccountFacts::default();
                assert!(facts || !batch.observations.is_empty(), "{file} holds nothing");
                check(&batch);
                seen += 1;
            }
            assert!(seen > 0, "{} {} has no fixture", provider.id, stream.id);
        }
    }
}

#[test]
fn every_detail_is_asked_for_and_reads_its_fixtures() {
    for provider in REGISTRY {
        let details = details(provider);
        for (file, stream, _) in &details {
            let detail = provider.stream(stream).and_then(|s| s.detail);
            assert!(detail.is_some(), "{file} belongs to no detail of {}", provider.id);
        }
        for stream in provider.streams {
            let Some(detail) = stream.detail else { continue };
            let name = format!("{} {}", provider.id, stream.id);
            let wanted = wanted(provider, stream).unwrap_or_else(|| panic!("{name}: no fixture has a detail"));
            let day = Day::parse("2026-09-21").expect("a day");
            assert!(!wanted.key.is_empty() && wanted.request != stream.request(day, day), "{name}");
            let absolute = wanted.request.path.starts_with("https://");
            assert!(wanted.request.path.starts_with('/') || (detail.file && absolute), "{name}");
            let mut seen = 0;
            for (file, _, bytes) in details.iter().filter(|(_, s, _)| s == stream.id) {
                let batch = (detail.parse)(bytes, &wanted, &context()).unwrap_or_else(|e| panic!("{file}: {e}"));
                assert!(!batch.observations.is_empty(), "{file} holds no observation");
                check(&batch);
                seen += 1;
            }
            assert!(seen > 0, "the detail of {name} has no fixture");
        }
    }
}

/// What must hold for any batch.
fn check(batch: &Batch) {
    for observation in &batch.observations {
        match observation {
            Observation::Sample(sample) => {
                let value = sample.unit.convert(sample.value, sample.metric.unit()).expect("a unit that fits");
                assert!(value.is_finite());
                assert!(sample.end.is_none_or(|end| end >= sample.start));
                assert_eq!(Kind::of_metric(sample.metric), None, "{} is kept as rows", sample.metric.name());
            }
            Observation::Record(record) => {
                assert!(!record.key.is_empty() && record.key.len() <= 256);
                assert!(record.body.kind().is_some_and(|k| k != Kind::SleepDay));
                assert!(record.end.is_none_or(|end| end >= record.start));
                if let Body::SleepStage { .. } = &record.body {
                    assert!(record.end.is_some_and(|end| end > record.start), "a stretch lasts");
                }
                let Body::Sleep(sleep) = &record.body else { continue };
                let end = record.end.expect("a night ends");
                assert!(sleep.stages.iter().all(|s| record.start <= s.start && s.start < s.end && s.end <= end));
                assert!(sleep.stages.windows(2).all(|pair| pair[0].end <= pair[1].start));
            }
            Observation::Deleted { key, .. } => assert!(!key.is_empty()),
        }
    }
    for sentence in &batch.rejected {
        // Places and names only: no run of digits but an index.
        let plain = sentence.split('[').next().unwrap_or_default().replace("sleep_phase_5_min", "");
        assert!(!plain.bytes().any(|b| b.is_ascii_digit()), "{sentence}");
    }
}

#[test]
fn what_is_promised_is_delivered() {
    for provider in REGISTRY {
        let mut delivered = BTreeSet::new();
        for (_, stream, bytes) in fixtures(provider) {
            let stream = provider.stream(&stream).expect("a stream");
            let batch = (stream.parse)(&bytes, &context()).expect("documented form");
            delivered.extend(batch.observations.iter().filter_map(data_type));
        }
        for (_, id, bytes) in details(provider) {
            let stream = provider.stream(&id).expect("a stream");
            let wanted = wanted(provider, stream).expect("an item with a detail");
            let detail = stream.detail.expect("a detail");
            let batch = (detail.parse)(&bytes, &wanted, &context()).expect("documented form");
            delivered.extend(batch.observations.iter().filter_map(data_type));
        }
        let promised: BTreeSet<&str> = provider.data_types.iter().copied().collect();
        assert_eq!(promised, delivered, "{}", provider.id);
        assert!(provider.data_types.is_sorted(), "{}", provider.id);
    }
}

/// Human API's word for what an observation is; `None` for what it has no word for.
fn data_type(observation: &Observation) -> Option<&'static str> {
    match observation {
        Observation::Sample(sample) => match sample.metric {
            Metric::HeartRate => Some("heart_rate"),
            Metric::BloodOxygen => Some("blood_oxygen"),
            _ => None,
        },
        Observation::Record(record) => match &record.body {
            Body::Reading {
                metric:
                    metric @ (Metric::Weight | Metric::BodyFat | Metric::Height | Metric::Bmi | Metric::BloodGlucose),
                ..
            } => Some(metric.name()),
            // What Human API has no name for is not told in its list.
            Body::Reading { .. } | Body::Ecg(_) => None,
            Body::Meal(_) => Some("meals"),
            Body::BloodPressure { .. } => Some("blood_pressure"),
            Body::Activity(_) | Body::ActivityDay(_) => Some("activities"),
            Body::Sleep(_) | Body::SleepDay { .. } | Body::SleepStage { .. } => Some("sleeps"),
            Body::HeartRateDay(_) => Some("heart_rate"),
            Body::Location(_) => Some("locations"),
            Body::GeneticTrait(_) | Body::Genotypes(_) => Some("genetics"),
        },
        Observation::Deleted { .. } => None,
    }
}

#[test]
fn pages_end() {
    let day = Day::parse("2026-09-21").expect("a day");
    let mut pages = 0;
    for provider in REGISTRY {
        for (file, stream, bytes) in fixtures(provider) {
            let stream = provider.stream(&stream).expect("a stream");
            let answer: Value = serde_json::from_slice(&bytes).expect("JSON");
            let first = stream.request(day, day);
            let next = stream.next_page(&first, &answer);
            if file.contains(".page") {
                let next = next.expect("a first page leads to a second");
                assert_eq!(next.params.len(), first.params.len() + 1, "{file}");
                // The same page again, as some providers repeat the last one for ever.
                assert_eq!(stream.next_page(&next, &answer), None, "{file}");
                pages += 1;
            } else {
                assert_eq!(next, None, "{file}");
            }
        }
    }
    assert!(pages >= 2, "both ways of paging are tried");
}

fn verdict(provider: &Provider, status: u16, json: Option<&Value>) -> Verdict {
    provider.judge(&Answer { status, json })
}

#[test]
fn withings_tells_its_status_in_the_body() {
    let said = |status: i64| verdict(&withings::PROVIDER, 200, Some(&json!({"status": status, "body": {}})));
    assert_eq!(said(0), Verdict::Ok);
    for status in [100, 101, 102, 200, 401] {
        assert_eq!(said(status), Verdict::Refresh, "{status}");
    }
    for status in [214, 277, 2553, 2554, 2555] {
        assert_eq!(said(status), Verdict::ScopeMissing, "{status}");
    }
    for status in [522, 524, 601] {
        assert_eq!(said(status), Verdict::Retry, "{status}");
    }
    for status in [201, 293, 503, 2556, -1] {
        assert_eq!(said(status), Verdict::Fatal, "{status}");
    }
    let http = |status, json: Option<Value>| verdict(&withings::PROVIDER, status, json.as_ref());
    assert_eq!(http(200, Some(json!({"body": {}}))), Verdict::Fatal);
    assert_eq!(http(200, Some(json!({"status": "0"}))), Verdict::Ok);
    assert_eq!(http(200, None), Verdict::Retry);
    assert_eq!(http(429, None), Verdict::Retry);
    assert_eq!(http(502, None), Verdict::Retry);
    // A number in the body of an HTTP error says nothing.
    assert_eq!(http(500, Some(json!({"status": 0}))), Verdict::Retry);
}

#[test]
fn oura_tells_its_status_in_http() {
    let http = |status, json: Option<Value>| verdict(&oura::PROVIDER, status, json.as_ref());
    assert_eq!(http(200, Some(json!({"data": [], "next_token": null}))), Verdict::Ok);
    assert_eq!(http(401, None), Verdict::Refresh);
    assert_eq!(http(403, None), Verdict::Reauthorise);
    assert_eq!(http(404, None), Verdict::Gone);
    assert_eq!(http(429, None), Verdict::Retry);
    assert_eq!(http(503, None), Verdict::Retry);
    assert_eq!(http(400, None), Verdict::Fatal);
    assert_eq!(http(422, Some(json!({"detail": [{"loc": ["query", "start_date"]}]}))), Verdict::Fatal);
    assert_eq!(http(200, None), Verdict::Retry);
}
