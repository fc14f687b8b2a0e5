//! Stopwatch, processor time, memory, and the tables that are printed.

use std::time::Instant;

use anyhow::Context as _;

/// Measures wall-clock time.
pub(crate) struct Stopwatch(Instant);

impl Stopwatch {
    #[expect(clippy::disallowed_methods, reason = "measuring is what this program is for")]
    pub(crate) fn start() -> Self {
        Self(Instant::now())
    }
    pub(crate) fn seconds(&self) -> f64 {
        self.0.elapsed().as_secs_f64()
    }
}

/// Processor seconds that this process's threads whose names begin with `name` have used so far (Linux).
pub(crate) fn cpu_seconds(name: &str) -> f64 {
    let Ok(tasks) = std::fs::read_dir("/proc/self/task") else { return f64::NAN };
    let mut total = 0.0;
    for task in tasks.flatten() {
        let named = std::fs::read_to_string(task.path().join("comm")).unwrap_or_default();
        if !named.starts_with(name) {
            continue;
        }
        // The first number is the time on a processor in ns.
        let stat = std::fs::read_to_string(task.path().join("schedstat")).unwrap_or_default();
        let ns = stat.split(' ').next().and_then(|ns| ns.parse::<f64>().ok());
        total += ns.unwrap_or(f64::NAN) / 1e9;
    }
    total
}

/// Resident memory of a process in MB (Linux); `None` if it is gone.
pub(crate) fn resident_mb(pid: u32) -> Option<f64> {
    let status = std::fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmRSS:"))?;
    let kb: f64 = line.trim().strip_suffix("kB")?.trim().parse().ok()?;
    Some(kb / 1024.0)
}

/// Forgets the greatest resident memory of this process so far (Linux).
pub(crate) fn reset_peak() -> anyhow::Result<()> {
    std::fs::write("/proc/self/clear_refs", "5").context("resetting the peak of resident memory")
}

/// The greatest resident memory of this process since [`reset_peak`], MB (Linux).
pub(crate) fn peak_mb() -> anyhow::Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|l| l.strip_prefix("VmHWM:")).context("VmHWM of /proc/self/status")?;
    let kb: f64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kb / 1024.0)
}

/// Processor time that a process has used so far, in ticks of 10 ms (Linux).
pub(crate) fn ticks(pid: u32) -> anyhow::Result<u64> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat"))?;
    // The second field, the name, is in brackets and may hold blanks; user and system time are fields 14 and 15.
    let rest = stat.rsplit_once(')').map_or("", |(_, rest)| rest);
    let mut fields = rest.split_whitespace().skip(11).map(str::parse::<u64>);
    let mut next = || fields.next().context("fields of /proc/PID/stat");
    Ok(next()?? + next()??)
}

/// The middle one; of an even number the upper middle. `NaN` for none.
pub(crate) fn median(numbers: &mut [f64]) -> f64 {
    quantile(numbers, 0.5)
}

/// The number that the share `q` of all lies below. `NaN` for none.
pub(crate) fn quantile(numbers: &mut [f64], q: f64) -> f64 {
    numbers.sort_by(f64::total_cmp);
    let place = (numbers.len() as f64 * q) as usize;
    numbers.get(place.min(numbers.len().saturating_sub(1))).copied().unwrap_or(f64::NAN)
}

/// Prints a line.
#[expect(clippy::print_stdout, reason = "a program that prints figures")]
pub(crate) fn line(text: &str) {
    println!("{text}");
}

/// Prints rows with aligned columns: the first to the left, the others to the right.
pub(crate) fn table(head: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|r| r.get(column)).map(|c| c.chars().count());
        cells.chain(head.get(column).map(|h| h.chars().count())).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..head.len()).map(width).collect();
    let row = |cells: &mut dyn Iterator<Item = &str>| {
        let mut text = String::new();
        for (i, (cell, width)) in cells.zip(&widths).enumerate() {
            let cell = if i == 0 { format!("{cell:<width$}") } else { format!("  {cell:>width$}") };
            text.push_str(&cell);
        }
        line(text.trim_end());
    };
    row(&mut head.iter().copied());
    for cells in rows {
        row(&mut cells.iter().map(String::as_str));
    }
}

/// A rate with a fitting unit: `12.3 M/s`, `45.6 k/s`, `789 /s`.
pub(crate) fn rate(per_second: f64) -> String {
    match per_second {
        r if r >= 1e6 => format!("{:.1} M/s", r / 1e6),
        r if r >= 1e4 => format!("{:.1} k/s", r / 1e3),
        r => format!("{r:.0} /s"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_and_rates() {
        assert!((median(&mut [3.0, 1.0, 2.0]) - 2.0).abs() < f64::EPSILON);
        assert!((quantile(&mut [4.0, 3.0, 2.0, 1.0], 0.99) - 4.0).abs() < f64::EPSILON);
        assert!(median(&mut []).is_nan());
        assert_eq!([rate(12_340_000.0), rate(45_600.0), rate(789.0)], ["12.3 M/s", "45.6 k/s", "789 /s"]);
    }
}
