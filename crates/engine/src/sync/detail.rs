//! Details: what an item of a page wants besides (the track of a workout, a file).
//!
//! An item's record is stored in one transaction with its detail, and never before it. So a record that is stored the
//! way the page tells it has its detail; after a crash or at the end of a slice the page is read again, and what is
//! stored by then is passed over.

use hilum_model::{Batch, Observation, Record};
use hilum_providers::spec::{Detail, Stream, Wanted};
use hilum_store::StoreError;
use hilum_store::archive::{Door, Payload};

use super::fetch::{Expect, Fetched, Page};
use super::plan::Step;
use super::slice::{End, NOT_YET_MS, Slice};
use crate::archive::asked;

/// After so many tries a detail that is not ready is given up: its item is stored without.
const NOT_YET_TRIES: u32 = 12;

impl Slice<'_> {
    /// Fetches and stores what the new and changed items of a page want. `Some`: stop here, the page is to be read
    /// again (`Some(None)`: its stream is held).
    pub(super) async fn details(
        &mut self,
        step: &Step,
        detail: &Detail,
        page: &mut Page,
        payload: Option<&Payload>,
    ) -> Result<Option<Option<End>>, StoreError> {
        let priority = self.priority(step);
        for wanted in std::mem::take(&mut page.wanted) {
            let told: Vec<&Record> = records(&page.batch, &wanted.key).collect();
            if !self.engine.store.is_news(self.row.human_id, self.row.connection_id, &wanted.key, &told)? {
                continue;
            }
            let mut payloads: Vec<Payload> = payload.cloned().into_iter().collect();
            let found = match self.ask(Expect::Detail(detail, &wanted), &wanted.request, priority).await? {
                Ok(Fetched::Page(found)) => {
                    // Without its page a detail could not be read again.
                    if let (Some(_), Some((body, context))) = (payload, &found.raw) {
                        let door = Door::Detail(wanted.key.clone());
                        let request = asked(&wanted.request);
                        payloads.extend(self.engine.payload(door, step.stream.id, &request, context, body));
                    }
                    found.batch
                }
                Ok(Fetched::NotYet) if !self.waited_enough(step.stream) => return Ok(Some(None)),
                Ok(other) => {
                    let (provider, stream) = (self.provider.provider.id, step.stream.id);
                    tracing::warn!(provider, stream, answer = ?std::mem::discriminant(&other), "item without its detail");
                    Batch::default()
                }
                Err(end) => return Ok(Some(Some(end))),
            };
            let whole = with_detail(&page.batch, found, &wanted);
            if let Some(end) = self.store_page(step.stream, whole, None, payloads).await? {
                return Ok(Some(Some(end)));
            }
            self.note(step.stream).not_yet = 0;
            self.pages += 1;
        }
        Ok(None)
    }

    /// Holds the stream for what is not ready yet; `true` once that was often enough.
    fn waited_enough(&mut self, stream: &'static Stream) -> bool {
        let until = self.engine.clock.now().plus_ms(NOT_YET_MS);
        let note = self.note(stream);
        note.not_yet += 1;
        if note.not_yet > NOT_YET_TRIES {
            return true;
        }
        note.hold_until = Some(until);
        false
    }
}

fn records<'a>(batch: &'a Batch, key: &'a str) -> impl Iterator<Item = &'a Record> {
    batch.observations.iter().filter_map(move |observation| match observation {
        Observation::Record(record) if record.key == key => Some(&**record),
        _ => None,
    })
}

/// The item as the page tells it, and what its detail adds. What the page says of the item itself stands: else each
/// reading of the list would look like news.
pub(crate) fn with_detail(page: &Batch, mut found: Batch, wanted: &Wanted) -> Batch {
    let told: Vec<&Record> = records(page, &wanted.key).collect();
    found.observations.retain(|observation| match observation {
        Observation::Record(record) => {
            !told.iter().any(|told| told.key == record.key && told.body.kind() == record.body.kind())
        }
        Observation::Sample(_) | Observation::Deleted { .. } => true,
    });
    let own = told.into_iter().map(|record| Observation::Record(Box::new(record.clone())));
    found.observations.splice(0..0, own.collect::<Vec<_>>());
    found
}
