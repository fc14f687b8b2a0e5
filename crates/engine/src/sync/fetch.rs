//! One request: what is sent, how the answer is judged, what is read from it.

use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use bytes::Bytes;
use hilum_model::{Batch, Observation, Secret, Time};
use hilum_providers::spec::{
    Answer, Backfill, Context, Detail, Extent, Method, Rate, Request, Stream, Verdict, Wanted,
};
use serde_json::Value;

use crate::ProviderConfig;
use crate::egress::{Authorization, Call, Egress, EgressError, Payload, Reply, RetryAfter};

/// What is asked for, and so how the answer is read.
#[derive(Clone, Copy)]
pub(crate) enum Expect<'a> {
    /// A page of a stream.
    Page(&'a Stream),
    /// What one item of a page wants besides.
    Detail(&'a Detail, &'a Wanted),
    /// "Accepted": the data come by push.
    Order(&'a Backfill),
    /// How far the account's data reach.
    Extent(&'a Extent),
    /// Any answer that is not refused.
    Nothing,
}

/// A page.
#[derive(Debug, Default)]
pub(crate) struct Page {
    pub(crate) batch: Batch,
    /// The request for the next page.
    pub(crate) next: Option<Request>,
    /// What its items want besides.
    pub(crate) wanted: Vec<Wanted>,
    /// Tells answers apart; 0 for an empty one.
    pub(crate) print: u64,
    /// The newest moment of the account's data at the provider; only where that was asked for.
    pub(crate) newest: Option<Time>,
    /// The stream's parser has read it; otherwise there was nothing to read, for whatever reason.
    pub(crate) read: bool,
    /// The answer, and what its parser was told.
    pub(crate) raw: Option<(Bytes, Context)>,
}

/// What one request brought.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// A page; an empty one where nothing is expected.
    Page(Box<Page>),
    /// The access token is not accepted.
    TokenRefused,
    /// The grant is dead.
    Dead,
    /// The scope is missing.
    ScopeMissing,
    /// The provider has not worked it out yet.
    NotYet,
    /// Later; with the provider's word on when.
    Later {
        /// Its word.
        after: Option<RetryAfter>,
        /// It has enough requests: others wait too.
        everybody: bool,
        /// It does not answer like one that is well.
        down: bool,
    },
    /// Asking again does not help; why, without values.
    Never(&'static str),
}

/// Sends one request and reads the answer, also what it tells about limits.
pub(crate) async fn fetch(
    egress: &Egress,
    provider: &ProviderConfig,
    expect: Expect<'_>,
    request: &Request,
    token: Secret<String>,
    context: &Context,
) -> (Fetched, Vec<Rate>) {
    let mut call = to_call(provider, request, token);
    if matches!(expect, Expect::Detail(Detail { file: true, .. }, _)) {
        call.headers.push(("accept", Secret::new("*/*".to_owned())));
    }
    match egress.send(call).await {
        Ok(reply) => {
            let header = |name: &str| reply.headers.get(name)?.to_str().ok().map(str::to_owned);
            let rates = provider.provider.rate.map_or_else(Vec::new, |read| read(&header));
            (read(provider, expect, request, &reply, context), rates)
        }
        Err(EgressError::TooLarge) => (Fetched::Never("answer too large"), Vec::new()),
        Err(EgressError::Refused(why)) => (Fetched::Never(why), Vec::new()),
        Err(EgressError::Unreachable | EgressError::NoAnswer | EgressError::TimedOut) => {
            (Fetched::Later { after: None, everybody: false, down: true }, Vec::new())
        }
    }
}

fn read(provider: &ProviderConfig, expect: Expect<'_>, request: &Request, reply: &Reply, context: &Context) -> Fetched {
    let success = (200..300).contains(&reply.status);
    match expect {
        Expect::Order(order) if order.ok.contains(&reply.status) => return Fetched::Page(Box::default()),
        // A file is not judged by its contents.
        Expect::Detail(detail, wanted) if detail.file && success => {
            return parsed((detail.parse)(&reply.body, wanted, context), None, Vec::new(), reply, context);
        }
        Expect::Order(_) | Expect::Detail(..) | Expect::Page(_) | Expect::Extent(_) | Expect::Nothing => {}
    }
    let json: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let verdict = provider.provider.judge(&Answer { status: reply.status, json: json.as_ref() });
    let nothing = matches!(expect, Expect::Nothing | Expect::Order(_)) && reply.body.is_empty();
    if success && json.is_none() && !nothing {
        // 204 says that there is nothing, where the provider knows such an answer. Else a page of HTML, half an answer
        // or none: somebody in between has spoken.
        return if reply.status == 204 && verdict == Verdict::Ok {
            Fetched::Page(Box::default())
        } else {
            Fetched::Later { after: reply.retry_after, everybody: false, down: true }
        };
    }
    match verdict {
        Verdict::Ok => match expect {
            Expect::Page(stream) => page(stream, request, reply, json.as_ref(), context),
            Expect::Detail(detail, wanted) => {
                parsed((detail.parse)(&reply.body, wanted, context), None, Vec::new(), reply, context)
            }
            Expect::Extent(extent) => {
                let newest = json.as_ref().and_then(|json| (extent.newest)(json));
                Fetched::Page(Box::new(Page { newest, ..Page::default() }))
            }
            Expect::Order(_) | Expect::Nothing => Fetched::Page(Box::default()),
        },
        Verdict::Refresh => Fetched::TokenRefused,
        Verdict::Reauthorise => Fetched::Dead,
        Verdict::ScopeMissing => Fetched::ScopeMissing,
        Verdict::Retry => {
            let everybody = reply.status == 429 || reply.retry_after.is_some();
            Fetched::Later { after: reply.retry_after, everybody, down: reply.status >= 500 }
        }
        Verdict::NotYet => Fetched::NotYet,
        // What does not exist has no data: an empty page.
        Verdict::Gone => Fetched::Page(Box::default()),
        Verdict::Fatal => Fetched::Never("request refused"),
    }
}

fn page(stream: &Stream, request: &Request, reply: &Reply, json: Option<&Value>, context: &Context) -> Fetched {
    let wanted = match stream.detail.map(|detail| (detail.wanted)(&reply.body, context)) {
        Some(Ok(wanted)) => wanted,
        Some(Err(_)) => return Fetched::Never("answer is not of the documented form"),
        None => Vec::new(),
    };
    let next = json.and_then(|json| stream.next_page(request, json));
    parsed((stream.parse)(&reply.body, context), next, wanted, reply, context)
}

fn parsed(
    batch: Result<Batch, hilum_providers::spec::ParseError>,
    next: Option<Request>,
    wanted: Vec<Wanted>,
    reply: &Reply,
    context: &Context,
) -> Fetched {
    let Ok(batch) = batch else { return Fetched::Never("answer is not of the documented form") };
    let print = print(&batch);
    let raw = Some((reply.body.clone(), context.clone()));
    Fetched::Page(Box::new(Page { batch, next, wanted, print, newest: None, read: true, raw }))
}

/// Tells pages apart by what they hold, not by how they are counted: a page that comes again may bear another number.
fn print(batch: &Batch) -> u64 {
    if batch.observations.is_empty() {
        return 0;
    }
    let mut hasher = DefaultHasher::new();
    for observation in &batch.observations {
        match observation {
            Observation::Record(record) => (record.body.kind(), &record.key, record.start).hash(&mut hasher),
            Observation::Sample(one) => (one.metric, one.start, one.end, one.value.to_bits()).hash(&mut hasher),
            Observation::Deleted { kind, key } => (kind, key).hash(&mut hasher),
        }
    }
    hasher.finish().max(1)
}

/// A request as a call: token and headers go to the provider's own addresses only; a file may lie elsewhere.
pub(crate) fn to_call(provider: &ProviderConfig, request: &Request, token: Secret<String>) -> Call {
    let mut url = if request.path.starts_with('/') {
        format!("{}{}", provider.api_base, request.path)
    } else {
        request.path.clone()
    };
    let ours = below(&provider.api_base, &url);
    if request.method != Method::PostForm && !request.params.is_empty() {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&request.params).finish();
        let join = if url.contains('?') { '&' } else { '?' };
        url = format!("{url}{join}{query}");
    }
    let payload = match request.method {
        Method::Get => Payload::Get,
        Method::Delete => Payload::Delete,
        Method::PostForm => Payload::Form(request.params.clone()),
        Method::PostJson => Payload::Json(request.json.clone().unwrap_or_default()),
    };
    let mut call = Call { payload, ..Call::get(url, provider.sandbox) };
    if ours {
        call.authorization = Some(Authorization::Bearer(token));
        call.headers = provider.headers();
    }
    call
}

/// Whether an address lies below a base.
pub(crate) fn below(base: &str, url: &str) -> bool {
    url.strip_prefix(base).is_some_and(|rest| rest.starts_with(['/', '?']))
}

/// What parsers are told.
pub(crate) fn context(now: Time, time_zone: Option<&str>) -> Context {
    Context { received: now, time_zone: time_zone.map(str::to_owned) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_providers_own_addresses_get_the_token() {
        let base = "https://api.example/v1";
        for (url, ours) in [
            ("https://api.example/v1/files/1", true),
            ("https://api.example/v1?x=1", true),
            ("https://api.example/v1.evil.example/x", false),
            ("https://api.example/v1@evil.example/x", false),
            ("https://api.example/v2/x", false),
            ("https://files.example/v1/x", false),
        ] {
            assert_eq!(below(base, url), ours, "{url}");
        }
    }
}
