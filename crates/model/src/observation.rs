//! The normalised form in which every door (pull, push, file) delivers data.
//!
//! A parser turns one answer of a provider into a [`Batch`]. Applying a batch is idempotent: a record is identified
//! by (connection, kind, key), a sample by (connection, metric, unit, device, context, start, end).

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::genotypes::Genotypes;
use crate::metric::Metric;
use crate::time::{Day, Offset, Time};
use crate::unit::Unit;

/// One point or interval of a dense series.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// What is measured; a metric that is stored as a series.
    pub metric: Metric,
    /// The device, if the provider names it ("ScanWatch").
    pub device: Option<String>,
    /// The provider's context word, if any (Oura: "awake", "rest"); shown as `sourceData.context`.
    pub context: Option<String>,
    /// Start of the interval, or the instant.
    pub start: Time,
    /// End of an interval; `None` for an instant. Never before `start`.
    pub end: Option<Time>,
    /// Local offset, where the provider tells it.
    pub offset: Option<Offset>,
    /// Value as received, in `unit`; finite.
    pub value: f64,
    /// Unit as received; convertible to `metric.unit()`.
    pub unit: Unit,
}

/// A value as received and its normalised form.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Quantity {
    /// The number as the provider gave it.
    pub received: f64,
    /// The unit as the provider gave it.
    pub received_unit: Unit,
    /// The number in the unit of its metric.
    pub value: f64,
}

impl Quantity {
    /// Normalises a received value to the unit of `metric`; `None` if the units do not fit or the value is not finite.
    pub fn new(metric: Metric, received: f64, received_unit: Unit) -> Option<Self> {
        if !received.is_finite() {
            return None;
        }
        let value = received_unit.convert(received, metric.unit()).filter(|v| v.is_finite())?;
        Some(Self { received, received_unit, value })
    }
}

/// What kind of record a row is. The store keeps the number, so numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[non_exhaustive]
#[repr(u8)]
pub enum Kind {
    /// A reading of weight.
    Weight = 1,
    /// A reading of body fat.
    BodyFat = 2,
    /// A reading of height.
    Height = 3,
    /// A reading of BMI.
    Bmi = 4,
    /// A reading of blood glucose.
    BloodGlucose = 5,
    /// A blood pressure with its components.
    BloodPressure = 6,
    /// A workout, walk or other session of activity.
    Activity = 7,
    /// A provider's daily activity total.
    ActivityDay = 8,
    /// A night or nap.
    Sleep = 9,
    /// Sleep of one civil day, summed from the sleeps of one connection; derived by the store, never sent by a parser.
    SleepDay = 10,
    /// A provider's daily heart-rate summary.
    HeartRateDay = 11,
    /// A reading of VO2max.
    Vo2Max = 12,
    /// A reading of body temperature.
    BodyTemperature = 13,
    /// A reading of lean mass.
    LeanMass = 14,
    /// A reading of bone mass.
    BoneMass = 15,
    /// A reading of muscle mass.
    MuscleMass = 16,
    /// A reading of body water.
    BodyWater = 17,
    /// A reading of the waist.
    WaistCircumference = 18,
    /// Something eaten or drunk.
    Meal = 19,
    /// An electrocardiogram.
    Ecg = 20,
    /// A stretch of a night, told apart from it; the store joins it to the nights of its connection.
    SleepStage = 21,
    /// A place where the person was.
    Location = 22,
    /// What a source concludes from the person's genes.
    GeneticTrait = 23,
    /// A part of the person's genotypes.
    Genotypes = 24,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 24] = [
        Self::Weight,
        Self::BodyFat,
        Self::Height,
        Self::Bmi,
        Self::BloodGlucose,
        Self::BloodPressure,
        Self::Activity,
        Self::ActivityDay,
        Self::Sleep,
        Self::SleepDay,
        Self::HeartRateDay,
        Self::Vo2Max,
        Self::BodyTemperature,
        Self::LeanMass,
        Self::BoneMass,
        Self::MuscleMass,
        Self::BodyWater,
        Self::WaistCircumference,
        Self::Meal,
        Self::Ecg,
        Self::SleepStage,
        Self::Location,
        Self::GeneticTrait,
        Self::Genotypes,
    ];
    /// What programs call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Weight => "weight",
            Self::BodyFat => "body_fat",
            Self::Height => "height",
            Self::Bmi => "bmi",
            Self::BloodGlucose => "blood_glucose",
            Self::BloodPressure => "blood_pressure",
            Self::Activity => "activity",
            Self::ActivityDay => "activity_day",
            Self::Sleep => "sleep",
            Self::SleepDay => "sleep_day",
            Self::HeartRateDay => "heart_rate_day",
            Self::Vo2Max => "vo2_max",
            Self::BodyTemperature => "body_temperature",
            Self::LeanMass => "lean_mass",
            Self::BoneMass => "bone_mass",
            Self::MuscleMass => "muscle_mass",
            Self::BodyWater => "body_water",
            Self::WaistCircumference => "waist_circumference",
            Self::Meal => "meal",
            Self::Ecg => "ecg",
            Self::SleepStage => "sleep_stage",
            Self::Location => "location",
            Self::GeneticTrait => "genetic_trait",
            Self::Genotypes => "genotypes",
        }
    }
    /// The stored number.
    pub const fn number(self) -> u8 {
        self as u8
    }
    /// The kind with that stored number.
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|k| k.number() == number)
    }
    /// The kind of row in which readings of a record-stored metric are kept; `None` for series metrics.
    pub const fn of_metric(metric: Metric) -> Option<Self> {
        match metric {
            Metric::Weight => Some(Self::Weight),
            Metric::BodyFat => Some(Self::BodyFat),
            Metric::Height => Some(Self::Height),
            Metric::Bmi => Some(Self::Bmi),
            Metric::BloodGlucose => Some(Self::BloodGlucose),
            Metric::Vo2Max => Some(Self::Vo2Max),
            Metric::BodyTemperature => Some(Self::BodyTemperature),
            Metric::LeanMass => Some(Self::LeanMass),
            Metric::BoneMass => Some(Self::BoneMass),
            Metric::MuscleMass => Some(Self::MuscleMass),
            Metric::BodyWater => Some(Self::BodyWater),
            Metric::WaistCircumference => Some(Self::WaistCircumference),
            _ => None,
        }
    }
}

