"""A webhook as an app's developer meets it: verified by the specification's own library, PyPI standardwebhooks."""

from __future__ import annotations

from typing import Any

import pytest
import requests
from standardwebhooks import Webhook, WebhookVerificationError

from lib.demo import App, Demo
from lib.receiver import Receiver


class Api:
    """The application API by plain HTTP."""

    def __init__(self, demo: Demo, app: App) -> None:
        self.base = f"{demo.hilum}/v1/apps/{app.client_id}"
        self.session = requests.Session()
        self.session.auth = (app.app_key, "")

    def call(self, method: str, path: str, body: Any = None) -> Any:
        answer = self.session.request(method, self.base + path, json=body, timeout=30)
        answer.raise_for_status()
        return answer.json() if answer.content else None


def verifies(verifier: Webhook, body: bytes, headers: dict[str, str]) -> bool:
    try:
        verifier.verify(body, headers)
    except WebhookVerificationError:
        return False
    return True


def test_messages_verify_with_the_official_library_also_while_the_secret_rotates(
    demo: Demo, app: App, receiver: Receiver
) -> None:
    api = Api(demo, app)
    made = api.call("POST", "/webhooks", {"url": receiver.url, "eventTypes": ["user.*"]})
    first = Webhook(made["secret"])
    assert api.call("POST", f"/webhooks/{made['id']}/test")["outcome"] == "delivered"
    tested = receiver.message("webhook.test")
    assert first.verify(tested.body, tested.headers)["type"] == "webhook.test"

    second = Webhook(api.call("POST", f"/webhooks/{made['id']}/rotate", {"overlapHours": 1})["secret"])
    with pytest.raises(WebhookVerificationError):
        second.verify(tested.body, tested.headers)
    user = api.call("POST", "/users", {"externalId": "told-of@example.org"})
    api.call("DELETE", f"/users/{user['humanId']}")
    erased = receiver.message("user.erased")
    for verifier in (first, second):
        assert verifier.verify(erased.body, erased.headers)["data"]["humanId"] == user["humanId"]
    assert b"told-of" not in erased.body

    # With no overlap the old secret signs no longer.
    third = Webhook(api.call("POST", f"/webhooks/{made['id']}/rotate", {"overlapHours": 0})["secret"])
    fresh = Receiver()
    try:
        api.call("PATCH", f"/webhooks/{made['id']}", {"url": fresh.url})
        assert api.call("POST", f"/webhooks/{made['id']}/test")["outcome"] == "delivered"
        last = fresh.message("webhook.test")
    finally:
        fresh.stop()
    assert third.verify(last.body, last.headers)["type"] == "webhook.test"
    for ended in (first, second):
        with pytest.raises(WebhookVerificationError):
            ended.verify(last.body, last.headers)
    api.call("DELETE", f"/webhooks/{made['id']}")


def test_what_was_changed_is_refused(demo: Demo, app: App, receiver: Receiver) -> None:
    api = Api(demo, app)
    made = api.call("POST", "/webhooks", {"url": receiver.url})
    api.call("POST", f"/webhooks/{made['id']}/test")
    message = receiver.message("webhook.test")
    api.call("DELETE", f"/webhooks/{made['id']}")
    verifier = Webhook(made["secret"])
    verifier.verify(message.body, message.headers)

    def with_header(name: str, value: str) -> dict[str, str]:
        return {**message.headers, name: value}

    def without(name: str) -> dict[str, str]:
        return {key: value for key, value in message.headers.items() if key != name}

    timestamp, signature = message.headers["webhook-timestamp"], message.headers["webhook-signature"]
    changes: dict[str, tuple[bytes, dict[str, str]]] = {
        "a changed body": (message.body.replace(b"webhook", b"Webhook", 1), message.headers),
        "a blank more": (message.body + b" ", message.headers),
        "another id": (message.body, with_header("webhook-id", "evt_1")),
        "another time": (message.body, with_header("webhook-timestamp", str(int(timestamp) + 1))),
        "an old time": (message.body, with_header("webhook-timestamp", "1600000000")),
        "another version": (message.body, with_header("webhook-signature", signature.replace("v1,", "v2,"))),
        "no time": (message.body, without("webhook-timestamp")),
        "no id": (message.body, without("webhook-id")),
        "no signature": (message.body, without("webhook-signature")),
    }
    accepted = [name for name, (body, headers) in changes.items() if verifies(verifier, body, headers)]
    assert accepted == []
    with pytest.raises(WebhookVerificationError):
        Webhook("whsec_AAECAwQFBgcICQoLDA0ODxAREhMUFRYX").verify(message.body, message.headers)
