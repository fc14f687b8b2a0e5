//! The first of two passes over a file: what must be known before samples can be told.
//!
//! A recorder writes its samples first and what they belong to last: the session with its sport, and the activity with
//! the local time. Field numbers are those of the public profile.

use std::collections::BTreeMap;

use hilum_model::observation::Activity;
use hilum_model::{Offset, Stage, StageKind, Time};
use serde_json::{Map, Value, json};

use super::message::{LEAST_TIME, Measure, Message};
use super::sport;
use super::wire::{EPOCH_UNIX_S, Messages};

/// Sessions, laps and stretches of sleep that are kept of one file; no recorder makes so many.
const SESSIONS: usize = 256;
const LAPS: usize = 512;
const LEVELS: usize = 4096;
/// Quarter hours: all offsets from UTC are whole ones.
const QUARTER_S: i64 = 900;

/// An instant of the protocol's time.
pub(super) const fn instant(fit: u32) -> Time {
    Time::from_unix_s(EPOCH_UNIX_S + fit as i64)
}

/// A session of activity.
#[derive(Debug)]
pub(super) struct Session {
    pub(super) start: u32,
    pub(super) end: Time,
    pub(super) on_foot: bool,
    pub(super) activity: Activity,
    pub(super) source_data: Map<String, Value>,
}

/// What a file is about.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// The device's serial number.
    pub(super) serial: Option<u32>,
    /// The device's name.
    pub(super) device: Option<String>,
    /// How far local time was ahead.
    pub(super) offset: Option<Offset>,
    /// In order of their starts.
    pub(super) sessions: Vec<Session>,
    /// Stretches of sleep with the times at which they began, in the file's order.
    pub(super) levels: Vec<(u32, Option<StageKind>)>,
    laps: Vec<Value>,
    /// First and last time of a record.
    recorded: Option<(u32, u32)>,
    /// When the timer was first started.
    started: Option<u32>,
    running_since: Option<u32>,
    /// Seconds that the timer ran.
    ran: u32,
    distance: Option<f64>,
    sport: Option<u32>,
    sub_sport: Option<u32>,
}

const fn plain(field: u8, scale: f64) -> Measure {
    Measure { field, scale, offset: 0.0, units: &[] }
}

impl Survey {
    /// Reads all messages of a file.
    pub(super) fn of(mut messages: Messages<'_>) -> Self {
        let mut survey = Self::default();
        while let Some(message) = messages.next() {
            match message.global() {
                0 => survey.file_id(&message),
                12 => survey.sports(&message, 0, 1),
                18 => survey.session(&message),
                19 => survey.lap(&message),
                20 => survey.record(&message),
                21 => survey.event(&message),
                23 => survey.device_info(&message),
                34 => survey.local_time(&message, 5),
                103 => survey.local_time(&message, 0),
                275 => survey.level(&message),
                _ => {}
            }
        }
        if survey.sessions.is_empty() {
            survey.without_session();
        } else if let [only] = survey.sessions.as_mut_slice()
            && survey.laps.len() > 1
        {
            only.source_data.insert("laps".to_owned(), Value::Array(std::mem::take(&mut survey.laps)));
        }
        survey.sessions.sort_by_key(|s| s.start);
        survey
    }

    /// The session in which something recorded at `time` belongs.
    pub(super) fn session_at(&self, time: u32) -> Option<usize> {
        let after = self.sessions.partition_point(|s| s.start <= time);
        // Sensors begin a moment before the timer.
        (!self.sessions.is_empty()).then(|| after.saturating_sub(1))
    }

    /// Part of the key of everything in this file: the device.
    pub(super) fn key(&self, start: u32) -> String {
        let serial = self.serial.map_or_else(|| "unknown".to_owned(), |s| s.to_string());
        format!("fit:{serial}:{}", instant(start).unix_s())
    }

    fn file_id(&mut self, message: &Message<'_>) {
        self.serial = self.serial.or_else(|| message.integer(3));
        let maker = message.integer(1).and_then(manufacturer).map(str::to_owned);
        self.device = self.device.take().or_else(|| message.text(8)).or(maker);
    }

