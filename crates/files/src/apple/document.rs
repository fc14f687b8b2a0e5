//! `export.xml`: one pass over the document.

use std::collections::HashMap;
use std::io::Read;

use super::correlation::Correlation;
use super::held::{Held, TrackOf};
use super::row::{NoRow, Row, Rows, Sources};
use super::workout::Workout;
use super::{ROOT, day, last_part, pairs, route, sleep};
use crate::error::FileError;
use crate::limits::Limits;
use crate::out::Out;
use crate::xml::{Node, Tag, Xml};

/// Bytes of a track's path that are honest.
const PATH: usize = 250;

/// A document under way.
pub(super) struct Document<'o, 'd> {
    pub(super) out: &'o mut Out<'d>,
    limits: &'o Limits,
    pub(super) rows: Rows,
    pub(super) held: Held,
    /// Before this offset everything is delivered: it is only gathered what is held.
    from: u64,
    /// Whether the item under way is before it.
    pub(super) quiet: bool,
    /// Sources whose names are handed over.
    told_sources: usize,
}

impl<'o, 'd> Document<'o, 'd> {
    pub(super) fn new(out: &'o mut Out<'d>, limits: &'o Limits, from: u64) -> Self {
        Self { out, limits, rows: Rows::default(), held: Held::default(), from, quiet: false, told_sources: 0 }
    }

    /// Tells that bytes before the place where the reading begins are passed over.
    pub(super) fn skip(&self, bytes: u64) {
        self.out.skip(bytes);
    }

    /// The sources and tracks that were found.
    pub(super) fn into_found(self) -> (Sources, HashMap<String, TrackOf>) {
        (self.rows.sources, self.held.tracks)
    }

    /// Reads to the end. Whatever ends it early, what is held is told as far as it goes.
    pub(super) fn read<R: Read>(&mut self, xml: &mut Xml<R>) -> Result<(), FileError> {
        match self.items(xml) {
            Err(FileError::Stopped) => Err(FileError::Stopped),
            ended => self.tell_held().and(ended),
        }
    }

    fn items<R: Read>(&mut self, xml: &mut Xml<R>) -> Result<(), FileError> {
        loop {
            let at = xml.at();
            self.quiet = at < self.from;
            match xml.next()? {
                Node::Start(tag) if tag.depth() == 1 => {
                    if tag.name() != ROOT {
                        return Err(FileError::Malformed { what: "another root element", at });
                    }
                    continue;
                }
                Node::Start(tag) => {
                    let mut item = self.begin(&tag)?;
                    self.inside(xml, &mut item)?;
                    self.end(item, at)?;
                }
                Node::Empty(tag) => {
                    let item = self.begin(&tag)?;
                    self.end(item, at)?;
                }
                Node::Eof => return Ok(()),
                Node::End(_) | Node::Text(_) | Node::Other => continue,
            }
            if self.held.rows() > self.limits.held {
                self.tell_held()?;
            }
            if !self.quiet {
                self.out.reached(0, xml.at(), self.held.from.unwrap_or(xml.at()));
            }
        }
    }

    /// Tells what is held and forgets it.
    fn tell_held(&mut self) -> Result<(), FileError> {
        let mut held = std::mem::take(&mut self.held);
        self.held.tracks = std::mem::take(&mut held.tracks);
        if self.quiet {
            return Ok(());
        }
        held.told.sort_unstable();
        sleep::tell(held.nights, &self.rows.sources, self.out)?;
        pairs::tell_pressures(held.pressures, &held.told, &self.rows.sources, self.out)?;
        pairs::tell_meals(held.nutrients, &held.told, &self.rows.sources, self.out)
    }
}

/// What a child of the root is.
enum Item {
    Row(Row),
    Correlation(Box<Correlation>),
    Workout(Box<Workout>),
    /// Told already, or nothing to tell.
    Done,
}

impl Document<'_, '_> {
    /// Reads the attributes of a child of the root.
    fn begin(&mut self, tag: &Tag<'_>) -> Result<Item, FileError> {
        match tag.name() {
            "Record" => {
                let row = self.rows.read(tag, None)?;
                return Ok(self.row(row).map_or(Item::Done, Item::Row));
            }
            "Correlation" => match Correlation::of(tag, &mut self.rows.sources)? {
                Some(correlation) => return Ok(Item::Correlation(Box::new(correlation))),
                None => self.unknown(&tag.get("type")?.unwrap_or_default()),
            },
            "Workout" => {
                let source = tag.attributes().find(|(name, _)| *name == "sourceName").map_or("", |(_, raw)| raw);
                let source = self.rows.sources.number(tag, source)?;
                match Workout::of(tag, source)? {
                    Some(workout) => return Ok(Item::Workout(Box::new(workout))),
                    None => self.reject("workout: times not understood"),
                }
            }
            "ActivitySummary" if !self.quiet => match day::read(tag)? {
                day::Summary::Day(record) => self.out.record(*record)?,
                day::Summary::Empty => self.out.leave_out("days without activity"),
                day::Summary::Rejected => self.out.reject("activity summary: day not understood"),
            },
            "Me" if !self.quiet => self.person(tag)?,
            "ClinicalRecord" if !self.quiet => self.out.leave_out(super::MEDICAL),
            "ActivitySummary" | "Me" | "ClinicalRecord" | "ExportDate" => {}
            name => self.unknown(name),
        }
        Ok(Item::Done)
    }

