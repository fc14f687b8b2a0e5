//! Content codings: answers of some size are compressed where the caller takes it (RFC 9110, section 12.5.3).
//!
//! Handlers say which answers may be: those that hold no secret of ours, so that nobody can find one out by watching sizes
//! (BREACH). Connect pages, tokens and webhooks' secrets are never compressed; live streams have no end and are not either.
//! The whole body is there, so it is compressed at once, a large one on a thread that may block.
//! `docs/decisions/0019-compressing-in-place.md` says why.

use std::io::Write as _;

use axum::body::{Body, HttpBody as _, to_bytes};
use axum::http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, ETAG, VARY};
use axum::http::{HeaderMap, HeaderValue, Method, StatusCode};
use axum::response::{IntoResponse as _, Response};
use bytes::Bytes;

use crate::ApiError;

/// Bodies below this stay as they are: they fit into a packet anyway.
const LEAST: u64 = 1024;
/// Bodies up to this are compressed where they are, in some hundred microseconds.
const AT_ONCE: u64 = 16 * 1024;

/// A coding, the better one first where the caller likes several the same.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Coding {
    Zstd,
    Brotli,
    Gzip,
}

impl Coding {
    const ALL: [Self; 3] = [Self::Zstd, Self::Brotli, Self::Gzip];

    const fn name(self) -> &'static str {
        match self {
            Self::Zstd => "zstd",
            Self::Brotli => "br",
            Self::Gzip => "gzip",
        }
    }

    fn compress(self, plain: &[u8]) -> std::io::Result<Vec<u8>> {
        match self {
            Self::Zstd => zstd::bulk::compress(plain, 3),
            Self::Brotli => {
                // Beyond this quality the time grows faster than the answer shrinks.
                let mut encoder = brotli::CompressorWriter::new(Vec::with_capacity(plain.len() / 4), 4096, 4, 20);
                encoder.write_all(plain)?;
                encoder.flush()?;
                Ok(encoder.into_inner())
            }
            Self::Gzip => {
                let out = Vec::with_capacity(plain.len() / 4);
                let mut encoder = flate2::write::GzEncoder::new(out, flate2::Compression::new(4));
                encoder.write_all(plain)?;
                encoder.finish()
            }
        }
    }
}

/// What an answer that may be compressed depends on; by its `Vary` it is known as one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Varies {
    ByCoding,
    ByFormAndCoding,
}

impl Varies {
    const fn text(self) -> &'static str {
        match self {
            Self::ByCoding => "Accept-Encoding",
            Self::ByFormAndCoding => "Accept, Accept-Encoding",
        }
    }
}

/// Marks an answer without a secret of ours; to be called by its handler.
pub(crate) fn allow(response: &mut Response, varies: Varies) {
    response.headers_mut().insert(VARY, HeaderValue::from_static(varies.text()));
}

fn is_allowed(response: &Response) -> bool {
    let vary = response.headers().get(VARY);
    vary.is_some_and(|vary| [Varies::ByCoding, Varies::ByFormAndCoding].iter().any(|varies| vary == varies.text()))
}

/// A quality in thousandths; 0 where it is malformed.
pub(crate) fn thousandths(text: &str) -> u16 {
    let (whole, fraction) = text.trim().split_once('.').unwrap_or((text.trim(), ""));
    let digits = fraction.len() <= 3 && fraction.bytes().all(|b| b.is_ascii_digit());
    let fraction = format!("{fraction:0<3}").parse::<u16>().ok().filter(|_| digits);
    match (whole, fraction) {
        ("0", Some(n)) => n,
        ("1", Some(0)) => 1000,
        _ => 0,
    }
}

/// The coding that a caller likes best; `None` for none.
pub(crate) fn accepted(headers: &HeaderMap) -> Option<Coding> {
    if !headers.contains_key(ACCEPT_ENCODING) {
        return None;
    }
    let mut named: [Option<u16>; Coding::ALL.len()] = [None; Coding::ALL.len()];
    let (mut others, mut identity) = (0, None);
    let texts = headers.get_all(ACCEPT_ENCODING).iter().filter_map(|value| value.to_str().ok());
    for part in texts.flat_map(|text| text.split(',')) {
        let mut parts = part.split(';').map(str::trim);
        let name = parts.next().unwrap_or_default().to_ascii_lowercase();
        let quality = parts
            .find_map(|part| part.strip_prefix("q=").or_else(|| part.strip_prefix("Q=")))
            .map_or(1000, thousandths);
        match name.as_str() {
            "*" => others = quality,
            "identity" => identity = Some(quality),
            "x-gzip" => named[2] = Some(quality),
            name => {
                if let Some(place) = Coding::ALL.iter().position(|coding| coding.name() == name) {
                    named[place] = Some(quality);
                }
            }
        }
    }
    let mut best: Option<(u16, Coding)> = None;
    for (coding, quality) in Coding::ALL.into_iter().zip(named) {
        let quality = quality.unwrap_or(others);
        if quality > 0 && best.is_none_or(|(before, _)| quality > before) {
            best = Some((quality, coding));
        }
    }
    best.filter(|(quality, _)| identity.is_none_or(|identity| *quality >= identity)).map(|(_, coding)| coding)
}

