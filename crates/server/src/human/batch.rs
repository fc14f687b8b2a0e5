//! Batch queries of the application API, `GET /v1/apps/{clientId}/users/{type}`: the rows of the data API for all of an
//! app's people at once, `humanId` telling whose. Source: human-connect contract 5.3.

use axum::response::Response;
use hilum_engine::Engine;
use hilum_model::{ClientId, HumanId, Kind, Metric, Time};
use hilum_store::StoreError;
use hilum_store::changes::{AcrossPage, What};
use hilum_store::humans::Human;
use hilum_store::records::{Filter, StoredRecord};
use hilum_store::samples::StoredSample;
use hilum_store::slices::{AcrossSlice, RecordPlace, SamplePlace};

use super::answer::{ListHead, Reply};
use super::cursor::{self, Owner, Walk};
use super::json::Json;
use super::periodic::{ACTIVITIES, SLEEPS};
use super::query::Query;
use super::readings::{Kept, MEASUREMENTS, Measurement};
use super::rows::{Rows, Setting, Sources, list_head, wanted_source};
use super::{MAX_QUERY, columns, food, genetics, heart_rate, locations, samples, time_series};
use crate::ApiError;
use crate::api::{About, AppCall, Operation, Verb};

/// What a type is.
#[derive(Clone, Copy)]
enum Type {
    Rows(&'static Rows),
    Measured(&'static Measurement),
    Traits,
}

/// The address of a type, below `users`. No human id has the form of one; an external id may, and is then shown by its
/// human id alone.
macro_rules! batch {
    ($path:literal, $id:literal, $row:literal, $asked:expr $(, $more:ident)?) => {
        Operation::app(
            Verb::Get,
            concat!("/v1/apps/{clientId}/users/", $path),
            |call| Box::pin(answer(call, $asked)),
            || {
                About::batch(
                    concat!("listUsers", $id),
                    concat!("Rows of ", $path, " of all people of the app that changed since a time"),
                    $row,
                )
                $(.$more())?
            },
        )
    };
}

/// All types.
pub(crate) const OPERATIONS: &[Operation] = &[
    batch!("activities", "Activities", "Activity", Type::Rows(&ACTIVITIES.single), time_series),
    batch!("activities/summaries", "ActivitySummaries", "ActivitySummary", Type::Rows(&ACTIVITIES.days)),
    batch!("sleeps", "Sleeps", "Sleep", Type::Rows(&SLEEPS.single), time_series),
    batch!("sleeps/summaries", "SleepSummaries", "SleepSummary", Type::Rows(&SLEEPS.days)),
    batch!("heart_rate/summaries", "HeartRateSummaries", "HeartRateSummary", Type::Rows(&heart_rate::DAYS)),
    batch!("food/meals", "Meals", "Meal", Type::Rows(&food::MEALS)),
    batch!("locations", "Locations", "Location", Type::Rows(&locations::LOCATIONS)),
    batch!("genetic_traits", "GeneticTraits", "GeneticTrait", Type::Traits),
    batch!("blood_glucoses", "BloodGlucoses", "BloodGlucoseReading", Type::Measured(&MEASUREMENTS[0])),
    batch!("blood_oxygens", "BloodOxygens", "Reading", Type::Measured(&MEASUREMENTS[1])),
    batch!("blood_pressures", "BloodPressures", "BloodPressureReading", Type::Measured(&MEASUREMENTS[2])),
    batch!("bmis", "Bmis", "Reading", Type::Measured(&MEASUREMENTS[3])),
    batch!("body_fats", "BodyFats", "Reading", Type::Measured(&MEASUREMENTS[4])),
    batch!("heights", "Heights", "Reading", Type::Measured(&MEASUREMENTS[5])),
    batch!("heart_rates", "HeartRates", "Reading", Type::Measured(&MEASUREMENTS[6])),
    batch!("weights", "Weights", "Reading", Type::Measured(&MEASUREMENTS[7])),
];

/// Answers a batch query, on a thread that may block: reading a whole app may take a while.
async fn answer(call: AppCall, asked: Type) -> Result<Response, ApiError> {
    let read = tokio::task::spawn_blocking(move || read(&call, asked));
    read.await.map_err(|_| ApiError::from(StoreError::Closed))?
}

fn read(call: &AppCall, asked: Type) -> Result<Response, ApiError> {
    let (engine, app, raw_query) = (&*call.engine, call.app.client_id, call.query());
    if raw_query.len() > MAX_QUERY {
        return Err(super::query_too_long());
    }
    let query = Query::parse(raw_query)?;
    let asking = Asking { engine, app, path: &call.path, source: wanted_source(&query), query: &query };
    let of_rows = |rows: &'static Rows| {
        let (people, head) = asking.records(rows.kind)?;
        Ok::<_, ApiError>((records(engine, rows, &people, time_series::wanted(&query)?)?, head))
    };
    let columns = match asked {
        Type::Rows(rows) => columns::of(rows.kind),
        Type::Traits => columns::TRAITS,
        Type::Measured(measurement) => match &measurement.kept {
            Kept::Rows(rows) => columns::of(rows.kind),
            Kept::Series(_) => columns::READINGS,
        },
    };
    let (body, head) = match asked {
        Type::Rows(rows) => of_rows(rows)?,
        Type::Traits => {
            let (people, head) = asking.records(Kind::GeneticTrait)?;
            (traits(&people), head)
        }
        Type::Measured(measurement) => match &measurement.kept {
            Kept::Rows(rows) => of_rows(rows)?,
            Kept::Series(metric) => {
                let (people, head) = asking.samples(*metric)?;
                let mut parts = Vec::with_capacity(people.len());
                for (human, rows) in &people {
                    parts.push(samples::rows_of(human, Sources::of_human(engine, human.human_id)?, rows)?);
                }
                ([b"[".as_slice(), &parts.join(&b','), b"]"].concat(), head)
            }
        },
    };
    let headers = call.request.headers();
    Reply::list(body, head, columns).into_response(&query.form(headers)?, headers)
}

/// Since when rows changed that are answered where the query does not say: a day before, from a full hour on, so that the pages
/// of an hour belong together. Source: clients contract 3; the documents call the parameter required.
fn a_day_before(now: Time) -> Time {
    const HOUR_MS: i64 = 3_600_000;
    Time((now.0.div_euclid(HOUR_MS) - 24) * HOUR_MS)
}

/// A query with its app.
struct Asking<'a> {
    engine: &'a Engine,
    app: ClientId,
    path: &'a str,
    /// A provider's id.
    source: Option<String>,
    query: &'a Query<'a>,
}

