use hilum_model::Kind;

use super::*;

fn body(items: &str) -> Ingest {
    let text = format!(r#"{{"source":"gadgetbridge","device":"Band","observations":[{items}]}}"#);
    read(text.as_bytes()).expect("a body")
}

fn one(item: &str) -> Observation {
    let mut ingest = body(item);
    assert_eq!(ingest.rejected, []);
    ingest.batch.observations.pop().expect("an observation")
}

#[test]
fn samples_and_readings() {
    let Observation::Sample(sample) =
        one(r#"{"metric":"steps","start":"2026-03-04T08:00:00+01:00","end":"2026-03-04T08:01:00+01:00","value":64}"#)
    else {
        panic!("a sample")
    };
    assert_eq!((sample.start.to_iso().as_str(), sample.offset), ("2026-03-04T07:00:00.000Z", Some(Offset(60))));
    assert_eq!((sample.value, sample.unit, sample.device.as_deref()), (64.0, Unit::Count, Some("Band")));
    let Observation::Sample(sample) =
        one(r#"{"metric":"blood_oxygen","start":"2026-03-04T07:00:00Z","value":0.97,"unit":"1","device":"Ring"}"#)
    else {
        panic!("a sample")
    };
    assert_eq!((sample.unit, sample.offset, sample.device.as_deref()), (Unit::Fraction, None, Some("Ring")));
    let Observation::Record(record) =
        one(r#"{"metric":"weight","id":"w1","start":"2026-03-04T23:30:00-05:00","value":173,"unit":"[lb_av]"}"#)
    else {
        panic!("a record")
    };
    assert_eq!((record.key.as_str(), record.day.to_string().as_str()), ("w1", "2026-03-04"));
    let Body::Reading { quantity, .. } = record.body else { panic!("a reading") };
    assert_eq!((quantity.received, quantity.value), (173.0, 78.471_480_01));
}

#[test]
fn records() {
    let Observation::Record(night) = one(
        r#"{"type":"sleep","id":"s1","start":"2026-03-03T23:31:00+01:00","end":"2026-03-04T07:02:00+01:00","sleep":
        {"main":true,"asleep_s":24120,"stages":[{"kind":"deep","start":1772577060000,"end":1772580000000}]}}"#,
    ) else {
        panic!("a record")
    };
    assert_eq!(night.day.to_string(), "2026-03-04", "the day on which it ends");
    let Observation::Record(pressure) =
        one(r#"{"type":"blood_pressure","start":"2026-03-04T07:20:00Z","systolic":122,"diastolic":78}"#)
    else {
        panic!("a record")
    };
    assert_eq!(pressure.key, "6:1772608800000:Band");
    assert_eq!(
        one(r#"{"deleted":"activity","id":"a1"}"#),
        Observation::Deleted { kind: Kind::Activity, key: "a1".to_owned() }
    );
}

#[test]
fn each_bad_item_is_named_and_the_rest_goes_on() {
    let ingest = body(
        r#"{"metric":"steps","start":"2026-03-04T07:00:00Z","value":1},
        {"metric":"steps","start":"2026-03-04T07:00:00Z","value":"many"},
        {"metric":"mood","start":"2026-03-04T07:00:00Z","value":1},
        {"metric":"steps","start":"yesterday","value":1},
        {"metric":"steps","start":"1500-01-01T00:00:00Z","value":1},
        {"metric":"steps","start":"2026-03-04T07:00:00Z","end":"2026-03-04T06:00:00Z","value":1},
        {"metric":"steps","start":"2026-03-04T07:00:00Z"},
        {"metric":"steps","start":"2026-03-04T07:00:00Z","value":1,"unit":"kg"},
        {"metric":"weight","id":"","start":"2026-03-04T07:00:00Z","value":1},
        {"type":"activity","start":"2026-03-04T07:00:00Z"},
        {"type":"sleep","start":"2026-03-04T07:00:00Z","sleep":{}},
        {"deleted":"sleep_day","id":"x"},
        7"#,
    );
    assert_eq!(ingest.batch.observations.len(), 1);
    let codes: Vec<_> = ingest.rejected.iter().map(|r| (r.index, r.why.code())).collect();
    assert_eq!(
        codes,
        [
            (1, "malformed_item"),
            (2, "unknown_kind"),
            (3, "bad_start"),
            (4, "bad_start"),
            (5, "bad_end"),
            (6, "bad_value"),
            (7, "bad_unit"),
            (8, "bad_id"),
            (9, "no_contents"),
            (10, "bad_end"),
            (11, "unknown_kind"),
            (12, "malformed_item"),
        ]
    );
}

#[test]
fn the_order_of_members_and_escapes_change_nothing() {
    let items = r#"{"metric":"weight","start":"2026-03-04T07:00:00Z","value":71},
        {"metric":"heart\u005frate","start":"2026-03-04T07:00:00\u005a","value":61,"device":"Str\u0061p"},
        {"metric":"steps","start":"2026-03-04T07:00:00Z","value":2,"device":"","unit":"1"},{"metric":"mood"},{}"#;
    let usual = body(items);
    assert_eq!(usual.rejected.iter().map(|r| r.index).collect::<Vec<_>>(), [3, 4]);
    let [Observation::Record(weight), Observation::Sample(pulse), Observation::Sample(steps)] =
        &usual.batch.observations[..]
    else {
        panic!("{usual:?}")
    };
    assert_eq!((weight.device.as_deref(), weight.key.as_str()), (Some("Band"), "1:1772607600000:Band"));
    assert_eq!((pulse.metric, pulse.device.as_deref()), (Metric::HeartRate, Some("Strap")));
    assert_eq!(steps.device, None, "an empty name is none");
    assert_eq!(usual.batch.facts.devices, ["Band", "Strap"]);
    for unusual in [
        format!(r#"{{"observations":[{items}],"device":"Band","source":"gadgetbridge"}}"#),
        format!(r#"{{"x":{{"device":1}},"device":"Band","observations":[{items}],"source":"gadgetbridge"}}"#),
    ] {
        let read = read(unusual.as_bytes()).expect("a body");
        assert_eq!(
            (read.batch, read.rejected, read.source),
            (usual.batch.clone(), usual.rejected.clone(), usual.source.clone())
        );
    }
    let twice = r#"{"source":"a","observations":[],"observations":[]}"#;
    assert_eq!(read(twice.as_bytes()).map(|_| ()).expect_err("refused"), IngestError::Malformed);
}

#[test]
fn whole_bodies_that_are_refused() {
    let refused = |text: &str| read(text.as_bytes()).map(|_| ()).expect_err("refused");
    for bad in ["", "[]", "{}", r#"{"source":"a"}"#, r#"{"source":1,"observations":[]}"#, "<html>"] {
        assert_eq!(refused(bad), IngestError::Malformed, "{bad}");
    }
    for bad in ["", "Garmin", "a b", "über", &"a".repeat(33)] {
        assert_eq!(refused(&format!(r#"{{"source":"{bad}","observations":[]}}"#)), IngestError::BadSource, "{bad}");
    }
    let many = vec!["{}"; MOST_ITEMS + 1].join(",");
    assert_eq!(refused(&format!(r#"{{"source":"a","observations":[{many}]}}"#)), IngestError::TooMany);
}

#[test]
fn places_and_traits() {
    let at = r#""start":"2026-03-04T08:00:00+01:00","end":"2026-03-04T12:00:00+01:00""#;
    let Observation::Record(place) = one(&format!(
        r#"{{"type":"location",{at},"location":{{"latitude":48.137,"longitude":-11.5,"name":"Home","location_type":"home"}}}}"#
    )) else {
        panic!("a record")
    };
    let (name, kind) = (Some("Home".to_owned()), Some("home".to_owned()));
    assert_eq!(place.body, Body::Location(Location { latitude: 48.137, longitude: -11.5, name, kind }));
    assert_eq!(place.key, "22:1772607600000:Band");
    let Observation::Record(told) = one(&format!(
        r#"{{"type":"genetic_trait","id":"milk",{at},"genetic_trait":{{"description":"Milk","trait":"Likely tolerant","possible":["a","b"]}}}}"#
    )) else {
        panic!("a record")
    };
    let Body::GeneticTrait(told) = told.body else { panic!("a trait") };
    assert_eq!((told.finding.as_str(), told.possible.len()), ("Likely tolerant", 2));
    let bad = body(&format!(
        r#"{{"type":"location",{at},"location":{{"latitude":90.5,"longitude":0}}}},{{"type":"location",{at}}}"#
    ));
    let codes: Vec<_> = bad.rejected.iter().map(|r| r.why.code()).collect();
    assert_eq!(codes, ["bad_value", "no_contents"]);
}
