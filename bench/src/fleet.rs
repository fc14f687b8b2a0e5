//! A day of very many connections, in minutes: the engine's own planner, limits and breakers at a clock that jumps from
//! event to event. There is no network; an answer takes a fixed time, and a number of workers runs the slices.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap, VecDeque};

use anyhow::ensure;
use hilum_engine::sync::rehearsal::{Member, Rehearsal, Turn};
use hilum_model::Time;
use hilum_providers::spec::{Limit, Per, Stream, Window};
use hilum_providers::{Provider, REGISTRY};

use crate::measure::{Stopwatch, line, quantile, table};
use crate::wearable::Noise;

const HOUR_MS: i64 = 3_600_000;
const DAY_MS: i64 = 24 * HOUR_MS;

/// 2026-03-04T00:00:00Z, a midnight like others.
const START: Time = Time(1_772_582_400_000);

#[derive(Debug, Clone, clap::Args)]
pub(crate) struct Options {
    /// Connections, as many of each provider
    #[arg(long, default_value_t = 100_000, value_parser = clap::value_parser!(u32).range(12..=1_000_000))]
    connections: u32,
    /// Of them, those that connect during the day, with all their history to be read
    #[arg(long, default_value_t = 1_200)]
    newcomers: u32,
    /// Workers
    #[arg(long, default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=1000))]
    workers: u16,
    /// ms that a provider takes for an answer
    #[arg(long, default_value_t = 250, value_parser = clap::value_parser!(i64).range(1..=60_000))]
    answer_ms: i64,
    /// Provider that fails from 12:00 to 12:30
    #[arg(long, default_value = "oura")]
    outage: String,
    /// Simulated hours
    #[arg(long, default_value_t = 24, value_parser = clap::value_parser!(i64).range(1..=240))]
    hours: i64,
}

/// What comes at a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Event {
    /// A connection's slice is due.
    Due,
    /// The answer to a connection's request.
    Answer,
}

/// What a provider was asked.
#[derive(Default)]
struct Record {
    requests: u64,
    /// Slices that found no place.
    refused: u64,
    /// Requests while the provider failed.
    failed: u64,
    /// Requests by minute of the hour, and by hour of the day.
    minutes: Vec<u64>,
    hours: BTreeMap<i64, u64>,
    /// For each limit of the app, the requests that still count, and the most that ever did.
    windows: Vec<(Limit, VecDeque<Time>, usize)>,
    /// Age of what is known of each stream of those who are settled, at each full hour: in intervals, and in hours.
    ages: Vec<f64>,
    age_hours: Vec<f64>,
    /// ms from connecting to the first data.
    first: Vec<f64>,
}

impl Record {
    fn new(provider: &Provider) -> Self {
        let limits = provider.limits.iter().filter(|limit| limit.per == Per::App);
        Self {
            minutes: vec![0; 60],
            windows: limits.map(|limit| (*limit, VecDeque::new(), 0)).collect(),
            ..Self::default()
        }
    }

    fn request(&mut self, now: Time, well: bool) {
        self.requests += 1;
        self.failed += u64::from(!well);
        let since = now.since_ms(START);
        self.minutes[(since / 60_000 % 60) as usize] += 1;
        *self.hours.entry(since / HOUR_MS).or_default() += 1;
        for (limit, sent, most) in &mut self.windows {
            let length = i64::from(limit.per_s) * 1000;
            while sent.front().is_some_and(|at| now.since_ms(*at) >= length) {
                sent.pop_front();
            }
            sent.push_back(now);
            *most = (*most).max(sent.len());
        }
    }
}

struct Connection {
    member: Member,
    /// Index in the registry.
    provider: usize,
    /// When it connected; `None` for one that was there before.
    since: Option<Time>,
    has_data: bool,
}

struct Fleet {
    options: Options,
    rehearsal: Rehearsal,
    all: Vec<Connection>,
    records: Vec<Record>,
    events: BinaryHeap<Reverse<(Time, u64, Event, usize)>>,
    /// Due and waiting for a worker: by priority, then by when it was due.
    ready: BinaryHeap<Reverse<(u8, Time, u64, usize)>>,
    number: u64,
    free: u16,
    most_ready: usize,
}

pub(crate) fn run(options: Options) -> anyhow::Result<()> {
    ensure!(hilum_providers::find(&options.outage).is_some(), "no provider is called {}", options.outage);
    let watch = Stopwatch::start();
    let hours = options.hours;
    let mut fleet = Fleet::new(options);
    for hour in 1..=hours {
        let until = START.plus_ms(hour * HOUR_MS);
        fleet.run_until(until);
        fleet.look(until);
    }
    fleet.report(watch.seconds());
    Ok(())
}

