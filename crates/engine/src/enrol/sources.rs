//! What the page shows: the sources on offer and how each stands with this person, in this session.
use hilum_model::ConnectionId;
use hilum_providers::bridge::{BRIDGES, Bridge};
use hilum_providers::spec::Region;
use hilum_providers::{Provider, REGISTRY};
use hilum_store::connections::{Connection, ConnectionState};
use hilum_store::sessions::{Session, SessionMode};

use super::{EnrolError, Failure, Incoming, Settings, files};
use crate::{Engine, Health, health, push};

/// How a source stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SourceState {
    /// Not connected.
    Available,
    /// Not connected; the last try in this session came to nothing.
    Failed(Failure),
    /// Connected.
    Connected(ConnectionId),
    /// Connected, but only the person can mend it, by a new login.
    Attention(ConnectionId),
    /// The new login came back with another account: this one, pending, which the person has to agree to.
    Question(ConnectionId),
    /// A phone is invited and has not posted anything yet.
    Awaiting(ConnectionId),
    /// Its data came with a file.
    Imported(ConnectionId),
    /// Not a source yet: the door for files. How far one is that this session brings.
    Door(Incoming),
}

/// What is shown of a source, whatever its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Face {
    /// Lowercase id.
    pub id: &'static str,
    /// Name for people.
    pub name: &'static str,
    /// A few words for people.
    pub summary: &'static str,
    /// Inline SVG.
    pub icon: &'static str,
}

impl Face {
    /// The provider whose data these are, as the data API names it.
    pub fn provider(&self) -> &'static str {
        files::provider_of(self.id)
    }
}

impl From<&Provider> for Face {
    fn from(p: &Provider) -> Self {
        Self { id: p.id, name: p.name, summary: p.summary, icon: p.icon }
    }
}

impl From<&Bridge> for Face {
    fn from(b: &Bridge) -> Self {
        Self { id: b.id, name: b.name, summary: b.summary, icon: b.icon }
    }
}

/// A source. There is one for each account when a person connected several at one provider.
#[derive(Debug, Clone)]
pub struct SourceView {
    /// What is shown of it.
    pub face: Face,
    /// A sandbox stands in for it.
    pub sandbox: bool,
    /// How it stands.
    pub state: SourceState,
    /// How its data come, if it is connected.
    pub health: Option<Health>,
    /// Region of the account, once it is known.
    pub region: Option<String>,
    /// Regions to choose from before the login.
    pub regions: &'static [Region],
}

impl Engine {
    /// A session by its page's secret and what its page shows.
    pub fn list_sources(&self, page_secret: &str) -> Result<(Session, Settings, Vec<SourceView>), EnrolError> {
        let session = self.session_of_page(page_secret)?;
        let settings = Settings::read(&session.settings)?;
        let views = self.sources(&session, &settings)?;
        Ok((session, settings, views))
    }

    /// The sources of a session: those on offer, and those connected that are no longer on offer.
    pub fn sources(&self, session: &Session, settings: &Settings) -> Result<Vec<SourceView>, EnrolError> {
        let connections = self.shown_connections(session)?;
        let now = self.clock.now();
        let failures = self.live.failures(session.session_id);
        let mut views = Vec::new();
        for provider in REGISTRY.iter().copied() {
            let on_offer = self.config.provider(provider.id);
            let sandbox = on_offer.is_some_and(|p| p.sandbox);
            let mut connected = false;
            let here = || connections.iter().filter(|c| c.provider == provider.id);
            // A question stands in the place of the source that was to be renewed.
            let mut questions = here().filter(|c| c.question).map(|c| c.connection_id);
            for connection in here().filter(|c| !c.question) {
                connected = true;
                let id = connection.connection_id;
                let state = match connection.state {
                    ConnectionState::NeedsReauth if on_offer.is_some() => {
                        questions.next().map_or(SourceState::Attention(id), SourceState::Question)
                    }
                    _ => SourceState::Connected(id),
                };
                let (health, region) = (health(connection, now), connection.region.clone());
                views.push(SourceView {
                    face: provider.into(),
                    sandbox,
                    state,
                    health,
                    region,
                    regions: provider.regions,
                });
            }
            for id in questions {
                connected = true;
                views.push(SourceView {
                    face: provider.into(),
                    sandbox,
                    state: SourceState::Question(id),
                    health: None,
                    region: None,
                    regions: provider.regions,
                });
            }
            if !connected && on_offer.is_some() {
                let state = failures.get(provider.id).map_or(SourceState::Available, |f| SourceState::Failed(*f));
                views.push(SourceView {
                    face: provider.into(),
                    sandbox,
                    state,
                    health: None,
                    region: None,
                    regions: provider.regions,
                });
            }
        }
        for bridge in BRIDGES.iter().copied() {
            let phone = |c: &&Connection| c.provider == bridge.id && c.account.expose() == push::ACCOUNT;
            let connected = connections.iter().find(phone);
            let state = match connected {
                Some(connection) if connection.synced_at.is_none() => SourceState::Awaiting(connection.connection_id),
                Some(connection) => SourceState::Connected(connection.connection_id),
                None if self.config.bridges => SourceState::Available,
                None => continue,
            };
            let health = connected.and_then(|connection| health(connection, now));
            views.push(SourceView { face: bridge.into(), sandbox: false, state, health, region: None, regions: &[] });
        }
        self.file_sources(session, &connections, &mut views)?;
        if let Some(first) = &settings.first {
            views.sort_by_key(|view| view.face.id != first.as_str());
        }
        Ok(views)
    }

    /// The person's connections as this session sees them: real ones (in edit mode), and those pending in this very
    /// session. One that is pending for the account of a real one stands in its place.
    pub(super) fn shown_connections(&self, session: &Session) -> Result<Vec<Connection>, EnrolError> {
        let pending = self.store.pending_connections(session.session_id)?;
        let mut shown = match session.mode {
            // The allotted person is not real yet and has nothing of its own.
            SessionMode::Create => Vec::new(),
            SessionMode::Edit => self.store.connections(session.human_id)?,
        };
        shown.retain(|c| c.state != ConnectionState::Disconnected && !pending.iter().any(|p| same_account(p, c)));
        shown.extend(pending);
        Ok(shown)
    }
}

pub(super) fn same_account(a: &Connection, b: &Connection) -> bool {
    a.provider == b.provider && a.account == b.account
}