/// The coding for an answer, if it is to be compressed. An answer to `HEAD` gets the headers that `GET` would have.
pub(crate) fn wanted(method: &Method, coding: Option<Coding>, response: &mut Response) -> Option<Coding> {
    let coding = coding.filter(|_| is_allowed(response))?;
    if response.status() != StatusCode::OK || response.headers().contains_key(CONTENT_ENCODING) {
        return None;
    }
    if *method == Method::HEAD {
        let length = response.headers().get(CONTENT_LENGTH).and_then(|n| n.to_str().ok()?.parse::<u64>().ok());
        if length.is_some_and(|length| length >= LEAST) {
            // How long the compressed body is, is not known without it.
            response.headers_mut().remove(CONTENT_LENGTH);
            mark(response.headers_mut(), coding);
        }
        return None;
    }
    response.body().size_hint().exact().filter(|length| *length >= LEAST).map(|_| coding)
}

/// Compresses an answer if the caller takes it and its handler allows it.
pub(crate) async fn applied(method: &Method, coding: Option<Coding>, mut response: Response) -> Response {
    match wanted(method, coding, &mut response) {
        Some(coding) => encode(response, coding).await,
        None => response,
    }
}

/// Compresses an answer of which [`wanted`] said so.
pub(crate) async fn encode(response: Response, coding: Coding) -> Response {
    let (parts, body) = response.into_parts();
    let length = body.size_hint().exact().unwrap_or_default();
    // The body is in memory: this neither waits nor copies.
    let Ok(plain) = to_bytes(body, usize::MAX).await else { return failed() };
    let compressed = if length <= AT_ONCE {
        coding.compress(&plain)
    } else {
        let plain = plain.clone();
        match tokio::task::spawn_blocking(move || coding.compress(&plain)).await {
            Ok(result) => result,
            Err(_) => return failed(),
        }
    };
    let Ok(compressed) = compressed else { return failed() };
    let mut response = Response::from_parts(parts, Body::empty());
    if compressed.len() < plain.len() {
        response.headers_mut().remove(CONTENT_LENGTH);
        mark(response.headers_mut(), coding);
        *response.body_mut() = Body::from(Bytes::from(compressed));
    } else {
        *response.body_mut() = Body::from(plain);
    }
    response
}

/// Tells the coding. A strong entity tag names bytes, and these are others now: it becomes a weak one.
fn mark(headers: &mut HeaderMap, coding: Coding) {
    headers.insert(CONTENT_ENCODING, HeaderValue::from_static(coding.name()));
    if let Some(tag) = headers.get(ETAG).and_then(|tag| tag.to_str().ok()).filter(|tag| !tag.starts_with("W/"))
        && let Ok(weak) = HeaderValue::try_from(format!("W/{tag}"))
    {
        headers.insert(ETAG, weak);
    }
}

fn failed() -> Response {
    tracing::error!("an answer could not be compressed");
    ApiError::server_error().into_response()
}

#[cfg(test)]
mod tests {
    use std::io::Read as _;

    use super::*;

