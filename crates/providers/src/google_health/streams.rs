//! What can be fetched: one list for each data type, and sums by civil day.
//! Source: `google/devicesandservices/health/v4`.

use hilum_model::{Contexts, Kind, Metric, Tells};

use super::{filter, parse};
use crate::spec::{Clock, Detail, Method, Page, Stream, Window, tcx};

const ACTIVITY: &str = "https://www.googleapis.com/auth/googlehealth.activity_and_fitness.readonly";
const MEASURES: &str = "https://www.googleapis.com/auth/googlehealth.health_metrics_and_measurements.readonly";
const SLEEP: &str = "https://www.googleapis.com/auth/googlehealth.sleep.readonly";
const NUTRITION: &str = "https://www.googleapis.com/auth/googlehealth.nutrition.readonly";
const ECG: &str = "https://www.googleapis.com/auth/googlehealth.ecg.readonly";
/// For routes, besides that of exercises.
pub(super) const LOCATION: &str = "https://www.googleapis.com/auth/googlehealth.location.readonly";
const SETTINGS: &str = "https://www.googleapis.com/auth/googlehealth.settings.readonly";

/// Samples of moments and intervals; the daily lists tell of the same metrics.
const fn moments(metric: Metric) -> Tells {
    Tells::Samples(metric, Contexts::Except(parse::DAILY_CONTEXTS))
}

/// Samples that stand for a day.
const fn of_days(metric: Metric) -> Tells {
    Tells::Samples(metric, Contexts::Only(parse::DAILY_CONTEXTS))
}

/// The greatest page of most types.
const MANY: &[(&str, &str)] = &[("pageSize", "10000")];

/// The greatest page of nights and exercises.
const FEW: &[(&str, &str)] = &[("pageSize", "25")];

/// Three years, in days.
const THREE_YEARS: u16 = 3 * 365;

/// Every list pages in this way; a roll-up carries the token in its body.
const NEXT: Page = Page::Token { send: "pageToken", read: "/nextPageToken" };

const fn instants(max_days: u16) -> Window {
    Window::Range { from: filter::FILTER, to: filter::UNTIL, clock: Clock::Rfc3339Z, max_days }
}

const fn days(max_days: u16) -> Window {
    Window::Range { from: filter::FILTER, to: filter::UNTIL, clock: Clock::Date, max_days }
}

const LIST: Stream = Stream { params: MANY, page: NEXT, overlap_days: 3, ..Stream::STANDARD };

/// Intervals of a minute or so: a week is about one page.
const INTERVALS: Stream = Stream { window: instants(7), build: Some(filter::interval), history_days: 180, ..LIST };

/// Moments, at rest every few seconds: a day is up to two pages.
const SAMPLES: Stream = Stream { window: instants(7), build: Some(filter::sample), history_days: 90, ..LIST };

/// Moments that are rare.
const READINGS: Stream =
    Stream { window: instants(180), build: Some(filter::sample), history_days: THREE_YEARS, ..LIST };

/// One value a day.
const DAILY: Stream = Stream { window: days(180), build: Some(filter::daily), history_days: THREE_YEARS, ..LIST };

/// Things with a start in local time.
const SESSIONS: Stream =
    Stream { window: days(60), build: Some(filter::session), overlap_days: 7, history_days: THREE_YEARS, ..LIST };

const NIGHTS: Stream = Stream {
    params: FEW,
    window: instants(60),
    build: Some(filter::sleep),
    overlap_days: 7,
    history_days: THREE_YEARS,
    ..LIST
};

/// What takes a start alone.
const SINCE: Stream = Stream {
    window: Window::Since { from: filter::FILTER, clock: Clock::Rfc3339Z },
    build: Some(filter::since),
    every_s: 6 * 3600,
    history_days: THREE_YEARS,
    ..LIST
};

/// Sums by civil day. Google allows 90 days, of some types 14.
const ROLL_UP: Stream = Stream {
    method: Method::PostJson,
    params: &[],
    window: days(90),
    build: Some(filter::rolled_up),
    history_days: THREE_YEARS,
    ..LIST
};

const TWO_WEEKS: Window = days(14);

