//! People, their tokens, their erasure.
use hilum_model::{ClientId, HumanId, Phi, Time, UserId};

use crate::{Store, StoreError, TokenHash};

/// A person of one app.
#[derive(Debug, Clone)]
pub struct Human {
    /// Id.
    pub human_id: HumanId,
    /// The app.
    pub client_id: ClientId,
    /// Deprecated id on wellness records.
    pub user_id: UserId,
    /// The app's own id of the person, decoded.
    pub client_user_id: Phi<String>,
    /// What sources told about the person.
    pub facts: Phi<HumanFacts>,
    /// Created.
    pub created_at: Time,
    /// Changed.
    pub updated_at: Time,
}

/// What sources told about the person.
#[derive(Debug, Clone, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(default)]
pub struct HumanFacts {
    /// E-mail.
    pub email: Option<String>,
    /// Gender.
    pub gender: Option<String>,
    /// IANA zone.
    pub time_zone: Option<String>,
}

/// Ids for a person that is to be created with given ids (the demo user), or random ones.
#[derive(Debug, Clone)]
pub struct NewHuman {
    /// App.
    pub client_id: ClientId,
    /// The app's own id.
    pub client_user_id: Phi<String>,
    /// Fixed ids; `None` for random ones.
    pub ids: Option<(HumanId, UserId)>,
    /// Facts.
    pub facts: HumanFacts,
}

impl Store {
    /// Creates the person, or returns the one that the app already has under that id (`false`: it existed).
    pub async fn create_human(&self, _new: NewHuman) -> Result<(Human, bool), StoreError> {
        unimplemented!()
    }
    /// By id.
    pub fn human(&self, _id: HumanId) -> Result<Option<Human>, StoreError> {
        unimplemented!()
    }
    /// By the app's own id of the person.
    pub fn human_by_client_user_id(&self, _app: ClientId, _client_user_id: &str) -> Result<Option<Human>, StoreError> {
        unimplemented!()
    }
    /// By a current public token.
    pub fn human_by_public_token(&self, _hash: &TokenHash) -> Result<Option<Human>, StoreError> {
        unimplemented!()
    }
    /// By an access token that is neither expired nor revoked.
    pub fn human_by_access_token(&self, _hash: &TokenHash) -> Result<Option<Human>, StoreError> {
        unimplemented!()
    }
    /// An app's people, oldest first. `None` limit is all.
    pub fn humans(&self, _app: ClientId, _limit: Option<u32>, _offset: u32) -> Result<Vec<Human>, StoreError> {
        unimplemented!()
    }
    /// Replaces the public token (the old one dies at once).
    pub async fn set_public_token(&self, _human: HumanId, _hash: TokenHash) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Adds an access token without end (the demo user's).
    pub async fn add_access_token(&self, _human: HumanId, _hash: TokenHash) -> Result<(), StoreError> {
        unimplemented!()
    }
    /// Erases a person: every row, and the key without which backups of the rows are noise. The caller revokes grants
    /// first. `false` if there was none.
    pub async fn erase_human(&self, _human: HumanId) -> Result<bool, StoreError> {
        unimplemented!()
    }
}
