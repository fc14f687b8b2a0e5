//! Readers of WHOOP's answers, one file an endpoint.

mod body;
mod cycle;
mod recovery;
mod sleep;
mod workout;

pub(super) use body::{body, profile};
pub(super) use cycle::cycle;
pub(super) use recovery::recovery;
pub(super) use sleep::sleep;
pub(super) use workout::workout;

use hilum_model::{Batch, Offset, Time, Unit};

use crate::spec::ParseError;
use crate::spec::read::{self, Object};

/// Members that say whose and when written, not what was measured.
const TECHNICAL: [&str; 5] = ["user_id", "created_at", "updated_at", "score_state", "score"];

/// Reads every record; `one` returns what is missing where one can not be read.
fn records(
    bytes: &[u8],
    mut one: impl FnMut(&Object, &mut Batch) -> Result<(), &'static str>,
) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&top, "records")?.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| one(item, &mut batch));
        if let Err(what) = result {
            batch.rejected.push(format!("records[{index}]: {what}"));
        }
    }
    Ok(batch)
}

/// What a record says of its score.
enum Score<'a> {
    /// It has one.
    Told(&'a Object),
    /// It is still worked out: the record comes again.
    Pending,
    /// There will never be one (too little was measured).
    Never,
}

fn score(item: &Object) -> Score<'_> {
    match (read::object_at(item, "score"), read::text_at(item, "score_state")) {
        (Some(score), _) => Score::Told(score),
        (None, Some("UNSCORABLE")) => Score::Never,
        (None, _) => Score::Pending,
    }
}

/// `timezone_offset`: `+01:00`, `-05:00`, `Z`.
fn offset(item: &Object) -> Option<Offset> {
    let written = read::text_at(item, "timezone_offset")?;
    Time::parse_rfc3339(&format!("2000-01-01T00:00:00{written}")).ok().map(|(_, offset)| offset)
}

/// Energy in kcal from `kilojoule`, which `sourceData` keeps as received.
fn kilocalories(score: &Object) -> Option<f64> {
    Unit::Kilojoule.convert(read::amount_at(score, "kilojoule")?, Unit::Kilocalorie)
}

/// What is left of a record and its score after the members named.
fn beyond(item: &Object, score: Option<&Object>, taken: &[&str]) -> Object {
    let mut rest = score.map(|score| read::beyond(score, taken)).unwrap_or_default();
    let mut named = TECHNICAL.to_vec();
    named.extend(["id", "start", "end", "timezone_offset"]);
    named.extend(taken);
    rest.extend(read::beyond(item, &named));
    rest
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_answer_is_an_object_with_records() {
        for bad in ["", "[]", "null", "{}", r#"{"records":{}}"#, "<html></html>", r#"{"records":["#] {
            assert!(records(bad.as_bytes(), |_, _| Ok(())).is_err(), "{bad}");
        }
        assert_eq!(records(br#"{"records":[],"next_token":null}"#, |_, _| Err("never asked")), Ok(Batch::default()));
    }

    #[test]
    fn offsets_are_written_in_several_ways() {
        let read = |text: &str| offset(json!({"timezone_offset": text}).as_object().expect("an object"));
        assert_eq!(read("+01:00"), Some(Offset(60)));
        assert_eq!(read("-05:30"), Some(Offset(-330)));
        assert_eq!(read("Z"), Some(Offset(0)));
        assert_eq!((read("Europe/Berlin"), read("")), (None, None));
    }
}
