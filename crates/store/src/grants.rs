//! Grants: the tokens of a connection, and the refresh protocol's rows. See `docs/decisions/0007-refresh-tokens-are-used-once.md`.
use hilum_model::{ConnectionId, HumanId, Secret, Time};
use rusqlite::params;

use crate::crypto::{Place, Sealer, Vault};
use crate::db::{Conn, statements};
use crate::store::Context;
use crate::{Store, StoreError, restored};

statements! {
    GET = "SELECT generation, state, sealed_access, sealed_refresh, sealed_previous, expires_at, lease_id, lease_until,
        attempts, obtained_at
        FROM grants WHERE human_id = $1 AND connection_id = $2";
    REPLACE = "INSERT INTO grants
        (human_id, connection_id, generation, state, sealed_access, sealed_refresh, sealed_previous, expires_at,
         lease_id, lease_until, attempts, obtained_at)
        VALUES ($1, $2, 1, $3, $4, $5, NULL, $6, NULL, NULL, 0, $7)
        ON CONFLICT (human_id, connection_id) DO UPDATE SET generation = grants.generation + 1, state = excluded.state,
        sealed_access = excluded.sealed_access, sealed_refresh = excluded.sealed_refresh, sealed_previous = NULL,
        expires_at = excluded.expires_at, lease_id = NULL, lease_until = NULL, attempts = 0,
        obtained_at = excluded.obtained_at";
    BEGIN = "UPDATE grants SET state = $6, lease_id = $4, lease_until = $5
        WHERE human_id = $1 AND connection_id = $2 AND generation = $3 AND state <> $7
        AND (lease_until IS NULL OR lease_until <= $8)";
    COMPLETE = "UPDATE grants SET generation = generation + 1, state = $5, sealed_access = $6, sealed_refresh = $7,
        sealed_previous = $8, expires_at = $9, lease_id = NULL, lease_until = NULL, attempts = 0, obtained_at = $10
        WHERE human_id = $1 AND connection_id = $2 AND generation = $3 AND lease_id = $4";
    ABANDON = "UPDATE grants SET state = $5, lease_id = NULL, lease_until = NULL, attempts = attempts + $6
        WHERE human_id = $1 AND connection_id = $2 AND generation = $3 AND lease_id = $4";
    CONFIRM = "UPDATE grants SET sealed_previous = NULL
        WHERE human_id = $1 AND connection_id = $2 AND generation = $3 AND sealed_previous IS NOT NULL";
    DELETE = "DELETE FROM grants WHERE human_id = $1 AND connection_id = $2";
}

/// Tokens as a provider gave them.
#[derive(Debug, Clone)]
pub struct Tokens {
    /// Access token.
    pub access: Secret<String>,
    /// Refresh token; `None` keeps the old one at a refresh, and means that there is none at a first grant.
    pub refresh: Option<Secret<String>>,
    /// End of the access token.
    pub expires_at: Time,
}

/// How a grant is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GrantState {
    /// Fine.
    Ok,
    /// A refresh is under way (or its process died): see the lease.
    Refreshing,
    /// A refresh got no clear answer: the refresh token may or may not be used up.
    Uncertain,
    /// Dead; only the person can mend it.
    NeedsReauth,
}

/// A grant.
#[derive(Debug, Clone)]
pub struct Grant {
    /// Person.
    pub human_id: HumanId,
    /// Connection.
    pub connection_id: ConnectionId,
    /// Grows by one with each new pair.
    pub generation: i64,
    /// State.
    pub state: GrantState,
    /// Tokens of this generation.
    pub tokens: Tokens,
    /// The refresh token of the generation before, until the new access token has worked once.
    pub previous_refresh: Option<Secret<String>>,
    /// Who refreshes, until when.
    pub lease: Option<([u8; 16], Time)>,
    /// Times that an unclear refresh was tried with this generation.
    pub attempts: i64,
    /// When this generation was obtained.
    pub obtained_at: Time,
}

impl GrantState {
    /// The stored number.
    const fn number(self) -> i64 {
        match self {
            Self::Ok => 1,
            Self::Refreshing => 2,
            Self::Uncertain => 3,
            Self::NeedsReauth => 4,
        }
    }
    fn from_number(number: i64) -> Result<Self, StoreError> {
        [Self::Ok, Self::Refreshing, Self::Uncertain, Self::NeedsReauth]
            .into_iter()
            .find(|state| state.number() == number)
            .ok_or(StoreError::Damaged("grants.state"))
    }
}

