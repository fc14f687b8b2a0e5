//! Notices through the engine's own door: the right ones are heeded, and no others.

use hilum_model::{Day, Kind};
use hilum_providers::persona::{PEOPLE, Persona, Story};
use hilum_providers::sandbox::{Ask, Event, teller};
use hilum_providers::spec::{Handshake, Notice, Provider, Signed, Verify, Window};
use hilum_store::connections::ConnectionState;
use hilum_store::records::StoredRecord;
use serde_json::{Value, json};

use super::somebody;
use crate::bed::{Bed, Link, Setup};
use crate::browser::Press;

pub(crate) fn are_sent(provider: &Provider) -> bool {
    provider.webhook.is_some()
}

/// Whether the provider tells that a person ended the authorisation there.
pub(crate) fn end_grants(provider: &Provider) -> bool {
    are_sent(provider) && !told(provider, &PEOPLE[0], Event::Deauthorised, noon()).is_empty()
}

fn noon() -> hilum_model::Time {
    hilum_model::Time::parse_rfc3339("2026-11-22T12:00:00Z").expect("a time").0
}

fn told(provider: &Provider, persona: &Persona, event: Event<'_>, now: hilum_model::Time) -> Vec<Value> {
    let scopes: Vec<String> = provider.scopes().into_iter().map(str::to_owned).collect();
    let story = Story::new(persona);
    let ask = Ask { story: &story, now, params: &[], json: None, scopes: &scopes, base: "" };
    (teller(provider).expect("a teller").notices)(event, &ask)
}

/// Somebody and the days, newest first, of which a stream sends notices.
fn news(provider: &Provider) -> (&'static Persona, &'static str, Vec<Day>) {
    let yesterday = noon().utc_day().plus(-1);
    let all = PEOPLE.iter().flat_map(|persona| provider.streams.iter().map(move |stream| (persona, stream.id)));
    let days = |persona: &'static Persona, stream: &'static str| -> Vec<Day> {
        let is_told = |day: &Day| !told(provider, persona, Event::Changed { stream, day: *day }, noon()).is_empty();
        (0..30).map(|n| yesterday.plus(-n)).filter(is_told).collect()
    };
    let found = all.map(|(persona, stream)| (persona, stream, days(persona, stream)));
    found.max_by_key(|(_, _, days)| days.len()).filter(|found| found.2.len() >= 6).expect("news on six days")
}

/// What a notice came to.
struct Came {
    statuses: Vec<u64>,
    /// Requests for data that followed.
    asked: u64,
    /// Whether anything was stored or touched.
    stored: bool,
}

impl Came {
    fn is_accepted(&self) -> bool {
        self.statuses.iter().all(|status| (200..300).contains(status))
    }
}

struct Scene {
    bed: Bed,
    link: Link,
    persona: &'static Persona,
    stream: &'static str,
    days: Vec<Day>,
}

impl Scene {
    async fn of(provider: &'static Provider) -> Self {
        let bed = Bed::of(provider).await;
        let (persona, stream, days) = news(provider);
        let (_, link) = bed.enrol(provider, Press::allow(persona.id)).await;
        bed.settle(link).await;
        bed.run_s(900).await;
        Self { bed, link, persona, stream, days }
    }

    async fn send(&self, mode: &str, day: Day) -> Came {
        let (bed, provider) = (&self.bed, self.link.provider);
        let (before, held) = (bed.asked(provider, None).await, self.held());
        let body = json!({"provider": provider.id, "persona": self.persona.id, "stream": self.stream,
            "day": day.to_string(), "mode": mode});
        let (status, sent) = bed.control("notify", &body).await;
        let list = sent["sent"].as_array().unwrap_or_else(|| panic!("{mode}: {status} {sent}"));
        let statuses = list.iter().filter_map(Value::as_u64).collect();
        bed.drain().await;
        Came { statuses, asked: bed.asked(provider, None).await - before, stored: self.held() != held }
    }

    fn held(&self) -> usize {
        self.bed.contents(self.link.human, Day(i32::MAX)).len()
    }
}

pub(crate) async fn right(provider: &'static Provider) {
    let scene = Scene::of(provider).await;
    let is_pushed = provider.stream(scene.stream).is_some_and(|stream| stream.window == Window::Pushed);
    // Of a pushed stream the notice is the data: of a day that is not known yet.
    let days = if is_pushed { &scene.days[5.min(scene.days.len() - 1)..] } else { &scene.days[..] };
    let first = scene.send("right", days[0]).await;
    assert!(first.is_accepted(), "{:?}", first.statuses);
    assert!(first.asked > 0 || (is_pushed && first.stored), "a right notice is not heeded");
    // The very same again: taken, since the provider would go on sending it, and nothing comes of it.
    let again = scene.send("right", days[0]).await;
    assert!(again.is_accepted() && again.asked == 0 && !again.stored, "{:?}, {} asked", again.statuses, again.asked);
    scene.bed.run_s(120).await;
    let other = if is_pushed { days[days.len() - 1] } else { days[1] };
    let twice = scene.send("replayed", other).await;
    assert!(twice.is_accepted(), "{:?}", twice.statuses);
    assert!(twice.asked > 0 || (is_pushed && twice.stored), "one of the two is heeded");
    // The day before: a window more at the most.
    assert!(twice.asked <= first.asked + 1, "{} requests for one thing told twice, {}", twice.asked, first.asked);
    assert_eq!(scene.bed.row(scene.link).state, ConnectionState::Live);
}

