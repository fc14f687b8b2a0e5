use std::convert::Infallible;
use std::fmt::Write as _;
use std::io::{self, Cursor, Read, Seek, SeekFrom, Write as _};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc;

use bytes::Bytes;
use futures_util::stream;
use hilum_files::Limits;
use hilum_model::{HumanId, Metric};
use hilum_store::imports::{Import, ImportState};
use hilum_store::records::Filter;

use super::reading::{Ended, Importer};
use super::report::Report;
use super::upload::UploadError;
use crate::Engine;
use crate::testing::World;

/// A table of that many minutes of heart rate, from 2026-03-04T00:00Z on.
fn table(minutes: i64) -> Vec<u8> {
    let mut text = String::from("metric,start,end,value,unit\n");
    for minute in 0..minutes {
        let (day, hour, minute) = (4 + minute / 1440, minute / 60 % 24, minute % 60);
        writeln!(text, "heart_rate,2026-03-{day:02}T{hour:02}:{minute:02}:00Z,,{},/min", 60 + minute).expect("memory");
    }
    text.into_bytes()
}

/// An export as the Health app writes it: two weights, one step count, one type that nobody knows.
const APPLE: &str = r#"<?xml version="1.0" encoding="UTF-8"?>
<!DOCTYPE HealthData [
<!ELEMENT HealthData (ExportDate,Me,Record*)>
]>
<HealthData locale="en_DE">
 <ExportDate value="2026-03-05 09:00:00 +0100"/>
 <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" startDate="2026-03-03 07:00:00 +0100" endDate="2026-03-03 07:00:00 +0100" value="72.5"/>
 <Record type="HKQuantityTypeIdentifierBodyMass" sourceName="Scale" unit="kg" startDate="2026-03-04 07:00:00 +0100" endDate="2026-03-04 07:00:00 +0100" value="72.1"/>
 <Record type="HKQuantityTypeIdentifierStepCount" sourceName="Phone" unit="count" startDate="2026-03-04 08:00:00 +0100" endDate="2026-03-04 08:10:00 +0100" value="600"/>
 <Record type="HKQuantityTypeIdentifierOfTomorrow" sourceName="Phone" unit="count" startDate="2026-03-04 08:00:00 +0100" endDate="2026-03-04 08:10:00 +0100" value="1"/>
</HealthData>
"#;

fn zipped(name: &str, content: &[u8]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    zip.start_file(name, zip::write::SimpleFileOptions::default()).expect("starts");
    zip.write_all(content).expect("writes");
    zip.finish().expect("finishes").into_inner()
}

fn importer(engine: &Engine, stop: &Arc<AtomicBool>) -> Importer {
    let limits = Limits { batch: 16, ..Limits::default() };
    Importer::new(engine.store.clone(), Arc::clone(&engine.random), Arc::clone(stop)).with_limits(limits)
}

/// Imports from memory, in batches of 16.
async fn import(world: &World, file: &[u8]) -> (Import, Report) {
    let importer = importer(&world.engine, &Arc::default());
    let (import, ended) = importer.import(world.human, Cursor::new(file.to_vec()), &|_| ()).await.expect("imports");
    assert_eq!(ended, Ended::Whole);
    let report = Report::of(&import.report);
    (import, report)
}

fn heart_rates(engine: &Engine, human: HumanId) -> u64 {
    engine.store.samples(human, Metric::HeartRate, &Filter::default()).expect("reads").total
}

async fn upload(engine: &Engine, human: HumanId, file: &[u8]) -> Import {
    let begun = engine.begin_upload(human, Some(file.len() as u64)).await.expect("begins");
    let pieces: Vec<_> = file.chunks(1000).map(|p| Ok::<_, Infallible>(Bytes::copy_from_slice(p))).collect();
    engine.receive_upload(human, begun.import_id, 0, stream::iter(pieces)).await.expect("comes in")
}

