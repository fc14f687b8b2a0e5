//! Readers of Strava's answers, one file an endpoint.

mod activities;
mod athlete;
mod sport;
mod track;

pub(super) use activities::{activities, wanted};
pub(super) use athlete::athlete;
pub(super) use track::track;
