//! Reading an Apple Health export: to batches and to committed rows, beside a bare pass of quick-xml that parses the
//! attributes of each element into a struct, and beside healthkit-to-sqlite (PyPI) where it is installed.

use std::borrow::Cow;
use std::fs::File;
use std::io::BufReader;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, ensure};
use clap::Args;
use hilum_files::{Delivery, Limits, MadeUpExport};
use quick_xml::events::Event;

use crate::measure::{Stopwatch, line, median, peak_mb, reset_peak, table};
use crate::world::World;

/// What is measured.
#[derive(Debug, Args)]
pub(crate) struct Options {
    /// Size of the made-up export.xml, MB
    #[arg(long, default_value_t = 256, value_parser = clap::value_parser!(u64).range(1..=16_384))]
    megabytes: u64,
    /// Turns of each
    #[arg(long, default_value_t = 3, value_parser = clap::value_parser!(u8).range(1..=20))]
    turns: u8,
    /// Only read to batches, straight from the generator with no file: for sizes that no disk should hold
    #[arg(long)]
    stream: bool,
    /// An installed healthkit-to-sqlite, to run it once over the same archive
    #[arg(long)]
    beside: Option<PathBuf>,
}

pub(crate) async fn run(options: Options) -> anyhow::Result<()> {
    let bytes = options.megabytes * 1_000_000;
    if options.stream {
        return stream(bytes);
    }
    let directory = tempfile::tempdir()?;
    let (plain, zipped) = (directory.path().join("export.xml"), directory.path().join("export.zip"));
    let length = std::io::copy(&mut MadeUpExport::new(bytes), &mut File::create(&plain)?)?;
    archive(&plain, &zipped)?;
    let megabytes = length as f64 / 1e6;

    let names = ["bare quick-xml", "hilum, to batches", "hilum, to batches, from the zip", "hilum, to committed rows"];
    let mut rates: [Vec<f64>; 4] = Default::default();
    let mut peaks = [0.0_f64; 4];
    let mut observations = 0;
    for _ in 0..options.turns {
        for (number, rates) in rates.iter_mut().enumerate() {
            reset_peak()?;
            let watch = Stopwatch::start();
            match number {
                0 => ensure!(bare(&plain)? > 0, "the export is empty"),
                1 => observations = batches(&mut File::open(&plain)?)?,
                2 => ensure!(batches(&mut File::open(&zipped)?)? == observations, "the zip gives something else"),
                _ => ensure!(committed(&plain).await? == observations, "not all was stored"),
            }
            rates.push(megabytes / watch.seconds());
            peaks[number] = peaks[number].max(peak_mb()?);
        }
    }
    line(&format!("export.xml of {megabytes:.0} MB, {observations} observations"));
    let rates = rates.map(|mut rates| median(&mut rates));
    let mut rows = Vec::new();
    for ((name, rate), peak) in names.iter().zip(rates).zip(peaks) {
        let share = format!("{:.0} %", rate / rates[0] * 100.0);
        rows.push(vec![(*name).to_owned(), format!("{rate:.0} MB/s"), share, format!("{peak:.0} MB")]);
    }
    if let Some(program) = &options.beside {
        let seconds = healthkit_to_sqlite(program, &zipped, directory.path())?;
        let rate = megabytes / seconds;
        let share = format!("{:.1} %", rate / rates[0] * 100.0);
        rows.push(vec!["healthkit-to-sqlite".to_owned(), format!("{rate:.1} MB/s"), share, "-".to_owned()]);
        line(&format!("committed rows, {:.0} times as fast as healthkit-to-sqlite", rates[3] / rate));
    }
    table(&["what", "export.xml", "of bare", "peak memory"], &rows);
    Ok(())
}

/// Reads a made-up export as it is made up: the figure is a lower bound, the point is the memory.
fn stream(bytes: u64) -> anyhow::Result<()> {
    reset_peak()?;
    let before = peak_mb()?;
    let watch = Stopwatch::start();
    let mut export = MadeUpExport::new(bytes);
    let observations = batches(&mut export)?;
    let (seconds, peak) = (watch.seconds(), peak_mb()?);
    let megabytes = export.length() as f64 / 1e6;
    line(&format!(
        "{megabytes:.0} MB made up and read in {seconds:.0} s, {observations} observations, \
         peak memory {peak:.0} MB ({before:.0} MB before)"
    ));
    Ok(())
}

