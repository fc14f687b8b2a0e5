//! The past of a pushed stream: it is ordered part by part, and comes by push.

use hilum_model::Batch;
use hilum_providers::spec::{Backfill, Request};
use hilum_store::StoreError;
use hilum_store::jobs::Priority;

use super::fetch::{Expect, Fetched};
use super::plan::Step;
use super::slice::{End, Slice};

/// Orders of one slice: each one makes the provider push a month of data.
pub(super) const SLICE_ORDERS: u32 = 4;

/// How long after a slice of orders the next ones go out, ms.
const PAUSE_MS: i64 = 300_000;

impl Slice<'_> {
    /// Orders one part of the past. `None`: go on with the next step.
    pub(super) async fn order(&mut self, order: &Backfill, step: Step) -> Result<Option<End>, StoreError> {
        let now = self.engine.clock.now();
        if self.orders_left == 0 {
            return Ok(Some(End::Wait(now.plus_ms(PAUSE_MS))));
        }
        self.orders_left -= 1;
        let (from, to) = (step.from.start_utc().unix_s(), step.to.plus(1).start_utc().unix_s());
        let request = Request::get(order.path).with(order.from, from.to_string()).with(order.to, to.to_string());
        match self.ask(Expect::Order(order), &request, Priority::Background).await? {
            Ok(Fetched::Page(_)) => {
                let end = self.store_page(step.stream, Batch::default(), Some(step.after.clone()), Vec::new()).await?;
                self.pages += 1;
                self.window_done(step);
                Ok(end)
            }
            Ok(other) => {
                self.set_aside(step.stream, now, &other);
                Ok(None)
            }
            Err(end) => Ok(Some(end)),
        }
    }
}
