//! What goes into the archive, and when it leaves it.

use hilum_model::Kind;
use hilum_providers::spec::{Context, Request};
use hilum_store::StoreError;
use hilum_store::archive::{Door, Payload};
use serde::{Deserialize, Serialize};

use crate::Engine;

/// Milliseconds of a day.
const DAY_MS: i64 = 86_400_000;

/// Payloads that are deleted in one transaction, and such transactions in one sweep.
const AT_ONCE: u32 = 200;
const ROUNDS: u32 = 50;

/// A deletion as it is kept.
#[derive(Debug, Serialize, Deserialize)]
pub(crate) struct Deletion {
    pub(crate) kind: Kind,
    pub(crate) key: String,
}

impl Deletion {
    /// As it is kept, JSON.
    pub(crate) fn written(&self) -> String {
        serde_json::json!(self).to_string()
    }
}

impl Engine {
    /// The payload that is to be kept with the batch that came of it; none while the archive is off.
    pub(crate) fn payload(
        &self,
        door: Door,
        stream: &str,
        request: &str,
        context: &Context,
        body: &[u8],
    ) -> Option<Payload> {
        self.config.archive_days?;
        Payload::new(door, stream, request, (context.received, context.time_zone.as_deref()), body)
    }

    /// Deletes what was kept long enough; everything while the archive is off.
    pub(crate) async fn sweep_archive(&self) -> Result<(), StoreError> {
        let now = self.clock.now();
        let before = now.plus_ms(self.config.archive_days.map_or(1, |days| -i64::from(days) * DAY_MS));
        for _ in 0..ROUNDS {
            if self.store.expire_payloads(before, AT_ONCE).await? < AT_ONCE as usize {
                break;
            }
        }
        Ok(())
    }
}

/// What a request asks for, as text.
pub(crate) fn asked(request: &Request) -> String {
    format!("{:?} {} {:?} {:?}", request.method, request.path, request.params, request.json)
}
