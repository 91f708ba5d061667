"""How a person comes to the HTTP API: with curl, and with a browser."""

from __future__ import annotations

import base64
import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

from console import Console
from harness.browser import NAMES
from harness.cloud.cloud import Cloud, Response
from harness.devtools import Browser

SECONDS = 90
CANNOT_RESOLVE = 6
"""How curl ends that does not know that names under .localhost lead to this machine: before 7.77."""


class Curl:
    """Shows each request as one would type it, with the token as `$TOKEN`, and sends it."""

    def __init__(self, console: Console, cloud: Cloud) -> None:
        self._console, self._cloud = console, cloud
        self._curl = shutil.which("curl")
        if self._curl is None:
            self._instead("curl is not installed")

    def request(self, method: str, path: str, body: Any = None, *, token: str | None = None) -> Response:
        """What came back. Without a token if that is empty."""
        command = ["curl", "-sS", "-i"] + (["-X", method] if method != "GET" else [])
        if token is None:
            command += ["-H", "Authorization: Bearer $TOKEN"]
        if body is not None:
            command += ["-H", "Content-Type: application/json", "-d", json.dumps(body)]
        command.append(self._cloud.outputs["ApiUrl"] + path)
        self._console.line("  $ " + " ".join(_quoted(word) for word in command))
        if self._curl is not None:
            secret = [word.replace("$TOKEN", self._cloud.tokens.token) for word in command[1:]]
            done = subprocess.run([self._curl, *secret], capture_output=True, timeout=SECONDS, check=False)
            if done.returncode == 0:
                return _response(done.stdout)
            if done.returncode != CANNOT_RESOLVE:
                raise RuntimeError(f"curl ended with {done.returncode}: {done.stderr.decode()}")
            self._instead("this curl knows no names under .localhost")
        return self._cloud.request(method, path, body, token=token)

    def _instead(self, why: str) -> None:
        self._curl = None
        self._console.line(f"  {why}: Python sends the requests in its place")


def look_at_page(address: str, token: str, environment: str, picture: Path) -> str | None:
    """What the page says of an environment to who pastes a token into it, photographed; None without a browser."""
    if not any(map(shutil.which, NAMES)):
        return None
    with Browser() as browser:
        page = browser.open()
        page.go(f"{address}/#{environment}")
        page.wait("document.activeElement.id === 'token'")
        page.write(token)
        page.press("Enter")
        page.wait("document.querySelector('#picture img')?.complete")
        size = page.call("Page.getLayoutMetrics")["cssContentSize"]
        shot = page.call("Page.captureScreenshot", captureBeyondViewport=True, clip={**size, "scale": 1})
        picture.write_bytes(base64.b64decode(shot["data"]))
        return str(page.run("document.title"))


def _response(output: bytes) -> Response:
    head, _, body = output.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    pairs = (line.split(":", 1) for line in lines)
    return Response(int(first.split()[1]), {name.lower(): value.strip() for name, value in pairs}, body)


def _quoted(word: str) -> str:
    """As a shell takes it: in double quotes where a variable stands in it, else in single ones where need be."""
    if "$" in word:
        return f'"{word}"'
    return word if re.fullmatch(r"[\w@%+=:,./-]+", word) else f"'{word}'"
