//! Google's dialect of a persona's days. Shapes: `google/devicesandservices/health/v4`.

mod days;
mod ecg;
mod moments;
mod sessions;
mod span;
mod tcx;

use hilum_model::{Day, Offset, Time};
use serde_json::{Value, json};

use super::filter::data_type;
use crate::persona::Persona;
use crate::sandbox::{Ask, Event, Extra, Granted, Item, Refusal, Refused, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "google_health",
    page_items: |stream| if matches!(stream, "sleep" | "exercise") { 25 } else { 2_000 },
    account,
    items,
    page,
    token,
    refuse,
    span: Some(span::read),
    extra,
    notices,
    ..Teller::STANDARD
};

/// Accounts are whole numbers written as text.
fn account(persona: &Persona) -> String {
    (1_000_000_000 + persona.number(&[0x40]) % 9_000_000_000).to_string()
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    match stream {
        "steps" | "distance" | "floors" | "active_energy_burned" => moments::minutes(stream, ask, day),
        "heart_rate" => moments::heart(ask, day),
        "heart_rate_variability" | "oxygen_saturation" => moments::night(stream, ask, day),
        "weight" | "body_fat" | "height" | "core_body_temperature" => moments::measured(stream, ask, day),
        "blood_glucose" => moments::glucose(ask, day),
        "nutrition_log" | "hydration_log" => sessions::meals(stream, ask, day),
        "exercise" => sessions::exercises(ask, day),
        "sleep" => sessions::sleeps(ask, day),
        "electrocardiogram" => ecg::recording(ask, day).into_iter().collect(),
        "settings" => vec![Item { day, at: ask.now, json: settings(ask) }],
        daily if daily.starts_with("daily_") => days::daily(stream, ask, day).into_iter().collect(),
        _ => days::rolled_up(stream, ask, day).into_iter().collect(),
    }
}

/// What is empty is left out, as protobuf does.
fn page(stream: &str, _: &Ask<'_>, items: Vec<Value>, next: Option<&str>) -> Value {
    if stream == "settings" {
        return items.into_iter().next().unwrap_or_default();
    }
    let list = if stream.ends_with("_by_day") { "rollupDataPoints" } else { "dataPoints" };
    let mut page = json!({});
    if !items.is_empty() {
        page[list] = Value::Array(items);
    }
    if let Some(next) = next {
        page["nextPageToken"] = json!(next);
    }
    page
}

fn settings(ask: &Ask<'_>) -> Value {
    let persona = ask.story.persona;
    json!({
        "name": format!("users/{}/settings", account(persona)),
        "timeZone": persona.zone(persona.day_of(ask.now)),
        "utcOffset": duration(persona.offset_at(ask.now)),
    })
}

/// The account's ids, the old one being that of Fitbit; and the routes of exercises.
fn extra(method: &str, path: &str, ask: &Ask<'_>) -> Option<Extra> {
    if method == "GET" && path.ends_with(tcx::EXPORT) {
        return tcx::export(path, ask);
    }
    if (method, path) != ("GET", "/v4/users/me/identity") {
        return None;
    }
    let persona = ask.story.persona;
    let id = account(persona);
    let old = format!("{:06X}", persona.number(&[0x41]) % 0x00ff_ffff);
    Some(Extra::Json(json!({"name": format!("users/{id}"), "legacyUserId": old, "healthUserId": id})))
}

/// The refresh token comes with the first answer only.
fn token(granted: &Granted<'_>) -> Value {
    let mut json = json!({
        "access_token": granted.access_token,
        "expires_in": granted.expires_in,
        "scope": granted.scope,
        "token_type": "Bearer",
    });
    if let Some(refresh) = granted.refresh_token {
        json["refresh_token"] = json!(refresh);
    }
    json
}

