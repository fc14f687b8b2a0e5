//! People, their tokens, their erasure.
use std::sync::Arc;

use hilum_model::{ClientId, HumanId, Phi, Time, UserId};
use rusqlite::{Row, params};

use crate::crypto::{Place, Sealer, Vault};
use crate::db::{Conn, statements};
use crate::store::Context;
use crate::{Store, StoreError, TokenHash};

statements! {
    INSERT = "INSERT INTO humans
        (human_id, client_id, user_id, lookup, sealed_client_user_id, sealed_facts, created_at, updated_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)";
    GET = "SELECT human_id, client_id, user_id, sealed_client_user_id, sealed_facts, created_at, updated_at
        FROM humans WHERE human_id = $1";
    GET_BY_LOOKUP = "SELECT human_id, client_id, user_id, sealed_client_user_id, sealed_facts, created_at, updated_at
        FROM humans WHERE client_id = $1 AND lookup = $2";
    GET_BY_PUBLIC_TOKEN = "SELECT h.human_id, h.client_id, h.user_id, h.sealed_client_user_id, h.sealed_facts,
        h.created_at, h.updated_at
        FROM public_tokens t JOIN humans h ON h.human_id = t.human_id WHERE t.token_hash = $1";
    GET_BY_ACCESS_TOKEN = "SELECT h.human_id, h.client_id, h.user_id, h.sealed_client_user_id, h.sealed_facts,
        h.created_at, h.updated_at, t.expires_at
        FROM access_tokens t JOIN humans h ON h.human_id = t.human_id
        WHERE t.token_hash = $1 AND (t.expires_at IS NULL OR t.expires_at > $2)";
    LIST = "SELECT human_id, client_id, user_id, sealed_client_user_id, sealed_facts, created_at, updated_at
        FROM humans WHERE client_id = $1 ORDER BY created_at, human_id LIMIT $2 OFFSET $3";
    COUNT = "SELECT count(*) FROM humans WHERE client_id = $1";
    SET_FACTS = "UPDATE humans SET sealed_facts = $2, updated_at = $3 WHERE human_id = $1";
    PUT_PUBLIC_TOKEN = "INSERT INTO public_tokens (human_id, token_hash, created_at) VALUES ($1, $2, $3)
        ON CONFLICT (human_id) DO UPDATE SET token_hash = excluded.token_hash, created_at = excluded.created_at";
    PUT_ACCESS_TOKEN = "INSERT INTO access_tokens (human_id, token_hash, expires_at, family, created_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (human_id, token_hash) DO UPDATE SET expires_at = excluded.expires_at";
    DELETE_ENDED_ACCESS_TOKENS = "DELETE FROM access_tokens WHERE human_id = $1 AND expires_at <= $2";
    DELETE_FAMILY = "DELETE FROM access_tokens WHERE human_id = $1 AND family = $2";
    END_ACCESS_TOKENS = "UPDATE access_tokens SET expires_at = $2
        WHERE human_id = $1 AND (expires_at IS NULL OR expires_at > $2)";
}

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
    /// Creates the person, or returns the one that the app already has under that id (`false`: it existed). Fails with
    /// `Exists` when fixed ids belong to someone else, with `NotFound` when there is no such app.
    pub async fn create_human(&self, new: NewHuman) -> Result<(Human, bool), StoreError> {
        self.write(move |conn, context| {
            if let Some(known) = by_client_user_id(conn, &context.vault, new.client_id, new.client_user_id.expose())? {
                return Ok((known, false));
            }
            let (human_id, user_id) = new
                .ids
                .unwrap_or_else(|| (HumanId::random(context.vault.random()), UserId::random(context.vault.random())));
            let key = context.vault.new_person(conn, human_id, new.client_id, context.now())?;
            let human = insert(
                conn,
                context,
                &key,
                HumanSeed {
                    human_id,
                    user_id,
                    client_id: new.client_id,
                    client_user_id: new.client_user_id,
                    facts: new.facts,
                },
            )?;
            Ok((human, true))
        })
        .await
    }
    /// By id.
    pub fn human(&self, id: HumanId) -> Result<Option<Human>, StoreError> {
        self.read(|conn| by_id(conn, &self.context.vault, id))
    }
    /// By the app's own id of the person.
    pub fn human_by_client_user_id(&self, app: ClientId, client_user_id: &str) -> Result<Option<Human>, StoreError> {
        self.read(|conn| by_client_user_id(conn, &self.context.vault, app, client_user_id))
    }
    /// By a current public token.
    pub fn human_by_public_token(&self, hash: &TokenHash) -> Result<Option<Human>, StoreError> {
        self.read(|conn| opened(conn, &self.context.vault, conn.one(GET_BY_PUBLIC_TOKEN, [hash], SealedHuman::read)?))
    }
    /// By an access token that is neither expired nor revoked.
    pub fn human_by_access_token(&self, hash: &TokenHash) -> Result<Option<Arc<Human>>, StoreError> {
        let (now, commits) = (self.context.now(), self.commits());
        if let Some((human, end)) = self.memory.tokens.get(commits, hash)
            && end.is_none_or(|end| end > now)
        {
            return Ok(Some(human));
        }
        self.read(|conn| {
            let read = |row: &Row<'_>| Ok((SealedHuman::read(row)?, row.get::<_, Option<i64>>(7)?.map(Time)));
            let Some((row, end)) = conn.one(GET_BY_ACCESS_TOKEN, params![hash, now.0], read)? else { return Ok(None) };
            let human = opened(conn, &self.context.vault, Some(row))?.map(Arc::new);
            if let Some(human) = &human {
                self.memory.tokens.put(commits, *hash, (human.clone(), end));
            }
            Ok(human)
        })
    }
    /// An app's people, oldest first. `None` limit is all.
    pub fn humans(&self, app: ClientId, limit: Option<u32>, offset: u32) -> Result<Vec<Human>, StoreError> {
        let limit = limit.map_or(i64::MAX, i64::from);
        self.read(|conn| {
            conn.snapshot(|conn| {
                let rows = conn.all(LIST, params![app.0, limit, offset], SealedHuman::read)?;
                rows.into_iter().map(|row| row.open(conn, &self.context.vault)).collect()
            })
        })
    }
    /// How many people an app has.
    pub fn count_humans(&self, app: ClientId) -> Result<u64, StoreError> {
        let count = self.read(|conn| conn.one(COUNT, [app.0], |row| Ok(row.get::<_, i64>(0)?)))?;
        Ok(count.unwrap_or(0) as u64)
    }
    /// Replaces the public token (the old one dies at once).
    pub async fn set_public_token(&self, human: HumanId, hash: TokenHash) -> Result<(), StoreError> {
        self.write(move |conn, context| put_public_token(conn, human, &hash, context.now())).await
    }
    /// Adds an access token without end (the demo user's).
    pub async fn add_access_token(&self, human: HumanId, hash: TokenHash) -> Result<(), StoreError> {
        self.write(move |conn, context| put_access_token(conn, human, &hash, None, None, context.now())).await
    }
}

