//! Things that last: workouts and sleeps. What overlaps by most of the shorter one, and is of the same sort, is one.

use hilum_model::observation::Sleep;
use hilum_model::{Body, Record};

use crate::fields::{fill_activity, fill_sleep, says_what, told_of_activity, told_of_sleep};
use crate::{Entry, Merged, Share, Why, by_rank};

/// Longer ones are left as they are, ms: a source that forgets to end a workout does not swallow days of others.
pub const LONGEST: i64 = 48 * 3_600_000;

/// The records as one list. They are taken by rank; each joins the leading one that it overlaps most, or leads itself.
/// Two of one source are never made one: what it tells apart is apart. The order of the result is that of the leading
/// records' places.
///
/// A member that the leading one leaves out is filled from the others, best first, from those that tell of almost the
/// same stretch of time only: the distance of half a run is not that of the run.
pub fn merge(entries: &[Entry<'_>]) -> Vec<Merged> {
    let mut leads: Vec<(usize, Vec<usize>)> = Vec::new();
    for i in by_rank(entries) {
        let entry = entries[i];
        let best = leads
            .iter()
            .enumerate()
            .filter(|(_, (first, _))| {
                entries[*first].rank < entry.rank && one_thing(entries[*first].record, entry.record)
            })
            .max_by_key(|(place, (first, _))| {
                (overlap(entries[*first].record, entry.record), std::cmp::Reverse(*place))
            });
        match best.map(|(place, _)| place) {
            Some(place) => leads[place].1.push(i),
            None => leads.push((i, Vec::new())),
        }
    }
    leads.sort_unstable_by_key(|(first, _)| *first);
    leads.into_iter().map(|(first, others)| one(entries, first, &others)).collect()
}

fn length(record: &Record) -> i64 {
    record.end.map_or(0, |end| end.since_ms(record.start))
}

fn overlap(a: &Record, b: &Record) -> i64 {
    let end = |r: &Record| r.end.unwrap_or(r.start);
    end(a).min(end(b)).since_ms(a.start.max(b.start)).max(0)
}

fn one_thing(a: &Record, b: &Record) -> bool {
    let shorter = length(a).min(length(b));
    let mostly = if shorter == 0 {
        // Without an end: the same if it begins at the same time.
        a.start == b.start
    } else {
        2 * overlap(a, b) > shorter
    };
    mostly && length(a).max(length(b)) <= LONGEST && compatible(&a.body, &b.body)
}

/// Whether both tell of almost the same stretch: four fifths of the longer one.
fn same_stretch(a: &Record, b: &Record) -> bool {
    5 * overlap(a, b) >= 4 * length(a).max(length(b))
}

fn compatible(a: &Body, b: &Body) -> bool {
    match (a, b) {
        (Body::Activity(a), Body::Activity(b)) => {
            !says_what(&a.kind) || !says_what(&b.kind) || a.kind == b.kind || family(&a.kind) == family(&b.kind)
        }
        (Body::Sleep(_), Body::Sleep(_)) => true,
        _ => false,
    }
}

/// Sports that one source calls this and another that.
fn family(kind: &str) -> &str {
    const FAMILIES: [(&str, &[&str]); 8] = [
        ("run", &["run", "jog"]),
        ("walk", &["walk", "hik", "mountaineering"]),
        ("ride", &["cycl", "bik", "bmx", "spinning"]),
        ("swim", &["swim"]),
        ("row", &["rowing", "ergometer"]),
        ("ski", &["ski", "snowboard"]),
        ("strength", &["weight", "strength", "gym", "crossfit", "hiit", "cardio", "circuit"]),
        ("mind", &["yoga", "pilates", "stretch", "meditation", "breath"]),
    ];
    let named = |(_, parts): &&(&str, &[&str])| parts.iter().any(|part| kind.contains(part));
    FAMILIES.iter().find(named).map_or(kind, |(name, _)| *name)
}

fn one(entries: &[Entry<'_>], first: usize, others: &[usize]) -> Merged {
    let mut record = entries[first].record.clone();
    let mut told = vec!["startTime"];
    told.extend(record.end.map(|_| "endTime"));
    told.extend(record.offset.map(|_| "tzOffset"));
    told.extend(match &record.body {
        Body::Activity(body) => told_of_activity(body),
        Body::Sleep(body) => told_of_sleep(body),
        _ => Vec::new(),
    });
    let mut shares = vec![Share { entry: first, fields: told, why: Why::Leads }];
    for i in others {
        let other = entries[*i].record;
        let mut fields = Vec::new();
        if same_stretch(entries[first].record, other) {
            if record.offset.is_none() && other.offset.is_some() {
                record.offset = other.offset;
                fields.push("tzOffset");
            }
            fields.extend(fill(&mut record.body, &other.body));
        }
        let why = if fields.is_empty() { Why::SameSession } else { Why::FillsMissing };
        shares.push(Share { entry: *i, fields, why });
    }
    // What is filled in afterwards is no longer the leading one's word.
    let (lead, rest) = shares.split_at_mut(1);
    lead[0].fields.retain(|name| !rest.iter().any(|share| share.fields.contains(name)));
    Merged { record, shares }
}

fn fill(body: &mut Body, other: &Body) -> Vec<&'static str> {
    match (body, other) {
        (Body::Activity(body), Body::Activity(other)) => fill_activity(body, other),
        (Body::Sleep(body), Body::Sleep(other)) => fill_sleep(body, other),
        _ => Vec::new(),
    }
}

/// Minutes asleep and awake of a day's sleeps after they were merged.
pub fn of_day<'a>(sleeps: impl IntoIterator<Item = &'a Sleep>) -> (f64, f64) {
    let add = |(asleep, awake): (f64, f64), sleep: &Sleep| {
        (asleep + sleep.asleep_s.unwrap_or(0.0), awake + sleep.awake_s.unwrap_or(0.0))
    };
    let (asleep, awake) = sleeps.into_iter().fold((0.0, 0.0), add);
    (asleep / 60.0, awake / 60.0)
}

