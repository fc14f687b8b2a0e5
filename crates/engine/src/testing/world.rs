//! An engine over a real store in a folder of its own, with a clock that stands still.

use std::collections::BTreeMap;
use std::sync::Arc;

use hilum_model::world::{ManualClock, SeededRandom};
use hilum_model::{ClientId, ConnectionId, HumanId, Phi, Random, Secret, Time};
use hilum_providers::Provider;
use hilum_store::apps::{LaunchMode, NewApp};
use hilum_store::connections::{Connection, NewConnection};
use hilum_store::grants::{Grant, Tokens};
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::{OpenMode, Store};

use super::{FAULTY, Fake, KEEPING, LIMITED, PLAIN, SIGNED, provider_config};
use crate::enrol::OpenLimits;
use crate::{Config, Egress, Engine, ProviderConfig};

/// A time as text.
fn at(text: &str) -> Time {
    Time::parse_rfc3339(text).expect("a time").0
}

/// That access token and the refresh token `r1`.
pub(crate) fn tokens(access: &str, expires_at: Time) -> Tokens {
    Tokens { access: Secret::new(access.to_owned()), refresh: Some(Secret::new("r1".to_owned())), expires_at }
}

/// Everything that a test needs.
pub(crate) struct World {
    pub(crate) engine: Arc<Engine>,
    pub(crate) clock: Arc<ManualClock>,
    pub(crate) fake: Fake,
    pub(crate) human: HumanId,
    dir: tempfile::TempDir,
}

impl World {
    /// A world in which it is 2026-03-10T03:00:00Z and [`Fake`] plays the test providers.
    pub(crate) async fn new() -> Self {
        let fake = Fake::start().await;
        let providers =
            [&PLAIN, &SIGNED, &LIMITED, &FAULTY, &KEEPING].map(|provider| provider_config(provider, &fake.base));
        Self::with(fake, providers.into(), at("2026-03-10T03:00:00Z")).await
    }

    /// The same with other providers, their registrations changed by `edit`.
    pub(crate) async fn of(providers: &[&'static Provider], edit: impl Fn(&mut ProviderConfig, &str)) -> Self {
        let fake = Fake::start().await;
        let configured = |provider: &&'static Provider| {
            let mut config = provider_config(provider, &fake.base);
            edit(&mut config, &fake.base);
            config
        };
        let providers = providers.iter().map(configured).collect();
        Self::with(fake, providers, at("2026-03-10T03:00:00Z")).await
    }

    pub(crate) async fn with(fake: Fake, providers: Vec<ProviderConfig>, now: Time) -> Self {
        let dir = tempfile::tempdir().expect("a folder");
        let clock = Arc::new(ManualClock::new(now));
        let store = Store::open(dir.path(), OpenMode::Serve, clock.clone(), Arc::new(SeededRandom::new(7)));
        let store = store.expect("a store");
        let config = Config {
            public_url: "http://127.0.0.1:8080".parse().expect("a URL"),
            providers: providers.into_iter().map(|p| (p.provider.id.to_owned(), p)).collect::<BTreeMap<_, _>>(),
            bridges: true,
            workers: 4,
            open_limits: OpenLimits::default(),
            imports: crate::import::ImportLimits::default(),
            webhooks: crate::webhooks::WebhookConfig { networks: crate::egress::Networks::this_machine() },
            archive_days: None,
        };
        let random = Arc::new(SeededRandom::new(11));
        let engine = Engine::new(store, clock.clone(), random, config, Egress::new().expect("egress"));
        let engine = engine.expect("an engine");
        let human = new_human(&engine).await;
        Self { engine, clock, fake, human, dir }
    }

    /// A live connection with tokens `a1` and `r1` that live so long.
    pub(crate) async fn connect(&self, provider: &'static Provider, life_s: i64) -> ConnectionId {
        self.connect_with(provider, tokens("a1", self.now().plus_s(life_s)), "account").await
    }

    /// The same with the scopes that the person granted.
    pub(crate) async fn connect_scopes(&self, provider: &'static Provider, scopes: &[&str]) -> ConnectionId {
        let tokens = tokens("a1", self.now().plus_s(86_400));
        self.add(provider, tokens, "account", scopes.iter().map(|scope| (*scope).to_owned()).collect()).await
    }

    pub(crate) async fn connect_with(
        &self,
        provider: &'static Provider,
        tokens: Tokens,
        account: &str,
    ) -> ConnectionId {
        self.add(provider, tokens, account, provider.scopes().into_iter().map(str::to_owned).collect()).await
    }

    async fn add(
        &self,
        provider: &'static Provider,
        tokens: Tokens,
        account: &str,
        scopes: Vec<String>,
    ) -> ConnectionId {
        self.add_to(self.human, provider, tokens, account, scopes).await
    }

