//! Migrations: numbered SQL files, each applied once, all of one start in one transaction.

use hilum_model::Time;
use rusqlite::{Connection, TransactionBehavior, params};

use crate::StoreError;

/// A migration: name and text. Its number is its place in the list, from 1.
type Migration = (&'static str, &'static str);

/// All migrations, in order. A file that was released is never changed.
const MIGRATIONS: &[Migration] = &[("0001_first", include_str!("../../migrations/sqlite/0001_first.sql"))];

/// Brings the schema up to date. Refuses a schema of a newer program and one whose history is not ours.
pub(crate) fn migrate(raw: &mut Connection, now: Time) -> Result<(), StoreError> {
    run(raw, MIGRATIONS, now)
}

fn run(raw: &mut Connection, migrations: &[Migration], now: Time) -> Result<(), StoreError> {
    let tx = raw.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(
        "CREATE TABLE IF NOT EXISTS schema_migrations (
             number INTEGER NOT NULL PRIMARY KEY,
             name TEXT NOT NULL,
             checksum BLOB NOT NULL,
             applied_at INTEGER NOT NULL
         ) STRICT;",
    )?;
    let known = migrations.len() as u32;
    let applied: Vec<(u32, Vec<u8>)> = tx
        .prepare("SELECT number, checksum FROM schema_migrations ORDER BY number")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<Result<_, _>>()?;
    if let Some((found, _)) = applied.last()
        && *found > known
    {
        return Err(StoreError::SchemaTooNew { found: *found, known });
    }
    for (index, (name, text)) in migrations.iter().enumerate() {
        let number = index as u32 + 1;
        let sum = checksum(text);
        match applied.iter().find(|(n, _)| *n == number) {
            Some((_, stored)) if *stored == sum => {}
            Some(_) => return Err(StoreError::Sqlite(format!("migration {name} was applied with another text"))),
            None => {
                tx.execute_batch(text)?;
                tx.execute(
                    "INSERT INTO schema_migrations (number, name, checksum, applied_at) VALUES (?1, ?2, ?3, ?4)",
                    params![number, name, sum, now.0],
                )?;
            }
        }
    }
    tx.commit()?;
    Ok(())
}

/// SHA-256 of the text with white space normalised, so that line endings do not matter.
fn checksum(text: &str) -> Vec<u8> {
    let words: Vec<&str> = text.split_whitespace().collect();
    crate::hash_token(&words.join(" ")).to_vec()
}

#[cfg(test)]
mod tests {
    use super::*;

    const ONE: Migration = ("0001_a", "CREATE TABLE a (x INTEGER);");
    const TWO: Migration = ("0002_b", "CREATE TABLE b (x INTEGER);");

    #[test]
    fn applies_each_once_and_in_order() {
        let mut raw = Connection::open_in_memory().expect("opens");
        run(&mut raw, &[ONE], Time(1)).expect("first");
        run(&mut raw, &[ONE, TWO], Time(2)).expect("second");
        run(&mut raw, &[ONE, TWO], Time(3)).expect("again");
        let at: Vec<i64> = raw
            .prepare("SELECT applied_at FROM schema_migrations ORDER BY number")
            .expect("prepares")
            .query_map([], |row| row.get(0))
            .expect("runs")
            .collect::<Result<_, _>>()
            .expect("rows");
        assert_eq!(at, [1, 2]);
    }

    #[test]
    fn refuses_newer_and_foreign_schemas() {
        let mut raw = Connection::open_in_memory().expect("opens");
        run(&mut raw, &[ONE, TWO], Time(1)).expect("both");
        let newer = run(&mut raw, &[ONE], Time(2));
        assert!(matches!(newer, Err(StoreError::SchemaTooNew { found: 2, known: 1 })), "{newer:?}");
        let changed = ("0002_b", "CREATE TABLE b (x INTEGER, y INTEGER);");
        assert!(run(&mut raw, &[ONE, changed], Time(2)).is_err());
        let spaced = ("0002_b", "CREATE TABLE b\r\n  (x INTEGER);");
        run(&mut raw, &[ONE, spaced], Time(2)).expect("white space does not matter");
    }

    #[test]
    fn a_broken_migration_leaves_nothing() {
        let mut raw = Connection::open_in_memory().expect("opens");
        assert!(run(&mut raw, &[ONE, ("0002_bad", "CREATE TABLE c (x INTEGER); NONSENSE;")], Time(1)).is_err());
        let tables: i64 = raw.query_row("SELECT count(*) FROM sqlite_schema", [], |row| row.get(0)).expect("count");
        assert_eq!(tables, 0);
    }
}
