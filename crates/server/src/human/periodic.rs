//! Activities and sleeps with their day summaries.
//! Source of the members: human-connect contract 4.4 and 4.5.

use hilum_model::{Body, Kind};
use hilum_store::records::StoredRecord;

use super::Call;
use super::answer::Reply;
use super::json::Json;
use super::rows::{Extra, Rows, Told, source_data};
use crate::ApiError;
use crate::api::{About, Args, Operation, Tag};

/// Things that last, and their days.
pub(super) struct Periodic {
    pub(super) single: Rows,
    pub(super) days: Rows,
}

/// `/activities`.
pub(super) const ACTIVITIES: Periodic =
    Periodic { single: Rows { kind: Kind::Activity, noun: "activity", write: write_activity }, days: ACTIVITY_DAYS };

/// `/sleeps`.
pub(super) const SLEEPS: Periodic =
    Periodic { single: Rows { kind: Kind::Sleep, noun: "sleep", write: write_sleep }, days: SLEEP_DAYS };

/// Daily totals.
pub(super) const ACTIVITY_DAYS: Rows =
    Rows { kind: Kind::ActivityDay, noun: "activity summary", write: write_activity_day };
/// Days of sleep.
pub(super) const SLEEP_DAYS: Rows = Rows { kind: Kind::SleepDay, noun: "sleep summary", write: write_sleep_day };

/// `summary` and `daily` are the forms of the first version.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::human(
        "/v1/human/activities",
        |call, _| ACTIVITIES.single.list(call),
        || {
            About::list(Tag::Activities, "listActivities", "Sessions of activity", "Activity")
                .time_series()
                .time_series()
                .link("getActivity", "getActivity", ("id", "$response.body#/0/id"))
        },
    ),
    Operation::human(
        "/v1/human/activities/daily/{date}",
        |call, args| ACTIVITIES.single.daily(call, args.get(0)),
        || {
            About::daily(Tag::Activities, "listActivitiesOfDay", "Sessions of activity of a day", "Activity")
                .time_series()
        },
    ),
    Operation::human(
        "/v1/human/activities/summaries",
        |call, _| ACTIVITIES.days.list(call),
        || {
            About::list(
                Tag::Activities,
                "listActivitySummaries",
                "Daily totals as the sources give them",
                "ActivitySummary",
            )
            .link("getActivitySummary", "getActivitySummary", ("idOrDate", "$response.body#/0/id"))
        },
    ),
    Operation::human(
        "/v1/human/activities/summary",
        |call, _| ACTIVITIES.days.latest(call),
        || About::latest(Tag::Activities, "getLatestActivitySummary", "The newest daily total", "ActivitySummary"),
    ),
    Operation::human(
        "/v1/human/activities/summaries/{idOrDate}",
        |call, args| day(call, &ACTIVITIES, args),
        || About::by_id_or_date(Tag::Activities, "getActivitySummary", "A daily total", "ActivitySummary"),
    ),
    Operation::human(
        "/v1/human/activities/summary/{idOrDate}",
        |call, args| day(call, &ACTIVITIES, args),
        || {
            About::by_id_or_date(Tag::Activities, "getActivitySummaryOld", "A daily total", "ActivitySummary")
                .deprecated()
        },
    ),
    Operation::human(
        "/v1/human/activities/{id}",
        |call, args| ACTIVITIES.single.by_id(call, args.get(0)),
        || About::by_id(Tag::Activities, "getActivity", "A session of activity", "Activity"),
    ),
    Operation::human(
        "/v1/human/sleeps",
        |call, _| SLEEPS.single.list(call),
        || {
            About::list(Tag::Sleeps, "listSleeps", "Sleeps", "Sleep").time_series().time_series().link(
                "getSleep",
                "getSleep",
                ("id", "$response.body#/0/id"),
            )
        },
    ),
    Operation::human(
        "/v1/human/sleeps/daily/{date}",
        |call, args| SLEEPS.single.daily(call, args.get(0)),
        || About::daily(Tag::Sleeps, "listSleepsOfDay", "Sleeps of a day", "Sleep").time_series(),
    ),
    Operation::human(
        "/v1/human/sleeps/summaries",
        |call, _| SLEEPS.days.list(call),
        || {
            About::list(Tag::Sleeps, "listSleepSummaries", "Days of sleep", "SleepSummary").link(
                "getSleepSummary",
                "getSleepSummary",
                ("idOrDate", "$response.body#/0/id"),
            )
        },
    ),
    Operation::human(
        "/v1/human/sleeps/summary",
        |call, _| SLEEPS.days.latest(call),
        || About::latest(Tag::Sleeps, "getLatestSleepSummary", "The newest day of sleep", "SleepSummary"),
    ),
    Operation::human(
        "/v1/human/sleeps/summaries/{idOrDate}",
        |call, args| day(call, &SLEEPS, args),
        || About::by_id_or_date(Tag::Sleeps, "getSleepSummary", "A day of sleep", "SleepSummary"),
    ),
    Operation::human(
        "/v1/human/sleeps/summary/{idOrDate}",
        |call, args| day(call, &SLEEPS, args),
        || About::by_id_or_date(Tag::Sleeps, "getSleepSummaryOld", "A day of sleep", "SleepSummary").deprecated(),
    ),
    Operation::human(
        "/v1/human/sleeps/{id}",
        |call, args| SLEEPS.single.by_id(call, args.get(0)),
        || About::by_id(Tag::Sleeps, "getSleep", "A sleep", "Sleep"),
    ),
];