type People<T> = Vec<(Human, Vec<T>)>;
type AcrossWalk<P> = Walk<(HumanId, P)>;

impl Asking<'_> {
    /// The conditions, and the walk if pages are asked for by cursor.
    fn filter<P: cursor::Place>(&self, what: What) -> Result<(Filter, Option<AcrossWalk<P>>), ApiError> {
        let mut filter = self.query.filter(None)?;
        // A walk by cursor begins with everything.
        if filter.updated_since.is_none() && self.query.get("cursor").is_none() {
            filter.updated_since = Some(a_day_before(self.engine.clock.now()));
        }
        let owner = (Owner::App(self.app), self.path);
        let last = || Ok(self.engine.store.last_change_of_app(self.app, what)?);
        let walk = cursor::asked(self.engine, owner, self.query, &mut filter, last)?;
        Ok((filter, walk))
    }

    fn records(&self, kind: Kind) -> Result<(People<StoredRecord>, ListHead), ApiError> {
        let (filter, walk) = self.filter(What::Records(kind))?;
        let (store, source) = (&self.engine.store, self.source.as_deref());
        let Some(walk) = walk else {
            return Ok(self.counted(store.records_of_app(self.app, kind, source, &filter)?, &filter));
        };
        let slice = store.records_of_app_after((self.app, kind), source, &filter, walk.after)?;
        self.walked(slice, &walk, &filter, RecordPlace::of)
    }

    fn samples(&self, metric: Metric) -> Result<(People<StoredSample>, ListHead), ApiError> {
        let (filter, walk) = self.filter(What::Samples(metric))?;
        let (store, source) = (&self.engine.store, self.source.as_deref());
        let Some(walk) = walk else {
            return Ok(self.counted(store.samples_of_app(self.app, metric, source, &filter)?, &filter));
        };
        let slice = store.samples_of_app_after((self.app, metric), source, &filter, walk.after)?;
        self.walked(slice, &walk, &filter, SamplePlace::of)
    }

    fn counted<T>(&self, page: AcrossPage<T>, filter: &Filter) -> (People<T>, ListHead) {
        (page.people, list_head(self.engine, self.path, self.query, filter, page.total))
    }

    fn walked<T, P: cursor::Place>(
        &self,
        slice: AcrossSlice<T>,
        walk: &AcrossWalk<P>,
        filter: &Filter,
        place: impl FnOnce(&T) -> P,
    ) -> Result<(People<T>, ListHead), ApiError> {
        let last = slice.people.last().filter(|_| slice.more);
        let next = last.and_then(|(human, rows)| Some((human.human_id, place(rows.last()?))));
        let head = walk.head(self.engine, (self.path, self.query.raw()), filter.limit, next)?;
        Ok((slice.people, head))
    }
}

fn records(
    engine: &Engine,
    rows: &Rows,
    people: &People<StoredRecord>,
    time_series: bool,
) -> Result<Vec<u8>, ApiError> {
    let mut json = Json::with_capacity(4096);
    json.begin_array();
    for (human, found) in people {
        let sources = Sources::of_human(engine, human.human_id)?;
        let setting = Setting { engine, human, sources, time_series };
        for row in found {
            rows.write_row(&mut json, row, &setting)?;
        }
    }
    json.end_array();
    Ok(json.into_bytes())
}

fn traits(people: &People<StoredRecord>) -> Vec<u8> {
    let mut json = Json::with_capacity(4096);
    json.begin_array();
    for (human, found) in people {
        for row in found {
            genetics::write_trait(&mut json, human, row);
        }
    }
    json.end_array();
    json.into_bytes()
}
