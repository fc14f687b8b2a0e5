//! For tests of this crate: two small providers, a scripted server that plays them, and an engine over a real store.

mod fake;
mod notifying;
mod providers;
mod world;

pub(crate) use fake::{Asked, Canned, Fake};
pub(crate) use notifying::{DETAILED, DETAILED_DATA, KEYED, PUSHING, REACHING, REGIONAL, SIGNING, TELLING};
pub(crate) use providers::{FAULTY, KEEPING, LIMITED, PLAIN, PLAIN_DATA, SIGNED, provider_config};
pub(crate) use world::{World, tokens};
