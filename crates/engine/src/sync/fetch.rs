//! One page: token, request, judgement, parsing.

use hilum_model::{Batch, Secret, Time};
use hilum_providers::spec::{Answer, Context, Method, Request, Stream, Verdict};
use serde_json::Value;

use crate::ProviderConfig;
use crate::egress::{Authorization, Call, Egress, EgressError, Payload, RetryAfter};

/// What one request brought.
#[derive(Debug)]
pub(super) enum Fetched {
    /// A page, and the request for the next one.
    Page(Box<(Batch, Option<Request>)>),
    /// The access token is not accepted.
    TokenRefused,
    /// The grant is dead.
    Dead,
    /// The scope is missing.
    ScopeMissing,
    /// The provider has not worked it out yet.
    NotYet,
    /// Later; with the provider's word on when, and whether it complains about too many requests.
    Later {
        /// Its word.
        after: Option<RetryAfter>,
        /// The limit is for the whole app: others wait too.
        everybody: bool,
    },
    /// Asking again does not help; why, without values.
    Never(&'static str),
}

/// Sends one request and reads the answer.
pub(super) async fn fetch(
    egress: &Egress,
    provider: &ProviderConfig,
    stream: &Stream,
    request: &Request,
    token: Secret<String>,
    context: &Context,
) -> Fetched {
    let reply = match egress.send(to_call(provider, request, token)).await {
        Ok(reply) => reply,
        Err(EgressError::TooLarge) => return Fetched::Never("answer too large"),
        Err(EgressError::Refused(why)) => return Fetched::Never(why),
        Err(EgressError::Unreachable | EgressError::NoAnswer | EgressError::TimedOut) => {
            return Fetched::Later { after: None, everybody: false };
        }
    };
    let success = (200..300).contains(&reply.status);
    let json: Option<Value> = serde_json::from_slice(&reply.body).ok();
    let verdict = provider.provider.judge(&Answer { status: reply.status, json: json.as_ref() });
    if success && json.is_none() {
        // 204 says that there is nothing, where the provider knows such an answer. Else a page of HTML, half an answer
        // or none: somebody in between has spoken.
        return if reply.status == 204 && verdict == Verdict::Ok {
            Fetched::Page(Box::default())
        } else {
            Fetched::Later { after: reply.retry_after, everybody: false }
        };
    }
    match verdict {
        Verdict::Ok => match (stream.parse)(&reply.body, context) {
            Ok(batch) => {
                let next = json.as_ref().and_then(|json| stream.next_page(request, json));
                Fetched::Page(Box::new((batch, next)))
            }
            Err(_) => Fetched::Never("answer is not of the documented form"),
        },
        Verdict::Refresh => Fetched::TokenRefused,
        Verdict::Reauthorise => Fetched::Dead,
        Verdict::ScopeMissing => Fetched::ScopeMissing,
        Verdict::Retry => {
            let everybody = reply.status == 429 || reply.retry_after.is_some();
            Fetched::Later { after: reply.retry_after, everybody }
        }
        Verdict::NotYet => Fetched::NotYet,
        // What does not exist has no data: an empty page.
        Verdict::Gone => Fetched::Page(Box::default()),
        Verdict::Fatal => Fetched::Never("request refused"),
    }
}

fn to_call(provider: &ProviderConfig, request: &Request, token: Secret<String>) -> Call {
    let mut url = if request.path.starts_with('/') {
        format!("{}{}", provider.api_base, request.path)
    } else {
        request.path.clone()
    };
    // Token and headers are for the provider's own addresses; a file may lie elsewhere.
    let ours = url.strip_prefix(&provider.api_base).is_some_and(|rest| rest.starts_with(['/', '?']));
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

/// What parsers are told.
pub(super) fn context(now: Time, time_zone: Option<&str>) -> Context {
    Context { received: now, time_zone: time_zone.map(str::to_owned) }
}
