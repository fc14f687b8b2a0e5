//! Rows of the data API. Source of members, types and units: human-connect contract, section 4.

use serde_json::json;

use crate::api::schema::{
    Members, Schema, boolean, day, hex, list, map, named, number, object, open, pattern, text, time, whole, word,
};

/// A time of a clock without its offset.
const LOCAL: &str = r"^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{3}$";

/// All of them.
pub(super) fn all() -> Vec<(&'static str, Schema)> {
    vec![
        ("Reading", reading()),
        ("BloodGlucoseReading", glucose()),
        ("BloodPressureReading", pressure()),
        ("HeartRateSummary", heart_rate_summary()),
        ("HeartRateZone", zone()),
        ("Activity", activity()),
        ("ActivitySummary", activity_summary()),
        ("ActivityTimeSeries", activity_time_series()),
        ("Sleep", sleep()),
        ("SleepSummary", sleep_summary()),
        ("SleepTimeSeries", sleep_time_series()),
        ("SleepStage", stage()),
        ("Meal", meal()),
        ("Location", location()),
        ("GeneticTrait", genetic_trait()),
        ("Genotypes", genotypes()),
        ("HeldSeries", held_series()),
        ("ResampledSeries", resampled()),
        ("Bucket", bucket()),
        ("MergedPart", merged_part()),
    ]
}

/// Whose row it is, and since when it is stored.
fn row(said: &str) -> Members {
    object(said)
        .must("id", hex(24, "The same whenever the row is asked for, corrected or fetched again"))
        .must("userId", hex(24, "The person, one a person and app; deprecated by `humanId`"))
        .must("humanId", hex(32, "The person"))
}

fn stored(row: Members) -> Schema {
    row.must("createdAt", time("When it was stored first"))
        .must("updatedAt", time("When it was changed last"))
        .may(
            "mergedFrom",
            list(named("MergedPart"), "With `merge=true`: what it was put together from, the leading part first"),
        )
        .done()
}

fn offset(row: Members) -> Members {
    row.may("tzOffset", pattern(r"^[+-][0-9]{2}:[0-9]{2}$", "The person's local offset from UTC, where it is known"))
}

fn source(row: Members) -> Members {
    row.must("source", text("The source's id, as in `/v1/human/sources`"))
}

fn source_data() -> Schema {
    open("What the source said beyond the members of the row")
}

fn timestamp(row: Members) -> Members {
    offset(row.must("timestamp", time("When it was measured")))
}

fn reading() -> Schema {
    let row = timestamp(row("A reading of one value")).must("value", number("In `unit`")).must(
        "unit",
        word(["SpO2", "bpm", "kg", "kg/m2", "mm", "percent"], "Fixed for each measurement; `SpO2` is percent"),
    );
    stored(source(row).must("sourceData", source_data()).example(json!({
        "id": "51fa1bd3a3a4c2b6f2a0f1b7", "userId": "601b89371e42d4a66a4bd866",
        "humanId": "6f0d96ac999b9de597c0aa26b5c1ece3", "timestamp": "2016-03-08T14:29:34.000Z", "tzOffset": "-08:00",
        "value": 72.8, "unit": "kg", "source": "withings", "sourceData": {"receivedValue": 72800, "receivedUnit": "g"},
        "createdAt": "2016-03-08T21:14:05.120Z", "updatedAt": "2016-03-09T06:02:44.731Z",
    })))
}

fn glucose() -> Schema {
    let row = timestamp(row("A reading of blood glucose"))
        .must("value", number("mg/dL"))
        .must("unit", word(["mg/dL"], ""))
        .must("notes", text("What was noted; empty where nothing was"))
        .must("mealTag", text("How it lies to a meal, such as `before_breakfast`; empty where it is not known"))
        .must("medicationTag", text("What was said of medicine; empty where nothing was"));
    stored(source(row).must("sourceData", source_data()))
}

fn pressure() -> Schema {
    let row = timestamp(row("A reading of blood pressure"))
        .must("unit", word(["mmHg"], ""))
        .must("systolic", number("mmHg"))
        .must("diastolic", number("mmHg"))
        .may("heartRate", number("/min"));
    stored(source(row).must("sourceData", source_data()))
}

