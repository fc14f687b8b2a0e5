//! `GET /series…` through the whole router. Expectations by hand.

mod property;

use hilum_model::{Batch, Metric, Offset, Sample, Unit};
use serde_json::{Value, json};

use crate::human::tests::merged::Person;
use crate::human::tests::world::{at, sample};

fn steps(batch: &mut Batch, device: &str, from: &str, to: &str, value: f64) {
    let (start, end) = (at(from), Some(at(to)));
    batch.sample(Sample { device: Some(device.to_owned()), start, end, ..sample(Metric::Steps, value, Unit::Count) });
}

fn beat(batch: &mut Batch, device: &str, when: &str, value: f64) {
    let start = at(when);
    batch.sample(Sample {
        device: Some(device.to_owned()),
        start,
        ..sample(Metric::HeartRate, value, Unit::PerMinute)
    });
}

/// Start, end (without what is zero), and a figure of each bucket.
fn figures(answer: &Value, member: &str) -> Vec<(String, String, Value)> {
    let short = |value: &Value| value.as_str().expect("text").replace(":00.000Z", "");
    let buckets = answer["buckets"].as_array().expect("buckets");
    buckets.iter().map(|b| (short(&b["start"]), short(&b["end"]), b[member].clone())).collect()
}

fn row(start: &str, end: &str, value: Value) -> (String, String, Value) {
    (start.to_owned(), end.to_owned(), value)
}

async fn code(person: &Person, path: &str) -> (u16, String) {
    let answer = person.world.get(path).await;
    (answer.status.as_u16(), answer.code())
}

#[tokio::test]
async fn heart_rates_by_the_hour() {
    let person = Person::new().await;
    let mut told = Batch::default();
    for (when, value) in [
        ("2026-03-08T10:00:00.000Z", 60.0),
        ("2026-03-08T10:59:59.999Z", 63.0),
        ("2026-03-08T11:00:00.000Z", 70.0),
        ("2026-03-08T13:30:00.000Z", 80.5),
    ] {
        beat(&mut told, "Venu", when, value);
    }
    person.told("garmin", "a", told).await;
    let answer = person.get("/series/heart_rate?from=2026-03-08T10:00:00Z&to=2026-03-08T14:00:00Z&step=1h").await;
    assert_eq!(answer.header("content-type"), "application/json; charset=utf-8");
    assert_eq!(
        answer.text(),
        concat!(
            r#"{"metric":"heart_rate","unit":"bpm","step":"1h","timeZone":"UTC","agg":["avg","min","max","count"],"buckets":["#,
            r#"{"start":"2026-03-08T10:00:00.000Z","end":"2026-03-08T11:00:00.000Z","tzOffset":"+00:00","avg":61.5,"min":60,"#,
            r#""max":63,"count":2,"sources":["garmin"]},"#,
            r#"{"start":"2026-03-08T11:00:00.000Z","end":"2026-03-08T12:00:00.000Z","tzOffset":"+00:00","avg":70,"min":70,"#,
            r#""max":70,"count":1,"sources":["garmin"]},"#,
            r#"{"start":"2026-03-08T13:00:00.000Z","end":"2026-03-08T14:00:00.000Z","tzOffset":"+00:00","avg":80.5,"min":80.5,"#,
            r#""max":80.5,"count":1,"sources":["garmin"]}]}"#,
        )
    );
    let empty = person
        .get("/series/heart_rate?from=2026-03-08T10:00:00Z&to=2026-03-08T14:00:00Z&step=1h&empty=true&agg=last,count")
        .await
        .json();
    assert_eq!(
        empty["buckets"][2],
        json!({
            "start": "2026-03-08T12:00:00.000Z", "end": "2026-03-08T13:00:00.000Z", "tzOffset": "+00:00", "count": 0, "sources": []
        })
    );
    // Buckets are never cut: a time within one asks for all of it.
    let whole =
        person.get("/series/heart_rate?from=2026-03-08T10:30:00Z&to=2026-03-08T10:31:00Z&step=1h&agg=first").await;
    assert_eq!(figures(&whole.json(), "first"), [row("2026-03-08T10:00", "2026-03-08T11:00", json!(60))]);
    // Without times: from the first to the last.
    let all = person.get("/series/heart_rate?step=12h&agg=max").await.json();
    assert_eq!(
        figures(&all, "max"),
        [
            row("2026-03-08T00:00", "2026-03-08T12:00", json!(70)),
            row("2026-03-08T12:00", "2026-03-09T00:00", json!(80.5))
        ]
    );
}

