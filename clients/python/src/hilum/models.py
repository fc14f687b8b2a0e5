"""What the server sends and takes. Written by ``make models`` from its description; not by hand."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = [
    "Activity",
    "ActivitySummary",
    "Attempt",
    "BloodGlucose",
    "BloodPressure",
    "ConnectionStatus",
    "Event",
    "Genotypes",
    "HeartRateSummary",
    "HumanSummary",
    "Import",
    "IngestBatch",
    "IngestResult",
    "Location",
    "Meal",
    "MergePart",
    "NotificationSettings",
    "Priorities",
    "Profile",
    "PublicToken",
    "Reading",
    "RotatedSecret",
    "SessionTokenObject",
    "Sleep",
    "SleepSummary",
    "Source",
    "TestOutcome",
    "TokenSet",
    "Trait",
    "User",
    "Webhook",
    "WebhookSettings",
    "WebhookWithSecret",
]


class _Activity(TypedDict):
    id: str
    userId: str
    humanId: str
    startTime: str
    type: str
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class Activity(_Activity, total=False):
    endTime: str
    tzOffset: str
    duration: float
    distance: float
    steps: float
    calories: float
    timeSeries: dict[str, Any]
    mergedFrom: list[MergePart]


class _ActivitySummary(TypedDict):
    id: str
    userId: str
    humanId: str
    date: str
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class ActivitySummary(_ActivitySummary, total=False):
    duration: float
    distance: float
    steps: float
    calories: float
    vigorous: float
    moderate: float
    light: float
    sedentary: float
    mergedFrom: list[MergePart]


class _Attempt(TypedDict):
    eventId: str
    type: str
    attempt: int
    at: str
    durationMs: int
    outcome: str


class Attempt(_Attempt, total=False):
    status: int


class _BloodGlucose(TypedDict):
    id: str
    userId: str
    humanId: str
    timestamp: str
    value: float
    unit: str
    notes: str
    mealTag: str
    medicationTag: str
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class BloodGlucose(_BloodGlucose, total=False):
    tzOffset: str
    mergedFrom: list[MergePart]


class _BloodPressure(TypedDict):
    id: str
    userId: str
    humanId: str
    timestamp: str
    unit: str
    systolic: float
    diastolic: float
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class BloodPressure(_BloodPressure, total=False):
    tzOffset: str
    heartRate: float
    mergedFrom: list[MergePart]


class _ConnectionStatus(TypedDict):
    id: str
    source: str
    state: str
    since: str


class ConnectionStatus(_ConnectionStatus, total=False):
    reason: str


class _EventData(TypedDict):
    clientId: str
    sequence: int
    backfill: bool


_EventDataRest = TypedDict(
    "_EventDataRest",
    {
        "humanId": "str",
        "connectionId": "str",
        "source": "str",
        "dataType": "str",
        "count": "int",
        "from": "str",
        "to": "str",
        "reconnected": "bool",
        "reason": "str",
        "stream": "str",
        "mode": "str",
        "connectionIds": "list[str]",
        "webhookId": "str",
        "kind": "str",
    },
    total=False,
)


class EventData(_EventData, _EventDataRest):
    pass


class _Event(TypedDict):
    type: str
    timestamp: str
    data: EventData


class Event(_Event, total=False):
    id: str


class GenotypesGenotypesItem(TypedDict):
    location: str
    call: str


class _Genotypes(TypedDict):
    genotypes: list[GenotypesGenotypesItem]


class Genotypes(_Genotypes, total=False):
    id: str


class _HeartRateSummaryZonesItem(TypedDict):
    name: str
    duration: float


class HeartRateSummaryZonesItem(_HeartRateSummaryZonesItem, total=False):
    max: float
    min: float
    caloriesBurned: float


class _HeartRateSummary(TypedDict):
    id: str
    userId: str
    humanId: str
    date: str
    zones: list[HeartRateSummaryZonesItem]
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class HeartRateSummary(_HeartRateSummary, total=False):
    restingHR: float
    averageHR: float
    maxHR: float
    minHR: float
    mergedFrom: list[MergePart]


class _HumanSummary(TypedDict):
    userId: str
    humanId: str
    createdAt: str


class HumanSummary(_HumanSummary, total=False):
    email: str
    gender: str
    bloodGlucose: dict[str, Any]
    bloodOxygen: dict[str, Any]
    bloodPressure: dict[str, Any]
    bmi: dict[str, Any]
    bodyFat: dict[str, Any]
    height: dict[str, Any]
    heartRate: dict[str, Any]
    weight: dict[str, Any]
    activitySummary: dict[str, Any]
    sleepSummary: dict[str, Any]


class _ImportBytes(TypedDict):
    received: int
    read: int


class ImportBytes(_ImportBytes, total=False):
    total: int


class ImportStored(TypedDict):
    inserted: int
    updated: int
    unchanged: int


class ImportError(TypedDict):
    code: str
    message: str


class _Import(TypedDict):
    id: str
    state: Literal["receiving", "waiting", "reading", "done", "failed"]
    bytes: ImportBytes
    stored: ImportStored
    found: dict[str, int]
    rejected: dict[str, int]
    unknownTypes: dict[str, int]
    leftOut: dict[str, int]
    createdAt: str
    updatedAt: str


class Import(_Import, total=False):
    source: str
    format: str
    error: ImportError


class _IngestBatch(TypedDict):
    source: str
    observations: list[dict[str, Any]]


class IngestBatch(_IngestBatch, total=False):
    device: str


class IngestResultRejectedItem(TypedDict):
    index: int
    code: str
    message: str


class IngestResult(TypedDict):
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    rejected: list[IngestResultRejectedItem]


class LocationLocation(TypedDict):
    lat: float
    lon: float


class _Location(TypedDict):
    id: str
    userId: str
    humanId: str
    startTime: str
    name: str
    location: LocationLocation
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class Location(_Location, total=False):
    endTime: str
    tzOffset: str
    type: str
    mergedFrom: list[MergePart]


class _Meal(TypedDict):
    id: str
    userId: str
    humanId: str
    timestamp: str
    type: str
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class Meal(_Meal, total=False):
    tzOffset: str
    name: str
    calories: float
    carbohydrate: float
    fat: float
    protein: float
    mergedFrom: list[MergePart]


class _MergePart(TypedDict):
    source: str
    used: Literal["all", "part", "none"]
    reason: str


class MergePart(_MergePart, total=False):
    id: str
    device: str
    member: str
    startTime: str
    endTime: str
    samples: int
    value: float
    systolic: float
    diastolic: float
    counted: float
    fields: list[str]


class _NotificationSettings(TypedDict):
    enabled: bool
    recent: list[Attempt]


class NotificationSettings(_NotificationSettings, total=False):
    notifyUrl: str
    reason: str
    failingSince: str


class ProfileDefaultTimeZone(TypedDict):
    name: str


class _Profile(TypedDict):
    userId: str
    createdAt: str
    defaultTimeZone: ProfileDefaultTimeZone
    humanId: str


class Profile(_Profile, total=False):
    email: str


class PublicToken(TypedDict):
    humanId: str
    publicToken: str


class _Reading(TypedDict):
    id: str
    userId: str
    humanId: str
    timestamp: str
    value: float
    unit: str
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class Reading(_Reading, total=False):
    tzOffset: str
    mergedFrom: list[MergePart]


class RotatedSecret(TypedDict):
    secret: str
    oldSecretUntil: str


class _SessionTokenObject(TypedDict):
    humanId: str
    sessionToken: str


class SessionTokenObject(_SessionTokenObject, total=False):
    clientId: str


class _Sleep(TypedDict):
    id: str
    userId: str
    humanId: str
    day: str
    startTime: str
    mainSleep: bool
    timeAsleep: float
    timeAwake: float
    efficiency: float
    timeToFallAsleep: float
    timeAfterWakeup: float
    timeInBed: float
    numberOfWakeups: float
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class Sleep(_Sleep, total=False):
    endTime: str
    tzOffset: str
    timeSeries: dict[str, Any]
    mergedFrom: list[MergePart]


class _SleepSummary(TypedDict):
    id: str
    userId: str
    humanId: str
    date: str
    timeAsleep: float
    timeAwake: float
    source: str
    sourceData: dict[str, Any]
    createdAt: str
    updatedAt: str


class SleepSummary(_SleepSummary, total=False):
    mergedFrom: list[MergePart]


class _SourceHistorySync(TypedDict):
    status: str


class SourceHistorySync(_SourceHistorySync, total=False):
    oldestDate: str


class _SourceSyncStatus(TypedDict):
    status: str


class SourceSyncStatus(_SourceSyncStatus, total=False):
    details: str
    synchedAt: str
    newestDate: str


class SourceConnectionState(TypedDict):
    state: str
    since: str


class _Source(TypedDict):
    id: str
    source: str
    supportedDataTypes: list[str]
    devices: list[str]
    connectedSince: str
    historySync: SourceHistorySync
    syncStatus: SourceSyncStatus


class Source(_Source, total=False):
    connectionState: SourceConnectionState


class _TestOutcome(TypedDict):
    eventId: str
    outcome: str
    durationMs: int


class TestOutcome(_TestOutcome, total=False):
    status: int


class TokenSet(TypedDict):
    humanId: str
    clientId: str
    clientUserId: str
    accessToken: str
    publicToken: str


class Trait(TypedDict):
    userId: str
    humanId: str
    description: str
    trait: str
    possibleTraits: list[str]


class User(TypedDict):
    humanId: str
    externalId: str
    appId: str
    createdAt: str
    updatedAt: str


class _Webhook(TypedDict):
    id: str
    url: str
    description: str
    eventTypes: list[str]
    dataTypes: list[str]
    enabled: bool
    failures: int
    replaying: bool
    createdAt: str
    updatedAt: str


class Webhook(_Webhook, total=False):
    reason: str
    failingSince: str


class WebhookSettings(TypedDict, total=False):
    url: str
    description: str
    eventTypes: list[str]
    dataTypes: list[str]
    enabled: bool


class _WebhookWithSecret(TypedDict):
    id: str
    url: str
    description: str
    eventTypes: list[str]
    dataTypes: list[str]
    enabled: bool
    failures: int
    replaying: bool
    createdAt: str
    updatedAt: str
    secret: str


class WebhookWithSecret(_WebhookWithSecret, total=False):
    reason: str
    failingSince: str


Priorities = dict[str, list[str]]
