//! Looking through a file of a Connect page whose session is not finalised: all is read, checked and counted, and nothing
//! stored. So the person sees at once what the file holds and whether it is good, and there is nothing that the app could
//! see before its server has exchanged the token. Then the file is read again, into the store.

use hilum_files::{Format, Input};
use hilum_model::{HumanId, ImportId, SessionId};
use hilum_store::StoreError;
use hilum_store::imports::Import;

use super::reading::{Ended, Importer, Opened};
use super::report::{Failure, Report};

impl Importer {
    /// Looks the file of an import through, from its start.
    pub(super) async fn look(
        &self,
        import: Import,
        session: SessionId,
        input: Box<dyn Input + Send>,
    ) -> Result<Ended, StoreError> {
        let (human, id) = (import.human_id, import.import_id);
        let Opened { input, guard, format, _end } = self.open(input).await?;
        let mut report = Report::of(&import.report).begun();
        let format = match format {
            Ok(format) => format,
            Err(_) if guard.is_set() => return Ok(Ended::Stopped),
            Err(error) => {
                report.error = Some(Failure::from(&error));
                return self.end_look(human, id, session, &report, None).await;
            }
        };
        report.tell(format);
        match self.store.begin_look(human, id, session).await {
            // Cancelled, or the session has ended one way or the other.
            Err(StoreError::NotFound) => return Ok(Ended::Whole),
            begun => begun?,
        }
        let (mut deliveries, reader) = self.start(input, None);
        while let Some(delivery) = deliveries.recv().await {
            let (bytes, found) = (delivery.progress.read, report.with(&delivery.summary));
            match self.store.note_look(human, id, session, bytes, found.text()).await {
                Err(StoreError::NotFound) => return Ok(Ended::Whole),
                noted => noted?,
            }
        }
        let Ok(outcome) = reader.await else {
            let fault = "The file could not be read, by a fault of this program.";
            report.error = Some(Failure::new("import_fault", fault));
            return self.end_look(human, id, session, &report, None).await;
        };
        if guard.is_set() && outcome.error.is_some() {
            return Ok(Ended::Stopped);
        }
        report = report.with(&outcome.summary);
        report.error = outcome.error.as_ref().map(Failure::from);
        self.end_look(human, id, session, &report, Some(format)).await
    }

    /// Ends it. A file of a kind that is known, in which something was found, is then shown among the sources of its
    /// session.
    pub(super) async fn end_look(
        &self,
        human: HumanId,
        id: ImportId,
        session: SessionId,
        report: &Report,
        format: Option<Format>,
    ) -> Result<Ended, StoreError> {
        let shown_as = match format.filter(|_| !report.found.is_empty()) {
            Some(format) => match self.connection(human, format, Some(session)).await {
                Ok(connection) => Some(connection),
                // The session is finished or has ended: nothing is shown any more.
                Err(StoreError::NotFound) => None,
                Err(error) => return Err(error),
            },
            None => None,
        };
        let well = report.error.is_none();
        match self.store.end_look(human, id, session, well, report.text(), shown_as).await {
            Ok(()) | Err(StoreError::NotFound) => Ok(Ended::Whole),
            Err(error) => Err(error),
        }
    }
}
