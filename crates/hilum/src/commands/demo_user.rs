//! The demo person behind the public `demo` token: made-up data, brought in by the ordinary road (the sandbox tellers'
//! answers through the parsers into the store), brought up to the present at each start and every hour.
//! Ids and token: human-connect contract, "the demo user".

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Context as _;
use hilum_engine::Engine;
use hilum_engine::clock::SystemRandom;
use hilum_model::world::random_bytes;
use hilum_model::{Batch, ClientId, ConnectionId, Day, HumanId, Phi, Secret};
use hilum_providers::Provider;
use hilum_providers::persona::{self, Story};
use hilum_providers::sandbox::{Ask, teller};
use hilum_providers::spec::{Context, Stream};
use hilum_store::apps::{LaunchMode, NewApp};
use hilum_store::connections::{Cursor, NewConnection};
use hilum_store::hash_token;
use hilum_store::humans::{HumanFacts, NewHuman};

const HUMAN: &str = "5dc2527186aaf9de560e5841f1a44bd6";
const USER: &str = "52e20cb2fff56aac62000001";
const EMAIL: &str = "demo@humanapi.co";
const TOKEN: &str = "demo";
/// The app that the demo person belongs to; it has no origins and secrets that nobody knows.
const APP: &str = "de30000000000000000000000000000000000000";
/// Whose days are told: somebody with a scale and a blood-pressure cuff, so that every list has rows.
const PERSONA: &str = "cuff";
/// What the demo person wears and steps on: as many sources as a person has. All that there are would tell the same days
/// over and over, and take a minute at each first start.
const SOURCES: [&str; 2] = ["withings", "oura"];
/// How far back the demo person's data go, days; dense streams keep to the provider's own limit.
const HISTORY_DAYS: i32 = 400;
/// Days told and applied at once: few, because a told day of a dense stream is a large JSON tree for a moment.
const WINDOW_DAYS: i32 = 7;

/// How often the demo person's sources bring news: as often as a server asks those of others.
const NEWS: Duration = Duration::from_hours(1);

/// Makes the demo person if there is none, and brings news until `stop` resolves.
pub(super) async fn keep(engine: Arc<Engine>, stop: impl Future<Output = ()>) {
    tokio::pin!(stop);
    let mut ready = false;
    loop {
        match ensure(&engine, HISTORY_DAYS).await {
            Err(error) => tracing::error!(error = %format!("{error:#}"), "could not make the demo person"),
            Ok(()) if !ready => {
                ready = true;
                tracing::info!("the demo person is ready: access token `demo`");
            }
            Ok(()) => {}
        }
        tokio::select! {
            () = &mut stop => return,
            () = tokio::time::sleep(NEWS) => {}
        }
    }
}

/// Makes the demo person if there is none, and tells the days since the last time; at first so many.
async fn ensure(engine: &Arc<Engine>, history_days: i32) -> anyhow::Result<()> {
    let store = &engine.store;
    let human: HumanId = HUMAN.parse().context("demo id")?;
    if store.human(human)?.is_none() {
        let client_id: ClientId = APP.parse().context("demo app id")?;
        if store.app(client_id)?.is_none() {
            let secret = || Secret::new(hex::encode(random_bytes::<20>(&SystemRandom)));
            store
                .create_app(NewApp {
                    client_id,
                    name: "Demo".to_owned(),
                    mode: LaunchMode::LegacyGuarded,
                    client_secret: secret(),
                    app_key: secret(),
                    origins: Vec::new(),
                    redirects: Vec::new(),
                })
                .await?;
        }
        let facts = HumanFacts { email: Some(EMAIL.to_owned()), ..HumanFacts::default() };
        let ids = Some((human, USER.parse().context("demo user id")?));
        store.create_human(NewHuman { client_id, client_user_id: Phi::new("demo".to_owned()), ids, facts }).await?;
        store.add_access_token(human, hash_token(TOKEN)).await?;
    }
    for id in SOURCES {
        let provider = hilum_providers::find(id).with_context(|| id)?;
        tell_provider(engine, human, provider, history_days).await.with_context(|| provider.id)?;
    }
    Ok(())
}

