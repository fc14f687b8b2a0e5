//! Withings: scales, cuffs, watches, sleep mats. Public cloud API, <https://developer.withings.com/api-reference>.
//!
//! Quirks: every answer is HTTP 200, its true status is a number in the body; token calls are signed; see `README.md`.

mod notices;
mod parse;
pub mod sandbox;

use crate::spec::{
    ClientAuth, Clock, Detail, ErrorRule, Handshake, Limit, Method, OAuth2, Page, Pkce, Provider, Revoke, RevokeStyle,
    Rotation, ScopeFrom, Setup, Stream, UserId, Verdict, Verify, Webhook, When, Window,
};

/// Body measures, blood pressure.
const METRICS: &str = "user.metrics";
/// Activity, workouts and sleep.
const ACTIVITY: &str = "user.activity";

/// All lists that page do it in this way.
const OFFSET_MORE: Page = Page::OffsetMore { send: "offset", more: "/body/more", offset: "/body/offset" };

/// Windows of the lists that take civil days. The API names no longest range; this keeps an answer small.
const DAYS: Window = Window::Range { from: "startdateymd", to: "enddateymd", clock: Clock::Date, max_days: 90 };

/// Windows of the minute data: 24 hours at most.
const ONE_DAY: Window = Window::Range { from: "startdate", to: "enddate", clock: Clock::UnixSeconds, max_days: 1 };

