//! Suunto's dialect of a persona's days, in its three envelopes. Shapes: <https://apizone.suunto.com>.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hilum_files::fit;
use hilum_model::{Day, StageKind, Time};
use serde_json::{Value, json};

use crate::persona::{Persona, SLOT_S, Sport, Stretch};
use crate::sandbox::sport::{Done, done, find, fit_file};
use crate::sandbox::{Ask, Event, Extra, Item, Refusal, Refused, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "suunto",
    account: |persona| persona.id.replace('-', ""),
    items,
    page,
    extra,
    refuse,
    notices,
    access_token: Some(jwt),
    ..Teller::STANDARD
};

/// A token that names the user. Nobody checks its signature, and here it has none that could be.
fn jwt(random: &str, account: &str) -> String {
    let part = |json: Value| URL_SAFE_NO_PAD.encode(json.to_string());
    format!("{}.{}.{random}", part(json!({"alg": "RS256", "typ": "JWT"})), part(json!({"user": account})))
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    match stream {
        "workouts" => done(ask, day).iter().map(|d| Item { day, at: d.workout.start, json: workout(ask, d) }).collect(),
        "daily_activity" => totals(ask, day),
        "activity_samples" => samples(ask, day),
        "sleep" => sleeps(ask, day),
        _ => Vec::new(),
    }
}

fn page(stream: &str, ask: &Ask<'_>, items: Vec<Value>, _: Option<&str>) -> Value {
    match stream {
        "workouts" => json!({"error": null, "payload": items, "metadata": {"ts": ask.now.0.to_string()}}),
        // A list a kind and day: the API joins the days of a kind, which reads the same.
        "daily_activity" => items
            .iter()
            .flat_map(|item| item.as_object().into_iter().flatten())
            .map(|(kind, sample)| json!({"Name": kind, "Sources": [{"Name": WATCH, "Samples": [sample]}]}))
            .collect(),
        _ => Value::Array(items),
    }
}

const WATCH: &str = "Suunto Race";

/// RFC 3339 with milliseconds at the person's own offset.
fn local(persona: &Persona, at: Time) -> String {
    let offset = persona.offset_at(at);
    format!("{}{offset}", &at.plus_s(i64::from(offset.0) * 60).to_iso()[..23])
}

fn joules(hundredths_of_kcal: i64) -> f64 {
    hundredths_of_kcal as f64 * 41.84
}

fn totals(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let Some(sum) = ask.story.totals(day, ask.now).filter(|sum| sum.minutes > 0) else {
        return Vec::new();
    };
    let at = persona.start_of(day);
    let sample = |value: Value| json!({"TimeISO8601": local(persona, at), "Value": value});
    let energy = joules(sum.all_energy(persona));
    let json = json!({"stepcount": sample(json!(sum.steps)), "energyconsumption": sample(json!(energy))});
    vec![Item { day, at, json }]
}

/// Ten minutes at a time.
fn samples(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let minutes = ask.story.minutes(day);
    let told: Vec<_> = minutes.within(minutes.start, ask.now).collect();
    let night = ask.story.sleeps(day).into_iter().find(|s| s.main);
    told.chunks(10)
        .filter_map(|ten| {
            let ((at, first), all) = (*ten.first()?, Stretch::of(ten.iter().map(|(_, m)| *m))?);
            let slot = night.as_ref().filter(|s| s.stage_at(at).is_some());
            let slot = slot.map(|s| (at.since_ms(s.start) / 1000 / SLOT_S) as usize);
            let basal = persona.basal() * 100.0 * ten.len() as f64 / 1440.0;
            let json = json!({"timestamp": local(persona, at), "entryData": {
                "HR": first.bpm,
                "HRExt": {"Max": all.greatest, "Min": all.least},
                "StepCount": all.steps,
                "EnergyConsumption": joules(basal.round() as i64 + all.energy),
                "SpO2": slot.map(|slot| persona.oxygen_slot(day, slot) as f64 / 1000.0),
                "Altitude": 34.0,
                "HRV": slot.map(|slot| persona.variability_slot(day, slot)),
            }});
            Some(Item { day, at, json })
        })
        .collect()
}

