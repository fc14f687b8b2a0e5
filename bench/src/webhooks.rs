//! How long an event takes from its commit to the app's server, for 199 endpoints of as many apps, while one more endpoint is
//! well, refuses connections, or takes them and never answers. In turns in one run; beside it bare posts of a body of that size.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use anyhow::{Context as _, ensure};
use axum::Router;
use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::routing::post;
use hilum_engine::clock::SystemRandom;
use hilum_engine::webhooks::{WebhookConfig, new_secret};
use hilum_engine::{Config, egress::Networks};
use hilum_model::{
    Batch, Body, ClientId, ConnectionId, Day, HumanId, Metric, Observation, Phi, Quantity, Record, Secret, Unit,
    WebhookId,
};
use hilum_store::Store;
use hilum_store::apps::{LaunchMode, NewApp};
use hilum_store::connections::NewConnection;
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::webhooks::{WebhookKind, WebhookSettings};
use http::{Request, StatusCode, header};
use tokio::net::TcpListener;

use crate::client::Client;
use crate::measure::{Stopwatch, line, quantile, table};
use crate::serve::Server;
use crate::world::{World, config, engine_with, first_day};

/// How much.
#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Options {
    /// Endpoints, the one in trouble included
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(2..=2000))]
    endpoints: u16,
    /// Events of each in a phase
    #[arg(long, default_value_t = 10, value_parser = clap::value_parser!(u16).range(1..=1000))]
    events: u16,
    /// Events a second, all endpoints together
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=10_000))]
    rate: u16,
    /// Turns of all phases
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    turns: u8,
}

/// Longer than a call to an endpoint that never answers: after it a turn leaves nothing behind.
const SETTLE: Duration = Duration::from_secs(17);

/// How the one in trouble is.
const PHASES: [&str; 3] = ["all answer", "one refuses connections", "one never answers"];

/// An app with one endpoint and one person.
struct Endpoint {
    human: HumanId,
    connection: ConnectionId,
    /// Seconds at which its events were committed.
    committed: Vec<f64>,
}

/// When messages came first, by endpoint.
struct Received {
    watch: Stopwatch,
    endpoints: Mutex<Vec<(BTreeSet<String>, Vec<f64>)>>,
}

impl Received {
    fn note(&self, endpoint: usize, id: &str) {
        let at = self.watch.seconds();
        let mut endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some((ids, times)) = endpoints.get_mut(endpoint)
            && ids.insert(id.to_owned())
        {
            times.push(at);
        }
    }

    fn times(&self, endpoint: usize) -> Vec<f64> {
        let endpoints = self.endpoints.lock().unwrap_or_else(PoisonError::into_inner);
        endpoints.get(endpoint).map(|(_, times)| times.clone()).unwrap_or_default()
    }
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let world = World::new("http://127.0.0.1:9000").await?;
    let others = usize::from(options.endpoints) - 1;
    // The last place is that of bare posts.
    let received = Arc::new(Received {
        watch: Stopwatch::start(),
        endpoints: Mutex::new(vec![Default::default(); others + usize::from(options.turns) + 1]),
    });
    let state = Arc::clone(&received);
    let receiver = Server::start("receiver", move |_| {
        let take = |State(received): State<Arc<Received>>, Path(n): Path<usize>, headers: HeaderMap| async move {
            let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()).unwrap_or_default();
            received.note(n, id);
        };
        Ok(Router::new().route("/{n}", post(take)).with_state(state))
    })?;
    let store = world.store.clone();
    let _hilum = Server::start("hilum", move |at| {
        let config = Config { webhooks: WebhookConfig { networks: Networks::this_machine() }, ..config(at)? };
        let engine = engine_with(store, config)?;
        tokio::spawn(Arc::clone(&engine).run_webhooks(std::future::pending()));
        Ok(hilum_server::router(engine))
    })?;

    let mut number = 0;
    let mut endpoints = Vec::with_capacity(others);
    for n in 0..others {
        endpoints.push(endpoint(&world.store, &mut number, &format!("http://{}/{n}", receiver.at)).await?);
    }
    let hanging = hanging().await?;
    let mut delays: [Vec<f64>; PHASES.len()] = Default::default();
    let mut bare = Vec::new();
    for turn in 0..usize::from(options.turns) {
        for (phase, all) in delays.iter_mut().enumerate() {
            let address = match phase {
                0 => format!("http://{}/{}", receiver.at, others + turn),
                1 => format!("http://{}/", refusing().await?),
                _ => format!("http://{hanging}/"),
            };
            let mut last = endpoint(&world.store, &mut number, &address).await?;
            all.extend(measure(&world.store, &mut endpoints, &mut last, &received, options).await?);
        }
        bare.extend(posts(receiver.at, &received, others + usize::from(options.turns), options.events).await?);
        tokio::time::sleep(SETTLE).await;
    }

    line(&format!("{others} endpoints beside the one, {} events a second", options.rate));
    let mut rows = Vec::new();
    for (name, times) in PHASES.iter().zip(&mut delays).chain([(&"bare posts, no event behind them", &mut bare)]) {
        let ms = |q| format!("{:.2} ms", q * 1e3);
        let figures = [0.5, 0.99, 1.0].map(|q| ms(quantile(times, q)));
        rows.push([vec![(*name).to_owned(), times.len().to_string()], figures.to_vec()].concat());
    }
    table(&["from the commit to the other endpoints", "messages", "p50", "p99", "longest"], &rows);
    Ok(())
}

