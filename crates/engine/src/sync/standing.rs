//! A source that stands still: the provider answers every sync with success and nothing new, and says itself that it
//! has newer data.

use hilum_model::Time;
use hilum_store::StoreError;
use hilum_store::connections::Connection;

use super::fetch::{Expect, Fetched};
use crate::jobs::Target;
use crate::{Engine, ProviderConfig};

/// Silence after which the provider is asked how far its data reach, ms.
const SILENT_MS: i64 = 2 * 86_400_000;
/// How often it is asked while the silence goes on, ms.
const AGAIN_MS: i64 = 6 * 3_600_000;
/// So much newer must the provider's data be, ms: what is of today may still be on its way.
const NEWER_MS: i64 = 86_400_000;

/// Name of the fault, in the place of a stream's.
const ALL: &str = "all";

impl Engine {
    /// Looks after a connection whose sync came to its end.
    pub(super) async fn look_for_standstill(
        &self,
        provider: &ProviderConfig,
        target: Target,
    ) -> Result<(), StoreError> {
        let Some(extent) = provider.provider.extent else { return Ok(()) };
        let Some(row) = self.store.connection(target.human, target.connection)? else { return Ok(()) };
        let now = self.clock.now();
        let standing = row.fault.as_ref().is_some_and(|(fault, _)| fault.starts_with("all:"));
        let silent = now.since_ms(row.data_at.unwrap_or(row.connected_at)) >= SILENT_MS;
        if !silent {
            if standing {
                self.store.clear_fault(row.human_id, row.connection_id, ALL).await?;
            }
            return Ok(());
        }
        if !self.asked_long_ago(row.connection_id, now) {
            return Ok(());
        }
        let request = hilum_providers::spec::Request::get(extent.path);
        // What stands in the way of this answer is told by the next sync.
        if let Ok(Fetched::Page(page)) = self.ask_once(&row, provider, Expect::Extent(&extent), &request).await? {
            if reaches_beyond(page.newest, &row) {
                tracing::warn!(connection = %row.connection_id, provider = row.provider, "the source stands still");
                self.store.set_fault(row.human_id, row.connection_id, format!("{ALL}: stands still")).await?;
            } else if standing {
                self.store.clear_fault(row.human_id, row.connection_id, ALL).await?;
            }
        }
        Ok(())
    }

    fn asked_long_ago(&self, connection: hilum_model::ConnectionId, now: Time) -> bool {
        let mut notes = self.sync.memory.take(connection);
        let note = notes.entry(ALL).or_default();
        let due = note.hold_until.is_none_or(|until| until <= now);
        if due {
            note.hold_until = Some(now.plus_ms(AGAIN_MS));
        }
        self.sync.memory.put(connection, notes);
        due
    }
}

/// Whether the provider says that it has data that it did not give.
fn reaches_beyond(newest: Option<Time>, row: &Connection) -> bool {
    newest.is_some_and(|newest| row.data_until.is_none_or(|until| newest.since_ms(until) >= NEWER_MS))
}
