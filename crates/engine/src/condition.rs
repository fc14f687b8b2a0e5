//! How a connection is, said honestly: also when syncs succeed and bring nothing, or do not happen at all.

use hilum_model::Time;
use hilum_providers::spec::Window;
use hilum_store::connections::{Connection, ConnectionState};

/// A day, ms.
const DAY_MS: i64 = 86_400_000;
/// Without a sync for less than this nothing is stale, ms.
const STALE_AT_LEAST_MS: i64 = DAY_MS;
/// Intervals of a source without a sync after which it is stale.
const STALE_INTERVALS: i64 = 4;
/// Without new data for less than this nothing is quiet, ms.
const QUIET_AT_LEAST_MS: i64 = 2 * DAY_MS;
/// Usual gaps without new data after which a source is quiet.
const QUIET_GAPS: i64 = 4;

/// Why a live connection does not bring everything: the person did not grant it.
pub(crate) const SCOPE_MISSING: &str = "scope_missing";

/// How a connection is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Condition {
    /// Data flows, or is about to.
    Live,
    /// Syncs succeed, and there is nothing new for much longer than usual.
    Quiet,
    /// No sync came through for long, or a part of it fails although the provider answers.
    Stale,
    /// Only the person can mend it, by authorising again.
    NeedsReauth,
    /// The provider does not answer properly; tried again by itself.
    ProviderDown,
    /// The operator paused it.
    Paused,
}

impl Condition {
    /// Fixed word.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Live => "live",
            Self::Quiet => "quiet",
            Self::Stale => "stale",
            Self::NeedsReauth => "needs_reauth",
            Self::ProviderDown => "provider_down",
            Self::Paused => "paused",
        }
    }
}

/// How a connection is, why, and since when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Health {
    /// How.
    pub condition: Condition,
    /// Why: fixed words, without values.
    pub reason: Option<String>,
    /// Since when.
    pub since: Time,
}

/// How a connection is at a time. `None` for one that the person disconnected.
pub fn health(row: &Connection, now: Time) -> Option<Health> {
    let condition = match row.state {
        ConnectionState::Disconnected => return None,
        ConnectionState::NeedsReauth => Condition::NeedsReauth,
        ConnectionState::ProviderDown => Condition::ProviderDown,
        ConnectionState::Paused => Condition::Paused,
        ConnectionState::Live => return Some(live(row, now)),
    };
    Some(Health { condition, reason: row.reason.clone(), since: row.state_since })
}

fn live(row: &Connection, now: Time) -> Health {
    let because = |condition, reason: &str, since| Health { condition, reason: Some(reason.to_owned()), since };
    // What was not granted is the person's choice, told by the provider only when it was asked: no fault.
    let chosen = |fault: &str| fault.ends_with(SCOPE_MISSING);
    if let Some((fault, since)) = row.fault.as_ref().filter(|(fault, _)| !chosen(fault)) {
        return because(Condition::Stale, fault, *since);
    }
    let begun = row.connected_at.max(row.state_since);
    let synced = row.synced_at.map_or(begun, |at| at.max(row.state_since));
    if let Some(interval) = interval_ms(&row.provider)
        && now.since_ms(synced) >= STALE_AT_LEAST_MS.max(STALE_INTERVALS * interval)
    {
        return because(Condition::Stale, "no_sync", synced);
    }
    let news = row.data_at.unwrap_or(row.connected_at);
    let usual = row.data_gap_ms.unwrap_or(0);
    if row.synced_at.is_some() && now.since_ms(news) >= QUIET_AT_LEAST_MS.max(QUIET_GAPS.saturating_mul(usual)) {
        return because(Condition::Quiet, "no_new_data", news);
    }
    if row.fault.is_some() || lacks_scopes(row) {
        return because(Condition::Live, SCOPE_MISSING, row.state_since);
    }
    Health { condition: Condition::Live, reason: None, since: row.state_since }
}

/// Whether there are streams whose scope the person left out.
fn lacks_scopes(row: &Connection) -> bool {
    let granted = |scope: &str| scope.is_empty() || row.scopes.iter().any(|known| known == scope);
    hilum_providers::find(&row.provider).is_some_and(|found| found.streams.iter().any(|one| !granted(one.scope)))
}

