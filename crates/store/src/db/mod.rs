//! The executor: SQL texts as constants, one writer, many readers, migrations.
//!
//! SQL is written in a dialect that SQLite and PostgreSQL share, with `$1`, `$2`, … for parameters. SQLite numbers
//! `$n` by first appearance, so each text is rewritten to `?n` at compile time.

#[cfg(test)]
mod catalogue;
pub(crate) mod migrate;
pub(crate) mod readers;
pub(crate) mod writer;

use std::ops::ControlFlow;
use std::path::Path;

use rusqlite::config::DbConfig;
use rusqlite::{Connection, OpenFlags, Params, Row};

use crate::StoreError;

/// The database file within the data directory.
pub(crate) const FILE: &str = "hilum.sqlite";

/// Statements kept prepared on a connection; more than the program has.
const PREPARED: usize = 384;

/// One SQL text.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sql {
    /// Name of the constant, for the catalogue test.
    #[cfg_attr(not(test), expect(dead_code, reason = "read by the catalogue test"))]
    pub(crate) name: &'static str,
    /// The text with `?n` parameters.
    pub(crate) text: &'static str,
}

/// Rewrites `$1` to `?1`: same length, so that it can be done at compile time.
pub(crate) const fn numbered<const N: usize>(text: &str) -> [u8; N] {
    let from = text.as_bytes();
    let mut to = [0; N];
    let mut i = 0;
    while i < N {
        to[i] = if from[i] == b'$' { b'?' } else { from[i] };
        i += 1;
    }
    to
}

