//! 23andMe's raw data: a text file, or an archive with one, of what its chip read of a person's genome.
//!
//! Confirmed by public readers of such files: comments begin with `#`, the first one names 23andMe and when the file was
//! made, the last one the columns; then four columns between tabs (`rsid`, `chromosome`, `position`, `genotype`), two
//! letters a genotype, one where the person has one copy, `--` where nothing could be read.
//!
//! Places are known by their names, so that the build of the reference (37 in files of today) does not matter; it stands
//! in the source's own data. A file replaces what an earlier one said, hence one that is cut off or damaged gives
//! nothing: it would take away what is known.

use std::io::{BufRead, BufReader, Read, Seek};

use hilum_model::genotypes::{Call, Gathered, Genotypes, Locus};
use hilum_model::{Body, Day, Record, Time};
use serde_json::{Map, Value};

use crate::archive::Archive;
use crate::detect::HEAD;
use crate::error::FileError;
use crate::limits::Limits;
use crate::out::Out;

/// Places of one file at the most. Chips have some hundred thousand; one takes 8 bytes while the file is read.
const PLACES: usize = 2_000_000;
/// Bytes of comments that are looked at; the rest is passed over.
const COMMENTS: usize = 16 << 10;
const COLUMNS: &str = "# rsid\tchromosome\tposition\tgenotype";

/// Whether a file begins as such a file does.
pub(crate) fn is_file(head: &[u8]) -> bool {
    let text = String::from_utf8_lossy(head);
    let text = text.trim_start_matches('\u{feff}');
    let first = text.lines().next().unwrap_or_default();
    first.starts_with('#') && (first.contains("23andMe") || text.lines().any(|line| line.trim_end() == COLUMNS))
}

/// Reads the archive's file. What else lies in it is left alone.
pub(crate) fn read_archive<R: Read + Seek>(input: R, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut archive = Archive::new(input, limits)?;
    for index in 0..archive.entries().len() {
        if is_file(&archive.head(index, HEAD)?) {
            return read(archive.open(index)?, limits, out);
        }
    }
    Err(FileError::Unrecognised)
}

/// Reads a file.
pub(crate) fn read(input: impl Read, limits: &Limits, out: &mut Out<'_>) -> Result<(), FileError> {
    let mut input = BufReader::with_capacity(1 << 16, input);
    let (mut comments, mut gathered) = (String::new(), Gathered::default());
    let (mut line, mut at) = (Vec::new(), 0_u64);
    loop {
        line.clear();
        let most = limits.element as u64;
        let read = (&mut input).take(most).read_until(b'\n', &mut line).map_err(|e| FileError::from_io(e, at))?;
        if read == 0 {
            break;
        }
        if read as u64 == most {
            return Err(FileError::TooLong { what: "line", limit: most });
        }
        at += read as u64;
        let text = String::from_utf8_lossy(&line);
        let text = text.trim_start_matches('\u{feff}').trim_end();
        if text.starts_with('#') {
            if comments.len() + text.len() < COMMENTS {
                comments.push_str(text);
                comments.push('\n');
            }
        } else if !text.is_empty() {
            match place(text) {
                Ok((locus, call)) => gathered.add(locus, call),
                Err(what) => out.reject(what),
            }
            if gathered.len() > PLACES {
                return Err(FileError::TooMany { what: "places", limit: PLACES as u64 });
            }
        }
    }
    if gathered.is_empty() {
        return Ok(());
    }
    let made = made(&comments).unwrap_or_default();
    let source_data: Map<String, Value> =
        build(&comments).map(|build| ("build".to_owned(), Value::from(build))).into_iter().collect();
    for block in gathered.into_blocks() {
        out.record(record(block, made, &source_data))?;
    }
    Ok(())
}

fn place(line: &str) -> Result<(Locus, Call), &'static str> {
    let mut cells = line.split('\t');
    let mut next = || cells.next().map(str::trim).ok_or("fewer than four columns");
    let (name, _chromosome, _position, call) = (next()?, next()?, next()?, next()?);
    let locus = Locus::parse(name).ok_or("a place whose name is neither rs… nor i…")?;
    Ok((locus, Call::parse(call).ok_or("a genotype of other letters")?))
}

fn record(block: Genotypes, made: Time, source_data: &Map<String, Value>) -> Record {
    Record {
        key: Genotypes::key(block.block),
        device: None,
        start: made,
        end: None,
        // The comment tells a local time without its zone.
        offset: None,
        day: made.civil_day(None),
        body: Body::Genotypes(block),
        source_data: source_data.clone(),
    }
}

/// When the file was made, as if its local time were UTC: `… at: Tue Mar 08 13:05:09 2016`.
fn made(comments: &str) -> Option<Time> {
    const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
    let (_, after) = comments.split_once(" at: ")?;
    let words: Vec<&str> = after.lines().next()?.split_whitespace().collect();
    let [_, month, day, clock, year] = words[..] else { return None };
    let month = MONTHS.iter().position(|m| *m == month)? + 1;
    let day = Day::parse(&format!("{year}-{month:02}-{day:0>2}")).ok()?;
    Time::parse_rfc3339(&format!("{day}T{clock}Z")).ok().map(|(time, _)| time)
}

/// The build of the reference that positions are told by.
fn build(comments: &str) -> Option<u32> {
    let digits = |text: &str| text.split(|c: char| !c.is_ascii_digit()).next().and_then(|n| n.parse().ok());
    comments.split("build ").skip(1).find_map(digits)
}

#[cfg(test)]
mod tests;
