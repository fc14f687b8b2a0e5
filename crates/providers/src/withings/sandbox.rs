//! Withings' dialect of a persona's days. Shapes: <https://developer.withings.com/api-reference>.

mod heart;
mod measures;
mod nights;
mod tracked;

use hilum_model::{Day, Time};
use serde_json::{Map, Value, json};

use crate::persona::Persona;
use crate::sandbox::{Ask, Event, Granted, Item, Refusal, Refused, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "withings",
    code_ttl_s: 30,
    page_items: |stream| if stream == "measures" { 100 } else { 40 },
    account,
    items,
    page,
    last_day_in: |_| true,
    token,
    done: || json!({"status": 0, "body": {}}),
    refuse,
    extra: heart::signal,
    notices,
    ..Teller::STANDARD
};

/// The watch, as the dialect names it: model name and number.
const WATCH: (&str, i64) = ("ScanWatch", 93);
/// The scale.
const SCALE: (&str, i64) = ("Body+", 5);
/// The thermometer.
const THERMOMETER: (&str, i64) = ("Thermo", 70);
/// The cuff.
const CUFF: (&str, i64) = ("BPM Connect", 45);

fn account(persona: &Persona) -> String {
    (10_000_000 + persona.number(&[1]) % 20_000_000).to_string()
}

/// The fields of a form, all texts.
fn notices(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value> {
    let userid = account(ask.story.persona);
    match event {
        Event::Changed { stream, day } => {
            let appli = match stream {
                "measures" => "1",
                "activity" | "workouts" | "intraday" => "16",
                "sleep" | "sleep_phases" => "44",
                "ecg" => "54",
                _ => return Vec::new(),
            };
            vec![json!({"userid": userid, "appli": appli, "date": day.to_string()})]
        }
        Event::Deauthorised => vec![json!({"userid": userid, "appli": "46", "action": "unlink"})],
        Event::PermissionsChanged | Event::Waiting { .. } | Event::Deleted { .. } => Vec::new(),
    }
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    match stream {
        "measures" => measures::tell(ask, day),
        "activity" => tracked::days(ask, day),
        "workouts" => tracked::workouts(ask, day),
        "intraday" => tracked::intraday(ask, day),
        "sleep" => nights::summaries(ask, day),
        "sleep_phases" => nights::phases(ask, day),
        "ecg" => heart::recordings(ask, day),
        _ => Vec::new(),
    }
}

fn page(stream: &str, ask: &Ask<'_>, items: Vec<Value>, next: Option<&str>) -> Value {
    let offset = next.and_then(|n| n.parse::<i64>().ok()).unwrap_or(0);
    let body = match stream {
        "measures" => json!({
            "updatetime": ask.now.unix_s(),
            "timezone": ask.story.persona.home,
            "more": i32::from(next.is_some()),
            "offset": offset,
            "measuregrps": items,
        }),
        "activity" => json!({"activities": items, "more": next.is_some(), "offset": offset}),
        // An object keyed by unix second; each item is such an object with one key.
        "intraday" => {
            let mut series = Map::new();
            for item in items {
                if let Value::Object(one) = item {
                    series.extend(one);
                }
            }
            json!({"series": series})
        }
        "sleep_phases" => json!({"series": items, "model": WATCH.1, "model_id": WATCH.1}),
        _ => json!({"series": items, "more": next.is_some(), "offset": offset}),
    };
    json!({"status": 0, "body": body})
}

fn token(granted: &Granted<'_>) -> Value {
    json!({"status": 0, "body": {
        "userid": granted.account,
        "access_token": granted.access_token,
        "refresh_token": granted.refresh_token,
        "scope": granted.scope,
        "expires_in": granted.expires_in,
        "token_type": "Bearer",
    }})
}

/// HTTP says 200 to everything; the number in the body tells what happened.
fn refuse(refusal: Refusal) -> Refused {
    let (status, error) = match refusal {
        Refusal::InvalidClient => (503, "Invalid Params: invalid client_id or signature".to_owned()),
        Refusal::InvalidCode => (503, "Invalid Params: invalid code".to_owned()),
        Refusal::InvalidRefresh => (503, "Invalid Params: invalid refresh_token".to_owned()),
        Refusal::InvalidRequest => (503, "Invalid Params".to_owned()),
        Refusal::UnsupportedGrantType => (503, "Invalid Params: invalid grant_type".to_owned()),
        Refusal::InvalidToken => {
            (401, "XRequestID: Not provided invalid_token: The access token provided is invalid".to_owned())
        }
        Refusal::ScopeMissing => (277, "Unauthorized: insufficient scope".to_owned()),
        Refusal::BadParameter(name) => (503, format!("Invalid Params: invalid {name}")),
        Refusal::NotFound => (2555, "Not found".to_owned()),
        Refusal::RateLimited => (601, "Too Many Requests".to_owned()),
        Refusal::ServerError => (522, "Timeout".to_owned()),
    };
    Refused { status: 200, json: Some(json!({"status": status, "body": {}, "error": error})) }
}

/// A number for an id that stays the same over corrections.
fn id(ask: &Ask<'_>, stream: i64, day: Day, nth: i64) -> u64 {
    1_000_000_000 + ask.story.persona.number(&[0x77, stream, i64::from(day.0), nth]) % 8_000_000_000
}

/// The hash by which the dialect names a device of a person.
fn device(persona: &Persona, model: (&str, i64)) -> String {
    format!("{:016x}{:016x}", persona.number(&[2, model.1]), persona.number(&[3, model.1]))
}

/// Leaves out of `data` what `data_fields` does not ask for.
fn asked_for(ask: &Ask<'_>, data: &mut Value) {
    if let Value::Object(fields) = data {
        fields.retain(|name, _| ask.lists("data_fields", name));
    }
}

/// When the account's server had a thing: soon after it happened, or when it was corrected.
fn modified(ask: &Ask<'_>, day: Day, happened: Time) -> i64 {
    ask.story.correction(day).filter(|at| *at <= ask.now).map_or(happened.unix_s(), Time::unix_s)
}
