//! Dense series over time: `GET /series` tells which the person has, `GET /series/{metric}` takes samples together by
//! minutes, hours, days, … and gives one bucket for each. Several sources of the same thing are not added up: the rules
//! of `hilum-merge` say which of them counts when. `docs/API-DESIGN.md`, "Series", has it for callers.

mod aggregate;
mod fold;
mod held;
mod step;
#[cfg(test)]
mod tests;
mod window;
mod zone;

use std::collections::BTreeMap;
use std::sync::Arc;

use hilum_model::metric::Storage;
use hilum_model::{ConnectionId, Metric, Time};
use hilum_store::samples::{Scan, Series};

use self::aggregate::{Aggregate, Bucket};
use self::fold::{Fold, Origin};
use self::step::Step;
use self::window::Window;
use self::zone::Zone;
use super::Call;
use super::answer::Reply;
use super::json::Json;
use super::merged::Merger;
use super::query::invalid;
use super::readings::unit;
use crate::ApiError;
use crate::api::schema::{boolean, day, pattern, text, word};
use crate::api::{About, Operation, Tag};

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::human(
        "/v1/human/series",
        |call, _| held::list(call),
        || About::uncut(Tag::Measurements, "listSeries", "The dense series that the person has", "HeldSeries").filter_by_source(),
    )
    .long(),
    Operation::human(
        "/v1/human/series/{metric}",
        |call, args| resample(call, named(args.get(0))?),
        || About::object(Tag::Measurements, "resampleSeries", "A series by minutes, hours or days", "ResampledSeries")
            .said("docs/API-DESIGN.md, \"Series\", says what each figure is and how several sources are counted once.")
            .query("from", text(""), "From the bucket with this instant, or this civil day of `tz`, on")
            .query("to", text(""), "Up to this instant or civil day, not included")
            .query("start_date", day(""), "First civil day; instead of `from`, with `end_date`")
            .query("end_date", day(""), "Last civil day; instead of `to`, with `start_date`")
            .query("step", pattern("^([0-9]+(s|m|h|d|mo)|1w|1y)$", ""), "How long a bucket is; `1d` if nothing is said")
            .query("agg", text(""), "Figures with commas: `sum`, `avg`, `time_avg`, `min`, `max`, `first`, `last`, `count`")
            .query("tz", text(""), "An IANA zone, `+hh:mm`, or `local`; else that of the person's profile")
            .filter_by_source()
            .query("by", word(["source"], ""), "A bucket for each source")
            .merge()
            .query("empty", boolean(""), "Buckets without samples too")
            .or_not_found()
            .error(400, &["incomplete_date_range", "unfit_aggregate", "unknown_time_zone", "too_many_buckets"]),
    )
    .long(),
];

/// Metrics that are kept as series.
fn metrics() -> impl Iterator<Item = Metric> {
    Metric::ALL.into_iter().filter(|metric| metric.storage() == Storage::Series)
}

fn named(name: &str) -> Result<Metric, ApiError> {
    metrics().find(|metric| metric.name() == name).ok_or_else(|| {
        ApiError::not_found("There is no series of this name: /v1/human/series lists those that the person has.")
    })
}

/// What a request asks for.
struct Asked {
    metric: Metric,
    step: Step,
    /// As the request has it.
    step_text: String,
    zone: Zone,
    aggregates: Vec<Aggregate>,
    by_source: bool,
    /// Whether other sources fill what the best one leaves.
    filled: bool,
    empty: bool,
}

