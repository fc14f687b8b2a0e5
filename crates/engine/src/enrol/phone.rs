//! A source that pushes from the person's phone: instead of a login there is a secret address for an app on the phone.

use hilum_model::{ConnectionId, Phi, Secret, SessionId};
use hilum_providers::bridge::{Bridge, bridge};
use hilum_store::StoreError;
use hilum_store::apps::App;
use hilum_store::connections::NewConnection;
use hilum_store::hash_token;

use super::secrets::random_hex;
use super::{EnrolError, Settings};
use crate::Engine;
use crate::push::ACCOUNT;

/// A phone that was invited to post.
#[derive(Debug)]
pub struct Invited {
    /// The bridge.
    pub bridge: &'static Bridge,
    /// Where its app posts. The address is a secret.
    pub address: Secret<String>,
    /// The app that the person connects for.
    pub app: App,
    /// Settings of the session: they say where to go on.
    pub settings: Settings,
}

impl Engine {
    /// The bridges on offer.
    pub fn bridges(&self) -> &'static [&'static Bridge] {
        if self.config.bridges { hilum_providers::bridge::BRIDGES } else { &[] }
    }

    /// Something happened to what a session brings, a phone's first post for instance: its page shows it. A session that
    /// has ended meanwhile shows nothing.
    pub(crate) async fn session_news(&self, session: SessionId) -> Result<(), StoreError> {
        match self.store.touch_session(session, false).await {
            Ok(version) => self.live.changed(session, version),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Invites the person's phone: a connection that is pending in the session, and its secret address. Asking again
    /// in the same session makes a new address; the one before ends.
    pub async fn invite_phone(&self, page_secret: &str, id: &str) -> Result<Invited, EnrolError> {
        let session = self.session_of_page(page_secret)?;
        let bridge = bridge(id).filter(|_| self.config.bridges).ok_or(EnrolError::UnknownSource)?;
        let app = self.store.app(session.client_id)?.ok_or(EnrolError::SessionGone)?;
        let settings = Settings::read(&session.settings)?;
        let connection = self
            .store
            .add_connection(NewConnection {
                human_id: session.human_id,
                connection_id: ConnectionId::random(&*self.random),
                provider: bridge.id.to_owned(),
                pending: Some(session.session_id),
                account: Phi::new(ACCOUNT.to_owned()),
                scopes: Vec::new(),
                tokens: None,
            })
            .await?;
        let key = random_hex::<32>(&*self.random);
        self.store.set_push_key(session.human_id, connection, hash_token(key.expose())).await?;
        if settings.by_token {
            self.settle(&session, Some(connection)).await?;
        }
        self.live.succeeded(session.session_id, bridge.id);
        self.bump(session.session_id, false).await?;
        let base = self.config.public_url.as_str().trim_end_matches('/');
        let address = Secret::new(format!("{base}/push/{}", key.expose()));
        Ok(Invited { bridge, address, app, settings })
    }
}