impl Fleet {
    fn new(options: Options) -> Self {
        let mut fleet = Self {
            rehearsal: Rehearsal::new(1),
            all: Vec::new(),
            records: REGISTRY.iter().map(|provider| Record::new(provider)).collect(),
            events: BinaryHeap::new(),
            ready: BinaryHeap::new(),
            number: 0,
            free: options.workers,
            most_ready: 0,
            options,
        };
        let mut noise = Noise::new(1);
        for index in 0..fleet.options.connections {
            let provider = index as usize % REGISTRY.len();
            let new = index < fleet.options.newcomers;
            let since = new.then(|| START.plus_ms(noise.below(fleet.options.hours * HOUR_MS)));
            let (member, at) = if let Some(at) = since {
                (fleet.rehearsal.connect(REGISTRY[provider], at), at)
            } else {
                let member = fleet.rehearsal.settled(REGISTRY[provider], START);
                let at = member.next_time(START);
                (member, at)
            };
            let id = fleet.all.len();
            fleet.all.push(Connection { member, provider, since, has_data: false });
            fleet.schedule(at, Event::Due, id);
        }
        fleet
    }

    fn schedule(&mut self, at: Time, event: Event, id: usize) {
        self.number += 1;
        self.events.push(Reverse((at, self.number, event, id)));
    }

    fn run_until(&mut self, end: Time) {
        while let Some(Reverse((now, number, event, id))) = self.events.peek().copied().filter(|next| next.0.0 < end) {
            self.events.pop();
            match event {
                Event::Due => {
                    let priority = self.all[id].member.next_priority(now) as u8;
                    self.ready.push(Reverse((priority, now, number, id)));
                    self.most_ready = self.most_ready.max(self.ready.len());
                }
                Event::Answer => self.answer(id, now),
            }
            while self.free > 0
                && let Some(Reverse((_, _, _, id))) = self.ready.pop()
            {
                self.free -= 1;
                Rehearsal::begin(&mut self.all[id].member);
                self.go_on(id, now);
            }
        }
    }

    fn well(&self, provider: usize, now: Time) -> bool {
        let noon = 12 * HOUR_MS..12 * HOUR_MS + HOUR_MS / 2;
        REGISTRY[provider].id != self.options.outage || !noon.contains(&now.since_ms(START))
    }

    fn answer(&mut self, id: usize, now: Time) {
        let well = self.well(self.all[id].provider, now);
        let one = &mut self.all[id];
        if let Some(again) = self.rehearsal.answered(&mut one.member, well, now) {
            self.free += 1;
            return self.schedule(again, Event::Due, id);
        }
        if let Some(since) = one.since
            && !std::mem::replace(&mut one.has_data, true)
        {
            self.records[one.provider].first.push(now.since_ms(since) as f64);
        }
        self.go_on(id, now);
    }

    fn go_on(&mut self, id: usize, now: Time) {
        let one = &mut self.all[id];
        let record = &mut self.records[one.provider];
        let at = match self.rehearsal.turn(&mut one.member, now) {
            Turn::Ask => {
                let provider = one.provider;
                let well = self.well(provider, now);
                self.records[provider].request(now, well);
                return self.schedule(now.plus_ms(self.options.answer_ms), Event::Answer, id);
            }
            Turn::More => now,
            Turn::Full(at) => {
                record.refused += 1;
                at
            }
            Turn::Finished(at) | Turn::Down(at) => at,
        };
        self.free += 1;
        // Never in the same moment again: a limit may have a place at the very end of its window.
        self.schedule(at.max(now.plus_ms(1)), Event::Due, id);
    }

    /// How old is what is known of those who were there from the beginning.
    fn look(&mut self, now: Time) {
        for one in self.all.iter().filter(|one| one.since.is_none()) {
            let record = &mut self.records[one.provider];
            for (stream, read) in one.member.read_at() {
                if let Some(read) = read {
                    let age = now.since_ms(read) as f64;
                    record.ages.push(age / f64::from(stream.every_s) / 1000.0);
                    record.age_hours.push(age / HOUR_MS as f64);
                }
            }
        }
    }

