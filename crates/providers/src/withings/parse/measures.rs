//! `measure` / `getmeas`: the body and what it is made of, blood pressure, pulse, oxygen, temperatures, VO2max.
//! Source: <https://developer.withings.com/api-reference/#tag/measure/operation/measure-getmeas>.

use hilum_model::{Batch, Body, Metric, Offset, Quantity, Record, Time, Unit};
use serde_json::Value;

use super::{TECHNICAL, Vital, body, device, manual, offset, vital};
use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// Types that are readings, each with what it is in.
const READINGS: [(i64, Metric, Unit); 10] = [
    (1, Metric::Weight, Unit::Kilogram),
    (4, Metric::Height, Unit::Metre),
    (5, Metric::LeanMass, Unit::Kilogram),
    (6, Metric::BodyFat, Unit::Percent),
    (12, Metric::BodyTemperature, Unit::Celsius),
    (71, Metric::BodyTemperature, Unit::Celsius),
    (76, Metric::MuscleMass, Unit::Kilogram),
    (77, Metric::BodyWater, Unit::Kilogram),
    (88, Metric::BoneMass, Unit::Kilogram),
    (123, Metric::Vo2Max, Unit::MillilitrePerKilogramMinute),
];
const DIASTOLIC: i64 = 9;
const SYSTOLIC: i64 = 10;
const PULSE: i64 = 11;
const OXYGEN_SATURATION: i64 = 54;
const SKIN_TEMPERATURE: i64 = 73;

/// Measured by a device that could not tell which of its users stood on it.
const ATTRIB_SOMEBODY: i64 = 1;
/// A goal, no measure.
const CATEGORY_GOAL: i64 = 2;

/// One measuring event.
struct Group<'a> {
    item: &'a Object,
    /// `grpid`, or the time where it is missing.
    key: String,
    time: Time,
    offset: Option<Offset>,
    device: Option<String>,
}

/// Groups of measures: each is one event with one or more measures.
pub(crate) fn measures(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let body = body(bytes)?;
    let mut batch = Batch::default();
    let zone = read::text_at(&body, "timezone").or(context.time_zone.as_deref());
    batch.facts.time_zone = read::text_at(&body, "timezone").map(str::to_owned);
    let zoned = Context { time_zone: zone.map(str::to_owned), ..context.clone() };
    for (index, item) in read::list(&body, "measuregrps")?.iter().enumerate() {
        let Some(item) = item.as_object() else {
            batch.rejected.push(format!("measuregrps[{index}]: no object"));
            continue;
        };
        // Somebody else's weight is worse than a missing one. When the person claims the measure in Withings' app its
        // attrib changes, and the overlap of the syncs brings it.
        if read::integer_at(item, "category") == Some(CATEGORY_GOAL)
            || read::integer_at(item, "attrib") == Some(ATTRIB_SOMEBODY)
        {
            continue;
        }
        let Some(time) = read::unix_at(item, "date") else {
            batch.rejected.push(format!("measuregrps[{index}]: no date"));
            continue;
        };
        let Some(list) = item.get("measures").and_then(Value::as_array) else {
            batch.rejected.push(format!("measuregrps[{index}]: no measures"));
            continue;
        };
        let group = Group {
            item,
            key: read::id_at(item, "grpid").unwrap_or_else(|| format!("at-{}", time.unix_s())),
            time,
            offset: offset(item, &zoned, time),
            device: device(item, &mut batch),
        };
        group.read(list, index, &mut batch);
    }
    Ok(batch)
}

impl Group<'_> {
    fn read(&self, list: &[Value], index: usize, batch: &mut Batch) {
        let mut value = |kind: i64| match measure(list, kind) {
            Found::One(value) => Some(value),
            Found::None => None,
            Found::Odd => {
                batch.rejected.push(format!("measuregrps[{index}]: measure of type {kind} is not a number"));
                None
            }
        };
        let readings = READINGS.map(|(kind, metric, unit)| (kind, metric, unit, value(kind)));
        let (systolic, diastolic, pulse) = (value(SYSTOLIC), value(DIASTOLIC), value(PULSE));
        let (oxygen, skin) = (value(OXYGEN_SATURATION), value(SKIN_TEMPERATURE));

        for (kind, metric, unit, value) in readings {
            let Some(value) = value else { continue };
            match Quantity::new(metric, value, unit).filter(|q| q.value > 0.0) {
                Some(quantity) => {
                    batch.record(self.record(&kind.to_string(), Body::Reading { metric, quantity }));
                }
                None => batch.rejected.push(format!("measuregrps[{index}]: {} is not above zero", metric.name())),
            }
        }
        let at = Vital { time: self.time, offset: self.offset, device: self.device.as_deref() };
        match (systolic, diastolic) {
            (Some(systolic), Some(diastolic)) if systolic > 0.0 && diastolic > 0.0 => {
                let heart_rate = pulse.filter(|p| *p > 0.0);
                batch.record(self.record("bp", Body::BloodPressure { systolic, diastolic, heart_rate }));
            }
            (None, None) => {
                if let Some(pulse) = pulse {
                    vital(batch, at, Metric::HeartRate, pulse, Unit::PerMinute);
                }
            }
            _ => {
                batch.rejected.push(format!("measuregrps[{index}]: blood pressure without both of its parts"));
                if let Some(pulse) = pulse {
                    vital(batch, at, Metric::HeartRate, pulse, Unit::PerMinute);
                }
            }
        }
        if let Some(oxygen) = oxygen {
            vital(batch, at, Metric::BloodOxygen, oxygen, Unit::Percent);
        }
        if let Some(skin) = skin {
            vital(batch, at, Metric::SkinTemperature, skin, Unit::Celsius);
        }
    }

    fn record(&self, part: &str, body: Body) -> Record {
        let mut taken = vec!["grpid", "date", "category", "measures", "timezone"];
        taken.extend(TECHNICAL);
        let mut source_data = read::beyond(self.item, &taken);
        if let Some(attrib) = read::integer_at(self.item, "attrib") {
            source_data.insert("manual".to_owned(), Value::Bool(manual(attrib)));
        }
        Record {
            key: format!("{}:{part}", self.key),
            device: self.device.clone(),
            start: self.time,
            end: None,
            offset: self.offset,
            day: self.time.civil_day(self.offset),
            body,
            source_data,
        }
    }
}