pub(crate) async fn wrong(provider: &'static Provider) {
    let scene = Scene::of(provider).await;
    let verify = provider.webhook.expect("sends notices").verify;
    let timed = matches!(verify, Verify::Hmac(h) | Verify::HmacIfSent(h) if h.signed != Signed::Body);
    let optional = matches!(verify, Verify::HmacIfSent(_));
    for (nth, mode) in ["wrong", "missing", "stale"].into_iter().enumerate() {
        if (mode == "stale" && !timed) || (mode == "missing" && optional) {
            continue;
        }
        let came = scene.send(mode, scene.days[nth]).await;
        assert!(came.statuses.iter().all(|status| (400..500).contains(status)), "{mode}: {:?}", came.statuses);
        assert!(came.asked == 0 && !came.stored, "{mode}: heeded, {} requests", came.asked);
    }
    assert_eq!(scene.bed.row(scene.link).state, ConnectionState::Live);
}

pub(crate) async fn greeting(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let url = bed.engine.hook_address(provider.id).expect("takes notices");
    let (status, told) = bed.control("handshake", &json!({"provider": provider.id, "url": url})).await;
    assert_eq!((status, &told["ok"]), (200, &true.into()), "{told}");
    let silent = matches!(provider.webhook.expect("sends notices").handshake, Handshake::None);
    assert_eq!(told["steps"].as_array().is_some_and(Vec::is_empty), silent, "{told}");
}

pub(crate) async fn deauthorised(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let persona = somebody(&bed, provider);
    let link = bed.connect(provider, persona.id).await;
    bed.settle(link).await;
    let body = json!({"provider": provider.id, "persona": persona.id, "event": "deauthorised"});
    let (status, told) = bed.control("notify", &body).await;
    assert_eq!(status, 200, "{told}");
    // Signed or not, it is true: where nobody signed it, the provider is asked.
    let at = bed.now();
    bed.run_s(600).await;
    let (word, reason, since) = bed.health(link);
    assert_eq!((word, reason.is_some()), ("needs_reauth", true), "{told}");
    assert!(since >= at, "{since}");
    let asked = bed.asked(provider, None).await;
    bed.run_s(86_400).await;
    assert_eq!(bed.asked(provider, None).await, asked, "nothing is asked for any more");
}

/// Days of which a deletion is looked for.
const DELETED_DAYS: u16 = 12;

/// Somebody, a stream and a day that the provider tells the deletion of.
fn deletion(provider: &Provider) -> Option<(&'static Persona, &'static str, Day, Vec<Value>)> {
    let yesterday = noon().utc_day().plus(-1);
    let days = 0..i32::from(DELETED_DAYS) - 2;
    let all = PEOPLE.iter().flat_map(|persona| provider.streams.iter().map(move |stream| (persona, stream.id)));
    let all = all.flat_map(|(persona, stream)| days.clone().map(move |n| (persona, stream, yesterday.plus(-n))));
    let found = all.map(|(persona, stream, day)| {
        (persona, stream, day, told(provider, persona, Event::Deleted { stream, day }, noon()))
    });
    found.into_iter().find(|(.., bodies)| !bodies.is_empty())
}

pub(crate) fn tell_deletions(provider: &Provider) -> bool {
    are_sent(provider) && deletion(provider).is_some()
}

pub(crate) async fn deleted(provider: &'static Provider) {
    let (persona, stream, day, bodies) = deletion(provider).expect("told");
    let setup = Setup { known_days: DELETED_DAYS, depth_days: Some(DELETED_DAYS), ..Setup::SHORT };
    let bed = Bed::with(setup, &[provider]).await;
    let link = bed.connect(provider, persona.id).await;
    bed.settle(link).await;
    let webhook = provider.webhook.expect("sends notices");
    let gone: Vec<(Kind, String)> = bodies
        .iter()
        .flat_map(|body| (webhook.read)(body, noon()))
        .map(|notice| match notice {
            Notice::Deleted { kind, key, .. } => (kind, key),
            other => panic!("{other:?}"),
        })
        .collect();
    let is_gone = |row: &StoredRecord| {
        gone.iter().any(|(kind, key)| row.record.body.kind() == Some(*kind) && row.record.key == *key)
    };
    let before = bed.all_records(link.human);
    assert_eq!(before.iter().filter(|row| is_gone(row)).count(), gone.len(), "what will be deleted is there: {gone:?}");
    let asked = bed.asked(provider, None).await;
    let body = json!({"provider": provider.id, "persona": persona.id, "event": "deleted", "stream": stream,
        "day": day.to_string()});
    let (status, sent) = bed.control("notify", &body).await;
    assert_eq!(status, 200, "{sent}");
    bed.drain().await;
    let after = bed.all_records(link.human);
    if matches!(webhook.verify, Verify::SecretPath) {
        // Nobody signed it: the provider is asked for news, and nothing is taken away.
        assert_eq!(after.iter().filter(|row| is_gone(row)).count(), gone.len(), "an unsigned deletion is believed");
        assert!(bed.asked(provider, None).await > asked, "nor is it heeded");
        return;
    }
    assert!(!after.iter().any(is_gone), "it is still there");
    let rest: Vec<&StoredRecord> = before.iter().filter(|row| !is_gone(row)).collect();
    assert!(rest.iter().all(|row| after.contains(row)), "something else was touched");
    bed.nudge(link).await;
    bed.drain().await;
    assert!(!bed.all_records(link.human).iter().any(is_gone), "the next sync brings it back");
}
