//! One line of JSON, written straight into the piece: an export is mostly times and digits.

use hilum_model::{Day, Offset, Time};
use serde::Serialize;

/// Whole numbers up to here are exact in a double and are written without a fraction.
const EXACT_WHOLE: f64 = 9_007_199_254_740_992.0;

/// An object in the making. Commas are set here; names need no escaping.
pub(super) struct Line<'a>(&'a mut Vec<u8>);

/// Writes a line that says what it is.
pub(super) fn line(out: &mut Vec<u8>, kind: &'static str, write: impl FnOnce(&mut Line<'_>)) {
    out.push(b'{');
    let mut line = Line(out);
    line.word("type", kind);
    write(&mut line);
    out.extend_from_slice(b"}\n");
}

impl Line<'_> {
    fn separate(&mut self) {
        if !matches!(self.0.last(), None | Some(b'{' | b'[' | b':')) {
            self.0.push(b',');
        }
    }

    fn key(&mut self, name: &str) {
        self.separate();
        self.0.push(b'"');
        self.0.extend_from_slice(name.as_bytes());
        self.0.extend_from_slice(b"\":");
    }

    /// A text that needs no escaping: a fixed word, a time.
    fn word(&mut self, name: &str, word: &str) {
        self.key(name);
        self.0.push(b'"');
        self.0.extend_from_slice(word.as_bytes());
        self.0.push(b'"');
    }

    /// Anything that serialises.
    pub(super) fn value(&mut self, name: &str, value: &impl Serialize) {
        self.key(name);
        let begun = self.0.len();
        if serde_json::to_writer(&mut *self.0, value).is_err() {
            // Texts, numbers and maps of texts always have a JSON form; the line stays JSON even so.
            self.0.truncate(begun);
            self.0.extend_from_slice(b"null");
        }
    }

    pub(super) fn text(&mut self, name: &str, text: &str) {
        self.value(name, &text);
    }

    /// Left out where it is not told.
    pub(super) fn text_if(&mut self, name: &str, text: Option<&str>) {
        if let Some(text) = text {
            self.text(name, text);
        }
    }

    pub(super) fn count(&mut self, name: &str, count: u64) {
        self.key(name);
        self.0.extend_from_slice(itoa::Buffer::new().format(count).as_bytes());
    }

    pub(super) fn number(&mut self, name: &str, number: f64) {
        self.key(name);
        self.write_number(number);
    }

    /// Left out where it is not told.
    pub(super) fn number_if(&mut self, name: &str, number: Option<f64>) {
        if let Some(number) = number {
            self.number(name, number);
        }
    }

    fn write_number(&mut self, number: f64) {
        let whole = number as i64;
        if number.to_bits() == (whole as f64).to_bits() && number.abs() <= EXACT_WHOLE {
            self.0.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
        } else if number.is_finite() {
            self.0.extend_from_slice(ryu::Buffer::new().format_finite(number).as_bytes());
        } else {
            self.0.extend_from_slice(b"null");
        }
    }

    pub(super) fn time(&mut self, name: &str, time: Time) {
        self.key(name);
        self.0.push(b'"');
        time.write_iso(self.0);
        self.0.push(b'"');
    }

    /// Left out where it is not told.
    pub(super) fn time_if(&mut self, name: &str, time: Option<Time>) {
        if let Some(time) = time {
            self.time(name, time);
        }
    }

    pub(super) fn day(&mut self, name: &str, day: Day) {
        self.key(name);
        self.0.push(b'"');
        day.write(self.0);
        self.0.push(b'"');
    }

    /// `tzOffset`, left out where it is not known.
    pub(super) fn offset(&mut self, offset: Option<Offset>) {
        if let Some(offset) = offset {
            self.key("tzOffset");
            self.0.push(b'"');
            offset.write(self.0);
            self.0.push(b'"');
        }
    }

    pub(super) fn id(&mut self, name: &str, id: &[u8]) {
        const DIGITS: &[u8; 16] = b"0123456789abcdef";
        self.key(name);
        self.0.push(b'"');
        for byte in id {
            self.0.extend_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 15)]]);
        }
        self.0.push(b'"');
    }

    pub(super) fn object(&mut self, name: &str, write: impl FnOnce(&mut Line<'_>)) {
        self.key(name);
        self.0.push(b'{');
        write(&mut Line(self.0));
        self.0.push(b'}');
    }

    /// An array of objects.
    pub(super) fn objects<T>(
        &mut self,
        name: &str,
        all: impl IntoIterator<Item = T>,
        write: impl Fn(&mut Line<'_>, T),
    ) {
        self.key(name);
        self.0.push(b'[');
        for one in all {
            self.separate();
            self.0.push(b'{');
            write(&mut Line(self.0), one);
            self.0.push(b'}');
        }
        self.0.push(b']');
    }

    /// An object of counts by name.
    pub(super) fn counts<'a>(&mut self, name: &str, counts: impl IntoIterator<Item = (&'a str, u64)>) {
        self.object(name, |line| counts.into_iter().for_each(|(name, count)| line.count(name, count)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn members_by_hand() {
        let mut out = Vec::new();
        line(&mut out, "x", |line| {
            line.text("text", "a\"b");
            line.number("whole", 72_800.0);
            line.number("fraction", 0.1);
            line.number("negative zero", -0.0);
            line.number("large", 1e300);
            line.time("time", Time(1));
            line.offset(Some(Offset(-480)));
            line.id("id", &[0x0f, 0xa0]);
            line.objects("list", [1, 2], |line, n| line.count("n", n));
            line.counts("none", []);
        });
        let expected = concat!(
            r#"{"type":"x","text":"a\"b","whole":72800,"fraction":0.1,"negative zero":-0.0,"large":1e300,"#,
            r#""time":"1970-01-01T00:00:00.001Z","tzOffset":"-08:00","id":"0fa0","list":[{"n":1},{"n":2}],"none":{}}"#,
            "\n"
        );
        assert_eq!(String::from_utf8(out).expect("UTF-8"), expected);
    }
}
