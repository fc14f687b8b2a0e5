//! Writing FIT files: for sandboxes of services that give a workout's detail only as such a file, and for tests.

use hilum_model::{Offset, Time};

use super::chain::crc;
use super::wire::EPOCH_UNIX_S;

pub(super) const ENUM: u8 = 0x00;
pub(super) const UINT8: u8 = 0x02;
pub(super) const STRING: u8 = 0x07;
pub(super) const UINT16: u8 = 0x84;
pub(super) const SINT32: u8 = 0x85;
pub(super) const UINT32: u8 = 0x86;
pub(super) const UINT32Z: u8 = 0x8C;

/// A workout to be written. Values are rounded to what the format can say, and left out where they do not fit.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Workout {
    /// Number of the device's maker in the profile: 23 Suunto, 32 Wahoo.
    pub manufacturer: u16,
    /// The device's name.
    pub product: String,
    /// The device's serial number; not zero.
    pub serial: u32,
    /// When it began; not before 1998.
    pub start: Time,
    /// Local offset; without it the file does not tell the local time.
    pub offset: Option<Offset>,
    /// The profile's number of the sport: 1 running, 2 cycling, 5 swimming, 10 training, 11 walking, 17 hiking.
    pub sport: u8,
    /// The profile's number of the sub-sport; 0 for none.
    pub sub_sport: u8,
    /// From beginning to end, s.
    pub elapsed_s: f64,
    /// Without pauses, s.
    pub timer_s: f64,
    /// m.
    pub distance_m: Option<f64>,
    /// Strides on foot, revolutions or strokes otherwise.
    pub cycles: Option<f64>,
    /// kcal.
    pub calories: Option<f64>,
    /// /min.
    pub heart_rate_avg: Option<f64>,
    /// /min.
    pub heart_rate_max: Option<f64>,
    /// m.
    pub ascent_m: Option<f64>,
    /// What was recorded, in order of time.
    pub points: Vec<Point>,
}

/// One record of a workout.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Point {
    /// When, to the second.
    pub at: Time,
    /// Degrees, with longitude.
    pub latitude: Option<f64>,
    /// Degrees, with latitude.
    pub longitude: Option<f64>,
    /// m, to 0.2 m.
    pub altitude_m: Option<f64>,
    /// /min.
    pub heart_rate: Option<f64>,
    /// Strides on foot, revolutions or strokes otherwise, /min.
    pub cadence: Option<f64>,
    /// Since the beginning, m.
    pub distance_m: Option<f64>,
    /// m/s.
    pub speed: Option<f64>,
    /// W.
    pub power: Option<f64>,
}

impl Workout {
    /// The file.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut file = Writer::default();
        let start = fit_time(self.start);
        file.define(0, 0, &[(0, 1, ENUM), (1, 2, UINT16), (3, 4, UINT32Z), (4, 4, UINT32), (8, 32, STRING)]);
        let mut name = self.product.as_bytes()[..self.product.floor_char_boundary(31)].to_vec();
        name.resize(32, 0);
        let maker = self.manufacturer.to_le_bytes();
        // File type 4 is an activity.
        file.message(0, &[&[4], &maker, &self.serial.to_le_bytes(), &start.to_le_bytes(), &name]);
        file.define(1, 21, &[(253, 4, UINT32), (0, 1, ENUM), (1, 1, ENUM)]);
        file.message(1, &[&start.to_le_bytes(), &[0, 0]]);

        file.define(
            2,
            20,
            &[
                (253, 4, UINT32),
                (0, 4, SINT32),
                (1, 4, SINT32),
                (78, 4, UINT32),
                (3, 1, UINT8),
                (4, 1, UINT8),
                (5, 4, UINT32),
                (73, 4, UINT32),
                (7, 2, UINT16),
            ],
        );
        for point in &self.points {
            let circle = |degrees: Option<f64>| {
                let n = degrees.map(|d| (d * 2_147_483_648.0 / 180.0).round());
                n.filter(|n| n.abs() < 2_147_483_647.0).map_or(i32::MAX, |n| n as i32).to_le_bytes()
            };
            file.message(
                2,
                &[
                    &fit_time(point.at).to_le_bytes(),
                    &circle(point.latitude),
                    &circle(point.longitude),
                    &long(point.altitude_m.map(|m| (m + 500.0) * 5.0)),
                    &[byte(point.heart_rate), byte(point.cadence)],
                    &long(point.distance_m.map(|m| m * 100.0)),
                    &long(point.speed.map(|s| s * 1000.0)),
                    &short(point.power),
                ],
            );
        }

