"""Everything of one person, as one stream."""

from __future__ import annotations

import json
from collections.abc import Generator
from typing import Any, Literal

import requests

from ._transport import Call, Transport
from .errors import HilumConnectionError

#: ``ndjson``: everything. ``fhir``: FHIR R4, what there are resources for.
ExportFormat = Literal["ndjson", "fhir"]


def exported(transport: Transport, format: ExportFormat, raw: bool) -> Generator[dict[str, Any], None, None]:
    """Line by line; a stream that was cut off is an error after its last line."""
    call = Call(query={"format": format, "raw": raw or None}, headers={"Accept": "*/*"}, stream=True)
    whole = False
    with transport.answer("/v1/human/export", call) as answer:
        try:
            for line in answer.iter_lines(chunk_size=64 * 1024, delimiter=b"\n"):
                if line:
                    told = json.loads(line)
                    whole = told.get("type") == "end" or told.get("resourceType") == "OperationOutcome"
                    yield told
        except (requests.RequestException, json.JSONDecodeError) as error:
            raise HilumConnectionError(f"the export broke off ({type(error).__name__})") from None
    if not whole:
        raise HilumConnectionError("the export was cut off: ask for it again")
