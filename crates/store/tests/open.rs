//! Opening, locking, closing; the key file.
mod common;

use std::fs;
use std::path::Path;

use common::{APP, World, open};
use hilum_model::{ClientId, Phi};
use hilum_store::humans::{HumanFacts, NewHuman};
use hilum_store::jobs::Priority;
use hilum_store::{OpenMode, Store, StoreError};

fn key_error(result: Result<Store, StoreError>) -> String {
    match result {
        Err(StoreError::Key(message)) => message,
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt;
    fs::metadata(path).expect("there").permissions().mode() & 0o777
}

#[cfg(unix)]
#[test]
fn everything_is_private() {
    let dir = tempfile::tempdir().expect("directory");
    let data = dir.path().join("new/data");
    let store = open(&data, OpenMode::Serve, 1).expect("opens");
    assert_eq!(mode(&data), 0o700);
    for entry in fs::read_dir(&data).expect("list") {
        let path = entry.expect("entry").path();
        assert_eq!(mode(&path), 0o600, "{}", path.display());
    }
    drop(store);
}

#[tokio::test]
async fn what_was_written_is_there_after_a_restart() {
    let mut w = World::new().await;
    let human = w.human("ann").await;
    w.store.close().await.expect("closes");
    let data = w.data();
    w.store = open(&data, OpenMode::Serve, 7).expect("opens again");
    let back = w.store.human(human.human_id).expect("reads").expect("there");
    assert_eq!(back.client_user_id.expose(), "ann");
    assert_eq!(w.store.check().expect("checks"), Vec::<String>::new());
    // Without close: dropping waits for the writer.
    let bob = w.human("bob").await;
    w.store = open(&w.dir.path().join("elsewhere"), OpenMode::Serve, 8).expect("another");
    w.store = open(&data, OpenMode::Serve, 9).expect("opens a third time");
    assert!(w.store.human(bob.human_id).expect("reads").is_some());
}

#[tokio::test]
async fn one_server_many_tools() {
    let w = World::new().await;
    let second = open(&w.data(), OpenMode::Serve, 2);
    assert!(matches!(second, Err(StoreError::InUse(_))), "{second:?}");
    let tools = [open(&w.data(), OpenMode::Tool, 3).expect("beside"), open(&w.data(), OpenMode::Tool, 4).expect("too")];
    for (n, tool) in tools.iter().enumerate() {
        let new = NewHuman {
            client_id: APP,
            client_user_id: Phi::new(format!("tool {n}")),
            ids: None,
            facts: HumanFacts::default(),
        };
        let (human, new) = tool.create_human(new).await.expect("writes");
        assert!(new);
        assert!(w.store.human(human.human_id).expect("reads").is_some(), "the server sees it at once");
    }
    w.human("server").await;
    assert_eq!(tools[0].humans(APP, None, 0).expect("reads").len(), 3);
    w.store.close().await.expect("closes");
    open(&w.data(), OpenMode::Serve, 5).expect("the lock is free, tools or not");
}

#[tokio::test]
async fn two_stores_in_one_process_are_apart() {
    let (a, b) = (World::new().await, tempfile::tempdir().expect("directory"));
    let b = open(b.path(), OpenMode::Serve, 2).expect("opens");
    a.human("ann").await;
    assert!(b.app(APP).expect("reads").is_none());
    assert_ne!(a.store.mac("poll", b"x"), b.mac("poll", b"x"), "own keys");
}

#[test]
fn first_starts_at_once_agree_on_keys_and_schema() {
    let dir = tempfile::tempdir().expect("directory");
    let data = dir.path().join("data");
    let macs: Vec<[u8; 32]> = std::thread::scope(|scope| {
        let threads: Vec<_> = (0..6)
            .map(|seed| {
                let data = &data;
                scope.spawn(move || open(data, OpenMode::Tool, seed).expect("opens").mac("p", b"m"))
            })
            .collect();
        threads.into_iter().map(|thread| thread.join().expect("no panic")).collect()
    });
    assert!(macs.iter().all(|mac| *mac == macs[0]));
}

#[tokio::test]
async fn macs_are_stable_and_apart_by_purpose() {
    let w = World::new().await;
    let mac = w.store.mac("poll", b"session");
    assert_ne!(mac, w.store.mac("open", b"session"));
    assert_ne!(mac, w.store.mac("poll", b"other"));
    w.store.close().await.expect("closes");
    let again = open(&w.data(), OpenMode::Serve, 2).expect("opens");
    assert_eq!(mac, again.mac("poll", b"session"));
}

#[tokio::test]
async fn a_key_file_that_does_not_fit_is_refused() {
    let w = World::new().await;
    w.store.close().await.expect("closes");
    let (keys, kept) = (w.data().join("keys.json"), w.data().join("kept.json"));
    fs::rename(&keys, &kept).expect("moves");
    let missing = key_error(open(&w.data(), OpenMode::Serve, 2));
    assert!(missing.contains("missing"), "{missing}");
    assert!(!keys.exists(), "a lost key file is not replaced");

    // Of another store: same shape, other keys.
    let other = tempfile::tempdir().expect("directory");
    drop(open(&other.path().join("data"), OpenMode::Serve, 99).expect("opens"));
    fs::copy(other.path().join("data/keys.json"), &keys).expect("copies");
    let foreign = key_error(open(&w.data(), OpenMode::Serve, 2));
    assert!(foreign.contains("belong"), "{foreign}");

    fs::write(&keys, "{").expect("writes");
    let malformed = key_error(open(&w.data(), OpenMode::Serve, 2));
    assert!(malformed.contains("malformed"), "{malformed}");

    fs::copy(&kept, &keys).expect("copies");
    open(&w.data(), OpenMode::Serve, 2).expect("its own file fits");
}

#[cfg(unix)]
#[tokio::test]
async fn a_key_file_that_others_may_read_is_refused() {
    use std::os::unix::fs::PermissionsExt;
    let w = World::new().await;
    w.store.close().await.expect("closes");
    let keys = w.data().join("keys.json");
    for mode in [0o640, 0o604, 0o660, 0o666] {
        fs::set_permissions(&keys, fs::Permissions::from_mode(mode)).expect("sets");
        let shared = key_error(open(&w.data(), OpenMode::Serve, 2));
        assert!(shared.contains("chmod 600"), "{shared}");
    }
    fs::set_permissions(&keys, fs::Permissions::from_mode(0o600)).expect("sets");
    open(&w.data(), OpenMode::Serve, 2).expect("private again");
}

#[tokio::test]
async fn a_newer_schema_is_refused() {
    let w = World::new().await;
    w.store.close().await.expect("closes");
    let raw = rusqlite::Connection::open(w.data().join("hilum.sqlite")).expect("opens");
    raw.execute("INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (999, 'x', x'', 0)", [])
        .expect("inserts");
    drop(raw);
    let newer = open(&w.data(), OpenMode::Serve, 2);
    assert!(matches!(newer, Err(StoreError::SchemaTooNew { found: 999, .. })), "{newer:?}");
}

#[tokio::test]
async fn a_closed_store_says_so() {
    let w = World::new().await;
    assert!(w.store.is_open());
    w.store.close().await.expect("closes");
    w.store.close().await.expect("twice is fine");
    assert!(!w.store.is_open());
    let write = w.store.close_session(hilum_model::SessionId([1; 16])).await;
    assert!(matches!(write, Err(StoreError::Closed)), "{write:?}");
    assert!(matches!(w.store.apps(), Err(StoreError::Closed)));
    assert!(!w.data().join("hilum.sqlite-wal").exists(), "all is in the one file");
}

#[tokio::test(flavor = "multi_thread")]
async fn writes_accepted_before_close_are_done() {
    let w = std::sync::Arc::new(World::new().await);
    let writes: Vec<_> = (0..200)
        .map(|n| {
            let w = w.clone();
            tokio::spawn(async move {
                w.store.enqueue("k", &n.to_string(), serde_json::json!({}), Priority::Normal, w.now()).await
            })
        })
        .collect();
    w.store.close().await.expect("closes");
    let mut done = 0;
    for write in writes {
        match write.await.expect("no panic") {
            Ok(()) => done += 1,
            Err(StoreError::Closed) => {}
            Err(other) => panic!("{other}"),
        }
    }
    let raw = rusqlite::Connection::open(w.data().join("hilum.sqlite")).expect("opens");
    let rows: i64 = raw.query_row("SELECT count(*) FROM jobs", [], |row| row.get(0)).expect("counts");
    assert_eq!(rows, done, "answered means stored, refused means not");
}

#[tokio::test]
async fn apps_are_listed_and_unique() {
    let w = World::new().await;
    w.clock.advance_ms(1);
    let second = ClientId([0x01; 20]);
    w.app(second).await;
    let apps = w.store.apps().expect("reads");
    assert_eq!(apps.iter().map(|app| app.client_id).collect::<Vec<_>>(), [APP, second], "oldest first");
    assert_eq!(apps[0].origins, ["https://app.example"]);
    assert_eq!(apps[0].secret_hash, hilum_store::hash_token("secret"));
    assert_eq!(apps[0].app_key_hash, hilum_store::hash_token("key"));
}
