//! What a sandbox teller is.
