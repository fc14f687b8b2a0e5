//! Which source is believed: what the person set, then what the app set, then what devices are good at.

use hilum_model::{DeviceKind, Metric};

use crate::priorities::{Choice, Priorities, Subject};

/// Who tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Origin<'a> {
    /// Place of the connection among the person's, oldest first.
    pub connection: usize,
    /// The source's id.
    pub source: &'a str,
    /// What kind of device measured: by its name, else what the source mostly has.
    pub kind: DeviceKind,
    /// The device's name, if told.
    pub device: Option<&'a str>,
    /// What tells amounts of one device apart: a workout's own count beside that of the day.
    pub context: Option<&'a str>,
}

/// Decides between origins.
#[derive(Debug, Clone, Copy)]
pub struct Ranking<'a> {
    /// Set for the person.
    pub human: &'a Priorities,
    /// Set by the app for all its people.
    pub app: &'a Priorities,
}

/// Ranks of one subject.
#[derive(Debug, Clone)]
pub struct Ranks<'a>(Vec<Origin<'a>>);

impl Ranking<'_> {
    /// Puts origins in order, best first; the same one twice counts once.
    ///
    /// What the person set for the subject comes before what the person set for everything, that before what the app
    /// set. Who stands in none of these lists comes after those who do. Then comes what devices are good at, then the
    /// connection that is the oldest.
    pub fn ranks<'o>(&self, subject: Subject, origins: impl IntoIterator<Item = Origin<'o>>) -> Ranks<'o> {
        let lists = [
            self.human.list(subject),
            self.human.list(Subject::Default),
            self.app.list(subject),
            self.app.list(Subject::Default),
        ];
        let devices = good_at(subject);
        let mut origins: Vec<Origin<'o>> = origins.into_iter().collect();
        origins.sort_by_cached_key(|origin| {
            let set = lists.map(|list| place(list, origin));
            let device = devices.iter().position(|kind| *kind == origin.kind).unwrap_or(devices.len());
            (set, device, *origin)
        });
        origins.dedup();
        Ranks(origins)
    }
}

fn place(list: &[Choice], origin: &Origin<'_>) -> usize {
    let fits = |choice: &Choice| {
        choice.source.as_deref().is_none_or(|source| source == origin.source)
            && choice.kind.is_none_or(|kind| kind == origin.kind)
    };
    list.iter().position(fits).unwrap_or(usize::MAX)
}

impl Ranks<'_> {
    /// The rank of an origin, 0 for the best; one that was not put in order is the last.
    pub fn of(&self, origin: &Origin<'_>) -> u32 {
        self.0.iter().position(|known| known == origin).and_then(|place| u32::try_from(place).ok()).unwrap_or(u32::MAX)
    }
}

