//! The contents of a record as members of its line. What the source does not tell is left out.
//!
//! Every field is named here, so that one that is added to the model does not compile before it is exported.

use hilum_model::observation::{
    Activity, ActivityDay, Ecg, GeneticTrait, HeartRateDay, HeartRateZone, Location, Meal, Sleep,
};
use hilum_model::{Body, Metric, Quantity, Stage};

use super::line::Line;

/// Writes the member `body`. Of genotypes only the number of their block: the places are lines of their own.
pub(super) fn write(line: &mut Line<'_>, body: &Body) {
    line.object("body", |line| match body {
        Body::Reading { metric, quantity } => reading(line, *metric, quantity),
        Body::BloodPressure { systolic, diastolic, heart_rate } => {
            line.number("systolic", *systolic);
            line.number("diastolic", *diastolic);
            line.number_if("heartRate", *heart_rate);
        }
        Body::Activity(told) => activity(line, told),
        Body::ActivityDay(told) => activity_day(line, told),
        Body::Sleep(told) => sleep(line, told),
        Body::SleepDay { time_asleep, time_awake } => {
            line.number("timeAsleep", *time_asleep);
            line.number("timeAwake", *time_awake);
        }
        Body::HeartRateDay(told) => heart_rate_day(line, told),
        Body::Meal(told) => meal(line, told),
        Body::Ecg(told) => ecg(line, told),
        Body::SleepStage { stage } => line.value("stage", stage),
        Body::Location(told) => location(line, told),
        Body::GeneticTrait(told) => genetic_trait(line, told),
        Body::Genotypes(block) => line.count("block", u64::from(block.block)),
    });
}

fn numbers(line: &mut Line<'_>, all: &[(&str, Option<f64>)]) {
    for (name, number) in all {
        line.number_if(name, *number);
    }
}

fn reading(line: &mut Line<'_>, metric: Metric, quantity: &Quantity) {
    let Quantity { received, received_unit, value } = quantity;
    line.text("metric", metric.name());
    line.number("value", *value);
    line.text("unit", metric.unit().ucum());
    line.number("receivedValue", *received);
    line.text("receivedUnit", received_unit.ucum());
}

fn activity(line: &mut Line<'_>, told: &Activity) {
    let Activity {
        kind,
        duration_s,
        distance_m,
        steps,
        calories,
        heart_rate_avg,
        heart_rate_min,
        heart_rate_max,
        elevation_gain_m,
        speed_avg,
        speed_max,
        cadence_avg,
        power_avg,
    } = told;
    line.text("activityType", kind);
    numbers(
        line,
        &[
            ("durationS", *duration_s),
            ("distanceM", *distance_m),
            ("steps", *steps),
            ("calories", *calories),
            ("heartRateAvg", *heart_rate_avg),
            ("heartRateMin", *heart_rate_min),
            ("heartRateMax", *heart_rate_max),
            ("elevationGainM", *elevation_gain_m),
            ("speedAvg", *speed_avg),
            ("speedMax", *speed_max),
            ("cadenceAvg", *cadence_avg),
            ("powerAvg", *power_avg),
        ],
    );
}

fn activity_day(line: &mut Line<'_>, told: &ActivityDay) {
    let ActivityDay {
        duration_s,
        distance_m,
        steps,
        calories,
        active_calories,
        vigorous_min,
        moderate_min,
        light_min,
        sedentary_min,
        floors,
    } = told;
    numbers(
        line,
        &[
            ("durationS", *duration_s),
            ("distanceM", *distance_m),
            ("steps", *steps),
            ("calories", *calories),
            ("activeCalories", *active_calories),
            ("vigorousMin", *vigorous_min),
            ("moderateMin", *moderate_min),
            ("lightMin", *light_min),
            ("sedentaryMin", *sedentary_min),
            ("floors", *floors),
        ],
    );
}

fn sleep(line: &mut Line<'_>, told: &Sleep) {
    let Sleep {
        main,
        asleep_s,
        awake_s,
        to_fall_asleep_s,
        after_wakeup_s,
        in_bed_s,
        efficiency,
        wakeups,
        light_s,
        deep_s,
        rem_s,
        heart_rate_avg,
        heart_rate_min,
        respiratory_rate_avg,
        hrv_rmssd_avg,
        stages,
    } = told;
    line.value("main", main);
    numbers(
        line,
        &[
            ("asleepS", *asleep_s),
            ("awakeS", *awake_s),
            ("toFallAsleepS", *to_fall_asleep_s),
            ("afterWakeupS", *after_wakeup_s),
            ("inBedS", *in_bed_s),
            ("efficiency", *efficiency),
            ("wakeups", *wakeups),
            ("lightS", *light_s),
            ("deepS", *deep_s),
            ("remS", *rem_s),
            ("heartRateAvg", *heart_rate_avg),
            ("heartRateMin", *heart_rate_min),
            ("respiratoryRateAvg", *respiratory_rate_avg),
            ("hrvRmssdAvg", *hrv_rmssd_avg),
        ],
    );
    line.objects("stages", stages, |line, Stage { kind, start, end }| {
        line.value("kind", kind);
        line.time("start", *start);
        line.time("end", *end);
    });
}

fn heart_rate_day(line: &mut Line<'_>, told: &HeartRateDay) {
    let HeartRateDay { resting, average, min, max, zones } = told;
    numbers(line, &[("resting", *resting), ("average", *average), ("min", *min), ("max", *max)]);
    line.objects("zones", zones, |line, HeartRateZone { name, min, max, duration_s, calories }| {
        line.text("name", name);
        numbers(line, &[("min", *min), ("max", *max), ("durationS", Some(*duration_s)), ("calories", *calories)]);
    });
}

fn meal(line: &mut Line<'_>, told: &Meal) {
    let Meal { kind, name, amount, serving_unit, calories, carbohydrate_g, fat_g, protein_g, nutrients } = told;
    line.text_if("mealType", kind.as_deref());
    line.text_if("name", name.as_deref());
    line.number_if("amount", *amount);
    line.text_if("servingUnit", serving_unit.as_deref());
    numbers(
        line,
        &[("calories", *calories), ("carbohydrateG", *carbohydrate_g), ("fatG", *fat_g), ("proteinG", *protein_g)],
    );
    line.value("nutrients", nutrients);
}

fn ecg(line: &mut Line<'_>, told: &Ecg) {
    let Ecg { classification, heart_rate_avg, lead, frequency_hz, microvolts } = told;
    line.text_if("classification", classification.as_deref());
    line.number_if("heartRateAvg", *heart_rate_avg);
    line.text_if("lead", lead.as_deref());
    line.number_if("frequencyHz", *frequency_hz);
    line.value("microvolts", microvolts);
}

fn location(line: &mut Line<'_>, told: &Location) {
    let Location { latitude, longitude, name, kind } = told;
    line.number("latitude", *latitude);
    line.number("longitude", *longitude);
    line.text_if("name", name.as_deref());
    line.text_if("locationType", kind.as_deref());
}

fn genetic_trait(line: &mut Line<'_>, told: &GeneticTrait) {
    let GeneticTrait { description, finding, possible } = told;
    line.text("description", description);
    line.text("trait", finding);
    line.value("possible", possible);
}
