//! `?cursor=`: lists by place. A cursor says after which row the next page begins, so that rows that come, go or change
//! meanwhile move nothing, and pages cost the same everywhere in a list.
//!
//! It is encrypted and bound to the person or app, the list and its filters (`Store::seal_token`): nothing can be read in
//! it, and one of another list or person does not open. The last page gives a *sync cursor*: asked with it later, the list
//! is what has changed since the walk began. What happened meanwhile is in it too, so that nothing is missed.

use axum::http::HeaderValue;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64;
use hilum_engine::Engine;
use hilum_model::{ClientId, Day, HumanId, RecordId, Time};
use hilum_store::changes::What;
use hilum_store::records::Filter;
use hilum_store::slices::{RecordPlace, SamplePlace};

use super::Call;
use super::answer::{Cursors, ListHead};
use super::link;
use super::query::{DEFAULT_LIMIT, Query};
use super::rows::wanted_source;
use crate::ApiError;

/// The cursor that a walk begins with.
const BEGIN: &str = "*";
/// Version of what is in a cursor; another one does not open.
const VERSION: u8 = 1;
/// First byte of a cursor: within a walk, or at its end.
const WITHIN: u8 = 0;
const AT_END: u8 = 1;

/// Whose list it is.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Owner {
    Human(HumanId),
    App(ClientId),
}

/// A walk through a list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Walk<P> {
    /// The row after which the page begins; `None` at the top.
    pub(crate) after: Option<P>,
    /// Only what changed at this time or later, where an earlier walk ended in a sync cursor.
    pub(crate) since: Option<Time>,
    /// The last change when the walk began; `None` if there was none.
    seen: Option<Time>,
    /// What its cursors are bound to.
    context: Vec<u8>,
}

/// Where a row stands, as it is written into a cursor.
pub(crate) trait Place: Sized + Copy {
    /// Appends it.
    fn write(&self, out: &mut Vec<u8>);
    /// Reads it and leaves the rest.
    fn read(bytes: &mut &[u8]) -> Option<Self>;
}

fn take<const N: usize>(bytes: &mut &[u8]) -> Option<[u8; N]> {
    let (first, rest) = bytes.split_first_chunk::<N>()?;
    *bytes = rest;
    Some(*first)
}

impl Place for Time {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self(i64::from_be_bytes(take(bytes)?)))
    }
}

impl Place for Day {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0.to_be_bytes());
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self(i32::from_be_bytes(take(bytes)?)))
    }
}

impl Place for HumanId {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.0);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self(take(bytes)?))
    }
}

impl Place for RecordPlace {
    fn write(&self, out: &mut Vec<u8>) {
        self.start.write(out);
        out.extend_from_slice(&self.id.0);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some(Self { start: Time::read(bytes)?, id: RecordId(take(bytes)?) })
    }
}

impl Place for SamplePlace {
    fn write(&self, out: &mut Vec<u8>) {
        self.start.write(out);
        out.extend_from_slice(&self.series.to_be_bytes());
        self.end.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        let (start, series) = (Time::read(bytes)?, u32::from_be_bytes(take(bytes)?));
        Some(Self { start, series, end: Option::read(bytes)? })
    }
}

impl<P: Place> Place for Option<P> {
    fn write(&self, out: &mut Vec<u8>) {
        out.push(u8::from(self.is_some()));
        if let Some(place) = self {
            place.write(out);
        }
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        match take::<1>(bytes)? {
            [0] => Some(None),
            [1] => P::read(bytes).map(Some),
            _ => None,
        }
    }
}

impl<A: Place, B: Place> Place for (A, B) {
    fn write(&self, out: &mut Vec<u8>) {
        self.0.write(out);
        self.1.write(out);
    }
    fn read(bytes: &mut &[u8]) -> Option<Self> {
        Some((A::read(bytes)?, B::read(bytes)?))
    }
}

/// What the cursors of a list are bound to: whose it is, which it is, and its filters.
pub(crate) fn context(owner: Owner, path: &str, filters: &[u8]) -> Vec<u8> {
    let mut context = b"cursor".to_vec();
    context.push(VERSION);
    let (kind, owner): (u8, &[u8]) = match &owner {
        Owner::Human(id) => (1, &id.0),
        Owner::App(id) => (2, &id.0),
    };
    context.push(kind);
    for part in [owner, path.as_bytes(), filters] {
        context.extend_from_slice(&(part.len() as u64).to_be_bytes());
        context.extend_from_slice(part);
    }
    context
}

impl<P: Place> Walk<P> {
    /// The walk that a cursor stands for. `last` reads when the list changed last.
    pub(crate) fn at(
        engine: &Engine,
        context: Vec<u8>,
        cursor: &str,
        last: impl FnOnce() -> Result<Option<Time>, ApiError>,
    ) -> Result<Self, ApiError> {
        // The time is read before the walk's first rows: what is stored later is not older.
        if cursor == BEGIN {
            return Ok(Self { after: None, since: None, seen: last()?, context });
        }
        let sealed = BASE64.decode(cursor).map_err(|_| invalid())?;
        let plain = engine.store.open_token(&context, &sealed).ok_or_else(invalid)?;
        match read(&plain).ok_or_else(invalid)? {
            Read::Within(after, since, seen) => Ok(Self { after: Some(after), since, seen, context }),
            Read::AtEnd(since) => Ok(Self { after: None, since, seen: last()?.max(since), context }),
        }
    }

