//! `/v1/workouts`: workouts with their summaries, and the FIT files of their points.
//! Source: <https://cloud-api.wahooligan.com/#workouts>.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Offset, Record, Time};
use serde_json::{Value, json};

use super::sport;
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError, Request, Wanted};

/// Members of a workout that are normalised or only point to something.
const TAKEN: [&str; 6] = ["id", "starts", "minutes", "workout_type_id", "workout_summary", "plan_id"];

/// The same of its summary.
const TAKEN_OF_SUMMARY: [&str; 13] = [
    "id",
    "heart_rate_avg",
    "calories_accum",
    "distance_accum",
    "ascent_accum",
    "duration_active_accum",
    "duration_total_accum",
    "speed_avg",
    "cadence_avg",
    "power_avg",
    "time_zone",
    "file",
    "workout",
];

/// `fitness_app_id` of Wahoo's own; above it a workout came from another service, which may be connected itself.
const LAST_OWN_APP: i64 = 1000;

/// Workouts of Wahoo's own devices that are done: a planned one has no summary.
pub(crate) fn workouts(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let mut batch = Batch::default();
    for (index, item) in read::list(&top, "workouts")?.iter().enumerate() {
        let Some(item) = item.as_object() else {
            batch.rejected.push(format!("workouts[{index}]: no object"));
            continue;
        };
        let Some(summary) = own_summary(item) else { continue };
        if let Err(what) = one(item, summary, context, &mut batch) {
            batch.rejected.push(format!("workouts[{index}]: {what}"));
        }
    }
    Ok(batch)
}

fn own_summary(item: &Object) -> Option<&Object> {
    let summary = read::object_at(item, "workout_summary")?;
    let foreign = read::integer_at(summary, "fitness_app_id").is_some_and(|app| app > LAST_OWN_APP);
    (!foreign).then_some(summary)
}

/// The offset in the zone of the workout, else in the person's.
fn offset(summary: &Object, context: &Context, start: Time) -> Option<Offset> {
    let zone = read::text_at(summary, "time_zone").or(context.time_zone.as_deref())?;
    Offset::of_zone(zone, start)
}

fn one(item: &Object, summary: &Object, context: &Context, batch: &mut Batch) -> Result<(), &'static str> {
    let key = read::id_at(item, "id").ok_or("no id")?;
    let (start, _) = read::rfc3339_at(item, "starts").ok_or("no starts")?;
    // Zeros stand for "not measured" in all but distance and climb.
    let (amount, measured) = (|name| read::amount_at(summary, name), |name| read::positive_at(summary, name));
    let minutes = read::amount_at(item, "minutes").map(|m| m * 60.0);
    let total = measured("duration_total_accum").or(minutes);
    let offset = offset(summary, context, start);
    let mut source_data = read::beyond(item, &TAKEN);
    source_data.extend(read::beyond(summary, &TAKEN_OF_SUMMARY));
    let kind = sport::kind(read::integer_at(item, "workout_type_id"));
    let cadence_avg = read::cadence(summary, "cadence_avg", &kind, &mut source_data);
    batch.record(Record {
        key,
        device: None,
        start,
        end: total.map(|s| start.plus_ms((s * 1000.0).round() as i64)).and_then(read::in_range),
        offset,
        day: start.civil_day(offset),
        body: Body::Activity(Activity {
            kind,
            duration_s: measured("duration_active_accum").or(total),
            distance_m: amount("distance_accum"),
            calories: measured("calories_accum"),
            heart_rate_avg: measured("heart_rate_avg"),
            elevation_gain_m: amount("ascent_accum"),
            speed_avg: measured("speed_avg"),
            cadence_avg,
            power_avg: measured("power_avg"),
            ..Activity::default()
        }),
        source_data,
    });
    Ok(())
}

