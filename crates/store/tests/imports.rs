//! Imports of files: the rows, and the sealed files that wait to be read.
mod common;

use std::io::{Read as _, Seek as _, SeekFrom};

use common::{MINUTE, NOW, World};
use hilum_model::{Batch, HumanId, ImportId, Metric, Phi, Sample, Unit};
use hilum_store::StoreError;
use hilum_store::imports::{Beginning, ImportState, ImportStep};
use hilum_store::records::Filter;

const ID: ImportId = ImportId([7; 16]);

fn report(text: &str) -> Phi<String> {
    Phi::new(text.to_owned())
}

fn step(position: &str, bytes_done: u64) -> ImportStep {
    ImportStep { import_id: ID, position: position.to_owned(), bytes_done, report: report("{\"n\":1}") }
}

fn heart(minute: i64) -> Batch {
    let mut batch = Batch::default();
    batch.sample(Sample {
        metric: Metric::HeartRate,
        device: None,
        context: None,
        start: NOW.plus_ms(minute * MINUTE),
        end: None,
        offset: None,
        value: 60.0,
        unit: Unit::PerMinute,
    });
    batch
}

async fn upload(w: &World, human: HumanId, bytes: Option<u64>) -> Result<(), StoreError> {
    w.store.begin_import(human, ID, Beginning::Upload { bytes, pending: None }, report("{}")).await.map(drop)
}

#[tokio::test]
async fn a_batch_and_how_far_the_file_is_read_are_stored_together() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let connection = w.connection(human, "file").await;
    upload(&w, human, Some(100)).await.expect("begins");
    assert!(w.store.next_import(human).expect("reads").is_none(), "it has not come in");
    w.store.import_received(human, ID, 100).await.expect("received");
    assert_eq!(w.store.next_import(human).expect("reads").map(|i| i.state), Some(ImportState::Waiting));
    let early = w.store.apply_import(human, connection, heart(0), step("a", 10)).await;
    assert!(matches!(early, Err(StoreError::NotFound)), "its reading has not begun");
    assert_eq!(w.store.samples(human, Metric::HeartRate, &Filter::default()).expect("reads").total, 0);

    w.store.start_import(human, ID, connection).await.expect("starts");
    for (minute, position) in [(0, "a"), (0, "a"), (1, "b")] {
        w.store.apply_import(human, connection, heart(minute), step(position, 50)).await.expect("applies");
    }
    let import = w.store.import(human, ID).expect("reads").expect("there");
    assert_eq!((import.position.as_deref(), import.bytes_done), (Some("b"), 50));
    // Two minutes, one of them told twice.
    assert_eq!((import.applied.inserted, import.applied.updated, import.applied.unchanged), (2, 0, 1));
    assert_eq!(import.report.expose(), "{\"n\":1}");
    assert!(w.store.connection(human, connection).expect("reads").expect("there").synced_at.is_some());

    w.store.end_import(human, ID, true, report("{\"n\":2}")).await.expect("ends");
    let import = w.store.import(human, ID).expect("reads").expect("there");
    assert_eq!(
        (import.state, import.bytes_done, import.report.expose().as_str()),
        (ImportState::Done, 100, "{\"n\":2}")
    );
    assert!(matches!(w.store.end_import(human, ID, false, report("")).await, Err(StoreError::NotFound)));
    let other = w.human("bob").await.human_id;
    assert!(w.store.import(other, ID).expect("reads").is_none(), "somebody else's");
}

#[tokio::test]
async fn one_upload_of_a_person_at_a_time() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    upload(&w, human, None).await.expect("begins");
    let mut writer = w.store.spool_writer(human, ID).expect("opens");
    writer.write(b"half").expect("writes");
    writer.finish().expect("finishes");
    // What has not come in whole gives way.
    let second = ImportId([8; 16]);
    w.store
        .begin_import(human, second, Beginning::Upload { bytes: None, pending: None }, report("{}"))
        .await
        .expect("begins");
    assert!(w.store.import(human, ID).expect("reads").is_none());
    assert_eq!(w.store.spooled().expect("lists"), []);
    assert!(matches!(w.store.touch_import(human, ID).await, Err(StoreError::NotFound)));
    assert!(matches!(w.store.import_received(human, ID, 4).await, Err(StoreError::NotFound)));
    // What waits does not.
    w.store.import_received(human, second, 4).await.expect("received");
    assert!(matches!(upload(&w, human, None).await, Err(StoreError::Exists)));
    let job = w.store.claim_jobs(10, w.now().plus_ms(MINUTE)).await.expect("claims").pop().expect("queued");
    assert_eq!((job.kind.as_str(), job.key), ("import", human.to_string()));
}

