//! Members of bodies by the names of the data API: which a record tells, and filling those that it leaves out.

use hilum_model::observation::{Activity, ActivityDay, HeartRateDay, Sleep};

/// Names of the members that are told.
macro_rules! told {
    ($body:expr; $($member:ident => $name:literal),* $(,)?) => {{
        let mut names: Vec<&'static str> = Vec::new();
        $(if $body.$member.is_some() { names.push($name); })*
        names
    }};
}

/// Fills members that are not told from another body; names of those that were.
macro_rules! fill {
    ($body:expr, $other:expr; $($member:ident => $name:literal),* $(,)?) => {{
        let mut names: Vec<&'static str> = Vec::new();
        $(if $body.$member.is_none() && $other.$member.is_some() {
            $body.$member = $other.$member;
            names.push($name);
        })*
        names
    }};
}

macro_rules! activity {
    ($with:ident!($($body:expr),*)) => {
        $with!($($body),*;
            duration_s => "duration", distance_m => "distance", steps => "steps", calories => "calories",
            heart_rate_avg => "averageHeartrate", heart_rate_min => "minHeartrate", heart_rate_max => "maxHeartrate",
            elevation_gain_m => "elevationGain", speed_avg => "averageSpeed", speed_max => "maxSpeed",
            cadence_avg => "averageCadence", power_avg => "averagePower")
    };
}

/// A word that says what was done, not only that something was.
pub(crate) fn says_what(kind: &str) -> bool {
    !matches!(kind, "" | "unknown" | "other" | "workout" | "training") && !kind.starts_with("other:")
}

pub(crate) fn told_of_activity(body: &Activity) -> Vec<&'static str> {
    let mut names = activity!(told!(body));
    names.insert(0, "type");
    names
}

pub(crate) fn fill_activity(body: &mut Activity, other: &Activity) -> Vec<&'static str> {
    let mut names = activity!(fill!(body, other));
    if !says_what(&body.kind) && says_what(&other.kind) {
        body.kind.clone_from(&other.kind);
        names.insert(0, "type");
    }
    names
}

macro_rules! sleep {
    ($with:ident!($($body:expr),*)) => {
        $with!($($body),*;
            asleep_s => "timeAsleep", awake_s => "timeAwake", to_fall_asleep_s => "timeToFallAsleep",
            after_wakeup_s => "timeAfterWakeup", in_bed_s => "timeInBed", efficiency => "efficiency",
            wakeups => "numberOfWakeups", heart_rate_avg => "averageHeartrate", heart_rate_min => "minHeartrate",
            respiratory_rate_avg => "averageBreathing", hrv_rmssd_avg => "averageHrvRmssd")
    };
}

/// Depths and their timeline belong together: minutes of two sources would not add up.
const STAGES: &str = "stages";

fn has_stages(body: &Sleep) -> bool {
    body.light_s.is_some() || body.deep_s.is_some() || body.rem_s.is_some() || !body.stages.is_empty()
}

pub(crate) fn told_of_sleep(body: &Sleep) -> Vec<&'static str> {
    let mut names = sleep!(told!(body));
    if has_stages(body) {
        names.push(STAGES);
    }
    names
}

pub(crate) fn fill_sleep(body: &mut Sleep, other: &Sleep) -> Vec<&'static str> {
    let mut names = sleep!(fill!(body, other));
    if !has_stages(body) && has_stages(other) {
        (body.light_s, body.deep_s, body.rem_s) = (other.light_s, other.deep_s, other.rem_s);
        body.stages.clone_from(&other.stages);
        names.push(STAGES);
    }
    // A source that does not tell naps apart calls everything the main sleep: who says nap knows.
    if body.main && !other.main {
        body.main = false;
        names.push("mainSleep");
    }
    names
}

macro_rules! heart {
    ($with:ident!($($body:expr),*)) => {
        $with!($($body),*;
            resting => "restingHR", average => "averageHR", min => "minHR", max => "maxHR")
    };
}

pub(crate) fn told_of_heart(body: &HeartRateDay) -> Vec<&'static str> {
    let mut names = heart!(told!(body));
    if !body.zones.is_empty() {
        names.push("zones");
    }
    names
}

pub(crate) fn fill_heart(body: &mut HeartRateDay, other: &HeartRateDay) -> Vec<&'static str> {
    let mut names = heart!(fill!(body, other));
    if body.zones.is_empty() && !other.zones.is_empty() {
        body.zones.clone_from(&other.zones);
        names.push("zones");
    }
    names
}

/// Minutes by intensity are shares of one day and belong together.
const MINUTES: [&str; 4] = ["vigorous", "moderate", "light", "sedentary"];

fn has_minutes(body: &ActivityDay) -> bool {
    body.vigorous_min.or(body.moderate_min).or(body.light_min).or(body.sedentary_min).is_some()
}

/// Fills what has no intervals: the active time, all energy, and the minutes by intensity.
pub(crate) fn fill_day(body: &mut ActivityDay, other: &ActivityDay) -> Vec<&'static str> {
    let mut names = fill!(body, other; duration_s => "duration", calories => "calories");
    if !has_minutes(body) && has_minutes(other) {
        let minutes = |day: &ActivityDay| [day.vigorous_min, day.moderate_min, day.light_min, day.sedentary_min];
        names.extend(MINUTES.into_iter().zip(minutes(other)).filter(|(_, m)| m.is_some()).map(|(name, _)| name));
        [body.vigorous_min, body.moderate_min, body.light_min, body.sedentary_min] = minutes(other);
    }
    names
}
