//! `results`: pieces on the machine.
//! Source: <https://log.concept2.com/developers/documentation/#logbook-users-results>.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Offset, Record, Time};
use serde_json::{Value, json};

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError, Request, Wanted};

/// Members that are normalised.
const TAKEN: [&str; 11] = [
    "id",
    "user_id",
    "date",
    "date_utc",
    "timezone",
    "distance",
    "type",
    "time",
    "calories_total",
    "stroke_rate",
    "heart_rate",
];

/// Pieces.
pub(crate) fn results(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&top, "data")?.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| one(item, context, &mut batch));
        if let Err(what) = result {
            batch.rejected.push(format!("data[{index}]: {what}"));
        }
    }
    Ok(batch)
}

fn one(item: &Object, context: &Context, batch: &mut Batch) -> Result<(), &'static str> {
    let (start, offset, shown) = times(item, context).ok_or("no date")?;
    // Tenths of a second.
    let lasted = read::amount_at(item, "time").map(|tenths| tenths / 10.0);
    let heart = read::object_at(item, "heart_rate");
    let rate = |name| heart.and_then(|h| read::positive_at(h, name));
    let distance = read::amount_at(item, "distance");
    batch.record(Record {
        key: read::id_at(item, "id").ok_or("no id")?,
        device: None,
        start,
        end: lasted.map(|s| start.plus_ms((s * 1000.0).round() as i64)).and_then(read::in_range),
        offset,
        day: shown.civil_day(None),
        body: Body::Activity(Activity {
            kind: kind(read::text_at(item, "type")),
            duration_s: lasted,
            distance_m: distance,
            calories: read::amount_at(item, "calories_total"),
            heart_rate_avg: rate("average"),
            heart_rate_min: rate("min"),
            heart_rate_max: rate("max"),
            cadence_avg: read::positive_at(item, "stroke_rate"),
            ..Activity::default()
        }),
        source_data: read::beyond(item, &TAKEN),
    });
    Ok(())
}

/// The instant, its offset, and what the clock showed. `date` is local, `date_utc` the same moment; without that the
/// zone tells it.
fn times(item: &Object, context: &Context) -> Option<(Time, Option<Offset>, Time)> {
    let shown = read::text_at(item, "date").and_then(read::bare)?;
    if let Some(utc) = read::text_at(item, "date_utc").and_then(read::bare) {
        let minutes = shown.since_ms(utc) as f64 / 60_000.0;
        return Some((utc, read::offset(minutes.round() as i64), shown));
    }
    let zone = read::text_at(item, "timezone").or(context.time_zone.as_deref());
    let (start, offset) = read::local(shown, zone);
    Some((start, offset, shown))
}

/// Our word for the machine.
fn kind(word: Option<&str>) -> String {
    match word {
        Some("rower" | "dynamic" | "slides" | "multierg") => "indoor_rowing".to_owned(),
        Some("skierg") => "skiing_machine".to_owned(),
        Some("bike") => "indoor_cycling".to_owned(),
        Some("water") => "rowing".to_owned(),
        Some("snow" | "rollerski") => "cross_country_skiing".to_owned(),
        Some("paddle") => "paddling".to_owned(),
        Some(other) => format!("other:{other}"),
        None => "unknown".to_owned(),
    }
}

/// The strokes of the pieces of a page that have some.
pub(crate) fn wanted(bytes: &[u8], context: &Context) -> Result<Vec<Wanted>, ParseError> {
    let top = read::object(bytes)?;
    let pieces = read::list(&top, "data")?.iter().filter_map(Value::as_object).filter_map(|item| {
        let id = read::integer_at(item, "id").filter(|id| *id > 0)?;
        let (start, offset, _) = times(item, context)?;
        let told = item.get("stroke_data").and_then(Value::as_bool) == Some(true);
        let item = json!({"start_ms": start.0, "offset_min": offset.map(|o| o.0)});
        let request = Request::get(format!("/api/users/me/results/{id}/strokes"));
        told.then(|| Wanted { key: id.to_string(), request, item })
    });
    Ok(pieces.collect())
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;

    use super::*;

    const FIXTURE: &[u8] = include_bytes!("../fixtures/results.json");

    #[test]
    fn pieces_by_hand() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = results(FIXTURE, &context).expect("documented form");
        assert_eq!(batch.rejected, ["data[2]: no date", "data[3]: no id"]);
        let [Observation::Record(row), Observation::Record(other)] = batch.observations.as_slice() else {
            panic!("two records: {:?}", batch.observations)
        };
        assert_eq!((row.key.as_str(), row.day.to_string().as_str()), ("90210", "2026-03-04"));
        assert_eq!((row.start.to_iso().as_str(), row.offset), ("2026-03-04T16:41:00.000Z", Some(Offset(60))));
        // 18000 tenths are half an hour.
        assert_eq!(row.end.map(Time::to_iso).as_deref(), Some("2026-03-04T17:11:00.000Z"));
        assert_eq!(
            row.body,
            Body::Activity(Activity {
                kind: "indoor_rowing".to_owned(),
                duration_s: Some(1800.0),
                distance_m: Some(7012.0),
                calories: Some(389.0),
                heart_rate_avg: Some(149.0),
                heart_rate_min: Some(98.0),
                heart_rate_max: Some(171.0),
                cadence_avg: Some(23.0),
                ..Activity::default()
            })
        );
        assert_eq!(row.source_data.get("drag_factor"), Some(&json!(118)));
        // 06:10 in New York in winter, without `date_utc`.
        assert_eq!((other.start.to_iso().as_str(), other.offset), ("2026-03-02T11:10:00.000Z", Some(Offset(-300))));
        let Body::Activity(other) = &other.body else { panic!("an activity") };
        assert_eq!((other.kind.as_str(), other.heart_rate_avg), ("other:hovercraft", None));
    }

    #[test]
    fn strokes_of_pieces_that_have_some() {
        let context = Context { received: Time(0), time_zone: None };
        let wanted = wanted(FIXTURE, &context).expect("documented form");
        let [one] = wanted.as_slice() else { panic!("one piece: {wanted:?}") };
        assert_eq!((one.key.as_str(), one.request.path.as_str()), ("90210", "/api/users/me/results/90210/strokes"));
        // 2026-03-04T16:41:00Z.
        assert_eq!(one.item, json!({"start_ms": 1_772_642_460_000_i64, "offset_min": 60}));
    }
}
