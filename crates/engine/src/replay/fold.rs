//! The payloads of a connection, in the order in which they came, read by today's parsers into the scratch store.

use std::collections::BTreeSet;

use hilum_model::observation::AccountFacts;
use hilum_model::{Batch, Kind, Observation, Time};
use hilum_providers::bridge::bridge;
use hilum_providers::ingest;
use hilum_providers::spec::{Context, Stream, Wanted};
use hilum_store::archive::{Archived, Door, Span};
use hilum_store::connections::Connection;
use hilum_store::{Store, StoreError};

use super::report::OfProvider;
use super::{Place, Scratch};
use crate::archive::Deletion;
use crate::push::nights;
use crate::sync::with_detail;

/// One connection's payloads on the way into the scratch store.
pub(super) struct Fold<'a> {
    pub(super) store: &'a Store,
    pub(super) scratch: &'a Scratch,
    pub(super) place: Place,
    pub(super) span: Span,
    pub(super) row: &'a Connection,
    pub(super) find: super::Find,
    pub(super) since: Option<Time>,
}

/// What the scratch store does not hold.
#[derive(Debug, Default)]
pub(super) struct Told {
    /// Records that the provider deleted at some time.
    pub(super) deleted: BTreeSet<(Kind, String)>,
    /// Nights come in parts from a phone, and are joined.
    pub(super) joins_nights: bool,
    /// Not every payload could be read.
    pub(super) gaps: bool,
}

/// One arrival of a payload.
struct Arrival {
    number: i64,
    payload: i64,
    received: Time,
    /// It did not come again after that.
    last: bool,
}

/// An answer whose items have details.
struct PageRead {
    payload: i64,
    batch: Batch,
    wanted: Vec<Wanted>,
}

/// What a payload is read as.
enum ReadAs {
    /// A batch, and how many items were left out.
    Batch(Batch, usize),
    /// Nothing: its item has no detail any more.
    Nothing,
}

/// It is not of a form that is known today.
struct Unreadable;

impl Fold<'_> {
    pub(super) async fn run(&self, report: &mut OfProvider) -> Result<Told, StoreError> {
        let mut told = Told::default();
        let mut page = None;
        for arrival in self.arrivals()? {
            let (human, connection) = (self.row.human_id, self.row.connection_id);
            let Some(archived) = self.store.archived(human, connection, arrival.payload)? else {
                told.gaps = true;
                continue;
            };
            let read = self.read(&archived, arrival.received, &mut page)?;
            let counts = report.streams.entry(archived.stream.clone()).or_default();
            let once = u64::from(arrival.last);
            counts.payloads += once;
            let mut batch = match read {
                Ok(ReadAs::Batch(batch, rejected)) => {
                    counts.rejected += once * rejected as u64;
                    counts.told += once * batch.observations.len() as u64;
                    batch
                }
                Ok(ReadAs::Nothing) => continue,
                Err(Unreadable) => {
                    counts.unreadable += once;
                    told.gaps = true;
                    continue;
                }
            };
            for observation in &batch.observations {
                if let Observation::Deleted { kind, key } = observation {
                    told.deleted.insert((*kind, key.clone()));
                }
            }
            self.scratch.clock.set(arrival.received);
            let (scratch, place) = (&self.scratch.store, self.place);
            if matches!(archived.door, Door::Post | Door::Batch) && nights::has(&batch) {
                told.joins_nights = true;
                nights::join_known(scratch, place.human, place.connection, &mut batch, |_| true)?;
            }
            // What it tells of the person stays as it is known by now.
            batch.facts = AccountFacts { devices: std::mem::take(&mut batch.facts.devices), ..AccountFacts::default() };
            scratch.apply(place.human, place.connection, batch, None).await?;
        }
        Ok(told)
    }

    /// When each payload came first and last; in between it told nothing that it did not tell then.
    fn arrivals(&self) -> Result<Vec<Arrival>, StoreError> {
        let mut all = Vec::new();
        for mark in self.store.archive_marks(&self.span)? {
            let again = mark.last > mark.payload;
            if mark.payload >= self.span.first {
                let (number, received) = (mark.payload, mark.received);
                all.push(Arrival { number, payload: mark.payload, received, last: !again });
            }
            if again {
                all.push(Arrival { number: mark.last, payload: mark.payload, received: mark.again, last: true });
            }
        }
        all.retain(|arrival| self.since.is_none_or(|since| arrival.received >= since));
        all.sort_by_key(|arrival| arrival.number);
        Ok(all)
    }

    fn read(
        &self,
        archived: &Archived,
        received: Time,
        page: &mut Option<PageRead>,
    ) -> Result<Result<ReadAs, Unreadable>, StoreError> {
        let context = Context { received, time_zone: archived.time_zone.clone() };
        let plain = |batch: Batch| {
            let rejected = batch.rejected.len();
            ReadAs::Batch(batch, rejected)
        };
        let body = archived.body.as_slice();
        Ok(match &archived.door {
            Door::Page => self.stream(archived).and_then(|stream| (stream.parse)(body, &context).ok()).map(plain),
            Door::Detail(item) => return self.detail(archived, item, &context, page),
            Door::Post => bridge(&self.row.provider).and_then(|bridge| (bridge.parse)(body, &context).ok()).map(plain),
            Door::Batch => ingest::read(body).ok().map(|ingest| ReadAs::Batch(ingest.batch, ingest.rejected.len())),
            Door::Deletion => serde_json::from_slice(body).ok().map(|Deletion { kind, key }| {
                let mut batch = Batch::default();
                batch.deleted(kind, key);
                plain(batch)
            }),
        }
        .ok_or(Unreadable))
    }

    fn stream(&self, archived: &Archived) -> Option<&'static Stream> {
        (self.find)(&self.row.provider)?.stream(&archived.stream)
    }

    /// A detail is read with what today's parser says of its item's answer.
    fn detail(
        &self,
        archived: &Archived,
        item: &str,
        context: &Context,
        known: &mut Option<PageRead>,
    ) -> Result<Result<ReadAs, Unreadable>, StoreError> {
        let Some(stream) = self.stream(archived) else { return Ok(Err(Unreadable)) };
        let (Some(detail), Some(number)) = (&stream.detail, archived.page) else { return Ok(Err(Unreadable)) };
        if known.as_ref().is_none_or(|known| known.payload != number) {
            let (human, connection) = (self.row.human_id, self.row.connection_id);
            let Some(page) = self.store.archived(human, connection, number)? else { return Ok(Err(Unreadable)) };
            let context = Context { received: context.received, time_zone: page.time_zone };
            let (Ok(batch), Ok(wanted)) = ((stream.parse)(&page.body, &context), (detail.wanted)(&page.body, &context))
            else {
                return Ok(Err(Unreadable));
            };
            *known = Some(PageRead { payload: number, batch, wanted });
        }
        let Some(PageRead { batch, wanted, .. }) = known else { return Ok(Err(Unreadable)) };
        let Some(wanted) = wanted.iter().find(|wanted| wanted.key == item) else { return Ok(Ok(ReadAs::Nothing)) };
        Ok(match (detail.parse)(&archived.body, wanted, context) {
            Ok(found) => {
                let rejected = found.rejected.len();
                Ok(ReadAs::Batch(with_detail(batch, found, wanted), rejected))
            }
            Err(_) => Err(Unreadable),
        })
    }
}
