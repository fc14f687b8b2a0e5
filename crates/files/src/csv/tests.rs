use hilum_model::{Body, Metric, Offset, Time, Unit};
use proptest::prelude::*;

use crate::testing::{read, records, samples, whole};
use crate::{FileError, Format};

const TABLE: &str = include_str!("fixtures/readings.csv");

#[test]
fn readings_by_hand() {
    let seen = whole(TABLE.as_bytes());
    assert_eq!(seen.format, Some(Format::Csv));
    assert_eq!(seen.summary.unknown().get("column mood"), Some(&1));
    let [rate] = samples(&seen.all, Metric::HeartRate)[..] else { panic!("one rate") };
    assert_eq!((rate.value, rate.offset, rate.device.as_deref()), (98.0, Some(Offset(60)), Some("Strap")));
    assert_eq!((rate.context.as_deref(), rate.end), (Some("workout-1"), None));
    let [steps] = samples(&seen.all, Metric::Steps)[..] else { panic!("one interval") };
    assert_eq!((steps.unit, steps.end.map(Time::to_iso).as_deref()), (Unit::Count, Some("2026-03-04T16:01:00.000Z")));
    let [oxygen] = samples(&seen.all, Metric::BloodOxygen)[..] else { panic!("one reading") };
    assert_eq!((oxygen.unit, oxygen.offset), (Unit::Fraction, None));
    let [weight, pressure] = records(&seen.all)[..] else { panic!("two records") };
    let Body::Reading { quantity, .. } = &weight.body else { panic!("a weight") };
    // 173.1 * 0.45359237.
    assert_eq!((weight.key.as_str(), quantity.received, quantity.value), ("w-1", 173.1, 78.516_839_247));
    assert_eq!(pressure.body, Body::BloodPressure { systolic: 118.0, diastolic: 76.0, heart_rate: None });
    // 06:12:00Z of 2026-03-04 is 1 772 604 720 s.
    assert_eq!((pressure.key.as_str(), pressure.device.as_deref()), ("csv:1772604720000", Some("Cuff")));
}

#[test]
fn each_wrong_line_is_told_alone() {
    let lines = [
        (",2026-03-04T16:00:00Z,98,/min", "no metric"),
        ("mood,2026-03-04T16:00:00Z,98,/min", "a metric that is not known"),
        ("heart_rate,,98,/min", "no start"),
        ("heart_rate,2026-03-04T16:00:00,98,/min", "a time that is not RFC 3339 with an offset"),
        ("heart_rate,04.03.2026,98,/min", "a time that is not RFC 3339 with an offset"),
        ("heart_rate,2026-03-04T16:00:00Z,NaN,/min", "value is no finite number"),
        ("heart_rate,2026-03-04T16:00:00Z,98,bpm", "a unit that is not known"),
        ("heart_rate,2026-03-04T16:00:00Z,98,kg", "a unit that does not fit the metric"),
        ("heart_rate,2026-03-04T16:00:00Z,98", "another number of cells than the first line has"),
        ("blood_pressure,2026-03-04T16:00:00Z,118,mm[Hg]", "value is not of the form 118/76"),
        ("blood_pressure,2026-03-04T16:00:00Z,118/-76,mm[Hg]", "value is not of the form 118/76"),
        ("blood_pressure,2026-03-04T16:00:00Z,118/76,kg", "a unit that is none of pressure"),
    ];
    let mut text = "metric,start,value,unit\n".to_owned();
    for (line, _) in lines {
        text.push_str(line);
        text.push('\n');
    }
    text.push_str("heart_rate,2026-03-04T16:00:00Z,98,/min\n");
    let seen = whole(text.as_bytes());
    assert_eq!(samples(&seen.all, Metric::HeartRate).len(), 1);
    assert_eq!(seen.summary.rejected().len(), lines.len());
    for (at, (line, what)) in lines.iter().enumerate() {
        let told = format!("line {}: {what}", at + 2);
        assert!(seen.summary.rejected().contains_key(&told), "{line}: {told}");
    }
    let ends = "metric,start,end,value,unit\nsteps,2026-03-04T16:00:00Z,2026-03-04T15:00:00Z,1,1\n";
    assert!(whole(ends.as_bytes()).summary.rejected().contains_key("line 2: an end before the start"));
}

