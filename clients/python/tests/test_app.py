"""The application API: tokens, users, batches, priorities, connections, webhooks, notifications, events."""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from conftest import Known

from hilum import AppClient, HilumError, HumanClient, VerificationError, verify_notification, verify_webhook
from lib.demo import App, Demo
from lib.person import Person
from lib.receiver import Receiver


def test_tokens(client: AppClient, known: Known) -> None:
    assert known.tokens["clientUserId"] == known.person.client_user_id
    # A session is exchanged for its own user alone.
    with pytest.raises(HilumError) as other:
        client.tokens.exchange(known.session, client_user_id="somebody-else@example.org")
    assert (other.value.status, other.value.code) == (403, "user_mismatch")
    # A public token opens Connect for the person in edit mode.
    assert client.tokens.public_token(known.tokens["humanId"])["humanId"] == known.tokens["humanId"]
    assert known.person.open_connect(known.current_public_token())["mode"] == "edit"


def test_tokens_of_the_second_generation(client: AppClient, demo: Demo, known: Known) -> None:
    new = client.tokens.session_token("second@example.org", "second@example.org")
    assert (len(new["session_token"]) > 20, new["token_type"], new["expires_in"]) == (True, "Bearer", 3600)
    user = known.person.client_user_id
    with pytest.raises(HilumError) as there:
        client.tokens.session_token(user)
    assert (there.value.status, there.value.code) == (409, "user_already_exists")
    assert client.tokens.id_token(user)["human_id"] == known.tokens["humanId"]
    first = client.tokens.access_token(user)
    assert HumanClient(demo.hilum, first["access_token"]).profile()["humanId"] == known.tokens["humanId"]
    second = client.tokens.refresh(first["refresh_token"])
    assert second["human_id"] == known.tokens["humanId"]
    assert second["refresh_token"] != first["refresh_token"]
    with pytest.raises(HilumError) as strange:
        client.tokens.refresh("atrt-of-nobody")
    assert strange.value.code == "invalid_refresh_token"
    with pytest.raises(HilumError) as code:
        client.tokens.exchange_code("of-nobody")
    assert code.value.code == "invalid_code"


def test_a_code_of_oauth(demo: Demo) -> None:
    redirect = "http://127.0.0.1:9/callback"
    app = demo.create_app("Riverside OAuth", "http://localhost:9", redirect)
    person = Person(demo, app)
    query = {"response_type": "code", "client_id": app.client_id, "redirect_uri": redirect, "user": "u-1"}
    page = person.get(f"{demo.hilum}/oauth/authorize?{urlencode(query)}")
    person.connect(person.look(page), "oura")
    back = urlsplit(person.press(page, "Done").headers["location"])
    client = AppClient(demo.hilum, app.client_id, client_secret=app.client_secret)
    tokens = client.tokens.exchange_code(parse_qs(back.query)["code"][0], user="u-1")
    assert tokens["client_user_id"] == "u-1"
    assert HumanClient(demo.hilum, tokens["access_token"]).profile()["humanId"] == tokens["human_id"]


def test_users_of_an_app(client: AppClient) -> None:
    made = client.create_user("told-of@example.org")
    assert client.create_user("told-of@example.org") == made
    assert client.user(made["humanId"]) == client.user("told-of@example.org") == made
    everybody = client.users().items
    assert made in everybody
    assert list(client.users(limit=1).all()) == list(client.all_users()) == everybody
    client.delete_user(made["humanId"])
    with pytest.raises(HilumError) as gone:
        client.user(made["humanId"])
    assert (gone.value.status, gone.value.code) == (404, "not_found")


def test_batches(client: AppClient, known: Known) -> None:
    since = "2020-01-01T00:00:00Z"
    everybodys = client.all_batch("weights", updated_since=since)
    rows = [row for row in everybodys if row["humanId"] == known.tokens["humanId"]]
    assert rows == list(known.human.weight.all())
    page = client.batch("sleeps", updated_since=since, limit=3, source="oura")
    assert len(page.items) == 3
    assert {row["source"] for row in page.items} == {"oura"}
    second = page.next()
    assert second is not None
    assert not {row["id"] for row in page.items} & {row["id"] for row in second.items}
    with pytest.raises(HilumError) as invalid:
        client.batch("weights", limit=0)
    assert invalid.value.code == "invalid_parameter"


def test_priorities(client: AppClient, known: Known) -> None:
    assert client.set_priorities({"sleeps": ["oura"]}) == {"sleeps": ["oura"]}
    assert client.priorities() == {"sleeps": ["oura"]}
    assert client.priorities(known.tokens["humanId"]) == {}
    assert client.set_priorities({}) == {}
    with pytest.raises(HilumError) as unknown:
        client.set_priorities({"no_such_metric": ["oura"]}, known.tokens["humanId"])
    assert unknown.value.code == "unknown_metric"


