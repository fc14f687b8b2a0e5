//! The one writer: a thread that takes all waiting writes, runs each in a savepoint of one transaction, commits them
//! together (one fsync), and only then answers.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use rusqlite::Connection;
use tokio::sync::{mpsc, oneshot};

use super::Conn;
use crate::StoreError;

/// Writes that may wait before callers are held back.
const WAITING: usize = 1024;

/// Writes of one transaction at the most, so that the first does not wait for ever.
const GROUP: usize = 128;

/// A write and the way back to its caller.
trait Task: Send {
    /// Runs the write and keeps its result. `false` when it failed and must be rolled back.
    fn run(&mut self, conn: Conn<'_>) -> bool;
    /// Answers with the kept result (`Ok`: it is durable), or with the failure of the whole group.
    fn answer(self: Box<Self>, committed: Result<(), StoreError>);
}

struct Write<T, F> {
    work: Option<F>,
    result: Option<Result<T, StoreError>>,
    reply: oneshot::Sender<Result<T, StoreError>>,
}

impl<T: Send, F: FnOnce(Conn<'_>) -> Result<T, StoreError> + Send> Task for Write<T, F> {
    fn run(&mut self, conn: Conn<'_>) -> bool {
        self.result = self.work.take().map(|work| work(conn));
        matches!(self.result, Some(Ok(_)))
    }
    fn answer(self: Box<Self>, committed: Result<(), StoreError>) {
        let result = match (committed, self.result) {
            (Ok(()), Some(result)) => result,
            // A write that failed by itself knows better why.
            (Err(_), Some(Err(own))) => Err(own),
            (Err(group), _) => Err(group),
            (Ok(()), None) => Err(StoreError::Closed),
        };
        // A caller that stopped waiting does not want the answer; the write stands.
        drop(self.reply.send(result));
    }
}

enum Message {
    Write(Box<dyn Task>),
    Close(oneshot::Sender<()>),
}

/// The handle of the writer thread.
pub(crate) struct Writer {
    sender: Mutex<Option<mpsc::Sender<Message>>>,
    thread: Mutex<Option<JoinHandle<()>>>,
    /// Moves with every commit, before and after it.
    commits: Arc<AtomicU64>,
}

impl Writer {
    /// Starts the thread. `keep` lives as long as the thread (the single-instance lock).
    pub(crate) fn start(raw: Connection, keep: impl Send + 'static) -> Result<Self, StoreError> {
        let (sender, receiver) = mpsc::channel(WAITING);
        let commits = Arc::new(AtomicU64::new(0));
        let counted = commits.clone();
        let thread = std::thread::Builder::new()
            .name("hilum-writer".to_owned())
            .spawn(move || {
                serve(raw, receiver, &counted);
                drop(keep);
            })
            .map_err(|source| StoreError::Io { what: "start of the writer thread".to_owned(), source })?;
        Ok(Self { sender: Mutex::new(Some(sender)), thread: Mutex::new(Some(thread)), commits })
    }

    /// Runs `work` within a transaction and answers when it is durable. An error rolls back this write alone.
    pub(crate) async fn write<T: Send + 'static>(
        &self,
        work: impl FnOnce(Conn<'_>) -> Result<T, StoreError> + Send + 'static,
    ) -> Result<T, StoreError> {
        let sender = lock(&self.sender).clone().ok_or(StoreError::Closed)?;
        let (reply, answer) = oneshot::channel();
        let task = Box::new(Write { work: Some(work), result: None, reply });
        sender.send(Message::Write(task)).await.map_err(|_| StoreError::Closed)?;
        answer.await.map_err(|_| StoreError::Closed)?
    }

    /// Waits for all accepted writes, then ends the thread. Closing twice is fine.
    pub(crate) async fn close(&self) -> Result<(), StoreError> {
        let sender = lock(&self.sender).take();
        if let Some(sender) = sender {
            let (reply, done) = oneshot::channel();
            sender.send(Message::Close(reply)).await.map_err(|_| StoreError::Closed)?;
            drop(sender);
            done.await.map_err(|_| StoreError::Closed)?;
        }
        self.join();
        Ok(())
    }