/// Three years, in days.
const THREE_YEARS: u16 = 3 * 365;

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "withings",
    // The service was Nokia Health in 2017 and 2018; old exports and source lists still say so.
    aliases: &["nokia"],
    name: "Withings",
    summary: "Weight, blood pressure, heart rate, activity, sleep",
    icon: include_str!("icon.svg"),
    data_types: &[
        "activities",
        "blood_oxygen",
        "blood_pressure",
        "body_fat",
        "heart_rate",
        "height",
        "sleeps",
        "weight",
    ],
    auth: OAuth2 {
        authorize_url: "https://account.withings.com/oauth2_user/authorize2",
        token_url: "https://wbsapi.withings.net/v2/oauth2",
        token_params: &[("action", "requesttoken")],
        authorize_params: &[],
        scopes: &[],
        scope_separator: ",",
        client_auth: ClientAuth::WithingsSigned,
        pkce: Pkce::None,
        envelope: "/body",
        rotation: Rotation::Grace { seconds: 8 * 3600 },
        access_ttl_s: 10_800,
        user_id: UserId::Token("/userid"),
        scope_from: ScopeFrom::Token,
        revoke: Some(Revoke { url: "/v2/oauth2", style: RevokeStyle::WithingsSigned }),
        ..OAuth2::STANDARD
    },
    api_base: "https://wbsapi.withings.net",
    streams: &[
        Stream {
            id: "measures",
            scope: METRICS,
            method: Method::PostForm,
            path: "/measure",
            // 1 weight, 4 height, 5 mass without fat, 6 fat share, 9 diastolic, 10 systolic, 11 pulse, 12 and 71
            // temperature of the body, 54 oxygen saturation, 73 temperature of the skin, 76 muscle, 77 water, 88 bone,
            // 123 VO2max; category 1 is real measures, without goals.
            params: &[
                ("action", "getmeas"),
                ("meastypes", "1,4,5,6,9,10,11,12,54,71,73,76,77,88,123"),
                ("category", "1"),
            ],
            // No limit is documented. Within a window the oldest come first, so a short one brings the newest sooner.
            window: Window::Range { from: "startdate", to: "enddate", clock: Clock::UnixSeconds, max_days: 90 },
            page: OFFSET_MORE,
            every_s: 3600,
            // One request anyhow, and people assign or correct readings weeks later.
            overlap_days: 30,
            history_days: 10 * 365,
            parse: parse::measures,
            ..Stream::STANDARD
        },
        Stream {
            id: "activity",
            scope: ACTIVITY,
            method: Method::PostForm,
            path: "/v2/measure",
            params: &[
                ("action", "getactivity"),
                (
                    "data_fields",
                    "steps,distance,elevation,soft,moderate,intense,active,calories,totalcalories,\
                     hr_average,hr_min,hr_max,hr_zone_0,hr_zone_1,hr_zone_2,hr_zone_3",
                ),
            ],
            window: DAYS,
            page: OFFSET_MORE,
            every_s: 3600,
            overlap_days: 7,
            history_days: THREE_YEARS,
            parse: parse::activity,
            ..Stream::STANDARD
        },
        Stream {
            id: "workouts",
            scope: ACTIVITY,
            method: Method::PostForm,
            path: "/v2/measure",
            params: &[
                ("action", "getworkouts"),
                (
                    "data_fields",
                    "calories,intensity,manual_distance,manual_calories,hr_average,hr_min,hr_max,hr_zone_0,hr_zone_1,\
                     hr_zone_2,hr_zone_3,pause_duration,algo_pause_duration,spo2_average,steps,distance,elevation",
                ),
            ],
            window: DAYS,
            page: OFFSET_MORE,
            every_s: 3600,
            overlap_days: 14,
            history_days: THREE_YEARS,
            parse: parse::workouts,
            ..Stream::STANDARD
        },
        Stream {
            id: "sleep",
            scope: ACTIVITY,
            method: Method::PostForm,
            path: "/v2/sleep",
            // Without `data_fields` the answer holds hardly more than the ends of the night.
            params: &[
                ("action", "getsummary"),
                (
                    "data_fields",
                    "total_timeinbed,total_sleep_time,lightsleepduration,deepsleepduration,remsleepduration,\
                     wakeupduration,wakeupcount,durationtosleep,durationtowakeup,sleep_latency,wakeup_latency,waso,\
                     sleep_efficiency,nb_rem_episodes,out_of_bed_count,hr_average,hr_min,hr_max,rr_average,rr_min,\
                     rr_max,breathing_disturbances_intensity,snoring,snoringepisodecount,apnea_hypopnea_index,\
                     sleep_score",
                ),
            ],
            window: DAYS,
            page: OFFSET_MORE,
            every_s: 3600,
            overlap_days: 14,
            history_days: THREE_YEARS,
            parse: parse::sleep,
            ..Stream::STANDARD
        },
        Stream {
            id: "intraday",
            scope: ACTIVITY,
            method: Method::PostForm,
            path: "/v2/measure",
            params: &[
                ("action", "getintradayactivity"),
                ("data_fields", "steps,distance,calories,duration,heart_rate,spo2_auto,rmssd,sdnn1"),
            ],
            window: ONE_DAY,
            page: Page::Single,
            every_s: 3600,
            overlap_days: 1,
            // A request a day and person: more would eat the app's 120 requests a minute.
            history_days: 30,
            parse: parse::intraday,
            ..Stream::STANDARD
        },
        Stream {
            id: "sleep_phases",
            scope: ACTIVITY,
            method: Method::PostForm,
            path: "/v2/sleep",
            params: &[("action", "get"), ("data_fields", "hr,rr,sdnn_1,rmssd")],
            window: ONE_DAY,
            page: Page::Single,
            every_s: 6 * 3600,
            overlap_days: 1,
            history_days: 30,
            parse: parse::sleep_phases,
            ..Stream::STANDARD
        },
        Stream {
            id: "ecg",
            scope: METRICS,
            method: Method::PostForm,
            path: "/v2/heart",
            params: &[("action", "list")],
            window: Window::Range { from: "startdate", to: "enddate", clock: Clock::UnixSeconds, max_days: 90 },
            page: OFFSET_MORE,
            every_s: 6 * 3600,
            overlap_days: 7,
            history_days: THREE_YEARS,
            parse: parse::heart,
            detail: Some(Detail { wanted: parse::signals, parse: parse::signal, file: false, scope: "" }),
            ..Stream::STANDARD
        },
    ],
    errors: ERRORS,
    limits: &[Limit::app(120, 60)],
    webhook: Some(Webhook {
        verify: Verify::SecretPath,
        handshake: Handshake::Head,
        setup: Setup::PerConnection(notices::subscribe),
        ack: 200,
        read: notices::read,
    }),
    ..Provider::STANDARD
};

/// The `status` of the body tells what happened; HTTP says 200 whatever it was.
/// Source: <https://developer.withings.com/api-reference/#section/Response-status>.
const ERRORS: &[ErrorRule] = &[
    ErrorRule { when: When::JsonIn("/status", &[100, 101, 102, 200, 401]), verdict: Verdict::Refresh },
    ErrorRule { when: When::JsonIn("/status", &[214, 277, 2553, 2554, 2555]), verdict: Verdict::ScopeMissing },
    ErrorRule { when: When::JsonIn("/status", &[522, 524, 601]), verdict: Verdict::Retry },
    ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
    ErrorRule { when: When::JsonNotIn("/status", &[0]), verdict: Verdict::Fatal },
];
