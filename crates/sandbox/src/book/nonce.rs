//! Nonces for signed calls (Withings): each good for one call within thirty minutes.

use hilum_model::{Random, Time};

use super::{Book, token};

const LIFE_S: i64 = 1800;

#[derive(Debug)]
pub(super) struct Nonce {
    provider: &'static str,
    client_id: String,
    expires: Time,
}

impl Book {
    pub(crate) fn nonce(&mut self, provider: &'static str, client_id: &str, now: Time, random: &dyn Random) -> String {
        self.nonces.retain(|_, nonce| now < nonce.expires);
        let text = token(random);
        let nonce = Nonce { provider, client_id: client_id.to_owned(), expires: now.plus_s(LIFE_S) };
        self.nonces.insert(text.clone(), nonce);
        text
    }

    /// Uses a nonce up; `false` if it is not one of this client, used or too old.
    pub(crate) fn use_nonce(&mut self, provider: &str, client_id: &str, shown: &str, now: Time) -> bool {
        let fits = |n: &Nonce| n.provider == provider && n.client_id == client_id && now < n.expires;
        if !self.nonces.get(shown).is_some_and(fits) {
            return false;
        }
        self.nonces.remove(shown);
        true
    }
}