    fn choice(value: &str) -> Option<Coding> {
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT_ENCODING, HeaderValue::from_str(value).expect("header"));
        accepted(&headers)
    }

    #[test]
    fn what_the_caller_likes_best() {
        assert_eq!(accepted(&HeaderMap::new()), None);
        for (value, expected) in [
            ("", None),
            ("identity", None),
            ("gzip", Some(Coding::Gzip)),
            ("x-gzip", Some(Coding::Gzip)),
            ("GZIP", Some(Coding::Gzip)),
            ("gzip, deflate, br, zstd", Some(Coding::Zstd)),
            ("gzip, deflate, br", Some(Coding::Brotli)),
            ("gzip;q=1.0, br;q=0.5, zstd;q=0", Some(Coding::Gzip)),
            ("*", Some(Coding::Zstd)),
            ("*;q=0.1, gzip;q=0.2", Some(Coding::Gzip)),
            ("gzip;q=0", None),
            ("gzip;q=0.5, identity;q=0.9", None),
            ("gzip;q=0.5, identity;q=0.5", Some(Coding::Gzip)),
            ("deflate", None),
            ("gzip;q=2", None),
            ("gzip;q=0.0001", None),
        ] {
            assert_eq!(choice(value), expected, "{value}");
        }
    }

    #[test]
    fn qualities() {
        for (text, expected) in [("1", 1000), ("1.000", 1000), ("0.5", 500), ("0.05", 50), ("0", 0), ("0.", 0)] {
            assert_eq!(thousandths(text), expected, "{text}");
        }
        for bad in ["", "2", "1.1", "-1", "0.1234", ".5", "0.+5", "x"] {
            assert_eq!(thousandths(bad), 0, "{bad}");
        }
    }

    fn read(coding: Coding, bytes: &[u8]) -> Vec<u8> {
        let mut plain = Vec::new();
        match coding {
            Coding::Zstd => plain = zstd::decode_all(bytes).expect("zstd"),
            Coding::Brotli => {
                brotli::Decompressor::new(bytes, 4096).read_to_end(&mut plain).expect("brotli");
            }
            Coding::Gzip => {
                flate2::read::GzDecoder::new(bytes).read_to_end(&mut plain).expect("gzip");
            }
        }
        plain
    }

    fn response(body: &[u8]) -> Response {
        let mut response = Response::new(Body::from(body.to_vec()));
        response.headers_mut().insert(ETAG, HeaderValue::from_static("\"a\""));
        allow(&mut response, Varies::ByCoding);
        response
    }

    #[tokio::test]
    async fn every_coding_reads_back_at_every_size() {
        for coding in Coding::ALL {
            for length in [LEAST as usize, AT_ONCE as usize, AT_ONCE as usize + 1, 300_000] {
                let body: Vec<u8> = b"{\"value\":72}".iter().copied().cycle().take(length).collect();
                let mut answer = response(&body);
                assert_eq!(wanted(&Method::GET, Some(coding), &mut answer), Some(coding));
                let answer = encode(answer, coding).await;
                assert_eq!(answer.headers()[CONTENT_ENCODING], coding.name());
                assert_eq!(answer.headers()[ETAG], "W/\"a\"");
                assert_eq!(answer.headers()[VARY], "Accept-Encoding");
                let sent = to_bytes(answer.into_body(), usize::MAX).await.expect("body");
                assert!(sent.len() < length);
                assert_eq!(read(coding, &sent), body);
            }
        }
    }

    #[tokio::test]
    async fn what_does_not_shrink_is_sent_as_it_is() {
        // Bytes without a pattern: the digits of a generator.
        let mut state = 1_u32;
        let body: Vec<u8> = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            (state >> 24) as u8
        })
        .take(2000)
        .collect();
        let answer = encode(response(&body), Coding::Gzip).await;
        assert!(!answer.headers().contains_key(CONTENT_ENCODING));
        assert_eq!(answer.headers()[ETAG], "\"a\"");
        assert_eq!(to_bytes(answer.into_body(), usize::MAX).await.expect("body"), body);
    }

    #[test]
    fn what_is_left_alone() {
        let long = vec![b'a'; 5000];
        let gzip = Some(Coding::Gzip);
        assert_eq!(wanted(&Method::GET, None, &mut response(&long)), None, "not asked for");
        assert_eq!(wanted(&Method::GET, gzip, &mut response(&long[..1023])), None, "short");
        assert_eq!(wanted(&Method::GET, gzip, &mut Response::new(Body::from(long.clone()))), None, "not allowed");
        let mut error = response(&long);
        *error.status_mut() = StatusCode::NOT_FOUND;
        assert_eq!(wanted(&Method::GET, gzip, &mut error), None, "an error");
        let mut done = response(&long);
        done.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static("br"));
        assert_eq!(wanted(&Method::GET, gzip, &mut done), None, "compressed already");
        let mut head = Response::new(Body::empty());
        allow(&mut head, Varies::ByCoding);
        head.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from_static("5000"));
        assert_eq!(wanted(&Method::HEAD, gzip, &mut head), None, "no body");
        assert!(!head.headers().contains_key(CONTENT_LENGTH));
        assert_eq!(head.headers()[CONTENT_ENCODING], "gzip");
    }
}
