//! One slice of a connection's sync.

use std::collections::{HashMap, HashSet};

use hilum_model::{Day, Time};
use hilum_providers::spec::Stream;
use hilum_store::StoreError;
use hilum_store::connections::{Connection, Cursor};
use hilum_store::jobs::Priority;

use super::fetch::{Fetched, context, fetch};
use super::memory::{Note, Notes, Paused};
use super::plan::{self, Step};
use crate::backoff::backoff_ms;
use crate::grant::GrantError;
use crate::{Engine, ProviderConfig};

/// Requests of one slice.
const SLICE_REQUESTS: u32 = 24;

/// Pages of one window; more is a provider that does not end.
const MAX_PAGES: u32 = 500;

/// A stream without its scope is asked again after this time, ms: the person may have granted it at the provider.
const SCOPE_MISSING_MS: i64 = 86_400_000;

/// Data that the provider has not worked out yet are asked for again after this time, ms.
const NOT_YET_MS: i64 = 600_000;

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
    /// Only the person can mend it.
    NeedsReauth(&'static str),
    /// The connection is gone.
    Gone,
}

/// One slice.
pub(super) struct Slice<'a> {
    engine: &'a Engine,
    provider: &'a ProviderConfig,
    row: Connection,
    zone: Option<String>,
    cursors: HashMap<String, Cursor>,
    notes: Notes,
    requests_left: u32,
    renewed: bool,
    confirmed: bool,
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
            renewed: false,
            confirmed: false,
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
            if let Some(end) = self.window(step).await? {
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
        streams
            .iter()
            .filter(|stream| stream.scope.is_empty() || self.row.scopes.iter().any(|scope| scope == stream.scope))
    }

    fn held(&self, stream: &Stream, now: Time) -> Option<Time> {
        self.notes.get(stream.id)?.hold_until.filter(|until| now < *until)
    }

    /// The oldest day of interest: fixed, so that history has an end.
    fn floor(&self, stream: &Stream) -> Day {
        self.row.connected_at.utc_day().plus(-i32::from(stream.history_days))
    }

    /// News before history; of history the stream that needs the fewest requests, since it brings the most days.
    fn next_step(&self, now: Time) -> Option<Step> {
        let mut past: Option<(i32, Step)> = None;
        for stream in self.granted().filter(|stream| self.held(stream, now).is_none()) {
            let cursor = self.cursors.get(stream.id);
            let resume = self.notes.get(stream.id).and_then(|note| note.resume);
            let floor = self.floor(stream);
            if let Some(step) = plan::recent(stream, cursor, resume, floor, now, self.zone.as_deref()) {
                return Some(step);
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

    /// What waits for the next slice: a stream that was never read, news, or history alone.
    pub(super) fn next_priority(&self) -> Priority {
        match self.next_step(self.engine.clock.now()) {
            Some(step) if !step.recent => Priority::Background,
            Some(step) if !self.cursors.contains_key(step.stream.id) => Priority::Urgent,
            _ => Priority::Normal,
        }
    }

    /// When something is due next, if nothing is now.
    fn next_time(&self, now: Time) -> Time {
        self.granted()
            .map(|stream| {
                let due = plan::due(stream, self.cursors.get(stream.id)).unwrap_or(now);
                self.held(stream, now).map_or(due, |until| until.max(due))
            })
            .min()
            // No stream is granted: look again tomorrow, for nothing but the connection's state.
            .unwrap_or(now.plus_ms(SCOPE_MISSING_MS))
    }

    /// Reads one window, page by page. `None`: done with it, or its stream is held; go on with the next.
    async fn window(&mut self, step: Step) -> Result<Option<End>, StoreError> {
        let stream = step.stream;
        let id = self.row.connection_id;
        let paused = self.notes.entry(stream.id).or_default().paused.take();
        let paused = paused.filter(|paused| (paused.from, paused.to) == (step.from, step.to));
        let mut resumed = paused.is_some();
        let (mut request, mut pages) =
            paused.map_or_else(|| (stream.request(step.from, step.to), 0), |paused| (paused.request, paused.pages));
        let mut asked = HashSet::new();
        loop {
            let now = self.engine.clock.now();
            if self.requests_left == 0 {
                self.pause(&step, request, pages);
                return Ok(Some(End::More));
            }
            if pages >= MAX_PAGES || !asked.insert(request.params.clone()) {
                self.hold_failing(stream, now, "pages do not end");
                return Ok(None);
            }
            let (token, generation) = match self.engine.access_token(self.row.human_id, id).await {
                Ok(token) => token,
                Err(error) => {
                    self.pause(&step, request, pages);
                    return end_of(error, now).map(Some);
                }
            };
            let limits = self.provider.provider.limits;
            if let Err(at) = self.engine.sync.limiter.take(self.provider.provider.id, id, limits, step.recent, now) {
                self.pause(&step, request, pages);
                return Ok(Some(End::Wait(at)));
            }
            self.requests_left -= 1;
            let context = context(now, self.zone.as_deref());
            let fetched = fetch(&self.engine.egress, self.provider, stream, &request, token, &context).await;
            if let Fetched::TokenRefused = fetched {
                // The same page again, with another token.
                asked.remove(&request.params);
                if let Some(end) = self.renew(generation, now).await? {
                    self.pause(&step, request, pages);
                    return Ok(Some(end));
                }
                continue;
            }
            let (batch, next) = match fetched {
                Fetched::Page(page) => *page,
                // A page token may have ended while the window was paused: begin the window anew, once.
                Fetched::Never(_) if std::mem::take(&mut resumed) => {
                    request = stream.request(step.from, step.to);
                    pages = 0;
                    asked.clear();
                    continue;
                }
                Fetched::Later { after, everybody } => {
                    let at = now.plus_ms(after.map_or(0, |after| after.wait_ms(now)));
                    if everybody {
                        let own = now.plus_ms(backoff_ms(1, &*self.engine.random));
                        let at = if after.is_some() { at } else { own };
                        self.engine.sync.limiter.block(self.provider.provider.id, at);
                    }
                    self.pause(&step, request, pages);
                    return Ok(Some(End::Later(at)));
                }
                other => return Ok(self.set_aside(stream, now, &other)),
            };
            self.confirm(generation).await?;
            if let Some(zone) = &batch.facts.time_zone {
                // Later streams of this very slice take their offsets from it.
                self.zone = Some(zone.clone());
            }
            let cursor = next.is_none().then(|| step.after.clone());
            let end = self.store_page(stream, batch, cursor).await?;
            if end.is_some() {
                return Ok(end);
            }
            self.pages += 1;
            pages += 1;
            let Some(next) = next else {
                self.window_done(step);
                return Ok(None);
            };
            request = next;
        }
    }

    async fn store_page(
        &self,
        stream: &Stream,
        batch: hilum_model::Batch,
        cursor: Option<Cursor>,
    ) -> Result<Option<End>, StoreError> {
        if !batch.rejected.is_empty() {
            let (provider, items) = (self.provider.provider.id, batch.rejected.len());
            tracing::warn!(provider, stream = stream.id, items, "items that could not be understood were left out");
        }
        match self.engine.store.apply(self.row.human_id, self.row.connection_id, batch, cursor).await {
            Ok(_) => Ok(None),
            Err(StoreError::NotFound) => Ok(Some(End::Gone)),
            Err(error) => Err(error),
        }
    }

    fn window_done(&mut self, step: Step) {
        let note = self.notes.entry(step.stream.id).or_default();
        note.failures = 0;
        note.hold_until = None;
        if step.recent {
            let before = self.cursors.get(step.stream.id).and_then(|cursor| cursor.synced_at);
            let at_present = step.after.synced_at != before;
            note.resume = (!at_present).then(|| step.to.plus(1));
        }
        self.cursors.insert(step.after.stream.clone(), step.after);
    }

    fn pause(&mut self, step: &Step, request: hilum_providers::spec::Request, pages: u32) {
        if pages > 0 {
            let note = self.notes.entry(step.stream.id).or_default();
            note.paused = Some(Paused { from: step.from, to: step.to, request, pages });
        }
    }

    /// The access token was refused: another one, once.
    async fn renew(&mut self, generation: i64, now: Time) -> Result<Option<End>, StoreError> {
        if self.renewed {
            return Ok(Some(End::NeedsReauth("access_refused")));
        }
        self.renewed = true;
        match self.engine.renew_token(self.row.human_id, self.row.connection_id, generation).await {
            Ok(_) => Ok(None),
            Err(error) => end_of(error, now).map(Some),
        }
    }

    /// The first answer that the provider gave to a new token lets the old refresh token go.
    async fn confirm(&mut self, generation: i64) -> Result<(), StoreError> {
        if self.confirmed {
            return Ok(());
        }
        self.confirmed = true;
        let grant = self.engine.store.grant(self.row.human_id, self.row.connection_id)?;
        if grant.is_some_and(|grant| grant.previous_refresh.is_some()) {
            self.engine.store.confirm_tokens(self.row.human_id, self.row.connection_id, generation).await?;
        }
        Ok(())
    }

    /// An answer that stops this stream, or the whole connection.
    fn set_aside(&mut self, stream: &'static Stream, now: Time, fetched: &Fetched) -> Option<End> {
        let hold = match fetched {
            Fetched::Dead => return Some(End::NeedsReauth("access_refused")),
            Fetched::ScopeMissing => {
                tracing::info!(connection = %self.row.connection_id, stream = stream.id, "scope not granted");
                SCOPE_MISSING_MS
            }
            Fetched::NotYet => NOT_YET_MS,
            Fetched::Never(why) => {
                self.hold_failing(stream, now, why);
                return None;
            }
            Fetched::Page(_) | Fetched::TokenRefused | Fetched::Later { .. } => return None,
        };
        self.note(stream).hold_until = Some(now.plus_ms(hold));
        None
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
    }

    fn note(&mut self, stream: &'static Stream) -> &mut Note {
        self.notes.entry(stream.id).or_default()
    }
}

/// What a missing token means for the slice.
fn end_of(error: GrantError, now: Time) -> Result<End, StoreError> {
    match error {
        GrantError::NotBefore(at) => Ok(End::Later(at)),
        GrantError::Restored(at) => Ok(End::Wait(at)),
        GrantError::NeedsReauth(reason) => Ok(End::NeedsReauth(reason)),
        GrantError::Gone => Ok(End::Gone),
        GrantError::Refused(_) | GrantError::Unclear => Ok(End::Later(now)),
        GrantError::Store(error) => Err(error),
    }
}
