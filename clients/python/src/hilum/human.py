"""One person's data, with the person's access token."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any, cast

from ._transport import Call, Options, Transport
from .export import ExportFormat, exported
from .imports import ImportCalls
from .models import (
    Activity,
    ActivitySummary,
    Batch,
    BloodGlucoseReading,
    BloodPressureReading,
    GeneticTrait,
    Genotypes,
    HeartRateSummary,
    Human,
    Ingested,
    Location,
    Meal,
    Profile,
    Reading,
    Sleep,
    SleepSummary,
    SourceV21,
)
from .paging import Page, page
from .resources import DailyList, HeartRates, Measurement, Sessions
from .series import SeriesCalls


class HumanClient:
    """The data API. ``access_token`` is the person's, from the exchange of a session token.

    ``options`` are the fields of :class:`Options`: ``retries``, ``timeout``, ``session`` and so on.
    """

    def __init__(self, base_url: str, access_token: str, **options: Any) -> None:
        transport = Transport(base_url, Options(**options), f"Bearer {access_token}")
        self._transport = transport
        base = "/v1/human"
        self.blood_glucose: Measurement[BloodGlucoseReading] = Measurement(transport, f"{base}/blood_glucose")
        self.blood_oxygen: Measurement[Reading] = Measurement(transport, f"{base}/blood_oxygen")
        self.blood_pressure: Measurement[BloodPressureReading] = Measurement(transport, f"{base}/blood_pressure")
        self.bmi: Measurement[Reading] = Measurement(transport, f"{base}/bmi")
        self.body_fat: Measurement[Reading] = Measurement(transport, f"{base}/body_fat")
        self.heart_rate: HeartRates[Reading, HeartRateSummary] = HeartRates(transport, f"{base}/heart_rate")
        self.height: Measurement[Reading] = Measurement(transport, f"{base}/height")
        self.weight: Measurement[Reading] = Measurement(transport, f"{base}/weight")
        self.activities: Sessions[Activity, ActivitySummary] = Sessions(transport, f"{base}/activities")
        self.sleeps: Sessions[Sleep, SleepSummary] = Sessions(transport, f"{base}/sleeps")
        self.meals: DailyList[Meal] = DailyList(transport, f"{base}/food/meals")
        self.locations: DailyList[Location] = DailyList(transport, f"{base}/locations")
        #: What is measured densely, by minutes, hours, days.
        self.series = SeriesCalls(transport)
        #: Files that the person brings.
        self.imports = ImportCalls(transport)

    def summary(self, *, merge: bool = False) -> Human:
        """The newest of everything. What there is none of is ``{}``."""
        return cast(Human, self._transport.json("/v1/human", Call(query={"merge": merge})))

    def profile(self) -> Profile:
        """The person."""
        return cast(Profile, self._transport.json("/v1/human/profile"))

    def sources(self) -> list[SourceV21]:
        """What the person has connected, and how each source is."""
        return cast("list[SourceV21]", self._transport.json("/v1/human/sources"))

    def traits(self, *, limit: int = 50, cursor: str | None = None) -> Page[GeneticTrait]:
        """What sources conclude from the person's genes."""
        return page(self._transport, "/v1/human/genetic/traits", {"limit": limit, "cursor": cursor})

    def genotypes(self, *locations: str) -> Genotypes:
        """What a chip read at these places: ``rs3094315``."""
        call = Call(query={"locations": " ".join(locations)})
        return cast(Genotypes, self._transport.json("/v1/human/genetic/genotypes", call))

    def export(self, format: ExportFormat = "ndjson", *, raw: bool = False) -> Generator[dict[str, Any], None, None]:
        """Everything that the server holds of the person, line by line. A stream that was cut off ends in an error.

        ``raw``: with the answers of sources as they came, as far as the server keeps them.
        """
        return exported(self._transport, format, raw)

    def ingest(self, batch: Batch) -> Ingested:
        """Brings data of your own; the same data twice change nothing. At most 10,000 observations."""
        call = Call("POST", json=batch, repeatable=True)
        return cast(Ingested, self._transport.json("/v1/human/ingest", call))
