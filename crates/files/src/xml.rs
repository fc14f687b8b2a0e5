//! XML as a stream, bounded: no DTD is ever read, no entity but XML's own five is ever expanded, elements and depth have
//! limits, and an early end is told apart from damage.

use std::borrow::Cow;
use std::io::{self, BufRead, BufReader, Chain, Cursor, Read};

use quick_xml::Reader;
use quick_xml::errors::{Error, SyntaxError};
use quick_xml::events::{BytesStart, Event};

use crate::error::FileError;
use crate::limits::Limits;

/// Bytes that are read at a time.
const BLOCK: usize = 1 << 16;
/// Bytes before the root element: a DTD of Apple's has eight thousand.
const PROLOG: usize = 1 << 20;

/// One piece of a document.
#[derive(Debug)]
pub(crate) enum Node<'a> {
    /// An element begins.
    Start(Tag<'a>),
    /// An element without content.
    Empty(Tag<'a>),
    /// An element ends; so many are still open.
    End(usize),
    /// Text, entities resolved; a text with entities or CDATA comes in several pieces.
    Text(Cow<'a, str>),
    /// A comment or the like.
    Other,
    /// The document is over.
    Eof,
}

/// The beginning of an element.
#[derive(Debug)]
pub(crate) struct Tag<'a> {
    start: BytesStart<'a>,
    at: u64,
    depth: usize,
}

impl Tag<'_> {
    /// The element's name without a namespace prefix.
    pub(crate) fn name(&self) -> &str {
        let name = self.start.name().into_inner();
        name.rsplit_once(':').map_or(name, |(_, local)| local)
    }

    /// The element's depth; the root has 1.
    pub(crate) const fn depth(&self) -> usize {
        self.depth
    }

    /// The attributes in order, values as written.
    pub(crate) fn attributes(&self) -> Attributes<'_> {
        Attributes { rest: self.start.attributes_raw() }
    }

    /// An attribute's value with entities resolved.
    pub(crate) fn get(&self, name: &str) -> Result<Option<Cow<'_, str>>, FileError> {
        self.attributes().find(|(n, _)| *n == name).map(|(_, raw)| self.unescape(raw)).transpose()
    }

    /// A value with entities resolved.
    pub(crate) fn unescape<'v>(&self, raw: &'v str) -> Result<Cow<'v, str>, FileError> {
        unescape(raw, self.at)
    }
}

/// Resolves XML's own entities; any other is refused.
fn unescape(raw: &str, at: u64) -> Result<Cow<'_, str>, FileError> {
    if memchr::memchr(b'&', raw.as_bytes()).is_none() {
        return Ok(Cow::Borrowed(raw));
    }
    quick_xml::escape::unescape(raw).map_err(|_| FileError::Entity { at })
}

/// Goes over the attributes of an element: (name, value as written). Lenient, since names with blanks occur in exports
/// of old phones.
#[derive(Debug, Clone)]
pub(crate) struct Attributes<'a> {
    rest: &'a str,
}

impl<'a> Iterator for Attributes<'a> {
    type Item = (&'a str, &'a str);
    fn next(&mut self) -> Option<Self::Item> {
        let (name, rest) = self.rest.split_at_checked(memchr::memchr(b'=', self.rest.as_bytes())?)?;
        let rest = rest[1..].trim_ascii_start();
        let quote = *rest.as_bytes().first().filter(|q| matches!(q, b'"' | b'\''))?;
        let end = memchr::memchr(quote, &rest.as_bytes()[1..])? + 1;
        self.rest = &rest[end + 1..];
        Some((name.trim_ascii(), &rest[1..end]))
    }
}

/// An input with what was read of it before put back in front.
type Behind<R> = BufReader<Chain<Cursor<Vec<u8>>, R>>;

/// A document under way.
pub(crate) struct Xml<R> {
    reader: Reader<Guard<Behind<R>>>,
    buffer: Vec<u8>,
    /// Offset of the first byte that the reader saw.
    base: u64,
    depth: usize,
    max_depth: usize,
}

