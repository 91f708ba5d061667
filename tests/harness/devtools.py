"""A page in headless Chromium, driven through the DevTools protocol over a pipe: no port, no driver, no package.

https://chromedevtools.github.io/devtools-protocol/ tells the commands and events.
"""

from __future__ import annotations

import contextlib
import fcntl
import itertools
import json
import os
import signal
import tempfile
import threading
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from .browser import QUIET, find_browser

START_SECONDS = 60.0
SECONDS = 30.0
"""How long a command, or what is waited for, may take on a busy machine."""
POLL_SECONDS = 0.05
LOWEST = 10
"""Of the ends of the pipes that are ours: 3 and 4 are the browser's."""
KEYS = {
    "Tab": {"code": "Tab", "windowsVirtualKeyCode": 9},
    "Enter": {"code": "Enter", "windowsVirtualKeyCode": 13, "text": "\r"},
    "Escape": {"code": "Escape", "windowsVirtualKeyCode": 27},
    " ": {"code": "Space", "windowsVirtualKeyCode": 32, "text": " "},
}
SHIFT = 8


class Browser:
    """Chromium with a profile of its own, from its creation until the end of the `with` block."""

    def __init__(self) -> None:
        self._folder = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        command = [find_browser(), *QUIET, "--remote-debugging-pipe", f"--user-data-dir={self._folder.name}/profile"]
        theirs_in, self._out = _pipe()
        self._in, theirs_out = _pipe()
        quiet = (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0)
        ends = [(os.POSIX_SPAWN_DUP2, theirs_in, 3), (os.POSIX_SPAWN_DUP2, theirs_out, 4)]
        self._process = os.posix_spawn(command[0], command, os.environ, file_actions=[quiet, *ends], setsid=True)
        os.close(theirs_in)
        os.close(theirs_out)
        self._numbers = itertools.count(1)
        self._answers: dict[int, dict[str, Any]] = {}
        self._pages: dict[str, Page] = {}
        self._changed = threading.Condition()
        self._ended = False
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self.version = self.call("Browser.getVersion", seconds=START_SECONDS)["product"]

    def open(self, width: int = 1280, height: int = 900, theme: str = "light", prelude: str = "") -> Page:
        """An empty page in a context of its own, as a private window is. `prelude` runs before scripts of pages do."""
        context = self.call("Target.createBrowserContext")["browserContextId"]
        target = self.call("Target.createTarget", url="about:blank", browserContextId=context)["targetId"]
        session = self.call("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        page = self._pages[session] = Page(self, session, target, context)
        page.begin(width, height, theme, prelude)
        return page

    def call(
        self, method: str, *, session: str | None = None, seconds: float = SECONDS, **params: Any
    ) -> dict[str, Any]:
        """The result of a command."""
        number = next(self._numbers)
        message = {"id": number, "method": method, "params": params} | ({"sessionId": session} if session else {})
        os.write(self._out, json.dumps(message).encode() + b"\0")
        with self._changed:
            self._changed.wait_for(lambda: number in self._answers or self._ended, seconds)
            assert number in self._answers, f"{method}: the browser {'is gone' if self._ended else 'does not answer'}"
            answer = self._answers.pop(number)
        assert "error" not in answer, f"{method}: {answer['error']}"
        return dict(answer["result"])

    def _read(self) -> None:
        with os.fdopen(self._in, "rb", buffering=0) as pipe:
            rest = b""
            while part := pipe.read(1 << 16):
                *messages, rest = (rest + part).split(b"\0")
                for message in map(json.loads, messages):
                    with self._changed:
                        if "id" in message:
                            self._answers[message["id"]] = message
                        elif page := self._pages.get(message.get("sessionId", "")):
                            page.events.append((message["method"], message["params"]))
                        self._changed.notify_all()
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def stop(self) -> None:
        with contextlib.suppress(AssertionError, BrokenPipeError):
            self.call("Browser.close", seconds=5)
        os.close(self._out)
        self._reader.join(5)
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self._process, signal.SIGKILL)
        os.waitpid(self._process, 0)
        self._folder.cleanup()

    def __enter__(self) -> Browser:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


