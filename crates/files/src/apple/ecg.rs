//! Electrocardiograms: a table for each, its head in the phone's language, decimal commas in some.

use std::io::{BufRead, BufReader, Read};

use hilum_model::observation::Ecg;
use hilum_model::{Body, Offset, Record, Time};
use serde_json::Map;

use super::values;
use crate::error::FileError;
use crate::limits::Limits;

/// Values of one recording: thirty seconds have 15,360.
const VALUES: usize = 200_000;
/// Lines before the values.
const HEAD: usize = 40;

/// Whether a member that begins so is a recording: somewhere in its first lines stand a time of Apple's form and a
/// unit of voltage, whatever the language.
pub(super) fn is_one(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let mut fields = text.lines().take(HEAD).filter_map(field);
    let timed = fields.any(|(_, value)| values::time(value).is_some());
    timed && (text.contains("V\n") || text.contains("V\r\n"))
}

/// A line of the head: name and value, without quotes.
fn field(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once([',', ';'])?;
    Some((name.trim(), value.trim().trim_matches('"')))
}

/// Reads a recording; `None` if it has no time.
pub(super) fn read(input: impl Read, limits: &Limits) -> Result<Option<Record>, FileError> {
    let mut lines = Lines { input: BufReader::new(input.take(limits.element as u64 * 64)), line: Vec::new(), at: 0 };
    let (mut ecg, mut began, mut device) = (Ecg::default(), None::<(Time, Offset)>, None);
    // Before the time stand the name and the date of birth; behind it, in this order, classification, symptoms,
    // version, device, rate, then the lead and the unit of the values.
    let mut behind = 0;
    let mut per_microvolt = 1.0;
    while let Some(line) = lines.next(limits)? {
        if let Some(microvolts) = sample(line) {
            if began.is_some() && ecg.microvolts.len() < VALUES {
                ecg.microvolts.push((microvolts * per_microvolt) as f32);
            }
            continue;
        }
        let Some((_, value)) = field(line) else { continue };
        if began.is_none() {
            began = values::time(value);
            continue;
        }
        behind += 1;
        match behind {
            1 => ecg.classification = Some(classification(value)),
            4 => device = Some(value.to_owned()).filter(|d| !d.is_empty()),
            _ if ecg.frequency_hz.is_none() && hertz(value).is_some() => ecg.frequency_hz = hertz(value),
            _ if ["µV", "μV"].contains(&value) => {}
            _ if value == "mV" => per_microvolt = 1000.0,
            _ if value == "V" => per_microvolt = 1_000_000.0,
            _ if ecg.frequency_hz.is_some() && ecg.lead.is_none() => ecg.lead = Some(value.to_owned()),
            _ => {}
        }
    }
    let Some((start, offset)) = began else { return Ok(None) };
    let seconds = ecg.frequency_hz.filter(|hz| *hz > 0.0).map(|hz| ecg.microvolts.len() as f64 / hz);
    Ok(Some(Record {
        key: format!("{}/{}", start.0, device.as_deref().unwrap_or_default()),
        device,
        start,
        end: seconds.filter(|s| *s > 0.0).map(|s| start.plus_ms((s * 1000.0).round() as i64)),
        offset: Some(offset),
        day: start.civil_day(Some(offset)),
        body: Body::Ecg(ecg),
        source_data: Map::new(),
    }))
}

/// A line that is one value, with a decimal point or comma, perhaps in quotes.
fn sample(line: &str) -> Option<f64> {
    let line = line.trim().trim_matches('"');
    if line.is_empty() || line.bytes().filter(|b| matches!(b, b',' | b'.')).count() > 1 {
        return None;
    }
    values::value(&line.replace(',', "."))
}

/// `512`, of `512 hertz`.
fn hertz(text: &str) -> Option<f64> {
    let (number, _) = text.split_once(' ')?;
    values::value(&number.replace(',', ".")).filter(|hz| (1.0..=10_000.0).contains(hz))
}

