//! Forms and codings of answers through the whole router.

use std::io::Read as _;

use axum::http::Method;
use hilum_model::{Batch, Metric, Sample, Unit};
use serde_json::Value;

use super::world::{Answer, TOKEN, World, sample};

const LISTS: [&str; 19] = [
    "/activities",
    "/activities/summaries",
    "/sleeps",
    "/sleeps/summaries",
    "/heart_rate/summaries",
    "/heart_rate/readings",
    "/blood_oxygen/readings",
    "/blood_glucose/readings",
    "/blood_pressure/readings",
    "/bmi/readings",
    "/body_fat/readings",
    "/height/readings",
    "/weight/readings",
    "/food/meals",
    "/locations",
    "/genetic/traits",
    "/sources",
    "/imports",
    "/series",
];

async fn ask(world: &World, method: Method, path: &str, headers: &[(&str, &str)]) -> Answer {
    let bearer = format!("Bearer {TOKEN}");
    let mut all = vec![("authorization", bearer.as_str())];
    all.extend(headers);
    world.send(method, &format!("/v1/human{path}"), &all, "").await
}

async fn get(world: &World, path: &str, headers: &[(&str, &str)]) -> Answer {
    let answer = ask(world, Method::GET, path, headers).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    answer
}

/// Rows of simple CSV: no cell of these lists has a line break.
fn lines(answer: &Answer) -> Vec<&str> {
    answer.text().strip_suffix("\r\n").expect("an end of line").split("\r\n").collect()
}

#[tokio::test]
async fn every_list_has_every_member_as_a_column() {
    let world = World::full().await;
    for list in LISTS {
        for with in ["", "?merge=true", "?time_series=true", "?version=2.3"] {
            let rows = get(&world, &format!("{list}{with}"), &[]).await.rows();
            assert!(!rows.is_empty() || list == "/imports", "{list}");
            let csv = get(&world, &format!("{list}{with}"), &[("accept", "text/csv")]).await;
            assert_eq!(csv.header("content-type"), "text/csv; charset=utf-8; header=present", "{list}");
            let lines = lines(&csv);
            assert_eq!(lines.len(), rows.len() + 1, "{list}");
            let columns: Vec<&str> = lines[0].split(',').collect();
            for name in rows.iter().flat_map(|row| row.as_object().expect("object").keys()) {
                assert!(columns.contains(&name.as_str()), "{list}{with}: {name} has no column");
            }
        }
    }
}

#[tokio::test]
async fn a_reading_as_csv_by_hand() {
    let world = World::full().await;
    let csv = get(&world, "/weight/readings?format=csv&fields=timestamp,tzOffset,value,unit,source,nothing", &[]).await;
    assert_eq!(
        csv.text(),
        "timestamp,tzOffset,value,unit,source,nothing\r\n2016-03-08T14:29:34.000Z,-08:00,72.8,kg,withings,\r\n"
    );
    let pressure = get(&world, "/blood_pressure/readings?format=csv&fields=systolic,sourceData", &[]).await;
    assert_eq!(pressure.text(), "systolic,sourceData\r\n121,\"{\"\"device\"\":\"\"BPM Core\"\"}\"\r\n");
}

#[tokio::test]
async fn lines_are_the_rows() {
    let world = World::full().await;
    for list in LISTS {
        let rows = get(&world, list, &[]).await.rows();
        for answer in [
            get(&world, &format!("{list}?format=ndjson"), &[]).await,
            get(&world, list, &[("accept", "application/x-ndjson")]).await,
        ] {
            assert_eq!(answer.header("content-type"), "application/x-ndjson; charset=utf-8", "{list}");
            assert_eq!(answer.header("x-total-count"), rows.len().to_string(), "{list}");
            let read = answer.text().lines().map(|line| serde_json::from_str::<Value>(line).expect("JSON"));
            assert_eq!(read.collect::<Vec<_>>(), rows, "{list}");
        }
    }
}

#[tokio::test]
async fn fields_of_lists_and_single_things() {
    let world = World::full().await;
    let rows = get(&world, "/weight/readings?fields=value,timestamp", &[]).await;
    assert_eq!(rows.text(), r#"[{"timestamp":"2016-03-08T14:29:34.000Z","value":72.8}]"#);
    assert_eq!(rows.header("x-total-count"), "1");
    assert_eq!(get(&world, "/weight?fields=value", &[]).await.text(), r#"{"value":72.8}"#);
    assert_eq!(get(&world, "/profile?fields=defaultTimeZone", &[]).await.text().matches("name").count(), 1);
    assert_eq!(get(&world, "/weight/readings?fields=nothing", &[]).await.text(), "[{}]");
    for bad in ["/weight/readings?fields=a;b", "/weight?format=csv", "/weight/readings?format=xml"] {
        let answer = ask(&world, Method::GET, bad, &[]).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "invalid_parameter"), "{bad}");
    }
    // A single thing is JSON whatever `Accept` says; so is an error.
    let one = get(&world, "/weight", &[("accept", "text/csv")]).await;
    assert_eq!(one.header("content-type"), "application/json; charset=utf-8");
    let error = ask(&world, Method::GET, "/weight/readings?limit=0", &[("accept", "text/csv")]).await;
    assert_eq!(error.code(), "invalid_parameter");
}

