//! Garmin's words for sports.

use crate::spec::read;

/// `activityType` and our word.
const WORDS: [(&str, &str); 44] = [
    ("BACKCOUNTRY_SKIING", "backcountry_skiing"),
    ("BADMINTON", "badminton"),
    ("BOATING", "boating"),
    ("BOULDERING", "climbing"),
    ("CARDIO_TRAINING", "cardio_training"),
    ("CROSS_COUNTRY_SKIING", "cross_country_skiing"),
    ("CROSS_COUNTRY_SKIING_WS", "cross_country_skiing"),
    ("CYCLING", "cycling"),
    ("E_BIKE_FITNESS", "e_biking"),
    ("E_BIKE_MOUNTAIN", "e_biking"),
    ("ELLIPTICAL", "elliptical"),
    ("GOLF", "golf"),
    ("GRAVEL_CYCLING", "gravel_cycling"),
    ("HIIT", "hiit"),
    ("HIKING", "hiking"),
    ("INDOOR_CARDIO", "cardio_training"),
    ("INDOOR_CLIMBING", "climbing"),
    ("INDOOR_CYCLING", "indoor_cycling"),
    ("INDOOR_ROWING", "rowing"),
    ("INDOOR_RUNNING", "indoor_running"),
    ("INDOOR_WALKING", "walking"),
    ("KAYAKING", "kayaking"),
    ("LAP_SWIMMING", "swimming"),
    ("MOUNTAIN_BIKING", "mountain_biking"),
    ("OPEN_WATER_SWIMMING", "open_water_swimming"),
    ("OTHER", "other"),
    ("PILATES", "pilates"),
    ("RESORT_SKIING", "skiing"),
    ("ROAD_BIKING", "cycling"),
    ("ROCK_CLIMBING", "climbing"),
    ("ROWING", "rowing"),
    ("RUNNING", "running"),
    ("SNOWBOARDING", "snowboarding"),
    ("SOCCER", "soccer"),
    ("STAIR_CLIMBING", "stair_climbing"),
    ("STREET_RUNNING", "running"),
    ("STRENGTH_TRAINING", "weight_training"),
    ("SWIMMING", "swimming"),
    ("TENNIS", "tennis"),
    ("TRAIL_RUNNING", "trail_running"),
    ("TREADMILL_RUNNING", "indoor_running"),
    ("VIRTUAL_RIDE", "indoor_cycling"),
    ("WALKING", "walking"),
    ("YOGA", "yoga"),
];

/// Our word for Garmin's; one that is not in the table passes as it is.
pub(super) fn kind(word: Option<&str>) -> String {
    let Some(word) = word else { return "unknown".to_owned() };
    read::ours(&WORDS, &word, word)
}
