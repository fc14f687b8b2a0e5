//! Addresses of apps to which events are sent: webhooks, and the notifications of the first generation.
//!
//! URL and secrets are sealed by the key file's own key: a URL may hold a token, and both outlive every person.
pub(crate) mod attempts;
pub(crate) mod deliveries;
pub(crate) mod hand_out;

use hilum_model::{ClientId, Secret, Time, WebhookId};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use crate::crypto::{Place, Vault};
use crate::db::{Conn, found, json_list, list_json, statements};
use crate::outbox::feed;
use crate::store::Context;
use crate::{Store, StoreError};

pub use attempts::Attempt;
pub use deliveries::{Delivery, Ended, Load, Then};

/// Webhooks that an app may have, notifications not counted.
pub const MOST: usize = 20;
/// Secrets that sign at once at the most: the newest, and older ones whose time runs out.
const SECRETS: usize = 4;

macro_rules! columns {
    () => {
        "webhook_id, client_id, kind, sealed_url, sealed_secrets, description, event_types, data_types, enabled, reason,
        replay_position, failures, failing_since, rest_until, created_at, updated_at"
    };
}

statements! {
    INSERT = "INSERT INTO webhooks (webhook_id, client_id, kind, sealed_url, sealed_secrets, description, event_types,
        data_types, enabled, position, failures, attempts, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, 1, $9, 0, 0, $10, $10)";
    GET = concat!("SELECT ", columns!(), " FROM webhooks WHERE webhook_id = $1");
    OF_APP = concat!(
        "SELECT ", columns!(), " FROM webhooks WHERE client_id = $1 AND kind = $2 ORDER BY created_at, webhook_id"
    );
    CHANGE = "UPDATE webhooks SET sealed_url = $2, sealed_secrets = $3, description = $4, event_types = $5,
        data_types = $6, updated_at = $7 WHERE webhook_id = $1";
    DISABLE = "UPDATE webhooks SET enabled = 0, reason = $2, updated_at = $3 WHERE webhook_id = $1 AND enabled = 1";
    ENABLE = "UPDATE webhooks SET enabled = 1, reason = NULL, failures = 0, failing_since = NULL, rest_until = NULL,
        updated_at = $2 WHERE webhook_id = $1";
    DUE_AGAIN = "UPDATE deliveries SET attempt = 0, run_at = $2 WHERE webhook_id = $1 AND state IN (0, 1)";
    REPLAY = "UPDATE webhooks SET replay_position = $2, replay_until = $3 WHERE webhook_id = $1";
    DELETE_DELIVERIES = "DELETE FROM deliveries WHERE webhook_id = $1";
    DELETE_ATTEMPTS = "DELETE FROM webhook_attempts WHERE webhook_id = $1";
    DELETE = "DELETE FROM webhooks WHERE webhook_id = $1";
}

/// What an address speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WebhookKind {
    /// The Standard Webhooks specification.
    Standard,
    /// The notifications of the first generation; an app has one address for them.
    Notifications,
}

/// A secret that messages are signed with.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct SigningSecret {
    /// As the developer has it.
    #[serde(with = "exposed")]
    pub secret: Secret<String>,
    /// Signs until then; `None` for the current one.
    pub until: Option<Time>,
}

/// A webhook.
#[derive(Debug, Clone)]
pub struct Webhook {
    /// Id.
    pub webhook_id: WebhookId,
    /// The app.
    pub client_id: ClientId,
    /// What it speaks.
    pub kind: WebhookKind,
    /// Address.
    pub url: Secret<String>,
    /// Secrets, the newest first; none where messages are not signed.
    pub secrets: Vec<SigningSecret>,
    /// The developer's own words.
    pub description: String,
    /// Only these types of events (`data.*` for all of a group); empty for all.
    pub event_types: Vec<String>,
    /// Of events about data only these types of data; empty for all.
    pub data_types: Vec<String>,
    /// Whether anything is sent.
    pub enabled: bool,
    /// Why not (a fixed word).
    pub reason: Option<String>,
    /// A part of the feed is being sent once more.
    pub replaying: bool,
    /// Failed tries in a row.
    pub failures: i64,
    /// The first of them.
    pub failing_since: Option<Time>,
    /// Nothing is sent before.
    pub rest_until: Option<Time>,
    /// Created.
    pub created_at: Time,
    /// Changed by its developer, or disabled.
    pub updated_at: Time,
}

/// What a webhook is made of, or changed to.
#[derive(Debug, Clone)]
pub struct WebhookSettings {
    /// Address.
    pub url: Secret<String>,
    /// The developer's own words.
    pub description: String,
    /// As [`Webhook::event_types`].
    pub event_types: Vec<String>,
    /// As [`Webhook::data_types`].
    pub data_types: Vec<String>,
}

