//! Wahoo: workouts, and their points from FIT files.

use super::*;

#[test]
fn workouts_and_their_files_are_read_back() {
    let stream = crate::find("wahoo").and_then(|p| p.stream("workouts")).expect("a stream");
    files_are_read_back("wahoo", stream);
}
