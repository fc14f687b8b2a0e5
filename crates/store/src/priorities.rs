//! Which source is believed where several tell the same: lists that an app sets, for one person or for all.
//!
//! What the lists mean is not known here. They name sources, kinds of devices and metrics, which stand in clear elsewhere
//! too.
use hilum_model::{ClientId, HumanId};
use rusqlite::{Row, params};
use serde_json::{Map, Value};

use crate::db::statements;
use crate::{Store, StoreError};

statements! {
    GET_OF_HUMAN = "SELECT lists FROM human_priorities WHERE human_id = $1";
    GET_OF_APP = "SELECT lists FROM app_priorities WHERE client_id = $1";
    PUT_OF_HUMAN = "INSERT INTO human_priorities (human_id, lists, updated_at) VALUES ($1, $2, $3)
        ON CONFLICT (human_id) DO UPDATE SET lists = excluded.lists, updated_at = excluded.updated_at";
    PUT_OF_APP = "INSERT INTO app_priorities (client_id, lists, updated_at) VALUES ($1, $2, $3)
        ON CONFLICT (client_id) DO UPDATE SET lists = excluded.lists, updated_at = excluded.updated_at";
    HAS_SOURCE = "SELECT 1 FROM humans JOIN connections ON connections.human_id = humans.human_id
        WHERE humans.client_id = $1 AND connections.provider = $2 AND connections.pending IS NULL LIMIT 1";
    HAS_HUMAN = "SELECT 1 FROM humans WHERE human_id = $1";
}

/// Lists by name.
pub type Lists = Map<String, Value>;

impl Store {
    /// Those of one person; empty where none are set.
    pub fn human_priorities(&self, human: HumanId) -> Result<Lists, StoreError> {
        let found = self.read(|conn| conn.one(GET_OF_HUMAN, [human.0], |row| read(row, "human_priorities.lists")))?;
        Ok(found.unwrap_or_default())
    }
    /// Those of an app, for all its people; empty where none are set.
    pub fn app_priorities(&self, app: ClientId) -> Result<Lists, StoreError> {
        let found = self.read(|conn| conn.one(GET_OF_APP, [app.0], |row| read(row, "app_priorities.lists")))?;
        Ok(found.unwrap_or_default())
    }
    /// Whether any person of an app has a connection of that source.
    pub fn has_source(&self, app: ClientId, source: &str) -> Result<bool, StoreError> {
        Ok(self.read(|conn| conn.one(HAS_SOURCE, params![app.0, source], |_| Ok(())))?.is_some())
    }
    /// Replaces those of one person. Fails with `NotFound` when there is no such person.
    pub async fn set_human_priorities(&self, human: HumanId, lists: Lists) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            if conn.one(HAS_HUMAN, [human.0], |_| Ok(()))?.is_none() {
                return Err(StoreError::NotFound);
            }
            conn.run(PUT_OF_HUMAN, params![human.0, Value::Object(lists).to_string(), context.now().0])?;
            Ok(())
        })
        .await
    }
    /// Replaces those of an app. The app has to exist.
    pub async fn set_app_priorities(&self, app: ClientId, lists: Lists) -> Result<(), StoreError> {
        self.write(move |conn, context| {
            conn.run(PUT_OF_APP, params![app.0, Value::Object(lists).to_string(), context.now().0])?;
            Ok(())
        })
        .await
    }
}

fn read(row: &Row<'_>, column: &'static str) -> Result<Lists, StoreError> {
    let text = row.get_ref(0)?.as_str().map_err(|_| StoreError::Damaged(column))?;
    serde_json::from_str(text).map_err(|_| StoreError::Damaged(column))
}