    /// Whether the thread still takes writes.
    pub(crate) fn is_open(&self) -> bool {
        lock(&self.sender).as_ref().is_some_and(|s| !s.is_closed())
    }

    /// A count that moves with every commit, before its rows can be seen and before its writes are answered: odd while a
    /// commit is under way.
    pub(crate) fn commits(&self) -> u64 {
        self.commits.load(Ordering::Acquire)
    }

    fn join(&self) {
        if let Some(thread) = lock(&self.thread).take()
            && thread.join().is_err()
        {
            tracing::error!("the writer thread panicked");
        }
    }
}

impl Drop for Writer {
    /// Without `close`: accepted writes are still done before the lock is given back.
    fn drop(&mut self) {
        lock(&self.sender).take();
        self.join();
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The thread. Ends when all senders are gone, on `Close`, or when durability is in doubt.
fn serve(raw: Connection, mut receiver: mpsc::Receiver<Message>, commits: &AtomicU64) {
    let mut closing = None;
    while closing.is_none() {
        let Some(mut next) = receiver.blocking_recv() else { break };
        let mut group = Vec::new();
        loop {
            match next {
                Message::Write(task) => group.push(task),
                Message::Close(reply) => {
                    closing = Some(reply);
                    break;
                }
            }
            if group.len() >= GROUP {
                break;
            }
            match receiver.try_recv() {
                Ok(message) => next = message,
                Err(_) => break,
            }
        }
        if !group.is_empty() && !commit_group(&raw, group, commits) {
            break;
        }
    }
    if let Err(error) = raw.execute_batch("PRAGMA optimize; PRAGMA wal_checkpoint(TRUNCATE);") {
        // Harmless: the next start replays the log.
        tracing::warn!(%error, "checkpoint at close");
    }
    if let Err((_, error)) = raw.close() {
        tracing::warn!(%error, "close of the database");
    }
    receiver.close();
    // Writes that slipped in after `Close` are answered by dropping their reply: `Closed`.
    while receiver.try_recv().is_ok() {}
    if let Some(reply) = closing {
        // Nobody waits for the end any more: fine.
        let _: Result<(), ()> = reply.send(());
    }
}

/// Runs and commits a group. `false` when nobody can know any more what is durable: the thread must stop then.
fn commit_group(raw: &Connection, mut group: Vec<Box<dyn Task>>, commits: &AtomicU64) -> bool {
    if let Err(error) = step(raw, "BEGIN IMMEDIATE") {
        // Nothing has happened: another process held the write lock for too long, or the disk is not readable.
        answer_all(group, &error);
        return true;
    }
    for task in &mut group {
        if let Err(error) = run_one(raw, task.as_mut()) {
            // SQLite ended the transaction by itself (disk full, I/O error): the writes before are gone too.
            if !raw.is_autocommit()
                && let Err(rollback) = step(raw, "ROLLBACK")
            {
                tracing::error!(error = %rollback, "rollback failed; the store stops taking writes");
                answer_all(group, &error);
                return false;
            }
            answer_all(group, &error);
            return true;
        }
    }
    // Counted before, so that whoever sees this commit's rows cannot take older memories for current ones, and after, so
    // that what was read meanwhile does not count as read after it.
    commits.fetch_add(1, Ordering::AcqRel);
    match step(raw, "COMMIT") {
        Ok(()) => {
            commits.fetch_add(1, Ordering::AcqRel);
            for task in group {
                task.answer(Ok(()));
            }
            true
        }
        Err(error) => {
            // After a failed fsync the kernel may have dropped the pages: only a fresh start knows what is on disk.
            tracing::error!(%error, "commit failed; the store stops taking writes");
            answer_all(group, &error);
            false
        }
    }
}

/// One write in its savepoint. `Err` when the whole transaction is lost.
fn run_one(raw: &Connection, task: &mut dyn Task) -> Result<(), StoreError> {
    step(raw, "SAVEPOINT one_write")?;
    let ok = task.run(Conn::new(raw, true));
    if raw.is_autocommit() {
        return Err(StoreError::Sqlite("the transaction was rolled back by the database".to_owned()));
    }
    if !ok {
        step(raw, "ROLLBACK TO one_write")?;
    }
    step(raw, "RELEASE one_write")
}

fn answer_all(group: Vec<Box<dyn Task>>, error: &StoreError) {
    for task in group {
        task.answer(Err(StoreError::Sqlite(error.to_string())));
    }
}

fn step(raw: &Connection, sql: &str) -> Result<(), StoreError> {
    raw.prepare_cached(sql)?.execute([])?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::db::{Sql, statements};

    statements! {
        PUT = "INSERT INTO t (x) VALUES ($1)";
        PUT_CHILD = "INSERT INTO child (x) VALUES ($1)";
        COUNT = "SELECT count(*) FROM t";
    }

    fn writer() -> Writer {
        let raw = Connection::open_in_memory().expect("opens");
        raw.execute_batch(
            "PRAGMA foreign_keys = ON; CREATE TABLE t (x INTEGER PRIMARY KEY);
             CREATE TABLE child (x INTEGER REFERENCES t (x) DEFERRABLE INITIALLY DEFERRED);",
        )
        .expect("schema");
        Writer::start(raw, ()).expect("starts")
    }

    async fn put(writer: &Writer, sql: Sql, x: i64) -> Result<(), StoreError> {
        writer.write(move |conn| conn.run(sql, [x]).map(drop)).await
    }

    async fn count(writer: &Writer) -> Result<i64, StoreError> {
        writer.write(|conn| Ok(conn.one(COUNT, [], |row| Ok(row.get(0)?))?.unwrap_or(0))).await
    }

    #[test]
    fn these_statements_prepare() {
        assert_eq!(ALL.len(), 3);
    }

    #[tokio::test]
    async fn a_write_that_fails_is_rolled_back_alone() {
        let writer = writer();
        let bad = writer.write(|conn| {
            conn.run(PUT, [2])?;
            conn.run(PUT, [1]).map(drop)
        });
        // Polled together, so that they may share a transaction.
        let (first, bad, last) = tokio::join!(put(&writer, PUT, 1), bad, put(&writer, PUT, 3));
        assert!(first.is_ok() && last.is_ok());
        assert!(matches!(bad, Err(StoreError::Exists)), "{bad:?}");
        assert_eq!(count(&writer).await.expect("counts"), 2, "1 and 3, not 2");
    }

    #[tokio::test]
    async fn a_failed_commit_is_told_to_all_and_ends_the_writer() {
        let writer = writer();
        put(&writer, PUT, 1).await.expect("durable");
        // The reference is checked at COMMIT: the write itself succeeds, its commit does not.
        let orphan = put(&writer, PUT_CHILD, 99).await;
        assert!(matches!(orphan, Err(StoreError::Sqlite(_))), "{orphan:?}");
        let later = put(&writer, PUT, 2).await;
        assert!(matches!(later, Err(StoreError::Closed)), "{later:?}");
        assert!(!writer.is_open());
    }

    #[tokio::test]
    async fn a_caller_that_goes_away_does_not_undo_its_write() {
        let writer = writer();
        {
            let write = put(&writer, PUT, 1);
            tokio::pin!(write);
            // Polled once: accepted, not yet answered.
            std::future::poll_fn(|context| {
                let _: std::task::Poll<_> = write.as_mut().poll(context);
                std::task::Poll::Ready(())
            })
            .await;
        }
        assert_eq!(count(&writer).await.expect("counts"), 1);
    }

    #[tokio::test]
    async fn closing_waits_for_what_was_accepted() {
        let writer = writer();
        let (write, closed) = tokio::join!(put(&writer, PUT, 1), writer.close());
        assert!(write.is_ok() && closed.is_ok());
        assert!(matches!(put(&writer, PUT, 2).await, Err(StoreError::Closed)));
    }
}
