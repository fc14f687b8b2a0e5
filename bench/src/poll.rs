//! Polls of a Connect session that has been closed. They are answered 412 for as long as the page stays open, so
//! they must cost next to nothing.

use anyhow::ensure;
use http::{Request, StatusCode, header};
use serde_json::json;
use url::Url;

use crate::beside::{Effort, bare, compare};
use crate::browser::{Browser, page_data, text};
use crate::serve::Server;
use crate::world::{World, engine};

pub(crate) async fn run(effort: Effort) -> anyhow::Result<()> {
    let world = World::new("http://127.0.0.1:9000").await?;
    let store = world.store.clone();
    let real = Server::start("hilum", move |at| Ok(hilum_server::router(engine(store, at)?)))?;
    let base: Url = format!("http://{}/", real.at).parse()?;

    // A person opens Connect and closes it.
    let mut browser = Browser::default();
    let mut page = base.join("embed")?;
    page.query_pairs_mut()
        .append_pair("client_id", &world.app.client_id.to_string())
        .append_pair("client_user_id", "bench");
    let data = page_data(&browser.get(&page).await?)?;
    let (secret, poll) = (text(&data, "secret")?, text(&data, "poll")?);
    let address = base.join("connect/poll")?;
    let open = browser.post_json(&address, &json!({ "poll": poll })).await?;
    ensure!(open.status == StatusCode::OK, "a poll of an open session answered {}", open.status);
    let end = browser.post(&base.join("connect/end")?, "application/json", &[("secret", secret)]).await?;
    ensure!(end.status == StatusCode::OK, "closing answered {}", end.status);
    let gone = browser.post_json(&address, &json!({ "poll": poll })).await?;
    ensure!(gone.status == StatusCode::PRECONDITION_FAILED, "a poll of a closed session answered {}", gone.status);

    let call = Request::post(address.path())
        .header(header::HOST, real.at.to_string())
        .header(header::ORIGIN, base.origin().ascii_serialization())
        .header(header::CONTENT_TYPE, "application/json")
        .body(json!({ "poll": poll }).to_string().into())?;
    let limit = bare(StatusCode::PRECONDITION_FAILED, "application/json; charset=utf-8", gone.body)?;
    compare("polls of a closed session", &real, &limit, effort, StatusCode::PRECONDITION_FAILED, &[call]).await?;
    Ok(())
}
