"""What the server sends and takes. Written by ``make models`` from its description; not by hand."""

from __future__ import annotations

from typing import Any, Literal, TypedDict

__all__ = [
    "Activity",
    "ActivitySummary",
    "Attempt",
    "Batch",
    "BloodGlucoseReading",
    "BloodPressureReading",
    "ConnectionState",
    "CreatedWebhook",
    "Event",
    "GeneticTrait",
    "Genotypes",
    "HeartRateSummary",
    "HeldSeries",
    "Human",
    "Import",
    "Ingested",
    "Location",
    "Meal",
    "MergedPart",
    "NewWebhook",
    "Notifications",
    "Priorities",
    "Profile",
    "PublicToken",
    "Reading",
    "Replaying",
    "ResampledSeries",
    "RotatedSecret",
    "SeriesBucket",
    "Sleep",
    "SleepSummary",
    "SourceV21",
    "TestResult",
    "Tokens",
    "User",
    "Webhook",
    "WebhookChange",
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
    mergedFrom: list[MergedPart]


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
    mergedFrom: list[MergedPart]


class _Attempt(TypedDict):
    eventId: str
    type: str
    attempt: int
    at: str
    durationMs: int
    outcome: str


class Attempt(_Attempt, total=False):
    status: int


class _Batch(TypedDict):
    source: str
    observations: list[dict[str, Any]]


class Batch(_Batch, total=False):
    device: str


class _BloodGlucoseReading(TypedDict):
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


class BloodGlucoseReading(_BloodGlucoseReading, total=False):
    tzOffset: str
    mergedFrom: list[MergedPart]


class _BloodPressureReading(TypedDict):
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


class BloodPressureReading(_BloodPressureReading, total=False):
    tzOffset: str
    heartRate: float
    mergedFrom: list[MergedPart]


class _ConnectionState(TypedDict):
    id: str
    source: str
    state: str
    since: str


class ConnectionState(_ConnectionState, total=False):
    reason: str


class _CreatedWebhook(TypedDict):
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


class CreatedWebhook(_CreatedWebhook, total=False):
    reason: str
    failingSince: str


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


class GeneticTrait(TypedDict):
    userId: str
    humanId: str
    description: str
    trait: str
    possibleTraits: list[str]


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
    mergedFrom: list[MergedPart]


class HeldSeries(TypedDict):
    metric: str
    unit: str
    first: str
    last: str
    count: int
    sources: list[str]


class _Human(TypedDict):
    userId: str
    humanId: str
    createdAt: str


class Human(_Human, total=False):
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


class IngestedRejectedItem(TypedDict):
    index: int
    code: str
    message: str


class Ingested(TypedDict):
    inserted: int
    updated: int
    unchanged: int
    deleted: int
    rejected: list[IngestedRejectedItem]


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
    mergedFrom: list[MergedPart]


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
    mergedFrom: list[MergedPart]


class _MergedPart(TypedDict):
    source: str
    used: Literal["all", "part", "none"]
    reason: str


class MergedPart(_MergedPart, total=False):
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


class _NewWebhook(TypedDict):
    url: str


class NewWebhook(_NewWebhook, total=False):
    description: str
    eventTypes: list[str]
    dataTypes: list[str]
    enabled: bool


class _Notifications(TypedDict):
    enabled: bool
    recent: list[Attempt]


class Notifications(_Notifications, total=False):
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
    mergedFrom: list[MergedPart]


class Replaying(TypedDict):
    replaying: bool


class ResampledSeries(TypedDict):
    metric: str
    unit: str
    step: str
    timeZone: str
    agg: list[str]
    buckets: list[SeriesBucket]


class RotatedSecret(TypedDict):
    secret: str
    oldSecretUntil: str


class SeriesBucket(TypedDict, total=False):
    start: str
    end: str
    tzOffset: str
    localStart: str
    localEnd: str
    sum: float
    avg: float
    timeAvg: float
    min: float
    max: float
    first: float
    last: float
    count: int
    source: str
    sources: list[str]


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
    mergedFrom: list[MergedPart]


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
    mergedFrom: list[MergedPart]


class _SourceV21HistorySync(TypedDict):
    status: str


class SourceV21HistorySync(_SourceV21HistorySync, total=False):
    oldestDate: str


class _SourceV21SyncStatus(TypedDict):
    status: str


class SourceV21SyncStatus(_SourceV21SyncStatus, total=False):
    details: str
    synchedAt: str
    newestDate: str


class SourceV21ConnectionState(TypedDict):
    state: str
    since: str


class _SourceV21(TypedDict):
    id: str
    source: str
    supportedDataTypes: list[str]
    devices: list[str]
    connectedSince: str
    historySync: SourceV21HistorySync
    syncStatus: SourceV21SyncStatus


class SourceV21(_SourceV21, total=False):
    connectionState: SourceV21ConnectionState


class _TestResult(TypedDict):
    eventId: str
    outcome: str
    durationMs: int


class TestResult(_TestResult, total=False):
    status: int


class Tokens(TypedDict):
    humanId: str
    clientId: str
    clientUserId: str
    accessToken: str
    publicToken: str


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


class WebhookChange(TypedDict, total=False):
    url: str
    description: str
    eventTypes: list[str]
    dataTypes: list[str]
    enabled: bool


Priorities = dict[str, list[str]]
