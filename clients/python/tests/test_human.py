"""The data API, all of it, on a person who connected two sandboxes."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import pytest
import requests
from conftest import Known

from hilum import AppClient, HilumConnectionError, HilumError, HumanClient
from hilum.resources import DailyList, Measurement, Sessions
from lib.demo import App, Demo
from lib.person import Person

TABLE = b"""metric,start,end,value,unit,offset,device,context,key
weight,2026-03-04T07:10:00+01:00,,78.4,kg,,Scale,,
weight,2026-03-05T07:10:00+01:00,,78.1,kg,,Scale,,
weight,2026-03-06T07:10:00+01:00,,77.9,kg,,Scale,,
"""


def test_who_and_what(known: Known) -> None:
    profile = known.human.profile()
    assert profile["humanId"] == known.tokens["humanId"]
    assert sorted(source["source"] for source in known.human.sources()) == ["oura", "withings"]
    summary = known.human.summary()
    assert summary["humanId"] == known.tokens["humanId"]
    assert summary["weight"]["unit"] == "kg"
    assert summary["bloodGlucose"] == {}


@pytest.mark.parametrize(
    "name", ["blood_oxygen", "blood_pressure", "body_fat", "heart_rate", "height", "weight", "bmi", "blood_glucose"]
)
def test_measurements(known: Known, name: str) -> None:
    measurement: Measurement[Any] = getattr(known.human, name)
    first = measurement.list(limit=3)
    newest = measurement.latest()
    if first.total == 0:
        # Of heights there may be one or none yet; the others the person has, or no source of theirs measures.
        assert name in ("bmi", "blood_glucose", "height", "body_fat")
        assert newest is None
        assert first.items == []
        return
    assert newest is not None
    assert newest == first.items[0]
    assert measurement.get(newest["id"]) == newest
    day = newest["timestamp"][:10]
    by_range = measurement.list(start_date=day, end_date=day).items
    assert by_range == measurement.daily(day).items


@pytest.mark.parametrize("name", ["activities", "sleeps"])
def test_sessions_and_their_days(known: Known, name: str) -> None:
    sessions: Sessions[Any, Any] = getattr(known.human, name)
    rows = sessions.list(limit=5).items
    assert len(rows) == 5
    assert [sessions.get(row["id"]) for row in rows] == rows
    assert "timeSeries" in sessions.get(rows[0]["id"], time_series=True)
    newest = sessions.latest_summary()
    assert newest == sessions.summaries.list(limit=1).items[0]
    assert newest is not None
    assert sessions.summaries.on_day(newest["date"], source=newest["source"]) == newest
    merged = sessions.summaries.on_day(newest["date"], merge=True)
    assert {part["source"] for part in merged["mergedFrom"]} <= {"withings", "oura"}


def test_days_of_the_heart_and_the_rest(known: Known) -> None:
    day = known.human.heart_rate.summaries.list(limit=1).items[0]
    assert known.human.heart_rate.summaries.get(day["id"]) == day
    others: list[DailyList[Any]] = [known.human.meals, known.human.locations]
    assert [one.list().items for one in others] == [[], []]
    assert known.human.traits().items == []
    assert known.human.genotypes("rs3094315", "i3000001") == {
        "genotypes": [{"location": "rs3094315", "call": "__"}, {"location": "i3000001", "call": "__"}]
    }


def test_all_pages_are_all_rows(known: Known) -> None:
    lists: list[Callable[..., Any]] = [known.human.weight.all, known.human.sleeps.all]
    for rows in lists:
        whole = list(rows())
        assert len(whole) > 14
        assert list(rows(limit=7)) == whole
    page = known.human.weight.list(limit=7)
    assert page.total == len(list(known.human.weight.all()))
    second = page.next()
    assert second is not None
    assert second.items == list(known.human.weight.all())[7:14]
    assert known.human.weight.list(limit=500).next() is None


def test_filters(known: Known) -> None:
    rows = list(known.human.weight.all())
    assert {row["source"] for row in known.human.weight.all(source="withings")} == {"withings"}
    newest = max(row["updatedAt"] for row in rows)
    since = list(known.human.weight.all(updated_since=newest))
    assert since == [row for row in rows if row["updatedAt"] >= newest]
    assert list(known.human.weight.all(created_before="2020-01-01T00:00:00Z")) == []


def test_series(known: Known) -> None:
    held = {one["metric"]: one for one in known.human.series.list()}
    assert held["heart_rate"]["count"] >= 20
    assert set(held["heart_rate"]["sources"]) <= {"oura", "withings"}
    last = held["heart_rate"]["last"][:10]
    # By the clock of UTC, a day of hours adds up to the day.
    day = known.human.series.get("heart_rate", start_date=last, end_date=last, tz="UTC", agg=["count", "max"])
    hours = known.human.series.get("heart_rate", since=last, until=f"{last}T23:30:00Z", step="1h", tz="UTC", empty=True)
    assert (day["agg"], len(day["buckets"]), len(hours["buckets"])) == (["count", "max"], 1, 24)
    assert day["buckets"][0]["count"] == sum(bucket["count"] for bucket in hours["buckets"])
    assert day["buckets"][0]["max"] == max(bucket["max"] for bucket in hours["buckets"] if bucket["count"])
    by_source = known.human.series.get("heart_rate", start_date=last, end_date=last, by="source")
    assert {bucket["source"] for bucket in by_source["buckets"]} <= {"oura", "withings"}
    with pytest.raises(HilumError) as unfit:
        known.human.series.get("heart_rate", agg="sum")
    assert unfit.value.code == "unfit_aggregate"


def test_everything_as_one_stream(known: Known) -> None:
    lines = list(known.human.export())
    assert (lines[0]["type"], lines[0]["humanId"]) == ("export", known.tokens["humanId"])
    weights = {line["id"] for line in lines if line["type"] == "record" and line["kind"] == "weight"}
    assert weights == {row["id"] for row in known.human.weight.all()}
    assert lines[-1]["type"] == "end"
    resources = list(known.human.export("fhir"))
    assert (resources[0]["resourceType"], resources[0]["id"]) == ("Patient", known.tokens["humanId"])
    assert weights <= {one["id"] for one in resources if one["resourceType"] == "Observation"}
    # Whoever stops reading closes the line.
    begun = known.human.export()
    next(begun)
    begun.close()


def test_a_copy_is_kept_up_to_date(client: AppClient, demo: Demo, app: App) -> None:
    human = _new(client, demo, app)
    reading = {"metric": "weight", "start": "2026-03-04T07:10:00+01:00", "value": 81.5, "unit": "kg"}
    human.ingest({"source": "my_scale", "observations": [reading]})
    page = human.weight.list(cursor="*", source="my_scale")
    assert len(page.items) == 1
    assert page.next() is None
    assert page.sync_cursor
    later = {**reading, "start": "2020-03-05T07:10:00+01:00", "value": 80.0}
    human.ingest({"source": "my_scale", "observations": [later]})
    news = human.weight.list(cursor=page.sync_cursor, source="my_scale")
    assert 80.0 in [row["value"] for row in news.items]
    assert news.sync_cursor
    with pytest.raises(HilumError) as other_list:
        human.height.list(cursor=page.sync_cursor)
    assert other_list.value.code == "invalid_cursor"


def test_ingest_twice_changes_nothing(client: AppClient, demo: Demo, app: App) -> None:
    human = _new(client, demo, app)
    reading = {"metric": "weight", "start": "2026-03-04T07:10:00+01:00", "value": 81.5, "unit": "kg"}
    wrong = {"metric": "weight", "start": "2026-03-04T07:10:00+01:00", "value": 81.5, "unit": "mmHg"}
    first = human.ingest({"source": "my_scale", "observations": [reading, wrong]})
    assert (first["inserted"], [(one["index"], one["code"]) for one in first["rejected"]]) == (1, [(1, "bad_unit")])
    again = human.ingest({"source": "my_scale", "observations": [reading]})
    assert (again["inserted"], again["unchanged"]) == (0, 1)
    newest = human.weight.latest(source="my_scale")
    assert newest is not None
    assert (newest["value"], newest["unit"], newest["source"]) == (81.5, "kg", "my_scale")


def test_a_file_in_pieces_that_break_off(client: AppClient, demo: Demo, app: App) -> None:
    tokens = _exchange(client, demo, app)
    waits: list[float] = []
    human = HumanClient(demo.hilum, tokens, session=_BreaksOnce(), sleep=waits.append)
    told: list[tuple[int, int]] = []
    there = human.imports.upload(
        io.BytesIO(TABLE), piece_bytes=100, on_progress=lambda now, total: told.append((now, total))
    )
    assert waits == [1.0]
    assert told[-1] == (len(TABLE), len(TABLE))
    assert [now for now, _ in told] == sorted(now for now, _ in told)
    ended = HumanClient(demo.hilum, tokens).imports.ended(there["id"], every=0.05)
    assert ended["state"] == "done"
    assert ended["found"] == {"weight": 3}
    assert ended["stored"]["inserted"] == 3
    assert [row["value"] for row in human.weight.all(source="file")] == [77.9, 78.1, 78.4]
    assert [one["id"] for one in human.imports.list()] == [there["id"]]
    with pytest.raises(HilumError) as over:
        human.imports.cancel(there["id"])
    assert over.value.code == "import_ended"


def test_an_upload_is_taken_up_by_its_id(client: AppClient, demo: Demo, app: App) -> None:
    tokens = _exchange(client, demo, app)
    broken = HumanClient(demo.hilum, tokens, session=_BreaksOnce(), sleep=lambda _: None)
    with pytest.raises(HilumConnectionError):
        broken.imports.upload(io.BytesIO(TABLE), piece_bytes=100, tries=1)
    human = HumanClient(demo.hilum, tokens)
    held = human.imports.list()[0]
    assert (held["state"], held["bytes"]["received"]) == ("receiving", 100)
    with pytest.raises(ValueError, match="another file"):
        human.imports.upload(io.BytesIO(b"another"), resume=held["id"])
    assert human.imports.upload(io.BytesIO(TABLE), resume=held["id"])["id"] == held["id"]
    assert human.imports.ended(held["id"], every=0.05)["found"] == {"weight": 3}


class _BreaksOnce(requests.Session):
    """Its second request does not get through."""

    def __init__(self) -> None:
        super().__init__()
        self._sent = 0

    def send(self, request: requests.PreparedRequest, **kwargs: Any) -> requests.Response:
        self._sent += 1
        if self._sent == 2:
            raise requests.ConnectionError("broke off")
        return super().send(request, **kwargs)


def _exchange(client: AppClient, demo: Demo, app: App) -> str:
    return client.tokens.exchange(Person(demo, app).connects("withings"))["accessToken"]


def _new(client: AppClient, demo: Demo, app: App) -> HumanClient:
    return HumanClient(demo.hilum, _exchange(client, demo, app))