impl Store {
    /// The grant of a connection.
    pub fn grant(&self, human: HumanId, id: ConnectionId) -> Result<Option<Grant>, StoreError> {
        self.read(|conn| conn.snapshot(|conn| find(conn, &self.context.vault, human, id)))
    }
    /// Takes the lease and writes the intent, if the grant is still of `generation`, not dead, and nobody holds a lease
    /// that has not ended. Durable when it returns `true`; only then may the provider be called.
    pub async fn begin_refresh(
        &self,
        human: HumanId,
        id: ConnectionId,
        generation: i64,
        lease: [u8; 16],
        until: Time,
    ) -> Result<bool, StoreError> {
        self.write(move |conn, context| {
            let changed = conn.run(
                BEGIN,
                params![
                    human.0,
                    id.0,
                    generation,
                    lease,
                    until.0,
                    GrantState::Refreshing.number(),
                    GrantState::NeedsReauth.number(),
                    context.now().0
                ],
            )?;
            Ok(changed == 1)
        })
        .await
    }
    /// Stores the new pair as `generation + 1`, if the lease is still ours. Durable when it returns `true`; only then
    /// may the new access token be used.
    ///
    /// The refresh token of the generation before is kept until [`Store::confirm_tokens`]; an answer without a refresh
    /// token keeps the old one in use.
    pub async fn complete_refresh(
        &self,
        human: HumanId,
        id: ConnectionId,
        generation: i64,
        lease: [u8; 16],
        tokens: Tokens,
    ) -> Result<bool, StoreError> {
        let done = self.write(move |conn, context| {
            let Some(old) = find(conn, &context.vault, human, id)? else { return Ok(None) };
            let key = context.vault.person(conn, human)?;
            let random = context.vault.random();
            let seal =
                |column, token: &Secret<String>| key.seal(random, &place(column, human, id), token.expose().as_bytes());
            let (refresh, previous) = match (&tokens.refresh, &old.tokens.refresh) {
                (Some(new), old) => (Some(new), old.as_ref()),
                (None, old) => (old.as_ref(), None),
            };
            let changed = conn.run(
                COMPLETE,
                params![
                    human.0,
                    id.0,
                    generation,
                    lease,
                    GrantState::Ok.number(),
                    seal(ACCESS, &tokens.access)?,
                    refresh.map(|token| seal(REFRESH, token)).transpose()?,
                    previous.map(|token| seal(PREVIOUS, token)).transpose()?,
                    tokens.expires_at.0,
                    context.now().0
                ],
            )?;
            if changed == 1 { restored::count(conn).map(Some) } else { Ok(None) }
        });
        let Some(mark) = done.await? else { return Ok(false) };
        if let Err(error) = self.mark_file.write(mark) {
            // The tokens are stored; only an older copy of the database would not be told from this one.
            tracing::error!(%error, "count of refreshes not written");
        }
        Ok(true)
    }
    /// Gives the lease back without new tokens, in the given state; counts an attempt when the state is `Uncertain`.
    /// `false` when the lease is not ours any more.
    pub async fn abandon_refresh(
        &self,
        human: HumanId,
        id: ConnectionId,
        generation: i64,
        lease: [u8; 16],
        state: GrantState,
    ) -> Result<bool, StoreError> {
        self.write(move |conn, _| {
            let attempt = i64::from(state == GrantState::Uncertain);
            let changed = conn.run(ABANDON, params![human.0, id.0, generation, lease, state.number(), attempt])?;
            Ok(changed == 1)
        })
        .await
    }
    /// The access token of this generation worked: the previous refresh token may go.
    pub async fn confirm_tokens(&self, human: HumanId, id: ConnectionId, generation: i64) -> Result<(), StoreError> {
        self.write(move |conn, _| {
            conn.run(CONFIRM, params![human.0, id.0, generation])?;
            Ok(())
        })
        .await
    }
}

const ACCESS: &str = "grants.sealed_access";
const REFRESH: &str = "grants.sealed_refresh";
const PREVIOUS: &str = "grants.sealed_previous";

/// Stores tokens of a fresh authorisation. Over an older grant the generation goes on, so that a refresh of the old
/// one that is still under way cannot overwrite the new tokens.
pub(crate) fn replace(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    id: ConnectionId,
    tokens: &Tokens,
) -> Result<(), StoreError> {
    let key = context.vault.person(conn, human)?;
    let random = context.vault.random();
    let seal = |column, token: &Secret<String>| key.seal(random, &place(column, human, id), token.expose().as_bytes());
    conn.run(
        REPLACE,
        params![
            human.0,
            id.0,
            GrantState::Ok.number(),
            seal(ACCESS, &tokens.access)?,
            tokens.refresh.as_ref().map(|token| seal(REFRESH, token)).transpose()?,
            tokens.expires_at.0,
            context.now().0
        ],
    )?;
    Ok(())
}

/// Deletes a connection's grant, if it has one.
pub(crate) fn delete(conn: Conn<'_>, human: HumanId, id: ConnectionId) -> Result<(), StoreError> {
    conn.run(DELETE, params![human.0, id.0])?;
    Ok(())
}

/// The grant of a connection.
pub(crate) fn find(
    conn: Conn<'_>,
    vault: &Vault,
    human: HumanId,
    id: ConnectionId,
) -> Result<Option<Grant>, StoreError> {
    // No row, no key needed: a source without a grant.
    let row = conn.one(GET, params![human.0, id.0], |row| {
        let key = vault.person(conn, human)?;
        let open = |column, blob: Vec<u8>| open_token(&key, column, human, id, &blob);
        let lease_id: Option<[u8; 16]> = row.get(6)?;
        let lease_until: Option<i64> = row.get(7)?;
        Ok(Grant {
            human_id: human,
            connection_id: id,
            generation: row.get(0)?,
            state: GrantState::from_number(row.get(1)?)?,
            tokens: Tokens {
                access: open(ACCESS, row.get(2)?)?,
                refresh: row.get::<_, Option<Vec<u8>>>(3)?.map(|blob| open(REFRESH, blob)).transpose()?,
                expires_at: Time(row.get(5)?),
            },
            previous_refresh: row.get::<_, Option<Vec<u8>>>(4)?.map(|blob| open(PREVIOUS, blob)).transpose()?,
            lease: lease_id.zip(lease_until.map(Time)),
            attempts: row.get(8)?,
            obtained_at: Time(row.get(9)?),
        })
    })?;
    Ok(row)
}

fn open_token(
    key: &Sealer,
    column: &'static str,
    human: HumanId,
    id: ConnectionId,
    blob: &[u8],
) -> Result<Secret<String>, StoreError> {
    key.open_text(&place(column, human, id), blob).map(Secret::new)
}

fn place(column: &'static str, human: HumanId, id: ConnectionId) -> Place {
    Place::new(column).id(&human.0).id(&id.0)
}
