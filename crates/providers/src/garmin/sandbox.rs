//! Garmin's dialect of a persona's days, by kind of summary.

mod days;
mod nights;
mod now_and_then;
mod workouts;

use hilum_model::{Day, Time};
use serde_json::{Map, Value, json};

use super::notices::KEYS;
use crate::persona::Persona;
use crate::sandbox::{Ask, Event, Extra, Item, Refusal, Span, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "garmin",
    account,
    items,
    page: |_, _, items, _| Value::Array(items),
    span: Some(span),
    extra: |method, path, ask| {
        let asked = (method, path) == ("GET", "/wellness-api/rest/user/id");
        asked.then(|| Extra::Json(json!({"userId": account(ask.story.persona)})))
    },
    notices,
    ..Teller::STANDARD
};

fn account(persona: &Persona) -> String {
    persona.uuid(&[0x6a]).replace('-', "")
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    match stream {
        "dailies" => days::dailies(ask, day),
        "epochs" => days::epochs(ask, day),
        "sleeps" => nights::sleeps(ask, day),
        "hrv" => nights::hrv(ask, day),
        "pulse_ox" => nights::oxygen(ask, day),
        "respiration" => nights::respiration(ask, day),
        "skin_temp" => nights::skin(ask, day),
        "body_comps" => now_and_then::scale(ask, day),
        "blood_pressures" => now_and_then::cuff(ask, day),
        "user_metrics" => now_and_then::uptake(ask, day),
        "activities" => workouts::summaries(ask, day),
        "activity_details" => workouts::details(ask, day),
        _ => Vec::new(),
    }
}

/// A summary: whose it is, its id, and since when.
fn summary(ask: &Ask<'_>, kind: i64, start: Time, rest: Value) -> Value {
    let persona = ask.story.persona;
    let mut json = json!({
        "userId": account(persona),
        "summaryId": format!("x{:x}-{:x}", persona.number(&[0x6b, kind]) >> 40, start.unix_s()),
        "startTimeInSeconds": start.unix_s(),
        "startTimeOffsetInSeconds": i64::from(persona.offset_at(start).0) * 60,
    });
    if let (Value::Object(json), Value::Object(rest)) = (&mut json, rest) {
        json.extend(rest);
    }
    json
}

/// A ping asks for what was uploaded within a day at the most; who names no time is told everything.
fn span(_: &str, ask: &Ask<'_>) -> Result<Span, Refusal> {
    if ask.param("uploadStartTimeInSeconds").is_none() && ask.param("uploadEndTimeInSeconds").is_none() {
        return Ok(Span::Whole);
    }
    let second = |name: &'static str| {
        let told = ask.param(name).and_then(|text| text.parse().ok());
        told.map(Time::from_unix_s).ok_or(Refusal::BadParameter(name))
    };
    let (from, to) = (second("uploadStartTimeInSeconds")?, second("uploadEndTimeInSeconds")?);
    let fits = (0..=86_400_000).contains(&to.since_ms(from));
    fits.then_some(Span::Instants(from, to)).ok_or(Refusal::BadParameter("uploadEndTimeInSeconds"))
}

/// Pushes hold the data; a ping tells where they wait.
fn notices(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value> {
    let persona = ask.story.persona;
    let body = |key: &str, items: Vec<Value>| Value::Object(Map::from_iter([(key.to_owned(), Value::Array(items))]));
    let (stream, day, waits) = match event {
        Event::Deauthorised => return vec![body("deregistrations", vec![json!({"userId": account(persona)})])],
        Event::PermissionsChanged => {
            let change = json!({
                "userId": account(persona),
                "summaryId": format!("c-{}", ask.now.unix_s()),
                "permissions": ["HEALTH_EXPORT", "ACTIVITY_EXPORT"],
                "changeTimeInSeconds": ask.now.unix_s(),
            });
            return vec![body("userPermissionsChange", vec![change])];
        }
        Event::Changed { stream, day } => (stream, day, false),
        Event::Waiting { stream, day } => (stream, day, true),
        Event::Deleted { .. } => return Vec::new(),
    };
    let Some((key, _)) = KEYS.iter().find(|(_, of)| *of == stream) else { return Vec::new() };
    let told = items(stream, ask, day);
    if told.is_empty() {
        return Vec::new();
    }
    if !waits {
        return vec![body(key, told.into_iter().map(|item| item.json).collect())];
    }
    // From the first summary of the day on, as long as one ping may span: a night begins the evening before.
    let from = told.iter().map(|item| item.at).min().unwrap_or_else(|| persona.start_of(day));
    let to = persona.end_of(day).min(from.plus_s(86_400));
    let url = format!(
        "{}/wellness-api/rest/{key}?uploadStartTimeInSeconds={}&uploadEndTimeInSeconds={}&token=XCP{}",
        ask.base,
        from.unix_s(),
        to.unix_s(),
        day.0
    );
    vec![body(key, vec![json!({"userId": account(persona), "callbackURL": url})])]
}
