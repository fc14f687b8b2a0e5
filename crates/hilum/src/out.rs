//! Writing to the terminal. A reader that has gone (`hilum app list | head -1`) is no error of ours.

use std::io::{IsTerminal as _, Write};

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

/// How far something is, on a line of standard error that the next one takes the place of. Only for a person who looks on.
pub(crate) fn progress(text: &str) {
    let mut out = std::io::stderr().lock();
    if out.is_terminal() {
        let _gone = write!(out, "\r{text}").and_then(|()| out.flush());
    }
}

/// Leaves the line of [`progress`].
pub(crate) fn end_progress() {
    let mut out = std::io::stderr().lock();
    if out.is_terminal() {
        let _gone = writeln!(out);
    }
}
