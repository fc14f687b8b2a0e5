"""What the tests share: one demo for the whole run, an app, and a receiver of webhooks for each test."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lib.demo import App, Demo
from lib.receiver import Receiver


@pytest.fixture(scope="session")
def demo() -> Iterator[Demo]:
    running = Demo()
    yield running
    running.stop()


@pytest.fixture(scope="session")
def app(demo: Demo) -> App:
    return demo.create_app("Riverside Wellness", "http://localhost:9")


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    running = Receiver()
    yield running
    running.stop()
