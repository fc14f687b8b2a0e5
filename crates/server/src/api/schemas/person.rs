//! The person, their sources and their files. Source of members: human-connect contract, 4.8 and 5.1; `docs/IMPORT.md`.

use crate::api::schema::{
    Members, Schema, any_of, boolean, day, empty, hex, list, map, named, null, number, object, open, pattern, text,
    time, whole, word,
};

/// All of them.
pub(super) fn all() -> Vec<(&'static str, Schema)> {
    vec![
        ("Profile", profile()),
        ("Human", human()),
        ("LatestReading", latest_reading()),
        ("LatestBloodPressure", latest_pressure()),
        ("LatestActivitySummary", latest_activity()),
        ("LatestSleepSummary", latest_sleep()),
        ("Source", any_of([named("SourceV21"), named("SourceV23")])),
        ("SourceV21", source()),
        ("SourceV23", second_source()),
        ("HistorySync", history()),
        ("Import", import()),
        ("Batch", batch()),
        ("Ingested", ingested()),
    ]
}

fn profile() -> Schema {
    object("The person")
        .must("userId", hex(24, ""))
        .must("createdAt", time("When the app got to know the person"))
        .may("email", text("Where a source told it"))
        .must("defaultTimeZone", object("").must("name", text("IANA name; `UTC` where no source tells one")).done())
        .must("humanId", hex(32, "The person"))
        .done()
}

fn human() -> Schema {
    let or_empty = |name: &str| any_of([named(name), empty("There is none")]);
    let mut human = object("The newest of everything")
        .must("userId", hex(24, ""))
        .may("email", text("Where a source told it"))
        .may("gender", text("Where a source told it"))
        .must("createdAt", time("When the app got to know the person"));
    for name in ["bloodGlucose", "bloodOxygen"] {
        human = human.must(name, or_empty("LatestReading"));
    }
    human = human.must("bloodPressure", or_empty("LatestBloodPressure"));
    for name in ["bmi", "bodyFat", "height", "heartRate", "weight"] {
        human = human.must(name, or_empty("LatestReading"));
    }
    human
        .must("activitySummary", or_empty("LatestActivitySummary"))
        .must("sleepSummary", or_empty("LatestSleepSummary"))
        .must("humanId", hex(32, "The person"))
        .done()
}

fn merged(row: Members) -> Schema {
    row.may("mergedFrom", list(named("MergedPart"), "With `merge=true`")).done()
}

fn latest_reading() -> Schema {
    merged(
        object("The newest reading")
            .must("id", hex(24, ""))
            .must("timestamp", time(""))
            .must("source", text("The source's id"))
            .must("value", number("In `unit`"))
            .must("unit", word(["mg/dL", "SpO2", "bpm", "kg", "kg/m2", "mm", "%"], "")),
    )
}

fn latest_pressure() -> Schema {
    merged(
        object("The newest blood pressure")
            .must("id", hex(24, ""))
            .must("userId", hex(24, ""))
            .must("timestamp", time(""))
            .must("source", text("The source's id"))
            .must("systolic", number("mmHg"))
            .must("diastolic", number("mmHg"))
            .must("unit", word(["mmHg"], ""))
            .may("heartRate", number("/min")),
    )
}

fn latest_activity() -> Schema {
    merged(
        object("The newest day of activity")
            .must("id", hex(24, ""))
            .must("date", day(""))
            .may("duration", number("Seconds"))
            .may("distance", number("Metres"))
            .may("sedentary", number("Minutes"))
            .may("light", number("Minutes"))
            .may("moderate", number("Minutes"))
            .may("vigorous", number("Minutes"))
            .may("total", number("Seconds"))
            .may("steps", number("Count"))
            .may("calories", number("kcal"))
            .must("source", text("The source's id")),
    )
}

fn latest_sleep() -> Schema {
    merged(
        object("The newest day of sleep")
            .must("id", hex(24, ""))
            .must("userId", hex(24, ""))
            .must("date", day(""))
            .must("source", text("The source's id"))
            .must("timeAsleep", number("Minutes"))
            .must("timeAwake", number("Minutes"))
            .must("updatedAt", time("")),
    )
}

