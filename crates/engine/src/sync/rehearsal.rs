//! The engine's own planning, limits and breakers without a network and without a store: a rehearsal of what many
//! connections would ask of their providers. The measuring program runs whole days of it in minutes.

use hilum_model::world::SeededRandom;
use hilum_model::{ConnectionId, Day, Random, Time};
use hilum_providers::Provider;
use hilum_providers::spec::{Stream, Window};
use hilum_store::connections::Cursor;
use hilum_store::jobs::Priority;

use super::agenda::{Agenda, Cursors, done};
use super::breaker::Breakers;
use super::limit::Limiter;
use super::memory::Notes;
use super::plan::{self, Step};
use super::slice::SLICE_REQUESTS;
use crate::backoff::backoff_ms;

/// Many connections that share limits and breakers, as those of one process do.
#[derive(Debug)]
pub struct Rehearsal {
    limiter: Limiter,
    breakers: Breakers,
    random: SeededRandom,
}

/// One connection.
#[derive(Debug)]
pub struct Member {
    provider: &'static Provider,
    id: ConnectionId,
    connected: Day,
    cursors: Cursors,
    notes: Notes,
    /// Requests that its slice may still send.
    left: u32,
    /// What it asks for now.
    asked: Option<Step>,
    /// Slices that failed in a row.
    failed: u32,
}

/// What a slice does next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Turn {
    /// It sends a request; what comes of it is told by [`Rehearsal::answered`].
    Ask,
    /// All is read; next time then.
    Finished(Time),
    /// It has had its share; it goes on when others have had theirs.
    More,
    /// No place is left within the provider's limits; not before then.
    Full(Time),
    /// The provider fails for everybody; not before then.
    Down(Time),
}

impl Rehearsal {
    /// Nobody yet.
    pub fn new(seed: u64) -> Self {
        Self { limiter: Limiter::default(), breakers: Breakers::default(), random: SeededRandom::new(seed) }
    }

    /// Somebody who connects now. All scopes are granted.
    pub fn connect(&self, provider: &'static Provider, now: Time) -> Member {
        let mut bytes = [0; ConnectionId::BYTES];
        self.random.fill(&mut bytes);
        Member {
            provider,
            id: ConnectionId(bytes),
            connected: now.utc_day(),
            cursors: Cursors::new(),
            notes: Notes::new(),
            left: 0,
            asked: None,
            failed: 0,
        }
    }

    /// Somebody who has been connected for long: all history is read, and each stream was read when it was due last.
    pub fn settled(&self, provider: &'static Provider, now: Time) -> Member {
        let mut member = self.connect(provider, now);
        for stream in provider.streams {
            let every = i64::from(stream.every_s.max(1)) * 1000;
            let mut cursor = Cursor {
                stream: stream.id.to_owned(),
                oldest: member.connected.plus(-i32::from(stream.history_days)),
                newest: now.utc_day(),
                history_done: true,
                // Half an interval after it the first place of its own is taken: that is the first one from now on.
                synced_at: Some(now.plus_ms(-(every / 2))),
            };
            cursor.synced_at = plan::due(stream, Some(&cursor), member.id).map(|due| due.plus_ms(-every));
            member.cursors.insert(stream.id.to_owned(), cursor);
        }
        member
    }

    /// Begins a slice.
    pub fn begin(member: &mut Member) {
        member.left = SLICE_REQUESTS;
    }

    /// What the slice does next.
    pub fn turn(&self, member: &mut Member, now: Time) -> Turn {
        let agenda = member.agenda();
        let Some(step) = agenda.next_step(member.provider.streams.iter(), now) else {
            member.failed = 0;
            return Turn::Finished(member.next_time(now).max(now.plus_ms(1_000)));
        };
        if member.left == 0 {
            return Turn::More;
        }
        let (name, priority) = (member.provider.id, agenda.priority(&step));
        if let Err(at) = self.breakers.pass(name, member.id, now, &self.random) {
            return Turn::Down(at);
        }
        if let Err(at) = self.limiter.take(name, member.id, member.provider.limits, priority, now) {
            self.breakers.not_sent(name, member.id, now);
            return Turn::Full(at);
        }
        member.left -= 1;
        member.asked = Some(step);
        Turn::Ask
    }

    /// The provider gave the last page of the window, or it failed: then the slice ends, and goes on at the time that is
    /// returned.
    pub fn answered(&self, member: &mut Member, well: bool, now: Time) -> Option<Time> {
        let step = member.asked.take();
        if well {
            self.breakers.well(member.provider.id);
            if let Some(step) = step {
                done(&mut member.cursors, &mut member.notes, step);
            }
            return None;
        }
        self.breakers.failed(member.provider.id, member.id, now);
        member.failed += 1;
        Some(now.plus_ms(backoff_ms(member.failed, &self.random)))
    }
}

