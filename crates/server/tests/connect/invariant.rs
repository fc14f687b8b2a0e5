//! Threat T3: no road leads to an existing person's session token but that person's current public token.
use proptest::prelude::*;
use serde_json::Value;

use crate::world::{APP, Browser, World};

/// One step of somebody who may try anything.
#[derive(Debug, Clone)]
enum Step {
    /// Opens Connect: for which user, with which public token (an index into those ever seen; `None` for none).
    Open { user: u8, token: Option<u8>, with_client: bool, reuse_cookies: bool },
    /// The whole road in one go, so that long roads are walked often.
    Attempt { user: u8, token: Option<u8>, with_client: bool },
    /// A login on a page; pages and tokens count from the newest.
    Connect { page: u8, account: u8 },
    /// Disconnects what that page shows.
    Disconnect { page: u8 },
    /// Ends that page.
    End { page: u8 },
    /// The app's server exchanges a session token that it was given.
    Exchange { token: u8, as_human: Option<u8> },
    /// The app's server recovers a person's public token.
    Recover { person: u8 },
    /// Time passes.
    Wait { minutes: u8 },
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => (0..3_u8, prop::option::of(0..6_u8), any::<bool>(), any::<bool>())
            .prop_map(|(user, token, with_client, reuse_cookies)| Step::Open { user, token, with_client, reuse_cookies }),
        4 => (0..3_u8, prop::option::of(0..6_u8), any::<bool>())
            .prop_map(|(user, token, with_client)| Step::Attempt { user, token, with_client }),
        4 => (0..6_u8, 0..4_u8).prop_map(|(page, account)| Step::Connect { page, account }),
        1 => (0..6_u8).prop_map(|page| Step::Disconnect { page }),
        3 => (0..6_u8).prop_map(|page| Step::End { page }),
        3 => (0..6_u8, prop::option::of(0..3_u8)).prop_map(|(token, as_human)| Step::Exchange { token, as_human }),
        1 => (0..3_u8).prop_map(|person| Step::Recover { person }),
        1 => (1..25_u8).prop_map(|minutes| Step::Wait { minutes }),
    ]
}

/// A page that somebody opened, and whether a then current public token of the person was shown.
struct Page {
    browser: Browser,
    secret: &'static str,
    proven: Option<String>,
}

#[derive(Default)]
struct Model {
    pages: Vec<Page>,
    /// Finish objects, with the person that the page had proven.
    finished: Vec<(Value, Option<String>)>,
    /// Public tokens ever seen, and whose they are.
    public: Vec<(String, String)>,
    /// The current one of each existing person.
    current: std::collections::BTreeMap<String, String>,
    logins: u32,
}

async fn run(steps: Vec<Step>) -> Result<(), TestCaseError> {
    let world = World::new().await;
    let mut model = Model::default();
    for step in steps {
        apply(&world, &mut model, step).await?;
    }
    Ok(())
}

/// The element that is `n` before the newest.
fn newest<T>(list: &mut [T], n: u8) -> Option<&mut T> {
    list.len().checked_sub(usize::from(n) + 1).and_then(|at| list.get_mut(at))
}

async fn apply(world: &World, model: &mut Model, step: Step) -> Result<(), TestCaseError> {
    let steps = match step {
        Step::Attempt { user, token, with_client } => vec![
            Step::Open { user, token, with_client, reuse_cookies: false },
            Step::Connect { page: 0, account: user },
            Step::End { page: 0 },
            Step::Exchange { token: 0, as_human: None },
        ],
        other => vec![other],
    };
    for step in steps {
        single(world, model, step).await?;
    }
    Ok(())
}

