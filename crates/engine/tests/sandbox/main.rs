//! The engine against the sandboxes of the real providers, over loopback and a real store, with a clock that stands
//! still until it is moved.

mod bed;
mod failures;
mod refresh;
mod sync;
