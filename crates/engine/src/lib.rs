//! What happens: enrolment, grants, sync, egress, jobs. Knows no HTTP server type; the server and the command line
//! are thin doors to the functions here.

mod archive;
mod backoff;
pub mod clock;
mod condition;
pub mod config;
pub mod egress;
pub mod enrol;
pub mod export;
pub mod grant;
pub mod hooks;
pub mod import;
pub mod jobs;
pub mod push;
mod rate;
pub mod replay;
pub mod sync;
#[cfg(test)]
mod testing;
pub mod webhooks;

use std::sync::Arc;

use hilum_model::{Clock, Random};
use hilum_store::Store;

pub use condition::{Condition, Health, health};
pub use config::{Config, ProviderConfig};
pub use egress::Egress;

/// Everything that happens, over one store. Shared behind an [`Arc`].
pub struct Engine {
    /// The store.
    pub store: Store,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Random bytes.
    pub random: Arc<dyn Random>,
    /// Configuration.
    pub config: Config,
    /// The only way out.
    pub egress: Egress,
    /// Sessions whose page is open, for polls that never touch the store.
    pub live: enrol::LiveSessions,
    /// How often strangers may learn that a user exists.
    pub(crate) exists_budget: enrol::ExistsBudget,
    /// What was opened lately.
    pub(crate) open_limit: enrol::OpenLimit,
    /// Calls of apps with their secret of late.
    pub(crate) secret_limit: enrol::SecretLimit,
    /// Uploads of Connect pages of late.
    pub(crate) upload_limit: enrol::UploadLimit,
    /// Refreshes of this process, so that callers of one connection share one.
    pub(crate) refreshes: grant::Refreshes,
    /// What notices need in memory.
    pub(crate) hooks: hooks::HookState,
    /// What posts of phones keep in memory.
    pub(crate) push: push::PushState,
    /// What imports keep in memory.
    pub(crate) imports: import::ImportState,
    /// Exports under way.
    pub(crate) exports: Arc<export::ExportState>,
    /// What sync keeps in memory.
    pub(crate) sync: sync::SyncState,
    /// What webhooks keep in memory.
    pub(crate) webhooks: webhooks::WebhookState,
    /// Wakes the job loop.
    pub(crate) wake: tokio::sync::Notify,
}

impl Engine {
    /// An engine over an opened store. Loads the open sessions.
    pub fn new(
        store: Store,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
        config: Config,
        mut egress: Egress,
    ) -> Result<Arc<Self>, hilum_store::StoreError> {
        for provider in config.providers.values() {
            egress.allow_port_of(&provider.token_url);
            egress.allow_port_of(&provider.api_base);
        }
        let egress = egress.opened_to(&config.webhooks.networks);
        let live = enrol::LiveSessions::load(&store)?;
        let imports = import::ImportState::new(&config.imports);
        Ok(Arc::new(Self {
            store,
            clock,
            random,
            config,
            egress,
            live,
            exists_budget: enrol::ExistsBudget::default(),
            open_limit: enrol::OpenLimit::default(),
            secret_limit: enrol::SecretLimit::default(),
            upload_limit: enrol::UploadLimit::default(),
            refreshes: grant::Refreshes::default(),
            hooks: hooks::HookState::default(),
            push: push::PushState::default(),
            imports,
            exports: Arc::default(),
            sync: sync::SyncState::default(),
            webhooks: webhooks::WebhookState::default(),
            wake: tokio::sync::Notify::new(),
        }))
    }
}
