//! Tokens of the second generation: those that open Connect, and those that are refreshed. All are kept by their hash.

pub(crate) mod launch;
pub(crate) mod refresh;

use hilum_model::Time;

pub use self::launch::{Launch, Launched, NewLaunch, Whom};
pub(crate) use self::launch::{drop_of_family, put_of_person, spoken_for, told_email};
pub use self::refresh::{Issue, Rotated, Rotation, RotationOutcome, TokenKind};
use crate::db::statements;
use crate::{Store, StoreError};

statements! {
    DROP_ENDED_ACCESS = "DELETE FROM access_tokens WHERE expires_at <= $1";
    DROP_ENDED_REFRESH = "DELETE FROM refresh_tokens WHERE expires_at <= $1";
}

impl Store {
    /// Forgets tokens that have ended, and the keys of people whom nobody enrolled before theirs did.
    pub async fn forget_ended_tokens(&self) -> Result<(), StoreError> {
        let unreal = self
            .write(move |conn, context| {
                let now: Time = context.now();
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
