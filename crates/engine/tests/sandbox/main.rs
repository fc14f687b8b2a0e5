//! The engine against the sandboxes of the real providers, over loopback and a real store, with a clock that stands
//! still until it is moved.

mod bed;
mod browser;
mod cases;
mod door;
mod export;
mod held;
mod lived;
mod refresh;
mod replay;
mod sync;
mod table;
mod told;
mod words;
