//! The address of the Connect page, in every spelling that published clients use.
use hilum_engine::enrol::Launch;
use hilum_model::{Phi, Secret};

use crate::{ApiError, query};

/// Canonical name and spellings of each parameter that means something here. connect.js and the iOS SDK write
/// camelCase, the Android SDK and Cordova snake_case, and both spellings occur at both addresses. Others (`style`,
/// `test`, `devPortal`, `sessionToken` with its stray blank, …) are taken and not needed.
const NAMES: [(&str, &[&str]); 8] = [
    ("clientId", &["clientId", "client_id"]),
    ("clientUserId", &["clientUserId", "client_user_id"]),
    ("publicToken", &["publicToken", "public_token"]),
    ("finishUrl", &["finishUrl", "finish_url"]),
    ("closeUrl", &["closeUrl", "close_url"]),
    ("sourceId", &["sourceId", "source_id"]),
    ("modal", &["modal"]),
    ("language", &["lang", "language"]),
];

/// What could be read, and why that is not all of it.
pub(super) struct Read {
    pub(super) launch: Launch,
    pub(super) problem: Option<ApiError>,
}

/// Reads the query. A parameter that is there twice with different values is refused by name: which of them the page's
/// author meant nobody knows. Its value is then left out, so that a later error page cannot be steered by it.
pub(super) fn read(query: Option<&str>, at_root: bool) -> Read {
    let mut problem = None;
    let pairs = query::pairs(query.unwrap_or_default()).unwrap_or_else(|_| {
        problem = Some(ApiError::bad_request(
            "invalid_parameters",
            "Invalid Parameters",
            "The address is not UTF-8. Put clientUserId through encodeURIComponent.",
        ));
        Vec::new()
    });
    let mut value = |canonical: &str| {
        let (_, spellings) = NAMES.iter().find(|(name, _)| *name == canonical)?;
        let mut values = pairs.iter().filter(|(n, v)| spellings.contains(&n.as_str()) && !v.is_empty()).map(|(_, v)| v);
        let first = values.next()?;
        if values.any(|other| other != first) {
            problem.get_or_insert_with(|| {
                ApiError::bad_request(
                    "conflicting_parameters",
                    "Conflicting Parameters",
                    format!("{canonical} is there more than once, with different values."),
                )
            });
            return None;
        }
        Some(first.clone())
    };
    let launch = Launch {
        client_id: value("clientId"),
        client_user_id: value("clientUserId").map(Phi::new),
        public_token: value("publicToken").map(Secret::new),
        finish_url: value("finishUrl"),
        close_url: value("closeUrl"),
        source_id: value("sourceId"),
        modal: value("modal").is_some_and(|v| v != "0" && v != "false"),
        at_root,
    };
    // The pages speak English only, whatever is asked for; but a contradiction is one.
    value("language");
    Read { launch, problem }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_spellings() {
        for query in [
            "clientUserId=a%40b.c&clientId=f0&publicToken=&sessionToken=%20abc&lang=en&modal=1",
            "client_id=f0&client_user_id=a%40b.c&modal=1&sessionToken=x&sessionToken=y",
            "client_id=f0&clientId=f0&client_user_id=a@b.c&modal=true",
        ] {
            let read = read(Some(query), true);
            assert_eq!(read.problem, None, "{query}");
            assert_eq!(read.launch.client_id.as_deref(), Some("f0"));
            assert_eq!(read.launch.client_user_id, Some(Phi::new("a@b.c".into())));
            assert!(read.launch.public_token.is_none() && read.launch.modal);
        }
    }

    #[test]
    fn ios_sends_its_addresses_raw() {
        let query = "finishUrl=https://connect-token&closeUrl=https://connect-closed&clientId=f0&clientUserId=u";
        let launch = read(Some(query), true).launch;
        assert_eq!(launch.finish_url.as_deref(), Some("https://connect-token"));
        assert_eq!(launch.close_url.as_deref(), Some("https://connect-closed"));
    }

    #[test]
    fn decoded_exactly_once() {
        let launch = read(Some("clientUserId=100%2525%20%F0%9F%A6%8A%2F..%2F%3Cscript%3E"), true).launch;
        assert_eq!(launch.client_user_id, Some(Phi::new("100%25 🦊/../<script>".into())));
    }

    #[test]
    fn contradictions_are_named_and_not_used() {
        for (query, name) in [
            ("clientId=a&clientId=b", "clientId"),
            ("clientId=a&client_id=b", "clientId"),
            ("clientUserId=a&client_user_id=b", "clientUserId"),
            ("publicToken=a&public_token=b", "publicToken"),
            ("finish_url=a&finishUrl=b", "finishUrl"),
            ("lang=en&language=es", "language"),
        ] {
            let read = read(Some(query), false);
            let problem = read.problem.expect(query);
            assert_eq!(problem.code, "conflicting_parameters");
            assert!(problem.detailed.starts_with(name), "{}", problem.detailed);
            assert!(read.launch.client_id.is_none() && read.launch.finish_url.is_none());
        }
        assert_eq!(read(Some("clientUserId=%FF"), true).problem.map(|p| p.code), Some("invalid_parameters"));
    }
}
