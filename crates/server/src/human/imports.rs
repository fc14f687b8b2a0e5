//! `GET /imports`: files that the person brought, newest first, and how far each is read.

use hilum_model::ImportId;

use super::answer::{ListHead, Reply};
use super::{Call, nothing_here};
use crate::ApiError;
use crate::imports::{refused, unknown, view};

/// Everything below `/imports`.
pub(super) fn read(call: &Call<'_>, path: &[&str]) -> Result<Reply, ApiError> {
    let (engine, human) = (call.engine, call.human.human_id);
    match path {
        [] => {
            let imports = engine.store.imports(human)?;
            let rows = imports.iter().map(|import| view::json(engine, import)).collect::<Result<Vec<_>, _>>()?;
            let list = Some(ListHead { total: rows.len() as u64, link: None });
            Ok(Reply { body: serde_json::Value::from(rows).to_string().into_bytes(), list })
        }
        [id] => {
            let id: ImportId = id.parse().map_err(|_| unknown())?;
            let import = engine.import_of(human, id).map_err(refused)?;
            Ok(Reply::object(view::json(engine, &import)?.to_string().into_bytes()))
        }
        _ => Err(nothing_here()),
    }
}
