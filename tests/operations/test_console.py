"""`make console`: everything is up and reachable at what it prints, and Ctrl-C leaves no process of it."""

from __future__ import annotations

import http.client
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest

CONSOLE = Path(__file__).parents[2] / "tools" / "serve.py"
LAST_LINE = "Ctrl-C ends it"
PROCESSES = Path("/proc")
SECONDS = 60


@pytest.fixture
def console() -> Iterator[subprocess.Popen[str]]:
    command = [sys.executable, str(CONSOLE)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as console:
        yield console
        console.kill()


def printed(console: subprocess.Popen[str]) -> str:
    """What it prints until it says that it is up."""
    assert console.stdout
    lines: list[str] = []
    for line in console.stdout:
        lines.append(line)
        if LAST_LINE in line:
            return "".join(lines)
    raise AssertionError(f"it ended with {console.wait()}:\n{''.join(lines)}")


def address(text: str, label: str) -> str:
    found = re.search(rf"^  {re.escape(label)}\s+(\S+)$", text, re.MULTILINE)
    assert found, f"no {label} in:\n{text}"
    return found[1]


def get(url: str, token: str = "") -> tuple[int, bytes]:
    """Names that end in .localhost are this machine, whether or not the resolver knows."""
    where = urlsplit(url)
    connection = http.client.HTTPConnection("127.0.0.1", where.port, timeout=SECONDS)
    headers = {"Host": where.netloc} | ({"Authorization": f"Bearer {token}"} if token else {})
    connection.request("GET", where.path, headers=headers)
    answer = connection.getresponse()
    return answer.status, answer.read()


def descendants(ancestor: int) -> dict[int, str]:
    """By ID, the moments at which the processes below one began."""
    stats = [path.read_text() for path in PROCESSES.glob("[0-9]*/stat") if path.exists()]
    fields = [(int(text.split(" ", 1)[0]), text.rpartition(") ")[2].split()) for text in stats]
    found, grown = {ancestor}, True
    while grown:
        below = {process for process, rest in fields if int(rest[1]) in found}
        grown = not below <= found
        found |= below
    return {process: rest[19] for process, rest in fields if process in found - {ancestor}}


def is_there(process: int, began: str) -> bool:
    """Whether it still runs. One that has ended and that nobody has asked after is a zombie."""
    try:
        fields = (PROCESSES / str(process) / "stat").read_text().rpartition(") ")[2].split()
    except OSError:
        return False
    return fields[19] == began and fields[0] not in "ZX"


def still_there(running: dict[int, str]) -> list[int]:
    """Those that run on although they were given time: a process that was killed takes a moment to be gone."""
    end = time.monotonic() + SECONDS
    while (left := [each for each, began in running.items() if is_there(each, began)]) and time.monotonic() < end:
        time.sleep(0.05)
    return left


@pytest.mark.skipif(not PROCESSES.is_dir(), reason="there is no /proc to find processes in")
def test_the_console_serves_until_it_is_interrupted(console: subprocess.Popen[str]) -> None:
    text = printed(console)
    status, page = get(address(text, "page"))
    assert (status, b"<title>Ringfence</title>" in page) == (200, True)
    assert get(address(text, "API"))[0] == 401
    status, listed = get(address(text, "API"), address(text, "token, for the page and the API"))
    assert (status, listed) == (200, b'{"action":"list","environments":[]}')

    running = descendants(console.pid)
    assert len(running) >= 3, "two emulators and the function"
    os.kill(console.pid, signal.SIGINT)
    output, _ = console.communicate(timeout=SECONDS)
    assert (console.returncode, output.strip()) == (0, "Everything that was started is gone.")
    assert still_there(running) == []