    /// The recorder itself has the index 0; others are its sensors.
    fn device_info(&mut self, message: &Message<'_>) {
        if message.integer(0) == Some(0) {
            if let Some(name) = message.text(27) {
                self.device = Some(name);
            }
            self.serial = self.serial.or_else(|| message.integer(3));
        }
    }

    fn sports(&mut self, message: &Message<'_>, sport: u8, sub_sport: u8) {
        if let Some(number) = message.integer(sport) {
            (self.sport, self.sub_sport) = (Some(number), message.integer(sub_sport));
        }
    }

    /// A local time beside the message's own tells the offset.
    fn local_time(&mut self, message: &Message<'_>, field: u8) {
        if let (Some(time), Some(local)) = (message.time(), message.integer(field))
            && let Some(offset) = offset(time, local)
        {
            self.offset = Some(offset);
        }
    }

    fn session(&mut self, message: &Message<'_>) {
        let start = message.integer(2).filter(|t| *t >= LEAST_TIME);
        let (Some(start), true) = (start, self.sessions.len() < SESSIONS) else { return };
        let number = |field, scale| message.measure(&plain(field, scale));
        let (sport, sub_sport) = (message.integer(5), message.integer(6));
        let on_foot = sport::on_foot(sport);
        let paces = if on_foot { 2.0 } else { 1.0 };
        let (elapsed, timer) = (number(7, 1000.0), number(8, 1000.0));
        let end = match elapsed {
            Some(s) => instant(start).plus_ms((s * 1000.0) as i64),
            None => instant(message.time().unwrap_or(start).max(start)),
        };
        let cadence = |whole, part: u8| {
            let part = message.number(part).unwrap_or(0.0) / 128.0;
            number(whole, 1.0).map(|whole| (whole + part) * paces)
        };
        let mut source_data = Map::new();
        let mut beyond = |name: &str, value: Option<Value>| {
            if let Some(value) = value {
                source_data.insert(name.to_owned(), value);
            }
        };
        beyond("sport", sport.map(Value::from));
        beyond("sub_sport", sub_sport.filter(|s| *s > 0).map(Value::from));
        beyond("sport_profile_name", message.text(110).map(Value::from));
        beyond("total_elapsed_time", elapsed.filter(|_| timer.is_some()).map(Value::from));
        beyond("total_descent", number(23, 1.0).map(Value::from));
        beyond("max_cadence", cadence(19, 93).map(Value::from));
        beyond("max_power", number(21, 1.0).map(Value::from));
        beyond("normalized_power", number(34, 1.0).map(Value::from));
        beyond("total_training_effect", number(24, 10.0).map(Value::from));
        beyond("avg_temperature", number(57, 1.0).map(Value::from));
        self.sessions.push(Session {
            start,
            end,
            on_foot,
            activity: Activity {
                kind: sport::name(sport, sub_sport),
                duration_s: timer.or(elapsed),
                distance_m: number(9, 100.0),
                // In sports on foot the field counts strides.
                steps: number(10, 1.0).filter(|_| on_foot).map(|strides| strides * paces),
                calories: number(11, 1.0),
                heart_rate_avg: number(16, 1.0),
                heart_rate_min: number(64, 1.0),
                heart_rate_max: number(17, 1.0),
                elevation_gain_m: number(22, 1.0),
                speed_avg: number(124, 1000.0).or_else(|| number(14, 1000.0)),
                speed_max: number(125, 1000.0).or_else(|| number(15, 1000.0)),
                cadence_avg: cadence(18, 92),
                power_avg: number(20, 1.0),
            },
            source_data,
        });
    }

    fn lap(&mut self, message: &Message<'_>) {
        if self.sport.is_none() {
            self.sports(message, 25, 39);
        }
        let start = message.integer(2).filter(|t| *t >= LEAST_TIME);
        let (Some(start), true) = (start, self.laps.len() < LAPS) else { return };
        let number = |field, scale| message.measure(&plain(field, scale));
        let mut lap = BTreeMap::from([("start", json!(instant(start).to_iso()))]);
        for (name, value) in [
            ("duration_s", number(8, 1000.0).or_else(|| number(7, 1000.0))),
            ("distance_m", number(9, 100.0)),
            ("heart_rate_avg", number(15, 1.0)),
            ("heart_rate_max", number(16, 1.0)),
        ] {
            if let Some(value) = value {
                lap.insert(name, json!(value));
            }
        }
        self.laps.push(json!(lap));
    }

