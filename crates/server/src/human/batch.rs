//! Batch queries of the application API, `GET /v1/apps/{clientId}/users/{type}`: the rows of the data API for all of an
//! app's people at once, `humanId` telling whose. Source: human-connect contract 5.3.

use axum::response::Response;
use hilum_engine::Engine;
use hilum_model::{ClientId, Kind};
use hilum_store::StoreError;
use hilum_store::changes::AcrossPage;
use hilum_store::records::Filter;

use super::answer::Reply;
use super::json::Json;
use super::periodic::{ACTIVITIES, SLEEPS};
use super::query::{Query, missing};
use super::readings::{Kept, MEASUREMENTS, Measurement};
use super::rows::{Rows, Setting, Sources, list_head, wanted_source};
use super::{MAX_QUERY, food, genetics, heart_rate, locations, samples, time_series};
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
    ($path:literal, $id:literal, $row:literal, $asked:expr) => {
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
            },
        )
    };
}

/// All types.
pub(crate) const OPERATIONS: &[Operation] = &[
    batch!("activities", "Activities", "Activity", Type::Rows(&ACTIVITIES.single)),
    batch!("activities/summaries", "ActivitySummaries", "ActivitySummary", Type::Rows(&ACTIVITIES.days)),
    batch!("sleeps", "Sleeps", "Sleep", Type::Rows(&SLEEPS.single)),
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
    let filter = query.filter(None)?;
    if filter.updated_since.is_none() {
        return Err(missing("updated_since", "the time since which rows changed, as YYYYMMDDTHHmmssZ"));
    }
    let source = wanted_source(&query);
    let of_rows = |rows: &'static Rows| {
        let page = page(engine, app, rows.kind, source.as_deref(), &filter)?;
        records(engine, rows, &page, time_series::wanted(&query)?)
    };
    let (body, total) = match asked {
        Type::Rows(rows) => of_rows(rows)?,
        Type::Traits => traits(&page(engine, app, Kind::GeneticTrait, source.as_deref(), &filter)?),
        Type::Measured(measurement) => match &measurement.kept {
            Kept::Rows(rows) => of_rows(rows)?,
            Kept::Series(metric) => {
                let page = engine.store.samples_of_app(app, *metric, source.as_deref(), &filter)?;
                let mut parts = Vec::with_capacity(page.people.len());
                for (human, rows) in &page.people {
                    parts.push(samples::rows_of(human, Sources::of_human(engine, human.human_id)?, rows)?);
                }
                ([b"[".as_slice(), &parts.join(&b','), b"]"].concat(), page.total)
            }
        },
    };
    let list = Some(list_head(engine, &call.path, &query, &filter, total));
    Reply { body, list }.into_response(call.request.headers())
}

type RecordPage = AcrossPage<hilum_store::records::StoredRecord>;

fn page(
    engine: &Engine,
    app: ClientId,
    kind: Kind,
    source: Option<&str>,
    filter: &Filter,
) -> Result<RecordPage, ApiError> {
    Ok(engine.store.records_of_app(app, kind, source, filter)?)
}

fn records(engine: &Engine, rows: &Rows, page: &RecordPage, time_series: bool) -> Result<(Vec<u8>, u64), ApiError> {
    let mut json = Json::with_capacity(4096);
    json.begin_array();
    for (human, found) in &page.people {
        let sources = Sources::of_human(engine, human.human_id)?;
        let setting = Setting { engine, human, sources, time_series };
        for row in found {
            rows.write_row(&mut json, row, &setting)?;
        }
    }
    json.end_array();
    Ok((json.into_bytes(), page.total))
}

fn traits(page: &RecordPage) -> (Vec<u8>, u64) {
    let mut json = Json::with_capacity(4096);
    json.begin_array();
    for (human, found) in &page.people {
        for row in found {
            genetics::write_trait(&mut json, human, row);
        }
    }
    json.end_array();
    (json.into_bytes(), page.total)
}
