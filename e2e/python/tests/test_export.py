"""Everything of a person as FHIR, by command and over HTTP, held against the models of PyPI fhir.resources."""

from __future__ import annotations

import json
import subprocess
import time
from collections import Counter
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest
import requests

from lib.demo import PROGRAM, Demo

# Of each kind and code so many are validated: the demo person has years of them, all written by the same few functions.
EACH = 40


SETTLED_S = 240
DEMO = {"authorization": "Bearer demo"}


@pytest.fixture(scope="module", autouse=True)
def _settled(demo: Demo) -> None:
    """The demo person's sources have told all their history."""
    end = time.monotonic() + SETTLED_S
    while time.monotonic() < end:
        rows = requests.get(f"{demo.hilum}/v1/human/sources", headers=DEMO, timeout=30).json()
        if rows and all(row["historySync"]["status"] == "completed" for row in rows):
            return
        time.sleep(0.5)
    pytest.fail("the demo person's history is still not there")


def exported(demo: Demo, form: str, path: Path) -> list[dict[str, Any]]:
    """What ``hilum export`` writes beside the running server."""
    human = requests.get(f"{demo.hilum}/v1/human/profile", headers=DEMO, timeout=30).json()
    command = ["export", "--data", str(demo.data), "--human", human["humanId"], "--format", form, "--output", str(path)]
    ended = subprocess.run([PROGRAM, *command], capture_output=True, text=True, check=False)  # noqa: S603
    assert ended.returncode == 0, ended.stderr
    assert path.stat().st_mode & 0o777 == 0o600
    again = subprocess.run([PROGRAM, *command], capture_output=True, text=True, check=False)  # noqa: S603
    assert again.returncode != 0, "a file that is there is never written over"
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def kind(resource: dict[str, Any]) -> str:
    code = resource.get("code", {}).get("coding", [{}])
    return f"{resource['resourceType']} {code[-1].get('code', '')}"


def test_every_kind_of_resource_is_valid_r4(demo: Demo, tmp_path: Path) -> None:
    resources = exported(demo, "fhir", tmp_path / "person.fhir.ndjson")
    seen: Counter[str] = Counter()
    for resource in resources:
        seen[kind(resource)] += 1
        if seen[kind(resource)] > EACH:
            continue
        name = resource["resourceType"]
        model = getattr(import_module(f"fhir.resources.R4B.{name.lower()}"), name)
        model.model_validate_json(json.dumps(resource))
    assert resources[0]["resourceType"] == "Patient"
    assert resources[-1]["resourceType"] == "OperationOutcome"
    assert len([name for name in seen if name.startswith("Observation")]) > 10, seen
    known = {f"{one['resourceType']}/{one['id']}" for one in resources if "id" in one}
    assert len(known) == len([one for one in resources if "id" in one]), "ids are there once"
    for resource in resources:
        for member in ("subject", "device"):
            if member in resource:
                assert resource[member]["reference"] in known, resource


def test_the_command_and_the_server_tell_the_same(demo: Demo, tmp_path: Path) -> None:
    written = exported(demo, "ndjson", tmp_path / "person.ndjson")
    answer = requests.get(f"{demo.hilum}/v1/human/export", headers=DEMO, timeout=60)
    assert answer.status_code == 200
    sent = [json.loads(line) for line in answer.text.splitlines()]
    head, end = sent[0], sent[-1]
    assert (head["type"], end["type"]) == ("export", "end")
    rows = {json.dumps(line, sort_keys=True) for line in written[1:-1]}
    assert len(rows) > 1000
    # The demo person's sources go on telling: what came between the two is in the second alone.
    assert len(rows & {json.dumps(line, sort_keys=True) for line in sent[1:-1]}) >= len(rows) * 0.99


@pytest.mark.parametrize("token", ["", "Bearer nobody"])
def test_nobody_else_gets_one(demo: Demo, token: str) -> None:
    headers = {"authorization": token} if token else {}
    assert requests.get(f"{demo.hilum}/v1/human/export", headers=headers, timeout=30).status_code == 401
