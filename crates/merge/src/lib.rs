//! One person, many sources: what several of them tell of the same thing becomes one.
//!
//! Pure functions over what was told, in four forms: amounts of intervals ([`cumulative`]), values that are sampled
//! ([`sampled`]), single readings ([`point`]), and things that last ([`session`]); [`day`] puts the totals of a civil
//! day together from intervals and from the totals that sources tell. Which source is believed is decided beforehand
//! ([`ranking`]) and handed in as a rank, lower first. Every result names its parts and what became of them.
//!
//! Nothing here reads or writes anything, and what comes out depends on what goes in alone, not on its order.

pub mod cumulative;
pub mod day;
mod fields;
pub mod nature;
pub mod point;
pub mod priorities;
pub mod ranking;
pub mod sampled;
pub mod session;
mod spans;

use hilum_model::Record;

pub use nature::Nature;
pub use priorities::{Choice, Priorities, PrioritiesError, Subject};
pub use ranking::{Origin, Ranking};

/// A record that takes part.
#[derive(Debug, Clone, Copy)]
pub struct Entry<'a> {
    /// Who told it: the same number for all that one device of one connection tells; the lower one is believed.
    pub rank: u32,
    /// What was told.
    pub record: &'a Record,
}

/// The places of entries, those that are believed first; within a rank by time.
fn by_rank(entries: &[Entry<'_>]) -> Vec<usize> {
    let key = |place: &usize| (entries[*place].rank, entries[*place].record.start, &entries[*place].record.key);
    let mut order: Vec<usize> = (0..entries.len()).collect();
    order.sort_by(|a, b| key(a).cmp(&key(b)));
    order
}

/// Why a part counts, or does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// It comes from the source that is believed.
    Leads,
    /// It tells what the better source leaves out.
    FillsMissing,
    /// It tells of times of which no better source tells.
    FillsGap,
    /// A better source tells of the same time.
    Covered,
    /// It is the same reading, relayed.
    SameReading,
    /// It is the same workout or sleep, told by a better source.
    SameSession,
    /// It is the total of a day, and says more than what better sources saw of it.
    SaysMore,
    /// It is the total of a day whose hours are told too, and they are taken.
    ToldInDetail,
}

impl Why {
    /// The word that callers see.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Leads => "leads",
            Self::FillsMissing => "fills_missing",
            Self::FillsGap => "fills_gap",
            Self::Covered => "covered",
            Self::SameReading => "same_reading",
            Self::SameSession => "same_session",
            Self::SaysMore => "says_more",
            Self::ToldInDetail => "told_in_detail",
        }
    }
}

/// A part of what several sources told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Share {
    /// Its place among the entries.
    pub entry: usize,
    /// Members that come from it, by the names of the data API.
    pub fields: Vec<&'static str>,
    /// Why it counts, or does not.
    pub why: Why,
}

/// What became of several records.
#[derive(Debug, Clone, PartialEq)]
pub struct Merged {
    /// What is shown: the leading record with what it leaves out filled in. Its key, times and `source_data` are the
    /// leading one's.
    pub record: Record,
    /// The parts: the leading one, then the others by rank and start.
    pub shares: Vec<Share>,
}
