//! Two apps, three people, nobody reads a byte of another: every address, every id, every credential.

use axum::http::{Method, StatusCode};
use hilum_model::{Batch, Record, Sample};
use serde_json::Value;

use super::world::{World, app_key, everything};

struct Person {
    token: &'static str,
    human_id: String,
    /// Texts that only answers to this person may hold: ids, and a word in all its data.
    own: Vec<String>,
}

const LISTS: [&str; 16] = [
    "/blood_glucose/readings",
    "/blood_oxygen/readings",
    "/blood_pressure/readings",
    "/bmi/readings",
    "/body_fat/readings",
    "/heart_rate/readings",
    "/height/readings",
    "/weight/readings",
    "/heart_rate/summaries",
    "/activities",
    "/activities/summaries",
    "/sleeps",
    "/sleeps/summaries",
    "/food/meals",
    "/locations",
    "/sources",
];

const OBJECTS: [&str; 15] = [
    "",
    "/profile",
    "/blood_glucose",
    "/blood_oxygen",
    "/blood_pressure",
    "/bmi",
    "/body_fat",
    "/heart_rate",
    "/height",
    "/weight",
    "/activities/summary",
    "/activities/summaries/2016-03-08",
    "/sleeps/summary",
    "/sleeps/summary/2016-03-08",
    "/genetic/traits",
];

/// One of everything, with a word of this person as the device of all of it.
fn marked(word: &str) -> Batch {
    let mut batch = Batch::default();
    for observation in everything(0.0).observations {
        match observation {
            hilum_model::Observation::Sample(s) => batch.sample(Sample { device: Some(word.to_owned()), ..s }),
            hilum_model::Observation::Record(r) => batch.record(Record { device: Some(word.to_owned()), ..*r }),
            hilum_model::Observation::Deleted { kind, key } => batch.deleted(kind, key),
        }
    }
    batch
}

async fn people(world: &World) -> Vec<Person> {
    let apps = [world.app(1).await, world.app(2).await];
    let mut people = Vec::new();
    for (app, user, token, connection) in [
        (apps[0], "same-id", "token-one", "111111111111111111111111"),
        (apps[0], "another", "token-two", "222222222222222222222222"),
        (apps[1], "same-id", "token-three", "333333333333333333333333"),
    ] {
        let human = world.human(app, user, token).await;
        let id = world.connect(human.human_id, "withings", connection).await;
        let word = format!("device-of-{token}");
        world.apply(human.human_id, id, marked(&word)).await;
        let human_id = human.human_id.to_string();
        let own = vec![human_id.clone(), human.user_id.to_string(), id.to_string(), word];
        people.push(Person { token, human_id, own });
    }
    people
}

/// Ids of all rows of a person, with the lists that they are in.
async fn rows_of(world: &World, person: &Person) -> Vec<(&'static str, String)> {
    let mut rows = Vec::new();
    for list in LISTS.into_iter().filter(|l| *l != "/sources") {
        let found = world.get_as(person.token, list).await.rows();
        assert!(!found.is_empty(), "{list} has a row");
        rows.extend(found.iter().map(|row| (list, row["id"].as_str().expect("id").to_owned())));
    }
    rows
}

#[tokio::test]
async fn no_foreign_byte_on_any_route() {
    let world = World::new();
    let people = people(&world).await;
    for (i, me) in people.iter().enumerate() {
        for path in LISTS.iter().chain(&OBJECTS) {
            let answer = world.get_as(me.token, path).await;
            assert_eq!(answer.status, StatusCode::OK, "{path}");
            assert!(*path == "/sources" || answer.text().contains(&me.human_id), "{path} shows the person's own data");
            for other in people.iter().enumerate().filter(|(j, _)| *j != i).flat_map(|(_, p)| &p.own) {
                assert!(!answer.text().contains(other.as_str()), "{path} shows {other}");
            }
        }
        for (j, owner) in people.iter().enumerate() {
            for (list, id) in rows_of(&world, owner).await {
                let answer = world.get_as(me.token, &format!("{list}/{id}")).await;
                if i == j {
                    assert_eq!(answer.json()["id"].as_str(), Some(id.as_str()));
                    continue;
                }
                // Ids of samples are computed within a person, so a foreign one may name a sample of one's own.
                if answer.status == StatusCode::NOT_FOUND {
                    assert_eq!(answer.code(), "not_found");
                } else {
                    assert_eq!(answer.json()["humanId"].as_str(), Some(me.human_id.as_str()), "{list}/{id}");
                    assert!(matches!(list, "/heart_rate/readings" | "/blood_oxygen/readings"), "{list}/{id}");
                }
                assert!(owner.own.iter().all(|text| !answer.text().contains(text.as_str())), "{list}/{id}");
            }
        }
    }
}

