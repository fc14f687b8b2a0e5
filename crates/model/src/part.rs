//! Records that a source tells in parts: steps of a day in one list, its energy in another.

use serde_json::Value;

use crate::observation::{ActivityDay, Body, HeartRateDay, Record};

impl Record {
    /// What the key of a *part* begins with: the source tells the same day in several lists, and each of them gives a
    /// record of this key with the members that it knows.
    pub const PART_KEY: &'static str = "part:";

    /// Whether this is a part. A part that is applied is joined with what is stored under its key, so that whatever
    /// the order of the lists, one record tells all. A part can change a member, not take it away.
    pub fn is_part(&self) -> bool {
        self.key.starts_with(Self::PART_KEY)
    }

    /// This part, with the members that only `known` tells. Bodies that are not told in parts are taken as they are.
    #[must_use]
    pub fn joined_with(mut self, known: &Self) -> Self {
        match (&mut self.body, &known.body) {
            (Body::ActivityDay(new), Body::ActivityDay(old)) => join_activity(new, old),
            (Body::HeartRateDay(new), Body::HeartRateDay(old)) => join_heart(new, old),
            _ => return self,
        }
        self.device = self.device.or_else(|| known.device.clone());
        self.end = self.end.or(known.end);
        self.offset = self.offset.or(known.offset);
        for (name, value) in &known.source_data {
            self.source_data.entry(name.clone()).or_insert_with(|| Value::clone(value));
        }
        self
    }
}

fn join_activity(new: &mut ActivityDay, old: &ActivityDay) {
    for (new, old) in [
        (&mut new.duration_s, old.duration_s),
        (&mut new.distance_m, old.distance_m),
        (&mut new.steps, old.steps),
        (&mut new.calories, old.calories),
        (&mut new.active_calories, old.active_calories),
        (&mut new.vigorous_min, old.vigorous_min),
        (&mut new.moderate_min, old.moderate_min),
        (&mut new.light_min, old.light_min),
        (&mut new.sedentary_min, old.sedentary_min),
        (&mut new.floors, old.floors),
    ] {
        *new = new.or(old);
    }
}

fn join_heart(new: &mut HeartRateDay, old: &HeartRateDay) {
    for (new, old) in [
        (&mut new.resting, old.resting),
        (&mut new.average, old.average),
        (&mut new.min, old.min),
        (&mut new.max, old.max),
    ] {
        *new = new.or(old);
    }
    if new.zones.is_empty() {
        new.zones.clone_from(&old.zones);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::time::{Day, Offset, Time};

    fn day(body: Body, source: Value) -> Record {
        let Value::Object(source_data) = source else { panic!("an object") };
        Record {
            key: "part:2026-03-04".to_owned(),
            device: None,
            start: Time(0),
            end: None,
            offset: None,
            day: Day(0),
            body,
            source_data,
        }
    }

    #[test]
    fn parts_make_one_day_in_any_order() {
        let steps = || {
            let told = ActivityDay { steps: Some(9312.0), ..ActivityDay::default() };
            day(Body::ActivityDay(told), json!({"a": 1}))
        };
        let energy = || {
            let told = ActivityDay { calories: Some(2210.0), floors: Some(4.0), ..ActivityDay::default() };
            Record { offset: Some(Offset(60)), ..day(Body::ActivityDay(told), json!({"b": 2})) }
        };
        let whole =
            ActivityDay { steps: Some(9312.0), calories: Some(2210.0), floors: Some(4.0), ..ActivityDay::default() };
        let expected = Record { offset: Some(Offset(60)), ..day(Body::ActivityDay(whole), json!({"a": 1, "b": 2})) };
        assert_eq!(steps().joined_with(&energy()), expected);
        assert_eq!(energy().joined_with(&steps()), expected);
        assert_eq!(expected.clone().joined_with(&steps()), expected);
        assert!(expected.is_part());
    }

    #[test]
    fn a_newer_part_corrects_its_own_members() {
        let told =
            |resting, max| day(Body::HeartRateDay(HeartRateDay { resting, max, ..HeartRateDay::default() }), json!({}));
        let joined = told(Some(55.0), None).joined_with(&told(Some(57.0), Some(161.0)));
        assert_eq!(joined, told(Some(55.0), Some(161.0)));
        // What is not told in parts stays as it comes.
        let other = day(Body::SleepDay { time_asleep: 1.0, time_awake: 2.0 }, json!({}));
        assert_eq!(other.clone().joined_with(&joined), other);
    }
}
