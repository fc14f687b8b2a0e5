//! Files that the Connect page brings: the door for them, what comes through it, and the sources that they become.
//!
//! A file belongs to the session. It comes in, is looked through, so that the person sees what it holds, and waits. When
//! the app's server exchanges the token, it is the person's and is read; if nobody does, it is removed.

use std::net::IpAddr;
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use hilum_model::{ImportId, SessionId};
use hilum_store::StoreError;
use hilum_store::apps::App;
use hilum_store::connections::Connection;
use hilum_store::imports::{Import, ImportState};
use hilum_store::sessions::Session;

use super::sources::{Face, SourceState, SourceView};
use super::{EnrolError, SESSION_MS, Settings};
use crate::Engine;
use crate::import::{ACCOUNT, FileName, Report, UploadError, Whose};
use crate::rate::{Network, Rate};

/// Name of the door, among the names of sources.
pub const DOOR: &str = "import";

/// Requests with files, or with parts of them, within ten minutes: of a session.
const PER_SESSION: u32 = 300;
/// The same from one address.
const PER_ADDRESS: u32 = 1500;
/// Files of all sessions that are not finalised hold at the most so many times the largest file.
const ROOM: u64 = 4;
/// How often a session with an upload under way is kept open.
const KEEP_EVERY: Duration = Duration::from_mins(5);
/// Life of a session with uploads at the most, ms: twelve hours.
const LONGEST_MS: i64 = 12 * 3_600_000;
/// Longest name of a file that is kept, characters.
const NAME_MAX: usize = 200;

const ICON: &str = r#"<svg viewBox="0 0 24 24" fill="none" stroke="currentColor" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round"><path d="M13.5 3.5H7A1.5 1.5 0 0 0 5.5 5v14A1.5 1.5 0 0 0 7 20.500h10a1.5 1.5 0 0 0 1.5-1.500V8.500zM13.500 3.500v5h5M12 17.500v-5.500M9.500 14.200L12 11.700l2.500 2.500"/></svg>"#;

const fn face(id: &'static str, name: &'static str, summary: &'static str) -> Face {
    Face { id, name, summary, icon: ICON }
}

/// What files become, by the id of their source. The row of a source has a name of its own, for the same source may be
/// connected by login or from a phone as well.
const FACES: [(&str, Face); 5] = [
    ("apple_health", face("apple_health_export", "Apple Health export", "All that the Health app on an iPhone keeps")),
    ("fitbit_export", face("fitbit_export", "Fitbit archive", "An export from Fitbit or Google Takeout")),
    ("oura_export", face("oura_export", "Oura export", "An export of an Oura account")),
    ("withings_export", face("withings_export", "Withings export", "An export of a Withings account")),
    ("file", face("files", "Activity files", "FIT, GPX and TCX files and tables")),
];

/// The provider of the row with that id.
pub(super) fn provider_of(face: &'static str) -> &'static str {
    FACES.iter().find(|(_, known)| known.id == face).map_or(face, |(provider, _)| provider)
}

/// How far a file is that a session brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Incoming {
    /// There is none under way.
    None,
    /// One comes in, or its upload broke off.
    Coming,
    /// One is looked through.
    Reading,
}

/// What the page says of a file before it comes.
#[derive(Debug, Clone)]
pub struct FileTold {
    /// Its name.
    pub name: String,
    /// Its bytes.
    pub bytes: u64,
    /// When it was changed last, ms.
    pub modified: i64,
}

/// What the door shows.
#[derive(Debug)]
pub struct Offered {
    /// The app that the person connects for.
    pub app: App,
    /// Settings of the session: they say where to go on.
    pub settings: Settings,
    /// Files that this session brought, newest first, each with what was found.
    pub files: Vec<(Import, Report)>,
}

/// What tells callers apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
enum Key {
    Session(SessionId),
    From(Network),
}

/// Uploads of late.
#[derive(Debug, Default)]
pub(crate) struct UploadLimit(Rate<Key>);

impl Engine {
    /// What the door for files shows.
    pub fn offered_files(&self, page_secret: &str) -> Result<Offered, EnrolError> {
        let session = self.session_of_page(page_secret)?;
        let app = self.store.app(session.client_id)?.ok_or(EnrolError::SessionGone)?;
        let settings = Settings::read(&session.settings)?;
        let imports = self.store.session_imports(session.session_id)?;
        let files =
            imports.into_iter().map(|import| (Report::of(&import.report), import)).map(|(r, i)| (i, r)).collect();
        Ok(Offered { app, settings, files })
    }

