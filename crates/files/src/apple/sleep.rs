//! Nights and naps, joined from the rows of one source.

use std::collections::BTreeMap;

use hilum_model::observation::Sleep;
use hilum_model::{Body, Day, Record, Stage, StageKind, Time, night};

use super::held::NightRow;
use super::key;
use super::row::{Night, Sources};
use crate::error::FileError;
use crate::out::Out;

/// Rows that are further apart belong to two sleeps, ms.
const GAP_MS: i64 = 3_600_000;

/// A sleep: a range of rows.
struct Session {
    rows: std::ops::Range<usize>,
    end: Time,
    day: Day,
}

/// Tells the sleeps that rows in any order make up. The phone and the watch both tell of a night, each its own sleep;
/// the main one of a day is the one that says the most: rather stages than asleep, rather asleep than in bed, then the
/// longest.
pub(super) fn tell(mut rows: Vec<NightRow>, sources: &Sources, out: &mut Out<'_>) -> Result<(), FileError> {
    rows.sort_unstable_by_key(|row| (row.place, row.night));
    rows.dedup();
    let sessions = sessions(&rows);
    let mut main: BTreeMap<Day, (Said, usize)> = BTreeMap::new();
    for (at, session) in sessions.iter().enumerate() {
        let said = said(&rows[session.rows.clone()], session.end);
        let best = main.entry(session.day).or_insert((said, at));
        if said > best.0 {
            *best = (said, at);
        }
    }
    for (at, session) in sessions.iter().enumerate() {
        let main = main.get(&session.day).is_some_and(|best| best.1 == at);
        out.record(record(&rows[session.rows.clone()], session, main, sources))?;
    }
    Ok(())
}

/// How much a sleep says: (stages told, asleep told, milliseconds).
type Said = (bool, bool, i64);

fn said(rows: &[NightRow], end: Time) -> Said {
    let any = |nights: &[Night]| rows.iter().any(|row| nights.contains(&row.night));
    (any(&[Night::Light, Night::Deep, Night::Rem]), any(&[Night::Asleep]), end.since_ms(rows[0].place.1))
}

/// Joins rows that are in order of source and start.
fn sessions(rows: &[NightRow]) -> Vec<Session> {
    let mut sessions: Vec<Session> = Vec::new();
    for (at, row) in rows.iter().enumerate() {
        let (source, start, end) = row.place;
        match sessions.last_mut() {
            Some(last) if rows[last.rows.start].place.0 == source && start.since_ms(last.end) <= GAP_MS => {
                last.rows.end = at + 1;
                last.end = last.end.max(end);
            }
            _ => sessions.push(Session { rows: at..at + 1, end, day: Day(0) }),
        }
    }
    for session in &mut sessions {
        session.day = session.end.civil_day(Some(rows[session.rows.start].offset));
    }
    sessions
}

fn record(rows: &[NightRow], session: &Session, main: bool, sources: &Sources) -> Record {
    let first = rows[0];
    let (source, start, _) = first.place;
    let stages = timeline(rows);
    let seconds = |kinds: &[StageKind]| Some(night::seconds(&stages, kinds)).filter(|told| *told > 0.0);
    let sleep = Sleep {
        main,
        asleep_s: seconds(&[StageKind::Asleep, StageKind::Light, StageKind::Deep, StageKind::Rem]),
        awake_s: seconds(&[StageKind::Awake]),
        in_bed_s: in_bed(rows),
        light_s: seconds(&[StageKind::Light]),
        deep_s: seconds(&[StageKind::Deep]),
        rem_s: seconds(&[StageKind::Rem]),
        stages,
        ..Sleep::default()
    };
    Record {
        key: key(start, start, sources.name(source)),
        device: sources.device(source),
        start,
        end: Some(session.end),
        offset: Some(first.offset),
        day: session.day,
        body: Body::Sleep(sleep),
        source_data: serde_json::Map::new(),
    }
}

