//! Files that are cut off, damaged or made to hurt; and going on after a stop.

use std::collections::BTreeMap;
use std::io::Cursor;
use std::ops::ControlFlow;

use hilum_model::{Kind, Observation, Record, Sample};
use proptest::prelude::*;

use super::archives::{archive, zipped};
use super::{EXPORT, Read, read, read_from};
use crate::{FileError, Limits, Position};

/// What a store would hold after applying all batches in order.
fn applied<'a>(reads: impl IntoIterator<Item = &'a Read>) -> BTreeMap<String, String> {
    let mut state = BTreeMap::new();
    for observation in reads.into_iter().flat_map(Read::observations) {
        let key = match observation {
            Observation::Sample(Sample { metric, device, context, start, end, unit, .. }) => {
                format!("{metric:?} {device:?} {context:?} {unit:?} {start:?} {end:?}")
            }
            Observation::Record(record) => format!("{:?} {}", record.body.kind(), Record::clone(record).key),
            Observation::Deleted { kind, key } => format!("{kind:?} {key}"),
        };
        state.insert(key, format!("{observation:?}"));
    }
    state
}

#[test]
fn going_on_from_any_position_gives_the_same() {
    let limits = Limits { batch: 3, ..Limits::default() };
    for bytes in [EXPORT.as_bytes().to_vec(), archive()] {
        let whole = read_from(&mut Cursor::new(&bytes), &limits, None);
        assert!(whole.outcome.error.is_none() && whole.batches.len() > 10);
        let expected = applied([&whole]);
        for (number, (_, position)) in whole.batches.iter().enumerate() {
            // A text that was kept over a restart.
            let position: Position = position.to_string().parse().expect("a position");
            let rest = read_from(&mut Cursor::new(&bytes), &limits, Some(position));
            assert!(rest.outcome.error.is_none(), "{number}: {:?}", rest.outcome.error);
            let before = Read { outcome: read(b"").outcome, batches: whole.batches[..=number].to_vec() };
            assert_eq!(applied([&before, &rest]), expected, "from {position}");
        }
        let last = whole.batches.last().expect("batches").1;
        let rest = read_from(&mut Cursor::new(&bytes), &limits, Some(last));
        assert!(rest.outcome.summary.observations() < whole.outcome.summary.observations() / 2);
    }
}

#[test]
fn a_position_of_another_file_is_refused() {
    let limits = Limits { batch: 3, ..Limits::default() };
    let position = read_from(&mut Cursor::new(EXPORT), &limits, None).batches[0].1;
    let other = read_from(&mut Cursor::new(format!("{EXPORT} ")), &limits, Some(position));
    assert!(matches!(other.outcome.error, Some(FileError::OtherFile)));
    assert!(other.batches.is_empty());
}

#[test]
fn the_caller_may_stop() {
    let mut calls = 0;
    let limits = Limits { batch: 3, ..Limits::default() };
    let outcome = crate::read(&mut Cursor::new(EXPORT), &limits, None, &mut |_| {
        calls += 1;
        ControlFlow::Break(())
    });
    assert!(matches!(outcome.error, Some(FileError::Stopped)));
    assert_eq!(calls, 1);
}

#[test]
fn what_came_before_a_cut_is_kept() {
    let night = EXPORT.find("HKCategoryTypeIdentifierMindfulSession").expect("behind the nights");
    let cut = read(&EXPORT.as_bytes()[..night]);
    assert!(matches!(cut.outcome.error, Some(FileError::Truncated { .. })), "{:?}", cut.outcome.error);
    assert_eq!((cut.records(Kind::Sleep).len(), cut.records(Kind::Weight).len()), (3, 1));
    assert!(cut.records(Kind::Activity).is_empty());
}

#[test]
fn what_is_held_is_bounded() {
    let limits = Limits { held: 4, ..Limits::default() };
    let read = read_from(&mut Cursor::new(EXPORT), &limits, None);
    assert!(read.outcome.error.is_none());
    // Fewer rows at a time make more, shorter sleeps; none is lost.
    assert!(read.records(Kind::Sleep).len() >= 3);
}

#[test]
fn sources_beyond_number_are_refused() {
    let row = |source: u32| {
        format!(
            "<Record type='HKQuantityTypeIdentifierStepCount' unit='count' value='1' sourceName='{source}' startDate='2026-03-04 07:20:00 +0100'/>"
        )
    };
    let of = |number| format!("<HealthData>{}</HealthData>", (0..number).map(row).collect::<String>());
    assert_eq!(read(of(2000).as_bytes()).outcome.summary.observations(), 2000);
    let many = read(of(2001).as_bytes());
    assert_eq!(many.outcome.error.map(|e| e.code()), Some("file_too_many"));
    assert_eq!(many.outcome.summary.observations(), 2000);
}

