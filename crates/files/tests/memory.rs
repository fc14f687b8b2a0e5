//! Reading needs less than 64 MiB whatever the file. A program of its own, so that the peak is that of the reading.

use std::fs::File;
use std::io::{BufWriter, Seek, Write};
use std::ops::ControlFlow;

use hilum_files::{Input, Limits, MadeUpExport};

/// The greatest resident memory of this process so far, MiB; `None` where the system does not tell.
fn peak() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kib / 1024)
}

fn observations(input: &mut dyn Input) -> u64 {
    let outcome = hilum_files::read(input, &Limits::default(), None, &mut |_| ControlFlow::Continue(()));
    assert!(outcome.error.is_none(), "{:?}", outcome.error);
    outcome.summary.observations()
}

/// Everything that is held until the end, as much of it as the limits allow, in the longest forms.
fn hostile() -> std::io::Result<File> {
    let mut out = BufWriter::new(tempfile::tempfile()?);
    write!(out, "<HealthData>")?;
    let time = |second: u32| {
        format!(
            "2020-{:02}-{:02} {:02}:{:02}:00 +0100",
            second / 40_320 % 12 + 1,
            second / 1440 % 28 + 1,
            second / 60 % 24,
            second % 60
        )
    };
    let name = |number: u32| format!("{number}{}", "ö".repeat(190));
    for row in 0..399_000 {
        let (source, start, end) = (name(row % 1999), time(row), time(row + 1));
        let kind = match row % 3 {
            0 => "HKCategoryTypeIdentifierSleepAnalysis\" value=\"HKCategoryValueSleepAnalysisAsleepDeep",
            1 => "HKQuantityTypeIdentifierBloodPressureSystolic\" unit=\"mmHg\" value=\"120",
            _ => "HKQuantityTypeIdentifierDietaryIron\" unit=\"mg\" value=\"1",
        };
        write!(out, "<Record type=\"{kind}\" sourceName=\"{source}\" startDate=\"{start}\" endDate=\"{end}\"/>")?;
    }
    for row in 0..13_000 {
        let (source, start, end) = (name(row % 1999), time(row), time(row + 1));
        write!(
            out,
            "<Workout workoutActivityType=\"{source}\" sourceName=\"{source}\" startDate=\"{start}\" endDate=\"{end}\">"
        )?;
        write!(out, "<WorkoutRoute><FileReference path=\"/{}{row}\"/></WorkoutRoute></Workout>", "p".repeat(240))?;
    }
    write!(out, "</HealthData>")?;
    let mut file = out.into_inner()?;
    file.rewind()?;
    Ok(file)
}

#[test]
fn reading_stays_within_64_mib() {
    let made_up = observations(&mut MadeUpExport::new(160 << 20));
    // 160 MiB of records of about 400 bytes.
    assert!(made_up > 300_000, "{made_up}");
    let common = peak();
    let hostile = observations(&mut hostile().expect("a file in the temporary directory"));
    assert!(hostile > 100_000, "{hostile}");
    match (common, peak()) {
        (Some(common), Some(worst)) => {
            assert!(common < 32, "a common export took {common} MiB");
            assert!(worst < 64, "a hostile export took {worst} MiB");
        }
        _ => skipped(),
    }
}

#[expect(clippy::print_stderr, reason = "a test that cannot measure here says so")]
fn skipped() {
    eprintln!("SKIPPED reading_stays_within_64_mib: this system does not tell a process's memory");
}
