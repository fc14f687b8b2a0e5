"""Tries, pauses, foreign addresses and what is never shown, against a server that answers what it is told to."""

from __future__ import annotations

import contextlib
import threading
import traceback
from collections.abc import Iterator
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from hilum import AppClient, HilumConnectionError, HilumError, HumanClient
from hilum.errors import retry_after
from hilum.events import messages

TOKEN = "secret-access-token"  # noqa: S105 - made up
Answer = tuple[int, dict[str, str], bytes]
BUSY: Answer = (
    503,
    {"retry-after": "7"},
    b'{"code": "server_busy", "message": "Server Busy", "detailedMessage": "Wait."}',
)
FINE: Answer = (200, {}, b"[]")


class Scripted:
    """Gives its answers in order, and remembers what it was asked."""

    def __init__(self, answers: list[Answer]) -> None:
        self.asked: list[tuple[str, str, dict[str, str]]] = []
        script = self

        class Handler(BaseHTTPRequestHandler):
            def answer(self) -> None:
                self.rfile.read(int(self.headers.get("content-length", "0")))
                script.asked.append((self.command, self.path, {k.lower(): v for k, v in self.headers.items()}))
                status, headers, body = answers.pop(0)
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            do_GET = do_POST = do_PUT = do_PATCH = do_DELETE = answer

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"


@contextlib.contextmanager
def scripted(*answers: Answer) -> Iterator[Scripted]:
    one = Scripted(list(answers))
    thread = threading.Thread(target=one.server.serve_forever)
    thread.start()
    try:
        yield one
    finally:
        one.server.shutdown()
        thread.join()
        one.server.server_close()


def test_waits_as_long_as_it_is_told() -> None:
    waits: list[float] = []
    dated: Answer = (429, {"retry-after": formatdate(1_000_030, usegmt=True)}, b"{}")
    with scripted(BUSY, dated, FINE) as server:
        human = HumanClient(server.url, TOKEN, sleep=waits.append, now=lambda: 1_000_000.0)
        assert human.weight.list().items == []
    assert waits == [7.0, 30.0]
    assert len(server.asked) == 3


def test_pauses_of_its_own_grow() -> None:
    waits: list[float] = []
    plain: Answer = (503, {}, b"<html>busy</html>")
    with scripted(plain, plain, plain, plain) as server, pytest.raises(HilumError) as error:
        HumanClient(server.url, TOKEN, sleep=waits.append).profile()
    assert (error.value.status, error.value.code) == (503, "unexpected_answer")
    assert len(waits) == 3
    for wait, least in zip(waits, (0.5, 1.0, 2.0)):
        assert least <= wait <= least * 1.25


def test_gives_up_where_waiting_is_too_long_or_unwanted() -> None:
    waits: list[float] = []
    with scripted((429, {"retry-after": "61", "x-request-id": "abc"}, b"{}"), BUSY) as server:
        with pytest.raises(HilumError) as error:
            HumanClient(server.url, TOKEN, sleep=waits.append).profile()
        assert (error.value.retry_after, error.value.request_id) == (61.0, "abc")
        with pytest.raises(HilumError):
            HumanClient(server.url, TOKEN, sleep=waits.append, retries=0).profile()
    assert waits == []


def test_what_may_not_be_repeated_is_not() -> None:
    waits: list[float] = []
    with scripted(BUSY, BUSY, BUSY, (200, {}, b'{"inserted": 0}')) as server:
        app = AppClient(server.url, "c", app_key="k", sleep=waits.append)
        for call in (lambda: app.webhooks.create(url="https://e.example"), lambda: app.delete_user("u")):
            with pytest.raises(HilumError):
                call()
        assert waits == []
        HumanClient(server.url, TOKEN, sleep=waits.append).ingest({"source": "s", "observations": []})
    assert waits == [7.0]
    assert [asked[0] for asked in server.asked] == ["POST", "DELETE", "POST", "POST"]


def test_no_answer_at_all() -> None:
    waits: list[float] = []
    source = "-".join(["a", "source"])  # a traceback shows the lines of this test, too
    with scripted() as server:
        url = server.url
    with pytest.raises(HilumConnectionError) as error:
        HumanClient(url, TOKEN, sleep=waits.append, retries=2).weight.list(source=source)
    assert len(waits) == 2
    told = "".join(traceback.format_exception(error.type, error.value, error.tb))
    assert "/v1/human/weight/readings" in told
    assert source not in told
    assert TOKEN not in told


