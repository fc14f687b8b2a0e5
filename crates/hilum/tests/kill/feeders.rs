//! Data that are posted: each post that changed something has its event, once, and none has one that changed nothing.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::{Arc, Mutex};

use hilum_engine::clock::{SystemClock, SystemRandom};
use hilum_model::{Day, Phi};
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::{OpenMode, Store, hash_token};
use serde_json::{Value, json};

use crate::common::App;

/// What a post did to a weight; each post is about a day of its own, so that its event is known by it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Change {
    Created,
    Updated,
    Deleted,
}

impl Change {
    const fn event(self) -> &'static str {
        match self {
            Self::Created => "data.created",
            Self::Updated => "data.updated",
            Self::Deleted => "data.deleted",
        }
    }
}

/// A person of whom data come.
pub(crate) struct Feeder {
    human: String,
    token: String,
    /// Posts by day and change, and whether they were acknowledged.
    posts: Mutex<BTreeMap<(i32, Change), bool>>,
}

impl Feeder {
    /// People with access tokens, made while no server runs.
    pub(crate) async fn make(data: &Path, app: &App, count: usize) -> Vec<Arc<Self>> {
        let store = Store::open(data, OpenMode::Tool, Arc::new(SystemClock), Arc::new(SystemRandom)).expect("opens");
        let mut made = Vec::with_capacity(count);
        for n in 0..count {
            let new = NewHuman {
                client_id: app.client_id.parse().expect("an id"),
                client_user_id: Phi::new(format!("feeder-{n}")),
                ids: None,
                facts: HumanFacts::default(),
            };
            let human = store.create_human(new).await.expect("a person").0.human_id;
            let token = format!("token of feeder {n}");
            store.add_access_token(human, hash_token(&token)).await.expect("a token");
            made.push(Arc::new(Self { human: human.to_string(), token, posts: Mutex::default() }));
        }
        store.close().await.expect("closes");
        made
    }

    /// Posts weights, corrects every third and takes back every fifth, until the server is gone; says how many posts were
    /// acknowledged.
    pub(crate) async fn write(self: Arc<Self>, client: reqwest::Client, url: String) -> u64 {
        let mut acknowledged = 0;
        let first = self.posts.lock().expect("lock").keys().next_back().map_or(0, |(day, _)| day + 1);
        for day in first.. {
            let start = format!("{}T07:00:00Z", Day(day));
            let weight = |kg: i32| json!({"metric": "weight", "id": format!("w{day}"), "start": start, "value": kg, "unit": "kg"});
            let mut changes = vec![(Change::Created, weight(70))];
            if day % 3 == 0 {
                changes.push((Change::Updated, weight(71)));
            }
            if day % 5 == 0 {
                changes.push((Change::Deleted, json!({"deleted": "weight", "id": format!("w{day}")})));
            }
            for (change, observation) in changes {
                let set = |known| self.posts.lock().expect("lock").insert((day, change), known);
                set(false);
                let body = json!({"source": "scale", "observations": [observation]});
                let sent =
                    client.post(format!("{url}/v1/human/ingest")).bearer_auth(&self.token).json(&body).send().await;
                let Ok(answer) = sent else { return acknowledged };
                assert_eq!(answer.status(), 200, "posting");
                let Ok(told) = answer.json::<Value>().await else { return acknowledged };
                let of = |name: &str| told[name].as_u64().expect("a count");
                assert_eq!(of("inserted") + of("updated") + of("deleted"), 1, "{change:?}: {told}");
                set(true);
                acknowledged += 1;
            }
        }
        acknowledged
    }

    /// The feed tells of each acknowledged post once, of each other one at most once and only if it was stored, and of nothing
    /// else; says how many events of data there are.
    pub(crate) async fn verify(&self, client: &reqwest::Client, url: &str, feed: &[Value]) -> usize {
        let own: Vec<&Value> = feed.iter().filter(|event| event["data"]["humanId"] == self.human.as_str()).collect();
        let sequences: Vec<u64> =
            own.iter().map(|event| event["data"]["sequence"].as_u64().expect("a number")).collect();
        assert_eq!(sequences, (1..=own.len() as u64).collect::<Vec<_>>(), "sequences have no gaps");

        let mut told: BTreeSet<(String, String)> = BTreeSet::new();
        for event in own {
            let (kind, data) = (event["type"].as_str().expect("type"), &event["data"]);
            if kind.starts_with("data.") {
                let day = data["from"].as_str().expect("a day").to_owned();
                assert_eq!(
                    (&data["dataType"], &data["count"], &data["to"]),
                    (&json!("weight"), &json!(1), &json!(day))
                );
                assert!(told.insert((day, kind.to_owned())), "twice in the feed: {event}");
            }
        }
        let events = told.len();
        let stored = self.stored(client, url).await;
        let posts = self.posts.lock().expect("lock");
        for ((day, change), acknowledged) in posts.iter() {
            let name = Day(*day).to_string();
            let is_told = told.remove(&(name.clone(), change.event().to_owned()));
            assert!(is_told || !acknowledged, "no event tells of {change:?} on {name}");
            // The newest change of a day is what is stored of it.
            let newest = [Change::Deleted, Change::Updated, Change::Created]
                .into_iter()
                .find(|c| posts.contains_key(&(*day, *c)));
            if newest == Some(*change) {
                let was_done = match change {
                    Change::Created => stored.contains_key(&name),
                    Change::Updated => stored.get(&name) == Some(&json!(71)),
                    Change::Deleted => !stored.contains_key(&name),
                };
                assert_eq!(was_done, is_told, "{change:?} on {name}: stored and told differ");
            }
        }
        assert!(told.is_empty(), "events of what nobody posted: {told:?}");
        events
    }

    /// Weights by day.
    async fn stored(&self, client: &reqwest::Client, url: &str) -> BTreeMap<String, Value> {
        let mut found = BTreeMap::new();
        for page in 0.. {
            let address = format!("{url}/v1/human/weight/readings?limit=500&offset={}", page * 500);
            let answer = client.get(address).bearer_auth(&self.token).send().await.expect("answers");
            let rows: Vec<Value> = answer.json().await.expect("an array");
            for row in &rows {
                let day = row["timestamp"].as_str().and_then(|at| at.get(..10)).expect("a time").to_owned();
                assert!(found.insert(day, row["value"].clone()).is_none(), "a weight is there twice");
            }
            if rows.len() < 500 {
                break;
            }
        }
        found
    }
}
