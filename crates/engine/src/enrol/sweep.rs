//! Cleaning up after sessions that nobody finalised.
use hilum_store::StoreError;
use hilum_store::sessions::Session;

use crate::Engine;

/// Sessions read at once.
const BATCH: u32 = 100;

impl Engine {
    /// Revokes and erases what ended sessions connected without being finalised. To be called every minute or so.
    /// Forgets tokens that have ended. Returns how many sessions were cleaned.
    pub async fn sweep_sessions(&self) -> Result<usize, StoreError> {
        let mut cleaned = 0;
        loop {
            let ended = self.store.ended_sessions(BATCH)?;
            for session in &ended {
                self.discard(session).await?;
            }
            cleaned += ended.len();
            if ended.len() < BATCH as usize {
                break;
            }
        }
        self.store.forget_ended_tokens().await?;
        Ok(cleaned)
    }

    /// Hands what a session connected to revocation, then erases it.
    pub(super) async fn discard(&self, session: &Session) -> Result<(), StoreError> {
        self.live.remove(session.session_id);
        for pending in self.store.pending_connections(session.session_id)? {
            self.queue_revoke(pending.human_id, pending.connection_id).await?;
        }
        self.store.expire_session(session.session_id).await?;
        self.wake_jobs();
        Ok(())
    }
}
