//! Dexcom's dialect of a persona's days: everybody's glucose, since a sensor is all that Dexcom has.
//! Shapes: <https://developer.dexcom.com/docs/dexcomv3/>.

use hilum_model::{Day, Time};
use serde_json::json;

use crate::persona::Persona;
use crate::sandbox::{Ask, Extra, Item, Refusal, Refused, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "dexcom",
    account,
    items,
    page: |stream, ask, items, _| {
        let kind = if stream == "egvs" { "egv" } else { "event" };
        json!({"recordType": kind, "recordVersion": "3.0", "userId": account(ask.story.persona), "records": items})
    },
    refuse,
    extra,
    ..Teller::STANDARD
};

fn account(persona: &Persona) -> String {
    persona.uuid(&[0xde])
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    match stream {
        "egvs" => values(ask, day),
        "events" => events(ask, day),
        _ => Vec::new(),
    }
}

/// UTC, and the time that the device shows with its offset.
fn times(persona: &Persona, at: Time) -> (String, String) {
    let offset = persona.offset_at(at);
    let shown = at.plus_s(i64::from(offset.0) * 60).to_iso();
    (format!("{}Z", &at.to_iso()[..19]), format!("{}{offset}", &shown[..19]))
}

/// The transmitter's hash, which changes with the sensor every ten days.
fn transmitter(persona: &Persona, day: Day) -> String {
    let number = |part| persona.number(&[0xdf, i64::from(day.0.div_euclid(10)), part]);
    format!("{:016x}{:016x}{:016x}{:016x}", number(1), number(2), number(3), number(4))
}

fn values(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let told = persona.glucose(day).into_iter().filter(|value| value.at <= ask.now);
    told.map(|value| {
        let (system, display) = times(persona, value.at);
        let status = match value.level {
            ..=40 => json!("low"),
            400.. => json!("high"),
            _ => json!("ok"),
        };
        Item {
            day,
            at: value.at,
            json: json!({
                "recordId": persona.uuid(&[0xe0, value.at.unix_s()]),
                "systemTime": system,
                "displayTime": display,
                "transmitterId": transmitter(persona, day),
                "transmitterTicks": value.at.unix_s() % 864_000,
                "value": value.level,
                "status": status,
                "trend": trend(value.slope),
                "trendRate": value.slope as f64 / 10.0,
                "unit": "mg/dL",
                "rateUnit": "mg/dL/min",
                "displayDevice": "iOS",
                "transmitterGeneration": "g7",
            }),
        }
    })
    .collect()
}

/// The arrow for a slope in 1/10 mg/dL a minute.
const fn trend(slope: i64) -> &'static str {
    match slope {
        30.. => "doubleUp",
        20..30 => "singleUp",
        10..20 => "fortyFiveUp",
        -9..10 => "flat",
        -19..-9 => "fortyFiveDown",
        -29..-19 => "singleDown",
        _ => "doubleDown",
    }
}

/// Meals, and the insulin before them.
fn events(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let mut told = Vec::new();
    for (nth, meal) in (0..).zip(persona.meals(day)) {
        let mut add = |part: i64, at: Time, kind: &str, sub: Option<&str>, value: String, unit: &str| {
            let (system, display) = times(persona, at);
            let json = json!({
                "recordId": persona.uuid(&[0xe1, i64::from(day.0), nth, part]),
                "systemTime": system,
                "displayTime": display,
                "recordedSystemTime": system,
                "eventStatus": "created",
                "eventType": kind,
                "eventSubType": sub,
                "value": value,
                "unit": unit,
                "transmitterId": transmitter(persona, day),
                "transmitterGeneration": "g7",
                "displayDevice": "iOS",
            });
            told.push(Item { day, at, json });
        };
        if meal.insulin > 0 {
            let units = format!("{:.1}", meal.insulin as f64 / 10.0);
            add(1, meal.at, "insulin", Some("fastActing"), units, "units");
        }
        add(2, meal.at, "carbs", None, meal.carbohydrate.to_string(), "grams");
    }
    told.retain(|item| item.at <= ask.now);
    told
}

/// What there is, and whose it is.
fn extra(method: &str, path: &str, ask: &Ask<'_>) -> Option<Extra> {
    if (method, path) != ("GET", "/v3/users/self/dataRange") {
        return None;
    }
    let persona = ask.story.persona;
    let moment = |at: Time| {
        let (system, display) = times(persona, at);
        json!({"systemTime": system, "displayTime": display})
    };
    let today = persona.day_of(ask.now);
    let range = json!({"start": moment(persona.start_of(today.plus(-90))), "end": moment(ask.now)});
    Some(Extra::Json(json!({
        "recordType": "dataRange",
        "recordVersion": "3.0",
        "userId": account(persona),
        "calibrations": {"start": null, "end": null},
        "egvs": range,
        "events": range,
    })))
}

fn refuse(refusal: Refusal) -> Refused {
    let fault = |status: u16, text: &str| Refused {
        status,
        json: Some(json!({"fault": {"faultstring": text, "detail": {"errorcode": "x"}}})),
    };
    match refusal {
        Refusal::InvalidToken | Refusal::ScopeMissing => fault(401, "Invalid access token"),
        Refusal::BadParameter(name) => fault(400, &format!("Invalid {name}")),
        Refusal::RateLimited => fault(429, "Rate limit quota violation"),
        Refusal::ServerError => fault(500, "Internal server error"),
        Refusal::NotFound => fault(404, "Not found"),
        other => (Teller::STANDARD.refuse)(other),
    }
}
