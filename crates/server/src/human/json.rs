//! Writes JSON straight into bytes. A page of readings is most of what the data API sends, and a generic serialiser
//! would cost more than reading the page from the store, so digits and times go into the body without a detour.

use hilum_model::{Day, Offset, Time};

/// Whole numbers up to here are exact in a double and are written without a fraction.
const EXACT_WHOLE: f64 = 9_007_199_254_740_992.0;

/// A JSON text in the making. The caller nests objects and arrays properly; commas are set here.
#[derive(Debug)]
pub(super) struct Json {
    out: Vec<u8>,
    /// Texts of the days written last, by the two low bits of the day: rows of one page share few days.
    days: [(Day, [u8; 10]); 4],
}

impl Json {
    /// An empty text with room for so many bytes.
    pub(super) fn with_capacity(bytes: usize) -> Self {
        let epoch = (Day(0), *b"1970-01-01");
        // Day 0 has low bits 0, so that the other three entries hit for no day until they are written.
        Self { out: Vec::with_capacity(bytes), days: [epoch; 4] }
    }

    /// The finished text.
    pub(super) fn into_bytes(self) -> Vec<u8> {
        self.out
    }

    /// Bytes so far.
    pub(super) const fn len(&self) -> usize {
        self.out.len()
    }

    /// Makes room for so many rows in all, after the first of them has been written.
    pub(super) fn reserve_for(&mut self, rows: usize) {
        self.out.reserve(rows * (self.out.len() + 16));
    }

    /// Begins an object, as a member or an element.
    pub(super) fn begin_object(&mut self) {
        self.separate();
        self.out.push(b'{');
    }

    /// Ends the innermost object.
    pub(super) fn end_object(&mut self) {
        self.out.push(b'}');
    }

    /// Opens the object again that has been ended last, for further members.
    pub(super) fn reopen_object(&mut self) {
        if self.out.last() == Some(&b'}') {
            self.out.pop();
        }
    }

    /// Begins an array, as a member or an element.
    pub(super) fn begin_array(&mut self) {
        self.separate();
        self.out.push(b'[');
    }

    /// Ends the innermost array.
    pub(super) fn end_array(&mut self) {
        self.out.push(b']');
    }

    /// Writes a member's name; its value must follow. `name` needs no escaping.
    pub(super) fn key(&mut self, name: &'static str) {
        self.separate();
        self.out.push(b'"');
        self.out.extend_from_slice(name.as_bytes());
        self.out.extend_from_slice(b"\":");
    }

    /// Writes a member's name that came from outside.
    pub(super) fn foreign_key(&mut self, name: &str) {
        self.separate();
        self.quote(name);
        self.out.push(b':');
    }

    /// A comma, where something stands before on the same level.
    fn separate(&mut self) {
        if !matches!(self.out.last(), None | Some(b'{' | b'[' | b':')) {
            self.out.push(b',');
        }
    }

    /// Bytes as they are: a finished piece of JSON, or the constant parts of a row.
    pub(super) fn raw(&mut self, piece: &[u8]) {
        self.out.extend_from_slice(piece);
    }

    /// A member that is a text.
    pub(super) fn text(&mut self, name: &'static str, value: &str) {
        self.key(name);
        self.quote(value);
    }

    /// An element that is a text.
    pub(super) fn text_element(&mut self, value: &str) {
        self.separate();
        self.quote(value);
    }

    /// A member that is a number.
    pub(super) fn number(&mut self, name: &'static str, value: f64) {
        self.key(name);
        self.write_number(value);
    }

    /// A member that is a number, left out where the source does not tell it.
    pub(super) fn number_if_told(&mut self, name: &'static str, value: Option<f64>) {
        if let Some(value) = value {
            self.number(name, value);
        }
    }