/// A sparse record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Record {
    /// The provider's own id of the record, or a natural key made from its type and time; stable over corrections.
    pub key: String,
    /// The device, if the provider names it.
    pub device: Option<String>,
    /// Instant, or start.
    pub start: Time,
    /// End, for things that last.
    pub end: Option<Time>,
    /// Local offset at `start`, where the provider tells it or its zone; never invented.
    pub offset: Option<Offset>,
    /// The civil day that the record counts for: as the provider says, else local day of `start`. For a sleep the
    /// wake-up day.
    pub day: Day,
    /// The contents.
    pub body: Body,
    /// What the provider said beyond the normalised fields (`sourceData`).
    #[serde(default)]
    pub source_data: Map<String, Value>,
}

impl Record {
    /// What the key of a *state* begins with: a value of which the source tells that it holds, but not since when (the
    /// weight in a profile). Its `start` is when it was first seen.
    pub const STATE_KEY: &'static str = "state:";

    /// A state as a profile tells it, first seen at `received`; `number` tells it from an earlier one of its kind.
    pub fn state(number: f64, body: Body, received: Time, mut source_data: Map<String, Value>) -> Self {
        source_data.insert("profile".to_owned(), Value::Bool(true));
        Self {
            // Written as 6.32e1: short whatever the number.
            key: format!("{}{number:e}", Self::STATE_KEY),
            device: None,
            start: received,
            end: None,
            offset: None,
            day: received.civil_day(None),
            body,
            source_data,
        }
    }

    /// Whether this is a state. A state whose body equals that of the newest record of its kind from the same
    /// connection is nothing new: it is left out when a batch is applied, so that `start` and `updatedAt` stay.
    pub fn is_state(&self) -> bool {
        self.key.starts_with(Self::STATE_KEY)
    }
}

