//! Every endpoint of the data API and the application API through the real binary, on the demo person's data.
//! Key sets and orders are those of the documented contract.

mod common;

use std::io::{BufRead as _, BufReader};
use std::process::Stdio;

use common::{App, Server, client, create_app};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

/// A server whose demo person is complete.
struct Demo {
    _dir: tempfile::TempDir,
    server: Server,
    app: App,
    client: reqwest::Client,
}

impl Demo {
    fn start() -> Self {
        let dir = tempfile::tempdir().expect("temp dir");
        let data = dir.path().join("data");
        let app = create_app(&data, "API", "https://app.example");
        let mut server = Server::start_with(&data, |c| {
            c.stderr(Stdio::piped()).env("HILUM_LOG", "info");
        });
        // Its log says when the demo person is ready: an event, so nothing here sleeps.
        let log = BufReader::new(server.child.stderr.take().expect("piped"));
        let mut lines = log.lines().map_while(Result::ok);
        assert!(lines.any(|l| l.contains("demo person is ready")), "the log ended early");
        std::thread::spawn(move || lines.for_each(drop));
        Self { _dir: dir, server, app, client: client() }
    }

    async fn get(&self, path: &str) -> (StatusCode, reqwest::header::HeaderMap, Value) {
        let url = format!("{}/v1/human{path}", self.server.url);
        let answer = self.client.get(url).bearer_auth("demo").send().await.expect("answers");
        let (status, headers) = (answer.status(), answer.headers().clone());
        assert_eq!(headers["content-type"], "application/json; charset=utf-8", "{path}");
        assert_eq!(headers["access-control-allow-origin"], "*", "{path}");
        (status, headers, answer.json().await.expect("JSON"))
    }
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

const READING: &[&str] = &[
    "id",
    "userId",
    "humanId",
    "timestamp",
    "tzOffset",
    "value",
    "unit",
    "source",
    "sourceData",
    "createdAt",
    "updatedAt",
];
const PRESSURE: &[&str] = &[
    "id",
    "userId",
    "humanId",
    "timestamp",
    "tzOffset",
    "unit",
    "systolic",
    "diastolic",
    "heartRate",
    "source",
    "sourceData",
    "createdAt",
    "updatedAt",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_endpoint_answers_in_the_documented_shape() {
    let demo = Demo::start();

    let (status, _, human) = demo.get("").await;
    assert_eq!(status, 200);
    assert_eq!(human["userId"], "52e20cb2fff56aac62000001");
    assert_eq!(human["humanId"], "5dc2527186aaf9de560e5841f1a44bd6");
    assert_eq!(human["email"], "demo@humanapi.co");
    for (name, unit) in
        [("weight", "kg"), ("height", "mm"), ("bodyFat", "%"), ("heartRate", "bpm"), ("bloodOxygen", "SpO2")]
    {
        assert!(human[name]["value"].is_number(), "{name}: {}", human[name]);
        assert_eq!(human[name]["unit"], unit, "{name}");
    }
    assert_eq!(human["bloodGlucose"], json!({}));
    for same in ["/", "/human", "/human/"] {
        assert_eq!(demo.get(same).await.2, human, "{same}");
    }

    let (_, _, profile) = demo.get("/profile").await;
    assert_eq!(keys(&profile)[..3], ["userId", "createdAt", "email"]);
    assert!(profile["defaultTimeZone"]["name"].is_string());

    let (_, _, sources) = demo.get("/sources").await;
    let mut names: Vec<&str> =
        sources.as_array().expect("array").iter().map(|s| s["source"].as_str().expect("source")).collect();
    names.sort_unstable();
    assert_eq!(names, ["oura", "withings"]);
    assert_eq!(
        keys(&sources[0]),
        ["id", "source", "supportedDataTypes", "devices", "connectedSince", "historySync", "syncStatus"]
    );

    for (metric, shape) in [
        ("weight", READING),
        ("height", READING),
        ("body_fat", READING),
        ("heart_rate", READING),
        ("blood_pressure", PRESSURE),
    ] {
        let (status, headers, readings) = demo.get(&format!("/{metric}/readings?limit=3")).await;
        assert_eq!(status, 200, "{metric}");
        let rows = readings.as_array().expect("array");
        assert!(!rows.is_empty(), "{metric}");
        // A profile's weight and height have no offset of their own, so look at readings of a device.
        let source = if metric == "heart_rate" { "oura" } else { "withings" };
        let (_, _, measured) = demo.get(&format!("/{metric}/readings?limit=1&source={source}")).await;
        assert_eq!(keys(&measured[0]), shape, "{metric}");
        let total: usize = headers["x-total-count"].to_str().expect("ASCII").parse().expect("number");
        assert!(total >= rows.len(), "{metric}");
        let (_, _, latest) = demo.get(&format!("/{metric}")).await;
        assert_eq!(latest, rows[0], "{metric}: the latest is the first of the list");
        let id = rows[0]["id"].as_str().expect("id");
        assert_eq!(demo.get(&format!("/{metric}/readings/{id}")).await.2, rows[0], "{metric}");
        let day = local_day(&rows[0]);
        let (_, _, daily) = demo.get(&format!("/{metric}/readings/daily/{day}")).await;
        assert!(daily.as_array().expect("array").iter().any(|r| r["id"] == *id), "{metric} on {day}");
    }
    for empty in ["/blood_glucose", "/bmi"] {
        assert_eq!(demo.get(empty).await.2, json!({}));
        assert_eq!(demo.get(&format!("{empty}/readings/")).await.2, json!([]));
    }

    for (list, date_list) in [("/activities", "/activities/summaries"), ("/sleeps", "/sleeps/summaries")] {
        for path in [list, date_list] {
            let (status, _, rows) = demo.get(&format!("{path}?limit=2")).await;
            assert_eq!(status, 200, "{path}");
            let row = &rows[0];
            assert!(row["id"].is_string(), "{path}: {rows}");
            let by_id = demo.get(&format!("{path}/{}", row["id"].as_str().expect("id"))).await.2;
            assert_eq!(&by_id, row, "{path}");
        }
        let (_, _, rows) = demo.get(&format!("{date_list}?limit=1")).await;
        let date = rows[0]["date"].as_str().expect("date");
        let (status, _, by_date) = demo.get(&format!("{date_list}/{date}")).await;
        assert_eq!(status, 200, "{date_list}/{date}");
        assert_eq!(by_date["date"], date);
    }
    for empty in ["/food/meals", "/meals", "/locations", "/genetic/traits"] {
        let (status, headers, rows) = demo.get(empty).await;
        assert_eq!((status.as_u16(), rows), (200, json!([])), "{empty}");
        assert_eq!(headers["x-total-count"], "0", "{empty}");
    }
    let (_, _, genotypes) = demo.get("/genetic/genotypes?locations=rs3094315%20i3000001").await;
    assert_eq!(genotypes["genotypes"][1], json!({"location": "i3000001", "call": "__"}));
    let (_, _, nights) = demo.get("/sleeps?limit=1&time_series=true&source=oura").await;
    assert_eq!(keys(&nights[0]["timeSeries"]), ["quality", "heartRate", "breathing"]);
    let quality = nights[0]["timeSeries"]["quality"].as_object().expect("an object");
    assert_eq!(quality.keys().next().map(String::as_str), nights[0]["startTime"].as_str(), "stages from the beginning");
    let (_, _, second) = demo.get("/sources?version=2.3").await;
    assert_eq!(second.as_array().map(Vec::len), Some(2));
    let (status, _, summaries) = demo.get("/heart_rate/summaries?limit=1").await;
    assert_eq!(status, 200);
    assert!(summaries[0]["zones"].is_array(), "{summaries}");
}

/// The civil day of a reading, from its own offset.
fn local_day(row: &Value) -> String {
    use hilum_model::{Offset, Time};
    let (at, _) = Time::parse_rfc3339(row["timestamp"].as_str().expect("timestamp")).expect("a time");
    let offset = row["tzOffset"].as_str().map(|text| {
        let (sign, rest) = text.split_at(1);
        let (h, m) = rest.split_once(':').expect("hh:mm");
        let minutes = h.parse::<i16>().expect("hours") * 60 + m.parse::<i16>().expect("minutes");
        Offset(if sign == "-" { -minutes } else { minutes })
    });
    at.civil_day(offset).to_string()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn lists_page_and_filter_as_documented_and_bad_input_gets_a_clear_error() {
    let demo = Demo::start();
    let (_, headers, _) = demo.get("/weight/readings?limit=2&offset=2").await;
    let total: usize = headers["x-total-count"].to_str().expect("ASCII").parse().expect("number");
    let base = format!("{}/v1/human/weight/readings", demo.server.url);
    let last = total - total % 2;
    let link = format!(
        "<{base}?limit=2&offset=4>; rel=\"next\",<{base}?limit=2&offset=0>; rel=\"prev\",<{base}?limit=2&offset={last}>; rel=\"last\",<{base}?limit=2&offset=0>; rel=\"first\""
    );
    assert_eq!(headers["link"], link.as_str());

    // The whole list in pages equals the whole list at once.
    let mut paged = Vec::new();
    while paged.len() < total {
        let (_, _, rows) = demo.get(&format!("/weight/readings?limit=7&offset={}", paged.len())).await;
        let rows = rows.as_array().expect("array").clone();
        assert!(!rows.is_empty());
        paged.extend(rows);
    }
    let times: Vec<&str> = paged.iter().map(|r| r["timestamp"].as_str().expect("timestamp")).collect();
    assert!(times.windows(2).all(|w| w[0] >= w[1]), "newest first");
    assert_eq!(demo.get("/weight/readings?limit=").await.2.as_array().map(Vec::len), Some(total.min(50)));
    assert_eq!(demo.get("/weight/readings?source=nosuch").await.2, json!([]));
    assert_eq!(demo.get("/weight/readings?updated_since=20990101T000000Z").await.2, json!([]));

    for (path, status, code) in [
        ("/weight/readings?limit=x", 400, "invalid_parameter"),
        ("/weight/readings?offset=-1", 400, "invalid_parameter"),
        ("/weight/readings?start_date=2026-01-01", 400, "incomplete_date_range"),
        ("/weight/readings?updated_since=yesterday", 400, "invalid_parameter"),
        ("/weight/readings/000000000000000000000000", 404, "not_found"),
        ("/weight/readings/nonsense", 404, "not_found"),
        ("/nonsense", 404, "not_found"),
    ] {
        let (got, _, body) = demo.get(path).await;
        assert_eq!(got, status, "{path}: {body}");
        assert_eq!(keys(&body), ["code", "message", "detailedMessage"], "{path}");
        assert_eq!(body["code"], code, "{path}");
    }
    for (method, token, status) in
        [(Method::GET, None, 401), (Method::GET, Some("wrong"), 401), (Method::POST, Some("demo"), 405)]
    {
        let mut request = demo.client.request(method, format!("{}/v1/human/profile", demo.server.url));
        if let Some(token) = token {
            request = request.bearer_auth(token);
        }
        assert_eq!(request.send().await.expect("answers").status(), status);
    }
    // `access_token` in the query, as most published clients send it, with and without a trailing slash.
    for slash in ["", "/"] {
        let url = format!("{}/v1/human/blood_pressure{slash}?access_token=demo", demo.server.url);
        assert_eq!(demo.client.get(url).send().await.expect("answers").status(), 200);
    }
    // A conditional request costs no body.
    let url = format!("{}/v1/human/profile", demo.server.url);
    let tag = demo.client.get(&url).bearer_auth("demo").send().await.expect("answers").headers()["etag"].clone();
    let again = demo.client.get(&url).bearer_auth("demo").header("If-None-Match", tag).send().await.expect("answers");
    assert_eq!(again.status(), 304);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_application_api_keeps_users_apart_by_app() {
    let demo = Demo::start();
    let users = format!("{}/v1/apps/{}/users", demo.server.url, demo.app.client_id);
    let as_app = |method: Method, url: &str| demo.client.request(method, url).basic_auth(&demo.app.app_key, Some(""));
    let hostile = "😀 \"quotes\" ../ <script>alert(1)</script>";
    for (body, json_body) in [(hostile, true), ("patient-17", false)] {
        let request = as_app(Method::POST, &users);
        let request =
            if json_body { request.json(&json!({"externalId": body})) } else { request.form(&[("externalId", body)]) };
        let answer = request.send().await.expect("answers");
        assert_eq!(answer.status(), 201);
        let user: Value = answer.json().await.expect("JSON");
        assert_eq!(keys(&user), ["humanId", "externalId", "appId", "createdAt", "updatedAt"]);
        assert_eq!(
            (user["externalId"].as_str(), user["appId"].as_str()),
            (Some(body), Some(demo.app.client_id.as_str()))
        );
    }
    let list: Value = as_app(Method::GET, &users).send().await.expect("answers").json().await.expect("JSON");
    assert_eq!(list.as_array().map(Vec::len), Some(2));
    let one = format!("{users}/{}", list[0]["humanId"].as_str().expect("id"));
    let got: Value = as_app(Method::GET, &one).send().await.expect("answers").json().await.expect("JSON");
    assert_eq!(got, list[0]);
    assert_eq!(as_app(Method::DELETE, &one).send().await.expect("answers").status(), 204);
    assert_eq!(as_app(Method::GET, &one).send().await.expect("answers").status(), 404);
    // The demo person belongs to another app.
    let foreign = format!("{users}/5dc2527186aaf9de560e5841f1a44bd6");
    assert_eq!(as_app(Method::GET, &foreign).send().await.expect("answers").status(), 404);
    assert_eq!(demo.client.get(&users).send().await.expect("answers").status(), 401);
    assert_eq!(
        demo.client.get(&users).basic_auth("0".repeat(40), Some("")).send().await.expect("answers").status(),
        401
    );
    let huge = "x".repeat(2_000_000);
    let answer = as_app(Method::POST, &users).json(&json!({"externalId": huge})).send().await;
    assert!(answer.is_err() || answer.is_ok_and(|a| a.status() == 413 || a.status() == 400));
}
