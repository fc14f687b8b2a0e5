//! A source with a login of its own for each region.
use axum::http::StatusCode;

use crate::world::{APP, World};

#[tokio::test]
async fn the_region_is_asked_for_before_the_redirect() {
    let world = World::offering(&["oura", "dexcom"]).await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "patient-17")]).await;
    let row = |name: &str| {
        let (_, rest) = page.body.split_once(&format!("id=\"source-{name}\"")).expect("a row");
        rest.split_once("</li>").expect("its end").0.to_owned()
    };
    assert!(!row("oura").contains("<select"), "only where there is a choice");
    let dexcom = row("dexcom");
    assert!(dexcom.contains("<select name=\"region\" required>") && dexcom.contains("<label"), "{dexcom}");
    let regions = hilum_providers::find("dexcom").expect("known").regions;
    assert!(regions.len() > 1);
    for region in regions {
        let name = region.name.replace('\'', "&#39;");
        assert!(dexcom.contains(&format!("<option value=\"{}\">{name}</option>", region.id)), "{dexcom}");
        let form = [("secret", page.secret()), ("provider", "dexcom"), ("region", region.id)];
        let started = browser.post("/connect/start", &form, "text/html").await;
        assert!(started.location().contains("/dexcom/authorize?"), "{}", started.location());
    }
    for without in [vec![], vec![("region", "")], vec![("region", "mars")]] {
        let form = [vec![("secret", page.secret()), ("provider", "dexcom")], without].concat();
        let refused = browser.post("/connect/start", &form, "text/html").await;
        assert_eq!(refused.status, StatusCode::BAD_REQUEST);
        assert!(refused.body.contains("choose the region"), "{}", refused.body);
    }
}

#[tokio::test]
async fn a_login_that_is_refused_speaks_of_the_region() {
    let world = World::offering(&["dexcom"]).await;
    let mut browser = world.browser();
    let page = browser.open(&[("clientId", APP), ("clientUserId", "patient-17")]).await;
    let region = hilum_providers::find("dexcom").expect("known").regions[0].id;
    let form = [("secret", page.secret()), ("provider", "dexcom"), ("region", region)];
    let started = browser.post("/connect/start", &form, "text/html").await;
    browser.callback("dexcom", &[("state", &started.state()), ("code", "of another region")]).await;
    let list = browser.list(page.secret()).await;
    assert_eq!(list.row("dexcom"), "failed");
    assert!(list.body.contains("another region"), "{}", list.body);
}
