//! Who was granted what: codes, families of tokens and their rotation, nonces. Pure memory; the time and the random
//! bytes are handed in, and nothing here knows HTTP.

mod family;
mod nonce;
mod seal;

use std::collections::BTreeMap;

use hilum_model::{Random, Time, world::random_bytes};
use hilum_providers::persona::Persona;
use hilum_providers::sandbox::Refusal;
use hilum_providers::spec::Rotation;

pub(crate) use family::{Family, Issued};

/// A request for consent that the person allowed.
#[derive(Debug, Clone)]
pub(crate) struct Consent {
    pub(crate) provider: &'static str,
    pub(crate) client_id: String,
    pub(crate) redirect_uri: String,
    /// PKCE, if the client sent one.
    pub(crate) challenge: Option<String>,
    pub(crate) scopes: Vec<String>,
    pub(crate) persona: &'static Persona,
}

/// What a client shows to turn a code into tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Exchange<'a> {
    pub(crate) provider: &'static str,
    pub(crate) client_id: &'a str,
    pub(crate) code: &'a str,
    pub(crate) redirect_uri: Option<&'a str>,
    pub(crate) verifier: Option<&'a str>,
}

/// On what terms a client gets tokens.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Terms<'a> {
    pub(crate) rotation: Rotation,
    pub(crate) access_ttl_s: u32,
    /// The client's secret, under which refresh tokens are sealed.
    pub(crate) secret: &'a str,
    /// Refresh tokens of an earlier sandbox are taken up.
    pub(crate) adopt: bool,
    /// The account's id of a person.
    pub(crate) account: fn(&Persona) -> String,
    /// Makes an access token of a random text and the account's id, where it is not any text.
    pub(crate) access_token: Option<fn(&str, &str) -> String>,
}

#[derive(Debug)]
struct Code {
    consent: Consent,
    expires: Time,
    used: bool,
}

#[derive(Debug)]
struct Access {
    family: usize,
    generation: usize,
    expires: Time,
}

#[derive(Debug)]
struct Refresh {
    family: usize,
    generation: usize,
    /// When a newer one took its place.
    superseded: Option<Time>,
}

/// The books of all providers.
#[derive(Debug, Default)]
pub(crate) struct Book {
    codes: BTreeMap<String, Code>,
    pub(crate) families: Vec<Family>,
    access: BTreeMap<String, Access>,
    refresh: BTreeMap<String, Refresh>,
    nonces: BTreeMap<String, nonce::Nonce>,
    /// Codes that came a second time.
    pub(crate) code_replays: u64,
    /// Refresh tokens that came after a newer one had taken their place and did not work any more.
    pub(crate) refresh_reuses: u64,
}

impl Book {
    /// Makes a code for a consent.
    pub(crate) fn grant(&mut self, consent: Consent, ttl_s: i64, now: Time, random: &dyn Random) -> String {
        // Codes are kept for a while after their end, so that a replay is seen as one.
        self.codes.retain(|_, code| now < code.expires.plus_s(3600));
        let code = token(random);
        self.codes.insert(code.clone(), Code { consent, expires: now.plus_s(ttl_s), used: false });
        code
    }

