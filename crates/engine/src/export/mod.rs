//! Everything of one person, as one stream: [`Export`] gives it piece by piece, in the form that is asked for.
//!
//! Each piece is read anew after the place where the last one ended (`hilum_store::everything`), so an export takes the same
//! memory whatever the person has, and a slow reader holds neither a snapshot nor the writer. It begins with what the store
//! held then and ends with what was sent, and says whether something was stored meanwhile. `docs/EXPORT.md` says the same to
//! callers.

mod body;
mod fhir;
mod line;
mod lines;
mod stream;

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::Arc;

use hilum_model::metric::Storage;
use hilum_model::{ConnectionId, HumanId, Kind, Metric, RecordId, Time};
use hilum_store::connections::{Connection, Cursor};
use hilum_store::everything::{Holdings, Numbered, SamplePlace, Stretch};
use hilum_store::humans::Human;
use hilum_store::imports::Import;
use hilum_store::priorities::Lists;
use hilum_store::records::StoredRecord;
use hilum_store::samples::Series;
use hilum_store::{Store, StoreError};

pub use self::stream::{Broken, ExportState, ExportStream, STALL, TooMany};

/// Bytes of a piece, about; what the store reads at once may make it larger.
const PIECE: usize = 256 * 1024;

/// The form of an export.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// Hilum's own lines of JSON: everything, as the store holds it.
    Lines,
    /// FHIR R4, a resource a line: what there are resources for.
    Fhir,
}

/// What is wanted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Options {
    /// The form.
    pub format: Format,
    /// With what the archive keeps of answers and posts as they came; [`Format::Lines`] alone has a place for it.
    pub raw: bool,
}

/// How many of what were sent.
#[derive(Debug, Default)]
struct Sent {
    connections: u64,
    imports: u64,
    series: u64,
    records: BTreeMap<Kind, u64>,
    samples: BTreeMap<Metric, u64>,
    genotypes: u64,
    payloads: u64,
}

/// What a form knows of the person when it begins.
struct Whole<'a> {
    human: &'a Human,
    held: &'a Holdings,
    priorities: &'a Lists,
    at: Time,
    raw: bool,
}

/// How pieces are written. What a form has no place for it leaves out.
trait Form: Send {
    fn begin(&mut self, out: &mut Vec<u8>, whole: &Whole<'_>);
    fn connection(&mut self, out: &mut Vec<u8>, connection: &Connection, streams: &[Cursor]);
    fn import(&mut self, out: &mut Vec<u8>, import: &Import);
    fn series(&mut self, out: &mut Vec<u8>, series: &Series, source: &str);
    /// Gives the number of genotypes in it.
    fn record(&mut self, out: &mut Vec<u8>, row: &StoredRecord, source: &str) -> Result<u64, StoreError>;
    fn samples(&mut self, out: &mut Vec<u8>, stretch: &Stretch, source: &str);
    fn payload(&mut self, out: &mut Vec<u8>, payload: &Numbered, connection: ConnectionId, source: &str);
    fn end(&mut self, out: &mut Vec<u8>, sent: &Sent, changed: bool);
}

/// What comes next.
enum Stage {
    Begin,
    Series {
        after: u32,
    },
    /// Kinds by their place in [`Kind::ALL`].
    Records {
        kind: usize,
        after: Option<RecordId>,
    },
    /// Metrics by their place in [`Metric::ALL`].
    Samples {
        metric: usize,
        after: Option<SamplePlace>,
    },
    Payloads {
        connection: usize,
        after: i64,
    },
    End,
    Over,
}

/// An export under way.
pub struct Export {
    store: Store,
    human: HumanId,
    at: Time,
    raw: bool,
    form: Box<dyn Form>,
    stage: Stage,
    sent: Sent,
    /// What there was at the beginning.
    held: Option<Holdings>,
    /// Names of sources by connection, of those that were told.
    sources: HashMap<ConnectionId, String>,
    /// In the order in which they were told.
    connections: Vec<ConnectionId>,
    /// Numbers of the series that were told.
    told: HashSet<u32>,
}

impl Export {
    /// An export that begins at that time. Nothing is read before the first piece.
    pub fn new(store: Store, human: HumanId, at: Time, options: Options) -> Self {
        let form: Box<dyn Form> = match options.format {
            Format::Lines => Box::new(lines::Lines),
            Format::Fhir => Box::new(fhir::Fhir::new(human)),
        };
        Self {
            store,
            human,
            at,
            raw: options.raw && options.format == Format::Lines,
            form,
            stage: Stage::Begin,
            sent: Sent::default(),
            held: None,
            sources: HashMap::new(),
            connections: Vec::new(),
            told: HashSet::new(),
        }
    }

    /// The next piece, which ends with a whole line; `None` at the end. Reads the store, so it blocks for some milliseconds.
    /// Fails with `NotFound` when the person is not there (any more).
    pub fn next_piece(&mut self) -> Result<Option<Vec<u8>>, StoreError> {
        let mut out = Vec::new();
        while out.len() < PIECE && !matches!(self.stage, Stage::Over) {
            self.stage = self.step(&mut out)?;
        }
        Ok((!out.is_empty()).then_some(out))
    }

