//! Made-up exports of any size, for measuring and for tests: nothing of them is stored, each block is written when it is
//! read, and the same size gives the same bytes.

use std::fmt::Write as _;
use std::io::{self, Read, Seek, SeekFrom};

use hilum_model::{Offset, Time};

/// Bytes of a block. Each is filled up with blanks, so that a place in the file tells its block.
const BLOCK: u64 = 1 << 16;
/// When the first record of each type begins: 2019-01-01T00:00:00Z.
const FIRST_S: i64 = 1_546_300_800;
/// The zone of the export's phone.
const ZONE: Offset = Offset(60);

/// A made-up `export.xml` of a given size.
#[derive(Debug)]
pub struct MadeUpExport {
    blocks: u64,
    at: u64,
    /// The block that is in `text`.
    block: Option<u64>,
    text: String,
}

/// The types, each with its share of the blocks in thousandths: about what a watch's wearer has after some years.
const SHARES: [(Type, u64); 9] = [
    (Type::HeartRate, 300),
    (Type::ActiveEnergy, 260),
    (Type::BasalEnergy, 200),
    (Type::Steps, 80),
    (Type::Distance, 80),
    (Type::BloodOxygen, 30),
    (Type::Respiration, 20),
    (Type::Sleep, 20),
    (Type::Workouts, 10),
];

#[derive(Debug, Clone, Copy)]
enum Type {
    HeartRate,
    ActiveEnergy,
    BasalEnergy,
    Steps,
    Distance,
    BloodOxygen,
    Respiration,
    Sleep,
    Workouts,
}

impl MadeUpExport {
    /// An export of about that many bytes, at the least three blocks of 64 KiB.
    pub fn new(bytes: u64) -> Self {
        Self { blocks: (bytes / BLOCK).max(3), at: 0, block: None, text: String::with_capacity(BLOCK as usize) }
    }

    /// Bytes of the whole.
    pub const fn length(&self) -> u64 {
        self.blocks * BLOCK
    }

    /// Writes a block into `text`.
    fn write(&mut self, block: u64) {
        self.text.clear();
        self.block = Some(block);
        match block {
            0 => self.text.push_str(HEAD),
            last if last == self.blocks - 1 => {
                self.fill();
                let end = self.text.len() - FOOT.len();
                self.text.truncate(end);
                self.text.push_str(FOOT);
                return;
            }
            _ => self.records(block),
        }
        self.fill();
    }

    fn fill(&mut self) {
        while self.text.len() < BLOCK as usize {
            self.text.push(' ');
        }
    }

    /// Records until the block is full. Records of one type stand together, as in real exports.
    fn records(&mut self, block: u64) {
        let mut per_mille = block * 1000 / self.blocks;
        let mut kind = Type::Workouts;
        for (candidate, share) in SHARES {
            if per_mille < share {
                kind = candidate;
                break;
            }
            per_mille -= share;
        }
        // Room for a block's records, so that no time occurs twice.
        let mut number = block * 400;
        let mut item = String::with_capacity(1024);
        loop {
            item.clear();
            if record(&mut item, kind, number).is_err() || self.text.len() + item.len() > BLOCK as usize {
                return;
            }
            self.text.push_str(&item);
            number += 1;
        }
    }
}

