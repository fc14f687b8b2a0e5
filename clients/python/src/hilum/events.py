"""Events: the feed, and the live view (server-sent events)."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterable, Iterator
from typing import cast

import requests

from ._transport import Call, Transport
from .errors import HilumConnectionError
from .models import Event
from .paging import Page, page


class EventCalls:
    """What happened to an app's people."""

    def __init__(self, transport: Transport, path: str) -> None:
        self._transport = transport
        self._path = path

    def list(self, *, after: str | None = None, limit: int | None = None) -> Page[Event]:
        """A page, oldest first, of what followed the event ``after``. It has a next one for ever: ask again later."""
        return page(self._transport, self._path, {"after": after, "limit": limit})

    def all(self, *, after: str | None = None, limit: int | None = None) -> Generator[Event, None, None]:
        """Everything that there is now, oldest first. Keep the last ``id`` and go on ``after`` it another time."""
        now: Page[Event] | None = self.list(after=after, limit=limit)
        # The feed has a next page for ever: an empty one is the present.
        while now is not None and now.items:
            yield from now.items
            now = now.next()

    def live(self, *, after: str | None = None) -> Generator[Event, None, None]:
        """Events as they happen, until the line breaks; begins now, or after the event ``after``.

        A break is raised as :class:`HilumConnectionError`; go on ``after`` the last event then. To end, close it.
        """
        headers = {"Accept": "text/event-stream"}
        if after is not None:
            headers["Last-Event-ID"] = after
        answer = self._transport.answer(f"{self._path}/stream", Call(headers=headers, stream=True))
        with answer:
            try:
                for data in messages(_lines(answer)):
                    yield cast(Event, json.loads(data))
            except requests.RequestException as error:
                raise HilumConnectionError(f"the live view broke off ({type(error).__name__})") from None


def _lines(answer: requests.Response) -> Iterator[str]:
    """Lines as they come; ``iter_lines`` holds back until its buffer is full or splits at other characters."""
    held = b""
    for part in answer.iter_content(chunk_size=None):
        *lines, held = (held + part).replace(b"\r\n", b"\n").split(b"\n")
        yield from (line.decode() for line in lines)


def messages(lines: Iterable[str]) -> Iterator[str]:
    """The ``data`` of each message of a stream of server-sent events (WHATWG HTML, 9.2)."""
    data: list[str] = []
    for line in lines:
        if line == "" and data:
            yield "\n".join(data)
            data = []
        elif line.startswith("data:"):
            data.append(line[5:].removeprefix(" "))
