//! Who the made-up people are. All are invented; the addresses end in `example.org`, which belongs to nobody.

use super::workout::{Habit, Sport};

/// How somebody's days are laid out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rhythm {
    /// Works on weekdays, sleeps in at the weekend.
    Weekdays,
    /// Two early, two late, two night shifts, then four days off; naps before the first night.
    Shifts,
    /// Up early every day, with a nap after lunch on some.
    Retired,
}

/// A journey that comes back every `every` days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Trip {
    /// Days from one departure to the next.
    pub(super) every: i32,
    /// First day away within the period.
    pub(super) from: i32,
    /// First day at home again within the period.
    pub(super) until: i32,
    /// IANA zone of the place.
    pub(super) zone: &'static str,
}

/// A made-up person.
#[derive(Debug)]
pub struct Persona {
    /// Short name in URLs: lowercase letters and hyphens.
    pub id: &'static str,
    /// Name and what they are like ("Nora Lindholm, runner").
    pub title: &'static str,
    /// E-mail address.
    pub email: &'static str,
    /// `male` or `female`.
    pub gender: &'static str,
    /// Year of birth.
    pub born: i16,
    /// Height, mm.
    pub height_mm: u32,
    /// IANA zone of the place where they live.
    pub home: &'static str,
    pub(super) seed: u64,
    pub(super) rhythm: Rhythm,
    /// Bedtime on a normal evening, minutes before midnight.
    pub(super) bed: i64,
    /// Wake-up on a normal morning, minutes after midnight.
    pub(super) wake: i64,
    /// Share of quarter hours with a walk in them, at the busiest time of day.
    pub(super) walks: f64,
    /// /min.
    pub(super) resting: f64,
    /// RMSSD of a normal night, ms.
    pub(super) hrv: f64,
    /// kg.
    pub(super) weight: f64,
    /// %.
    pub(super) fat: f64,
    /// Chance of a weigh-in on a morning.
    pub(super) weighs: f64,
    /// Chance of a blood pressure in a morning and in an evening.
    pub(super) cuff: (f64, f64),
    /// mm\[Hg\], systolic and diastolic.
    pub(super) pressure: (f64, f64),
    /// %, of a normal night.
    pub(super) oxygen: f64,
    /// Breaths a minute, of a normal night.
    pub(super) breaths: f64,
    /// Temperature of the skin in a normal night, degrees Celsius.
    pub(super) skin: f64,
    /// Has diabetes of type 1: injects insulin, wears a glucose sensor.
    pub(super) injects: bool,
    pub(super) habits: &'static [Habit],
    pub(super) trips: &'static [Trip],
}

const ALL_WEEK: u8 = 0b111_1111;
const WEEKEND: u8 = 0b110_0000;

