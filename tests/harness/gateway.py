"""API Gateway and function URLs, as far as the function sees them: HTTP becomes events, answers become HTTP again."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, TypeVar
from urllib.parse import parse_qs, unquote, urlsplit

from typing_extensions import Self

from .api import assert_described
from .function import Function

USER = "arn:aws:iam::123456789012:user/ada"
DEFAULT_STAGE = "$default"
URL_ID = "k2j5nqw7examplefunctionurl0abcde"
SECONDS = 30.0
"""How long API Gateway waits for the function."""


@dataclass(frozen=True)
class Call:
    """A request as a client sends it."""

    method: str
    target: str
    """Path and query, encoded."""
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    at: float | None = None
    """When the API received it, in seconds since 1970; now if nothing is said."""

    @property
    def milliseconds(self) -> int:
        return int((time.time() if self.at is None else self.at) * 1000)


def payload_2(call: Call, stage: str = DEFAULT_STAGE, *, encode: bool = False) -> dict[str, Any]:
    """What an HTTP API or a function URL sends. `encode`: with the body in base64, as for binary media types."""
    target = urlsplit(call.target)
    path = target.path if stage == DEFAULT_STAGE else f"/{stage}{target.path}"
    event = {
        "version": "2.0",
        "routeKey": "$default",
        "rawPath": path,
        "rawQueryString": target.query,
        "headers": {name.lower(): value for name, value in call.headers.items()},
        "requestContext": {
            "accountId": "123456789012",
            "apiId": "a1b2c3d4e5",
            "authorizer": {"iam": {"userArn": USER}},
            "http": {"method": call.method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "127.0.0.1"},
            "routeKey": "$default",
            "stage": stage,
            "timeEpoch": call.milliseconds,
        },
        "isBase64Encoded": False,
    }
    return event | body(call, encode)


def payload_1(call: Call, stage: str = "prod", *, encode: bool = False) -> dict[str, Any]:
    """What a REST API sends."""
    target = urlsplit(call.target)
    query = parse_qs(target.query, keep_blank_values=True)
    event = {
        "resource": "/{proxy+}",
        "path": target.path,
        "httpMethod": call.method,
        "headers": call.headers or None,
        "multiValueHeaders": {name: [value] for name, value in call.headers.items()} or None,
        "queryStringParameters": {name: values[-1] for name, values in query.items()} or None,
        "multiValueQueryStringParameters": query or None,
        "pathParameters": {"proxy": unquote(target.path.strip("/"))},
        "requestContext": {
            "path": f"/{stage}{target.path}",
            "stage": stage,
            "httpMethod": call.method,
            "requestTimeEpoch": call.milliseconds,
            "identity": {"sourceIp": "127.0.0.1", "userArn": USER},
        },
        "body": None,
        "isBase64Encoded": False,
    }
    return event | body(call, encode)


def function_url(call: Call, *, encode: bool = False) -> dict[str, Any]:
    """What a function's own URL sends: payload 2.0 without a stage, and only the body of text is text."""
    event = payload_2(call, encode=encode or "json" not in call.headers.get("Content-Type", "json"))
    context = event["requestContext"] | {
        "apiId": URL_ID,
        "authentication": None,
        "domainName": f"{URL_ID}.lambda-url.us-east-1.on.aws",
        "domainPrefix": URL_ID,
    }
    return event | {"requestContext": context, "pathParameters": None, "stageVariables": None}


PAYLOADS: dict[str, Callable[..., dict[str, Any]]] = {
    "payload_2": payload_2,
    "payload_1": payload_1,
    "function_url": function_url,
}


def body(call: Call, encode: bool) -> dict[str, Any]:
    if call.body is None:
        return {}
    try:
        text = None if encode else call.body.decode()
    except UnicodeDecodeError:
        text = None
    if text is None:
        return {"body": base64.b64encode(call.body).decode(), "isBase64Encoded": True}
    return {"body": text, "isBase64Encoded": False}


@dataclass(frozen=True)
class Reply:
    """An answer over HTTP."""

    status: int
    headers: dict[str, str]
    body: str

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def reply(payload: Any) -> Reply:
    """The answer that API Gateway makes of what the function returns."""
    assert set(payload) == {"statusCode", "headers", "body", "isBase64Encoded"}, payload
    assert all(isinstance(value, str) for value in payload["headers"].values())
    assert payload["isBase64Encoded"] is False
    return Reply(payload["statusCode"], payload["headers"], payload["body"])


def send(
    function: Function,
    call: Call,
    payload: Callable[..., dict[str, Any]] = payload_2,
    *,
    deadline_seconds: float = SECONDS,
    **options: Any,
) -> Reply:
    """Has the function answer a call, as `openapi.yaml` describes."""
    answer = function.invoke(payload(call, **options), deadline_seconds)
    assert not answer.failed, f"{answer.error_type}: {answer.error_message}"
    found = reply(answer.payload)
    assert_described(call.method, call.target, found.status, found.headers, found.body)
    return found


Server = TypeVar("Server", bound="Gateway")


class Gateway:
    """A server on loopback in front of a function, from its creation until the end of the `with` block."""

    def __init__(self, function: Function, payload: Callable[..., dict[str, Any]] = payload_2) -> None:
        self._function, self._payload = function, payload
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True).start()

    def answer(self, call: Call) -> Reply:
        return send(self._function, call, self._payload)

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _handler(gateway: Gateway) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            length = int(self.headers.get("Content-Length", 0))
            call = Call(self.command, self.path, self.rfile.read(length) if length else None, dict(self.headers))
            answer = gateway.answer(call)
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            content = answer.body.encode()
            if answer.status not in (204, 304):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_GET = do_HEAD = do_PUT = do_POST = do_DELETE = do_OPTIONS = do_PATCH = do_TRACE = do_QUERY = handle_any

        def log_message(self, format: str, *arguments: Any) -> None:
            pass

    return Handler
