//! Connect sessions as a person and an app's server go through them: open the page, log in at the sandbox provider,
//! allow, come back, finish, exchange the session token.

use std::collections::BTreeMap;
use std::net::SocketAddr;

use anyhow::{Context as _, ensure};
use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_engine::enrol::OpenLimits;
use hilum_engine::{Config, ProviderConfig};
use hilum_model::Secret;
use hilum_sandbox::{Rate, Redirects, Sandbox, SandboxConfig, endpoints};
use http::StatusCode;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::task::JoinSet;
use url::Url;

use crate::beside::bare;
use crate::browser::{Browser, page_data, redirect, text};
use crate::client::{Answer, Client};
use crate::measure::{Stopwatch, line, quantile, table};
use crate::serve::Server;
use crate::world::{World, engine_with};

const PROVIDER: &str = "oura";

/// What happens in a session, in order.
const STEPS: [&str; 9] = [
    "open the page",
    "start the login",
    "consent page (sandbox)",
    "allow (sandbox)",
    "callback, code exchange",
    "end of the login window",
    "list of sources",
    "finish",
    "exchange of the token",
];
/// Of these, how many the sandbox answers.
const FOREIGN: usize = 2;
/// Durable writes that a session needs: the session, the login's flow, its use, the connection, the end, the exchange.
const COMMITS: usize = 6;

#[derive(Debug, Clone, Copy, clap::Args)]
pub(crate) struct Options {
    /// Sessions one after the other
    #[arg(long, default_value_t = 200, value_parser = clap::value_parser!(u16).range(1..=5000))]
    sessions: u16,
    /// People at once in the second part
    #[arg(long, default_value_t = 16, value_parser = clap::value_parser!(u16).range(1..=256))]
    at_once: u16,
}

/// Where everything is.
#[derive(Clone)]
struct Place {
    base: Url,
    client_id: String,
    client_secret: String,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let client_secret = Secret::new("bench-sandbox-secret".to_owned());
    let registered =
        hilum_sandbox::Client::new(PROVIDER, "bench-sandbox", client_secret.clone(), Redirects::AnyLoopback);
    let mut config =
        SandboxConfig::new(vec![registered], std::sync::Arc::new(SystemClock), std::sync::Arc::new(SystemRandom));
    config.rate = Rate::Unlimited;
    let sandbox = Server::start("sandbox", |_| Ok(Sandbox::new(config).router()))?;
    let world = World::new("http://127.0.0.1:9000").await?;
    let store = world.store.clone();
    let providers = providers(sandbox.at, &client_secret)?;
    let hilum = Server::start("hilum", move |at| {
        let config = Config {
            public_url: format!("http://{at}").parse()?,
            providers,
            bridges: false,
            workers: 1,
            open_limits: OpenLimits::NONE,
            imports: hilum_engine::import::ImportLimits::default(),
            webhooks: hilum_engine::webhooks::WebhookConfig::default(),
            archive_days: None,
        };
        Ok(hilum_server::router(engine_with(store, config)?))
    })?;
    let place = Place {
        base: format!("http://{}/", hilum.at).parse()?,
        client_id: world.app.client_id.to_string(),
        client_secret: world.client_secret.clone(),
    };

    // One that does not count, then one after the other.
    session(&place, "warm").await?;
    let mut steps: Vec<Vec<f64>> = vec![Vec::new(); STEPS.len()];
    let mut whole = Vec::new();
    for number in 0..options.sessions {
        let times = session(&place, &format!("one-{number}")).await?;
        whole.push(times.iter().sum::<f64>());
        for (all, one) in steps.iter_mut().zip(times) {
            all.push(one);
        }
    }
    let rows: Vec<Vec<String>> = STEPS.iter().zip(&mut steps).map(|(name, times)| row(name, times)).collect();
    table(&["step, one person at a time", "p50", "p99"], &rows);
    let p50 = quantile(&mut whole, 0.5);
    table(&["", "p50", "p99"], &[row("whole session", &mut whole)]);

    let floor = floor(options.sessions).await?;
    line(&format!(
        "floor: {} requests to a bare server and {COMMITS} durable commits of bare SQLite: {floor:.2} ms, ratio {:.0} %",
        STEPS.len(),
        floor / p50 * 100.0
    ));

    let watch = Stopwatch::start();
    let mut people = JoinSet::new();
    let each = options.sessions.div_ceil(options.at_once);
    for person in 0..options.at_once {
        let place = place.clone();
        people.spawn(async move {
            for number in 0..each {
                session(&place, &format!("many-{person}-{number}")).await?;
            }
            anyhow::Ok(())
        });
    }
    while let Some(done) = people.join_next().await {
        done??;
    }
    let rate = f64::from(each) * f64::from(options.at_once) / watch.seconds();
    line(&format!("{} people at once: {rate:.0} whole sessions a second", options.at_once));
    Ok(())
}

fn row(name: &str, times: &mut [f64]) -> Vec<String> {
    vec![name.to_owned(), format!("{:.2} ms", quantile(times, 0.5)), format!("{:.2} ms", quantile(times, 0.99))]
}

