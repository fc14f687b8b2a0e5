//! The job loop.
use std::sync::Arc;

use crate::Engine;

impl Engine {
    /// Runs due jobs until `stop` resolves, then finishes those under way.
    pub async fn run_jobs(self: Arc<Self>, _stop: impl Future<Output = ()> + Send) {
        unimplemented!()
    }
    /// Runs jobs that are due now, and those that they queue for now, until none is due; for tests and the command line.
    /// Returns how many ran.
    pub async fn drain_jobs(&self) -> Result<usize, hilum_store::StoreError> {
        unimplemented!()
    }
    /// Wakes the loop: something was queued for now.
    pub fn wake_jobs(&self) {
        self.wake.notify_one();
    }
}
