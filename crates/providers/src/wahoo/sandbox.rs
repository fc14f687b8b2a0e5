//! Wahoo's dialect of a persona's days: workouts, and their points as FIT files.
//! Shapes: <https://cloud-api.wahooligan.com>.

use hilum_files::fit;
use hilum_model::Day;
use serde_json::{Value, json};

use crate::persona::{Persona, Sport};
use crate::sandbox::sport::{Done, done, find, fit_file};
use crate::sandbox::{Ask, Event, Extra, Item, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "wahoo",
    account: |persona| number(persona).to_string(),
    items,
    page,
    extra,
    notices,
    ..Teller::STANDARD
};

fn number(persona: &Persona) -> u64 {
    1_000_000 + persona.number(&[0x3a]) % 9_000_000
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    match stream {
        "workouts" => recorded(ask, day)
            .into_iter()
            .map(|(kind, done)| Item { day, at: done.workout.start, json: workout(ask, kind, &done) })
            .collect(),
        "user" => vec![Item { day, at: ask.now, json: user(ask.story.persona) }],
        _ => Vec::new(),
    }
}

/// The workouts of a day that such devices record, with the dialect's number of the sport.
fn recorded(ask: &Ask<'_>, day: Day) -> Vec<(i64, Done)> {
    let number = |sport| match sport {
        Sport::Run => Some(1),
        Sport::Walk => Some(6),
        Sport::Cycle => Some(0),
        Sport::Swim => Some(25),
        Sport::Row => Some(22),
        Sport::Weights | Sport::Yoga => None,
    };
    done(ask, day).into_iter().filter_map(|done| Some((number(done.workout.sport)?, done))).collect()
}

fn workout(ask: &Ask<'_>, kind: i64, done: &Done) -> Value {
    let Done { id, workout, effort } = *done;
    let seconds = workout.minutes() * 60;
    let (start, end) = (workout.start.to_iso(), workout.end.plus_s(240).to_iso());
    // Numbers are texts here.
    let text = |value: f64| format!("{value:.2}");
    json!({
        "id": id,
        "name": "Workout",
        "starts": start,
        "minutes": workout.minutes(),
        "workout_token": format!("ELEMNT {:04X}:{}", number(ask.story.persona) % 65_536, id % 1000),
        "workout_type_id": kind,
        "plan_id": null,
        "created_at": end,
        "updated_at": end,
        "workout_summary": {
            "id": id + 1,
            "heart_rate_avg": text(effort.mean_tenths as f64 / 10.0),
            "calories_accum": text(effort.energy as f64 / 100.0),
            "distance_accum": text(effort.decimetres as f64 / 10.0),
            "ascent_accum": "0.0",
            "duration_active_accum": text(seconds as f64),
            "duration_paused_accum": "0.0",
            "duration_total_accum": text(seconds as f64),
            "speed_avg": text(effort.decimetres as f64 / 10.0 / seconds as f64),
            "cadence_avg": "0.0",
            "power_avg": "0.0",
            "work_accum": "0.0",
            "manual": false,
            "edited": false,
            "fitness_app_id": 7,
            "time_zone": ask.story.persona.zone(ask.story.persona.day_of(workout.start)),
            "file": {"url": format!("{}/files/{id}.fit", ask.base)},
            "created_at": end,
            "updated_at": end,
        },
    })
}

fn page(stream: &str, ask: &Ask<'_>, items: Vec<Value>, _: Option<&str>) -> Value {
    if stream == "user" {
        return items.into_iter().next().unwrap_or_default();
    }
    let number = |name| ask.param(name).and_then(|text| text.parse::<u64>().ok());
    json!({
        "workouts": items,
        "page": number("page").unwrap_or(1),
        "per_page": number("per_page").unwrap_or(30),
        "order": "descending",
        "sort": "starts",
    })
}

fn user(persona: &Persona) -> Value {
    json!({
        "id": number(persona),
        "height": format!("{:.3}", f64::from(persona.height_mm) / 1000.0),
        "weight": format!("{:.1}", persona.usual_weight()),
        "first": persona.title.split(' ').next(),
        "last": "",
        "email": persona.email,
        "birth": format!("{}-01-01", persona.born),
        "gender": u8::from(persona.gender == "female"),
        "created_at": "2024-06-01T12:00:00.000Z",
        "updated_at": "2024-06-01T12:00:00.000Z",
    })
}

/// The file of a workout; its address needs no token.
fn extra(method: &str, path: &str, ask: &Ask<'_>) -> Option<Extra> {
    let id = path.strip_prefix("/files/")?.strip_suffix(".fit")?;
    let done = (method == "GET").then(|| find(ask, id.parse().ok()?)).flatten()?;
    let file = fit::Workout { manufacturer: 32, product: "ELEMNT".to_owned(), ..fit_file(ask, &done) };
    Some(Extra::File { kind: "application/octet-stream", bytes: file.to_bytes() })
}

fn notices(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value> {
    // Who ends the authorisation at Wahoo is not told of.
    let Event::Changed { stream: "workouts", day } = event else { return Vec::new() };
    let body = |(kind, done): (i64, Done)| {
        let told = workout(ask, kind, &done);
        let mut summary = told["workout_summary"].clone();
        summary["workout"] = json!({
            "id": told["id"],
            "starts": told["starts"],
            "minutes": told["minutes"],
            "workout_type_id": kind,
        });
        // The sandbox puts the operator's own token in its place.
        json!({
            "event_type": "workout_summary",
            "webhook_token": "",
            "user": {"id": number(ask.story.persona)},
            "workout_summary": summary,
        })
    };
    recorded(ask, day).into_iter().map(body).collect()
}