/// Seconds in bed, if that is told: overlapping rows count once.
fn in_bed(rows: &[NightRow]) -> Option<f64> {
    let mut told = None;
    let mut until = Time(i64::MIN);
    for row in rows.iter().filter(|row| row.night == Night::InBed) {
        let (_, start, end) = row.place;
        let new = end.since_ms(start.max(until)).max(0);
        until = until.max(end);
        told = Some(told.unwrap_or(0) + new);
    }
    told.map(|ms| ms as f64 / 1000.0)
}

/// The stages, without overlaps.
fn timeline(rows: &[NightRow]) -> Vec<Stage> {
    let stage = |row: &NightRow| {
        let (_, kind) = *KINDS.iter().find(|(told, _)| *told == row.night)?;
        Some(Stage { kind, start: row.place.1, end: row.place.2 })
    };
    night::timeline(&rows.iter().filter_map(stage).collect::<Vec<_>>())
}

/// The stages; time in bed is none.
const KINDS: [(Night, StageKind); 5] = [
    (Night::Asleep, StageKind::Asleep),
    (Night::Light, StageKind::Light),
    (Night::Deep, StageKind::Deep),
    (Night::Rem, StageKind::Rem),
    (Night::Awake, StageKind::Awake),
];

#[cfg(test)]
mod tests {
    use hilum_model::Offset;

    use super::*;

    /// A row by minutes from 2026-03-03 22:00 UTC.
    fn row(night: Night, from: i64, to: i64) -> NightRow {
        let zero = Time::parse_rfc3339("2026-03-03T22:00:00Z").expect("a time").0;
        NightRow { place: (0, zero.plus_s(from * 60), zero.plus_s(to * 60)), offset: Offset(60), night }
    }

    #[test]
    fn stages_overlap_in_what_apps_write() {
        // Asleep 0..60 with deep 10..20 and awake 15..25 in it.
        let rows = [row(Night::Asleep, 0, 60), row(Night::Deep, 10, 20), row(Night::Awake, 15, 25)];
        let told: Vec<_> = timeline(&rows)
            .iter()
            .map(|s| (s.kind, s.start.since_ms(rows[0].place.1) / 60_000, s.end.since_ms(rows[0].place.1) / 60_000))
            .collect();
        let expected = [
            (StageKind::Asleep, 0, 10),
            (StageKind::Deep, 10, 15),
            (StageKind::Awake, 15, 25),
            (StageKind::Asleep, 25, 60),
        ];
        assert_eq!(told, expected);
        assert_eq!(timeline(&[row(Night::Deep, 5, 5), row(Night::InBed, 0, 60)]), []);
    }

    #[test]
    fn time_in_bed_counts_once() {
        let rows = [row(Night::InBed, 0, 60), row(Night::InBed, 30, 90), row(Night::InBed, 40, 50)];
        assert_eq!(in_bed(&rows), Some(90.0 * 60.0));
        assert_eq!(in_bed(&[row(Night::Asleep, 0, 60)]), None);
    }

    #[test]
    fn an_hour_apart_is_one_sleep_more_is_two() {
        // An hour, an hour's gap, six hours, 61 minutes' gap, an hour; then another source in the first hour.
        let mut rows = vec![row(Night::Asleep, 0, 60), row(Night::Asleep, 120, 480), row(Night::Asleep, 541, 600)];
        rows.push(NightRow { place: (1, rows[0].place.1, rows[0].place.2), ..rows[0] });
        let told: Vec<_> = sessions(&rows).iter().map(|s| (s.rows.clone(), s.day.to_string())).collect();
        let day = |day: &str| format!("2026-03-{day}");
        assert_eq!(told, [(0..2, day("04")), (2..3, day("04")), (3..4, day("04"))]);
    }

    #[test]
    fn stages_say_more_than_asleep_and_that_more_than_in_bed() {
        let of = |night, minutes| {
            let rows = [row(night, 0, minutes)];
            said(&rows, rows[0].place.2)
        };
        assert!(of(Night::Rem, 60) > of(Night::Asleep, 400) && of(Night::Asleep, 60) > of(Night::InBed, 400));
        assert!(of(Night::Asleep, 61) > of(Night::Asleep, 60));
    }
}