    /// A file is to come. One that broke off goes on where it was: the import, and how many bytes of it are here.
    pub async fn offer_file(
        &self,
        page_secret: &str,
        file: FileTold,
        from: Option<IpAddr>,
    ) -> Result<(Import, u64), UploadError> {
        let session = self.may_upload(page_secret, from)?;
        let whose = Whose { human: session.human_id, session: Some(session.session_id) };
        let name = FileName { name: file.name.chars().take(NAME_MAX).collect(), modified: file.modified };
        let known = self.store.session_imports(session.session_id)?.into_iter().find(|import| {
            import.state == ImportState::Receiving
                && import.bytes_total == Some(file.bytes)
                && Report::of(&import.report).file.as_ref() == Some(&name)
        });
        if let Some(import) = known {
            let received = self.store.spooled_bytes(import.import_id)?;
            return Ok((import, received));
        }
        let room = self.config.imports.max_bytes.saturating_mul(ROOM);
        if self.store.pending_import_bytes()?.saturating_add(file.bytes) > room {
            return Err(UploadError::NoRoom);
        }
        let report = Report { file: Some(name), ..Report::default() };
        let begun = match self.begin_file(whose, Some(file.bytes), &report).await {
            Err(UploadError::Over) => return Err(EnrolError::SessionGone.into()),
            begun => begun?,
        };
        self.session_news(session.session_id).await?;
        Ok((begun, 0))
    }

    /// Takes in what follows byte `offset` of such a file.
    pub async fn receive_file<E>(
        &self,
        page_secret: &str,
        id: ImportId,
        offset: u64,
        from: Option<IpAddr>,
        body: impl Stream<Item = Result<Bytes, E>> + Unpin,
    ) -> Result<Import, UploadError> {
        let session = self.may_upload(page_secret, from)?;
        let whose = Whose { human: session.human_id, session: Some(session.session_id) };
        let upload = self.receive_upload(whose, id, offset, body);
        tokio::pin!(upload);
        let received = loop {
            // A large file takes longer than a session lives without it.
            self.keep_open(&session).await?;
            tokio::select! {
                received = &mut upload => break received,
                () = tokio::time::sleep(KEEP_EVERY) => {}
            }
        };
        self.session_news(session.session_id).await?;
        received
    }

    /// A session with an upload lives on, to a bound. What is finished meanwhile has an end of its own.
    async fn keep_open(&self, session: &Session) -> Result<(), StoreError> {
        let until = self.clock.now().plus_ms(SESSION_MS).min(session.created_at.plus_ms(LONGEST_MS));
        match self.store.extend_session(session.session_id, until).await {
            Ok(()) => self.live.extended(session.session_id, until),
            Err(StoreError::NotFound) => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// The person wants a file no more: nothing of it is taken.
    pub async fn withdraw_file(&self, page_secret: &str, id: ImportId) -> Result<Import, UploadError> {
        let session = self.session_of_page(page_secret)?;
        let whose = Whose { human: session.human_id, session: Some(session.session_id) };
        let cancelled = self.cancel_import(whose, id).await?;
        self.session_news(session.session_id).await?;
        Ok(cancelled)
    }

    fn may_upload(&self, page_secret: &str, from: Option<IpAddr>) -> Result<Session, UploadError> {
        let session = self.session_of_page(page_secret)?;
        let keys = [
            Some((Key::Session(session.session_id), PER_SESSION)),
            from.map(|address| (Key::From(Network::of(address)), PER_ADDRESS)),
        ];
        let taken = self.upload_limit.0.take(keys.into_iter().flatten(), self.clock.now());
        taken.map_err(UploadError::TooOften)?;
        Ok(session)
    }

    /// Whether a file of the session has come in whole, and is not looked through yet.
    pub(super) fn brings_a_file(&self, session: SessionId) -> Result<bool, StoreError> {
        let files = self.store.session_imports(session)?;
        Ok(files.iter().any(|file| matches!(file.state, ImportState::Waiting | ImportState::Reading)))
    }

    /// The sources that files have become, and the door for more.
    pub(super) fn file_sources(
        &self,
        session: &Session,
        connections: &[Connection],
        views: &mut Vec<SourceView>,
    ) -> Result<(), EnrolError> {
        let mut show = |face, state| {
            views.push(SourceView { face, sandbox: false, state, health: None, region: None, regions: &[] });
        };
        for (source, face) in FACES {
            let here = |c: &&Connection| c.provider == source && c.account.expose() == ACCOUNT;
            for connection in connections.iter().filter(here) {
                show(face, SourceState::Imported(connection.connection_id));
            }
        }
        let files = self.store.session_imports(session.session_id)?;
        let incoming = match files.first().map(|file| file.state) {
            Some(ImportState::Receiving) => Incoming::Coming,
            Some(ImportState::Waiting | ImportState::Reading) => Incoming::Reading,
            Some(ImportState::Done | ImportState::Failed) | None => Incoming::None,
        };
        let door = face(DOOR, "Import a file", "Exports of Apple Health, Fitbit, Oura, Withings; FIT, GPX, TCX");
        show(door, SourceState::Door(incoming));
        Ok(())
    }
}