/// An app, its person and its webhook.
async fn endpoint(store: &Store, number: &mut i32, url: &str) -> anyhow::Result<Endpoint> {
    *number += 1;
    let client_id = ClientId::random(&SystemRandom);
    let new = NewApp {
        client_id,
        name: format!("App {number}"),
        mode: LaunchMode::LegacyGuarded,
        client_secret: Secret::new(format!("{number:040x}")),
        app_key: Secret::new(format!("{number:040x}")),
        origins: vec!["http://127.0.0.1:9000".to_owned()],
        redirects: Vec::new(),
    };
    store.create_app(new).await?;
    let new =
        NewHuman { client_id, client_user_id: Phi::new("person".to_owned()), ids: None, facts: HumanFacts::default() };
    let human = store.create_human(new).await?.0.human_id;
    let connection = store
        .add_connection(NewConnection {
            human_id: human,
            connection_id: ConnectionId::random(&SystemRandom),
            provider: "withings".to_owned(),
            pending: None,
            account: Phi::new(format!("account-{number}")),
            scopes: Vec::new(),
            tokens: None,
        })
        .await?;
    let settings = WebhookSettings {
        url: Secret::new(url.to_owned()),
        description: String::new(),
        event_types: vec!["data.*".to_owned()],
        data_types: Vec::new(),
    };
    let (id, secret) = (WebhookId::random(&SystemRandom), new_secret(&SystemRandom));
    store.create_webhook(id, client_id, WebhookKind::Standard, settings, Some(secret)).await?;
    Ok(Endpoint { human, connection, committed: Vec::new() })
}

/// An address at which nobody listens.
async fn refusing() -> anyhow::Result<SocketAddr> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?)
}

/// An address at which somebody listens and never says anything.
async fn hanging() -> anyhow::Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let at = listener.local_addr()?;
    tokio::spawn(async move {
        let mut open = Vec::new();
        while let Ok((stream, _)) = listener.accept().await {
            open.push(stream);
        }
    });
    Ok(at)
}

/// Events of all endpoints in turn, at the rate that was asked for; seconds from commit to receipt of all but the last one.
async fn measure(
    store: &Store,
    endpoints: &mut [Endpoint],
    last: &mut Endpoint,
    received: &Received,
    options: Options,
) -> anyhow::Result<Vec<f64>> {
    let before: Vec<usize> = endpoints.iter().map(|endpoint| endpoint.committed.len()).collect();
    let begin = received.watch.seconds();
    let mut told = 0_u32;
    for _ in 0..options.events {
        for endpoint in endpoints.iter_mut().chain([&mut *last]) {
            let due = begin + f64::from(told) / f64::from(options.rate);
            let early = due - received.watch.seconds();
            if early > 0.0 {
                tokio::time::sleep(Duration::from_secs_f64(early)).await;
            }
            let batch = weight(endpoint.committed.len())?;
            store.apply(endpoint.human, endpoint.connection, batch, None).await?;
            endpoint.committed.push(received.watch.seconds());
            told += 1;
        }
    }
    for _ in 0..600 {
        if endpoints.iter().enumerate().all(|(n, endpoint)| received.times(n).len() >= endpoint.committed.len()) {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    let mut delays = Vec::new();
    for (n, (endpoint, before)) in endpoints.iter().zip(before).enumerate() {
        let times = received.times(n);
        ensure!(
            times.len() == endpoint.committed.len(),
            "{} of {} messages came",
            times.len(),
            endpoint.committed.len()
        );
        // Messages about one person come one after the other, in the order of the events.
        delays.extend(times.iter().zip(&endpoint.committed).skip(before).map(|(came, committed)| came - committed));
    }
    Ok(delays)
}

/// Seconds from sending to receipt of posts of a message's size, one after the other over one connection.
async fn posts(at: SocketAddr, received: &Received, place: usize, count: u16) -> anyhow::Result<Vec<f64>> {
    let mut client = Client::connect(at).await?;
    let body = vec![b' '; 420];
    let mut delays = Vec::new();
    for _ in 0..u32::from(count) * 20 {
        let sent = received.watch.seconds();
        let call = Request::post(format!("/{place}"))
            .header(header::HOST, "127.0.0.1")
            .header("webhook-id", format!("{sent}"))
            .body(body.clone().into())?;
        let answer = client.send(call).await?;
        ensure!(answer.status == StatusCode::OK, "a post answered {}", answer.status);
        delays.push(received.times(place).last().context("a time")? - sent);
    }
    Ok(delays)
}

/// One reading more.
fn weight(number: usize) -> anyhow::Result<Batch> {
    let day = Day(i32::try_from(first_day(1))?);
    let quantity = Quantity::new(Metric::Weight, 71.5, Unit::Kilogram).context("kilograms")?;
    let record = Record {
        key: number.to_string(),
        device: None,
        start: day.start_utc().plus_s(i64::try_from(number)?),
        end: None,
        offset: None,
        day,
        body: Body::Reading { metric: Metric::Weight, quantity },
        source_data: serde_json::Map::new(),
    };
    Ok(Batch { observations: vec![Observation::Record(Box::new(record))], ..Batch::default() })
}
