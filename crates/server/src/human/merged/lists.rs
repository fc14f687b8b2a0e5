//! Lists and single rows of records, merged.

use hilum_model::{Day, RecordId};
use hilum_store::records::{Filter, StoredRecord};

use super::{Days, Merger, Shown, Single, add_parts};
use crate::ApiError;
use crate::human::answer::{ListHead, Reply};
use crate::human::json::Json;
use crate::human::rows::{ROW_BYTES, Rows, Setting};
use crate::human::{Call, columns, nothing_here};

impl Rows {
    /// Whether merging is asked for and these rows are merged; others are as they are without it.
    pub(in crate::human) fn merges(&self, call: &Call<'_>) -> bool {
        call.merge && (Days::of(self.kind).is_some() || Single::of(self.kind).is_some())
    }

    pub(in crate::human) fn merged_page(&self, call: &Call<'_>, day: Option<Day>) -> Result<Reply, ApiError> {
        let (rows, head) = if let Some(days) = Days::of(self.kind) {
            days_of_page(call, days, day)?
        } else if let Some(single) = Single::of(self.kind) {
            let (filter, rows, head) = call.records(self.kind, day)?;
            (single.page(&Merger::new(call)?, &rows, &filter)?, head)
        } else {
            return Err(nothing_here());
        };
        let setting = Setting::of(call)?;
        let mut json = Json::with_capacity(2 + rows.len() * 2 * ROW_BYTES);
        json.begin_array();
        for shown in &rows {
            self.write_merged(&mut json, shown, &setting)?;
        }
        json.end_array();
        Ok(Reply::list(json.into_bytes(), head, columns::of(self.kind)))
    }

    /// The newest merged one. `source` counts here too.
    pub(in crate::human) fn merged_newest(&self, call: &Call<'_>) -> Result<Option<Shown<StoredRecord>>, ApiError> {
        let mut filter = Filter { limit: 1, ..Filter::default() };
        if !call.narrow(&mut filter)? {
            return Ok(None);
        }
        let merger = Merger::new(call)?;
        if let Some(days) = Days::of(self.kind) {
            for day in days.told(&merger, &filter)? {
                if let Some(shown) = days.read(&merger, &[day], filter.connections.as_deref())?.pop() {
                    return Ok(Some(shown));
                }
            }
            return Ok(None);
        }
        let Some(single) = Single::of(self.kind) else { return Ok(None) };
        let page = call.engine.store.records(call.human.human_id, self.kind, &filter)?;
        Ok(single.page(&merger, &page.rows, &filter)?.pop())
    }

    pub(in crate::human) fn merged_by_id(&self, call: &Call<'_>, id: &str) -> Result<Reply, ApiError> {
        let Ok(id) = id.parse::<RecordId>() else { return self.merged_object(call, None) };
        let merger = Merger::new(call)?;
        let shown = if let Some(days) = Days::of(self.kind) {
            match days.day_of(&merger, id)? {
                Some(day) => days.read(&merger, &[day], None)?.pop(),
                None => None,
            }
        } else if let Some(single) = Single::of(self.kind)
            && let Some(row) = call.engine.store.record(call.human.human_id, self.kind, id)?
        {
            single.with(&merger, &row, None)?
        } else {
            None
        };
        self.merged_object(call, shown)
    }

    pub(in crate::human) fn merged_object(
        &self,
        call: &Call<'_>,
        shown: Option<Shown<StoredRecord>>,
    ) -> Result<Reply, ApiError> {
        let shown = shown.ok_or_else(|| self.none_such())?;
        let mut json = Json::with_capacity(2 * ROW_BYTES);
        self.write_merged(&mut json, &shown, &Setting::of(call)?)?;
        Ok(Reply::object(json.into_bytes()))
    }

    fn write_merged(
        &self,
        json: &mut Json,
        shown: &Shown<StoredRecord>,
        setting: &Setting<'_>,
    ) -> Result<(), ApiError> {
        self.write_row(json, &shown.row, setting)?;
        add_parts(json, &shown.parts);
        Ok(())
    }
}

/// A page of merged days, by number or by place, with its headers.
fn days_of_page(
    call: &Call<'_>,
    days: Days,
    day: Option<Day>,
) -> Result<(Vec<Shown<StoredRecord>>, ListHead), ApiError> {
    let mut filter = call.query.filter(day)?;
    let walk = call.walk::<Day>(&mut filter, days.told_by())?;
    let merger = Merger::new(call)?;
    let told = if call.narrow(&mut filter)? { days.told(&merger, &filter)? } else { Vec::new() };
    let skip = match &walk {
        // Newest first.
        Some(walk) => walk.after.map_or(0, |after| told.partition_point(|day| *day >= after)),
        None => usize::try_from(filter.offset).unwrap_or(usize::MAX).min(told.len()),
    };
    let rest = &told[skip..];
    let page = &rest[..rest.len().min(filter.limit as usize)];
    let rows = days.read(&merger, page, filter.connections.as_deref())?;
    let head = match walk {
        Some(walk) => call.walk_head(&walk, &filter, page.last().copied().filter(|_| page.len() < rest.len()))?,
        None => call.list_head(&filter, told.len() as u64),
    };
    Ok((rows, head))
}