/// The provider, for which the sandbox at `at` stands in.
fn providers(at: SocketAddr, client_secret: &Secret<String>) -> anyhow::Result<BTreeMap<String, ProviderConfig>> {
    let provider = hilum_providers::find(PROVIDER).context("the provider's description")?;
    let endpoints = endpoints(PROVIDER, &format!("http://{at}"));
    let config = ProviderConfig {
        settings: std::collections::BTreeMap::new(),
        provider,
        client_id: "bench-sandbox".to_owned(),
        client_secret: client_secret.clone(),
        authorize_url: endpoints.authorize_url,
        token_url: endpoints.token_url,
        api_base: endpoints.api_base,
        sandbox: true,
    };
    Ok(BTreeMap::from([(PROVIDER.to_owned(), config)]))
}

/// One person's session: milliseconds of each step.
async fn session(place: &Place, user: &str) -> anyhow::Result<[f64; STEPS.len()]> {
    let Place { base, client_id, client_secret } = place;
    let (mut browser, mut app) = (Browser::default(), Browser::default());
    let mut times = [0.0; STEPS.len()];
    let mut step = 0;
    let mut clock = Stopwatch::start();
    let mut done = || {
        times[step] = clock.seconds() * 1e3;
        step += 1;
        clock = Stopwatch::start();
    };

    let mut page = base.join("embed")?;
    page.query_pairs_mut().append_pair("client_id", client_id).append_pair("client_user_id", user);
    let data = page_data(&browser.get(&page).await?)?;
    let secret = text(&data, "secret")?;
    done();

    let start = base.join("connect/start")?;
    let answer = browser.post(&start, "text/html", &[("secret", secret), ("provider", PROVIDER)]).await?;
    let authorize = redirect(&start, &answer)?;
    done();

    let consent = browser.get(&authorize).await?;
    done();

    let (action, fields) = consent_form(&authorize, &consent)?;
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let callback = redirect(&action, &browser.post(&action, "text/html", &fields).await?)?;
    done();

    let landing = redirect(&callback, &browser.get(&callback).await?)?;
    done();

    let answer = browser.get(&landing).await?;
    ensure!(answer.status == StatusCode::OK, "{} answered {}", landing.path(), answer.status);
    done();

    let list = browser.post(&base.join("connect/list")?, "text/html", &[("secret", secret)]).await?;
    ensure!(list.status == StatusCode::OK, "list answered {}", list.status);
    done();

    let end = browser.post(&base.join("connect/end")?, "application/json", &[("secret", secret)]).await?;
    let end: Value = serde_json::from_slice(&end.body)?;
    ensure!(end["result"] == "finish", "the session ended with {}", end["result"]);
    done();

    let mut exchange = end["token"].clone();
    exchange["clientSecret"] = json!(client_secret);
    let tokens = app.call(&base.join("v1/connect/tokens")?, &exchange).await?;
    ensure!(tokens.status == StatusCode::OK, "exchange answered {}", tokens.status);
    done();
    Ok(times)
}

/// Address and fields of the consent page's form, everything as preselected, `Allow` pressed.
fn consent_form(page: &Url, answer: &Answer) -> anyhow::Result<(Url, Vec<(String, String)>)> {
    ensure!(answer.status == StatusCode::OK, "consent page answered {}", answer.status);
    let html = std::str::from_utf8(&answer.body)?;
    let action =
        between(html, "action=\"", "\"").context("action of the form")?.replace("&amp;", "&").replace("&#38;", "&");
    let persona = between(html, "<option value=\"", "\"").context("a person to sign in as")?;
    let mut fields = vec![("persona".to_owned(), persona.to_owned()), ("decision".to_owned(), "allow".to_owned())];
    for part in html.split("name=\"scope\" value=\"").skip(1) {
        let (scope, _) = part.split_once('"').context("scope")?;
        fields.push(("scope".to_owned(), scope.to_owned()));
    }
    Ok((page.join(&action)?, fields))
}

fn between<'a>(text: &'a str, before: &str, after: &str) -> Option<&'a str> {
    text.split_once(before)?.1.split_once(after).map(|(found, _)| found)
}

/// Milliseconds that a session would take if nothing had to be decided: its requests, answered at once by a bare
/// server, on one connection to each server, and its durable writes, a row each, in bare SQLite.
async fn floor(rounds: u16) -> anyhow::Result<f64> {
    let server = bare(StatusCode::OK, "text/html; charset=utf-8", vec![b'x'; 4096].into())?;
    let directory = tempfile::tempdir()?;
    let db = Connection::open(directory.path().join("bare.sqlite"))?;
    db.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; CREATE TABLE row (id INTEGER PRIMARY KEY, data BLOB);",
    )?;
    let mut all = Vec::new();
    for _ in 0..rounds {
        let watch = Stopwatch::start();
        let mut ours = Client::connect(server.at).await?;
        let mut theirs = Client::connect(server.at).await?;
        for step in 0..STEPS.len() {
            let client = if step < FOREIGN { &mut theirs } else { &mut ours };
            client
                .send(http::Request::get("/").header(http::header::HOST, "127.0.0.1").body(bytes::Bytes::new().into())?)
                .await?;
        }
        for _ in 0..COMMITS {
            db.execute("INSERT INTO row (data) VALUES (zeroblob(300))", [])?;
        }
        all.push(watch.seconds() * 1e3);
    }
    Ok(quantile(&mut all, 0.5))
}
