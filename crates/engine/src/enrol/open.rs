//! Opening Connect: who asks, for whom, in which mode; a new session, or the one that this browser had open.
use std::net::IpAddr;

use hilum_model::{HumanId, Phi, Secret, SessionId};
use hilum_store::apps::App;
use hilum_store::hash_token;
use hilum_store::sessions::{NewSession, Session, SessionMode, SessionState};

use super::secrets::{open_token, page_secret, random_hex};
use super::{CLIENT_USER_ID_MAX, EnrolError, RedirectForm, SESSION_MS, Settings, Window, allowed_redirect};
use crate::Engine;

/// What the address of the Connect page says, in one spelling, decoded. An empty value counts as absent.
#[derive(Debug, Clone, Default)]
pub struct Launch {
    /// `clientId`. The script of 2014 leaves it out in edit mode.
    pub client_id: Option<String>,
    /// `clientUserId`.
    pub client_user_id: Option<Phi<String>>,
    /// `publicToken`.
    pub public_token: Option<Secret<String>>,
    /// `finish_url`: the redirect form.
    pub finish_url: Option<String>,
    /// `close_url`.
    pub close_url: Option<String>,
    /// `modal`.
    pub modal: bool,
    /// `sourceId`.
    pub source_id: Option<String>,
    /// Opened at `/`, not at `/embed`.
    pub at_root: bool,
}

/// An open session, as its page needs it.
#[derive(Debug)]
pub struct Opened {
    /// The app.
    pub app: App,
    /// The session.
    pub session: Session,
    /// Its settings.
    pub settings: Settings,
    /// The secret that the page's actions carry, 64 hex.
    pub page_secret: Secret<String>,
    /// The secret for the resume cookie; `None` when the browser has it already.
    pub browser_secret: Option<Secret<String>>,
    /// A value for `hapi-connect-open`.
    pub open_token: String,
}

/// For whom Connect opens.
#[derive(Debug)]
pub(super) struct Whose {
    pub(super) mode: SessionMode,
    /// Existing, or allotted.
    pub(super) human_id: HumanId,
    pub(super) client_user_id: Phi<String>,
}

impl Engine {
    /// The app that an address is about: by its id, or else by the person whose public token it carries.
    pub fn launch_app(&self, launch: &Launch) -> Result<App, EnrolError> {
        let id = match (&launch.client_id, &launch.public_token) {
            (Some(id), _) => id.parse().ok(),
            (None, Some(token)) => self.store.human_by_public_token(&hash_token(token.expose()))?.map(|h| h.client_id),
            (None, None) => None,
        };
        let app = id.map(|id| self.store.app(id)).transpose()?.flatten();
        app.ok_or(EnrolError::UnknownApp)
    }

    /// Opens Connect. `from` is the client's network address if known; `cookie` gives the value of the browser's
    /// resume cookie of that short name, if it has one.
    pub async fn open(
        &self,
        app: App,
        launch: Launch,
        from: Option<IpAddr>,
        cookie: impl Fn(&str) -> Option<String> + Send,
    ) -> Result<Opened, EnrolError> {
        if launch.client_user_id.as_ref().is_some_and(|id| id.expose().len() > CLIENT_USER_ID_MAX) {
            return Err(EnrolError::ClientUserIdTooLong);
        }
        let redirect = self.redirect_form(&app, &launch)?;
        let whose = match &launch.public_token {
            Some(token) => self.edited_person(&app, token, launch.client_user_id.as_ref())?,
            None => self.new_person(&app, launch.client_user_id.as_ref(), from)?,
        };
        let settings = Settings {
            window: window(redirect.as_ref(), launch.at_root),
            redirect,
            modal: launch.modal,
            first: launch.source_id,
            oauth: None,
            by_token: false,
            resume: self.resume_name(&app, &whose.client_user_id, whose.mode),
        };
        self.open_for(app, whose, settings, from, cookie).await
    }

