//! Finds, makes and remembers the keys of apps and people.

use std::path::Path;
use std::sync::Arc;

use hilum_model::{ClientId, HumanId, Random, Secret, Time, world::random_bytes};
use rusqlite::params;

use super::cache::Cache;
use super::ring::KeyRing;
use super::token::TokenKey;
use super::{Place, Sealer};
use crate::StoreError;
use crate::db::{Conn, statements};

statements! {
    TENANT_KEY = "SELECT sealed_key FROM apps WHERE client_id = $1";
    PERSON_KEY = "SELECT client_id, sealed_key FROM person_keys WHERE human_id = $1";
    INSERT_PERSON_KEY = "INSERT INTO person_keys (human_id, client_id, sealed_key, created_at) VALUES ($1, $2, $3, $4)";
    DELETE_PERSON_KEY = "DELETE FROM person_keys WHERE human_id = $1";
    GET_META = "SELECT value FROM meta WHERE name = $1";
    PUT_META = "INSERT INTO meta (name, value) VALUES ($1, $2)";
}

/// Opened keys that are remembered, halved into two generations (about a kilobyte each).
const PERSONS: usize = 1024;
const TENANTS: usize = 128;

/// Id of an app's or person's own key within its blobs; there is one each so far.
const FIRST: u32 = 1;

/// What the key check in `meta` seals.
const CHECK: &[u8] = b"hilum";

/// The keys.
pub(crate) struct Vault {
    ring: KeyRing,
    /// For what callers hold.
    tokens: TokenKey,
    random: Arc<dyn Random>,
    persons: Cache<HumanId, Sealer>,
    tenants: Cache<ClientId, Sealer>,
}

impl Vault {
    /// Opens the key file in `dir`.
    pub(crate) fn open(dir: &Path, random: Arc<dyn Random>) -> Result<Self, StoreError> {
        let ring = KeyRing::load(dir)?;
        let tokens = TokenKey::new(&ring.mac("key of tokens", &[]))?;
        Ok(Self { ring, tokens, random, persons: Cache::new(PERSONS), tenants: Cache::new(TENANTS) })
    }

    /// Fails unless the key file is the one that this database was made with. A new database takes it on.
    pub(crate) fn check_fits(&self, conn: Conn<'_>) -> Result<(), StoreError> {
        let place = Place::new("meta.value");
        let index = self.ring.mac("key check", &[CHECK]);
        let misfit = || StoreError::Key("does not belong to this database".to_owned());
        let Some(sealed) = conn.one(GET_META, ["key_check"], |row| Ok(row.get::<_, Vec<u8>>(0)?))? else {
            conn.run(PUT_META, params!["key_check", self.ring.seal(&*self.random, &place, CHECK)?])?;
            conn.run(PUT_META, params!["index_check", index])?;
            return Ok(());
        };
        let opened = self.ring.open(&place, &sealed).map_err(|_| misfit())?;
        let stored = conn.one(GET_META, ["index_check"], |row| Ok(row.get::<_, Vec<u8>>(0)?))?;
        if opened.expose() != CHECK || stored.as_deref() != Some(&index) {
            return Err(misfit());
        }
        Ok(())
    }

    /// The random source.
    pub(crate) fn random(&self) -> &dyn Random {
        &*self.random
    }

    /// Seals with the key file's own key (app keys, jobs).
    pub(crate) fn seal_system(&self, place: &Place, plain: &[u8]) -> Result<Vec<u8>, StoreError> {
        self.ring.seal(&*self.random, place, plain)
    }

    /// Opens what [`Vault::seal_system`] sealed.
    pub(crate) fn open_system(&self, place: &Place, blob: &[u8]) -> Result<Secret<Vec<u8>>, StoreError> {
        self.ring.open(place, blob)
    }

    /// The key of messages that callers hold.
    pub(crate) const fn tokens(&self) -> &TokenKey {
        &self.tokens
    }

