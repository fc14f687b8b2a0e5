//! Suunto's numbers of sports. Source: <https://apizone.suunto.com/fit-description>.

use crate::spec::read;

/// `activityId` and our word.
const NUMBERS: [(i64, &str); 34] = [
    (0, "walking"),
    (1, "running"),
    (2, "cycling"),
    (3, "cross_country_skiing"),
    (10, "mountain_biking"),
    (11, "hiking"),
    (12, "inline_skating"),
    (13, "skiing"),
    (14, "paddling"),
    (15, "rowing"),
    (16, "golf"),
    (17, "indoor_training"),
    (21, "swimming"),
    (22, "trail_running"),
    (23, "weight_training"),
    (24, "nordic_walking"),
    (25, "horseback_riding"),
    (29, "climbing"),
    (30, "snowboarding"),
    (31, "backcountry_skiing"),
    (32, "fitness_class"),
    (33, "soccer"),
    (34, "tennis"),
    (35, "basketball"),
    (36, "badminton"),
    (38, "volleyball"),
    (49, "ice_skating"),
    (51, "yoga"),
    (52, "indoor_cycling"),
    (53, "indoor_running"),
    (54, "cross_training"),
    (55, "elliptical"),
    (57, "rowing"),
    (58, "stretching"),
];

/// Our word for Suunto's number; one that is not in the table passes as it is.
pub(super) fn kind(number: Option<i64>) -> String {
    let Some(number) = number else { return "unknown".to_owned() };
    read::ours(&NUMBERS, &number, number)
}