fn sleeps(ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let over = ask.story.sleeps(day).into_iter().filter(|s| s.end <= ask.now);
    over.filter_map(|slept| {
        let minutes = ask.story.minutes_between(slept.start, slept.end);
        let heart = Stretch::of(minutes.iter().map(|(_, m)| m))?;
        let json = json!({"timestamp": local(persona, slept.start), "entryData": {
            "BedtimeStart": local(persona, slept.start),
            "BedtimeEnd": local(persona, slept.end),
            "Duration": slept.in_bed_s() as f64,
            "DeepSleepDuration": slept.seconds(StageKind::Deep) as f64,
            "LightSleepDuration": slept.seconds(StageKind::Light) as f64,
            "REMSleepDuration": slept.seconds(StageKind::Rem) as f64,
            "HRAvg": heart.mean_tenths as f64 / 10.0,
            "HRMin": f64::from(heart.least),
            "SleepQualityScore": (slept.asleep_s() / 320).clamp(20, 98),
            "IsNap": !slept.main,
            "SleepId": slept.start.unix_s(),
        }});
        Some(Item { day, at: slept.start, json })
    })
    .collect()
}

/// The dialect's number of a sport.
const fn number(sport: Sport) -> i64 {
    match sport {
        Sport::Walk => 0,
        Sport::Run => 1,
        Sport::Cycle => 2,
        Sport::Swim => 21,
        Sport::Weights => 23,
        Sport::Yoga => 51,
        Sport::Row => 57,
    }
}

fn workout(ask: &Ask<'_>, done: &Done) -> Value {
    let Done { id, workout, effort } = *done;
    let seconds = (workout.minutes() * 60) as f64;
    let speed = effort.decimetres as f64 / 10.0 / seconds;
    let (mean, greatest) = ((effort.mean_tenths + 5) / 10, effort.greatest);
    json!({
        "workoutKey": format!("{id:x}"),
        "workoutId": 0,
        "activityId": number(workout.sport),
        "startTime": workout.start.0,
        "totalTime": seconds,
        "timeOffsetInMinutes": ask.story.persona.offset_at(workout.start).0,
        "totalDistance": effort.decimetres as f64 / 10.0,
        "totalAscent": 0.0,
        "totalDescent": 0.0,
        "stepCount": effort.steps,
        "energyConsumption": (effort.energy + 50) / 100,
        "avgSpeed": (speed * 100.0).round() / 100.0,
        "maxSpeed": (speed * 110.0).round() / 100.0,
        "hrdata": {
            "workoutAvgHR": mean,
            "workoutMaxHR": greatest,
            "userMaxHR": 195,
            "avg": mean,
            "hrmax": greatest,
            "max": 195,
        },
        "isManuallyAdded": false,
        "gear": {"manufacturer": "Suunto", "name": WATCH},
    })
}

/// The file of a workout.
fn extra(method: &str, path: &str, ask: &Ask<'_>) -> Option<Extra> {
    let key = path.strip_prefix("/v3/workouts/")?.strip_suffix("/fit")?;
    let id = i64::from_str_radix(key, 16).ok().filter(|_| method == "GET")?;
    let file = fit::Workout { manufacturer: 23, product: WATCH.to_owned(), ..fit_file(ask, &find(ask, id)?) };
    Some(Extra::File { kind: "application/vnd.ant.fit", bytes: file.to_bytes() })
}

fn refuse(refusal: Refusal) -> Refused {
    let fault = |status: u16, text: &str| Refused { status, json: Some(json!({"error": text, "payload": null})) };
    match refusal {
        Refusal::InvalidToken | Refusal::ScopeMissing => fault(401, "unauthorized"),
        Refusal::BadParameter(name) => fault(400, &format!("invalid {name}")),
        Refusal::NotFound => fault(404, "not found"),
        Refusal::RateLimited => fault(429, "too many requests"),
        Refusal::ServerError => fault(500, "internal error"),
        other => (Teller::STANDARD.refuse)(other),
    }
}

fn notices(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value> {
    // Who ends the authorisation at Suunto is not told of.
    let Event::Changed { stream, day } = event else { return Vec::new() };
    let told: Vec<Value> = items(stream, ask, day).into_iter().map(|item| item.json).collect();
    let name = (TELLER.account)(ask.story.persona);
    match stream {
        "workouts" => told
            .into_iter()
            .map(|workout| json!({"type": "WORKOUT_CREATED", "username": name, "workout": workout, "gear": {}}))
            .collect(),
        "sleep" => vec![json!({"type": "SUUNTO_247_SLEEP_CREATED", "username": name, "samples": told})],
        "activity_samples" => vec![json!({"type": "SUUNTO_247_ACTIVITY_CREATED", "username": name, "samples": told})],
        "daily_activity" => vec![json!({"type": "SUUNTO_247_ACTIVITY_CREATED", "username": name, "samples": []})],
        _ => Vec::new(),
    }
}
