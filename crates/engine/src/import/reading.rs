//! Reading a file to its end, or until it is stopped.

use std::io::{self, Read, Seek, SeekFrom};
use std::ops::ControlFlow;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hilum_files::{Delivery, FileError, Format, Input, Limits, Outcome, Position, Progress};
use hilum_model::{ConnectionId, HumanId, ImportId, Phi, Random, SessionId};
use hilum_store::connections::NewConnection;
use hilum_store::imports::{Beginning, Import, ImportStep};
use hilum_store::{Store, StoreError};
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use super::report::{Failure, Report};

/// The account of a connection whose data come from files: a person has one of each source.
pub(crate) const ACCOUNT: &str = "file";
/// Batches that may wait while one is applied.
const AHEAD: usize = 2;
/// Bytes at either end of a file that tell it from others.
const ENDS: u64 = 64 * 1024;

/// How a reading ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ended {
    /// Well or with an error; the import says which.
    Whole,
    /// It was stopped, and will go on.
    Stopped,
}

/// Is told how far a reading is, after each batch.
pub type Told<'a> = &'a (dyn Fn(Progress) + Send + Sync);

/// Reads files into the store.
pub struct Importer {
    pub(super) store: Store,
    random: Arc<dyn Random>,
    stop: Arc<AtomicBool>,
    limits: Limits,
}

impl Importer {
    /// An importer; once `stop` is set, its readings end.
    pub fn new(store: Store, random: Arc<dyn Random>, stop: Arc<AtomicBool>) -> Self {
        Self { store, random, stop, limits: Limits::default() }
    }

    #[cfg(test)]
    pub(super) const fn with_limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// Imports a file from where it lies. One that was begun and has not ended goes on where it was. Fails with
    /// `NotFound` when there is no such person, `Io` when the file can not be read at all.
    pub async fn import(
        &self,
        human: HumanId,
        input: impl Input + Send + 'static,
        told: Told<'_>,
    ) -> Result<(Import, Ended), StoreError> {
        self.store.human(human)?.ok_or(StoreError::NotFound)?;
        let store = self.store.clone();
        let looked = blocking(move || {
            let mut input = input;
            ends(&mut input).map(|(bytes, ends)| (input, bytes, store.mac("import", &[&human.0[..], &ends].concat())))
        });
        let unreadable = |source| StoreError::Io { what: "the file".to_owned(), source };
        let (input, bytes, fingerprint) = looked.await?.map_err(unreadable)?;
        let import = if let Some(known) = self.store.unfinished_import(human, fingerprint)? {
            known
        } else {
            let (id, beginning) = (ImportId::random(&*self.random), Beginning::InPlace { fingerprint, bytes });
            self.store.begin_import(human, id, beginning, Report::default().text()).await?
        };
        let id = import.import_id;
        let ended = self.read(import, Box::new(input), told).await?;
        Ok((self.store.import(human, id)?.ok_or(StoreError::NotFound)?, ended))
    }

    /// Reads the file of an import from where it stands. An error of the file ends the import and is told in its report;
    /// one of the store leaves it as it was.
    pub(super) async fn read(
        &self,
        import: Import,
        input: Box<dyn Input + Send>,
        told: Told<'_>,
    ) -> Result<Ended, StoreError> {
        let (human, id) = (import.human_id, import.import_id);
        let Opened { input, guard, format, _end } = self.open(input).await?;
        let Ok(from) = import.position.as_deref().map(str::parse::<Position>).transpose() else {
            return Err(StoreError::Damaged("imports.position"));
        };
        // What will be read again is counted again.
        let mut report = match from {
            Some(from) if !from.is_start() => Report::of(&import.report),
            _ => Report::of(&import.report).begun(),
        };
        let format = match format {
            Ok(format) => format,
            Err(_) if guard.is_set() => return Ok(Ended::Stopped),
            Err(error) => {
                report.error = Some(Failure::from(&error));
                return self.end(human, id, false, &report).await;
            }
        };
        report.tell(format);
        let connection = match import.connection_id {
            Some(known) => known,
            None => self.connection(human, format, None).await?,
        };
        match self.store.start_import(human, id, connection).await {
            // It was cancelled, or its person is gone.
            Err(StoreError::NotFound) => return Ok(Ended::Whole),
            started => started?,
        }
        let (mut deliveries, reader) = self.start(input, from);
        while let Some(Delivery { batch, position, progress, summary }) = deliveries.recv().await {
            let step = ImportStep {
                import_id: id,
                position: position.to_string(),
                bytes_done: progress.read,
                report: report.with(&summary).text(),
            };
            match self.store.apply_import(human, connection, batch, step).await {
                Ok(_) => told(progress),
                Err(StoreError::NotFound) => {
                    let gone = "The person removed this source while its file was read; what came before is kept.";
                    report = report.with(&summary);
                    report.error = Some(Failure::new("source_disconnected", gone));
                    return self.end(human, id, false, &report).await;
                }
                Err(error) => return Err(error),
            }
        }
        let Ok(outcome) = reader.await else {
            // A fault of ours: the panic hook has told where. Reading the file again would end in it again.
            report = self.store.import(human, id)?.map_or(report, |stored| Report::of(&stored.report));
            let fault = "The file could not be read, by a fault of this program; what came before is kept.";
            report.error = Some(Failure::new("import_fault", fault));
            return self.end(human, id, false, &report).await;
        };
        if guard.is_set() && outcome.error.is_some() {
            return Ok(Ended::Stopped);
        }
        report = report.with(&outcome.summary);
        report.error = outcome.error.as_ref().map(Failure::from);
        if let Some(FileError::Io(error)) = &outcome.error {
            tracing::error!(%error, "the file of an import");
        }
        self.end(human, id, report.error.is_none(), &report).await
    }

