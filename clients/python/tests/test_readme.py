"""What the README shows works as it stands there."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

from conftest import come_to_rest

from hilum import AppClient, HumanClient
from lib.demo import App, Demo
from lib.person import Person
from lib.receiver import Receiver

README = Path(__file__).parent.parent / "README.md"
QUICK_START, WEBHOOK = re.findall(r"```python\n(.*?)```", README.read_text(), re.S)


def test_the_quick_start(demo: Demo, app: App, client: AppClient) -> None:
    # The snippet exchanges the session of somebody whose nights are there: their second one, that adds a source.
    person = Person(demo, app)
    tokens = client.tokens.exchange(person.connects("oura"))
    come_to_rest(client, HumanClient(demo.hilum, tokens["accessToken"]), tokens["humanId"])
    session = person.connects("withings", public_token=tokens["publicToken"])
    settings = {"HILUM_URL": demo.hilum, "HILUM_CLIENT_ID": app.client_id, "HILUM_CLIENT_SECRET": app.client_secret}
    ran = subprocess.run(  # noqa: S603 - our own text
        [sys.executable, "-W", "error", "-c", QUICK_START],
        input=json.dumps(session),
        env={**os.environ, **settings},
        check=True,
        capture_output=True,
        text=True,
    )
    everybodys = client.all_batch("sleeps", updated_since="2020-01-01", source="oura")
    nights = [f"{row['day']} {row['timeAsleep']} min" for row in everybodys if row["humanId"] == tokens["humanId"]]
    assert nights
    assert ran.stdout.splitlines() == nights


def test_the_webhook(client: AppClient, receiver: Receiver) -> None:
    names: dict[str, Any] = {}
    exec(WEBHOOK, names)  # noqa: S102 - our own text
    made = client.webhooks.create(url=receiver.url)
    client.webhooks.test(made["id"])
    message = receiver.message("webhook.test")
    client.webhooks.delete(made["id"])
    assert names["handle"](made["secret"], message.headers, message.body) == 204
    assert names["handle"](made["secret"], message.headers, message.body + b" ") == 400
