//! One value at a time: weights, and what is told once a day.

use hilum_model::observation::HeartRateDay;
use hilum_model::{Body, Metric, Quantity, Record, Time, Unit};
use serde_json::{Map, Value};

use crate::error::FileError;
use crate::json;
use crate::members::rejected;
use crate::out::Out;
use crate::stamp::{self, Zone};

/// A weighing: pounds, with fat in percent where the scale told it.
pub(super) fn weight(item: &Value, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    let time = json::text(item, "date").zip(json::text(item, "time")).map(|(date, time)| format!("{date} {time}"));
    let Some(local) = time.as_deref().and_then(stamp::short_year) else {
        return rejected(out, "weight: no date and time");
    };
    let Some(key) = json::id(item, "logId") else { return rejected(out, "weight: no logId") };
    let (start, offset) = zone.of_local(local);
    for (metric, name, unit) in [
        (Metric::Weight, "weight", Unit::Pound),
        (Metric::Bmi, "bmi", Unit::KilogramPerSquareMetre),
        (Metric::BodyFat, "fat", Unit::Percent),
    ] {
        let Some(quantity) = json::positive(item, name).and_then(|v| Quantity::new(metric, v, unit)) else { continue };
        let mut source_data = Map::new();
        if let Some(source) = json::text(item, "source") {
            source_data.insert("source".to_owned(), Value::from(source));
        }
        out.record(Record {
            key: key.clone(),
            device: None,
            start,
            end: None,
            offset,
            day: local.utc_day(),
            body: Body::Reading { metric, quantity },
            source_data,
        })?;
    }
    Ok(())
}

/// `{"value": {"date": "MM/DD/YY", "value": 58.2, "error": 6.8}}`; zero and null where there is none.
pub(super) fn resting_heart_rate(item: &Value, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(value) = item.get("value") else { return rejected(out, "resting_heart_rate: no value") };
    let Some(resting) = json::positive(value, "value") else { return Ok(()) };
    let Some(local) = json::text(value, "date").and_then(stamp::short_year) else {
        return rejected(out, "resting_heart_rate: no date");
    };
    let body = Body::HeartRateDay(HeartRateDay { resting: Some(resting), ..HeartRateDay::default() });
    daily(local, body, Map::new(), zone, out)?;
    Ok(())
}

/// An estimate of VO2max, also told on days without a run.
pub(super) fn vo2_max(item: &Value, zone: &Zone, out: &mut Out<'_>) -> Result<(), FileError> {
    let Some(local) = json::text(item, "dateTime").and_then(stamp::short_year) else {
        return rejected(out, "demographic_vo2_max: no dateTime");
    };
    let value = item.get("value").and_then(|v| {
        json::positive(v, "filteredDemographicVO2Max").or_else(|| json::positive(v, "demographicVO2Max"))
    });
    let quantity = value.and_then(|v| Quantity::new(Metric::Vo2Max, v, Unit::MillilitrePerKilogramMinute));
    let Some(quantity) = quantity else { return rejected(out, "demographic_vo2_max: no value above zero") };
    daily(local, Body::Reading { metric: Metric::Vo2Max, quantity }, Map::new(), zone, out)?;
    Ok(())
}

/// Something that is told for a day: it stands at the day's beginning.
fn daily(
    local: Time,
    body: Body,
    source_data: Map<String, Value>,
    zone: &Zone,
    out: &mut Out<'_>,
) -> Result<(), FileError> {
    let day = local.utc_day();
    let (start, offset) = zone.of_local(day.start_utc());
    out.record(Record { key: day.to_string(), device: None, start, end: None, offset, day, body, source_data })
}
