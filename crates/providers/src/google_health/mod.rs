//! Google Health: Fitbit, Pixel and what is linked with them. API v4, <https://developers.google.com/health>.
//!
//! Quirks: whole numbers and durations as texts, members left out where they are zero, windows as filters; see
//! `README.md`.

mod filter;
mod notices;
mod parse;
pub mod sandbox;
mod streams;

use crate::spec::{
    ErrorRule, Handshake, Limit, OAuth2, Provider, Revoke, RevokeStyle, Rotation, Setting, Setup, UserId, Verdict,
    Verify, Webhook, When,
};

/// The setting that Google's notices carry in `Authorization`.
const SECRET: &str = "webhook_authorization";

/// The description.
pub const PROVIDER: Provider = Provider {
    id: "google_health",
    aliases: &["fitbit"],
    name: "Google Health (Fitbit)",
    summary: "Activity, heart, sleep, body, food, ECG",
    icon: include_str!("icon.svg"),
    data_types: &[
        "activities",
        "blood_glucose",
        "blood_oxygen",
        "body_fat",
        "heart_rate",
        "height",
        "meals",
        "sleeps",
        "weight",
    ],
    device: hilum_model::DeviceKind::Band,
    auth: OAuth2 {
        authorize_url: "https://accounts.google.com/o/oauth2/v2/auth",
        token_url: "https://oauth2.googleapis.com/token",
        // Without `prompt=consent` a second consent brings no refresh token.
        authorize_params: &[("access_type", "offline"), ("prompt", "consent"), ("include_granted_scopes", "true")],
        // The account's id.
        scopes: &["https://www.googleapis.com/auth/googlehealth.profile.readonly"],
        rotation: Rotation::Keep,
        user_id: UserId::Get {
            path: "/v4/users/me/identity",
            pointer: "/healthUserId",
            // The id that the account had at Fitbit.
            former: Some("/legacyUserId"),
        },
        revoke: Some(Revoke { url: "https://oauth2.googleapis.com/revoke", style: RevokeStyle::TokenOnly }),
        ..OAuth2::STANDARD
    },
    api_base: "https://health.googleapis.com",
    streams: streams::STREAMS,
    errors: &[
        ErrorRule {
            when: When::HttpText(&[400], "/error/details/*/reason", &["ACCOUNT_NOT_LINKED"]),
            verdict: Verdict::Reauthorise,
        },
        ErrorRule { when: When::NotJson, verdict: Verdict::Retry },
    ],
    limits: &[Limit::app(120_000, 60), Limit::person(300, 60)],
    settings: &[Setting {
        name: SECRET,
        about: "endpointAuthorization.secret of the subscriber, as Google sends it in Authorization (Bearer …)",
        required: false,
    }],
    webhook: Some(Webhook {
        verify: Verify::GoogleTink {
            header: "google-health-api-signature",
            keys_url: "https://www.gstatic.com/googlehealthapi/webhooks/webhooks_public_keyset.json",
            setting: SECRET,
        },
        handshake: Handshake::GoogleTwoStep,
        setup: Setup::Portal,
        ack: 204,
        read: notices::read,
    }),
    ..Provider::STANDARD
};

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::spec::Answer;

    #[test]
    fn errors_tell_their_reason() {
        let judged = |status, state: &str, reason: &str| {
            let error = json!({"error": {"code": status, "status": state, "details": [
                {"@type": "type.googleapis.com/google.rpc.ErrorInfo", "reason": reason, "domain": "googleapis.com"}]}});
            PROVIDER.judge(&Answer { status, json: Some(&error) })
        };
        assert_eq!(judged(400, "FAILED_PRECONDITION", "ACCOUNT_NOT_LINKED"), Verdict::Reauthorise);
        assert_eq!(judged(400, "INVALID_ARGUMENT", "FILTER"), Verdict::Fatal);
        assert_eq!(judged(401, "UNAUTHENTICATED", "CREDENTIALS_MISSING"), Verdict::Refresh);
        assert_eq!(judged(403, "PERMISSION_DENIED", "ACCESS_TOKEN_SCOPE_INSUFFICIENT"), Verdict::ScopeMissing);
        assert_eq!(judged(429, "RESOURCE_EXHAUSTED", "RATE_LIMIT_EXCEEDED"), Verdict::Retry);
        assert_eq!(judged(503, "UNAVAILABLE", ""), Verdict::Retry);
        assert_eq!(PROVIDER.judge(&Answer { status: 200, json: None }), Verdict::Retry);
        // Nothing to tell is an empty object.
        assert_eq!(PROVIDER.judge(&Answer { status: 200, json: Some(&json!({})) }), Verdict::Ok);
    }

    #[test]
    fn the_account_is_known_by_its_old_id_too() {
        let UserId::Get { pointer, former, .. } = PROVIDER.auth.user_id else { panic!("asked for") };
        let told = json!({"name": "users/100200300", "legacyUserId": "9ABCDE", "healthUserId": "100200300"});
        assert_eq!(told.pointer(pointer), Some(&json!("100200300")));
        assert_eq!(former.and_then(|pointer| told.pointer(pointer)), Some(&json!("9ABCDE")));
    }
}
