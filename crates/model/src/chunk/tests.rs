//! Tests of whole chunks: round trip, order of writes, corrections, daylight saving, hostile bytes.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::Day;

const NOW: Time = Time(1_790_000_000_000);

fn instant(start: i64, value: f64) -> Point {
    Point { start: Time(start), end: None, offset: None, value }
}

fn interval(start: i64, end: i64, value: f64) -> Point {
    Point { end: Some(Time(end)), ..instant(start, value) }
}

fn chunk_of(points: &[Point]) -> Chunk {
    let mut chunk = Chunk::new();
    chunk.merge(&mut points.to_vec(), NOW);
    chunk
}

fn plain(chunk: &Chunk) -> Vec<Point> {
    chunk.points().iter().map(|s| s.point).collect()
}

/// Equal to the last bit, which `==` on floats is not (0.0 == -0.0).
fn same_bits(a: &Chunk, b: &Chunk) -> bool {
    a == b && a.points().iter().zip(b.points()).all(|(a, b)| a.point.value.to_bits() == b.point.value.to_bits())
}

fn merged(inserted: u64, updated: u64, unchanged: u64, rejected: u64) -> Merged {
    Merged { inserted, updated, unchanged, rejected }
}

#[test]
fn a_chunk_by_hand() {
    // Two instants at 1000 and 3000 ms, 70 and 71, unknown offset, one write at 9 ms.
    let mut chunk = Chunk::new();
    chunk.merge(&mut vec![instant(3000, 71.0), instant(1000, 70.0)], Time(9));
    #[rustfmt::skip]
    let expected = [
        1, 2, 1,                            // version, samples, blocks
        2, 0xd0, 0x0f, 0xd0, 0x0f, 18, 18,  // count, first 1000 (zigzag 2000), 2000 further, update 9 (18), 18 bytes
        0xd0, 0x0f, 2, 0, 0,                // steps: divisor 2000, base 1 (zigzag 2), width 0, no exceptions
        0,                                  // no ends
        1, 0,                               // two of unknown offset
        0, 0, 0, 0x8c, 0x01, 1, 0, 0b10,    // decimal, 10^0, none apart; base 70 (zigzag 140), width 1, none, 0 and 1
        4, 0,                               // two of one batch, the latest
    ];
    assert_eq!(chunk.encode(), expected);
    let info = BlockInfo { count: 2, first: Time(1000), last: Time(3000), updated_max: Time(9) };
    let reader = Reader::open(&expected).expect("by hand");
    assert_eq!((reader.len(), reader.blocks(), reader.block_info(0)), (2, 1, info));
    assert_eq!(Chunk::decode(&expected), Ok(chunk));
}

#[test]
fn an_empty_chunk() {
    assert_eq!(Chunk::new().encode(), [1, 0, 0]);
    let chunk = Chunk::decode(&[1, 0, 0]).expect("by hand");
    assert!(chunk.is_empty() && chunk.split(10).is_empty());
    let chunk = Chunk::new();
    assert_eq!((chunk.first(), chunk.last(), chunk.updated_max()), (None, None, None));
    assert_eq!((chunk.created_min(), chunk.created_max()), (None, None));
}

#[test]
fn corrections_keep_the_time_of_creation() {
    let (first, second, third) = (Time(100), Time(200), Time(300));
    let mut chunk = Chunk::new();
    let known = Point { offset: Some(Offset(60)), ..instant(2000, 61.0) };
    assert_eq!(chunk.merge(&mut vec![instant(1000, 60.0), known], first), merged(2, 0, 0, 0));
    // The same again, a new value, and one that is new.
    let again = chunk.merge(&mut vec![instant(1000, 62.0), known, instant(1500, 63.0)], second);
    assert_eq!(again, merged(1, 1, 1, 0));
    // A new offset alone is a correction as well.
    let moved = Point { offset: Some(Offset(120)), ..known };
    assert_eq!(chunk.merge(&mut vec![moved], third), merged(0, 1, 0, 0));
    let told: Vec<_> = chunk.points().iter().map(|s| (s.point.value, s.created_at, s.updated_at)).collect();
    assert_eq!(told, [(62.0, first, second), (63.0, second, second), (61.0, first, third)]);
    assert_eq!(
        (chunk.updated_max(), chunk.created_min(), chunk.created_max()),
        (Some(third), Some(first), Some(second))
    );
    assert_eq!(Chunk::decode(&chunk.encode()), Ok(chunk));
}

