//! Refresh before the token ends: at about 70 % of its life, so that a provider's bad hour costs nothing.

use hilum_model::{ConnectionId, HumanId, Time};
use hilum_store::connections::ConnectionState;
use hilum_store::grants::{Grant, GrantState};
use hilum_store::jobs::Priority;
use hilum_store::{Store, StoreError};

use super::GrantError;
use crate::Engine;
use crate::jobs::{Outcome, REFRESH, Target};

/// When a grant's access token is due: at 65 to 75 % of its life. The spread comes from the connection and generation,
/// so that asking twice gives the same answer and connections of one hour do not move together.
fn due(grant: &Grant) -> Option<Time> {
    if grant.state == GrantState::NeedsReauth {
        return None;
    }
    grant.tokens.refresh.as_ref()?;
    let life = grant.tokens.expires_at.since_ms(grant.obtained_at).max(0);
    let spread = i64::from(grant.connection_id.0[11] ^ grant.generation as u8);
    Some(grant.obtained_at.plus_ms(life / 100 * 65 + life / 1000 * 100 * spread / 255))
}

/// Queues the next refresh of a connection; nothing for a grant that cannot be refreshed.
pub(crate) async fn schedule(store: &Store, human: HumanId, connection: ConnectionId) -> Result<(), StoreError> {
    let Some(at) = store.grant(human, connection)?.as_ref().and_then(due) else { return Ok(()) };
    let target = Target { human, connection };
    store.enqueue(REFRESH, &target.key(), target.payload(), Priority::Normal, at).await
}

impl Engine {
    /// The job `refresh`.
    pub(crate) async fn refresh_job(&self, target: Target) -> Result<Outcome, StoreError> {
        let Target { human, connection } = target;
        let Some(row) = self.store.connection(human, connection)? else { return Ok(Outcome::Done) };
        if !matches!(row.state, ConnectionState::Live | ConnectionState::ProviderDown) {
            // The sync after the next authorisation queues it again.
            return Ok(Outcome::Done);
        }
        let Some(grant) = self.store.grant(human, connection)? else { return Ok(Outcome::Done) };
        let Some(due) = due(&grant) else { return Ok(Outcome::Done) };
        if self.clock.now() < due {
            // A sync has refreshed it meanwhile.
            schedule(&self.store, human, connection).await?;
            return Ok(Outcome::Done);
        }
        match self.renew_token(human, connection, grant.generation).await {
            Ok(_) | Err(GrantError::NeedsReauth(_) | GrantError::Gone) => Ok(Outcome::Done),
            Err(GrantError::NotBefore(at)) => Ok(Outcome::Retry(at, "not now")),
            Err(GrantError::Restored(at)) => Ok(Outcome::Retry(at, "restored from a backup")),
            Err(GrantError::Refused(_) | GrantError::Unclear) => {
                Ok(Outcome::Retry(self.clock.now().plus_ms(60_000), "not now"))
            }
            Err(GrantError::Store(error)) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use hilum_model::Secret;
    use hilum_store::grants::Tokens;

    use super::*;

    fn grant(last: u8, generation: i64, refresh: bool) -> Grant {
        let mut id = [0; 12];
        id[11] = last;
        Grant {
            human_id: HumanId([0; 16]),
            connection_id: ConnectionId(id),
            generation,
            state: GrantState::Ok,
            tokens: Tokens {
                access: Secret::new("a".to_owned()),
                refresh: refresh.then(|| Secret::new("r".to_owned())),
                expires_at: Time(1_000_000 + 10_800_000),
            },
            previous_refresh: None,
            lease: None,
            attempts: 0,
            obtained_at: Time(1_000_000),
        }
    }

    #[test]
    fn between_65_and_75_percent_of_the_life() {
        // Life 10,800,000 ms: 65 % is 7,020,000 and 75 % is 8,100,000.
        assert_eq!(due(&grant(0, 0, true)), Some(Time(1_000_000 + 7_020_000)));
        assert_eq!(due(&grant(255, 0, true)), Some(Time(1_000_000 + 8_100_000)));
        assert_eq!(due(&grant(255, 255, true)), Some(Time(1_000_000 + 7_020_000)));
        assert_eq!(due(&grant(1, 1, false)), None);
        let dead = Grant { state: GrantState::NeedsReauth, ..grant(1, 1, true) };
        assert_eq!(due(&dead), None);
    }
}
