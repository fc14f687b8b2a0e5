//! Readers of Wahoo's answers, one file an endpoint.

mod sport;
mod user;
mod workouts;

pub(super) use user::user;
pub(super) use workouts::{wanted, workouts};
