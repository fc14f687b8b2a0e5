"""What the server sends and takes. Written by ``make models`` from its description; not by hand."""

from __future__ import annotations

from typing import Any, Literal, TypedDict, Union

__all__ = [
    "AccessToken",
    "Activity",
    "ActivitySummary",
    "ActivityTimeSeries",
    "Attempt",
    "Batch",
    "BloodGlucoseReading",
    "BloodPressureReading",
    "Bucket",
    "CodeExchange",
    "ConnectionState",
    "CreatedWebhook",
    "Error",
    "Event",
    "EventData",
    "GeneticTrait",
    "Genotypes",
    "GrantedTokens",
    "HeartRateSummary",
    "HeartRateZone",
    "HeldSeries",
    "HistorySync",
    "Human",
    "IdToken",
    "Import",
    "Ingested",
    "IssuedToken",
    "LatestActivitySummary",
    "LatestBloodPressure",
    "LatestReading",
    "LatestSleepSummary",
    "Location",
    "Meal",
    "MergedPart",
    "NewNotifications",
    "NewUser",
    "NewWebhook",
    "Notifications",
    "OAuthError",
    "Priorities",
    "Profile",
    "PublicToken",
    "PublicTokenRequest",
    "Pushed",
    "Reading",
    "Replay",
    "Replaying",
    "ResampledSeries",
    "RotatedSecret",
    "SecretRotation",
    "SessionExchange",
    "SessionToken",
    "Sleep",
    "SleepStage",
    "SleepSummary",
    "SleepTimeSeries",
    "Source",
    "SourceV21",
    "SourceV23",
    "TestResult",
    "TokenRequest",
    "Tokens",
    "User",
    "Webhook",
    "WebhookChange",
]


class AccessToken(TypedDict):
    """Reads the person's data, for a day"""

    access_token: str
    expires_in: int  # Seconds
    human_id: str  # The person
    refresh_token: str  # Counts once
    token_type: Literal["Bearer"]


class _Activity(TypedDict):
    createdAt: str  # When it was stored first
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    source: str  # The source's id, as in `/v1/human/sources`
    sourceData: dict[str, Any]  # What the source said beyond the members of the row
    startTime: str  # When it began
    type: str  # What was done: `walking`, `running`, …, or `unknown`
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`


class Activity(_Activity, total=False):
    """A session of activity"""

    calories: float  # kcal
    distance: float  # Metres
    duration: float  # Seconds
    endTime: str  # When it ended
    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first
    steps: float  # Count
    timeSeries: ActivityTimeSeries
    tzOffset: str  # The person's local offset from UTC, where it is known


class _ActivitySummary(TypedDict):
    createdAt: str  # When it was stored first
    date: str  # The civil day
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    source: str  # The source's id, as in `/v1/human/sources`
    sourceData: dict[str, Any]  # What the source said beyond the members of the row
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`


class ActivitySummary(_ActivitySummary, total=False):
    """A day's totals, as the source gives them"""

    calories: float  # kcal, of the whole day
    distance: float  # Metres
    duration: float  # Seconds of activity
    light: float  # Minutes
    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first
    moderate: float  # Minutes
    sedentary: float  # Minutes
    steps: float  # Count
    vigorous: float  # Minutes


class ActivityTimeSeries(TypedDict, total=False):
    """With `time_series=true`: what was measured meanwhile, from instants to values"""

    altitude: dict[str, float]  # Metres
    cadence: dict[str, float]  # /min
    distance: dict[str, float]  # Metres
    heartRate: dict[str, float]  # /min
    latitude: dict[str, float]  # Degrees, WGS 84
    longitude: dict[str, float]  # Degrees, WGS 84
    power: dict[str, float]  # W
    speed: dict[str, float]  # m/s
    steps: dict[str, float]  # Count


class _Attempt(TypedDict):
    at: str
    attempt: int  # Which try of this message it was
    durationMs: int
    eventId: str
    outcome: Literal["delivered", "error_status", "redirect", "throttled", "gone", "timed_out", "no_connection", "no_answer", "address_not_allowed"]  # What came of it
    type: str  # The event's type