    /// Ends an import. That it is gone, with its person, is an end too.
    pub(super) async fn end(
        &self,
        human: HumanId,
        id: ImportId,
        well: bool,
        report: &Report,
    ) -> Result<Ended, StoreError> {
        match self.store.end_import(human, id, well, report.text()).await {
            Ok(()) | Err(StoreError::NotFound) => Ok(Ended::Whole),
            Err(error) => Err(error),
        }
    }

    /// Tells what a file is. However its reading ends then, the thread that reads ends with it.
    pub(super) async fn open(&self, input: Box<dyn Input + Send>) -> Result<Opened, StoreError> {
        let guard = Stop { all: Arc::clone(&self.stop), this: Arc::default() };
        let end = EndOnDrop(Arc::clone(&guard.this));
        let (mut input, limits) = (Stoppable { inner: input, stop: guard.clone() }, self.limits);
        let (input, format) = blocking(move || {
            let format = hilum_files::detect(&mut input, &limits);
            (input, format)
        })
        .await?;
        Ok(Opened { input, guard, format, _end: end })
    }

    /// Reads on a thread of its own; batches wait until there is room for them.
    pub(super) fn start(
        &self,
        input: Stoppable,
        from: Option<Position>,
    ) -> (mpsc::Receiver<Delivery>, JoinHandle<Outcome>) {
        let (send, deliveries) = mpsc::channel(AHEAD);
        let limits = self.limits;
        (deliveries, tokio::task::spawn_blocking(move || run(input, &limits, from, &send)))
    }

    /// The person's connection for files of a source; made at the first one, revived when it was removed. With a session
    /// it is pending there.
    pub(super) async fn connection(
        &self,
        human: HumanId,
        format: Format,
        pending: Option<SessionId>,
    ) -> Result<ConnectionId, StoreError> {
        let new = NewConnection {
            human_id: human,
            connection_id: ConnectionId::random(&*self.random),
            provider: format.source().to_owned(),
            pending,
            account: Phi::new(ACCOUNT.to_owned()),
            scopes: Vec::new(),
            tokens: None,
        };
        self.store.add_connection(new).await
    }
}

/// A file whose kind is told.
pub(super) struct Opened {
    pub(super) input: Stoppable,
    pub(super) guard: Stop,
    pub(super) format: Result<Format, FileError>,
    pub(super) _end: EndOnDrop,
}

fn run(mut input: Stoppable, limits: &Limits, from: Option<Position>, send: &mpsc::Sender<Delivery>) -> Outcome {
    hilum_files::read(&mut input, limits, from, &mut |delivery| match send.blocking_send(delivery) {
        Ok(()) => ControlFlow::Continue(()),
        Err(_) => ControlFlow::Break(()),
    })
}

/// Runs what blocks on a thread for that. It fails only when the runtime is going down.
pub(super) async fn blocking<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    tokio::task::spawn_blocking(work).await.map_err(|_| StoreError::Closed)
}

/// Length of a file, and its first and last bytes with that length.
fn ends(input: &mut dyn Input) -> io::Result<(u64, Vec<u8>)> {
    let bytes = input.seek(SeekFrom::End(0))?;
    let mut ends = bytes.to_be_bytes().to_vec();
    input.rewind()?;
    input.take(ENDS).read_to_end(&mut ends)?;
    input.seek(SeekFrom::Start(bytes.saturating_sub(ENDS)))?;
    input.take(ENDS).read_to_end(&mut ends)?;
    input.rewind()?;
    Ok((bytes, ends))
}

/// Says that a reading is to end: with all others, or by itself.
#[derive(Clone)]
pub(super) struct Stop {
    all: Arc<AtomicBool>,
    this: Arc<AtomicBool>,
}

impl Stop {
    pub(super) fn is_set(&self) -> bool {
        self.all.load(Ordering::Relaxed) || self.this.load(Ordering::Relaxed)
    }
}

pub(super) struct EndOnDrop(Arc<AtomicBool>);

impl Drop for EndOnDrop {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// An input that can not be read any more once its reading is to end.
pub(super) struct Stoppable {
    inner: Box<dyn Input + Send>,
    stop: Stop,
}

impl Read for Stoppable {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.stop.is_set() {
            return Err(io::Error::other("stopped"));
        }
        self.inner.read(buffer)
    }
}

impl Seek for Stoppable {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.inner.seek(to)
    }
}
