//! An export as a stream that never holds more than a piece or two: the next one is read when there is room for it.
//!
//! Pieces are read on blocking threads, one call each, so that a slow reader occupies none. One that takes nothing for
//! [`STALL`] is ended, and what it held is free again.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use futures_util::{Stream, stream};
use hilum_model::{ClientId, HumanId};
use hilum_store::humans::Human;
use hilum_store::{StoreError, TokenHash};
use tokio::sync::mpsc;
use tokio::task::spawn_blocking;

use super::{Export, Options};
use crate::Engine;

/// Longest time that a reader may take nothing.
pub const STALL: Duration = Duration::from_mins(1);
/// Exports of one person at once: the one that broke off may not have been noticed yet.
const OF_PERSON: u32 = 2;
/// Exports of one app at once.
const OF_APP: u32 = 8;

/// Too many exports of this person or app are under way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("too many exports of this person or app are under way")]
pub struct TooMany;

/// Why a stream ends before its last line.
#[derive(Debug, thiserror::Error)]
pub enum Broken {
    /// The token that it was asked for with has ended, or the person is gone.
    #[error("the access token has ended")]
    Ended,
    /// The reader took nothing for too long.
    #[error("the reader stalled")]
    Stalled,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A piece could not be made: a defect, which has been logged.
    #[error("the export failed")]
    Failed,
}

/// What exports under way are counted by.
#[derive(Debug, Default)]
pub struct ExportState(Mutex<Open>);

#[derive(Debug, Default)]
struct Open {
    people: HashMap<HumanId, u32>,
    apps: HashMap<ClientId, u32>,
}

impl ExportState {
    fn enter(self: &Arc<Self>, human: HumanId, app: ClientId) -> Result<Place, TooMany> {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if open.people.get(&human).is_some_and(|count| *count >= OF_PERSON)
            || open.apps.get(&app).is_some_and(|count| *count >= OF_APP)
        {
            return Err(TooMany);
        }
        *open.people.entry(human).or_default() += 1;
        *open.apps.entry(app).or_default() += 1;
        Ok(Place { state: Arc::clone(self), human, app })
    }
}

/// One of the places; free again when it is dropped.
struct Place {
    state: Arc<ExportState>,
    human: HumanId,
    app: ClientId,
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut open = self.state.0.lock().unwrap_or_else(PoisonError::into_inner);
        leave(&mut open.people, &self.human);
        leave(&mut open.apps, &self.app);
    }
}

fn leave<K: Eq + Hash>(counts: &mut HashMap<K, u32>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}

/// An export that may begin. Nothing is read before its stream is.
pub struct ExportStream {
    export: Export,
    place: Place,
    engine: Arc<Engine>,
    token: TokenHash,
    human: HumanId,
}

impl Engine {
    /// An export of a person, asked for with that access token: it breaks off when the token ends.
    pub fn export(
        self: &Arc<Self>,
        human: &Human,
        token: TokenHash,
        options: Options,
    ) -> Result<ExportStream, TooMany> {
        let place = self.exports.enter(human.human_id, human.client_id)?;
        let export = Export::new(self.store.clone(), human.human_id, self.clock.now(), options);
        Ok(ExportStream { export, place, engine: Arc::clone(self), token, human: human.human_id })
    }
}

impl ExportStream {
    /// The pieces. A reader that takes none for `stall` gets no more of them.
    pub fn pieces(self, stall: Duration) -> impl Stream<Item = Result<Bytes, Broken>> + Send + 'static {
        enum Reader {
            New(Box<ExportStream>, Duration),
            Open(mpsc::Receiver<Result<Bytes, Broken>>),
        }
        stream::unfold(Reader::New(Box::new(self), stall), |reader| async {
            let mut pieces = match reader {
                Reader::Open(pieces) => pieces,
                Reader::New(export, stall) => {
                    let (sender, pieces) = mpsc::channel(1);
                    tokio::spawn(export.produce(sender, stall));
                    pieces
                }
            };
            let piece = pieces.recv().await?;
            Some((piece, Reader::Open(pieces)))
        })
    }

    /// Hands over piece after piece. What ends it early is told as the last thing, as soon as there is a reader for it.
    async fn produce(mut self, sender: mpsc::Sender<Result<Bytes, Broken>>, stall: Duration) {
        loop {
            let read = spawn_blocking(move || {
                let piece = self.piece();
                (self, piece)
            });
            let piece = match read.await {
                Ok((export, piece)) => {
                    self = export;
                    piece
                }
                Err(error) => {
                    // The panic's own line has been logged by now; its payload may hold a value.
                    tracing::error!(panicked = error.is_panic(), "export failed");
                    drop(sender.send(Err(Broken::Failed)).await);
                    return;
                }
            };
            let (piece, last) = match piece {
                Ok(Some(piece)) => (Ok(piece), false),
                Ok(None) => return,
                Err(broken) => {
                    if matches!(broken, Broken::Store(_)) {
                        tracing::error!(%broken, "export broken off");
                    }
                    (Err(broken), true)
                }
            };
            match tokio::time::timeout(stall, sender.send(piece)).await {
                Ok(Ok(())) if !last => {}
                Ok(_) => return,
                Err(_) => {
                    tracing::info!("export ended: its reader stalled");
                    // The place is free for another one; the word waits for the reader, who may never come.
                    drop(self);
                    drop(sender.send(Err(Broken::Stalled)).await);
                    return;
                }
            }
        }
    }

    fn piece(&mut self) -> Result<Option<Bytes>, Broken> {
        let whose = self.engine.store.human_by_access_token(&self.token)?;
        if whose.is_none_or(|human| human.human_id != self.human) {
            return Err(Broken::Ended);
        }
        match self.export.next_piece() {
            Ok(piece) => Ok(piece.map(Bytes::from)),
            Err(StoreError::NotFound) => Err(Broken::Ended),
            Err(error) => Err(error.into()),
        }
    }
}

impl std::fmt::Debug for ExportStream {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ExportStream({}, {:?})", self.human, self.place.app)
    }
}
