//! What to ask for next. Pure: from a stream's description and cursor to one window.
//!
//! A stream is read in two directions. *Recent*: from a few days before the newest known day up to today, since devices
//! report and correct late. *History*: from the oldest known day backwards, window by window, until the history limit.
//! The cursor that belongs to a window is stored with the window's rows or not at all.

use hilum_model::{ConnectionId, Day, Offset, Time};
use hilum_providers::spec::{Stream, Window};
use hilum_store::connections::Cursor;

/// One window of one stream.
#[derive(Debug, Clone)]
pub(super) struct Step {
    pub(super) stream: &'static Stream,
    pub(super) from: Day,
    pub(super) to: Day,
    /// The cursor once all pages of the window are stored.
    pub(super) after: Cursor,
    /// Reads towards the present; `false` for history.
    pub(super) recent: bool,
}

/// The last day to ask for: today, and for streams that count in the person's own days also the day that has begun
/// there already. Where the zone is unknown, the one that is furthest ahead (UTC+14) counts.
pub(super) fn last_day(stream: &Stream, now: Time, zone: Option<&str>) -> Day {
    let today = now.utc_day();
    if stream.window.counts_days() {
        let offset = zone.and_then(|zone| Offset::of_zone(zone, now)).unwrap_or(Offset(14 * 60));
        today.max(now.civil_day(Some(offset)))
    } else {
        today
    }
}

/// When the stream is to be read to the present again; `None` if it never was.
///
/// Each connection has a place of its own within the interval, which follows from its id: those who connected together
/// do not sync together for ever. The first interval is half to one and a half times the usual one, until that place;
/// all later ones are exact.
pub(super) fn due(stream: &Stream, cursor: Option<&Cursor>, connection: ConnectionId) -> Option<Time> {
    let every = i64::from(stream.every_s.max(1)) * 1000;
    let earliest = cursor?.synced_at?.plus_ms(every / 2);
    Some(earliest.plus_ms((place(connection, every) - earliest.0).rem_euclid(every)))
}

/// The place of a connection within an interval, ms.
fn place(connection: ConnectionId, every: i64) -> i64 {
    // Ids are random: any part of them is as good as a hash.
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&connection.0[..8]);
    (u64::from_be_bytes(bytes) % every.unsigned_abs()) as i64
}

/// The next window towards the present, if the stream is due. `resume` is the first day not yet read of a pass that
/// was begun in an earlier window and has not come to its end.
pub(super) fn recent(
    stream: &'static Stream,
    cursor: Option<&Cursor>,
    resume: Option<Day>,
    floor: Day,
    now: Time,
    zone: Option<&str>,
    connection: ConnectionId,
) -> Option<Step> {
    if due(stream, cursor, connection).is_some_and(|due| now < due) {
        return None;
    }
    let last = last_day(stream, now, zone);
    let max_days = match stream.window {
        Window::Range { max_days, .. } => max_days,
        Window::OneDay { .. } => 1,
        Window::Pushed => return None,
        Window::Whole | Window::Recent => {
            let after = cursor_of(stream, last, last, true, Some(now));
            return Some(Step { stream, from: last, to: last, after, recent: true });
        }
        Window::Since { .. } | Window::NewestFirst => {
            // One request tells everything since a day: at first the whole history, then what is new.
            let begin =
                cursor.map_or(floor, |cursor| cursor.newest.min(now.utc_day()).plus(-i32::from(stream.overlap_days)));
            let from = begin.max(floor).min(last);
            let after = cursor_of(stream, cursor.map_or(from, |cursor| cursor.oldest), last, true, Some(now));
            return Some(Step { stream, from, to: last, after, recent: true });
        }
    };
    let span = i32::from(max_days.max(1)) - 1;
    let Some(cursor) = cursor else {
        // The first window of all is the newest: that is what a person looks for.
        let from = last.plus(-span).max(floor).min(last);
        let after = cursor_of(stream, from, last, from <= floor, Some(now));
        return Some(Step { stream, from, to: last, after, recent: true });
    };
    // The overlap counts from a day that has begun for sure: the last one may be that of those who are furthest ahead.
    let begin = cursor.newest.min(now.utc_day()).plus(-i32::from(stream.overlap_days));
    let from = resume.unwrap_or(begin).max(cursor.oldest).min(last);
    let to = from.plus(span).min(last);
    let synced_at = if to == last { Some(now) } else { cursor.synced_at };
    let after = cursor_of(stream, cursor.oldest, cursor.newest.max(to), cursor.history_done, synced_at);
    Some(Step { stream, from, to, after, recent: true })
}

/// The next window towards the past, if the limit is not reached. `floor` is the oldest day of interest.
pub(super) fn history(stream: &'static Stream, cursor: Option<&Cursor>, floor: Day) -> Option<Step> {
    let cursor = cursor.filter(|cursor| !cursor.history_done)?;
    let max_days = stream.window.max_days()?;
    let to = cursor.oldest.plus(-1);
    let from = to.plus(1 - i32::from(max_days.max(1))).max(floor);
    if to < floor {
        return None;
    }
    let after = cursor_of(stream, from, cursor.newest, from <= floor, cursor.synced_at);
    Some(Step { stream, from, to, after, recent: false })
}

/// The next part of the past of a pushed stream that is to be ordered: what came while nothing was pushed to us, since
/// the connection came back on the day `since`; then history, newest first.
pub(super) fn backfill(
    stream: &'static Stream,
    cursor: Option<&Cursor>,
    floor: Day,
    today: Day,
    since: Day,
) -> Option<Step> {
    let order = stream.backfill?;
    if let Some(cursor) = cursor.filter(|cursor| cursor.newest < since) {
        // The last day on which something came may have had more to come.
        let reach = i32::from(order.max_days.max(1)) - 1;
        let from = if reach > 0 { cursor.newest } else { cursor.newest.plus(1) };
        let to = from.plus(reach).min(since);
        let after = cursor_of(stream, cursor.oldest, to, cursor.history_done, cursor.synced_at);
        return Some(Step { stream, from, to, after, recent: false });
    }
    let to = match cursor {
        Some(cursor) if cursor.history_done => return None,
        Some(cursor) => cursor.oldest.plus(-1),
        None => today,
    };
    let from = to.plus(1 - i32::from(order.max_days.max(1))).max(floor).min(to);
    let newest = cursor.map_or(today, |cursor| cursor.newest);
    let after = cursor_of(stream, from, newest, from <= floor, cursor.and_then(|cursor| cursor.synced_at));
    Some(Step { stream, from, to, after, recent: false })
}

/// Windows of history that are left.
pub(super) fn windows_left(stream: &Stream, cursor: &Cursor, floor: Day) -> i32 {
    let Some(max_days) = stream.window.max_days() else { return 0 };
    let days = cursor.oldest.0.saturating_sub(floor.0).max(0);
    days / i32::from(max_days.max(1)) + i32::from(days % i32::from(max_days.max(1)) != 0)
}

fn cursor_of(stream: &Stream, oldest: Day, newest: Day, history_done: bool, synced_at: Option<Time>) -> Cursor {
    Cursor { stream: stream.id.to_owned(), oldest, newest, history_done, synced_at }
}

#[cfg(test)]
#[path = "plan_tests.rs"]
mod tests;
