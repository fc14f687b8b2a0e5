//! What a process remembers of streams between slices. Losing it costs some requests, never data.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};

use hilum_model::{ConnectionId, Day, Time};
use hilum_providers::spec::Request;

use super::whole::Heard;

/// A window that was left between two pages.
#[derive(Debug, Clone)]
pub(super) struct Paused {
    pub(super) from: Day,
    pub(super) to: Day,
    /// The next page.
    pub(super) request: Request,
    /// Pages read before it.
    pub(super) pages: u32,
    /// What they told.
    pub(super) heard: Heard,
}

/// What is remembered of one stream of one connection.
#[derive(Debug, Clone, Default)]
pub(super) struct Note {
    /// Not asked before: the scope is missing, the data are not ready, or the request is refused.
    pub(super) hold_until: Option<Time>,
    /// Refusals in a row.
    pub(super) failures: u32,
    /// How often a detail was not ready, in a row.
    pub(super) not_yet: u32,
    /// First day not yet read of a pass towards the present.
    pub(super) resume: Option<Day>,
    /// The page to go on with.
    pub(super) paused: Option<Paused>,
}

/// Notes of one connection, by stream.
pub(super) type Notes = HashMap<&'static str, Note>;

/// Streams that are to be read anew, with the newest day that still counts as known.
pub(crate) type Hints = Vec<(&'static str, Option<Day>)>;

/// Notes of all connections.
#[derive(Debug, Default)]
pub(super) struct Memory {
    notes: Mutex<HashMap<ConnectionId, Notes>>,
    hints: Mutex<HashMap<ConnectionId, Hints>>,
}

impl Memory {
    /// The notes of a connection, for one slice; they come back with [`Memory::put`].
    pub(super) fn take(&self, connection: ConnectionId) -> Notes {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection).unwrap_or_default()
    }
    /// Notes that there is news of streams. A slice under way may have asked before there was.
    pub(super) fn hint(&self, connection: ConnectionId, hints: Hints) {
        let mut all = self.hints.lock().unwrap_or_else(PoisonError::into_inner);
        all.entry(connection).or_default().extend(hints);
    }
    /// What was hinted since this was called last.
    pub(super) fn take_hints(&self, connection: ConnectionId) -> Hints {
        self.hints.lock().unwrap_or_else(PoisonError::into_inner).remove(&connection).unwrap_or_default()
    }
    /// Keeps the notes that say something.
    pub(super) fn put(&self, connection: ConnectionId, mut notes: Notes) {
        notes.retain(|_, note| {
            note.hold_until.is_some()
                || note.failures > 0
                || note.not_yet > 0
                || note.resume.is_some()
                || note.paused.is_some()
        });
        let mut all = self.notes.lock().unwrap_or_else(PoisonError::into_inner);
        if notes.is_empty() {
            all.remove(&connection);
        } else {
            all.insert(connection, notes);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_says_something_is_kept() {
        let memory = Memory::default();
        let id = ConnectionId([7; 12]);
        let mut notes = memory.take(id);
        notes.entry("quiet").or_default();
        notes.entry("held").or_default().hold_until = Some(Time(9));
        memory.put(id, notes);
        let kept = memory.take(id);
        assert_eq!(kept.keys().copied().collect::<Vec<_>>(), ["held"]);
        assert!(memory.take(id).is_empty(), "taken");
    }
}