/// Writes the record of that number.
fn record(out: &mut String, kind: Type, number: u64) -> std::fmt::Result {
    const WATCH: &str = "sourceName=\"Anna’s Apple Watch\" sourceVersion=\"11.2\" device=\"&lt;&lt;HKDevice: 0x28&gt;, name:Apple Watch, manufacturer:Apple Inc., model:Watch, hardware:Watch7,1, software:11.2&gt;\"";
    const PHONE: &str = "sourceName=\"Anna’s iPhone\" sourceVersion=\"18.2\" device=\"&lt;&lt;HKDevice: 0x31&gt;, name:iPhone, manufacturer:Apple Inc., model:iPhone, hardware:iPhone15,2, software:18.2&gt;\"";
    let noise = number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40;
    let step = if matches!(kind, Type::Sleep | Type::Workouts) { 600 } else { 60 };
    let start = FIRST_S + number as i64 * step;
    let (from, to) = (Written(start), Written(start + step));
    let mut row = |kind, device, unit, value: std::fmt::Arguments<'_>, to: Written, inside: &str| {
        write!(
            out,
            "\n <Record type=\"{kind}\" {device} unit=\"{unit}\" creationDate=\"{to}\" startDate=\"{from}\" endDate=\"{to}\" value=\"{value}\""
        )?;
        if inside.is_empty() { out.write_str("/>") } else { write!(out, ">\n  {inside}\n </Record>") }
    };
    let tenths = |base: u64, range: u64| (base + noise % range, noise % 10);
    match kind {
        Type::HeartRate => {
            let context = "<MetadataEntry key=\"HKMetadataKeyHeartRateMotionContext\" value=\"1\"/>";
            row(
                "HKQuantityTypeIdentifierHeartRate",
                WATCH,
                "count/min",
                format_args!("{}", 52 + noise % 90),
                from,
                context,
            )
        }
        Type::ActiveEnergy => {
            let (whole, tenth) = tenths(0, 9);
            row("HKQuantityTypeIdentifierActiveEnergyBurned", WATCH, "kcal", format_args!("{whole}.{tenth}7"), to, "")
        }
        Type::BasalEnergy => row(
            "HKQuantityTypeIdentifierBasalEnergyBurned",
            WATCH,
            "kcal",
            format_args!("1.{}", 100 + noise % 800),
            to,
            "",
        ),
        Type::Steps => {
            let device = if noise.is_multiple_of(2) { PHONE } else { WATCH };
            row("HKQuantityTypeIdentifierStepCount", device, "count", format_args!("{}", 1 + noise % 120), to, "")
        }
        Type::Distance => row(
            "HKQuantityTypeIdentifierDistanceWalkingRunning",
            WATCH,
            "km",
            format_args!("0.0{}", 100 + noise % 800),
            to,
            "",
        ),
        Type::BloodOxygen => {
            row("HKQuantityTypeIdentifierOxygenSaturation", WATCH, "%", format_args!("0.9{}", noise % 10), from, "")
        }
        Type::Respiration => {
            let (whole, tenth) = tenths(11, 8);
            row(
                "HKQuantityTypeIdentifierRespiratoryRate",
                WATCH,
                "count/min",
                format_args!("{whole}.{tenth}"),
                from,
                "",
            )
        }
        Type::Sleep => {
            let stage = ["AsleepCore", "AsleepDeep", "AsleepREM", "Awake"][(noise % 4) as usize];
            write!(
                out,
                "\n <Record type=\"HKCategoryTypeIdentifierSleepAnalysis\" {WATCH} creationDate=\"{to}\" startDate=\"{from}\" endDate=\"{to}\" value=\"HKCategoryValueSleepAnalysis{stage}\"/>"
            )
        }
        Type::Workouts => write!(
            out,
            "\n <Workout workoutActivityType=\"HKWorkoutActivityTypeRunning\" duration=\"10\" durationUnit=\"min\" {WATCH} creationDate=\"{to}\" startDate=\"{from}\" endDate=\"{to}\">\n  <MetadataEntry key=\"HKIndoorWorkout\" value=\"0\"/>\n  <WorkoutStatistics type=\"HKQuantityTypeIdentifierDistanceWalkingRunning\" startDate=\"{from}\" endDate=\"{to}\" sum=\"1.{}\" unit=\"km\"/>\n </Workout>",
            noise % 1000
        ),
    }
}

/// Seconds since the epoch, as an export writes them.
#[derive(Clone, Copy)]
struct Written(i64);

impl std::fmt::Display for Written {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let local = Time::from_unix_s(self.0 + i64::from(ZONE.0) * 60).to_iso();
        write!(f, "{} {} +0100", &local[..10], &local[11..19])
    }
}

const HEAD: &str = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<!DOCTYPE HealthData [\n<!-- HealthKit Export Version: 14 -->\n<!ELEMENT HealthData (ExportDate,Me,(Record|Workout)*)>\n<!ATTLIST HealthData\n  locale CDATA #REQUIRED\n>\n]>\n<HealthData locale=\"en_DE\">\n <ExportDate value=\"2026-03-05 09:00:00 +0100\"/>\n <Me HKCharacteristicTypeIdentifierBiologicalSex=\"HKBiologicalSexFemale\"/>\n";
const FOOT: &str = "\n</HealthData>\n";

impl Read for MadeUpExport {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at >= self.length() {
            return Ok(0);
        }
        let block = self.at / BLOCK;
        if self.block != Some(block) {
            self.write(block);
        }
        let rest = self.text.as_bytes().get((self.at % BLOCK) as usize..).unwrap_or_default();
        let length = rest.len().min(buffer.len());
        buffer[..length].copy_from_slice(&rest[..length]);
        self.at += length as u64;
        Ok(length)
    }
}

impl Seek for MadeUpExport {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let at = match to {
            SeekFrom::Start(at) => Some(at),
            SeekFrom::End(by) => self.length().checked_add_signed(by),
            SeekFrom::Current(by) => self.at.checked_add_signed(by),
        };
        self.at = at.ok_or(io::ErrorKind::InvalidInput)?;
        Ok(self.at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_block_is_the_same_from_anywhere() {
        let mut whole = Vec::new();
        let mut export = MadeUpExport::new(1 << 20);
        export.read_to_end(&mut whole).expect("reads");
        assert_eq!(whole.len() as u64, export.length());
        for at in [0, 1, 70_000, 500_000, whole.len() - 5] {
            export.seek(SeekFrom::Start(at as u64)).expect("seeks");
            let mut rest = Vec::new();
            export.read_to_end(&mut rest).expect("reads");
            assert!(rest == whole[at..], "from {at}");
        }
        let text = String::from_utf8(whole).expect("text");
        assert!(text.contains("startDate=\"2019-") && text.ends_with("</HealthData>\n"));
    }
}