/// Reads to batches and drops them.
fn batches(input: &mut dyn hilum_files::Input) -> anyhow::Result<u64> {
    let outcome = hilum_files::read(input, &Limits::default(), None, &mut |delivery| {
        std::hint::black_box(&delivery.batch);
        ControlFlow::Continue(())
    });
    match outcome.error {
        Some(error) => Err(error.into()),
        None => Ok(outcome.summary.observations()),
    }
}

/// Reads into a store; what is told to be delivered is durable.
async fn committed(path: &Path) -> anyhow::Result<u64> {
    let world = World::new("http://127.0.0.1:9000").await?;
    let person = world.person(0).await?;
    let mut file = File::open(path)?;
    // One batch waits while one is written: reading and writing take a core each.
    let (send, mut receive) = tokio::sync::mpsc::channel::<Delivery>(1);
    let reader = tokio::task::spawn_blocking(move || {
        hilum_files::read(&mut file, &Limits::default(), None, &mut |delivery| match send.blocking_send(delivery) {
            Ok(()) => ControlFlow::Continue(()),
            Err(_) => ControlFlow::Break(()),
        })
    });
    let mut stored = 0;
    while let Some(delivery) = receive.recv().await {
        let applied = world.store.apply(person.human, person.connection, delivery.batch, None).await?;
        stored += applied.inserted + applied.updated + applied.unchanged;
    }
    let outcome = reader.await?;
    world.store.close().await?;
    match outcome.error {
        Some(error) => Err(error.into()),
        None => Ok(stored),
    }
}

/// The attributes of an element.
#[derive(Debug, Default)]
struct Attributes<'a> {
    kind: Cow<'a, str>,
    unit: Cow<'a, str>,
    value: Cow<'a, str>,
    source: Cow<'a, str>,
    version: Cow<'a, str>,
    device: Cow<'a, str>,
    created: Cow<'a, str>,
    start: Cow<'a, str>,
    end: Cow<'a, str>,
}

/// A bare pass: each element's attributes, entities resolved, in a struct. Gives the number of elements.
fn bare(path: &Path) -> anyhow::Result<u64> {
    let mut reader = quick_xml::Reader::from_reader(BufReader::with_capacity(1 << 16, File::open(path)?));
    let mut buffer = Vec::new();
    let mut elements = 0;
    loop {
        buffer.clear();
        let (Event::Start(element) | Event::Empty(element)) = (match reader.read_event_into(&mut buffer)? {
            Event::Eof => return Ok(elements),
            event => event,
        }) else {
            continue;
        };
        let mut parsed = Attributes::default();
        for attribute in element.attributes() {
            let attribute = attribute?;
            let value = attribute.normalized_value(quick_xml::XmlVersion::Implicit1_0)?;
            match attribute.key.into_inner() {
                "type" => parsed.kind = value,
                "unit" => parsed.unit = value,
                "value" => parsed.value = value,
                "sourceName" => parsed.source = value,
                "sourceVersion" => parsed.version = value,
                "device" => parsed.device = value,
                "creationDate" => parsed.created = value,
                "startDate" => parsed.start = value,
                "endDate" => parsed.end = value,
                _ => {}
            }
        }
        std::hint::black_box(&parsed);
        elements += 1;
    }
}

/// Writes the archive that a phone would make of the document.
fn archive(plain: &Path, zipped: &Path) -> anyhow::Result<()> {
    let mut zip = zip::ZipWriter::new(File::create(zipped)?);
    let options = zip::write::SimpleFileOptions::default().large_file(true);
    zip.start_file("apple_health_export/export.xml", options)?;
    std::io::copy(&mut File::open(plain)?, &mut zip)?;
    zip.finish()?;
    Ok(())
}

/// Seconds that healthkit-to-sqlite takes for the archive.
fn healthkit_to_sqlite(program: &Path, archive: &Path, directory: &Path) -> anyhow::Result<f64> {
    let watch = Stopwatch::start();
    let mut command = Command::new(program);
    command.arg(archive).arg(directory.join("healthkit.db")).stdout(Stdio::null());
    let status = command.status().with_context(|| format!("running {}", program.display()))?;
    ensure!(status.success(), "healthkit-to-sqlite failed");
    Ok(watch.seconds())
}
