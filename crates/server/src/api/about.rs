//! What the description says about an operation. Parameters in the path and the errors that its kind always has are added
//! by themselves (`document.rs`).

use super::schema::{Schema, any_of, boolean, day, empty, list, named, pattern, text, time, whole, word};

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

impl Tag {
    /// All, in the order of the description.
    pub(crate) const ALL: [Self; 17] = [
        Self::Person,
        Self::Measurements,
        Self::Activities,
        Self::Sleeps,
        Self::Food,
        Self::Locations,
        Self::Genetics,
        Self::Imports,
        Self::Posting,
        Self::Users,
        Self::Batch,
        Self::Webhooks,
        Self::Notifications,
        Self::Events,
        Self::Tokens,
        Self::Connect,
        Self::Server,
    ];

    /// Name and what is in it.
    pub(crate) const fn words(self) -> (&'static str, &'static str) {
        match self {
            Self::Person => ("Person", "The person and what they have connected"),
            Self::Measurements => ("Measurements", "Readings of eight kinds, and days of the heart"),
            Self::Activities => ("Activities", "Sessions of activity, and daily totals"),
            Self::Sleeps => ("Sleeps", "Nights and naps, and days of sleep"),
            Self::Food => ("Food", "Meals"),
            Self::Locations => ("Locations", "Places where the person was"),
            Self::Genetics => ("Genetics", "Traits and genotypes"),
            Self::Imports => ("Imports", "Files that the person brings (docs/IMPORT.md)"),
            Self::Posting => ("Posting", "Data that come by themselves (docs/INGEST.md)"),
            Self::Users => ("Users", "The app's people, their connections, whom to believe"),
            Self::Batch => ("Batch", "Rows of all people of the app that changed since a time"),
            Self::Webhooks => ("Webhooks", "Being told what happened (docs/WEBHOOKS.md)"),
            Self::Notifications => ("Notifications", "Being told as by the first generation (docs/WEBHOOKS.md)"),
            Self::Events => ("Events", "Asking what happened (docs/WEBHOOKS.md)"),
            Self::Tokens => ("Tokens", "From a finished Connect session to tokens"),
            Self::Connect => ("Connect", "What a page of the app needs to open Connect"),
            Self::Server => ("Server", "The server itself"),
        }
    }
}

/// An instant as filters take it.
fn instant() -> Schema {
    any_of([
        time("RFC 3339 with any offset"),
        pattern("^[0-9]{8}T?[0-9]{6}Z$", "`YYYYMMDDTHHmmssZ`"),
        day("Midnight UTC"),
    ])
}

/// With what an operation is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Access {
    /// A person's access token.
    Person,
    /// The app's key.
    App,
    /// The app's secret, in the body.
    Secret,
    /// What stands in the address or the body is all.
    Nobody,
}

/// Where a parameter stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    Query,
    Header,
}

/// A parameter that is not in the path.
#[derive(Clone)]
pub(crate) struct Parameter {
    pub(crate) place: Place,
    pub(crate) name: &'static str,
    pub(crate) required: bool,
    pub(crate) said: &'static str,
    pub(crate) schema: Schema,
}

/// An answer.
#[derive(Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) said: &'static str,
    /// Media types with what comes in them; none without a body.
    pub(crate) contents: Vec<(&'static str, Schema)>,
    /// Names of headers that `document.rs` knows.
    pub(crate) headers: Vec<&'static str>,
    pub(crate) links: Vec<Link>,
}

/// From an answer to another operation.
#[derive(Clone, Copy)]
pub(crate) struct Link {
    pub(crate) name: &'static str,
    /// `operationId`.
    pub(crate) to: &'static str,
    /// Its parameter, and where its value is (a runtime expression of OpenAPI).
    pub(crate) with: (&'static str, &'static str),
}

