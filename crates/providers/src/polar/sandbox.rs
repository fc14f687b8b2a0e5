//! Polar's dialect of a persona's days. Shapes: <https://www.polar.com/accesslink-api/>.

mod days;
mod nights;
mod sensors;

use hilum_model::{Day, Time};
use serde_json::{Value, json};

use crate::persona::Persona;
use crate::sandbox::{Ask, Event, Granted, Item, Left, Refusal, Refused, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "polar",
    account: |persona| number(persona).to_string(),
    items,
    page,
    token,
    refuse,
    // Registering, and ending the registration, say nothing.
    empty_is_204: |stream| matches!(stream, "spo2" | "body_temperature" | "skin_temperature" | "ecg"),
    notices,
    rate,
    ..Teller::STANDARD
};

/// The use of the limits, of a quarter of an hour and of a day.
fn rate(left: &[Left], _now: Time) -> Vec<(&'static str, String)> {
    let both = |value: fn(&Left) -> u32| {
        let texts: Vec<String> = left.iter().map(|one| value(one).to_string()).collect();
        texts.join(", ")
    };
    vec![
        ("ratelimit-limit", both(|one| one.most)),
        ("ratelimit-usage", both(|one| one.most - one.left)),
        ("ratelimit-reset", both(|one| one.reset_s)),
    ]
}

fn number(persona: &Persona) -> u64 {
    10_000_000 + persona.number(&[0x50]) % 80_000_000
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    // The lists without a window hold what is not older than this.
    let today = ask.story.persona.day_of(ask.now);
    let recent = |days: i32| day > today.plus(-days);
    match stream {
        "sleep" if recent(28) => nights::sleep(ask, day),
        "nightly_recharge" if recent(28) => nights::recharge(ask, day),
        "exercises" if recent(30) => days::exercises(ask, day),
        "activities" => days::activities(ask, day),
        "continuous_heart_rate" => days::heart(ask, day),
        "spo2" => sensors::oxygen(ask, day),
        "body_temperature" => sensors::temperatures(ask, day),
        "skin_temperature" => sensors::skin(ask, day),
        "ecg" => sensors::ecg(ask, day),
        "physical_info" => vec![Item { day, at: ask.now, json: sensors::physical(ask) }],
        _ => Vec::new(),
    }
}

fn page(stream: &str, ask: &Ask<'_>, items: Vec<Value>, _: Option<&str>) -> Value {
    match stream {
        "sleep" => json!({"nights": items}),
        "nightly_recharge" => json!({"recharges": items}),
        "physical_info" => items.into_iter().next().unwrap_or_default(),
        "continuous_heart_rate" => {
            json!({"polar_user": user(ask.story.persona), "date": ask.param("from"), "heart_rate_samples": items})
        }
        _ => Value::Array(items),
    }
}

/// The link by which answers name the account.
fn user(persona: &Persona) -> String {
    format!("https://www.polaraccesslink.com/v3/users/{}", number(persona))
}

/// The device's id, which is all that most answers tell of it.
fn device(persona: &Persona) -> String {
    format!("{:08X}", persona.number(&[0x51]) as u32)
}

/// The clock of the place at an instant: `2026-03-04T17:00:00`.
fn shown(persona: &Persona, at: Time) -> String {
    at.plus_s(i64::from(persona.offset_at(at).0) * 60).to_iso()[..19].to_owned()
}

/// There are no refresh tokens.
fn token(granted: &Granted<'_>) -> Value {
    let id = granted.account.parse::<i64>().map_or_else(|_| json!(granted.account), |id| json!(id));
    json!({
        "access_token": granted.access_token,
        "token_type": "bearer",
        "expires_in": granted.expires_in,
        "x_user_id": id,
    })
}

fn refuse(refusal: Refusal) -> Refused {
    let oauth = |status: u16, error: &str| Refused { status, json: Some(json!({"error": error})) };
    let fault = |status: u16, kind: &str, message: &str| Refused {
        status,
        json: Some(json!({"status": status, "errorType": kind, "message": message, "corrId": "c0ffee"})),
    };
    match refusal {
        Refusal::InvalidClient => oauth(401, "invalid_client"),
        Refusal::InvalidCode | Refusal::InvalidRefresh => oauth(400, "invalid_grant"),
        Refusal::InvalidRequest => oauth(400, "invalid_request"),
        Refusal::UnsupportedGrantType => oauth(400, "unsupported_grant_type"),
        Refusal::InvalidToken => fault(401, "unauthorized", "Access token is invalid"),
        Refusal::ScopeMissing => fault(403, "consent_required", "User has not accepted all mandatory consents"),
        Refusal::BadParameter(name) => fault(400, "invalid_request", &format!("Invalid {name}")),
        Refusal::NotFound => fault(404, "not_found", "Not found"),
        Refusal::RateLimited => fault(429, "too_many_requests", "Too many requests"),
        Refusal::ServerError => fault(500, "internal_error", "Internal error"),
    }
}

fn notices(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value> {
    // Who ends the authorisation at Polar is not told of.
    let Event::Changed { stream, day } = event else { return Vec::new() };
    let (name, path) = match stream {
        "sleep" | "nightly_recharge" | "skin_temperature" => ("SLEEP", "users/sleep"),
        "continuous_heart_rate" => ("CONTINUOUS_HEART_RATE", "users/continuous-heart-rate"),
        "activities" => ("ACTIVITY_SUMMARY", "users/activities"),
        "exercises" => ("EXERCISE", "exercises"),
        "physical_info" => ("PHYSICAL_INFORMATION", "users/physical-info"),
        _ => return Vec::new(),
    };
    vec![json!({
        "event": name,
        "user_id": number(ask.story.persona),
        "date": day.to_string(),
        "timestamp": format!("{}Z", &ask.now.to_iso()[..19]),
        "url": format!("https://www.polaraccesslink.com/v3/{path}/{day}"),
    })]
}
