"""The end of an enrolment: session tokens for the person's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ._transport import Call, Transport
from .models import PublicToken, Tokens


class TokenCalls:
    """Calls with the client secret."""

    def __init__(self, transport: Transport, client_id: str, client_secret: str | None) -> None:
        self._transport = transport
        self._client_id = client_id
        self._client_secret = client_secret

    def exchange(self, session: Mapping[str, Any], *, client_user_id: str | None = None) -> Tokens:
        """Exchanges the object that ``finish`` of connect.js was given, within ten minutes, once.

        Compare ``clientUserId`` of the answer with who is logged in at your app, or hand it over as
        ``client_user_id``: then a session of somebody else is refused.
        """
        said = {"humanId": session["humanId"], "sessionToken": session["sessionToken"]}
        if client_user_id is not None:
            said["clientUserId"] = client_user_id
        # The same call twice within a minute has the same answer.
        return cast(Tokens, self._post("/v1/connect/tokens", said))

    def public_token(self, human_id: str) -> PublicToken:
        """A public token of a user, for an app that lost it. It opens Connect in edit mode."""
        return cast(PublicToken, self._post("/v1/connect/publictokens", {"humanId": human_id}))

    def _post(self, path: str, said: Mapping[str, Any]) -> Any:
        if self._client_secret is None:
            raise ValueError("this call needs the client_secret")
        body = {**said, "clientId": self._client_id, "clientSecret": self._client_secret}
        return self._transport.json(path, Call("POST", json=body, repeatable=True))
