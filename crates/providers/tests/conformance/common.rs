//! What the suites over every provider share.

use std::fs;
use std::path::PathBuf;

use hilum_model::Time;
use hilum_providers::Provider;
use hilum_providers::spec::Context;

/// The folder of a provider.
pub(crate) fn folder(provider: &Provider) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("src").join(provider.id)
}

/// Every fixture of a provider: file name, stream id, contents. `sleep.json` and `sleep.page1.json` belong to `sleep`.
pub(crate) fn fixtures(provider: &Provider) -> Vec<(String, String, Vec<u8>)> {
    let folder = folder(provider).join("fixtures");
    let mut found: Vec<_> = fs::read_dir(&folder)
        .expect("every provider has fixtures")
        .map(|entry| {
            let entry = entry.expect("a readable folder");
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
