//! A stream: one kind of list that a provider gives, in windows and pages.

use hilum_model::{Batch, Day, Tells, Time};
use serde_json::Value;

use super::detail::Detail;
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
    /// Milliseconds since 1970 UTC, the end excluded or harmless.
    UnixMillis,
    /// RFC 3339 in UTC with an offset (`2026-03-04T00:00:00+00:00`).
    Rfc3339,
    /// RFC 3339 in UTC with a `Z` (`2026-03-04T00:00:00Z`).
    Rfc3339Z,
    /// UTC without saying so (`2026-03-04T00:00:00`).
    UtcBare,
}

impl Clock {
    /// Whether the ends are civil days (of the person), not instants.
    pub const fn counts_days(self) -> bool {
        matches!(self, Self::Date | Self::DatePadded)
    }

    /// The start of `from` and the end of `to`, as written.
    pub fn write(self, from: Day, to: Day) -> (String, String) {
        let (start, end) = (from.start_utc(), to.plus(1).start_utc());
        match self {
            Self::Date => (from.to_string(), to.to_string()),
            Self::DatePadded => (from.plus(-1).to_string(), to.plus(1).to_string()),
            Self::UnixSeconds => (start.unix_s().to_string(), end.unix_s().to_string()),
            Self::UnixMillis => (start.0.to_string(), end.0.to_string()),
            Self::Rfc3339 => (bare(start) + "+00:00", bare(end) + "+00:00"),
            Self::Rfc3339Z => (bare(start) + "Z", bare(end) + "Z"),
            Self::UtcBare => (bare(start), bare(end)),
        }
    }
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
    /// One civil day a request.
    OneDay {
        /// Parameter of the day, `YYYY-MM-DD`.
        day: &'static str,
    },
    /// From … to the present: there is no end to give.
    Since {
        /// Parameter of the start.
        from: &'static str,
        /// How it is written.
        clock: Clock,
    },
    /// No window at all: the newest come first, and reading ends with the first page whose items are all older than
    /// what is looked for.
    NewestFirst,
    /// No window at all, and everything that there is comes at once (some days or weeks of it). The parser reads it,
    /// the present is its only window.
    Recent,
    /// The stream is not asked for: its items come by push (Garmin). [`Stream::backfill`] asks for the past.
    Pushed,
}

impl Window {
    /// Longest part of time of one request, days; `None` where a request does not name an end.
    pub const fn max_days(self) -> Option<u16> {
        match self {
            Self::Range { max_days, .. } => Some(max_days),
            Self::OneDay { .. } => Some(1),
            Self::Whole | Self::Since { .. } | Self::NewestFirst | Self::Recent | Self::Pushed => None,
        }
    }

    /// Whether windows are civil days of the person, not instants.
    pub const fn counts_days(self) -> bool {
        match self {
            Self::Range { clock, .. } | Self::Since { clock, .. } => clock.counts_days(),
            Self::OneDay { .. } => true,
            Self::Whole | Self::NewestFirst | Self::Recent | Self::Pushed => false,
        }
    }
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
    /// Page numbers from 1; a page that is not full ends.
    Number {
        /// Parameter that carries the number.
        send: &'static str,
        /// Parameter that carries the size of a page.
        size_param: &'static str,
        /// Items of a full page; the provider's greatest.
        size: u16,
        /// Pointer to the items (`""` where the answer is the list).
        items: &'static str,
    },
    /// Offset and limit, from 0; a page that is not full ends.
    Offset {
        /// Parameter that carries the offset.
        send: &'static str,
        /// Parameter that carries the size of a page.
        size_param: &'static str,
        /// Items of a full page; the provider's greatest.
        size: u16,
        /// Pointer to the items (`""` where the answer is the list).
        items: &'static str,
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
    /// Scope that it needs; `""` where the provider has no scope for it.
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
    /// Where a window can not be written as parameters: makes the request for the days `from..=to` from the one that
    /// the other fields give.
    pub build: Option<fn(Request, Day, Day) -> Request>,
    /// What has to be asked for each item besides.
    pub detail: Option<Detail>,
    /// Of a pushed stream: the path that asks the provider to push the past, with the start and end of the wanted part
    /// (seconds since 1970) as the parameters named.
    pub backfill: Option<Backfill>,
    /// What the stream alone tells, and tells wholly: of a window that was read to its end, what is stored and was not
    /// told has been deleted at the provider, and goes. Empty: what is not told any more stays.
    pub whole: &'static [Tells],
    /// How often to look for news, s.
    pub every_s: u32,
    /// How far before the newest known moment a sync begins, days, since devices report and correct late.
    pub overlap_days: u16,
    /// How far back the first sync goes, days.
    pub history_days: u16,
    /// Reads one page.
    pub parse: fn(&[u8], &Context) -> Result<Batch, ParseError>,
}

/// An order for the past of a pushed stream: answered at once with "accepted", the data come by push.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Backfill {
    /// Path below `api_base`.
    pub path: &'static str,
    /// Parameter of the start, seconds since 1970.
    pub from: &'static str,
    /// Parameter of the end, seconds since 1970.
    pub to: &'static str,
    /// Longest range of one order, days.
    pub max_days: u16,
    /// Statuses that mean "ordered": accepted, or ordered before.
    pub ok: &'static [u16],
}