    /// A keyed hash for look-ups and ids; `purpose` separates uses.
    pub(crate) fn mac(&self, purpose: &str, parts: &[&[u8]]) -> [u8; 32] {
        self.ring.mac(purpose, parts)
    }

    /// A new app's key, sealed.
    pub(crate) fn new_tenant(&self, app: ClientId) -> Result<Vec<u8>, StoreError> {
        let key = Secret::new(random_bytes::<32>(&*self.random));
        self.seal_system(&tenant_place(app), key.expose())
    }

    /// Fails unless the app's key opens.
    pub(crate) fn check_app(&self, conn: Conn<'_>, app: ClientId) -> Result<(), StoreError> {
        self.tenant(conn, app)?.map(drop).ok_or(StoreError::NotFound)
    }

    /// Makes and stores a person's key. Not remembered before the transaction is committed.
    pub(crate) fn new_person(
        &self,
        conn: Conn<'_>,
        human: HumanId,
        app: ClientId,
        now: Time,
    ) -> Result<Sealer, StoreError> {
        let key = Secret::new(random_bytes::<32>(&*self.random));
        let tenant = self.tenant(conn, app)?.ok_or(StoreError::NotFound)?;
        let sealed = tenant.seal(&*self.random, &person_place(human, app), key.expose())?;
        conn.run(INSERT_PERSON_KEY, params![human.0, app.0, sealed, now.0])?;
        // Of an erased person with the same (fixed) id.
        self.forget(human);
        Sealer::new(FIRST, &key)
    }

    /// A person's key; `None` when the person was erased or never was.
    pub(crate) fn find_person(&self, conn: Conn<'_>, human: HumanId) -> Result<Option<Arc<Sealer>>, StoreError> {
        if let Some(known) = self.persons.get(&human) {
            return Ok(Some(known));
        }
        let row = conn
            .one(PERSON_KEY, [human.0], |row| Ok((ClientId(row.get::<_, [u8; 20]>(0)?), row.get::<_, Vec<u8>>(1)?)))?;
        let Some((app, sealed)) = row else { return Ok(None) };
        let tenant = self.tenant(conn, app)?.ok_or(StoreError::Damaged("person_keys.client_id"))?;
        let key = Arc::new(Sealer::new(FIRST, &tenant.open_key(&person_place(human, app), &sealed)?)?);
        if !conn.writing {
            self.persons.put(human, key.clone());
        }
        Ok(Some(key))
    }

    /// A person's key, where rows of the person say that it must exist.
    pub(crate) fn person(&self, conn: Conn<'_>, human: HumanId) -> Result<Arc<Sealer>, StoreError> {
        self.find_person(conn, human)?.ok_or(StoreError::NotFound)
    }

    /// Forgets the opened key of an erased person.
    pub(crate) fn forget(&self, human: HumanId) {
        self.persons.forget(&human);
    }

    fn tenant(&self, conn: Conn<'_>, app: ClientId) -> Result<Option<Arc<Sealer>>, StoreError> {
        if let Some(known) = self.tenants.get(&app) {
            return Ok(Some(known));
        }
        let Some(sealed) = conn.one(TENANT_KEY, [app.0], |row| Ok(row.get::<_, Vec<u8>>(0)?))? else {
            return Ok(None);
        };
        let key = Arc::new(Sealer::new(FIRST, &self.ring.open_key(&tenant_place(app), &sealed)?)?);
        if !conn.writing {
            self.tenants.put(app, key.clone());
        }
        Ok(Some(key))
    }
}

fn tenant_place(app: ClientId) -> Place {
    Place::new("apps.sealed_key").id(&app.0)
}

fn person_place(human: HumanId, app: ClientId) -> Place {
    Place::new("person_keys.sealed_key").id(&human.0).id(&app.0)
}

/// Deletes a person's key; call [`Vault::forget`] when that is committed.
pub(crate) fn delete_person(conn: Conn<'_>, human: HumanId) -> Result<(), StoreError> {
    conn.run(DELETE_PERSON_KEY, [human.0])?;
    Ok(())
}
