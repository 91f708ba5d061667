"""The HTTP API as a browser meets it: with a token that it may want, a stage, and refusals of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from .function import Function
from .gateway import DEFAULT_STAGE, Call, Gateway, Reply, payload_2, send

Alter = Callable[[Any], Any]
"""What makes another body of a body, both as JSON."""


class Front(Gateway):
    """A server on loopback in front of a function. What it is told may change while it runs."""

    def __init__(self, function: Function, *, stage: str = DEFAULT_STAGE) -> None:
        self.token: str | None = None
        """What everything but the page wants to see, as an authorizer for JSON Web Tokens does."""
        self.refusal: tuple[int, Any] | None = None
        """Status and body with which everything but the page is answered."""
        self.alterations: dict[str, Alter] = {}
        """By path, what is made of answers to it."""
        self.calls: list[Call] = []
        self._stage = stage
        super().__init__(function)
        self.url += "/" if stage == DEFAULT_STAGE else f"/{stage}/"

    def answer(self, call: Call) -> Reply:
        self.calls.append(call)
        prefix = "" if self._stage == DEFAULT_STAGE else f"/{self._stage}"
        within = Call(call.method, call.target.removeprefix(prefix), call.body, call.headers)
        path = urlsplit(within.target).path
        if path != "/" and self.token and call.headers.get("authorization") != f"Bearer {self.token}":
            return _json(401, {"message": "Unauthorized"})
        if path != "/" and self.refusal:
            return _json(*self.refusal)
        reply = send(self._function, within, payload_2, stage=self._stage)
        alter = self.alterations.get(path)
        return _json(reply.status, alter(reply.json)) if alter else reply


def _json(status: int, body: Any) -> Reply:
    return Reply(status, {"content-type": "application/json"}, json.dumps(body))
