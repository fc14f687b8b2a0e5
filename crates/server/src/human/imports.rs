//! `GET /imports`: files that the person brought, newest first, and how far each is read.

use hilum_model::ImportId;

use super::Call;
use super::answer::{ListHead, Reply};
use super::columns::IMPORTS;
use crate::ApiError;
use crate::api::{About, Operation, Tag};
use crate::imports::{refused, unknown, view};

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::human(
        "/v1/human/imports",
        |call, _| list(call),
        || {
            About::uncut(Tag::Imports, "listImports", "Files that the person brought, newest first", "Import").link(
                "getImport",
                "getImport",
                ("importId", "$response.body#/0/id"),
            )
        },
    ),
    Operation::human(
        "/v1/human/imports/{importId}",
        |call, args| one(call, args.get(0)),
        || About::object(Tag::Imports, "getImport", "How far a file is read", "Import").or_not_found(),
    ),
];

fn list(call: &Call<'_>) -> Result<Reply, ApiError> {
    let imports = call.engine.store.imports(call.human.human_id)?;
    let rows = imports.iter().map(|import| view::json(call.engine, import)).collect::<Result<Vec<_>, _>>()?;
    let head = ListHead::whole(rows.len() as u64);
    Ok(Reply::list(serde_json::Value::from(rows).to_string().into_bytes(), head, IMPORTS))
}

fn one(call: &Call<'_>, id: &str) -> Result<Reply, ApiError> {
    let id: ImportId = id.parse().map_err(|_| unknown())?;
    let import = call.engine.import_of(call.human.human_id, id).map_err(refused)?;
    Ok(Reply::object(view::json(call.engine, &import)?.to_string().into_bytes()))
}