fn day(call: &Call<'_>, periodic: &Periodic, args: Args<'_>) -> Result<Reply, ApiError> {
    periodic.days.by_id_or_date(call, args.get(0))
}

fn write_activity(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    let Body::Activity(activity) = &row.record.body else { return };
    let record = &row.record;
    json.time("startTime", record.start);
    if let Some(end) = record.end {
        json.time("endTime", end);
    }
    json.offset(record.offset);
    json.text("type", if activity.kind.is_empty() { "unknown" } else { &activity.kind });
    // Where the source tells no duration of its own, the time from start to end is one.
    let elapsed = record.end.map(|end| end.since_ms(record.start) as f64 / 1000.0);
    json.number_if_told("duration", activity.duration_s.or(elapsed));
    json.number_if_told("distance", activity.distance_m);
    json.number_if_told("steps", activity.steps);
    json.number_if_told("calories", activity.calories);
    source_data(
        json,
        record,
        &[],
        &[
            ("averageHeartrate", Extra::Number(activity.heart_rate_avg)),
            ("minHeartrate", Extra::Number(activity.heart_rate_min)),
            ("maxHeartrate", Extra::Number(activity.heart_rate_max)),
        ],
    );
    told.write_time_series(json);
    json.text("source", told.source);
}

fn write_activity_day(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    let Body::ActivityDay(day) = &row.record.body else { return };
    json.day("date", row.record.day);
    json.number_if_told("duration", day.duration_s);
    json.number_if_told("distance", day.distance_m);
    json.number_if_told("steps", day.steps);
    json.number_if_told("calories", day.calories);
    json.number_if_told("vigorous", day.vigorous_min);
    json.number_if_told("moderate", day.moderate_min);
    json.number_if_told("light", day.light_min);
    json.number_if_told("sedentary", day.sedentary_min);
    source_data(
        json,
        &row.record,
        &[],
        &[("floors", Extra::Number(day.floors)), ("activityCalories", Extra::Number(day.active_calories))],
    );
    json.text("source", told.source);
}

/// Durations are minutes; what the source does not tell is 0, as documented for sleeps.
fn write_sleep(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    let Body::Sleep(sleep) = &row.record.body else { return };
    let record = &row.record;
    let minutes = |seconds: Option<f64>| seconds.map(|s| s / 60.0);
    let known = |value: Option<f64>| value.unwrap_or(0.0);
    json.day("day", record.day);
    json.time("startTime", record.start);
    if let Some(end) = record.end {
        json.time("endTime", end);
    }
    json.offset(record.offset);
    json.boolean("mainSleep", sleep.main);
    json.number("timeAsleep", known(minutes(sleep.asleep_s)));
    json.number("timeAwake", known(minutes(sleep.awake_s)));
    json.number("efficiency", known(sleep.efficiency));
    json.number("timeToFallAsleep", known(minutes(sleep.to_fall_asleep_s)));
    json.number("timeAfterWakeup", known(minutes(sleep.after_wakeup_s)));
    json.number("timeInBed", known(minutes(sleep.in_bed_s)));
    json.number("numberOfWakeups", known(sleep.wakeups));
    told.write_time_series(json);
    json.text("source", told.source);
    source_data(
        json,
        record,
        &[],
        &[
            ("timeLight", Extra::Number(minutes(sleep.light_s))),
            ("timeDeep", Extra::Number(minutes(sleep.deep_s))),
            ("timeRem", Extra::Number(minutes(sleep.rem_s))),
            ("averageHeartrate", Extra::Number(sleep.heart_rate_avg)),
            ("minHeartrate", Extra::Number(sleep.heart_rate_min)),
            ("averageBreathing", Extra::Number(sleep.respiratory_rate_avg)),
            ("averageHrvRmssd", Extra::Number(sleep.hrv_rmssd_avg)),
        ],
    );
}

fn write_sleep_day(json: &mut Json, row: &StoredRecord, told: &Told<'_>) {
    let Body::SleepDay { time_asleep, time_awake } = &row.record.body else { return };
    json.day("date", row.record.day);
    json.number("timeAsleep", *time_asleep);
    json.number("timeAwake", *time_awake);
    json.text("source", told.source);
}
