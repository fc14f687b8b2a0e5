"""schemathesis goes over every operation that the program describes: values at the edges, thousands of made-up
requests, and chains along the links. One seed, one worker, so that a failure can be seen again."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from pathlib import Path

import requests

from lib.demo import App, Demo

SECONDS = 90
LEAST_CASES = 1_000
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "ignored_auth",
    "unsupported_method",
    "allow_header_conformance",
    "use_after_free",
]
# The live view does not end, and a test message goes to an address that somebody made up.
LEFT_OUT = ["streamEvents", "testWebhook", "testNotifications"]


def _settings(app: App, path: Path) -> None:
    path.write_text(
        f"""
seed = 20261122
workers = 1
continue-on-failure = true
[generation]
max-examples = 8
database = "none"
[parameters]
clientId = {json.dumps(app.client_id)}
[auth.openapi.accessToken]
bearer = "demo"
[auth.openapi.appKey]
username = {json.dumps(app.app_key)}
password = ""
"""
    )


def _wait_for_data(demo: Demo) -> None:
    """The demo person's days are told in the background."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        answer = requests.get(f"{demo.hilum}/v1/human/weight", headers={"Authorization": "Bearer demo"}, timeout=10)
        if answer.status_code == 200 and answer.json():
            return
        time.sleep(0.2)
    raise AssertionError("the demo person has no data")


def test_every_answer_is_as_described(demo: Demo, app: App, tmp_path: Path) -> None:
    _wait_for_data(demo)
    settings = tmp_path / "schemathesis.toml"
    _settings(app, settings)
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(settings), "run"]
    command += [f"{demo.hilum}/openapi.json", "--max-time", str(SECONDS), "--checks", ",".join(CHECKS)]
    command += ["--request-timeout", "20", "--no-shrink", "--no-color", "--warnings", "off"]
    for name in LEFT_OUT:
        command += ["--exclude-operation-id", name]
    run = subprocess.run(command, capture_output=True, text=True, timeout=10 * SECONDS, cwd=tmp_path)  # noqa: S603
    assert run.returncode == 0, run.stdout + run.stderr
    cases = re.search(r"(\d[\d,]*) generated", run.stdout)
    assert cases, run.stdout
    assert int(cases[1].replace(",", "")) >= LEAST_CASES, run.stdout