    /// Goes through the children of an item, to its end.
    fn inside<R: Read>(&mut self, xml: &mut Xml<R>, item: &mut Item) -> Result<(), FileError> {
        loop {
            let at = xml.at();
            match xml.next()? {
                Node::Start(tag) | Node::Empty(tag) => self.child(item, &tag)?,
                Node::End(1) => return Ok(()),
                Node::Eof => return Err(FileError::Truncated { at }),
                Node::End(_) | Node::Text(_) | Node::Other => {}
            }
        }
    }

    /// Adds an element inside an item: the root has depth 1, the item 2, its children 3.
    fn child(&mut self, item: &mut Item, tag: &Tag<'_>) -> Result<(), FileError> {
        match (item, tag.depth(), tag.name()) {
            (Item::Row(row), 3, "MetadataEntry") => row.metadata(tag),
            (Item::Row(_), 3, "HeartRateVariabilityMetadataList") if !self.quiet => {
                self.out.leave_out("lists of single beats");
                Ok(())
            }
            (Item::Correlation(correlation), 3, "MetadataEntry") => correlation.metadata(tag),
            (Item::Correlation(correlation), 3, "Record") => {
                let row = self.rows.read(tag, Some(correlation.source))?;
                if let Some(row) = self.row(row) {
                    correlation.add(row);
                }
                Ok(())
            }
            (Item::Workout(workout), 3, "MetadataEntry") => workout.metadata(tag),
            (Item::Workout(workout), 3, "WorkoutEvent") => workout.event(tag),
            (Item::Workout(workout), 3, "WorkoutStatistics") => workout.statistics(tag),
            (Item::Workout(workout), 4, "FileReference") => {
                if let Some(path) = tag.get("path")?
                    && path.len() <= PATH
                    && self.held.tracks.len() < self.limits.held / 32
                {
                    let key = workout.key(&self.rows.sources);
                    let track = TrackOf { key, source: workout.source, offset: workout.offset };
                    self.held.tracks.insert(last_part(&path).to_owned(), track);
                }
                Ok(())
            }
            // Until iOS 12 the track stood here.
            (Item::Workout(workout), 4, "Location") if !self.quiet => {
                let key = workout.key(&self.rows.sources);
                let track = TrackOf { key, source: workout.source, offset: workout.offset };
                route::location(tag, &track, &self.rows.sources, self.out)
            }
            _ => Ok(()),
        }
    }

    /// Tells or holds an item that is complete.
    fn end(&mut self, item: Item, at: u64) -> Result<(), FileError> {
        let before = self.held.rows();
        match item {
            Item::Row(row) => self.tell(row)?,
            Item::Correlation(correlation) => {
                let record = correlation.record(&mut self.held.told, &self.rows.sources);
                match record {
                    Ok(record) if !self.quiet => self.out.record(record)?,
                    Err(reason) if !self.quiet => self.out.reject(reason),
                    _ => {}
                }
            }
            Item::Workout(workout) if !self.quiet => self.out.record(workout.record(&self.rows.sources))?,
            Item::Workout(_) | Item::Done => {}
        }
        if self.held.rows() > before {
            self.held.from.get_or_insert(at);
        }
        let sources = self.rows.sources.since(self.told_sources);
        if !sources.is_empty() {
            self.told_sources += sources.len();
            if !self.quiet {
                self.out.facts().devices.extend(sources.iter().filter(|name| !name.is_empty()).cloned());
            }
        }
        Ok(())
    }

    /// Facts about the person: their sex as Human API words it.
    fn person(&mut self, tag: &Tag<'_>) -> Result<(), FileError> {
        let sex = tag.get("HKCharacteristicTypeIdentifierBiologicalSex")?.unwrap_or_default();
        self.out.facts().gender = match &*sex {
            "HKBiologicalSexFemale" => Some("female".to_owned()),
            "HKBiologicalSexMale" => Some("male".to_owned()),
            _ => None,
        };
        Ok(())
    }

    /// A row, or `None` after counting what is none.
    fn row(&mut self, row: Result<Row, NoRow>) -> Option<Row> {
        match row {
            Ok(row) => return Some(row),
            Err(NoRow::Unknown(name)) => self.unknown(&name),
            Err(NoRow::Rejected(reason)) => self.reject(&reason),
        }
        None
    }

    fn unknown(&mut self, name: &str) {
        if !self.quiet {
            self.out.unknown(name);
        }
    }

    fn reject(&mut self, reason: &str) {
        if !self.quiet {
            self.out.reject(reason);
        }
    }
}
