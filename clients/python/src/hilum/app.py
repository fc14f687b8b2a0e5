"""What an app's server does: tokens, users, batch queries, webhooks, events."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, Literal, cast

from ._transport import Call, Options, Transport
from .endpoints import NotificationCalls, WebhookCalls
from .events import EventCalls
from .models import ConnectionState, Priorities, User
from .paging import Page, page
from .resources import Filter, quoted, to_query, walk
from .tokens import TokenCalls

if TYPE_CHECKING:
    from typing_extensions import Unpack

#: Types of batch queries.
BatchType = Literal[
    "activities",
    "activities/summaries",
    "blood_glucoses",
    "blood_oxygens",
    "blood_pressures",
    "bmis",
    "body_fats",
    "food/meals",
    "genetic_traits",
    "heart_rate/summaries",
    "heart_rates",
    "heights",
    "locations",
    "sleeps",
    "sleeps/summaries",
    "weights",
]


class AppClient:
    """An app. ``app_key`` is for everything but tokens, ``client_secret`` for tokens and notifications.

    ``options`` are the fields of :class:`Options`: ``retries``, ``timeout``, ``session`` and so on.
    """

    def __init__(
        self,
        base_url: str,
        client_id: str,
        *,
        app_key: str | None = None,
        client_secret: str | None = None,
        **options: Any,
    ) -> None:
        basic = None if app_key is None else "Basic " + base64.b64encode(f"{app_key}:".encode()).decode()
        how = Options(**options)
        self._transport = Transport(base_url, how, basic)
        self._base = f"/v1/apps/{quoted(client_id)}"
        #: Session tokens, public tokens.
        self.tokens = TokenCalls(Transport(base_url, how), client_id, client_secret)
        self.webhooks = WebhookCalls(self._transport, f"{self._base}/webhooks")
        #: Notifications of the first generation.
        self.notifications = NotificationCalls(self._transport, f"{self._base}/notifications", client_secret)
        self.events = EventCalls(self._transport, f"{self._base}/events")

    def users(self, *, limit: int | None = None, offset: int | None = None, cursor: str | None = None) -> Page[User]:
        """A page of the app's users, oldest first; all of them in one page if no ``limit`` is given."""
        return page(self._transport, f"{self._base}/users", {"limit": limit, "offset": offset, "cursor": cursor})

    def all_users(self) -> Iterator[User]:
        """All users, oldest first, in pages of 500, by cursor."""
        return self.users(limit=500, cursor="*").all()

    def user(self, id: str) -> User:
        """A user by humanId or externalId."""
        return cast(User, self._transport.json(self._user(id)))

    def create_user(self, external_id: str) -> User:
        """Makes a user, or answers the one that is known."""
        call = Call("POST", json={"externalId": external_id}, repeatable=True)
        return cast(User, self._transport.json(f"{self._base}/users", call))

    def delete_user(self, id: str) -> None:
        """Ends the person's grants at their sources and erases everything of the person."""
        self._transport.answer(self._user(id), Call("DELETE", repeatable=False))

    def batch(self, type: BatchType, **filter: Unpack[Filter]) -> Page[dict[str, Any]]:
        """Rows of all the app's people that changed since ``updated_since`` (absent: within a day): a page.

        Person by person, of each the newest first.
        """
        return page(self._transport, f"{self._base}/users/{type}", to_query(filter))

    def all_batch(self, type: BatchType, **filter: Unpack[Filter]) -> Iterator[dict[str, Any]]:
        """The same, page after page; of 500 rows unless ``limit`` says otherwise."""
        return self.batch(type, **walk(filter)).all()

    def priorities(self, user: str | None = None) -> Priorities:
        """Which source is believed where several tell the same: for all users, or for one."""
        return cast(Priorities, self._transport.json(self._priorities(user)))

    def set_priorities(self, priorities: Priorities, user: str | None = None) -> Priorities:
        """Sets the whole object; ``{}`` takes all back."""
        return cast(Priorities, self._transport.json(self._priorities(user), Call("PUT", json=priorities)))

    def pause_connection(self, user: str, connection: str) -> ConnectionState:
        """Stops fetching for a connection of a user; its data stay."""
        return self._connection(user, connection, "pause")

    def resume_connection(self, user: str, connection: str) -> ConnectionState:
        """Lets it go on."""
        return self._connection(user, connection, "resume")

    def _connection(self, user: str, connection: str, what: str) -> ConnectionState:
        path = f"{self._user(user)}/connections/{quoted(connection)}/{what}"
        return cast(ConnectionState, self._transport.json(path, Call("POST", repeatable=True)))

    def _user(self, id: str) -> str:
        return f"{self._base}/users/{quoted(id)}"

    def _priorities(self, user: str | None) -> str:
        return f"{self._base}/priorities" if user is None else f"{self._user(user)}/priorities"