def test_other_errors_are_told_at_once() -> None:
    body = b'{"code": "session_expired", "message": "Session Expired", "detailedMessage": "Open Connect again."}'
    with scripted((410, {"x-request-id": "feed"}, body)) as server, pytest.raises(HilumError) as error:
        AppClient(server.url, "c", client_secret="s").tokens.exchange({"humanId": "h", "sessionToken": "t"})
    assert str(error.value) == "Session Expired (410 session_expired): Open Connect again."
    assert (error.value.status, error.value.code, error.value.request_id) == (410, "session_expired", "feed")


def test_the_token_goes_to_its_server_alone() -> None:
    foreign: Answer = (
        200,
        {"link": '<https://elsewhere.example/v1/human/weight/readings?offset=1>; rel="next"'},
        b"[{}]",
    )
    redirect: Answer = (302, {"location": "https://elsewhere.example/"}, b"")
    other_port: Answer = (200, {"link": '<http://127.0.0.1:1/next>; rel="next"'}, b"[]")
    with scripted(foreign, redirect, other_port) as server:
        human = HumanClient(server.url, TOKEN)
        with pytest.raises(HilumConnectionError, match="elsewhere.example"):
            human.weight.list()
        with pytest.raises(HilumError) as error:
            human.profile()
        assert error.value.status == 302
        with pytest.raises(HilumConnectionError, match="base_url"):
            human.weight.list()
    for _, path, headers in server.asked:
        assert headers["authorization"] == f"Bearer {TOKEN}"
        assert TOKEN not in path


def test_pages_are_followed_by_their_links() -> None:
    first: Answer = (
        200,
        {"link": "</v1/human/weight/readings?cursor=b>; rel=next", "x-total-count": "2"},
        b'[{"id": "1"}]',
    )
    last: Answer = (
        200,
        {"link": '<https://e.example/0>; rel="first", <https://e.example/>; rel="prev"'},
        b'[{"id": "2"}]',
    )
    with scripted(first, last) as server:
        rows = list(HumanClient(server.url, TOKEN).weight.all(source="oura"))
    assert [row["id"] for row in rows] == ["1", "2"]
    assert [path for _, path, _ in server.asked] == [
        "/v1/human/weight/readings?limit=500&cursor=%2A&source=oura",
        "/v1/human/weight/readings?cursor=b",
    ]


def test_a_password_file_of_the_machine_does_not_count(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login somebody password else\n")
    monkeypatch.setenv("NETRC", str(netrc))
    with scripted((200, {}, b"{}"), (200, {}, b"{}")) as server:
        HumanClient(server.url, TOKEN).profile()
        AppClient(server.url, "c", client_secret="s").tokens.public_token("h")
    assert server.asked[0][2]["authorization"] == f"Bearer {TOKEN}"
    assert "authorization" not in server.asked[1][2]


def test_an_export_that_was_cut_off_is_an_error_after_its_last_line() -> None:
    head = b'{"type":"export"}\n'
    with scripted((200, {}, head + b'{"type":"end"}\n'), (200, {}, head), (200, {}, head + b'{"type":"en')) as server:
        human = HumanClient(server.url, TOKEN)
        assert [line["type"] for line in human.export()] == ["export", "end"]
        for _ in range(2):
            lines = human.export()
            assert next(lines)["type"] == "export"
            with pytest.raises(HilumConnectionError):
                next(lines)


def test_secrets_are_not_shown() -> None:
    human = HumanClient("https://h.example", TOKEN)
    app = AppClient("https://h.example", "c", app_key="the-app-key", client_secret="the-client-secret")
    shown = " ".join(map(repr, [human, app, app.tokens, app.notifications, vars(human), vars(app)]))
    for secret in (TOKEN, "the-app-key", "the-client-secret", "dGhlLWFwcC1rZXk6"):
        assert secret not in shown


def test_addresses_that_cannot_be() -> None:
    for base in (
        "h.example",
        "ftp://h.example",
        "https://u:p@h.example",
        "https://h.example/?a=b",
        "https://h.example/#a",
    ):
        with pytest.raises(ValueError, match="base_url"):
            HumanClient(base, TOKEN)


def test_retry_after() -> None:
    assert retry_after(None, 0) is None
    assert retry_after("120", 0) == 120.0
    assert retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 20) == 40.0
    assert retry_after("Thu, 01 Jan 1970 00:01:00 GMT", 90) == 0.0
    assert retry_after("soon", 0) is None


def test_messages_of_a_live_view() -> None:
    lines = [": a comment", "", "id: 1", "event: a", 'data: {"a"', "data::1}", "", "data:x", "", "data: cut off"]
    assert list(messages(lines)) == ['{"a"\n:1}', "x"]
