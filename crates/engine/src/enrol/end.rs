//! The end of a page: disconnecting a source, finishing, closing.
use hilum_model::{ClientId, ConnectionId, HumanId, Secret};
use hilum_store::connections::ConnectionState;
use hilum_store::hash_token;
use hilum_store::sessions::{Session, SessionMode, SessionState};

use super::secrets::session_token;
use super::sources::same_account;
use super::{EnrolError, FINISHED_MS, Settings};
use crate::Engine;

/// What an app gets at finish (`sessionTokenObject`).
#[derive(Debug, Clone)]
pub struct FinishToken {
    /// Person: existing, or allotted and made real by the exchange.
    pub human_id: HumanId,
    /// App.
    pub client_id: ClientId,
    /// 32 hex, works once, for ten minutes.
    pub session_token: Secret<String>,
}

/// How a session ended.
#[derive(Debug, Clone)]
pub enum Ended {
    /// Something changed.
    Finish(FinishToken),
    /// Nothing changed, or the app need not be asked: it had the session opened with a token.
    Close,
}

impl Engine {
    /// The person disconnects a source. A real connection stops at once, its data stay; a pending one is erased.
    /// Either way the grant is handed to revocation, which never blocks the person.
    pub async fn disconnect_source(&self, page_secret: &str, connection: &str) -> Result<(), EnrolError> {
        let session = self.session_of_page(page_secret)?;
        let id: ConnectionId = connection.parse().map_err(|_| EnrolError::UnknownConnection)?;
        let shown = self.shown_connections(&session)?;
        let chosen = shown.into_iter().find(|c| c.connection_id == id).ok_or(EnrolError::UnknownConnection)?;
        let mut removed = false;
        if session.mode == SessionMode::Edit {
            // One shown row may stand for a real connection and for its renewal in this session.
            for real in self.store.connections(session.human_id)?.iter().filter(|c| same_account(c, &chosen)) {
                if real.pending.is_none() && real.state != ConnectionState::Disconnected {
                    self.disconnect(session.human_id, real.connection_id).await?;
                    removed = true;
                }
            }
        }
        if chosen.pending.is_some() {
            self.drop_pending(&session, chosen.connection_id).await?;
        }
        self.wake_jobs();
        self.live.succeeded(session.session_id, &chosen.provider);
        self.bump(session.session_id, removed).await
    }

    /// Ends the page: finishes if something changed, else closes. Told again, it answers the same.
    pub async fn end_session(&self, page_secret: &str) -> Result<(Session, Settings, Ended), EnrolError> {
        let by_page = |engine: &Self| engine.store.session_by_page_secret(&hash_token(page_secret));
        let mut session = by_page(self)?.ok_or(EnrolError::SessionGone)?;
        if self.is_open(&session) {
            let id = session.session_id;
            let token = session_token(&self.store, id);
            let mut pending = false;
            for connection in self.store.pending_connections(id)? {
                if connection.question {
                    // Not answered is not agreed.
                    self.drop_pending(&session, connection.connection_id).await?;
                } else {
                    pending = true;
                }
            }
            pending |= self.brings_a_file(id)?;
            let by_token = Settings::read(&session.settings)?.by_token;
            if by_token && pending {
                self.settle(&session, None).await?;
            }
            // In create mode a person who took everything back has nothing that the app could be told.
            if !by_token && (pending || (session.mode == SessionMode::Edit && session.changed)) {
                let until = self.clock.now().plus_ms(FINISHED_MS);
                self.store.finish_session(id, hash_token(token.expose()), until).await?;
            } else {
                self.store.close_session(id).await?;
            }
            self.live.remove(id);
            // Another call may have ended it meanwhile: what is stored counts.
            session = by_page(self)?.ok_or(EnrolError::SessionGone)?;
        }
        let ended = match session.state {
            SessionState::Closed => Ended::Close,
            SessionState::Finished | SessionState::Exchanged if session.expires_at > self.clock.now() => {
                Ended::Finish(FinishToken {
                    human_id: session.human_id,
                    client_id: session.client_id,
                    session_token: session_token(&self.store, session.session_id),
                })
            }
            _ => return Err(EnrolError::SessionGone),
        };
        let settings = Settings::read(&session.settings)?;
        Ok((session, settings, ended))
    }
}