impl Asked {
    fn read(call: &Call<'_>, metric: Metric) -> Result<Self, ApiError> {
        let query = &call.query;
        let step_text = query.get("step").unwrap_or("1d");
        let zone = match query.get("tz") {
            Some(text) => Zone::parse(text)?,
            None => call.human.facts.expose().time_zone.as_deref().and_then(Zone::named).unwrap_or_else(Zone::utc),
        };
        let by_source = match query.get("by") {
            None => false,
            Some("source") => true,
            Some(_) => return Err(invalid("by", "source")),
        };
        let empty = match query.get("empty") {
            None | Some("false") => false,
            Some("true") => true,
            Some(_) => return Err(invalid("empty", "true or false")),
        };
        Ok(Self {
            metric,
            step: Step::parse(step_text)?,
            step_text: step_text.to_owned(),
            zone,
            aggregates: Aggregate::parse(query.get("agg"), metric)?,
            by_source,
            // Here the default is to merge, since what is not merged cannot be taken together.
            filled: query.get("merge") != Some("false"),
            empty,
        })
    }
}

/// Buckets, with the names of the groups and sources that they are of.
struct Told {
    edges: Vec<Time>,
    groups: Vec<Vec<Bucket>>,
    names: Vec<String>,
}

fn resample(call: &Call<'_>, metric: Metric) -> Result<Reply, ApiError> {
    let asked = Asked::read(call, metric)?;
    let window = Window::read(&call.query, &asked.zone)?;
    let merger = Merger::new(call)?;
    let wanted = merger.sources.wanted(call);
    let told = call
        .engine
        .store
        .scan(call.human.human_id, metric, |scan| tell(scan, &asked, &window, &merger, wanted.as_deref()))?
        .transpose()?;
    Ok(Reply::object(write(&asked, &window, told.flatten().as_ref())))
}

/// Reads and folds; `None` where there is nothing and no time is named.
fn tell(
    scan: &Scan<'_>,
    asked: &Asked,
    window: &Window,
    merger: &Merger<'_>,
    connections: Option<&[ConnectionId]>,
) -> Result<Option<Told>, ApiError> {
    let mut series: Vec<Arc<Series>> = scan.series().cloned().collect();
    series.retain(|series| connections.is_none_or(|wanted| wanted.contains(&series.connection_id)));
    let is_wanted = |number: u32| series.iter().any(|series| series.number == number);
    let reach = Fold::reach(asked.metric);
    let Some(range) = window.range(|| scan.extent(is_wanted), reach)? else { return Ok(None) };
    let edges = step::edges(&asked.zone, asked.step, range)?;
    let (Some(first), Some(last)) = (edges.first(), edges.last()) else { return Ok(None) };
    // What can decide about the first bucket, or reach into it, and how far clocks of samples are off.
    let aside = reach + if asked.zone.is_local() { window::FARTHEST } else { 0 };
    let range = (first.plus_ms(-aside), last.plus_ms(aside));
    let told: Vec<u32> = scan.days((range.0.utc_day(), range.1.utc_day()))?.into_iter().map(|day| day.0).collect();
    series.retain(|series| told.binary_search(&series.number).is_ok());

    let (origins, names, groups) = origins(asked, merger, &series)?;
    let several = origins.len() > 1;
    let mut fold = Fold::new(asked.metric, edges.clone(), asked.zone.is_local(), groups, several);
    scan.each(
        range,
        |number| origins.contains_key(&number),
        |day, number, points| {
            let Some((series, origin)) = origins.get(&number) else { return };
            let to = asked.metric.unit();
            if series.unit == to {
                fold.take(day.start_utc(), *origin, points, |value| value);
            } else {
                // The way in let only units pass that convert.
                fold.take(day.start_utc(), *origin, points, |value| series.unit.convert(value, to).unwrap_or(value));
            }
        },
    )?;
    Ok(Some(Told { edges, groups: fold.finish(), names }))
}

type Origins = BTreeMap<u32, (Arc<Series>, Origin)>;

