"""Is a message from your Hilum?

Webhooks are signed by the Standard Webhooks specification 1.0.0, notifications of the first generation otherwise.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Mapping, Sequence
from typing import Any, Callable, cast

from .errors import VerificationError
from .models import Event

TOLERANCE_S = 300.0


def verify_webhook(
    secret: str | Sequence[str],
    headers: Mapping[str, str],
    body: bytes | str,
    *,
    tolerance: float = TOLERANCE_S,
    now: Callable[[], float] = time.time,
) -> Event:
    """The event of a webhook message, with its ``id``.

    Raises :class:`VerificationError` if it is not signed with the secret (or one of several), was changed, or is older
    than ``tolerance`` seconds. ``body`` has to be what came over the line, not parsed and written again.
    """
    id, timestamp = _needed(headers, "webhook-id"), _needed(headers, "webhook-timestamp")
    signatures = _needed(headers, "webhook-signature").split(" ")
    _check_time(timestamp, tolerance, now)
    raw = body.encode() if isinstance(body, str) else body
    signed = f"{id}.{timestamp}.".encode() + raw
    given = [_from_base64(one[3:]) for one in signatures if one.startswith("v1,")]
    keys = [_key(one) for one in ([secret] if isinstance(secret, str) else secret)]
    # All are compared, so that time does not tell which one fits.
    fits = [
        hmac.compare_digest(hmac.new(key, signed, hashlib.sha256).digest(), signature)
        for key in keys
        for signature in given
    ]
    if not any(fits):
        raise VerificationError("no signature fits")
    return cast(Event, {**json.loads(raw), "id": id})


def verify_notification(
    client_secret: str,
    headers: Mapping[str, str],
    body: bytes | str,
    *,
    tolerance: float = TOLERANCE_S,
    now: Callable[[], float] = time.time,
) -> Any:
    """The notifications of a message of the first generation, signed with the client secret."""
    signature = _needed(headers, "x-humanapi-signature")
    timestamp, nonce = _needed(headers, "x-humanapi-timestamp"), _needed(headers, "x-humanapi-nonce")
    _check_time(timestamp, tolerance, now)
    raw = body.encode() if isinstance(body, str) else body
    expected = hmac.new(client_secret.encode(), raw + (timestamp + nonce).encode(), hashlib.sha1).digest()
    try:
        given = binascii.unhexlify(signature)
    except (ValueError, binascii.Error):
        given = b""
    if not hmac.compare_digest(expected, given):
        raise VerificationError("the signature does not fit")
    return json.loads(raw)


def _key(secret: str) -> bytes:
    key = _from_base64(secret.removeprefix("whsec_"))
    # An HMAC key of no bytes would be one that everybody knows.
    if not key:
        raise ValueError("the webhook secret is not of the form whsec_<base64>")
    return key


def _check_time(timestamp: str, tolerance: float, now: Callable[[], float]) -> None:
    at = float(timestamp) if timestamp.isascii() and timestamp.isdigit() and len(timestamp) <= 12 else float("nan")
    if not abs(now() - at) <= tolerance:
        raise VerificationError("the message is too old, or from the future")


def _needed(headers: Mapping[str, str], name: str) -> str:
    value = next((value for other, value in headers.items() if other.lower() == name), "")
    if not value:
        raise VerificationError(f"the header {name} is missing")
    return value


def _from_base64(encoded: str) -> bytes:
    """Empty for what is no base64: no signature and no key is of no bytes."""
    try:
        return base64.b64decode(encoded, validate=True)
    except (ValueError, binascii.Error):
        return b""