    /// Opens Connect for somebody, or goes on with what this browser had open in the same way.
    pub(super) async fn open_for(
        &self,
        app: App,
        whose: Whose,
        settings: Settings,
        from: Option<IpAddr>,
        cookie: impl Fn(&str) -> Option<String> + Send,
    ) -> Result<Opened, EnrolError> {
        let Whose { mode, human_id, client_user_id } = &whose;
        if let Some(secret) = cookie(&settings.resume)
            && let Some(session) = self.open_session_of(&secret)?
            && session.client_id == app.client_id
            && session.mode == *mode
            && session.client_user_id == *client_user_id
            && (*mode == SessionMode::Create || session.human_id == *human_id)
            && session.settings == settings.write()
        {
            return Ok(self.resumed(app, session, settings, &secret));
        }
        let browser_secret = random_hex::<32>(&*self.random);
        let mut opened = self.open_new(app, whose, settings, from, &browser_secret).await?;
        opened.browser_secret = Some(browser_secret);
        Ok(opened)
    }

    /// A new session, for the browser that holds this secret.
    pub(super) async fn open_new(
        &self,
        app: App,
        whose: Whose,
        settings: Settings,
        from: Option<IpAddr>,
        browser_secret: &Secret<String>,
    ) -> Result<Opened, EnrolError> {
        self.open_limit
            .take(self.config.open_limits, app.client_id, from, self.clock.now())
            .map_err(EnrolError::OpenedTooOften)?;
        if !self.live.has_room(self.clock.now()) {
            return Err(EnrolError::Busy);
        }
        let session_id = SessionId::random(&*self.random);
        let page_secret = page_secret(&self.store, browser_secret.expose(), session_id);
        let session = self
            .store
            .create_session(NewSession {
                session_id,
                client_id: app.client_id,
                human_id: whose.human_id,
                mode: whose.mode,
                client_user_id: whose.client_user_id,
                settings: settings.write(),
                page_secret_hash: hash_token(page_secret.expose()),
                browser_secret_hash: hash_token(browser_secret.expose()),
                expires_at: self.clock.now().plus_ms(SESSION_MS),
            })
            .await?;
        self.live.insert(&session);
        Ok(self.resumed(app, session, settings, browser_secret.expose()))
    }

    /// The open session of the browser that holds this resume secret: after a login in the same window, and at reload.
    pub fn reopen(&self, browser_secret: &str) -> Result<Opened, EnrolError> {
        let session = self.open_session_of(browser_secret)?.ok_or(EnrolError::SessionGone)?;
        let app = self.store.app(session.client_id)?.ok_or(EnrolError::SessionGone)?;
        let settings = Settings::read(&session.settings)?;
        Ok(self.resumed(app, session, settings, browser_secret))
    }

    /// The session that a page's secret opens, if it is still open.
    pub(super) fn session_of_page(&self, page_secret: &str) -> Result<Session, EnrolError> {
        let session = self.store.session_by_page_secret(&hash_token(page_secret))?;
        session.filter(|s| self.is_open(s)).ok_or(EnrolError::SessionGone)
    }

    pub(super) fn is_open(&self, session: &Session) -> bool {
        session.state == SessionState::Open && session.expires_at > self.clock.now()
    }

    pub(super) fn open_session_of(&self, browser_secret: &str) -> Result<Option<Session>, EnrolError> {
        let session = self.store.session_by_browser_secret(&hash_token(browser_secret))?;
        Ok(session.filter(|s| self.is_open(s)))
    }

    /// A reload, or a second tab of the same browser: the same session with the same page secret, so that neither page
    /// disturbs the other.
    pub(super) fn resumed(&self, app: App, session: Session, settings: Settings, browser_secret: &str) -> Opened {
        let page_secret = page_secret(&self.store, browser_secret, session.session_id);
        let open_token = open_token(&self.store, session.session_id);
        Opened { app, session, settings, page_secret, browser_secret: None, open_token }
    }

