//! The made-up people's days in this source's dialect: exactly its shapes, with what they lived.

use hilum_model::Day;
use serde_json::{Value, json};

use crate::sandbox::{Ask, Granted, Item, Teller};

/// The dialect. What is not named is as in `STANDARD`.
pub const TELLER: Teller = Teller {
    provider: "template",
    items: |_, ask, day| item(ask, day).into_iter().collect(),
    page: |_, _, items, next| json!({"days": items, "next": next}),
    token,
    ..Teller::STANDARD
};

/// A day so far; nothing of what is still to come.
fn item(ask: &Ask<'_>, day: Day) -> Option<Item> {
    let sum = ask.story.totals(day, ask.now).filter(|sum| sum.minutes > 0)?;
    let json = json!({"day": day.to_string(), "steps": sum.steps});
    Some(Item { day, at: ask.story.persona.start_of(day), json })
}

fn token(granted: &Granted<'_>) -> Value {
    json!({
        "access_token": granted.access_token,
        "refresh_token": granted.refresh_token,
        "expires_in": granted.expires_in,
        "scope": granted.scope,
        "user_id": granted.account,
    })
}

#[cfg(test)]
mod tests {
    use hilum_model::{Body, Observation, Time};

    use super::super::PROVIDER;
    use super::*;
    use crate::persona::{PEOPLE, Story};
    use crate::spec::Context;

    /// A registered provider is asked this by the shared suites; the template is not registered.
    #[test]
    fn what_is_told_is_read_back() {
        let story = Story::new(&PEOPLE[0]);
        let now = Time::parse_rfc3339("2026-11-22T12:00:00Z").expect("a time").0;
        let day = Day::parse("2026-11-20").expect("a day");
        let ask = Ask { story: &story, now, params: &[], json: None, scopes: &[], base: "" };
        let stream = PROVIDER.stream("days").expect("a stream");
        let items = (TELLER.items)(stream.id, &ask, day).into_iter().map(|item| item.json).collect();
        let answer = (TELLER.page)(stream.id, &ask, items, None).to_string();
        let batch = (stream.parse)(answer.as_bytes(), &Context { received: now, time_zone: None }).expect("its form");
        let [Observation::Record(record)] = batch.observations.as_slice() else { panic!("one record") };
        let Body::ActivityDay(total) = &record.body else { panic!("a total") };
        let lived = story.totals(day, now).expect("a day").steps;
        assert_eq!((record.day, total.steps), (day, Some(lived as f64)));
        let granted =
            Granted { access_token: "a", refresh_token: Some("r"), expires_in: 3600, scope: "activity", account: "42" };
        let answer = (TELLER.token)(&granted);
        let read = PROVIDER.auth.read_token(&answer).expect("a token");
        assert_eq!((read.user_id.as_deref(), TELLER.provider), (Some("42"), PROVIDER.id));
    }
}
