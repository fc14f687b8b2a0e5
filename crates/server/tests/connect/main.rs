//! Connect and the token endpoints through the whole router: a real store in a temporary directory, a clock that
//! stands still, and a provider of our own making on loopback.

#[path = "../support/contract.rs"]
mod contract;

mod account;
mod by_token;
mod create;
mod edit;
mod files;
mod invariant;
mod launch;
mod login;
mod oauth;
mod phone;
mod poll;
mod provider;
mod redirect;
mod region;
mod register;
mod second;
mod surface;
mod tokens;
mod world;

use hilum_server::openapi_json;
