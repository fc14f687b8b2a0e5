//! Sports of the FIT profile in Human API's words.
//!
//! Numbers from the public profile (`sport` and `sub_sport`); those above 60 are newer and from general knowledge.

/// Sub-sports that say more than their sport.
const SUB_SPORTS: [(u32, &str); 24] = [
    (1, "indoor_running"),
    (3, "trail_running"),
    (5, "indoor_cycling"),
    (6, "indoor_cycling"),
    (8, "mountain_biking"),
    (9, "mountain_biking"),
    (14, "rowing"),
    (15, "elliptical"),
    (16, "stair_climbing"),
    (17, "swimming"),
    (18, "swimming"),
    (19, "stretching"),
    (20, "weight_training"),
    (26, "cardio"),
    (27, "indoor_walking"),
    (29, "bmx"),
    (42, "cross_country_skiing"),
    (43, "yoga"),
    (44, "pilates"),
    (45, "indoor_running"),
    (47, "mountain_biking"),
    (68, "climbing"),
    (69, "climbing"),
    (70, "hiit"),
];

const SPORTS: [(u32, &str); 47] = [
    (0, "other"),
    (1, "running"),
    (2, "cycling"),
    (4, "gym"),
    (5, "swimming"),
    (6, "basketball"),
    (7, "soccer"),
    (8, "tennis"),
    (9, "american_football"),
    (10, "training"),
    (11, "walking"),
    (12, "cross_country_skiing"),
    (13, "skiing"),
    (14, "snowboarding"),
    (15, "rowing"),
    (16, "mountaineering"),
    (17, "hiking"),
    (18, "multi_sport"),
    (19, "paddling"),
    (21, "e_biking"),
    (25, "golf"),
    (27, "horse_riding"),
    (30, "skating"),
    (31, "climbing"),
    (32, "sailing"),
    (33, "ice_skating"),
    (35, "snowshoeing"),
    (37, "stand_up_paddling"),
    (38, "surfing"),
    (39, "wakeboarding"),
    (40, "water_skiing"),
    (41, "kayaking"),
    (42, "rafting"),
    (43, "windsurfing"),
    (44, "kitesurfing"),
    (47, "boxing"),
    (48, "climbing"),
    (49, "baseball"),
    (53, "diving"),
    (62, "hiit"),
    (67, "meditation"),
    (71, "cricket"),
    (72, "rugby"),
    (73, "hockey"),
    (75, "volleyball"),
    (83, "dancing"),
    (84, "jump_rope"),
];

/// The word for a sport and its sub-sport; a number that is not known passes as `other:<number>`.
pub(super) fn name(sport: Option<u32>, sub_sport: Option<u32>) -> String {
    let find = |table: &[(u32, &'static str)], number: u32| table.iter().find(|(n, _)| *n == number).map(|(_, w)| *w);
    if let Some(word) = sub_sport.and_then(|number| find(&SUB_SPORTS, number)) {
        return word.to_owned();
    }
    match sport {
        None => "unknown".to_owned(),
        Some(number) => find(&SPORTS, number).map_or_else(|| format!("other:{number}"), str::to_owned),
    }
}

/// Whether the profile counts strides in this sport, two steps each.
pub(super) const fn on_foot(sport: Option<u32>) -> bool {
    matches!(sport, Some(1 | 11 | 17))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words() {
        for (sport, sub_sport, word) in [
            (Some(1), None, "running"),
            (Some(1), Some(0), "running"),
            (Some(1), Some(3), "trail_running"),
            (Some(2), Some(6), "indoor_cycling"),
            (Some(10), Some(20), "weight_training"),
            (Some(200), Some(201), "other:200"),
            (None, None, "unknown"),
        ] {
            assert_eq!(name(sport, sub_sport), word);
        }
        assert!(on_foot(Some(17)) && !on_foot(Some(2)) && !on_foot(None));
    }
}
