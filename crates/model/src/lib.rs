//! Hilum's vocabulary: ids, metrics, units, times, observations and the series chunk codec.
//!
//! This crate does no I/O and knows no SQL, HTTP or provider. Everything else is written in its words.

pub mod chunk;
mod device;
pub mod genotypes;
pub mod id;
pub mod metric;
pub mod night;
pub mod observation;
mod part;
pub mod secret;
pub mod time;
pub mod unit;
pub mod whole;
pub mod world;

pub use device::DeviceKind;
pub use id::{ClientId, ConnectionId, FlowId, HumanId, ImportId, RecordId, SessionId, UserId, WebhookId};
pub use metric::Metric;
pub use observation::{Batch, Body, Kind, Observation, Quantity, Record, Sample, Stage, StageKind};
pub use secret::{Phi, Secret};
pub use time::{Day, Offset, Time};
pub use unit::Unit;
pub use whole::{Contexts, Stretch, Tells, Whole};
pub use world::{Clock, Random};