impl WebhookKind {
    /// The stored number.
    const fn number(self) -> i64 {
        match self {
            Self::Standard => 1,
            Self::Notifications => 2,
        }
    }
    pub(crate) fn from_number(number: i64) -> Result<Self, StoreError> {
        [Self::Standard, Self::Notifications]
            .into_iter()
            .find(|kind| kind.number() == number)
            .ok_or(StoreError::Damaged("webhooks.kind"))
    }
}

impl Store {
    /// Creates an enabled webhook that gets the events from now on. Fails with `Exists` when the app has [`MOST`] (for
    /// notifications: one) already.
    pub async fn create_webhook(
        &self,
        id: WebhookId,
        app: ClientId,
        kind: WebhookKind,
        settings: WebhookSettings,
        secret: Option<Secret<String>>,
    ) -> Result<Webhook, StoreError> {
        self.write(move |conn, context| {
            let vault = &context.vault;
            if of_app(conn, vault, app, kind)?.len() >= MOST {
                return Err(StoreError::Exists);
            }
            let secrets: Vec<SigningSecret> =
                secret.into_iter().map(|secret| SigningSecret { secret, until: None }).collect();
            conn.run(
                INSERT,
                params![
                    id.0,
                    app.0,
                    kind.number(),
                    vault.seal_system(&url_place(id), settings.url.expose().as_bytes())?,
                    seal_secrets(vault, id, &secrets)?,
                    settings.description,
                    list_json(&settings.event_types),
                    list_json(&settings.data_types),
                    feed::last(conn, app)?,
                    context.now().0
                ],
            )?;
            find(conn, vault, id)?.ok_or(StoreError::NotFound)
        })
        .await
    }
    /// An app's webhooks of a kind, oldest first.
    pub fn webhooks(&self, app: ClientId, kind: WebhookKind) -> Result<Vec<Webhook>, StoreError> {
        self.read(|conn| of_app(conn, &self.context.vault, app, kind))
    }
    /// One.
    pub fn webhook(&self, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
        self.read(|conn| find(conn, &self.context.vault, id))
    }
    /// Changes what its developer says about it. Fails with `NotFound` when it is gone.
    pub async fn change_webhook(&self, id: WebhookId, settings: WebhookSettings) -> Result<Webhook, StoreError> {
        self.write(move |conn, context| {
            let old = find(conn, &context.vault, id)?.ok_or(StoreError::NotFound)?;
            change(conn, context, id, &settings, &old.secrets)
        })
        .await
    }
    /// Gives it a new secret. The ones before sign beside it until `old_until` at the latest. Fails with `NotFound` when it
    /// is gone.
    pub async fn rotate_webhook(
        &self,
        id: WebhookId,
        secret: Secret<String>,
        old_until: Time,
    ) -> Result<Webhook, StoreError> {
        self.write(move |conn, context| {
            let old = find(conn, &context.vault, id)?.ok_or(StoreError::NotFound)?;
            let now = context.now();
            let mut secrets = vec![SigningSecret { secret, until: None }];
            for mut one in old.secrets {
                let until = one.until.map_or(old_until, |until| until.min(old_until));
                one.until = Some(until);
                if until > now && secrets.len() < SECRETS {
                    secrets.push(one);
                }
            }
            let (url, description) = (old.url, old.description);
            let (event_types, data_types) = (old.event_types, old.data_types);
            change(conn, context, id, &WebhookSettings { url, description, event_types, data_types }, &secrets)
        })
        .await
    }
    /// Switches it on or off. On: what waits is due at once, its failures are forgotten, and the feed goes on where it
    /// stopped. Off for a reason (a fixed word). Fails with `NotFound` when it is gone.
    pub async fn enable_webhook(&self, id: WebhookId, off: Option<&'static str>) -> Result<Webhook, StoreError> {
        self.write(move |conn, context| {
            let now = context.now().0;
            if let Some(reason) = off {
                conn.run(DISABLE, params![id.0, reason, now])?;
            } else {
                conn.run(ENABLE, params![id.0, now])?;
                conn.run(DUE_AGAIN, params![id.0, now])?;
            }
            context.told();
            find(conn, &context.vault, id)?.ok_or(StoreError::NotFound)
        })
        .await
    }
    /// Sends the events of then and later once more, in the slow lane; those that wait anyway are not doubled. `false` when
    /// there are none. Fails with `NotFound` when the webhook is gone.
    pub async fn replay_webhook(&self, id: WebhookId, since: Time) -> Result<bool, StoreError> {
        let app = self.webhook(id)?.ok_or(StoreError::NotFound)?.client_id;
        let Some(first) = self.read(|conn| feed::first_since(conn, app, since))? else { return Ok(false) };
        self.write(move |conn, context| {
            found(conn.run(REPLAY, params![id.0, first - 1, feed::last(conn, app)?])?)?;
            context.told();
            Ok(true)
        })
        .await
    }
    /// Deletes it with what waits for it. Fails with `NotFound` when it is gone.
    pub async fn delete_webhook(&self, id: WebhookId) -> Result<(), StoreError> {
        self.write(move |conn, _| {
            conn.run(DELETE_DELIVERIES, [id.0])?;
            conn.run(DELETE_ATTEMPTS, [id.0])?;
            found(conn.run(DELETE, [id.0])?)
        })
        .await
    }
}

