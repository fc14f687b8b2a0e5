//! Enrolment: a Connect session from its opening to the exchange of its token.
//!
//! What a person connects belongs to the *session* until the app's server exchanges exactly that session's token with
//! the app's secret. Only then do the person, the connections and their data exist for the app. So anybody may open
//! Connect under anybody's `clientUserId`, and nothing comes of it; and no road leads from an *existing* person to a
//! session token but that person's current public token.

mod authorize;
mod budget;
mod by_token;
mod end;
mod error;
mod exchange;
mod files;
mod flow;
mod issue;
mod live;
mod open;
mod open_limit;
mod phone;
mod redirect;
mod secrets;
mod settings;
mod sources;
mod sweep;

pub use authorize::{Authorize, CodeRequest, answered};
pub use budget::ExistsBudget;
pub use end::{Ended, FinishToken};
pub use error::EnrolError;
pub use exchange::{Exchanged, TokenRequest};
pub(crate) use files::UploadLimit;
pub use files::{DOOR, FileTold, Incoming, Offered};
pub use flow::{CallbackAnswer, Landing, LoginResult, Started};
pub(crate) use issue::SecretLimit;
pub use issue::{Issued, Wanted};
pub use live::{Failure, LiveSessions};
pub use open::{Launch, Opened};
pub use open_limit::{OpenLimit, OpenLimits};
pub use phone::Invited;
pub use redirect::{allowed_redirect, with_pairs};
pub use settings::{OAuth, RedirectForm, Settings, Window};
pub use sources::{Face, SourceState, SourceView};

/// Life of an open session, ms.
pub const SESSION_MS: i64 = 30 * 60_000;
/// Life of a finished session's token, ms.
pub const FINISHED_MS: i64 = 10 * 60_000;
/// Life of an authorisation under way, ms.
pub const FLOW_MS: i64 = 10 * 60_000;
/// How long an identical retry of an exchange gets the same answer, ms.
pub const RETRY_MS: i64 = 60_000;
/// How long older access tokens live on after an exchange, ms.
pub const OLD_ACCESS_MS: i64 = 24 * 3_600_000;
/// Longest `clientUserId`, bytes of UTF-8 after decoding.
pub const CLIENT_USER_ID_MAX: usize = 1024;
