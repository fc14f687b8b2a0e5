//! Connect as an authorisation server of OAuth 2 (RFC 6749), as clients of 2013 use it: `/oauth/authorize` opens it, the
//! code at its end is the session's token, and `/oauth/token` is its exchange.
//!
//! So the rules of an enrolment hold. `user` is what an app's page *says*, and opens nothing of a person whom the app has:
//! that takes the person's public token. A code is good for the app's secret alone, and for nothing but what was connected
//! in its session. Without `user` the person is somebody new, by an id that nobody else can have claimed.

use std::net::IpAddr;

use hilum_model::{HumanId, Phi, Secret};
use hilum_store::apps::App;
use hilum_store::hash_token;
use hilum_store::sessions::SessionMode;
use subtle::ConstantTimeEq;
use url::form_urlencoded::byte_serialize;

use super::exchange::Exchanged;
use super::open::Whose;
use super::redirect::registered_redirect;
use super::secrets::random_hex;
use super::settings::OAuth;
use super::{CLIENT_USER_ID_MAX, EnrolError, Opened, RedirectForm, Settings, Window, with_pairs};
use crate::Engine;
use crate::grant::pkce_challenge;

/// Longest `state`, bytes.
const STATE_MAX: usize = 1024;

/// What an authorisation request says, decoded. An empty value counts as absent.
#[derive(Debug, Default)]
pub struct Authorize {
    /// `redirect_uri`, which [`Engine::oauth_app`] has found registered.
    pub redirect_uri: String,
    /// `user`: the app's own id of the person.
    pub user: Option<Phi<String>>,
    /// `human_id`: somebody whom the app registered, and who has connected nothing yet.
    pub human_id: Option<String>,
    /// `public_token`: a person who comes back.
    pub public_token: Option<Secret<String>>,
    /// `mode=edit`.
    pub edit: bool,
    /// `state`.
    pub state: Option<String>,
    /// `code_challenge`, method S256.
    pub challenge: Option<String>,
}

/// What an app brings to the token endpoint.
#[derive(Debug)]
pub struct CodeRequest {
    /// `code`.
    pub code: Secret<String>,
    /// `code_verifier`.
    pub verifier: Option<Secret<String>>,
    /// The login for which the app asks, if it says so: the tokens have to be that person's.
    pub client_user_id: Option<Phi<String>>,
}

impl Engine {
    /// The app of an authorisation request, if the redirect target is one that it registered, character by character.
    /// Before this nothing may be sent to that target.
    pub fn oauth_app(&self, client_id: &str, redirect_uri: &str) -> Result<App, EnrolError> {
        let app = client_id.parse().ok().map(|id| self.store.app(id)).transpose()?.flatten();
        let app = app.ok_or(EnrolError::UnknownApp)?;
        if registered_redirect(&app, redirect_uri) { Ok(app) } else { Err(EnrolError::RedirectNotAllowed) }
    }

    /// Opens Connect for an authorisation request. `cookie` as in [`Engine::open`].
    pub async fn authorize(
        &self,
        app: App,
        request: Authorize,
        from: Option<IpAddr>,
        cookie: impl Fn(&str) -> Option<String> + Send,
    ) -> Result<Opened, EnrolError> {
        if request.state.as_ref().is_some_and(|state| state.len() > STATE_MAX) {
            return Err(EnrolError::StateTooLong);
        }
        let challenge = request.challenge.map(challenge).transpose()?;
        if request.user.as_ref().is_some_and(|id| id.expose().len() > CLIENT_USER_ID_MAX) {
            return Err(EnrolError::ClientUserIdTooLong);
        }
        let human_id = match &request.human_id {
            Some(id) => Some(id.parse::<HumanId>().map_err(|_| EnrolError::UnknownUser)?),
            None => None,
        };
        let whose = match (&request.public_token, human_id) {
            (Some(token), id) => {
                let whose = self.edited_person(&app, token, request.user.as_ref())?;
                if id.is_some_and(|id| id != whose.human_id) {
                    return Err(EnrolError::InvalidPublicToken);
                }
                whose
            }
            (None, _) if request.edit => return Err(EnrolError::MissingPublicToken),
            (None, Some(id)) => self.registered_person(&app, id, request.user.as_ref())?,
            (None, None) if request.user.is_some() => self.new_person(&app, request.user.as_ref(), from)?,
            (None, None) => Whose {
                mode: SessionMode::Create,
                human_id: HumanId::random(&*self.random),
                client_user_id: Phi::new(random_hex::<16>(&*self.random).expose().clone()),
            },
        };
        let close_url = answered(&request.redirect_uri, &[("error", "access_denied")], request.state.as_deref());
        let settings = Settings {
            redirect: Some(RedirectForm { finish_url: request.redirect_uri, close_url }),
            window: Window::Same,
            modal: false,
            first: None,
            oauth: Some(OAuth { state: request.state, challenge }),
            by_token: false,
            resume: self.resume_name(&app, &whose.client_user_id, whose.mode),
        };
        self.open_for(app, whose, settings, from, cookie).await
    }

