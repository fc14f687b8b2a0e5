"""The end of an enrolment: session tokens for the person's tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, cast

from ._transport import Call, Transport
from .models import AccessToken, GrantedTokens, IdToken, PublicToken, SessionToken, Tokens


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

    def session_token(self, client_user_id: str, client_user_email: str | None = None) -> SessionToken:
        """Second generation: a token that opens Connect for somebody whom the app does not have."""
        said = {"type": "session", "client_user_id": client_user_id, "client_user_email": client_user_email}
        return cast(SessionToken, self._second(said))

    def id_token(self, client_user_id: str) -> IdToken:
        """Second generation: a token that opens Connect for a person of the app."""
        return cast(IdToken, self._second({"type": "id", "client_user_id": client_user_id}))

    def access_token(self, client_user_id: str) -> AccessToken:
        """Second generation: a token for the data API, for a day."""
        return cast(AccessToken, self._second({"type": "access", "client_user_id": client_user_id}))

    def refresh(self, refresh_token: str) -> IdToken | AccessToken:
        """The next token of the kind that the refresh token came with, and the next refresh token: this is used up."""
        said = {"grant_type": "refresh_token", "refresh_token": refresh_token}
        return cast("IdToken | AccessToken", self._second(said))

    def exchange_code(self, code: str, *, code_verifier: str | None = None, user: str | None = None) -> GrantedTokens:
        """OAuth 2: what the ``code`` that came to the redirect address stands for. It counts once: it is tried once."""
        said = {"grant_type": "authorization_code", "code": code, "code_verifier": code_verifier, "user": user}
        return cast(GrantedTokens, self._snake("/oauth/token", said, repeatable=False))

    def _second(self, said: Mapping[str, Any]) -> Any:
        return self._snake("/v1/connect/token", said, repeatable=True)

    def _snake(self, path: str, said: Mapping[str, Any], *, repeatable: bool) -> Any:
        known = {name: value for name, value in said.items() if value is not None}
        body = {**known, "client_id": self._client_id, "client_secret": self._secret()}
        return self._transport.json(path, Call("POST", json=body, repeatable=repeatable))

    def _secret(self) -> str:
        if self._client_secret is None:
            raise ValueError("this call needs the client_secret")
        return self._client_secret

    def _post(self, path: str, said: Mapping[str, Any]) -> Any:
        body = {**said, "clientId": self._client_id, "clientSecret": self._secret()}
        return self._transport.json(path, Call("POST", json=body, repeatable=True))
