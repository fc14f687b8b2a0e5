//! The words and numbers that writers put into a track's `type`.

const WORDS: [(&str, &str); 34] = [
    ("run", "running"),
    ("running", "running"),
    ("9", "running"),
    ("trail_running", "trail_running"),
    ("trail_run", "trail_running"),
    ("treadmill_running", "indoor_running"),
    ("ride", "cycling"),
    ("biking", "cycling"),
    ("cycling", "cycling"),
    ("road_biking", "cycling"),
    ("road_cycling", "cycling"),
    ("1", "cycling"),
    ("mountain_biking", "mountain_biking"),
    ("indoor_cycling", "indoor_cycling"),
    ("virtual_ride", "indoor_cycling"),
    ("gravel_cycling", "cycling"),
    ("walk", "walking"),
    ("walking", "walking"),
    ("10", "walking"),
    ("hike", "hiking"),
    ("hiking", "hiking"),
    ("4", "hiking"),
    ("swim", "swimming"),
    ("swimming", "swimming"),
    ("open_water_swimming", "swimming"),
    ("lap_swimming", "swimming"),
    ("16", "swimming"),
    ("rowing", "rowing"),
    ("kayaking", "kayaking"),
    ("skiing", "skiing"),
    ("cross_country_skiing", "cross_country_skiing"),
    ("snowboarding", "snowboarding"),
    ("strength_training", "weight_training"),
    ("other", "other"),
];

/// Human API's word; what is not known passes as `other:<raw>`, what is not told as `unknown`.
pub(super) fn name(raw: Option<&str>) -> String {
    let Some(raw) = raw else { return "unknown".to_owned() };
    let word = raw.to_lowercase().replace([' ', '-'], "_");
    let known = WORDS.iter().find(|(theirs, _)| *theirs == word);
    known.map_or_else(|| format!("other:{raw}"), |(_, ours)| (*ours).to_owned())
}
