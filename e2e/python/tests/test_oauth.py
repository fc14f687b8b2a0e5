"""The legacy OAuth 2 road with PyPI requests-oauthlib, unmodified: authorisation in Connect, exchange, reading."""

from __future__ import annotations

from urllib.parse import parse_qs, urljoin, urlsplit

import pytest
from oauthlib.oauth2 import AccessDeniedError, InvalidClientError, InvalidGrantError, MismatchingStateError
from requests_oauthlib import OAuth2Session

from lib.demo import App, Demo
from lib.person import Person

REDIRECT = "http://127.0.0.1:9/callback"


@pytest.fixture(scope="module")
def oauth_app(demo: Demo) -> App:
    return demo.create_app("Riverside OAuth", "http://localhost:9", REDIRECT)


@pytest.fixture(autouse=True)
def _plain_http(monkeypatch: pytest.MonkeyPatch) -> None:
    """The library wants https; loopback has none."""
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")


def authorised(person: Person, session: OAuth2Session, *sources: str, **parameters: str) -> str:
    """Goes through Connect; where the browser is sent at the end."""
    url, _ = session.authorization_url(f"{person.demo.hilum}/oauth/authorize", **parameters)
    page = person.get(url)
    assert page.status_code == 200, page.text
    for source in sources:
        person.connect(person.look(page), source)
    end = person.press(page, "Done")
    assert end.is_redirect, end.text
    return urljoin(end.url, end.headers["location"])


@pytest.mark.parametrize("pkce", [None, "S256"])
@pytest.mark.parametrize("in_body", [True, False])
def test_the_whole_road(demo: Demo, oauth_app: App, pkce: str | None, in_body: bool) -> None:
    person = Person(demo, oauth_app)
    session = OAuth2Session(oauth_app.client_id, redirect_uri=REDIRECT, pkce=pkce)
    back = authorised(person, session, "withings", user=person.client_user_id)
    assert back.startswith(f"{REDIRECT}?")
    # Credentials in the body, or by HTTP Basic, which is the library's own choice.
    token = session.fetch_token(
        f"{demo.hilum}/oauth/token",
        authorization_response=back,
        client_secret=oauth_app.client_secret,
        include_client_id=True if in_body else None,
    )
    assert token["client_user_id"] == person.client_user_id
    profile = session.get(f"{demo.hilum}/v1/human/profile", timeout=30).json()
    assert profile["humanId"] == token["human_id"]
    sources = session.get(f"{demo.hilum}/v1/human/sources", timeout=30).json()
    assert [source["source"] for source in sources] == ["withings"]

    # The code works once; coming again, it ends what it gave.
    with pytest.raises(InvalidGrantError):
        session.fetch_token(
            f"{demo.hilum}/oauth/token", authorization_response=back, client_secret=oauth_app.client_secret
        )
    assert session.get(f"{demo.hilum}/v1/human/profile", timeout=30).status_code == 401


def test_a_person_who_closes(demo: Demo, oauth_app: App) -> None:
    person = Person(demo, oauth_app)
    session = OAuth2Session(oauth_app.client_id, redirect_uri=REDIRECT)
    back = authorised(person, session, user=person.client_user_id)
    with pytest.raises(AccessDeniedError):
        session.fetch_token(
            f"{demo.hilum}/oauth/token", authorization_response=back, client_secret=oauth_app.client_secret
        )


def test_what_does_not_belong_together(demo: Demo, oauth_app: App, app: App) -> None:
    person = Person(demo, oauth_app)
    session = OAuth2Session(oauth_app.client_id, redirect_uri=REDIRECT, pkce="S256")
    back = authorised(person, session, "withings")
    state = parse_qs(urlsplit(back).query)["state"][0]
    token_url = f"{demo.hilum}/oauth/token"
    with pytest.raises(MismatchingStateError):
        OAuth2Session(oauth_app.client_id, redirect_uri=REDIRECT, state="another").fetch_token(
            token_url, authorization_response=back, client_secret=oauth_app.client_secret
        )
    with pytest.raises(InvalidClientError):
        session.fetch_token(token_url, authorization_response=back, client_secret=app.client_secret)
    other = OAuth2Session(app.client_id, redirect_uri=REDIRECT, state=state)
    with pytest.raises(InvalidGrantError):
        other.fetch_token(token_url, authorization_response=back, client_secret=app.client_secret)
    without_verifier = OAuth2Session(oauth_app.client_id, redirect_uri=REDIRECT, state=state)
    with pytest.raises(InvalidGrantError):
        without_verifier.fetch_token(token_url, authorization_response=back, client_secret=oauth_app.client_secret)


def test_a_redirect_that_is_not_registered(demo: Demo, oauth_app: App) -> None:
    person = Person(demo, oauth_app)
    for strange in ("http://127.0.0.1:9/callback2", f"{REDIRECT}?a=b", "https://elsewhere.example/callback"):
        url, _ = OAuth2Session(oauth_app.client_id, redirect_uri=strange).authorization_url(
            f"{demo.hilum}/oauth/authorize"
        )
        page = person.get(url)
        assert page.status_code == 403, strange
        assert "location" not in page.headers