class Attempt(_Attempt, total=False):
    """A try to send a message"""

    status: int  # HTTP status of the answer


class _Batch(TypedDict):
    observations: list[dict[str, Any]]  # At most 10,000
    source: str  # What the source is to be called


class Batch(_Batch, total=False):
    """Observations of one source (docs/INGEST.md)"""

    device: str  # The device, where an observation names none


class _BloodGlucoseReading(TypedDict):
    createdAt: str  # When it was stored first
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    mealTag: str  # How it lies to a meal, such as `before_breakfast`; empty where it is not known
    medicationTag: str  # What was said of medicine; empty where nothing was
    notes: str  # What was noted; empty where nothing was
    source: str  # The source's id, as in `/v1/human/sources`
    sourceData: dict[str, Any]  # What the source said beyond the members of the row
    timestamp: str  # When it was measured
    unit: Literal["mg/dL"]
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`
    value: float  # mg/dL


class BloodGlucoseReading(_BloodGlucoseReading, total=False):
    """A reading of blood glucose"""

    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first
    tzOffset: str  # The person's local offset from UTC, where it is known


class _BloodPressureReading(TypedDict):
    createdAt: str  # When it was stored first
    diastolic: float  # mmHg
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    source: str  # The source's id, as in `/v1/human/sources`
    sourceData: dict[str, Any]  # What the source said beyond the members of the row
    systolic: float  # mmHg
    timestamp: str  # When it was measured
    unit: Literal["mmHg"]
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`


class BloodPressureReading(_BloodPressureReading, total=False):
    """A reading of blood pressure"""

    heartRate: float  # /min
    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first
    tzOffset: str  # The person's local offset from UTC, where it is known


class Bucket(TypedDict, total=False):
    """A stretch of time, half-open"""

    avg: float  # In the unit of the series
    count: int  # Samples that it is made from
    end: str
    first: float  # In the unit of the series
    last: float  # In the unit of the series
    localEnd: str  # With `tz=local`: by the person's own clock
    localStart: str  # With `tz=local`: by the person's own clock
    max: float  # In the unit of the series
    min: float  # In the unit of the series
    source: str  # With `by=source`: whose it is
    sources: list[str]  # Ids of the sources that it is made from
    start: str
    sum: float  # In the unit of the series
    timeAvg: float  # In the unit of the series
    tzOffset: str  # The person's local offset from UTC, where it is known


class _CodeExchange(TypedDict):
    code: str  # As it came to `redirect_uri`; counts once


class CodeExchange(_CodeExchange, total=False):
    """An OAuth code"""

    client_id: str  # The app, unless it is sent by HTTP Basic
    client_secret: str  # The app's secret, unless it is sent by HTTP Basic
    code_verifier: str  # PKCE (RFC 7636)
    grant_type: str  # `authorization_code`, or left out
    user: str  # If given, it has to be the person's


class _ConnectionState(TypedDict):
    id: str  # The connection
    since: str
    source: str  # The source's id
    state: Literal["live", "quiet", "stale", "needs_reauth", "provider_down", "paused"]


class ConnectionState(_ConnectionState, total=False):
    """How a connection is"""

    reason: str  # Why


class _CreatedWebhook(TypedDict):
    createdAt: str
    dataTypes: list[str]  # Types of data (`heart_rate`); none are all
    description: str
    enabled: bool
    eventTypes: list[str]  # Types of events (`data.created`, `connection.*`); none are all
    failures: int  # In a row
    id: str
    replaying: bool
    secret: str  # Shown this once; messages are signed with it
    updatedAt: str
    url: str  # Where events are sent to


class CreatedWebhook(_CreatedWebhook, total=False):
    """A webhook (docs/WEBHOOKS.md)"""

    failingSince: str
    reason: str  # Why it is off


class Error(TypedDict):
    """What went wrong. The codes are listed in docs/API-DESIGN.md"""

    code: str  # Fixed word, for programs
    detailedMessage: str  # What is wrong in this case and what to do; never a value that was sent or stored
    message: str  # The code's name, for people


