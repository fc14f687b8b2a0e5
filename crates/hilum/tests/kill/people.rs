//! People who are made and erased: what was acknowledged stays.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::common::App;

/// What the server acknowledged about a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Fate {
    Exists,
    Erased,
    /// A deletion was asked for and not answered: either state is right.
    Unknown,
}

/// Everybody who was made, by external id, with the human id.
#[derive(Clone, Default)]
pub(crate) struct People(Arc<Mutex<BTreeMap<String, (String, Fate)>>>);

impl People {
    /// Makes people, and erases every third, until the server is gone; says how many writes were acknowledged.
    pub(crate) async fn write(self, client: reqwest::Client, users: String, app: App, name: String) -> u64 {
        let mut acknowledged = 0_u64;
        for n in 0_u32.. {
            let external = format!("{name}-{n}");
            let made = client
                .post(&users)
                .basic_auth(&app.app_key, Some(""))
                .json(&serde_json::json!({"externalId": external}))
                .send()
                .await;
            let Ok(answer) = made else { break };
            assert_eq!(answer.status(), 201, "creating a person");
            let Ok(body) = answer.json::<Value>().await else { break };
            let human = body["humanId"].as_str().expect("humanId").to_owned();
            let set = |fate| self.0.lock().expect("lock").insert(external.clone(), (human.clone(), fate));
            set(Fate::Exists);
            acknowledged += 1;
            if n % 3 == 2 {
                set(Fate::Unknown);
                let gone = client.delete(format!("{users}/{human}")).basic_auth(&app.app_key, Some("")).send().await;
                let Ok(answer) = gone else { break };
                assert_eq!(answer.status(), 204);
                set(Fate::Erased);
                acknowledged += 1;
            }
        }
        acknowledged
    }

    /// Everybody is as acknowledged.
    pub(crate) async fn verify(&self, client: &reqwest::Client, url: &str, app: &App) {
        let users = format!("{url}/v1/apps/{}/users", app.client_id);
        let answer = client.get(users).basic_auth(&app.app_key, Some("")).send().await.expect("answers");
        let rows: Vec<Value> = answer.json().await.expect("an array");
        let row = |r: &Value| (r["externalId"].as_str().map(str::to_owned), r["humanId"].as_str().map(str::to_owned));
        let there: BTreeMap<Option<String>, Option<String>> = rows.iter().map(row).collect();
        assert_eq!(there.len(), rows.len(), "somebody is there twice");
        for (external, (human, fate)) in self.0.lock().expect("lock").iter() {
            let known = there.get(&Some(external.clone()));
            match fate {
                Fate::Exists => assert_eq!(known, Some(&Some(human.clone())), "{external} is lost"),
                Fate::Erased => assert!(known.is_none(), "{external} came back"),
                Fate::Unknown => {}
            }
        }
    }

    /// The feed tells once of everybody whose erasure was acknowledged, and of nobody who is there; says of how many.
    pub(crate) fn told_in(&self, feed: &[Value]) -> usize {
        let mut told: HashMap<&str, usize> = HashMap::new();
        for event in feed.iter().filter(|event| event["type"] == "user.erased") {
            *told.entry(event["data"]["humanId"].as_str().expect("humanId")).or_default() += 1;
        }
        let mut erased = 0;
        for (external, (human, fate)) in self.0.lock().expect("lock").iter() {
            let times = told.get(human.as_str()).copied().unwrap_or(0);
            match fate {
                Fate::Exists => assert_eq!(times, 0, "{external} was never erased"),
                Fate::Erased => assert_eq!(times, 1, "of the erasure of {external}"),
                Fate::Unknown => assert!(times <= 1, "of the erasure of {external}"),
            }
            erased += usize::from(*fate == Fate::Erased);
        }
        erased
    }
}
