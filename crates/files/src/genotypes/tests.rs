use hilum_model::genotypes::{BLOCKS, Genotypes, Locus};
use hilum_model::{Body, Observation};
use proptest::prelude::*;

use crate::testing::{Seen, read, records, whole, zipped};
use crate::{FileError, Format};

const RAW: &str = include_str!("fixtures/raw.txt");

fn blocks(seen: &[Observation]) -> Vec<&Genotypes> {
    records(seen).iter().filter_map(|r| if let Body::Genotypes(block) = &r.body { Some(block) } else { None }).collect()
}

fn call(seen: &Seen, name: &str) -> Option<String> {
    let locus = Locus::parse(name).expect("a name");
    let all = blocks(&seen.all);
    let block = all.iter().find(|block| block.block == locus.block()).expect("every block is told");
    block.get(locus).expect("a block").map(|call| call.to_string())
}

#[test]
fn every_place_is_read() {
    let seen = whole(RAW.as_bytes());
    assert_eq!(seen.format, Some(Format::Genotypes));
    assert_eq!(blocks(&seen.all).len(), usize::from(BLOCKS), "also those without a place, which replace older ones");
    for (name, expected) in [
        ("rs3094315", Some("AA")),
        ("rs12562034", Some("AG")),
        ("rs4477212", Some("--")),
        ("i3000001", Some("C")),
        ("rs28357980", Some("T")),
        ("i5000007", Some("DI")),
        ("rs1", None),
    ] {
        assert_eq!(call(&seen, name).as_deref(), expected, "{name}");
    }
    let first = records(&seen.all)[0];
    assert_eq!((first.key.as_str(), first.start.to_iso().as_str()), ("genotypes:0", "2016-03-08T13:05:09.000Z"));
    assert_eq!((first.offset, first.source_data["build"].as_u64()), (None, Some(37)));
}

#[test]
fn an_archive_with_the_file() {
    let seen = whole(&zipped(&[("readme.txt", "Hello"), ("genome_Ann_v5_Full.txt", RAW)]));
    assert_eq!(seen.format, Some(Format::GenotypesArchive));
    assert_eq!(call(&seen, "rs12562034").as_deref(), Some("AG"));
}

#[test]
fn odd_lines_are_left_out_alone() {
    let text = format!("{RAW}rs7\t1\nkgp9\t1\t2\tAA\nrs8\t1\t2\tNN\n\nrs9\t1\t2\tGG\n");
    let seen = whole(text.as_bytes());
    assert_eq!(call(&seen, "rs9").as_deref(), Some("GG"));
    assert_eq!(seen.summary.rejected().values().sum::<u64>(), 3, "{:?}", seen.summary.rejected());
}

#[test]
fn one_that_is_cut_off_takes_nothing_away() {
    let mut many = RAW.to_owned();
    many.extend((1..4000_u64).map(|number| format!("rs{}\t1\t{number}\tAG\n", 7_919 * number % 1_000_003)));
    let archive = zipped(&[("genome.txt", many.as_str())]);
    let seen = read(&archive[..archive.len() / 2]);
    assert!(seen.ended.is_err());
    assert_eq!(seen.all, []);
}

#[test]
fn comments_alone_are_no_genotypes() {
    let head = RAW.split("rs3094315").next().expect("comments");
    assert_eq!(whole(head.as_bytes()).all, []);
    assert!(matches!(read(b"# a remark\nrs1\t1\t1\tAA\n").ended, Err(FileError::Unrecognised)));
}

proptest! {
    #[test]
    fn damage_never_panics(at in 0..RAW.len(), byte in any::<u8>()) {
        let mut bytes = RAW.as_bytes().to_vec();
        bytes[at] = byte;
        // Whatever comes of it, it is an answer.
        let seen = read(&bytes);
        prop_assert!(seen.ended.is_ok() || seen.all.is_empty());
    }
}