#[tokio::test]
async fn other_credentials_open_nothing() {
    let world = World::new();
    let people = people(&world).await;
    let key = app_key(1);
    let client_id = "01".repeat(20);
    let secret = format!("{:040x}", 1);
    for credential in [key.as_str(), client_id.as_str(), secret.as_str(), &people[0].human_id, "demo", ""] {
        for path in LISTS.iter().chain(&OBJECTS) {
            let bearer = format!("Bearer {credential}");
            let by_header =
                world.send(Method::GET, &format!("/v1/human{path}"), &[("authorization", &bearer)], "").await;
            let by_query =
                world.send(Method::GET, &format!("/v1/human{path}?access_token={credential}"), &[], "").await;
            for answer in [by_header, by_query] {
                assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "unauthorized"), "{path}");
                let shown = people.iter().flat_map(|p| &p.own).find(|text| answer.text().contains(text.as_str()));
                assert_eq!(shown, None, "{path}");
            }
        }
    }
}

#[tokio::test]
async fn an_app_manages_its_own_people_only() {
    let world = World::new();
    let people = people(&world).await;
    let basic = |number: u8| {
        use base64::Engine as _;
        format!("Basic {}", base64::engine::general_purpose::STANDARD.encode(format!("{}:", app_key(number))))
    };
    let (own, foreign) = ("01".repeat(20), "02".repeat(20));
    let auth = basic(1);
    let auth = [("authorization", auth.as_str())];
    // Another app's address with one's own key.
    for (method, path) in [
        (Method::GET, format!("/v1/apps/{foreign}/users")),
        (Method::POST, format!("/v1/apps/{foreign}/users")),
        (Method::GET, format!("/v1/apps/{foreign}/users/{}", people[2].human_id)),
        (Method::DELETE, format!("/v1/apps/{foreign}/users/{}", people[2].human_id)),
    ] {
        let answer = world.send(method.clone(), &path, &auth, "externalId=x").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (401, "unauthorized"), "{method} {path}");
    }
    // Another app's person at one's own address.
    for method in [Method::GET, Method::DELETE] {
        let path = format!("/v1/apps/{own}/users/{}", people[2].human_id);
        let answer = world.send(method, &path, &auth, "").await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "not_found"));
    }
    // The same external id names one's own person.
    let mine = world.send(Method::GET, &format!("/v1/apps/{own}/users/same-id"), &auth, "").await;
    assert_eq!(mine.json()["humanId"].as_str(), Some(people[0].human_id.as_str()));
    let list: Vec<Value> = world.send(Method::GET, &format!("/v1/apps/{own}/users"), &auth, "").await.rows();
    assert_eq!(list.len(), 2);
    // Deleting it leaves the others whole.
    let gone = world.send(Method::DELETE, &format!("/v1/apps/{own}/users/same-id"), &auth, "").await;
    assert_eq!((gone.status.as_u16(), gone.body.len()), (204, 0));
    assert_eq!(world.get_as("token-one", "/weight").await.status, 401);
    for token in ["token-two", "token-three"] {
        assert_eq!(world.get_as(token, "/weight").await.status, 200);
        assert_eq!(world.get_as(token, "/heart_rate/readings").await.rows().len(), 1);
    }
}
