//! The columns of lists as CSV: every member that rows can have, in the order of the contract. A test holds them against
//! rows of everything.

use hilum_model::Kind;

/// Heads, tails and everything between.
macro_rules! columns {
    ($($name:literal),* $(,)?) => {
        &["id", "userId", "humanId", $($name,)* "createdAt", "updatedAt"]
    };
}

/// Of readings that are one number.
pub(super) const READINGS: &[&str] = columns!["timestamp", "tzOffset", "value", "unit", "source", "sourceData"];
/// `/genetic/traits`.
pub(super) const TRAITS: &[&str] = &["userId", "humanId", "description", "trait", "possibleTraits"];
/// `/sources`, of all versions.
pub(super) const SOURCES: &[&str] = &[
    "id",
    "source",
    "sourceName",
    "supportedDataTypes",
    "devices",
    "connectedSince",
    "historySync",
    "resync",
    "syncStatus",
    "expectedSyncDuration",
    "connectionState",
];
/// `/imports`.
pub(super) const IMPORTS: &[&str] = &[
    "id",
    "state",
    "source",
    "format",
    "bytes",
    "stored",
    "found",
    "rejected",
    "unknownTypes",
    "leftOut",
    "error",
    "createdAt",
    "updatedAt",
];
/// `/series`.
pub(super) const HELD: &[&str] = &["metric", "unit", "first", "last", "count", "sources"];
/// Users of the application API.
pub(crate) const USERS: &[&str] = &["humanId", "externalId", "appId", "createdAt", "updatedAt"];

/// Of a kind of record.
pub(super) const fn of(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::BloodGlucose => columns![
            "timestamp",
            "tzOffset",
            "value",
            "unit",
            "notes",
            "mealTag",
            "medicationTag",
            "source",
            "sourceData",
        ],
        Kind::BloodPressure => {
            columns!["timestamp", "tzOffset", "unit", "systolic", "diastolic", "heartRate", "source", "sourceData"]
        }
        Kind::Activity => columns![
            "startTime",
            "endTime",
            "tzOffset",
            "type",
            "duration",
            "distance",
            "steps",
            "calories",
            "sourceData",
            "timeSeries",
            "source",
        ],
        Kind::ActivityDay => columns![
            "date",
            "duration",
            "distance",
            "steps",
            "calories",
            "vigorous",
            "moderate",
            "light",
            "sedentary",
            "sourceData",
            "source",
        ],
        Kind::Sleep => columns![
            "day",
            "startTime",
            "endTime",
            "tzOffset",
            "mainSleep",
            "timeAsleep",
            "timeAwake",
            "efficiency",
            "timeToFallAsleep",
            "timeAfterWakeup",
            "timeInBed",
            "numberOfWakeups",
            "timeSeries",
            "source",
            "sourceData",
        ],
        Kind::SleepDay => columns!["date", "timeAsleep", "timeAwake", "source"],
        Kind::HeartRateDay => {
            columns!["date", "zones", "restingHR", "averageHR", "maxHR", "minHR", "source", "sourceData"]
        }
        Kind::Meal => columns![
            "timestamp",
            "tzOffset",
            "type",
            "name",
            "calories",
            "carbohydrate",
            "fat",
            "protein",
            "sodium",
            "sugar",
            "fiber",
            "saturatedFat",
            "monounsaturatedFat",
            "polyunsaturatedFat",
            "cholesterol",
            "vitaminA",
            "vitaminC",
            "calcium",
            "iron",
            "potassium",
            "source",
            "sourceData",
        ],
        Kind::Location => {
            columns!["startTime", "endTime", "tzOffset", "name", "location", "type", "source", "sourceData"]
        }
        _ => READINGS,
    }
}