#[tokio::test]
async fn an_export_is_read_counted_and_not_stored_twice() {
    let world = World::new().await;
    let (first, report) = import(&world, &zipped("apple_health_export/export.xml", APPLE.as_bytes())).await;
    assert_eq!((first.state, report.source.as_deref()), (ImportState::Done, Some("apple_health")));
    let found: Vec<_> = report.found.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(found, [("steps", 1), ("weight", 2)]);
    let unknown: Vec<_> = report.unknown.iter().map(|(name, count)| (name.as_str(), *count)).collect();
    assert_eq!(unknown, [("HKQuantityTypeIdentifierOfTomorrow", 1)]);
    assert_eq!((first.applied.inserted, first.applied.unchanged), (3, 0));
    assert_eq!(first.bytes_total, Some(first.bytes_done));
    // The bare document has the same records: a newer export overlaps.
    let (again, _) = import(&world, APPLE.as_bytes()).await;
    assert_eq!((again.applied.inserted, again.applied.unchanged), (0, 3));
    assert_eq!(again.connection_id, first.connection_id);
    let connections = world.engine.store.connections(world.human).expect("reads");
    let file: Vec<_> = connections.iter().filter(|c| c.provider == "apple_health").collect();
    assert_eq!(file.len(), 1);
    assert!(file[0].synced_at.is_some());
}

/// An export of that many heart rates, a minute apart.
fn long_export(minutes: i64) -> Vec<u8> {
    let mut text = String::from("<HealthData locale=\"en_DE\">\n");
    for minute in 0..minutes {
        let at = format!("2026-03-{:02} {:02}:{:02}:00 +0000", 1 + minute / 1440, minute / 60 % 24, minute % 60);
        writeln!(
            text,
            " <Record type=\"HKQuantityTypeIdentifierHeartRate\" sourceName=\"Watch\" unit=\"count/min\" \
             startDate=\"{at}\" endDate=\"{at}\" value=\"{}\"/>",
            60 + minute % 60
        )
        .expect("memory");
    }
    text.push_str("</HealthData>\n");
    text.into_bytes()
}

/// A file of which only so many bytes can be read until the test lets the rest be read.
struct Gate {
    file: Cursor<Vec<u8>>,
    left: usize,
    open: mpsc::Receiver<()>,
}

impl Read for Gate {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.left == 0 {
            // The sender's end counts as well.
            let _opened = self.open.recv();
            self.left = usize::MAX;
        }
        let most = buffer.len().min(1000).min(self.left);
        let read = self.file.read(&mut buffer[..most])?;
        self.left -= read;
        Ok(read)
    }
}

impl Seek for Gate {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        self.file.seek(to)
    }
}

/// What is read of a file of more than 64 KiB to tell it from others, and its kind.
const LOOKS: usize = 2 * 65_536 + 4096;

#[tokio::test]
async fn a_reading_that_ended_with_its_process_goes_on_where_it_was() {
    let world = World::new().await;
    let file = long_export(1500);
    let importer = importer(&world.engine, &Arc::default());
    let (release, open) = mpsc::channel();
    // 200 kB: about the first thousand rows, of some 190 bytes each.
    let gate = Gate { file: Cursor::new(file.clone()), left: LOOKS + 200_000, open };
    let told = AtomicU64::new(0);
    let some = tokio::sync::Notify::new();
    {
        let tell = |_| {
            if told.fetch_add(1, Ordering::Relaxed) == 20 {
                some.notify_one();
            }
        };
        tokio::select! {
            () = some.notified() => {}
            _ = importer.import(world.human, gate, &tell) => panic!("the gate was shut"),
        }
    }
    let before = heart_rates(&world.engine, world.human);
    assert!((21 * 16..1500).contains(&before), "{before}");
    // Nobody takes what is read any more: the thread waits at the gate, or has seen that already and is gone.
    drop(release);

    let (import, report) = import(&world, &file).await;
    assert_eq!((import.state, heart_rates(&world.engine, world.human)), (ImportState::Done, 1500));
    assert_eq!((import.applied.inserted, import.applied.updated), (1500, 0));
    // At most the batch under way was read twice, not all that came before.
    assert!(import.applied.unchanged <= 2 * 16, "{}", import.applied.unchanged);
    assert!((1500..=1532).contains(&report.found["heart_rate"]), "{report:?}");
    assert_eq!(world.engine.store.imports(world.human).expect("reads").len(), 1);
}

#[tokio::test]
async fn a_stop_ends_the_reading_after_a_batch() {
    let world = World::new().await;
    let stop = Arc::new(AtomicBool::new(false));
    let importer = importer(&world.engine, &stop);
    let (release, open) = mpsc::channel();
    let gate = Gate { file: Cursor::new(long_export(1500)), left: LOOKS + 100_000, open };
    let told = AtomicU64::new(0);
    let tell = |_| {
        if told.fetch_add(1, Ordering::Relaxed) == 5 {
            stop.store(true, Ordering::Relaxed);
            release.send(()).expect("the thread that reads waits");
        }
    };
    let (import, ended) = importer.import(world.human, gate, &tell).await.expect("imports");
    assert_eq!((ended, import.state), (Ended::Stopped, ImportState::Reading));
    assert!((96..1500).contains(&heart_rates(&world.engine, world.human)));
}