fn refuse(refusal: Refusal) -> Refused {
    let oauth = |status, error: &str, about: &str| Refused {
        status,
        json: Some(json!({"error": error, "error_description": about})),
    };
    let api = |code: u16, status: &str, reason: &str| Refused {
        status: code,
        json: Some(json!({"error": {"code": code, "message": status.to_lowercase(), "status": status, "details": [
            {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}]}})),
    };
    match refusal {
        Refusal::InvalidClient => oauth(401, "invalid_client", "The OAuth client was not found."),
        Refusal::InvalidCode => oauth(400, "invalid_grant", "Bad Request"),
        Refusal::InvalidRefresh => oauth(400, "invalid_grant", "Token has been expired or revoked."),
        Refusal::InvalidRequest => oauth(400, "invalid_request", "Missing parameter"),
        Refusal::UnsupportedGrantType => oauth(400, "unsupported_grant_type", "Invalid grant_type"),
        Refusal::InvalidToken => api(401, "UNAUTHENTICATED", "CREDENTIALS_MISSING"),
        Refusal::ScopeMissing => api(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"),
        Refusal::BadParameter(name) => api(400, "INVALID_ARGUMENT", name),
        Refusal::NotFound => api(404, "NOT_FOUND", "NOT_FOUND"),
        Refusal::RateLimited => api(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"),
        Refusal::ServerError => api(503, "UNAVAILABLE", "UNAVAILABLE"),
    }
}

/// One notice, with the time in which something has changed and without what.
fn notices(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value> {
    let Event::Changed { stream, day } = event else { return Vec::new() };
    let Some(kind) = super::PROVIDER.stream(stream).map(|s| data_type(s.path)).filter(|kind| !kind.is_empty()) else {
        return Vec::new();
    };
    let persona = ask.story.persona;
    let (start, end) = (persona.start_of(day), persona.end_of(day));
    vec![json!({"data": {
        "version": "1",
        "clientProvidedSubscriptionName": "hilum",
        "healthUserId": account(persona),
        "operation": "UPSERT",
        "dataType": kind,
        "intervals": [{
            "physicalTimeInterval": {"startTime": instant(start), "endTime": instant(end)},
            "civilIso8601TimeInterval": {"startTime": format!("{day}T00:00:00"), "endTime": format!("{day}T23:59:59")},
        }],
    }})]
}

/// A point of a type with its name and source.
fn point(ask: &Ask<'_>, kind: &str, id: &[i64], value: (&str, Value)) -> Value {
    let persona = ask.story.persona;
    let id = format!("{:016x}", persona.number(id));
    let mut json = json!({
        "name": format!("users/{}/dataTypes/{kind}/dataPoints/{id}", account(persona)),
        "dataSource": {
            "recordingMethod": "PASSIVELY_MEASURED",
            "device": {"formFactor": "WATCH", "manufacturer": "Google", "displayName": "Pixel Watch"},
            "platform": "FITBIT",
        },
    });
    json[value.0] = value.1;
    json
}

fn instant(at: Time) -> String {
    format!("{}Z", &at.to_iso()[..19])
}

fn duration(offset: Offset) -> String {
    format!("{}s", i64::from(offset.0) * 60)
}

fn interval(persona: &Persona, start: Time, end: Time) -> Value {
    json!({
        "startTime": instant(start),
        "startUtcOffset": duration(persona.offset_at(start)),
        "endTime": instant(end),
        "endUtcOffset": duration(persona.offset_at(end)),
    })
}

fn sample_time(persona: &Persona, at: Time) -> Value {
    json!({"physicalTime": instant(at), "utcOffset": duration(persona.offset_at(at))})
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::persona::{PEOPLE, Story};
    use crate::spec::Notice;

    fn ask<'a>(story: &'a Story<'a>) -> Ask<'a> {
        let now = Time::parse_rfc3339("2026-11-22T12:00:00Z").expect("a time").0;
        Ask { story, now, params: &[], json: None, scopes: &[], base: "" }
    }

    #[test]
    fn notices_are_understood() {
        let story = Story::new(&PEOPLE[0]);
        let day = Day::parse("2026-11-20").expect("a day");
        let bodies = notices(Event::Changed { stream: "steps", day }, &ask(&story));
        let read: Vec<Notice> = bodies.iter().flat_map(|b| super::super::notices::read(b, Time(0))).collect();
        let account = account(&PEOPLE[0]);
        assert_eq!(read, [Notice::Look { account, streams: vec!["steps", "steps_by_day"], days: Some((day, day)) }]);
        assert_eq!(notices(Event::Changed { stream: "settings", day }, &ask(&story)), Vec::<Value>::new());
        assert_eq!(notices(Event::Deauthorised, &ask(&story)), Vec::<Value>::new());
    }

    #[test]
    fn the_identity_tells_both_ids() {
        let story = Story::new(&PEOPLE[1]);
        let Some(Extra::Json(told)) = extra("GET", "/v4/users/me/identity", &ask(&story)) else { panic!("told") };
        assert_eq!(told["healthUserId"], json!(account(&PEOPLE[1])));
        assert_eq!(told["legacyUserId"].as_str().map(str::len), Some(6));
        assert_eq!(extra("POST", "/v4/users/me/identity", &ask(&story)), None);
    }

    #[test]
    fn nothing_to_tell_is_an_empty_object() {
        let story = Story::new(&PEOPLE[0]);
        assert_eq!(page("steps", &ask(&story), Vec::new(), None), json!({}));
        let full = page("steps_by_day", &ask(&story), vec![json!(1)], Some("t"));
        assert_eq!(full, json!({"rollupDataPoints": [1], "nextPageToken": "t"}));
    }
}
