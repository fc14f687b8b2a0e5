"""What went wrong, as a type: an answer that says so, no answer at all, or a message that is not ours."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timezone
from email.utils import parsedate_to_datetime
from typing import Any


class HilumError(Exception):
    """The server answered with an error. It holds nothing that was sent."""

    def __init__(
        self,
        *,
        status: int,
        code: str,
        message: str,
        detailed_message: str = "",
        request_id: str | None = None,
        retry_after: float | None = None,
    ) -> None:
        text = f"{message} ({status} {code})"
        super().__init__(f"{text}: {detailed_message}" if detailed_message else text)
        #: HTTP status.
        self.status = status
        #: Fixed word for programs, such as ``session_expired``. ``docs/API-DESIGN.md`` lists them.
        self.code = code
        #: What it is called, for people.
        self.message = message
        #: What to do about it.
        self.detailed_message = detailed_message
        #: The id under which the server's log knows the request.
        self.request_id = request_id
        #: When to try again, seconds from now, if the server said.
        self.retry_after = retry_after


class HilumConnectionError(Exception):
    """No answer came, or none that can be understood: the network, a time limit, a proxy in between."""


class VerificationError(Exception):
    """A webhook or notification is not from your Hilum, was changed on the way, or is too old."""


def error_of(status: int, headers: Mapping[str, str], told: Any, now: float) -> HilumError:
    """The error that an answer tells; one that is not Hilum's (a proxy's page) has the code ``unexpected_answer``."""

    def text(name: str, instead: str) -> str:
        value = told.get(name) if isinstance(told, dict) else None
        return value if isinstance(value, str) else instead

    return HilumError(
        status=status,
        code=text("code", "unexpected_answer"),
        message=text("message", "Unexpected Answer"),
        detailed_message=text("detailedMessage", ""),
        request_id=headers.get("x-request-id"),
        retry_after=retry_after(headers.get("retry-after"), now),
    )


def retry_after(header: str | None, now: float) -> float | None:
    """``Retry-After`` in seconds: a number of them, or a date (RFC 9110, 10.2.3)."""
    if header is None:
        return None
    if header.strip().isascii() and header.strip().isdigit():
        return float(header)
    try:
        at = parsedate_to_datetime(header)
    except (TypeError, ValueError):  # the first until Python 3.9
        return None
    if at.tzinfo is None:
        at = at.replace(tzinfo=timezone.utc)
    return max(0.0, (at - datetime.fromtimestamp(now, timezone.utc)).total_seconds())
