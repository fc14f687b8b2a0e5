//! Everything that can be wrong with an enrolment, each with the words that an app or a person reads.
use hilum_store::StoreError;

/// Why an enrolment, or a step of it, does not go on.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// `clientId` is missing or names no app.
    #[error("unknown app")]
    UnknownApp,
    /// Create mode without `clientUserId`.
    #[error("clientUserId missing")]
    MissingClientUserId,
    /// `clientUserId` is longer than [`super::CLIENT_USER_ID_MAX`].
    #[error("clientUserId too long")]
    ClientUserIdTooLong,
    /// The public token opens nobody's sources in this app, or another person's than `clientUserId` says.
    #[error("invalid public token")]
    InvalidPublicToken,
    /// Create mode for a person that the app has already.
    #[error("user exists")]
    UserAlreadyExists,
    /// Too many answers of the kind "user exists" went to this part of the network.
    #[error("too many requests")]
    TooManyRequests,
    /// Connect was opened too often, by this app or from this address; free again after so many ms.
    #[error("opened too often")]
    OpenedTooOften(i64),
    /// Calls came too often, for one person or with wrong secrets; free again after so many ms.
    #[error("called too often")]
    TooOften(i64),
    /// The e-mail address is longer than 320 bytes.
    #[error("e-mail address too long")]
    EmailTooLong,
    /// The person has connected nothing yet, so there are no data to read.
    #[error("no source")]
    NoSource,
    /// No refresh token of this app, or one that was not used in time.
    #[error("invalid refresh token")]
    InvalidRefreshToken,
    /// The refresh token had been used; all that came of it has ended.
    #[error("refresh token reused")]
    RefreshTokenReused,
    /// The token that Connect is opened with is none, or of another app.
    #[error("session token invalid")]
    SessionTokenInvalid,
    /// It has ended.
    #[error("session token expired")]
    SessionTokenExpired,
    /// Connect of the second generation is opened without one.
    #[error("session token missing")]
    MissingSessionToken,
    /// OAuth: `mode=edit` without the person's public token.
    #[error("public token missing")]
    MissingPublicToken,
    /// OAuth: `state` is longer than 1024 bytes.
    #[error("state too long")]
    StateTooLong,
    /// OAuth: `code_challenge` is not one of method S256.
    #[error("invalid code challenge")]
    InvalidChallenge,
    /// OAuth: no code of this app, an old one, or one without its proof.
    #[error("invalid code")]
    InvalidCode,
    /// OAuth: the code had been used; what it gave has ended.
    #[error("code reused")]
    CodeReused,
    /// More sessions are open than this server holds.
    #[error("busy")]
    Busy,
    /// `finish_url` or `close_url` is not on the list.
    #[error("redirect target not allowed")]
    RedirectNotAllowed,
    /// `close_url` without `finish_url`.
    #[error("finish_url missing")]
    MissingFinishUrl,
    /// The page's session has ended, or its secret is not (any more) valid.
    #[error("session gone")]
    SessionGone,
    /// The source is not on offer.
    #[error("unknown source")]
    UnknownSource,
    /// The source has accounts on several hosts, and the page did not say on which this person's is.
    #[error("region needed")]
    RegionNeeded,
    /// The connection is not one of this person, in this session.
    #[error("unknown connection")]
    UnknownConnection,
    /// A callback whose `state` is unknown, used or expired.
    #[error("login expired")]
    LoginExpired,
    /// A callback in a browser that did not begin the login.
    #[error("other browser")]
    OtherBrowser,
    /// A callback with missing, repeated or contradictory parameters, or at another provider's address.
    #[error("bad callback")]
    BadCallback,
    /// Client id and secret do not belong together.
    #[error("invalid client")]
    InvalidClient,
    /// No session of this app and person has that token.
    #[error("invalid session")]
    InvalidSession,
    /// The session token was used.
    #[error("session used")]
    SessionUsed,
    /// The session token ended unused.
    #[error("session expired")]
    SessionExpired,
    /// The person has not finished.
    #[error("session not finished")]
    SessionNotFinished,
    /// The session is about another person than `clientUserId` of the request says.
    #[error("user mismatch")]
    UserMismatch,
    /// The app has no such person.
    #[error("unknown user")]
    UnknownUser,
    /// The store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl EnrolError {
    /// After how many seconds another try makes sense, where that is known.
    pub fn retry_after_s(&self) -> Option<i64> {
        match self {
            Self::TooManyRequests => Some(3600),
            Self::OpenedTooOften(ms) | Self::TooOften(ms) => Some(ms.saturating_add(999) / 1000),
            Self::Busy => Some(60),
            _ => None,
        }
    }

    /// Fixed word for programs, short sentence and advice for people. None holds a value of the request or the store.
    pub fn words(&self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::UnknownApp => (
                "unknown_app",
                "Unknown App",
                "The address names no app of this server. Check clientId and the server's address.",
            ),
            Self::MissingClientUserId => (
                "missing_client_user_id",
                "Missing User Id",
                "Connect needs clientUserId, the app's own id of the person, when there is no publicToken.",
            ),
            Self::ClientUserIdTooLong => {
                ("client_user_id_too_long", "User Id Too Long", "clientUserId may have at most 1024 bytes of UTF-8.")
            }
            Self::InvalidPublicToken => (
                "invalid_public_token",
                "Invalid Public Token",
                "The publicToken does not belong to this app and user, or was replaced by a newer one. The app's \
                 server can ask for the current one at /v1/connect/publictokens.",
            ),
            Self::UserAlreadyExists => (
                "user_already_exists",
                "User Already Exists",
                "The app has a user with this clientUserId already. Open Connect with that user's publicToken.",
            ),
            Self::TooManyRequests => (
                "too_many_requests",
                "Too Many Requests",
                "Connect was opened too often from here. Try again in an hour.",
            ),
            Self::OpenedTooOften(_) => (
                "too_many_requests",
                "Too Many Requests",
                "Connect was opened too often within some minutes. Try again in a few minutes.",
            ),
            Self::TooOften(_) => (
                "too_many_requests",
                "Too Many Requests",
                "Calls come too often: for one person, or with wrong secrets from one address. Keep the tokens that you \
                 got, and try again when Retry-After says.",
            ),
            Self::EmailTooLong => {
                ("email_too_long", "E-Mail Address Too Long", "client_user_email may have at most 320 bytes.")
            }
            Self::NoSource => (
                "no_source_connected",
                "No Source Connected",
                "The user has connected nothing yet. Open Connect with a token of the type session or id first.",
            ),
            Self::InvalidRefreshToken => (
                "invalid_refresh_token",
                "Invalid Refresh Token",
                "The app has no such refresh token, or it was not used within 90 days. Ask for a new token by type.",
            ),
            Self::RefreshTokenReused => (
                "refresh_token_reused",
                "Refresh Token Reused",
                "This refresh token was used before; each works once, and its answer holds the next. All tokens that came \
                 of it have ended. Ask for a new one by type.",
            ),
            Self::SessionTokenInvalid => (
                "session_token_invalid",
                "Session Token Invalid",
                "The token opens nothing here. The app's server gets one at /v1/connect/token.",
            ),
            Self::SessionTokenExpired => (
                "session_token_expired",
                "Session Token Expired",
                "A token opens Connect for an hour. The app's server gets a new one at /v1/connect/token.",
            ),
            Self::MissingSessionToken => (
                "missing_session_token",
                "Missing Session Token",
                "Connect of the second generation is opened with a token, which the app's server gets at \
                 /v1/connect/token.",
            ),
            Self::MissingPublicToken => (
                "missing_public_token",
                "Missing Public Token",
                "mode=edit needs public_token: who comes back is known by it alone. The app's server can ask for it at \
                 /v1/connect/publictokens.",
            ),
            Self::StateTooLong => ("state_too_long", "State Too Long", "state may have at most 1024 bytes."),
            Self::InvalidChallenge => (
                "invalid_code_challenge",
                "Invalid Code Challenge",
                "code_challenge has to be of code_challenge_method S256: 43 characters of base64url.",
            ),
            Self::InvalidCode => (
                "invalid_code",
                "Invalid Code",
                "The app has no such code, it is older than ten minutes, or its code_verifier does not fit.",
            ),
            Self::CodeReused => (
                "code_reused",
                "Code Reused",
                "This code was used before; each works once. The tokens that it gave have ended.",
            ),
            Self::Busy => {
                ("server_busy", "Server Busy", "Too many people are connecting at this moment. Try again later.")
            }
            Self::RedirectNotAllowed => (
                "redirect_not_allowed",
                "Redirect Not Allowed",
                "finish_url or close_url is not registered for this app. Register exactly this URL, or use one below \
                 /blank/ of this server.",
            ),
            Self::MissingFinishUrl => {
                ("missing_finish_url", "Missing Finish URL", "close_url is of use only together with finish_url.")
            }
            Self::SessionGone => (
                "session_gone",
                "Session Ended",
                "This page has expired or was opened again elsewhere. Close it and start again.",
            ),
            Self::UnknownSource => ("unknown_source", "Unknown Source", "This source is not on offer here."),
            Self::RegionNeeded => (
                "region_needed",
                "Region Needed",
                "Go back and choose the region of your account first: this source has a login of its own for each.",
            ),
            Self::UnknownConnection => {
                ("unknown_connection", "Unknown Connection", "This source is not connected (any more).")
            }
            Self::LoginExpired => (
                "login_expired",
                "Login Expired",
                "This login was used already, or took longer than ten minutes. Go back to the app and try again.",
            ),
            Self::OtherBrowser => (
                "other_browser",
                "Other Browser",
                "This login was begun in another browser, or cookies are switched off. Nothing was connected. Go back \
                 to the app and try again there.",
            ),
            Self::BadCallback => (
                "bad_callback",
                "Login Not Understood",
                "The source sent you back with an answer that does not belong to this login. Nothing was connected.",
            ),
            Self::InvalidClient => {
                ("invalid_client", "Invalid Client", "clientId and clientSecret do not belong together.")
            }
            Self::InvalidSession => (
                "invalid_session",
                "Invalid Session",
                "There is no session of this app and user with this sessionToken.",
            ),
            Self::SessionUsed => (
                "session_used",
                "Session Used",
                "This sessionToken was exchanged already. Each finish gives a new one; a lost answer may be asked for \
                 again for one minute only.",
            ),
            Self::SessionExpired => (
                "session_expired",
                "Session Expired",
                "A sessionToken has to be exchanged within ten minutes after finish.",
            ),
            Self::SessionNotFinished => {
                ("session_not_finished", "Session Not Finished", "The person has not finished in Connect yet.")
            }
            Self::UserMismatch => (
                "user_mismatch",
                "User Mismatch",
                "The session was opened for another clientUserId. No tokens were given out; do not store anything.",
            ),
            Self::UnknownUser => ("unknown_user", "Unknown User", "The app has no user with this humanId."),
            Self::Store(_) => {
                ("server_error", "Server Error", "The server could not complete the request. Try again later.")
            }
        }
    }
}
