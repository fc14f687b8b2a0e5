//! Tests of the data API through the whole router, over a real store.

mod access;
mod batch;
mod cursor;
mod documented;
mod filters;
mod food;
mod forms;
mod genetics;
mod isolation;
pub(crate) mod merged;
mod merged_days;
mod paging;
mod samples;
mod shapes;
mod sources;
mod time_series;
pub(crate) mod world;
