//! `?merge=true` of days: steps, distance, energy and floors of several sources. Expectations by hand.

use hilum_model::observation::{ActivityDay, HeartRateDay};
use hilum_model::{Batch, Body, Metric, Observation, Offset, Record, Sample, Unit};
use hilum_providers::persona::PEOPLE;
use hilum_providers::sandbox::{Ask, teller};
use hilum_providers::spec::Context;
use serde_json::{Value, json};

use super::merged::{Person, batch, minutes};
use super::world::{at, day, record, sample};

fn steps(batch: &mut Batch, device: &str, from: i64, until: i64, value: f64) {
    batch.sample(Sample {
        device: Some(device.to_owned()),
        start: minutes(from),
        end: Some(minutes(until)),
        ..sample(Metric::Steps, value, Unit::Count)
    });
}

fn total(key: &str, change: impl FnOnce(&mut ActivityDay)) -> Record {
    let mut told = ActivityDay::default();
    change(&mut told);
    record(key, Body::ActivityDay(told))
}

#[tokio::test]
async fn watch_and_phone_within_one_source_are_not_added() {
    let person = Person::new().await;
    let mut told = Batch::default();
    steps(&mut told, "iPhone", 30, 90, 2000.0);
    steps(&mut told, "Apple Watch", 0, 60, 3000.0);
    person.told("apple_health", "a", told).await;
    // No total is told by anybody, and so the list is empty without merging.
    assert_eq!(person.get("/activities/summaries").await.text(), "[]");
    let answer = person.get("/activities/summaries?merge=true").await;
    let row = answer.json()[0].clone();
    // 2016-03-08 is day 16,868 = 0x41e4 after 1970-01-01.
    assert_eq!((answer.rows().len(), answer.header("x-total-count")), (1, "1"));
    assert_eq!(
        (&row["id"], &row["date"], &row["steps"], &row["source"]),
        (&json!("ffffffff08000000000041e4"), &json!("2016-03-08"), &json!(4000), &json!("apple_health"))
    );
    assert_eq!(
        row["mergedFrom"],
        json!([
            {
                "source": "apple_health", "device": "Apple Watch", "member": "steps",
                "startTime": "2016-03-08T16:00:00.000Z", "endTime": "2016-03-08T17:00:00.000Z", "samples": 1,
                "value": 3000, "counted": 3000, "used": "all", "reason": "leads"
            },
            {
                "source": "apple_health", "device": "iPhone", "member": "steps",
                "startTime": "2016-03-08T16:30:00.000Z", "endTime": "2016-03-08T17:30:00.000Z", "samples": 1,
                "value": 2000, "counted": 1000, "used": "part", "reason": "fills_gap"
            }
        ])
    );
    for path in ["summaries/ffffffff08000000000041e4", "summaries/2016-03-08", "summary", "summary/2016-03-08"] {
        assert_eq!(person.get(&format!("/activities/{path}?merge=true")).await.json(), row, "{path}");
    }
    assert_eq!(person.get("?merge=true").await.json()["activitySummary"]["steps"], 4000);
    // The other way round: the phone has its 2,000 of an hour, the watch half of its hour.
    person.prefers(&json!({"steps": ["apple_health/phone"]})).await;
    assert_eq!(person.get("/activities/summaries?merge=true").await.json()[0]["steps"], 3500);
}