    /// Exchanges a code, once. What was connected becomes the person's own by it.
    pub async fn exchange_oauth_code(&self, app: &App, request: CodeRequest) -> Result<Exchanged, EnrolError> {
        let session = self.store.session_by_token(&hash_token(request.code.expose()))?;
        let session = session.filter(|s| s.client_id == app.client_id).ok_or(EnrolError::InvalidCode)?;
        let oauth = Settings::read(&session.settings)?.oauth.ok_or(EnrolError::InvalidCode)?;
        let proven: bool = match (&oauth.challenge, &request.verifier) {
            (None, None) => true,
            (Some(challenge), Some(verifier)) => {
                pkce_challenge(verifier.expose()).as_bytes().ct_eq(challenge.as_bytes()).into()
            }
            // RFC 9700, section 2.1.1: a verifier for a code without a challenge is the mark of a downgrade.
            _ => false,
        };
        if !proven {
            return Err(EnrolError::InvalidCode);
        }
        let asked = request.client_user_id.as_ref();
        let human = session.human_id;
        let exchanged = self.finalise(app, Some(&session), human, &request.code, asked, true).await;
        exchanged.map_err(|error| match error {
            EnrolError::InvalidSession | EnrolError::SessionExpired | EnrolError::SessionNotFinished => {
                EnrolError::InvalidCode
            }
            EnrolError::SessionUsed => EnrolError::CodeReused,
            other => other,
        })
    }

    /// Somebody whom the app registered and who has connected nothing yet: their id is random and known to the app, but
    /// no secret for ever, so that it opens the first enrolment and nothing later.
    fn registered_person(&self, app: &App, id: HumanId, user: Option<&Phi<String>>) -> Result<Whose, EnrolError> {
        let human = self.store.human(id)?.filter(|human| human.client_id == app.client_id);
        let human = human.filter(|human| user.is_none_or(|user| *user == human.client_user_id));
        let human = human.ok_or(EnrolError::UnknownUser)?;
        if !self.store.providers(id)?.is_empty() {
            return Err(EnrolError::UserAlreadyExists);
        }
        Ok(Whose { mode: SessionMode::Create, human_id: id, client_user_id: human.client_user_id })
    }
}

/// A redirect target with an answer (RFC 6749, section 4.1.2), and the app's `state` as it was.
pub fn answered(redirect_uri: &str, pairs: &[(&str, &str)], state: Option<&str>) -> String {
    let encode = |text: &str| byte_serialize(text.as_bytes()).collect::<String>();
    let mut encoded: Vec<(&str, String)> = pairs.iter().map(|(name, value)| (*name, encode(value))).collect();
    encoded.extend(state.map(|state| ("state", encode(state))));
    let pairs: Vec<(&str, &str)> = encoded.iter().map(|(name, value)| (*name, value.as_str())).collect();
    with_pairs(redirect_uri, &pairs)
}

/// A challenge of method S256: 32 bytes in base64url, without padding.
fn challenge(text: String) -> Result<String, EnrolError> {
    let plain = text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'_'));
    if text.len() == 43 && plain { Ok(text) } else { Err(EnrolError::InvalidChallenge) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_keeps_the_target_and_the_state() {
        let pairs = [("code", "6f")];
        assert_eq!(answered("https://a.example/cb", &pairs, None), "https://a.example/cb?code=6f");
        assert_eq!(
            answered("https://a.example/cb?to=x", &pairs, Some("a b&c=#")),
            "https://a.example/cb?to=x&code=6f&state=a+b%26c%3D%23"
        );
    }

    #[test]
    fn challenges_have_the_length_of_a_digest() {
        // RFC 7636, appendix B.
        let good = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";
        assert!(challenge(good.to_owned()).is_ok());
        for bad in ["", "short", &good[1..], &format!("{good}="), &good.replace('-', "+")] {
            assert!(challenge(bad.to_owned()).is_err(), "{bad}");
        }
    }
}
