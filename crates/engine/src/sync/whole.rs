//! Windows of which a source tells everything: what was told before and is not told any more has been deleted there.

use hilum_model::whole::Told;
use hilum_model::{Stretch, Whole};
use hilum_providers::spec::{Stream, Window};

use super::fetch::Page;
use super::plan::Step;

/// So many items of a window are remembered; of a fuller one nothing is taken away.
const MOST: usize = 200_000;

/// What the pages of a window told so far.
#[derive(Debug, Clone)]
pub(super) struct Heard {
    told: Told,
    /// A page was not understood wholly, or did not come from the stream; or nothing can be gone.
    doubtful: bool,
}

impl Heard {
    /// At the beginning of a window. `again`: it was read before, so that something may be gone.
    pub(super) fn begin(again: bool) -> Self {
        Self { told: Told::default(), doubtful: !again }
    }

    /// Notes a page.
    pub(super) fn page(&mut self, stream: &Stream, page: &Page) {
        if stream.whole.is_empty() || self.doubtful {
            return;
        }
        self.told.take(&page.batch);
        self.doubtful = !page.read || !page.batch.rejected.is_empty() || self.told.len() > MOST;
        if self.doubtful {
            self.told = Told::default();
        }
    }

    /// After the last page: what the window told wholly, if that is sure.
    pub(super) fn whole(&mut self, step: &Step) -> Option<Box<Whole>> {
        let of = step.stream.whole;
        let stretch = match step.stream.window {
            window @ (Window::Range { .. } | Window::OneDay { .. } | Window::Since { .. }) if window.counts_days() => {
                Stretch::Days(step.from, step.to)
            }
            Window::Range { .. } | Window::OneDay { .. } | Window::Since { .. } => {
                Stretch::Instants(step.from.start_utc(), step.to.plus(1).start_utc())
            }
            Window::Whole | Window::NewestFirst | Window::Recent | Window::Pushed => return None,
        };
        (!of.is_empty() && !self.doubtful)
            .then(|| Box::new(Whole { of, stretch, told: std::mem::take(&mut self.told) }))
    }
}