    fn step(&mut self, out: &mut Vec<u8>) -> Result<Stage, StoreError> {
        Ok(match self.stage {
            Stage::Begin => {
                self.begin(out)?;
                Stage::Series { after: 0 }
            }
            Stage::Series { after } => {
                let rows = self.store.next_series(self.human, after)?;
                for row in &rows {
                    self.series(out, row)?;
                }
                rows.last().map_or(Stage::Records { kind: 0, after: None }, |last| Stage::Series { after: last.number })
            }
            Stage::Records { kind, after } => match Kind::ALL.get(kind) {
                Some(of) => {
                    self.records(out, *of, after)?.map_or(Stage::Records { kind: kind + 1, after: None }, |last| {
                        Stage::Records { kind, after: Some(last) }
                    })
                }
                None => Stage::Samples { metric: 0, after: None },
            },
            Stage::Samples { metric, after } => match Metric::ALL.get(metric) {
                Some(of) => {
                    self.samples(out, *of, after)?.map_or(Stage::Samples { metric: metric + 1, after: None }, |place| {
                        Stage::Samples { metric, after: Some(place) }
                    })
                }
                None if self.raw => Stage::Payloads { connection: 0, after: 0 },
                None => Stage::End,
            },
            Stage::Payloads { connection, after } => match self.connections.get(connection).copied() {
                Some(of) => self.payload(out, of, after)?.map_or(
                    Stage::Payloads { connection: connection + 1, after: 0 },
                    |after| Stage::Payloads { connection, after },
                ),
                None => Stage::End,
            },
            Stage::End => {
                let now = self.store.holdings(self.human)?;
                self.form.end(out, &self.sent, now != self.held);
                Stage::Over
            }
            Stage::Over => Stage::Over,
        })
    }

    fn begin(&mut self, out: &mut Vec<u8>) -> Result<(), StoreError> {
        // The counts first: what is stored between them and the end is a change.
        let held = self.store.holdings(self.human)?.ok_or(StoreError::NotFound)?;
        let human = self.store.human(self.human)?.ok_or(StoreError::NotFound)?;
        let priorities = self.store.human_priorities(self.human)?;
        let whole = Whole { human: &human, held: &held, priorities: &priorities, at: self.at, raw: self.raw };
        self.form.begin(out, &whole);
        self.held = Some(held);
        self.tell_connections(out)?;
        for import in self.store.imports(self.human)? {
            self.form.import(out, &import);
            self.sent.imports += 1;
        }
        Ok(())
    }

    /// Tells the connections that were not told yet.
    fn tell_connections(&mut self, out: &mut Vec<u8>) -> Result<(), StoreError> {
        for connection in self.store.connections(self.human)? {
            let id = connection.connection_id;
            if self.sources.contains_key(&id) {
                continue;
            }
            let streams = self.store.cursors(self.human, id)?;
            self.form.connection(out, &connection, &streams);
            self.sent.connections += 1;
            self.connections.push(id);
            self.sources.insert(id, connection.provider);
        }
        Ok(())
    }

    /// The source of a connection; one that was made meanwhile is told first.
    fn source(&mut self, out: &mut Vec<u8>, id: ConnectionId) -> Result<String, StoreError> {
        if !self.sources.contains_key(&id) {
            self.tell_connections(out)?;
        }
        self.sources.get(&id).cloned().ok_or(StoreError::Damaged("connection_id"))
    }

    fn series(&mut self, out: &mut Vec<u8>, series: &Arc<Series>) -> Result<(), StoreError> {
        if self.told.insert(series.number) {
            let source = self.source(out, series.connection_id)?;
            self.form.series(out, series, &source);
            self.sent.series += 1;
        }
        Ok(())
    }

    /// Gives the id after which it goes on; `None` when the kind is at its end.
    fn records(
        &mut self,
        out: &mut Vec<u8>,
        kind: Kind,
        after: Option<RecordId>,
    ) -> Result<Option<RecordId>, StoreError> {
        let rows = self.store.next_records(self.human, kind, after)?;
        for row in &rows {
            let source = self.source(out, row.connection_id)?;
            self.sent.genotypes += self.form.record(out, row, &source)?;
            *self.sent.records.entry(kind).or_default() += 1;
        }
        Ok(rows.last().map(|row| row.id))
    }

    fn samples(
        &mut self,
        out: &mut Vec<u8>,
        metric: Metric,
        after: Option<SamplePlace>,
    ) -> Result<Option<SamplePlace>, StoreError> {
        if metric.storage() != Storage::Series {
            return Ok(None);
        }
        let Some(stretch) = self.store.next_stretch(self.human, metric, after)? else { return Ok(None) };
        // One that began meanwhile.
        self.series(out, &stretch.series)?;
        let source = self.source(out, stretch.series.connection_id)?;
        self.form.samples(out, &stretch, &source);
        *self.sent.samples.entry(metric).or_default() += stretch.samples.len() as u64;
        Ok(Some(stretch.place))
    }

    fn payload(&mut self, out: &mut Vec<u8>, of: ConnectionId, after: i64) -> Result<Option<i64>, StoreError> {
        let Some(payload) = self.store.next_payload(self.human, of, after)? else { return Ok(None) };
        let source = self.source(out, of)?;
        self.form.payload(out, &payload, of, &source);
        self.sent.payloads += 1;
        Ok(Some(payload.number))
    }
}
