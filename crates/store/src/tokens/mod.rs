//! Tokens of the second generation: those that open Connect, and those that are refreshed. All are kept by their hash.

pub(crate) mod launch;
pub(crate) mod refresh;

pub use self::launch::{Launch, Launched, NewLaunch, Whom};
pub(crate) use self::launch::{drop_of_family, put_of_person, spoken_for, told_email};
pub use self::refresh::{Issue, Rotated, Rotation, RotationOutcome, TokenKind};
use crate::db::statements;
use crate::{Store, StoreError};

statements! {
    ENDED_ACCESS = "SELECT 1 FROM access_tokens WHERE expires_at <= $1 LIMIT 1";
    ENDED_REFRESH = "SELECT 1 FROM refresh_tokens WHERE expires_at <= $1 LIMIT 1";
    ENDED_LAUNCH = "SELECT 1 FROM launch_tokens WHERE expires_at <= $1 LIMIT 1";
    DROP_ENDED_ACCESS = "DELETE FROM access_tokens WHERE expires_at <= $1";
    DROP_ENDED_REFRESH = "DELETE FROM refresh_tokens WHERE expires_at <= $1";
}

impl Store {
    /// Forgets tokens that have ended, and the keys of people whom nobody enrolled before theirs did.
    pub async fn forget_ended_tokens(&self) -> Result<(), StoreError> {
        // A look first: a write that changes nothing would make every read of late be done anew.
        let now = self.context.now();
        let any = self.read(|conn| {
            for sql in [ENDED_ACCESS, ENDED_REFRESH, ENDED_LAUNCH] {
                if conn.one(sql, [now.0], |_| Ok(()))?.is_some() {
                    return Ok(true);
                }
            }
            Ok(false)
        })?;
        if !any {
            return Ok(());
        }
        let unreal = self
            .write(move |conn, context| {
                let now = context.now();
                conn.run(DROP_ENDED_ACCESS, [now.0])?;
                conn.run(DROP_ENDED_REFRESH, [now.0])?;
                launch::drop_ended(conn, context, now)
            })
            .await?;
        for human in unreal {
            self.context.vault.forget(human);
        }
        Ok(())
    }
}