    /// A connection of a person of another app.
    pub(crate) async fn connect_stranger(
        &self,
        provider: &'static Provider,
        tokens: Tokens,
        account: &str,
    ) -> (HumanId, ConnectionId) {
        let stranger = new_human(&self.engine).await;
        let scopes = provider.scopes().into_iter().map(str::to_owned).collect();
        (stranger, self.add_to(stranger, provider, tokens, account, scopes).await)
    }

    async fn add_to(
        &self,
        human_id: HumanId,
        provider: &'static Provider,
        tokens: Tokens,
        account: &str,
        scopes: Vec<String>,
    ) -> ConnectionId {
        let new = NewConnection {
            human_id,
            connection_id: on_the_hour(&*self.engine.random),
            provider: provider.id.to_owned(),
            pending: None,
            account: Phi::new(account.to_owned()),
            scopes,
            tokens: Some(tokens),
        };
        self.engine.store.add_connection(new).await.expect("connected")
    }

    /// Runs jobs, moving the clock from one to the next, until nothing is due before `end`.
    pub(crate) async fn run_until(&self, end: Time) {
        loop {
            self.engine.drain_jobs().await.expect("drained");
            match self.engine.store.next_due().expect("read") {
                Some(due) if due <= end => self.clock.set(due.max(self.now())),
                _ => break,
            }
        }
        self.clock.set(end);
    }

    /// A new process over the same store: what was only in memory is gone.
    pub(crate) fn restart(&mut self) {
        let old = &self.engine;
        let (store, config) = (old.store.clone(), old.config.clone());
        let (clock, random) = (std::sync::Arc::clone(&old.clock), std::sync::Arc::clone(&old.random));
        self.engine = Engine::new(store, clock, random, config, Egress::new().expect("egress")).expect("an engine");
    }

    /// A new process that keeps payloads for so many days.
    pub(crate) fn archive(&mut self, days: Option<u16>) {
        let old = &self.engine;
        let (store, config) = (old.store.clone(), Config { archive_days: days, ..old.config.clone() });
        let (clock, random) = (std::sync::Arc::clone(&old.clock), std::sync::Arc::clone(&old.random));
        self.engine = Engine::new(store, clock, random, config, Egress::new().expect("egress")).expect("an engine");
    }

    /// A new process over a restored backup: the store's files without the mark that backups leave out.
    pub(crate) async fn restore_backup(&mut self) {
        let old = &self.engine;
        old.store.close().await.expect("closed");
        std::fs::remove_file(self.dir.path().join("hilum.rotations")).expect("removed");
        let (clock, random) = (std::sync::Arc::clone(&old.clock), std::sync::Arc::clone(&old.random));
        let store = Store::open(
            self.dir.path(),
            OpenMode::Serve,
            std::sync::Arc::clone(&clock),
            std::sync::Arc::clone(&random),
        );
        let store = store.expect("a store");
        let egress = Egress::new().expect("egress");
        self.engine = Engine::new(store, clock, random, old.config.clone(), egress).expect("an engine");
    }

    /// The data directory.
    pub(crate) fn data(&self) -> &std::path::Path {
        self.dir.path()
    }

    pub(crate) fn now(&self) -> Time {
        self.engine.clock.now()
    }

    pub(crate) fn grant(&self, connection: ConnectionId) -> Grant {
        self.engine.store.grant(self.human, connection).expect("read").expect("a grant")
    }

    pub(crate) fn connection(&self, connection: ConnectionId) -> Connection {
        self.engine.store.connection(self.human, connection).expect("read").expect("a connection")
    }
}

/// A connection whose place within an hour is the full hour, and within two hours the odd one: when this world begins.
fn on_the_hour(random: &dyn Random) -> ConnectionId {
    let mut id = ConnectionId::random(random);
    id.0[..8].copy_from_slice(&(3 * 3_600_000_u64).to_be_bytes());
    id
}

async fn new_human(engine: &Engine) -> HumanId {
    let client_id = ClientId::random(&*engine.random);
    let app = NewApp {
        client_id,
        name: "Test".to_owned(),
        mode: LaunchMode::LegacyGuarded,
        client_secret: Secret::new("s".repeat(40)),
        app_key: Secret::new("k".repeat(40)),
        origins: Vec::new(),
        redirects: Vec::new(),
    };
    engine.store.create_app(app).await.expect("an app");
    let new =
        NewHuman { client_id, client_user_id: Phi::new("user".to_owned()), ids: None, facts: HumanFacts::default() };
    engine.store.create_human(new).await.expect("a person").0.human_id
}
