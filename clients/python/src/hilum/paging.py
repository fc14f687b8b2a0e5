"""Pages of a list, and all of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Generic, TypeVar

from requests.utils import parse_header_links

from ._transport import Call, Query, Transport, parsed

T = TypeVar("T")


class Page(Generic[T]):
    """A page of a list."""

    def __init__(
        self,
        transport: Transport,
        items: list[T],
        total: int | None,
        following: str | None,
        sync_cursor: str | None,
    ) -> None:
        self._transport = transport
        self._following = following
        #: On the last page of a walk by cursor: where to begin another time, for what has changed since.
        self.sync_cursor = sync_cursor
        #: Rows, newest first unless the list says otherwise.
        self.items = items
        #: Rows in all pages, where the list tells it.
        self.total = total

    def next(self) -> Page[T] | None:
        """The next page; ``None`` on the last one."""
        return None if self._following is None else page(self._transport, self._following)

    def all(self) -> Iterator[T]:
        """The rows of this page and of all that follow."""
        now: Page[T] | None = self
        while now is not None:
            yield from now.items
            now = now.next()

    def __repr__(self) -> str:
        # Rows are health data.
        return f"Page({len(self.items)} rows, total={self.total})"


def page(transport: Transport, path: str, query: Query | None = None) -> Page[Any]:
    """A page that may have a next one. The next address is followed only on the same server."""
    answer = transport.answer(path, Call(query=query or {}))
    total = answer.headers.get("x-total-count")
    links = parse_header_links(answer.headers.get("link", ""))
    following = next((link["url"] for link in links if "next" in link.get("rel", "").split()), None)
    return Page(
        transport,
        parsed(answer),
        None if total is None else int(total),
        None if following is None else transport.followed(following),
        answer.headers.get("x-sync-cursor"),
    )