    fn report(mut self, seconds: f64) {
        let requests: u64 = self.records.iter().map(|record| record.requests).sum();
        line(&format!(
            "{} connections ({} of them new), {} simulated hours, {} workers, {} ms an answer: {requests} requests, at most \
             {} slices waited for a worker; {seconds:.0} s",
            self.options.connections,
            self.options.newcomers,
            self.options.hours,
            self.options.workers,
            self.options.answer_ms,
            self.most_ready,
        ));
        let (mut budget, mut fresh, mut arrivals) = (Vec::new(), Vec::new(), Vec::new());
        for (index, record) in self.records.iter_mut().enumerate() {
            let provider = REGISTRY[index];
            let people = self.all.iter().filter(|one| one.provider == index).count();
            budget.push(budget_row(provider, people, self.options.hours, record));
            fresh.push(vec![
                provider.id.to_owned(),
                intervals(provider),
                percent(&mut record.ages),
                hours(&mut record.age_hours),
                waits(&mut record.first),
            ]);
            arrivals.push(vec![provider.id.to_owned(), bars(&record.minutes)]);
        }
        table(
            &["provider", "people", "wanted/day", "budget/day", "sent", "of budget", "busiest hour", "full", "down"],
            &budget,
        );
        line("");
        table(
            &["provider", "read every, h", "age in intervals, p50/p95/max", "in hours", "first data, p50/p95"],
            &fresh,
        );
        line("\nRequests by minute of the hour, from none to the most:");
        table(&["provider", ""], &arrivals);
        line("\nMost requests in any window of a limit:");
        let windows = self.records.iter().enumerate().flat_map(|(index, record)| {
            record.windows.iter().map(move |(limit, _, most)| {
                let id = REGISTRY[index].id.to_owned();
                vec![id, format!("{} s", limit.per_s), limit.requests.to_string(), most.to_string()]
            })
        });
        table(&["provider", "window", "limit", "most"], &windows.collect::<Vec<_>>());
    }
}

/// Requests that the limits of the app allow within so many seconds, whatever lies before.
fn allowed(provider: &Provider, seconds: f64) -> f64 {
    let app = provider.limits.iter().filter(|limit| limit.per == Per::App);
    let of = |limit: &Limit| f64::from(limit.requests) * (seconds / f64::from(limit.per_s)).max(1.0);
    app.map(of).fold(f64::INFINITY, f64::min)
}

fn asked(provider: &Provider) -> impl Iterator<Item = &Stream> {
    provider.streams.iter().filter(|stream| stream.window != Window::Pushed)
}

fn budget_row(provider: &Provider, people: usize, hours: i64, record: &Record) -> Vec<String> {
    let wanted: f64 =
        asked(provider).map(|stream| 86_400.0 / f64::from(stream.every_s)).fold(0.0, |all, each| all + each)
            * people as f64;
    let day = allowed(provider, DAY_MS as f64 / 1000.0);
    let whole = allowed(provider, (hours * HOUR_MS) as f64 / 1000.0);
    let busiest = record.hours.values().max().copied().unwrap_or(0) as f64;
    vec![
        provider.id.to_owned(),
        people.to_string(),
        format!("{wanted:.0}"),
        format!("{day:.0}"),
        record.requests.to_string(),
        format!("{:.1} %", record.requests as f64 / whole * 100.0),
        format!("{busiest:.0} of {:.0}", allowed(provider, 3600.0)),
        record.refused.to_string(),
        record.failed.to_string(),
    ]
}

/// How often its streams are read, h.
fn intervals(provider: &Provider) -> String {
    let every = asked(provider).map(|stream| f64::from(stream.every_s) / 3600.0);
    let (least, most) =
        every.fold((f64::INFINITY, 0.0_f64), |(least, most), every| (least.min(every), most.max(every)));
    if most > 0.0 { format!("{least} to {most}") } else { "pushed".to_owned() }
}

fn percent(ages: &mut [f64]) -> String {
    spread(ages, 2)
}

fn hours(ages: &mut [f64]) -> String {
    spread(ages, 1)
}

/// Median, 95th of 100, greatest.
fn spread(ages: &mut [f64], digits: usize) -> String {
    if ages.is_empty() {
        return "none".to_owned();
    }
    let (half, most, all) = (quantile(ages, 0.5), quantile(ages, 0.95), quantile(ages, 1.0));
    format!("{half:.digits$}/{most:.digits$}/{all:.digits$}")
}

fn waits(first: &mut [f64]) -> String {
    if first.is_empty() {
        return "none".to_owned();
    }
    format!("{:.1}/{:.1} s of {}", quantile(first, 0.5) / 1000.0, quantile(first, 0.95) / 1000.0, first.len())
}

fn bars(counts: &[u64]) -> String {
    const BARS: [char; 9] = [' ', '▁', '▂', '▃', '▄', '▅', '▆', '▇', '█'];
    let most = counts.iter().max().copied().unwrap_or(0).max(1);
    counts.iter().map(|count| BARS[(count * 8).div_ceil(most) as usize]).collect()
}
