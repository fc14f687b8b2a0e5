//! What the made-up people have to tell at a provider, by its teller alone: no server, no engine.

use std::collections::BTreeMap;
use std::sync::{LazyLock, Mutex, PoisonError};

use hilum_model::{Batch, Day, Time};
use hilum_providers::persona::{PEOPLE, Persona, Story};
use hilum_providers::sandbox::{Ask, Item, teller};
use hilum_providers::spec::{Context, Provider, Stream};

/// Items of a stream of these days.
pub(crate) fn items(provider: &Provider, stream: &Stream, story: &Story<'_>, now: Time, days: (Day, Day)) -> Vec<Item> {
    let teller = teller(provider).expect("a teller");
    let params = stream.request(days.0, days.1).params;
    let scopes: Vec<String> = provider.scopes().into_iter().map(str::to_owned).collect();
    let ask = Ask { story, now, params: &params, json: None, scopes: &scopes, base: "" };
    (days.0.0..=days.1.0).flat_map(|day| (teller.items)(stream.id, &ask, Day(day))).collect()
}

/// The same, read by the stream's parser as one answer.
pub(crate) fn batch(provider: &Provider, stream: &Stream, story: &Story<'_>, now: Time, days: (Day, Day)) -> Batch {
    let teller = teller(provider).expect("a teller");
    let params = stream.request(days.0, days.1).params;
    let scopes: Vec<String> = provider.scopes().into_iter().map(str::to_owned).collect();
    let ask = Ask { story, now, params: &params, json: None, scopes: &scopes, base: "" };
    let items = items(provider, stream, story, now, days).into_iter().map(|item| item.json).collect();
    let page = (teller.page)(stream.id, &ask, items, None).to_string();
    let context = Context { received: now, time_zone: Some(story.persona.zone(days.1).to_owned()) };
    (stream.parse)(page.as_bytes(), &context).unwrap_or_else(|error| panic!("{} {}: {error}", provider.id, stream.id))
}

/// The person who has most to tell at a provider: by streams, then by items, of the five days before that time.
pub(crate) fn liveliest(provider: &Provider, now: Time) -> &'static Persona {
    static KNOWN: LazyLock<Mutex<BTreeMap<(&'static str, Time), &'static Persona>>> = LazyLock::new(Mutex::default);
    let known = KNOWN.lock().unwrap_or_else(PoisonError::into_inner).get(&(provider.id, now)).copied();
    known.unwrap_or_else(|| {
        let liveliness = |persona: &&Persona| {
            let (story, today) = (Story::new(persona), persona.day_of(now));
            let counts = provider
                .streams
                .iter()
                .map(|stream| items(provider, stream, &story, now, (today.plus(-4), today.plus(-1))).len());
            let counts: Vec<usize> = counts.collect();
            (counts.iter().filter(|count| **count > 0).count(), counts.iter().sum::<usize>())
        };
        let found = PEOPLE.iter().max_by_key(liveliness).expect("people");
        KNOWN.lock().unwrap_or_else(PoisonError::into_inner).insert((provider.id, now), found);
        found
    })
}
