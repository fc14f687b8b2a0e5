//! `user_data/metrics`: a day as a list of tagged objects. All times are seconds since 1970.

use hilum_model::observation::{ActivityDay, HeartRateDay, Sleep};
use hilum_model::{Batch, Body, Day, Metric, Offset, Quantity, Record, Sample, Time, Unit};
use serde_json::Value;

use crate::spec::read::{self, Object};
use crate::spec::{Context, ParseError};

/// The day that an answer is about, gathered on the way.
struct Gathered<'a> {
    context: &'a Context,
    /// Local midnight.
    start: Option<Time>,
    total: ActivityDay,
    /// Whether the total was told.
    any: bool,
    resting: Option<f64>,
    /// Mean RMSSD of the night, told beside it.
    variability: Option<f64>,
    nights: Vec<Object>,
    /// Indices and other numbers that have no place of their own.
    rest: Object,
}

/// A day: samples of the ring, the day's total and resting rate, the night, values of the sensor.
pub(crate) fn metrics(bytes: &[u8], context: &Context) -> Result<Batch, ParseError> {
    let top = read::object(bytes)?;
    let data = read::object_at(&top, "data").ok_or_else(|| ParseError("`data` is no object".to_owned()))?;
    let mut batch = Batch::default();
    let mut day = Gathered {
        context,
        start: None,
        total: ActivityDay::default(),
        any: false,
        resting: None,
        variability: None,
        nights: Vec::new(),
        rest: Object::new(),
    };
    for (index, item) in read::list(data, "metric_data")?.iter().enumerate() {
        let read = item.as_object().and_then(|i| Some((read::text_at(i, "type")?, read::object_at(i, "object")?)));
        match read {
            Some((kind, object)) => day.take(kind, object, &mut batch),
            None => batch.rejected.push(format!("metric_data[{index}]: no type or object")),
        }
    }
    day.finish(&mut batch);
    Ok(batch)
}