#[test]
fn a_cut_keeps_what_came_before() {
    let seen = read(b"metric,start,value,unit\nheart_rate,2026-03-04T16:00:00Z,98,/min\nheart_rate,\"2026-03");
    assert!(matches!(seen.ended, Err(FileError::Truncated { .. })));
    assert_eq!(seen.all.len(), 1);
}

#[test]
fn offsets() {
    for (text, offset) in [("+05:45", Some(345)), ("-07:30", Some(-450)), ("+00:00", Some(0)), ("+18:00", Some(1080))] {
        assert_eq!(super::offset(text).map(|o| o.0), offset, "{text}");
    }
    for bad in ["", "01:00", "+1:00", "+01:60", "+19:00", "é01:00", "+01"] {
        assert_eq!(super::offset(bad), None, "{bad}");
    }
}

proptest! {
    #[test]
    fn random_damage_is_no_panic(changes in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..8)) {
        let mut bytes = TABLE.as_bytes().to_vec();
        for (at, value) in &changes {
            let at = at.index(bytes.len());
            bytes[at] = *value;
        }
        prop_assert!(read(&bytes).all.len() <= 5);
    }
}

/// Every metric and unit that the document promises is understood, and every metric is in it.
#[test]
fn the_document_is_true() {
    let text = include_str!("../../../../docs/IMPORT.md");
    let table = text.split("| metrics | units |").nth(1).expect("the table of metrics");
    let words = |cell: &str| cell.split('`').skip(1).step_by(2).map(str::to_owned).collect::<Vec<_>>();
    let mut promised = Vec::new();
    for row in table.lines().filter(|line| line.starts_with("| `")) {
        let [metrics, units] = [1, 2].map(|at| words(row.split('|').nth(at).expect("a cell")));
        for metric in &metrics {
            for unit in &units {
                let value = if metric == "blood_pressure" { "118/76" } else { "0.5" };
                let text = format!("metric,start,value,unit\n{metric},2026-03-04T16:00:00Z,{value},{unit}\n");
                assert_eq!(whole(text.as_bytes()).all.len(), 1, "{metric} in {unit}");
            }
            promised.push(metric.clone());
        }
    }
    for metric in Metric::ALL {
        assert!(promised.iter().any(|p| p == metric.name()), "{}", metric.name());
    }
    let example = text.split("```csv\n").nth(1).and_then(|t| t.split("```").next()).expect("the example");
    assert_eq!(whole(example.as_bytes()).all.len(), 4);
}

#[test]
fn places() {
    let seen = whole(
        b"metric,start,end,value,unit,context\n\
        location,2026-03-04T08:00:00+01:00,2026-03-04T12:00:00+01:00,48.137/11.575,deg,Office\n\
        location,2026-03-04T13:00:00Z,,91/0,deg,\n\
        location,2026-03-04T13:00:00Z,,48/11,km,\n\
        location,2026-03-04T13:00:00Z,,48,deg,\n",
    );
    let [record] = records(&seen.all)[..] else { panic!("one: {:?}", seen.all) };
    let Body::Location(place) = &record.body else { panic!("a place") };
    assert_eq!((place.latitude, place.longitude, place.name.as_deref()), (48.137, 11.575, Some("Office")));
    assert_eq!(
        (record.offset, record.end.map(hilum_model::Time::to_iso)),
        (Some(Offset(60)), Some("2026-03-04T11:00:00.000Z".to_owned()))
    );
    assert_eq!(seen.summary.rejected().len(), 3, "{:?}", seen.summary.rejected());
}
