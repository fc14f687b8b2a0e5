//! What a provider tells us by itself: how its call is verified, what it greets with, what it means. The contents of a
//! notice are a hint only; the data are fetched. (Garmin's pushes are the exception: they are the only way to its data.)

use hilum_model::{Day, Time};
use serde_json::Value;

/// The hash of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hash {
    /// HMAC-SHA1.
    Sha1,
    /// HMAC-SHA256.
    Sha256,
}

/// The key of a signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The client secret of our registration.
    ClientSecret,
    /// The client secret followed by `&` (Fitbit).
    ClientSecretAmpersand,
    /// A setting of the operator, named in [`super::Provider::settings`].
    Setting(&'static str),
}

/// What is signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signed {
    /// The raw body.
    Body,
    /// The value of the timestamp header, then the raw body.
    TimestampBody,
    /// `t` of the signature header (`t=…,v1=…`), a dot, then the raw body.
    TDotBody,
}

/// How the signature is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// Hexadecimal; the case does not matter.
    Hex,
    /// Base64.
    Base64,
}

/// An HMAC signature.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Hmac {
    /// Hash.
    pub hash: Hash,
    /// Key.
    pub key: Key,
    /// Message.
    pub signed: Signed,
    /// Writing.
    pub encoding: Encoding,
    /// Header with the signature, lowercase.
    pub header: &'static str,
    /// Header with the timestamp, lowercase, and its unit in ms (1000 for seconds).
    pub timestamp: Option<(&'static str, i64)>,
    /// Greatest age of a timestamp, s; the same in the future.
    pub tolerance_s: u32,
}

/// How a notice is verified. Besides, every callback address holds a secret segment of our own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verify {
    /// An HMAC over the body.
    Hmac(Hmac),
    /// An HMAC where the provider sends one; without the header the secret address must do (Strava).
    HmacIfSent(Hmac),
    /// A value in the body equals a setting.
    BodyToken {
        /// JSON pointer.
        pointer: &'static str,
        /// Name of the setting.
        setting: &'static str,
    },
    /// Google: `Authorization` equals a setting, and the signature header holds base64 of `0x01`, a key id of four
    /// bytes (big endian) and a DER ECDSA P-256 signature of the body; the keys are in a Tink key set at `keys_url`.
    GoogleTink {
        /// Header with the signature, lowercase.
        header: &'static str,
        /// Where the public keys are.
        keys_url: &'static str,
        /// Name of the setting that `Authorization` equals.
        setting: &'static str,
    },
    /// The provider signs nothing: the secret address is all there is, so nothing of the contents is believed.
    SecretPath,
}

/// What the provider asks before it sends notices.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Handshake {
    /// Nothing.
    None,
    /// `GET ?{mode}=subscribe&{challenge}=…&{token}=…`: the token equals a setting, answer 200 with
    /// `{"{challenge_out}": …}`.
    EchoJson {
        /// Parameter of the challenge.
        challenge: &'static str,
        /// Parameter of the token.
        token: &'static str,
        /// Setting that the token equals.
        setting: &'static str,
        /// Member of the answer.
        member: &'static str,
    },
    /// `HEAD` or `GET` is answered 200 (Withings).
    Head,
    /// An unsigned POST whose member equals a value is answered 200 and means nothing (Polar's `PING`).
    Ping {
        /// JSON pointer.
        pointer: &'static str,
        /// Value.
        value: &'static str,
    },
    /// Google: `{"type":"verification"}` with our `Authorization` is answered 200, without it 401.
    GoogleTwoStep,
}

/// How we tell the provider where to send notices.
#[derive(Debug, Clone, Copy)]
pub enum Setup {
    /// By hand, on the provider's site; the provider's README says how.
    Portal,
    /// By calls that `hilum providers webhook NAME` makes; the requests are made by this function from the callback
    /// address. The client's id and secret go along where `client_auth` puts them in token calls (form fields or HTTP
    /// Basic). A parameter whose value is `{name}` carries the setting of that name.
    Call(fn(&str) -> super::Request),
    /// By a call for each connection, with its token.
    PerConnection(fn(&str) -> Vec<super::Request>),
}

/// What a notice says.
#[derive(Debug, Clone, PartialEq)]
pub enum Notice {
    /// There are new, changed or deleted data of that account: look at these streams (all if empty), and at these days
    /// if they are named.
    Look {
        /// The provider's id of the account.
        account: String,
        /// Streams; empty for all.
        streams: Vec<&'static str>,
        /// First and last day, if told.
        days: Option<(Day, Day)>,
    },
    /// The person ended the authorisation there.
    Deauthorised {
        /// The provider's id of the account.
        account: String,
    },
    /// The person changed what is shared.
    PermissionsChanged {
        /// The provider's id of the account.
        account: String,
    },
    /// The data themselves, for a stream that is pushed.
    Data {
        /// The provider's id of the account.
        account: String,
        /// The stream.
        stream: &'static str,
        /// What the stream's parser reads.
        body: Value,
    },
    /// The data of a pushed stream wait at an address of the provider, to be read with the account's token.
    Ping {
        /// The provider's id of the account.
        account: String,
        /// The stream.
        stream: &'static str,
        /// Address; used only if it lies below `api_base`.
        url: String,
    },
    /// An item is gone.
    Deleted {
        /// The provider's id of the account.
        account: String,
        /// Kind of the record.
        kind: hilum_model::Kind,
        /// Key of the record.
        key: String,
    },
}

/// A provider's notices.
#[derive(Debug, Clone, Copy)]
pub struct Webhook {
    /// Who says so.
    pub verify: Verify,
    /// Greeting.
    pub handshake: Handshake,
    /// How the address is made known.
    pub setup: Setup,
    /// Status of our answer.
    pub ack: u16,
    /// Reads a verified body. Notices that are not understood are left out; `received` is when it came.
    pub read: fn(&Value, Time) -> Vec<Notice>,
}
