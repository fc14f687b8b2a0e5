//! Strava's words for sports. Source: <https://developers.strava.com/docs/reference/#api-models-SportType>.

use crate::spec::read;

/// `SportType` (and the older, coarser `ActivityType`) and our word.
const WORDS: [(&str, &str); 41] = [
    ("AlpineSki", "skiing"),
    ("BackcountrySki", "backcountry_skiing"),
    ("Badminton", "badminton"),
    ("Canoeing", "canoeing"),
    ("Crossfit", "cross_training"),
    ("EBikeRide", "e_biking"),
    ("Elliptical", "elliptical"),
    ("EMountainBikeRide", "e_biking"),
    ("Golf", "golf"),
    ("GravelRide", "gravel_cycling"),
    ("Handcycle", "handcycling"),
    ("HighIntensityIntervalTraining", "hiit"),
    ("Hike", "hiking"),
    ("IceSkate", "ice_skating"),
    ("InlineSkate", "inline_skating"),
    ("Kayaking", "kayaking"),
    ("MountainBikeRide", "mountain_biking"),
    ("NordicSki", "cross_country_skiing"),
    ("Pickleball", "pickleball"),
    ("Pilates", "pilates"),
    ("Racquetball", "racquetball"),
    ("Ride", "cycling"),
    ("RockClimbing", "climbing"),
    ("Rowing", "rowing"),
    ("Run", "running"),
    ("Sail", "sailing"),
    ("Snowboard", "snowboarding"),
    ("Snowshoe", "snowshoeing"),
    ("Soccer", "soccer"),
    ("Squash", "squash"),
    ("StairStepper", "stair_climbing"),
    ("StandUpPaddling", "stand_up_paddling"),
    ("Surfing", "surfing"),
    ("Swim", "swimming"),
    ("Tennis", "tennis"),
    ("TrailRun", "trail_running"),
    ("VirtualRide", "indoor_cycling"),
    ("VirtualRun", "indoor_running"),
    ("Walk", "walking"),
    ("WeightTraining", "weight_training"),
    ("Yoga", "yoga"),
];

/// Our word for Strava's; one that is not in the table passes as it is.
pub(super) fn kind(word: Option<&str>) -> String {
    let Some(word) = word else { return "unknown".to_owned() };
    if word == "Workout" {
        return "other".to_owned();
    }
    read::ours(&WORDS, &word, word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        assert_eq!(kind(Some("TrailRun")), "trail_running");
        assert_eq!(kind(Some("Workout")), "other");
        assert_eq!(kind(Some("Velomobile")), "other:Velomobile");
        assert_eq!(kind(None), "unknown");
    }
}