impl Gathered<'_> {
    fn take(&mut self, kind: &str, object: &Object, batch: &mut Batch) {
        if self.start.is_none() {
            self.start = read::unix_at(object, "day_start_timestamp");
        }
        let value = || read::amount_at(object, "value");
        match kind {
            "hr" => self.samples(object, Metric::HeartRate, Unit::PerMinute, batch),
            "hrv" => self.samples(object, Metric::HrvRmssd, Unit::Millisecond, batch),
            "temp" => self.samples(object, Metric::SkinTemperature, Unit::Celsius, batch),
            "steps" => {
                self.samples(object, Metric::Steps, Unit::Count, batch);
                self.total.steps = read::amount_at(object, "total");
                self.any |= self.total.steps.is_some();
            }
            "glucose" => self.glucose(object, batch),
            "night_rhr" => self.resting = read::positive_at(object, "avg"),
            "avg_sleep_hrv" => self.variability = read::positive_at(object, "value"),
            "active_minutes" => {
                self.total.duration_s = value().map(|minutes| minutes * 60.0);
                self.any |= self.total.duration_s.is_some();
            }
            "vo2_max" => self.uptake(object, batch),
            // The capital is theirs.
            "Sleep" | "sleep" => self.nights.push(object.clone()),
            other => {
                let kept = read::beyond(object, &["day_start_timestamp", "title", "values", "last_reading"]);
                self.rest.insert(other.to_owned(), Value::Object(kept));
            }
        }
    }

    fn samples(&self, object: &Object, metric: Metric, unit: Unit, batch: &mut Batch) {
        for (start, value) in values(object, metric, batch) {
            // No step in an interval is something; no pulse is not.
            if value > 0.0 || metric == Metric::Steps {
                let offset = self.offset(start);
                batch.sample(Sample { metric, device: None, context: None, start, end: None, offset, value, unit });
            } else {
                batch.rejected.push(format!("{}: not above zero", metric.name()));
            }
        }
    }

    fn glucose(&self, object: &Object, batch: &mut Batch) {
        let unit = match read::text_at(object, "unit") {
            Some("mmol/L") => Unit::MillimolePerLitre,
            _ => Unit::MilligramPerDecilitre,
        };
        for (start, value) in values(object, Metric::BloodGlucose, batch) {
            let quantity = Quantity::new(Metric::BloodGlucose, value, unit).filter(|q| q.value > 0.0);
            let Some(quantity) = quantity else {
                batch.rejected.push("blood_glucose: not above zero".to_owned());
                continue;
            };
            let offset = self.offset(start);
            let body = Body::Reading { metric: Metric::BloodGlucose, quantity };
            batch.record(Record {
                key: format!("at-{}", start.unix_s()),
                device: None,
                start,
                end: None,
                offset,
                day: start.civil_day(offset),
                body,
                source_data: Object::new(),
            });
        }
    }

    fn uptake(&self, object: &Object, batch: &mut Batch) {
        let unit = Unit::MillilitrePerKilogramMinute;
        let quantity = read::positive_at(object, "value").and_then(|v| Quantity::new(Metric::Vo2Max, v, unit));
        let start = read::unix_at(object, "day_start_timestamp").or(self.start);
        let (Some(quantity), Some(start)) = (quantity, start) else {
            batch.rejected.push("vo2_max: no value or day".to_owned());
            return;
        };
        let body = Body::Reading { metric: Metric::Vo2Max, quantity };
        batch.record(self.of_day(start, body, Object::new()));
    }

    /// A record that stands for the day.
    fn of_day(&self, start: Time, body: Body, source_data: Object) -> Record {
        let offset = self.offset(start);
        let day = start.civil_day(offset);
        Record { key: day.to_string(), device: None, start, end: None, offset, day, body, source_data }
    }

    /// In the person's zone if it is known, else as the day's midnight tells it.
    fn offset(&self, at: Time) -> Option<Offset> {
        let known = self.context.time_zone.as_deref().and_then(|zone| Offset::of_zone(zone, at));
        known.or_else(|| midnight_offset(self.start?))
    }

    fn finish(mut self, batch: &mut Batch) {
        for (nth, night) in std::mem::take(&mut self.nights).iter().enumerate() {
            if self.night(night, nth, batch).is_none() {
                batch.rejected.push("Sleep: no bedtime_start or bedtime_end".to_owned());
            }
        }
        let Some(start) = self.start else { return };
        if let Some(resting) = self.resting {
            let body = Body::HeartRateDay(HeartRateDay { resting: Some(resting), ..HeartRateDay::default() });
            batch.record(self.of_day(start, body, Object::new()));
        }
        if self.any {
            let (total, rest) = (std::mem::take(&mut self.total), std::mem::take(&mut self.rest));
            batch.record(self.of_day(start, Body::ActivityDay(total), rest));
        }
    }

    fn night(&self, night: &Object, nth: usize, batch: &mut Batch) -> Option<()> {
        let start = read::unix_at(night, "bedtime_start")?;
        let end = read::unix_at(night, "bedtime_end").filter(|end| *end >= start)?;
        let quick = |kind| tagged(night, "quick_metrics", kind, "value");
        let stage = |kind| tagged(night, "sleep_stages", kind, "stage_time");
        let end_offset = self.offset(end);
        let day: Day = end.civil_day(end_offset);
        batch.record(Record {
            // A night has no id, and its beginning is corrected.
            key: if nth == 0 { day.to_string() } else { format!("{day}.{nth}") },
            device: None,
            start,
            end: Some(end),
            offset: self.offset(start),
            day,
            body: Body::Sleep(Sleep {
                main: true,
                asleep_s: quick("total_sleep"),
                awake_s: stage("awake"),
                in_bed_s: quick("time_in_bed"),
                efficiency: quick("sleep_efic").filter(|e| *e <= 100.0),
                light_s: stage("light_sleep"),
                deep_s: stage("deep_sleep"),
                rem_s: stage("rem_sleep"),
                heart_rate_avg: quick("avg_hr").filter(|rate| *rate > 0.0),
                hrv_rmssd_avg: self.variability.filter(|_| nth == 0),
                ..Sleep::default()
            }),
            source_data: read::beyond(
                night,
                &["bedtime_start", "bedtime_end", "quick_metrics", "sleep_stages", "spo2", "day_start_timestamp"],
            ),
        });
        if let Some(value) = read::object_at(night, "spo2").and_then(|spo2| read::positive_at(spo2, "value")) {
            batch.sample(Sample {
                metric: Metric::BloodOxygen,
                device: None,
                context: Some("sleep_average".to_owned()),
                start: end,
                end: None,
                offset: end_offset,
                value,
                unit: Unit::Percent,
            });
        }
        Some(())
    }
}

/// The `values` of an object that have a time and a number; the others are rejected.
fn values(object: &Object, metric: Metric, batch: &mut Batch) -> Vec<(Time, f64)> {
    let mut read = Vec::new();
    for item in object.get("values").and_then(Value::as_array).map_or(&[][..], Vec::as_slice) {
        let one = item.as_object().and_then(|i| Some((read::unix_at(i, "timestamp")?, read::amount_at(i, "value")?)));
        match one {
            Some(one) => read.push(one),
            None => batch.rejected.push(format!("{}: no timestamp or value", metric.name())),
        }
    }
    read
}

/// A number of the object of a list that has that `type`.
fn tagged(object: &Object, list: &str, kind: &str, name: &str) -> Option<f64> {
    let items = object.get(list)?.as_array()?.iter().filter_map(Value::as_object);
    items.filter(|item| read::text_at(item, "type") == Some(kind)).find_map(|item| read::amount_at(item, name))
}

/// The offset at which an instant is midnight. Two are a day apart: of -11:00 and +13:00 the second, where more people
/// live.
fn midnight_offset(start: Time) -> Option<Offset> {
    let past = start.unix_s().rem_euclid(86_400) / 60;
    read::offset(if past <= 630 { -past } else { 1440 - past })
}

#[cfg(test)]
mod tests {
    use hilum_model::Observation;
    use serde_json::json;

    use super::*;

    const FIXTURE: &[u8] = include_bytes!("fixtures/metrics.json");

