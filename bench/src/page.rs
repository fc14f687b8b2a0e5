//! Pages of heart-rate readings through the whole server: by number, by cursor, as JSON lines, merged.

use std::sync::Arc;

use anyhow::{Context as _, ensure};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode, header};
use http_body_util::Full;

use crate::beside::{Effort, bare, compare};
use crate::client::{Call, Client};
use crate::measure::line;
use crate::serve::Server;
use crate::wearable::Series;
use crate::world::{Person, World, batch, engine, first_day};

const DAYS: i64 = 90;
/// The longest page by number, and by cursor.
const MOST: usize = 500;
const MOST_BY_CURSOR: usize = 1000;
/// Pages that are asked for in turn.
const PLACES: usize = 64;
const JSON: &str = "application/json; charset=utf-8";
const LINES: &str = "application/x-ndjson; charset=utf-8";

pub(crate) async fn run(effort: Effort) -> anyhow::Result<()> {
    let world = Arc::new(World::new("http://127.0.0.1:9000").await?);
    let person = world.person(0).await?;
    let several = world.person(1).await?;
    let first = first_day(DAYS);
    let mut samples = 0;
    for day in first..first + DAYS {
        let one = batch(&[Series::JitteredPulse], day, 1);
        samples += one.observations.len();
        world.store.apply(person.human, person.connection, one, None).await?;
        let two = batch(&[Series::MinutePulse, Series::JitteredPulse], day, 1);
        world.store.apply(several.human, several.connection, two, None).await?;
    }
    let store = world.store.clone();
    let real = Server::start("hilum", move |at| Ok(hilum_server::router(engine(store, at)?)))?;
    let bench = Bench { real, effort };

    // Pages from all over the history, not one that stays warm; and the one that most apps ask for first.
    for (what, limit, places) in [("pages", 100, PLACES), ("newest page", 100, 1), ("pages", MOST, PLACES)] {
        let last = samples - limit;
        let queries: Vec<String> = (0..places).map(|i| format!("limit={limit}&offset={}", i * 7919 % last)).collect();
        let headers = bench.compare(&format!("{what} of {limit}"), &person, JSON, &queries, Some(limit)).await?;
        let total = headers.get("x-total-count").context("X-Total-Count")?;
        ensure!(total.as_bytes() == samples.to_string().as_bytes(), "the total is {total:?}, not {samples}");
    }
    for limit in [100, MOST_BY_CURSOR] {
        let queries = bench.walk(&person, limit, samples).await?;
        bench.compare(&format!("pages of {limit} by cursor"), &person, JSON, &queries, Some(limit)).await?;
        if limit == MOST_BY_CURSOR {
            let lines: Vec<String> = queries.iter().map(|query| format!("{query}&format=ndjson")).collect();
            bench.compare(&format!("pages of {limit} as JSON lines"), &person, LINES, &lines, None).await?;
        }
    }
    let merged: Vec<String> =
        (0..PLACES).map(|i| format!("merge=true&limit=100&offset={}", i * 7919 % samples)).collect();
    bench.compare("merged pages cut from 100 rows of two devices", &several, JSON, &merged, None).await?;
    Ok(())
}

struct Bench {
    real: Server,
    effort: Effort,
}

impl Bench {
    fn call(person: &Person, query: &str) -> anyhow::Result<Call> {
        Ok(Request::get(format!("/v1/human/heart_rate/readings?{query}"))
            .header(header::HOST, "127.0.0.1")
            .header(header::AUTHORIZATION, format!("Bearer {}", person.access_token))
            .body(Full::default())?)
    }

    async fn get(&self, person: &Person, query: &str) -> anyhow::Result<(HeaderMap, Bytes)> {
        let answer = Client::connect(self.real.at).await?.send(Self::call(person, query)?).await?;
        ensure!(answer.status == StatusCode::OK, "{query} answered {}", answer.status);
        Ok((answer.headers, answer.body))
    }

    /// Measures these queries beside a bare server that sends the first one's bytes, of `rows` rows.
    async fn compare(
        &self,
        what: &str,
        person: &Person,
        content_type: &'static str,
        queries: &[String],
        rows: Option<usize>,
    ) -> anyhow::Result<HeaderMap> {
        let (headers, body) = self.get(person, queries.first().context("no query")?).await?;
        let told = headers.get(header::CONTENT_TYPE).context("Content-Type")?;
        ensure!(told == content_type, "{what} is {told:?}");
        if let Some(rows) = rows {
            let read: Vec<serde_json::Value> = serde_json::from_slice(&body)?;
            ensure!(read.len() == rows, "{what} has {} rows", read.len());
        }
        line(&format!("{what}: {} bytes", body.len()));
        let calls = queries.iter().map(|query| Self::call(person, query)).collect::<anyhow::Result<Vec<_>>>()?;
        let limit = bare(StatusCode::OK, content_type, body)?;
        compare(what, &self.real, &limit, self.effort, StatusCode::OK, &calls).await?;
        Ok(headers)
    }

    /// Full pages from all over a walk, by their cursors.
    async fn walk(&self, person: &Person, limit: usize, samples: usize) -> anyhow::Result<Vec<String>> {
        let pages = samples / limit;
        let mut queries = Vec::with_capacity(PLACES);
        let mut query = format!("limit={limit}&cursor=*");
        for page in 0..pages {
            if page * PLACES / pages >= queries.len() {
                queries.push(query.clone());
            }
            let (headers, _) = self.get(person, &query).await?;
            let Some(next) = headers.get("x-next-cursor") else { break };
            query = format!("limit={limit}&cursor={}", next.to_str()?);
        }
        Ok(queries)
    }
}
