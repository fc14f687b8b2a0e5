//! Taking a file in, in one request or in several.

use std::io::ErrorKind;
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, StreamExt as _};
use hilum_model::{HumanId, ImportId, SessionId};
use hilum_store::StoreError;
use hilum_store::imports::{Beginning, Import, ImportState};
use hilum_store::spool::SpoolWriter;
use tokio::sync::mpsc;

use super::reading::blocking;
use super::report::{Failure, Report};
use crate::Engine;
use crate::enrol::EnrolError;

/// Pieces of a body that may wait for the disk.
const AHEAD: usize = 8;
/// A sender from whom nothing comes for so long has gone.
const IDLE: Duration = Duration::from_mins(1);

/// Whose upload: a person's, or that of a Connect page whose session is not finalised.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Whose {
    /// Person.
    pub human: HumanId,
    /// Session.
    pub session: Option<SessionId>,
}

impl From<HumanId> for Whose {
    fn from(human: HumanId) -> Self {
        Self { human, session: None }
    }
}

/// Why an upload is refused.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The person has no such import.
    #[error("unknown import")]
    Unknown,
    /// A file of the person's waits or is read.
    #[error("another import is under way")]
    UnderWay,
    /// It has come in, or another upload took its place.
    #[error("the upload has ended")]
    Over,
    /// Another request brings this upload.
    #[error("the upload is in use")]
    InUse,
    /// It goes on at another place.
    #[error("the upload goes on at byte {0}")]
    WrongOffset(u64),
    /// More bytes than one file may have, or than were announced.
    #[error("more than {0} bytes")]
    TooLarge(u64),
    /// The disk is full.
    #[error("the disk is full")]
    DiskFull,
    /// The body broke off; what came is kept.
    #[error("the body broke off after byte {0}")]
    BrokenOff(u64),
    /// Uploads come too often; free again after so many ms.
    #[error("too many uploads")]
    TooOften(i64),
    /// Too many files of enrolments under way are here.
    #[error("no room for files of enrolments under way")]
    NoRoom,
    /// The page's session has ended.
    #[error(transparent)]
    Session(#[from] EnrolError),
    /// The store failed.
    #[error(transparent)]
    Store(StoreError),
}

impl From<StoreError> for UploadError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::NotFound => Self::Over,
            StoreError::Exists => Self::UnderWay,
            StoreError::Io { source, .. }
                if matches!(source.kind(), ErrorKind::StorageFull | ErrorKind::QuotaExceeded) =>
            {
                Self::DiskFull
            }
            error => Self::Store(error),
        }
    }
}

impl Engine {
    /// Begins an upload of so many bytes, where that is known. One of the person's that has not come in gives way.
    pub async fn begin_upload(&self, whose: impl Into<Whose>, bytes: Option<u64>) -> Result<Import, UploadError> {
        self.begin_file(whose.into(), bytes, &Report::default()).await
    }

    pub(crate) async fn begin_file(
        &self,
        whose: Whose,
        bytes: Option<u64>,
        report: &Report,
    ) -> Result<Import, UploadError> {
        let limit = self.config.imports.max_bytes;
        if bytes.is_some_and(|bytes| bytes > limit) {
            return Err(UploadError::TooLarge(limit));
        }
        let id = ImportId::random(&*self.random);
        let beginning = Beginning::Upload { bytes, pending: whose.session };
        Ok(self.store.begin_import(whose.human, id, beginning, report.text()).await?)
    }

    /// One of them.
    pub fn import_of(&self, whose: impl Into<Whose>, id: ImportId) -> Result<Import, UploadError> {
        let whose = whose.into();
        let found = self.store.import(whose.human, id)?.filter(|import| import.pending == whose.session);
        found.ok_or(UploadError::Unknown)
    }

