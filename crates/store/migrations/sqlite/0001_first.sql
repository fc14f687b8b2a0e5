-- First schema. Times are whole milliseconds since 1970-01-01 UTC, days are civil days since 1970-01-01, ids are raw
-- bytes. Columns named sealed_* hold ciphertexts. Every table that belongs to a person has a key that starts with
-- human_id, so that the schema can be spread by that column.

-- Facts about this database itself: proofs that the key file fits.
CREATE TABLE meta (
    name TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT;

CREATE TABLE apps (
    client_id BLOB NOT NULL PRIMARY KEY,
    name TEXT NOT NULL,
    mode INTEGER NOT NULL,
    secret_hash BLOB NOT NULL,
    app_key_hash BLOB NOT NULL,
    origins TEXT NOT NULL,
    redirects TEXT NOT NULL,
    sealed_key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT;

-- One key a person, sealed by the app's key. Without its row everything of the person is noise.
CREATE TABLE person_keys (
    human_id BLOB NOT NULL PRIMARY KEY,
    client_id BLOB NOT NULL REFERENCES apps (client_id),
    sealed_key BLOB NOT NULL,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE humans (
    human_id BLOB NOT NULL PRIMARY KEY REFERENCES person_keys (human_id),
    client_id BLOB NOT NULL REFERENCES apps (client_id),
    user_id BLOB NOT NULL UNIQUE,
    lookup BLOB NOT NULL,
    sealed_client_user_id BLOB NOT NULL,
    sealed_facts BLOB NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    UNIQUE (client_id, lookup)
) STRICT, WITHOUT ROWID;
CREATE INDEX humans_by_age ON humans (client_id, created_at, human_id);

-- family: what it came of and ends with: a refresh token's, or the session whose code was exchanged for it.
CREATE TABLE access_tokens (
    human_id BLOB NOT NULL REFERENCES humans (human_id),
    token_hash BLOB NOT NULL UNIQUE,
    expires_at INTEGER,
    family BLOB,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (human_id, token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX access_tokens_by_end ON access_tokens (expires_at) WHERE expires_at IS NOT NULL;

-- A refresh token works once and is followed by the next of its family. The used ones stay, so that a copy is noticed.
-- kind: what it is given for, 1 an access token, 2 an id token. sealed_answer: for a retry of the same request.
CREATE TABLE refresh_tokens (
    human_id BLOB NOT NULL REFERENCES humans (human_id),
    token_hash BLOB NOT NULL UNIQUE,
    family BLOB NOT NULL,
    kind INTEGER NOT NULL,
    used_at INTEGER,
    sealed_answer BLOB,
    expires_at INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (human_id, token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_end ON refresh_tokens (expires_at);
CREATE INDEX refresh_tokens_with_answer ON refresh_tokens (used_at) WHERE sealed_answer IS NOT NULL;

-- What opens Connect by the word of the app's server: session tokens and id tokens. The person of a session token is not
-- real yet. sealed_claim: what the server said of the person. family: of the refresh token that came with it.
CREATE TABLE launch_tokens (
    human_id BLOB NOT NULL REFERENCES person_keys (human_id),
    token_hash BLOB NOT NULL UNIQUE,
    client_id BLOB NOT NULL REFERENCES apps (client_id),
    lookup BLOB NOT NULL,
    sealed_claim BLOB NOT NULL,
    family BLOB,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (human_id, token_hash)
) STRICT, WITHOUT ROWID;
CREATE INDEX launch_tokens_by_end ON launch_tokens (expires_at);
CREATE INDEX launch_tokens_of_user ON launch_tokens (client_id, lookup, expires_at);

CREATE TABLE public_tokens (
    human_id BLOB NOT NULL PRIMARY KEY REFERENCES humans (human_id),
    token_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Which source is believed where several tell the same: lists by name, set for one person or for all people of an app.
CREATE TABLE human_priorities (
    human_id BLOB NOT NULL PRIMARY KEY REFERENCES humans (human_id),
    lists TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE app_priorities (
    client_id BLOB NOT NULL PRIMARY KEY REFERENCES apps (client_id),
    lists TEXT NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- A session outlives the key of a person that never became real, hence no reference; what
-- identifies the person is emptied then.
CREATE TABLE sessions (
    human_id BLOB NOT NULL,
    session_id BLOB NOT NULL UNIQUE,
    client_id BLOB NOT NULL REFERENCES apps (client_id),
    mode INTEGER NOT NULL,
    state INTEGER NOT NULL,
    lookup BLOB NOT NULL,
    sealed_client_user_id BLOB,
    sealed_settings BLOB NOT NULL,
    page_secret_hash BLOB NOT NULL UNIQUE,
    browser_secret_hash BLOB NOT NULL,
    token_hash BLOB UNIQUE,
    changed INTEGER NOT NULL,
    version INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    expires_at INTEGER NOT NULL,
    exchanged_at INTEGER,
    sealed_answer BLOB,
    PRIMARY KEY (human_id, session_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX sessions_by_browser ON sessions (browser_secret_hash, created_at);
CREATE INDEX sessions_by_end ON sessions (state, expires_at);
CREATE INDEX sessions_with_answer ON sessions (exchanged_at) WHERE sealed_answer IS NOT NULL;

CREATE TABLE flows (
    human_id BLOB NOT NULL REFERENCES person_keys (human_id),
    flow_id BLOB NOT NULL,
    session_id BLOB NOT NULL,
    provider TEXT NOT NULL,
    state_hash BLOB NOT NULL UNIQUE,
    cookie_hash BLOB NOT NULL,
    sealed_verifier BLOB NOT NULL,
    region TEXT,
    renews BLOB,
    expires_at INTEGER NOT NULL,
    PRIMARY KEY (human_id, flow_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX flows_by_end ON flows (expires_at);
CREATE INDEX flows_by_session ON flows (session_id);

-- former: look-ups of the accounts at predecessors whose connection a pending one takes over. question: the person has
-- to agree to this pending account first. fault: what goes wrong although the provider answers. data_until: the newest
-- moment of any data; data_at: when that last moved; data_gap: how long that usually takes.
CREATE TABLE connections (
    human_id BLOB NOT NULL REFERENCES person_keys (human_id),
    connection_id BLOB NOT NULL UNIQUE,
    provider TEXT NOT NULL,
    pending BLOB,
    state INTEGER NOT NULL,
    reason TEXT,
    state_since INTEGER NOT NULL,
    lookup BLOB NOT NULL,
    account_lookup BLOB NOT NULL,
    sealed_account BLOB NOT NULL,
    scopes TEXT NOT NULL,
    sealed_devices BLOB NOT NULL,
    connected_at INTEGER NOT NULL,
    synced_at INTEGER,
    region TEXT,
    former BLOB,
    question INTEGER NOT NULL,
    fault TEXT,
    fault_since INTEGER,
    data_until INTEGER,
    data_at INTEGER,
    data_gap INTEGER,
    PRIMARY KEY (human_id, connection_id)
) STRICT, WITHOUT ROWID;
CREATE UNIQUE INDEX connections_by_account ON connections (human_id, lookup) WHERE pending IS NULL;
CREATE UNIQUE INDEX connections_by_session ON connections (pending, lookup) WHERE pending IS NOT NULL;
CREATE INDEX connections_of_account ON connections (account_lookup);

CREATE TABLE grants (
    human_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    generation INTEGER NOT NULL,
    state INTEGER NOT NULL,
    sealed_access BLOB NOT NULL,
    sealed_refresh BLOB,
    sealed_previous BLOB,
    expires_at INTEGER NOT NULL,
    lease_id BLOB,
    lease_until INTEGER,
    attempts INTEGER NOT NULL,
    obtained_at INTEGER NOT NULL,
    PRIMARY KEY (human_id, connection_id),
    FOREIGN KEY (human_id, connection_id) REFERENCES connections (human_id, connection_id)
) STRICT, WITHOUT ROWID;

-- The secret of the address to which an app on a phone posts, by its hash.
CREATE TABLE push_keys (
    human_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    key_hash BLOB NOT NULL UNIQUE,
    created_at INTEGER NOT NULL,
    PRIMARY KEY (human_id, connection_id),
    FOREIGN KEY (human_id, connection_id) REFERENCES connections (human_id, connection_id)
) STRICT, WITHOUT ROWID;

CREATE TABLE cursors (
    human_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    stream TEXT NOT NULL,
    oldest INTEGER NOT NULL,
    newest INTEGER NOT NULL,
    history_done INTEGER NOT NULL,
    synced_at INTEGER,
    PRIMARY KEY (human_id, connection_id, stream),
    FOREIGN KEY (human_id, connection_id) REFERENCES connections (human_id, connection_id)
) STRICT, WITHOUT ROWID;

-- Files that are read, or were. state: 0 comes in, 1 waits, 2 is read, 3 done, 4 failed. fingerprint: of a file that is read
-- where it lies; what was uploaded has none and lies sealed in the folder imports until its reading has ended. pending: the
-- session whose page brought it; until that is finalised the file is only looked through, and nothing of it is stored.
CREATE TABLE imports (
    human_id BLOB NOT NULL REFERENCES person_keys (human_id),
    import_id BLOB NOT NULL UNIQUE,
    connection_id BLOB,
    pending BLOB,
    state INTEGER NOT NULL,
    fingerprint BLOB,
    position TEXT,
    sealed_report BLOB NOT NULL,
    bytes_total INTEGER,
    bytes_done INTEGER NOT NULL,
    inserted INTEGER NOT NULL,
    updated INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (human_id, import_id),
    FOREIGN KEY (human_id, connection_id) REFERENCES connections (human_id, connection_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX imports_by_age ON imports (human_id, created_at);
CREATE INDEX imports_by_connection ON imports (human_id, connection_id);
CREATE INDEX imports_coming_in ON imports (updated_at) WHERE state = 0;
CREATE INDEX imports_of_session ON imports (pending) WHERE pending IS NOT NULL;

-- Answers and posts as they came, kept for a while where the operator wants that. payload: number within the connection, in
-- the order of arrival; last: the number that it got when the same came again last. door: 1 answer, 2 detail, 3 post, 4 batch,
-- 5 deletion. slot tells what was asked for, print what came; both keyed hashes. page: of a detail, the answer that its
-- item is in. received_at, again_at: when it came first and last, as its parser was told; stored_at: when it was last stored.
CREATE TABLE payloads (
    human_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    payload INTEGER NOT NULL,
    last INTEGER NOT NULL,
    door INTEGER NOT NULL,
    stream TEXT NOT NULL,
    slot BLOB NOT NULL,
    print BLOB NOT NULL,
    page INTEGER,
    received_at INTEGER NOT NULL,
    again_at INTEGER NOT NULL,
    stored_at INTEGER NOT NULL,
    sealed_body BLOB NOT NULL,
    PRIMARY KEY (human_id, connection_id, payload),
    FOREIGN KEY (human_id, connection_id) REFERENCES connections (human_id, connection_id)
) STRICT;
CREATE INDEX payloads_by_slot ON payloads (human_id, connection_id, slot, last);
CREATE INDEX payloads_by_last ON payloads (human_id, connection_id, last);
CREATE INDEX payloads_by_age ON payloads (stored_at);

-- Since when, and from which number on, every batch of a connection is in payloads without a gap.
CREATE TABLE archives (
    human_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    since INTEGER NOT NULL,
    first INTEGER NOT NULL,
    PRIMARY KEY (human_id, connection_id),
    FOREIGN KEY (human_id, connection_id) REFERENCES connections (human_id, connection_id)
) STRICT, WITHOUT ROWID;

-- state: 0 waits, 1 runs. priority: the lower number first. attempt: counts the claims, and so tells who holds a running
-- job. human_id is set when the payload names a person.
CREATE TABLE jobs (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    kind TEXT NOT NULL,
    key TEXT NOT NULL,
    human_id BLOB,
    state INTEGER NOT NULL,
    priority INTEGER NOT NULL,
    sealed_payload BLOB NOT NULL,
    attempt INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    lease_until INTEGER,
    error TEXT,
    created_at INTEGER NOT NULL
) STRICT;
CREATE UNIQUE INDEX jobs_waiting ON jobs (kind, key) WHERE state = 0;
CREATE UNIQUE INDEX jobs_running ON jobs (kind, key) WHERE state = 1;
CREATE INDEX jobs_by_key ON jobs (kind, key);
CREATE INDEX jobs_due ON jobs (state, run_at);
CREATE INDEX jobs_by_human ON jobs (human_id) WHERE human_id IS NOT NULL;

-- Notices of providers that were taken in lately, by a hash of their contents: one that comes again is not worked on
-- twice.
CREATE TABLE notices (
    hash BLOB NOT NULL PRIMARY KEY,
    forget_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX notices_by_end ON notices (forget_at);

-- Sparse records, one row each.
CREATE TABLE records (
    human_id BLOB NOT NULL,
    kind INTEGER NOT NULL,
    record_id BLOB NOT NULL,
    connection_id BLOB NOT NULL,
    start_at INTEGER NOT NULL,
    day INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    sealed_body BLOB NOT NULL,
    PRIMARY KEY (human_id, kind, record_id),
    FOREIGN KEY (human_id, connection_id) REFERENCES connections (human_id, connection_id)
) STRICT, WITHOUT ROWID;
-- Holds every column that a list is filtered by, so that counting never touches the bodies.
CREATE INDEX records_by_time ON records
    (human_id, kind, start_at DESC, record_id, day, connection_id, created_at, updated_at);
CREATE INDEX records_by_day ON records (human_id, connection_id, kind, day);

-- When rows of a person changed last, so that a question for news reads nobody without. kind: the number of a kind of
-- record, or 256 and the number of a metric.
CREATE TABLE last_changes (
    human_id BLOB NOT NULL REFERENCES person_keys (human_id),
    kind INTEGER NOT NULL,
    client_id BLOB NOT NULL,
    updated_at INTEGER NOT NULL,
    PRIMARY KEY (human_id, kind)
) STRICT, WITHOUT ROWID;
CREATE INDEX last_changes_of_app ON last_changes (client_id, kind, updated_at);

-- Dense series: what their samples share, with running sums for X-Total-Count.
CREATE TABLE series (
    human_id BLOB NOT NULL,
    series INTEGER NOT NULL,
    connection_id BLOB NOT NULL,
    metric INTEGER NOT NULL,
    unit INTEGER NOT NULL,
    lookup BLOB NOT NULL,
    sealed_labels BLOB NOT NULL,
    count INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    updated_max INTEGER NOT NULL,
    PRIMARY KEY (human_id, series),
    UNIQUE (human_id, lookup),
    FOREIGN KEY (human_id, connection_id) REFERENCES connections (human_id, connection_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX series_by_metric ON series (human_id, metric, connection_id);

-- One row for each series, UTC day and part. The day comes before the series, so that a list over several series
-- walks one index backwards. A rowid table, because SQLite keeps a blob of some kilobytes within its leaf page there.
CREATE TABLE chunks (
    human_id BLOB NOT NULL,
    metric INTEGER NOT NULL,
    day INTEGER NOT NULL,
    series INTEGER NOT NULL,
    part INTEGER NOT NULL,
    count INTEGER NOT NULL,
    first_at INTEGER NOT NULL,
    last_at INTEGER NOT NULL,
    updated_max INTEGER NOT NULL,
    created_min INTEGER NOT NULL,
    created_max INTEGER NOT NULL,
    civil_min INTEGER NOT NULL,
    civil_max INTEGER NOT NULL,
    sealed_body BLOB NOT NULL,
    PRIMARY KEY (human_id, metric, day, series, part),
    FOREIGN KEY (human_id, series) REFERENCES series (human_id, series)
) STRICT;
-- The first tells what is new; the second holds what a late page passes over.
CREATE INDEX chunks_changed ON chunks (human_id, metric, updated_max);
CREATE INDEX chunks_counts ON chunks (human_id, metric, day, series, count);
-- The civil days of which intervals tell, for day totals: steps, distance, active energy and floors. Holds every column
-- that days are chosen by, so that the bodies are not touched.
CREATE INDEX chunks_by_civil_day ON chunks
    (human_id, civil_max, civil_min, series, updated_max, created_min, created_max, metric)
    WHERE metric IN (8, 12, 13, 18);

-- What happened, for apps: written in the transaction of what it tells of, kept for some weeks. position: its place in the
-- app's feed. human_id: whom it is about, empty for the app itself. sequence: counts what is about human_id. lane: 1 live,
-- 2 backfill. data: ids, names, counts and days, nothing of what was measured.
CREATE TABLE events (
    client_id BLOB NOT NULL REFERENCES apps (client_id),
    position INTEGER NOT NULL,
    human_id BLOB NOT NULL,
    sequence INTEGER NOT NULL,
    type TEXT NOT NULL,
    data_type TEXT,
    lane INTEGER NOT NULL,
    at INTEGER NOT NULL,
    data TEXT NOT NULL,
    PRIMARY KEY (client_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX events_by_human ON events (human_id);

-- The last position of each app's feed and the last sequence of each person. Rows instead of a database's own counters, so
-- that the order of positions is the order of commits.
CREATE TABLE event_feeds (
    client_id BLOB NOT NULL PRIMARY KEY REFERENCES apps (client_id),
    position INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE TABLE event_sequences (
    human_id BLOB NOT NULL PRIMARY KEY,
    sequence INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Where an app wants its events sent. kind: 1 webhook, 2 notifications of the first generation (one an app). event_types,
-- data_types: lists, empty for all. reason: why it is not enabled. position: how far the feed has been handed out;
-- replay_position, replay_until: a part of it that is handed out once more. failures: in a row; failing_since: the first
-- of them; rest_until: nothing is sent before. attempts: sent so far.
CREATE TABLE webhooks (
    webhook_id BLOB NOT NULL PRIMARY KEY,
    client_id BLOB NOT NULL REFERENCES apps (client_id),
    kind INTEGER NOT NULL,
    sealed_url BLOB NOT NULL,
    sealed_secrets BLOB NOT NULL,
    description TEXT NOT NULL,
    event_types TEXT NOT NULL,
    data_types TEXT NOT NULL,
    enabled INTEGER NOT NULL,
    reason TEXT,
    position INTEGER NOT NULL,
    replay_position INTEGER,
    replay_until INTEGER,
    failures INTEGER NOT NULL,
    failing_since INTEGER,
    rest_until INTEGER,
    attempts INTEGER NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX webhooks_by_app ON webhooks (client_id, created_at, webhook_id);
CREATE INDEX webhooks_enabled ON webhooks (webhook_id) WHERE enabled = 1;
CREATE UNIQUE INDEX webhooks_of_notifications ON webhooks (client_id) WHERE kind = 2;

-- What is to be sent to a webhook. state: 0 stands behind another one of its person and lane, 1 ready, 2 under way.
-- attempt: counts the tries, and so tells who holds one that is under way.
CREATE TABLE deliveries (
    webhook_id BLOB NOT NULL REFERENCES webhooks (webhook_id),
    position INTEGER NOT NULL,
    lane INTEGER NOT NULL,
    human_id BLOB NOT NULL,
    state INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    run_at INTEGER NOT NULL,
    lease_until INTEGER,
    PRIMARY KEY (webhook_id, position)
) STRICT, WITHOUT ROWID;
CREATE INDEX deliveries_in_order ON deliveries (webhook_id, lane, human_id, position);
CREATE INDEX deliveries_ready ON deliveries (webhook_id, lane, run_at, position) WHERE state = 1;
CREATE INDEX deliveries_under_way ON deliveries (webhook_id, lane, lease_until) WHERE state = 2;
CREATE INDEX deliveries_by_human ON deliveries (human_id);

-- The newest tries of each webhook, for its developer. event: the id of what was sent; outcome: a fixed word.
CREATE TABLE webhook_attempts (
    webhook_id BLOB NOT NULL REFERENCES webhooks (webhook_id),
    number INTEGER NOT NULL,
    event TEXT NOT NULL,
    type TEXT NOT NULL,
    attempt INTEGER NOT NULL,
    at INTEGER NOT NULL,
    duration_ms INTEGER NOT NULL,
    status INTEGER,
    outcome TEXT NOT NULL,
    PRIMARY KEY (webhook_id, number)
) STRICT, WITHOUT ROWID;
