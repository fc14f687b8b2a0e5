//! Identifiers. Each is a fixed number of bytes, written as lowercase hex on the wire, in the lengths that
//! published Human API clients expect (their data base columns are that wide).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::world::Random;

/// A text that is not the hex form of the id asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a lowercase hex id of {0} characters")]
pub struct ParseIdError(pub usize);

macro_rules! hex_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
        pub struct $name(pub [u8; $bytes]);

        impl $name {
            /// Length of the id in bytes; the hex form is twice as long.
            pub const BYTES: usize = $bytes;

            /// A fresh id from the random source handed in.
            pub fn random(random: &dyn Random) -> Self {
                let mut bytes = [0; $bytes];
                random.fill(&mut bytes);
                Self(bytes)
            }

            /// The raw bytes, as the store keeps them.
            pub const fn as_bytes(&self) -> &[u8] {
                &self.0
            }

            /// Reads the id from raw bytes of exactly the right length.
            pub fn from_slice(bytes: &[u8]) -> Option<Self> {
                Some(Self(bytes.try_into().ok()?))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0_u8; $bytes * 2];
                hex::encode_to_slice(self.0, &mut text).map_err(|_| fmt::Error)?;
                f.write_str(std::str::from_utf8(&text).map_err(|_| fmt::Error)?)
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                let mut bytes = [0; $bytes];
                if text.bytes().any(|b| b.is_ascii_uppercase()) || hex::decode_to_slice(text, &mut bytes).is_err() {
                    return Err(ParseIdError($bytes * 2));
                }
                Ok(Self(bytes))
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(deserializer)?;
                text.parse().map_err(de::Error::custom)
            }
        }
    };
}

hex_id!(
    /// Public id of an app (`clientId`, in old payloads `appId`): 40 hex characters.
    ClientId, 20
);
hex_id!(
    /// A person within one app (`humanId`): 32 hex characters. Carries no authority.
    HumanId, 16
);
hex_id!(
    /// The deprecated internal user id that wellness records carry (`userId`): 24 hex characters.
    UserId, 12
);
hex_id!(
    /// A person's link to one account at one provider (`id` of a `/sources` row): 24 hex characters.
    ConnectionId, 12
);
hex_id!(
    /// A data record or a sample as the data API shows it (`id`): 24 hex characters.
    RecordId, 12
);
hex_id!(
    /// One opening of the Connect page. Internal; never the token that an app receives.
    SessionId, 16
);
hex_id!(
    /// One authorisation at a provider, from the click to the callback. Internal.
    FlowId, 16
);

hex_id!(
    /// One import of a file: 32 hex characters.
    ImportId, 16
);
hex_id!(
    /// An address of an app to which events are sent: 24 hex characters.
    WebhookId, 12
);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_round_trip_and_refusals() {
        let id: RecordId = "52e20cb2fff56aac62000001".parse().expect("valid");
        assert_eq!(id.to_string(), "52e20cb2fff56aac62000001");
        for bad in ["", "52e2", "52E20CB2FFF56AAC62000001", "52e20cb2fff56aac6200000g", "52e20cb2fff56aac6200000100"] {
            assert!(bad.parse::<RecordId>().is_err(), "{bad}");
        }
        let json = serde_json::to_string(&id).expect("json");
        assert_eq!(serde_json::from_str::<RecordId>(&json).expect("back"), id);
    }
}