#[tokio::test]
async fn a_watch_worn_for_half_a_day_and_a_phone_give_both_halves() {
    let person = Person::new().await;
    let mut watch = batch([total("d", |d| {
        d.steps = Some(4157.0);
        d.calories = Some(2100.0);
    })]);
    steps(&mut watch, "Venu", 0, 240, 4157.0);
    let mut phone = batch([total("d", |d| {
        d.steps = Some(11_000.0);
        d.floors = Some(7.0);
    })]);
    // 1,078 of its steps are in the hours of the watch.
    steps(&mut phone, "Pixel 8", 120, 180, 1078.0);
    steps(&mut phone, "Pixel 8", 240, 480, 9922.0);
    person.told("health_connect", "a", phone).await;
    person.told("garmin", "b", watch).await;
    let rows = person.get("/activities/summaries?merge=true").await.rows();
    assert_eq!(rows.len(), 1);
    let row = &rows[0];
    assert_eq!((&row["source"], &row["steps"], &row["calories"]), (&json!("garmin"), &json!(14_079), &json!(2100)));
    assert_eq!(row["sourceData"]["floors"], 7);
    let reasons: Vec<(&str, &str, Option<&str>, &str)> = row["mergedFrom"]
        .as_array()
        .expect("parts")
        .iter()
        .map(|p| {
            let text = |name: &str| p[name].as_str();
            (text("source").unwrap_or(""), text("used").unwrap_or(""), text("member"), text("reason").unwrap_or(""))
        })
        .collect();
    assert_eq!(
        reasons,
        [
            ("garmin", "all", None, "leads"),
            ("health_connect", "none", None, "covered"),
            ("garmin", "none", Some("steps"), "told_in_detail"),
            ("health_connect", "none", Some("steps"), "told_in_detail"),
            ("garmin", "all", Some("steps"), "leads"),
            ("health_connect", "part", Some("steps"), "fills_gap"),
            ("health_connect", "all", Some("floors"), "leads"),
        ]
    );
    // One source asked for is that source, its own total as it is.
    let alone = person.get("/activities/summaries?merge=true&source=garmin").await.rows();
    assert_eq!((&alone[0]["steps"], alone.len()), (&json!(4157), 1));
}

#[tokio::test]
async fn days_are_pages_and_narrowed_by_dates() {
    let person = Person::new().await;
    let told = |letter: &str, add: f64| {
        let of = |n: i32| Record {
            day: day("2016-03-08").plus(-n),
            ..total(&format!("{letter}{n}"), |d| d.steps = Some(1000.0 * f64::from(n) + add))
        };
        batch((0..5).map(of))
    };
    person.told("garmin", "a", told("a", 1.0)).await;
    person.told("oura", "b", told("b", 2.0)).await;
    let all = person.get("/activities/summaries?merge=true").await;
    assert_eq!((all.rows().len(), all.header("x-total-count"), all.header("link")), (5, "5", ""));
    let steps = |rows: &[Value]| rows.iter().map(|r| r["steps"].as_i64().expect("steps")).collect::<Vec<_>>();
    assert_eq!(steps(&all.rows()), [1, 1001, 2001, 3001, 4001]);
    let page = person.get("/activities/summaries?merge=true&limit=2&offset=2").await;
    assert_eq!(steps(&page.rows()), [2001, 3001]);
    assert!(page.header("link").contains("?merge=true&limit=2&offset=4>; rel=\"next\""), "{}", page.header("link"));
    let some = person.get("/activities/summaries?merge=true&start_date=2016-03-05&end_date=2016-03-06").await;
    assert_eq!((steps(&some.rows()), some.header("x-total-count")), (vec![2001, 3001], "2"));
    assert_eq!(person.get("/activities/summaries?merge=true&updated_since=2016-03-09").await.text(), "[]");
    assert_eq!(person.get("/activities/summaries?merge=true&source=fitbit").await.text(), "[]");
}

#[tokio::test]
async fn heart_rates_of_a_day() {
    let person = Person::new().await;
    let heart = |resting, max| {
        batch([record("h", Body::HeartRateDay(HeartRateDay { resting, max, ..HeartRateDay::default() }))])
    };
    person.told("oura", "a", heart(Some(52.0), Some(140.0))).await;
    person.told("garmin", "b", heart(None, Some(161.0))).await;
    let row = person.get("/heart_rate/summaries/2016-03-08?merge=true").await.json();
    assert_eq!((&row["source"], &row["restingHR"], &row["maxHR"]), (&json!("garmin"), &json!(52), &json!(161)));
    assert_eq!(row["mergedFrom"][1]["fields"], json!(["restingHR"]));
    assert_eq!(person.get("/heart_rate/summaries?merge=true").await.rows(), [row]);
}

