//! The sandbox as a client sees it: through HTTP, on loopback, for every provider of the registry.

mod bed;
mod control;
mod data;
mod every;
mod failures;
mod flow;
mod notices;
mod post;
mod refresh;
