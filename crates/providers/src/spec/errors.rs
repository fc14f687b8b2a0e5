//! How an answer is judged.

use serde_json::Value;

/// What the engine does about an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Verdict {
    /// Parse it.
    Ok,
    /// The access token is not accepted: refresh once, try again.
    Refresh,
    /// The grant is dead: only the person can mend it.
    Reauthorise,
    /// The person did not grant the scope of this stream: leave the stream out.
    ScopeMissing,
    /// Later, with back-off, or after `Retry-After`.
    Retry,
    /// The provider has not worked the data out yet: later, without counting as a failure.
    NotYet,
    /// The thing asked for does not exist any more.
    Gone,
    /// Our request is wrong; trying again does not help.
    Fatal,
}

/// An answer, as far as judging needs it.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// HTTP status.
    pub status: u16,
    /// The body as JSON; `None` if it is empty or no JSON.
    pub json: Option<&'a Value>,
}

/// When a rule applies.
#[derive(Debug, Clone, Copy)]
pub enum When {
    /// On one of these HTTP statuses.
    Http(&'static [u16]),
    /// On a 2xx status when the number at a JSON pointer (it may come as text) is one of these.
    JsonIn(&'static str, &'static [i64]),
    /// On a 2xx status when the number at a JSON pointer is none of these (a missing number is none).
    JsonNotIn(&'static str, &'static [i64]),
    /// On one of these HTTP statuses when the text at a JSON pointer is one of these. A `*` as a step of the pointer
    /// stands for every item of a list.
    HttpText(&'static [u16], &'static str, &'static [&'static str]),
    /// On a 2xx status when the body is no JSON (a maintenance page, an empty body).
    NotJson,
}

/// One line of a provider's error table.
#[derive(Debug, Clone, Copy)]
pub struct ErrorRule {
    /// When it applies.
    pub when: When,
    /// What it means.
    pub verdict: Verdict,
}

/// Whether the text at a pointer (without its first slash) is one of the words.
fn says(json: &Value, pointer: &str, words: &[&str]) -> bool {
    let (step, rest) = pointer.split_once('/').map_or((pointer, None), |(step, rest)| (step, Some(rest)));
    let on = |value: &Value| match rest {
        Some(rest) => says(value, rest, words),
        None => value.as_str().is_some_and(|text| words.contains(&text)),
    };
    match (json, step) {
        (Value::Array(items), "*") => items.iter().any(on),
        (Value::Array(items), step) => step.parse().ok().and_then(|at: usize| items.get(at)).is_some_and(on),
        (Value::Object(members), step) => members.get(step).is_some_and(on),
        _ => false,
    }
}

pub(super) fn judge(rules: &[ErrorRule], answer: &Answer<'_>) -> Verdict {
    let success = (200..300).contains(&answer.status);
    let number = |pointer: &str| answer.json.and_then(|j| j.pointer(pointer)).and_then(super::read::integer);
    for rule in rules {
        let applies = match rule.when {
            When::Http(statuses) => statuses.contains(&answer.status),
            When::JsonIn(pointer, values) => success && number(pointer).is_some_and(|n| values.contains(&n)),
            When::JsonNotIn(pointer, values) => success && !number(pointer).is_some_and(|n| values.contains(&n)),
            When::HttpText(statuses, pointer, words) => {
                statuses.contains(&answer.status)
                    && answer.json.is_some_and(|json| says(json, pointer.strip_prefix('/').unwrap_or(pointer), words))
            }
            When::NotJson => success && answer.json.is_none(),
        };
        if applies {
            return rule.verdict;
        }
    }
    match answer.status {
        200..=299 => Verdict::Ok,
        401 => Verdict::Refresh,
        403 => Verdict::ScopeMissing,
        404 | 410 => Verdict::Gone,
        408 | 425 | 429 | 500..=599 => Verdict::Retry,
        _ => Verdict::Fatal,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn texts_deep_in_an_error_tell_two_kinds_of_401_apart() {
        const RULES: &[ErrorRule] = &[ErrorRule {
            when: When::HttpText(&[401], "/errors/*/code", &["missing"]),
            verdict: Verdict::ScopeMissing,
        }];
        let judged = |status, json: &Value| judge(RULES, &Answer { status, json: Some(json) });
        let errors = |code: &str| json!({"message": "Authorization Error", "errors": [{"field": "x"}, {"code": code}]});
        assert_eq!(judged(401, &errors("missing")), Verdict::ScopeMissing);
        assert_eq!(judged(401, &errors("invalid")), Verdict::Refresh);
        assert_eq!(judged(403, &errors("missing")), Verdict::ScopeMissing, "by HTTP's own word");
        assert_eq!(judged(400, &errors("missing")), Verdict::Fatal);
        assert_eq!(judged(401, &json!("missing")), Verdict::Refresh);
    }
}