/// The files of a page's workouts.
pub(crate) fn wanted(bytes: &[u8], _: &Context) -> Result<Vec<Wanted>, ParseError> {
    let top = read::object(bytes)?;
    let files = read::list(&top, "workouts")?.iter().filter_map(Value::as_object).filter_map(|item| {
        let key = read::id_at(item, "id")?;
        // Addresses of files are signed, and so longer than a text usually is.
        let url = own_summary(item)?.get("file")?.get("url")?.as_str().filter(|url| url.len() <= 4096)?;
        let plain = url.bytes().all(|b| b.is_ascii_graphic()) && !url.contains("..");
        let fits = plain && (url.starts_with("https://") || url.starts_with("http://"));
        fits.then(|| Wanted { key, request: Request::get(url), item: json!(null) })
    });
    Ok(files.collect())
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;

    use super::*;
    use crate::spec::fit;

    const FIXTURE: &[u8] = include_bytes!("../fixtures/workouts.json");

    fn context() -> Context {
        Context { received: Time(0), time_zone: None }
    }

    #[test]
    fn workouts_by_hand() {
        let batch = workouts(FIXTURE, &context()).expect("documented form");
        assert_eq!(batch.rejected, ["workouts[3]: no starts", "workouts[4]: no object"]);
        let [Observation::Record(run), Observation::Record(odd)] = batch.observations.as_slice() else {
            panic!("two records: {:?}", batch.observations)
        };
        assert_eq!((run.key.as_str(), run.start.to_iso().as_str()), ("70011", "2026-03-04T16:00:00.000Z"));
        assert_eq!((run.offset, run.end.map(|e| e.since_ms(run.start))), (Some(Offset(60)), Some(2_470_000)));
        assert_eq!(
            run.body,
            Body::Activity(Activity {
                kind: "running".to_owned(),
                duration_s: Some(2401.0),
                distance_m: Some(7012.0),
                calories: Some(389.0),
                heart_rate_avg: Some(149.0),
                elevation_gain_m: Some(31.0),
                speed_avg: Some(2.92),
                // 82 strides.
                cadence_avg: Some(164.0),
                ..Activity::default()
            })
        );
        assert_eq!(run.source_data.get("cadence_avg"), Some(&json!(82.0)));
        assert_eq!(run.source_data.get("fitness_app_id"), Some(&json!(7)));
        assert_eq!(run.source_data.get("workout_token"), Some(&json!("ELEMNT-ABC:12")));
        let Body::Activity(activity) = &odd.body else { panic!("an activity") };
        assert_eq!((activity.kind.as_str(), activity.duration_s, odd.offset), ("other:977", Some(600.0), None));
    }

    #[test]
    fn files_of_own_workouts() {
        let wanted = wanted(FIXTURE, &context()).expect("documented form");
        let told: Vec<_> = wanted.iter().map(|w| (w.key.as_str(), w.request.path.as_str())).collect();
        assert_eq!(told, [("70011", "https://cdn.wahooligan.com/activity.fit")]);
    }

    #[test]
    fn points_by_hand() {
        let wanted = Wanted { key: "70011".to_owned(), request: Request::get("/x"), item: json!(null) };
        let bytes = include_bytes!("../fixtures/detail/workouts.fit");
        let batch = fit(bytes, &wanted, &context()).expect("a FIT file");
        assert_eq!(batch.rejected, Vec::<String>::new());
        let mut lines: Vec<String> = batch
            .observations
            .iter()
            .map(|o| {
                let Observation::Sample(s) = o else { panic!("samples only") };
                assert_eq!(s.context.as_deref(), Some("70011"));
                format!("{} {} {:.4}", s.metric.name(), s.start.unix_s(), s.value)
            })
            .collect();
        lines.sort();
        // Two points of a ride, written by hand: 52.52 and 13.4 degrees, 34.0 m, 98 and 104 beats, 2.8 m/s, 210 W.
        assert_eq!(
            lines,
            [
                "altitude 1772640000 34.0000",
                "cadence 1772640000 81.0000",
                "heart_rate 1772640000 98.0000",
                "heart_rate 1772640001 104.0000",
                "latitude 1772640000 52.5200",
                "longitude 1772640000 13.4000",
                "power 1772640000 210.0000",
                "speed 1772640000 2.8000",
            ]
        );
        assert!(fit(b"<html>", &wanted, &context()).is_err());
    }
}
