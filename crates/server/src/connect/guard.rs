//! Where a POST of the page comes from.
use axum::http::header::ORIGIN;
use axum::http::{HeaderMap, StatusCode};
use hilum_engine::Config;

use crate::ApiError;

/// Refuses a POST from another origin, or from one that is hidden (`null`). The page secret in the body is the real
/// proof; this keeps a foreign page from acting with a secret of its own in somebody else's browser, which is how a
/// login would be pushed onto a stranger. Browsers that are too old to say where they are have the secret only.
pub(super) fn own_origin(config: &Config, headers: &HeaderMap) -> Result<(), ApiError> {
    let foreign = match headers.get(ORIGIN) {
        Some(origin) => origin.as_bytes() != config.origin().as_bytes(),
        None => headers.get("sec-fetch-site").is_some_and(|site| site != "same-origin"),
    };
    if foreign {
        return Err(ApiError::new(
            StatusCode::FORBIDDEN,
            "foreign_origin",
            "Foreign Origin",
            "This can only be done from the Connect page itself.",
        ));
    }
    Ok(())
}