class Event(TypedDict):
    """Something that happened (docs/WEBHOOKS.md)"""

    data: EventData
    id: str  # The same in the feed, in webhooks and in notifications
    timestamp: str
    type: Literal["data.created", "data.updated", "data.deleted", "connection.connected", "connection.disconnected", "connection.needs_reauth", "connection.recovered", "sync.first_completed", "sync.history_completed", "enrolment.completed", "user.erased", "webhook.disabled"]


class _EventData(TypedDict):
    backfill: bool  # Whether it tells of days long past
    clientId: str  # The app
    sequence: int  # Counts the events about the same person, without gaps


_EventDataRest = TypedDict(
    "_EventDataRest",
    {
        "connectionId": "str",
        "connectionIds": "list[str]",
        "count": "int",
        "dataType": "str",
        "from": "str",
        "humanId": "str",
        "kind": "str",
        "mode": "Literal[\"create\", \"edit\"]",
        "reason": "str",
        "reconnected": "bool",
        "source": "str",
        "stream": "str",
        "to": "str",
        "webhookId": "str",
    },
    total=False,
)


class EventData(_EventData, _EventDataRest):
    """What happened; which members are there hangs on the type"""


class GeneticTrait(TypedDict):
    """What a source concludes from the person's genes"""

    description: str  # What it is about
    humanId: str  # The person
    possibleTraits: list[str]  # What it could conclude
    trait: str  # What the source concludes
    userId: str


class GenotypesGenotypesItem(TypedDict):
    call: str  # What was read: bases such as `AG`; `--` could not be read; `__` is not on the chip, or nobody knows it
    location: str  # Its name, as it was asked for


class _Genotypes(TypedDict):
    genotypes: list[GenotypesGenotypesItem]  # In the order of the request


class Genotypes(_Genotypes, total=False):
    """What a chip read"""

    id: str  # Of the file; left out where the person has brought none


class GrantedTokens(TypedDict):
    """A person's tokens"""

    access_token: str  # Reads the person's data
    client_id: str  # The app
    client_user_id: str  # The app's own id of the person
    human_id: str  # The person
    public_token: str  # Opens Connect again
    token_type: Literal["Bearer"]