#[tokio::test]
async fn the_mean_over_time_is_not_the_mean_of_the_samples() {
    let person = Person::new().await;
    let mut told = Batch::default();
    // At rest every five minutes for half an hour, then a run with one each second for a minute; then a pause of an hour.
    for minute in [0, 5, 10, 15, 20, 25] {
        beat(&mut told, "Venu", &format!("2026-03-08T10:{minute:02}:00Z"), 60.0);
    }
    for second in 0..60 {
        beat(&mut told, "Venu", &format!("2026-03-08T10:30:{second:02}Z"), 150.0);
    }
    beat(&mut told, "Venu", "2026-03-08T11:40:00Z", 90.0);
    person.told("garmin", "a", told).await;
    let answer = person.get("/series/heart_rate?step=1h&agg=avg,time_avg").await.json();
    let hour = &answer["buckets"][0];
    // (6 * 60 + 60 * 150) / 66; and 30 minutes of 60, then 59 s up to the last and a minute with it at 150:
    // (1800 * 60 + 119 * 150) / 1919.
    assert_eq!((&hour["avg"], &hour["timeAvg"]), (&json!(141.818_182), &json!(65.581_032)));
    assert_eq!(answer["buckets"][1]["timeAvg"], 90);
}

#[tokio::test]
async fn what_crosses_midnight_is_split() {
    let person = Person::new().await;
    let mut told = Batch::default();
    // Half an hour before midnight in Berlin (23:00Z in winter) to a quarter of an hour after it: 30 and 15 of 45 minutes.
    steps(&mut told, "Venu", "2026-01-10T22:30:00Z", "2026-01-10T23:15:00Z", 450.0);
    steps(&mut told, "Venu", "2026-01-11T08:00:00Z", "2026-01-11T09:00:00Z", 1000.0);
    person.told("garmin", "a", told).await;
    let days = |query: &'static str| {
        let person = &person;
        async move { figures(&person.get(&format!("/series/steps?step=1d&{query}")).await.json(), "sum") }
    };
    assert_eq!(
        days("tz=Europe/Berlin").await,
        [
            row("2026-01-09T23:00", "2026-01-10T23:00", json!(300)),
            row("2026-01-10T23:00", "2026-01-11T23:00", json!(1150))
        ]
    );
    let second = [row("2026-01-10T23:00", "2026-01-11T23:00", json!(1150))];
    assert_eq!(days("tz=Europe/Berlin&from=2026-01-11&to=2026-01-12").await, second, "what began before reaches in");
    assert_eq!(days("tz=Europe/Berlin&start_date=2026-01-11&end_date=2026-01-11").await, second);
    assert_eq!(days("tz=%2B01:00&start_date=2026-01-11&end_date=2026-01-11").await, second);
    // In Kolkata it is four in the morning.
    assert_eq!(days("tz=Asia/Kolkata").await, [row("2026-01-10T18:30", "2026-01-11T18:30", json!(1450))]);
}

