"""HTTP/1.1 on asyncio streams: just enough to serve, forward and answer the requests of AWS SDKs.

The emulator and the proxy share it. A message keeps its head as the bytes that came in, so that the proxy forwards
exactly what the client sent, signature included.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cached_property
from http import HTTPStatus

READ_AT = "x-ringfence-read-at"
"""The header by which the proxy asks the emulator to answer a read as of so many seconds ago."""

THROUGH_PROXY = "x-ringfence-through-proxy"
"""The header by which the emulator tells requests of the function, which sees late what it did, from those of tests."""

NO_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)


@dataclass(frozen=True)
class Message:
    """One request or answer: its head, ending with the empty line, and its body, no longer chunked."""

    head: bytes
    body: bytes

    @cached_property
    def start(self) -> list[str]:
        """The three parts of the first line."""
        return self.head.split(b"\r\n", 1)[0].decode("latin-1").split(" ", 2)

    @cached_property
    def headers(self) -> dict[str, str]:
        """The headers, by their names in lower case."""
        lines = self.head.decode("latin-1").split("\r\n")[1:]
        pairs = (line.split(":", 1) for line in lines if line)
        return {name.strip().lower(): value.strip() for name, value in pairs}

    @property
    def method(self) -> str:
        return self.start[0]

    @property
    def path(self) -> str:
        return self.start[1]

    @property
    def status(self) -> int:
        """The status of an answer."""
        return int(self.start[1])

    def with_header(self, name: str, value: str) -> Message:
        """The same message with one more header."""
        return Message(self.head[:-2] + f"{name}: {value}\r\n\r\n".encode("latin-1"), self.body)

    def encode(self) -> bytes:
        return self.head + self.body


def answer(status: int, headers: dict[str, str], body: bytes) -> Message:
    """An answer of our own."""
    lines = [f"HTTP/1.1 {status} {HTTPStatus(status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers.items() if name.lower() != "content-length"]
    lines += [f"content-length: {len(body)}", "", ""]
    return Message("\r\n".join(lines).encode("latin-1"), body)


async def read_message(reader: asyncio.StreamReader) -> Message | None:
    """The next message of a connection, or None when the other side has closed it or broken off."""
    try:
        head = await reader.readuntil(b"\r\n\r\n")
        message = Message(head, b"")
        if message.headers.get("transfer-encoding", "").lower() == "chunked":
            return await _read_chunked(reader, message)
        is_answer = head.startswith(b"HTTP/")
        length = 0 if is_answer and message.status in NO_BODY else int(message.headers.get("content-length", "0"))
        return Message(head, await reader.readexactly(length)) if length else message
    except (asyncio.IncompleteReadError, ConnectionError):
        return None


async def _read_chunked(reader: asyncio.StreamReader, message: Message) -> Message:
    """The rest of a chunked message, with a length instead of chunks."""
    parts = []
    while size := int((await reader.readuntil(b"\r\n")).split(b";")[0], 16):
        parts.append((await reader.readexactly(size + 2))[:-2])
    while await reader.readuntil(b"\r\n") != b"\r\n":
        pass
    body = b"".join(parts)
    lines = [line for line in message.head.split(b"\r\n") if not line.lower().startswith(b"transfer-encoding")]
    head = b"\r\n".join([*lines[:-2], f"content-length: {len(body)}".encode(), b"", b""])
    return Message(head, body)