class _HeartRateSummary(TypedDict):
    createdAt: str  # When it was stored first
    date: str  # The civil day
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    source: str  # The source's id, as in `/v1/human/sources`
    sourceData: dict[str, Any]  # What the source said beyond the members of the row
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`
    zones: list[HeartRateZone]  # Ranges of the heart rate, in the source's order


class HeartRateSummary(_HeartRateSummary, total=False):
    """The heart rate of a day, as the source sums it up"""

    averageHR: float  # /min
    maxHR: float  # /min
    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first
    minHR: float  # /min
    restingHR: float  # /min


class _HeartRateZone(TypedDict):
    duration: float  # Seconds, or what the source tells it in
    name: str  # The source's name of the range


class HeartRateZone(_HeartRateZone, total=False):
    """How long the heart rate was in a range"""

    caloriesBurned: float  # kcal
    max: float  # /min
    min: float  # /min


class HeldSeries(TypedDict):
    """What is measured densely"""

    count: int  # Samples
    first: str  # When the first sample begins
    last: str  # When the last sample begins
    metric: str
    sources: list[str]  # Ids of the sources that tell it
    unit: str  # As the data API writes it


class _HistorySync(TypedDict):
    status: Literal["not_started", "inProgress", "completed"]


class HistorySync(_HistorySync, total=False):
    """How far back data have been read"""

    oldestDate: str  # Every kind of data has been read since then; 1970-01-01 when all has been read


class _Human(TypedDict):
    activitySummary: Union[LatestActivitySummary, dict[str, Any]]
    bloodGlucose: Union[LatestReading, dict[str, Any]]
    bloodOxygen: Union[LatestReading, dict[str, Any]]
    bloodPressure: Union[LatestBloodPressure, dict[str, Any]]
    bmi: Union[LatestReading, dict[str, Any]]
    bodyFat: Union[LatestReading, dict[str, Any]]
    createdAt: str  # When the app got to know the person
    heartRate: Union[LatestReading, dict[str, Any]]
    height: Union[LatestReading, dict[str, Any]]
    humanId: str  # The person
    sleepSummary: Union[LatestSleepSummary, dict[str, Any]]
    userId: str
    weight: Union[LatestReading, dict[str, Any]]


class Human(_Human, total=False):
    """The newest of everything"""

    email: str  # Where a source told it
    gender: str  # Where a source told it


class IdToken(TypedDict):
    """Opens Connect for somebody known, for an hour"""

    expires_in: int  # Seconds
    human_id: str  # The person
    id_token: str
    id_token_expires_in: int  # Seconds
    refresh_token: str  # Counts once
    token_type: Literal["Bearer"]


class _ImportBytes(TypedDict):
    read: int
    received: int  # Where an upload goes on


class ImportBytes(_ImportBytes, total=False):
    total: int  # Of the whole file, where it is known


class ImportError(TypedDict):
    code: str
    message: str


class ImportStored(TypedDict):
    inserted: int  # New ones
    unchanged: int  # Known before, the same
    updated: int  # Corrected ones


class _Import(TypedDict):
    bytes: ImportBytes
    createdAt: str
    found: dict[str, int]  # Observations read, by metric or kind
    id: str
    leftOut: dict[str, int]  # Items that are known and not imported, by what they are
    rejected: dict[str, int]  # Items that were not understood, by reason
    state: Literal["receiving", "waiting", "reading", "done", "failed"]
    stored: ImportStored  # Observations
    unknownTypes: dict[str, int]  # Items of types that are not known, by the file's name of the type
    updatedAt: str


class Import(_Import, total=False):
    """A file that the person brought, and how far it is read (docs/IMPORT.md)"""

    error: ImportError  # Why it did not come to the end
    format: str  # What the file is
    source: str  # The source whose data it carries


class IngestedRejectedItem(TypedDict):
    code: str
    index: int  # Its place in the list
    message: str


class Ingested(TypedDict):
    """What became of a batch (docs/INGEST.md)"""

    deleted: int  # Deleted ones
    inserted: int  # New observations
    rejected: list[IngestedRejectedItem]
    unchanged: int  # Known before, the same
    updated: int  # Corrected ones


class _LatestActivitySummary(TypedDict):
    date: str
    id: str
    source: str  # The source's id


class LatestActivitySummary(_LatestActivitySummary, total=False):
    """The newest day of activity"""

    calories: float  # kcal
    distance: float  # Metres
    duration: float  # Seconds
    light: float  # Minutes
    mergedFrom: list[MergedPart]  # With `merge=true`
    moderate: float  # Minutes
    sedentary: float  # Minutes
    steps: float  # Count
    total: float  # Seconds
    vigorous: float  # Minutes


class _LatestBloodPressure(TypedDict):
    diastolic: float  # mmHg
    id: str
    source: str  # The source's id
    systolic: float  # mmHg
    timestamp: str
    unit: Literal["mmHg"]
    userId: str


class LatestBloodPressure(_LatestBloodPressure, total=False):
    """The newest blood pressure"""

    heartRate: float  # /min
    mergedFrom: list[MergedPart]  # With `merge=true`


class _LatestReading(TypedDict):
    id: str
    source: str  # The source's id
    timestamp: str
    unit: Literal["mg/dL", "SpO2", "bpm", "kg", "kg/m2", "mm", "%"]
    value: float  # In `unit`


class LatestReading(_LatestReading, total=False):
    """The newest reading"""

    mergedFrom: list[MergedPart]  # With `merge=true`


class _LatestSleepSummary(TypedDict):
    date: str
    id: str
    source: str  # The source's id
    timeAsleep: float  # Minutes
    timeAwake: float  # Minutes
    updatedAt: str
    userId: str


class LatestSleepSummary(_LatestSleepSummary, total=False):
    """The newest day of sleep"""

    mergedFrom: list[MergedPart]  # With `merge=true`


class LocationLocation(TypedDict):
    lat: float  # North
    lon: float  # East


class _Location(TypedDict):
    createdAt: str  # When it was stored first
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    location: LocationLocation  # Degrees, WGS 84
    name: str  # What the place is called; empty where it has no name
    source: str  # The source's id, as in `/v1/human/sources`
    startTime: str  # When it began
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`


