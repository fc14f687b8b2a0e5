//! Sessions, flows, exchange.
mod common;

use common::{APP, HOUR, MINUTE, World, tokens};
use hilum_model::{ClientId, ConnectionId, FlowId, HumanId, Secret};
use hilum_store::connections::ConnectionState;
use hilum_store::grants::GrantState;
use hilum_store::jobs::Priority;
use hilum_store::sessions::{ExchangeOutcome, Flow, SessionMode, SessionState};
use hilum_store::{StoreError, hash_token};

struct Done {
    human: HumanId,
    access: String,
    public: String,
    activated: Vec<ConnectionId>,
    retry: bool,
}

fn done(outcome: ExchangeOutcome) -> Done {
    match outcome {
        ExchangeOutcome::Done { human, access_token, public_token, activated, retry } => Done {
            human: human.human_id,
            access: access_token.expose().clone(),
            public: public_token.expose().clone(),
            activated,
            retry,
        },
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn create_mode_makes_the_person_real_at_exchange_only() {
    let w = World::new().await;
    let session = w.create("ann").await;
    let human = session.human_id;
    let connection =
        w.connect(human, Some(session.session_id), "account", Some(tokens("a", w.now()))).await.expect("pending");
    assert!(w.store.human(human).expect("read").is_none());
    assert!(w.store.connections(human).expect("read").is_empty());
    assert!(w.store.providers(human).expect("read").is_empty());
    assert_eq!(w.store.pending_connections(session.session_id).expect("read").len(), 1);
    assert_eq!(w.store.next_due().expect("read"), None);

    let token = w.finish(&session).await;
    let first = done(w.exchange(&token, human).await);
    assert!(!first.retry);
    assert_eq!((first.human, first.activated.as_slice()), (human, [connection].as_slice()));
    let real = w.store.human_by_client_user_id(APP, "ann").expect("read").expect("real");
    assert_eq!(real.human_id, human);
    assert_eq!(w.store.human_by_access_token(&hash_token(&first.access)).expect("read").expect("it").human_id, human);
    assert_eq!(w.store.human_by_public_token(&hash_token(&first.public)).expect("read").expect("it").human_id, human);
    let real = w.store.connections(human).expect("read");
    assert_eq!(real[0].pending, None);
    assert_eq!(*w.store.providers(human).expect("read"), [(connection, real[0].provider.clone())]);
    let jobs = w.store.claim_jobs(10, w.now().plus_ms(MINUTE)).await.expect("claims");
    assert_eq!(jobs.len(), 1);
    assert_eq!((jobs[0].kind.as_str(), jobs[0].key.clone()), ("sync", connection.to_string()));
    assert_eq!(jobs[0].priority, Priority::Urgent, "the person waits for the first data");
    assert_eq!(jobs[0].payload["human"], human.to_string());
    assert_eq!(jobs[0].payload["connection"], connection.to_string());
    assert_eq!(w.store.session(session.session_id).expect("read").expect("kept").state, SessionState::Exchanged);
}

#[tokio::test]
async fn a_retry_answers_the_same_for_a_minute() {
    let w = World::new().await;
    let session = w.create("ann").await;
    let token = w.finish(&session).await;
    let first = done(w.exchange(&token, session.human_id).await);
    w.clock.advance_ms(MINUTE - 1);
    let again = done(w.exchange(&token, session.human_id).await);
    assert!(again.retry && again.activated.is_empty());
    assert_eq!((again.access, again.public), (first.access.clone(), first.public.clone()));
    w.clock.advance_ms(2);
    assert!(matches!(w.exchange(&token, session.human_id).await, ExchangeOutcome::Used));
    // The tokens live on.
    assert!(w.store.human_by_access_token(&hash_token(&first.access)).expect("read").is_some());
}

#[tokio::test]
async fn foreign_unknown_unfinished_and_ended_tokens_give_nothing() {
    let w = World::new().await;
    let other = ClientId([0xb0; 20]);
    w.app(other).await;
    let session = w.create("ann").await;
    let human = session.human_id;
    assert!(matches!(w.exchange("open-token", human).await, ExchangeOutcome::NotFinished));
    let token = w.finish(&session).await;
    assert!(matches!(w.exchange("nonsense", human).await, ExchangeOutcome::Unknown));
    assert!(matches!(w.exchange_as(&token, human, other).await, ExchangeOutcome::Unknown));
    assert!(matches!(w.exchange(&token, HumanId([9; 16])).await, ExchangeOutcome::Unknown));
    w.clock.advance_ms(10 * MINUTE);
    assert!(matches!(w.exchange(&token, human).await, ExchangeOutcome::Expired));
    let ended = w.store.ended_sessions(10).expect("read");
    assert_eq!(ended.len(), 1);
    w.store.expire_session(session.session_id).await.expect("expires");
    assert!(matches!(w.exchange(&token, human).await, ExchangeOutcome::Expired));
    assert!(w.store.human_by_client_user_id(APP, "ann").expect("read").is_none());
    let kept = w.store.session(session.session_id).expect("read").expect("kept");
    assert_eq!((kept.client_user_id.expose().as_str(), kept.settings.as_str()), ("", "{\"lang\":\"de\"}"));
    assert!(w.store.ended_sessions(10).expect("read").is_empty());
}

#[tokio::test]
async fn of_two_enrolments_of_one_user_the_first_wins() {
    let w = World::new().await;
    let (a, b) = (w.create("ann").await, w.create("ann").await);
    w.connect(b.human_id, Some(b.session_id), "account", Some(tokens("b", w.now()))).await.expect("pending");
    let (ta, tb) = (w.finish(&a).await, w.finish(&b).await);
    done(w.exchange(&ta, a.human_id).await);
    assert!(matches!(w.exchange(&tb, b.human_id).await, ExchangeOutcome::AlreadyEnrolled));
    assert!(w.store.human(b.human_id).expect("read").is_none());
    assert_eq!(w.store.pending_connections(b.session_id).expect("read").len(), 1, "to be revoked");
    w.clock.advance_ms(10 * MINUTE);
    w.store.expire_session(b.session_id).await.expect("expires");
    assert!(w.store.pending_connections(b.session_id).expect("read").is_empty());
    assert!(w.store.human(a.human_id).expect("read").is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn of_concurrent_exchanges_one_is_the_first() {
    let w = std::sync::Arc::new(World::new().await);
    let session = w.create("ann").await;
    let token = w.finish(&session).await;
    let tasks: Vec<_> = (0..16)
        .map(|_| {
            let (w, token) = (w.clone(), token.clone());
            tokio::spawn(async move { done(w.exchange(&token, session.human_id).await) })
        })
        .collect();
    let mut answers = Vec::new();
    for task in tasks {
        answers.push(task.await.expect("no panic"));
    }
    assert_eq!(answers.iter().filter(|a| !a.retry).count(), 1);
    assert!(answers.iter().all(|a| a.access == answers[0].access && a.public == answers[0].public));
}

#[tokio::test]
async fn a_known_account_keeps_its_connection_and_lives_again() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let known = w.connect(human, None, "account", Some(tokens("old", w.now()))).await.expect("real");
    let lease = [1; 16];
    assert!(w.store.begin_refresh(human, known, 1, lease, w.now().plus_ms(MINUTE)).await.expect("begins"));
    w.store
        .set_connection_state(human, known, ConnectionState::NeedsReauth, Some("revoked".to_owned()))
        .await
        .expect("sets");
    let session = w.session(SessionMode::Edit, human, "ann").await;
    let pending =
        w.connect(human, Some(session.session_id), "account", Some(tokens("new", w.now()))).await.expect("pending");
    assert_ne!(pending, known);
    w.clock.advance_ms(1000);
    let token = w.finish(&session).await;
    let outcome = done(w.exchange(&token, human).await);
    assert_eq!(outcome.activated, [known]);
    let all = w.store.connections(human).expect("read");
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].connection_id, all[0].state, all[0].reason.clone()), (known, ConnectionState::Live, None));
    assert_eq!(all[0].state_since, w.now());
    assert!(w.store.connection(human, pending).expect("read").is_none());
    let grant = w.store.grant(human, known).expect("read").expect("moved");
    assert_eq!(grant.tokens.access.expose(), "access-new");
    assert_eq!((grant.generation, grant.state), (2, GrantState::Ok));
    // The refresh of the old grant comes back too late.
    let late = w.store.complete_refresh(human, known, 1, lease, tokens("late", w.now())).await.expect("runs");
    assert!(!late);
}

