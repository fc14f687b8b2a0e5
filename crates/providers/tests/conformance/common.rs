//! What the suites over every provider share.

use std::fs;
use std::path::{Path, PathBuf};

use hilum_model::Time;
use hilum_providers::Provider;
use hilum_providers::spec::{Context, Stream, Wanted};

/// The folder of a provider.
pub(crate) fn folder(provider: &Provider) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src").join(provider.id)
}

/// Every fixture of a provider: file name, stream id, contents. `sleep.json` and `sleep.page1.json` belong to `sleep`.
pub(crate) fn fixtures(provider: &Provider) -> Vec<(String, String, Vec<u8>)> {
    files(&folder(provider).join("fixtures"))
}

/// The fixtures of the details of a provider's items: in the folder `detail`, named like those of the streams.
pub(crate) fn details(provider: &Provider) -> Vec<(String, String, Vec<u8>)> {
    let folder = folder(provider).join("fixtures/detail");
    if folder.is_dir() { files(&folder) } else { Vec::new() }
}

/// The first item of a stream's fixtures that has a detail.
pub(crate) fn wanted(provider: &Provider, stream: &Stream) -> Option<Wanted> {
    let detail = stream.detail?;
    fixtures(provider).into_iter().filter(|(_, id, _)| id == stream.id).find_map(|(file, _, bytes)| {
        let wanted = (detail.wanted)(&bytes, &context()).unwrap_or_else(|e| panic!("{file}: {e}"));
        wanted.into_iter().next()
    })
}

fn files(folder: &Path) -> Vec<(String, String, Vec<u8>)> {
    let mut found: Vec<_> = fs::read_dir(folder)
        .expect("every provider has fixtures")
        .map(|entry| entry.expect("a readable folder"))
        .filter(|entry| entry.path().is_file())
        .map(|entry| {
            let name = entry.file_name().into_string().expect("an ASCII name");
            let stream = name.split('.').next().unwrap_or_default().to_owned();
            let bytes = fs::read(entry.path()).expect("a readable file");
            (name, stream, bytes)
        })
        .collect();
    found.sort();
    found
}

/// 2026-09-22T08:00:00Z, no zone known.
pub(crate) fn context() -> Context {
    Context { received: Time(1_790_064_000_000), time_zone: None }
}
