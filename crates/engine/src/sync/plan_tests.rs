use hilum_model::Batch;
use hilum_providers::spec::{Clock, Method, Page};
use proptest::prelude::*;

use super::*;

const fn stream(clock: Clock, max_days: u16, overlap_days: u16, history_days: u16) -> Stream {
    Stream {
        id: "s",
        scope: "daily",
        method: Method::Get,
        path: "/s",
        params: &[],
        window: Window::Range { from: "a", to: "b", clock, max_days },
        page: Page::Single,
        every_s: 3600,
        overlap_days,
        history_days,
        parse: |_, _| Ok(Batch::default()),
        ..Stream::STANDARD
    }
}

static MONTH: Stream = stream(Clock::Date, 30, 3, 365);
static DAY: Stream = stream(Clock::UnixSeconds, 1, 2, 90);
static STATE: Stream = Stream { window: Window::Whole, ..stream(Clock::Date, 1, 0, 0) };

fn day(text: &str) -> Day {
    Day::parse(text).expect("a day")
}

fn time(text: &str) -> Time {
    Time::parse_rfc3339(text).expect("a time").0
}

fn range(step: &Step) -> String {
    format!("{}..{}", step.from, step.to)
}

#[test]
fn the_first_window_is_the_newest() {
    let now = time("2026-03-10T09:00:00Z");
    let floor = day("2025-03-10");
    let step = recent(&MONTH, None, None, floor, now, Some("Europe/Berlin")).expect("due");
    // 30 days that end today: 10 in March, 20 in February (28 days, so from the 9th).
    assert_eq!(range(&step), "2026-02-09..2026-03-10");
    assert_eq!((step.after.oldest, step.after.newest), (day("2026-02-09"), day("2026-03-10")));
    assert_eq!((step.after.history_done, step.after.synced_at), (false, Some(now)));
    let short = recent(&MONTH, None, None, day("2026-03-08"), now, Some("Europe/Berlin")).expect("due");
    assert_eq!((range(&short), short.after.history_done), ("2026-03-08..2026-03-10".to_owned(), true));
}

#[test]
fn days_of_people_who_are_ahead() {
    let late = time("2026-03-10T23:30:00Z");
    assert_eq!(last_day(&MONTH, late, Some("Europe/Berlin")), day("2026-03-11"));
    assert_eq!(last_day(&MONTH, late, Some("America/Los_Angeles")), day("2026-03-10"));
    assert_eq!(last_day(&MONTH, late, None), day("2026-03-11"));
    assert_eq!(last_day(&MONTH, time("2026-03-10T09:59:00Z"), None), day("2026-03-10"));
    assert_eq!(last_day(&MONTH, time("2026-03-10T10:00:00Z"), None), day("2026-03-11"));
    assert_eq!(last_day(&DAY, late, Some("Europe/Berlin")), day("2026-03-10"));
}

#[test]
fn incremental_windows_overlap_and_wait_for_their_time() {
    let synced = time("2026-03-10T09:00:00Z");
    let cursor = cursor_of(&MONTH, day("2026-01-01"), day("2026-03-10"), true, Some(synced));
    let zone = Some("Europe/Berlin");
    let floor = day("2025-03-10");
    assert!(recent(&MONTH, Some(&cursor), None, floor, synced.plus_s(3599), zone).is_none());
    let step = recent(&MONTH, Some(&cursor), None, floor, synced.plus_s(3600), zone).expect("due");
    assert_eq!(range(&step), "2026-03-07..2026-03-10");
    assert_eq!(step.after.synced_at, Some(synced.plus_s(3600)));
    assert_eq!(step.after.oldest, day("2026-01-01"));
}

#[test]
fn a_long_gap_is_read_in_windows_and_only_the_last_counts_as_synced() {
    let synced = time("2026-01-01T09:00:00Z");
    let now = time("2026-03-10T09:00:00Z");
    let mut cursor = cursor_of(&MONTH, day("2025-06-01"), day("2026-01-01"), true, Some(synced));
    let mut resume = None;
    let mut seen = Vec::new();
    while let Some(step) = recent(&MONTH, Some(&cursor), resume, day("2025-03-10"), now, Some("UTC")) {
        seen.push(range(&step));
        resume = (step.after.synced_at != Some(now)).then(|| step.to.plus(1));
        cursor = step.after;
    }
    assert_eq!(seen, ["2025-12-29..2026-01-27", "2026-01-28..2026-02-26", "2026-02-27..2026-03-10"]);
    assert_eq!((cursor.newest, cursor.synced_at), (day("2026-03-10"), Some(now)));
}

