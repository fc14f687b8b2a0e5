"""One demo, one app, and one person whose sources have told everything."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Any

import pytest

from hilum import AppClient, HumanClient
from hilum.models import Tokens
from hilum.resources import List
from lib.demo import App, Demo
from lib.person import Person

pytest_plugins = ["lib.fixtures"]

PATIENCE_S = 120
#: Rows of each list that the tests page through.
ENOUGH = 15


@dataclass(frozen=True)
class Known:
    """A person whom the app knows."""

    person: Person
    session: Any
    tokens: Tokens
    human: HumanClient
    client: AppClient

    def current_public_token(self) -> str:
        """One that opens Connect for the person now; each exchange makes a new one."""
        return self.client.tokens.public_token(self.tokens["humanId"])["publicToken"]


@pytest.fixture(scope="session")
def client(demo: Demo, app: App) -> AppClient:
    return AppClient(demo.hilum, app.client_id, app_key=app.app_key, client_secret=app.client_secret)


@pytest.fixture(scope="session")
def known(demo: Demo, app: App, client: AppClient) -> Known:
    """Two sources, connected, exchanged and read; then paused, so that nothing changes under the tests."""
    person = Person(demo, app)
    session = person.connects("withings", "oura")
    tokens = client.tokens.exchange(session, client_user_id=person.client_user_id)
    human = HumanClient(demo.hilum, tokens["accessToken"])
    come_to_rest(client, human, tokens["humanId"])
    return Known(person, session, tokens, human, client)


def come_to_rest(client: AppClient, human: HumanClient, human_id: str) -> None:
    """Waits until there is something of everything that the tests look at, and pauses the sources."""
    lists: list[List[Any]] = [
        human.activities,
        human.sleeps,
        human.activities.summaries,
        human.heart_rate,
        human.blood_oxygen,
    ]
    if any(source["source"] == "withings" for source in human.sources()):
        lists += [human.weight, human.blood_pressure, human.heart_rate.summaries]
    end = time.monotonic() + PATIENCE_S
    while min(one.list(limit=1).total or 0 for one in lists) < ENOUGH:
        assert time.monotonic() < end, f"only {[one.list(limit=1) for one in lists]} came"
        time.sleep(0.1)
    for source in human.sources():
        client.pause_connection(human_id, source["id"])