impl<R: Read> Xml<R> {
    /// Begins a document. Whatever stands before the root element is passed over, well-formed or not.
    pub(crate) fn new(mut input: R, limits: &Limits) -> Result<Self, FileError> {
        let (mut read, root) = read_prolog(&mut input)?;
        read.drain(..root);
        Ok(Self::over(read, input, limits, root as u64, 0))
    }

    /// Goes on inside a document, at the offset `base` of an input that stands there, within `depth` elements.
    pub(crate) fn resume(input: R, limits: &Limits, base: u64, depth: usize) -> Self {
        Self::over(Vec::new(), input, limits, base, depth)
    }

    fn over(read: Vec<u8>, input: R, limits: &Limits, base: u64, depth: usize) -> Self {
        let input = BufReader::with_capacity(BLOCK, Cursor::new(read).chain(input));
        let mut reader = Reader::from_reader(Guard { inner: input, used: 0, limit: limits.element });
        reader.config_mut().allow_unmatched_ends = depth > 0;
        Self { reader, buffer: Vec::new(), base, depth, max_depth: limits.depth }
    }

    /// Offset behind the last piece.
    pub(crate) const fn at(&self) -> u64 {
        self.base + self.reader.buffer_position()
    }

    /// The next piece.
    pub(crate) fn next(&mut self) -> Result<Node<'_>, FileError> {
        let at = self.at();
        self.buffer.clear();
        self.reader.get_mut().used = 0;
        let event = match self.reader.read_event_into(&mut self.buffer) {
            Ok(event) => event,
            Err(error) => return Err(from_xml(error, self.base + self.reader.error_position())),
        };
        Ok(match event {
            Event::Start(start) => {
                self.depth += 1;
                if self.depth > self.max_depth {
                    return Err(FileError::TooMany {
                        what: "elements inside each other",
                        limit: self.max_depth as u64,
                    });
                }
                Node::Start(Tag { start, at, depth: self.depth })
            }
            Event::Empty(start) => Node::Empty(Tag { start, at, depth: self.depth + 1 }),
            Event::End(_) => {
                self.depth = self.depth.checked_sub(1).ok_or(FileError::Malformed { what: "an end tag", at })?;
                Node::End(self.depth)
            }
            Event::Text(text) => Node::Text(text.into_inner()),
            Event::CData(text) => Node::Text(text.into_inner()),
            Event::GeneralRef(name) => {
                let text = unescape(&format!("&{};", &*name), at)?.into_owned();
                Node::Text(Cow::Owned(text))
            }
            Event::Eof if self.depth > 0 => return Err(FileError::Truncated { at }),
            Event::Eof => Node::Eof,
            Event::DocType(_) => return Err(FileError::Malformed { what: "a DOCTYPE inside", at }),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) => Node::Other,
        })
    }
}

fn from_xml(error: Error, at: u64) -> FileError {
    match error {
        Error::Io(error) => match std::sync::Arc::try_unwrap(error) {
            Ok(error) => FileError::from_io(error, at),
            Err(shared) => FileError::Io(io::Error::new(shared.kind(), "read failed")),
        },
        Error::Syntax(SyntaxError::InvalidBangMarkup) => FileError::Malformed { what: "unknown markup", at },
        // All others mean that the input ended within something.
        Error::Syntax(_) => FileError::Truncated { at },
        Error::IllFormed(quick_xml::errors::IllFormedError::UnclosedReference) => FileError::Entity { at },
        Error::IllFormed(_) => FileError::Malformed { what: "tags that do not match", at },
        Error::Encoding(_) => FileError::Malformed { what: "text that is not UTF-8", at },
        Error::InvalidAttr(_) | Error::Escape(_) | Error::Namespace(_) => {
            FileError::Malformed { what: "an attribute", at }
        }
    }
}

