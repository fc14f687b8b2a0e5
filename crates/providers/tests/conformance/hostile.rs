//! No answer, however broken, makes a reader panic, and whatever it reads from a broken one still makes sense.

use hilum_model::{Batch, Observation, Time};
use hilum_providers::REGISTRY;
use hilum_providers::spec::{Context, Detail, Stream, Wanted};
use hilum_providers::view::batch_json;
use proptest::prelude::*;
use serde_json::{Value, json};

use crate::common::{details, fixtures, wanted};

/// Every stream with every fixture of its own.
fn cases() -> Vec<(&'static Stream, Vec<u8>)> {
    let mut cases = Vec::new();
    for provider in REGISTRY {
        for (_, stream, bytes) in fixtures(provider) {
            cases.push((provider.stream(&stream).expect("a stream"), bytes));
        }
    }
    cases
}

fn contexts() -> impl Strategy<Value = Context> {
    let zones = prop_oneof![
        Just(None),
        Just(Some("Asia/Kathmandu".to_owned())),
        Just(Some("../../etc/passwd".to_owned())),
        any::<String>().prop_map(Some)
    ];
    (any::<i64>(), zones).prop_map(|(received, time_zone)| Context { received: Time(received), time_zone })
}

/// Every detail with every fixture of its own and the item that it belongs to.
fn detail_cases() -> Vec<(Detail, Wanted, Vec<u8>)> {
    let mut cases = Vec::new();
    for provider in REGISTRY {
        for (_, stream, bytes) in details(provider) {
            let stream = provider.stream(&stream).expect("a stream");
            let wanted = wanted(provider, stream).expect("an item with a detail");
            cases.push((stream.detail.expect("a detail"), wanted, bytes));
        }
    }
    cases
}

/// Reads, and checks what came out.
fn read(stream: &Stream, bytes: &[u8], context: &Context) -> Result<(), TestCaseError> {
    if let Some(detail) = stream.detail
        && let Ok(wanted) = (detail.wanted)(bytes, context)
    {
        for one in wanted {
            prop_assert!(!one.key.is_empty() && one.key.len() <= 256);
            // Nothing of an answer leads out of the path or into the query.
            let path = &one.request.path;
            prop_assert!(path.starts_with("https://") || !path.contains(['?', '#', ' ']), "{}", path);
            prop_assert!(!path.contains(".."), "{}", path);
        }
    }
    let Ok(batch) = (stream.parse)(bytes, context) else { return Ok(()) };
    let again = (stream.parse)(bytes, context);
    prop_assert_eq!(Ok(&batch), again.as_ref());
    sensible(&batch)
}

/// What must hold for whatever was read.
fn sensible(batch: &Batch) -> Result<(), TestCaseError> {
    for observation in &batch.observations {
        match observation {
            Observation::Sample(s) => {
                prop_assert!(s.unit.convert(s.value, s.metric.unit()).is_some_and(f64::is_finite));
                prop_assert!(s.end.is_none_or(|end| end >= s.start));
            }
            Observation::Record(r) => {
                prop_assert!(!r.key.is_empty() && r.key.len() <= 256 && r.body.kind().is_some());
                prop_assert!(r.end.is_none_or(|end| end >= r.start));
            }
            Observation::Deleted { key, .. } => prop_assert!(!key.is_empty()),
        }
    }
    // A view of it can be written, and no number was lost on the way (NaN would be a null).
    prop_assert!(batch_json(batch).is_ok());
    Ok(())
}

/// Values that stand where they are not expected.
fn odd_values() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        Just(json!([])),
        Just(json!({})),
        Just(json!("")),
        Just(json!("9999-12-31")),
        Just(json!("2026-09-21T25:61:61+99:99")),
        Just(json!("-0001-01-01T00:00:00Z")),
        Just(json!(1e308)),
        Just(json!(-1e308)),
        Just(json!("1e400")),
        any::<bool>().prop_map(|b| json!(b)),
        any::<i64>().prop_map(|n| json!(n)),
        any::<u64>().prop_map(|n| json!(n.to_string())),
        any::<f64>().prop_map(|n| json!(n)),
        any::<String>().prop_map(|s| json!(s)),
    ]
}

/// Puts `odd` at the `at`-th place of a tree, counted over all its values; tells how many places it counted.
fn replace(tree: &mut Value, at: usize, odd: &Value, mut counted: usize) -> usize {
    if counted == at {
        *tree = odd.clone();
        return counted + 1;
    }
    counted += 1;
    match tree {
        Value::Array(items) => items.iter_mut().fold(counted, |n, item| replace(item, at, odd, n)),
        Value::Object(members) => members.values_mut().fold(counted, |n, item| replace(item, at, odd, n)),
        _ => counted,
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 400, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes(bytes in prop::collection::vec(any::<u8>(), 0..300), context in contexts()) {
        for (stream, _) in cases() {
            read(stream, &bytes, &context)?;
        }
        for (detail, wanted, _) in detail_cases() {
            if let Ok(batch) = (detail.parse)(&bytes, &wanted, &context) {
                sensible(&batch)?;
            }
        }
    }

    #[test]
    fn details_with_broken_bytes(
        case in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        context in contexts(),
    ) {
        let cases = detail_cases();
        let (detail, wanted, bytes) = case.get(&cases);
        let mut bytes = bytes.clone();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        if let Ok(batch) = (detail.parse)(&bytes, wanted, &context) {
            sensible(&batch)?;
        }
    }

    #[test]
    fn fixtures_with_broken_bytes(
        case in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6),
        cut in prop::option::of(any::<prop::sample::Index>()),
        context in contexts(),
    ) {
        let cases = cases();
        let (stream, bytes) = case.get(&cases);
        let mut bytes = bytes.clone();
        for (at, byte) in edits {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Some(cut) = cut {
            bytes.truncate(cut.index(bytes.len()));
        }
        read(stream, &bytes, &context)?;
    }

    #[test]
    fn fixtures_with_odd_values(
        case in any::<prop::sample::Index>(),
        edits in prop::collection::vec((any::<prop::sample::Index>(), odd_values()), 1..5),
        context in contexts(),
    ) {
        let cases = cases();
        let (stream, bytes) = case.get(&cases);
        let mut tree: Value = serde_json::from_slice(bytes).expect("a fixture is JSON");
        for (at, odd) in edits {
            let places = replace(&mut tree.clone(), usize::MAX, &Value::Null, 0);
            replace(&mut tree, at.index(places), &odd, 0);
        }
        read(stream, tree.to_string().as_bytes(), &context)?;
    }
}

#[test]
fn pages_of_any_form_do_not_panic() {
    let day = hilum_model::Day(20_000);
    for (stream, _) in cases() {
        let request = stream.request(day, day);
        for answer in [json!(null), json!([]), json!({"next_token": {}, "body": []}), json!({"body": {"more": "yes"}})]
        {
            assert_eq!(stream.next_page(&request, &answer), None, "{}", stream.id);
        }
    }
}
