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

/// Its place is at the full hour.
const ON_THE_HOUR: ConnectionId = ConnectionId([0; ConnectionId::BYTES]);

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
    let step = recent(&MONTH, None, None, floor, now, Some("Europe/Berlin"), ON_THE_HOUR).expect("due");
    // 30 days that end today: 10 in March, 20 in February (28 days, so from the 9th).
    assert_eq!(range(&step), "2026-02-09..2026-03-10");
    assert_eq!((step.after.oldest, step.after.newest), (day("2026-02-09"), day("2026-03-10")));
    assert_eq!((step.after.history_done, step.after.synced_at), (false, Some(now)));
    let short = recent(&MONTH, None, None, day("2026-03-08"), now, Some("Europe/Berlin"), ON_THE_HOUR).expect("due");
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
    assert!(recent(&MONTH, Some(&cursor), None, floor, synced.plus_s(3599), zone, ON_THE_HOUR).is_none());
    let step = recent(&MONTH, Some(&cursor), None, floor, synced.plus_s(3600), zone, ON_THE_HOUR).expect("due");
    assert_eq!(range(&step), "2026-03-07..2026-03-10");
    assert_eq!(step.after.synced_at, Some(synced.plus_s(3600)));
    assert_eq!(step.after.oldest, day("2026-01-01"));
}

#[test]
fn the_overlap_counts_from_a_day_that_has_begun() {
    // At noon in UTC somewhere the 11th has begun; with an unknown zone it is asked for, and counted as read.
    let now = time("2026-03-10T12:00:00Z");
    let cursor = cursor_of(&MONTH, day("2026-01-01"), day("2026-03-11"), true, None);
    let step = recent(&MONTH, Some(&cursor), None, day("2025-03-10"), now, None, ON_THE_HOUR).expect("due");
    assert_eq!(range(&step), "2026-03-07..2026-03-11", "three days before the 10th");
}

#[test]
fn a_long_gap_is_read_in_windows_and_only_the_last_counts_as_synced() {
    let synced = time("2026-01-01T09:00:00Z");
    let now = time("2026-03-10T09:00:00Z");
    let mut cursor = cursor_of(&MONTH, day("2025-06-01"), day("2026-01-01"), true, Some(synced));
    let mut resume = None;
    let mut seen = Vec::new();
    while let Some(step) = recent(&MONTH, Some(&cursor), resume, day("2025-03-10"), now, Some("UTC"), ON_THE_HOUR) {
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
    while let Some(step) = recent(&DAY, Some(&cursor), resume, day("2026-01-01"), now, None, ON_THE_HOUR) {
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
    let step = recent(&STATE, None, None, day("2026-03-10"), now, None, ON_THE_HOUR).expect("due");
    assert!(step.after.history_done);
    assert!(history(&STATE, Some(&step.after), day("2020-01-01")).is_none());
    assert!(recent(&STATE, Some(&step.after), None, day("2026-03-10"), now.plus_s(60), None, ON_THE_HOUR).is_none());
    assert!(recent(&STATE, Some(&step.after), None, day("2026-03-10"), now.plus_s(3600), None, ON_THE_HOUR).is_some());
}

/// Ten thousand people connect within a minute; a day later their syncs are spread over the hour like raindrops.
#[expect(clippy::print_stdout, reason = "the histogram is there to be looked at, with --nocapture")]
#[test]
fn those_who_connect_together_do_not_sync_together() {
    const PEOPLE: u64 = 10_000;
    let random = hilum_model::world::SeededRandom::new(5);
    let start = time("2026-03-10T09:17:00Z");
    let mut minutes = [0_u32; 24 * 60];
    let (mut shortest, mut longest) = (i64::MAX, 0);
    for n in 0..PEOPLE {
        let id = ConnectionId::random(&random);
        let mut synced = start.plus_ms((n * 60_000 / PEOPLE) as i64);
        let mut first = true;
        loop {
            let cursor = cursor_of(&MONTH, Day(0), Day(1), true, Some(synced));
            let at = due(&MONTH, Some(&cursor), id).expect("read before");
            if at >= start.plus_s(86_400) {
                break;
            }
            let wait = at.since_ms(synced);
            if first {
                assert!((1_800_000..5_400_000).contains(&wait), "{wait}");
            } else {
                (shortest, longest) = (shortest.min(wait), longest.max(wait));
            }
            first = false;
            minutes[(at.since_ms(start) / 60_000) as usize] += 1;
            // The sync takes two seconds.
            synced = at.plus_s(2);
        }
    }
    // After the first one and a half hours everybody is in place.
    let settled = &minutes[90..];
    let mean = PEOPLE as f64 / 60.0;
    let max = settled.iter().copied().max().expect("minutes");
    let histogram: Vec<u32> = settled[..60].to_vec();
    // A fair spread of 10,000 over 60 minutes has a standard deviation of 13: nobody is beyond five of them.
    assert!(f64::from(max) < mean + 5.0 * 12.8, "max {max}, mean {mean:.1}: {histogram:?}");
    assert!(f64::from(*settled.iter().min().expect("minutes")) > mean - 5.0 * 12.8, "{histogram:?}");
    assert_eq!((shortest, longest), (3_598_000, 3_598_000), "exactly an hour from slot to slot");
    println!("arrivals a minute, one hour: mean {mean:.1}, max {max}: {histogram:?}");
}

#[test]
fn the_past_of_a_pushed_stream_is_ordered_in_parts() {
    static PUSHED: Stream = Stream {
        window: Window::Pushed,
        backfill: Some(hilum_providers::spec::Backfill {
            path: "/backfill",
            from: "a",
            to: "b",
            max_days: 30,
            ok: &[202, 409],
        }),
        ..stream(Clock::Date, 1, 0, 65)
    };
    let (today, floor) = (day("2026-03-10"), day("2026-01-04"));
    let now = time("2026-03-10T09:00:00Z");
    assert!(recent(&PUSHED, None, None, floor, now, None, ON_THE_HOUR).is_none(), "nothing is asked for");
    let mut cursor = None;
    let mut seen = Vec::new();
    while let Some(step) = backfill(&PUSHED, cursor.as_ref(), floor, today, today) {
        seen.push(range(&step));
        cursor = Some(step.after);
    }
    assert_eq!(seen, ["2026-02-09..2026-03-10", "2026-01-10..2026-02-08", "2026-01-04..2026-01-09"]);
    assert!(cursor.clone().is_some_and(|c| c.history_done && c.newest == today && c.synced_at.is_none()));
    assert!(backfill(&MONTH, None, floor, today, today).is_none());
    // The authorisation had ended; nothing was pushed until it was renewed on the 20th of April.
    let renewed = day("2026-04-20");
    let mut seen = Vec::new();
    while let Some(step) = backfill(&PUSHED, cursor.as_ref(), floor, day("2026-04-21"), renewed) {
        seen.push(range(&step));
        cursor = Some(step.after);
    }
    assert_eq!(seen, ["2026-03-10..2026-04-08", "2026-04-08..2026-04-20"]);
    assert!(cursor.is_some_and(|cursor| cursor.newest == renewed && cursor.history_done));
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
            while let Some(step) = recent(stream, cursor.as_ref(), resume, floor, now, None, ON_THE_HOUR)
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