async fn single(world: &World, model: &mut Model, step: Step) -> Result<(), TestCaseError> {
    match step {
        Step::Attempt { .. } => {}
        Step::Open { user, token, with_client, reuse_cookies } => {
            let user = format!("user-{user}");
            let shown = token.and_then(|n| newest(&mut model.public, n).cloned());
            let mut parameters = vec![("clientUserId", user.as_str())];
            if with_client || shown.is_none() {
                parameters.push(("clientId", APP));
            }
            if let Some((token, _)) = &shown {
                parameters.push(("publicToken", token));
            }
            let mut browser = match model.pages.last() {
                Some(last) if reuse_cookies => last.browser.clone(),
                _ => world.browser(),
            };
            let page = browser.open(&parameters).await;
            if page.body.contains("hilum-data") && page.data()["error"].is_null() {
                let proven = shown.map(|(token, person)| {
                    assert_eq!(model.current.get(&person), Some(&token), "opened by a token that is not current");
                    person
                });
                model.pages.push(Page { browser, secret: page.secret(), proven });
            }
        }
        Step::Connect { page, account } => {
            if let Some(page) = newest(&mut model.pages, page) {
                model.logins += 1;
                let started = page.browser.start(page.secret, "oura").await;
                if started.status.is_redirection() {
                    let code = format!("code-account{account}.{}", model.logins);
                    page.browser.callback("oura", &[("state", &started.state()), ("code", &code)]).await;
                }
            }
        }
        Step::Disconnect { page } => {
            if let Some(page) = newest(&mut model.pages, page) {
                let list = page.browser.list(page.secret).await;
                if list.status.is_success() {
                    page.browser.disconnect(page.secret, &list.connection("oura")).await;
                }
            }
        }
        Step::End { page } => {
            if let Some(page) = newest(&mut model.pages, page) {
                let ended = page.browser.end(page.secret).await;
                if ended.status.is_success() && ended.json()["result"] == "finish" {
                    let token = ended.json()["token"].clone();
                    let human = token["humanId"].as_str().expect("text").to_owned();
                    let exists = model.current.contains_key(&human);
                    let own = model.finished.iter().any(|(earlier, _)| *earlier == token);
                    prop_assert!(
                        !exists || own || page.proven.as_ref() == Some(&human),
                        "a session token of an existing person without its public token"
                    );
                    if !own {
                        model.finished.push((token, page.proven.clone()));
                    }
                }
            }
        }
        Step::Exchange { token, as_human } => {
            let Some((token, proven)) = newest(&mut model.finished, token).cloned() else { return Ok(()) };
            let mut sent = token.clone();
            let people: Vec<String> = model.current.keys().cloned().collect();
            if let Some(person) = as_human.and_then(|n| people.get(usize::from(n))) {
                sent["humanId"] = person.clone().into();
            }
            let answer = world.exchange(&sent).await;
            if answer.status.is_success() {
                let tokens = answer.json();
                let human = tokens["humanId"].as_str().expect("text").to_owned();
                prop_assert_eq!(&tokens["humanId"], &token["humanId"], "exchanged for another person");
                let existed = model.current.contains_key(&human);
                let retry = model.public.iter().any(|(known, _)| *known == tokens["publicToken"]);
                prop_assert!(!existed || retry || proven == Some(human.clone()), "an existing person was taken over");
                let public = tokens["publicToken"].as_str().expect("text").to_owned();
                if !retry {
                    model.public.push((public.clone(), human.clone()));
                    model.current.insert(human, public);
                }
            }
        }
        Step::Recover { person } => {
            let person = model.current.keys().nth(usize::from(person)).cloned();
            if let Some(human) = person {
                let body = serde_json::json!({"humanId": human, "clientId": APP, "clientSecret": crate::world::SECRET});
                let token = world.call("/v1/connect/publictokens", &body).await.json();
                let token = token["publicToken"].as_str().expect("text").to_owned();
                model.public.push((token.clone(), human.clone()));
                model.current.insert(human, token);
            }
        }
        Step::Wait { minutes } => {
            world.clock.advance_ms(i64::from(minutes) * 60_000);
            world.engine.sweep_sessions().await.expect("sweep");
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn an_existing_person_is_reached_by_its_public_token_only(steps in prop::collection::vec(step(), 1..40)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("runtime");
        runtime.block_on(run(steps))?;
    }
}
