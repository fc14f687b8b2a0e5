//! What answers and bodies are made of, by name.

mod apps;
mod person;
mod rows;
mod tokens;

use super::schema::{Schema, object, text};

/// All of them.
pub(crate) fn all() -> Vec<(&'static str, Schema)> {
    let mut all = vec![("Error", error()), ("OAuthError", oauth_error())];
    all.extend(rows::all());
    all.extend(person::all());
    all.extend(apps::all());
    all.extend(tokens::all());
    all
}

/// The same with the members that clients of OAuth look at.
fn oauth_error() -> Schema {
    object("What went wrong, also in the words of RFC 6749, section 5.2")
        .must("code", text("Fixed word, for programs"))
        .must("message", text("The code's name, for people"))
        .must("detailedMessage", text("What is wrong in this case and what to do"))
        .must("error", text("A word of OAuth where one fits, else the code"))
        .must("error_description", text("As `detailedMessage`"))
        .done()
}

/// The one shape of errors.
fn error() -> Schema {
    object("What went wrong. The codes are listed in docs/API-DESIGN.md")
        .must("code", text("Fixed word, for programs"))
        .must("message", text("The code's name, for people"))
        .must(
            "detailedMessage",
            text("What is wrong in this case and what to do; never a value that was sent or stored"),
        )
        .done()
}
