//! What a batch changed, summed up by type of data: one event for each type and kind of change, however many rows it has.
use std::collections::{BTreeMap, BTreeSet};

use hilum_model::metric::Storage;
use hilum_model::{ConnectionId, Day, Kind, Metric, Time};
use serde_json::json;

use super::{EventType, Lane, NewEvent};

/// Data whose newest day lies further back than this are told in the slow lane, days.
const BACKFILL_AFTER: i32 = 7;

/// How many things of a type changed in one way, and on which days.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Span {
    count: u64,
    from: Day,
    to: Day,
}

/// Changes by type of data and kind of change.
#[derive(Debug, Default)]
pub(crate) struct Tally(BTreeMap<(&'static str, EventType), Span>);

impl Tally {
    /// Things of a type changed, on days from `from` to `to`.
    pub(crate) fn note(&mut self, of: &'static str, change: EventType, count: u64, from: Day, to: Day) {
        if count == 0 {
            return;
        }
        let span = self.0.entry((of, change)).or_insert(Span { count: 0, from, to });
        span.count += count;
        span.from = span.from.min(from);
        span.to = span.to.max(to);
    }

    /// The same for one record.
    pub(crate) fn record(&mut self, kind: Kind, change: EventType, day: Day) {
        if is_told(kind) {
            self.note(kind.name(), change, 1, day, day);
        }
    }

    /// The events, in a fixed order. All are of one lane, so that they arrive in their order.
    pub(crate) fn events(&self, connection: ConnectionId, source: &str, now: Time) -> Vec<NewEvent> {
        let newest = self.0.values().map(|span| span.to).max();
        let past = newest.is_some_and(|newest| newest < now.utc_day().plus(-BACKFILL_AFTER));
        let lane = if past { Lane::Backfill } else { Lane::Live };
        let event = |((of, change), span): (&(&'static str, EventType), &Span)| NewEvent {
            kind: *change,
            lane,
            data_type: Some(of),
            data: json!({
                "connectionId": connection,
                "source": source,
                "dataType": of,
                "count": span.count,
                "from": span.from.to_string(),
                "to": span.to.to_string(),
            }),
        };
        self.0.iter().map(event).collect()
    }
}

/// What apps call the data of a metric. A place on a track is one thing, though stored as several.
pub(crate) const fn data_type(metric: Metric) -> &'static str {
    match metric {
        Metric::Latitude | Metric::Longitude | Metric::Altitude => "location",
        other => other.name(),
    }
}

/// Every type of data that events tell of, in the order of their names.
pub fn data_types() -> BTreeSet<&'static str> {
    let kinds = Kind::ALL.into_iter().filter(|kind| is_told(*kind)).map(Kind::name);
    let dense = Metric::ALL.into_iter().filter(|metric| metric.storage() == Storage::Series);
    kinds.chain(dense.map(data_type)).collect()
}

/// Whether apps hear of records of a kind: not of what is derived, nor of what shows as a part of something else.
pub(crate) const fn is_told(kind: Kind) -> bool {
    !matches!(kind, Kind::SleepDay | Kind::SleepStage)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// 2026-03-01.
    const TODAY: Day = Day(20_513);

    fn events(tally: &Tally) -> Vec<(&'static str, Lane, serde_json::Value)> {
        let events = tally.events(ConnectionId([1; 12]), "oura", TODAY.start_utc());
        events.into_iter().map(|event| (event.kind.name(), event.lane, event.data)).collect()
    }

    #[test]
    fn one_event_for_each_type_and_change() {
        let mut tally = Tally::default();
        for back in [3, 1, 2] {
            tally.record(Kind::Weight, EventType::DataCreated, TODAY.plus(-back));
        }
        tally.record(Kind::Weight, EventType::DataUpdated, TODAY);
        tally.record(Kind::SleepDay, EventType::DataCreated, TODAY);
        tally.note("steps", EventType::DataCreated, 0, TODAY, TODAY);
        let told = events(&tally);
        assert_eq!(told.len(), 2);
        let expected = json!({"connectionId": "01".repeat(12), "source": "oura", "dataType": "weight", "count": 3,
            "from": "2026-02-26", "to": "2026-02-28"});
        assert_eq!(told[0], ("data.created", Lane::Live, expected));
        assert_eq!((told[1].0, &told[1].2["count"]), ("data.updated", &json!(1)));
    }

    #[test]
    fn the_past_takes_the_slow_lane_unless_news_come_along() {
        let mut tally = Tally::default();
        tally.record(Kind::Weight, EventType::DataCreated, TODAY.plus(-8));
        assert_eq!(events(&tally)[0].1, Lane::Backfill);
        tally.record(Kind::Sleep, EventType::DataCreated, TODAY.plus(-7));
        assert!(events(&tally).iter().all(|(_, lane, _)| *lane == Lane::Live));
    }
}
