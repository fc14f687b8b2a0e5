//! Apps (tenants).
use hilum_model::{ClientId, Secret, Time};
use rusqlite::{Row, params};

use crate::db::{json_list, list_json, statements};
use crate::{Store, StoreError, TokenHash, hash_token};

statements! {
    INSERT = "INSERT INTO apps
        (client_id, name, mode, secret_hash, app_key_hash, origins, redirects, sealed_key, created_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    GET = "SELECT client_id, name, mode, secret_hash, app_key_hash, origins, redirects, created_at
        FROM apps WHERE client_id = $1";
    LIST = "SELECT client_id, name, mode, secret_hash, app_key_hash, origins, redirects, created_at
        FROM apps ORDER BY created_at, client_id";
    SET_ORIGINS = "UPDATE apps SET origins = $2 WHERE client_id = $1";
}

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

impl LaunchMode {
    /// The stored number.
    const fn number(self) -> i64 {
        match self {
            Self::LegacyGuarded => 1,
        }
    }
    fn from_number(number: i64) -> Result<Self, StoreError> {
        match number {
            1 => Ok(Self::LegacyGuarded),
            _ => Err(StoreError::Damaged("apps.mode")),
        }
    }
}

impl Store {
    /// Creates an app with its own tenant key. Fails with `Exists` when the id is taken.
    pub async fn create_app(&self, app: NewApp) -> Result<App, StoreError> {
        self.write(move |conn, context| {
            let created = App {
                client_id: app.client_id,
                name: app.name,
                mode: app.mode,
                secret_hash: hash_token(app.client_secret.expose()),
                app_key_hash: hash_token(app.app_key.expose()),
                origins: app.origins,
                redirects: app.redirects,
                created_at: context.now(),
            };
            conn.run(
                INSERT,
                params![
                    created.client_id.0,
                    created.name,
                    created.mode.number(),
                    created.secret_hash,
                    created.app_key_hash,
                    list_json(&created.origins),
                    list_json(&created.redirects),
                    context.vault.new_tenant(created.client_id)?,
                    created.created_at.0
                ],
            )?;
            Ok(created)
        })
        .await
    }
    /// Replaces the origins that may embed Connect. Fails with `NotFound` when there is no such app.
    pub async fn set_app_origins(&self, id: ClientId, origins: Vec<String>) -> Result<(), StoreError> {
        self.write(move |conn, _| match conn.run(SET_ORIGINS, params![id.0, list_json(&origins)])? {
            0 => Err(StoreError::NotFound),
            _ => Ok(()),
        })
        .await
    }
    /// One app.
    pub fn app(&self, id: ClientId) -> Result<Option<App>, StoreError> {
        self.read(|conn| conn.one(GET, [id.0], read_app))
    }
    /// All apps, oldest first.
    pub fn apps(&self) -> Result<Vec<App>, StoreError> {
        self.read(|conn| conn.all(LIST, [], read_app))
    }
}

fn read_app(row: &Row<'_>) -> Result<App, StoreError> {
    Ok(App {
        client_id: ClientId(row.get(0)?),
        name: row.get(1)?,
        mode: LaunchMode::from_number(row.get(2)?)?,
        secret_hash: row.get(3)?,
        app_key_hash: row.get(4)?,
        origins: json_list(row.get_ref(5)?, "apps.origins")?,
        redirects: json_list(row.get_ref(6)?, "apps.redirects")?,
        created_at: Time(row.get(7)?),
    })
}