/// Switches a webhook off. `false` when it was off.
pub(crate) fn disable(conn: Conn<'_>, id: WebhookId, reason: &str, now: Time) -> Result<bool, StoreError> {
    Ok(conn.run(DISABLE, params![id.0, reason, now.0])? > 0)
}

fn change(
    conn: Conn<'_>,
    context: &Context,
    id: WebhookId,
    settings: &WebhookSettings,
    secrets: &[SigningSecret],
) -> Result<Webhook, StoreError> {
    let vault = &context.vault;
    conn.run(
        CHANGE,
        params![
            id.0,
            vault.seal_system(&url_place(id), settings.url.expose().as_bytes())?,
            seal_secrets(vault, id, secrets)?,
            settings.description,
            list_json(&settings.event_types),
            list_json(&settings.data_types),
            context.now().0
        ],
    )?;
    find(conn, vault, id)?.ok_or(StoreError::NotFound)
}

/// One.
pub(crate) fn find(conn: Conn<'_>, vault: &Vault, id: WebhookId) -> Result<Option<Webhook>, StoreError> {
    conn.one(GET, [id.0], |row| read(row, vault))
}

fn of_app(conn: Conn<'_>, vault: &Vault, app: ClientId, kind: WebhookKind) -> Result<Vec<Webhook>, StoreError> {
    conn.all(OF_APP, params![app.0, kind.number()], |row| read(row, vault))
}

fn read(row: &Row<'_>, vault: &Vault) -> Result<Webhook, StoreError> {
    let id = WebhookId(row.get(0)?);
    let url = vault.open_system(&url_place(id), &row.get::<_, Vec<u8>>(3)?)?;
    let url = String::from_utf8(url.expose().clone()).map_err(|_| StoreError::Damaged("webhooks.sealed_url"))?;
    let secrets = vault.open_system(&secrets_place(id), &row.get::<_, Vec<u8>>(4)?)?;
    Ok(Webhook {
        webhook_id: id,
        client_id: ClientId(row.get(1)?),
        kind: WebhookKind::from_number(row.get(2)?)?,
        url: Secret::new(url),
        secrets: serde_json::from_slice(secrets.expose())
            .map_err(|_| StoreError::Damaged("webhooks.sealed_secrets"))?,
        description: row.get(5)?,
        event_types: json_list(row.get_ref(6)?, "webhooks.event_types")?,
        data_types: json_list(row.get_ref(7)?, "webhooks.data_types")?,
        enabled: row.get(8)?,
        reason: row.get(9)?,
        replaying: row.get::<_, Option<i64>>(10)?.is_some(),
        failures: row.get(11)?,
        failing_since: row.get::<_, Option<i64>>(12)?.map(Time),
        rest_until: row.get::<_, Option<i64>>(13)?.map(Time),
        created_at: Time(row.get(14)?),
        updated_at: Time(row.get(15)?),
    })
}

fn seal_secrets(vault: &Vault, id: WebhookId, secrets: &[SigningSecret]) -> Result<Vec<u8>, StoreError> {
    let text = serde_json::to_vec(secrets).map_err(|_| StoreError::Damaged("webhooks.sealed_secrets"))?;
    vault.seal_system(&secrets_place(id), &text)
}

fn url_place(id: WebhookId) -> Place {
    Place::new("webhooks.sealed_url").id(&id.0)
}

fn secrets_place(id: WebhookId) -> Place {
    Place::new("webhooks.sealed_secrets").id(&id.0)
}

/// A secret in a text that is sealed at once.
mod exposed {
    use hilum_model::Secret;
    use serde::{Deserialize as _, Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(secret: &Secret<String>, to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(secret.expose())
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<Secret<String>, D::Error> {
        String::deserialize(from).map(Secret::new)
    }
}