/// The contents of a record.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Body {
    /// A scalar reading of a record-stored metric.
    Reading {
        /// What is measured.
        metric: Metric,
        /// The value.
        quantity: Quantity,
    },
    /// A blood pressure: one observation with components, never two points.
    BloodPressure {
        /// Systolic pressure, mm\[Hg\].
        systolic: f64,
        /// Diastolic pressure, mm\[Hg\].
        diastolic: f64,
        /// Pulse taken with it, /min.
        heart_rate: Option<f64>,
    },
    /// A session of activity.
    Activity(Activity),
    /// A provider's daily total.
    ActivityDay(ActivityDay),
    /// A night or nap.
    Sleep(Sleep),
    /// Sum of one day's sleeps.
    SleepDay {
        /// Minutes asleep.
        time_asleep: f64,
        /// Minutes awake in bed.
        time_awake: f64,
    },
    /// A provider's daily heart-rate summary.
    HeartRateDay(HeartRateDay),
    /// Something eaten or drunk.
    Meal(Meal),
    /// An electrocardiogram.
    Ecg(Ecg),
    /// A stretch of a night, from `start` to `end` of its record, where the source tells the timeline apart from the
    /// night. A source does so for all of its nights or for none; a batch tells all stretches that lie between its first
    /// and its last.
    SleepStage {
        /// What it was.
        stage: StageKind,
    },
    /// A place where the person was, from `start` to `end` of its record.
    Location(Location),
    /// What a source concludes from the person's genes.
    GeneticTrait(GeneticTrait),
    /// A part of the person's genotypes.
    Genotypes(Genotypes),
}

impl Body {
    /// The kind of this record; `None` for a reading of a metric that is kept as a series.
    pub const fn kind(&self) -> Option<Kind> {
        match self {
            Self::Reading { metric, .. } => Kind::of_metric(*metric),
            Self::BloodPressure { .. } => Some(Kind::BloodPressure),
            Self::Activity(_) => Some(Kind::Activity),
            Self::ActivityDay(_) => Some(Kind::ActivityDay),
            Self::Sleep(_) => Some(Kind::Sleep),
            Self::SleepDay { .. } => Some(Kind::SleepDay),
            Self::HeartRateDay(_) => Some(Kind::HeartRateDay),
            Self::Meal(_) => Some(Kind::Meal),
            Self::Ecg(_) => Some(Kind::Ecg),
            Self::SleepStage { .. } => Some(Kind::SleepStage),
            Self::Location(_) => Some(Kind::Location),
            Self::GeneticTrait(_) => Some(Kind::GeneticTrait),
            Self::Genotypes(_) => Some(Kind::Genotypes),
        }
    }
}

/// A session of activity. Absent means that the source does not say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Activity {
    /// Human API's open list: `walking`, `running`, `cycling`, `weight_training`, …; a word or number that is not
    /// known passes as `other:<raw>`.
    #[serde(rename = "activity_type")]
    pub kind: String,
    /// Moving or total time as the source counts it, s.
    pub duration_s: Option<f64>,
    /// m.
    pub distance_m: Option<f64>,
    /// Count.
    pub steps: Option<f64>,
    /// kcal.
    pub calories: Option<f64>,
    /// Mean heart rate, /min.
    pub heart_rate_avg: Option<f64>,
    /// Least heart rate, /min.
    pub heart_rate_min: Option<f64>,
    /// Greatest heart rate, /min.
    pub heart_rate_max: Option<f64>,
    /// Sum of all climbs, m.
    pub elevation_gain_m: Option<f64>,
    /// Mean speed, m/s.
    pub speed_avg: Option<f64>,
    /// Greatest speed, m/s.
    pub speed_max: Option<f64>,
    /// Mean steps of both legs, strokes or revolutions, /min.
    pub cadence_avg: Option<f64>,
    /// Mean mechanical power, W.
    pub power_avg: Option<f64>,
}

impl Activity {
    /// Kinds that are done on foot.
    const ON_FOOT: [&'static str; 8] = [
        "hiking",
        "indoor_running",
        "indoor_walking",
        "nordic_walking",
        "running",
        "snowshoeing",
        "trail_running",
        "walking",
    ];

    /// The unit of a cadence of a source that counts revolutions of whatever turns: of one leg in activities on foot.
    pub fn revolutions(kind: &str) -> Unit {
        if Self::ON_FOOT.contains(&kind) { Unit::StridePerMinute } else { Unit::PerMinute }
    }
}