    /// A member that is true or false.
    pub(super) fn boolean(&mut self, name: &'static str, value: bool) {
        self.key(name);
        self.out.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// A member that is an instant.
    pub(super) fn time(&mut self, name: &'static str, value: Time) {
        self.key(name);
        self.out.push(b'"');
        self.write_time(value);
        self.out.push(b'"');
    }

    /// A member that is a civil day.
    pub(super) fn day(&mut self, name: &'static str, value: Day) {
        self.key(name);
        self.out.push(b'"');
        let text = self.day_text(value);
        self.out.extend_from_slice(&text);
        self.out.push(b'"');
    }

    /// The member `tzOffset`, left out where the offset is not known.
    pub(super) fn offset(&mut self, value: Option<Offset>) {
        if let Some(value) = value {
            self.key("tzOffset");
            self.out.push(b'"');
            value.write(&mut self.out);
            self.out.push(b'"');
        }
    }

    /// A member that is an id.
    pub(super) fn id<const N: usize>(&mut self, name: &'static str, value: &[u8; N]) {
        self.key(name);
        self.out.push(b'"');
        self.write_hex(value);
        self.out.push(b'"');
    }

    /// Lowercase hex digits.
    pub(super) fn write_hex(&mut self, bytes: &[u8]) {
        let start = self.out.len();
        self.out.resize(start + 2 * bytes.len(), b'0');
        self.set_hex(start, bytes);
    }

    /// Lowercase hex digits in place of what has been written there.
    pub(super) fn set_hex(&mut self, at: usize, bytes: &[u8]) {
        const PAIRS: [[u8; 2]; 256] = {
            let digits = b"0123456789abcdef";
            let mut pairs = [[0; 2]; 256];
            let mut n = 0;
            while n < 256 {
                pairs[n] = [digits[n / 16], digits[n % 16]];
                n += 1;
            }
            pairs
        };
        for (pair, byte) in self.out[at..].chunks_exact_mut(2).zip(bytes) {
            pair.copy_from_slice(&PAIRS[usize::from(*byte)]);
        }
    }

    /// A number, whole ones without a fraction. What is not finite is `null`, so that the text stays JSON; the data
    /// road refuses such values long before.
    pub(super) fn write_number(&mut self, value: f64) {
        let whole = value as i64;
        if value - whole as f64 == 0.0 && value.abs() <= EXACT_WHOLE {
            self.out.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes());
        } else if value.is_finite() {
            self.out.extend_from_slice(ryu::Buffer::new().format_finite(value).as_bytes());
        } else {
            self.out.extend_from_slice(b"null");
        }
    }

    /// `YYYY-MM-DDTHH:MM:SS.mmmZ`, without quotes.
    pub(super) fn write_time(&mut self, time: Time) {
        let text = self.time_text(time);
        self.out.extend_from_slice(&text);
    }

    /// A time in place of one that has been written there.
    pub(super) fn set_time(&mut self, at: usize, time: Time) {
        let text = self.time_text(time);
        self.out[at..at + text.len()].copy_from_slice(&text);
    }

    fn time_text(&mut self, time: Time) -> [u8; 24] {
        let mut text = *b"0000-00-00T00:00:00.000Z";
        let day = time.utc_day();
        text[..10].copy_from_slice(&self.day_text(day));
        // Below a day, so that it fits, and 32-bit arithmetic is enough.
        let ms = time.since_ms(day.start_utc()) as u32;
        text[11..13].copy_from_slice(&two_digits(ms / 3_600_000));
        text[14..16].copy_from_slice(&two_digits(ms / 60_000 % 60));
        text[17..19].copy_from_slice(&two_digits(ms / 1000 % 60));
        text[20] = b'0' + (ms % 1000 / 100) as u8;
        text[21..23].copy_from_slice(&two_digits(ms % 100));
        text
    }

    fn day_text(&mut self, day: Day) -> [u8; 10] {
        let entry = &mut self.days[(day.0 & 3) as usize];
        if entry.0 != day {
            let mut text = Vec::with_capacity(10);
            day.write(&mut text);
            *entry = (day, text.try_into().unwrap_or(*b"0000-00-00"));
        }
        entry.1
    }

