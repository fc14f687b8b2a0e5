"""One way to ask: time limit, tries, errors. Credentials stay in headers and are never shown."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Callable, Union
from urllib.parse import urljoin, urlsplit

import requests
from requests.auth import AuthBase

from .errors import HilumConnectionError, HilumError, error_of

#: An instant: aware, or text such as ``2026-03-01T00:00:00Z``.
Instant = Union[datetime, str]
QueryValue = Union[str, int, bool, datetime, None]
Query = Mapping[str, QueryValue]

FIRST_PAUSE_S = 0.5
REPEATABLE = frozenset({"GET", "PUT", "DELETE"})


@dataclass(frozen=True)
class Options:
    """How calls are made; every client takes these as keywords."""

    #: Further tries of calls that may be repeated, after 429, 503 or no answer.
    retries: int = 3
    #: Longest time for a connection and between two parts of an answer, seconds.
    timeout: float = 60.0
    #: Longest pause before a try, seconds. What ``Retry-After`` asks for beyond it is not waited for.
    longest_pause: float = 60.0
    #: Another session, for proxies and certificates.
    session: requests.Session | None = None
    #: Another way to wait, for tests.
    sleep: Callable[[float], None] = time.sleep
    #: Another clock, seconds since 1970, for tests.
    now: Callable[[], float] = time.time


class _Authorization(AuthBase):
    """The header, and nothing else: ``requests`` would take a password for the host from ``~/.netrc`` otherwise."""

    def __init__(self, value: str | None) -> None:
        self._value = value

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value is not None:
            request.headers["Authorization"] = self._value
        return request


@dataclass(frozen=True)
class Call:
    """One call."""

    method: str = "GET"
    query: Query = field(default_factory=dict)
    json: Any = field(default=None, repr=False)
    data: bytes | None = field(default=None, repr=False)
    headers: Mapping[str, str] = field(default_factory=dict)
    #: May be repeated; absent: as its method says.
    repeatable: bool | None = None
    #: The body is read as it comes.
    stream: bool = False
    timeout: float | None = None


class Transport:
    """Asks one server with one credential."""

    def __init__(self, base_url: str, options: Options, authorization: str | None = None) -> None:
        parts = urlsplit(base_url)
        if parts.scheme not in ("http", "https") or not parts.hostname or "@" in parts.netloc:
            raise ValueError("base_url has to be an http or https address without credentials")
        if parts.query or parts.fragment:
            raise ValueError("base_url has to be an address without query and fragment")
        self._base = base_url.rstrip("/")
        self._options = options
        self._auth = _Authorization(authorization)
        self._session = options.session or requests.Session()

    def __repr__(self) -> str:
        return f"Transport({self._base!r})"

    def sleep(self, seconds: float) -> None:
        self._options.sleep(seconds)

    def followed(self, address: str) -> str:
        """An address that the server told, if it is on the server that was asked: credentials stay there."""
        url = urljoin(self._base, address)
        if _origin(url) != _origin(self._base):
            raise HilumConnectionError(
                f"the next page is at {'://'.join(map(str, _origin(url)[:2]))}, not at the server that was asked: "
                "use the public address of the server as base_url"
            )
        return url

    def json(self, path: str, call: Call | None = None) -> Any:
        """The JSON of an answer; ``None`` where it has no body."""
        return parsed(self.answer(path, call))

    def answer(self, path: str, call: Call | None = None) -> requests.Response:
        """A success. Everything else is raised. ``path`` is below the base, or an address from :meth:`followed`."""
        call = call or Call()
        url = self._base + path if path.startswith("/") else path
        repeatable = call.method in REPEATABLE if call.repeatable is None else call.repeatable
        failed = 0
        while True:
            try:
                return self._once(url, call)
            except (HilumError, HilumConnectionError) as error:
                pause = _pause_after(error, failed)
                tries = self._options.retries if repeatable else 0
                if pause is None or failed >= tries or pause > self._options.longest_pause:
                    raise
                failed += 1
                self.sleep(pause)

    def _once(self, url: str, call: Call) -> requests.Response:
        timeout = self._options.timeout if call.timeout is None else call.timeout
        try:
            answer = self._session.request(
                call.method,
                url,
                params={name: _text(value) for name, value in call.query.items() if value is not None},
                json=call.json,
                data=call.data,
                headers={"Accept": "application/json", **call.headers},
                auth=self._auth,
                timeout=timeout,
                allow_redirects=False,
                stream=call.stream,
            )
            if 200 <= answer.status_code < 300:
                return answer
            with answer:
                text = answer.text
        except requests.RequestException as error:
            # The path alone: a query may name days or sources of a person, and the cause's text holds it.
            what = f"no answer from {self._base} to {call.method} {urlsplit(url).path} ({type(error).__name__})"
            raise HilumConnectionError(what) from None
        raise error_of(answer.status_code, answer.headers, _json_or_none(text), self._options.now())


def parsed(answer: requests.Response) -> Any:
    """The JSON of an answer."""
    if not answer.content:
        return None
    try:
        return answer.json()
    except requests.JSONDecodeError:
        raise HilumConnectionError("the answer is no JSON") from None


def _json_or_none(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _text(value: QueryValue) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise ValueError("a time needs a time zone")
        return value.isoformat()
    return str(value)


def _origin(url: str) -> tuple[str, str | None, int | None]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname, parts.port or {"http": 80, "https": 443}.get(parts.scheme)


def _pause_after(error: Exception, failed: int) -> float | None:
    """How long to wait before the next try; ``None`` for what another try does not mend.

    Half a second, doubled each time, with up to a quarter more so that many callers do not come back together.
    """
    usual: float = FIRST_PAUSE_S * 2**failed * (1 + random.random() / 4)  # noqa: S311 - no secret
    if isinstance(error, HilumConnectionError):
        return usual
    if isinstance(error, HilumError) and error.status in (429, 503):
        return usual if error.retry_after is None else error.retry_after
    return None
