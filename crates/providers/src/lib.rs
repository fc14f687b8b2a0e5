//! One folder a provider: a description (data) and pure functions from answers to observations.
//!
//! Nothing here does I/O: a provider says how its requests look and reads its answers; the engine sends them. The
//! sandbox tells the same wire shapes for made-up people from the same descriptions.

pub mod bridge;
pub mod ingest;
pub mod persona;
pub mod sandbox;
pub mod spec;
pub mod timeline;
pub mod view;

pub mod apple_health;
pub mod concept2;
pub mod dexcom;
pub mod garmin;
pub mod google_health;
pub mod health_connect;
pub mod oura;
pub mod polar;
pub mod strava;
pub mod suunto;
pub mod ultrahuman;
pub mod wahoo;
pub mod whoop;
pub mod withings;

pub use spec::Provider;

/// The folder to copy for the next provider; compiled and tested so that it stays true.
#[cfg(test)]
#[path = "../template/mod.rs"]
pub mod template;

/// Makes both lists from one line a provider: its folder has a `PROVIDER` and, in `sandbox`, its `TELLER`.
macro_rules! registry {
    ($($name:ident,)*) => {
        /// Every provider, in the order in which the Connect page lists them.
        pub const REGISTRY: &[&Provider] = &[$(&$name::PROVIDER),*];

        /// The teller of every provider, in the same order.
        pub const TELLERS: &[&sandbox::Teller] = &[$(&$name::sandbox::TELLER),*];
    };
}

registry! {
    withings,
    google_health,
    oura,
    whoop,
    polar,
    strava,
    dexcom,
    garmin,
    wahoo,
    suunto,
    concept2,
    ultrahuman,
}

/// The provider with that id or alias.
pub fn find(id: &str) -> Option<&'static Provider> {
    REGISTRY.iter().copied().find(|p| p.id == id || p.aliases.contains(&id))
}