fn heart_rate_summary() -> Schema {
    let row = row("The heart rate of a day, as the source sums it up")
        .must("date", day("The civil day"))
        .must("zones", list(named("HeartRateZone"), "Ranges of the heart rate, in the source's order"))
        .may("restingHR", number("/min"))
        .may("averageHR", number("/min"))
        .may("maxHR", number("/min"))
        .may("minHR", number("/min"));
    stored(source(row).must("sourceData", source_data()))
}

fn zone() -> Schema {
    object("How long the heart rate was in a range")
        .must("name", text("The source's name of the range"))
        .may("max", number("/min"))
        .may("min", number("/min"))
        .must("duration", number("Seconds, or what the source tells it in"))
        .may("caloriesBurned", number("kcal"))
        .done()
}

/// When something that lasts began and ended.
fn lasting(row: Members) -> Members {
    offset(row.must("startTime", time("When it began")).may("endTime", time("When it ended")))
}

fn activity() -> Schema {
    let row = lasting(row("A session of activity"))
        .must("type", text("What was done: `walking`, `running`, …, or `unknown`"))
        .may("duration", number("Seconds"))
        .may("distance", number("Metres"))
        .may("steps", number("Count"))
        .may("calories", number("kcal"))
        .must("sourceData", source_data())
        .may("timeSeries", named("ActivityTimeSeries"));
    stored(source(row))
}

fn activity_summary() -> Schema {
    let row = row("A day's totals, as the source gives them")
        .must("date", day("The civil day"))
        .may("duration", number("Seconds of activity"))
        .may("distance", number("Metres"))
        .may("steps", number("Count"))
        .may("calories", number("kcal, of the whole day"))
        .may("vigorous", number("Minutes"))
        .may("moderate", number("Minutes"))
        .may("light", number("Minutes"))
        .may("sedentary", number("Minutes"))
        .must("sourceData", source_data());
    stored(source(row))
}

/// From an instant to what was so then.
fn series(said: &str) -> Schema {
    map(number(""), said)
}

fn activity_time_series() -> Schema {
    object("With `time_series=true`: what was measured meanwhile, from instants to values")
        .may("heartRate", series("/min"))
        .may("speed", series("m/s"))
        .may("cadence", series("/min"))
        .may("power", series("W"))
        .may("steps", series("Count"))
        .may("distance", series("Metres"))
        .may("altitude", series("Metres"))
        .may("latitude", series("Degrees, WGS 84"))
        .may("longitude", series("Degrees, WGS 84"))
        .done()
}

fn sleep() -> Schema {
    let minutes = || number("Minutes; 0 where the source does not tell it");
    let row = lasting(row("A night, or a nap").must("day", day("The civil day of waking up")))
        .must("mainSleep", boolean("Whether it is the main sleep of its day"))
        .must("timeAsleep", minutes())
        .must("timeAwake", minutes())
        .must("efficiency", number("Percent; 0 where the source does not tell it"))
        .must("timeToFallAsleep", minutes())
        .must("timeAfterWakeup", minutes())
        .must("timeInBed", minutes())
        .must("numberOfWakeups", number("Count; 0 where the source does not tell it"))
        .may("timeSeries", named("SleepTimeSeries"));
    stored(source(row).must("sourceData", source_data()))
}

fn sleep_summary() -> Schema {
    let row = row("The sleeps of a day and a connection, summed up")
        .must("date", day("The civil day"))
        .must("timeAsleep", number("Minutes"))
        .must("timeAwake", number("Minutes"));
    stored(source(row))
}

fn sleep_time_series() -> Schema {
    object("With `time_series=true`: what was measured meanwhile, from instants to values")
        .must("quality", map(named("SleepStage"), "From the beginning of a stage to the stage"))
        .must("heartRate", series("/min"))
        .must("breathing", series("/min"))
        .done()
}

fn stage() -> Schema {
    object("A stretch of a sleep")
        .must("stage", word(["awake", "light", "deep", "rem", "asleep"], ""))
        .must("endTime", time("When it ended"))
        .done()
}