    fn record(&mut self, message: &Message<'_>) {
        let Some(time) = message.time() else { return };
        let (first, last) = self.recorded.unwrap_or((time, time));
        self.recorded = Some((first.min(time), last.max(time)));
        self.distance = message.measure(&plain(5, 100.0)).or(self.distance);
    }

    /// Event 0 is the timer; 0 starts it, 1 and 4 stop it.
    fn event(&mut self, message: &Message<'_>) {
        let (Some(time), Some(0)) = (message.time(), message.integer(0)) else { return };
        match message.integer(1) {
            Some(0) => {
                self.started.get_or_insert(time);
                self.running_since.get_or_insert(time);
            }
            Some(1 | 4) => {
                let since = self.running_since.take().unwrap_or(time);
                self.ran = self.ran.saturating_add(time.saturating_sub(since));
            }
            _ => {}
        }
    }

    /// A recorder that stopped before it wrote its session: what the records alone tell.
    fn without_session(&mut self) {
        let Some((first, last)) = self.recorded else { return };
        let start = self.started.filter(|s| *s <= first).unwrap_or(first);
        let still = self.running_since.map_or(0, |since| last.saturating_sub(since));
        let mut source_data = Map::new();
        source_data.insert("summary".to_owned(), json!("missing"));
        self.sessions.push(Session {
            start,
            end: instant(last),
            on_foot: sport::on_foot(self.sport),
            activity: Activity {
                kind: sport::name(self.sport, self.sub_sport),
                duration_s: self.started.map(|_| f64::from(self.ran.saturating_add(still))),
                distance_m: self.distance,
                ..Activity::default()
            },
            source_data,
        });
    }

    /// Levels: 0 can not be told, 1 awake, 2 light, 3 deep, 4 REM; each holds until the next begins.
    fn level(&mut self, message: &Message<'_>) {
        let (Some(time), true) = (message.time(), self.levels.len() < LEVELS) else { return };
        let kind = match message.integer(0) {
            Some(1) => Some(StageKind::Awake),
            Some(2) => Some(StageKind::Light),
            Some(3) => Some(StageKind::Deep),
            Some(4) => Some(StageKind::Rem),
            _ => None,
        };
        self.levels.push((time, kind));
    }

    /// The night that the levels make; without stages where there are none.
    pub(super) fn stages(&self) -> Vec<Stage> {
        let mut stages: Vec<Stage> = Vec::new();
        for pair in self.levels.windows(2) {
            let (start, end) = (instant(pair[0].0), instant(pair[1].0));
            let Some(kind) = pair[0].1.filter(|_| start < end) else { continue };
            match stages.last_mut() {
                Some(last) if last.end > start => {}
                Some(last) if last.kind == kind && last.end == start => last.end = end,
                _ => stages.push(Stage { kind, start, end }),
            }
        }
        stages
    }
}

/// The offset that a local time tells, to the quarter hour; `None` if it is no offset.
fn offset(time: u32, local: u32) -> Option<Offset> {
    let ahead = i64::from(local) - i64::from(time);
    let quarters = (ahead + QUARTER_S / 2).div_euclid(QUARTER_S);
    // Clocks are set a little apart; anything more is no offset.
    let near = (ahead - quarters * QUARTER_S).abs() <= 120;
    i16::try_from(quarters * 15).ok().filter(|m| near && m.abs() <= 1080).map(Offset)
}

/// Makers by their numbers in the profile.
const fn manufacturer(number: u32) -> Option<&'static str> {
    Some(match number {
        1 => "Garmin",
        23 => "Suunto",
        32 => "Wahoo",
        123 => "Polar",
        260 => "Zwift",
        265 => "Strava",
        289 => "Hammerhead",
        294 => "COROS",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn offsets_are_whole_quarters() {
        assert_eq!(offset(1_000_000_000, 1_000_003_600), Some(Offset(60)));
        assert_eq!(offset(1_000_000_000, 1_000_020_698), Some(Offset(345)));
        assert_eq!(offset(1_000_025_200, 1_000_000_001), Some(Offset(-420)));
        assert_eq!(offset(1_000_000_000, 1_000_000_400), None);
        assert_eq!(offset(1_000_000_000, 1_100_000_000), None);
    }
}
