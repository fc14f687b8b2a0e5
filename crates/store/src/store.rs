//! Opening, closing and checking the store.
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use hilum_model::{Clock, ConnectionId, HumanId, Metric, Random, Time};

use crate::crypto::{Vault, ring};
use crate::db::readers::Readers;
use crate::db::writer::Writer;
use crate::db::{self, Conn};
use crate::humans::Human;
use crate::remember::Remembered;
use crate::restored::{self, MarkFile};
use crate::samples::contents::{self, Contents};
use crate::{StoreError, TokenHash, dir};

/// The folder of a scratch store within the data directory.
const SCRATCH: &str = "scratch";

/// Who opens the data directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// The one server process: takes the single-instance lock; creates the directory, key file and schema if absent.
    Serve,
    /// A command-line tool beside a server that may be running: no lock; may create as well.
    Tool,
    /// A store that nobody needs after a crash: no lock, and commits do not wait for the disk.
    Scratch,
}

/// The store. Cheap to clone.
#[derive(Clone)]
pub struct Store {
    readers: Arc<Readers>,
    writer: Arc<Writer>,
    pub(crate) context: Arc<Context>,
    pub(crate) memory: Arc<Memory>,
    pub(crate) mark_file: Arc<MarkFile>,
    /// Says that events were told.
    pub(crate) news: Arc<tokio::sync::watch::Sender<()>>,
    /// The data directory.
    pub(crate) dir: Arc<Path>,
}

/// What every request asks anew, until something is written.
pub(crate) struct Memory {
    /// People by access token, with the token's end.
    pub(crate) tokens: Remembered<TokenHash, (Arc<Human>, Option<Time>)>,
    /// Providers of a person's connections.
    pub(crate) providers: Remembered<HumanId, Arc<[(ConnectionId, String)]>>,
    /// What lies where in the dense series.
    pub(crate) contents: Remembered<(HumanId, Metric), Arc<Contents>>,
}

impl Default for Memory {
    fn default() -> Self {
        Self {
            tokens: Remembered::at_most(4096),
            providers: Remembered::at_most(4096),
            contents: Remembered::at_most(contents::MOST),
        }
    }
}

/// What a write takes along to the writer thread.
pub(crate) struct Context {
    pub(crate) vault: Vault,
    pub(crate) clock: Arc<dyn Clock>,
    /// A write under way told events.
    told: AtomicBool,
}

impl Context {
    /// The present instant.
    pub(crate) fn now(&self) -> Time {
        self.clock.now()
    }

    /// Notes that the write under way told events: who waits for them is woken once it is durable.
    pub(crate) fn told(&self) {
        self.told.store(true, Ordering::Release);
    }
}

impl std::fmt::Debug for Store {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Store").finish_non_exhaustive()
    }
}

impl Store {
    /// Opens (and where needed creates and migrates) the store in `dir`: `hilum.sqlite`, `keys.json` (mode 0600),
    /// `hilum.lock`, `hilum.rotations`. Blocks for some milliseconds; needs no async runtime (the futures of writes run on any).
    ///
    /// Fails with [`StoreError::InUse`] for a second server, [`StoreError::Key`] when the key file is missing although
    /// there are data, malformed, readable by others, or of another database, and [`StoreError::SchemaTooNew`].
    pub fn open(
        dir: &Path,
        mode: OpenMode,
        clock: Arc<dyn Clock>,
        random: Arc<dyn Random>,
    ) -> Result<Self, StoreError> {
        dir::create(dir)?;
        let instance = match mode {
            OpenMode::Serve => Some(dir::lock_instance(dir)?),
            OpenMode::Tool | OpenMode::Scratch => None,
        };
        if instance.is_some() {
            // Of a process that was killed.
            dir::remove(&dir.join(SCRATCH))?;
        }
        let setup = dir::lock_setup(dir)?;
        let path = dir.join(db::FILE);
        let exists = |path: &Path| {
            path.try_exists().map_err(|source| StoreError::Io { what: path.display().to_string(), source })
        };
        let keys = dir.join(ring::FILE);
        if !exists(&keys)? {
            // The key file is made before the database, so a database without one has lost it.
            if exists(&path)? {
                return Err(StoreError::Key(format!(
                    "{} is missing, and the data cannot be read without it; restore it from a backup",
                    keys.display()
                )));
            }
            ring::KeyRing::create(dir, &*random)?;
        }
        let vault = Vault::open(dir, random)?;
        let mark_file = MarkFile::new(dir);
        let seen = mark_file.read()?;
        let mut raw = db::open(&path)?;
        db::private(&path)?;
        raw.execute_batch("PRAGMA page_size = 8192; PRAGMA journal_mode = WAL;")?;
        if mode == OpenMode::Scratch {
            raw.execute_batch("PRAGMA synchronous = OFF;")?;
        }
        db::migrate::migrate(&mut raw, clock.now())?;
        {
            let tx = raw.transaction()?;
            let conn = Conn::new(&tx, true);
            vault.check_fits(conn)?;
            let mark = restored::check(conn, &mark_file, seen, vault.random(), clock.now())?;
            tx.commit()?;
            if seen != Some(mark) {
                mark_file.write(mark)?;
            }
        }
        drop(setup);
        Ok(Self {
            readers: Arc::new(Readers::new(path)),
            writer: Arc::new(Writer::start(raw, instance)?),
            context: Arc::new(Context { vault, clock, told: AtomicBool::new(false) }),
            memory: Arc::default(),
            news: Arc::default(),
            mark_file: Arc::new(mark_file),
            dir: dir.into(),
        })
    }