/// The streams.
pub(super) const STREAMS: &[Stream] = &[
    // First: it tells the zone in which the days of the others are read.
    Stream {
        id: "settings",
        scope: SETTINGS,
        path: "/v4/users/me/settings",
        every_s: 86_400,
        parse: parse::settings,
        ..Stream::STANDARD
    },
    Stream {
        id: "steps",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/steps/dataPoints",
        parse: parse::steps,
        whole: &[moments(Metric::Steps)],
        ..INTERVALS
    },
    Stream {
        id: "distance",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/distance/dataPoints",
        parse: parse::distance,
        whole: &[moments(Metric::Distance)],
        ..INTERVALS
    },
    Stream {
        id: "floors",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/floors/dataPoints",
        parse: parse::floors,
        whole: &[moments(Metric::FloorsClimbed)],
        ..INTERVALS
    },
    Stream {
        id: "active_energy_burned",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/active-energy-burned/dataPoints",
        parse: parse::active_energy_burned,
        whole: &[moments(Metric::ActiveEnergy)],
        ..INTERVALS
    },
    Stream {
        id: "heart_rate",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/heart-rate/dataPoints",
        parse: parse::heart_rate,
        whole: &[moments(Metric::HeartRate)],
        ..SAMPLES
    },
    Stream {
        id: "heart_rate_variability",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/heart-rate-variability/dataPoints",
        parse: parse::heart_rate_variability,
        whole: &[moments(Metric::HrvRmssd), moments(Metric::HrvSdnn)],
        ..SAMPLES
    },
    Stream {
        id: "oxygen_saturation",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/oxygen-saturation/dataPoints",
        parse: parse::oxygen_saturation,
        whole: &[moments(Metric::BloodOxygen)],
        ..SAMPLES
    },
    Stream {
        id: "daily_resting_heart_rate",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/daily-resting-heart-rate/dataPoints",
        parse: parse::daily_resting_heart_rate,
        ..DAILY
    },
    Stream {
        id: "daily_heart_rate_variability",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/daily-heart-rate-variability/dataPoints",
        parse: parse::daily_heart_rate_variability,
        whole: &[of_days(Metric::HrvRmssd)],
        ..DAILY
    },
    Stream {
        id: "daily_oxygen_saturation",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/daily-oxygen-saturation/dataPoints",
        parse: parse::daily_oxygen_saturation,
        whole: &[of_days(Metric::BloodOxygen)],
        ..DAILY
    },
    Stream {
        id: "daily_respiratory_rate",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/daily-respiratory-rate/dataPoints",
        parse: parse::daily_respiratory_rate,
        whole: &[of_days(Metric::RespiratoryRate)],
        ..DAILY
    },
    Stream {
        id: "daily_sleep_temperature_derivations",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/daily-sleep-temperature-derivations/dataPoints",
        parse: parse::daily_sleep_temperature_derivations,
        whole: &[of_days(Metric::SkinTemperature), of_days(Metric::SkinTemperatureDelta)],
        ..DAILY
    },
    Stream {
        id: "daily_vo2_max",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/daily-vo2-max/dataPoints",
        parse: parse::daily_vo2_max,
        whole: &[Tells::Records(Kind::Vo2Max)],
        ..DAILY
    },
    Stream {
        id: "weight",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/weight/dataPoints",
        parse: parse::weight,
        whole: &[Tells::Records(Kind::Weight)],
        ..READINGS
    },
    Stream {
        id: "body_fat",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/body-fat/dataPoints",
        parse: parse::body_fat,
        whole: &[Tells::Records(Kind::BodyFat)],
        ..READINGS
    },
    Stream {
        id: "height",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/height/dataPoints",
        parse: parse::height,
        whole: &[Tells::Records(Kind::Height)],
        ..READINGS
    },
    Stream {
        id: "core_body_temperature",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/core-body-temperature/dataPoints",
        parse: parse::core_body_temperature,
        whole: &[Tells::Records(Kind::BodyTemperature)],
        ..READINGS
    },
    Stream {
        id: "blood_glucose",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/blood-glucose/dataPoints",
        parse: parse::blood_glucose,
        whole: &[Tells::Records(Kind::BloodGlucose)],
        ..READINGS
    },
    Stream {
        id: "nutrition_log",
        scope: NUTRITION,
        path: "/v4/users/me/dataTypes/nutrition-log/dataPoints",
        parse: parse::nutrition_log,
        whole: &[Tells::Records(Kind::Meal)],
        ..SESSIONS
    },
    Stream {
        id: "hydration_log",
        scope: NUTRITION,
        path: "/v4/users/me/dataTypes/hydration-log/dataPoints",
        parse: parse::hydration_log,
        whole: &[moments(Metric::WaterIntake)],
        ..SESSIONS
    },
    Stream {
        id: "exercise",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/exercise/dataPoints",
        params: FEW,
        parse: parse::exercise,
        detail: Some(Detail { wanted: parse::routes, parse: tcx, file: true, scope: LOCATION }),
        whole: &[Tells::Records(Kind::Activity)],
        ..SESSIONS
    },
    Stream {
        id: "sleep",
        scope: SLEEP,
        path: "/v4/users/me/dataTypes/sleep/dataPoints",
        parse: parse::sleep,
        whole: &[Tells::Records(Kind::Sleep)],
        ..NIGHTS
    },
    Stream {
        id: "electrocardiogram",
        scope: ECG,
        path: "/v4/users/me/dataTypes/electrocardiogram/dataPoints",
        parse: parse::electrocardiogram,
        whole: &[Tells::Records(Kind::Ecg)],
        ..SINCE
    },
    Stream {
        id: "steps_by_day",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/steps/dataPoints:dailyRollUp",
        parse: parse::steps_by_day,
        ..ROLL_UP
    },
    Stream {
        id: "distance_by_day",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/distance/dataPoints:dailyRollUp",
        parse: parse::distance_by_day,
        ..ROLL_UP
    },
    Stream {
        id: "floors_by_day",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/floors/dataPoints:dailyRollUp",
        parse: parse::floors_by_day,
        ..ROLL_UP
    },
    Stream {
        id: "active_energy_by_day",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/active-energy-burned/dataPoints:dailyRollUp",
        parse: parse::active_energy_by_day,
        ..ROLL_UP
    },
    Stream {
        id: "total_calories_by_day",
        scope: ACTIVITY,
        path: "/v4/users/me/dataTypes/total-calories/dataPoints:dailyRollUp",
        window: TWO_WEEKS,
        parse: parse::total_calories_by_day,
        ..ROLL_UP
    },
    Stream {
        id: "heart_rate_by_day",
        scope: MEASURES,
        path: "/v4/users/me/dataTypes/heart-rate/dataPoints:dailyRollUp",
        window: TWO_WEEKS,
        parse: parse::heart_rate_by_day,
        ..ROLL_UP
    },
];
