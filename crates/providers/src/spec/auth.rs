//! How a person authorises: OAuth 2 with each provider's quirks as data.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde_json::Value;

use super::request::Request;

/// Where the client id and secret go in a token call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClientAuth {
    /// Form fields `client_id` and `client_secret`.
    Body,
    /// HTTP Basic.
    Basic,
    /// Withings: `action`, `client_id`, `nonce` and an HMAC-SHA256 `signature`; the secret itself never travels.
    /// The nonce comes from `POST {api_base}/v2/signature`.
    WithingsSigned,
}

/// Proof key for code exchange (RFC 7636); always S256.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pkce {
    /// The provider refuses or ignores it.
    None,
    /// Sent.
    S256,
}

/// What a refresh does to the refresh token.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rotation {
    /// A new one in each answer; the old one is dead at once.
    Immediate,
    /// A new one in each answer; the old one works on for so many seconds or until the new access token is used.
    Grace {
        /// s.
        seconds: u32,
    },
    /// The old one stays.
    Keep,
}

/// How a grant is revoked at disconnect.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RevokeStyle {
    /// RFC 7009: form `token`, client authentication in the body.
    Rfc7009,
    /// `POST url?access_token=…` (Oura).
    AccessTokenInQuery,
    /// Withings' signed `action=revoke` with `userid`.
    WithingsSigned,
    /// Form `token` without client authentication (Google).
    TokenOnly,
    /// DELETE with the access token as bearer.
    BearerDelete,
    /// POST of an empty form with the access token as bearer.
    BearerPost,
    /// GET with the access token as bearer and `client_id` in the query (Suunto).
    BearerGet,
}

/// How a grant is revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Revoke {
    /// URL, absolute or a path below `api_base`; `{account}` stands for the provider's id of the account.
    pub url: &'static str,
    /// Style of the call.
    pub style: RevokeStyle,
}

/// Where the provider's own id of the account is found.
#[derive(Debug, Clone, Copy)]
pub enum UserId {
    /// JSON pointer into the token answer (below the envelope). Number or text.
    Token(&'static str),
    /// A GET below `api_base` with the new token, and a JSON pointer into its answer.
    Get {
        /// Path.
        path: &'static str,
        /// Pointer.
        pointer: &'static str,
        /// Pointer to the id that the account had with a predecessor, whose connections are taken over.
        former: Option<&'static str>,
    },
    /// A claim of the access token, which is a JWT. It is read, not verified: it came straight from the provider.
    Jwt(&'static str),
}

/// A call after the exchange without which the provider gives no data.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Register {
    /// Path below `api_base`; a POST with the new token.
    pub path: &'static str,
    /// Member of the JSON body that carries our own id of the connection.
    pub member: &'static str,
    /// Statuses that mean "registered": done, or done before.
    pub ok: &'static [u16],
}

/// Where the scopes that the person really granted are told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScopeFrom {
    /// `scope` of the token answer; if absent, what was asked for.
    Token,
    /// `scope` of the redirect; if absent, what was asked for.
    Redirect,
}

/// OAuth 2 as this provider speaks it.
#[derive(Debug)]
pub struct OAuth2 {
    /// Absolute URL of the consent page.
    pub authorize_url: &'static str,
    /// Absolute URL, code and refresh.
    pub token_url: &'static str,
    /// Form fields added to every token call (`action=requesttoken`).
    pub token_params: &'static [(&'static str, &'static str)],
    /// Form fields added to refresh calls only.
    pub refresh_params: &'static [(&'static str, &'static str)],
    /// Parameters added to the authorise URL.
    pub authorize_params: &'static [(&'static str, &'static str)],
    /// Scopes always asked for, besides those that streams name.
    pub scopes: &'static [&'static str],
    /// `" "` or `","`.
    pub scope_separator: &'static str,
    /// Where client credentials go.
    pub client_auth: ClientAuth,
    /// PKCE.
    pub pkce: Pkce,
    /// JSON pointer to the object that holds `access_token` (`""` for the top, `"/body"` for Withings).
    pub envelope: &'static str,
    /// What a refresh does to the refresh token.
    pub rotation: Rotation,
    /// Life of an access token when the answer does not say, s.
    pub access_ttl_s: u32,
    /// The account's id.
    pub user_id: UserId,
    /// Granted scopes.
    pub scope_from: ScopeFrom,
    /// Revocation, if the provider has it.
    pub revoke: Option<Revoke>,
    /// What has to be called after the exchange.
    pub register: Option<Register>,
}

/// What a token answer says, after the envelope.
#[derive(Debug, Clone, PartialEq)]
pub struct TokenAnswer<'a> {
    /// `access_token`; never empty.
    pub access_token: &'a str,
    /// `refresh_token`, if a non-empty one is there; absent keeps the old one.
    pub refresh_token: Option<&'a str>,
    /// Life of the access token, s: clamped to 60 … 31,536,000.
    pub expires_in_s: i64,
    /// `scope`, if told.
    pub scope: Option<&'a str>,
    /// The account's id, if the token answer tells it.
    pub user_id: Option<String>,
}