class Page:
    """A tab."""

    def __init__(self, browser: Browser, session: str, target: str, context: str) -> None:
        self._browser, self._session, self._target, self._context = browser, session, target, context
        self.events: list[tuple[str, dict[str, Any]]] = []
        """What happened in it, by the protocol's names."""

    def begin(self, width: int, height: int, theme: str, prelude: str) -> None:
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.call(f"{domain}.enable")
        self.call("Emulation.setDeviceMetricsOverride", width=width, height=height, deviceScaleFactor=1, mobile=False)
        self.call("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": theme}])
        self.call("Emulation.setFocusEmulationEnabled", enabled=True)
        self.call("Page.addScriptToEvaluateOnNewDocument", source=prelude)

    def call(self, method: str, **params: Any) -> dict[str, Any]:
        return self._browser.call(method, session=self._session, **params)

    def go(self, url: str) -> None:
        self._load("Page.navigate", url=url)

    def reload(self) -> None:
        self._load("Page.reload")

    def _load(self, method: str, **params: Any) -> None:
        before = len(self.events)
        failed = self.call(method, **params).get("errorText")
        assert not failed, failed
        loaded = "Page.loadEventFired"
        self.wait_for(lambda: any(event == loaded for event, _ in self.events[before:]), loaded)

    def run(self, expression: str) -> Any:
        """The value of an expression of JavaScript; promises are waited for."""
        answer = self.call("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        assert "exceptionDetails" not in answer, answer["exceptionDetails"]
        return answer["result"].get("value")

    def wait(self, condition: str) -> None:
        """Until an expression is true."""
        self.wait_for(lambda: bool(self.run(f"!!({condition})")), condition)

    def wait_for(self, condition: Callable[[], bool], what: str) -> None:
        until = time.monotonic() + SECONDS
        while not condition():
            assert time.monotonic() < until, f"never: {what}\n{self.run('document.body?.innerText')}"
            time.sleep(POLL_SECONDS)

    def text(self, selector: str) -> str:
        """What a person reads in an element, without what is hidden."""
        return str(self.run(f"document.querySelector({json.dumps(selector)}).innerText.trim()"))

    def press(self, key: str, *, shift: bool = False) -> None:
        how = {"key": key, "modifiers": SHIFT if shift else 0, **KEYS[key]}
        self.call("Input.dispatchKeyEvent", type="keyDown", **how)
        self.call("Input.dispatchKeyEvent", type="keyUp", **{name: how[name] for name in how if name != "text"})

    def write(self, text: str) -> None:
        """Types into what has the focus."""
        self.call("Input.insertText", text=text)

    def grant(self, permission: str, allowed: bool) -> None:
        """Lets pages of this context do something, or not."""
        setting = "granted" if allowed else "denied"
        self._browser.call(
            "Browser.setPermission", permission={"name": permission}, setting=setting, browserContextId=self._context
        )

    def complaints(self) -> list[str]:
        """What stands in the console: errors and warnings, violations of the content security policy among them."""
        found = []
        for method, params in list(self.events):
            if method == "Runtime.exceptionThrown":
                details = params["exceptionDetails"]
                found.append(details.get("exception", {}).get("description", details["text"]))
            elif method == "Log.entryAdded" and params["entry"]["level"] in ("error", "warning"):
                found.append(params["entry"]["text"])
            elif method == "Runtime.consoleAPICalled" and params["type"] in ("error", "warning"):
                found.append(str(params["args"]))
        return found

    def requested(self) -> list[str]:
        """The URLs that were asked for."""
        asked = [params for method, params in list(self.events) if method == "Network.requestWillBeSent"]
        return [params["request"]["url"] for params in asked]

    def cut_off(self, offline: bool) -> None:
        """Takes the network away, or gives it back."""
        rates = {"latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
        self.call("Network.emulateNetworkConditions", offline=offline, **rates)

    def close(self) -> None:
        self._browser.call("Target.disposeBrowserContext", browserContextId=self._context)


def _pipe() -> tuple[int, int]:
    """A pipe, the numbers of whose ends are not those that the browser wants."""
    ends = os.pipe()
    moved = tuple(fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, LOWEST) for end in ends)
    for end in ends:
        os.close(end)
    return moved[0], moved[1]