/// What a new row of `humans` is made of.
pub(crate) struct HumanSeed {
    pub(crate) human_id: HumanId,
    pub(crate) user_id: UserId,
    pub(crate) client_id: ClientId,
    pub(crate) client_user_id: Phi<String>,
    pub(crate) facts: HumanFacts,
}

/// Inserts a person whose key exists.
pub(crate) fn insert(conn: Conn<'_>, context: &Context, key: &Sealer, seed: HumanSeed) -> Result<Human, StoreError> {
    let now = context.now();
    let random = context.vault.random();
    let id = seed.human_id;
    conn.run(
        INSERT,
        params![
            id.0,
            seed.client_id.0,
            seed.user_id.0,
            lookup(&context.vault, seed.client_id, seed.client_user_id.expose()),
            key.seal(random, &client_user_id_place(id), seed.client_user_id.expose().as_bytes())?,
            key.seal_json(random, &facts_place(id), &seed.facts)?,
            now.0
        ],
    )?;
    Ok(Human {
        human_id: id,
        client_id: seed.client_id,
        user_id: seed.user_id,
        client_user_id: seed.client_user_id,
        facts: Phi::new(seed.facts),
        created_at: now,
        updated_at: now,
    })
}

/// By id.
pub(crate) fn by_id(conn: Conn<'_>, vault: &Vault, id: HumanId) -> Result<Option<Human>, StoreError> {
    opened(conn, vault, conn.one(GET, [id.0], SealedHuman::read)?)
}

/// By the app's own id of the person.
pub(crate) fn by_client_user_id(
    conn: Conn<'_>,
    vault: &Vault,
    app: ClientId,
    client_user_id: &str,
) -> Result<Option<Human>, StoreError> {
    let row = conn.one(GET_BY_LOOKUP, params![app.0, lookup(vault, app, client_user_id)], SealedHuman::read)?;
    opened(conn, vault, row)
}

/// The blind index of a client user id within an app.
pub(crate) fn lookup(vault: &Vault, app: ClientId, client_user_id: &str) -> [u8; 32] {
    vault.mac("humans.lookup", &[&app.0, client_user_id.as_bytes()])
}

