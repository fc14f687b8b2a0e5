//! Bodies that may be compressed.

use std::borrow::Cow;
use std::io::Read as _;

use axum::http::{HeaderMap, StatusCode, header};
use flate2::read::MultiGzDecoder;

use crate::ApiError;

/// Largest body after decompression, bytes.
const MAX_PLAIN: u64 = 64 * 1024 * 1024;

/// The body as it was before compression. Decompression stops at the limit, so that a small body can not become an
/// endless one.
pub(super) fn plain<'a>(headers: &HeaderMap, body: &'a [u8]) -> Result<Cow<'a, [u8]>, ApiError> {
    let mut codings = headers.get_all(header::CONTENT_ENCODING).iter();
    match (codings.next().map(|coding| coding.as_bytes().to_ascii_lowercase()), codings.next()) {
        (None, _) => Ok(Cow::Borrowed(body)),
        (Some(coding), None) if coding == b"identity" => Ok(Cow::Borrowed(body)),
        (Some(coding), None) if coding == b"gzip" || coding == b"x-gzip" => {
            let mut plain = Vec::new();
            let read = MultiGzDecoder::new(body).take(MAX_PLAIN + 1).read_to_end(&mut plain);
            if read.is_err() {
                return Err(ApiError::bad_request(
                    "invalid_body",
                    "Invalid Body",
                    "Content-Encoding says gzip, and the body is none, or not all of it.",
                ));
            }
            if plain.len() as u64 > MAX_PLAIN {
                return Err(too_large());
            }
            Ok(Cow::Owned(plain))
        }
        _ => Err(ApiError::new(
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "unsupported_encoding",
            "Unsupported Encoding",
            "Send the body plain or with Content-Encoding: gzip.",
        )),
    }
}

/// A body that is larger than this door takes.
pub(super) fn too_large() -> ApiError {
    ApiError::new(
        StatusCode::PAYLOAD_TOO_LARGE,
        "body_too_large",
        "Body Too Large",
        "The body is larger than this endpoint takes (16 MiB as sent, 64 MiB decompressed). Send less at once.",
    )
}