/// A provider's daily activity total.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct ActivityDay {
    /// Active time, s.
    pub duration_s: Option<f64>,
    /// m.
    pub distance_m: Option<f64>,
    /// Count.
    pub steps: Option<f64>,
    /// Total energy, kcal.
    pub calories: Option<f64>,
    /// Active energy, kcal.
    pub active_calories: Option<f64>,
    /// Minutes of vigorous activity.
    pub vigorous_min: Option<f64>,
    /// Minutes of moderate activity.
    pub moderate_min: Option<f64>,
    /// Minutes of light activity.
    pub light_min: Option<f64>,
    /// Minutes sedentary.
    pub sedentary_min: Option<f64>,
    /// Floors climbed.
    pub floors: Option<f64>,
}

/// What a stretch of a night was.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageKind {
    /// Awake in bed.
    Awake,
    /// Light sleep.
    Light,
    /// Deep sleep.
    Deep,
    /// REM sleep.
    Rem,
    /// Asleep, depth not told.
    Asleep,
}

/// A stretch of a night.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stage {
    /// What it was.
    pub kind: StageKind,
    /// Start.
    pub start: Time,
    /// End, after `start`.
    pub end: Time,
}

/// A night or nap. Durations in seconds; absent means that the source does not say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Sleep {
    /// The main sleep of the day; `true` when the source does not say.
    pub main: bool,
    /// s asleep.
    pub asleep_s: Option<f64>,
    /// s awake in bed.
    pub awake_s: Option<f64>,
    /// s from lying down to sleep.
    pub to_fall_asleep_s: Option<f64>,
    /// s in bed after waking.
    pub after_wakeup_s: Option<f64>,
    /// s in bed.
    pub in_bed_s: Option<f64>,
    /// 0 to 100.
    pub efficiency: Option<f64>,
    /// Count.
    pub wakeups: Option<f64>,
    /// s of light sleep.
    pub light_s: Option<f64>,
    /// s of deep sleep.
    pub deep_s: Option<f64>,
    /// s of REM sleep.
    pub rem_s: Option<f64>,
    /// Mean heart rate, /min.
    pub heart_rate_avg: Option<f64>,
    /// Least heart rate, /min.
    pub heart_rate_min: Option<f64>,
    /// Mean breaths, /min.
    pub respiratory_rate_avg: Option<f64>,
    /// Mean RMSSD, ms.
    pub hrv_rmssd_avg: Option<f64>,
    /// The timeline, in order, without overlaps; empty if not told, or told apart ([`Body::SleepStage`]).
    pub stages: Vec<Stage>,
}

/// A zone of heart rate within a day.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct HeartRateZone {
    /// The source's name for it.
    pub name: String,
    /// Lower bound, /min, where told.
    pub min: Option<f64>,
    /// Upper bound, /min, where told.
    pub max: Option<f64>,
    /// s.
    pub duration_s: f64,
    /// kcal, where told.
    pub calories: Option<f64>,
}

/// A provider's daily heart-rate summary.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct HeartRateDay {
    /// Resting heart rate, /min.
    pub resting: Option<f64>,
    /// Mean, /min.
    pub average: Option<f64>,
    /// Least, /min.
    pub min: Option<f64>,
    /// Greatest, /min.
    pub max: Option<f64>,
    /// Zones; empty if not told.
    pub zones: Vec<HeartRateZone>,
}

/// Something eaten or drunk. Absent means that the source does not say.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Meal {
    /// `breakfast`, `lunch`, `dinner`, `snack`; a word that is not known passes as `other:<raw>`.
    #[serde(rename = "meal_type")]
    pub kind: Option<String>,
    /// What it was, as the source names it.
    pub name: Option<String>,
    /// Count of `serving_unit`.
    pub amount: Option<f64>,
    /// The source's word for one serving ("bowl").
    pub serving_unit: Option<String>,
    /// kcal.
    pub calories: Option<f64>,
    /// g.
    pub carbohydrate_g: Option<f64>,
    /// g.
    pub fat_g: Option<f64>,
    /// g.
    pub protein_g: Option<f64>,
    /// Other nutrients by Human API's names (`sodium`, `sugar`, `fiber`, `saturatedFat`, `calcium`, `iron`,
    /// `potassium`, `cholesterol`, …): g for `sugar`, `fiber` and the fats, mg for minerals and cholesterol.
    pub nutrients: std::collections::BTreeMap<String, f64>,
}

