//! The sandbox as a client sees it: through HTTP, on loopback, for every provider of the registry.

mod bed;
mod control;
mod data;
mod failures;
mod flow;
mod refresh;