async fn tell_provider(
    engine: &Arc<Engine>,
    human: HumanId,
    provider: &'static Provider,
    history_days: i32,
) -> anyhow::Result<()> {
    let store = &engine.store;
    let known = store.connections(human)?.into_iter().find(|c| c.provider == provider.id);
    let connection = match known {
        Some(connection) => connection.connection_id,
        None => {
            store
                .add_connection(NewConnection {
                    human_id: human,
                    connection_id: ConnectionId::random(engine.random.as_ref()),
                    provider: provider.id.to_owned(),
                    pending: None,
                    account: Phi::new("demo".to_owned()),
                    scopes: provider.scopes().into_iter().map(str::to_owned).collect(),
                    tokens: None,
                })
                .await?
        }
    };
    let now = engine.clock.now();
    let today = now.utc_day();
    let cursors: BTreeMap<String, Cursor> =
        store.cursors(human, connection)?.into_iter().map(|c| (c.stream.clone(), c)).collect();
    for stream in provider.streams {
        let oldest = today.plus(-history_days.min(i32::from(stream.history_days)));
        let done = cursors.get(stream.id);
        let mut from = done.map_or(oldest, |c| c.newest.plus(-1));
        while from <= today {
            let to = from.plus(WINDOW_DAYS - 1).min(today);
            // The zone that an earlier answer told, as in a real sync: dense streams have no offsets of their own.
            let time_zone = store.human(human)?.and_then(|h| h.facts.into_inner().time_zone);
            let context = Context { received: now, time_zone };
            let batch = tokio::task::spawn_blocking(move || tell(provider, stream, from, to, &context)).await??;
            let cursor = Cursor {
                stream: stream.id.to_owned(),
                oldest: done.map_or(oldest, |c| c.oldest),
                newest: to,
                history_done: true,
                synced_at: Some(now),
            };
            store.apply(human, connection, batch, Some(cursor)).await?;
            from = to.plus(1);
        }
    }
    Ok(())
}

/// The answers of some days, parsed.
fn tell(provider: &Provider, stream: &Stream, from: Day, to: Day, context: &Context) -> anyhow::Result<Batch> {
    let teller = teller(provider).context("no teller")?;
    let persona = persona::find(PERSONA).context("no such persona")?;
    let scopes: Vec<String> = provider.scopes().into_iter().map(str::to_owned).collect();
    let story = Story::new(persona);
    let request = stream.request(from, to);
    let ask =
        Ask { story: &story, now: context.received, params: &request.params, json: None, scopes: &scopes, base: "" };
    let mut items = Vec::new();
    for day in from.0..=to.0 {
        items.extend((teller.items)(stream.id, &ask, Day(day)).into_iter().map(|item| item.json));
    }
    let bytes = serde_json::to_vec(&(teller.page)(stream.id, &ask, items, None))?;
    let mut batch = (stream.parse)(&bytes, context)?;
    // The account's own address gives way to the documented one of the demo person.
    batch.facts.email = None;
    Ok(batch)
}

#[cfg(test)]
mod tests {
    use hilum_engine::{Condition, Config, Egress, health};
    use hilum_model::Time;
    use hilum_model::world::{ManualClock, SeededRandom};
    use hilum_store::{OpenMode, Store};

    use super::*;

    #[tokio::test]
    async fn news_keep_the_sources_live() {
        let dir = tempfile::tempdir().expect("directory");
        // 2026-03-01T12:00:00Z is noon of day 20,513 since 1970.
        let clock = Arc::new(ManualClock::new(Time(20_513 * 86_400_000 + 43_200_000)));
        let random = Arc::new(SeededRandom::new(1));
        let store = Store::open(dir.path(), OpenMode::Serve, clock.clone(), random.clone()).expect("store");
        let config = Config {
            public_url: "http://127.0.0.1:8080".parse().expect("url"),
            providers: BTreeMap::new(),
            bridges: false,
            workers: 1,
            open_limits: hilum_engine::enrol::OpenLimits::default(),
            imports: hilum_engine::import::ImportLimits::default(),
            webhooks: hilum_engine::webhooks::WebhookConfig::default(),
            archive_days: None,
        };
        let engine = Engine::new(store, clock.clone(), random, config, Egress::new().expect("client")).expect("engine");
        let human: HumanId = HUMAN.parse().expect("demo id");
        let conditions = || {
            let rows = engine.store.connections(human).expect("reads");
            rows.iter()
                .filter_map(|row| health(row, engine.clock.now()))
                .map(|health| health.condition)
                .collect::<Vec<_>>()
        };
        let until = || {
            let rows = engine.store.connections(human).expect("reads");
            rows.iter().map(|row| row.data_until.expect("data")).max().expect("two sources")
        };
        ensure(&engine, 2).await.expect("made");
        assert_eq!(conditions(), [Condition::Live; 2]);
        let before = until();
        for _ in 0..3 {
            clock.advance_ms(20 * 3_600_000);
            ensure(&engine, 2).await.expect("news");
        }
        assert_eq!(conditions(), [Condition::Live; 2]);
        // Sixty hours on, something of the last day is told.
        assert!(until().since_ms(before) > 36 * 3_600_000, "{:?} {before:?}", until());
        clock.advance_ms(24 * 3_600_000);
        assert_eq!(conditions(), [Condition::Stale; 2], "without news");
    }
}
