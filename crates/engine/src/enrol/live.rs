//! Open sessions in memory, so that polls are answered without the store (threat T15).
//!
//! A poll token says by itself whose it is and when it ends, under a MAC, so made-up ones cost one hash. After the end
//! of its session, and for any made-up token, there is one and the same answer: nothing.
use std::collections::{BTreeMap, HashMap};
use std::sync::{PoisonError, RwLock};

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hilum_model::{SessionId, Time};
use hilum_store::sessions::Session;
use hilum_store::{Store, StoreError};
use subtle::ConstantTimeEq;

use super::EnrolError;
use crate::Engine;

/// Sessions that may be open at once.
const MAX_OPEN: usize = 100_000;
/// Session id, end of life, MAC.
const TOKEN_BYTES: usize = SessionId::BYTES + 8 + 32;

/// Why the last login at a source came to nothing, as far as the page shows it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// The person said no.
    Denied,
    /// The person said yes, but to nothing.
    NothingGranted,
    /// The provider refused, or answered what makes no sense.
    Refused,
    /// The provider refused, and has regions: perhaps the account lives in another one.
    RefusedInRegion,
    /// The provider did not answer.
    NoAnswer,
    /// The login came back in another browser, or without cookies.
    OtherBrowser,
    /// The session ended meanwhile.
    SessionEnded,
}

#[derive(Debug)]
struct Live {
    version: i64,
    expires_at: Time,
    failures: BTreeMap<String, Failure>,
}

/// Sessions whose page is open, in memory.
#[derive(Debug, Default)]
pub struct LiveSessions(RwLock<HashMap<SessionId, Live>>);

impl LiveSessions {
    /// Loads the open sessions of the store.
    pub fn load(store: &Store) -> Result<Self, StoreError> {
        let open = store.open_sessions()?;
        let live = open.into_iter().map(|s| (s.session_id, Live::of(&s))).collect();
        Ok(Self(RwLock::new(live)))
    }

    /// Whether one more may open. Forgets those that timed out when it gets tight.
    pub(super) fn has_room(&self, now: Time) -> bool {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if map.len() >= MAX_OPEN {
            map.retain(|_, live| live.expires_at > now);
        }
        map.len() < MAX_OPEN
    }

    pub(super) fn insert(&self, session: &Session) {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        map.entry(session.session_id).or_insert_with(|| Live::of(session));
    }

    /// A new version of what the page shows.
    pub(super) fn changed(&self, id: SessionId, version: i64) {
        self.edit(id, |live| live.version = live.version.max(version));
    }

    /// A session lives on until then.
    pub(super) fn extended(&self, id: SessionId, until: Time) {
        self.edit(id, |live| live.expires_at = live.expires_at.max(until));
    }

    pub(super) fn failed(&self, id: SessionId, provider: &str, failure: Failure) {
        self.edit(id, |live| {
            live.failures.insert(provider.to_owned(), failure);
        });
    }

    pub(super) fn succeeded(&self, id: SessionId, provider: &str) {
        self.edit(id, |live| {
            live.failures.remove(provider);
        });
    }

    pub(super) fn failures(&self, id: SessionId) -> BTreeMap<String, Failure> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.get(&id).map(|live| live.failures.clone()).unwrap_or_default()
    }

    /// The session's page has ended.
    pub(super) fn remove(&self, id: SessionId) {
        self.0.write().unwrap_or_else(PoisonError::into_inner).remove(&id);
    }

    fn version(&self, id: SessionId, now: Time) -> Option<i64> {
        let map = self.0.read().unwrap_or_else(PoisonError::into_inner);
        map.get(&id).filter(|live| live.expires_at > now).map(|live| live.version)
    }

    fn edit(&self, id: SessionId, change: impl FnOnce(&mut Live)) {
        let mut map = self.0.write().unwrap_or_else(PoisonError::into_inner);
        if let Some(live) = map.get_mut(&id) {
            change(live);
        }
    }
}