    /// The person behind a code that may still be used, or was.
    pub(crate) fn persona_of_code(&self, code: &str) -> Option<&'static Persona> {
        self.codes.get(code).map(|c| c.consent.persona)
    }

    /// Turns a code into the first tokens of a family. A code works once, in its time, for its client and redirect
    /// URI, and with the verifier that fits its challenge; a wrong try does not use it up.
    pub(crate) fn exchange(
        &mut self,
        show: &Exchange<'_>,
        terms: Terms<'_>,
        now: Time,
        random: &dyn Random,
    ) -> Result<Issued, Refusal> {
        let code = self.codes.get_mut(show.code).ok_or(Refusal::InvalidCode)?;
        let consent = &code.consent;
        let fits = consent.provider == show.provider
            && consent.client_id == show.client_id
            && Some(consent.redirect_uri.as_str()) == show.redirect_uri
            && match (&consent.challenge, show.verifier) {
                (None, None) => true,
                (Some(challenge), Some(verifier)) => *challenge == s256(verifier),
                _ => false,
            };
        if !fits {
            return Err(Refusal::InvalidCode);
        }
        if code.used {
            self.code_replays += 1;
            return Err(Refusal::InvalidCode);
        }
        if now >= code.expires {
            return Err(Refusal::InvalidCode);
        }
        code.used = true;
        let Consent { provider, client_id, persona, scopes, .. } = consent.clone();
        self.families.push(Family::new(provider, client_id, persona, scopes));
        Ok(self.issue(self.families.len() - 1, terms, now, random))
    }

    /// A new pair of tokens, the next generation of a family.
    fn issue(&mut self, family: usize, terms: Terms<'_>, now: Time, random: &dyn Random) -> Issued {
        let access_token = match terms.access_token {
            None => token(random),
            Some(make) => make(&token(random), &(terms.account)(self.families[family].persona)),
        };
        let refresh_token = seal::seal(&self.families[family], terms.secret, random);
        let generation = self.families[family].next_generation();
        let expires = now.plus_s(i64::from(terms.access_ttl_s));
        self.access.insert(access_token.clone(), Access { family, generation, expires });
        self.refresh.insert(refresh_token.clone(), Refresh { family, generation, superseded: None });
        let told = &self.families[family];
        Issued { access_token, refresh_token: Some(refresh_token), scopes: told.scopes.clone(), persona: told.persona }
    }

    /// The person behind a refresh token, dead or alive.
    pub(crate) fn persona_of_refresh(&self, token: &str) -> Option<&'static Persona> {
        self.refresh.get(token).map(|r| self.families[r.family].persona)
    }

    /// Refreshes.
    ///
    /// With [`Rotation::Immediate`] a refresh token works once; showing it again kills the whole family, so that a
    /// race between two refreshes cannot stay hidden. With [`Rotation::Grace`] it works on for its time, or until an
    /// access token of a newer generation is used.
    pub(crate) fn refresh(
        &mut self,
        provider: &'static str,
        client_id: &str,
        shown: &str,
        terms: Terms<'_>,
        now: Time,
        random: &dyn Random,
    ) -> Result<Issued, Refusal> {
        if terms.adopt && !self.refresh.contains_key(shown) {
            self.adopt(provider, client_id, shown, terms.secret);
        }
        let rotation = terms.rotation;
        let known = self.refresh.get_mut(shown).ok_or(Refusal::InvalidRefresh)?;
        let number = known.family;
        let family = &mut self.families[number];
        if family.provider != provider || family.client_id != client_id {
            return Err(Refusal::InvalidRefresh);
        }
        family.refresh_calls[known.generation] += 1;
        if family.revoked {
            return Err(Refusal::InvalidRefresh);
        }
        if let Some(superseded) = known.superseded {
            let in_grace = match rotation {
                Rotation::Grace { seconds } => {
                    now < superseded.plus_s(i64::from(seconds))
                        && family.newest_used.is_none_or(|g| g <= known.generation)
                }
                Rotation::Immediate | Rotation::Keep => false,
            };
            if !in_grace {
                self.refresh_reuses += 1;
                family.revoked |= rotation == Rotation::Immediate;
                return Err(Refusal::InvalidRefresh);
            }
        }
        if rotation == Rotation::Keep {
            let mut issued = self.issue(number, terms, now, random);
            if let Some(unused) = issued.refresh_token.take() {
                self.refresh.remove(&unused);
            }
            return Ok(issued);
        }
        known.superseded.get_or_insert(now);
        Ok(self.issue(number, terms, now, random))
    }

    /// Takes up a grant of an earlier sandbox, as the first generation of a new family.
    fn adopt(&mut self, provider: &'static str, client_id: &str, shown: &str, secret: &str) {
        let Some(mut family) = seal::open(provider, client_id, secret, shown) else {
            return;
        };
        let generation = family.next_generation();
        self.families.push(family);
        let entry = Refresh { family: self.families.len() - 1, generation, superseded: None };
        self.refresh.insert(shown.to_owned(), entry);
    }

    /// Whose access token this is, if it is alive. With `used`, its generation counts as used from now on.
    pub(crate) fn bearer(&mut self, provider: &str, shown: &str, now: Time, used: bool) -> Result<&Family, Refusal> {
        let known = self.access.get(shown).ok_or(Refusal::InvalidToken)?;
        let family = &mut self.families[known.family];
        if family.provider != provider || family.revoked || now >= known.expires {
            return Err(Refusal::InvalidToken);
        }
        if used {
            family.newest_used = family.newest_used.max(Some(known.generation));
        }
        Ok(family)
    }

    /// What a person granted a client last; `None` if nothing that still holds.
    pub(crate) fn scopes_of(&self, provider: &str, client_id: &str, persona: &Persona) -> Option<Vec<String>> {
        let alive = |f: &&Family| !f.revoked && f.is_of(Some(provider), Some(client_id), persona);
        self.families.iter().rev().find(alive).map(|f| f.scopes.clone())
    }

    /// Ends the family of an access or refresh token. `false` if there was nothing alive to end.
    pub(crate) fn revoke_token(&mut self, provider: &str, client_id: Option<&str>, shown: &str) -> bool {
        let number = self.access.get(shown).map(|a| a.family).or_else(|| self.refresh.get(shown).map(|r| r.family));
        let Some(family) = number.map(|n| &mut self.families[n]) else {
            return false;
        };
        let ours = family.provider == provider && client_id.is_none_or(|id| family.client_id == id);
        ours && !std::mem::replace(&mut family.revoked, true)
    }

    /// Ends every family of a person at a provider (at all of them if `None`), of one client or of all.
    pub(crate) fn revoke_persona(&mut self, provider: Option<&str>, client_id: Option<&str>, persona: &Persona) {
        for family in self.families.iter_mut().filter(|f| f.is_of(provider, client_id, persona)) {
            family.revoked = true;
        }
    }

    /// Begins to count anew; grants stay.
    pub(crate) fn forget_counts(&mut self) {
        self.code_replays = 0;
        self.refresh_reuses = 0;
        self.families.iter_mut().for_each(|f| f.refresh_calls.fill(0));
    }

    /// Lets every access token of a person expire now.
    pub(crate) fn expire_access(&mut self, provider: Option<&str>, persona: &Persona, now: Time) {
        for access in self.access.values_mut() {
            if self.families[access.family].is_of(provider, None, persona) {
                access.expires = access.expires.min(now);
            }
        }
    }
}

/// 256 random bits as text.
pub(crate) fn token(random: &dyn Random) -> String {
    hex::encode(random_bytes::<32>(random))
}

/// The S256 challenge of a verifier (RFC 7636, 4.2).
fn s256(verifier: &str) -> String {
    use base64::Engine as _;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, verifier.as_bytes());
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(hash.as_ref())
}

#[cfg(test)]
mod tests;
