//! OAuth flows: one row from the click to the callback.

use hilum_model::{ConnectionId, FlowId, HumanId, Secret, SessionId, Time};
use rusqlite::params;

use crate::crypto::Place;
use crate::db::{Conn, statements};
use crate::{Store, StoreError, TokenHash};

statements! {
    INSERT = "INSERT INTO flows
        (human_id, flow_id, session_id, provider, state_hash, cookie_hash, sealed_verifier, expires_at,
         region, renews)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
    TAKE = "DELETE FROM flows WHERE state_hash = $1
        RETURNING human_id, flow_id, session_id, provider, state_hash, cookie_hash, sealed_verifier, expires_at,
        region, renews";
    DELETE_ENDED = "DELETE FROM flows WHERE expires_at <= $1";
    DELETE_OF_SESSION = "DELETE FROM flows WHERE session_id = $1";
}

/// An authorisation under way. Single use.
#[derive(Debug, Clone)]
pub struct Flow {
    /// Id; names the cookie.
    pub flow_id: FlowId,
    /// Session.
    pub session_id: SessionId,
    /// Provider id.
    pub provider: String,
    /// Hash of the `state` parameter.
    pub state_hash: TokenHash,
    /// Hash of the browser-binding cookie.
    pub cookie_hash: TokenHash,
    /// PKCE verifier (kept encrypted).
    pub verifier: Secret<String>,
    /// Region of the provider that the person chose.
    pub region: Option<String>,
    /// The connection that is to be authorised again.
    pub renews: Option<ConnectionId>,
    /// End of its life.
    pub expires_at: Time,
}

impl Store {
    /// Starts a flow. Fails with `NotFound` when its session is gone.
    pub async fn create_flow(&self, flow: Flow) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            conn.run(DELETE_ENDED, [context.now().0])?;
            let session = super::by_id(conn, &context.vault, flow.session_id)?.ok_or(StoreError::NotFound)?;
            let key = context.vault.person(conn, session.human_id)?;
            conn.run(
                INSERT,
                params![
                    session.human_id.0,
                    flow.flow_id.0,
                    flow.session_id.0,
                    flow.provider,
                    flow.state_hash,
                    flow.cookie_hash,
                    key.seal(context.vault.random(), &place(flow.flow_id), flow.verifier.expose().as_bytes())?,
                    flow.expires_at.0,
                    flow.region,
                    flow.renews.map(|connection| connection.0)
                ],
            )?;
            Ok(())
        })
        .await
    }
    /// Takes a flow by the hash of its state: it is gone afterwards, whatever comes of it. Expired ones are `None`.
    pub async fn take_flow(&self, state_hash: TokenHash) -> Result<Option<Flow>, StoreError> {
        self.write(move |conn, context| {
            let row = conn.one(TAKE, [state_hash], |row| {
                let flow = Flow {
                    flow_id: FlowId(row.get(1)?),
                    session_id: SessionId(row.get(2)?),
                    provider: row.get(3)?,
                    state_hash: row.get(4)?,
                    cookie_hash: row.get(5)?,
                    verifier: Secret::new(String::new()),
                    region: row.get(8)?,
                    renews: row.get::<_, Option<[u8; ConnectionId::BYTES]>>(9)?.map(ConnectionId),
                    expires_at: Time(row.get(7)?),
                };
                Ok((HumanId(row.get(0)?), row.get::<_, Vec<u8>>(6)?, flow))
            })?;
            let Some((human, sealed, mut flow)) = row else { return Ok(None) };
            if flow.expires_at <= context.now() {
                return Ok(None);
            }
            let key = context.vault.person(conn, human)?;
            flow.verifier = Secret::new(key.open_text(&place(flow.flow_id), &sealed)?);
            Ok(Some(flow))
        })
        .await
    }
}

/// Ends all flows of a session.
pub(super) fn delete_of_session(conn: Conn<'_>, session: SessionId) -> Result<(), StoreError> {
    conn.run(DELETE_OF_SESSION, [session.0])?;
    Ok(())
}

fn place(flow: FlowId) -> Place {
    Place::new("flows.sealed_verifier").id(&flow.0)
}
