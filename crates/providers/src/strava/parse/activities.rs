//! `/athlete/activities`: the list of workouts, newest fields first.
//! Source: <https://developers.strava.com/docs/reference/#api-models-SummaryActivity>.

use hilum_model::observation::Activity;
use hilum_model::{Batch, Body, Offset, Record, Time};
use serde_json::json;

use super::sport;
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError, Request, Wanted};

/// Members that are normalised, and those that say nothing of the workout or tell its way a second time.
const TAKEN: [&str; 24] = [
    "id",
    "resource_state",
    "athlete",
    "sport_type",
    "type",
    "start_date",
    "start_date_local",
    "timezone",
    "utc_offset",
    "elapsed_time",
    "moving_time",
    "distance",
    "total_elevation_gain",
    "average_speed",
    "max_speed",
    "average_heartrate",
    "max_heartrate",
    "average_cadence",
    "average_watts",
    "calories",
    "device_name",
    "start_latlng",
    "end_latlng",
    "map",
];

/// What is asked of a workout's track.
const KEYS: &str = "time,latlng,altitude,velocity_smooth,heartrate,cadence,watts";

/// Workouts.
pub(crate) fn activities(bytes: &[u8], _: &Context) -> Result<Batch, ParseError> {
    let mut batch = Batch::default();
    for (index, item) in read::items(bytes)?.iter().enumerate() {
        let result = item.as_object().ok_or("no object").and_then(|item| one(item, &mut batch));
        if let Err(what) = result {
            batch.rejected.push(format!("[{index}]: {what}"));
        }
    }
    Ok(batch)
}

fn one(item: &Object, batch: &mut Batch) -> Result<(), &'static str> {
    let key = read::id_at(item, "id").ok_or("no id")?;
    let (start, _) = read::rfc3339_at(item, "start_date").ok_or("no start_date")?;
    let elapsed = read::amount_at(item, "elapsed_time");
    let moving = read::amount_at(item, "moving_time");
    let end = elapsed.or(moving).map(|s| start.plus_ms((s * 1000.0).round() as i64)).and_then(read::in_range);
    let offset = offset(item, start);
    let device = read::text_at(item, "device_name").map(str::to_owned);
    if let Some(name) = &device
        && !batch.facts.devices.contains(name)
    {
        batch.facts.devices.push(name.clone());
    }
    let kind = kind(item);
    let mut source_data = read::beyond(item, &TAKEN);
    let cadence_avg = read::cadence(item, "average_cadence", &kind, &mut source_data);
    batch.record(Record {
        key,
        device,
        start,
        end,
        offset,
        day: start.civil_day(offset),
        body: Body::Activity(Activity {
            kind,
            duration_s: moving.or(elapsed),
            distance_m: read::amount_at(item, "distance"),
            // In answers with all fields only.
            calories: read::amount_at(item, "calories"),
            heart_rate_avg: read::positive_at(item, "average_heartrate"),
            heart_rate_max: read::positive_at(item, "max_heartrate"),
            elevation_gain_m: read::amount_at(item, "total_elevation_gain"),
            speed_avg: read::amount_at(item, "average_speed"),
            speed_max: read::amount_at(item, "max_speed"),
            cadence_avg,
            power_avg: read::amount_at(item, "average_watts"),
            ..Activity::default()
        }),
        source_data,
    });
    Ok(())
}

fn kind(item: &Object) -> String {
    sport::kind(read::text_at(item, "sport_type").or_else(|| read::text_at(item, "type")))
}

/// `utc_offset` in seconds; else what the false `Z` of `start_date_local` tells; else the zone behind `(GMT+01:00) `.
fn offset(item: &Object, start: Time) -> Option<Offset> {
    let told = read::number_at(item, "utc_offset").filter(|s| s.abs() <= 64_800.0);
    let local =
        || read::text_at(item, "start_date_local").and_then(read::bare).map(|l| l.since_ms(start) as f64 / 1000.0);
    let minutes = told.or_else(local).map(|s| (s / 60.0).round() as i64);
    minutes.and_then(read::offset).or_else(|| {
        let (_, zone) = read::text_at(item, "timezone")?.split_once(") ")?;
        Offset::of_zone(zone, start)
    })
}

