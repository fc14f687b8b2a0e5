//! Asking for news where there are none: one person's list, and a batch query over all people of an app. Both must not read
//! what is old, so they cost the same whatever is stored.

use std::collections::BTreeMap;

use anyhow::ensure;
use base64::Engine as _;
use hilum_model::{Batch, Day, Observation, Quantity, Record};
use hilum_model::{Body, Metric, Unit};
use http::{Request, StatusCode, header};
use http_body_util::Full;
use tokio::task::JoinSet;

use crate::beside::{Effort, bare, compare};
use crate::client::{Call, Client};
use crate::measure::line;
use crate::serve::Server;
use crate::wearable::Series;
use crate::world::{Person, World, batch, engine, first_day};

/// How much.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Options {
    /// People of the app
    #[arg(long, default_value_t = 10_000, value_parser = clap::value_parser!(u32).range(1..=1_000_000))]
    people: u32,
    #[command(flatten)]
    effort: Effort,
}

/// Days of heart rates of the one person whose list is asked for.
const DAYS: i64 = 90;
/// Writes under way at once.
const AT_ONCE: usize = 32;

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let world = World::new("http://127.0.0.1:9000").await?;
    let first = first_day(DAYS);
    let mut people = Vec::new();
    let mut writing = JoinSet::new();
    for number in 0..options.people as usize {
        let person = world.person(number).await?;
        while writing.len() >= AT_ONCE {
            if let Some(written) = writing.join_next().await {
                written??;
            }
        }
        let (store, human, connection) = (world.store.clone(), person.human, person.connection);
        writing.spawn(async move { store.apply(human, connection, some(first), None).await.map(|_| ()) });
        people.push(person);
    }
    while let Some(written) = writing.join_next().await {
        written??;
    }
    for day in first..first + DAYS {
        world.store.apply(people[0].human, people[0].connection, batch(&[Series::MinutePulse], day, 1), None).await?;
    }
    let store = world.store.clone();
    let real = Server::start("hilum", move |at| Ok(hilum_server::router(engine(store, at)?)))?;

    // Later than everything that is stored.
    let since = "updated_since=2199-01-01T00:00:00Z";
    let key = base64::engine::general_purpose::STANDARD.encode(format!("{}:", world.app_key));
    let basic = format!("Basic {key}");
    let get = |path: &str, authorization: &str| -> anyhow::Result<Call> {
        Ok(Request::get(path)
            .header(header::HOST, "127.0.0.1")
            .header(header::AUTHORIZATION, authorization)
            .body(Full::default())?)
    };
    let of = |person: &Person, path: &str| {
        get(&format!("/v1/human/{path}?{since}"), &format!("Bearer {}", person.access_token))
    };
    let users = format!("/v1/apps/{}/users", world.app.client_id);
    let every = people.len().div_ceil(256);
    let many =
        people.iter().step_by(every).map(|person| of(person, "weight/readings")).collect::<anyhow::Result<Vec<_>>>()?;
    let mut cases: BTreeMap<&str, Vec<Call>> = BTreeMap::new();
    cases.insert("1: weights of one person, now this one, now that", many);
    cases.insert("2: heart rates of one with 90 days of minutes", vec![of(&people[0], "heart_rate/readings")?]);
    cases.insert("3: weights of all people", vec![get(&format!("{users}/weights?{since}"), &basic)?]);
    cases.insert("4: heart rates of all people", vec![get(&format!("{users}/heart_rates?{since}"), &basic)?]);
    line(&format!("{} people", people.len()));
    for (what, calls) in cases {
        let answer = Client::connect(real.at).await?.send(calls[0].clone()).await?;
        ensure!(answer.status == StatusCode::OK && &answer.body[..] == b"[]", "{what} answered {}", answer.status);
        let limit = bare(StatusCode::OK, "application/json; charset=utf-8", answer.body)?;
        compare(what, &real, &limit, options.effort, StatusCode::OK, &calls).await?;
    }
    Ok(())
}

/// A weight and some heart rates.
fn some(day: i64) -> Batch {
    let mut some = batch(&[Series::WorkoutPulse], day, 1);
    let day = Day(i32::try_from(day).unwrap_or_default());
    if let Some(quantity) = Quantity::new(Metric::Weight, 71.5, Unit::Kilogram) {
        some.observations.push(Observation::Record(Box::new(Record {
            key: "weight".to_owned(),
            device: None,
            start: day.start_utc(),
            end: None,
            offset: None,
            day,
            body: Body::Reading { metric: Metric::Weight, quantity },
            source_data: serde_json::Map::new(),
        })));
    }
    some
}