    /// The redirect form that an address asks for, checked; `None` for the framed form.
    pub fn redirect_form(&self, app: &App, launch: &Launch) -> Result<Option<RedirectForm>, EnrolError> {
        let checked = |url: &String| {
            if allowed_redirect(&self.config, app, url) { Ok(url.clone()) } else { Err(EnrolError::RedirectNotAllowed) }
        };
        match (&launch.finish_url, &launch.close_url) {
            (None, None) => Ok(None),
            (None, Some(_)) => Err(EnrolError::MissingFinishUrl),
            (Some(finish), close) => {
                let finish_url = checked(finish)?;
                let close_url = match close {
                    Some(close) => checked(close)?,
                    None => format!("{}/blank/hc-close", self.config.public_url.as_str().trim_end_matches('/')),
                };
                Ok(Some(RedirectForm { finish_url, close_url }))
            }
        }
    }

    /// Edit mode: the public token alone says who; what else the address says must agree with it.
    pub(super) fn edited_person(
        &self,
        app: &App,
        token: &Secret<String>,
        client_user_id: Option<&Phi<String>>,
    ) -> Result<Whose, EnrolError> {
        let human = self.store.human_by_public_token(&hash_token(token.expose()))?;
        let human = human.filter(|h| h.client_id == app.client_id).ok_or(EnrolError::InvalidPublicToken)?;
        if client_user_id.is_some_and(|id| *id != human.client_user_id) {
            return Err(EnrolError::InvalidPublicToken);
        }
        Ok(Whose { mode: SessionMode::Edit, human_id: human.human_id, client_user_id: human.client_user_id })
    }

    /// Create mode: only for somebody whom the app does not have; never tells too many strangers whom it has.
    pub(super) fn new_person(
        &self,
        app: &App,
        client_user_id: Option<&Phi<String>>,
        from: Option<IpAddr>,
    ) -> Result<Whose, EnrolError> {
        let id = client_user_id.ok_or(EnrolError::MissingClientUserId)?;
        let now = self.clock.now();
        let mac = self.store.mac("exists-budget", id.expose().as_bytes());
        let mut user = [0; 16];
        user.copy_from_slice(&mac[..16]);
        let exhausted = self.exists_budget.exhausted(app.client_id, from, user, now);
        // Were only known users refused, the refusal itself would tell. But where nobody knows who asks (a proxy that
        // does not say), refusing everybody would let one stranger shut the app.
        if exhausted && from.is_some() {
            return Err(EnrolError::TooManyRequests);
        }
        if self.store.human_by_client_user_id(app.client_id, id.expose())?.is_some() {
            if exhausted {
                return Err(EnrolError::TooManyRequests);
            }
            self.exists_budget.spend(app.client_id, from, user, now);
            return Err(EnrolError::UserAlreadyExists);
        }
        Ok(Whose { mode: SessionMode::Create, human_id: HumanId::random(&*self.random), client_user_id: id.clone() })
    }

    /// Names the resume cookie of (app, person, mode), so that sessions of several people in one browser do not
    /// displace each other.
    pub(super) fn resume_name(&self, app: &App, client_user_id: &Phi<String>, mode: SessionMode) -> String {
        let mut message = app.client_id.as_bytes().to_vec();
        message.push(u8::from(mode == SessionMode::Edit));
        message.extend_from_slice(client_user_id.expose().as_bytes());
        hex::encode(&self.store.mac("resume-name", &message)[..4])
    }
}

/// Web views of the vendor's iOS SDK and of Cordova on iOS start at `/` with these targets and open addresses with
/// `popup=1` in a second web view; all others stay in one window.
fn window(redirect: Option<&RedirectForm>, at_root: bool) -> Window {
    match redirect {
        None => Window::Popup,
        Some(form)
            if at_root && ["https://connect-token", "https://hapi-finish"].contains(&form.finish_url.as_str()) =>
        {
            Window::WebView
        }
        Some(_) => Window::Same,
    }
}
