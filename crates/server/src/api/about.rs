//! What the description says about an operation.

/// What operations are grouped by.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Tag {
    Person,
    Measurements,
    Activities,
    Sleeps,
    Food,
    Locations,
    Genetics,
    Imports,
    Posting,
    Users,
    Batch,
    Webhooks,
    Notifications,
    Events,
    Tokens,
    Connect,
    Server,
}

/// An operation, described.
#[expect(dead_code, reason = "read once the description is written from it")]
#[derive(Debug, Clone)]
pub(crate) struct About {
    pub(crate) tag: Tag,
    /// `operationId`: what client libraries call it.
    pub(crate) id: &'static str,
    /// One line.
    pub(crate) summary: &'static str,
    pub(crate) deprecated: bool,
}

impl About {
    /// With what every operation has.
    pub(crate) const fn new(tag: Tag, id: &'static str, summary: &'static str) -> Self {
        Self { tag, id, summary, deprecated: false }
    }

    /// A list of rows that is cut into pages.
    pub(crate) const fn list(tag: Tag, id: &'static str, summary: &'static str, _row: &'static str) -> Self {
        Self::new(tag, id, summary)
    }

    /// A list that is never cut.
    pub(crate) const fn uncut(tag: Tag, id: &'static str, summary: &'static str, _row: &'static str) -> Self {
        Self::new(tag, id, summary)
    }

    /// The list of a civil day.
    pub(crate) const fn daily(tag: Tag, id: &'static str, summary: &'static str, _row: &'static str) -> Self {
        Self::new(tag, id, summary)
    }

    /// The newest row, or `{}`.
    pub(crate) const fn latest(tag: Tag, id: &'static str, summary: &'static str, _row: &'static str) -> Self {
        Self::new(tag, id, summary)
    }

    /// A row by its id.
    pub(crate) const fn by_id(tag: Tag, id: &'static str, summary: &'static str, _row: &'static str) -> Self {
        Self::new(tag, id, summary)
    }

    /// A row by its id or its civil day.
    pub(crate) const fn by_id_or_date(tag: Tag, id: &'static str, summary: &'static str, _row: &'static str) -> Self {
        Self::new(tag, id, summary)
    }

    /// One thing.
    pub(crate) const fn object(tag: Tag, id: &'static str, summary: &'static str, _what: &'static str) -> Self {
        Self::new(tag, id, summary)
    }

    /// Rows of all people of an app.
    pub(crate) const fn batch(id: &'static str, summary: &'static str, _row: &'static str) -> Self {
        Self::new(Tag::Batch, id, summary)
    }

    /// Kept for old clients; something else does the same.
    pub(crate) const fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }
}
