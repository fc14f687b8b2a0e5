//! The outbox: what happened, for apps. An event is written in the transaction of what it tells of, so neither is there
//! without the other, whatever dies when. Events hold ids, names, counts and days, and nothing of what was measured.
pub(crate) mod feed;
pub(crate) mod tally;
pub(crate) mod tell;

use hilum_model::{ClientId, HumanId, Time};
use rusqlite::{Row, params};
use serde_json::{Map, Value};

use crate::StoreError;
use crate::crypto::Vault;
use crate::db::{Conn, statements};
use crate::store::Context;

pub use feed::EventCursor;
pub use tally::data_types;

statements! {
    APP_OF = "SELECT client_id FROM humans WHERE human_id = $1";
    ADVANCE_FEED = "INSERT INTO event_feeds (client_id, position) VALUES ($1, $2)
        ON CONFLICT (client_id) DO UPDATE SET position = event_feeds.position + excluded.position
        RETURNING position";
    ADVANCE_SEQUENCE = "INSERT INTO event_sequences (human_id, sequence) VALUES ($1, $2)
        ON CONFLICT (human_id) DO UPDATE SET sequence = event_sequences.sequence + excluded.sequence
        RETURNING sequence";
    INSERT = "INSERT INTO events (client_id, position, human_id, sequence, type, data_type, lane, at, data)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";
    DELETE_OF_HUMAN = "DELETE FROM events WHERE human_id = $1";
    DELETE_SEQUENCE = "DELETE FROM event_sequences WHERE human_id = $1";
    DELETE_DELIVERIES = "DELETE FROM deliveries WHERE human_id = $1";
}

/// What an event is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EventType {
    /// New data of a type.
    DataCreated,
    /// Corrected data of a type.
    DataUpdated,
    /// Data of a type that the source took back.
    DataDeleted,
    /// A source was connected, or connected again.
    Connected,
    /// The person disconnected a source.
    Disconnected,
    /// Only the person can mend a connection, by authorising again.
    NeedsReauth,
    /// A connection that needed its person works again.
    Recovered,
    /// The first sync of a connection came to the present.
    FirstSync,
    /// All that a connection's source gives of a kind of its data has been read, back to the beginning.
    HistorySync,
    /// A Connect session was exchanged.
    Enrolled,
    /// A person was erased.
    Erased,
    /// A webhook of the app was disabled, because it is gone or failed for long.
    WebhookDisabled,
}

impl EventType {
    /// Every type.
    pub const ALL: [Self; 12] = [
        Self::DataCreated,
        Self::DataUpdated,
        Self::DataDeleted,
        Self::Connected,
        Self::Disconnected,
        Self::NeedsReauth,
        Self::Recovered,
        Self::FirstSync,
        Self::HistorySync,
        Self::Enrolled,
        Self::Erased,
        Self::WebhookDisabled,
    ];

    /// What apps call it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::DataCreated => "data.created",
            Self::DataUpdated => "data.updated",
            Self::DataDeleted => "data.deleted",
            Self::Connected => "connection.connected",
            Self::Disconnected => "connection.disconnected",
            Self::NeedsReauth => "connection.needs_reauth",
            Self::Recovered => "connection.recovered",
            Self::FirstSync => "sync.first_completed",
            Self::HistorySync => "sync.history_completed",
            Self::Enrolled => "enrolment.completed",
            Self::Erased => "user.erased",
            Self::WebhookDisabled => "webhook.disabled",
        }
    }

    fn from_name(name: &str) -> Result<Self, StoreError> {
        Self::ALL.into_iter().find(|kind| kind.name() == name).ok_or(StoreError::Damaged("events.type"))
    }
}

/// Which of two queues an event goes through, so that years of somebody's past do not stand before today's news.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Lane {
    /// What happens now.
    Live,
    /// Data of days long past, and what is sent once more.
    Backfill,
}

impl Lane {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Live, Self::Backfill];

    /// The stored number.
    pub(crate) const fn number(self) -> i64 {
        match self {
            Self::Live => 1,
            Self::Backfill => 2,
        }
    }

    pub(crate) fn from_number(number: i64) -> Result<Self, StoreError> {
        Self::ALL.into_iter().find(|lane| lane.number() == number).ok_or(StoreError::Damaged("events.lane"))
    }
}

/// An event as apps see it.
#[derive(Debug, Clone, PartialEq)]
pub struct Event {
    /// Its id: the same whenever it is sent or read, ordered by time, without a full stop.
    pub id: String,
    /// The app.
    pub client_id: ClientId,
    /// Place in the app's feed.
    pub position: i64,
    /// Whom it is about; `None`: the app itself.
    pub human_id: Option<HumanId>,
    /// Counts the events about the same person from 1; of an event about the app it is the position.
    pub sequence: i64,
    /// Type.
    pub kind: EventType,
    /// When it happened.
    pub at: Time,
    /// Lane.
    pub lane: Lane,
    /// What its type has besides.
    pub data: Map<String, Value>,
}

