//! Strava's dialect of a persona's days. Shapes: <https://developers.strava.com/docs/reference/>.

use hilum_model::{Day, Time};
use serde_json::{Map, Value, json};

use crate::persona::{Persona, Point, Sport};
use crate::sandbox::sport::{Done, done, find};
use crate::sandbox::{Ask, Event, Extra, Granted, Item, Left, Refusal, Refused, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "strava",
    account,
    items,
    page: |stream, _, items, _| match stream {
        "athlete" => items.into_iter().next().unwrap_or_default(),
        _ => Value::Array(items),
    },
    token,
    refuse,
    extra,
    notices,
    rate,
    ..Teller::STANDARD
};

/// The use of the limits, of a quarter of an hour and of a day.
fn rate(left: &[Left], _now: Time) -> Vec<(&'static str, String)> {
    let both = |value: fn(&Left) -> u32| {
        let texts: Vec<String> = left.iter().map(|one| value(one).to_string()).collect();
        texts.join(",")
    };
    vec![("x-readratelimit-limit", both(|one| one.most)), ("x-readratelimit-usage", both(|one| one.most - one.left))]
}

/// Seconds from point to point of a track.
const EVERY_S: i64 = 10;

fn account(persona: &Persona) -> String {
    number(persona).to_string()
}

fn number(persona: &Persona) -> i64 {
    (10_000_000 + persona.number(&[0x57]) % 90_000_000) as i64
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    match stream {
        "activities" => {
            done(ask, day).iter().map(|d| Item { day, at: d.workout.start, json: activity(ask, d) }).collect()
        }
        "athlete" => vec![Item { day, at: ask.now, json: athlete(ask.story.persona) }],
        _ => Vec::new(),
    }
}

/// The dialect's word for a sport, old and new.
const fn word(sport: Sport) -> &'static str {
    match sport {
        Sport::Run => "Run",
        Sport::Walk => "Walk",
        Sport::Cycle => "Ride",
        Sport::Swim => "Swim",
        Sport::Row => "Rowing",
        Sport::Weights => "WeightTraining",
        Sport::Yoga => "Yoga",
    }
}

fn activity(ask: &Ask<'_>, done: &Done) -> Value {
    let persona = ask.story.persona;
    let Done { id, workout, effort } = *done;
    let offset = persona.offset_at(workout.start);
    let seconds = workout.minutes() * 60;
    let points = ask.story.track(&workout, EVERY_S);
    let speeds = || points.iter().map(|p| p.speed);
    let place = |point: Option<&Point>| point.and_then(|p| p.place).map_or_else(Vec::new, degrees);
    let watts: Vec<i64> = points.iter().filter_map(|p| p.watts).collect();
    json!({
        "resource_state": 2,
        "athlete": {"id": number(persona), "resource_state": 1},
        "id": id,
        "name": format!("{} with friends", word(workout.sport)),
        "type": word(workout.sport),
        "sport_type": word(workout.sport),
        "start_date": second(workout.start),
        "start_date_local": second(workout.start.plus_s(i64::from(offset.0) * 60)),
        "timezone": format!("(GMT{offset}) {}", persona.zone(persona.day_of(workout.start))),
        "utc_offset": f64::from(offset.0) * 60.0,
        "elapsed_time": seconds,
        "moving_time": seconds,
        "distance": effort.decimetres as f64 / 10.0,
        "total_elevation_gain": climbed(&points),
        "average_speed": (effort.decimetres as f64 * 100.0 / seconds as f64).round() / 1000.0,
        "max_speed": speeds().max().unwrap_or(0) as f64 / 1000.0,
        "has_heartrate": true,
        "average_heartrate": effort.mean_tenths as f64 / 10.0,
        "max_heartrate": f64::from(effort.greatest),
        "average_watts": (!watts.is_empty()).then(|| (watts.iter().sum::<i64>() as f64 / watts.len() as f64).round()),
        "start_latlng": place(points.first()),
        "end_latlng": place(points.last()),
        "map": {"id": format!("a{id}"), "summary_polyline": "", "resource_state": 2},
        "manual": false,
        "private": false,
        "trainer": false,
        "device_name": "Forerunner 965",
        "external_id": format!("garmin_push_{id}"),
        "gear_id": null,
    })
}

/// Metres of all climbs.
fn climbed(points: &[Point]) -> f64 {
    let heights: Vec<i64> = points.iter().filter_map(|p| p.altitude).collect();
    heights.windows(2).map(|w| (w[1] - w[0]).max(0)).sum::<i64>() as f64 / 10.0
}

fn degrees((latitude, longitude): (i64, i64)) -> Vec<f64> {
    vec![latitude as f64 / 1e6, longitude as f64 / 1e6]
}

/// RFC 3339 to the second, with the `Z` that Strava puts behind local times too.
fn second(at: Time) -> String {
    format!("{}Z", &at.to_iso()[..19])
}