#[tokio::test]
async fn a_cancelled_reading_ends_and_keeps_what_was_applied() {
    let world = World::new().await;
    let engine = &world.engine;
    let (release, open) = mpsc::channel();
    let gate = Gate { file: Cursor::new(long_export(1500)), left: LOOKS + 100_000, open };
    let (told, first) = tokio::sync::oneshot::channel();
    let told = std::sync::Mutex::new(Some(told));
    let tell = |_| {
        if let Some(told) = told.lock().expect("no panic holds it").take() {
            told.send(()).expect("the test waits");
        }
    };
    let importer = importer(engine, &Arc::default());
    let read = importer.import(world.human, gate, &tell);
    let cancel = async {
        first.await.expect("a batch is applied");
        let id = engine.store.imports(world.human).expect("reads")[0].import_id;
        let cancelled = engine.cancel_import(world.human, id).await.expect("cancels");
        let kept = heart_rates(engine, world.human);
        // The thread that reads may have ended by now.
        drop(release);
        (cancelled, kept)
    };
    let (read, (cancelled, kept)) = tokio::join!(read, cancel);
    let (import, ended) = read.expect("ends");
    assert_eq!((ended, cancelled.state), (Ended::Whole, ImportState::Failed));
    assert_eq!((import.state, import.applied.inserted), (ImportState::Failed, kept));
    assert_eq!(Report::of(&import.report).error.map(|e| e.code).as_deref(), Some("import_cancelled"));
    assert_eq!(heart_rates(engine, world.human), kept, "what was read, and no more");
    assert!(kept >= 16, "{kept}");
}

#[tokio::test]
async fn what_came_before_an_error_is_kept_and_told() {
    let world = World::new().await;
    let whole = long_export(1500);
    let (cut, report) = import(&world, &whole[..whole.len() / 2]).await;
    assert_eq!(cut.state, ImportState::Failed);
    let error = report.error.expect("an error");
    assert_eq!(error.code, "file_truncated");
    assert!(error.message.contains("what came before is imported"), "{}", error.message);
    let kept = heart_rates(&world.engine, world.human);
    assert!((700..=750).contains(&kept), "{kept}");
    assert_eq!(report.found["heart_rate"], kept);

    // A failed import does not go on; the whole file is another one.
    let (mended, _) = import(&world, &whole).await;
    assert_eq!(mended.state, ImportState::Done);
    assert_eq!(heart_rates(&world.engine, world.human), 1500);
}

#[tokio::test]
async fn what_is_none_and_what_is_an_attack_is_refused() {
    let world = World::new().await;
    // Eight million bytes of one short element deflate to a thousandth; 400 is the limit.
    let bomb = zipped("export.xml", format!("<HealthData>{}</HealthData>", "<a/>".repeat(2_000_000)).as_bytes());
    for (file, code) in [
        (b"%PDF-1.7".to_vec(), "file_unrecognised"),
        (bomb, "file_bomb"),
        (
            b"<!DOCTYPE HealthData [<!ENTITY a \"b\">]><HealthData><Record type=\"&a;\"/></HealthData>".to_vec(),
            "file_entity",
        ),
    ] {
        let (import, report) = import(&world, &file).await;
        assert_eq!((import.state, report.error.expect("an error").code.as_str()), (ImportState::Failed, code));
    }
    let nobody = importer(&world.engine, &Arc::default())
        .import(HumanId([9; 16]), Cursor::new(table(1)), &|_| ())
        .await
        .map(|(import, _)| import.state);
    assert!(matches!(nobody, Err(hilum_store::StoreError::NotFound)), "{nobody:?}");
}

#[tokio::test]
async fn an_upload_is_read_by_a_job_and_removed() {
    let world = World::new().await;
    let engine = &world.engine;
    let import = upload(engine, world.human, &table(90)).await;
    assert_eq!(import.state, ImportState::Waiting);
    assert!(matches!(engine.begin_upload(world.human, None).await, Err(UploadError::UnderWay)));
    assert_eq!(engine.store.spooled().expect("lists"), [import.import_id]);
    engine.drain_jobs().await.expect("drained");
    let done = engine.store.import(world.human, import.import_id).expect("reads").expect("there");
    let report = Report::of(&done.report);
    assert_eq!((done.state, report.source.as_deref()), (ImportState::Done, Some("file")), "{report:?}");
    assert_eq!((done.applied.inserted, heart_rates(engine, world.human)), (90, 90));
    assert_eq!(engine.store.spooled().expect("lists"), []);
}

