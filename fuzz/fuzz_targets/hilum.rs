//! Everything that reads bytes from outside, under libFuzzer. The target is named by `HILUM_FUZZ`; `make fuzz` runs
//! each for a while. A new one is a line in `TARGETS`, and seeds, if there are any, a folder in `SEEDS` of the Makefile.

#![no_main]

use std::io::Cursor;
use std::ops::ControlFlow;
use std::sync::LazyLock;

use hilum_files::{Limits, Position};
use libfuzzer_sys::fuzz_target;

/// Name and target. The Makefile finds the names in these lines.
const TARGETS: &[(&str, fn(&[u8]))] = &[
    ("file", |data| read(data)),
    ("apple", |data| read(&within(b"<HealthData>\n", data, b"\n</HealthData>"))),
    ("apple_zip", |data| read(&stored(data))),
    ("resume", |data| resume(data)),
];

static TARGET: LazyLock<fn(&[u8])> = LazyLock::new(|| {
    let name = std::env::var("HILUM_FUZZ").unwrap_or_else(|_| "file".to_owned());
    TARGETS.iter().find(|(known, _)| *known == name).unwrap_or_else(|| panic!("no target {name}")).1
});

fuzz_target!(|data: &[u8]| TARGET(data));

/// Bounds under which a small input cannot take long.
const LIMITS: Limits =
    Limits { batch: 64, unpacked: 4 << 20, ratio: 400, members: 100, directory: 1 << 16, element: 1 << 16, depth: 32, held: 500 };

/// Any file, by its content.
fn read(bytes: &[u8]) {
    let mut delivered = 0;
    let outcome = hilum_files::read(&mut Cursor::new(bytes), &LIMITS, None, &mut |delivery| {
        assert!(delivery.batch.observations.len() <= LIMITS.batch && delivery.batch.rejected.is_empty());
        let text = delivery.position.to_string();
        assert_eq!(text.parse(), Ok(delivery.position));
        delivered += delivery.batch.observations.len() as u64;
        ControlFlow::Continue(())
    });
    assert_eq!(outcome.summary.observations(), delivered);
}

/// A reading that goes on from the position of its first batch.
fn resume(bytes: &[u8]) {
    let mut first: Option<Position> = None;
    let mut input = Cursor::new(bytes);
    hilum_files::read(&mut input, &LIMITS, None, &mut |delivery| {
        first = Some(delivery.position);
        ControlFlow::Break(())
    });
    if first.is_some() {
        hilum_files::read(&mut input, &LIMITS, first, &mut |_| ControlFlow::Continue(()));
    }
}

fn within(before: &[u8], data: &[u8], behind: &[u8]) -> Vec<u8> {
    [before, data, behind].concat()
}

/// An archive of one stored member without a directory, as one that was cut off behind it.
fn stored(data: &[u8]) -> Vec<u8> {
    let mut zip = b"PK\x03\x04\x14\0\0\0\0\0\0\0\0\0\0\0\0\0".to_vec();
    zip.extend((data.len() as u32).to_le_bytes());
    zip.extend((data.len() as u32).to_le_bytes());
    zip.extend([1, 0, 0, 0]);
    zip.push(b'x');
    zip.extend(data);
    zip
}