#[cfg(test)]
mod tests {
    use hilum_model::observation::Activity;
    use hilum_model::{Day, Offset, Stage, StageKind, Time};
    use proptest::prelude::*;
    use serde_json::Map;

    use super::*;

    fn record(from_min: i64, until_min: i64, body: Body) -> Record {
        Record {
            key: format!("{from_min}"),
            device: None,
            start: Time::from_unix_s(from_min * 60),
            end: Some(Time::from_unix_s(until_min * 60)),
            offset: None,
            day: Day(0),
            body,
            source_data: Map::new(),
        }
    }

    fn workout(from_min: i64, until_min: i64, kind: &str) -> Record {
        record(from_min, until_min, Body::Activity(Activity { kind: kind.to_owned(), ..Activity::default() }))
    }

    fn night(from_min: i64, until_min: i64, sleep: Sleep) -> Record {
        record(from_min, until_min, Body::Sleep(sleep))
    }

    fn merged(told: &[(u32, Record)]) -> Vec<Merged> {
        let entries: Vec<Entry<'_>> = told.iter().map(|(rank, record)| Entry { rank: *rank, record }).collect();
        merge(&entries)
    }

    fn parts(told: &[(u32, Record)]) -> Vec<Vec<usize>> {
        merged(told).iter().map(|m| m.shares.iter().map(|s| s.entry).collect()).collect()
    }

    #[test]
    fn a_run_told_by_two_services_is_one() {
        let told = [(1, workout(2, 61, "trail_running")), (0, workout(0, 60, "running"))];
        assert_eq!(parts(&told), [[1, 0]]);
        // Half an hour in common of an hour is not most of it; one minute more is.
        assert_eq!(parts(&[(0, workout(0, 60, "running")), (1, workout(30, 90, "running"))]), [[0], [1]]);
        assert_eq!(parts(&[(0, workout(0, 60, "running")), (1, workout(29, 89, "running"))]), [[0, 1]]);
    }

    #[test]
    fn a_swim_is_not_a_run_but_an_unknown_word_may_be_either() {
        let run = (0, workout(0, 60, "running"));
        assert_eq!(parts(&[run.clone(), (1, workout(0, 60, "swimming"))]), [[0], [1]]);
        for kind in ["", "unknown", "other:17", "jogging", "indoor_running"] {
            assert_eq!(parts(&[run.clone(), (1, workout(0, 60, kind))]), [[0, 1]], "{kind}");
        }
    }

    #[test]
    fn one_source_is_never_merged_with_itself() {
        assert_eq!(parts(&[(3, workout(0, 60, "running")), (3, workout(0, 60, "running"))]), [[0], [1]]);
    }

    #[test]
    fn what_is_missing_comes_from_those_who_saw_all_of_it() {
        let with = |from, until, change: fn(&mut Activity)| {
            let mut activity = Activity { kind: "running".to_owned(), ..Activity::default() };
            change(&mut activity);
            record(from, until, Body::Activity(activity))
        };
        let told = [
            (0, with(0, 60, |a| a.duration_s = Some(3600.0))),
            // A quarter of the hour: the same run, but its distance is not the run's.
            (1, with(0, 15, |a| a.distance_m = Some(2_400.0))),
            (
                2,
                Record {
                    offset: Some(Offset(60)),
                    ..with(1, 60, |a| {
                        a.duration_s = Some(3540.0);
                        a.distance_m = Some(10_050.0);
                    })
                },
            ),
            (3, with(0, 60, |a| a.steps = Some(9_800.0))),
        ];
        let found = merged(&told);
        assert_eq!(found.len(), 1);
        let Body::Activity(activity) = &found[0].record.body else { panic!("a workout") };
        assert_eq!(
            (activity.duration_s, activity.distance_m, activity.steps),
            (Some(3600.0), Some(10_050.0), Some(9_800.0))
        );
        assert_eq!(found[0].record.offset, Some(Offset(60)));
        let shares: Vec<(usize, &[&str], Why)> =
            found[0].shares.iter().map(|s| (s.entry, s.fields.as_slice(), s.why)).collect();
        assert_eq!(
            shares,
            [
                (0, &["startTime", "endTime", "type", "duration"][..], Why::Leads),
                (1, &[], Why::SameSession),
                (2, &["tzOffset", "distance"], Why::FillsMissing),
                (3, &["steps"], Why::FillsMissing),
            ]
        );
    }

