//! Files of a session in plain words.

use std::collections::BTreeMap;

use hilum_engine::enrol::Offered;
use hilum_engine::import::Report;
use hilum_store::imports::{Import, ImportState};

/// A file as `import-files.html` shows it.
pub(super) struct File {
    pub(super) id: String,
    pub(super) name: String,
    pub(super) state: &'static str,
    /// What it is, once that is known.
    pub(super) format: String,
    /// Per cent, of what comes in or is read.
    pub(super) percent: u64,
    /// "12,034 × heart rate"
    pub(super) found: Vec<String>,
    /// What was left out, in sentences.
    pub(super) left_out: Vec<String>,
    /// What went wrong, in a sentence; empty if nothing did.
    pub(super) fault: &'static str,
    /// The person took it back.
    pub(super) cancelled: bool,
}

/// All of them, newest first.
pub(super) fn of(offered: &Offered) -> Vec<File> {
    offered.files.iter().map(|(import, report)| file(import, report)).collect()
}

fn file(import: &Import, report: &Report) -> File {
    let code = report.error.as_ref().map(|error| error.code.as_str());
    let total = import.bytes_total.unwrap_or_default();
    File {
        id: import.import_id.to_string(),
        name: report.file.as_ref().map_or_else(|| "File".to_owned(), |file| file.name.clone()),
        state: match import.state {
            ImportState::Receiving => "receiving",
            ImportState::Waiting | ImportState::Reading => "reading",
            ImportState::Done => "done",
            ImportState::Failed => "failed",
        },
        format: report.format.clone().unwrap_or_default(),
        percent: import.bytes_done.saturating_mul(100).checked_div(total).unwrap_or(0).min(100),
        found: found(&report.found),
        left_out: left_out(report),
        fault: code.map_or("", fault),
        cancelled: code == Some("import_cancelled"),
    }
}

/// Counts by metric or kind. Places have two metrics and are one thing.
fn found(counts: &BTreeMap<String, u64>) -> Vec<String> {
    let mut rows: Vec<_> = counts.iter().filter(|(name, _)| *name != "longitude").collect();
    rows.sort_by_key(|(name, count)| (std::cmp::Reverse(**count), name.as_str()));
    rows.into_iter().map(|(name, count)| format!("{} × {}", grouped(*count), thing(name))).collect()
}

fn left_out(report: &Report) -> Vec<String> {
    let sum = |counts: &BTreeMap<String, u64>| counts.values().sum::<u64>();
    let entries = |count: u64| if count == 1 { "1 entry".to_owned() } else { format!("{} entries", grouped(count)) };
    let mut sentences = Vec::new();
    let (refused, unknown) = (sum(&report.rejected), sum(&report.unknown));
    if refused > 0 {
        sentences.push(format!("{} could not be understood.", entries(refused)));
    }
    if unknown > 0 {
        sentences.push(format!("{} of kinds that are not known here.", entries(unknown)));
    }
    sentences.extend(report.left_out.iter().map(|(what, count)| format!("{} × {what}.", grouped(*count))));
    sentences
}

/// What people call it.
fn thing(name: &str) -> String {
    match name {
        "activity" => "workout or activity",
        "activity_day" => "day of activity",
        "bmi" => "BMI",
        "ecg" => "electrocardiogram",
        "heart_rate_day" => "resting heart rate",
        "hrv_rmssd" | "hrv_sdnn" => "heart rate variability",
        "latitude" => "place",
        "sleep" => "night or nap",
        "vo2_max" => "VO₂max",
        other => return other.replace('_', " "),
    }
    .to_owned()
}

/// Why a file, or the rest of it, was refused.
fn fault(code: &str) -> &'static str {
    match code {
        "file_unrecognised" => "This file is of no kind that can be read here.",
        "file_truncated" => {
            "The file is cut off. Perhaps its download was interrupted; get it again and try the new one."
        }
        "file_malformed" => "The file is damaged. Get it again and try the new one.",
        "file_entity" => "The file contains what no honest export does, and was refused.",
        "file_bomb" | "file_too_large" => "The archive unpacks to an absurd size and was refused.",
        "file_too_long" | "file_too_many" => {
            "The file has parts that are larger than in any honest export, and was refused."
        }
        "file_encrypted" => "The archive has a password. Make one without.",
        "file_compression" => "The archive is packed in a way that can not be read here. Pack it as an ordinary zip.",
        "import_cancelled" => "Cancelled. Nothing of it is taken.",
        _ => "The file could not be read, and that is no mistake of yours. Try it again.",
    }
}

/// A number as people read it: `12,034`.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (12_034, "12,034"), (1_204_411, "1,204,411")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn the_most_comes_first_and_places_count_once() {
        let counts = [("latitude", 7), ("longitude", 7), ("heart_rate", 1200), ("hrv_sdnn", 3), ("weight", 7)];
        let counts = counts.into_iter().map(|(name, count)| (name.to_owned(), count)).collect();
        assert_eq!(found(&counts), ["1,200 × heart rate", "7 × place", "7 × weight", "3 × heart rate variability"]);
    }

    #[test]
    fn what_is_not_taken_is_said() {
        let count = |name: &str, count: u64| BTreeMap::from([(name.to_owned(), count)]);
        let report = Report {
            rejected: count("bad date", 1),
            unknown: count("Tomorrow", 1500),
            left_out: count("medical records", 2),
            ..Report::default()
        };
        let expected = [
            "1 entry could not be understood.",
            "1,500 entries of kinds that are not known here.",
            "2 × medical records.",
        ];
        assert_eq!(left_out(&report), expected);
    }
}
