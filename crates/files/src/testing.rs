//! What tests of formats share: a file goes in at the public door, and what came out is looked at.

use std::io::Cursor;
use std::ops::ControlFlow;

use hilum_model::{Body, Metric, Observation, Record, Sample};

use crate::{FileError, Format, Limits, Outcome, Summary};

/// What a file became.
#[derive(Debug)]
pub(crate) struct Seen {
    pub(crate) all: Vec<Observation>,
    pub(crate) format: Option<Format>,
    pub(crate) summary: Summary,
    pub(crate) ended: Result<(), FileError>,
}

/// Reads a file in small batches.
pub(crate) fn read(bytes: &[u8]) -> Seen {
    let mut all = Vec::new();
    let limits = Limits { batch: 16, ..Limits::default() };
    let Outcome { format, summary, error } = crate::read(&mut Cursor::new(bytes), &limits, None, &mut |delivery| {
        assert!(delivery.batch.observations.len() <= 16, "batches are bounded");
        all.extend(delivery.batch.observations);
        ControlFlow::Continue(())
    });
    Seen { all, format, summary, ended: error.map_or(Ok(()), Err) }
}

/// Reads a file that must be sound.
pub(crate) fn whole(bytes: &[u8]) -> Seen {
    let seen = read(bytes);
    assert!(seen.ended.is_ok(), "{:?}", seen.ended);
    seen
}

/// The samples of a metric, in the order of delivery.
pub(crate) fn samples(seen: &[Observation], metric: Metric) -> Vec<&Sample> {
    seen.iter()
        .filter_map(|o| if let Observation::Sample(s) = o { Some(s) } else { None })
        .filter(|s| s.metric == metric)
        .collect()
}

/// (start, value) of a metric's samples, in order of time.
pub(crate) fn values(seen: &[Observation], metric: Metric) -> Vec<(String, f64)> {
    let mut found: Vec<_> = samples(seen, metric).iter().map(|s| (s.start.to_iso(), s.value)).collect();
    found.sort_by(|a, b| a.0.cmp(&b.0));
    found
}

/// The records, in the order of delivery.
pub(crate) fn records(seen: &[Observation]) -> Vec<&Record> {
    seen.iter().filter_map(|o| if let Observation::Record(r) = o { Some(r.as_ref()) } else { None }).collect()
}

/// The only record with its activity.
pub(crate) fn activity(seen: &[Observation]) -> (&Record, &hilum_model::observation::Activity) {
    let [record] = records(seen)[..] else { panic!("one record: {seen:?}") };
    let Body::Activity(activity) = &record.body else { panic!("an activity: {record:?}") };
    (record, activity)
}

/// An archive of text files, as a common library writes it.
pub(crate) fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    use std::io::Write;
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, zip::write::SimpleFileOptions::default()).expect("starts");
        zip.write_all(content.as_bytes()).expect("writes");
    }
    zip.finish().expect("finishes").into_inner()
}