#[tokio::test]
async fn edit_mode_replaces_public_token_and_ends_old_access_tokens() {
    let w = World::new().await;
    let session = w.create("ann").await;
    let human = session.human_id;
    let token = w.finish(&session).await;
    let first = done(w.exchange(&token, human).await);
    w.clock.advance_ms(HOUR);
    let edit = w.session(SessionMode::Edit, human, "ann").await;
    let token = w.finish(&edit).await;
    let second = done(w.exchange(&token, human).await);
    assert_ne!(first.access, second.access);
    assert!(w.store.human_by_public_token(&hash_token(&first.public)).expect("read").is_none());
    assert!(w.store.human_by_public_token(&hash_token(&second.public)).expect("read").is_some());
    w.clock.advance_ms(24 * HOUR - 1);
    assert!(w.store.human_by_access_token(&hash_token(&first.access)).expect("read").is_some());
    w.clock.advance_ms(1);
    assert!(w.store.human_by_access_token(&hash_token(&first.access)).expect("read").is_none());
    assert!(w.store.human_by_access_token(&hash_token(&second.access)).expect("read").is_some());
}

#[tokio::test]
async fn pending_in_one_session_once_and_never_in_an_ended_one() {
    let w = World::new().await;
    let session = w.create("ann").await;
    let human = session.human_id;
    let first = w.connect(human, Some(session.session_id), "account", Some(tokens("1", w.now()))).await.expect("adds");
    let again = w.connect(human, Some(session.session_id), "account", Some(tokens("2", w.now()))).await.expect("adds");
    assert_eq!(first, again);
    let grant = w.store.grant(human, first).expect("read").expect("grant");
    assert_eq!(grant.tokens.access.expose(), "access-2");
    w.finish(&session).await;
    let late = w.connect(human, Some(session.session_id), "other", None).await;
    assert!(matches!(late, Err(StoreError::NotFound)), "{late:?}");
}

