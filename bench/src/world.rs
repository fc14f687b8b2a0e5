//! A store in a directory of its own, with an app and people whose devices send what [`crate::wearable`] makes up.

use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::Arc;

use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_engine::enrol::OpenLimits;
use hilum_engine::import::ImportLimits;
use hilum_engine::{Config, Egress, Engine};
use hilum_model::chunk::Point;
use hilum_model::world::random_bytes;
use hilum_model::{
    Batch, ClientId, Clock as _, ConnectionId, Day, HumanId, Metric, Observation, Phi, Sample, Secret, Unit,
};
use hilum_store::apps::{App, LaunchMode, NewApp};
use hilum_store::connections::NewConnection;
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::{OpenMode, Store, hash_token};
use tempfile::TempDir;

use crate::wearable::Series;

/// A store that vanishes with the value.
pub(crate) struct World {
    pub store: Store,
    pub app: App,
    pub client_secret: String,
    pub app_key: String,
    pub directory: TempDir,
}

/// A person with one connection.
#[derive(Clone)]
pub(crate) struct Person {
    pub human: HumanId,
    pub connection: ConnectionId,
    pub access_token: String,
}

/// A credential: 40 hex characters.
fn credential() -> String {
    hex::encode(random_bytes::<20>(&SystemRandom))
}

impl World {
    /// An empty store with one app whose pages live at `origin`.
    pub(crate) async fn new(origin: &str) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let store = Store::open(directory.path(), OpenMode::Serve, Arc::new(SystemClock), Arc::new(SystemRandom))?;
        let (client_secret, app_key) = (credential(), credential());
        let app = store
            .create_app(NewApp {
                client_id: ClientId::random(&SystemRandom),
                name: "Bench".to_owned(),
                mode: LaunchMode::LegacyGuarded,
                client_secret: Secret::new(client_secret.clone()),
                app_key: Secret::new(app_key.clone()),
                origins: vec![origin.to_owned()],
                redirects: Vec::new(),
            })
            .await?;
        Ok(Self { store, app, client_secret, app_key, directory })
    }

    /// Adds a person with a connection and an access token.
    pub(crate) async fn person(&self, number: usize) -> anyhow::Result<Person> {
        let (human, _) = self
            .store
            .create_human(NewHuman {
                client_id: self.app.client_id,
                client_user_id: Phi::new(format!("bench-{number}")),
                ids: None,
                facts: HumanFacts::default(),
            })
            .await?;
        let connection = self
            .store
            .add_connection(NewConnection {
                human_id: human.human_id,
                connection_id: ConnectionId::random(&SystemRandom),
                provider: "withings".to_owned(),
                pending: None,
                account: Phi::new(format!("account-{number}")),
                scopes: Vec::new(),
                tokens: None,
            })
            .await?;
        let access_token = credential();
        self.store.add_access_token(human.human_id, hash_token(&access_token)).await?;
        Ok(Person { human: human.human_id, connection, access_token })
    }

    /// Bytes of the data directory.
    pub(crate) fn bytes(&self) -> anyhow::Result<u64> {
        let mut total = 0;
        for entry in std::fs::read_dir(self.directory.path())? {
            total += entry?.metadata()?.len();
        }
        Ok(total)
    }
}

/// The first day that has data when there are `days` of them: they end yesterday.
pub(crate) fn first_day(days: i64) -> i64 {
    let today: Day = SystemClock.now().utc_day();
    i64::from(today.0) - days
}

/// Metric, unit and device under which a made-up series is stored; temperature is none that the store takes.
pub(crate) const fn stored_as(series: Series) -> Option<(Metric, Unit, &'static str)> {
    match series {
        Series::MinutePulse => Some((Metric::HeartRate, Unit::PerMinute, "ScanWatch")),
        Series::JitteredPulse => Some((Metric::HeartRate, Unit::PerMinute, "Ring")),
        Series::WorkoutPulse => Some((Metric::HeartRate, Unit::PerMinute, "Chest strap")),
        Series::NightVariability => Some((Metric::HrvRmssd, Unit::Millisecond, "Ring")),
        Series::MinuteSteps => Some((Metric::Steps, Unit::Count, "ScanWatch")),
        Series::MinuteTemperature => None,
    }
}

/// What a sync of one day brings.
pub(crate) fn batch(series: &[Series], day: i64, seed: u64) -> Batch {
    let mut batch = Batch::default();
    for series in series {
        let Some((metric, unit, device)) = stored_as(*series) else { continue };
        for Point { start, end, offset, value } in series.day(day, seed) {
            let device = Some(device.to_owned());
            let sample = Sample { metric, device, context: None, start, end, offset, value, unit };
            batch.observations.push(Observation::Sample(sample));
        }
    }
    batch
}

/// An engine over the store, for a server that listens at `at`. No provider is on offer.
pub(crate) fn engine(store: Store, at: SocketAddr) -> anyhow::Result<Arc<Engine>> {
    engine_with(store, config(at)?)
}

/// The configuration of a server that listens at `at`. No provider is on offer.
pub(crate) fn config(at: SocketAddr) -> anyhow::Result<Config> {
    Ok(Config {
        public_url: format!("http://{at}").parse()?,
        providers: BTreeMap::new(),
        bridges: false,
        workers: 1,
        open_limits: OpenLimits::NONE,
        imports: ImportLimits::default(),
        webhooks: hilum_engine::webhooks::WebhookConfig::default(),
        archive_days: None,
    })
}

/// An engine over the store with any configuration.
pub(crate) fn engine_with(store: Store, config: Config) -> anyhow::Result<Arc<Engine>> {
    Ok(Engine::new(store, Arc::new(SystemClock), Arc::new(SystemRandom), config, Egress::new()?)?)
}
