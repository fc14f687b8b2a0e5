//! What opens Connect by the word of the app's server: a session token for somebody new, an id token for a known person.
//!
//! The person of a session token is allotted with it and has a key, but is not real: that comes with the first source, in
//! `sessions::settle`. Further session tokens for the same `clientUserId` name the same person while one of them lives.

use hilum_model::{ClientId, HumanId, Phi, Time};
use rusqlite::{Row, params};
use serde::{Deserialize, Serialize};

use crate::crypto::Place;
use crate::db::{Conn, statements};
use crate::store::Context;
use crate::{Store, StoreError, TokenHash, crypto, humans, sessions};

statements! {
    INSERT = "INSERT INTO launch_tokens (human_id, token_hash, client_id, lookup, sealed_claim, family, expires_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)";
    GET = "SELECT human_id, client_id, sealed_claim, expires_at FROM launch_tokens WHERE token_hash = $1";
    ALLOTTED = "SELECT human_id FROM launch_tokens WHERE client_id = $1 AND lookup = $2 AND expires_at > $3 LIMIT 1";
    SPOKEN_FOR = "SELECT 1 FROM launch_tokens WHERE human_id = $1 LIMIT 1";
    CLAIM = "SELECT token_hash, sealed_claim FROM launch_tokens WHERE human_id = $1 ORDER BY expires_at DESC LIMIT 1";
    ENDED = "DELETE FROM launch_tokens WHERE expires_at <= $1 RETURNING human_id";
    DROP_FAMILY = "DELETE FROM launch_tokens WHERE human_id = $1 AND family = $2";
}

/// Whom a token is wanted for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Whom {
    /// Somebody whom the app does not have.
    New,
    /// A person of the app.
    Known,
}

/// A new token that opens Connect.
#[derive(Debug)]
pub struct NewLaunch {
    /// Hash of the token.
    pub token_hash: TokenHash,
    /// The app.
    pub client_id: ClientId,
    /// The app's own id of the person.
    pub client_user_id: Phi<String>,
    /// The person's e-mail address, if the app said it; of use for somebody new.
    pub email: Option<Phi<String>>,
    /// For whom.
    pub whom: Whom,
    /// Id for somebody new, if none is allotted yet.
    pub human_id: HumanId,
    /// End of its life.
    pub expires_at: Time,
}

/// What came of the wish for one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Launched {
    /// The token counts, for this person.
    For(HumanId),
    /// [`Whom::New`], and the app has the person.
    Exists,
    /// [`Whom::Known`], and the app has no such person.
    Unknown,
}

/// A token that opens Connect, as it was made.
#[derive(Debug)]
pub struct Launch {
    /// The person: allotted, or real.
    pub human_id: HumanId,
    /// The app.
    pub client_id: ClientId,
    /// The app's own id of the person.
    pub client_user_id: Phi<String>,
    /// Whether the person is real.
    pub real: bool,
    /// End of its life; it may lie in the past.
    pub expires_at: Time,
}

#[derive(Serialize, Deserialize)]
struct Claim {
    client_user_id: String,
    email: Option<String>,
}

impl Store {
    /// Records a token that opens Connect. For somebody new it makes the key under which their connections will be
    /// encrypted.
    pub async fn create_launch(&self, new: NewLaunch) -> Result<Launched, StoreError> {
        self.write(move |conn, context| {
            let known = humans::by_client_user_id(conn, &context.vault, new.client_id, new.client_user_id.expose())?;
            let human = match (new.whom, known) {
                (Whom::New, Some(_)) => return Ok(Launched::Exists),
                (Whom::Known, None) => return Ok(Launched::Unknown),
                (Whom::Known, Some(known)) => known.human_id,
                (Whom::New, None) => allotted(conn, context, &new)?,
            };
            put(conn, context, human, &new, None)?;
            Ok(Launched::For(human))
        })
        .await
    }

    /// By the hash of the token, also one that has just ended.
    pub fn launch(&self, hash: &TokenHash) -> Result<Option<Launch>, StoreError> {
        self.read(|conn| {
            conn.snapshot(|conn| {
                let Some((human_id, client_id, sealed, expires_at)) = conn.one(GET, [hash], read)? else {
                    return Ok(None);
                };
                let key = self.context.vault.person(conn, human_id)?;
                let claim: Claim = key.open_json(&claim_place(hash), &sealed)?;
                Ok(Some(Launch {
                    human_id,
                    client_id,
                    client_user_id: Phi::new(claim.client_user_id),
                    real: humans::by_id(conn, &self.context.vault, human_id)?.is_some(),
                    expires_at,
                }))
            })
        })
    }
}