/// Bounds what one piece of a document may take.
struct Guard<B> {
    inner: B,
    used: usize,
    limit: usize,
}

impl<B: BufRead> Read for Guard<B> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = self.inner.read(buffer)?;
        self.used += read;
        Ok(read)
    }
}

impl<B: BufRead> BufRead for Guard<B> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if self.used > self.limit {
            return Err(FileError::TooLong { what: "piece", limit: self.limit as u64 }.into());
        }
        self.inner.fill_buf()
    }
    fn consume(&mut self, amount: usize) {
        self.used += amount;
        self.inner.consume(amount);
    }
}

/// Reads until the root element begins; gives what was read and where in it the root is.
fn read_prolog(input: &mut impl Read) -> Result<(Vec<u8>, usize), FileError> {
    let mut read = Vec::new();
    loop {
        let before = read.len() as u64;
        let more = input.by_ref().take(BLOCK as u64).read_to_end(&mut read);
        more.map_err(|error| FileError::from_io(error, before))?;
        if let Some(root) = root(&read) {
            return Ok((read, root));
        }
        if read.len() as u64 == before {
            return Err(FileError::Truncated { at: before });
        }
        if read.len() > PROLOG {
            return Err(FileError::TooLong { what: "prologue", limit: PROLOG as u64 });
        }
    }
}

/// Where the root element begins. Declarations of a DTD all begin with `<!` or `<?`, so the first `<` with a letter
/// behind it outside of a comment is the root. Some of Apple's DTDs are not well-formed, and none is needed.
fn root(bytes: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        at += memchr::memchr(b'<', bytes.get(at..)?)?;
        match bytes.get(at + 1)? {
            b'!' if bytes[at..].starts_with(b"<!--") => {
                at += 4 + memchr::memmem::find(&bytes[at + 4..], b"-->")?;
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | 0x80.. => return Some(at),
            _ => at += 1,
        }
    }
}

