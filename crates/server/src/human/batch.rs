//! Batch queries of the application API, `GET /v1/apps/{clientId}/users/{type}`: the rows of the data API for all of an
//! app's people at once, `humanId` telling whose. Source: human-connect contract 5.3.

use axum::http::HeaderMap;
use axum::response::Response;
use hilum_engine::Engine;
use hilum_model::{ClientId, Kind, Metric};
use hilum_store::changes::AcrossPage;
use hilum_store::records::Filter;

use super::answer::Reply;
use super::json::Json;
use super::query::{Query, missing};
use super::readings::{Kept, Measurement};
use super::rows::{Rows, Setting, Sources, list_head, wanted_source};
use super::{MAX_QUERY, food, genetics, heart_rate, locations, periodic, samples, time_series};
use crate::ApiError;

/// What a type is.
enum Type {
    Rows(&'static Rows),
    Samples(Metric),
    Traits,
}

/// Types by their path below `users`.
fn type_at(path: &[&str]) -> Option<Type> {
    const FOOD: &Rows = &food::MEALS;
    const PLACES: &Rows = &locations::LOCATIONS;
    const HEART_DAYS: &Rows = &heart_rate::DAYS;
    const ACTIVITIES: &periodic::Periodic = &periodic::ACTIVITIES;
    const SLEEPS: &periodic::Periodic = &periodic::SLEEPS;
    Some(match path {
        ["activities"] => Type::Rows(&ACTIVITIES.single),
        ["activities", "summaries"] => Type::Rows(&ACTIVITIES.days),
        ["sleeps"] => Type::Rows(&SLEEPS.single),
        ["sleeps", "summaries"] => Type::Rows(&SLEEPS.days),
        ["heart_rate", "summaries"] => Type::Rows(HEART_DAYS),
        ["food", "meals"] => Type::Rows(FOOD),
        ["locations"] => Type::Rows(PLACES),
        ["genetic_traits"] => Type::Traits,
        // The plural of a measurement: blood_glucoses.
        [name] => match &Measurement::named(name.strip_suffix('s')?)?.kept {
            Kept::Rows(rows) => Type::Rows(rows),
            Kept::Series(metric) => Type::Samples(*metric),
        },
        _ => return None,
    })
}

/// Whether a path below `users` names a type. No human id has the form of one; an external id may, and is then reached
/// by its human id alone.
pub(crate) fn is_type(path: &[&str]) -> bool {
    type_at(path).is_some()
}

/// Answers a batch query. `path` is that of the request, `kind` what of it stands below `users`.
///
/// Reading a whole app may take a while, so this belongs on a thread that may block.
pub(crate) fn answer(
    engine: &Engine,
    app: ClientId,
    (path, kind): (&str, &[&str]),
    raw_query: &str,
    headers: &HeaderMap,
) -> Result<Response, ApiError> {
    let asked = type_at(kind).ok_or_else(super::nothing_here)?;
    if raw_query.len() > MAX_QUERY {
        return Err(super::query_too_long());
    }
    let query = Query::parse(raw_query)?;
    let filter = query.filter(None)?;
    if filter.updated_since.is_none() {
        return Err(missing("updated_since", "the time since which rows changed, as YYYYMMDDTHHmmssZ"));
    }
    let source = wanted_source(&query);
    let (body, total) = match asked {
        Type::Rows(rows) => {
            let page = page(engine, app, rows.kind, source.as_deref(), &filter)?;
            records(engine, rows, &page, time_series::wanted(&query)?)?
        }
        Type::Traits => traits(&page(engine, app, Kind::GeneticTrait, source.as_deref(), &filter)?),
        Type::Samples(metric) => {
            let page = engine.store.samples_of_app(app, metric, source.as_deref(), &filter)?;
            let mut parts = Vec::with_capacity(page.people.len());
            for (human, rows) in &page.people {
                parts.push(samples::rows_of(human, Sources::of_human(engine, human.human_id)?, rows)?);
            }
            ([b"[".as_slice(), &parts.join(&b','), b"]"].concat(), page.total)
        }
    };
    let list = Some(list_head(engine, path, &query, &filter, total));
    Reply { body, list }.into_response(headers)
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