#[tokio::test]
async fn batch_queries_and_users_have_the_same_forms() {
    let world = World::full().await;
    let auth = crate::apps::tests::basic_of(1);
    let ask = async |path: &str| {
        let path = format!("/v1/apps/{}/{path}", crate::apps::tests::CLIENT);
        let answer = world.send(Method::GET, &path, &[("authorization", &auth), ("accept", "text/csv")], "").await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.text());
        assert_eq!(answer.header("content-type"), "text/csv; charset=utf-8; header=present", "{path}");
        answer.text().to_owned()
    };
    let since = "updated_since=2016-01-01";
    assert_eq!(ask(&format!("users/weights?{since}&fields=value")).await, "value\r\n72.8\r\n");
    assert_eq!(ask(&format!("users/heart_rates?{since}&fields=value,unit")).await, "value,unit\r\n64,bpm\r\n");
    assert_eq!(ask(&format!("users/genetic_traits?{since}&fields=trait")).await, "trait\r\nLikely tolerant\r\n");
    assert_eq!(ask("users?fields=externalId").await, "externalId\r\npatient-17\r\n");
    assert_eq!(ask("users?fields=externalId&cursor=*").await, "externalId\r\npatient-17\r\n");
}

/// A person with a long list.
async fn long() -> World {
    let world = World::full().await;
    let human = super::world::ids().0;
    let connection = "b9ccc8025e35ad09fda40e6c".parse().expect("id");
    let mut batch = Batch::default();
    for minute in 1..=600_i64 {
        let beat = sample(Metric::HeartRate, 60.0 + (minute % 7) as f64, Unit::PerMinute);
        batch.sample(Sample { start: beat.start.plus_s(60 * minute), ..beat });
    }
    world.apply(human, connection, batch).await;
    world
}

fn decoded(answer: &Answer) -> Vec<u8> {
    let mut plain = Vec::new();
    let body = answer.body.as_slice();
    match answer.header("content-encoding") {
        "zstd" => plain = zstd::decode_all(body).expect("zstd"),
        "br" => {
            brotli::Decompressor::new(body, 4096).read_to_end(&mut plain).expect("brotli");
        }
        "gzip" => {
            flate2::read::GzDecoder::new(body).read_to_end(&mut plain).expect("gzip");
        }
        other => panic!("not compressed: {other}"),
    }
    plain
}

#[tokio::test]
async fn long_answers_are_compressed_and_stay_the_same() {
    let world = long().await;
    for path in ["/heart_rate/readings", "/heart_rate/readings?limit=500", "/heart_rate/readings?format=csv"] {
        let plain = get(&world, path, &[]).await;
        assert_eq!((plain.header("content-encoding"), plain.header("vary")), ("", "Accept, Accept-Encoding"));
        for coding in ["gzip", "br", "zstd"] {
            let answer = get(&world, path, &[("accept-encoding", coding)]).await;
            assert_eq!(answer.header("content-encoding"), coding, "{path}");
            assert_eq!(decoded(&answer), plain.body, "{path} {coding}");
            assert!(answer.body.len() * 3 < plain.body.len(), "{path} {coding}: {}", answer.body.len());
            for name in ["etag", "vary", "x-total-count", "link", "cache-control", "content-type"] {
                assert_eq!(answer.header(name), plain.header(name), "{path} {coding} {name}");
            }
            let tag = answer.header("etag");
            let again = ask(&world, Method::GET, path, &[("accept-encoding", coding), ("if-none-match", tag)]).await;
            assert_eq!((again.status.as_u16(), again.body.len()), (304, 0), "{path} {coding}");
            assert_eq!((again.header("content-encoding"), again.header("vary")), ("", plain.header("vary")));
            let head = ask(&world, Method::HEAD, path, &[("accept-encoding", coding)]).await;
            assert_eq!((head.header("content-encoding"), head.header("content-length")), (coding, ""), "{path}");
            assert_eq!((head.header("etag"), head.body.len()), (tag, 0));
        }
        let head = ask(&world, Method::HEAD, path, &[]).await;
        assert_eq!(head.header("content-length"), plain.body.len().to_string(), "{path}");
    }
    // Another form is another text, so it has another tag.
    let tag = |answer: &Answer| answer.header("etag").to_owned();
    let mut tags = Vec::new();
    for query in ["", "?format=csv", "?format=ndjson", "?fields=id"] {
        tags.push(tag(&get(&world, &format!("/heart_rate/readings{query}"), &[]).await));
    }
    tags.sort_unstable();
    tags.dedup();
    assert_eq!(tags.len(), 4);
    // Short ones stay as they are.
    let short = get(&world, "/weight", &[("accept-encoding", "gzip")]).await;
    assert_eq!((short.header("content-encoding"), short.header("vary")), ("", "Accept-Encoding"));
}

#[tokio::test]
async fn what_may_hold_a_secret_is_never_compressed() {
    let world = long().await;
    let wish = ("accept-encoding", "gzip, br, zstd");
    let at = format!("/embed?clientId={}&clientUserId=somebody", crate::apps::tests::CLIENT);
    let page = world.send(Method::GET, &at, &[wish], "").await;
    assert_eq!(page.status, 200);
    assert!(page.body.len() > 1024, "long enough to matter: {}", page.body.len());
    assert_eq!((page.header("content-encoding"), page.header("vary").contains("Encoding")), ("", false));
    // Files are the same for everybody, so they are.
    let plain = world.send(Method::GET, "/connect.js", &[], "").await;
    let script = world.send(Method::GET, "/connect.js", &[wish], "").await;
    assert_eq!((script.header("content-encoding"), script.header("vary")), ("zstd", "Accept-Encoding"));
    assert_eq!(decoded(&script), plain.body);
    // The bytes differ, so the tag may only be a weak one; it still spares the next transfer.
    assert_eq!(script.header("etag"), format!("W/{}", plain.header("etag")));
    let known = [wish, ("if-none-match", script.header("etag"))];
    assert_eq!(world.send(Method::GET, "/connect.js", &known, "").await.status, 304);
    let picture = world.send(Method::GET, "/spinner.gif", &[wish], "").await;
    assert_eq!((picture.header("content-encoding"), picture.header("vary")), ("", ""));
}
