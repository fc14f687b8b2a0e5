//! Apps (tenants).
use hilum_model::{ClientId, Secret, Time};

use crate::{Store, StoreError, TokenHash};

/// How an app's pages may open Connect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LaunchMode {
    /// As Human API's Connect, from registered origins only, guarded by pending enrolment and browser binding.
    LegacyGuarded,
}

/// An app.
#[derive(Debug, Clone)]
pub struct App {
    /// Public id.
    pub client_id: ClientId,
    /// Name shown to people.
    pub name: String,
    /// Launch mode.
    pub mode: LaunchMode,
    /// Hash of the client secret.
    pub secret_hash: TokenHash,
    /// Hash of the app key.
    pub app_key_hash: TokenHash,
    /// Origins (`https://app.example`, no path) that may embed Connect.
    pub origins: Vec<String>,
    /// URLs that `finish_url` and `close_url` may be, besides the built-in ones.
    pub redirects: Vec<String>,
    /// Created.
    pub created_at: Time,
}

/// A new app.
#[derive(Debug)]
pub struct NewApp {
    /// Public id.
    pub client_id: ClientId,
    /// Name shown to people.
    pub name: String,
    /// Launch mode.
    pub mode: LaunchMode,
    /// Client secret, 40 hex; only its hash is kept.
    pub client_secret: Secret<String>,
    /// App key, 40 hex; only its hash is kept.
    pub app_key: Secret<String>,
    /// Origins.
    pub origins: Vec<String>,
    /// Redirect targets.
    pub redirects: Vec<String>,
}

impl Store {
    /// Creates an app with its own tenant key.
    pub async fn create_app(&self, _app: NewApp) -> Result<App, StoreError> {
        unimplemented!()
    }
    /// One app.
    pub fn app(&self, _id: ClientId) -> Result<Option<App>, StoreError> {
        unimplemented!()
    }
    /// All apps, oldest first.
    pub fn apps(&self) -> Result<Vec<App>, StoreError> {
        unimplemented!()
    }
}