#[tokio::test]
async fn an_upload_goes_on_after_it_broke_off() {
    let world = World::new().await;
    let engine = &world.engine;
    let file = table(3000);
    let id = engine.begin_upload(world.human, Some(file.len() as u64)).await.expect("begins").import_id;
    let broken = stream::iter([Ok(Bytes::copy_from_slice(&file[..70_000])), Err("gone")]);
    let first = engine.receive_upload(world.human, id, 0, broken).await;
    assert!(matches!(first, Err(UploadError::BrokenOff(70_000))), "{first:?}");
    let rest = || stream::iter([Ok::<_, Infallible>(Bytes::copy_from_slice(&file[70_000..]))]);
    let wrong = engine.receive_upload(world.human, id, 0, rest()).await;
    assert!(matches!(wrong, Err(UploadError::WrongOffset(70_000))), "{wrong:?}");
    let stranger = engine.receive_upload(HumanId([9; 16]), id, 70_000, rest()).await;
    assert!(matches!(stranger, Err(UploadError::Unknown)), "{stranger:?}");
    let whole = engine.receive_upload(world.human, id, 70_000, rest()).await.expect("comes in");
    assert_eq!(whole.state, ImportState::Waiting);
    let late = engine.receive_upload(world.human, id, 70_000, rest()).await;
    assert!(matches!(late, Err(UploadError::Over)), "{late:?}");
    engine.drain_jobs().await.expect("drained");
    assert_eq!(heart_rates(engine, world.human), 3000);
}

#[tokio::test]
async fn an_upload_holds_what_was_announced_and_no_more_than_is_allowed() {
    let world = World::new().await;
    let engine = &world.engine;
    let limit = engine.config.imports.max_bytes;
    let large = engine.begin_upload(world.human, Some(limit + 1)).await;
    assert!(matches!(large, Err(UploadError::TooLarge(of)) if of == limit), "{large:?}");
    let id = engine.begin_upload(world.human, Some(5)).await.expect("begins").import_id;
    let six = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"abcdef"))]);
    let long = engine.receive_upload(world.human, id, 0, six).await;
    assert!(matches!(long, Err(UploadError::TooLarge(5))), "{long:?}");
    let three = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"abc"))]);
    let part = engine.receive_upload(world.human, id, 0, three).await.expect("comes in");
    assert_eq!(part.state, ImportState::Receiving);
}

#[tokio::test]
async fn nobodys_files_are_swept() {
    let world = World::new().await;
    let engine = &world.engine;
    let id = engine.begin_upload(world.human, Some(5)).await.expect("begins").import_id;
    let three = stream::iter([Ok::<_, Infallible>(Bytes::from_static(b"abc"))]);
    engine.receive_upload(world.human, id, 0, three).await.expect("comes in");
    engine.sweep_imports().await.expect("sweeps");
    assert_eq!(engine.store.spooled().expect("lists"), [id], "it may go on");
    // A day and a moment.
    world.clock.advance_ms(86_400_001);
    engine.sweep_imports().await.expect("sweeps");
    assert_eq!(engine.store.spooled().expect("lists"), []);
    assert!(engine.store.import(world.human, id).expect("reads").is_none());
}

#[tokio::test]
async fn a_file_that_is_gone_and_a_person_that_is_gone_end_the_import() {
    let world = World::new().await;
    let engine = &world.engine;
    let import = upload(engine, world.human, &table(3)).await;
    engine.store.remove_spool(import.import_id).expect("removes");
    engine.drain_jobs().await.expect("drained");
    let lost = engine.store.import(world.human, import.import_id).expect("reads").expect("there");
    assert_eq!(Report::of(&lost.report).error.map(|e| e.code).as_deref(), Some("upload_lost"));

    upload(engine, world.human, &table(3)).await;
    assert!(engine.erase_human(world.human).await.expect("erases"));
    assert_eq!(engine.store.spooled().expect("lists"), []);
    assert_eq!(engine.drain_jobs().await.expect("drained"), 0);
}
