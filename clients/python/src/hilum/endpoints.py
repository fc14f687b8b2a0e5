"""Webhooks and notifications: where events are sent."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from ._transport import Call, Instant, Transport
from .models import (
    Attempt,
    CreatedWebhook,
    NewWebhook,
    Notifications,
    RotatedSecret,
    TestResult,
    Webhook,
    WebhookChange,
)
from .resources import quoted

if TYPE_CHECKING:
    from typing_extensions import Unpack


class WebhookCalls:
    """An app's webhooks."""

    def __init__(self, transport: Transport, path: str) -> None:
        self._transport = transport
        self._path = path

    def get(self, id: str) -> Webhook:
        return cast(Webhook, self._transport.json(self._one(id)))

    def create(self, **settings: Unpack[NewWebhook]) -> CreatedWebhook:
        """Makes one. Its ``secret`` is shown this once."""
        return cast(CreatedWebhook, self._transport.json(self._path, Call("POST", json=settings)))

    def update(self, id: str, **settings: Unpack[WebhookChange]) -> Webhook:
        """Changes what is given."""
        return cast(Webhook, self._transport.json(self._one(id), Call("PATCH", json=settings, repeatable=True)))

    def delete(self, id: str) -> None:
        self._transport.answer(self._one(id), Call("DELETE", repeatable=False))

    def rotate(self, id: str, *, overlap_hours: int = 24) -> RotatedSecret:
        """A new secret; the old one signs beside it for so many hours, 0 to 168."""
        return cast(RotatedSecret, self._post(f"{self._one(id)}/rotate", {"overlapHours": overlap_hours}))

    def test(self, id: str) -> TestResult:
        """Sends a test message now."""
        return cast(TestResult, self._post(f"{self._one(id)}/test"))

    def replay(self, id: str, since: Instant) -> bool:
        """Sends the events since an instant once more; whether there are any."""
        text = since.isoformat() if isinstance(since, datetime) else since
        return cast(bool, self._post(f"{self._one(id)}/replay", {"since": text})["replaying"])

    def attempts(self, id: str, *, limit: int | None = None) -> list[Attempt]:
        """The newest tries, newest first."""
        return cast("list[Attempt]", self._transport.json(f"{self._one(id)}/attempts", Call(query={"limit": limit})))

    def list(self) -> list[Webhook]:
        return cast("list[Webhook]", self._transport.json(self._path))

    def _post(self, path: str, body: Any = None) -> Any:
        return self._transport.json(path, Call("POST", json=body))

    def _one(self, id: str) -> str:
        return f"{self._path}/{quoted(id)}"


class NotificationCalls:
    """Notifications of the first generation."""

    def __init__(self, transport: Transport, path: str, client_secret: str | None) -> None:
        self._transport = transport
        self._path = path
        self._client_secret = client_secret

    def get(self) -> Notifications:
        return cast(Notifications, self._transport.json(self._path))

    def set(self, notify_url: str) -> Notifications:
        """Switches them on; they are signed with the client secret."""
        if self._client_secret is None:
            raise ValueError("this call needs the client_secret")
        body = {"notifyUrl": notify_url, "clientSecret": self._client_secret}
        return cast(Notifications, self._transport.json(self._path, Call("PUT", json=body)))

    def test(self) -> TestResult:
        """Sends one now."""
        return cast(TestResult, self._transport.json(f"{self._path}/test", Call("POST")))

    def delete(self) -> None:
        """Switches them off."""
        self._transport.answer(self._path, Call("DELETE"))
