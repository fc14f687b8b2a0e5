//! Cutting JSON texts that we wrote ourselves (compact, well-formed) into rows and members without reading them in full.

use memchr::memchr2;

/// Calls with each element of an array. `None` where the text is none, or the call gives it.
pub(super) fn elements<'a>(text: &'a [u8], mut call: impl FnMut(&'a [u8]) -> Option<()>) -> Option<()> {
    let mut at = open(text, b'[', b']')?;
    while at < text.len() - 1 {
        let end = end_of_value(text, at)?;
        call(&text[at..end])?;
        at = behind(text, end)?;
    }
    Some(())
}

/// Calls with name (as written, without quotes) and value of each member of an object.
pub(super) fn members<'a>(text: &'a [u8], mut call: impl FnMut(&'a [u8], &'a [u8]) -> Option<()>) -> Option<()> {
    let mut at = open(text, b'{', b'}')?;
    while at < text.len() - 1 {
        let colon = end_of_text(text, at)?;
        let end = end_of_value(text, colon + 1)?;
        call(text.get(at + 1..colon - 1)?, &text[colon + 1..end])?;
        at = behind(text, end)?;
    }
    Some(())
}

/// Where the contents begin.
fn open(text: &[u8], first: u8, last: u8) -> Option<usize> {
    (text.len() >= 2 && text[0] == first && text[text.len() - 1] == last).then_some(1)
}

/// Behind the comma at `end`, or the end of the contents.
fn behind(text: &[u8], end: usize) -> Option<usize> {
    match text.get(end)? {
        b',' => Some(end + 1),
        _ if end == text.len() - 1 => Some(end),
        _ => None,
    }
}

/// Behind the value that begins at `at`.
fn end_of_value(text: &[u8], mut at: usize) -> Option<usize> {
    let mut depth = 0_usize;
    loop {
        match text.get(at)? {
            b'"' => at = end_of_text(text, at)?,
            b'{' | b'[' => {
                depth += 1;
                at += 1;
                continue;
            }
            b'}' | b']' if depth > 0 => {
                depth -= 1;
                at += 1;
            }
            b',' | b'}' | b']' if depth == 0 => return Some(at),
            _ => {
                at += 1;
                continue;
            }
        }
        if depth == 0 {
            return Some(at);
        }
    }
}

/// Behind the closing quote of the text that begins at `at`.
fn end_of_text(text: &[u8], at: usize) -> Option<usize> {
    let mut from = at + 1;
    loop {
        let found = from + memchr2(b'"', b'\\', text.get(from..)?)?;
        if text[found] == b'"' {
            return Some(found + 1);
        }
        from = found + 2;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cut(text: &str) -> Option<Vec<&str>> {
        let mut found = Vec::new();
        elements(text.as_bytes(), |element| {
            found.push(std::str::from_utf8(element).ok()?);
            Some(())
        })?;
        Some(found)
    }

    #[test]
    fn elements_by_hand() {
        assert_eq!(cut("[]"), Some(vec![]));
        assert_eq!(
            cut(r#"[1,"a,]\"\\",{"b":[{}]},[],null]"#),
            Some(vec!["1", r#""a,]\"\\""#, r#"{"b":[{}]}"#, "[]", "null"])
        );
        for bad in ["", "[", "{}", "[1", r#"["a]"#, "[{]", "[1}]"] {
            assert_eq!(cut(bad), None, "{bad}");
        }
    }

    #[test]
    fn members_by_hand() {
        let mut found = Vec::new();
        members(br#"{"a":"}","b":{"a":1},"c":-1.5}"#, |name, value| {
            found.push((name.to_vec(), value.to_vec()));
            Some(())
        })
        .expect("an object");
        let expected: [(&[u8], &[u8]); 3] = [(b"a", br#""}""#), (b"b", br#"{"a":1}"#), (b"c", b"-1.5")];
        assert_eq!(found, expected.map(|(name, value)| (name.to_vec(), value.to_vec())));
        for bad in [&b""[..], b"[]", b"{\"a\"", b"{\"a\":1]", b"{\"}"] {
            assert_eq!(members(bad, |_, _| Some(())), None, "{}", String::from_utf8_lossy(bad));
        }
    }
}
