use hilum_model::observation::Location;
use hilum_model::{Body, Offset, Record};
use proptest::prelude::*;
use serde_json::json;

use crate::Format;
use crate::testing::{read, records, whole, zipped};

const PHONE: &str = include_str!("fixtures/Timeline.json");
const MONTH: &str = include_str!("fixtures/2021_MARCH.json");

fn place(record: &Record) -> &Location {
    let Body::Location(location) = &record.body else { panic!("a place: {record:?}") };
    location
}

#[test]
fn visits_of_a_phone() {
    let seen = whole(PHONE.as_bytes());
    assert_eq!(seen.format, Some(Format::Timeline));
    let [work, other] = records(&seen.all)[..] else { panic!("two: {:?}", seen.all) };
    assert_eq!((work.start.to_iso().as_str(), work.offset), ("2026-03-04T07:00:00.000Z", Some(Offset(60))));
    assert_eq!(work.end.map(hilum_model::Time::to_iso).as_deref(), Some("2026-03-04T11:30:00.000Z"));
    let expected = Location { latitude: 48.137, longitude: 11.575, name: None, kind: Some("work".to_owned()) };
    assert_eq!((place(work), work.source_data["placeId"].as_str()), (&expected, Some("made-up-1")));
    assert_eq!(
        (work.source_data.get("probability"), work.source_data.get("hierarchyLevel")),
        (Some(&json!(0.9)), Some(&json!(0)))
    );
    let expected = Location { latitude: -33.5, longitude: -70.25, name: None, kind: None };
    assert_eq!((place(other), other.offset), (&expected, None), "UTC says nothing about local time");
    assert_eq!(seen.summary.rejected().keys().collect::<Vec<_>>(), ["visit: no coordinates"]);
    assert_eq!(seen.summary.left_out().get("ways between places"), Some(&1));
}

#[test]
fn visits_of_takeout() {
    let archive = zipped(&[
        ("Takeout/Standortverlauf/Semantic Location History/2021/2021_MARCH.json", MONTH),
        ("Takeout/Standortverlauf/Records.json", "{\"locations\": []}"),
    ]);
    let seen = whole(&archive);
    assert_eq!(seen.format, Some(Format::TimelineArchive));
    let [home, baker] = records(&seen.all)[..] else { panic!("two: {:?}", seen.all) };
    assert_eq!((home.start.to_iso().as_str(), home.offset), ("2021-03-04T18:00:00.000Z", None));
    let (name, kind) = (Some("Home".to_owned()), Some("home".to_owned()));
    assert_eq!(place(home), &Location { latitude: 48.137, longitude: 11.575, name, kind });
    // 1,614,927,600 s after 1970: 18,691 days of 86,400 s and 25,200 s, which is seven hours.
    assert_eq!(
        (baker.start.to_iso().as_str(), place(baker).name.as_deref()),
        ("2021-03-05T07:00:00.000Z", Some("Baker"))
    );
    assert_eq!(seen.summary.rejected().values().sum::<u64>(), 1);
    let plain = whole(MONTH.as_bytes());
    assert_eq!((plain.format, records(&plain.all)), (Some(Format::Timeline), records(&seen.all)));
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0..PHONE.len(), byte in any::<u8>()) {
        let mut bytes = PHONE.as_bytes().to_vec();
        bytes[at] = byte;
        // Whatever comes of it, no more than what was there.
        prop_assert!(read(&bytes).all.len() <= 3);
    }
}
