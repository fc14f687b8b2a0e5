//! Concept2's dialect of a persona's days: what was rowed. Shapes: <https://log.concept2.com/developers/documentation/>.

use hilum_model::{Day, Time};
use serde_json::{Value, json};

use crate::persona::{Persona, Sport};
use crate::sandbox::sport::{Done, done, find};
use crate::sandbox::{Ask, Event, Extra, Item, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "concept2",
    account: |persona| number(persona).to_string(),
    items,
    page,
    extra,
    notices,
    ..Teller::STANDARD
};

fn number(persona: &Persona) -> u64 {
    100_000 + persona.number(&[0xc2]) % 900_000
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    match stream {
        "results" => rowed(ask, day).iter().map(|d| Item { day, at: d.workout.start, json: result(ask, d) }).collect(),
        "profile" => vec![Item { day, at: ask.now, json: json!({"data": profile(ask.story.persona)}) }],
        _ => Vec::new(),
    }
}

fn page(stream: &str, ask: &Ask<'_>, items: Vec<Value>, _: Option<&str>) -> Value {
    if stream == "profile" {
        return items.into_iter().next().unwrap_or_default();
    }
    let page = ask.param("page").and_then(|p| p.parse::<usize>().ok()).unwrap_or(1);
    let pagination = json!({"count": items.len(), "per_page": 250, "current_page": page, "links": []});
    json!({"data": items, "meta": {"pagination": pagination}})
}

/// The pieces of a day: other sport is not done on these machines.
fn rowed(ask: &Ask<'_>, day: Day) -> Vec<Done> {
    done(ask, day).into_iter().filter(|d| d.workout.sport == Sport::Row).collect()
}

/// `2026-03-04 17:41:00`.
fn second(at: Time) -> String {
    at.to_iso()[..19].replace('T', " ")
}

fn result(ask: &Ask<'_>, done: &Done) -> Value {
    let persona = ask.story.persona;
    let Done { id, workout, effort } = *done;
    let points = ask.story.track(&workout, EVERY_S);
    let strokes: i64 = points.iter().filter_map(|p| p.cadence).sum();
    json!({
        "id": id,
        "user_id": number(persona),
        "date": second(workout.start.plus_s(i64::from(persona.offset_at(workout.start).0) * 60)),
        "timezone": persona.zone(persona.day_of(workout.start)),
        "date_utc": second(workout.start),
        "distance": (effort.decimetres + 5) / 10,
        "type": "rower",
        "time": workout.minutes() * 600,
        "time_formatted": format!("{}:00.0", workout.minutes()),
        "workout_type": "FixedTimeSplits",
        "source": "ErgData",
        "weight_class": "H",
        "verified": true,
        "ranked": false,
        "comments": null,
        "privacy": "partners",
        "stroke_data": true,
        "calories_total": (effort.energy + 50) / 100,
        "drag_factor": 118,
        "stroke_count": strokes * EVERY_S / 60,
        "stroke_rate": if points.is_empty() { 0 } else { strokes / points.len() as i64 },
        "heart_rate": {
            "min": effort.least,
            "average": (effort.mean_tenths + 5) / 10,
            "max": effort.greatest,
            "ending": points.last().map(|p| p.bpm),
        },
        "workout": {"splits": []},
    })
}

/// Seconds from one told stroke to the next.
const EVERY_S: i64 = 5;

/// The account, and the strokes of a piece.
fn extra(method: &str, path: &str, ask: &Ask<'_>) -> Option<Extra> {
    if method != "GET" {
        return None;
    }
    let id = path.strip_prefix("/api/users/me/results/")?.strip_suffix("/strokes")?;
    let done = find(ask, id.parse().ok()?).filter(|d| d.workout.sport == Sport::Row)?;
    let strokes: Vec<Value> = ask
        .story
        .track(&done.workout, EVERY_S)
        .iter()
        .map(|point| {
            json!({
                "t": point.at.since_ms(done.workout.start) / 100,
                "d": point.decimetres,
                "p": if point.speed > 0 { 5_000_000 / point.speed } else { 0 },
                "spm": point.cadence,
                "hr": point.bpm,
            })
        })
        .collect();
    Some(Extra::Json(json!({"data": strokes})))
}

fn profile(persona: &Persona) -> Value {
    json!({
        "id": number(persona),
        "username": persona.id,
        "first_name": persona.title.split(' ').next(),
        "gender": if persona.gender == "female" { "F" } else { "M" },
        "dob": format!("{}-01-01", persona.born),
        "email": persona.email,
        "country": "ZZZ",
        "weight": (persona.usual_weight() * 100.0).round() as i64,
        "logbook_privacy": "partners",
    })
}

fn notices(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value> {
    // Who ends the authorisation at Concept2 is not told of.
    match event {
        Event::Changed { stream: "results", day } => {
            rowed(ask, day).iter().map(|d| json!({"type": "result-added", "result": result(ask, d)})).collect()
        }
        Event::Deleted { stream: "results", day } => {
            let user = number(ask.story.persona);
            let gone = |d: &Done| json!({"type": "result-deleted", "result_id": d.id, "user_id": user});
            rowed(ask, day).iter().map(gone).collect()
        }
        _ => Vec::new(),
    }
}
