//! A restored backup is told from the database that was there before.
mod common;

use std::fs;
use std::path::PathBuf;

use common::{HOUR, MINUTE, World, tokens};
use hilum_model::{ConnectionId, HumanId, Time};
use hilum_store::{OpenMode, Store};

struct Case {
    w: World,
    person: (HumanId, ConnectionId),
}

impl Case {
    async fn new() -> Self {
        let w = World::new().await;
        let human = w.human("ann").await.human_id;
        let connection = w.connect(human, None, "account", Some(tokens("first", w.now()))).await.expect("connected");
        Self { w, person: (human, connection) }
    }

    async fn refresh(&self) {
        let (human, id) = self.person;
        let generation = self.w.store.grant(human, id).expect("reads").expect("there").generation;
        let until = self.w.now().plus_ms(MINUTE);
        assert!(self.w.store.begin_refresh(human, id, generation, [1; 16], until).await.expect("begins"));
        let new = tokens("next", self.w.now().plus_ms(HOUR));
        assert!(self.w.store.complete_refresh(human, id, generation, [1; 16], new).await.expect("completes"));
    }

    fn database(&self) -> PathBuf {
        self.w.data().join("hilum.sqlite")
    }

    fn marks(&self) -> PathBuf {
        self.w.data().join("hilum.rotations")
    }

    fn open(&self) -> Store {
        let (clock, random) = (self.w.clock.clone(), self.w.random.clone());
        Store::open(&self.w.data(), OpenMode::Serve, clock, random).expect("opens")
    }

    /// Stops, does something to the files, and starts again later.
    async fn meanwhile(&mut self, act: impl FnOnce(&Self)) {
        self.w.store.close().await.expect("closes");
        act(self);
        self.w.clock.advance_ms(1);
        self.w.store = self.open();
    }

    /// A copy of the database as it is now.
    async fn backup(&mut self) -> Vec<u8> {
        let mut copy = Vec::new();
        self.meanwhile(|case| copy = fs::read(case.database()).expect("reads")).await;
        copy
    }

    async fn restore(&mut self, copy: &[u8]) {
        self.meanwhile(|case| fs::write(case.database(), copy).expect("writes")).await;
    }

    fn restored_at(&self) -> Option<Time> {
        self.w.store.restored_at().expect("reads")
    }
}

#[tokio::test]
async fn starting_again_is_no_restoring() {
    let mut case = Case::new().await;
    for _ in 0..3 {
        case.refresh().await;
        case.meanwhile(|_| {}).await;
        assert_eq!(case.restored_at(), None);
    }
    // Beside a running server, too.
    let tool = Store::open(&case.w.data(), OpenMode::Tool, case.w.clock.clone(), case.w.random.clone());
    assert_eq!(tool.expect("opens").restored_at().expect("reads"), None);
}

#[tokio::test]
async fn a_copy_from_before_a_refresh_is_known_until_it_is_accepted() {
    let mut case = Case::new().await;
    case.refresh().await;
    let copy = case.backup().await;
    case.refresh().await;
    case.restore(&copy).await;
    let found = case.w.now();
    assert_eq!(case.restored_at(), Some(found));
    case.meanwhile(|_| {}).await;
    assert_eq!(case.restored_at(), Some(found), "it stays so");
    assert!(case.w.store.accept_restored().await.expect("accepts"));
    assert_eq!(case.restored_at(), None);
    assert!(!case.w.store.accept_restored().await.expect("nothing to accept"));
    case.meanwhile(|_| {}).await;
    assert_eq!(case.restored_at(), None);
}

#[tokio::test]
async fn a_copy_from_after_the_last_refresh_holds_good_tokens() {
    let mut case = Case::new().await;
    case.refresh().await;
    let copy = case.backup().await;
    case.w.human("bob").await;
    case.restore(&copy).await;
    assert_eq!(case.restored_at(), None);
}

#[tokio::test]
async fn a_copy_in_another_directory_is_one() {
    let mut case = Case::new().await;
    case.meanwhile(|case| fs::remove_file(case.marks()).expect("removes")).await;
    assert!(case.restored_at().is_some());
}

#[tokio::test]
async fn a_file_that_says_nothing_is_none() {
    for text in ["", "x", "00 1\n", "ff"] {
        let mut case = Case::new().await;
        case.meanwhile(|case| fs::write(case.marks(), text).expect("writes")).await;
        assert!(case.restored_at().is_some(), "{text:?}");
    }
}

#[tokio::test]
async fn a_copy_from_before_an_accepted_one_is_known_too() {
    let mut case = Case::new().await;
    let early = case.backup().await;
    for _ in 0..3 {
        case.refresh().await;
    }
    let late = case.backup().await;
    case.restore(&early).await;
    assert!(case.w.store.accept_restored().await.expect("accepts"));
    case.refresh().await;
    // It has counted further than the file says, but in the epoch before.
    case.restore(&late).await;
    assert!(case.restored_at().is_some());
}

#[tokio::test]
async fn a_file_that_lags_behind_does_no_harm() {
    let mut case = Case::new().await;
    let mark = fs::read(case.marks()).expect("reads");
    case.refresh().await;
    assert_ne!(fs::read(case.marks()).expect("reads"), mark, "the refresh is counted");
    case.meanwhile(|case| fs::write(case.marks(), &mark).expect("writes")).await;
    assert_eq!(case.restored_at(), None);
}
