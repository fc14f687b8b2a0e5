"""A person's browser without a screen: keeps cookies, fills in forms, follows redirects one at a time."""

from __future__ import annotations

import json
import re
import secrets
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from .demo import App, Demo

TIMEOUT_S = 30


class Form:
    """A form of a page: where it goes, what it sends, and its buttons with their texts."""

    def __init__(self, action: str) -> None:
        self.action = action
        self.fields: list[tuple[str, str]] = []
        self.buttons: list[tuple[str, str, str]] = []


class _Forms(HTMLParser):
    def __init__(self, html: str) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self._button: tuple[str, str, list[str]] | None = None
        self._select: tuple[str, list[tuple[str, bool]]] | None = None
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(Form(at.get("action", "")))
        elif not self.forms:
            return
        elif tag == "input" and at.get("name"):
            if at.get("type") not in ("checkbox", "radio") or "checked" in at:
                self.forms[-1].fields.append((at["name"], at.get("value", "on")))
        elif tag == "button":
            self._button = (at.get("name", ""), at.get("value", ""), [])
        elif tag == "select":
            self._select = (at.get("name", ""), [])
        elif tag == "option" and self._select:
            self._select[1].append((at.get("value", ""), "selected" in at))

    def handle_data(self, data: str) -> None:
        if self._button:
            self._button[2].append(data)

    def handle_endtag(self, tag: str) -> None:
        if tag == "button" and self._button:
            name, value, text = self._button
            self.forms[-1].buttons.append((" ".join("".join(text).split()), name, value))
            self._button = None
        elif tag == "select" and self._select:
            name, options = self._select
            chosen = next((value for value, selected in options if selected), options[0][0] if options else "")
            self.forms[-1].fields.append((name, chosen))
            self._select = None


class Person:
    """Somebody in front of a browser."""

    def __init__(self, demo: Demo, app: App) -> None:
        self.demo = demo
        self.app = app
        self.client_user_id = f"person-{secrets.token_hex(6)}@example.org"
        self._session = requests.Session()

    def get(self, url: str) -> requests.Response:
        return self._session.get(url, timeout=TIMEOUT_S, allow_redirects=False)

    def press(self, page: requests.Response, button: str, **changes: str) -> requests.Response:
        """Submits the form that holds a button, with some fields filled in otherwise."""
        for form in _Forms(page.text).forms:
            for text, name, value in form.buttons:
                if text == button:
                    fields = [(field, changes.get(field, was)) for field, was in form.fields]
                    if name:
                        fields.append((name, value))
                    return self.submit(urljoin(page.url, form.action), fields)
        raise AssertionError(f"no button {button!r} on {page.url}: {page.text}")

    def submit(self, url: str, fields: list[tuple[str, str]], accept: str = "text/html") -> requests.Response:
        parts = urlsplit(url)
        headers = {"Origin": f"{parts.scheme}://{parts.netloc}", "Accept": accept}
        return self._session.post(url, data=fields, headers=headers, timeout=TIMEOUT_S, allow_redirects=False)

    def open_connect(self, public_token: str = "") -> dict[str, Any]:
        """Opens Connect as connect.js does; the page's data."""
        query = {"clientUserId": self.client_user_id, "clientId": self.app.client_id, "lang": "en"}
        if public_token:
            query["publicToken"] = public_token
        return self.look(self.get(f"{self.demo.hilum}/?{requests.compat.urlencode(query)}"))

    def look(self, page: requests.Response) -> dict[str, Any]:
        """The data of a Connect page."""
        found = re.search(r'id="hilum-data">(.*?)</script>', page.text, re.S)
        assert found, page.text
        data: dict[str, Any] = json.loads(found[1])
        return data

    def connect(self, page: dict[str, Any], source: str, persona: str = "cuff") -> None:
        """Connects a source: start, consent at the sandbox as one of its made-up people, callback."""
        fields = [("secret", page["secret"]), ("provider", source)]
        start = self.submit(f"{self.demo.hilum}/connect/start", fields)
        assert start.status_code == 303, start.text
        consent = self.get(urljoin(start.url, start.headers["location"]))
        allowed = self.press(consent, "Allow", persona=persona)
        assert allowed.is_redirect, allowed.text
        back = self.get(urljoin(allowed.url, allowed.headers["location"]))
        assert back.status_code == 303, back.text

    def done(self, page: dict[str, Any]) -> Any:
        """Presses Done; what connect.js hands to the app."""
        answer = self.submit(f"{self.demo.hilum}/connect/end", [("secret", page["secret"])], "application/json")
        assert answer.status_code == 200, answer.text
        end = answer.json()
        assert end["result"] == "finish", end
        return end["token"]

    def connects(self, *sources: str, public_token: str = "") -> Any:
        """The whole way; the session token object."""
        page = self.open_connect(public_token)
        for source in sources:
            self.connect(page, source)
        return self.done(page)
