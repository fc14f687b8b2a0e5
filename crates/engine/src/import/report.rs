//! What came of an import, as it is stored and shown.

use std::collections::BTreeMap;

use hilum_files::{FileError, Format, Summary};
use hilum_model::Phi;
use serde::{Deserialize, Serialize};

/// Counts of an import and its error, if there is one. Holds names of types and reasons, no values.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Report {
    /// The file as the person's browser names it, where a page brought it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file: Option<FileName>,
    /// What the file is, as people call it.
    pub format: Option<String>,
    /// Id of the source whose data it carries.
    pub source: Option<String>,
    /// Observations read, by metric or kind. After a crash some may be counted twice.
    pub found: BTreeMap<String, u64>,
    /// Items that were not understood, by reason.
    pub rejected: BTreeMap<String, u64>,
    /// Items of types that are not known, by the file's name of the type.
    pub unknown: BTreeMap<String, u64>,
    /// Items that are known and not imported, by what they are.
    pub left_out: BTreeMap<String, u64>,
    /// Why it did not come to the end.
    pub error: Option<Failure>,
}

/// What tells a file from another one before it has come in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileName {
    /// Its name.
    pub name: String,
    /// When it was changed last, ms, as the browser says.
    pub modified: i64,
}

/// Why an import did not come to its end.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// A word for programs.
    pub code: String,
    /// For people.
    pub message: String,
}

impl Failure {
    pub(super) fn new(code: &str, message: &str) -> Self {
        Self { code: code.to_owned(), message: message.to_owned() }
    }
}

impl From<&FileError> for Failure {
    fn from(error: &FileError) -> Self {
        Self::new(error.code(), &error.to_string())
    }
}

impl Report {
    /// The stored form.
    pub(super) fn text(&self) -> Phi<String> {
        // Maps of texts and numbers always have a JSON form.
        Phi::new(serde_json::to_string(self).unwrap_or_default())
    }

    /// Reads the stored form. What an older version wrote otherwise counts as nothing told.
    pub fn of(text: &Phi<String>) -> Self {
        serde_json::from_str(text.expose()).unwrap_or_default()
    }

    /// With nothing found yet.
    pub(super) fn begun(&self) -> Self {
        Self { file: self.file.clone(), ..Self::default() }
    }

    pub(super) fn tell(&mut self, format: Format) {
        self.format = Some(format.title().to_owned());
        self.source = Some(format.source().to_owned());
    }

    /// With what a reading found besides.
    pub(super) fn with(&self, read: &Summary) -> Self {
        let mut all = self.clone();
        for (metric, count) in read.samples() {
            add(&mut all.found, metric.name(), count);
        }
        for (kind, count) in read.records() {
            add(&mut all.found, kind.name(), count);
        }
        for (reason, count) in read.rejected() {
            add(&mut all.rejected, reason, *count);
        }
        for (name, count) in read.unknown() {
            add(&mut all.unknown, name, *count);
        }
        for (what, count) in read.left_out() {
            add(&mut all.left_out, what, *count);
        }
        all
    }
}

fn add(counts: &mut BTreeMap<String, u64>, name: &str, count: u64) {
    *counts.entry(name.to_owned()).or_default() += count;
}