/// Declares the SQL texts of a table family and their list `ALL`.
macro_rules! statements {
    ($($(#[$doc:meta])* $name:ident = $text:expr;)*) => {
        $($(#[$doc])* const $name: $crate::db::Sql = {
            const TEXT: &str = $text;
            const BYTES: [u8; TEXT.len()] = $crate::db::numbered(TEXT);
            match ::std::str::from_utf8(&BYTES) {
                Ok(text) => $crate::db::Sql { name: stringify!($name), text },
                Err(_) => panic!("SQL text is UTF-8"),
            }
        };)*
        /// Every statement of this family.
        #[cfg(test)]
        pub(crate) const ALL: &[$crate::db::Sql] = &[$($name),*];
    };
}
pub(crate) use statements;

/// A connection as the table families see it.
#[derive(Clone, Copy)]
pub(crate) struct Conn<'a> {
    raw: &'a Connection,
    /// Inside the writer's transaction: what is read may still be rolled back, so it must not be remembered.
    pub(crate) writing: bool,
}

impl<'a> Conn<'a> {
    /// Wraps a connection.
    pub(crate) const fn new(raw: &'a Connection, writing: bool) -> Self {
        Self { raw, writing }
    }

    /// Runs a statement; gives the number of rows changed.
    pub(crate) fn run(self, sql: Sql, params: impl Params) -> Result<usize, StoreError> {
        Ok(self.raw.prepare_cached(sql.text)?.execute(params)?)
    }

    /// The first row, if there is one. The statement is run to its end, as a changing one must be.
    pub(crate) fn one<T>(
        self,
        sql: Sql,
        params: impl Params,
        read: impl FnOnce(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Option<T>, StoreError> {
        let mut statement = self.raw.prepare_cached(sql.text)?;
        let mut rows = statement.query(params)?;
        let Some(row) = rows.next()? else { return Ok(None) };
        let value = read(row)?;
        while rows.next()?.is_some() {}
        Ok(Some(value))
    }

    /// All rows.
    pub(crate) fn all<T>(
        self,
        sql: Sql,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<T, StoreError>,
    ) -> Result<Vec<T>, StoreError> {
        let mut out = Vec::new();
        self.each(sql, params, |row| {
            out.push(read(row)?);
            Ok(ControlFlow::Continue(()))
        })?;
        Ok(out)
    }

    /// Row after row, until `read` says that it has enough.
    pub(crate) fn each(
        self,
        sql: Sql,
        params: impl Params,
        mut read: impl FnMut(&Row<'_>) -> Result<ControlFlow<()>, StoreError>,
    ) -> Result<(), StoreError> {
        let mut statement = self.raw.prepare_cached(sql.text)?;
        let mut rows = statement.query(params)?;
        while let Some(row) = rows.next()? {
            if read(row)?.is_break() {
                break;
            }
        }
        Ok(())
    }

    /// Runs a write and takes all of it back; gives what it would have given. Only within a write.
    pub(crate) fn rehearse<T>(self, write: impl FnOnce(Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        let step = |sql| self.raw.prepare_cached(sql).and_then(|mut step| step.execute([]));
        step("SAVEPOINT rehearsal")?;
        let result = write(self);
        step("ROLLBACK TO rehearsal")?;
        step("RELEASE rehearsal")?;
        result
    }

    /// Runs `read` on one snapshot of the database, so that its statements agree with each other. Within a snapshot or a
    /// write it is that one.
    pub(crate) fn snapshot<T>(self, read: impl FnOnce(Self) -> Result<T, StoreError>) -> Result<T, StoreError> {
        if self.writing || !self.raw.is_autocommit() {
            return read(self);
        }
        self.raw.prepare_cached("BEGIN")?.execute([])?;
        let result = read(self);
        self.raw.prepare_cached("COMMIT")?.execute([])?;
        result
    }
}

/// Opens a connection with the settings that all connections share.
pub(crate) fn open(path: &Path) -> Result<Connection, StoreError> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let raw = Connection::open_with_flags(path, flags)?;
    raw.set_prepared_statement_cache_capacity(PREPARED);
    // Plans must not hang on the values bound: SQLite would plan a statement with a range anew for each of them, which
    // takes four times as long as running it.
    raw.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    raw.execute_batch(
        "PRAGMA busy_timeout = 5000;
         PRAGMA foreign_keys = ON;
         PRAGMA synchronous = FULL;
         PRAGMA temp_store = MEMORY;
         PRAGMA mmap_size = 268435456;",
    )?;
    Ok(raw)
}

impl From<rusqlite::Error> for StoreError {
    /// Constraint failures become what they mean; the text of others names tables and columns, never values.
    fn from(error: rusqlite::Error) -> Self {
        use rusqlite::ffi::{SQLITE_CONSTRAINT_FOREIGNKEY, SQLITE_CONSTRAINT_PRIMARYKEY, SQLITE_CONSTRAINT_UNIQUE};
        match error.sqlite_error().map(|e| e.extended_code) {
            Some(SQLITE_CONSTRAINT_PRIMARYKEY | SQLITE_CONSTRAINT_UNIQUE) => Self::Exists,
            Some(SQLITE_CONSTRAINT_FOREIGNKEY) => Self::NotFound,
            _ => Self::Sqlite(error.to_string()),
        }
    }
}

/// Takes away others' right to read the database file (its log inherits the mode), whatever the umask was.
pub(crate) fn private(path: &Path) -> Result<(), StoreError> {
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))
            .map_err(|source| StoreError::Io { what: path.display().to_string(), source })?;
    }
    Ok(())
}

/// `NotFound` when no row was changed.
pub(crate) fn found(rows: usize) -> Result<(), StoreError> {
    if rows == 0 { Err(StoreError::NotFound) } else { Ok(()) }
}

/// A list of texts as it is stored: a JSON array.
pub(crate) fn list_json(list: &[String]) -> String {
    serde_json::Value::from(list).to_string()
}

/// Reads what [`list_json`] wrote.
pub(crate) fn json_list(value: rusqlite::types::ValueRef<'_>, column: &'static str) -> Result<Vec<String>, StoreError> {
    let text = value.as_str().map_err(|_| StoreError::Damaged(column))?;
    serde_json::from_str(text).map_err(|_| StoreError::Damaged(column))
}