class Location(_Location, total=False):
    """A place where the person was"""

    endTime: str  # When it ended
    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first
    sourceData: dict[str, Any]  # What the source said beyond the members of the row
    type: str  # What the place is, in the source's word
    tzOffset: str  # The person's local offset from UTC, where it is known


class _Meal(TypedDict):
    createdAt: str  # When it was stored first
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    source: str  # The source's id, as in `/v1/human/sources`
    timestamp: str  # When it was measured
    type: Literal["breakfast", "morning_snack", "lunch", "afternoon_snack", "dinner", "after_dinner", "other"]
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`


class Meal(_Meal, total=False):
    """A meal"""

    calcium: float  # mg
    calories: float  # kcal
    carbohydrate: float  # g
    cholesterol: float  # mg
    fat: float  # g
    fiber: float  # g
    iron: float  # mg
    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first
    monounsaturatedFat: float  # g
    name: str  # What was eaten
    polyunsaturatedFat: float  # g
    potassium: float  # mg
    protein: float  # g
    saturatedFat: float  # g
    sodium: float  # mg
    sourceData: dict[str, Any]  # What the source said beyond the members of the row
    sugar: float  # g
    tzOffset: str  # The person's local offset from UTC, where it is known
    vitaminA: float  # mg
    vitaminC: float  # mg


class _MergedPart(TypedDict):
    reason: str  # Why, as a fixed word
    source: str  # The source's id
    startTime: str
    used: Literal["all", "part", "none"]  # How much of it counts


class MergedPart(_MergedPart, total=False):
    """A part of a merged row, and what became of it (docs/MERGE.md)"""

    counted: float  # How much of an amount counts
    device: str  # The device's name
    diastolic: float  # mmHg
    endTime: str
    fields: list[str]  # Members that come from it
    id: str  # The part alone can be read by it; many samples have none
    member: str  # The member of the row that it is about
    samples: int  # How many, where the part is of several
    systolic: float  # mmHg
    value: float  # What it says, in the unit of the row


class NewNotifications(TypedDict):
    clientSecret: str  # The app's client secret, with which they are signed
    notifyUrl: str  # Where they are to be sent to


class NewUser(TypedDict):
    """A user to be"""

    externalId: str  # The app's own id of the person, at most 1,024 bytes


class _NewWebhook(TypedDict):
    url: str  # https, on port 443 or 8443, of a public host


class NewWebhook(_NewWebhook, total=False):
    """A webhook to be"""

    dataTypes: list[str]  # Types of data (`heart_rate`); none are all
    description: str  # At most 200 characters
    enabled: bool
    eventTypes: list[str]  # Types of events (`data.created`, `connection.*`); none are all


class _Notifications(TypedDict):
    enabled: bool
    recent: list[Attempt]  # The newest first


class Notifications(_Notifications, total=False):
    """Notifications of the first generation"""

    failingSince: str
    notifyUrl: str  # Where they are sent to
    reason: str  # Why they are off


class OAuthError(TypedDict):
    """What went wrong, also in the words of RFC 6749, section 5.2"""

    code: str  # Fixed word, for programs
    detailedMessage: str  # What is wrong in this case and what to do
    error: str  # A word of OAuth where one fits, else the code
    error_description: str  # As `detailedMessage`
    message: str  # The code's name, for people


class ProfileDefaultTimeZone(TypedDict):
    name: str  # IANA name; `UTC` where no source tells one


class _Profile(TypedDict):
    createdAt: str  # When the app got to know the person
    defaultTimeZone: ProfileDefaultTimeZone
    humanId: str  # The person
    userId: str


class Profile(_Profile, total=False):
    """The person"""

    email: str  # Where a source told it


class PublicToken(TypedDict):
    humanId: str  # The person
    publicToken: str  # Opens Connect again


class PublicTokenRequest(TypedDict):
    clientId: str  # The app
    clientSecret: str  # The app's secret
    humanId: str  # The person


class Pushed(TypedDict):
    """What became of a post"""

    rejected: int  # Left out
    stored: int  # New and corrected observations
    unchanged: int  # Known before, the same


class _Reading(TypedDict):
    createdAt: str  # When it was stored first
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    source: str  # The source's id, as in `/v1/human/sources`
    sourceData: dict[str, Any]  # What the source said beyond the members of the row
    timestamp: str  # When it was measured
    unit: Literal["SpO2", "bpm", "kg", "kg/m2", "mm", "percent"]  # Fixed for each measurement; `SpO2` is percent
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`
    value: float  # In `unit`