fn meal() -> Schema {
    let words = ["breakfast", "morning_snack", "lunch", "afternoon_snack", "dinner", "after_dinner", "other"];
    let mut row = timestamp(row("A meal"))
        .must("type", word(words, ""))
        .may("name", text("What was eaten"))
        .may("calories", number("kcal"));
    for (name, unit) in [
        ("carbohydrate", "g"),
        ("fat", "g"),
        ("protein", "g"),
        ("sodium", "mg"),
        ("sugar", "g"),
        ("fiber", "g"),
        ("saturatedFat", "g"),
        ("monounsaturatedFat", "g"),
        ("polyunsaturatedFat", "g"),
        ("cholesterol", "mg"),
        ("vitaminA", "mg"),
        ("vitaminC", "mg"),
        ("calcium", "mg"),
        ("iron", "mg"),
        ("potassium", "mg"),
    ] {
        row = row.may(name, number(unit));
    }
    stored(source(row).may("sourceData", source_data()))
}

fn location() -> Schema {
    let place = object("Degrees, WGS 84").must("lat", number("North")).must("lon", number("East")).done();
    let row = lasting(row("A place where the person was"))
        .must("name", text("What the place is called; empty where it has no name"))
        .must("location", place)
        .may("type", text("What the place is, in the source's word"));
    stored(source(row).may("sourceData", source_data()))
}

fn genetic_trait() -> Schema {
    object("What a source concludes from the person's genes")
        .must("userId", hex(24, ""))
        .must("humanId", hex(32, "The person"))
        .must("description", text("What it is about"))
        .must("trait", text("What the source concludes"))
        .must("possibleTraits", list(text(""), "What it could conclude"))
        .done()
}

fn genotypes() -> Schema {
    let place = object("A place of the genome")
        .must("location", text("Its name, as it was asked for"))
        .must("call", text("What was read: bases such as `AG`; `--` could not be read; `__` is not on the chip, or nobody knows it"))
        .done();
    object("What a chip read")
        .may("id", hex(24, "Of the file; left out where the person has brought none"))
        .must("genotypes", list(place, "In the order of the request"))
        .done()
}

fn held_series() -> Schema {
    object("What is measured densely")
        .must("metric", text(""))
        .must("unit", text("As the data API writes it"))
        .must("first", time("When the first sample begins"))
        .must("last", time("When the last sample begins"))
        .must("count", whole(0, "Samples"))
        .must("sources", list(text(""), "Ids of the sources that tell it"))
        .done()
}

fn resampled() -> Schema {
    object("A series, taken together by time")
        .must("metric", text(""))
        .must("unit", text("As the data API writes it"))
        .must("step", text("As it was asked for"))
        .must("timeZone", text("By whose clock buckets begin and end"))
        .must("agg", list(text(""), "The figures"))
        .must("buckets", list(named("Bucket"), "Oldest first"))
        .done()
}

fn bucket() -> Schema {
    let mut bucket = object("A stretch of time, half-open")
        .may("start", time(""))
        .may("end", time(""))
        .may("localStart", pattern(LOCAL, "With `tz=local`: by the person's own clock"))
        .may("localEnd", pattern(LOCAL, "With `tz=local`: by the person's own clock"));
    bucket = offset(bucket);
    for name in ["sum", "avg", "timeAvg", "min", "max", "first", "last"] {
        bucket = bucket.may(name, number("In the unit of the series"));
    }
    bucket
        .may("count", whole(0, "Samples that it is made from"))
        .may("source", text("With `by=source`: whose it is"))
        .may("sources", list(text(""), "Ids of the sources that it is made from"))
        .done()
}

/// `docs/MERGE.md` has the rules.
fn merged_part() -> Schema {
    object("A part of a merged row, and what became of it (docs/MERGE.md)")
        .may("id", hex(24, "The part alone can be read by it; many samples have none"))
        .must("source", text("The source's id"))
        .may("device", text("The device's name"))
        .may("member", text("The member of the row that it is about"))
        .must("startTime", time(""))
        .may("endTime", time(""))
        .may("samples", whole(0, "How many, where the part is of several"))
        .may("value", number("What it says, in the unit of the row"))
        .may("counted", number("How much of an amount counts"))
        .may("systolic", number("mmHg"))
        .may("diastolic", number("mmHg"))
        .must("used", word(["all", "part", "none"], "How much of it counts"))
        .must("reason", text("Why, as a fixed word"))
        .may("fields", list(text(""), "Members that come from it"))
        .done()
}
