//! A session that the app's server had opened with its secret: what it connects is the person's own without an exchange.

use hilum_model::{ConnectionId, SessionId};
use rusqlite::params;

use super::exchange::enrol;
use super::{GET, SessionMode, SessionState, find};
use crate::db::{Conn, statements};
use crate::humans::{self, HumanFacts};
use crate::outbox::tell;
use crate::store::Context;
use crate::{Store, StoreError, connections, imports, jobs, tokens};

statements! {
    SET_EDIT = "UPDATE sessions SET mode = $2, changed = 1 WHERE session_id = $1";
    IS_PENDING = "SELECT 1 FROM connections WHERE human_id = $1 AND connection_id = $2 AND pending = $3";
}

/// What came of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Settled {
    /// These connections are real now, by the ids that they have now.
    Own(Vec<ConnectionId>),
    /// Meanwhile the app has another person with this id; what the session connected is to be revoked.
    AlreadyEnrolled,
    /// The session is not open any more.
    Over,
}

impl Store {
    /// Makes real what is pending in an open session, and its person with it; the session goes on in edit mode. A sync
    /// job for each connection is queued. `only` is one connection that is pending in it; `None`: all to which the person
    /// agreed, and the files. That the app's server had the session opened is the caller's to know.
    pub async fn settle(&self, session: SessionId, only: Option<ConnectionId>) -> Result<Settled, StoreError> {
        self.write(move |conn, context| run(conn, context, session, only)).await
    }
}

fn run(conn: Conn<'_>, context: &Context, id: SessionId, only: Option<ConnectionId>) -> Result<Settled, StoreError> {
    let now = context.now();
    let session = find(conn, &context.vault, GET, [id.0])?
        .filter(|session| session.state == SessionState::Open && session.expires_at > now);
    let Some(session) = session else { return Ok(Settled::Over) };
    let human = session.human_id;
    let pending = match only {
        Some(one) => {
            conn.one(IS_PENDING, params![human.0, one.0, id.0], |_| Ok(()))?.ok_or(StoreError::NotFound)?;
            vec![one]
        }
        None => connections::agreed_ids(conn, id)?,
    };
    // Another session of the same token may have made the person real meanwhile.
    let created = humans::by_id(conn, &context.vault, human)?.is_none();
    let facts = || -> Result<HumanFacts, StoreError> {
        Ok(HumanFacts { email: tokens::told_email(conn, context, human)?, ..HumanFacts::default() })
    };
    if created && enrol(conn, context, &session, facts()?)?.is_none() {
        return Ok(Settled::AlreadyEnrolled);
    }
    if only.is_none() {
        imports::pending::release(conn, context, human, id)?;
    }
    let mut own = Vec::with_capacity(pending.len());
    for connection in pending {
        let real = connections::activate(conn, context, human, connection)?;
        jobs::enqueue_sync(conn, context, human, real, now)?;
        own.push(real);
    }
    if created || !own.is_empty() {
        tell::enrolled(conn, context, human, created, &own)?;
    }
    conn.run(SET_EDIT, params![id.0, SessionMode::Edit.number()])?;
    Ok(Settled::Own(own))
}
