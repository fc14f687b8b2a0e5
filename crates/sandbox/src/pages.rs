//! One page of a list: the items of a window, found by day, cut to size.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hilum_model::Day;
use hilum_providers::sandbox::{Ask, Item, Refusal, Span};
use hilum_providers::spec::{Page, Stream, Window};
use serde_json::Value;

use crate::Host;

/// What a page needs to know besides the question.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cut<'a> {
    pub(crate) span: Span,
    /// Days of which the person has deleted everything.
    pub(crate) deleted: &'a BTreeSet<Day>,
    /// The first day of which anything is known.
    pub(crate) since: Day,
    /// Items in a page.
    pub(crate) size: usize,
    /// The last page says that it goes on with itself.
    pub(crate) endless: bool,
}

/// Where a page begins.
#[derive(Debug, Clone, Copy)]
struct Cursor {
    day: Day,
    /// Items to leave out, counted from `day`.
    skip: usize,
}

/// The page that a request asks for, wrapped.
pub(crate) fn page(host: Host, stream: &Stream, ask: &Ask<'_>, cut: Cut<'_>) -> Result<Value, Refusal> {
    let persona = ask.story.persona;
    let today = persona.day_of(ask.now);
    let (first, last) = match cut.span {
        Span::Whole if stream.window == Window::Whole => (today, today),
        Span::Whole => (cut.since, today),
        Span::Days(from, to) => (from, if (host.teller.last_day_in)(stream.id) { to } else { to.plus(-1) }),
        // A night belongs to the day on which it ends, so it may begin on the day before.
        Span::Instants(from, to) => (persona.day_of(from), persona.day_of(to).plus(1)),
    };
    let (first, last) = (first.max(cut.since), last.min(today.plus(1)));
    let inside = |item: &Item| match cut.span {
        Span::Instants(from, to) => from <= item.at && item.at < to,
        Span::Days(..) | Span::Whole => true,
    };
    let from = cursor(stream.page, ask, first)?;
    if let Page::Number { size_param, .. } | Page::Offset { size_param, .. } = stream.page {
        return numbered(host, stream, ask, cut, (first, last), size_param);
    }
    // Each item with its cursor: the place within its own day, so that the next page begins at that day.
    let mut items = (from.day.0..=last.0).map(Day).filter(|day| !cut.deleted.contains(day)).flat_map(|day| {
        let told = (host.teller.items)(stream.id, ask, day).into_iter().filter(inside).enumerate();
        told.map(move |(nth, item)| (Cursor { day, skip: nth }, item))
    });
    let mut items = items.by_ref().skip(from.skip);
    let size = if stream.page == Page::Single { usize::MAX } else { cut.size };
    let taken: Vec<Value> = items.by_ref().take(size).map(|(_, item)| item.json).collect();
    let more = if size == usize::MAX { None } else { items.next().map(|(cursor, _)| cursor) };
    let next = match (stream.page, more) {
        (Page::Single | Page::Number { .. } | Page::Offset { .. }, _) => None,
        (Page::Token { .. }, Some(more)) => Some(seal(more)),
        (Page::Token { .. }, None) => cut.endless.then(|| seal(from)),
        (Page::OffsetMore { .. }, Some(_)) => Some((from.skip + taken.len()).to_string()),
        (Page::OffsetMore { .. }, None) => cut.endless.then(|| from.skip.to_string()),
    };
    Ok((host.teller.page)(stream.id, ask, taken, next.as_deref()))
}

/// A page found by its number or offset; the client says how many items it wants, up to the provider's greatest.
fn numbered(
    host: Host,
    stream: &Stream,
    ask: &Ask<'_>,
    cut: Cut<'_>,
    (first, last): (Day, Day),
    size_param: &'static str,
) -> Result<Value, Refusal> {
    let number = |name: &'static str| match ask.param(name) {
        None => Ok(None),
        Some(text) => text.parse::<usize>().map(Some).map_err(|_| Refusal::BadParameter(name)),
    };
    let (greatest, skip) = match stream.page {
        Page::Number { send, size, .. } => {
            let asked = number(size_param)?.unwrap_or(usize::from(size));
            (usize::from(size), number(send)?.unwrap_or(1).checked_sub(1).ok_or(Refusal::BadParameter(send))? * asked)
        }
        Page::Offset { send, size, .. } => (usize::from(size), number(send)?.unwrap_or(0)),
        Page::Single | Page::Token { .. } | Page::OffsetMore { .. } => return Err(Refusal::NotFound),
    };
    let size = number(size_param)?.unwrap_or(greatest);
    if size == 0 || size > greatest {
        return Err(Refusal::BadParameter(size_param));
    }
    let inside = |item: &Item| match cut.span {
        Span::Instants(from, to) => from <= item.at && item.at < to,
        Span::Days(..) | Span::Whole => true,
    };
    let day_of = |day: i32| (host.teller.items)(stream.id, ask, Day(day)).into_iter().filter(inside);
    let newest_first = stream.window == Window::NewestFirst;
    let days = (first.0..=last.0).filter(|day| !cut.deleted.contains(&Day(*day)));
    let skip = if cut.endless { 0 } else { skip };
    let taken: Vec<Value> = if newest_first {
        days.rev()
            .flat_map(|day| day_of(day).collect::<Vec<_>>().into_iter().rev())
            .skip(skip)
            .take(size)
            .map(|i| i.json)
            .collect()
    } else {
        days.flat_map(day_of).skip(skip).take(size).map(|i| i.json).collect()
    };
    Ok((host.teller.page)(stream.id, ask, taken, None))
}

/// Where the request says that its page begins; the start of the window if it says nothing.
fn cursor(page: Page, ask: &Ask<'_>, first: Day) -> Result<Cursor, Refusal> {
    let start = Cursor { day: first, skip: 0 };
    match page {
        Page::Single | Page::Number { .. } | Page::Offset { .. } => Ok(start),
        Page::Token { send, .. } => match ask.param(send).filter(|t| !t.is_empty()) {
            None => Ok(start),
            Some(token) => open(token).filter(|c| c.day >= first).ok_or(Refusal::BadParameter(send)),
        },
        Page::OffsetMore { send, .. } => match ask.param(send) {
            None => Ok(start),
            Some(text) => text.parse().map(|skip| Cursor { skip, ..start }).map_err(|_| Refusal::BadParameter(send)),
        },
    }
}

fn seal(cursor: Cursor) -> String {
    URL_SAFE_NO_PAD.encode(format!("{}.{}", cursor.day.0, cursor.skip))
}

fn open(token: &str) -> Option<Cursor> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(token).ok()?).ok()?;
    let (day, skip) = text.split_once('.')?;
    Some(Cursor { day: Day(day.parse().ok()?), skip: skip.parse().ok()? })
}
