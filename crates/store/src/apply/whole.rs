//! What a source has deleted without naming it: a stretch of time was told wholly, and what is stored of it was not told.
use hilum_model::{Kind, Tells, Whole};

use super::Applying;
use crate::StoreError;
use crate::outbox::EventType;
use crate::outbox::tally::data_type;
use crate::records;
use crate::series::withdraw;

impl Applying<'_> {
    /// Takes away what a stretch that was told wholly does not tell.
    pub(super) fn whole(&mut self, whole: &Whole) -> Result<(), StoreError> {
        for tells in whole.of {
            match *tells {
                Tells::Records(kind) => self.untold_records(kind, whole)?,
                Tells::Samples(metric, contexts) => {
                    let belongs = |context: &str| {
                        let vault = &self.context.vault;
                        let id = records::id_of(vault, self.human, self.connection, Kind::Activity, context);
                        Ok(records::find(self.conn, vault, self.human, Kind::Activity, id)?.is_some())
                    };
                    let gone = withdraw::untold(&self.target(), whole, (metric, contexts), belongs)?;
                    self.applied.deleted += gone;
                    let (first, last) = whole.stretch.days();
                    self.tally.note(data_type(metric), EventType::DataDeleted, gone, first, last);
                }
            }
        }
        Ok(())
    }

    fn untold_records(&mut self, kind: Kind, whole: &Whole) -> Result<(), StoreError> {
        let (first, last) = whole.stretch.days();
        let rows = records::of_days(self.conn, self.key, self.human, self.connection, kind, (first, last))?;
        for row in rows.into_iter().map(|row| row.record) {
            let asked = whole.stretch.holds(row.start, row.end, row.day, row.offset.is_some());
            if asked && !row.is_state() && !row.is_part() && !whole.told.has_record(kind, &row.key) {
                self.delete(kind, &row.key)?;
            }
        }
        Ok(())
    }
}