/// The tracks of the workouts of a page. What was typed in has none.
pub(crate) fn wanted(bytes: &[u8], _: &Context) -> Result<Vec<Wanted>, ParseError> {
    let items = read::items(bytes)?;
    let tracks = items.iter().filter_map(serde_json::Value::as_object).filter_map(|item| {
        let id = read::integer_at(item, "id").filter(|id| *id > 0)?;
        let (start, _) = read::rfc3339_at(item, "start_date")?;
        let typed_in = item.get("manual").and_then(serde_json::Value::as_bool) == Some(true);
        let request =
            Request::get(format!("/api/v3/activities/{id}/streams")).with("keys", KEYS).with("key_by_type", "true");
        let offset = offset(item, start).map(|o| o.0);
        let item = json!({"start_ms": start.0, "offset_min": offset, "kind": kind(item)});
        (!typed_in).then(|| Wanted { key: id.to_string(), request, item })
    });
    Ok(tracks.collect())
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;

    use super::*;

    const FIXTURE: &[u8] = include_bytes!("../fixtures/activities.json");

    fn context() -> Context {
        Context { received: Time(0), time_zone: None }
    }

    #[test]
    fn workouts_by_hand() {
        let batch = activities(FIXTURE, &context()).expect("documented form");
        assert_eq!(batch.rejected, ["[3]: no start_date", "[4]: no object"]);
        let [Observation::Record(run), Observation::Record(ride), Observation::Record(lift)] =
            batch.observations.as_slice()
        else {
            panic!("three records: {:?}", batch.observations)
        };
        assert_eq!((run.key.as_str(), run.device.as_deref()), ("17000222444", Some("Watch")));
        assert_eq!(run.start.to_iso(), "2026-03-04T16:00:00.000Z");
        // 2470 s later, moving for 2401 s.
        assert_eq!(run.end.map(Time::to_iso).as_deref(), Some("2026-03-04T16:41:10.000Z"));
        assert_eq!((run.offset, run.day.to_string().as_str()), (Some(Offset(60)), "2026-03-04"));
        assert_eq!(
            run.body,
            Body::Activity(Activity {
                kind: "trail_running".to_owned(),
                duration_s: Some(2401.0),
                distance_m: Some(7012.3),
                heart_rate_avg: Some(149.2),
                heart_rate_max: Some(171.0),
                elevation_gain_m: Some(31.0),
                speed_avg: Some(2.92),
                speed_max: Some(4.6),
                // 82.4 strides.
                cadence_avg: Some(164.8),
                ..Activity::default()
            })
        );
        assert_eq!(run.source_data.get("average_cadence"), Some(&json!(82.4)));
        assert_eq!(run.source_data.get("name"), Some(&json!("Evening run")));
        assert_eq!((run.source_data.get("map"), run.source_data.get("start_latlng")), (None, None));
        // Without `utc_offset` the local time tells: 23:30 against 05:30Z is -06:00, the evening before.
        assert_eq!((ride.offset, ride.day.to_string().as_str()), (Some(Offset(-360)), "2026-03-02"));
        let Body::Activity(ride) = &ride.body else { panic!("an activity") };
        assert_eq!((ride.kind.as_str(), ride.power_avg, ride.duration_s), ("cycling", Some(188.0), Some(3600.0)));
        // Without either the zone: New York in winter.
        assert_eq!((lift.offset, lift.end), (Some(Offset(-300)), None));
        assert_eq!(batch.facts.devices, ["Watch"]);
    }

    #[test]
    fn tracks_of_what_was_recorded() {
        let wanted = wanted(FIXTURE, &context()).expect("documented form");
        assert_eq!(wanted.iter().map(|w| w.key.as_str()).collect::<Vec<_>>(), ["17000222444", "17000222440"]);
        assert_eq!(wanted[0].request.path, "/api/v3/activities/17000222444/streams");
        let item = json!({"start_ms": 1_772_640_000_000_i64, "offset_min": 60, "kind": "trail_running"});
        assert_eq!(wanted[0].item, item);
    }
}
