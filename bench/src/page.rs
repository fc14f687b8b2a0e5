//! Pages of heart-rate readings through the whole server.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use http::{Request, StatusCode, header};
use http_body_util::Full;

use crate::beside::{Effort, bare, compare};
use crate::client::{Call, Client};
use crate::measure::line;
use crate::serve::Server;
use crate::wearable::Series;
use crate::world::{World, batch, engine, first_day};

const DAYS: i64 = 90;
/// The longest page that the data API gives.
const MOST: usize = 500;

pub(crate) async fn run(effort: Effort) -> anyhow::Result<()> {
    let world = Arc::new(World::new("http://127.0.0.1:9000").await?);
    let person = world.person(0).await?;
    let first = first_day(DAYS);
    let mut samples = 0;
    for day in first..first + DAYS {
        let batch = batch(&[Series::JitteredPulse], day, 1);
        samples += batch.observations.len();
        world.store.apply(person.human, person.connection, batch, None).await?;
    }
    let store = world.store.clone();
    let real = Server::start("hilum", move |at| Ok(hilum_server::router(engine(store, at)?)))?;

    // Pages from all over the history, not one that stays warm; and the one that most apps ask for first.
    for (what, limit, places) in [("pages", 100, 64), ("newest page", 100, 1), ("pages", MOST, 64)] {
        let call = |offset: usize| -> anyhow::Result<Call> {
            Ok(Request::get(format!("/v1/human/heart_rate/readings?limit={limit}&offset={offset}"))
                .header(header::HOST, "127.0.0.1")
                .header(header::AUTHORIZATION, format!("Bearer {}", person.access_token))
                .body(Full::default())?)
        };
        let last = samples - limit;
        let calls = (0..places).map(|i| call(i * 7919 % last)).collect::<anyhow::Result<Vec<_>>>()?;

        let answer = Client::connect(real.at).await?.send(call(0)?).await?;
        ensure!(answer.status == StatusCode::OK, "page answered {}", answer.status);
        let rows: Vec<serde_json::Value> = serde_json::from_slice(&answer.body)?;
        ensure!(rows.len() == limit, "page of {limit} has {} rows", rows.len());
        let total = answer.headers.get("x-total-count").context("X-Total-Count")?;
        ensure!(total.as_bytes() == samples.to_string().as_bytes(), "the total is {total:?}, not {samples}");

        line(&format!("page of {limit}: {} bytes", answer.body.len()));
        let limit_of = bare(StatusCode::OK, "application/json; charset=utf-8", answer.body)?;
        compare(&format!("{what} of {limit}"), &real, &limit_of, effort, StatusCode::OK, &calls).await?;
    }
    Ok(())
}