/// An electrocardiogram.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct Ecg {
    /// `sinus_rhythm`, `atrial_fibrillation`, `low_heart_rate`, `high_heart_rate`, `inconclusive`, `poor_recording`;
    /// a word that is not known passes as `other:<raw>`.
    pub classification: Option<String>,
    /// Mean heart rate, /min.
    pub heart_rate_avg: Option<f64>,
    /// The lead's name ("Lead I").
    pub lead: Option<String>,
    /// Samples a second, Hz.
    pub frequency_hz: Option<f64>,
    /// The voltage, µV, one value a sample; empty if not told.
    pub microvolts: Vec<f32>,
}

/// A place where the person was.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Location {
    /// Degrees north of the equator, WGS 84, -90 to 90.
    pub latitude: f64,
    /// Degrees east of Greenwich, WGS 84, -180 to 180.
    pub longitude: f64,
    /// What the source calls it.
    #[serde(default)]
    pub name: Option<String>,
    /// The source's word for the sort of place (`home`).
    #[serde(default, rename = "location_type")]
    pub kind: Option<String>,
}

impl Location {
    /// Whether there is such a place on earth.
    pub fn is_valid(&self) -> bool {
        (-90.0..=90.0).contains(&self.latitude) && (-180.0..=180.0).contains(&self.longitude)
    }
}

/// What a source concludes from the person's genes.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct GeneticTrait {
    /// What it is about ("Ability to digest milk sugar").
    pub description: String,
    /// What holds for the person ("Likely tolerant").
    #[serde(rename = "trait")]
    pub finding: String,
    /// What could hold, in the source's order.
    #[serde(default)]
    pub possible: Vec<String>,
}

/// One thing that a door delivers.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// A point or interval of a dense series.
    Sample(Sample),
    /// A sparse record, new or corrected.
    Record(Box<Record>),
    /// The provider deleted a record.
    Deleted {
        /// Its kind.
        kind: Kind,
        /// Its key.
        key: String,
    },
}

/// A fact about the account that a parser came across on the way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AccountFacts {
    /// E-mail address, if the scope allows it.
    pub email: Option<String>,
    /// `male` or `female`, or the provider's own word.
    pub gender: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
    /// Device names seen.
    pub devices: Vec<String>,
}

/// What one answer of a provider becomes.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Batch {
    /// In the order of the answer.
    pub observations: Vec<Observation>,
    /// Facts found on the way.
    pub facts: AccountFacts,
    /// Items that could not be understood: one sentence each, without the item's values. They are left out alone;
    /// the rest of the page goes on.
    pub rejected: Vec<String>,
    /// The end of a stretch that was told wholly: once the rest is applied, what was not told goes.
    pub whole: Option<Box<crate::Whole>>,
}

impl Batch {
    /// Adds a sample; drops it as rejected when its value is not finite, its unit does not fit, or its end is before
    /// its start.
    pub fn sample(&mut self, sample: Sample) {
        if !sample.value.is_finite() {
            self.rejected.push(format!("{}: value is not a finite number", sample.metric.name()));
        } else if sample.unit.convert(1.0, sample.metric.unit()).is_none() {
            self.rejected.push(format!("{}: unit {} does not fit", sample.metric.name(), sample.unit.ucum()));
        } else if sample.end.is_some_and(|end| end < sample.start) {
            self.rejected.push(format!("{}: ends before it starts", sample.metric.name()));
        } else {
            self.observations.push(Observation::Sample(sample));
        }
    }
    /// Adds a record; drops it as rejected when it ends before it starts.
    pub fn record(&mut self, record: Record) {
        if record.end.is_some_and(|end| end < record.start) {
            self.rejected.push("record ends before it starts".to_owned());
        } else if record.body.kind().is_none() {
            self.rejected.push("reading of a metric that is kept as a series".to_owned());
        } else {
            self.observations.push(Observation::Record(Box::new(record)));
        }
    }
    /// Notes a deletion.
    pub fn deleted(&mut self, kind: Kind, key: impl Into<String>) {
        self.observations.push(Observation::Deleted { kind, key: key.into() });
    }
}