impl Stream {
    /// What most streams have; the rest is said by each. Its parser refuses every answer.
    pub const STANDARD: Self = Self {
        id: "",
        scope: "",
        method: Method::Get,
        path: "",
        params: &[],
        window: Window::Whole,
        page: Page::Single,
        build: None,
        detail: None,
        backfill: None,
        whole: &[],
        every_s: 3600,
        overlap_days: 0,
        history_days: 0,
        parse: |_, _| Err(ParseError("the stream has no parser".to_owned())),
    };

    /// The first request for the days `from..=to` (they are ignored where the window has no such end). Where windows
    /// count in days they are the provider's civil days, otherwise whole UTC days.
    pub fn request(&self, from: Day, to: Day) -> Request {
        let mut request = Request { method: self.method, path: self.path.to_owned(), params: Vec::new(), json: None };
        for (name, value) in self.params {
            request = request.with(*name, *value);
        }
        match self.window {
            Window::Range { from: from_name, to: to_name, clock, .. } => {
                let (a, b) = clock.write(from, to);
                request = request.with(from_name, a).with(to_name, b);
            }
            Window::OneDay { day } => request = request.with(day, from.to_string()),
            Window::Since { from: name, clock } => request = request.with(name, clock.write(from, to).0),
            Window::Whole | Window::NewestFirst | Window::Recent | Window::Pushed => {}
        }
        request = match self.page {
            Page::Number { send, size_param, size, .. } => request.with(size_param, size.to_string()).with(send, "1"),
            Page::Offset { send, size_param, size, .. } => request.with(size_param, size.to_string()).with(send, "0"),
            Page::Single | Page::Token { .. } | Page::OffsetMore { .. } => request,
        };
        match self.build {
            Some(build) => build(request, from, to),
            None => request,
        }
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
            Page::Number { send, size, items, .. } => (send, next_number(previous, send, answer, items, size, 1)?),
            Page::Offset { send, size, items, .. } => {
                (send, next_number(previous, send, answer, items, size, u64::from(size))?)
            }
        };
        // In a JSON body the token stands beside the range.
        if let (Method::PostJson, Some(json)) = (previous.method, &previous.json) {
            let mut next = previous.clone();
            let mut body = json.clone();
            body[send] = Value::String(value);
            next.json = Some(body);
            return (next != *previous).then_some(next);
        }
        let next = previous.clone().set(send, value);
        (next != *previous).then_some(next)
    }
}

/// The number after the one in `previous`, if the page was full.
fn next_number(previous: &Request, send: &str, answer: &Value, items: &str, size: u16, step: u64) -> Option<String> {
    let full = answer.pointer(items)?.as_array()?.len() >= usize::from(size);
    let now: u64 = previous.params.iter().find(|(name, _)| name == send)?.1.parse().ok()?;
    full.then(|| now.saturating_add(step).to_string())
}

fn bare(time: Time) -> String {
    time.to_iso()[..19].to_owned()
}