def test_pausing(client: AppClient, known: Known) -> None:
    oura = next(source for source in known.human.sources() if source["source"] == "oura")
    assert client.resume_connection(known.person.client_user_id, oura["id"])["state"] != "paused"
    paused = client.pause_connection(known.tokens["humanId"], oura["id"])
    assert (paused["id"], paused["source"], paused["state"]) == (oura["id"], "oura", "paused")


def test_webhooks_verify_also_while_the_secret_rotates(client: AppClient, receiver: Receiver) -> None:
    made = client.webhooks.create(url=receiver.url, eventTypes=["user.*"], description="of the test")
    assert client.webhooks.get(made["id"])["eventTypes"] == ["user.*"]
    assert made["id"] in [one["id"] for one in client.webhooks.list()]
    assert client.webhooks.test(made["id"])["outcome"] == "delivered"
    tested = receiver.message("webhook.test")
    event = verify_webhook(made["secret"], tested.headers, tested.body)
    assert (event["type"], event["id"]) == ("webhook.test", tested.headers["webhook-id"])
    with pytest.raises(VerificationError):
        verify_webhook(made["secret"], tested.headers, tested.body + b" ")

    rotated = client.webhooks.rotate(made["id"], overlap_hours=1)
    user = client.create_user("rotation@example.org")
    client.delete_user(user["humanId"])
    erased = receiver.message("user.erased")
    for secret in (made["secret"], rotated["secret"], ["whsec_AAECAwQFBgcICQ==", rotated["secret"]]):
        assert verify_webhook(secret, erased.headers, erased.body)["data"]["humanId"] == user["humanId"]

    assert client.webhooks.update(made["id"], enabled=False)["enabled"] is False
    tries = client.webhooks.attempts(made["id"], limit=5)
    assert {one["outcome"] for one in tries} == {"delivered"}
    assert client.webhooks.replay(made["id"], "2026-01-01T00:00:00Z") in (True, False)
    client.webhooks.delete(made["id"])
    with pytest.raises(HilumError) as gone:
        client.webhooks.get(made["id"])
    assert gone.value.code == "not_found"


def test_notifications_of_the_first_generation(client: AppClient, app: App, receiver: Receiver) -> None:
    assert client.notifications.set(receiver.url)["enabled"] is True
    # They want 200, and the receiver says 204.
    client.notifications.test()
    message = receiver.any()
    told = verify_notification(app.client_secret, message.headers, message.body)
    assert told[0]["clientId"] == app.client_id
    with pytest.raises(VerificationError):
        verify_notification(app.app_key, message.headers, message.body)
    assert client.notifications.get()["recent"]
    client.notifications.delete()
    assert client.notifications.get() == {"enabled": False, "recent": []}


def test_events(client: AppClient, known: Known) -> None:
    about = [event for event in client.events.all() if event["data"].get("humanId") == known.tokens["humanId"]]
    assert {"connection.connected", "enrolment.completed", "sync.first_completed", "data.created"} <= {
        event["type"] for event in about
    }
    assert [event["data"]["sequence"] for event in about] == list(range(1, len(about) + 1))
    with pytest.raises(HilumError) as strange:
        client.events.list(after="evt_of_nobody")
    assert strange.value.code == "invalid_parameter"


def test_the_feed_goes_on_where_it_was(demo: Demo) -> None:
    app = demo.create_app("Nobody's yet", "http://localhost:9")
    client = AppClient(demo.hilum, app.client_id, app_key=app.app_key)
    assert list(client.events.all()) == []
    people = [client.create_user(f"feed-{at}@example.org")["humanId"] for at in range(5)]
    for human_id in people:
        client.delete_user(human_id)
    events = list(client.events.all(limit=2))
    assert [event["data"].get("humanId") for event in events] == people
    assert list(client.events.all(after=events[2]["id"])) == events[3:]
    assert list(client.events.all(after=events[4]["id"])) == []


def test_the_live_view(client: AppClient) -> None:
    last = list(client.events.all())[-1]["id"]
    user = client.create_user("live@example.org")
    client.delete_user(user["humanId"])
    live = client.events.live(after=last)
    event = next(event for event in live if event["type"] == "user.erased")
    assert event["data"]["humanId"] == user["humanId"]
    live.close()


def test_who_has_no_right(demo: Demo, app: App, known: Known) -> None:
    refused: list[Callable[[], object]] = [
        lambda: AppClient(demo.hilum, app.client_id, app_key="0" * 40).users(),
        lambda: AppClient(demo.hilum, app.client_id).users(),
        lambda: HumanClient(demo.hilum, "not-a-token").profile(),
        lambda: AppClient(demo.hilum, app.client_id, client_secret="0" * 40).tokens.exchange(known.session),
    ]
    codes = []
    for call in refused:
        with pytest.raises(HilumError) as error:
            call()
        assert error.value.status == 401
        assert error.value.request_id
        assert error.value.detailed_message
        codes.append(error.value.code)
    assert codes == ["unauthorized", "unauthorized", "unauthorized", "invalid_client"]
    with pytest.raises(ValueError, match="client_secret"):
        AppClient(demo.hilum, app.client_id).tokens.public_token("0" * 32)
