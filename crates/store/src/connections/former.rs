//! Accounts that were known under another name: a provider that follows another one (Google Health follows Fitbit)
//! tells the id that the account had there. The connection from then goes on under the new name, with its id and data.
use hilum_model::{ConnectionId, HumanId, Phi};
use rusqlite::params;

use super::{DELETE_CURSORS, KNOWN_OF_HUMAN, account_lookup, account_place, id_of, lookup};
use crate::StoreError;
use crate::crypto::Vault;
use crate::db::{Conn, statements};
use crate::store::Context;

/// Bytes of a look-up.
const LOOKUP_BYTES: usize = 32;

statements! {
    PROVIDER = "SELECT provider FROM connections WHERE human_id = $1 AND connection_id = $2";
    MOVE = "UPDATE connections SET provider = $3, lookup = $4, account_lookup = $5, sealed_account = $6
        WHERE human_id = $1 AND connection_id = $2";
}

/// The look-ups of accounts, one after the other.
pub(super) fn lookups(vault: &Vault, human: HumanId, accounts: &[(String, Phi<String>)]) -> Vec<u8> {
    accounts.iter().flat_map(|(provider, account)| lookup(vault, human, provider, account.expose())).collect()
}

/// The person's real connection to an account, by its look-up or else by one of the former ones.
pub(super) fn known(
    conn: Conn<'_>,
    human: HumanId,
    account: &[u8],
    former: &[u8],
) -> Result<Option<ConnectionId>, StoreError> {
    for lookup in std::iter::once(account).chain(former.chunks_exact(LOOKUP_BYTES)) {
        if let Some(id) = conn.one(KNOWN_OF_HUMAN, params![human.0, lookup], id_of)? {
            return Ok(Some(id));
        }
    }
    Ok(None)
}

/// Lets a known connection go on under this provider and account. What was noted about the streams of another provider
/// is of no use with this one.
pub(super) fn take_over(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    id: ConnectionId,
    provider: &str,
    account: &Phi<String>,
) -> Result<(), StoreError> {
    let before: Option<String> = conn.one(PROVIDER, params![human.0, id.0], |row| Ok(row.get(0)?))?;
    let vault = &context.vault;
    let sealed =
        vault.person(conn, human)?.seal(vault.random(), &account_place(human, id), account.expose().as_bytes())?;
    conn.run(
        MOVE,
        params![
            human.0,
            id.0,
            provider,
            lookup(vault, human, provider, account.expose()),
            account_lookup(vault, provider, account.expose()),
            sealed
        ],
    )?;
    if before.as_deref() != Some(provider) {
        conn.run(DELETE_CURSORS, params![human.0, id.0])?;
    }
    Ok(())
}
