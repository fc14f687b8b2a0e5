use std::io::{Cursor, Write};
use std::ops::ControlFlow;

use flate2::Compression;
use flate2::write::GzEncoder;
use hilum_model::{Metric, Observation, Time};
use zip::write::SimpleFileOptions;

use crate::fit::{Point, Workout};
use crate::testing::{read, records, samples, whole};
use crate::{FileError, Format, Limits, Position};

const GPX: &str =
    "<gpx><trk><trkseg><trkpt lat='1' lon='2'><time>2026-03-04T16:00:00Z</time></trkpt></trkseg></trk></gpx>";
const TCX: &str = "<TrainingCenterDatabase><Activities><Activity Sport='Biking'><Id>2026-03-05T16:00:00Z</Id></Activity>\
    </Activities></TrainingCenterDatabase>";
const CSV: &str = "metric,start,value,unit\nheart_rate,2026-03-04T16:00:00Z,98,/min\n";

fn fit() -> Vec<u8> {
    let start = Time::from_unix_s(1_772_640_000);
    let points = (0..40).map(|s| Point { at: start.plus_s(s), heart_rate: Some(98.0), ..Point::default() }).collect();
    Workout { serial: 7, start, sport: 1, elapsed_s: 40.0, timer_s: 40.0, points, ..Workout::default() }.to_bytes()
}

fn gzipped(content: &[u8]) -> Vec<u8> {
    let mut gzip = GzEncoder::new(Vec::new(), Compression::fast());
    gzip.write_all(content).expect("writes");
    gzip.finish().expect("finishes")
}

fn archive(members: &[(&str, &[u8])]) -> Vec<u8> {
    let mut zip = zip::ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).expect("starts");
        zip.write_all(content).expect("writes");
    }
    zip.finish().expect("finishes").into_inner()
}

fn all() -> Vec<u8> {
    archive(&[
        ("export_1/activities.csv", b"Activity ID,Activity Date\n1,Mar 4\n"),
        ("export_1/activities/1.gpx", GPX.as_bytes()),
        ("export_1/activities/2.tcx.gz", &gzipped(TCX.as_bytes())),
        ("export_1/activities/3.fit.gz", &gzipped(&fit())),
        ("export_1/media/a.jpg", b"\xff\xd8\xff"),
        ("mine.txt", CSV.as_bytes()),
    ])
}

#[test]
fn members_by_their_content() {
    let seen = whole(&all());
    assert_eq!(seen.format, Some(Format::ActivityFiles));
    let keys: Vec<_> = records(&seen.all).iter().map(|r| r.key.as_str()).collect();
    assert_eq!(keys, ["gpx:1772640000000", "tcx:1772726400000", "fit:7:1772640000"]);
    assert_eq!(samples(&seen.all, Metric::HeartRate).len(), 41);
    assert_eq!(seen.summary.left_out().get("other files of the archive"), Some(&2));
}

#[test]
fn a_cut_member_is_counted_and_the_others_go_on() {
    let whole_run = fit();
    let seen = whole(&archive(&[("1.fit", &whole_run[..whole_run.len() / 2]), ("2.gpx", GPX.as_bytes())]));
    assert!(samples(&seen.all, Metric::HeartRate).len() > 5);
    assert_eq!(records(&seen.all).len(), 2);
    assert_eq!(seen.summary.rejected().get("a file of the archive that is damaged or of another form"), Some(&1));
    let seen = read(&all()[..500]);
    assert!(matches!(seen.ended, Err(FileError::Truncated { .. } | FileError::Unrecognised)), "{:?}", seen.ended);
}

/// A reading that is stopped anywhere and starts again at the last position has told everything in the end.
#[test]
fn reading_goes_on_where_it_stopped() {
    let bytes = all();
    let limits = Limits { batch: 8, ..Limits::default() };
    let text = |o: &Observation| format!("{o:?}");
    let mut expected: Vec<_> = whole(&bytes).all.iter().map(text).collect();
    expected.sort_unstable();
    for stop in 1..=7 {
        let (mut told, mut from, mut deliveries) = (Vec::new(), None::<Position>, 0);
        let first = crate::read(&mut Cursor::new(&bytes), &limits, None, &mut |delivery| {
            told.extend(delivery.batch.observations.iter().map(text));
            from = Some(delivery.position.to_string().parse().expect("a position"));
            deliveries += 1;
            if deliveries == stop { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
        });
        if matches!(first.error, Some(FileError::Stopped)) {
            let rest = crate::read(&mut Cursor::new(&bytes), &limits, from, &mut |delivery| {
                told.extend(delivery.batch.observations.iter().map(text));
                ControlFlow::Continue(())
            });
            assert!(rest.error.is_none(), "{:?}", rest.error);
        }
        told.sort_unstable();
        told.dedup();
        assert_eq!(told, expected, "stopped after {stop}");
    }
}