#[test]
fn an_overlap_that_is_longer_than_a_window_still_ends() {
    let now = time("2026-03-10T12:00:00Z");
    let mut cursor = cursor_of(&DAY, day("2026-01-01"), day("2026-03-10"), true, None);
    let mut resume = None;
    let mut seen = Vec::new();
    while let Some(step) = recent(&DAY, Some(&cursor), resume, day("2026-01-01"), now, None) {
        seen.push(range(&step));
        resume = (step.after.synced_at != Some(now)).then(|| step.to.plus(1));
        cursor = step.after;
    }
    assert_eq!(seen, ["2026-03-08..2026-03-08", "2026-03-09..2026-03-09", "2026-03-10..2026-03-10"]);
}

#[test]
fn history_goes_backwards_to_the_limit_and_stops() {
    let floor = day("2026-01-01");
    let mut cursor = cursor_of(&MONTH, day("2026-02-09"), day("2026-03-10"), false, Some(Time(5)));
    assert_eq!(windows_left(&MONTH, &cursor, floor), 2);
    let first = history(&MONTH, Some(&cursor), floor).expect("a window");
    assert_eq!((range(&first), first.after.history_done), ("2026-01-10..2026-02-08".to_owned(), false));
    assert_eq!((first.after.newest, first.after.synced_at), (day("2026-03-10"), Some(Time(5))));
    cursor = first.after;
    let second = history(&MONTH, Some(&cursor), floor).expect("a window");
    assert_eq!((range(&second), second.after.history_done), ("2026-01-01..2026-01-09".to_owned(), true));
    cursor = second.after;
    assert!(history(&MONTH, Some(&cursor), floor).is_none());
    assert!(history(&MONTH, None, floor).is_none(), "nothing recent is known yet");
}

#[test]
fn a_state_is_read_whole() {
    let now = time("2026-03-10T09:00:00Z");
    let step = recent(&STATE, None, None, day("2026-03-10"), now, None).expect("due");
    assert!(step.after.history_done);
    assert!(history(&STATE, Some(&step.after), day("2020-01-01")).is_none());
    assert!(recent(&STATE, Some(&step.after), None, day("2026-03-10"), now.plus_s(60), None).is_none());
    assert!(recent(&STATE, Some(&step.after), None, day("2026-03-10"), now.plus_s(3600), None).is_some());
}

proptest! {
    /// However long a window, an overlap and a pause are: both directions end, every day of interest is read, and no
    /// request asks for more days than allowed.
    #[test]
    fn every_day_is_read(max_days in 1_u16..40, overlap in 0_u16..50, history_days in 0_u16..400, pause in 0_i64..200) {
        let stream: &'static Stream = Box::leak(Box::new(stream(Clock::UnixSeconds, max_days, overlap, history_days)));
        let first = time("2026-03-10T09:00:00Z");
        let floor = first.utc_day().plus(-i32::from(history_days));
        let mut read = std::collections::BTreeSet::new();
        let mut cursor: Option<Cursor> = None;
        for now in [first, first.plus_s(pause * 86_400 + 3600)] {
            let mut resume = None;
            let mut steps = 0;
            while let Some(step) = recent(stream, cursor.as_ref(), resume, floor, now, None)
                .or_else(|| history(stream, cursor.as_ref(), floor))
            {
                steps += 1;
                prop_assert!(steps < 2_000, "does not end");
                prop_assert!(step.to.0 - step.from.0 < i32::from(max_days) && step.from <= step.to);
                read.extend(step.from.0..=step.to.0);
                if step.recent {
                    resume = (step.after.synced_at != Some(now)).then(|| step.to.plus(1));
                }
                cursor = Some(step.after);
            }
            let wanted = floor.0..=now.utc_day().0;
            prop_assert!(wanted.clone().all(|day| read.contains(&day)));
            let cursor = cursor.as_ref().expect("read once");
            prop_assert!(cursor.history_done && (cursor.oldest.0, cursor.newest.0) == (*wanted.start(), *wanted.end()));
        }
    }
}
