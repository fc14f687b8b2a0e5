//! What a connection does next: of all its streams the one that needs it most. Pure, as `plan` is.

use std::collections::HashMap;

use hilum_model::{ConnectionId, Day, Time};
use hilum_providers::spec::{Stream, Window};
use hilum_store::connections::Cursor;
use hilum_store::jobs::Priority;

use super::memory::Notes;
use super::plan::{self, Step};

/// Without any stream that is granted a connection is looked at again after this time, ms.
const NOTHING_GRANTED_MS: i64 = 86_400_000;

/// Cursors of a connection, by stream.
pub(super) type Cursors = HashMap<String, Cursor>;

/// What is known of a connection.
pub(super) struct Agenda<'a> {
    pub(super) connection: ConnectionId,
    /// When it was connected; history is counted from there, so that it has an end.
    pub(super) connected: Day,
    /// Since when it is in its state: what was pushed before may have found nobody.
    pub(super) since: Day,
    /// The person's IANA zone.
    pub(super) zone: Option<&'a str>,
    pub(super) cursors: &'a Cursors,
    pub(super) notes: &'a Notes,
}

impl Agenda<'_> {
    fn held(&self, stream: &Stream, now: Time) -> Option<Time> {
        self.notes.get(stream.id)?.hold_until.filter(|until| now < *until)
    }

    /// The oldest day of interest.
    fn floor(&self, stream: &Stream) -> Day {
        self.connected.plus(-i32::from(stream.history_days))
    }

    /// News before history; of history the stream that needs the fewest requests, since it brings the most days.
    pub(super) fn next_step(&self, streams: impl Iterator<Item = &'static Stream>, now: Time) -> Option<Step> {
        let mut past: Option<(i32, Step)> = None;
        for stream in streams.filter(|stream| self.held(stream, now).is_none()) {
            let cursor = self.cursors.get(stream.id);
            let resume = self.notes.get(stream.id).and_then(|note| note.resume);
            let floor = self.floor(stream);
            if let Some(step) = plan::recent(stream, cursor, resume, floor, now, self.zone, self.connection) {
                return Some(step);
            }
            if let Some(step) = plan::backfill(stream, cursor, floor, now.utc_day(), self.since) {
                past.get_or_insert((i32::MAX, step));
            }
            if let (Some(cursor), Some(step)) = (cursor, plan::history(stream, cursor, floor)) {
                let left = plan::windows_left(stream, cursor, floor);
                if past.as_ref().is_none_or(|(least, _)| left < *least) {
                    past = Some((left, step));
                }
            }
        }
        past.map(|(_, step)| step)
    }

    /// Who waits for a step: somebody who looks for first data or of whom there is news, whoever keeps up with the
    /// present, or history.
    pub(super) fn priority(&self, step: &Step) -> Priority {
        let known = self.cursors.get(step.stream.id).is_some_and(|cursor| cursor.synced_at.is_some());
        match (step.recent, known) {
            (false, _) => Priority::Background,
            (true, false) => Priority::Urgent,
            (true, true) => Priority::Normal,
        }
    }

    /// When something is due next, if nothing is now.
    pub(super) fn next_time(&self, streams: impl Iterator<Item = &'static Stream>, now: Time) -> Time {
        streams
            .filter(|stream| stream.window != Window::Pushed)
            .map(|stream| {
                let due = plan::due(stream, self.cursors.get(stream.id), self.connection).unwrap_or(now);
                self.held(stream, now).map_or(due, |until| until.max(due))
            })
            .min()
            .unwrap_or(now.plus_ms(NOTHING_GRANTED_MS))
    }
}

/// A window is read to its end.
pub(super) fn done(cursors: &mut Cursors, notes: &mut Notes, step: Step) {
    let note = notes.entry(step.stream.id).or_default();
    note.failures = 0;
    note.hold_until = None;
    if step.recent {
        let before = cursors.get(step.stream.id).and_then(|cursor| cursor.synced_at);
        let at_present = step.after.synced_at != before;
        note.resume = (!at_present).then(|| step.to.plus(1));
    }
    cursors.insert(step.after.stream.clone(), step.after);
}
