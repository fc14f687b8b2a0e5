//! Orders for the past of a pushed stream: answered at once, delivered by push.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use axum::response::Response;
use hilum_model::{Day, Time};
use hilum_providers::sandbox::{Event, Refusal};
use hilum_providers::spec::{Backfill, Method, Stream};

use super::Incoming;
use super::data::Caller;
use crate::webhook::{Delivery, Mode, NOTHING};
use crate::{Inner, wire};

/// An order that was taken: the provider, the client, the person, the stream, and the range in seconds.
pub(crate) type Order = (&'static str, String, &'static str, &'static str, i64, i64);

/// The stream whose past the request orders.
pub(super) fn stream_of(incoming: &Incoming<'_>) -> Option<(&'static Stream, Backfill)> {
    let ordered =
        |stream: &'static Stream| Some((stream, stream.backfill.filter(|b| incoming.is(Method::Get, b.path))?));
    incoming.host.provider.streams.iter().find_map(ordered)
}

/// The answer to an order. What it asks for is pushed to the client's callback, day by day, oldest first.
pub(super) fn answer(
    inner: &Arc<Inner>,
    incoming: &Incoming<'_>,
    caller: &Caller,
    (stream, backfill): (&'static Stream, Backfill),
) -> Response {
    let host = incoming.host;
    let second = |name: &'static str| {
        incoming.param(name).and_then(|text| text.parse::<i64>().ok()).ok_or(Refusal::BadParameter(name))
    };
    let range = || {
        let (from, to) = (second(backfill.from)?, second(backfill.to)?);
        let fits = (0..=i64::from(backfill.max_days) * 86_400).contains(&(to - from));
        fits.then_some((from, to)).ok_or(Refusal::BadParameter(backfill.to))
    };
    let (from, to) = match range() {
        Ok(range) => range,
        Err(refusal) => return wire::refuse(host.teller, refusal),
    };
    let order = (host.provider.id, caller.client_id.clone(), caller.persona.id, stream.id, from, to);
    let overlaps = |known: &Order| {
        (known.0, &known.1, known.2, known.3) == (order.0, &order.1, order.2, order.3) && known.4 < to && from < known.5
    };
    let status = |of: usize, otherwise: u16| backfill.ok.get(of).copied().unwrap_or(otherwise);
    {
        let mut state = inner.state();
        if state.orders.iter().any(overlaps) {
            return wire::nothing(status(1, 409));
        }
        state.orders.push(order);
    }
    let persona = caller.persona;
    let known = persona.day_of(inner.began).plus(-i32::from(inner.config.history_days));
    let first = persona.day_of(Time::from_unix_s(from)).max(known);
    let last = persona.day_of(Time::from_unix_s(to).plus_ms(-1)).min(persona.day_of(inner.now()));
    let (inner, base, client_id) = (Arc::clone(inner), incoming.base.clone(), caller.client_id.clone());
    let under_way = UnderWay::begin(&inner);
    tokio::spawn(async move {
        let _under_way = under_way;
        for day in (first.0..=last.0).map(Day) {
            let event = Event::Changed { stream: stream.id, day };
            let delivery = Delivery { host, persona, client_id: &client_id, base: &base, url: None, mode: Mode::Right };
            // On some days nothing was measured.
            if let Err(why) = delivery.send(&inner, event).await
                && why != NOTHING
            {
                tracing::warn!(provider = host.provider.id, why, "a push was not delivered");
                return;
            }
        }
    });
    wire::nothing(status(0, 202))
}

/// Counts as long as it lives.
struct UnderWay(Arc<Inner>);

impl UnderWay {
    fn begin(inner: &Arc<Inner>) -> Self {
        inner.pushing.fetch_add(1, Ordering::AcqRel);
        Self(Arc::clone(inner))
    }
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        self.0.pushing.fetch_sub(1, Ordering::AcqRel);
    }
}