class Reading(_Reading, total=False):
    """A reading of one value"""

    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first
    tzOffset: str  # The person's local offset from UTC, where it is known


class Replay(TypedDict):
    since: str  # Events since then are sent once more


class Replaying(TypedDict):
    replaying: bool  # Whether there is anything to send


class ResampledSeries(TypedDict):
    """A series, taken together by time"""

    agg: list[str]  # The figures
    buckets: list[Bucket]  # Oldest first
    metric: str
    step: str  # As it was asked for
    timeZone: str  # By whose clock buckets begin and end
    unit: str  # As the data API writes it


class RotatedSecret(TypedDict):
    oldSecretUntil: str
    secret: str  # Shown this once; messages are signed with it


class SecretRotation(TypedDict, total=False):
    overlapHours: int  # How long the old secret signs beside the new one; 24 if nothing is said


class _SessionExchange(TypedDict):
    clientId: str  # The app
    clientSecret: str  # The app's secret
    humanId: str  # As Connect handed it over
    sessionToken: str  # As Connect handed it over; counts once


class SessionExchange(_SessionExchange, total=False):
    """A finished session"""

    clientUserId: str  # If given, it has to be the session's


class SessionToken(TypedDict):
    """Opens Connect for somebody new, for an hour"""

    expires_in: int  # Seconds
    human_id: str  # The person
    session_token: str
    token_type: Literal["Bearer"]