/// The model's word for what the watch found. The value stands in the language of the phone: English is known word for
/// word; of other languages, from general knowledge, the terms of medicine for the two findings. Anything else passes as
/// it is.
fn classification(value: &str) -> String {
    let word = match value {
        "Sinus Rhythm" => "sinus_rhythm",
        "Atrial Fibrillation" => "atrial_fibrillation",
        "Low Heart Rate" => "low_heart_rate",
        "High Heart Rate" => "high_heart_rate",
        "Inconclusive" => "inconclusive",
        "Poor Recording" => "poor_recording",
        other => {
            let lower = other.to_lowercase();
            match TERMS.iter().find(|(term, _)| lower.contains(term)) {
                Some((_, word)) => word,
                None => return format!("other:{}", other.chars().take(100).collect::<String>()),
            }
        }
    };
    word.to_owned()
}

/// What the names of the findings hold in other languages, in lower case: Sinusrhythmus, rythme sinusal, ritmo sinusal,
/// sinusritme, синусовый ритм; Vorhofflimmern, fibrillation auriculaire, fibrilación auricular, atriumfibrilleren,
/// atrieflimren, migotanie przedsionków, фибрилляция предсердий.
const TERMS: [(&str, &str); 17] = [
    ("sinus", "sinus_rhythm"),
    ("zatokow", "sinus_rhythm"),
    ("синус", "sinus_rhythm"),
    ("洞調律", "sinus_rhythm"),
    ("窦性心律", "sinus_rhythm"),
    ("竇性心律", "sinus_rhythm"),
    ("동리듬", "sinus_rhythm"),
    ("fibril", "atrial_fibrillation"),
    ("flimmer", "atrial_fibrillation"),
    ("flimre", "atrial_fibrillation"),
    ("migotanie", "atrial_fibrillation"),
    ("eteisvärinä", "atrial_fibrillation"),
    ("фибрил", "atrial_fibrillation"),
    ("心房細動", "atrial_fibrillation"),
    ("房颤", "atrial_fibrillation"),
    ("心房顫動", "atrial_fibrillation"),
    ("심방세동", "atrial_fibrillation"),
];

/// Lines of bounded length; bytes that are not UTF-8 are replaced.
struct Lines<R> {
    input: BufReader<R>,
    line: Vec<u8>,
    at: u64,
}

impl<R: Read> Lines<R> {
    fn next(&mut self, limits: &Limits) -> Result<Option<&str>, FileError> {
        self.line.clear();
        let mut bounded = (&mut self.input).take(4097);
        let read = bounded.read_until(b'\n', &mut self.line).map_err(|e| FileError::from_io(e, self.at))?;
        self.at += read as u64;
        if read > 4096 {
            return Err(FileError::TooLong { what: "line", limit: 4096.min(limits.element as u64) });
        }
        match std::str::from_utf8(&self.line) {
            _ if read == 0 => Ok(None),
            Ok(line) => Ok(Some(line)),
            Err(_) => Err(FileError::Malformed { what: "text that is not UTF-8", at: self.at }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::classification;

    #[test]
    fn findings_in_other_languages() {
        for (told, ours) in [
            ("Sinus Rhythm", "sinus_rhythm"),
            ("Poor Recording", "poor_recording"),
            ("Sinusrhythmus", "sinus_rhythm"),
            ("Rythme sinusal", "sinus_rhythm"),
            ("洞調律", "sinus_rhythm"),
            ("Vorhofflimmern", "atrial_fibrillation"),
            ("Fibrillation auriculaire", "atrial_fibrillation"),
            ("Fibrilación auricular", "atrial_fibrillation"),
            ("Förmaksflimmer", "atrial_fibrillation"),
            ("Nicht eindeutig", "other:Nicht eindeutig"),
            ("", "other:"),
        ] {
            assert_eq!(classification(told), ours, "{told}");
        }
    }
}