#[test]
fn the_last_of_several_wins_and_what_is_not_finite_is_refused() {
    let mut chunk = Chunk::new();
    let mut incoming = vec![
        instant(5000, 1.0),
        instant(4000, f64::NAN),
        instant(5000, 2.0),
        instant(4000, f64::INFINITY),
        instant(5000, f64::NEG_INFINITY),
        instant(3000, 3.0),
        instant(5000, 4.0),
    ];
    assert_eq!(chunk.merge(&mut incoming, NOW), merged(2, 0, 2, 3));
    assert!(incoming.is_empty());
    assert_eq!(plain(&chunk), [instant(3000, 3.0), instant(5000, 4.0)]);
}

#[test]
fn start_and_end_together_identify() {
    let points = [instant(1000, 1.0), interval(1000, 1000, 2.0), interval(1000, 2000, 3.0)];
    let mut chunk = Chunk::new();
    assert_eq!(chunk.merge(&mut points.iter().rev().copied().collect(), NOW), merged(3, 0, 0, 0));
    assert_eq!(plain(&chunk), points);
    assert_eq!(Chunk::decode(&chunk.encode()), Ok(chunk.clone()));
    assert_eq!(chunk.retain(|point| point.key() != points[1].key()), 1);
    assert_eq!(plain(&chunk), [points[0], points[2]]);
    assert_eq!((chunk.retain(|_| true), chunk.retain(|_| false), chunk.is_empty()), (0, 2, true));
}

#[test]
fn floats_come_back_to_the_last_bit() {
    let third = 1.0 / 3.0;
    let odd = [
        0.0,
        -0.0,
        0.1 + 0.2,
        third,
        -third,
        f64::MIN_POSITIVE,
        f64::from_bits(1),
        -f64::from_bits(1),
        f64::MAX,
        f64::MIN,
        f64::EPSILON,
        9_007_199_254_740_993.0,
        f64::from(36.6f32),
        1e-9,
        123_456.789_012_345,
    ];
    // Alone, all together, and one among many that are decimal.
    let mut rows: Vec<Vec<f64>> = odd.iter().map(|v| vec![*v]).collect();
    rows.push(odd.to_vec());
    rows.extend(odd.iter().map(|v| {
        let mut row: Vec<f64> = (0..300).map(|i| f64::from(i % 40 + 600) / 10.0).collect();
        row[77] = *v;
        row
    }));
    for row in rows {
        let points: Vec<Point> = (0..).zip(&row).map(|(i, v)| instant(i * 1000, *v)).collect();
        let chunk = chunk_of(&points);
        let back = Chunk::decode(&chunk.encode()).expect("own bytes");
        assert!(same_bits(&back, &chunk), "{row:?}");
    }
}

#[test]
fn times_at_the_edges_come_back() {
    let times = [i64::MIN, i64::MIN + 1, -1, 0, 1, i64::MAX - 1, i64::MAX];
    let mut points: Vec<Point> = times.iter().map(|t| instant(*t, 1.0)).collect();
    points.extend(times.iter().map(|t| interval(*t, i64::MAX, 1.0)));
    points.push(interval(7, i64::MIN, 1.0));
    let chunk = chunk_of(&points);
    assert_eq!(chunk.len(), 15);
    assert_eq!(Chunk::decode(&chunk.encode()), Ok(chunk));
}

/// Minute steps over a day when the clocks change, as local midnight to local midnight.
fn local_day(zone: &str, first: Day, utc_start: i64, minutes: i64) -> Vec<Point> {
    let start = first.start_utc().0 + utc_start;
    (0..minutes)
        .map(|i| {
            let at = start + i * 60_000;
            let steps = f64::from(i32::try_from(i % 90).expect("small"));
            Point { offset: Offset::of_zone(zone, Time(at)), ..interval(at, at + 60_000, steps) }
        })
        .collect()
}

