//! What the token endpoints take and give. Source: human-connect contract, section 3.

use crate::api::schema::{Members, Schema, any_of, hex, named, object, text, whole, word};

/// All of them.
pub(super) fn all() -> Vec<(&'static str, Schema)> {
    vec![
        ("SessionExchange", exchange()),
        ("Tokens", tokens()),
        ("PublicTokenRequest", recovery()),
        ("PublicToken", public_token()),
        ("TokenRequest", token_request()),
        ("IssuedToken", any_of([named("SessionToken"), named("IdToken"), named("AccessToken")])),
        ("SessionToken", issued("Opens Connect for somebody new, for an hour").must("session_token", text("")).done()),
        (
            "IdToken",
            issued("Opens Connect for somebody known, for an hour")
                .must("id_token", text(""))
                .must("id_token_expires_in", whole(0, "Seconds"))
                .must("refresh_token", text("Counts once"))
                .done(),
        ),
        (
            "AccessToken",
            issued("Reads the person's data, for a day")
                .must("access_token", text(""))
                .must("refresh_token", text("Counts once"))
                .done(),
        ),
        ("CodeExchange", code_exchange()),
        ("GrantedTokens", granted()),
        ("Pushed", pushed()),
    ]
}

fn exchange() -> Schema {
    object("A finished session")
        .must("humanId", text("As Connect handed it over"))
        .must("clientId", text("The app"))
        .must("clientSecret", text("The app's secret"))
        .must("sessionToken", text("As Connect handed it over; counts once"))
        .may("clientUserId", text("If given, it has to be the session's"))
        .others()
        .done()
}

fn tokens() -> Schema {
    object("A person's tokens")
        .must("humanId", hex(32, "The person"))
        .must("clientId", hex(40, "The app"))
        .must("clientUserId", text("The app's own id of the person: compare it with whom you meant"))
        .must("accessToken", text("Reads the person's data"))
        .must("publicToken", text("Opens Connect again"))
        .done()
}

fn recovery() -> Schema {
    object("")
        .must("humanId", text("The person"))
        .must("clientId", text("The app"))
        .must("clientSecret", text("The app's secret"))
        .others()
        .done()
}

fn public_token() -> Schema {
    object("").must("humanId", hex(32, "The person")).must("publicToken", text("Opens Connect again")).done()
}

fn token_request() -> Schema {
    object("What is asked for")
        .must("client_id", text("The app"))
        .must("client_secret", text("The app's secret"))
        .may("type", text("`session`, `id`, `id_token`, `access`, or `refresh` with `refresh_token`"))
        .may("grant_type", text("Instead of `type`"))
        .may("client_user_id", text("The app's own id of the person, at most 1,024 bytes"))
        .may("client_user_email", text("At most 320 bytes"))
        .may("refresh_token", text("As it was issued"))
        .others()
        .done()
}

fn issued(said: &str) -> Members {
    object(said)
        .must("human_id", hex(32, "The person"))
        .must("expires_in", whole(0, "Seconds"))
        .must("token_type", word(["Bearer"], ""))
}

fn code_exchange() -> Schema {
    object("An OAuth code")
        .must("code", text("As it came to `redirect_uri`; counts once"))
        .may("grant_type", text("`authorization_code`, or left out"))
        .may("client_id", text("The app, unless it is sent by HTTP Basic"))
        .may("client_secret", text("The app's secret, unless it is sent by HTTP Basic"))
        .may("code_verifier", text("PKCE (RFC 7636)"))
        .may("user", text("If given, it has to be the person's"))
        .others()
        .done()
}

fn granted() -> Schema {
    object("A person's tokens")
        .must("access_token", text("Reads the person's data"))
        .must("token_type", word(["Bearer"], ""))
        .must("human_id", hex(32, "The person"))
        .must("client_id", hex(40, "The app"))
        .must("client_user_id", text("The app's own id of the person"))
        .must("public_token", text("Opens Connect again"))
        .done()
}

fn pushed() -> Schema {
    object("What became of a post")
        .must("stored", whole(0, "New and corrected observations"))
        .must("unchanged", whole(0, "Known before, the same"))
        .must("rejected", whole(0, "Left out"))
        .done()
}