/// The name of a document's root element, from its first bytes: as the element says, or a DOCTYPE if the element is
/// further behind. Without a namespace prefix; `None` for what is no XML.
pub(crate) fn root_name(head: &[u8]) -> Option<&str> {
    let head = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    if !head.starts_with(b"<") {
        return None;
    }
    let rest = match root(head) {
        Some(at) => &head[at + 1..],
        None => head[memchr::memmem::find(head, b"<!DOCTYPE")? + 9..].trim_ascii_start(),
    };
    let end = rest.iter().position(|b| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'>' | b'/' | b'['))?;
    let name = std::str::from_utf8(&rest[..end]).ok()?;
    Some(name.rsplit_once(':').map_or(name, |(_, local)| local))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The pieces of a document: `<name` , `/`, text in quotes.
    fn pieces(document: &[u8], limits: &Limits) -> Result<String, FileError> {
        let mut xml = Xml::new(document, limits)?;
        let mut told = String::new();
        loop {
            match xml.next()? {
                Node::Start(tag) => {
                    told.extend(["<", tag.name()]);
                    for (name, raw) in tag.attributes() {
                        told.extend([" ", name, "=", &*tag.unescape(raw)?]);
                    }
                    told.push('>');
                }
                Node::Empty(tag) => told.extend(["<", tag.name(), "/>"]),
                Node::End(_) => told += "</>",
                Node::Text(text) => told += &text,
                Node::Other => told += "#",
                Node::Eof => return Ok(told),
            }
        }
    }

    #[test]
    fn documents() {
        let limits = Limits::default();
        let told = |text: &str| pieces(text.as_bytes(), &limits).expect("a document");
        assert_eq!(
            told("\u{feff}<?xml version='1.0'?>\n<a b=\"1 &lt; 2\" c d='x'>t&amp;u<b/><!-- - -->&#65;</a>\n"),
            "<a b=1 < 2 c d=x>t&u<b/>#A</>\n"
        );
        // A character that XML forbids, and exports of iOS 16 have.
        assert_eq!(told("<a b='\u{b}1'></a>"), "<a b=\u{b}1></>");
        assert_eq!(told("<x:a xmlns:x='u'><![CDATA[<&]]></x:a>"), "<a xmlns:x=u><&</>");
        // A DTD that is not well-formed, a comment that speaks of elements.
        assert_eq!(
            told("<!DOCTYPE a [ <!-- <a> --> <!ELEMENT a EMPTY <!ATTLIST a b \" > ] <a b='1'></a>"),
            "<a b=1></>"
        );
        assert_eq!(
            told("<a Health Mate App Version=\"2.6.0\" value=\"1\"></a>"),
            "<a Health Mate App Version=2.6.0 value=1></>"
        );
    }

    #[test]
    fn refusals() {
        let limits = Limits { element: 200_000, depth: 8, ..Limits::default() };
        let code = |text: &str| pieces(text.as_bytes(), &limits).expect_err("no document").code();
        for cut in [
            "",
            "<",
            "<a",
            "<a b=\"",
            "<a>",
            "<a>text",
            "<a><b></b>",
            "<a><!-- ",
            "<?xml version='1.0'?>",
            "<!DOCTYPE a [",
        ] {
            assert_eq!(code(cut), "file_truncated", "{cut}");
        }
        assert_eq!(code("<a></b>"), "file_malformed");
        assert_eq!(code("<a/></a>"), "file_malformed");
        assert_eq!(code("<a><!DOCTYPE a></a>"), "file_malformed");
        assert_eq!(code("<!DOCTYPE a [<!ENTITY lol 'ha'>]><a b='&lol;'></a>"), "file_entity");
        assert_eq!(code("<!DOCTYPE a [<!ENTITY lol 'ha'>]><a>&lol;</a>"), "file_entity");
        assert_eq!(code("<a>&lol</a>"), "file_entity");
        assert_eq!(code(&"<a>".repeat(9)), "file_too_many");
        assert_eq!(code(&format!("<a b='{}'/>", "x".repeat(400_000))), "file_too_long");
        assert_eq!(code(&format!("<a>{}", "x".repeat(400_000))), "file_too_long");
        assert_eq!(code(&format!("<!-- {}", "x".repeat(2 << 20))), "file_too_long");
        let bytes = pieces(b"<a>\xff</a>", &limits).expect_err("no UTF-8");
        assert_eq!(bytes.code(), "file_malformed");
    }

    #[test]
    fn roots() {
        for (head, name) in [
            ("<gpx version='1.1'>", Some("gpx")),
            ("\u{feff}<?xml version='1.0'?>\n<!-- c -->\n<ns:TrainingCenterDatabase\n", Some("TrainingCenterDatabase")),
            ("<?xml version='1.0'?><!DOCTYPE HealthData [\n<!ELEMENT HealthData (", Some("HealthData")),
            ("{\"a\":\"<b>\"}", None),
            ("<", None),
        ] {
            assert_eq!(root_name(head.as_bytes()), name, "{head}");
        }
    }

    #[test]
    fn positions_let_it_go_on() {
        let text = "<?xml version='1.0'?><r><a/><b>1</b><c/></r>";
        let mut xml = Xml::new(text.as_bytes(), &Limits::default()).expect("a document");
        for _ in 0..2 {
            xml.next().expect("r, a");
        }
        let at = xml.at() as usize;
        assert_eq!(&text[at..at + 2], "<b");
        let mut rest = Xml::resume(&text.as_bytes()[at..], &Limits::default(), at as u64, 1);
        assert!(matches!(rest.next().expect("b"), Node::Start(tag) if tag.name() == "b"));
        let mut open = 1;
        loop {
            match rest.next().expect("the rest") {
                Node::End(left) => open = left,
                Node::Eof => break,
                _ => {}
            }
        }
        assert_eq!((rest.at() as usize, open), (text.len(), 0));
    }
}
