//! Every endpoint's shape, in full: members, their order, types, units. The expectations are written by hand from
//! the contract; ids of rows are replaced by `ID`, since they come from keys that only the store has.

use serde_json::Value;

use super::world::World;

const HEAD: &str = r#""id":"ID","userId":"601b89371e42d4a66a4bd866","humanId":"6f0d96ac999b9de597c0aa26b5c1ece3""#;
const TAIL: &str = r#""createdAt":"2016-03-08T21:14:05.120Z","updatedAt":"2016-03-09T06:02:44.731Z""#;
const AT: &str = r#""timestamp":"2016-03-08T14:29:34.000Z","tzOffset":"-08:00""#;

/// The text with the ids of rows replaced, after a look at their form.
fn masked(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some(found) = rest.find(r#""id":""#) {
        let (before, after) = rest.split_at(found + 6);
        let (id, tail) = after.split_at(after.find('"').expect("end of id"));
        assert!(id.len() == 24 && id.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')), "{id}");
        out.push_str(before);
        out.push_str("ID");
        rest = tail;
    }
    out + rest
}

/// A row as expected: common head, own members, common tail.
fn row(members: &str) -> String {
    format!("{{{HEAD},{members},{TAIL}}}")
}

async fn check(world: &World, path: &str, expected: &str) {
    let answer = world.get(path).await;
    assert_eq!(answer.status, 200, "{path}: {}", answer.text());
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8", "{path}");
    assert_eq!(masked(answer.text()), expected, "{path}");
}

#[tokio::test]
async fn measurements() {
    let world = World::full().await;
    for (name, members) in [
        (
            "blood_glucose",
            r#""value":101,"unit":"mg/dL","notes":"","mealTag":"before_breakfast","medicationTag":"","source":"withings","sourceData":{"strip":4}"#,
        ),
        (
            "blood_oxygen",
            r#""value":97,"unit":"SpO2","source":"withings","sourceData":{"receivedValue":0.97,"receivedUnit":"1"}"#,
        ),
        (
            "blood_pressure",
            r#""unit":"mmHg","systolic":121,"diastolic":79,"heartRate":68,"source":"withings","sourceData":{"device":"BPM Core"}"#,
        ),
        ("bmi", r#""value":24.6,"unit":"kg/m2","source":"withings","sourceData":{}"#),
        ("body_fat", r#""value":21.4,"unit":"percent","source":"withings","sourceData":{}"#),
        ("heart_rate", r#""value":64,"unit":"bpm","source":"withings","sourceData":{}"#),
        (
            "height",
            r#""value":1720,"unit":"mm","source":"withings","sourceData":{"receivedValue":1.72,"receivedUnit":"m"}"#,
        ),
        (
            "weight",
            r#""value":72.8,"unit":"kg","source":"withings","sourceData":{"receivedValue":72800,"receivedUnit":"g"}"#,
        ),
    ] {
        let expected = row(&format!("{AT},{members}"));
        check(&world, &format!("/{name}"), &expected).await;
        check(&world, &format!("/{name}/readings"), &format!("[{expected}]")).await;
        check(&world, &format!("/{name}/readings/daily/2016-03-08"), &format!("[{expected}]")).await;
        check(&world, &format!("/{name}/readings/daily/2016-03-09"), "[]").await;
        let id = world.get(&format!("/{name}")).await.json()["id"].as_str().expect("id").to_owned();
        check(&world, &format!("/{name}/readings/{id}"), &expected).await;
    }
}

/// A list of one row, the same row by id, and the deprecated forms.
async fn check_single(world: &World, path: &str, expected: &str) {
    check(world, path, &format!("[{expected}]")).await;
    let id = world.get(path).await.rows()[0]["id"].as_str().expect("id").to_owned();
    check(world, &format!("{path}/{id}"), expected).await;
}

#[tokio::test]
async fn activities() {
    let world = World::full().await;
    let single = row(concat!(
        r#""startTime":"2016-03-08T15:01:00.000Z","endTime":"2016-03-08T15:31:20.000Z","tzOffset":"-08:00","#,
        r#""type":"walking","duration":1800,"distance":2310.4,"steps":3042,"calories":131,"#,
        r#""sourceData":{"manual":false,"averageHeartrate":98,"maxHeartrate":121},"source":"withings""#
    ));
    check_single(&world, "/activities", &single).await;
    check(&world, "/activities/daily/2016-03-08", &format!("[{single}]")).await;
    let total = row(concat!(
        r#""date":"2016-03-08","duration":21600,"distance":7421.8,"steps":9870,"calories":2210,"#,
        r#""vigorous":12,"moderate":31,"light":190,"sedentary":771,"#,
        r#""sourceData":{"floors":8,"activityCalories":800.5},"source":"withings""#
    ));
    check_single(&world, "/activities/summaries", &total).await;
    check(&world, "/activities/summaries/2016-03-08", &total).await;
    check(&world, "/activities/summary", &total).await;
    check(&world, "/activities/summary/2016-03-08", &total).await;
}

#[tokio::test]
async fn sleeps() {
    let world = World::full().await;
    let single = row(concat!(
        r#""day":"2016-03-08","startTime":"2016-03-08T06:40:00.000Z","endTime":"2016-03-08T14:20:00.000Z","#,
        r#""tzOffset":"-08:00","mainSleep":true,"timeAsleep":425.5,"timeAwake":35,"efficiency":92,"#,
        r#""timeToFallAsleep":9,"timeAfterWakeup":3,"timeInBed":460,"numberOfWakeups":4,"source":"withings","#,
        r#""sourceData":{"timeDeep":90}"#
    ));
    check_single(&world, "/sleeps", &single).await;
    check(&world, "/sleeps/daily/2016-03-08", &format!("[{single}]")).await;
    let total = row(r#""date":"2016-03-08","timeAsleep":425.5,"timeAwake":35,"source":"withings""#);
    check_single(&world, "/sleeps/summaries", &total).await;
    check(&world, "/sleeps/summaries/2016-03-08", &total).await;
    check(&world, "/sleeps/summary", &total).await;
    check(&world, "/sleeps/summary/2016-03-08", &total).await;
}

#[tokio::test]
async fn heart_rate_summaries() {
    let world = World::full().await;
    let expected = row(concat!(
        r#""date":"2016-03-08","zones":["#,
        r#"{"name":"Out of Range","max":94,"min":30,"duration":79200,"caloriesBurned":1502.3},"#,
        r#"{"name":"Peak","max":220,"min":160,"duration":0,"caloriesBurned":0}],"#,
        r#""restingHR":61,"averageHR":74,"maxHR":151,"minHR":52,"source":"withings","sourceData":{}"#
    ));
    check_single(&world, "/heart_rate/summaries", &expected).await;
    check(&world, "/heart_rate/summaries/2016-03-08", &expected).await;
}

#[tokio::test]
async fn profile_and_summary() {
    let world = World::full().await;
    check(
        &world,
        "/profile",
        concat!(
            r#"{"userId":"601b89371e42d4a66a4bd866","createdAt":"2016-03-08T21:14:05.120Z","email":"p17@example.org","#,
            r#""defaultTimeZone":{"name":"America/Los_Angeles"},"humanId":"6f0d96ac999b9de597c0aa26b5c1ece3"}"#
        ),
    )
    .await;
    let scalar = |value: &str, unit: &str| {
        format!(
            r#"{{"id":"ID","timestamp":"2016-03-08T14:29:34.000Z","source":"withings","value":{value},"unit":"{unit}"}}"#
        )
    };
    let expected = [
        r#"{"userId":"601b89371e42d4a66a4bd866","email":"p17@example.org","gender":"female","#.to_owned(),
        r#""createdAt":"2016-03-08T21:14:05.120Z","#.to_owned(),
        format!(r#""bloodGlucose":{},"bloodOxygen":{},"#, scalar("101", "mg/dL"), scalar("97", "SpO2")),
        r#""bloodPressure":{"id":"ID","userId":"601b89371e42d4a66a4bd866","timestamp":"2016-03-08T14:29:34.000Z","#
            .to_owned(),
        r#""source":"withings","systolic":121,"diastolic":79,"unit":"mmHg","heartRate":68},"#.to_owned(),
        format!(r#""bmi":{},"bodyFat":{},"#, scalar("24.6", "kg/m2"), scalar("21.4", "%")),
        format!(
            r#""height":{},"heartRate":{},"weight":{},"#,
            scalar("1720", "mm"),
            scalar("64", "bpm"),
            scalar("72.8", "kg")
        ),
        r#""activitySummary":{"id":"ID","date":"2016-03-08","duration":21600,"distance":7421.8,"sedentary":771,"#
            .to_owned(),
        r#""light":190,"moderate":31,"vigorous":12,"total":21600,"steps":9870,"calories":2210,"source":"withings"},"#
            .to_owned(),
        r#""sleepSummary":{"id":"ID","userId":"601b89371e42d4a66a4bd866","date":"2016-03-08","source":"withings","#
            .to_owned(),
        r#""timeAsleep":425.5,"timeAwake":35,"updatedAt":"2016-03-09T06:02:44.731Z"},"#.to_owned(),
        r#""humanId":"6f0d96ac999b9de597c0aa26b5c1ece3"}"#.to_owned(),
    ]
    .concat();
    for path in ["", "/", "/human", "/human/"] {
        check(&world, path, &expected).await;
    }
}

#[tokio::test]
async fn a_person_without_data() {
    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "new", "new-token").await;
    let user = human.user_id;
    let id = human.human_id;
    let expected = format!(
        concat!(
            r#"{{"userId":"{user}","createdAt":"2016-03-08T21:14:05.120Z","bloodGlucose":{{}},"bloodOxygen":{{}},"#,
            r#""bloodPressure":{{}},"bmi":{{}},"bodyFat":{{}},"height":{{}},"heartRate":{{}},"weight":{{}},"#,
            r#""activitySummary":{{}},"sleepSummary":{{}},"humanId":"{id}"}}"#
        ),
        user = user,
        id = id
    );
    assert_eq!(world.get_as("new-token", "").await.text(), expected);
    assert_eq!(
        world.get_as("new-token", "/profile").await.text(),
        format!(
            r#"{{"userId":"{user}","createdAt":"2016-03-08T21:14:05.120Z","defaultTimeZone":{{"name":"UTC"}},"humanId":"{id}"}}"#
        )
    );
    for path in ["/weight", "/heart_rate", "/blood_pressure", "/activities/summary", "/sleeps/summary"] {
        assert_eq!(world.get_as("new-token", path).await.text(), "{}", "{path}");
    }
    for path in [
        "/sources",
        "/weight/readings",
        "/heart_rate/readings",
        "/heart_rate/readings/daily/2016-03-08",
        "/activities",
        "/activities/summaries",
        "/sleeps",
        "/sleeps/summaries",
        "/heart_rate/summaries",
    ] {
        let answer = world.get_as("new-token", path).await;
        assert_eq!((answer.text(), answer.header("x-total-count"), answer.header("link")), ("[]", "0", ""), "{path}");
    }
    for path in ["/activities/summaries/2016-03-08", "/sleeps/summary/2016-03-08", "/heart_rate/summaries/2016-03-08"] {
        let answer = world.get_as("new-token", path).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{path}");
    }
}

#[tokio::test]
async fn what_a_source_does_not_tell() {
    use hilum_model::observation::{Activity, ActivityDay, Sleep};
    use hilum_model::{Batch, Body, Metric, Unit};

    use super::world::{at, reading, record, sample};

    let world = World::new();
    let app = world.app(1).await;
    let human = world.human(app, "sparse", "sparse").await;
    let connection = world.connect(human.human_id, "oura", "aaaaaaaaaaaaaaaaaaaaaaaa").await;
    let mut batch = Batch::default();
    let unknown_offset = |record: hilum_model::Record| hilum_model::Record { offset: None, ..record };
    batch.record(unknown_offset(record("w", reading(Metric::Weight, 80.0, Unit::Kilogram))));
    batch.record(record("p", Body::BloodPressure { systolic: 120.0, diastolic: 80.0, heart_rate: None }));
    let end = Some(at("2016-03-08T14:39:34.500Z"));
    batch.record(hilum_model::Record { end, ..record("a", Body::Activity(Activity::default())) });
    batch.record(record("d", Body::ActivityDay(ActivityDay { steps: Some(12.0), ..ActivityDay::default() })));
    batch.record(hilum_model::Record { end, ..record("s", Body::Sleep(Sleep { main: false, ..Sleep::default() })) });
    batch.sample(hilum_model::Sample {
        offset: None,
        end,
        context: Some("rest".to_owned()),
        device: Some("Ring \"4\"".to_owned()),
        ..sample(Metric::HeartRate, 55.25, Unit::PerMinute)
    });
    world.apply(human.human_id, connection, batch).await;

    let members = |answer: Value, leave: &[&str]| -> String {
        let mut object = answer.as_object().expect("object").clone();
        for name in ["id", "userId", "humanId", "createdAt", "updatedAt"].iter().chain(leave) {
            assert!(object.shift_remove(*name).is_some(), "{name}");
        }
        Value::Object(object).to_string()
    };
    let latest = |path: &'static str| world.get_as("sparse", path);
    assert_eq!(
        members(latest("/weight").await.json(), &[]),
        r#"{"timestamp":"2016-03-08T14:29:34.000Z","value":80,"unit":"kg","source":"oura","sourceData":{}}"#
    );
    assert_eq!(
        members(latest("/blood_pressure").await.json(), &["timestamp", "tzOffset"]),
        r#"{"unit":"mmHg","systolic":120,"diastolic":80,"source":"oura","sourceData":{}}"#
    );
    assert_eq!(
        members(latest("/heart_rate").await.json(), &[]),
        concat!(
            r#"{"timestamp":"2016-03-08T14:29:34.000Z","value":55.25,"unit":"bpm","source":"oura","#,
            r#""sourceData":{"context":"rest","device":"Ring \"4\"","endTime":"2016-03-08T14:39:34.500Z"}}"#
        )
    );
    // Ten minutes and half a second.
    assert_eq!(
        members(latest("/activities").await.rows()[0].clone(), &["startTime", "endTime", "tzOffset"]),
        r#"{"type":"unknown","duration":600.5,"sourceData":{},"source":"oura"}"#
    );
    assert_eq!(
        members(latest("/activities/summary").await.json(), &[]),
        r#"{"date":"2016-03-08","steps":12,"sourceData":{},"source":"oura"}"#
    );
    assert_eq!(
        members(latest("/sleeps").await.rows()[0].clone(), &["startTime", "endTime", "tzOffset"]),
        concat!(
            r#"{"day":"2016-03-08","mainSleep":false,"timeAsleep":0,"timeAwake":0,"efficiency":0,"timeToFallAsleep":0,"#,
            r#""timeAfterWakeup":0,"timeInBed":0,"numberOfWakeups":0,"source":"oura","sourceData":{}}"#
        )
    );
}
