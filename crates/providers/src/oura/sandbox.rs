//! Oura's dialect of a persona's days. Shapes: <https://cloud.ouraring.com/v2/docs>.

mod days;
mod nights;
mod times;

use hilum_model::{Day, Time};
use serde_json::{Value, json};

use crate::persona::Persona;
use crate::sandbox::{Ask, Granted, Item, Refusal, Refused, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "oura",
    code_ttl_s: 600,
    page_items: |stream| if stream == "heartrate" { 500 } else { 20 },
    account: |persona| persona.uuid(&[0x0a]),
    items,
    page,
    // The lists of documents that begin at an instant leave the last day out.
    last_day_in: |stream| !matches!(stream, "sleep" | "workout"),
    token,
    done: || json!({}),
    refuse,
    ..Teller::STANDARD
};

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    match stream {
        "daily_activity" => days::activity(ask, day),
        "daily_spo2" => days::oxygen(ask, day),
        "daily_readiness" => days::readiness(ask, day),
        "vo2_max" => days::uptake(ask, day),
        "workout" => days::workouts(ask, day),
        "sleep" => nights::tell(ask, day),
        "heartrate" => times::heart(ask, day),
        "personal_info" => vec![Item { day, at: ask.now, json: profile(ask) }],
        _ => Vec::new(),
    }
}

fn page(stream: &str, _ask: &Ask<'_>, items: Vec<Value>, next: Option<&str>) -> Value {
    match stream {
        // One document, not a list.
        "personal_info" => items.into_iter().next().unwrap_or_default(),
        _ => json!({"data": items, "next_token": next}),
    }
}

fn profile(ask: &Ask<'_>) -> Value {
    let persona = ask.story.persona;
    let year: i16 = persona.day_of(ask.now).to_string()[..4].parse().unwrap_or(persona.born);
    let mut json = json!({
        "id": (TELLER.account)(persona),
        "age": year - persona.born,
        "weight": persona.usual_weight(),
        "height": f64::from(persona.height_mm) / 1000.0,
        "biological_sex": persona.gender,
        "email": null,
    });
    if ask.granted("email") {
        json["email"] = json!(persona.email);
    }
    json
}

fn token(granted: &Granted<'_>) -> Value {
    json!({
        "token_type": "bearer",
        "access_token": granted.access_token,
        "expires_in": granted.expires_in,
        "refresh_token": granted.refresh_token,
    })
}

fn refuse(refusal: Refusal) -> Refused {
    let oauth = |status: u16, error: &str| Refused { status, json: Some(json!({"error": error})) };
    let empty = |status: u16| Refused { status, json: None };
    match refusal {
        Refusal::InvalidClient => oauth(401, "invalid_client"),
        Refusal::InvalidCode | Refusal::InvalidRefresh => oauth(400, "invalid_grant"),
        Refusal::InvalidRequest => oauth(400, "invalid_request"),
        Refusal::UnsupportedGrantType => oauth(400, "unsupported_grant_type"),
        Refusal::InvalidToken | Refusal::ScopeMissing => empty(401),
        Refusal::BadParameter(name) => Refused {
            status: 422,
            json: Some(json!({"detail": [{"loc": ["query", name], "msg": "invalid value", "type": "value_error"}]})),
        },
        Refusal::NotFound => empty(404),
        Refusal::RateLimited => empty(429),
        Refusal::ServerError => empty(503),
    }
}

/// RFC 3339 at the person's own offset, with milliseconds as the dialect writes most times.
fn local(persona: &Persona, at: Time) -> String {
    let offset = persona.offset_at(at);
    let shown = at.plus_s(i64::from(offset.0) * 60).to_iso();
    format!("{}{offset}", &shown[..23])
}
