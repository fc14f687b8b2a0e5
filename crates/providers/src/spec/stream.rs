//! A stream: one kind of list that a provider gives, in windows and pages.

use hilum_model::{Batch, Day, Time};
use serde_json::Value;

use super::request::{Method, Request};

/// How a window's ends are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Clock {
    /// `YYYY-MM-DD`, the last day included.
    Date,
    /// `YYYY-MM-DD`, one day more at either end: the provider compares its items' local times with these days, so
    /// that items at the edges would be left out.
    DatePadded,
    /// Seconds since 1970 UTC, the end excluded or harmless.
    UnixSeconds,
    /// RFC 3339 in UTC (`2026-03-04T00:00:00+00:00`).
    Rfc3339,
}

/// What part of time one request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Window {
    /// Everything at once; the stream is a state, not a list (a profile).
    Whole,
    /// From … to.
    Range {
        /// Parameter of the start.
        from: &'static str,
        /// Parameter of the end.
        to: &'static str,
        /// How both are written.
        clock: Clock,
        /// Longest range that one request may ask for, days.
        max_days: u16,
    },
}

/// How a list goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Page {
    /// One answer is all.
    Single,
    /// The answer tells a token for the next page at a JSON pointer; null, absent or empty ends.
    Token {
        /// Parameter that carries the token.
        send: &'static str,
        /// Pointer to the token.
        read: &'static str,
    },
    /// Withings: `more` (0/1 or a bool) and the next `offset` at JSON pointers.
    OffsetMore {
        /// Parameter that carries the offset.
        send: &'static str,
        /// Pointer to `more`.
        more: &'static str,
        /// Pointer to the next offset.
        offset: &'static str,
    },
}

/// What a parser is told besides the answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Context {
    /// When the answer was received; for streams whose items carry no time of their own (a profile).
    pub received: Time,
    /// The person's IANA zone as the profile or an earlier answer told it; `None` if unknown.
    pub time_zone: Option<String>,
}

/// An answer that is not of the documented form at all. One odd item is no error: it is rejected alone.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("answer is not of the documented form: {0}")]
pub struct ParseError(pub String);

/// One kind of list.
#[derive(Debug)]
pub struct Stream {
    /// Name within the provider; part of cursors, fixtures and the command line.
    pub id: &'static str,
    /// Scope that it needs.
    pub scope: &'static str,
    /// Method.
    pub method: Method,
    /// Path below `api_base`.
    pub path: &'static str,
    /// Fixed parameters.
    pub params: &'static [(&'static str, &'static str)],
    /// Windows.
    pub window: Window,
    /// Pages.
    pub page: Page,
    /// How often to look for news, s.
    pub every_s: u32,
    /// How far before the newest known moment a sync begins, days, since devices report and correct late.
    pub overlap_days: u16,
    /// How far back the first sync goes, days.
    pub history_days: u16,
    /// Reads one page.
    pub parse: fn(&[u8], &Context) -> Result<Batch, ParseError>,
}

impl Stream {
    /// The first request for the days `from..=to` (for [`Window::Whole`] they are ignored). With [`Clock::Date`]
    /// and [`Clock::DatePadded`] they are the provider's civil days, otherwise whole UTC days.
    pub fn request(&self, from: Day, to: Day) -> Request {
        let mut request = Request { method: self.method, path: self.path.to_owned(), params: Vec::new() };
        for (name, value) in self.params {
            request = request.with(*name, *value);
        }
        if let Window::Range { from: from_name, to: to_name, clock, .. } = self.window {
            let start = from.start_utc();
            let end = to.plus(1).start_utc();
            let (a, b) = match clock {
                Clock::Date => (from.to_string(), to.to_string()),
                Clock::DatePadded => (from.plus(-1).to_string(), to.plus(1).to_string()),
                Clock::UnixSeconds => (start.unix_s().to_string(), end.unix_s().to_string()),
                Clock::Rfc3339 => (rfc3339(start), rfc3339(end)),
            };
            request = request.with(from_name, a).with(to_name, b);
        }
        request
    }

    /// The request for the page after `answer`, or `None` at the end. A next page that equals the one just asked for
    /// is the end too: some providers repeat the last page for ever.
    pub fn next_page(&self, previous: &Request, answer: &Value) -> Option<Request> {
        let (send, value) = match self.page {
            Page::Single => return None,
            Page::Token { send, read } => (send, answer.pointer(read).and_then(super::id_text)?),
            Page::OffsetMore { send, more, offset } => {
                let more = match answer.pointer(more)? {
                    Value::Bool(b) => *b,
                    other => super::read::integer(other).is_some_and(|n| n != 0),
                };
                if !more {
                    return None;
                }
                (send, answer.pointer(offset).and_then(super::id_text)?)
            }
        };
        let mut next = previous.clone();
        next.params.retain(|(name, _)| name != send);
        next = next.with(send, value);
        (next != *previous).then_some(next)
    }
}

fn rfc3339(time: Time) -> String {
    let iso = time.to_iso();
    format!("{}+00:00", &iso[..19])
}
