"""The emulator's process: moto behind one socket, one request at a time.

Run as `python -m harness.strict.server`. It prints `{"port": …}` once it listens, and ends when its standard input
does, so that it never outlives who started it. One request at a time is what makes DynamoDB's conditions atomic here;
moto alone would not.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import sys
import traceback
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import Any

from moto import backend_index, backends
from moto.core.base_backend import BackendDict
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.core.request import Request
from moto.utilities.utils import get_partition
from werkzeug.exceptions import HTTPException

from .. import answers
from ..calls import READING, Call, classify
from ..emulator import REGION
from ..recorded import answers as recorded
from ..recorded import find, is_recorded
from ..wire import READ_AT, Message, answer, read_message
from . import (
    access_lists,
    copying,
    endpoints,
    events,
    firewall,
    flow_logs,
    gate,
    groups,
    history,
    identity,
    ipam,
    lateness,
    log_groups,
    networks,
    options,
    parameters,
    partitions,
    prefix_lists,
    refusals,
    route_tables,
    service_quotas,
    services,
    simulation,
    speed,
    tables,
    tags,
)
from .settings import settings

PATCHES = (
    access_lists,
    endpoints,
    events,
    firewall,
    flow_logs,
    gate,
    groups,
    identity,
    ipam,
    log_groups,
    networks,
    options,
    parameters,
    partitions,
    prefix_lists,
    route_tables,
    service_quotas,
    simulation,
    speed,
    tables,
    tags,
)
"""Importing these is what makes moto strict."""
CONTROL = "/ringfence-test/"

Handler = Callable[[Request, str, Any], tuple[int, Any, Any]]


def reset() -> None:
    """An account as AWS hands it out: no resources but the defaults, nothing remembered, its own quotas."""
    settings.reset()
    BackendDict.reset()
    backends.get_backend("ec2")[DEFAULT_ACCOUNT_ID][REGION]  # Makes the default VPC, before a test lowers a quota.
    for memory in (firewall, gate, history, identity, lateness, options, tables):
        memory.forget()


def control(request: Message) -> Message:
    """What the tests ask of the emulator itself."""
    command = request.path.removeprefix(CONTROL)
    if command == "reset":
        reset()
    elif command == "settings":
        settings.change(json.loads(request.body))
    elif command == "interface":
        return answer(200, {}, json.dumps(services.place_interface(**json.loads(request.body))).encode())
    elif command == "copies":
        copying.copy_environment(**json.loads(request.body))
    else:
        return answer(404, {}, f"no such command: {command}".encode())
    return answer(204, {}, b"")


@cache
def _handlers(service: str, region: str) -> tuple[str, list[tuple[re.Pattern[str], Handler]]]:
    """moto's name for a service, and the handler for each form of URL."""
    host = f"http://{service}.{region}.amazonaws.com"
    name = next((name for name, pattern in backend_index.backend_url_patterns if pattern.match(host)), None)
    if name is None:
        raise NotImplementedError(f"no service {service!r}")
    of_account = backends.get_backend(name)[DEFAULT_ACCOUNT_ID]  # type: ignore[call-overload]
    backend = of_account[region if region in of_account else get_partition(region)]
    return name, [(re.compile(url), handler) for url, handler in backend.urls.items()]


def respond(request: Message) -> Message:
    """The answer to one request, which the function gets as late as AWS shows what it did."""
    if not lateness.is_clients(request):
        return dispatch(request)
    call = Call(0, *classify(request), request=request, start=0.0)
    unseen = lateness.unseen(call)
    if unseen is not None:
        return unseen
    call.answer = dispatch(request)
    return lateness.seen(call)


def dispatch(request: Message) -> Message:
    """Lets moto answer one request, as of now or as of the moment that the proxy wants."""
    service, region, action = classify(request)
    refusal = refusals.refusal(service, action, request)
    if refusal is not None:
        return refusal
    try:
        name, handlers = _handlers(service, region)
        url = f"http://{service}.{region}.amazonaws.com{request.path}"
        handler = next((handler for pattern, handler in handlers if pattern.match(url)), None)
        if handler is None:
            raise NotImplementedError(f"{service} has no {request.path}")
        headers = {**request.headers, "host": f"{service}.{region}.amazonaws.com"}
        asked = Request.from_primitives(request.method, url, headers, request.body)
        with _moment(request, name, region, action):
            status, headers, body = handler(asked, asked.raw_url, asked.headers)
    except HTTPException as raised:
        status, headers, body = raised.code or 400, dict(raised.get_headers()), raised.get_body()
    except NotImplementedError as missing:
        complain(f"{service} {action}: {missing}")
        return answers.error(service, 400, "InvalidAction", f"The emulator has no {action}: {missing}")
    except Exception:  # noqa: BLE001 - whatever it is, the test must hear of it.
        complain(f"{service} {action}: {request.body[:2000]!r}\n{traceback.format_exc()}")
        return answers.error(service, 500, "InternalError", "The emulator broke down")
    headers = {name: str(value) for name, value in headers.items() if name != "status"}
    said = answer(int(status), headers, body.encode() if isinstance(body, str) else body)
    return said if said.status < 400 else _as_recorded(f"{service}:{action}", said)


def _as_recorded(action: str, refusal: Message) -> Message:
    """A refusal with the status that AWS gives it. What AWS was never seen to answer, a test must not lean on."""
    service = action.partition(":")[0]
    if not is_recorded(action):
        return refusal
    code = answers.code_of(refusal)
    try:
        found = next((each for each in recorded(action) if each.code == code), None) or find(f"{service}:*", code=code)
    except KeyError as missing:
        complain(f"{missing}; the emulator answered {refusal.body[:500]!r}")
        return answers.error(service, 500, "InternalError", f"The emulator answers {code}, which nobody has recorded")
    head = refusal.head.split(b" ", 2)
    return Message(b" ".join([head[0], str(found.status).encode(), head[2]]), refusal.body)


def _moment(request: Message, name: str, region: str, action: str) -> Any:
    """The time in which a request takes place: reads may lag, writes are remembered for those that do."""
    if name not in history.OBSERVED:
        return nullcontext()
    of_account = backends.get_backend(name)[DEFAULT_ACCOUNT_ID]  # type: ignore[call-overload]
    backend = of_account[region if region in of_account else get_partition(region)]
    if not action.startswith(READING):
        history.record(name, backend)
    elif READ_AT in request.headers:
        return history.read_at(name, backend, float(request.headers[READ_AT]))
    elif action == lateness.DESCRIBES_VPCS and lateness.is_clients(request):
        return lateness.with_deleted(backend)
    return nullcontext()


def complain(what: str) -> None:
    """What a test must not pass by: the emulator lacks something, or broke down."""
    print(what, file=sys.stderr, flush=True)


async def serve_connection(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while (request := await read_message(reader)) is not None:
            response = control(request) if request.path.startswith(CONTROL) else respond(request)
            writer.write(response.encode())
            await writer.drain()
    except ConnectionError:
        pass
    finally:
        writer.close()


async def main() -> None:
    server = await asyncio.start_server(serve_connection, "127.0.0.1", 0, limit=1 << 20)
    reset()
    print(json.dumps({"port": server.sockets[0].getsockname()[1]}), flush=True)
    await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)
    os._exit(0)  # There is nothing to save, and moto takes a second to be taken apart.


if __name__ == "__main__":
    asyncio.run(main())
