//! The formats beside Apple Health need less than 64 MiB too, whatever is in a file. A program of its own, so that the
//! peak is that of the reading.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::ops::ControlFlow;

use hilum_files::Limits;
use zip::write::SimpleFileOptions;

/// The longest text that a piece of a file may have, nearly.
const LONG: usize = 900 << 10;

/// The greatest resident memory of this process so far, MiB; `None` where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

/// Reads what `write` writes; tells how many observations it was.
fn read(write: impl FnOnce(&mut BufWriter<File>) -> std::io::Result<()>) -> u64 {
    let mut out = BufWriter::new(tempfile::tempfile().expect("a file in the temporary directory"));
    write(&mut out).expect("room for the file");
    let mut file = out.into_inner().expect("room for the file");
    file.rewind().expect("a file");
    let outcome = hilum_files::read(&mut file, &Limits::default(), None, &mut |_| ControlFlow::Continue(()));
    outcome.summary.observations()
}

/// An archive of members that are written one after the other.
fn archive(out: &mut BufWriter<File>, members: &[(&str, &[&[u8]], usize)]) -> std::io::Result<()> {
    let mut zip = zip::ZipWriter::new(out);
    for (name, parts, times) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(zip::CompressionMethod::Stored))?;
        zip.write_all(parts[0])?;
        for _ in 0..*times {
            zip.write_all(parts[1])?;
        }
        zip.write_all(parts[2])?;
    }
    zip.finish()?;
    Ok(())
}

/// As large as such a file may be: many heart rates of two bytes each, then messages that nobody knows.
fn fit(out: &mut BufWriter<File>) -> std::io::Result<()> {
    out.write_all(b"\x0c\x20\0\0\0\0\0\0.FIT")?;
    out.write_all(&[0x40, 0, 0, 20, 0, 2, 253, 4, 0x86, 3, 1, 2, 0, 0, 0x0B, 0x0B, 0x44, 98])?;
    out.write_all(&[0x41, 0, 0, 20, 0, 1, 3, 1, 2])?;
    out.write_all(&[0xA1, 98].repeat(100_000))?;
    out.write_all(&[0x42, 0, 0, 0xFF, 0xFE, 1, 0, 255, 13])?;
    (0..64_000).try_for_each(|_| out.write_all(&[2; 256]))
}

#[test]
fn reading_stays_within_64_mib() {
    let long = "n".repeat(LONG);
    let heart_rates = read(fit);
    assert!(heart_rates > 100_000, "{heart_rates}");
    read(|out| {
        writeln!(out, "metric,start,value,unit,device")?;
        (0..100).try_for_each(|_| writeln!(out, "heart_rate,2026-03-04T16:00:00Z,98,/min,{long}"))
    });
    read(|out| {
        write!(out, "<gpx creator='{long}'>")?;
        let track = "<trk><trkseg><trkpt><time>2026-03-04T16:00:00Z</time></trkpt></trkseg></trk>";
        write!(out, "{}</gpx>", track.repeat(1000))
    });
    read(|out| {
        write!(out, "<TrainingCenterDatabase><Activities>")?;
        (0..100).try_for_each(|_| write!(out, "<Activity Sport='{long}'><Id>2026-03-05T16:00:00Z</Id></Activity>"))?;
        write!(out, "</Activities></TrainingCenterDatabase>")
    });
    let zeros = format!("[{}0]", "0,".repeat(120 << 10));
    let night = format!("{{\"logId\":\"{}\",\"startTime\":\"03/04/26 16:00:00\",\"a\":{zeros}}},", &long[..10 << 10]);
    read(|out| archive(out, &[("exercise-1.json", &[b"[", night.as_bytes(), b"0]"], 100)]));
    let lists = format!("2026-03-04T16:00:00Z,\"[{0}0]\",\"[{0}0]\"\n", "1,".repeat(LONG / 4));
    let days: Vec<String> = (0..390_000).map(|day| format!("{},1\n", hilum_model::Day(day))).collect();
    let days = days.concat();
    read(|out| {
        archive(
            out,
            &[
                ("raw_hr_hr.csv", &[b"start,duration,value\n", lists.as_bytes(), b""], 4),
                ("aggregates_steps.csv", &[b"date,value\n", days.as_bytes(), b""], 1),
            ],
        )
    });
    match peak() {
        // What the test itself holds counts too: some 12 MiB.
        Some(peak) => assert!(peak < 64, "{peak} MiB"),
        None => skipped(),
    }
}

#[expect(clippy::print_stderr, reason = "a test that cannot measure here says so")]
fn skipped() {
    eprintln!("SKIPPED reading_stays_within_64_mib: this system does not tell a process's memory");
}
