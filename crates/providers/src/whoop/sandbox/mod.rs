//! WHOOP's dialect of a persona's days. Shapes: <https://developer.whoop.com/api>.

mod records;

use hilum_model::{Day, Time};
use serde_json::{Value, json};

use crate::persona::Persona;
use crate::sandbox::{Ask, Event, Item, Left, Teller};

/// The dialect.
pub const TELLER: Teller = Teller {
    provider: "whoop",
    page_items: |_| 25,
    account: |persona| account(persona).to_string(),
    items,
    page,
    notices,
    rate,
    ..Teller::STANDARD
};

/// What is left of the limit that is nearest to its end.
fn rate(left: &[Left], _now: Time) -> Vec<(&'static str, String)> {
    let nearest = left.iter().min_by_key(|one| one.left);
    let headers = |one: &Left| {
        vec![
            ("x-ratelimit-limit", one.most.to_string()),
            ("x-ratelimit-remaining", one.left.to_string()),
            ("x-ratelimit-reset", one.reset_s.to_string()),
        ]
    };
    nearest.map(headers).unwrap_or_default()
}

/// Accounts are numbers.
fn account(persona: &Persona) -> u64 {
    10_000_000 + persona.number(&[0x30]) % 89_000_000
}

fn items(stream: &str, ask: &Ask<'_>, day: Day) -> Vec<Item> {
    let persona = ask.story.persona;
    let whole = |json| vec![Item { day, at: ask.now, json }];
    match stream {
        "cycle" => records::cycle(ask, day).into_iter().collect(),
        "recovery" => records::recovery(ask, day).into_iter().collect(),
        "sleep" => records::sleeps(ask, day),
        "workout" => records::workouts(ask, day),
        "body" => whole(json!({
            "height_meter": f64::from(persona.height_mm) / 1000.0,
            "weight_kilogram": persona.usual_weight(),
            "max_heart_rate": 208 - i64::from(2026 - persona.born) * 7 / 10,
        })),
        "profile" => {
            let name = persona.title.split(',').next().unwrap_or_default();
            let (first, last) = name.split_once(' ').unwrap_or((name, ""));
            whole(json!({
                "user_id": account(persona),
                "email": persona.email,
                "first_name": first,
                "last_name": last,
            }))
        }
        _ => Vec::new(),
    }
}

fn page(stream: &str, _: &Ask<'_>, items: Vec<Value>, next: Option<&str>) -> Value {
    match stream {
        // One document, not a list.
        "body" | "profile" => items.into_iter().next().unwrap_or_default(),
        _ => json!({"records": items, "next_token": next}),
    }
}

/// A notice for each record of the day; a recovery is named by its sleep.
fn notices(event: Event<'_>, ask: &Ask<'_>) -> Vec<Value> {
    let (stream, day, happened) = match event {
        Event::Changed { stream, day } => (stream, day, "updated"),
        Event::Deleted { stream, day } => (stream, day, "deleted"),
        Event::Waiting { .. } | Event::Deauthorised | Event::PermissionsChanged => return Vec::new(),
    };
    let (what, id) = match stream {
        "sleep" | "workout" => (stream, "id"),
        "recovery" => (stream, "sleep_id"),
        _ => return Vec::new(),
    };
    let persona = ask.story.persona;
    (0..)
        .zip(items(stream, ask, day))
        .map(|(nth, item)| {
            json!({
                "user_id": account(persona),
                "id": item.json[id],
                "type": format!("{what}.{happened}"),
                "trace_id": persona.uuid(&[0x31, i64::from(day.0), nth]),
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use hilum_model::Time;

    use super::*;
    use crate::persona::{PEOPLE, Story};
    use crate::spec::Notice;

    #[test]
    fn notices_are_understood() {
        let story = Story::new(&PEOPLE[0]);
        let now = Time::parse_rfc3339("2026-11-22T12:00:00Z").expect("a time").0;
        let ask = Ask { story: &story, now, params: &[], json: None, scopes: &[], base: "" };
        let day = Day::parse("2026-11-20").expect("a day");
        for stream in ["sleep", "recovery"] {
            let bodies = notices(Event::Changed { stream, day }, &ask);
            let read: Vec<Notice> = bodies.iter().flat_map(|b| super::super::notices::read(b, now)).collect();
            let look = Notice::Look { account: account(&PEOPLE[0]).to_string(), streams: vec![stream], days: None };
            assert_eq!(read, [look]);
            let gone = notices(Event::Deleted { stream, day }, &ask);
            let read: Vec<Notice> = gone.iter().flat_map(|b| super::super::notices::read(b, now)).collect();
            assert!(matches!(&read[..], [Notice::Deleted { .. }]), "{read:?}");
        }
        assert_eq!(notices(Event::Changed { stream: "body", day }, &ask), Vec::<Value>::new());
        assert_eq!(notices(Event::Deauthorised, &ask), Vec::<Value>::new(), "WHOOP does not tell");
    }
}