    /// A text in quotes, escaped where JSON asks for it (RFC 8259, section 7).
    fn quote(&mut self, text: &str) {
        self.out.push(b'"');
        if text.bytes().all(|b| b >= 0x20 && b != b'"' && b != b'\\') {
            self.out.extend_from_slice(text.as_bytes());
        } else {
            self.escape(text);
        }
        self.out.push(b'"');
    }

    fn escape(&mut self, text: &str) {
        for byte in text.bytes() {
            match byte {
                b'"' | b'\\' => self.out.extend_from_slice(&[b'\\', byte]),
                b'\n' => self.out.extend_from_slice(b"\\n"),
                b'\r' => self.out.extend_from_slice(b"\\r"),
                b'\t' => self.out.extend_from_slice(b"\\t"),
                0..=0x1f => {
                    self.out.extend_from_slice(b"\\u00");
                    self.write_hex(&[byte]);
                }
                _ => self.out.push(byte),
            }
        }
    }
}

/// A number below 100.
const fn two_digits(n: u32) -> [u8; 2] {
    [b'0' + (n / 10) as u8, b'0' + (n % 10) as u8]
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn written(write: impl FnOnce(&mut Json)) -> String {
        let mut json = Json::with_capacity(64);
        write(&mut json);
        String::from_utf8(json.into_bytes()).expect("UTF-8")
    }

    #[test]
    fn numbers_are_written_as_in_the_documented_samples() {
        for (value, text) in [
            (1720.0, "1720"),
            (72.8, "72.8"),
            (0.0, "0"),
            (-0.0, "0"),
            (-3.5, "-3.5"),
            (0.1, "0.1"),
            (9_007_199_254_740_992.0, "9007199254740992"),
            (1e300, "1e300"),
            (f64::NAN, "null"),
            (f64::INFINITY, "null"),
        ] {
            assert_eq!(written(|j| j.write_number(value)), text);
        }
    }

    #[test]
    fn members_and_elements_are_separated() {
        let text = written(|j| {
            j.begin_array();
            for _ in 0..2 {
                j.begin_object();
                j.text("a", "{");
                j.number("b", 1.0);
                j.key("c");
                j.begin_object();
                j.end_object();
                j.key("d");
                j.begin_array();
                j.text_element("x");
                j.text_element("y");
                j.end_array();
                j.end_object();
            }
            j.end_array();
        });
        let one = r#"{"a":"{","b":1,"c":{},"d":["x","y"]}"#;
        assert_eq!(text, format!("[{one},{one}]"));
    }

    #[test]
    fn hostile_texts_are_escaped() {
        let text = written(|j| j.text_element("a\"\\\n\u{1}</script>é😀"));
        assert_eq!(text, "\"a\\\"\\\\\\n\\u0001</script>é😀\"");
    }

    proptest! {
        #[test]
        fn any_text_reads_back(text in ".*") {
            let json = written(|j| j.text_element(&text));
            prop_assert_eq!(serde_json::from_str::<String>(&json).expect("JSON"), text);
        }

        #[test]
        fn any_number_reads_back(value in proptest::num::f64::NORMAL | proptest::num::f64::ZERO) {
            let json = written(|j| j.write_number(value));
            let back: f64 = json.parse().expect("number");
            // Minus zero is written as zero.
            prop_assert_eq!(back.to_bits(), (value + 0.0).to_bits(), "{}", json);
        }

        // 1900 to 2200, and the same instants again through the memory of days.
        #[test]
        fn any_time_is_written_as_the_model_does(times in prop::collection::vec(-2_208_988_800_000_i64..7_258_118_400_000, 1..12)) {
            let mut json = Json::with_capacity(64);
            let mut expected = String::new();
            for ms in times.iter().chain(&times) {
                json.write_time(Time(*ms));
                expected.push_str(&Time(*ms).to_iso());
            }
            prop_assert_eq!(String::from_utf8(json.into_bytes()).expect("UTF-8"), expected);
        }
    }
}
