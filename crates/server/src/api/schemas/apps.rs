//! What the application API shows. Source of the first: human-connect contract 5.2; the others are ours (`docs/WEBHOOKS.md`,
//! `docs/MERGE.md`).

use hilum_store::outbox::EventType;
use serde_json::json;

use crate::api::schema::{
    Members, Schema, address, between, boolean, day, hex, list, map, named, object, pattern, text, time, whole, word,
};

/// All of them.
pub(super) fn all() -> Vec<(&'static str, Schema)> {
    vec![
        ("User", user()),
        ("NewUser", new_user()),
        ("ConnectionState", connection()),
        ("Priorities", priorities()),
        ("Webhook", webhook().done()),
        ("NewWebhook", said(true)),
        ("WebhookChange", said(false)),
        ("CreatedWebhook", webhook().must("secret", secret()).done()),
        ("SecretRotation", rotation()),
        ("RotatedSecret", rotated()),
        ("TestResult", test_result()),
        ("Replay", object("").must("since", time("Events since then are sent once more")).done()),
        ("Replaying", object("").must("replaying", boolean("Whether there is anything to send")).done()),
        ("Attempt", attempt()),
        ("Notifications", notifications()),
        ("NewNotifications", new_notifications()),
        ("Event", event()),
        ("EventData", event_data()),
    ]
}

fn user() -> Schema {
    object("A user of the app")
        .must("humanId", hex(32, "The person"))
        .must("externalId", text("The app's own id of the person"))
        .must("appId", hex(40, "The app's client id"))
        .must("createdAt", time(""))
        .must("updatedAt", time(""))
        .example(json!({
            "humanId": "6f0d96ac999b9de597c0aa26b5c1ece3", "externalId": "patient-17",
            "appId": "f00309f7431fc0814bc9149e8aa247c677b951bf",
            "createdAt": "2016-03-08T21:14:05.120Z", "updatedAt": "2016-03-08T21:14:05.120Z",
        }))
        .done()
}

fn new_user() -> Schema {
    object("A user to be")
        .must("externalId", text("The app's own id of the person, at most 1,024 bytes"))
        .others()
        .done()
}

fn connection() -> Schema {
    object("How a connection is")
        .must("id", hex(24, "The connection"))
        .must("source", text("The source's id"))
        .must("state", word(["live", "quiet", "stale", "needs_reauth", "provider_down", "paused"], ""))
        .may("reason", text("Why"))
        .must("since", time(""))
        .done()
}

fn priorities() -> Schema {
    let entry =
        text("A source, a source and a kind of device (`garmin/watch`), or a kind of device of any (`*/phone`)");
    map(
        list(entry, "Best first, at most 32"),
        "From a metric, `activities`, `sleeps`, `blood_pressure` or `default` to who is believed (docs/MERGE.md)",
    )
}

fn secret() -> Schema {
    pattern("^whsec_", "Shown this once; messages are signed with it")
}

fn filters(members: Members, always: bool) -> Members {
    let events = "Types of events (`data.created`, `connection.*`); none are all";
    let data = "Types of data (`heart_rate`); none are all";
    members.member("eventTypes", list(text(""), events), always).member("dataTypes", list(text(""), data), always)
}

fn webhook() -> Members {
    let shown = object("A webhook (docs/WEBHOOKS.md)")
        .must("id", hex(24, ""))
        .must("url", address("Where events are sent to"))
        .must("description", text(""));
    filters(shown, true)
        .must("enabled", boolean(""))
        .may("reason", text("Why it is off"))
        .must("failures", whole(0, "In a row"))
        .may("failingSince", time(""))
        .must("replaying", boolean(""))
        .must("createdAt", time(""))
        .must("updatedAt", time(""))
}

fn said(new: bool) -> Schema {
    let url = address("https, on port 443 or 8443, of a public host");
    let said = object(if new { "A webhook to be" } else { "What is to be changed of a webhook" });
    filters(said.member("url", url, new).may("description", text("At most 200 characters")), false)
        .may("enabled", boolean(""))
        .done()
}

fn rotation() -> Schema {
    object("")
        .may("overlapHours", between(0, 168, "How long the old secret signs beside the new one; 24 if nothing is said"))
        .done()
}

fn rotated() -> Schema {
    object("").must("secret", secret()).must("oldSecretUntil", time("")).done()
}

fn outcome() -> Schema {
    let words = [
        "delivered",
        "error_status",
        "redirect",
        "throttled",
        "gone",
        "timed_out",
        "no_connection",
        "no_answer",
        "address_not_allowed",
    ];
    word(words, "What came of it")
}

fn test_result() -> Schema {
    object("What came of a test message")
        .must("eventId", text(""))
        .must("outcome", outcome())
        .must("durationMs", whole(0, ""))
        .may("status", whole(100, "HTTP status of the answer"))
        .done()
}

fn attempt() -> Schema {
    object("A try to send a message")
        .must("eventId", text(""))
        .must("type", text("The event's type"))
        .must("attempt", whole(1, "Which try of this message it was"))
        .must("at", time(""))
        .must("durationMs", whole(0, ""))
        .must("outcome", outcome())
        .may("status", whole(100, "HTTP status of the answer"))
        .done()
}

fn notifications() -> Schema {
    object("Notifications of the first generation")
        .must("enabled", boolean(""))
        .may("notifyUrl", address("Where they are sent to"))
        .may("reason", text("Why they are off"))
        .may("failingSince", time(""))
        .must("recent", list(named("Attempt"), "The newest first"))
        .done()
}

fn new_notifications() -> Schema {
    object("")
        .must("notifyUrl", address("Where they are to be sent to"))
        .must("clientSecret", text("The app's client secret, with which they are signed"))
        .done()
}

fn event() -> Schema {
    object("Something that happened (docs/WEBHOOKS.md)")
        .must("id", text("The same in the feed, in webhooks and in notifications"))
        .must("type", word(EventType::ALL.map(EventType::name), ""))
        .must("timestamp", time(""))
        .must("data", named("EventData"))
        .done()
}

fn event_data() -> Schema {
    object("What happened; which members are there hangs on the type")
        .must("clientId", hex(40, "The app"))
        .may("humanId", hex(32, "The person, if it is about one"))
        .must("sequence", whole(1, "Counts the events about the same person, without gaps"))
        .must("backfill", boolean("Whether it tells of days long past"))
        .may("connectionId", hex(24, ""))
        .may("source", text("The source's id"))
        .may("dataType", text(""))
        .may("count", whole(0, "Rows or samples"))
        .may("from", day(""))
        .may("to", day(""))
        .may("reconnected", boolean(""))
        .may("reason", text(""))
        .may("stream", text("The kind of data, in the source's words"))
        .may("mode", word(["create", "edit"], ""))
        .may("connectionIds", list(hex(24, ""), ""))
        .may("webhookId", hex(24, ""))
        .may("kind", text(""))
        .done()
}
