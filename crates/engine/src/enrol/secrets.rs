//! Secrets of an enrolment: random ones, and those that are worked out from a session's id.
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use hilum_model::world::random_bytes;
use hilum_model::{ClientId, Random, Secret, SessionId, Time};
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

/// The secret that a page's actions carry, 64 hex: a MAC of the browser's resume secret and the session, so that every
/// page of this browser in this session has the same.
pub(super) fn page_secret(store: &Store, browser_secret: &str, id: SessionId) -> Secret<String> {
    let message = Secret::new([id.as_bytes(), browser_secret.as_bytes()].concat());
    let mac = Secret::new(store.mac("page-secret", message.expose()));
    Secret::new(hex::encode(mac.expose()))
}

/// The resume secret of whoever holds a token that opens Connect, 64 hex.
pub(super) fn browser_secret(store: &Store, launch_token: &str) -> Secret<String> {
    let mac = Secret::new(store.mac("launch-token", launch_token.as_bytes()));
    Secret::new(hex::encode(mac.expose()))
}

/// A token that opens Connect, 70 characters of `A-Za-z0-9-_`: the app, the end, 24 random bytes. The first two are no
/// secrets and prove nothing; they let the page of a token that is no good (any more) say so to the right app.
pub(super) fn launch_token(random: &dyn Random, app: ClientId, until: Time) -> Secret<String> {
    let secret = Secret::new(random_bytes::<24>(random));
    let bytes = Secret::new([app.as_bytes(), until.0.to_be_bytes().as_slice(), secret.expose().as_slice()].concat());
    Secret::new(URL_SAFE_NO_PAD.encode(bytes.expose()))
}

/// The app and the end that a token names; `None` if it has not the form of one.
pub(super) fn told_of_launch_token(token: &str) -> Option<(ClientId, Time)> {
    let mut bytes = [0; ClientId::BYTES + 8 + 24];
    (URL_SAFE_NO_PAD.decode_slice(token, &mut bytes) == Ok(bytes.len())).then_some(())?;
    let (app, rest) = bytes.split_at(ClientId::BYTES);
    let (until, _) = rest.split_at(8);
    Some((ClientId::from_slice(app)?, Time(i64::from_be_bytes(until.try_into().ok()?))))
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
    fn a_launch_token_says_whose_it_is() {
        let token = launch_token(&SeededRandom::new(1), ClientId([7; 20]), Time(1_234));
        // 52 bytes, in base64 without padding: 69.3 characters.
        assert_eq!(token.expose().len(), 70);
        assert_eq!(told_of_launch_token(token.expose()), Some((ClientId([7; 20]), Time(1_234))));
        for bad in ["", "undefined", &token.expose()[1..], &format!("{}A", token.expose())] {
            assert_eq!(told_of_launch_token(bad), None, "{bad}");
        }
    }

    #[test]
    fn random_and_long_enough() {
        let random = SeededRandom::new(1);
        let (a, b) = (random_hex::<32>(&random), random_hex::<32>(&random));
        assert_eq!((a.expose().len(), b.expose().len()), (64, 64));
        assert_ne!(a.expose(), b.expose());
    }
}
