"""Dense series, taken together by minutes, hours, days, …: heart rate, steps, energy, and so on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, TypedDict, cast

from ._transport import Call, Instant, Transport
from .models import HeldSeries, ResampledSeries
from .resources import quoted

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: A figure of a bucket; which ones fit depends on the metric.
Aggregate = Literal["sum", "avg", "time_avg", "min", "max", "first", "last", "count"]


class SeriesOptions(TypedDict, total=False):
    """What is taken together, and how."""

    #: Instants or civil days of ``tz``, ``until`` not included; from the first to the last sample if absent.
    since: Instant
    until: Instant
    #: Civil days instead of these, both included.
    start_date: str
    end_date: str
    #: ``30s``, ``5m``, ``1h``, ``1d``, ``1w``, ``1mo``, ``1y``; a day if absent.
    step: str
    agg: Aggregate | Sequence[Aggregate]
    #: IANA zone, ``+hh:mm``, or ``local``; that of the person if absent.
    tz: str
    source: str
    #: A bucket for each source.
    by: Literal["source"]
    #: ``False``: only the best device that tells anything in that time.
    merge: bool
    #: Buckets without samples too.
    empty: bool


class SeriesCalls:
    """A person's dense series."""

    def __init__(self, transport: Transport) -> None:
        self._transport = transport

    def get(self, metric: str, **options: Unpack[SeriesOptions]) -> ResampledSeries:
        """One of them, a bucket for each step. ``since`` and ``until`` are the API's ``from`` and ``to``."""
        names = {"since": "from", "until": "to"}
        query = {names.get(name, name): value for name, value in options.items()}
        agg = options.get("agg")
        if agg is not None and not isinstance(agg, str):
            query["agg"] = ",".join(agg)
        call = Call(query=cast("dict[str, str]", query))
        return cast(ResampledSeries, self._transport.json(f"/v1/human/series/{quoted(metric)}", call))

    def list(self, *, source: str | None = None) -> list[HeldSeries]:
        """Which there are."""
        return cast("list[HeldSeries]", self._transport.json("/v1/human/series", Call(query={"source": source})))
