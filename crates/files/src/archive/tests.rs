use std::io::{Cursor, Read, Write};

use zip::write::SimpleFileOptions;
use zip::{CompressionMethod, ZipWriter};

use super::*;

/// An archive as a common library writes it.
fn written(members: &[(&str, &[u8], CompressionMethod)]) -> Vec<u8> {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    for (name, content, method) in members {
        zip.start_file(*name, SimpleFileOptions::default().compression_method(*method)).expect("starts");
        zip.write_all(content).expect("writes");
    }
    zip.finish().expect("finishes").into_inner()
}

fn open(bytes: &[u8], limits: &Limits) -> Result<Archive<Cursor<Vec<u8>>>, FileError> {
    Archive::new(Cursor::new(bytes.to_vec()), limits)
}

fn content<R: Read + Seek>(archive: &mut Archive<R>, index: usize) -> Result<Vec<u8>, FileError> {
    let mut content = Vec::new();
    let read = archive.open(index)?.read_to_end(&mut content);
    read.map(|_| content).map_err(|error| FileError::from_io(error, 0))
}

/// Text that does not compress to nothing.
fn text(length: usize) -> Vec<u8> {
    (0..length as u64).map(|i| b'a' + (i.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 60) as u8).collect()
}

#[test]
fn members_of_a_written_archive() {
    let long = text(300_000);
    let bytes = written(&[
        ("a/b.txt", b"stored", CompressionMethod::Stored),
        ("../../etc/passwd", &long, CompressionMethod::Deflated),
    ]);
    let mut archive = open(&bytes, &Limits::default()).expect("an archive");
    assert!(!archive.is_cut_off());
    let names: Vec<_> = archive.entries().iter().map(|e| e.name.as_str()).collect();
    // A name that would slip out of a directory is only a text here.
    assert_eq!(names, ["a/b.txt", "../../etc/passwd"]);
    assert_eq!(content(&mut archive, 0).expect("stored"), b"stored");
    assert_eq!(content(&mut archive, 1).expect("deflated"), long);
    assert_eq!(archive.head(1, 10).expect("head"), long[..10]);
    assert!(archive.open(2).is_err());
}

#[test]
fn an_archive_that_is_cut_off_gives_what_arrived() {
    let long = text(300_000);
    let bytes = written(&[("one", b"first", CompressionMethod::Stored), ("two", &long, CompressionMethod::Deflated)]);
    let cut = &bytes[..bytes.len() * 2 / 3];
    let mut archive = open(cut, &Limits::default()).expect("members");
    assert!(archive.is_cut_off());
    assert_eq!(archive.entries().len(), 2);
    assert_eq!(content(&mut archive, 0).expect("whole"), b"first");
    let mut arrived = Vec::new();
    let error = archive.open(1).expect("opens").read_to_end(&mut arrived).expect_err("is cut off");
    assert!(matches!(FileError::from_io(error, 0), FileError::Truncated { .. }));
    assert!(arrived.len() > 100_000 && long.starts_with(&arrived), "{}", arrived.len());
}

#[test]
fn sizes_behind_the_content() {
    let mut zip = ZipWriter::new_stream(Vec::new());
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Deflated);
    for name in ["one", "two"] {
        zip.start_file(name, options).expect("starts");
        zip.write_all(name.as_bytes()).expect("writes");
    }
    let bytes = zip.finish().expect("finishes").into_inner();
    for (what, bytes) in [("whole", &bytes[..]), ("without directory", &bytes[..bytes.len() - 20])] {
        let mut archive = open(bytes, &Limits::default()).expect(what);
        assert_eq!(content(&mut archive, 0).expect(what), b"one");
        assert_eq!(content(&mut archive, 1).expect(what), b"two");
    }
}