#[test]
fn days_when_the_clocks_change() {
    // Berlin, 2026-03-29: 23 hours from 2026-03-28T23:00Z; the offset is +60 until 01:00Z, then +120.
    let spring = local_day("Europe/Berlin", Day::parse("2026-03-28").expect("a day"), 23 * 3_600_000, 23 * 60);
    // Berlin, 2026-10-25: 25 hours from 2026-10-24T22:00Z; +120 until 01:00Z, then +60: local 02:00 to 03:00 twice.
    let autumn = local_day("Europe/Berlin", Day::parse("2026-10-24").expect("a day"), 22 * 3_600_000, 25 * 60);
    for (points, switch, before, after) in [(spring, 120, 60, 120), (autumn, 180, 120, 60)] {
        let chunk = chunk_of(&points);
        let bytes = chunk.encode();
        let back = Chunk::decode(&bytes).expect("own bytes");
        assert_eq!(plain(&back), points);
        let offset = |i: usize| back.points()[i].point.offset;
        assert_eq!((offset(switch - 1), offset(switch)), (Some(Offset(before)), Some(Offset(after))));
        // Whole numbers at regular minutes: two bytes a sample is the limit.
        assert!(bytes.len() <= 2 * points.len(), "{} bytes for {}", bytes.len(), points.len());
        // All of it in the order of local clock times, in which an hour is told twice, changes nothing.
        let mut local = points.clone();
        local.sort_by_key(|p| p.start.0 + i64::from(p.offset.map_or(0, |o| o.0)) * 60_000);
        assert_eq!(plain(&chunk_of(&local)), points);
    }
}

#[test]
fn series_stay_within_their_sizes() {
    // A small linear congruence stands in for noise; the multiplier and increment are Knuth's.
    let mut state = 1u64;
    let mut noise = |below: i64| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        i64::try_from(state >> 33).expect("31 bits") % below
    };
    let (mut bpm, mut at) = (70i64, 0);
    let mut pulse = Vec::new();
    let mut jittered = Vec::new();
    let mut tenths = Vec::new();
    for i in 0..1440i64 {
        bpm = (bpm + noise(9) - 4).clamp(45, 180);
        at += 55_000 + noise(11) * 1000;
        let whole = f64::from(i32::try_from(bpm).expect("small"));
        let tenth = f64::from(i32::try_from(400 + noise(400)).expect("small")) / 10.0;
        pulse.push(instant(i * 60_000, whole));
        jittered.push(instant(at, whole));
        tenths.push(instant(at + noise(1000), tenth));
    }
    for (name, points, most) in [("regular", pulse, 2.0), ("jittered", jittered, 2.0), ("tenths", tenths, 6.0)] {
        let bytes = chunk_of(&points).encode();
        let each = f64::from(u32::try_from(bytes.len()).expect("short")) / 1440.0;
        assert!(each <= most, "{name}: {each} bytes a sample");
    }
}

#[test]
fn pieces_do_not_share_a_start() {
    // Starts 0,0,0,1000,1000,2000 with at most 2 in a piece: three of one start stay together.
    let points = [
        interval(0, 1, 1.0),
        interval(0, 2, 2.0),
        interval(0, 3, 3.0),
        interval(1000, 1001, 4.0),
        interval(1000, 1002, 5.0),
        interval(2000, 2001, 6.0),
    ];
    let pieces = chunk_of(&points).split(2);
    assert_eq!(pieces.iter().map(Chunk::len).collect::<Vec<_>>(), [3, 2, 1]);
    // 10 points, at most 4: three pieces of nearly the same size.
    let even: Vec<Point> = (0..10).map(|i| instant(i * 1000, 1.0)).collect();
    let pieces = chunk_of(&even).split(4);
    assert_eq!(pieces.iter().map(Chunk::len).collect::<Vec<_>>(), [4, 3, 3]);
    assert_eq!(pieces[1].first(), Some(Time(4000)));
}