impl OAuth2 {
    /// What most providers have; the rest is said by each.
    pub const STANDARD: Self = Self {
        authorize_url: "",
        token_url: "",
        token_params: &[],
        refresh_params: &[],
        authorize_params: &[],
        scopes: &[],
        scope_separator: " ",
        client_auth: ClientAuth::Body,
        pkce: Pkce::None,
        envelope: "",
        rotation: Rotation::Immediate,
        access_ttl_s: 3600,
        user_id: UserId::Token("/user_id"),
        scope_from: ScopeFrom::Token,
        revoke: None,
        register: None,
    };

    /// Reads a token answer; `None` if it holds no access token. `expires_in` may be a number, a text, absent, zero,
    /// negative or huge: it is clamped, never trusted.
    pub fn read_token<'a>(&self, answer: &'a Value) -> Option<TokenAnswer<'a>> {
        let body = answer.pointer(self.envelope)?;
        let text = |name: &str| body.get(name).and_then(Value::as_str).filter(|t| !t.is_empty());
        let access_token = text("access_token")?;
        let expires = match body.get("expires_in") {
            Some(Value::Number(n)) => n.as_i64().or_else(|| n.as_f64().map(|f| f as i64)),
            Some(Value::String(s)) => s.trim().parse().ok(),
            _ => None,
        };
        let expires_in_s = expires.filter(|s| *s > 0).unwrap_or(i64::from(self.access_ttl_s)).clamp(60, 31_536_000);
        let user_id = match self.user_id {
            UserId::Token(pointer) => body.pointer(pointer).and_then(id_text),
            UserId::Jwt(claim) => jwt_claim(access_token, claim),
            UserId::Get { .. } => None,
        };
        Some(TokenAnswer {
            access_token,
            refresh_token: text("refresh_token"),
            expires_in_s,
            scope: text("scope"),
            user_id,
        })
    }

    /// The request that tells the account's id, where the token answer does not.
    pub fn user_id_request(&self) -> Option<Request> {
        match self.user_id {
            UserId::Token(_) | UserId::Jwt(_) => None,
            UserId::Get { path, .. } => Some(Request::get(path)),
        }
    }
}

/// A claim of a JWT (RFC 7519), without a look at its signature.
fn jwt_claim(token: &str, claim: &str) -> Option<String> {
    let payload = URL_SAFE_NO_PAD.decode(token.split('.').nth(1)?.trim_end_matches('=')).ok()?;
    let claims: Value = serde_json::from_slice(&payload).ok()?;
    claims.get(claim).and_then(id_text)
}

/// An id that may be a number or a text.
pub fn id_text(value: &Value) -> Option<String> {
    match value {
        Value::String(s) if !s.is_empty() => Some(s.clone()),
        Value::Number(n) => Some(n.to_string()),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use crate::{oura, withings};

    #[test]
    fn withings_wraps_its_token_answer() {
        let auth = &withings::PROVIDER.auth;
        let answer = json!({"status": 0, "body": {
            "userid": 363, "access_token": "a-1", "refresh_token": "r-1", "scope": "user.metrics,user.activity",
            "expires_in": "10800", "token_type": "Bearer"
        }});
        let read = auth.read_token(&answer).expect("a token");
        assert_eq!((read.access_token, read.refresh_token), ("a-1", Some("r-1")));
        assert_eq!((read.expires_in_s, read.scope), (10_800, Some("user.metrics,user.activity")));
        // A number in some answers, a text in others.
        assert_eq!(read.user_id.as_deref(), Some("363"));
        let text = json!({"status": 0, "body": {"userid": "363", "access_token": "a-1"}});
        assert_eq!(auth.read_token(&text).and_then(|t| t.user_id).as_deref(), Some("363"));
        assert_eq!(auth.user_id_request(), None);
        for bad in [json!({"status": 401, "body": {}}), json!({"access_token": "top"}), json!([]), json!(null)] {
            assert_eq!(auth.read_token(&bad), None, "{bad}");
        }
    }

    #[test]
    fn an_answer_without_news_of_the_refresh_token_keeps_the_old_one() {
        let auth = &oura::PROVIDER.auth;
        for silent in [json!({"access_token": "a"}), json!({"access_token": "a", "refresh_token": ""})] {
            let read = auth.read_token(&silent).expect("a token");
            assert_eq!((read.refresh_token, read.scope, read.user_id), (None, None, None), "{silent}");
        }
        assert_eq!(auth.read_token(&json!({"access_token": ""})), None);
        let request = auth.user_id_request().expect("the id is asked for");
        assert_eq!(
            (request.method, request.path.as_str()),
            (super::super::Method::Get, "/v2/usercollection/personal_info")
        );
    }

    #[test]
    fn the_life_of_a_token_is_never_trusted() {
        let auth = &oura::PROVIDER.auth;
        for (told, expected) in [
            (json!(7200), 7200),
            (json!(7200.9), 7200),
            (json!("7200"), 7200),
            // Absent, senseless, zero and negative: the description's own.
            (json!(null), 86_400),
            (json!("soon"), 86_400),
            (json!(0), 86_400),
            (json!(-5), 86_400),
            // Too short to use, too long to believe.
            (json!(1), 60),
            (json!(1e300), 31_536_000),
        ] {
            let answer = json!({"access_token": "a", "expires_in": told});
            assert_eq!(auth.read_token(&answer).map(|t| t.expires_in_s), Some(expected), "{told}");
        }
    }
}