    #[test]
    fn halves_that_another_source_tells_in_one_are_one() {
        let told = [(1, workout(0, 30, "cycling")), (1, workout(31, 60, "cycling")), (0, workout(0, 60, "cycling"))];
        assert_eq!(parts(&told), [[2, 0, 1]]);
        // The other way round, the whole joins the half with which it has more in common.
        let told = [(0, workout(0, 29, "cycling")), (0, workout(30, 60, "cycling")), (1, workout(0, 60, "cycling"))];
        assert_eq!(parts(&told), [vec![0], vec![1, 2]]);
    }

    #[test]
    fn what_lasts_for_days_swallows_nothing() {
        let told = [(0, workout(0, 49 * 60, "walking")), (1, workout(60, 120, "walking"))];
        assert_eq!(parts(&told), [[0], [1]]);
    }

    #[test]
    fn nights_take_stages_from_one_source_and_naps_stay_naps() {
        let stage = Stage { kind: StageKind::Deep, start: Time(0), end: Time(60_000) };
        let plain = Sleep { main: true, asleep_s: Some(25_200.0), ..Sleep::default() };
        let staged = Sleep {
            main: true,
            asleep_s: Some(25_000.0),
            deep_s: Some(5_400.0),
            hrv_rmssd_avg: Some(41.0),
            stages: vec![stage],
            ..Sleep::default()
        };
        let lights = Sleep { main: true, light_s: Some(14_000.0), rem_s: Some(5_600.0), ..Sleep::default() };
        let found = merged(&[(0, night(0, 480, plain)), (1, night(5, 478, staged)), (2, night(0, 480, lights))]);
        let Body::Sleep(sleep) = &found[0].record.body else { panic!("a sleep") };
        assert_eq!(
            (found.len(), sleep.asleep_s, sleep.deep_s, sleep.light_s),
            (1, Some(25_200.0), Some(5_400.0), None)
        );
        assert_eq!((sleep.hrv_rmssd_avg, sleep.stages.len()), (Some(41.0), 1));
        assert_eq!(found[0].shares[1].fields, ["averageHrvRmssd", "stages"]);
        assert_eq!((found[0].shares[2].fields.len(), found[0].shares[2].why), (0, Why::SameSession));

        // One says nap, the other does not tell naps apart; the night before is left alone.
        let nap = Sleep { main: false, asleep_s: Some(1_500.0), ..Sleep::default() };
        let all_main = |from, until| night(from, until, Sleep { main: true, ..Sleep::default() });
        let told = [(0, all_main(0, 480)), (0, all_main(800, 830)), (1, night(801, 829, nap))];
        let found = merged(&told);
        let mains: Vec<bool> = found.iter().map(|m| matches!(&m.record.body, Body::Sleep(s) if s.main)).collect();
        assert_eq!(mains, [true, false]);
        assert_eq!(found[1].shares[1].fields, ["timeAsleep", "mainSleep"]);
    }

    #[test]
    fn minutes_of_a_day() {
        let sleep = |asleep, awake| Sleep { asleep_s: Some(asleep), awake_s: awake, ..Sleep::default() };
        assert_eq!(of_day(&[sleep(25_200.0, Some(1_800.0)), sleep(1_500.0, None)]), (445.0, 30.0));
    }

    fn any() -> impl Strategy<Value = Vec<(u32, Record)>> {
        prop::collection::vec((0_u32..4, 0_i64..600, 1_i64..90), 0..24).prop_map(|list| {
            let told = list.into_iter().enumerate().map(|(n, (rank, from, length))| {
                (rank, Record { key: n.to_string(), ..workout(from, from + length, "running") })
            });
            told.collect()
        })
    }

    proptest! {
        #[test]
        fn everything_is_a_part_of_exactly_one(told in any()) {
            let mut seen: Vec<usize> = parts(&told).concat();
            seen.sort_unstable();
            prop_assert_eq!(seen, (0..told.len()).collect::<Vec<_>>());
        }

        #[test]
        fn what_is_shown_of_one_source_is_merged_no_further(told in any()) {
            let alone: Vec<(u32, Record)> = told.iter().map(|(_, r)| (0, r.clone())).collect();
            let found = merged(&alone);
            prop_assert!(found.iter().zip(&alone).all(|(m, (_, r))| m.record == *r && m.shares.len() == 1));
            prop_assert_eq!(found.len(), alone.len());
        }

        #[test]
        fn the_order_does_not_matter((a, b) in any().prop_flat_map(|t| (Just(t.clone()), Just(t).prop_shuffle()))) {
            let keys = |told: &[(u32, Record)]| {
                let mut all: Vec<Vec<String>> = merged(told)
                    .iter()
                    .map(|m| m.shares.iter().map(|s| told[s.entry].1.key.clone()).collect())
                    .collect();
                all.sort();
                all
            };
            prop_assert_eq!(keys(&a), keys(&b));
        }
    }
}
