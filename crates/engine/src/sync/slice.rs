//! One slice of a connection's sync.

use std::collections::HashSet;

use hilum_model::{Batch, Day, Observation, Time};
use hilum_providers::spec::{Request, Stream, Window};
use hilum_store::StoreError;
use hilum_store::archive::{Door, Payload};
use hilum_store::connections::{Connection, Cursor};
use hilum_store::jobs::Priority;

use super::agenda::{self, Agenda, Cursors};
use super::fetch::{Expect, Fetched};
use super::memory::{Note, Notes, Paused};
use super::plan::Step;
use super::whole::Heard;
use crate::archive::asked as asked_for;
use crate::condition::SCOPE_MISSING;
use crate::{Engine, ProviderConfig};

/// Requests of one slice.
pub(super) const SLICE_REQUESTS: u32 = 24;

/// Pages of one window; more is a provider that does not end.
const MAX_PAGES: u32 = 500;

/// A stream without its scope is asked again after this time, ms: the person may have granted it at the provider.
const SCOPE_MISSING_MS: i64 = 86_400_000;

/// Data that the provider has not worked out yet are asked for again after this time, ms.
pub(super) const NOT_YET_MS: i64 = 600_000;

/// How a slice ended.
#[derive(Debug)]
pub(super) enum End {
    /// All is read; next time then.
    Finished(Time),
    /// More is left; go on as soon as others have had their turn.
    More,
    /// More is left, and by our own limit or for want of a token it has to wait until then.
    Wait(Time),
    /// The provider failed; not before then.
    Later(Time),
    /// The provider fails for everybody: it is left alone until then.
    Down(Time),
    /// Only the person can mend it.
    NeedsReauth(&'static str),
    /// The connection is gone.
    Gone,
}

/// One slice.
pub(super) struct Slice<'a> {
    pub(super) engine: &'a Engine,
    pub(super) provider: &'a ProviderConfig,
    pub(super) row: Connection,
    pub(super) zone: Option<String>,
    pub(super) cursors: Cursors,
    notes: Notes,
    pub(super) requests_left: u32,
    /// Orders for the past of pushed streams that this slice may send.
    pub(super) orders_left: u32,
    pub(super) renewed: bool,
    pub(super) confirmed: bool,
    /// What goes wrong with streams although the provider answers.
    pub(super) faults: Vec<String>,
    /// Streams that were read to the end of a window.
    pub(super) well: Vec<&'static str>,
    /// Pages stored.
    pub(super) pages: u32,
}

impl<'a> Slice<'a> {
    pub(super) fn new(
        engine: &'a Engine,
        provider: &'a ProviderConfig,
        row: Connection,
        zone: Option<String>,
    ) -> Result<Self, StoreError> {
        let cursors = engine.store.cursors(row.human_id, row.connection_id)?;
        Ok(Self {
            notes: engine.sync.memory.take(row.connection_id),
            cursors: cursors.into_iter().map(|cursor| (cursor.stream.clone(), cursor)).collect(),
            engine,
            provider,
            row,
            zone,
            requests_left: SLICE_REQUESTS,
            orders_left: super::order::SLICE_ORDERS,
            renewed: false,
            confirmed: false,
            faults: Vec::new(),
            well: Vec::new(),
            pages: 0,
        })
    }

    /// Gives the notes back for the next slice.
    pub(super) fn keep_notes(self) {
        self.engine.sync.memory.put(self.row.connection_id, self.notes);
    }

    pub(super) async fn run(&mut self) -> Result<End, StoreError> {
        loop {
            let now = self.engine.clock.now();
            let Some(step) = self.next_step(now) else { return Ok(End::Finished(self.next_time(now))) };
            let end = match step.stream.backfill {
                Some(order) if step.stream.window == Window::Pushed => self.order(&order, step).await?,
                _ => self.window(step).await?,
            };
            if let Some(end) = end {
                return Ok(end);
            }
            if self.requests_left == 0 {
                return Ok(End::More);
            }
        }
    }

