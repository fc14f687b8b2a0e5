"""The kinds of lists that the data API has."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Generic, TypedDict, TypeVar, cast
from urllib.parse import quote

from ._transport import Call, Instant, Query, Transport
from .paging import Page, page

if TYPE_CHECKING:
    from typing_extensions import Unpack

T = TypeVar("T")
S = TypeVar("S")


class Filter(TypedDict, total=False):
    """Conditions that all have to hold, and which page."""

    #: Rows of a page, 1 to 500; 50 if absent.
    limit: int
    #: Rows to skip.
    offset: int
    #: Instead of ``offset``: ``*`` begins a walk that nothing disturbs that comes or goes meanwhile. Its last page has
    #: a ``sync_cursor``; a walk from that another time is what has changed since.
    cursor: str
    #: First civil day, ``YYYY-MM-DD``; together with ``end_date``.
    start_date: str
    #: Last civil day, itself included.
    end_date: str
    #: Stored at this instant or later.
    created_since: Instant
    created_before: Instant
    #: Changed at this instant or later: to keep up, the newest ``updatedAt`` that you have.
    updated_since: Instant
    updated_before: Instant
    #: Only this source: ``oura``.
    source: str
    #: What several sources tell of the same thing is one row that names its parts.
    merge: bool
    #: Sleeps and activities tell what was measured meanwhile.
    time_series: bool


class One(TypedDict, total=False):
    """Options of a single row."""

    source: str
    merge: bool
    time_series: bool


class List(Generic[T]):
    """Rows that are listed and counted in pages."""

    def __init__(self, transport: Transport, path: str) -> None:
        self._transport = transport
        self._path = path

    def list(self, **filter: Unpack[Filter]) -> Page[T]:
        """One page, newest first."""
        return page(self._transport, self._path, to_query(filter))

    def all(self, **filter: Unpack[Filter]) -> Iterator[T]:
        """All rows, newest first, page after page by cursor; of 500 rows unless ``limit`` says otherwise."""
        return self.list(**walk(filter)).all()

    def get(self, id: str, **options: Unpack[One]) -> T:
        """One row by its id."""
        return cast(T, self._transport.json(f"{self._path}/{quoted(id)}", Call(query=to_query(options))))


class DailyList(List[T]):
    """Rows that are looked up by day as well."""

    def daily(self, date: str, **filter: Unpack[Filter]) -> Page[T]:
        """The rows of a civil day, ``YYYY-MM-DD``; a page of them."""
        return page(self._transport, f"{self._path}/daily/{quoted(date)}", to_query(filter))


class Summaries(List[T]):
    """Daily sums."""

    def on_day(self, date: str, **options: Unpack[One]) -> T:
        """The sum of a civil day, ``YYYY-MM-DD``; of the source connected first, unless ``source`` picks another."""
        return self.get(date, **options)


class Measurement(DailyList[T]):
    """A kind of measurement."""

    def __init__(self, transport: Transport, base: str) -> None:
        super().__init__(transport, f"{base}/readings")
        self._base = base

    def latest(self, **options: Unpack[One]) -> T | None:
        """The newest reading; ``None`` if there is none."""
        return cast("T | None", present(self._transport.json(self._base, Call(query=to_query(options)))))


class HeartRates(Measurement[T], Generic[T, S]):
    """Heart rates have daily sums as well."""

    def __init__(self, transport: Transport, base: str) -> None:
        super().__init__(transport, base)
        self.summaries: Summaries[S] = Summaries(transport, f"{base}/summaries")


class Sessions(DailyList[T], Generic[T, S]):
    """Activities and sleeps: sessions, and daily sums."""

    def __init__(self, transport: Transport, path: str) -> None:
        super().__init__(transport, path)
        self.summaries: Summaries[S] = Summaries(transport, f"{path}/summaries")

    def latest_summary(self, **options: Unpack[One]) -> S | None:
        """The newest daily sum; ``None`` if there is none."""
        call = Call(query=to_query(options))
        return cast("S | None", present(self._transport.json(f"{self._path}/summary", call)))


def walk(filter: Filter) -> Filter:
    """A whole list: in large pages, by cursor unless an offset is asked for."""
    begin: Filter = {"limit": 500} if "offset" in filter else {"limit": 500, "cursor": "*"}
    return {**begin, **filter}


def to_query(options: Any) -> Query:
    """Options are named as the API's parameters are."""
    return cast(Query, options)


def quoted(part: str) -> str:
    """A part of a path."""
    return quote(part, safe="")


def present(row: Any) -> Any | None:
    """The API says ``{}`` for what there is none of."""
    return row or None
