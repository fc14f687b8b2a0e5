//! The whole road through the real binary, without a screen: Connect page, sandbox provider, callback, exchange, sync,
//! data API. (The browser suite in `e2e/` looks at the same with eyes.)

mod browser;
mod clients;
#[path = "../common/mod.rs"]
mod common;
mod demo;
mod road;
