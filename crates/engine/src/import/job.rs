//! The job that reads a person's uploaded file, and the cleaning up after uploads that nobody finished.

use std::sync::Arc;

use hilum_model::HumanId;
use hilum_store::StoreError;
use serde::Deserialize;

use super::reading::{Ended, Importer, blocking};
use super::report::{Failure, Report};
use crate::Engine;
use crate::jobs::Outcome;

/// Wait while as many files are read as may be, ms.
const CROWDED_MS: i64 = 3_000;
/// An upload of which nothing came for so long is dropped, ms: a day.
const ABANDONED_MS: i64 = 86_400_000;

/// Whose files.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(crate) struct Owner {
    human: HumanId,
}

impl Engine {
    /// Reads the file whose turn it is.
    pub(crate) async fn import_job(&self, owner: Owner) -> Result<Outcome, StoreError> {
        let human = owner.human;
        let Ok(_place) = self.imports.places.try_acquire() else {
            return Ok(Outcome::Retry(self.clock.now().plus_ms(CROWDED_MS), "other files are read"));
        };
        let Some(import) = self.store.next_import(human)? else { return Ok(Outcome::Done) };
        let id = import.import_id;
        let session = import.pending;
        let importer = Importer::new(self.store.clone(), Arc::clone(&self.random), Arc::clone(&self.imports.stop));
        let store = self.store.clone();
        let ended = match blocking(move || store.spool_reader(human, id)).await? {
            Ok(file) if import.bytes_total == Some(file.length()) => match session {
                Some(session) => importer.look(import, session, Box::new(file)).await,
                None => importer.read(import, Box::new(file), &|_| ()).await,
            },
            Ok(_) | Err(StoreError::Io { .. }) => {
                let mut report = Report::of(&import.report);
                let lost = "The uploaded file is not there (any more). Upload it again.";
                report.error = Some(Failure::new("upload_lost", lost));
                match session {
                    Some(session) => importer.end_look(human, id, session, &report, None).await,
                    None => importer.end(human, id, false, &report).await,
                }
            }
            Err(error) => Err(error),
        };
        if let Some(session) = session {
            self.session_news(session).await?;
        }
        match ended {
            Ok(Ended::Whole) => {
                let store = self.store.clone();
                // A file of a session that is not finalised waits to be read again.
                blocking(move || if store.needs_spool(id)? { Ok(()) } else { store.remove_spool(id) }).await??;
                match self.store.next_import(human)? {
                    Some(_) => Ok(Outcome::Retry(self.clock.now(), "another file waits")),
                    None => Ok(Outcome::Done),
                }
            }
            Ok(Ended::Stopped) => Ok(Outcome::Retry(self.clock.now(), "stopped")),
            // The person is gone.
            Err(StoreError::NotFound) => Ok(Outcome::Done),
            Err(error) => Err(error),
        }
    }

    /// Forgets uploads that nobody finished, and removes files that no import needs (any more).
    pub(crate) async fn sweep_imports(&self) -> Result<(), StoreError> {
        let since = self.clock.now().plus_ms(-ABANDONED_MS);
        for import in self.store.abandoned_imports(since)? {
            if !self.imports.is_held(import) {
                self.store.drop_abandoned_import(import, since).await?;
            }
        }
        for import in self.store.spooled()? {
            // A row is there before its file, so a file without one is not needed.
            if !self.store.needs_spool(import)? && !self.imports.is_held(import) {
                self.store.remove_spool(import)?;
            }
        }
        Ok(())
    }
}
