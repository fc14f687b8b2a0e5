//! Teller.