impl Member {
    fn agenda(&self) -> Agenda<'_> {
        Agenda {
            connection: self.id,
            connected: self.connected,
            since: self.connected,
            zone: Some("Europe/Berlin"),
            cursors: &self.cursors,
            notes: &self.notes,
        }
    }

    /// Its provider.
    pub const fn provider(&self) -> &'static Provider {
        self.provider
    }

    /// When something is due next.
    pub fn next_time(&self, now: Time) -> Time {
        self.agenda().next_time(self.provider.streams.iter(), now)
    }

    /// Who waits for what comes next.
    pub fn next_priority(&self, now: Time) -> Priority {
        let agenda = self.agenda();
        let step = agenda.next_step(self.provider.streams.iter(), now);
        step.map_or(Priority::Normal, |step| agenda.priority(&step))
    }

    /// Each stream that is asked for, with when it was last read to the present.
    pub fn read_at(&self) -> impl Iterator<Item = (&'static Stream, Option<Time>)> {
        let asked = self.provider.streams.iter().filter(|stream| stream.window != Window::Pushed);
        asked.map(|stream| (stream, self.cursors.get(stream.id).and_then(|cursor| cursor.synced_at)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn provider(id: &str) -> &'static Provider {
        hilum_providers::find(id).expect("a provider")
    }

    /// Runs a slice in which all is well; how many requests it sent, and how it ended.
    fn slice(rehearsal: &Rehearsal, member: &mut Member, now: Time) -> (u32, Turn) {
        Rehearsal::begin(member);
        let mut sent = 0;
        loop {
            match rehearsal.turn(member, now) {
                Turn::Ask => assert_eq!(rehearsal.answered(member, true, now), None),
                end => return (sent, end),
            }
            sent += 1;
        }
    }

    #[test]
    fn a_newcomer_reads_the_past_slice_by_slice_and_comes_to_rest() {
        let (rehearsal, now) = (Rehearsal::new(1), Time::from_unix_s(1_772_640_000));
        // Ultrahuman: one stream, a day a request, 90 days of history: today and 90 days.
        let mut member = rehearsal.connect(provider("ultrahuman"), now);
        assert_eq!(member.next_priority(now), Priority::Urgent);
        let mut sent = Vec::new();
        let end = loop {
            let (requests, end) = slice(&rehearsal, &mut member, now);
            sent.push(requests);
            if end != Turn::More {
                break end;
            }
            assert_eq!(member.next_priority(now), Priority::Background);
        };
        assert_eq!(sent.iter().sum::<u32>(), 91);
        assert!(sent[..3].iter().all(|requests| *requests == 24), "{sent:?}");
        let Turn::Finished(next) = end else { panic!("{end:?}") };
        // Six hours, at first half to one and a half of them.
        assert!((10_800_000..=32_400_000).contains(&next.since_ms(now)), "{next}");
    }

    #[test]
    fn those_who_are_settled_are_due_within_an_interval_and_then_keep_their_place() {
        let (rehearsal, now) = (Rehearsal::new(1), Time::from_unix_s(1_772_640_000));
        for _ in 0..50 {
            let mut member = rehearsal.settled(provider("ultrahuman"), now);
            let due = member.next_time(now);
            assert!((0..=21_600_000).contains(&due.since_ms(now)), "{due}");
            assert_eq!(slice(&rehearsal, &mut member, due.plus_s(5)).1, Turn::Finished(due.plus_s(21_600)));
        }
    }

    #[test]
    fn limits_and_breakers_are_shared() {
        let (rehearsal, now) = (Rehearsal::new(1), Time::from_unix_s(1_772_640_000));
        // Suunto: 60 requests a minute, of which news may use seven eighths. Streams are read every three hours.
        let mut full = 0;
        for _ in 0..60 {
            let mut member = rehearsal.settled(provider("suunto"), now);
            let later = now.plus_s(3 * 3600);
            if let (_, Turn::Full(at)) = slice(&rehearsal, &mut member, later) {
                assert_eq!(at.since_ms(later) % 60_000, 0);
                full += 1;
            }
        }
        let sent_by = 52 / provider("suunto").streams.len();
        assert!(full >= 60 - sent_by - 1, "{full}");
        // Five whose requests fail, and whoever comes next waits.
        let well = provider("oura");
        for _ in 0..5 {
            let mut member = rehearsal.connect(well, now);
            Rehearsal::begin(&mut member);
            assert_eq!(rehearsal.turn(&mut member, now), Turn::Ask);
            let again = rehearsal.answered(&mut member, false, now).expect("it waits");
            assert!(again > now);
        }
        let mut member = rehearsal.connect(well, now);
        Rehearsal::begin(&mut member);
        assert!(matches!(rehearsal.turn(&mut member, now), Turn::Down(_)));
    }
}
