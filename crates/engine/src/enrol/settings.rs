//! What a session remembers of how it was opened.
use serde::{Deserialize, Serialize};

/// Where the login at a provider happens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Window {
    /// In a window of its own, opened by the framed page.
    Popup,
    /// In the same window.
    Same,
    /// In a second web view, which the native app opens for addresses with `popup=1` (iOS, Cordova on iOS).
    WebView,
}

/// The redirect form of Connect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RedirectForm {
    /// Where a finished session goes; checked.
    pub finish_url: String,
    /// Where one goes that changed nothing; checked.
    pub close_url: String,
}

/// What an app asked for at the authorisation endpoint, and gets or has to prove later.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OAuth {
    /// `state`, as sent.
    pub state: Option<String>,
    /// `code_challenge` (RFC 7636, method S256).
    pub challenge: Option<String>,
}

/// Settings of a session, stored as JSON.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Settings {
    /// `None`: framed by connect.js.
    pub redirect: Option<RedirectForm>,
    /// Login window.
    pub window: Window,
    /// Transparent background (option `modal`).
    pub modal: bool,
    /// Source to be shown first (option `sourceId`).
    pub first: Option<String>,
    /// Opened by OAuth: the redirect form with a code.
    #[serde(default)]
    pub oauth: Option<OAuth>,
    /// Opened with a token that the app's server asked for: what is connected is the person's own at once.
    #[serde(default)]
    pub by_token: bool,
    /// Eight hex characters that tell this browser's resume cookies apart; no secret.
    pub resume: String,
}

impl Settings {
    /// From the store's JSON.
    pub(super) fn read(text: &str) -> Result<Self, hilum_store::StoreError> {
        serde_json::from_str(text).map_err(|_| hilum_store::StoreError::Damaged("session settings"))
    }
    /// To the store's JSON.
    pub(super) fn write(&self) -> String {
        // A struct of texts and bools always has a JSON form.
        serde_json::to_string(self).unwrap_or_default()
    }
}
