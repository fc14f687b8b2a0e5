//! Every error code of the sources is in the list that callers read.

use std::path::{Path, PathBuf};

fn sources(folder: &Path, out: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(folder).expect("folder") {
        let path = entry.expect("entry").path();
        let name = path.file_name().and_then(|n| n.to_str()).expect("name");
        if path.is_dir() && !matches!(name, "tests" | "schemas") {
            sources(&path, out);
        } else if path.extension().is_some_and(|e| e == "rs") && name != "tests.rs" {
            out.push(path);
        }
    }
}

/// Text literals that have the form of a code and are followed, as all codes are, by a literal in title case.
fn codes(text: &str) -> Vec<&str> {
    let literals: Vec<&str> = text.split('"').skip(1).step_by(2).collect();
    let is_code =
        |t: &str| (t.contains('_') || t == "unauthorized") && t.bytes().all(|b| b.is_ascii_lowercase() || b == b'_');
    // A name such as `BloodGlucose` is none.
    let is_title = |t: &str| {
        t.contains(|c: char| c.is_ascii_lowercase())
            && t.split(' ').all(|word| word.starts_with(|c: char| c.is_ascii_uppercase()))
            && !t.as_bytes().windows(2).any(|two| two[0].is_ascii_lowercase() && two[1].is_ascii_uppercase())
    };
    literals.windows(2).filter(|pair| is_code(pair[0]) && is_title(pair[1])).map(|pair| pair[0]).collect()
}

#[test]
fn error_codes_are_listed_in_the_api_document() {
    let server = Path::new(env!("CARGO_MANIFEST_DIR"));
    let document = std::fs::read_to_string(server.join("../../docs/API-DESIGN.md")).expect("docs/API-DESIGN.md");
    let mut files = Vec::new();
    sources(&server.join("src"), &mut files);
    sources(&server.join("../engine/src/enrol"), &mut files);
    let mut found = 0;
    for file in files {
        let text = std::fs::read_to_string(&file).expect("source");
        for code in codes(text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default()) {
            assert!(document.contains(&format!("\n| `{code}` | ")), "{code} of {} is not listed", file.display());
            found += 1;
        }
    }
    assert!(found >= 20, "only {found} codes found: the sources have another form than this test reads");
}
