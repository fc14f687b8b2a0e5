"""Starts the real program as ``hilum demo`` on free loopback ports with a data directory of its own."""

from __future__ import annotations

import json
import os
import shutil
import socket
import subprocess
import tempfile
import threading
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

PROGRAM = Path(os.environ.get("HILUM", "../../target/debug/hilum")).resolve()
START_S = 120


def free_ports(count: int) -> int:
    """The first of ``count`` ports in a row that are free now."""
    for _ in range(50):
        held: list[socket.socket] = []
        try:
            first = 0
            for at in range(count):
                one = socket.socket()
                held.append(one)
                one.bind(("127.0.0.1", first + at if at else 0))
                first = first or one.getsockname()[1]
            return first
        except (OSError, OverflowError):
            continue
        finally:
            for one in held:
                one.close()
    raise RuntimeError(f"no {count} free ports in a row")


@dataclass(frozen=True)
class App:
    """A registered app, as the operator's command prints it once."""

    client_id: str
    client_secret: str = field(repr=False)
    app_key: str = field(repr=False)


class Demo:
    """A running ``hilum demo``; ``hilum`` and ``sandbox`` are its addresses."""

    def __init__(self) -> None:
        self.data = Path(tempfile.mkdtemp(prefix="hilum-python-"))
        port = free_ports(3)  # the sandboxes and the sample app take the next two
        address = f"127.0.0.1:{port}"
        command = ["demo", "--data", str(self.data), "--listen", address, "--public-url", f"http://{address}", "--json"]
        self._log = (self.data / "python-suite.log").open("w+")
        self._child = subprocess.Popen(  # noqa: S603 - the program under test
            [PROGRAM, *command], stdout=subprocess.PIPE, stderr=self._log, text=True
        )
        # A program that says nothing is ended, so that the read below ends.
        watchdog = threading.Timer(START_S, self._child.kill)
        watchdog.start()
        try:
            ready = self._ready()
        finally:
            watchdog.cancel()
        self.hilum: str = ready["hilum"]
        self.sandbox: str = ready["sandbox"]

    def _ready(self) -> Any:
        stdout = self._child.stdout
        assert stdout is not None
        for line in stdout:
            if line.startswith("{"):
                threading.Thread(target=_drain, args=(stdout,), daemon=True).start()
                return json.loads(line)
        self._log.seek(0)
        raise RuntimeError(f"the demo ended with {self._child.wait()}:\n{self._log.read()}")

    def run(self, *command: str) -> Any:
        """One of the operator's commands beside the running server; what it prints as JSON."""
        answer = subprocess.run(  # noqa: S603 - the program under test
            [PROGRAM, *command, "--data", str(self.data), "--json"], check=True, capture_output=True, text=True
        )
        return json.loads(answer.stdout)

    def create_app(self, name: str, origin: str, *redirects: str) -> App:
        targets = [argument for one in redirects for argument in ("--redirect", one)]
        made = self.run("app", "create", "--name", name, "--origin", origin, *targets)
        return App(made["clientId"], made["clientSecret"], made["appKey"])

    def stop(self) -> None:
        self._child.terminate()
        self._child.wait()
        if self._child.stdout:
            self._child.stdout.close()
        self._log.close()
        shutil.rmtree(self.data)


def _drain(stream: IO[str]) -> None:
    """Reads on, so that the program never waits for room in the pipe."""
    try:
        for _ in stream:
            pass
    except ValueError:
        return  # closed by `stop`