#[test]
fn what_can_not_be_is_refused() {
    for (bytes, error) in [
        (&[][..], ChunkError::Truncated),
        (&[2, 0, 0], ChunkError::Version(2)),
        // 65,537 samples (0x81 0x80 0x04).
        (&[1, 0x81, 0x80, 0x04, 0], ChunkError::Malformed("count out of range")),
        // More blocks than there is room for.
        (&[1, 9, 2, 1, 0, 0, 0, 0], ChunkError::Malformed("count out of range")),
        // A block without samples; bytes behind the last block; a block longer than the rest.
        (&[1, 1, 1, 0, 0, 0, 0, 0], ChunkError::Malformed("index")),
        (&[1, 0, 0, 7], ChunkError::Malformed("lengths")),
        (&[1, 1, 1, 1, 0, 0, 0, 3], ChunkError::Malformed("lengths")),
    ] {
        assert_eq!(Reader::open(bytes).map(|_| ()), Err(error), "{bytes:?}");
    }
    // The chunk by hand, its value column turned into a not-a-number by the exclusive-or form.
    let mut bytes = vec![1, 1, 1, 1, 0, 0, 0, 15, 0, 0, 0, 2];
    bytes.extend(f64::NAN.to_le_bytes());
    bytes.extend([0, 0, 0]);
    assert_eq!(Chunk::decode(&bytes), Err(ChunkError::Malformed("value that is not finite")));
    // With a finite value in that place the same bytes are a chunk.
    bytes[12..20].copy_from_slice(&1.5f64.to_le_bytes());
    assert_eq!(Chunk::decode(&bytes).map(|c| c.points()[0].point), Ok(instant(0, 1.5)));
}

fn any_value() -> impl Strategy<Value = f64> {
    prop_oneof![
        6 => (40i32..200).prop_map(f64::from),
        3 => (-9999i32..9999).prop_map(|v| f64::from(v) / 10.0),
        1 => (any::<i32>(), 0i32..12).prop_map(|(v, k)| f64::from(v) / 10f64.powi(k)),
        1 => any::<f64>().prop_filter("finite", |v| v.is_finite()),
        1 => any::<f32>().prop_filter("finite", |v| v.is_finite()).prop_map(f64::from),
        1 => prop::sample::select(vec![0.0, -0.0, f64::MIN_POSITIVE, f64::from_bits(1), f64::MAX]),
    ]
}

fn any_point() -> impl Strategy<Value = Point> {
    let start = prop_oneof![
        4 => (0i64..1440).prop_map(|m| 1_780_000_000_000 + m * 60_000),
        3 => (0i64..86_400).prop_map(|s| 1_780_000_000_000 + s * 1000),
        2 => (0i64..86_400_000).prop_map(|ms| 1_780_000_000_000 + ms),
        1 => any::<i64>(),
    ];
    let length = prop_oneof![4 => Just(None), 2 => Just(Some(60_000)), 1 => (0i64..90_000).prop_map(Some)];
    let offset = prop_oneof![2 => Just(None), 3 => Just(Some(60)), 1 => (-1080i16..1080).prop_map(Some)];
    (start, length, offset, any_value()).prop_map(|(start, length, offset, value)| Point {
        start: Time(start),
        end: length.map(|l| Time(start.saturating_add(l))),
        offset: offset.map(Offset),
        value,
    })
}