fn athlete(persona: &Persona) -> Value {
    json!({
        "id": number(persona),
        "resource_state": 3,
        "firstname": persona.title.split(' ').next(),
        "sex": if persona.gender == "female" { "F" } else { "M" },
        "weight": persona.usual_weight(),
    })
}

/// `/activities/{id}/streams`.
fn extra(method: &str, path: &str, ask: &Ask<'_>) -> Option<Extra> {
    let id = path.strip_prefix("/api/v3/activities/")?.strip_suffix("/streams")?;
    if method != "GET" || !ask.granted("activity:read") {
        return None;
    }
    let done = find(ask, id.parse().ok()?)?;
    let points = ask.story.track(&done.workout, EVERY_S);
    let size = points.len();
    let mut streams = Map::new();
    let mut tell = |name: &str, data: Vec<Value>| {
        // What was not measured at all is not there.
        if ask.lists("keys", name) && data.iter().any(|v| !v.is_null()) {
            let stream = json!({"data": data, "series_type": "distance", "original_size": size, "resolution": "high"});
            streams.insert(name.to_owned(), stream);
        }
    };
    let each = |value: &dyn Fn(&Point) -> Value| points.iter().map(value).collect::<Vec<_>>();
    tell("time", each(&|p| json!(p.at.since_ms(done.workout.start) / 1000)));
    tell("latlng", each(&|p| p.place.map_or(Value::Null, |place| json!(degrees(place)))));
    tell("altitude", each(&|p| p.altitude.map_or(Value::Null, |tenths| json!(tenths as f64 / 10.0))));
    tell("velocity_smooth", each(&|p| json!(p.speed as f64 / 1000.0)));
    tell("heartrate", each(&|p| json!(p.bpm)));
    // Of one leg, on foot.
    let legs = if matches!(done.workout.sport, Sport::Run | Sport::Walk) { 2.0 } else { 1.0 };
    tell("cadence", each(&|p| json!(p.cadence.map(|n| n as f64 / legs))));
    tell("watts", each(&|p| json!(p.watts)));
    Some(Extra::Json(Value::Object(streams)))
}

fn notices(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value> {
    let persona = ask.story.persona;
    let body = |object: &str, id: i64, aspect: &str, updates: Value| {
        json!({
            "object_type": object,
            "object_id": id,
            "aspect_type": aspect,
            "updates": updates,
            "owner_id": number(persona),
            "subscription_id": 120_475,
            "event_time": ask.now.unix_s(),
        })
    };
    match event {
        Event::Deauthorised => vec![body("athlete", number(persona), "update", json!({"authorized": "false"}))],
        Event::Changed { stream: "activities", day } => {
            done(ask, day).iter().map(|d| body("activity", d.id, "create", json!({}))).collect()
        }
        Event::Deleted { stream: "activities", day } => {
            done(ask, day).iter().map(|d| body("activity", d.id, "delete", json!({}))).collect()
        }
        Event::Changed { .. } | Event::Deleted { .. } | Event::Waiting { .. } | Event::PermissionsChanged => Vec::new(),
    }
}

/// The scope is told in the redirect, not here.
fn token(granted: &Granted<'_>) -> Value {
    let id = granted.account.parse::<i64>().map_or_else(|_| json!(granted.account), |id| json!(id));
    json!({
        "token_type": "Bearer",
        "access_token": granted.access_token,
        "expires_in": granted.expires_in,
        "refresh_token": granted.refresh_token,
        "athlete": {"id": id, "resource_state": 2},
    })
}

fn refuse(refusal: Refusal) -> Refused {
    let fault = |status: u16, message: &str, error: Option<[&str; 3]>| {
        let errors: Vec<Value> = error.iter().map(|[r, f, c]| json!({"resource": r, "field": f, "code": c})).collect();
        Refused { status, json: Some(json!({"message": message, "errors": errors})) }
    };
    let bad = |error| fault(400, "Bad Request", Some(error));
    match refusal {
        Refusal::InvalidClient => bad(["Application", "client_id", "invalid"]),
        Refusal::InvalidCode => bad(["AuthorizationCode", "code", "invalid"]),
        Refusal::InvalidRefresh => bad(["RefreshToken", "refresh_token", "invalid"]),
        Refusal::InvalidRequest => bad(["Application", "grant_type", "missing"]),
        Refusal::UnsupportedGrantType => bad(["Application", "grant_type", "invalid"]),
        Refusal::BadParameter(name) => bad(["Activity", name, "invalid"]),
        Refusal::InvalidToken => fault(401, "Authorization Error", Some(["Athlete", "access_token", "invalid"])),
        Refusal::ScopeMissing => {
            fault(401, "Authorization Error", Some(["AccessToken", "activity:read_permission", "missing"]))
        }
        Refusal::NotFound => fault(404, "Record Not Found", Some(["resource", "path", "invalid"])),
        Refusal::RateLimited => fault(429, "Rate Limit Exceeded", Some(["Application", "rate limit", "exceeded"])),
        Refusal::ServerError => fault(500, "error", None),
    }
}
