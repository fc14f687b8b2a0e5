//! Secrets of an enrolment: random ones, and those that are worked out from a session's id.
use hilum_model::world::random_bytes;
use hilum_model::{Random, Secret, SessionId};
use hilum_store::Store;

/// Lowercase hex of `N` random bytes.
pub(super) fn random_hex<const N: usize>(random: &dyn Random) -> Secret<String> {
    let bytes = Secret::new(random_bytes::<N>(random));
    Secret::new(hex::encode(bytes.expose()))
}

/// The session token, 32 hex. It is a MAC of the session's id, so that a page that asks twice how its session ended
/// is told the same, although the store has only the token's hash.
pub(super) fn session_token(store: &Store, id: SessionId) -> Secret<String> {
    derived(store, "session-token", id)
}

/// What the page announces when it opens: of a session token's form, as old scripts insist, but good for nothing.
pub(super) fn open_token(store: &Store, id: SessionId) -> String {
    derived(store, "open-token", id).expose().clone()
}

/// The secret that a page's actions carry, 64 hex: a MAC of the browser's resume secret, so that every page of this
/// browser in this session has the same.
pub(super) fn page_secret(store: &Store, browser_secret: &str) -> Secret<String> {
    let mac = Secret::new(store.mac("page-secret", browser_secret.as_bytes()));
    Secret::new(hex::encode(mac.expose()))
}

fn derived(store: &Store, purpose: &str, id: SessionId) -> Secret<String> {
    let mac = Secret::new(store.mac(purpose, id.as_bytes()));
    Secret::new(hex::encode(&mac.expose()[..16]))
}

#[cfg(test)]
mod tests {
    use hilum_model::world::SeededRandom;

    use super::*;

    #[test]
    fn random_and_long_enough() {
        let random = SeededRandom::new(1);
        let (a, b) = (random_hex::<32>(&random), random_hex::<32>(&random));
        assert_eq!((a.expose().len(), b.expose().len()), (64, 64));
        assert_ne!(a.expose(), b.expose());
    }
}