/// Replaces the public token.
pub(crate) fn put_public_token(conn: Conn<'_>, human: HumanId, hash: &TokenHash, now: Time) -> Result<(), StoreError> {
    conn.run(PUT_PUBLIC_TOKEN, params![human.0, hash, now.0])?;
    Ok(())
}

/// Adds an access token: with its end, if it has one, and what it ends with (`access_tokens.family`).
pub(crate) fn put_access_token(
    conn: Conn<'_>,
    human: HumanId,
    hash: &TokenHash,
    end: Option<Time>,
    family: Option<[u8; 16]>,
    now: Time,
) -> Result<(), StoreError> {
    conn.run(PUT_ACCESS_TOKEN, params![human.0, hash, end.map(|end| end.0), family, now.0])?;
    Ok(())
}

/// Ends the access tokens of a family.
pub(crate) fn end_family(conn: Conn<'_>, human: HumanId, family: [u8; 16]) -> Result<(), StoreError> {
    conn.run(DELETE_FAMILY, params![human.0, family])?;
    Ok(())
}

/// Removes the person's access tokens that have ended.
pub(crate) fn drop_ended_access_tokens(conn: Conn<'_>, human: HumanId, now: Time) -> Result<(), StoreError> {
    conn.run(DELETE_ENDED_ACCESS_TOKENS, params![human.0, now.0])?;
    Ok(())
}

/// Lets the person's access tokens end at `until` at the latest, and removes those that have ended.
pub(crate) fn end_access_tokens(conn: Conn<'_>, human: HumanId, until: Time, now: Time) -> Result<(), StoreError> {
    drop_ended_access_tokens(conn, human, now)?;
    conn.run(END_ACCESS_TOKENS, params![human.0, until.0])?;
    Ok(())
}

/// Takes over what a source tells about a real person; the newer word stands. Nothing to do for a pending person.
pub(crate) fn learn(
    conn: Conn<'_>,
    context: &Context,
    id: HumanId,
    told: hilum_model::observation::AccountFacts,
) -> Result<(), StoreError> {
    if told.email.is_none() && told.gender.is_none() && told.time_zone.is_none() {
        return Ok(());
    }
    let Some(human) = by_id(conn, &context.vault, id)? else { return Ok(()) };
    let known = human.facts.into_inner();
    let facts = HumanFacts {
        email: told.email.or_else(|| known.email.clone()),
        gender: told.gender.or_else(|| known.gender.clone()),
        time_zone: told.time_zone.or_else(|| known.time_zone.clone()),
    };
    if facts != known {
        let key = context.vault.person(conn, id)?;
        let sealed = key.seal_json(context.vault.random(), &facts_place(id), &facts)?;
        conn.run(SET_FACTS, params![id.0, sealed, context.now().0])?;
    }
    Ok(())
}

/// A row as stored.
pub(crate) struct SealedHuman {
    human_id: HumanId,
    client_id: ClientId,
    user_id: UserId,
    client_user_id: Vec<u8>,
    facts: Vec<u8>,
    created_at: Time,
    updated_at: Time,
}

impl SealedHuman {
    pub(crate) fn read(row: &Row<'_>) -> Result<Self, StoreError> {
        Ok(Self {
            human_id: HumanId(row.get(0)?),
            client_id: ClientId(row.get(1)?),
            user_id: UserId(row.get(2)?),
            client_user_id: row.get(3)?,
            facts: row.get(4)?,
            created_at: Time(row.get(5)?),
            updated_at: Time(row.get(6)?),
        })
    }

    pub(crate) fn open(self, conn: Conn<'_>, vault: &Vault) -> Result<Human, StoreError> {
        let key = vault.person(conn, self.human_id)?;
        Ok(Human {
            human_id: self.human_id,
            client_id: self.client_id,
            user_id: self.user_id,
            client_user_id: Phi::new(key.open_text(&client_user_id_place(self.human_id), &self.client_user_id)?),
            facts: Phi::new(key.open_json(&facts_place(self.human_id), &self.facts)?),
            created_at: self.created_at,
            updated_at: self.updated_at,
        })
    }
}

/// Opens a row, if there is one. A person that is erased between row and key is not there.
fn opened(conn: Conn<'_>, vault: &Vault, row: Option<SealedHuman>) -> Result<Option<Human>, StoreError> {
    match row.map(|row| row.open(conn, vault)).transpose() {
        Err(StoreError::NotFound) => Ok(None),
        other => other,
    }
}

fn client_user_id_place(human: HumanId) -> Place {
    Place::new("humans.sealed_client_user_id").id(&human.0)
}

fn facts_place(human: HumanId) -> Place {
    Place::new("humans.sealed_facts").id(&human.0)
}
