//! Genetic traits and genotypes. Source of the members: human-connect contract 4.10.

use hilum_model::genotypes::{Call as Genotype, Genotypes, Locus};
use hilum_model::{Body, ConnectionId, Kind, RecordId};
use hilum_store::StoreError;
use hilum_store::humans::Human;
use hilum_store::records::StoredRecord;

use super::Call;
use super::answer::Reply;
use super::columns::TRAITS;
use super::json::Json;
use super::query::missing;
use crate::ApiError;
use crate::api::schema::text;
use crate::api::{About, Operation, Tag};

/// A place that the person's chip does not look at.
const NOT_ON_CHIP: &str = "__";

/// Their addresses.
pub(super) const OPERATIONS: &[Operation] = &[
    Operation::human(
        "/v1/human/genetic/traits",
        |call, _| traits(call),
        || {
            About::list(
                Tag::Genetics,
                "listGeneticTraits",
                "What sources conclude from the person's genes",
                "GeneticTrait",
            )
        },
    ),
    Operation::human(
        "/v1/human/genetic/genotypes",
        |call, _| genotypes(call),
        || {
            About::object(Tag::Genetics, "getGenotypes", "What a chip read at places of the genome", "Genotypes")
                .must_query(
                    "locations",
                    text("Such as `rs3094315 i3000001`"),
                    "Names of places with blanks or commas between them",
                )
        },
    ),
];

/// `GET /genetic/traits`: what sources conclude. None is worked out from genotypes here.
fn traits(call: &Call<'_>) -> Result<Reply, ApiError> {
    let (_, rows, head) = call.records(Kind::GeneticTrait, None)?;
    let mut json = Json::with_capacity(2 + rows.len() * 256);
    json.begin_array();
    for row in &rows {
        write_trait(&mut json, &call.human, row);
    }
    json.end_array();
    Ok(Reply::list(json.into_bytes(), head, TRAITS))
}

/// A row of the list; the contract's has neither id nor times.
pub(super) fn write_trait(json: &mut Json, human: &Human, row: &StoredRecord) {
    let Body::GeneticTrait(told) = &row.record.body else { return };
    json.begin_object();
    json.id("userId", &human.user_id.0);
    json.id("humanId", &human.human_id.0);
    json.text("description", &told.description);
    json.text("trait", &told.finding);
    json.key("possibleTraits");
    json.begin_array();
    for possible in &told.possible {
        json.text_element(possible);
    }
    json.end_array();
    json.end_object();
}

/// `GET /genetic/genotypes?locations=…`: what was read at the places asked for, in their order. Blanks or commas stand
/// between names. A place that is not on the chip, or that nobody knows, is `__`; so are all where the person has brought
/// no genotypes, and `id` is left out then.
fn genotypes(call: &Call<'_>) -> Result<Reply, ApiError> {
    let asked = call.query.get("locations").unwrap_or_default();
    let mut names = asked.split([' ', ',', '\t', '\r', '\n']).filter(|name| !name.is_empty()).peekable();
    if names.peek().is_none() {
        return Err(missing(
            "locations",
            "names of places on the genome with blanks between them (rs3094315 i3000001)",
        ));
    }
    let person = call.human.human_id;
    let providers = call.engine.store.providers(person)?;
    // One connection carries genotypes, or several that were made one after the other; the youngest one counts.
    let mut found: Option<(RecordId, ConnectionId)> = None;
    for (connection, _) in providers.iter().rev() {
        if let Some(first) = block(call, *connection, 0)? {
            found = Some((first.id, *connection));
            break;
        }
    }
    let mut json = Json::with_capacity(64 + asked.len() * 4);
    let mut opened: Vec<(u16, Option<StoredRecord>)> = Vec::new();
    json.begin_object();
    if let Some((id, _)) = found {
        json.id("id", &id.0);
    }
    json.key("genotypes");
    json.begin_array();
    for name in names {
        let read = match (found, Locus::parse(name)) {
            (Some((_, connection)), Some(locus)) => look_up(call, connection, locus, &mut opened)?,
            _ => None,
        };
        json.begin_object();
        json.text("location", name);
        json.text("call", &read.map_or_else(|| NOT_ON_CHIP.to_owned(), |read| read.to_string()));
        json.end_object();
    }
    json.end_array();
    json.end_object();
    Ok(Reply::object(json.into_bytes()))
}

/// What was read at one place. Blocks that are opened stay open for the other places of the request.
fn look_up(
    call: &Call<'_>,
    connection: ConnectionId,
    locus: Locus,
    opened: &mut Vec<(u16, Option<StoredRecord>)>,
) -> Result<Option<Genotype>, ApiError> {
    let number = locus.block();
    let known = opened.iter().position(|(known, _)| *known == number);
    let index = known.unwrap_or(opened.len());
    if known.is_none() {
        opened.push((number, block(call, connection, number)?));
    }
    let Some(row) = &opened[index].1 else { return Ok(None) };
    let Body::Genotypes(block) = &row.record.body else { return Ok(None) };
    Ok(block.get(locus).map_err(|_| StoreError::Damaged("records.sealed_body"))?)
}

fn block(call: &Call<'_>, connection: ConnectionId, number: u16) -> Result<Option<StoredRecord>, ApiError> {
    let key = Genotypes::key(number);
    Ok(call.engine.store.record_by_key(call.human.human_id, connection, Kind::Genotypes, &key)?)
}