#[tokio::test]
async fn ended_imports_are_kept_to_a_number_and_abandoned_ones_go() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    for number in 100..125 {
        let id = ImportId([number; 16]);
        let beginning = Beginning::InPlace { fingerprint: [number; 32], bytes: 5 };
        w.store.begin_import(human, id, beginning, report("{}")).await.expect("begins");
        assert!(w.store.unfinished_import(human, [number; 32]).expect("reads").is_some());
        w.store.end_import(human, id, true, report("{}")).await.expect("ends");
        assert!(w.store.unfinished_import(human, [number; 32]).expect("reads").is_none());
        w.clock.advance_ms(1);
    }
    let kept = w.store.imports(human).expect("reads");
    assert_eq!(kept.first().map(|import| import.import_id), Some(ImportId([124; 16])));
    assert_eq!(kept.len(), 21, "twenty were left when the last one began");
    upload(&w, human, None).await.expect("begins");
    let begun = w.now();
    assert_eq!(w.store.abandoned_imports(begun).expect("reads"), []);
    assert_eq!(w.store.abandoned_imports(begun.plus_ms(1)).expect("reads"), [ID]);
    assert!(w.store.needs_spool(ID).expect("reads"));
    w.store.drop_abandoned_import(ID, begun.plus_ms(1)).await.expect("drops");
    assert!(!w.store.needs_spool(ID).expect("reads"));
}

/// Bytes that tell their place.
fn content(bytes: usize) -> Vec<u8> {
    (0..bytes).map(|i| u8::try_from(i * 31 / 7 % 251).expect("below 251")).collect()
}

#[tokio::test]
async fn a_file_is_sealed_and_read_from_anywhere() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    // Two segments of 64 KiB and a part of a third.
    let mut bytes = content(2 * 65_536 + 1000);
    bytes[70_000..70_006].copy_from_slice(b"canary");
    let mut writer = w.store.spool_writer(human, ID).expect("opens");
    writer.write(&bytes[..100_000]).expect("writes");
    assert_eq!(writer.finish().expect("finishes"), 100_000);
    assert_eq!(w.store.spooled_bytes(ID).expect("counts"), 100_000);
    let mut writer = w.store.spool_writer(human, ID).expect("goes on");
    assert_eq!(writer.length(), 100_000);
    writer.write(&bytes[100_000..]).expect("writes");
    assert_eq!(writer.finish().expect("finishes"), bytes.len() as u64);

    let mut reader = w.store.spool_reader(human, ID).expect("opens");
    assert_eq!(reader.length(), bytes.len() as u64);
    let mut back = Vec::new();
    reader.read_to_end(&mut back).expect("reads");
    assert!(back == bytes, "every byte");
    let mut piece = [0; 10];
    assert_eq!(reader.seek(SeekFrom::Start(65_531)).expect("seeks"), 65_531);
    reader.read_exact(&mut piece).expect("over the seam");
    assert_eq!(piece, bytes[65_531..65_541]);
    assert_eq!(reader.seek(SeekFrom::End(-3)).expect("seeks"), bytes.len() as u64 - 3);
    assert_eq!(reader.read(&mut piece).expect("reads"), 3);
    assert_eq!(reader.read(&mut piece).expect("the end"), 0);
    assert!(reader.seek(SeekFrom::Current(-1_000_000)).is_err());

    let path = w.data().join("imports").join(ID.to_string());
    let stored = std::fs::read(&path).expect("file");
    // Version, key id, nonce and tag: 33 bytes a segment.
    assert_eq!(stored.len(), bytes.len() + 3 * 33);
    assert!(!stored.windows(6).any(|window| window == b"canary"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        assert_eq!(std::fs::metadata(&path).expect("file").permissions().mode() & 0o777, 0o600);
    }
}

#[tokio::test]
async fn changed_moved_and_torn_segments_are_noticed() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    let mut writer = w.store.spool_writer(human, ID).expect("opens");
    writer.write(&content(2 * 65_536 + 10)).expect("writes");
    writer.finish().expect("finishes");
    let path = w.data().join("imports").join(ID.to_string());
    let good = std::fs::read(&path).expect("file");
    let segment = 65_536 + 33;
    let mut flipped = good.clone();
    flipped[40_000] ^= 1;
    let mut swapped = good[segment..2 * segment].to_vec();
    swapped.extend_from_slice(&good[..segment]);
    for bad in [flipped, swapped] {
        std::fs::write(&path, bad).expect("write");
        let mut reader = w.store.spool_reader(human, ID).expect("opens");
        assert!(reader.read_to_end(&mut Vec::new()).is_err());
    }
    // A crash tore the last segment: the upload goes on after the whole ones.
    std::fs::write(&path, &good[..good.len() - 1]).expect("write");
    assert_eq!(w.store.spool_writer(human, ID).expect("goes on").length(), 2 * 65_536);
}

#[tokio::test]
async fn an_erased_persons_file_goes_too() {
    let w = World::new().await;
    let human = w.human("ann").await.human_id;
    upload(&w, human, None).await.expect("begins");
    let mut writer = w.store.spool_writer(human, ID).expect("opens");
    writer.write(b"abc").expect("writes");
    writer.finish().expect("finishes");
    assert!(w.store.erase_human(human).await.expect("erases"));
    assert_eq!(w.store.spooled().expect("lists"), []);
    assert!(matches!(w.store.spool_reader(human, ID), Err(StoreError::NotFound)));
}