fn holdings(row: Members) -> Members {
    row.must("supportedDataTypes", list(text(""), "What the source gives"))
        .must("devices", list(text(""), "Devices that brought data"))
        .must("connectedSince", time(""))
        .must("historySync", named("HistorySync"))
}

fn history() -> Schema {
    object("How far back data have been read")
        .must("status", word(["not_started", "inProgress", "completed"], ""))
        .may("oldestDate", time("Every kind of data has been read since then; 1970-01-01 when all has been read"))
        .done()
}

fn source() -> Schema {
    let words = ["not_started", "inProgress", "ok", "authorization_required", "source_unavailable", "stale", "paused"];
    let sync = object("")
        .must("status", word(words, ""))
        .may("details", text("Why, where a reason is known"))
        .may("synchedAt", time("When it was synced last"))
        .may("newestDate", time("The newest day that has been read"))
        .done();
    let states = ["quiet", "stale", "needs_reauth", "provider_down", "paused"];
    holdings(
        object("A connection, as of version 2.1")
            .must("id", hex(24, "The connection"))
            .must("source", text("The source's id")),
    )
    .must("syncStatus", sync)
    .may(
        "connectionState",
        object("Where the connection is not simply well")
            .must("state", word(states, ""))
            .must("since", time(""))
            .done(),
    )
    .done()
}

fn second_source() -> Schema {
    let words =
        ["inProgress", "ok", "noDataAvailable", "authorization_required", "source_unavailable", "stale", "paused"];
    let sync = object("")
        .must("status", word(words, ""))
        .must("details", text("`ok` where there is nothing to say"))
        .may("synchedAt", time("When it was synced last"))
        .done();
    let row = object("A connection, as of version 2.3")
        .must("id", hex(24, "The connection"))
        .must("source", hex(24, "The source, the same in every installation"))
        .must("sourceName", text(""));
    holdings(row)
        .must(
            "resync",
            object("").must("active", boolean("Always false: nothing is read a second time by request")).done(),
        )
        .must("syncStatus", sync)
        .must("expectedSyncDuration", null("Not known"))
        .done()
}

fn import() -> Schema {
    let counts = |said| map(whole(0, ""), said);
    object("A file that the person brought, and how far it is read (docs/IMPORT.md)")
        .must("id", hex(32, ""))
        .must("state", word(["receiving", "waiting", "reading", "done", "failed"], ""))
        .may("source", text("The source whose data it carries"))
        .may("format", text("What the file is"))
        .must(
            "bytes",
            object("")
                .may("total", whole(0, "Of the whole file, where it is known"))
                .must("received", whole(0, "Where an upload goes on"))
                .must("read", whole(0, ""))
                .done(),
        )
        .must(
            "stored",
            object("Observations")
                .must("inserted", whole(0, "New ones"))
                .must("updated", whole(0, "Corrected ones"))
                .must("unchanged", whole(0, "Known before, the same"))
                .done(),
        )
        .must("found", counts("Observations read, by metric or kind"))
        .must("rejected", counts("Items that were not understood, by reason"))
        .must("unknownTypes", counts("Items of types that are not known, by the file's name of the type"))
        .must("leftOut", counts("Items that are known and not imported, by what they are"))
        .may("error", object("Why it did not come to the end").must("code", text("")).must("message", text("")).done())
        .must("createdAt", time(""))
        .must("updatedAt", time(""))
        .done()
}

fn batch() -> Schema {
    object("Observations of one source (docs/INGEST.md)")
        .must("source", pattern("^[a-z0-9_]{1,32}$", "What the source is to be called"))
        .may("device", text("The device, where an observation names none"))
        .must("observations", list(open("A sample, a record, or what is to be deleted"), "At most 10,000"))
        .others()
        .done()
}

fn ingested() -> Schema {
    let refused = object("Something that was left out")
        .must("index", whole(0, "Its place in the list"))
        .must("code", text(""))
        .must("message", text(""))
        .done();
    object("What became of a batch (docs/INGEST.md)")
        .must("inserted", whole(0, "New observations"))
        .must("updated", whole(0, "Corrected ones"))
        .must("unchanged", whole(0, "Known before, the same"))
        .must("deleted", whole(0, "Deleted ones"))
        .must("rejected", list(refused, ""))
        .done()
}
