//! Days as they were lived, in winter and when clocks change, and days that are corrected afterwards.

use std::collections::BTreeSet;

use hilum_model::{Day, Kind, Time};
use hilum_providers::persona::{PEOPLE, Persona, Story};
use hilum_providers::spec::{Provider, Stream, Window};
use hilum_store::records::StoredRecord;
use serde_json::json;

use super::somebody;
use crate::bed::{Bed, Setup, is_asked};
use crate::held::same;
use crate::lived::compare;
use crate::told::{items, liveliest};

/// Connects people and compares the days before the beginning.
async fn compared(provider: &'static Provider, setup: Setup, people: &[&'static Persona]) {
    let bed = Bed::with(setup, &[provider]).await;
    let began = bed.now();
    let mut seen = 0;
    for persona in people {
        let link = bed.connect(provider, persona.id).await;
        bed.settle(link).await;
        let today = persona.day_of(began);
        let all = compare(&bed, link.human, persona, (bed.known_since().plus(1), today.plus(-1)));
        all.is_right(persona.id);
        seen += all.seen.values().sum::<usize>();
    }
    assert!(seen > 0, "nothing could be compared");
}

pub(crate) async fn lived(provider: &'static Provider) {
    compared(provider, Setup::SHORT, &PEOPLE.iter().collect::<Vec<_>>()).await;
}

/// In Europe clocks went back on 2026-10-25: that day of the runner has 25 hours.
pub(crate) async fn clocks_change(provider: &'static Provider) {
    let runner = &PEOPLE[0];
    let changed = Day::parse("2026-10-25").expect("a day");
    assert_eq!(runner.end_of(changed).since_ms(runner.start_of(changed)), 25 * 3_600_000);
    let setup = Setup { now: "2026-10-27T12:00:00Z", known_days: 6, depth_days: Some(6), ..Setup::SHORT };
    let others = PEOPLE.iter().filter(|one| (-3..3).any(|n| one.zone(changed.plus(n)) != one.home));
    let mut people: Vec<&Persona> = std::iter::once(runner).chain(others).collect();
    assert!(people.len() > 1, "nobody is on a journey");
    // Not all of them have something to tell everywhere.
    let liveliest = liveliest(provider, Time::parse_rfc3339(setup.now).expect("a time").0);
    if people.iter().all(|one| one.id != liveliest.id) {
        people.push(liveliest);
    }
    compared(provider, setup, &people).await;
}

fn noon() -> Time {
    Time::parse_rfc3339(Setup::SHORT.now).expect("a time").0
}

fn is_corrected(provider: &Provider, stream: &Stream, persona: &Persona) -> bool {
    let (first, late) = (Story::new(persona), Story::new(persona).corrected_at(noon()));
    let yesterday = persona.day_of(noon()).plus(-1);
    let told = |story: &Story<'_>| items(provider, stream, story, noon(), (yesterday, yesterday));
    stream.window != Window::Whole && told(&first) != told(&late)
}

/// Whether the provider tells anything else after the correction of a day.
pub(crate) fn corrects(provider: &Provider) -> bool {
    let persona = liveliest(provider, noon());
    provider.streams.iter().any(|stream| is_corrected(provider, stream, persona))
}

pub(crate) async fn corrected_late(provider: &'static Provider) {
    let bed = Bed::of(provider).await;
    let (persona, began) = (somebody(&bed, provider), bed.now());
    let (today, yesterday) = (persona.day_of(began), persona.day_of(began).plus(-1));
    let link = bed.connect(provider, persona.id).await;
    bed.settle(link).await;
    // Somebody elsewhere who connects only after the correction hears nothing but the corrected day.
    let late = Bed::of(provider).await;
    late.clock.set(bed.now().plus_s(60));
    late.fail(persona.id, &["late_correction"]).await;
    let fresh = late.connect(provider, persona.id).await;
    late.settle(fresh).await;
    let right = late.contents(fresh.human, today);
    let (before, old) = (bed.contents(link.human, today), bed.all_records(link.human));
    bed.clock.advance_ms(60_000);
    bed.fail(persona.id, &["late_correction"]).await;
    assert_ne!(right, before, "nothing was corrected");
    let at = bed.now();
    bed.clock.advance_ms(60_000);
    if is_asked(provider) {
        bed.nudge(link).await;
    } else {
        for stream in provider.streams.iter().filter(|stream| is_corrected(provider, stream, persona)) {
            let body = json!({"provider": provider.id, "persona": persona.id, "stream": stream.id,
                "day": yesterday.to_string()});
            assert_eq!(bed.control("notify", &body).await.0, 200, "{}", stream.id);
        }
    }
    bed.drain().await;
    // A moment that the provider does not tell any more stays: nothing says that it was taken back.
    let held: BTreeSet<String> = bed.contents(link.human, today);
    let known = held.iter().filter(|one| right.contains(*one) || one.contains(" Record ")).cloned().collect();
    same(&known, &right, "after the correction");
    let new = bed.all_records(link.human);
    let mut moved = 0;
    // Stretches of a night are told anew as a whole.
    for row in old.iter().filter(|row| row.record.body.kind() != Some(Kind::SleepStage)) {
        let kept: &StoredRecord =
            new.iter().find(|one| one.id == row.id).unwrap_or_else(|| panic!("{:?} went", row.record));
        assert_eq!(kept.created_at, row.created_at);
        if kept.record == row.record {
            assert_eq!(kept.updated_at, row.updated_at, "{:?} was touched without a change", row.record.body.kind());
        } else {
            assert!(kept.updated_at > at, "{:?}: corrected, and updatedAt stays", row.record.body.kind());
            moved += usize::from(kept.record.day == yesterday);
        }
    }
    let is_other = |row: &&StoredRecord| row.record.day == yesterday && !new.contains(row);
    let others = old.iter().filter(|row| row.record.body.kind() != Some(Kind::SleepStage)).filter(is_other).count();
    assert_eq!(moved, others);
}
