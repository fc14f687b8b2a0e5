//! The control API itself.

use serde_json::json;

use crate::bed::{Bed, provider};

#[tokio::test]
async fn switches_are_listed_and_wrong_ones_refused() {
    let bed = Bed::start().await;
    bed.fail("cuff", &["slow", "token_500"]).await;
    let list = bed.send(bed.http.get(format!("{}/_control/personas", bed.base))).await;
    let people = list.json()["personas"].as_array().expect("a list").clone();
    assert_eq!(people.len(), 5);
    let walter = people.iter().find(|p| p["name"] == "cuff").expect("there");
    assert_eq!(walter["failures"]["*"], json!(["token_500", "slow"]));
    assert_eq!(list.json()["everybody"]["oura"], json!([]));

    let post = |name: &str, body: &'static str, kind: &'static str| {
        let url = format!("{}/_control/personas/{name}", bed.base);
        bed.send(bed.http.post(url).header("content-type", kind).body(body))
    };
    let (good, json_kind) = (r#"{"failures":["html"]}"#, "application/json");
    assert_eq!(post("nobody", good, json_kind).await.status, 404);
    assert_eq!(post("cuff", good, "text/plain").await.status, 415);
    assert_eq!(post("cuff", r#"{"failures":["fire"]}"#, json_kind).await.status, 400);
    assert_eq!(post("cuff", r#"{"failures":[],"who":1}"#, json_kind).await.status, 400);
    assert_eq!(post("cuff", r#"{"failures":[],"provider":"nobody"}"#, json_kind).await.status, 400);
    assert_eq!(post("cuff", good, json_kind).await.status, 200);
}

#[tokio::test]
async fn referers_are_noted_and_a_reset_forgets() {
    let bed = Bed::start().await;
    let oura = provider("oura");
    bed.connect(oura, "runner").await;
    let page = bed.authorize_url(oura, &["daily"], &[]);
    bed.send(bed.http.get(page).header("referer", "https://hilum.example/")).await;
    bed.fail("runner", &["html"]).await;
    let stats = bed.stats().await;
    assert_eq!(stats["referers"], json!([{"path": "/oura/authorize", "referer": "https://hilum.example/"}]));
    assert_eq!((&stats["requests"]["oura allow"], &stats["requests"]["oura token"]), (&1.into(), &1.into()));

    bed.send(bed.http.post(format!("{}/_control/reset", bed.base))).await;
    let stats = bed.stats().await;
    assert_eq!((&stats["requests"], &stats["referers"]), (&json!({}), &json!([])));
    assert_eq!(stats["families"].as_array().map(Vec::len), Some(1), "grants stay");
    let list = bed.send(bed.http.get(format!("{}/_control/personas", bed.base))).await;
    assert_eq!(list.json()["personas"][0]["failures"]["*"], json!([]));
}