fn points(most: usize) -> impl Strategy<Value = Vec<Point>> {
    prop::collection::vec(any_point(), 0..most)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, ..ProptestConfig::default() })]

    #[test]
    fn any_chunk_round_trips_whole_and_by_block(writes in prop::collection::vec((points(300), 0i64..1 << 42), 0..6)) {
        let mut chunk = Chunk::new();
        for (mut points, now) in writes {
            chunk.merge(&mut points, Time(now));
        }
        let bytes = chunk.encode();
        let back = Chunk::decode(&bytes).expect("own bytes");
        prop_assert!(same_bits(&back, &chunk));

        let reader = Reader::open(&bytes).expect("own bytes");
        let mut whole = Vec::new();
        for i in 0..reader.blocks() {
            let (info, from) = (reader.block_info(i), whole.len());
            reader.block(i, &mut whole).expect("own bytes");
            let part = &whole[from..];
            prop_assert_eq!(part.len(), info.count as usize);
            prop_assert_eq!(part.first().map(|s| s.point.start), Some(info.first));
            prop_assert_eq!(part.last().map(|s| s.point.start), Some(info.last));
            prop_assert_eq!(part.iter().map(|s| s.updated_at).max(), Some(info.updated_max));
        }
        prop_assert_eq!(reader.len() as usize, chunk.len());
        prop_assert_eq!(whole.as_slice(), chunk.points());
    }

    /// Against a plain map as the model.
    #[test]
    fn merging_does_what_a_map_does(writes in prop::collection::vec(points(60), 0..8)) {
        let mut chunk = Chunk::new();
        let mut map: BTreeMap<_, StoredPoint> = BTreeMap::new();
        for (now, points) in (1..).zip(&writes) {
            let now = Time(now);
            let last: BTreeMap<_, Point> = points.iter().map(|p| (p.key(), *p)).collect();
            let mut expected = merged(0, 0, (points.len() - last.len()) as u64, 0);
            for (key, point) in last {
                match map.get_mut(&key) {
                    None => {
                        map.insert(key, StoredPoint { point, created_at: now, updated_at: now });
                        expected.inserted += 1;
                    }
                    Some(old) if old.point.tells_the_same(&point) => expected.unchanged += 1,
                    Some(old) => {
                        (old.point, old.updated_at) = (point, now);
                        expected.updated += 1;
                    }
                }
            }
            prop_assert_eq!(chunk.merge(&mut points.clone(), now), expected);
        }
        prop_assert_eq!(chunk.points(), map.into_values().collect::<Vec<_>>());
    }

    /// Batches that do not contradict each other may come in any order, cut in any way, any number of times.
    #[test]
    fn order_and_repetition_do_not_matter(
        (all, batches) in points(200).prop_map(|points| plain(&chunk_of(&points))).prop_flat_map(|all| {
            let batch = prop::sample::subsequence(all.clone(), 0..=all.len()).prop_shuffle();
            (Just(all), prop::collection::vec(batch, 0..5))
        }),
    ) {
        let mut chunk = Chunk::new();
        let halves = all.split_at(all.len() / 2);
        let given = batches.into_iter().chain([halves.1.to_vec(), halves.0.to_vec(), all.clone()]);
        for (now, mut batch) in (1..).zip(given) {
            chunk.merge(&mut batch, Time(now));
            chunk = Chunk::decode(&chunk.encode()).expect("own bytes");
        }
        prop_assert_eq!(plain(&chunk), all);
        prop_assert!(chunk.points().iter().all(|s| s.created_at == s.updated_at));
    }

    #[test]
    fn splitting_keeps_everything(points in points(400), max in 0usize..120) {
        let chunk = chunk_of(&points);
        let pieces = chunk.clone().split(max);
        let joined: Vec<StoredPoint> = pieces.iter().flat_map(|c| c.points().to_vec()).collect();
        prop_assert_eq!(joined.as_slice(), chunk.points());
        for pair in pieces.windows(2) {
            prop_assert!(pair[0].last() < pair[1].first());
        }
        for piece in &pieces {
            prop_assert!(!piece.is_empty());
            prop_assert!(piece.len() <= max.max(1) || piece.first() == piece.last());
        }
    }

    #[test]
    fn random_bytes_never_panic(bytes in prop::collection::vec(any::<u8>(), 0..400), version: bool) {
        let mut bytes = bytes;
        if version && let Some(first) = bytes.first_mut() {
            *first = 1;
        }
        if let Ok(chunk) = Chunk::decode(&bytes) {
            prop_assert!(same_bits(&Chunk::decode(&chunk.encode()).expect("own bytes"), &chunk));
        }
    }

    /// What comes of damaged bytes is an error or a sound chunk.
    #[test]
    fn damaged_bytes_never_panic(
        points in points(300),
        flips in prop::collection::vec((any::<prop::sample::Index>(), 0u8..8), 1..4),
        cut in any::<Option<prop::sample::Index>>(),
    ) {
        let mut bytes = chunk_of(&points).encode();
        for (place, bit) in flips {
            let place = place.index(bytes.len());
            bytes[place] ^= 1 << bit;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(chunk) = Chunk::decode(&bytes) {
            prop_assert!(chunk.points().is_sorted_by(|a, b| a.point.key() < b.point.key()));
            prop_assert!(chunk.points().iter().all(|s| s.point.value.is_finite()));
            prop_assert!(same_bits(&Chunk::decode(&chunk.encode()).expect("own bytes"), &chunk));
        }
        if let Ok(reader) = Reader::open(&bytes) {
            let mut out = Vec::new();
            for i in 0..reader.blocks() {
                let before = out.len();
                let read = reader.block(i, &mut out);
                let expected = if read.is_ok() { reader.block_info(i).count as usize } else { 0 };
                prop_assert_eq!(out.len() - before, expected);
            }
        }
    }
}