class _Sleep(TypedDict):
    createdAt: str  # When it was stored first
    day: str  # The civil day of waking up
    efficiency: float  # Percent; 0 where the source does not tell it
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    mainSleep: bool  # Whether it is the main sleep of its day
    numberOfWakeups: float  # Count; 0 where the source does not tell it
    source: str  # The source's id, as in `/v1/human/sources`
    sourceData: dict[str, Any]  # What the source said beyond the members of the row
    startTime: str  # When it began
    timeAfterWakeup: float  # Minutes; 0 where the source does not tell it
    timeAsleep: float  # Minutes; 0 where the source does not tell it
    timeAwake: float  # Minutes; 0 where the source does not tell it
    timeInBed: float  # Minutes; 0 where the source does not tell it
    timeToFallAsleep: float  # Minutes; 0 where the source does not tell it
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`


class Sleep(_Sleep, total=False):
    """A night, or a nap"""

    endTime: str  # When it ended
    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first
    timeSeries: SleepTimeSeries
    tzOffset: str  # The person's local offset from UTC, where it is known


class SleepStage(TypedDict):
    """A stretch of a sleep"""

    endTime: str  # When it ended
    stage: Literal["awake", "light", "deep", "rem", "asleep"]


class _SleepSummary(TypedDict):
    createdAt: str  # When it was stored first
    date: str  # The civil day
    humanId: str  # The person
    id: str  # The same whenever the row is asked for, corrected or fetched again
    source: str  # The source's id, as in `/v1/human/sources`
    timeAsleep: float  # Minutes
    timeAwake: float  # Minutes
    updatedAt: str  # When it was changed last
    userId: str  # The person, one a person and app; deprecated by `humanId`


class SleepSummary(_SleepSummary, total=False):
    """The sleeps of a day and a connection, summed up"""

    mergedFrom: list[MergedPart]  # With `merge=true`: what it was put together from, the leading part first


class SleepTimeSeries(TypedDict):
    """With `time_series=true`: what was measured meanwhile, from instants to values"""

    breathing: dict[str, float]  # /min
    heartRate: dict[str, float]  # /min
    quality: dict[str, SleepStage]  # From the beginning of a stage to the stage


class SourceV21ConnectionState(TypedDict):
    since: str
    state: Literal["quiet", "stale", "needs_reauth", "provider_down", "paused"]


class _SourceV21SyncStatus(TypedDict):
    status: Literal["not_started", "inProgress", "ok", "authorization_required", "source_unavailable", "stale", "paused"]


class SourceV21SyncStatus(_SourceV21SyncStatus, total=False):
    details: str  # Why, where a reason is known
    newestDate: str  # The newest day that has been read
    synchedAt: str  # When it was synced last


class _SourceV21(TypedDict):
    connectedSince: str
    devices: list[str]  # Devices that brought data
    historySync: HistorySync
    id: str  # The connection
    source: str  # The source's id
    supportedDataTypes: list[str]  # What the source gives
    syncStatus: SourceV21SyncStatus


class SourceV21(_SourceV21, total=False):
    """A connection, as of version 2.1"""

    connectionState: SourceV21ConnectionState  # Where the connection is not simply well


class SourceV23Resync(TypedDict):
    active: bool  # Always false: nothing is read a second time by request


class _SourceV23SyncStatus(TypedDict):
    details: str  # `ok` where there is nothing to say
    status: Literal["inProgress", "ok", "noDataAvailable", "authorization_required", "source_unavailable", "stale", "paused"]


class SourceV23SyncStatus(_SourceV23SyncStatus, total=False):
    synchedAt: str  # When it was synced last


class SourceV23(TypedDict):
    """A connection, as of version 2.3"""

    connectedSince: str
    devices: list[str]  # Devices that brought data
    expectedSyncDuration: None  # Not known
    historySync: HistorySync
    id: str  # The connection
    resync: SourceV23Resync
    source: str  # The source, the same in every installation
    sourceName: str
    supportedDataTypes: list[str]  # What the source gives
    syncStatus: SourceV23SyncStatus


class _TestResult(TypedDict):
    durationMs: int
    eventId: str
    outcome: Literal["delivered", "error_status", "redirect", "throttled", "gone", "timed_out", "no_connection", "no_answer", "address_not_allowed"]  # What came of it


class TestResult(_TestResult, total=False):
    """What came of a test message"""

    status: int  # HTTP status of the answer


class _TokenRequest(TypedDict):
    client_id: str  # The app
    client_secret: str  # The app's secret


class TokenRequest(_TokenRequest, total=False):
    """What is asked for"""

    client_user_email: str  # At most 320 bytes
    client_user_id: str  # The app's own id of the person, at most 1,024 bytes
    grant_type: str  # Instead of `type`
    refresh_token: str  # As it was issued
    type: str  # `session`, `id`, `id_token`, `access`, or `refresh` with `refresh_token`


class Tokens(TypedDict):
    """A person's tokens"""

    accessToken: str  # Reads the person's data
    clientId: str  # The app
    clientUserId: str  # The app's own id of the person: compare it with whom you meant
    humanId: str  # The person
    publicToken: str  # Opens Connect again


class User(TypedDict):
    """A user of the app"""

    appId: str  # The app's client id
    createdAt: str
    externalId: str  # The app's own id of the person
    humanId: str  # The person
    updatedAt: str


class _Webhook(TypedDict):
    createdAt: str
    dataTypes: list[str]  # Types of data (`heart_rate`); none are all
    description: str
    enabled: bool
    eventTypes: list[str]  # Types of events (`data.created`, `connection.*`); none are all
    failures: int  # In a row
    id: str
    replaying: bool
    updatedAt: str
    url: str  # Where events are sent to


class Webhook(_Webhook, total=False):
    """A webhook (docs/WEBHOOKS.md)"""

    failingSince: str
    reason: str  # Why it is off


class WebhookChange(TypedDict, total=False):
    """What is to be changed of a webhook"""

    dataTypes: list[str]  # Types of data (`heart_rate`); none are all
    description: str  # At most 200 characters
    enabled: bool
    eventTypes: list[str]  # Types of events (`data.created`, `connection.*`); none are all
    url: str  # https, on port 443 or 8443, of a public host

IssuedToken = Union["SessionToken", "IdToken", "AccessToken"]
# From a metric, `activities`, `sleeps`, `blood_pressure` or `default` to who is believed (docs/MERGE.md)
Priorities = dict[str, list[str]]
Source = Union["SourceV21", "SourceV23"]