enum Found {
    None,
    One(f64),
    Odd,
}

/// The whole-body measure of a type. Body-composition scales repeat a type for limbs and trunk, told apart by
/// `position`; those are left out. A cuff or watch that names the place of its only measure is no such repetition.
fn measure(list: &[Value], kind: i64) -> Found {
    let of_kind: Vec<&Object> = list
        .iter()
        .filter_map(Value::as_object)
        .filter(|m| m.get("type").and_then(read::integer) == Some(kind))
        .collect();
    let chosen = match of_kind.as_slice() {
        [] => return Found::None,
        [only] => only,
        several => match several.iter().find(|m| m.get("position").is_none_or(Value::is_null)) {
            Some(whole) => whole,
            None => return Found::None,
        },
    };
    scaled(chosen).map_or(Found::Odd, Found::One)
}

/// `value · 10^unit`, exactly: the decimal is written out and read once, so that 78450 · 10^-3 is the double nearest
/// to 78.45 and not the product of two roundings.
fn scaled(measure: &Object) -> Option<f64> {
    let exponent = read::integer_at(measure, "unit").filter(|e| (-20..=20).contains(e))?;
    let digits = match measure.get("value")? {
        Value::Number(n) => n.to_string(),
        Value::String(s) => s.trim().to_owned(),
        _ => return None,
    };
    let plain = digits.strip_prefix('-').unwrap_or(&digits);
    if plain.is_empty() || !plain.bytes().all(|b| b.is_ascii_digit() || b == b'.') {
        return None;
    }
    format!("{digits}e{exponent}").parse().ok().filter(|v: &f64| v.is_finite())
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;
    use serde_json::json;

    use super::*;

    fn parse(answer: &Value) -> Batch {
        let context = Context { received: Time(0), time_zone: None };
        measures(answer.to_string().as_bytes(), &context).expect("documented form")
    }

    fn one_group(group: &Value) -> Batch {
        parse(&json!({"status": 0, "body": {"measuregrps": [group]}}))
    }

    #[test]
    fn scale_and_cuff() {
        let context = Context { received: Time(0), time_zone: None };
        let batch = measures(include_bytes!("../fixtures/measures.json"), &context).expect("documented form");
        assert_eq!(batch.rejected, Vec::<String>::new());
        assert_eq!(batch.facts.time_zone.as_deref(), Some("Europe/Lisbon"));
        assert_eq!(batch.facts.devices, ["Body Comp", "BPM Vision", "ScanWatch 2", "Thermo"]);
        let mut seen = Vec::new();
        for observation in &batch.observations {
            match observation {
                Observation::Record(r) => {
                    let what = match &r.body {
                        Body::Reading { metric, quantity } => {
                            format!("{} {} {}", metric.name(), quantity.received, quantity.value)
                        }
                        Body::BloodPressure { systolic, diastolic, heart_rate } => {
                            format!("bp {systolic}/{diastolic} {heart_rate:?}")
                        }
                        other => format!("{other:?}"),
                    };
                    seen.push(format!("{} {} {} {what}", r.key, r.start, r.day));
                }
                Observation::Sample(s) => seen.push(format!("{} {} {}", s.metric.name(), s.start, s.value)),
                Observation::Deleted { .. } => seen.push("deleted".to_owned()),
            }
        }
        assert_eq!(
            seen,
            [
                // 1790000000 is 2026-09-21T14:13:20Z; Lisbon is at +01:00 then.
                "8800100:1 2026-09-21T14:13:20.000Z 2026-09-21 weight 81.237 81.237",
                "8800100:5 2026-09-21T14:13:20.000Z 2026-09-21 lean_mass 63.22 63.22",
                "8800100:6 2026-09-21T14:13:20.000Z 2026-09-21 body_fat 22.18 22.18",
                "8800100:76 2026-09-21T14:13:20.000Z 2026-09-21 muscle_mass 60.1 60.1",
                "8800100:77 2026-09-21T14:13:20.000Z 2026-09-21 body_water 45.3 45.3",
                "8800100:88 2026-09-21T14:13:20.000Z 2026-09-21 bone_mass 3.12 3.12",
                "heart_rate 2026-09-21T14:13:20.000Z 64",
                // 23:30:00Z is half past midnight of the 22nd in Lisbon.
                "8800101:bp 2026-09-21T23:30:00.000Z 2026-09-22 bp 131/84 Some(71.0)",
                "8800102:4 2026-09-20T09:00:00.000Z 2026-09-20 height 1.83 1830",
                "8800103:123 2026-09-21T06:30:00.000Z 2026-09-21 vo2_max 44.5 44.5",
                "blood_oxygen 2026-09-21T06:30:00.000Z 97",
                "skin_temperature 2026-09-21T06:30:00.000Z 33.8",
                "8800105:71 2026-09-21T06:40:00.000Z 2026-09-21 body_temperature 36.72 36.72",
            ]
        );
        let Some(Observation::Record(weight)) = batch.observations.first() else { panic!("a record") };
        assert_eq!(weight.offset, Some(Offset(60)));
        assert_eq!(weight.device.as_deref(), Some("Body Comp"));
        assert_eq!(weight.source_data.get("manual"), Some(&json!(false)));
        let Some(Observation::Record(height)) = batch.observations.get(8) else { panic!("a record") };
        assert_eq!(height.source_data.get("manual"), Some(&json!(true)));
        assert_eq!(height.source_data.get("comment"), Some(&json!("from my passport")));
    }

    #[test]
    fn everything_read_is_asked_for() {
        let single = [DIASTOLIC, SYSTOLIC, PULSE, OXYGEN_SATURATION, SKIN_TEMPERATURE];
        let mut read: Vec<i64> = READINGS.iter().map(|(kind, ..)| *kind).chain(single).collect();
        read.sort_unstable();
        let read: Vec<String> = read.iter().map(ToString::to_string).collect();
        assert_eq!(super::super::asked_for("measures", "meastypes"), read);
    }

    #[test]
    fn decimals_are_exact() {
        for (value, unit, expected) in [
            (json!(78450), json!(-3), Some(78.45)),
            (json!("78450"), json!("-3"), Some(78.45)),
            (json!(2140), json!(-2), Some(21.4)),
            (json!(122), json!(0), Some(122.0)),
            (json!(7), json!(1), Some(70.0)),
            (json!(1_829_999), json!(-6), Some(1.829_999)),
            (json!("12e5"), json!(0), None),
            (json!("nan"), json!(0), None),
            (json!(1), json!(400), None),
            (json!(null), json!(0), None),
        ] {
            let measure = json!({"value": value, "unit": unit});
            assert_eq!(scaled(measure.as_object().expect("object")), expected, "{measure}");
        }
    }

    #[test]
    fn segments_goals_and_other_peoples_measures_stay_out() {
        let weight = json!({"type": 1, "value": 80, "unit": 0});
        let trunk = |position: i64| json!({"type": 6, "value": 20, "unit": 0, "position": position});
        let batch = one_group(&json!({"date": 1_790_000_000, "measures": [trunk(12), weight, trunk(10)]}));
        assert_eq!((batch.observations.len(), batch.rejected.len()), (1, 0));
        for other in [json!({"attrib": 1}), json!({"category": 2})] {
            let mut group = json!({"date": 1_790_000_000, "measures": [weight]});
            group.as_object_mut().expect("object").extend(other.as_object().expect("object").clone());
            let batch = one_group(&group);
            assert_eq!((batch.observations.len(), batch.rejected.len()), (0, 0), "{other}");
        }
    }

    #[test]
    fn one_odd_group_does_not_hide_the_next() {
        let good = json!({"grpid": 1, "date": 1_790_000_000, "measures": [{"type": 1, "value": 80, "unit": 0}]});
        for odd in [
            json!(null),
            json!({}),
            json!({"date": "soon", "measures": []}),
            json!({"date": 1_790_000_000}),
            json!({"date": 1_790_000_000, "measures": [{"type": 1, "value": [], "unit": 0}]}),
            json!({"date": 1_790_000_000, "measures": [{"type": 1, "value": -80, "unit": 0}]}),
            json!({"date": 1_790_000_000, "measures": [{"type": 10, "value": 120, "unit": 0}]}),
        ] {
            let batch = parse(&json!({"status": 0, "body": {"measuregrps": [odd, good]}}));
            assert_eq!((batch.observations.len(), batch.rejected.len()), (1, 1), "{odd}");
        }
    }
}
