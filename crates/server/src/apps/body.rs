//! Bodies of the application API that are more than a few texts.

use axum::body::to_bytes;
use axum::extract::Request;
use axum::http::StatusCode;
use serde::de::DeserializeOwned;

use crate::ApiError;

/// Longest body, bytes.
const MAX_BODY: usize = 16 * 1024;

/// Reads a JSON object with the members of `T` and no others. An empty body is an empty object.
pub(super) async fn read<T: DeserializeOwned>(request: Request) -> Result<T, ApiError> {
    let bytes = to_bytes(request.into_body(), MAX_BODY).await.map_err(|_| {
        ApiError::new(
            StatusCode::PAYLOAD_TOO_LARGE,
            "body_too_large",
            "Body Too Large",
            "The body is larger than this endpoint takes (16 KiB).",
        )
    })?;
    let bytes: &[u8] = if bytes.iter().all(u8::is_ascii_whitespace) { b"{}" } else { &bytes };
    let mut json = serde_json::Deserializer::from_slice(bytes);
    // An array would be read as the members in their order.
    let object = bytes.iter().find(|b| !b.is_ascii_whitespace()) == Some(&b'{');
    let read = if object {
        serde_path_to_error::deserialize(&mut json).map_err(|error| error.path().to_string())
    } else {
        Err(".".to_owned())
    };
    let whole = read.and_then(|read| json.end().map(|()| read).map_err(|_| ".".to_owned()));
    whole.map_err(|path| {
        // The path names members of ours, or one that was sent: such are left out.
        let at =
            if path.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'[' | b']' | b'.')) && path.len() < 40 {
                path
            } else {
                ".".to_owned()
            };
        let detailed = if at == "." {
            "The body has to be a JSON object with the documented members and no others.".to_owned()
        } else {
            format!(
                "The body has to be a JSON object with the documented members; {at} is not of its type, or not known."
            )
        };
        ApiError::bad_request("invalid_body", "Invalid Body", detailed)
    })
}