impl Live {
    fn of(session: &Session) -> Self {
        Self { version: session.version, expires_at: session.expires_at, failures: BTreeMap::new() }
    }
}

impl Engine {
    /// The poll token of a session.
    pub fn poll_token(&self, session: &Session) -> String {
        let mut bytes = Vec::with_capacity(TOKEN_BYTES);
        bytes.extend_from_slice(session.session_id.as_bytes());
        bytes.extend_from_slice(&session.expires_at.0.to_be_bytes());
        let mac = self.store.mac("poll", &bytes);
        bytes.extend_from_slice(&mac);
        URL_SAFE_NO_PAD.encode(bytes)
    }

    /// The version of what an open session's page should show; `None` for every token that is unknown, malformed,
    /// expired, or of a session that ended. Never touches the store's data.
    pub fn poll(&self, token: &str) -> Option<i64> {
        let mut bytes = [0; TOKEN_BYTES];
        if URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) != Ok(TOKEN_BYTES) {
            return None;
        }
        let (claim, mac) = bytes.split_at(SessionId::BYTES + 8);
        if !bool::from(self.store.mac("poll", claim).ct_eq(mac)) {
            return None;
        }
        let (id, end) = claim.split_at(SessionId::BYTES);
        let now = self.clock.now();
        let end = Time(i64::from_be_bytes(end.try_into().ok()?));
        self.live.version(SessionId::from_slice(id)?, now).filter(|_| end > now)
    }

    /// Tells the open pages of a session that something changed.
    pub(super) async fn bump(&self, session: SessionId, removed_a_source: bool) -> Result<(), EnrolError> {
        let version = self.store.touch_session(session, removed_a_source).await?;
        self.live.changed(session, version);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::{ClientId, HumanId, Phi};
    use hilum_store::sessions::{SessionMode, SessionState};

    use super::*;

    fn session(n: u32, expires_at: Time) -> Session {
        let mut id = [0; 16];
        id[..4].copy_from_slice(&n.to_be_bytes());
        Session {
            session_id: SessionId(id),
            client_id: ClientId([1; 20]),
            human_id: HumanId([2; 16]),
            mode: SessionMode::Create,
            client_user_id: Phi::new(String::new()),
            state: SessionState::Open,
            settings: String::new(),
            page_secret_hash: [0; 32],
            browser_secret_hash: [0; 32],
            changed: false,
            version: 0,
            created_at: Time(0),
            expires_at,
        }
    }

    #[test]
    fn memory_is_bounded_and_comes_back_with_time() {
        let live = LiveSessions::default();
        for n in 0..MAX_OPEN as u32 - 1 {
            live.insert(&session(n, Time(1000)));
        }
        assert!(live.has_room(Time(0)));
        live.insert(&session(u32::MAX, Time(2000)));
        assert!(!live.has_room(Time(999)));
        assert!(live.has_room(Time(1000)), "those that timed out are forgotten");
        assert_eq!(live.version(session(0, Time(0)).session_id, Time(0)), None);
        assert_eq!(live.version(session(u32::MAX, Time(0)).session_id, Time(1000)), Some(0));
    }

    #[test]
    fn versions_grow_and_end() {
        let live = LiveSessions::default();
        let session = session(7, Time(1000));
        let id = session.session_id;
        live.insert(&session);
        live.changed(id, 3);
        live.changed(id, 2);
        assert_eq!(live.version(id, Time(999)), Some(3), "an older write that is told later does not count");
        assert_eq!(live.version(id, Time(1000)), None, "expired");
        live.failed(id, "oura", Failure::Denied);
        assert_eq!(live.failures(id).get("oura"), Some(&Failure::Denied));
        live.succeeded(id, "oura");
        assert!(live.failures(id).is_empty());
        live.remove(id);
        live.changed(id, 4);
        assert_eq!(live.version(id, Time(0)), None, "ended for good");
    }
}
