use std::io::{Cursor, Write};

use hilum_model::{Body, Kind, Metric};
use zip::ZipWriter;
use zip::write::SimpleFileOptions;

use super::{ECG, EXPORT, ROUTE, Read, read, read_from};
use crate::{Format, Limits};

pub(super) fn zipped(members: &[(&str, &str)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content) in members {
        zip.start_file(*name, SimpleFileOptions::default()).expect("starts");
        zip.write_all(content.as_bytes()).expect("writes");
    }
    zip.finish().expect("finishes").into_inner()
}

/// Names as a German phone might write them; the document stands behind what refers to it.
pub(super) fn archive() -> Vec<u8> {
    zipped(&[
        ("apple_health_export/Trainingsrouten/route_2026-03-04_5.41pm.gpx", ROUTE),
        ("apple_health_export/Trainingsrouten/route_2020-01-01_9.00am.gpx", ROUTE),
        ("apple_health_export/EKG/ekg_2026-03-04.csv", ECG),
        ("apple_health_export/clinical-records/Allergy-1.json", "{\"resourceType\":\"AllergyIntolerance\"}"),
        ("apple_health_export/export_cda.xml", "<?xml version=\"1.0\"?><ClinicalDocument></ClinicalDocument>"),
        ("apple_health_export/Exportieren.xml", EXPORT),
        ("apple_health_export/notes.txt", "nothing"),
    ])
}

#[test]
fn members_are_found_by_content() {
    let read = read(&archive());
    assert!(read.outcome.error.is_none(), "{:?}", read.outcome.error);
    assert_eq!(read.outcome.format, Some(Format::AppleHealthArchive));
    let run =
        read.records(Kind::Activity).into_iter().find(|r| matches!(&r.body, Body::Activity(a) if a.kind == "running"));
    let run = run.expect("the run");
    let of_run = |metric| -> Vec<_> {
        let samples = read.samples(metric).into_iter().filter(|s| s.context.as_deref() == Some(&*run.key));
        samples.map(|s| (s.start.to_iso(), s.value, s.device.as_deref() == Some("Anna’s Watch"))).collect()
    };
    let at = |second| format!("2026-03-04T16:00:0{second}.000Z");
    assert_eq!(of_run(Metric::Latitude), [(at(2), 52.52, true), (at(3), 52.53, true)]);
    assert_eq!(of_run(Metric::Longitude), [(at(2), 13.4, true), (at(3), 13.41, true)]);
    assert_eq!(of_run(Metric::Altitude), [(at(2), 34.0, true), (at(3), 35.5, true)]);
    assert_eq!(of_run(Metric::Speed), [(at(2), 2.9, true), (at(3), 3.1, true)]);
    // A track to which no workout refers is kept without one.
    assert_eq!(read.samples(Metric::Latitude).iter().filter(|s| s.context.is_none()).count(), 2);
    assert_eq!(read.outcome.summary.left_out()["medical records"], 2);
}

#[test]
fn an_electrocardiogram_in_any_language() {
    let read = read(&archive());
    let record = read.records(Kind::Ecg)[0];
    assert_eq!(record.start.to_iso(), "2026-03-04T19:00:00.000Z");
    // Four values at 512 Hz are 7.8125 ms.
    assert_eq!(record.end.map(|e| e.since_ms(record.start)), Some(8));
    assert_eq!(record.device.as_deref(), Some("Watch7,1"));
    let Body::Ecg(ecg) = &record.body else { panic!("an electrocardiogram") };
    assert_eq!(ecg.classification.as_deref(), Some("sinus_rhythm"));
    assert_eq!((ecg.frequency_hz, ecg.lead.as_deref()), (Some(512.0), Some("Lead I")));
    assert_eq!(ecg.microvolts, [-16.25, 0.0, 120.5, 3.5]);
}

#[test]
fn other_archives_are_not_recognised() {
    let read = read(&zipped(&[("export.xml", "<a></a>"), ("b.txt", "b")]));
    assert_eq!(read.outcome.error.map(|e| e.code()), Some("file_unrecognised"));
}

#[test]
fn an_archive_without_its_end_gives_what_it_has() {
    let whole = archive();
    let cut = read(&whole[..whole.len() - 200]);
    assert_eq!(cut.outcome.error.as_ref().map(crate::FileError::code), Some("file_truncated"));
    // Only the small last member and the directory are lost.
    let of = |read: &Read| read.outcome.summary.records().chain([]).collect::<Vec<_>>();
    assert_eq!(of(&cut), of(&read(&whole)));
}

#[test]
fn tracks_without_their_document_are_no_workouts() {
    let whole = archive();
    // Cut within the third member: two whole tracks are left.
    let cut = memchr::memmem::rfind(&whole[..whole.len() / 3], b"PK\x03\x04").expect("members") + 40;
    let read = read(&whole[..cut]);
    assert_eq!(read.outcome.error.map(|e| e.code()), Some("file_truncated"));
    assert!(read.batches.is_empty());
}

#[test]
fn one_damaged_track_is_left_out_alone() {
    let bytes = zipped(&[
        ("export.xml", EXPORT),
        ("a.gpx", "<gpx><trk><trkseg><trkpt lat='1' lon='1'></trkseg></gpx>"),
        ("b/route_2026-03-04_5.41pm.gpx", ROUTE),
    ]);
    let read = read_from(&mut Cursor::new(bytes), &Limits::default(), None);
    assert!(read.outcome.error.is_none());
    assert_eq!(read.outcome.summary.rejected()["track: damaged"], 1);
    // Two points of the old workout's rows and two of the track.
    assert_eq!(read.samples(Metric::Latitude).len(), 4);
}