/// Everybody, the one that a sandbox preselects first.
pub static PEOPLE: [Persona; 5] = [
    Persona {
        id: "runner",
        title: "Nora Lindholm, runner",
        email: "nora.lindholm@example.org",
        gender: "female",
        born: 1991,
        height_mm: 1_720,
        home: "Europe/Stockholm",
        seed: 0x5eed_0001,
        rhythm: Rhythm::Weekdays,
        bed: 75,
        wake: 6 * 60 + 20,
        walks: 0.24,
        resting: 49.0,
        hrv: 68.0,
        weight: 61.4,
        fat: 21.2,
        weighs: 0.42,
        cuff: (0.0, 0.0),
        pressure: (112.0, 70.0),
        oxygen: 97.2,
        breaths: 14.1,
        skin: 34.9,
        injects: false,
        habits: &[
            Habit { days: 0b000_1001, sport: Sport::Run, at: 17 * 60 + 20, minutes: 48, kept: 0.9 },
            Habit { days: 0b001_0010, sport: Sport::Weights, at: 18 * 60, minutes: 40, kept: 0.7 },
            Habit { days: 0b010_0000, sport: Sport::Run, at: 9 * 60 + 30, minutes: 92, kept: 0.92 },
            Habit { days: 0b100_0000, sport: Sport::Yoga, at: 10 * 60 + 15, minutes: 45, kept: 0.6 },
        ],
        trips: &[],
    },
    Persona {
        id: "shift-worker",
        title: "Tomasz Adler, nurse on shifts",
        email: "tomasz.adler@example.org",
        gender: "male",
        born: 1984,
        height_mm: 1_815,
        home: "Europe/Berlin",
        seed: 0x5eed_0002,
        rhythm: Rhythm::Shifts,
        bed: 30,
        wake: 8 * 60,
        walks: 0.34,
        resting: 60.0,
        hrv: 41.0,
        weight: 84.6,
        fat: 24.8,
        weighs: 0.25,
        cuff: (0.1, 0.0),
        pressure: (127.0, 81.0),
        oxygen: 96.3,
        breaths: 15.2,
        skin: 35.2,
        injects: false,
        habits: &[
            Habit { days: 0b010_0100, sport: Sport::Cycle, at: 15 * 60 + 40, minutes: 55, kept: 0.85 },
            Habit { days: 0b001_0011, sport: Sport::Weights, at: 11 * 60 + 10, minutes: 45, kept: 0.7 },
            Habit { days: WEEKEND, sport: Sport::Walk, at: 18 * 60, minutes: 50, kept: 0.7 },
            Habit { days: 0b000_1100, sport: Sport::Row, at: 19 * 60, minutes: 34, kept: 0.8 },
        ],
        trips: &[],
    },
    Persona {
        id: "traveller",
        title: "Amara Osei, often in another time zone",
        email: "amara.osei@example.org",
        gender: "female",
        born: 1987,
        height_mm: 1_665,
        home: "Europe/London",
        seed: 0x5eed_0003,
        rhythm: Rhythm::Weekdays,
        bed: 40,
        wake: 6 * 60 + 50,
        walks: 0.28,
        resting: 57.0,
        hrv: 52.0,
        weight: 66.8,
        fat: 27.5,
        weighs: 0.2,
        cuff: (0.0, 0.0),
        pressure: (118.0, 74.0),
        oxygen: 96.8,
        breaths: 14.8,
        skin: 35.0,
        injects: false,
        habits: &[
            Habit { days: 0b000_0101, sport: Sport::Swim, at: 7 * 60 + 50, minutes: 35, kept: 0.6 },
            Habit { days: 0b011_0000, sport: Sport::Run, at: 8 * 60 + 10, minutes: 32, kept: 0.6 },
        ],
        trips: &[
            Trip { every: 56, from: 9, until: 15, zone: "America/New_York" },
            Trip { every: 56, from: 30, until: 37, zone: "Asia/Tokyo" },
            Trip { every: 56, from: 48, until: 50, zone: "Europe/Lisbon" },
        ],
    },
    Persona {
        id: "cuff",
        title: "Walter Brandt, with a cuff and a scale at home",
        email: "walter.brandt@example.org",
        gender: "male",
        born: 1958,
        height_mm: 1_780,
        home: "America/Chicago",
        seed: 0x5eed_0004,
        rhythm: Rhythm::Retired,
        bed: 95,
        wake: 6 * 60 + 5,
        walks: 0.2,
        resting: 66.0,
        hrv: 27.0,
        weight: 91.3,
        fat: 29.6,
        weighs: 0.93,
        cuff: (0.95, 0.72),
        pressure: (136.0, 84.0),
        oxygen: 95.4,
        breaths: 16.1,
        skin: 34.6,
        injects: false,
        habits: &[Habit { days: ALL_WEEK, sport: Sport::Walk, at: 10 * 60 + 5, minutes: 42, kept: 0.66 }],
        trips: &[],
    },
    Persona {
        id: "cgm",
        title: "Priya Nair, with a glucose sensor",
        email: "priya.nair@example.org",
        gender: "female",
        born: 1996,
        height_mm: 1_630,
        home: "Asia/Kolkata",
        seed: 0x5eed_0005,
        rhythm: Rhythm::Weekdays,
        bed: 20,
        wake: 7 * 60 + 15,
        walks: 0.17,
        resting: 63.0,
        hrv: 46.0,
        weight: 58.9,
        fat: 28.1,
        weighs: 0.3,
        cuff: (0.06, 0.0),
        pressure: (116.0, 75.0),
        oxygen: 97.0,
        breaths: 15.0,
        skin: 35.1,
        injects: true,
        habits: &[
            Habit { days: 0b000_1010, sport: Sport::Yoga, at: 19 * 60 + 10, minutes: 50, kept: 0.65 },
            Habit { days: WEEKEND, sport: Sport::Walk, at: 17 * 60 + 30, minutes: 60, kept: 0.7 },
            Habit { days: 0b001_0100, sport: Sport::Row, at: 18 * 60 + 30, minutes: 28, kept: 0.75 },
        ],
        trips: &[],
    },
];
