//! One table of all that the server answers to: it routes requests, and the OpenAPI description is written from it. So an
//! address cannot exist without being described.
//!
//! To add one, write an [`Operation`] beside its handler and put it into the list `OPERATIONS` of that module (a new module's
//! list goes into [`LISTS`]):
//!
//! ```ignore
//! Operation::human("/v1/human/weight/goal/{id}", |call, args| goal(call, args.get(0)), || {
//!     About::new(Tag::Measurements, "getWeightGoal", "A goal")
//! })
//! ```
//!
//! - [`Operation::human`]: a `GET` of the data API. The handler never waits; it gets the person whose token came along.
//! - [`Operation::app`]: the application API. The handler gets the app whose key came along, and the request.
//! - [`Operation::route`]: anything else, as an axum handler that looks after credentials itself. Addresses below `/v1/human`
//!   may be of this kind too, where they wait or take a body.
//! - [`Operation::internal`]: what only our own pages call. It is routed but not described, and says why.
//!
//! `HEAD`, 404, 405 and `Allow` follow from the table. Parts of a path in braces are handed over in their order, decoded
//! only for the application API. What [`About`] says is checked: every answer of every test of the API has to fit it.

mod about;
mod document;
mod operation;
mod page;
mod reading;
pub(crate) mod schema;
mod schemas;
mod table;
#[cfg(test)]
mod tests;

pub(crate) use self::about::{About, Access, FORM, JSON, Tag};
pub(crate) use self::document::document;
pub(crate) use self::operation::{AppCall, Args, Handler, Operation, Verb};
pub(crate) use self::table::{Found, routes, table};

use crate::{apps, connect, export, hooks, human, imports, push, statics, tokens};

/// Everything, in the order of the description.
const LISTS: [&[&[Operation]]; 3] = [
    human::LISTS,
    apps::LISTS,
    &[
        imports::OPERATIONS,
        export::OPERATIONS,
        push::OPERATIONS,
        tokens::OPERATIONS,
        hooks::OPERATIONS,
        connect::OPERATIONS,
        statics::OPERATIONS,
        crate::OPERATIONS,
        page::OPERATIONS,
    ],
];

/// All operations.
pub(crate) fn operations() -> impl Iterator<Item = &'static Operation> {
    LISTS.iter().flat_map(|lists| lists.iter()).flat_map(|list| list.iter())
}