/// Kinds of devices for a subject, best first. Those that are missing come last.
const fn good_at(subject: Subject) -> &'static [DeviceKind] {
    use DeviceKind as D;
    match subject {
        Subject::Metric(
            Metric::HeartRate | Metric::WalkingHeartRate | Metric::Vo2Max | Metric::Cadence | Metric::Power,
        ) => &[D::ChestStrap, D::Machine, D::Watch, D::Band, D::Ring, D::Cuff, D::Unknown, D::Phone],
        Subject::Sleeps
        | Subject::Metric(
            Metric::BloodOxygen
            | Metric::HrvRmssd
            | Metric::HrvSdnn
            | Metric::RespiratoryRate
            | Metric::SkinTemperature
            | Metric::SkinTemperatureDelta
            | Metric::BodyTemperature,
        ) => &[D::Ring, D::Band, D::Watch, D::ChestStrap, D::Unknown, D::Phone],
        Subject::Metric(Metric::BloodGlucose | Metric::InsulinDose) => &[D::GlucoseMonitor, D::Unknown, D::Phone],
        Subject::BloodPressure => &[D::Cuff, D::Unknown, D::Watch, D::Phone],
        Subject::Metric(
            Metric::Weight
            | Metric::BodyFat
            | Metric::Bmi
            | Metric::LeanMass
            | Metric::BoneMass
            | Metric::MuscleMass
            | Metric::BodyWater,
        ) => &[D::Scale, D::Unknown, D::Watch, D::Band, D::Ring, D::Phone],
        Subject::Activities => &[D::Machine, D::Watch, D::Band, D::Unknown, D::Ring, D::Phone],
        _ => &[D::Watch, D::Band, D::Ring, D::Machine, D::Unknown, D::Phone],
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    const STEPS: Subject = Subject::Metric(Metric::Steps);

    fn origin<'a>(connection: usize, source: &'a str, device: &'a str) -> Origin<'a> {
        Origin { connection, source, kind: DeviceKind::of_name(device), device: Some(device), context: None }
    }

    fn priorities(value: serde_json::Value) -> Priorities {
        let serde_json::Value::Object(object) = value else { panic!("an object") };
        Priorities::read(&object, |name| Some(name.to_owned())).expect("priorities")
    }

    /// Connections in order of rank.
    fn order(human: &Priorities, app: &Priorities, subject: Subject) -> Vec<usize> {
        let origins = [
            origin(0, "apple_health", "iPhone"),
            origin(1, "apple_health", "Apple Watch"),
            origin(2, "oura", "Oura Ring"),
            origin(3, "wahoo", "TICKR"),
            origin(4, "strava", "an app"),
        ];
        let ranks = Ranking { human, app }.ranks(subject, origins);
        let mut found: Vec<(u32, usize)> = origins.iter().map(|o| (ranks.of(o), o.connection)).collect();
        found.sort_unstable();
        assert_eq!(found.iter().map(|f| f.0).collect::<Vec<_>>(), [0, 1, 2, 3, 4]);
        found.into_iter().map(|f| f.1).collect()
    }

    #[test]
    fn without_lists_devices_decide() {
        let none = Priorities::default();
        assert_eq!(order(&none, &none, STEPS), [1, 2, 4, 0, 3]);
        assert_eq!(order(&none, &none, Subject::Metric(Metric::HeartRate)), [3, 1, 2, 4, 0]);
        assert_eq!(order(&none, &none, Subject::Sleeps), [2, 1, 3, 4, 0]);
        assert_eq!(order(&none, &none, Subject::Activities), [1, 4, 2, 0, 3]);
    }

    #[test]
    fn the_person_before_the_app_and_the_metric_before_everything() {
        let none = Priorities::default();
        let app = priorities(json!({"default": ["strava"], "steps": ["apple_health/phone", "oura"]}));
        assert_eq!(order(&none, &app, STEPS), [0, 2, 4, 1, 3]);
        assert_eq!(order(&none, &app, Subject::Sleeps), [4, 2, 1, 3, 0]);
        let human = priorities(json!({"default": ["*/watch"], "sleeps": ["wahoo"]}));
        assert_eq!(order(&human, &app, STEPS), [1, 0, 2, 4, 3]);
        assert_eq!(order(&human, &app, Subject::Sleeps), [3, 1, 4, 2, 0]);
    }

    #[test]
    fn the_same_origin_has_one_rank_and_a_strange_one_none() {
        let none = Priorities::default();
        let phone = origin(0, "apple_health", "iPhone");
        let ranks = Ranking { human: &none, app: &none }.ranks(STEPS, [phone, phone]);
        assert_eq!(ranks.of(&phone), 0);
        assert_eq!(ranks.of(&origin(7, "apple_health", "iPhone")), u32::MAX);
    }

    #[test]
    fn of_equals_the_oldest_connection_and_the_day_before_the_workout() {
        let none = Priorities::default();
        let (a, b) = (origin(0, "garmin", "Venu"), origin(1, "suunto", "Race Watch"));
        let run = Origin { context: Some("run"), ..a };
        let ranks = Ranking { human: &none, app: &none }.ranks(STEPS, [b, run, a]);
        assert_eq!([a, run, b].map(|o| ranks.of(&o)), [0, 1, 2]);
    }
}
