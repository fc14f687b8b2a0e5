//! A provider with regions, registration and a predecessor.

use hilum_model::{ConnectionId, HumanId, Phi, Secret};
use hilum_store::connections::{Extras, NewConnection};

use crate::grant::{GrantError, authorize_url};
use crate::testing::{Canned, REGIONAL, World, tokens};

/// The regions' hosts are played by one server, which tells them apart by the first part of the path.
async fn world() -> World {
    World::of(&[&REGIONAL], |config, base| {
        config.authorize_url = format!("{base}/{{region}}/authorize");
        config.token_url = format!("{base}/{{region}}/token");
        config.api_base = format!("{base}/{{region}}");
    })
    .await
}

#[tokio::test]
async fn each_region_has_its_own_addresses() {
    let world = world().await;
    let config = world.engine.config.provider("regional").expect("configured");
    for (id, host) in [("us", "us.regional.example"), ("eu", "eu.regional.example")] {
        let here = config.at(Some(id)).expect("a region");
        assert!(here.api_base.ends_with(host) && here.token_url.ends_with(&format!("{host}/token")));
        let url = authorize_url(&here, "http://127.0.0.1/cb", "st", "ch");
        assert!(url.starts_with(&format!("{}/{host}/authorize?", world.fake.base)), "{url}");
    }
    for none in [None, Some(""), Some("mars"), Some("us.regional.example")] {
        assert!(config.at(none).is_none(), "{none:?}");
    }
}

#[tokio::test]
async fn an_account_is_read_from_its_region() {
    let world = world().await;
    let new = NewConnection {
        human_id: world.human,
        connection_id: ConnectionId([9; 12]),
        provider: "regional".to_owned(),
        pending: None,
        account: Phi::new("account".to_owned()),
        scopes: vec!["daily".to_owned()],
        tokens: Some(tokens("a1", world.now())),
    };
    let extras = Extras { region: Some("eu".to_owned()), ..Extras::default() };
    let connection = world.engine.store.add_connection_with(new, extras).await.expect("connected");
    world.fake.script(|asked| {
        let token = r#"{"access_token":"a2","refresh_token":"r2","expires_in":86400}"#;
        Canned::new(200, if asked.path.ends_with("/token") { token } else { r#"{"data":[],"next":null}"# })
    });
    world.engine.queue_sync(world.human, connection).await.expect("queued");
    world.engine.drain_jobs().await.expect("drained");
    world.engine.disconnect(world.human, connection).await.expect("disconnected");
    world.engine.drain_jobs().await.expect("drained");
    let asked = world.fake.asked();
    assert!(asked.len() > 3 && asked.iter().all(|a| a.path.starts_with("/eu.regional.example/")), "{asked:?}");
    assert!(asked.iter().any(|a| a.path.ends_with("/revoke")));
}

#[tokio::test]
async fn an_account_that_is_not_registered_is_no_connection() {
    let world = world().await;
    let config = world.engine.config.provider("regional").expect("configured").at(Some("us")).expect("a region");
    let access = Secret::new("a1".to_owned());
    for (status, good) in [(200, true), (409, true), (403, false), (201, false), (503, false)] {
        world.fake.script(move |_| Canned::new(status, ""));
        let said = world.engine.register(&config, &access, ConnectionId([9; 12])).await;
        assert_eq!(said.is_ok(), good, "{status}: {said:?}");
        if !good {
            assert_eq!(matches!(said, Err(GrantError::Unclear)), status == 503, "{said:?}");
        }
        let asked = world.fake.asked();
        assert_eq!((asked[0].path.as_str(), asked[0].post), ("/us.regional.example/users", true));
        assert_eq!(asked[0].authorization.as_deref(), Some("Bearer a1"));
    }
}

async fn connect(world: &World, human: HumanId, provider: &str, account: &str, former: Option<&str>) -> ConnectionId {
    let new = NewConnection {
        human_id: human,
        connection_id: ConnectionId::random(&*world.engine.random),
        provider: provider.to_owned(),
        pending: None,
        account: Phi::new(account.to_owned()),
        scopes: Vec::new(),
        tokens: Some(tokens("a1", world.now())),
    };
    let names = ["regional", "formerly"].map(str::to_owned);
    let former = former.map_or_else(Vec::new, |id| names.map(|name| (name, Phi::new(id.to_owned()))).into());
    let extras = Extras { former, ..Extras::default() };
    world.engine.store.add_connection_with(new, extras).await.expect("connected")
}

#[tokio::test]
async fn the_connection_to_a_predecessor_goes_on_under_its_id() {
    let world = world().await;
    let old = connect(&world, world.human, "formerly", "legacy-7", None).await;
    let other = connect(&world, world.human, "formerly", "legacy-8", None).await;
    let new = connect(&world, world.human, "regional", "users/7", Some("legacy-7")).await;
    assert_eq!(new, old);
    let row = world.connection(old);
    assert_eq!((row.provider.as_str(), row.account.expose().as_str()), ("regional", "users/7"));
    assert_eq!(world.connection(other).provider, "formerly");
    // Found by its new account from now on, also without the old one.
    assert_eq!(connect(&world, world.human, "regional", "users/7", None).await, old);
    assert_eq!(world.engine.store.connections_of_account("regional", "users/7").expect("read").len(), 1);
    assert!(world.engine.store.connections_of_account("formerly", "legacy-7").expect("read").is_empty());
    // Somebody else's old account is nobody's.
    let fresh = connect(&world, world.human, "regional", "users/9", Some("legacy-9")).await;
    assert!(fresh != old && fresh != other);
}
