//! Tests of the data API through the whole router, over a real store.

mod access;
mod documented;
mod filters;
mod isolation;
mod paging;
mod samples;
mod shapes;
mod sources;
pub(crate) mod world;
