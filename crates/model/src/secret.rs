//! Values that must never be printed: credentials ([`Secret`]) and health data or personal facts ([`Phi`]).
//!
//! Neither implements `Display` or `Serialize`, and `Debug` shows only the type, so a log line, an error text or a
//! derived `Debug` of a struct cannot leak the value. To use the value one has to say [`Secret::expose`] or
//! [`Phi::expose`], which a reviewer can search for.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::Zeroize;

/// A credential: token, key, client secret. Wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret<T: Zeroize>(T);

impl<T: Zeroize> Secret<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }
    /// The value itself; only for the wire, a cipher or a hash.
    pub const fn expose(&self) -> &T {
        &self.0
    }
}

impl Secret<String> {
    /// Compares in constant time (for texts of equal length).
    pub fn matches(&self, other: &str) -> bool {
        self.0.as_bytes().ct_eq(other.as_bytes()).into()
    }
}

impl<T: Zeroize> Drop for Secret<T> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<T: Zeroize> fmt::Debug for Secret<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

/// Health data or a fact about a person (the app's user id, an e-mail address, a provider's user id).
#[derive(Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Default)]
pub struct Phi<T>(T);

impl<T> Phi<T> {
    /// Wraps a value.
    pub const fn new(value: T) -> Self {
        Self(value)
    }
    /// The value itself; only for the person's own app, a cipher or a provider.
    pub const fn expose(&self) -> &T {
        &self.0
    }
    /// Unwraps the value.
    pub fn into_inner(self) -> T {
        self.0
    }
}

impl<T> fmt::Debug for Phi<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Phi(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing() {
        #[derive(Debug)]
        #[expect(dead_code, reason = "only its derived Debug is looked at")]
        struct Row {
            token: Secret<String>,
            weight: Phi<f64>,
        }
        let row = Row { token: Secret::new("canary-token".into()), weight: Phi::new(78.45) };
        let text = format!("{row:?}");
        assert!(!text.contains("canary") && !text.contains("78"), "{text}");
    }

    #[test]
    fn matches_compares_whole_text() {
        let secret = Secret::new("abc".to_owned());
        assert!(secret.matches("abc"));
        assert!(!secret.matches("ab") && !secret.matches("abd") && !secret.matches("abcd"));
    }
}
