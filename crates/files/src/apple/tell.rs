//! What a row becomes: a sample or record, or something held until the end of the document.

use hilum_model::observation::HeartRateDay;
use hilum_model::{Body, Metric, Quantity, Record, Sample};
use serde_json::Value;

use super::document::Document;
use super::held::{NightRow, NutrientRow, PressureRow};
use super::row::{Row, Says};
use super::{pairs, workout};
use crate::error::FileError;

impl Document<'_, '_> {
    /// Tells or holds a row that is complete.
    pub(super) fn tell(&mut self, row: Row) -> Result<(), FileError> {
        let Row { source, start, end, offset, manual, .. } = row;
        let place = (source, start, end);
        let sources = &self.rows.sources;
        let body = match row.says {
            Says::Night(night) => {
                self.held.nights.push(NightRow { place, offset, night });
                return Ok(());
            }
            Says::Pressure(half, value) => {
                self.held.pressures.push(PressureRow { place, half, offset, value, manual });
                return Ok(());
            }
            Says::Nutrient(nutrient, value) => {
                self.held.nutrients.push(NutrientRow { place, nutrient, offset, value });
                return Ok(());
            }
            _ if self.quiet => return Ok(()),
            Says::Sample(metric, word, value, unit) => {
                return self.out.sample(Sample {
                    metric,
                    device: sources.device(source),
                    context: word.map(str::to_owned),
                    start,
                    end: (end != start).then_some(end),
                    offset: Some(offset),
                    value,
                    unit,
                });
            }
            Says::Reading(metric, _, value, unit) => match Quantity::new(metric, value, unit) {
                Some(quantity) => Body::Reading { metric, quantity },
                None => return Ok(()),
            },
            Says::Resting(value) => {
                Body::HeartRateDay(HeartRateDay { resting: Some(value), ..HeartRateDay::default() })
            }
            Says::Mindful => Body::Activity(workout::mindful(start, end)),
        };
        let mut record: Record = pairs::record(place, offset, sources, body);
        match row.says {
            Says::Resting(_) => record.key = format!("{}/{}", record.day, sources.name(source)),
            Says::Mindful => record.key = format!("mindful/{}", record.key),
            Says::Reading(metric, Some(word), ..) => {
                // Two kinds of body temperature may stand at one time; a meal's time is no part of what a reading is.
                if metric == Metric::BodyTemperature {
                    record.key = format!("{word}/{}", record.key);
                }
                record.source_data.insert("context".to_owned(), Value::from(word));
            }
            _ => {}
        }
        if manual {
            record.source_data.insert("manual".to_owned(), Value::Bool(true));
        }
        self.out.record(record)
    }
}