    /// Streams that the person granted, in the provider's order.
    fn granted(&self) -> impl Iterator<Item = &'static Stream> {
        let streams: &'static [Stream] = self.provider.provider.streams;
        streams.iter().filter(|stream| self.has_scope(stream.scope))
    }

    /// Whether the person granted a scope; `""` needs none.
    fn has_scope(&self, scope: &str) -> bool {
        scope.is_empty() || self.row.scopes.iter().any(|granted| granted == scope)
    }

    fn agenda(&self) -> Agenda<'_> {
        Agenda {
            connection: self.row.connection_id,
            connected: self.row.connected_at.utc_day(),
            since: self.row.state_since.utc_day(),
            zone: self.zone.as_deref(),
            cursors: &self.cursors,
            notes: &self.notes,
        }
    }

    fn next_step(&self, now: Time) -> Option<Step> {
        self.agenda().next_step(self.granted(), now)
    }

    /// Who waits for a step.
    pub(super) fn priority(&self, step: &Step) -> Priority {
        self.agenda().priority(step)
    }

    /// What waits for the next slice: a stream that was never read, news, or history alone.
    pub(super) fn next_priority(&self) -> Priority {
        self.next_step(self.engine.clock.now()).map_or(Priority::Normal, |step| self.priority(&step))
    }

    /// When something is due next, if nothing is now.
    fn next_time(&self, now: Time) -> Time {
        self.agenda().next_time(self.granted(), now)
    }

    /// Reads one window, page by page. `None`: done with it, or its stream is held; go on with the next.
    async fn window(&mut self, step: Step) -> Result<Option<End>, StoreError> {
        let stream = step.stream;
        let paused = self.notes.entry(stream.id).or_default().paused.take();
        let paused = paused.filter(|paused| (paused.from, paused.to) == (step.from, step.to));
        let mut resumed = paused.is_some();
        let again = step.recent && self.cursors.contains_key(stream.id);
        let (mut request, mut pages, mut heard) = paused.map_or_else(
            || (stream.request(step.from, step.to), 0, Heard::begin(again)),
            |paused| (paused.request, paused.pages, paused.heard),
        );
        let mut asked = HashSet::new();
        let mut print = 0;
        loop {
            let now = self.engine.clock.now();
            if pages >= MAX_PAGES || !asked.insert(format!("{:?} {:?}", request.params, request.json)) {
                self.hold_failing(stream, now, "pages do not end");
                return Ok(None);
            }
            let mut page = match self.ask(Expect::Page(stream), &request, self.priority(&step)).await? {
                Ok(Fetched::Page(page)) => *page,
                // A page token may have ended while the window was paused: begin the window anew, once.
                Ok(Fetched::Never(_)) if std::mem::take(&mut resumed) => {
                    request = stream.request(step.from, step.to);
                    (pages, heard) = (0, Heard::begin(again));
                    asked.clear();
                    continue;
                }
                Ok(other) => {
                    self.set_aside(stream, now, &other);
                    return Ok(None);
                }
                Err(end) => {
                    self.pause(&step, request, pages, heard);
                    return Ok(Some(end));
                }
            };
            if let Some(zone) = &page.batch.facts.time_zone {
                // Later streams of this very slice take their offsets from it.
                self.zone = Some(zone.clone());
            }
            if stream.window == Window::NewestFirst && all_before(&page.batch, step.from) {
                page.next = None;
            }
            if page.print != 0 && page.print == std::mem::replace(&mut print, page.print) && page.next.is_some() {
                self.hold_failing(stream, now, "pages repeat");
                return Ok(None);
            }
            let payload = page.raw.take().and_then(|(body, context)| {
                self.engine.payload(Door::Page, stream.id, &asked_for(&request), &context, &body)
            });
            if let Some(detail) = &stream.detail
                && self.has_scope(detail.scope)
                && let Some(stop) = self.details(&step, detail, &mut page, payload.as_ref()).await?
            {
                self.pause(&step, request, pages, heard);
                return Ok(stop);
            }
            heard.page(stream, &page);
            let cursor = page.next.is_none().then(|| step.after.clone());
            if page.next.is_none() {
                page.batch.whole = heard.whole(&step);
            }
            let end = self.store_page(stream, page.batch, cursor, payload.into_iter().collect()).await?;
            if end.is_some() {
                return Ok(end);
            }
            self.pages += 1;
            pages += 1;
            let Some(next) = page.next else {
                self.window_done(step);
                return Ok(None);
            };
            request = next;
        }
    }

    pub(super) async fn store_page(
        &self,
        stream: &Stream,
        batch: Batch,
        cursor: Option<Cursor>,
        payloads: Vec<Payload>,
    ) -> Result<Option<End>, StoreError> {
        if !batch.rejected.is_empty() {
            let (provider, items) = (self.provider.provider.id, batch.rejected.len());
            tracing::warn!(provider, stream = stream.id, items, "items that could not be understood were left out");
        }
        match self.engine.store.apply_told(self.row.human_id, self.row.connection_id, batch, cursor, payloads).await {
            Ok(_) => Ok(None),
            Err(StoreError::NotFound) => Ok(Some(End::Gone)),
            Err(error) => Err(error),
        }
    }

    pub(super) fn window_done(&mut self, step: Step) {
        self.well.push(step.stream.id);
        agenda::done(&mut self.cursors, &mut self.notes, step);
    }

    fn pause(&mut self, step: &Step, request: Request, pages: u32, heard: Heard) {
        if pages > 0 {
            let note = self.notes.entry(step.stream.id).or_default();
            note.paused = Some(Paused { from: step.from, to: step.to, request, pages, heard });
        }
    }

    /// An answer that stops this stream.
    pub(super) fn set_aside(&mut self, stream: &'static Stream, now: Time, fetched: &Fetched) {
        let hold = match fetched {
            Fetched::ScopeMissing => {
                tracing::info!(connection = %self.row.connection_id, stream = stream.id, "scope not granted");
                self.faults.push(format!("{}: {SCOPE_MISSING}", stream.id));
                SCOPE_MISSING_MS
            }
            Fetched::NotYet => NOT_YET_MS,
            Fetched::Never(why) => return self.hold_failing(stream, now, why),
            // The rest stops the slice, and is told so by the one request.
            Fetched::Page(_) | Fetched::TokenRefused | Fetched::Dead | Fetched::Later { .. } => return,
        };
        self.note(stream).hold_until = Some(now.plus_ms(hold));
    }

    /// Leaves a failing stream alone for an hour or more; the others go on.
    fn hold_failing(&mut self, stream: &'static Stream, now: Time, why: &'static str) {
        let failures = {
            let note = self.note(stream);
            note.failures += 1;
            note.hold_until = Some(now.plus_ms(3_600_000 << note.failures.min(5).saturating_sub(1)));
            note.failures
        };
        let provider = self.provider.provider.id;
        tracing::warn!(connection = %self.row.connection_id, provider, stream = stream.id, failures, why, "stream fails");
        // Once may be an accident.
        if failures > 1 {
            self.faults.push(format!("{}: {why}", stream.id));
        }
    }

    pub(super) fn note(&mut self, stream: &'static Stream) -> &mut Note {
        self.notes.entry(stream.id).or_default()
    }
}

/// Whether a page holds something with a date, and all of it is of days before this one.
fn all_before(batch: &Batch, day: Day) -> bool {
    let days = batch.observations.iter().filter_map(|observation| match observation {
        Observation::Sample(sample) => Some(sample.start.utc_day()),
        Observation::Record(record) => Some(record.day),
        Observation::Deleted { .. } => None,
    });
    days.max().is_some_and(|newest| newest < day)
}
