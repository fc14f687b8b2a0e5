"""A web server on loopback that takes webhooks and remembers them."""

from __future__ import annotations

import json
import threading
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PATIENCE_S = 30


@dataclass(frozen=True)
class Message:
    headers: dict[str, str]
    body: bytes

    @property
    def type(self) -> Any:
        return json.loads(self.body)["type"]


class Receiver:
    def __init__(self) -> None:
        self._got: list[Message] = []
        self._news = threading.Condition()
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["content-length"]))
                message = Message({name.lower(): value for name, value in self.headers.items()}, body)
                self.send_response(204)
                self.end_headers()
                with receiver._news:
                    receiver._got.append(message)
                    receiver._news.notify_all()

            def log_message(self, format: str, *args: Any) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever)
        self._thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_port}/hook"

    def message(self, type_: str) -> Message:
        """The first message of a type; waits for it."""

        def found() -> Message | None:
            return next((one for one in self._got if one.type == type_), None)

        with self._news:
            message = self._news.wait_for(found, PATIENCE_S)
        assert message, f"no {type_} in time"
        return message

    def any(self) -> Message:
        """The first message of all; waits for it."""
        with self._news:
            self._news.wait_for(lambda: self._got, PATIENCE_S)
        assert self._got, "no message in time"
        return self._got[0]

    def stop(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
