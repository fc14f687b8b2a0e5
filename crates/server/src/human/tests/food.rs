//! Meals and places in full, and the words for meals.

use hilum_model::observation::{Location, Meal};
use hilum_model::{Batch, Body, Record};
use serde_json::{Value, json};

use super::world::{World, at, record};

const HEAD: &str = r#""userId":"601b89371e42d4a66a4bd866","humanId":"6f0d96ac999b9de597c0aa26b5c1ece3""#;
const TAIL: &str = r#""createdAt":"2016-03-08T21:14:05.120Z","updatedAt":"2016-03-09T06:02:44.731Z""#;

/// A list of one row, the list of its day, and the row by its id.
async fn check(world: &World, paths: &[&str], members: &str) {
    let id = world.get(paths[0]).await.rows()[0]["id"].as_str().expect("id").to_owned();
    let row = format!(r#"{{"id":"{id}",{HEAD},{members},{TAIL}}}"#);
    for path in paths {
        assert_eq!(world.get(path).await.text(), format!("[{row}]"), "{path}");
        assert_eq!(world.get(&format!("{path}/daily/2016-03-08")).await.text(), format!("[{row}]"), "{path}");
        assert_eq!(world.get(&format!("{path}/daily/2016-03-09")).await.text(), "[]", "{path}");
        assert_eq!(world.get(&format!("{path}/{id}")).await.text(), row, "{path}");
        for absent in ["ffffffffffffffffffffffff", "x", "2016-03-08"] {
            let answer = world.get(&format!("{path}/{absent}")).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"), "{path}/{absent}");
        }
    }
}

#[tokio::test]
async fn meals() {
    let world = World::full().await;
    let members = concat!(
        r#""timestamp":"2016-03-08T20:00:00.000Z","tzOffset":"-08:00","type":"lunch","name":"Lentil soup","#,
        r#""calories":312,"carbohydrate":44.1,"fat":7.2,"protein":18.6,"sodium":690,"sugar":5.5,"fiber":14.8,"#,
        r#""saturatedFat":1.1,"monounsaturatedFat":3.9,"polyunsaturatedFat":1.4,"cholesterol":0,"vitaminA":0.2,"#,
        r#""vitaminC":6,"calcium":52,"iron":6.1,"potassium":702,"source":"withings""#
    );
    check(&world, &["/food/meals", "/meals"], members).await;
    assert_eq!(world.get("/food").await.status, 404);
}

#[tokio::test]
async fn places() {
    let world = World::full().await;
    let members = concat!(
        r#""startTime":"2016-03-08T18:05:00.000Z","endTime":"2016-03-08T19:12:00.000Z","tzOffset":"-08:00","name":"","#,
        r#""location":{"lat":37.4419,"lon":-122.143},"source":"withings""#
    );
    check(&world, &["/locations"], members).await;
}

#[tokio::test]
async fn words_for_meals() {
    let world = World::full().await;
    let human = super::world::ids().0;
    let connection = world.connect(human, "oura", "aaaaaaaaaaaaaaaaaaaaaaaa").await;
    let mut batch = Batch::default();
    // 08:00 west: noon UTC is four in the morning there.
    for (start, word) in [
        ("2016-03-10T12:00:00.000Z", Some("snack")),
        ("2016-03-10T20:00:00.000Z", Some("snack")),
        ("2016-03-11T02:00:00.000Z", Some("snack")),
        ("2016-03-11T03:00:00.000Z", Some("other:BRUNCH")),
        ("2016-03-11T04:00:00.000Z", None),
        ("2016-03-11T05:00:00.000Z", Some("after_dinner")),
    ] {
        let body = Body::Meal(Meal { kind: word.map(str::to_owned), amount: Some(2.0), ..Meal::default() });
        batch.record(Record { start: at(start), ..record(start, body) });
    }
    let snack = Body::Meal(Meal { kind: Some("snack".to_owned()), ..Meal::default() });
    batch.record(Record { start: at("2016-03-11T06:00:00.000Z"), offset: None, ..record("nowhere", snack) });
    let home =
        Location { latitude: 48.1, longitude: 11.6, name: Some("Home".to_owned()), kind: Some("home".to_owned()) };
    batch.record(record("home", Body::Location(home)));
    world.apply(human, connection, batch).await;
    let rows = world.get("/food/meals?source=oura").await.rows();
    let mut told: Vec<(&str, &Value)> =
        rows.iter().map(|row| (row["type"].as_str().expect("type"), &row["sourceData"])).collect();
    told.reverse();
    assert_eq!(
        told,
        [
            ("morning_snack", &json!({"mealType": "snack", "amount": 2})),
            ("afternoon_snack", &json!({"mealType": "snack", "amount": 2})),
            ("after_dinner", &json!({"mealType": "snack", "amount": 2})),
            ("other", &json!({"mealType": "BRUNCH", "amount": 2})),
            ("other", &json!({"amount": 2})),
            ("after_dinner", &json!({"amount": 2})),
            ("other", &json!({"mealType": "snack"})),
        ]
    );
    let place = &world.get("/locations?source=oura").await.rows()[0];
    assert_eq!((&place["name"], &place["type"]), (&json!("Home"), &json!("home")));
    assert_eq!(place.get("endTime"), None);
}
