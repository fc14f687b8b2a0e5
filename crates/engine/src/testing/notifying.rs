//! Small providers for tests of what the plain one does not have: notices of each kind, details, pushed data, regions,
//! registration, a predecessor.

use hilum_model::{Batch, Day, Kind, Metric, Observation, Sample, Tells, Time, Unit};
use hilum_providers::Provider;
use hilum_providers::spec::{
    Backfill, Context, Detail, Encoding, Extent, Handshake, Hash, Hmac, Key, Notice, OAuth2, Page, ParseError, Region,
    Register, Request, Setting, Setup, Signed, Stream, UserId, Verify, Wanted, Webhook, Window,
};
use serde_json::Value;

use super::providers::{PLAIN_DATA, WEIGHTS, parse_weights};

/// Signs the time and the body, greets by a challenge, is asked to send notices by a call.
pub(crate) static SIGNING: Provider = Provider {
    id: "signing",
    settings: &[Setting { name: "word", about: "for the greeting", required: false }],
    webhook: Some(Webhook {
        verify: Verify::Hmac(Hmac {
            hash: Hash::Sha256,
            key: Key::ClientSecret,
            signed: Signed::TimestampBody,
            encoding: Encoding::Hex,
            header: "x-signature",
            timestamp: Some(("x-time", 1000)),
            tolerance_s: 300,
        }),
        handshake: Handshake::EchoJson { challenge: "challenge", token: "token", setting: "word", member: "said" },
        setup: Setup::Call(|address| Request::post_form("/subscriptions").with("url", address).with("word", "{word}")),
        ack: 202,
        read: read_notices,
    }),
    ..PLAIN_DATA
};

/// Signs by a public key.
pub(crate) static KEYED: Provider = Provider {
    id: "keyed",
    webhook: Some(Webhook {
        verify: Verify::GoogleTink {
            header: "x-signature",
            keys_url: "https://keys.example/set.json",
            setting: "authorization",
        },
        handshake: Handshake::GoogleTwoStep,
        setup: Setup::Portal,
        ack: 204,
        read: read_notices,
    }),
    ..PLAIN_DATA
};

/// Signs nothing, pushes its data, and is told our address for each connection.
pub(crate) static PUSHING: Provider = Provider {
    id: "pushing",
    streams: &[Stream {
        window: Window::Pushed,
        page: Page::Single,
        backfill: Some(Backfill { path: "/backfill", from: "a", to: "b", max_days: 30, ok: &[202, 409] }),
        history_days: 200,
        ..WEIGHTS
    }],
    webhook: Some(Webhook {
        verify: Verify::SecretPath,
        handshake: Handshake::Head,
        setup: Setup::PerConnection(|address| {
            ["1", "4"].map(|kind| Request::post_form("/notify").with("url", address).with("kind", kind)).into()
        }),
        ack: 200,
        read: read_notices,
    }),
    ..PLAIN_DATA
};

/// Newest first, two items a page, and a heart rate to be fetched for each item.
pub(crate) static DETAILED: Provider = DETAILED_DATA;

pub(crate) const DETAILED_DATA: Provider = Provider {
    id: "detailed",
    streams: &[Stream {
        window: Window::NewestFirst,
        page: Page::Number { send: "page", size_param: "per", size: 2, items: "/data" },
        detail: Some(Detail { wanted, parse: parse_heart, file: false, scope: "" }),
        ..WEIGHTS
    }],
    ..PLAIN_DATA
};

/// A list of which it tells everything, so that what is missing was deleted.
pub(crate) static TELLING: Provider = Provider {
    id: "telling",
    streams: &[Stream { overlap_days: 6, whole: &[Tells::Records(Kind::Weight)], ..WEIGHTS }],
    ..PLAIN_DATA
};

/// Says itself how far its data reach.
pub(crate) static REACHING: Provider = Provider {
    id: "reaching",
    extent: Some(Extent {
        path: "/range",
        newest: |range| Time::parse_rfc3339(range.get("end")?.as_str()?).ok().map(|(time, _)| time),
    }),
    ..PLAIN_DATA
};

/// Two regions, an account to be registered, and a predecessor.
pub(crate) static REGIONAL: Provider = Provider {
    id: "regional",
    aliases: &["formerly"],
    auth: OAuth2 {
        authorize_url: "https://{region}/authorize",
        token_url: "https://{region}/token",
        user_id: UserId::Get { path: "/me", pointer: "/id", former: Some("/formerId") },
        register: Some(Register { path: "/users", member: "member-id", ok: &[200, 409] }),
        ..PLAIN_DATA.auth
    },
    api_base: "https://{region}",
    regions: &[
        Region { id: "us", name: "United States", host: "us.regional.example" },
        Region { id: "eu", name: "Europe", host: "eu.regional.example" },
    ],
    ..PLAIN_DATA
};

/// `[{"kind":"look","account":"a","stream":"weights","from":"2026-03-01"}]` and the like.
fn read_notices(body: &Value, _: Time) -> Vec<Notice> {
    let text = |item: &Value, name: &str| item.get(name).and_then(Value::as_str).map(str::to_owned);
    let one = |item: &Value| {
        let account = text(item, "account")?;
        let stream = if text(item, "stream").as_deref() == Some("weights") { "weights" } else { "none" };
        Some(match text(item, "kind")?.as_str() {
            "look" => Notice::Look {
                account,
                streams: if item.get("stream").is_some() { vec![stream] } else { Vec::new() },
                days: text(item, "from").and_then(|from| Day::parse(&from).ok()).map(|day| (day, day)),
            },
            "deauthorised" => Notice::Deauthorised { account },
            "permissions" => Notice::PermissionsChanged { account },
            "data" => Notice::Data { account, stream, body: item.get("body")?.clone() },
            "ping" => Notice::Ping { account, stream, url: text(item, "url")? },
            "deleted" => Notice::Deleted { account, kind: Kind::Weight, key: text(item, "key")? },
            _ => return None,
        })
    };
    body.as_array().into_iter().flatten().filter_map(one).collect()
}

fn wanted(bytes: &[u8], context: &Context) -> Result<Vec<Wanted>, ParseError> {
    let page = parse_weights(bytes, context)?;
    let one = |observation: &Observation| match observation {
        Observation::Record(record) => Some(Wanted {
            key: record.key.clone(),
            request: Request::get(format!("/heart/{}", record.key)),
            item: Value::from(record.start.0),
        }),
        Observation::Sample(_) | Observation::Deleted { .. } => None,
    };
    Ok(page.observations.iter().filter_map(one).collect())
}

/// `{"bpm":60}`: at the time of the item.
fn parse_heart(bytes: &[u8], wanted: &Wanted, _: &Context) -> Result<Batch, ParseError> {
    let answer: Value = serde_json::from_slice(bytes).map_err(|_| ParseError("JSON".to_owned()))?;
    let value = answer.get("bpm").and_then(Value::as_f64).ok_or_else(|| ParseError("bpm".to_owned()))?;
    let mut batch = Batch::default();
    batch.sample(Sample {
        metric: Metric::HeartRate,
        device: None,
        context: Some(wanted.key.clone()),
        start: Time(wanted.item.as_i64().ok_or_else(|| ParseError("item".to_owned()))?),
        end: None,
        offset: None,
        value,
        unit: Unit::PerMinute,
    });
    Ok(batch)
}
