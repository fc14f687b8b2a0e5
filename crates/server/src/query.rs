//! `name=value&…` as browsers and old clients write it: percent-decoded exactly once, `+` is a blank, strict UTF-8.
use percent_encoding::percent_decode;

/// Bytes that are no UTF-8 once decoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotUtf8;

/// The pairs of a query or a form, in order. A name without `=` has an empty value; empty parts are left out.
pub fn pairs(text: &str) -> Result<Vec<(String, String)>, NotUtf8> {
    text.split('&')
        .filter(|part| !part.is_empty())
        .map(|part| {
            let (name, value) = part.split_once('=').unwrap_or((part, ""));
            Ok((decode(name)?, decode(value)?))
        })
        .collect()
}

fn decode(text: &str) -> Result<String, NotUtf8> {
    let blanks: Vec<u8> = text.bytes().map(|b| if b == b'+' { b' ' } else { b }).collect();
    percent_decode(&blanks).decode_utf8().map(std::borrow::Cow::into_owned).map_err(|_| NotUtf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn decoded_once() {
        let read = pairs("a=1&&b=x%2By+z&c&d=%25252F&e=http://h/p?q=r&=v").expect("utf-8");
        let read: Vec<(&str, &str)> = read.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
        assert_eq!(read, [("a", "1"), ("b", "x+y z"), ("c", ""), ("d", "%252F"), ("e", "http://h/p?q=r"), ("", "v")]);
        assert_eq!(pairs("a=%C3%28"), Err(NotUtf8));
        // A percent sign that encodes nothing stands for itself.
        assert_eq!(pairs("a=100%"), Ok(vec![("a".into(), "100%".into())]));
    }
}