#[tokio::test]
async fn days_of_23_and_25_hours() {
    let person = Person::new().await;
    let mut told = Batch::default();
    // An hour each, from the day before to the day after both changes of the clock: 100 an hour.
    for from in ["2026-03-27T12:00:00Z", "2026-10-23T12:00:00Z", "2026-03-06T12:00:00Z", "2026-10-30T12:00:00Z"] {
        for hour in 0..96 {
            let start = at(from).plus_s(3600 * hour);
            let end = Some(start.plus_s(3600));
            told.sample(Sample { start, end, ..sample(Metric::Steps, 100.0, Unit::Count) });
        }
    }
    person.told("garmin", "a", told).await;
    for (zone, day, sum) in [
        ("Europe/Berlin", "2026-03-28", 2400),
        ("Europe/Berlin", "2026-03-29", 2300),
        ("Europe/Berlin", "2026-10-25", 2500),
        ("America/New_York", "2026-03-08", 2300),
        ("America/New_York", "2026-11-01", 2500),
        ("Asia/Kolkata", "2026-03-29", 2400),
    ] {
        let path = format!("/series/steps?step=1d&tz={zone}&start_date={day}&end_date={day}");
        let answer = person.get(&path).await.json();
        assert_eq!(answer["timeZone"], zone);
        let buckets = answer["buckets"].as_array().expect("buckets");
        assert_eq!((buckets.len(), &buckets[0]["sum"]), (1, &json!(sum)), "{zone} {day}");
    }
    // Kolkata's day begins at 18:30Z, so of its first and last hour half comes from the hour that reaches over.
    let answer =
        person.get("/series/steps?step=1h&tz=Asia/Kolkata&from=2026-03-28T18:30:00Z&to=2026-03-28T19:30:00Z").await;
    assert_eq!(figures(&answer.json(), "sum"), [row("2026-03-28T18:30", "2026-03-28T19:30", json!(100))]);
}

#[tokio::test]
async fn steps_of_watch_and_phone_are_counted_once() {
    let person = Person::new().await;
    // The watch until 23:30, the phone from 23:00 to 01:00: what is left of the phone's is 23:30 to 01:00, 30 minutes of
    // the first day and an hour of the second.
    let (mut watch, mut phone) = (Batch::default(), Batch::default());
    steps(&mut watch, "Venu", "2026-01-10T20:00:00Z", "2026-01-10T23:30:00Z", 3000.0);
    steps(&mut phone, "Pixel 8", "2026-01-10T23:00:00Z", "2026-01-11T01:00:00Z", 1200.0);
    person.told("health_connect", "a", phone).await;
    person.told("garmin", "b", watch).await;
    let days = person.get("/series/steps?step=1d").await.json();
    assert_eq!(
        figures(&days, "sum"),
        [
            row("2026-01-10T00:00", "2026-01-11T00:00", json!(3300)),
            row("2026-01-11T00:00", "2026-01-12T00:00", json!(600))
        ]
    );
    assert_eq!(
        (&days["buckets"][0]["sources"], &days["buckets"][1]["sources"]),
        (&json!(["garmin", "health_connect"]), &json!(["health_connect"]))
    );
    // Each by itself.
    let by_source = person.get("/series/steps?step=1d&by=source").await.json();
    let told: Vec<(&Value, &Value)> =
        by_source["buckets"].as_array().expect("buckets").iter().map(|b| (&b["source"], &b["sum"])).collect();
    assert_eq!(
        told,
        [
            (&json!("garmin"), &json!(3000)),
            (&json!("health_connect"), &json!(600)),
            (&json!("health_connect"), &json!(600))
        ]
    );
    let best = person.get("/series/steps?step=1d&merge=false").await.json();
    assert_eq!(figures(&best, "sum"), [row("2026-01-10T00:00", "2026-01-11T00:00", json!(3000))]);
    let one = person.get("/series/steps?step=1y&source=health_connect").await.json();
    assert_eq!(figures(&one, "sum"), [row("2026-01-01T00:00", "2027-01-01T00:00", json!(1200))]);
    assert_eq!(person.get("/series/steps?source=oura").await.json()["buckets"], json!([]));
    // Whom the person believes is believed here too: the phone's two hours, and of the watch 20:00 to 23:00.
    person.prefers(&json!({"steps": ["*/phone"]})).await;
    let sum = person.get("/series/steps?step=1mo").await.json()["buckets"][0]["sum"].clone();
    assert_eq!(sum, json!(3_771.428_571), "1200 + 3000 * 180 / 210");
}

