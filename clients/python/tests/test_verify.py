"""Verification of messages, by the specification's own example and by hand."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Callable

import pytest

from hilum import VerificationError, verify_notification, verify_webhook

# The example of the Standard Webhooks specification's libraries.
SECRET = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"  # noqa: S105 - published
AT = 1614265330
BODY = b'{"test": 2432232314}'
HEADERS = {
    "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "webhook-timestamp": str(AT),
    "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
}
OTHER = "whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX"


def now() -> float:
    return float(AT)


def test_the_published_example() -> None:
    expected = {"test": 2432232314, "id": HEADERS["webhook-id"]}
    assert verify_webhook(SECRET, HEADERS, BODY, now=now) == expected
    assert verify_webhook(SECRET, HEADERS, BODY.decode(), now=now) == expected
    assert verify_webhook([OTHER, SECRET], {name.title(): text for name, text in HEADERS.items()}, BODY, now=now)
    several = {**HEADERS, "webhook-signature": f"v1a,AAAA v1,{'A' * 43}= {HEADERS['webhook-signature']} v2,BBBB"}
    assert verify_webhook(SECRET, several, BODY, now=now) == expected


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("webhook-id", "msg_another"),
        ("webhook-id", ""),
        ("webhook-timestamp", str(AT + 1)),
        ("webhook-timestamp", "soon"),
        ("webhook-timestamp", "-1"),
        ("webhook-timestamp", ""),
        ("webhook-signature", "v2,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook-signature", "g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="),
        ("webhook-signature", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1O"),
        ("webhook-signature", "v1,"),
        ("webhook-signature", "v1,not base64!"),
        ("webhook-signature", ""),
    ],
)
def test_changed_headers(name: str, value: str) -> None:
    with pytest.raises(VerificationError):
        verify_webhook(SECRET, {**HEADERS, name: value}, BODY, now=now)


def test_changed_bodies_secrets_and_times() -> None:
    refused: list[Callable[[], object]] = [
        lambda: verify_webhook(SECRET, HEADERS, BODY + b" ", now=now),
        lambda: verify_webhook(SECRET, HEADERS, b"", now=now),
        lambda: verify_webhook(OTHER, HEADERS, BODY, now=now),
        lambda: verify_webhook([], HEADERS, BODY, now=now),
        lambda: verify_webhook(SECRET, HEADERS, BODY, now=lambda: AT + 300.5),
        lambda: verify_webhook(SECRET, HEADERS, BODY, now=lambda: AT - 300.5),
        lambda: verify_webhook(SECRET, HEADERS, BODY, tolerance=10, now=lambda: AT + 11),
        lambda: verify_webhook(SECRET, HEADERS, BODY),
        lambda: verify_webhook(SECRET, {}, BODY, now=now),
    ]
    for call in refused:
        with pytest.raises(VerificationError):
            call()
    assert verify_webhook(SECRET, HEADERS, BODY, now=lambda: AT + 300)
    assert verify_webhook(SECRET, HEADERS, BODY, now=lambda: AT - 300)
    for empty in ("", "whsec_", "whsec_not base64"):
        with pytest.raises(ValueError, match="whsec_"):
            verify_webhook(empty, HEADERS, BODY, now=now)


def test_a_key_of_no_bytes_signs_nothing() -> None:
    signed = f"{HEADERS['webhook-id']}.{AT}.".encode() + BODY
    forged = base64.b64encode(hmac.new(b"", signed, hashlib.sha256).digest()).decode()
    with pytest.raises(ValueError, match="whsec_"):
        verify_webhook("whsec_", {**HEADERS, "webhook-signature": f"v1,{forged}"}, BODY, now=now)


def test_notifications() -> None:
    body, nonce = b'[{"eventId": "evt_1"}]', "n0nce"
    tag = hmac.new(b"client secret", body + f"{AT}{nonce}".encode(), hashlib.sha1).hexdigest()
    headers = {"X-HumanAPI-Signature": tag, "X-HumanAPI-Timestamp": str(AT), "X-HumanAPI-Nonce": nonce}
    assert verify_notification("client secret", headers, body, now=now) == [{"eventId": "evt_1"}]
    refused: list[Callable[[], object]] = [
        lambda: verify_notification("another", headers, body, now=now),
        lambda: verify_notification("client secret", headers, body + b" ", now=now),
        lambda: verify_notification("client secret", {**headers, "X-HumanAPI-Nonce": "another"}, body, now=now),
        lambda: verify_notification("client secret", {**headers, "X-HumanAPI-Signature": "zz"}, body, now=now),
        lambda: verify_notification("client secret", {**headers, "X-HumanAPI-Signature": tag[:-2]}, body, now=now),
        lambda: verify_notification("client secret", headers, body, now=lambda: AT + 301),
    ]
    for call in refused:
        with pytest.raises(VerificationError):
            call()