    /// Opens an empty store beside this one, in a folder of the data directory, for intermediate results. There is one at a
    /// time; [`Store::remove_scratch`] removes it, and so does the next server that starts.
    pub fn scratch(&self, clock: Arc<dyn Clock>, random: Arc<dyn Random>) -> Result<Self, StoreError> {
        self.remove_scratch()?;
        Self::open(&self.dir.join(SCRATCH), OpenMode::Scratch, clock, random)
    }

    /// Removes the scratch store, if there is one; it has to be closed.
    pub fn remove_scratch(&self) -> Result<(), StoreError> {
        dir::remove(&self.dir.join(SCRATCH))
    }

    /// Keyed HMAC-SHA256 under a key of the key ring, for MACs outside the store (poll tokens): `purpose` separates uses.
    pub fn mac(&self, purpose: &str, message: &[u8]) -> [u8; 32] {
        // The prefix keeps callers apart from the store's own purposes.
        self.context.vault.mac(&format!("caller: {purpose}"), &[message])
    }

    /// Encrypts a short message that a caller is to hold for us; it opens for the same `context` alone. The same message is
    /// the same text each time.
    pub fn seal_token(&self, context: &[u8], message: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.context.vault.tokens().seal(context, message)
    }

    /// Opens what [`Store::seal_token`] made for this `context`; `None` for anything else.
    pub fn open_token(&self, context: &[u8], text: &[u8]) -> Option<Vec<u8>> {
        self.context.vault.tokens().open(context, text)
    }

    /// Waits until all accepted writes are durable, checkpoints, and closes; later reads and writes give `Closed`.
    /// Closing twice is fine.
    pub async fn close(&self) -> Result<(), StoreError> {
        self.readers.close();
        self.writer.close().await
    }

    /// Whether writes are still taken. `false` after [`Store::close`], and after a commit failed: the process should
    /// then end, because only a fresh start knows what is on the disk.
    pub fn is_open(&self) -> bool {
        self.writer.is_open()
    }

    /// A count that moves with every commit, odd while one is under way: what was read before it moved may be out of date.
    pub(crate) fn commits(&self) -> u64 {
        self.writer.commits()
    }

    /// Runs a read on an idle connection, on the calling thread.
    pub(crate) fn read<T>(&self, read: impl FnOnce(Conn<'_>) -> Result<T, StoreError>) -> Result<T, StoreError> {
        self.readers.read(read)
    }

    /// Runs a write on the writer thread; answers when it is durable.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(Conn<'_>, &Context) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let context = self.context.clone();
        let result = self.writer.write(move |conn| work(conn, &context)).await;
        // Perhaps told by another write of the same commit; it does not matter which one's caller says so.
        if self.context.told.swap(false, Ordering::AcqRel) {
            self.news.send_replace(());
        }
        result
    }
}