/// An operation, described.
#[derive(Clone)]
pub(crate) struct About {
    pub(crate) tag: Tag,
    /// `operationId`: what client libraries call it.
    pub(crate) id: &'static str,
    /// One line.
    pub(crate) summary: &'static str,
    pub(crate) said: &'static str,
    pub(crate) deprecated: bool,
    /// If it is not that of its kind.
    pub(crate) access: Option<Access>,
    pub(crate) parameters: Vec<Parameter>,
    /// Media types with what they are to hold; whether there has to be one.
    pub(crate) body: Option<(Vec<(&'static str, Schema)>, bool)>,
    pub(crate) answers: Vec<Answer>,
    /// Status and code.
    pub(crate) errors: Vec<(u16, &'static str)>,
    /// The schema of its errors.
    pub(crate) error_schema: &'static str,
}

pub(crate) const JSON: &str = "application/json";
pub(crate) const FORM: &str = "application/x-www-form-urlencoded";

impl About {
    /// With what every operation has.
    pub(crate) const fn new(tag: Tag, id: &'static str, summary: &'static str) -> Self {
        Self {
            tag,
            id,
            summary,
            said: "",
            deprecated: false,
            access: None,
            parameters: Vec::new(),
            body: None,
            answers: Vec::new(),
            errors: Vec::new(),
            error_schema: "Error",
        }
    }

    /// More about it.
    pub(crate) const fn said(mut self, said: &'static str) -> Self {
        self.said = said;
        self
    }

    /// Kept for old clients; something else does the same.
    pub(crate) const fn deprecated(mut self) -> Self {
        self.deprecated = true;
        self
    }

    /// With what it is called, if that is not what its kind is called with.
    pub(crate) const fn access(mut self, access: Access) -> Self {
        self.access = Some(access);
        self
    }

    /// A query parameter that may be left out.
    pub(crate) fn query(self, name: &'static str, schema: Schema, said: &'static str) -> Self {
        self.parameter(Parameter { place: Place::Query, name, required: false, said, schema })
    }

    /// A query parameter without which there is no answer.
    pub(crate) fn must_query(self, name: &'static str, schema: Schema, said: &'static str) -> Self {
        self.parameter(Parameter { place: Place::Query, name, required: true, said, schema })
            .error(400, &["missing_parameter"])
    }

    /// A header of the request.
    pub(crate) fn header(self, name: &'static str, required: bool, schema: Schema, said: &'static str) -> Self {
        self.parameter(Parameter { place: Place::Header, name, required, said, schema })
    }

    fn parameter(mut self, parameter: Parameter) -> Self {
        self.parameters.push(parameter);
        self
    }

    /// A body that has to be there.
    pub(crate) fn body(mut self, contents: impl IntoIterator<Item = (&'static str, Schema)>) -> Self {
        self.body = Some((contents.into_iter().collect(), true));
        self
    }

    /// A JSON body that may be left out.
    pub(crate) fn optional_body(mut self, schema: &str) -> Self {
        self.body = Some((vec![(JSON, named(schema))], false));
        self
    }

    /// A body that may be JSON or a form.
    pub(crate) fn json_or_form(self, schema: &str) -> Self {
        self.body([(JSON, named(schema)), (FORM, named(schema))])
    }

    /// An answer with a JSON body.
    pub(crate) fn answer(self, status: u16, said: &'static str, schema: Schema) -> Self {
        self.answer_in(status, said, [(JSON, schema)])
    }

    /// An answer with a body in one of several forms; none for one without a body.
    pub(crate) fn answer_in(
        mut self,
        status: u16,
        said: &'static str,
        contents: impl IntoIterator<Item = (&'static str, Schema)>,
    ) -> Self {
        let contents = contents.into_iter().collect();
        self.answers.push(Answer { status, said, contents, headers: Vec::new(), links: Vec::new() });
        self
    }

    /// Headers of the answer that was named last.
    pub(crate) fn with_headers(mut self, names: &[&'static str]) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.headers.extend(names);
        }
        self
    }

    /// From the answer that was named last to the operation `to`, whose parameter is found at `value` of the answer.
    pub(crate) fn link(mut self, name: &'static str, to: &'static str, with: (&'static str, &'static str)) -> Self {
        if let Some(answer) = self.answers.last_mut() {
            answer.links.push(Link { name, to, with });
        }
        self
    }

    /// 304, for a caller who has the answer already.
    pub(crate) fn unchanged(self) -> Self {
        self.header("If-None-Match", false, text(""), "Entity tags of answers that the caller has")
            .answer_in(304, "The caller has this answer already", [])
            .with_headers(&["ETag"])
    }

    /// Codes of errors that it has beyond those of its kind.
    pub(crate) fn error(mut self, status: u16, codes: &[&'static str]) -> Self {
        self.errors.extend(codes.iter().map(|code| (status, *code)));
        self
    }

    /// Errors have the members that clients of OAuth look at as well.
    pub(crate) const fn oauth_errors(mut self) -> Self {
        self.error_schema = "OAuthError";
        self
    }

    /// 404.
    pub(crate) fn or_not_found(self) -> Self {
        self.error(404, &["not_found"])
    }

    /// A list of rows that is cut into pages.
    pub(crate) fn list(tag: Tag, id: &'static str, summary: &'static str, row: &'static str) -> Self {
        Self::new(tag, id, summary).filters().days().merge().rows(row)
    }

    /// A list that is never cut.
    pub(crate) fn uncut(tag: Tag, id: &'static str, summary: &'static str, row: &'static str) -> Self {
        Self::new(tag, id, summary).list_in_forms("The list", row).with_headers(&["X-Total-Count", "ETag"])
    }

    /// A list, in the forms that it can be had in.
    pub(crate) fn list_in_forms(self, said: &'static str, row: &'static str) -> Self {
        self.query("format", word(["json", "ndjson", "csv"], ""), "The form; stronger than `Accept`").answer_in(
            200,
            said,
            [
                (JSON, list(named(row), "")),
                ("application/x-ndjson", text("A row a line")),
                ("text/csv", text("A row a line, below the names of the columns")),
            ],
        )
    }

    /// The list of a civil day.
    pub(crate) fn daily(tag: Tag, id: &'static str, summary: &'static str, row: &'static str) -> Self {
        Self::new(tag, id, summary).filters().merge().rows(row).error(400, &["invalid_date"])
    }

    /// The newest row, or `{}`.
    pub(crate) fn latest(tag: Tag, id: &'static str, summary: &'static str, row: &'static str) -> Self {
        Self::new(tag, id, summary)
            .filter_by_source()
            .merge()
            .answer(200, "The newest one, or `{}`", any_of([named(row), empty("There is none")]))
            .with_headers(&["ETag"])
    }

    /// A row by its id.
    pub(crate) fn by_id(tag: Tag, id: &'static str, summary: &'static str, row: &'static str) -> Self {
        Self::object(tag, id, summary, row).merge().or_not_found()
    }

    /// A row by its id or its civil day.
    pub(crate) fn by_id_or_date(tag: Tag, id: &'static str, summary: &'static str, row: &'static str) -> Self {
        Self::object(tag, id, summary, row).filter_by_source().merge().or_not_found().error(400, &["invalid_date"])
    }

    /// One thing.
    pub(crate) fn object(tag: Tag, id: &'static str, summary: &'static str, what: &'static str) -> Self {
        Self::new(tag, id, summary).answer(200, summary, named(what)).with_headers(&["ETag"])
    }

    /// Rows of all people of an app.
    pub(crate) fn batch(id: &'static str, summary: &'static str, row: &'static str) -> Self {
        Self::new(Tag::Batch, id, summary)
            .said("Person by person, in the order of their `humanId`, of each the newest first.")
            .query(
                "updated_since",
                instant(),
                "Changed at this instant or later; absent: within the last 24 hours, by cursor everything",
            )
            .window()
            .days()
            .rows(row)
            .unchanged()
            .error(400, &["invalid_parameter", "conflicting_parameter", "invalid_cursor"])
            .error(414, &["query_too_long"])
    }

    /// Sleeps and activities tell what was measured meanwhile.
    pub(crate) fn time_series(self) -> Self {
        self.query("time_series", boolean(""), "Whether rows tell what was measured meanwhile, as `timeSeries`")
    }

    /// `source`.
    pub(crate) fn filter_by_source(self) -> Self {
        self.query(
            "source",
            text(""),
            "Only this source: its id, an alias, or the 24 hex digits of version 2.3; letters of either case",
        )
    }

    /// `merge`.
    pub(crate) fn merge(self) -> Self {
        self.query(
            "merge",
            boolean(""),
            "Whether what several sources tell of the same thing is one row that names its parts (docs/MERGE.md)",
        )
    }

    /// The parameters that lists have.
    fn filters(self) -> Self {
        self.query("updated_since", instant(), "Changed at this instant or later").window()
    }

    /// The same without `updated_since`.
    fn window(self) -> Self {
        self.query(
            "limit",
            whole(1, "More than 500 (by cursor 1,000) is cut to that"),
            "Rows of one answer; 50 if nothing is said",
        )
        .query("offset", whole(0, ""), "Rows to skip")
        .query("cursor", text(""), "Instead of `offset`: `*`, then what the answer before gave")
        .query("created_since", instant(), "Stored at this instant or later")
        .query("created_before", instant(), "Stored before this instant")
        .query("updated_before", instant(), "Changed before this instant")
        .filter_by_source()
    }

    /// `start_date` and `end_date`.
    fn days(self) -> Self {
        self.query("start_date", day(""), "First civil day; with `end_date`")
            .query("end_date", day(""), "Last civil day; with `start_date`")
            .error(400, &["incomplete_date_range"])
    }

    /// A page of rows.
    fn rows(self, row: &'static str) -> Self {
        self.list_in_forms("A page of the list, newest first by start, then by id", row)
            .with_headers(&["X-Total-Count", "Link", "ETag", "X-Next-Cursor", "X-Sync-Cursor"])
            .error(400, &["invalid_cursor"])
    }

    /// Which form rows of `/sources` have.
    pub(crate) fn version(self) -> Self {
        self.query(
            "version",
            word(["2.1", "2.2", "2.3"], ""),
            "The documents that rows are to be as in; 2.1 if nothing is said",
        )
    }
}