impl Event {
    /// Members of `data` in the form that apps get: who, in which order, and what the type has besides.
    pub fn payload(&self) -> Map<String, Value> {
        let mut data = Map::new();
        data.insert("clientId".to_owned(), Value::String(self.client_id.to_string()));
        if let Some(human) = self.human_id {
            data.insert("humanId".to_owned(), Value::String(human.to_string()));
        }
        data.insert("sequence".to_owned(), Value::from(self.sequence));
        data.insert("backfill".to_owned(), Value::Bool(self.lane == Lane::Backfill));
        data.extend(self.data.clone());
        data
    }
}

/// An event that is to be written.
pub(crate) struct NewEvent {
    pub(crate) kind: EventType,
    pub(crate) lane: Lane,
    /// The type of data that it tells of, if it does.
    pub(crate) data_type: Option<&'static str>,
    /// A JSON object.
    pub(crate) data: Value,
}

impl NewEvent {
    pub(crate) fn live(kind: EventType, data: Value) -> Self {
        Self { kind, lane: Lane::Live, data_type: None, data }
    }
}

/// The app of a person; `None` for one who is not real (yet), of whom apps hear nothing.
pub(crate) fn app_of(conn: Conn<'_>, human: HumanId) -> Result<Option<ClientId>, StoreError> {
    conn.one(APP_OF, [human.0], |row| Ok(ClientId(row.get(0)?)))
}

/// Writes events about a person of an app, or (`None`) about the app itself.
pub(crate) fn put(
    conn: Conn<'_>,
    context: &Context,
    app: ClientId,
    human: Option<HumanId>,
    events: &[NewEvent],
) -> Result<(), StoreError> {
    if events.is_empty() {
        return Ok(());
    }
    let count = events.len() as i64;
    let last = |row: &Row<'_>| Ok(row.get::<_, i64>(0)?);
    let position = conn.one(ADVANCE_FEED, params![app.0, count], last)?;
    let position = position.ok_or(StoreError::Damaged("event_feeds.position"))?;
    let sequence = match human {
        Some(human) => conn
            .one(ADVANCE_SEQUENCE, params![human.0, count], last)?
            .ok_or(StoreError::Damaged("event_sequences.sequence"))?,
        None => position,
    };
    let human = human.map(|human| human.0.to_vec()).unwrap_or_default();
    let now = context.now().0;
    for (event, back) in events.iter().zip((0..count).rev()) {
        conn.run(
            INSERT,
            params![
                app.0,
                position - back,
                human,
                sequence - back,
                event.kind.name(),
                event.data_type,
                event.lane.number(),
                now,
                event.data.to_string()
            ],
        )?;
    }
    context.told();
    Ok(())
}

/// A person is erased: nothing that was told of them stays but that. To be called while their row is there.
pub(crate) fn erase(conn: Conn<'_>, context: &Context, human: HumanId) -> Result<(), StoreError> {
    conn.run(DELETE_OF_HUMAN, [human.0])?;
    conn.run(DELETE_DELIVERIES, [human.0])?;
    if let Some(app) = app_of(conn, human)? {
        let event = NewEvent::live(EventType::Erased, serde_json::json!({}));
        put(conn, context, app, Some(human), &[event])?;
    }
    conn.run(DELETE_SEQUENCE, [human.0])?;
    Ok(())
}

/// The columns that [`read`] takes, in its order.
macro_rules! columns {
    () => {
        "position, human_id, sequence, type, lane, at, data"
    };
}
pub(crate) use columns;

pub(crate) fn read(row: &Row<'_>, vault: &Vault, app: ClientId) -> Result<Event, StoreError> {
    let (position, at) = (row.get(0)?, Time(row.get(5)?));
    let human: Vec<u8> = row.get(1)?;
    let kind = row.get_ref(3)?.as_str().map_err(|_| StoreError::Damaged("events.type"))?;
    let data = row.get_ref(6)?.as_str().map_err(|_| StoreError::Damaged("events.data"))?;
    Ok(Event {
        id: EventCursor { position, at }.text(vault, app),
        client_id: app,
        position,
        human_id: HumanId::from_slice(&human),
        sequence: row.get(2)?,
        kind: EventType::from_name(kind)?,
        at,
        lane: Lane::from_number(row.get(4)?)?,
        data: serde_json::from_str(data).map_err(|_| StoreError::Damaged("events.data"))?,
    })
}