/// The person that an earlier token of this user was allotted, or a new one with a key.
fn allotted(conn: Conn<'_>, context: &Context, new: &NewLaunch) -> Result<HumanId, StoreError> {
    let now = context.now();
    let lookup = humans::lookup(&context.vault, new.client_id, new.client_user_id.expose());
    let earlier = conn.one(ALLOTTED, params![new.client_id.0, lookup, now.0], |row| Ok(HumanId(row.get(0)?)))?;
    if let Some(human) = earlier {
        return Ok(human);
    }
    context.vault.new_person(conn, new.human_id, new.client_id, now)?;
    Ok(new.human_id)
}

fn put(
    conn: Conn<'_>,
    context: &Context,
    human: HumanId,
    new: &NewLaunch,
    family: Option<[u8; 16]>,
) -> Result<(), StoreError> {
    let claim = Claim {
        client_user_id: new.client_user_id.expose().clone(),
        email: new.email.as_ref().map(|email| email.expose().clone()),
    };
    let key = context.vault.person(conn, human)?;
    let sealed = key.seal_json(context.vault.random(), &claim_place(&new.token_hash), &claim)?;
    let lookup = humans::lookup(&context.vault, new.client_id, new.client_user_id.expose());
    conn.run(INSERT, params![human.0, new.token_hash, new.client_id.0, lookup, sealed, family, new.expires_at.0])?;
    Ok(())
}

/// An id token of a real person, of a family of refresh tokens.
pub(crate) fn put_of_person(
    conn: Conn<'_>,
    context: &Context,
    human: &humans::Human,
    token_hash: TokenHash,
    family: [u8; 16],
    expires_at: Time,
) -> Result<(), StoreError> {
    let new = NewLaunch {
        token_hash,
        client_id: human.client_id,
        client_user_id: human.client_user_id.clone(),
        email: None,
        whom: Whom::Known,
        human_id: human.human_id,
        expires_at,
    };
    put(conn, context, human.human_id, &new, Some(family))
}

/// Ends the id tokens of a family.
pub(crate) fn drop_of_family(conn: Conn<'_>, human: HumanId, family: [u8; 16]) -> Result<(), StoreError> {
    conn.run(DROP_FAMILY, params![human.0, family])?;
    Ok(())
}

/// Whether a token still opens Connect for somebody, so that a key without a person has to stay.
pub(crate) fn spoken_for(conn: Conn<'_>, human: HumanId) -> Result<bool, StoreError> {
    Ok(conn.one(SPOKEN_FOR, [human.0], |_| Ok(()))?.is_some())
}

/// The e-mail address that the app said of the person with the newest token.
pub(crate) fn told_email(conn: Conn<'_>, context: &Context, human: HumanId) -> Result<Option<String>, StoreError> {
    let read = |row: &Row<'_>| Ok((row.get::<_, TokenHash>(0)?, row.get::<_, Vec<u8>>(1)?));
    let Some((hash, sealed)) = conn.one(CLAIM, [human.0], read)? else { return Ok(None) };
    let key = context.vault.person(conn, human)?;
    let claim: Claim = key.open_json(&claim_place(&hash), &sealed)?;
    Ok(claim.email)
}

/// Drops tokens that have ended, and the keys of those who never became real and whom nothing waits for any more;
/// returns these.
pub(super) fn drop_ended(conn: Conn<'_>, context: &Context, now: Time) -> Result<Vec<HumanId>, StoreError> {
    let mut ended = conn.all(ENDED, [now.0], |row| Ok(HumanId(row.get(0)?)))?;
    ended.sort_unstable();
    ended.dedup();
    let mut unreal = Vec::new();
    for human in ended {
        let real = humans::by_id(conn, &context.vault, human)?.is_some();
        if !real && !spoken_for(conn, human)? && !sessions::holds(conn, human)? {
            crypto::delete_person(conn, human)?;
            unreal.push(human);
        }
    }
    Ok(unreal)
}

fn read(row: &Row<'_>) -> Result<(HumanId, ClientId, Vec<u8>, Time), StoreError> {
    Ok((HumanId(row.get(0)?), ClientId(row.get(1)?), row.get(2)?, Time(row.get(3)?)))
}

fn claim_place(hash: &TokenHash) -> Place {
    Place::new("launch_tokens.sealed_claim").id(hash)
}
