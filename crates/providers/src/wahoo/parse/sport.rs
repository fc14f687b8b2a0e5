//! Wahoo's numbers of sports. Source: <https://cloud-api.wahooligan.com/#workout-types>.

use crate::spec::read;

/// `workout_type_id` and our word.
const NUMBERS: [(i64, &str); 36] = [
    (0, "cycling"),
    (1, "running"),
    (3, "running"),
    (4, "trail_running"),
    (5, "indoor_running"),
    (6, "walking"),
    (7, "walking"),
    (8, "nordic_walking"),
    (9, "hiking"),
    (10, "mountaineering"),
    (11, "gravel_cycling"),
    (12, "indoor_cycling"),
    (13, "mountain_biking"),
    (14, "cycling"),
    (15, "cycling"),
    (16, "cycling"),
    (19, "indoor_running"),
    (20, "elliptical"),
    (21, "indoor_cycling"),
    (22, "rowing"),
    (23, "stair_climbing"),
    (25, "swimming"),
    (26, "open_water_swimming"),
    (27, "snowboarding"),
    (28, "skiing"),
    (29, "skiing"),
    (30, "cross_country_skiing"),
    (49, "indoor_cycling"),
    (56, "walking"),
    (61, "indoor_cycling"),
    (64, "e_biking"),
    (66, "yoga"),
    (67, "running"),
    (68, "indoor_cycling"),
    (70, "handcycling"),
    (71, "indoor_running"),
];

/// Our word for Wahoo's number; one that is not in the table passes as it is.
pub(super) fn kind(number: Option<i64>) -> String {
    let Some(number) = number else { return "unknown".to_owned() };
    read::ours(&NUMBERS, &number, number)
}
