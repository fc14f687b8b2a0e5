//! Erasing a person: every row, and the key without which copies of the rows are noise.

use hilum_model::HumanId;

use crate::db::statements;
use crate::{Store, StoreError, crypto, imports, jobs, outbox};

statements! {
    HAS_HUMAN = "SELECT 1 FROM humans WHERE human_id = $1";
    DELETE_CHUNKS = "DELETE FROM chunks WHERE human_id = $1";
    DELETE_SERIES = "DELETE FROM series WHERE human_id = $1";
    DELETE_LAST_CHANGES = "DELETE FROM last_changes WHERE human_id = $1";
    DELETE_RECORDS = "DELETE FROM records WHERE human_id = $1";
    DELETE_CURSORS = "DELETE FROM cursors WHERE human_id = $1";
    DELETE_IMPORTS = "DELETE FROM imports WHERE human_id = $1";
    DELETE_PAYLOADS = "DELETE FROM payloads WHERE human_id = $1";
    DELETE_ARCHIVES = "DELETE FROM archives WHERE human_id = $1";
    DELETE_GRANTS = "DELETE FROM grants WHERE human_id = $1";
    DELETE_PUSH_KEYS = "DELETE FROM push_keys WHERE human_id = $1";
    DELETE_CONNECTIONS = "DELETE FROM connections WHERE human_id = $1";
    DELETE_FLOWS = "DELETE FROM flows WHERE human_id = $1";
    DELETE_SESSIONS = "DELETE FROM sessions WHERE human_id = $1";
    DELETE_ACCESS_TOKENS = "DELETE FROM access_tokens WHERE human_id = $1";
    DELETE_REFRESH_TOKENS = "DELETE FROM refresh_tokens WHERE human_id = $1";
    DELETE_LAUNCH_TOKENS = "DELETE FROM launch_tokens WHERE human_id = $1";
    DELETE_PUBLIC_TOKENS = "DELETE FROM public_tokens WHERE human_id = $1";
    DELETE_PRIORITIES = "DELETE FROM human_priorities WHERE human_id = $1";
    DELETE_HUMAN = "DELETE FROM humans WHERE human_id = $1";
}

/// Children before parents; a table that were forgotten here would fail the deletion of the key by its reference.
const IN_ORDER: [crate::db::Sql; 19] = [
    DELETE_CHUNKS,
    DELETE_SERIES,
    DELETE_LAST_CHANGES,
    DELETE_RECORDS,
    DELETE_CURSORS,
    DELETE_IMPORTS,
    DELETE_PAYLOADS,
    DELETE_ARCHIVES,
    DELETE_GRANTS,
    DELETE_PUSH_KEYS,
    DELETE_CONNECTIONS,
    DELETE_FLOWS,
    DELETE_SESSIONS,
    DELETE_ACCESS_TOKENS,
    DELETE_REFRESH_TOKENS,
    DELETE_LAUNCH_TOKENS,
    DELETE_PUBLIC_TOKENS,
    DELETE_PRIORITIES,
    DELETE_HUMAN,
];

impl Store {
    /// Erases a person: every row, and the key without which backups of the rows are noise. What was told of them goes
    /// too; that they were erased is told. The caller revokes grants
    /// first; `revoke` jobs stay until they are done. `false` if there was none.
    pub async fn erase_human(&self, human: HumanId) -> Result<bool, StoreError> {
        let erased = self
            .write(move |conn, context| {
                if conn.one(HAS_HUMAN, [human.0], |_| Ok(()))?.is_none() {
                    return Ok(None);
                }
                let uploads = imports::ids(conn, human)?;
                jobs::delete_of_human(conn, human)?;
                outbox::erase(conn, context, human)?;
                for sql in IN_ORDER {
                    conn.run(sql, [human.0])?;
                }
                crypto::delete_person(conn, human)?;
                Ok(Some(uploads))
            })
            .await?;
        self.context.vault.forget(human);
        for import in erased.iter().flatten() {
            // The key is gone, so what could not be removed is noise; the sweep tries again.
            if let Err(error) = self.remove_spool(*import) {
                tracing::warn!(%error, "an uploaded file of an erased person");
            }
        }
        Ok(erased.is_some())
    }
}
