//! Polar's words for sports. Source: <https://www.polar.com/accesslink-api/#detailed-sport-info-values-in-exercise-entity>.

use crate::spec::read;

/// `detailed_sport_info` and our word.
const WORDS: [(&str, &str); 40] = [
    ("AEROBICS", "aerobics"),
    ("BADMINTON", "badminton"),
    ("BASKETBALL", "basketball"),
    ("BOOTCAMP", "bootcamp"),
    ("BOXING", "boxing"),
    ("CIRCUIT_TRAINING", "circuit_training"),
    ("CLASSIC_XC_SKIING", "cross_country_skiing"),
    ("CORE", "core_training"),
    ("CROSS-COUNTRY_RUNNING", "trail_running"),
    ("CROSS-COUNTRY_SKIING", "cross_country_skiing"),
    ("CROSS-TRAINER", "elliptical"),
    ("CYCLING", "cycling"),
    ("DANCING", "dancing"),
    ("DOWNHILL_SKIING", "skiing"),
    ("FREESTYLE_XC_SKIING", "cross_country_skiing"),
    ("GOLF", "golf"),
    ("HIIT", "hiit"),
    ("HIKING", "hiking"),
    ("INDOOR_CYCLING", "indoor_cycling"),
    ("INDOOR_ROWING", "rowing"),
    ("KAYAKING", "kayaking"),
    ("MOUNTAIN_BIKING", "mountain_biking"),
    ("NORDIC_WALKING", "nordic_walking"),
    ("OPEN_WATER_SWIMMING", "open_water_swimming"),
    ("OTHER", "other"),
    ("PILATES", "pilates"),
    ("POOL_SWIMMING", "swimming"),
    ("ROAD_BIKING", "cycling"),
    ("ROAD_RUNNING", "running"),
    ("ROWING", "rowing"),
    ("RUNNING", "running"),
    ("SNOWBOARDING", "snowboarding"),
    ("SOCCER", "soccer"),
    ("STRENGTH_TRAINING", "weight_training"),
    ("SWIMMING", "swimming"),
    ("TENNIS", "tennis"),
    ("TRAIL_RUNNING", "trail_running"),
    ("TREADMILL_RUNNING", "indoor_running"),
    ("WALKING", "walking"),
    ("YOGA", "yoga"),
];

/// Our word for Polar's; one that is not in the table passes as it is.
pub(super) fn kind(word: Option<&str>) -> String {
    let Some(word) = word else { return "unknown".to_owned() };
    read::ours(&WORDS, &word, word)
}