    /// Ends an import before its time and removes the file. What was applied stays, and the import tells it.
    pub async fn cancel_import(&self, whose: impl Into<Whose>, id: ImportId) -> Result<Import, UploadError> {
        let whose = whose.into();
        let told = |report: &_| {
            let mut report = Report::of(report);
            let message = "The import was cancelled; what was read before is kept.";
            report.error = Some(Failure::new("import_cancelled", message));
            report.text()
        };
        match self.store.cancel_import(whose.human, id, whose.session, told).await {
            Ok(()) => {}
            Err(StoreError::NotFound) => return Err(UploadError::Unknown),
            Err(StoreError::Exists) => return Err(UploadError::Over),
            Err(error) => return Err(UploadError::Store(error)),
        }
        // A request that brings it sees that it is held no more, a reading that its steps are not taken.
        self.imports.let_go(id);
        self.store.remove_spool(id)?;
        self.store.import(whose.human, id)?.ok_or(UploadError::Unknown)
    }

    /// Takes in what follows byte `offset` of an upload. The file is whole when the announced bytes are there, or,
    /// where none were announced, when a body ends as it should; then its reading is queued. Whatever ends the body, what
    /// came until then is kept.
    pub async fn receive_upload<E>(
        &self,
        whose: impl Into<Whose>,
        id: ImportId,
        offset: u64,
        mut body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Import, UploadError> {
        let whose = whose.into();
        let human = whose.human;
        let import = self.import_of(whose, id)?;
        if import.state != ImportState::Receiving {
            return Err(UploadError::Over);
        }
        let hold = self.imports.hold(id).ok_or(UploadError::InUse)?;
        let store = self.store.clone();
        let writer = blocking(move || store.spool_writer(human, id)).await??;
        let mut length = writer.length();
        if length != offset {
            // What was taken back for the writer is written again.
            blocking(move || writer.finish()).await??;
            return Err(UploadError::WrongOffset(length));
        }
        let (send, pieces) = mpsc::channel(AHEAD);
        let written = tokio::task::spawn_blocking(move || {
            // Held until all is written, also when the request is gone.
            let _hold = hold;
            write(writer, pieces)
        });
        let limit = import.bytes_total.unwrap_or(self.config.imports.max_bytes);
        let mut ended = Body::BrokenOff;
        loop {
            match tokio::time::timeout(IDLE, body.next()).await {
                Ok(Some(Ok(piece))) => {
                    if !self.imports.is_held(id) {
                        break;
                    }
                    length += piece.len() as u64;
                    if length > limit {
                        ended = Body::TooLong;
                        break;
                    }
                    if send.send(piece).await.is_err() {
                        break;
                    }
                }
                Ok(None) => {
                    ended = Body::Whole;
                    break;
                }
                Ok(Some(Err(_))) | Err(_) => break,
            }
        }
        drop(send);
        let length = match written.await.map_err(|_| StoreError::Closed)?.map_err(UploadError::from) {
            Err(UploadError::DiskFull) => {
                // Others need the space more than an upload that can not go on.
                self.store.remove_spool(id)?;
                return Err(UploadError::DiskFull);
            }
            written => written?,
        };
        self.store.touch_import(human, id).await?;
        let whole = match (import.bytes_total, &ended) {
            (_, Body::TooLong) => return Err(UploadError::TooLarge(limit)),
            (Some(bytes), _) => bytes == length,
            (None, ended) => matches!(ended, Body::Whole),
        };
        if whole {
            self.store.import_received(human, id, length).await?;
            self.wake_jobs();
        } else if matches!(ended, Body::BrokenOff) {
            return Err(UploadError::BrokenOff(length));
        }
        self.store.import(human, id)?.ok_or(UploadError::Unknown)
    }
}

/// How a body ended.
enum Body {
    Whole,
    BrokenOff,
    TooLong,
}

fn write(mut writer: SpoolWriter, mut pieces: mpsc::Receiver<Bytes>) -> Result<u64, StoreError> {
    while let Some(piece) = pieces.blocking_recv() {
        writer.write(&piece)?;
    }
    writer.finish()
}