#[tokio::test]
async fn a_workout_s_own_count_is_not_added_to_the_day_s() {
    let person = Person::new().await;
    let mut told = Batch::default();
    steps(&mut told, "Venu", "2026-01-10T10:00:00Z", "2026-01-10T11:00:00Z", 6000.0);
    told.sample(Sample {
        device: Some("Venu".to_owned()),
        context: Some("run-1".to_owned()),
        start: at("2026-01-10T10:15:00Z"),
        end: Some(at("2026-01-10T10:45:00Z")),
        ..sample(Metric::Steps, 4800.0, Unit::Count)
    });
    person.told("garmin", "a", told).await;
    for query in ["", "&by=source", "&merge=false"] {
        let answer = person.get(&format!("/series/steps?step=1d{query}")).await.json();
        assert_eq!(answer["buckets"][0]["sum"], 6000, "{query}");
    }
}

#[tokio::test]
async fn heart_rates_of_two_devices_fill_each_other_s_gaps() {
    let person = Person::new().await;
    let (mut strap, mut watch) = (Batch::default(), Batch::default());
    for minute in [0, 5, 10] {
        beat(&mut strap, "HRM-Dual", &format!("2026-01-10T10:{minute:02}:00Z"), 100.0);
    }
    // Ten o'clock to ten past is the strap's; at 10:12 it has been silent for more than a minute.
    for (minute, value) in [(2, 180.0), (7, 180.0), (12, 110.0), (17, 114.0)] {
        beat(&mut watch, "Venu", &format!("2026-01-10T10:{minute:02}:00Z"), value);
    }
    person.told("garmin", "a", watch).await;
    person.told("wahoo", "b", strap).await;
    let answer = person.get("/series/heart_rate?step=1h&agg=avg,max,count,first,last").await.json();
    // (3 * 100 + 110 + 114) / 5
    assert_eq!(
        answer["buckets"],
        json!([{
            "start": "2026-01-10T10:00:00.000Z", "end": "2026-01-10T11:00:00.000Z", "tzOffset": "+00:00",
            "avg": 104.8, "max": 114, "count": 5, "first": 100, "last": 114, "sources": ["garmin", "wahoo"]
        }])
    );
}

#[tokio::test]
async fn each_sample_s_own_clock() {
    let person = Person::new().await;
    let mut told = Batch::default();
    // On a journey: 23:30 in New York, and 23:30 in Berlin the day after, where the clock of the provider is not known 22:30.
    let steps = |when: &str, offset: Option<i16>, value| Sample {
        start: at(when),
        end: Some(at(when).plus_s(600)),
        offset: offset.map(Offset),
        ..sample(Metric::Steps, value, Unit::Count)
    };
    told.sample(steps("2026-01-11T04:30:00Z", Some(-300), 100.0));
    told.sample(steps("2026-01-11T22:30:00Z", Some(60), 200.0));
    told.sample(steps("2026-01-12T00:30:00Z", None, 400.0));
    person.told("garmin", "a", told).await;
    let expected = json!([
        {"localStart": "2026-01-10T00:00:00.000", "localEnd": "2026-01-11T00:00:00.000", "sum": 100, "count": 1, "sources": ["garmin"]},
        {"localStart": "2026-01-11T00:00:00.000", "localEnd": "2026-01-12T00:00:00.000", "sum": 200, "count": 1, "sources": ["garmin"]},
        {"localStart": "2026-01-12T00:00:00.000", "localEnd": "2026-01-13T00:00:00.000", "sum": 400, "count": 1, "sources": ["garmin"]},
    ]);
    for query in
        ["", "&start_date=2026-01-10&end_date=2026-01-12", "&from=2026-01-10T12:00:00-05:00&to=20260112T010000Z"]
    {
        let answer = person.get(&format!("/series/steps?tz=local{query}")).await.json();
        assert_eq!((&answer["timeZone"], &answer["buckets"]), (&json!("local"), &expected), "{query}");
    }
}