/// A day of a stream as a provider's sandbox tells it, read by the provider's parser.
fn told(provider: &str, stream: &str, ask: &Ask<'_>, zone: &str, of: hilum_model::Day) -> Batch {
    let provider = hilum_providers::find(provider).expect("a provider");
    let stream = provider.stream(stream).expect("a stream");
    let teller = teller(provider).expect("a teller");
    let params = stream.request(of, of).params;
    let ask = Ask { params: &params, ..*ask };
    let items = (teller.items)(stream.id, &ask, of).into_iter().map(|item| item.json).collect();
    let answer = (teller.page)(stream.id, &ask, items, None).to_string();
    let context = Context { received: ask.now, time_zone: Some(zone.to_owned()) };
    (stream.parse)(answer.as_bytes(), &context).expect("the documented form")
}

#[tokio::test]
async fn what_a_person_lived_is_told_once_whoever_tells_it() {
    let of = day("2026-10-25");
    let mut compared = 0;
    for persona in &PEOPLE {
        let story = hilum_providers::persona::Story::new(persona);
        let ask = Ask {
            story: &story,
            now: at("2026-11-22T12:00:00Z"),
            params: &Vec::new(),
            json: None,
            scopes: &["email".to_owned()],
            base: "",
        };
        let lived = story.totals(of, persona.end_of(of)).expect("a day");
        let zone = persona.zone(of);
        let person = Person::new().await;
        let mut withings = told("withings", "activity", &ask, zone, of);
        for stream in ["intraday", "sleep"] {
            withings.observations.extend(told("withings", stream, &ask, zone, of).observations);
        }
        let mut oura = told("oura", "daily_activity", &ask, zone, of);
        oura.observations.extend(told("oura", "sleep", &ask, zone, of).observations);
        let nights = oura
            .observations
            .iter()
            .filter(|o| matches!(o, Observation::Record(r) if matches!(r.body, Body::Sleep(_))));
        let nights = nights.count();
        person.told("withings", "a", withings).await;
        person.told("oura", "b", oura).await;

        let row = person.get(&format!("/activities/summaries/{of}?merge=true")).await.json();
        assert_eq!(row["steps"], lived.steps, "{}", persona.id);
        let own = person.get(&format!("/activities/summaries/{of}?source=withings")).await.json();
        let near = |name: &str| (row[name].as_f64().unwrap_or(-9.0) - own[name].as_f64().unwrap_or(9.0)).abs() < 1.0;
        assert!(near("distance") && near("calories"), "{}: {row} {own}", persona.id);
        assert_eq!(person.get("/activities/summaries").await.rows().len(), 2);
        let sleeps = person.get("/sleeps?merge=true").await.rows();
        assert_eq!((sleeps.len(), person.get("/sleeps").await.rows().len()), (nights, 2 * nights), "{}", persona.id);
        compared += nights;
    }
    assert!(compared >= 4, "{compared}");
}

#[tokio::test]
async fn an_interval_over_midnight_counts_for_the_day_it_began() {
    let person = Person::new().await;
    let mut told = Batch::default();
    // 23:50 to 00:10 where the person is, 8 hours west.
    told.sample(Sample {
        start: at("2016-03-09T07:50:00.000Z"),
        end: Some(at("2016-03-09T08:10:00.000Z")),
        offset: Some(Offset(-480)),
        ..sample(Metric::Steps, 600.0, Unit::Count)
    });
    person.told("garmin", "a", told).await;
    // Another tells the first minutes of the new day, which are known.
    let mut other = Batch::default();
    other.sample(Sample {
        start: at("2016-03-09T08:00:00.000Z"),
        end: Some(at("2016-03-09T08:20:00.000Z")),
        offset: Some(Offset(-480)),
        ..sample(Metric::Steps, 400.0, Unit::Count)
    });
    person.told("oura", "b", other).await;
    let rows = person.get("/activities/summaries?merge=true").await.rows();
    let days: Vec<(&Value, &Value)> = rows.iter().map(|r| (&r["date"], &r["steps"])).collect();
    assert_eq!(days, [(&json!("2016-03-09"), &json!(200)), (&json!("2016-03-08"), &json!(600))]);
}
