//! Query parameters of lists of the application API.

use url::form_urlencoded;

use crate::ApiError;

/// A parameter's value; `None` when it is absent or empty. Twice with different values is a conflict.
pub(super) fn text(raw_query: &str, name: &str) -> Result<Option<String>, ApiError> {
    let mut found: Option<String> = None;
    for (_, value) in form_urlencoded::parse(raw_query.as_bytes()).filter(|(n, v)| n == name && !v.is_empty()) {
        if found.as_ref().is_some_and(|before| *before != *value) {
            return Err(ApiError::bad_request(
                "conflicting_parameter",
                "Conflicting Parameter",
                format!("The parameter {name} is given more than once with different values."),
            ));
        }
        found = Some(value.into_owned());
    }
    Ok(found)
}

/// `limit`: `usual` if nothing is said, at least 1, cut to `most`.
pub(super) fn limit(raw_query: &str, usual: u32, most: u32) -> Result<u32, ApiError> {
    let Some(text) = text(raw_query, "limit")? else { return Ok(usual) };
    let digits = text.bytes().all(|b| b.is_ascii_digit());
    let number = digits.then(|| text.parse().unwrap_or(u32::MAX)).filter(|number| *number > 0);
    number.map(|number| number.min(most)).ok_or_else(|| {
        ApiError::bad_request(
            "invalid_parameter",
            "Invalid Parameter",
            format!("The parameter limit must be a whole number from 1 to {most}."),
        )
    })
}