    fn read_fixture(zone: Option<&str>) -> Batch {
        let context = Context { received: Time(0), time_zone: zone.map(str::to_owned) };
        metrics(FIXTURE, &context).expect("documented form")
    }

    fn record(batch: &Batch, wanted: fn(&Body) -> bool) -> &Record {
        let mut found = batch.observations.iter().filter_map(|o| match o {
            Observation::Record(record) if wanted(&record.body) => Some(&**record),
            _ => None,
        });
        found.next().expect("a record")
    }

    #[test]
    fn moments_by_hand() {
        let batch = read_fixture(None);
        assert_eq!(
            batch.rejected,
            ["heart_rate: no timestamp or value", "hrv_rmssd: not above zero", "metric_data[11]: no type or object"]
        );
        let told: Vec<_> = batch
            .observations
            .iter()
            .filter_map(|o| match o {
                Observation::Sample(s) => Some((s.metric, s.value, s.start.unix_s(), s.offset)),
                _ => None,
            })
            .collect();
        // The day begins at 22:00 UTC: it is midnight at +02:00.
        let east = Some(Offset(120));
        assert_eq!(
            told,
            [
                (Metric::HeartRate, 58.0, 1_789_941_615, east),
                (Metric::HrvRmssd, 43.0, 1_789_941_915, east),
                (Metric::SkinTemperature, 34.2, 1_789_941_915, east),
                (Metric::Steps, 120.0, 1_789_970_400, east),
                (Metric::Steps, 0.0, 1_789_974_000, east),
                (Metric::BloodOxygen, 97.0, 1_789_966_920, east),
            ]
        );
    }

    #[test]
    fn a_day_by_hand() {
        let batch = read_fixture(None);
        let total = record(&batch, |body| matches!(body, Body::ActivityDay(_)));
        assert_eq!((total.key.as_str(), total.start.to_iso().as_str()), ("2026-09-21", "2026-09-20T22:00:00.000Z"));
        let told = ActivityDay { steps: Some(9312.0), duration_s: Some(3060.0), ..ActivityDay::default() };
        assert_eq!(total.body, Body::ActivityDay(told));
        assert_eq!(
            serde_json::to_value(&total.source_data).expect("an object"),
            json!({"recovery_index": {"value": 79}})
        );
        let heart = record(&batch, |body| matches!(body, Body::HeartRateDay(_)));
        assert_eq!(heart.body, Body::HeartRateDay(HeartRateDay { resting: Some(51.0), ..HeartRateDay::default() }));
        let uptake = record(&batch, |body| matches!(body, Body::Reading { metric: Metric::Vo2Max, .. }));
        assert_eq!((uptake.day.to_string().as_str(), uptake.key.as_str()), ("2026-09-21", "2026-09-21"));
        let sugar = record(&batch, |body| matches!(body, Body::Reading { metric: Metric::BloodGlucose, .. }));
        assert_eq!(sugar.key, "at-1789970400");
        let Body::Reading { quantity, .. } = sugar.body else { panic!("a reading") };
        assert_eq!((quantity.value, quantity.received_unit), (104.0, Unit::MilligramPerDecilitre));
    }

    #[test]
    fn a_night_by_hand() {
        let batch = read_fixture(Some("Europe/Madrid"));
        let night = record(&batch, |body| matches!(body, Body::Sleep(_)));
        // 21:31 to 05:02 UTC.
        assert_eq!((night.start.unix_s(), night.end.map(Time::unix_s)), (1_789_939_860, Some(1_789_966_920)));
        assert_eq!((night.offset, night.day.to_string().as_str()), (Some(Offset(120)), "2026-09-21"));
        assert_eq!(
            night.body,
            Body::Sleep(Sleep {
                main: true,
                asleep_s: Some(24_120.0),
                awake_s: Some(2940.0),
                in_bed_s: Some(27_060.0),
                efficiency: Some(89.0),
                light_s: Some(14_040.0),
                deep_s: Some(4260.0),
                rem_s: Some(5820.0),
                heart_rate_avg: Some(56.0),
                hrv_rmssd_avg: Some(48.0),
                ..Sleep::default()
            })
        );
    }

    #[test]
    fn midnights_tell_offsets() {
        let at = |text: &str| midnight_offset(Time::parse_rfc3339(text).expect("a time").0);
        assert_eq!(at("2026-03-04T00:00:00Z"), Some(Offset(0)));
        assert_eq!(at("2026-03-03T18:30:00Z"), Some(Offset(330)));
        assert_eq!(at("2026-03-04T10:00:00Z"), Some(Offset(-600)));
        assert_eq!(at("2026-03-03T11:00:00Z"), Some(Offset(780)));
    }

    #[test]
    fn other_forms_are_refused() {
        let context = Context { received: Time(0), time_zone: None };
        for bad in ["", "[]", "{}", r#"{"data":[]}"#, r#"{"data":{"metric_data":{}}}"#, r#"{"error":"no"}"#] {
            assert!(metrics(bad.as_bytes(), &context).is_err(), "{bad}");
        }
        assert_eq!(metrics(br#"{"data":{"metric_data":[]}}"#, &context), Ok(Batch::default()));
    }
}
