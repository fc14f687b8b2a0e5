//! What the store tests share: a store in a temporary directory with a clock that stands still.
#![expect(dead_code, unreachable_pub, reason = "each test file uses its part")]

use std::path::Path;
use std::sync::Arc;

use hilum_model::world::{ManualClock, SeededRandom};
use hilum_model::{ClientId, ConnectionId, HumanId, Phi, Random, Secret, SessionId, Time};
use hilum_store::apps::{LaunchMode, NewApp};
use hilum_store::connections::NewConnection;
use hilum_store::grants::Tokens;
use hilum_store::humans::{Human, HumanFacts, NewHuman};
use hilum_store::sessions::{Exchange, ExchangeOutcome, NewSession, Session, SessionMode};
use hilum_store::{OpenMode, Store, StoreError, hash_token};

/// 2026-03-01T00:00:00Z: 20513 days after 1970-01-01.
pub const NOW: Time = Time(20_513 * 86_400_000);
pub const MINUTE: i64 = 60_000;
pub const HOUR: i64 = 60 * MINUTE;
pub const DAY: i64 = 24 * HOUR;

pub const APP: ClientId = ClientId([0xa0; 20]);

/// A store, its directory, its clock and its random source.
pub struct World {
    pub dir: tempfile::TempDir,
    pub clock: Arc<ManualClock>,
    pub random: Arc<SeededRandom>,
    pub store: Store,
}

pub fn open(dir: &Path, mode: OpenMode, seed: u64) -> Result<Store, StoreError> {
    Store::open(dir, mode, Arc::new(ManualClock::new(NOW)), Arc::new(SeededRandom::new(seed)))
}

impl World {
    /// An empty store with one app.
    pub async fn new() -> Self {
        Self::within(&std::env::temp_dir()).await
    }

    /// The same in memory, where the machine has such a directory: for thousands of commits that nobody cuts off.
    pub async fn in_memory() -> Self {
        let memory = Path::new("/dev/shm");
        if memory.is_dir() { Self::within(memory).await } else { Self::new().await }
    }

    async fn within(parent: &Path) -> Self {
        let dir = tempfile::tempdir_in(parent).expect("temporary directory");
        let clock = Arc::new(ManualClock::new(NOW));
        let random = Arc::new(SeededRandom::new(1));
        let store =
            Store::open(&dir.path().join("data"), OpenMode::Serve, clock.clone(), random.clone()).expect("opens");
        let world = Self { dir, clock, random, store };
        world.app(APP).await;
        world
    }

    pub fn data(&self) -> std::path::PathBuf {
        self.dir.path().join("data")
    }

    pub fn now(&self) -> Time {
        hilum_model::Clock::now(&*self.clock)
    }

    pub async fn app(&self, id: ClientId) {
        self.store
            .create_app(NewApp {
                client_id: id,
                name: "Test".to_owned(),
                mode: LaunchMode::LegacyGuarded,
                client_secret: Secret::new("secret".to_owned()),
                app_key: Secret::new("key".to_owned()),
                origins: vec!["https://app.example".to_owned()],
                redirects: Vec::new(),
            })
            .await
            .expect("app");
    }

    pub async fn human(&self, user: &str) -> Human {
        let new = NewHuman {
            client_id: APP,
            client_user_id: Phi::new(user.to_owned()),
            ids: None,
            facts: HumanFacts::default(),
        };
        self.store.create_human(new).await.expect("human").0
    }

    /// A real connection without a grant.
    pub async fn connection(&self, human: HumanId, account: &str) -> ConnectionId {
        self.connect(human, None, account, None).await.expect("connection")
    }

    pub async fn connect(
        &self,
        human: HumanId,
        pending: Option<SessionId>,
        account: &str,
        tokens: Option<Tokens>,
    ) -> Result<ConnectionId, StoreError> {
        self.store
            .add_connection(NewConnection {
                human_id: human,
                connection_id: ConnectionId::random(&*self.random),
                provider: "withings".to_owned(),
                pending,
                account: Phi::new(account.to_owned()),
                scopes: vec!["user.metrics".to_owned()],
                tokens,
            })
            .await
    }

    pub fn token(&self) -> String {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        hex::encode(bytes)
    }

    pub async fn session(&self, mode: SessionMode, human: HumanId, user: &str) -> Session {
        self.try_session(mode, human, user).await.expect("session")
    }

    pub async fn try_session(&self, mode: SessionMode, human: HumanId, user: &str) -> Result<Session, StoreError> {
        self.store
            .create_session(NewSession {
                session_id: SessionId::random(&*self.random),
                client_id: APP,
                human_id: human,
                mode,
                client_user_id: Phi::new(user.to_owned()),
                settings: "{\"lang\":\"de\"}".to_owned(),
                page_secret_hash: hash_token(&self.token()),
                browser_secret_hash: hash_token(&self.token()),
                expires_at: self.now().plus_ms(30 * MINUTE),
            })
            .await
    }

    /// Create mode with an allotted person.
    pub async fn create(&self, user: &str) -> Session {
        self.session(SessionMode::Create, HumanId::random(&*self.random), user).await
    }

    /// Finishes a session; returns its token.
    pub async fn finish(&self, session: &Session) -> String {
        let token = self.token();
        let until = self.now().plus_ms(10 * MINUTE);
        assert!(self.store.finish_session(session.session_id, hash_token(&token), until).await.expect("finishes"));
        token
    }

    pub async fn exchange(&self, token: &str, human: HumanId) -> ExchangeOutcome {
        self.exchange_as(token, human, APP).await
    }

    pub async fn exchange_as(&self, token: &str, human: HumanId, app: ClientId) -> ExchangeOutcome {
        self.store
            .exchange(Exchange {
                token_hash: hash_token(token),
                client_id: app,
                human_id: human,
                access_token: Secret::new(self.token()),
                public_token: Secret::new(self.token()),
                once: false,
                old_access_until: self.now().plus_ms(DAY),
                retry_window_ms: MINUTE,
            })
            .await
            .expect("exchange")
    }
}

pub fn tokens(name: &str, expires_at: Time) -> Tokens {
    Tokens {
        access: Secret::new(format!("access-{name}")),
        refresh: Some(Secret::new(format!("refresh-{name}"))),
        expires_at,
    }
}
