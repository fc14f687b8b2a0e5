//! Connect by a token that the app's server asked for with its secret: a session token for somebody new, an id token for a
//! known person. Both open it as often as they are shown while they live; what is open goes on.
//!
//! The app has said before for whom it is, so what comes back from a source is the person's own at once: nothing waits
//! for a second word of the app. `docs/decisions/0017` weighs that.

use std::net::IpAddr;

use hilum_model::{ClientId, ConnectionId, Secret};
use hilum_store::apps::App;
use hilum_store::hash_token;
use hilum_store::sessions::{Session, SessionMode, Settled};

use super::open::Whose;
use super::secrets::{browser_secret, told_of_launch_token};
use super::{EnrolError, Opened, Settings, Window};
use crate::Engine;

impl Engine {
    /// The app that a token or, where it is none, a client id names: whose page may be told that the token is no good.
    pub fn token_app(&self, token: &str, client_id: Option<&str>) -> Result<App, EnrolError> {
        let told: Option<ClientId> = told_of_launch_token(token).map(|(app, _)| app);
        let id = told.or_else(|| client_id?.parse().ok()).ok_or(EnrolError::SessionTokenInvalid)?;
        self.store.app(id)?.ok_or(EnrolError::SessionTokenInvalid)
    }

    /// Opens Connect for the person of a token.
    pub async fn open_by_token(
        &self,
        app: App,
        token: &Secret<String>,
        from: Option<IpAddr>,
    ) -> Result<Opened, EnrolError> {
        if token.expose().is_empty() {
            return Err(EnrolError::MissingSessionToken);
        }
        let now = self.clock.now();
        let launch = self.store.launch(&hash_token(token.expose()))?.filter(|launch| launch.client_id == app.client_id);
        let Some(launch) = launch else {
            // One that has ended is forgotten; that it once was good cannot be told from its looks, and needs not be.
            let ended = told_of_launch_token(token.expose()).is_some_and(|(_, until)| until <= now);
            return Err(if ended { EnrolError::SessionTokenExpired } else { EnrolError::SessionTokenInvalid });
        };
        if launch.expires_at <= now {
            return Err(EnrolError::SessionTokenExpired);
        }
        let secret = browser_secret(&self.store, token.expose());
        let opened = if let Some(session) = self.open_session_of(secret.expose())? {
            let settings = Settings::read(&session.settings)?;
            self.resumed(app, session, settings, secret.expose())
        } else {
            let mode = if launch.real { SessionMode::Edit } else { SessionMode::Create };
            let settings = Settings {
                redirect: None,
                window: Window::Popup,
                modal: false,
                first: None,
                oauth: None,
                by_token: true,
                resume: self.resume_name(&app, &launch.client_user_id, mode),
            };
            let whose = Whose { mode, human_id: launch.human_id, client_user_id: launch.client_user_id };
            self.open_new(app, whose, settings, from, &secret).await?
        };
        Ok(Opened { browser_secret: Some(secret), ..opened })
    }

    /// What a session by token brought becomes the person's own: one connection, or all and the files. Fails with `SessionGone` when there is no such session any more, or no room for its person.
    pub(super) async fn settle(&self, session: &Session, only: Option<ConnectionId>) -> Result<(), EnrolError> {
        match self.store.settle(session.session_id, only).await? {
            Settled::Own(connections) => {
                if !connections.is_empty() {
                    self.wake_jobs();
                }
                Ok(())
            }
            Settled::Over => Err(EnrolError::SessionGone),
            Settled::AlreadyEnrolled => {
                self.discard(session).await?;
                Err(EnrolError::UserAlreadyExists)
            }
        }
    }
}
