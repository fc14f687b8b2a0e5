//! `GET /series`: which series the person has.

use super::{metrics, unit};
use crate::ApiError;
use crate::human::Call;
use crate::human::answer::{ListHead, Reply};
use crate::human::columns::HELD;
use crate::human::json::Json;
use crate::human::rows::Sources;

/// A row a metric that anything is stored of; `source` counts.
pub(super) fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let mut found = Vec::new();
    let connections = if call.query.get("source").is_some() { Sources::of(call)?.wanted(call) } else { None };
    for metric in metrics() {
        let read = call.engine.store.scan(call.human.human_id, metric, |scan| {
            let wanted: Vec<_> = scan
                .series()
                .filter(|series| connections.as_ref().is_none_or(|wanted| wanted.contains(&series.connection_id)))
                .map(|series| (series.number, series.connection_id))
                .collect();
            if wanted.is_empty() {
                return Ok(None);
            }
            scan.extent(|number| wanted.iter().any(|(known, _)| *known == number))
                .map(|extent| extent.map(|extent| (extent, wanted)))
        })?;
        if let Some((extent, wanted)) = read.transpose()?.flatten() {
            found.push((metric, extent, wanted));
        }
    }
    let sources = Sources::of(call)?;
    let mut json = Json::with_capacity(1024);
    json.begin_array();
    for (metric, extent, series) in &found {
        let mut names = Vec::new();
        for (_, connection) in series {
            names.push(sources.name(*connection)?);
        }
        names.sort_unstable();
        names.dedup();
        json.begin_object();
        json.text("metric", metric.name());
        json.text("unit", unit(*metric));
        json.time("first", extent.first);
        json.time("last", extent.last);
        json.number("count", extent.count as f64);
        json.key("sources");
        json.begin_array();
        for name in names {
            json.text_element(name);
        }
        json.end_array();
        json.end_object();
    }
    json.end_array();
    Ok(Reply::list(json.into_bytes(), ListHead::whole(found.len() as u64), HELD))
}
