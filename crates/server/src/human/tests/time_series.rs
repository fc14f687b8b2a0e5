//! What was measured during a sleep or an activity.

use hilum_model::observation::{Activity, Sleep};
use hilum_model::{Batch, Body, Metric, Record, Sample, Stage, StageKind, Unit};
use serde_json::json;

use super::world::{World, at, record, sample};

const TOKEN: &str = "series";

/// A night of an hour and a workout of a minute, with samples before, within and after, of two sources and two devices.
async fn world() -> World {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "s", TOKEN).await.human_id;
    let withings = world.connect(human, "withings", "aaaaaaaaaaaaaaaaaaaaaaaa").await;
    let oura = world.connect(human, "oura", "bbbbbbbbbbbbbbbbbbbbbbbb").await;
    let mut batch = Batch::default();
    let (start, middle, end) = ("2016-03-07T23:30:00.000Z", "2016-03-08T00:10:00.000Z", "2016-03-08T00:30:00.000Z");
    let stage = |kind, start, end| Stage { kind, start: at(start), end: at(end) };
    let sleep = Sleep {
        main: true,
        stages: vec![stage(StageKind::Light, start, middle), stage(StageKind::Rem, middle, end)],
        ..Sleep::default()
    };
    batch.record(Record { start: at(start), end: Some(at(end)), ..record("night", Body::Sleep(sleep)) });
    let beat = |at_: &str, value, device: Option<&str>| Sample {
        start: at(at_),
        device: device.map(str::to_owned),
        ..sample(Metric::HeartRate, value, Unit::PerMinute)
    };
    batch.sample(beat("2016-03-07T23:29:59.999Z", 1.0, None));
    batch.sample(beat(start, 58.0, None));
    batch.sample(beat(middle, 55.0, None));
    batch.sample(beat(end, 2.0, None));
    batch.sample(Sample { start: at(middle), ..sample(Metric::RespiratoryRate, 14.5, Unit::PerMinute) });
    let run = Activity { kind: "running".to_owned(), ..Activity::default() };
    let (go, stop) = ("2016-03-08T17:00:00.000Z", "2016-03-08T17:01:00.000Z");
    batch.record(Record { start: at(go), end: Some(at(stop)), ..record("run-9", Body::Activity(run.clone())) });
    batch.record(Record { start: at(stop), end: None, ..record("endless", Body::Activity(run)) });
    // Of the heart rates some belong to the workout, so the others are left out; steps just lie within.
    for (second, value, context) in [(0, 120.0, Some("run-9")), (5, 61.0, Some("rest")), (10, 125.0, Some("run-9"))] {
        let context = context.map(str::to_owned);
        batch.sample(Sample { start: at(go).plus_s(second), context, ..beat(go, value, None) });
    }
    let steps = sample(Metric::Steps, 80.0, Unit::Count);
    batch.sample(Sample { start: at(go), end: Some(at(go).plus_s(30)), ..steps.clone() });
    batch.sample(Sample { start: at(stop), end: Some(at(stop).plus_s(30)), ..steps });
    world.apply(human, withings, batch).await;
    let mut second = Batch::default();
    second.sample(beat(start, 99.0, Some("second")));
    second.sample(beat("2016-03-07T23:59:59.000Z", 57.5, Some("second")));
    world.apply(human, withings, second).await;
    let mut other = Batch::default();
    other.sample(beat(middle, 3.0, None));
    world.apply(human, oura, other).await;
    world
}

#[tokio::test]
async fn of_a_night() {
    let world = world().await;
    let expected = json!({
        "quality": {
            "2016-03-07T23:30:00.000Z": {"stage": "light", "endTime": "2016-03-08T00:10:00.000Z"},
            "2016-03-08T00:10:00.000Z": {"stage": "rem", "endTime": "2016-03-08T00:30:00.000Z"},
        },
        "heartRate": {
            "2016-03-07T23:30:00.000Z": 58,
            "2016-03-07T23:59:59.000Z": 57.5,
            "2016-03-08T00:10:00.000Z": 55,
        },
        "breathing": {"2016-03-08T00:10:00.000Z": 14.5},
    });
    let row = world.get_as(TOKEN, "/sleeps?time_series=true").await.rows().remove(0);
    // As texts, since the order of members counts here.
    assert_eq!(row["timeSeries"].to_string(), expected.to_string());
    let id = row["id"].as_str().expect("id");
    assert_eq!(world.get_as(TOKEN, &format!("/sleeps/{id}?time_series=true")).await.json(), row);
    for plain in ["/sleeps", "/sleeps?time_series=false", "/sleeps?time_series="] {
        assert_eq!(world.get_as(TOKEN, plain).await.rows()[0].get("timeSeries"), None, "{plain}");
    }
    let wrong = world.get_as(TOKEN, "/sleeps?time_series=yes").await;
    assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (400, "invalid_parameter"));
    let day = world.get_as(TOKEN, "/sleeps/summaries?time_series=true").await.rows();
    assert_eq!(day[0].get("timeSeries"), None, "a day has none");
}

#[tokio::test]
async fn of_a_workout() {
    let world = world().await;
    let rows = world.get_as(TOKEN, "/activities?time_series=true").await.rows();
    assert_eq!(rows[0].get("timeSeries"), None, "one without an end");
    let expected = json!({
        "heartRate": {"2016-03-08T17:00:00.000Z": 120, "2016-03-08T17:00:10.000Z": 125},
        "steps": {"2016-03-08T17:00:00.000Z": 80},
    });
    assert_eq!(rows[1]["timeSeries"].to_string(), expected.to_string());
}
