//! From when to when.

use hilum_model::{Day, Time};
use hilum_store::StoreError;
use hilum_store::samples::Extent;

use super::zone::{Zone, date};
use crate::ApiError;
use crate::human::query::{Query, invalid};

/// How far clocks are off UTC at the most, ms.
pub(super) const FARTHEST: i64 = 18 * 3_600_000;

const FORM: &str =
    "a day of the form YYYY-MM-DD, a time of the form YYYYMMDDTHHmmssZ, or a full ISO 8601 time with offset";

/// What the request says; clock times where each sample's own clock counts.
pub(super) struct Window {
    pub(super) from: Option<Time>,
    /// Not included.
    pub(super) to: Option<Time>,
    local: bool,
}

impl Window {
    /// Reads `from` and `to`, or `start_date` and `end_date`.
    pub(super) fn read(query: &Query<'_>, zone: &Zone) -> Result<Self, ApiError> {
        let mut from = query.get("from").map(|text| instant("from", text, zone)).transpose()?;
        let mut to = query.get("to").map(|text| instant("to", text, zone)).transpose()?;
        let (first, last) = query.days(None)?;
        if let (Some(first), Some(last)) = (first, last) {
            if from.is_some() || to.is_some() {
                return Err(ApiError::bad_request(
                    "conflicting_parameter",
                    "Conflicting Parameter",
                    "Give from and to, or start_date and end_date, not both.",
                ));
            }
            from = Some(start(zone, first));
            to = Some(start(zone, last.plus(1)));
        }
        if let (Some(from), Some(to)) = (from, to)
            && from >= to
        {
            return Err(invalid("to", "later than from"));
        }
        Ok(Self { from, to, local: zone.is_local() })
    }

    /// The range, filled in from what there is; `None` where nothing is to be told. `reach` is how far samples can reach
    /// behind their start, ms.
    pub(super) fn range(
        &self,
        extent: impl FnOnce() -> Result<Option<Extent>, StoreError>,
        reach: i64,
    ) -> Result<Option<(Time, Time)>, ApiError> {
        if let (Some(from), Some(to)) = (self.from, self.to) {
            return Ok(Some((from, to)));
        }
        let Some(extent) = extent()? else { return Ok(None) };
        let aside = if self.local { FARTHEST } else { 0 };
        let from = self.from.unwrap_or(extent.first.plus_ms(-aside));
        let to = self.to.unwrap_or(extent.last.plus_ms(aside + reach + 1));
        Ok((from < to).then_some((from, to)))
    }
}

fn start(zone: &Zone, day: Day) -> Time {
    zone.at(date(day), 0)
}

fn instant(name: &'static str, text: &str, zone: &Zone) -> Result<Time, ApiError> {
    if let Ok(day) = Day::parse(text) {
        return Ok(start(zone, day));
    }
    // A plus sign that was not escaped arrives as a blank.
    let text = text.replace(' ', "+");
    if let Ok((at, offset)) = Time::parse_rfc3339(&text) {
        let shift = if zone.is_local() { i64::from(offset.0) * 60_000 } else { 0 };
        return Ok(at.plus_ms(shift));
    }
    Time::parse_filter(&text).map_err(|_| invalid(name, FORM))
}