#[tokio::test]
async fn which_series_there_are() {
    let person = Person::new().await;
    assert_eq!(person.get("/series").await.text(), "[]");
    let (mut watch, mut ring) = (Batch::default(), Batch::default());
    beat(&mut watch, "Venu", "2026-01-10T10:00:00Z", 60.0);
    beat(&mut watch, "Venu", "2026-01-12T10:00:00Z", 60.0);
    steps(&mut watch, "Venu", "2026-01-10T10:00:00Z", "2026-01-10T11:00:00Z", 600.0);
    beat(&mut ring, "Gen3", "2026-01-09T10:00:00Z", 60.0);
    person.told("garmin", "a", watch).await;
    person.told("oura", "b", ring).await;
    let answer = person.get("/series").await;
    assert_eq!(answer.header("x-total-count"), "2");
    assert_eq!(
        answer.json(),
        json!([
            {"metric": "heart_rate", "unit": "bpm", "first": "2026-01-09T10:00:00.000Z", "last": "2026-01-12T10:00:00.000Z",
             "count": 3, "sources": ["garmin", "oura"]},
            {"metric": "steps", "unit": "1", "first": "2026-01-10T10:00:00.000Z", "last": "2026-01-10T10:00:00.000Z",
             "count": 1, "sources": ["garmin"]},
        ])
    );
    let ring = person.get("/series?source=oura").await.json();
    assert_eq!((ring.as_array().map(Vec::len), &ring[0]["count"]), (Some(1), &json!(1)));
}

#[tokio::test]
async fn what_is_asked_badly() {
    let person = Person::new().await;
    for (path, status, expected) in [
        ("/series/weight", 404, "not_found"),
        ("/series/beats", 404, "not_found"),
        ("/series/steps/x", 404, "not_found"),
        ("/series/steps?step=7m", 400, "invalid_parameter"),
        ("/series/steps?step=", 200, ""),
        ("/series/steps?from=yesterday", 400, "invalid_parameter"),
        ("/series/steps?from=2026-01-02&to=2026-01-02", 400, "invalid_parameter"),
        ("/series/steps?start_date=2026-01-02", 400, "incomplete_date_range"),
        ("/series/steps?start_date=2026-01-02&end_date=2026-01-03&to=2026-01-04", 400, "conflicting_parameter"),
        ("/series/steps?by=device", 400, "invalid_parameter"),
        ("/series/steps?empty=yes", 400, "invalid_parameter"),
        ("/series/steps?tz=Mars/Olympus", 400, "unknown_time_zone"),
        ("/series/steps?tz=%2B99:00", 400, "invalid_parameter"),
        ("/series/steps?agg=avg", 400, "unfit_aggregate"),
        ("/series/heart_rate?agg=sum", 400, "unfit_aggregate"),
        ("/series/heart_rate?agg=mean", 400, "invalid_parameter"),
        ("/series/heart_rate?step=1s&from=2026-01-01&to=2026-01-02", 400, "too_many_buckets"),
        ("/series/heart_rate?step=1d&from=0001-01-01&to=9999-01-01", 400, "too_many_buckets"),
    ] {
        if status == 200 {
            assert_eq!(person.get(path).await.json()["buckets"], json!([]), "{path}");
        } else {
            assert_eq!(code(&person, path).await, (status, expected.to_owned()), "{path}");
        }
    }
    let foreign = person.world.get_as("nobody", "/series/steps").await;
    assert_eq!((foreign.status.as_u16(), foreign.code().as_str()), (401, "unauthorized"));
}