#[test]
fn bombs_and_locks_are_refused() {
    let zeros = vec![0; 8 << 20];
    let bytes = written(&[("bomb", &zeros, CompressionMethod::Deflated)]);
    let refused = |limits: &Limits, bytes: &[u8]| match open(bytes, limits) {
        Ok(mut archive) => content(&mut archive, 0).expect_err("refused").code(),
        Err(error) => error.code(),
    };
    // 8 MiB of zeros become about 8 KiB.
    assert_eq!(refused(&Limits::default(), &bytes), "file_bomb");
    assert_eq!(refused(&Limits::default(), &bytes[..bytes.len() - 30]), "file_bomb");
    let wide = Limits { ratio: 2000, unpacked: 7 << 20, ..Limits::default() };
    assert_eq!(refused(&wide, &bytes), "file_too_large");
    assert_eq!(refused(&wide, &bytes[..bytes.len() - 30]), "file_too_large");
    let few = Limits { members: 0, ..Limits::default() };
    assert_eq!(refused(&few, &bytes), "file_too_many");
    assert_eq!(refused(&few, &bytes[..bytes.len() - 30]), "file_too_many");
    assert_eq!(refused(&Limits { directory: 10, ..Limits::default() }, &bytes), "file_too_long");

    let plain = written(&[("a", b"secret", CompressionMethod::Stored)]);
    let directory = memchr::memmem::find(&plain, b"PK\x01\x02").expect("a directory");
    let mut locked = plain.clone();
    locked[directory + 8] |= 1;
    assert_eq!(refused(&Limits::default(), &locked), "file_encrypted");
    let mut odd = plain.clone();
    odd[directory + 10] = 12;
    assert_eq!(refused(&Limits::default(), &odd), "file_compression");
    let mut changed = plain.clone();
    changed[30 + 1] ^= 1;
    assert_eq!(refused(&Limits::default(), &changed), "file_malformed");
    // The directory says six bytes; five leave one missing.
    let mut short = plain;
    short[directory + 20] = 5;
    assert_eq!(refused(&Limits::default(), &short), "file_truncated");
}

#[test]
fn members_over_each_other_are_refused() {
    let bytes =
        written(&[("a", &text(1000), CompressionMethod::Stored), ("b", &text(1000), CompressionMethod::Stored)]);
    let second = memchr::memmem::rfind(&bytes, b"PK\x01\x02").expect("a directory");
    let mut same = bytes.clone();
    same[second + 42..second + 46].fill(0);
    assert!(matches!(open(&same, &Limits::default()), Err(FileError::Bomb)));
}

#[test]
fn sixty_four_bits() {
    let mut zip = ZipWriter::new(Cursor::new(Vec::new()));
    let options = SimpleFileOptions::default().compression_method(CompressionMethod::Stored).large_file(true);
    zip.start_file("large", options).expect("starts");
    zip.write_all(b"content").expect("writes");
    let bytes = zip.finish().expect("finishes").into_inner();
    let mut archive = open(&bytes, &Limits::default()).expect("an archive");
    assert_eq!(content(&mut archive, 0).expect("content"), b"content");

    // A directory row and an end record that need their 64-bit forms, by hand.
    let extra = |numbers: &[u64]| {
        let mut extra = vec![1, 0, (numbers.len() * 8) as u8, 0];
        extra.extend(numbers.iter().flat_map(|n| n.to_le_bytes()));
        extra
    };
    let mut entry = Entry {
        name: String::new(),
        method: 0,
        flags: 0,
        packed: u64::from(u32::MAX),
        check: Some((0, u64::from(u32::MAX))),
        header: 7,
    };
    directory::widen(&mut entry, &extra(&[6 << 32, 5 << 32]));
    assert_eq!((entry.check, entry.packed, entry.header), (Some((0, 6 << 32)), 5 << 32, 7));
    let start = memchr::memmem::find(&bytes, b"PK\x01\x02").expect("a directory") as u64;
    let end = memchr::memmem::find(&bytes, b"PK\x05\x06").expect("an end") as u64;
    let mut wide = bytes[..end as usize].to_vec();
    wide.extend(b"PK\x06\x06");
    wide.extend(44_u64.to_le_bytes());
    wide.extend([0; 12]);
    for number in [1, 1, end - start, start] {
        wide.extend(number.to_le_bytes());
    }
    wide.extend(b"PK\x06\x07\0\0\0\0");
    wide.extend(end.to_le_bytes());
    wide.extend([1, 0, 0, 0]);
    wide.extend(b"PK\x05\x06\0\0\0\0");
    wide.extend([0xff; 12]);
    wide.extend([0; 2]);
    let mut archive = open(&wide, &Limits::default()).expect("an archive");
    assert_eq!(content(&mut archive, 0).expect("content"), b"content");
}