#[tokio::test]
async fn sessions_are_found_by_each_of_their_secrets() {
    let w = World::new().await;
    let session = w.create("ann").await;
    let by_page = w.store.session_by_page_secret(&session.page_secret_hash).expect("read").expect("found");
    assert_eq!(by_page.session_id, session.session_id);
    assert_eq!(by_page.settings, "{\"lang\":\"de\"}");
    assert_eq!(by_page.client_user_id.expose(), "ann");
    let by_browser = w.store.session_by_browser_secret(&session.browser_secret_hash).expect("read").expect("found");
    assert_eq!(by_browser.session_id, session.session_id);
    assert_eq!(w.store.touch_session(session.session_id, true).await.expect("touches"), 1);
    assert_eq!(w.store.touch_session(session.session_id, false).await.expect("touches"), 2);
    let now = w.store.session(session.session_id).expect("read").expect("found");
    assert!(now.changed && now.version == 2);
    assert_eq!(w.store.open_sessions().expect("read").len(), 1);
    let token = w.finish(&session).await;
    assert!(w.store.open_sessions().expect("read").is_empty());
    let by_token = w.store.session_by_token(&hash_token(&token)).expect("read").expect("found");
    assert_eq!(by_token.state, SessionState::Finished);
    let second = w.store.finish_session(session.session_id, hash_token("x"), w.now()).await.expect("runs");
    assert!(!second, "finished once");
    assert!(!w.store.close_session(session.session_id).await.expect("runs"), "not open any more");
}

#[tokio::test]
async fn edit_sessions_need_the_person_and_create_sessions_the_app() {
    let w = World::new().await;
    let nobody = w.try_session(SessionMode::Edit, HumanId([7; 16]), "ann").await;
    assert!(matches!(nobody, Err(StoreError::NotFound)), "{nobody:?}");
    let session = w.create("ann").await;
    let twice = w.try_session(SessionMode::Create, session.human_id, "bob").await;
    assert!(matches!(twice, Err(StoreError::Exists)), "{twice:?}");
}