#[test]
fn entities_of_its_own_are_refused_wherever_they_are_read() {
    let laughs = "<!DOCTYPE HealthData [<!ENTITY a \"ha\"><!ENTITY b \"&a;&a;&a;&a;&a;&a;&a;&a;\"><!ENTITY c SYSTEM \"file:///etc/passwd\">]>";
    let record = |attribute: &str| {
        let mut all = [
            ("type", "HKQuantityTypeIdentifierStepCount"),
            ("sourceName", "Watch"),
            ("unit", "count"),
            ("startDate", "2026-03-04 08:00:00 +0100"),
            ("endDate", "2026-03-04 08:01:00 +0100"),
            ("value", "64"),
        ];
        all.iter_mut().find(|(name, _)| *name == attribute).expect("an attribute").1 = "&b;";
        let attributes: Vec<_> = all.iter().map(|(name, value)| format!("{name}=\"{value}\"")).collect();
        format!("{laughs}<HealthData><Record {}/></HealthData>", attributes.join(" "))
    };
    for attribute in ["type", "sourceName", "unit", "startDate", "endDate", "value"] {
        let read = read(record(attribute).as_bytes());
        assert_eq!(read.outcome.error.map(|e| e.code()), Some("file_entity"), "{attribute}");
    }
    let text = read(format!("{laughs}<HealthData>&c;</HealthData>").as_bytes());
    assert_eq!(text.outcome.error.map(|e| e.code()), Some("file_entity"));
}

#[test]
fn errors_tell_nothing_of_the_contents() {
    let secret = "s3cret";
    for text in [
        format!("<HealthData><Record type=\"HKQuantityTypeIdentifierStepCount\" startDate=\"{secret}\"/></HealthData>"),
        format!(
            "<HealthData><Workout startDate=\"{secret}\"/><ActivitySummary dateComponents=\"{secret}\"/></{secret}>"
        ),
        format!("<HealthData><Record value=\"{secret}\""),
        format!("<HealthData x='&{secret};'>&{secret};"),
    ] {
        let read = read(text.as_bytes());
        let told = format!("{:?} {:?}", read.outcome.error, read.outcome.summary);
        assert!(!told.contains(secret), "{told}");
        assert!(read.outcome.error.is_some_and(|e| !e.to_string().contains(secret)) || read.batches.is_empty());
    }
}

#[test]
fn a_bomb_inside_an_export_is_refused() {
    let bomb = format!("<HealthData>{}</HealthData>", " ".repeat(30 << 20));
    let read = read(&zipped(&[("export.xml", &bomb)]));
    assert!(
        matches!(read.outcome.error, Some(FileError::Bomb | FileError::TooLong { .. })),
        "{:?}",
        read.outcome.error
    );
}

proptest! {
    /// However it is cut, reading ends, and nothing is told that the whole does not tell but sleeps, meals and
    /// pressures that lost a part.
    #[test]
    fn any_cut_is_survived(share in 0.0..1.0_f64, archived: bool) {
        let bytes = if archived { archive() } else { EXPORT.as_bytes().to_vec() };
        let cut = (bytes.len() as f64 * share) as usize;
        let part = read(&bytes[..cut]);
        prop_assert!(part.outcome.error.is_some());
        let whole = applied([&read(&bytes)]);
        for (key, value) in applied([&part]) {
            let joined = ["Sleep", "Meal", "BloodPressure", "Latitude", "Longitude", "Altitude", "Speed", "Some(Ecg"];
            if !joined.iter().any(|j| key.contains(j)) {
                prop_assert_eq!(Some(&value), whole.get(&key), "{}", key);
            }
        }
    }

    /// Changed bytes are survived.
    #[test]
    fn any_change_is_survived(changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20), archived: bool) {
        let mut bytes = if archived { archive() } else { EXPORT.as_bytes().to_vec() };
        for (place, byte) in changes {
            let place = place.index(bytes.len());
            bytes[place] = byte;
        }
        read(&bytes);
    }

    /// So is anything.
    #[test]
    fn random_bytes_are_survived(mut bytes in proptest::collection::vec(any::<u8>(), 0..2000), magic: bool) {
        if magic {
            bytes.splice(0..0, *b"PK\x03\x04");
        }
        read(&bytes);
    }
}