    /// The headers of its page: the cursor of the next page, or at the end the one to ask with later.
    pub(crate) fn head(
        &self,
        engine: &Engine,
        (path, raw_query): (&str, &str),
        limit: u32,
        next: Option<P>,
    ) -> Result<ListHead, ApiError> {
        let seal = |plain: &[u8]| Ok::<_, ApiError>(BASE64.encode(engine.store.seal_token(&self.context, plain)?));
        let Some(next) = next else {
            let mut plain = vec![AT_END];
            self.seen.write(&mut plain);
            let cursors = Cursors { next: None, sync: Some(header(seal(&plain)?)?) };
            return Ok(ListHead { total: None, link: None, cursors });
        };
        let mut plain = vec![WITHIN];
        (next, (self.since, self.seen)).write(&mut plain);
        let cursor = seal(&plain)?;
        let base = engine.config.public_url.as_str().trim_end_matches('/');
        let limit = Some(limit).filter(|limit| *limit != DEFAULT_LIMIT);
        let link = link::to_cursor(&format!("{base}{path}"), raw_query, limit, &cursor);
        let cursors = Cursors { next: Some(header(cursor)?), sync: None };
        Ok(ListHead { total: None, link: Some(link), cursors })
    }
}

fn invalid() -> ApiError {
    ApiError::bad_request(
        "invalid_cursor",
        "Invalid Cursor",
        "The cursor is not one of this list with these filters. Send it as an answer gave it, or begin anew with cursor=*.",
    )
}

/// What stands in a cursor.
#[derive(Debug, PartialEq, Eq)]
enum Read<P> {
    /// The last row, and the walk's two times.
    Within(P, Option<Time>, Option<Time>),
    /// When the list had changed last.
    AtEnd(Option<Time>),
}

fn read<P: Place>(mut plain: &[u8]) -> Option<Read<P>> {
    let bytes = &mut plain;
    let read = match take::<1>(bytes)? {
        [WITHIN] => {
            let (after, (since, seen)) = Place::read(bytes)?;
            Read::Within(after, since, seen)
        }
        [AT_END] => Read::AtEnd(Place::read(bytes)?),
        _ => return None,
    };
    bytes.is_empty().then_some(read)
}

/// Base64 is ASCII.
fn header(cursor: String) -> Result<HeaderValue, ApiError> {
    HeaderValue::try_from(cursor).map_err(|_| ApiError::from(hilum_store::StoreError::Damaged("cursor")))
}

/// The filters of a list as its cursors are bound to them: not `limit`, and nothing that changes how rows are shown.
pub(super) fn filters(query: &Query<'_>, filter: &Filter) -> Result<Vec<u8>, ApiError> {
    let mut out = Vec::with_capacity(64);
    for day in [filter.start_day, filter.end_day] {
        day.write(&mut out);
    }
    for time in [filter.created_since, filter.created_before, filter.updated_since, filter.updated_before] {
        time.write(&mut out);
    }
    out.push(u8::from(query.merge()?));
    out.extend_from_slice(wanted_source(query).unwrap_or_default().as_bytes());
    Ok(out)
}

/// The walk that a request asks for, with `filter` narrowed to what it is of. `None` where pages are asked for by number.
pub(super) fn asked<P: Place>(
    engine: &Engine,
    (owner, path): (Owner, &str),
    query: &Query<'_>,
    filter: &mut Filter,
    last: impl FnOnce() -> Result<Option<Time>, ApiError>,
) -> Result<Option<Walk<P>>, ApiError> {
    let Some(cursor) = query.get("cursor") else { return Ok(None) };
    let walk = Walk::at(engine, context(owner, path, &filters(query, filter)?), cursor, last)?;
    filter.updated_since = filter.updated_since.max(walk.since);
    Ok(Some(walk))
}

impl Call<'_> {
    /// The walk that the call asks for, through a list that changes when one of these does.
    pub(super) fn walk<P: Place>(&self, filter: &mut Filter, of: &[What]) -> Result<Option<Walk<P>>, ApiError> {
        let owner = (Owner::Human(self.human.human_id), self.path);
        asked(self.engine, owner, &self.query, filter, || {
            let mut last = None;
            for what in of {
                last = last.max(self.engine.store.last_change(self.human.human_id, *what)?);
            }
            Ok(last)
        })
    }

    /// The headers of a page of a walk; `next` is the place of its last row, if further ones follow.
    pub(super) fn walk_head<P: Place>(
        &self,
        walk: &Walk<P>,
        filter: &Filter,
        next: Option<P>,
    ) -> Result<ListHead, ApiError> {
        walk.head(self.engine, (self.path, self.query.raw()), filter.limit, next)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn time() -> impl Strategy<Value = Time> {
        any::<i64>().prop_map(Time)
    }

    proptest! {
        #[test]
        fn what_is_written_reads_back(
            start in time(), series: u32, end in prop::option::of(time()), since in prop::option::of(time()),
            seen in prop::option::of(time()), human: [u8; 16],
        ) {
            let after = (HumanId(human), SamplePlace { start, series, end });
            let mut plain = vec![WITHIN];
            (after, (since, seen)).write(&mut plain);
            prop_assert_eq!(read(&plain), Some(Read::Within(after, since, seen)));
            for length in 0..plain.len() {
                prop_assert_eq!(read::<(HumanId, SamplePlace)>(&plain[..length]), None);
            }
        }

        #[test]
        fn any_bytes_read_as_something_or_nothing(bytes in prop::collection::vec(any::<u8>(), 0..80)) {
            let _ = read::<RecordPlace>(&bytes);
            let _ = read::<(HumanId, SamplePlace)>(&bytes);
            let _ = read::<Day>(&bytes);
        }
    }
}