#[tokio::test]
async fn closed_sessions_are_cleaned_of_what_they_hold() {
    let w = World::new().await;
    let session = w.create("ann").await;
    w.connect(session.human_id, Some(session.session_id), "account", None).await.expect("adds");
    assert!(w.store.close_session(session.session_id).await.expect("closes"));
    let ended = w.store.ended_sessions(10).expect("read");
    assert_eq!(ended.len(), 1, "closed with a pending connection");
    w.store.expire_session(session.session_id).await.expect("expires");
    assert!(w.store.ended_sessions(10).expect("read").is_empty());
    assert!(w.store.pending_connections(session.session_id).expect("read").is_empty());

    let empty = w.create("bob").await;
    assert!(w.store.close_session(empty.session_id).await.expect("closes"));
    assert!(w.store.ended_sessions(10).expect("read").is_empty(), "nothing to revoke, and its page may still ask");
    w.clock.advance_ms(30 * MINUTE);
    assert_eq!(w.store.ended_sessions(10).expect("read").len(), 1, "its person's key is to go");
}

#[tokio::test]
async fn flows_are_taken_once_and_end() {
    let w = World::new().await;
    let session = w.create("ann").await;
    let flow = |n: u8| Flow {
        flow_id: FlowId([n; 16]),
        session_id: session.session_id,
        provider: "oura".to_owned(),
        state_hash: [n; 32],
        cookie_hash: [n + 1; 32],
        verifier: Secret::new("verifier".to_owned()),
        region: None,
        renews: None,
        expires_at: w.now().plus_ms(10 * MINUTE),
    };
    w.store.create_flow(flow(1)).await.expect("creates");
    w.store.create_flow(flow(2)).await.expect("creates");
    let taken = w.store.take_flow([1; 32]).await.expect("takes").expect("there");
    assert_eq!(
        (taken.flow_id, taken.cookie_hash, taken.verifier.expose().as_str()),
        (FlowId([1; 16]), [2; 32], "verifier")
    );
    assert!(w.store.take_flow([1; 32]).await.expect("takes").is_none());
    w.clock.advance_ms(10 * MINUTE);
    assert!(w.store.take_flow([2; 32]).await.expect("takes").is_none());
}

#[tokio::test]
async fn what_is_remembered_of_a_token_never_outlives_its_end() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let hash = hash_token("access");
    w.store.add_access_token(human, hash).await.expect("adds");
    for _ in 0..2 {
        let found = w.store.human_by_access_token(&hash).expect("read").expect("valid");
        assert_eq!((found.human_id, found.client_user_id.expose().as_str()), (human, "ann"));
    }
    // Providers follow every change at once.
    assert!(w.store.providers(human).expect("read").is_empty());
    let connection = w.connection(human, "account").await;
    assert_eq!(w.store.providers(human).expect("read")[0].0, connection);
    // Erased and acknowledged: the very next look finds nothing.
    assert!(w.store.human_by_access_token(&hash).expect("read").is_some());
    assert!(w.store.erase_human(human).await.expect("erases"));
    assert!(w.store.human_by_access_token(&hash).expect("read").is_none());
    assert!(w.store.providers(human).expect("read").is_empty());
}

#[tokio::test]
async fn an_account_is_found_whoever_has_connected_it() {
    let w = World::new().await;
    let ann = w.human("ann").await.human_id;
    let real = w.connection(ann, "shared").await;
    w.connection(ann, "other").await;
    let bob = w.create("bob").await;
    let pending =
        w.connect(bob.human_id, Some(bob.session_id), "shared", Some(tokens("t", w.now()))).await.expect("pending");
    let found = |provider, account| {
        let rows = w.store.connections_of_account(provider, account).expect("read");
        let mut rows: Vec<_> = rows.into_iter().map(|row| (row.human_id, row.connection_id)).collect();
        rows.sort_unstable_by_key(|row| row.1.0);
        rows
    };
    let provider = w.store.connection(ann, real).expect("read").expect("there").provider;
    let mut expected = vec![(ann, real), (bob.human_id, pending)];
    expected.sort_unstable_by_key(|row| row.1.0);
    assert_eq!(found(&provider, "shared"), expected);
    assert!(found("another", "shared").is_empty(), "account ids are a provider's own");
    assert!(found(&provider, "nobody").is_empty());
    w.store.erase_pending(bob.human_id, pending).await.expect("erased");
    assert_eq!(found(&provider, "shared"), [(ann, real)]);
}
