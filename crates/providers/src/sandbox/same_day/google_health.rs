//! Google Health: exercises, and their routes from TCX files.

use super::*;

#[test]
fn exercises_and_their_routes_are_read_back() {
    let stream = crate::find("google_health").and_then(|p| p.stream("exercise")).expect("a stream");
    files_are_read_back("google_health", stream);
}
