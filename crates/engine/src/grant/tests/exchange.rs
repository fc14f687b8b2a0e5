//! Codes become grants.

use hilum_model::Secret;

use super::super::GrantError;
use crate::testing::{Canned, PLAIN, SIGNED, World, provider_config};

fn code() -> Secret<String> {
    Secret::new("the-code".to_owned())
}

fn verifier() -> Secret<String> {
    Secret::new("the-verifier".to_owned())
}

#[tokio::test]
async fn plain_with_pkce_and_an_id_by_get() {
    let world = World::new().await;
    world.fake.script(|asked| match asked.path.as_str() {
        "/token" => Canned::new(200, r#"{"access_token":"a","refresh_token":"r","expires_in":120,"scope":"x"}"#),
        _ => Canned::new(200, r#"{"id":"acc-1"}"#),
    });
    let provider = provider_config(&PLAIN, &world.fake.base);
    let grant = world.engine.exchange_code(&provider, &code(), &verifier(), Some("daily personal")).await;
    let grant = grant.expect("a grant");
    assert_eq!(grant.account.expose(), "acc-1");
    assert_eq!(grant.scopes, ["daily", "personal"], "told by the redirect");
    assert_eq!(grant.tokens.expires_at, world.now().plus_s(120));
    let asked = world.fake.asked();
    let names: Vec<&str> = asked[0].params.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["client_id", "client_secret", "grant_type", "code", "redirect_uri", "code_verifier"]);
    assert_eq!(asked[0].param("redirect_uri"), Some("http://127.0.0.1:8080/connect/callback/plain"));
    assert_eq!(asked[0].param("code_verifier"), Some("the-verifier"));
    assert_eq!((asked[1].path.as_str(), asked[1].authorization.as_deref()), ("/me", Some("Bearer a")));
    assert_eq!(asked.len(), 2);
}

#[tokio::test]
async fn signed_with_a_nonce_and_an_envelope() {
    let world = World::new().await;
    world.fake.script(|asked| match asked.path.as_str() {
        "/v2/signature" => Canned::new(200, r#"{"status":0,"body":{"nonce":"nonce-1"}}"#),
        _ => Canned::new(
            200,
            r#"{"status":0,"body":{"userid":363,"access_token":"a","refresh_token":"r","scope":"user.info,user.metrics"}}"#,
        ),
    });
    let provider = provider_config(&SIGNED, &world.fake.base);
    let grant = world.engine.exchange_code(&provider, &code(), &verifier(), None).await.expect("a grant");
    assert_eq!((grant.account.expose().as_str(), grant.scopes.len()), ("363", 2));
    assert_eq!(grant.tokens.expires_at, world.now().plus_s(10_800), "the description's life");
    let asked = world.fake.asked();
    let names = |n: usize| asked[n].params.iter().map(|(name, _)| name.as_str()).collect::<Vec<_>>();
    assert_eq!(names(0), ["action", "client_id", "timestamp", "signature"]);
    // 2026-03-10T03:00:00Z: 20,522 days of 86,400 s and 10,800 s.
    assert_eq!(asked[0].param("timestamp"), Some("1773111600"));
    assert_eq!(names(1), ["action", "client_id", "nonce", "signature", "grant_type", "code", "redirect_uri"]);
    let expected = super::super::sign::signature("secret", &["requesttoken", "client", "nonce-1"]);
    assert_eq!(asked[1].param("signature"), Some(expected.as_str()));
    assert!(asked.iter().all(|asked| asked.params.iter().all(|(_, value)| value != "secret")), "the secret travelled");
}

#[tokio::test]
async fn refusals_and_silence() {
    let world = World::new().await;
    let provider = provider_config(&PLAIN, &world.fake.base);
    for (status, body, expected) in [
        (400, r#"{"error":"invalid_grant"}"#, "provider refused: invalid_grant"),
        (401, r#"{"error":"invalid_client"}"#, "provider refused: invalid_client"),
        (500, "", "provider did not answer clearly"),
        (200, "<html>", "provider did not answer clearly"),
        (200, r#"{"access_token":"a"}"#, "provider did not answer clearly"),
    ] {
        world.fake.script(move |asked| match asked.path.as_str() {
            "/token" => Canned::new(status, body),
            _ => Canned::new(503, ""),
        });
        let result = world.engine.exchange_code(&provider, &code(), &verifier(), None).await;
        assert_eq!(result.expect_err("no grant").to_string(), expected, "{status} {body}");
    }
}

#[tokio::test]
async fn an_account_that_may_not_be_read_is_no_grant() {
    let world = World::new().await;
    let provider = provider_config(&PLAIN, &world.fake.base);
    world.fake.script(|asked| match asked.path.as_str() {
        "/token" => Canned::new(200, r#"{"access_token":"a"}"#),
        _ => Canned::new(403, ""),
    });
    let result = world.engine.exchange_code(&provider, &code(), &verifier(), None).await;
    assert!(matches!(result, Err(GrantError::Refused("invalid_scope"))), "{result:?}");
}
