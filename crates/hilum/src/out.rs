//! Writing to the terminal. A reader that has gone (`hilum app list | head -1`) is no error of ours.

use std::io::Write;

/// One line on standard output.
pub(crate) fn line(text: &str) {
    let mut out = std::io::stdout().lock();
    let _gone = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// One line on standard error.
pub(crate) fn error(text: &str) {
    let mut out = std::io::stderr().lock();
    let _gone = writeln!(out, "{text}");
}