        let end = fit_time(self.start.plus_ms((self.elapsed_s * 1000.0) as i64));
        file.message(1, &[&end.to_le_bytes(), &[0, 4]]);
        file.define(
            3,
            18,
            &[
                (253, 4, UINT32),
                (2, 4, UINT32),
                (5, 1, ENUM),
                (6, 1, ENUM),
                (7, 4, UINT32),
                (8, 4, UINT32),
                (9, 4, UINT32),
                (10, 4, UINT32),
                (11, 2, UINT16),
                (16, 1, UINT8),
                (17, 1, UINT8),
                (22, 2, UINT16),
            ],
        );
        file.message(
            3,
            &[
                &end.to_le_bytes(),
                &start.to_le_bytes(),
                &[self.sport, self.sub_sport],
                &long(Some(self.elapsed_s * 1000.0)),
                &long(Some(self.timer_s * 1000.0)),
                &long(self.distance_m.map(|m| m * 100.0)),
                &long(self.cycles),
                &short(self.calories),
                &[byte(self.heart_rate_avg), byte(self.heart_rate_max)],
                &short(self.ascent_m),
            ],
        );
        file.define(4, 34, &[(253, 4, UINT32), (0, 4, UINT32), (1, 2, UINT16), (5, 4, UINT32)]);
        let local = self.offset.map(|o| end.saturating_add_signed(i32::from(o.0) * 60));
        file.message(
            4,
            &[
                &end.to_le_bytes(),
                &long(Some(self.timer_s * 1000.0)),
                &1_u16.to_le_bytes(),
                &local.unwrap_or(u32::MAX).to_le_bytes(),
            ],
        );
        file.finish()
    }
}

/// Seconds of the protocol's time; its "no value" for what it can not say.
pub(super) fn fit_time(time: Time) -> u32 {
    u32::try_from(time.unix_s() - EPOCH_UNIX_S).unwrap_or(u32::MAX)
}

fn long(value: Option<f64>) -> [u8; 4] {
    let value = value.map(f64::round).filter(|v| (0.0..f64::from(u32::MAX)).contains(v));
    value.map_or(u32::MAX, |v| v as u32).to_le_bytes()
}

fn short(value: Option<f64>) -> [u8; 2] {
    let value = value.map(f64::round).filter(|v| (0.0..f64::from(u16::MAX)).contains(v));
    value.map_or(u16::MAX, |v| v as u16).to_le_bytes()
}

fn byte(value: Option<f64>) -> u8 {
    let value = value.map(f64::round).filter(|v| (0.0..f64::from(u8::MAX)).contains(v));
    value.map_or(u8::MAX, |v| v as u8)
}

/// Puts a file together, record by record.
#[derive(Debug, Default)]
pub(super) struct Writer {
    data: Vec<u8>,
}

impl Writer {
    /// Defines a local type: the message's number and its fields as (number, size, base type). Little endian.
    pub(super) fn define(&mut self, local: u8, global: u16, fields: &[(u8, u8, u8)]) {
        let global = global.to_le_bytes();
        self.data.extend([0x40 | local, 0, 0, global[0], global[1], fields.len() as u8]);
        self.data.extend(fields.iter().flat_map(|f| [f.0, f.1, f.2]));
    }

    /// A data message of a defined local type.
    pub(super) fn message(&mut self, local: u8, parts: &[&[u8]]) {
        self.data.push(local);
        for part in parts {
            self.data.extend(*part);
        }
    }

    /// The records between a header of 14 bytes and the checksum.
    pub(super) fn finish(self) -> Vec<u8> {
        let size = (self.data.len() as u32).to_le_bytes();
        let mut file = vec![14, 0x20, 0, 0];
        file.extend(size);
        file.extend(b".FIT");
        file.extend(crc(0, &file).to_le_bytes());
        file.extend(self.data);
        file.extend(crc(0, &file).to_le_bytes());
        file
    }
}