/// Who takes part, with the names of sources, and the number of groups.
fn origins(
    asked: &Asked,
    merger: &Merger<'_>,
    series: &[Arc<Series>],
) -> Result<(Origins, Vec<String>, usize), ApiError> {
    let ranks = merger.ranks(asked.metric, series)?;
    let mut names: Vec<String> = Vec::new();
    for series in series {
        names.push(merger.sources.name(series.connection_id)?.to_owned());
    }
    names.sort_unstable();
    names.dedup();
    let mut found = Origins::new();
    for (series, rank) in series.iter().zip(ranks) {
        let name = merger.sources.name(series.connection_id)?;
        let place = names.binary_search_by(|known| known.as_str().cmp(name)).unwrap_or(0);
        let source = u16::try_from(place).unwrap_or(u16::MAX);
        let group = if asked.by_source { place } else { 0 };
        found.insert(series.number, (series.clone(), Origin { rank, source, group }));
    }
    let groups = if asked.by_source { names.len() } else { 1 };
    if !asked.filled {
        for group in 0..groups {
            let of_group = found.values().filter(|(_, origin)| origin.group == group);
            let best = of_group.min_by_key(|(_, origin)| origin.rank).map(|(series, _)| series.clone());
            let is_best = |series: &Series| {
                best.as_ref().is_some_and(|b| b.connection_id == series.connection_id && b.device == series.device)
            };
            found.retain(|_, (series, origin)| origin.group != group || is_best(series));
        }
    }
    Ok((found, names, groups))
}

fn write(asked: &Asked, window: &Window, told: Option<&Told>) -> Vec<u8> {
    let mut json = Json::with_capacity(1024);
    json.begin_object();
    json.text("metric", asked.metric.name());
    json.text("unit", unit(asked.metric));
    json.text("step", &asked.step_text);
    json.text("timeZone", asked.zone.name());
    json.key("agg");
    json.begin_array();
    for aggregate in &asked.aggregates {
        json.text_element(aggregate.word());
    }
    json.end_array();
    json.key("buckets");
    json.begin_array();
    if let Some(told) = told {
        write_buckets(&mut json, asked, window, told);
    }
    json.end_array();
    json.end_object();
    json.into_bytes()
}

fn write_buckets(json: &mut Json, asked: &Asked, window: &Window, told: &Told) {
    let is_told = |n: usize| told.groups.iter().any(|buckets| is_told(&buckets[n]));
    let all = told.edges.len().saturating_sub(1);
    // Where the request names no time, the first and the last bucket are those that tell something.
    let first = if window.from.is_some() { Some(0) } else { (0..all).find(|n| is_told(*n)) };
    let last = if window.to.is_some() { all.checked_sub(1) } else { (0..all).rev().find(|n| is_told(*n)) };
    let (Some(first), Some(last)) = (first, last) else { return };
    for n in first..=last {
        for (group, buckets) in told.groups.iter().enumerate() {
            let bucket = &buckets[n];
            if !asked.empty && !self::is_told(bucket) {
                continue;
            }
            json.begin_object();
            let (start, end) = (told.edges[n], told.edges[n + 1]);
            if asked.zone.is_local() {
                json.text("localStart", start.to_iso().trim_end_matches('Z'));
                json.text("localEnd", end.to_iso().trim_end_matches('Z'));
            } else {
                json.time("start", start);
                json.time("end", end);
                json.offset(asked.zone.offset(start));
            }
            for aggregate in &asked.aggregates {
                json.number_if_told(aggregate.member(), bucket.tell(*aggregate));
            }
            if asked.by_source {
                json.text("source", &told.names[group]);
            } else {
                json.key("sources");
                json.begin_array();
                let mut sources = bucket.sources.clone();
                sources.sort_unstable();
                for source in sources {
                    json.text_element(told.names.get(usize::from(source)).map_or("", String::as_str));
                }
                json.end_array();
            }
            json.end_object();
        }
    }
}

/// Whether anything came into a bucket: samples, or the time that one before it tells of.
fn is_told(bucket: &Bucket) -> bool {
    bucket.count > 0 || bucket.tell(Aggregate::TimeAvg).is_some()
}