/// How often a provider is asked, ms; `None` for one that is not asked at all: it pushes, or is not known (any more).
fn interval_ms(provider: &str) -> Option<i64> {
    let streams = hilum_providers::find(provider)?.streams.iter();
    streams.filter(|stream| stream.window != Window::Pushed).map(|stream| i64::from(stream.every_s) * 1000).min()
}

#[cfg(test)]
mod tests {
    use hilum_model::{ConnectionId, HumanId, Phi};

    use super::*;

    const HOUR: i64 = 3_600_000;

    /// An Oura connection of time zero, last synced and with last news so many hours after.
    fn row(synced: Option<i64>, news: Option<i64>, gap: Option<i64>) -> Connection {
        Connection {
            human_id: HumanId([1; 16]),
            connection_id: ConnectionId([1; 12]),
            provider: "oura".to_owned(),
            pending: None,
            state: ConnectionState::Live,
            reason: None,
            state_since: Time(0),
            account: Phi::default(),
            scopes: hilum_providers::find("oura")
                .expect("registered")
                .scopes()
                .into_iter()
                .map(str::to_owned)
                .collect(),
            devices: Vec::new(),
            connected_at: Time(0),
            synced_at: synced.map(|h| Time(h * HOUR)),
            region: None,
            question: false,
            fault: None,
            data_until: None,
            data_at: news.map(|h| Time(h * HOUR)),
            data_gap_ms: gap.map(|h| h * HOUR),
        }
    }

    fn at(row: &Connection, hours: i64) -> (&'static str, Option<String>, i64) {
        let health = health(row, Time(hours * HOUR)).expect("connected");
        (health.condition.word(), health.reason, health.since.0 / HOUR)
    }

    #[test]
    fn success_without_news_is_quiet_and_no_success_is_stale() {
        let word = |word: &'static str, reason: Option<&str>, since| (word, reason.map(str::to_owned), since);
        // News every hour: quiet after two days. News once a week: after four.
        assert_eq!(at(&row(Some(100), Some(60), Some(1)), 107), word("live", None, 0));
        assert_eq!(at(&row(Some(100), Some(60), Some(1)), 108), word("quiet", Some("no_new_data"), 60));
        assert_eq!(at(&row(Some(700), Some(60), Some(168)), 710), word("live", None, 0));
        assert_eq!(at(&row(Some(730), Some(60), Some(168)), 732), word("quiet", Some("no_new_data"), 60));
        assert_eq!(at(&row(Some(47), None, None), 48), word("quiet", Some("no_new_data"), 0), "never any");
        // Oura is asked every hour or more: stale after a day.
        assert_eq!(at(&row(None, None, None), 23), word("live", None, 0));
        assert_eq!(at(&row(None, None, None), 24), word("stale", Some("no_sync"), 0));
        assert_eq!(at(&row(Some(100), Some(100), None), 124), word("stale", Some("no_sync"), 100));
    }

    #[test]
    fn what_was_not_granted_is_told_and_no_fault() {
        let told = ("live", Some("scope_missing".to_owned()), 0);
        let mut left_out = row(Some(100), Some(100), None);
        left_out.scopes.retain(|scope| scope != "workout");
        assert_eq!(at(&left_out, 101), told, "as the login said");
        let mut found_out = row(Some(100), Some(100), None);
        found_out.fault = Some(("sleep: scope_missing".to_owned(), Time(90 * HOUR)));
        assert_eq!(at(&found_out, 101), told, "as the provider said when it was asked");
        assert_eq!(at(&found_out, 124).0, "stale", "worse things come first");
    }

    #[test]
    fn states_and_faults_speak_for_themselves() {
        let mut row = row(Some(100), Some(100), None);
        row.fault = Some(("sleep: pages repeat".to_owned(), Time(90 * HOUR)));
        assert_eq!(at(&row, 101), ("stale", Some("sleep: pages repeat".to_owned()), 90));
        for (state, word) in [
            (ConnectionState::NeedsReauth, "needs_reauth"),
            (ConnectionState::ProviderDown, "provider_down"),
            (ConnectionState::Paused, "paused"),
        ] {
            row.state = state;
            row.reason = Some("why".to_owned());
            row.state_since = Time(50 * HOUR);
            assert_eq!(at(&row, 900), (word, Some("why".to_owned()), 50));
        }
        row.state = ConnectionState::Disconnected;
        assert_eq!(health(&row, Time(0)), None);
    }
}
