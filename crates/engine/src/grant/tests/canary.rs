//! No token, code, secret or value reaches a log, at whatever level, whatever the provider answers.

use std::io::Write;
use std::sync::{Arc, Mutex};

use hilum_model::Secret;
use hilum_store::grants::Tokens;

use crate::testing::{Canned, PLAIN, SIGNED, World, provider_config};

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().expect("not poisoned").extend_from_slice(bytes);
        Ok(bytes.len())
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn tokens(world: &World) -> Tokens {
    Tokens {
        access: Secret::new("canary-access".to_owned()),
        refresh: Some(Secret::new("canary-refresh".to_owned())),
        expires_at: world.now(),
    }
}

#[tokio::test]
async fn secrets_stay_out_of_the_log() {
    let written = Written::default();
    let writer = written.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_env_filter(tracing_subscriber::EnvFilter::new("trace"))
        .with_ansi(false)
        .with_writer(move || writer.clone())
        .finish();
    // For this thread: the runtime of this test has no other.
    let _guard = tracing::subscriber::set_default(subscriber);
    let world = World::new().await;
    let answers = [
        Canned::new(500, "canary-access canary-refresh"),
        Canned::new(400, r#"{"error":"invalid_grant","error_description":"canary-refresh canary-code"}"#),
        Canned::new(400, r#"{"error":"canary-error"}"#),
        Canned::new(401, r#"{"error":"invalid_client","secret":"canary-secret"}"#),
        Canned::new(
            200,
            r#"{"access_token":"canary-access2","refresh_token":"canary-refresh2","id":"canary-account"}"#,
        ),
        Canned::new(200, r#"{"data":[{"id":"canary-record","time":"canary-time","kg":1}],"status":0}"#),
        Canned::broken(),
    ];
    for (n, canned) in answers.into_iter().enumerate() {
        world.fake.script(move |_| canned.clone());
        for provider in [&PLAIN, &SIGNED] {
            let mut config = provider_config(provider, &world.fake.base);
            config.client_secret = Secret::new("canary-secret".to_owned());
            let (code, verifier) = (Secret::new("canary-code".to_owned()), Secret::new("canary-verifier".to_owned()));
            drop(world.engine.exchange_code(&config, &code, &verifier, Some("canary-scope")).await);
            let connection = world.connect_with(provider, tokens(&world), &format!("canary-account-{n}")).await;
            world.engine.queue_sync(world.human, connection).await.expect("queued");
            world.run_until(world.now().plus_s(900)).await;
            world.engine.disconnect(world.human, connection).await.expect("disconnected");
            world.run_until(world.now().plus_s(900)).await;
        }
    }
    let text = String::from_utf8_lossy(&written.0.lock().expect("not poisoned")).into_owned();
    assert!(text.contains("refresh without a clear answer") && text.contains("hyper"), "the log was not caught");
    let leak = text.lines().find(|line| line.contains("canary"));
    assert_eq!(leak, None);
}
