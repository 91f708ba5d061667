"""Ringfence at work, for a person to watch: `make demo`.

`template.yaml` is deployed as it is, to an emulated AWS on this machine, and the real binary is asked for environments
in every way that AWS has: an event, the HTTP API, a state machine, a schedule. Two proxies show each call that makes or
removes something, as it happens. What was promised is then looked up in the emulators. Exits with 1 if anything is not
as promised.
"""

from __future__ import annotations

import signal
import sys
import time
from pathlib import Path
from typing import Any

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Until there is something to clean up: end, and say nothing.
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from console import Console
from harness.asking import event
from harness.cloud.cloud import Cloud, Response
from harness.cloud.deployment import STACK
from visitor import Curl, look_at_page
from witness import Witness

ROOT = Path(__file__).parents[1]
INTERRUPTED = 130
READY, DELETED = "Training Environment Ready", "Training Environment Deleted"
SHOWN = ROOT / "target" / "demo"
"""Where the pictures stay when the demo is gone."""


class Demo:
    """The story, one method a chapter. `broken` collects what was not as promised."""

    def __init__(self, console: Console, cloud: Cloud) -> None:
        self.console, self.cloud = console, cloud
        self.account = cloud.account
        self.curl = Curl(console, cloud)
        self.witness = Witness(console)
        self.broken: list[str] = []
        for proxy in cloud.proxies:
            proxy.on_call(self.witness.saw)
        SHOWN.mkdir(parents=True, exist_ok=True)

    def tell(self) -> None:
        """From the deployed template to the empty account."""
        self.event()
        self.exports("fraud-v3")
        self.again()
        self.api()
        self.page()
        self.machine()
        self.schedule()
        self.delete()
        self.remove()

    def deployed(self, seconds: float) -> None:
        """What the template has become."""
        self.console.chapter("template.yaml is deployed as it is", f"sam deploy --stack-name {STACK}")
        for name in ("FunctionArn", "EventBusName", "ApiUrl", "EnvironmentMachineArn", "TableName"):
            self.console.row(name, self.cloud.outputs[name])
        self.promise(True, f"{len(self.cloud.deployment.resources())} resources after {seconds:.1f} s")

    def event(self) -> None:
        """Rule, queue, function; and what the bus hears of it."""
        self.begin("An event on the bus asks for fraud-v3", "aws events put-events, events/eventbridge-create.json")
        asked = event("eventbridge-create")
        self.cloud.put_event(asked["source"], asked["detail-type"], asked["detail"])
        self.announced(READY, "fraud-v3")
        self.cloud.drained()  # The bus hears of it a moment before.

    def exports(self, environment: str) -> None:
        """The parameters in SSM must be what the bus said."""
        self.console.chapter("What other stacks read", f"SSM, /ringfence/{environment}/")
        published = self.account.parameters(environment)
        for name in sorted(published, key=lambda name: (name == "exports", name)):
            self.console.row(name, published[name])
        alone = {name: value for name, value in published.items() if name != "exports"}
        self.promise(bool(alone) and alone == as_text(self.said), f"{len(published)} parameters, as the bus said")
        self.promise(len(self.account.vpcs(environment)) == 1, "one VPC in the emulator carries its name")

    def again(self) -> None:
        """The same event must change nothing."""
        self.begin("The same event again", "aws events put-events, events/eventbridge-create.json")
        asked = event("eventbridge-create")
        self.cloud.put_event(asked["source"], asked["detail-type"], asked["detail"])
        self.cloud.drained()
        self.witness.end()
        seconds, calls, changing = time.monotonic() - self.began, self.calls(), len(self.cloud.mutations())
        self.promise(calls > 0, f"carried out, and off the queue after {seconds:.1f} s, {calls} calls")
        self.promise(changing == 0, f"{changing} calls that change anything were seen")

    def api(self) -> None:
        """An environment by the HTTP API, from its `PUT` to its picture."""
        path = "/environments/vision-eu"
        self.begin("The HTTP API is asked for vision-eu", "through API Gateway, with a token of Amazon Cognito's")
        self.answers(401, self.curl.request("GET", "/environments", token=""), "without a token")
        self.answers(202, self.curl.request("PUT", path, {"network": {"prefix_length": 20}, "ttl": "8h"}))
        self.announced(READY, "vision-eu")
        described = self.curl.request("GET", path)
        self.answers(200, described)
        for check in described.json.get("isolation", {}).get("checks", []):
            holds = "holds" if check["holds"] else "does not hold"
            self.console.row(f"{check['check']} {holds}", check["because"])
        drawn = self.curl.request("GET", f"{path}/diagram.svg")
        self.answers(200, drawn)
        self.picture("vision-eu.svg", drawn.body)
        listed = self.curl.request("GET", "/environments")
        self.answers(200, listed)
        names = [each["environment"] for each in listed.json.get("environments", [])]
        self.promise(names == ["fraud-v3", "vision-eu"], f"there are {' and '.join(names)}")
        self.answers(202, self.curl.request("DELETE", path))
        self.announced(DELETED, "vision-eu")
        self.answers(404, self.curl.request("GET", path))

    def page(self) -> None:
        """The page to watch environments on: open itself, it shows nothing to who has no token."""
        address = self.cloud.outputs["ApiUrl"]
        self.console.chapter("A browser opens the page, and is given the token", f"{address}/#fraud-v3")
        self.answers(200, self.curl.request("GET", "/", token=""), "the page itself is open, and holds no data")
        title = look_at_page(address, self.cloud.tokens.token, "fraud-v3", SHOWN / "page.png")
        if title is None:
            self.console.line("  skipped: Chromium is not installed. `make console` keeps the page up to be looked at.")
        else:
            self.promise(title == "fraud-v3 · Ringfence", f"Chromium shows {title}")
            self.console.row("picture", str(SHOWN / "page.png"))

    def machine(self) -> None:
        """An execution of the state machine, which cleans up after itself."""
        self.begin("A state machine has nightly-eval made, trains in it, and has it removed", "EnvironmentMachineArn")
        given = {"environment": "nightly-eval", "spec": {"network": {"prefix_length": 20}, "ttl": "12h"}}
        execution, states = self.cloud.execute("EnvironmentMachineArn", given)
        self.witness.end()
        self.console.row("states", " → ".join(states))
        self.promise(execution["status"] == "SUCCEEDED", f"{execution['status']}, {self.calls()} calls")
        for kind in (READY, DELETED):
            self.cloud.heard(kind, "nightly-eval")
            self.promise(True, f"the bus heard {kind}")

    def schedule(self) -> None:
        """The stack's own schedules, which are turned off unless somebody wants them."""
        for name, kind in (("workdays-create", READY), ("workdays-delete", DELETED)):
            self.begin(f"The schedule {name} fires", "aws scheduler update-schedule --state ENABLED")
            moment = self.cloud.fire(name)
            self.announced(kind, "workdays")
            self.promise(self.requested_at == f"{moment}Z", f"asked for as of {self.requested_at}, as was scheduled")

    def delete(self) -> None:
        self.begin("An event on the bus takes fraud-v3 down", "aws events put-events, events/eventbridge-delete.json")
        asked = event("eventbridge-delete")
        self.cloud.put_event(asked["source"], asked["detail-type"], asked["detail"])
        self.announced(DELETED, "fraud-v3")
        self.console.chapter("What is left of the environments", "asked of the emulators")
        self.nothing(self.account.leftovers(), "nothing: no network, role, log group or parameter")
        complaints = self.cloud.emulator.complaints()
        self.promise(not complaints, complaints or "the strict emulator understood every call")

    def remove(self) -> None:
        self.console.chapter("The stack is deleted, and its table", "aws cloudformation delete-stack")
        self.cloud.bus.stop()
        self.cloud.deployment.remove()
        self.nothing(self.cloud.leftovers(), "nothing is left: no function, queue, bus, table, API, schedule or alarm")

    # What the chapters are made of

    def begin(self, title: str, source: str) -> None:
        """A chapter in which the function works; the witness reports while it does."""
        self.console.chapter(title, source)
        self.cloud.forget()
        self.witness.begin()
        self.began = time.monotonic()

    def announced(self, kind: str, environment: str) -> None:
        """The bus must hear this of an environment."""
        detail = self.cloud.heard(kind, environment)
        self.witness.end()
        self.said, self.requested_at = detail.get("exports", {}), detail["requested_at"]
        seconds = time.monotonic() - self.began
        self.promise(True, f"the bus heard {kind} after {seconds:.1f} s, {self.calls()} calls")

    def answers(self, status: int, response: Response, text: str = "") -> None:
        self.promise(response.status == status, f"{response.status}  {text or summary(response)}")

    def picture(self, name: str, content: bytes) -> None:
        (SHOWN / name).write_bytes(content)
        self.console.row("picture", str(SHOWN / name))

    def calls(self) -> int:
        return sum(len(proxy.calls()) for proxy in self.cloud.proxies)

    def nothing(self, left: list[str], text: str) -> None:
        for each in left:
            self.console.row("left", each)
        self.promise(not left, text)

    def promise(self, kept: bool, text: str) -> None:
        """Says whether something is as promised, and remembers if not."""
        self.console.verdict(kept, text)
        if not kept:
            self.broken.append(text)


def as_text(exports: dict[str, Any]) -> dict[str, str]:
    """Exports as SSM keeps them: a list is a text with commas."""
    return {name: ",".join(value) if isinstance(value, list) else value for name, value in exports.items()}


def summary(response: Response) -> str:
    """What an answer is about, in a few words."""
    kind = response.headers.get("content-type", "")
    if "json" not in kind:
        return f"{kind}, {len(response.body)} bytes"
    said = response.json
    if "title" in said:
        return f"{said['title']}: {said.get('detail', '')}"
    where = response.headers.get("location")
    return ", ".join(filter(None, [said.get("status", said.get("action")), where and f"Location: {where}"]))


def main() -> int:
    """The demo with all that it needs, which is gone when this returns."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    console = Console()
    console.line("Ringfence against an emulated AWS. Nothing leaves this machine, no account is needed.")
    began = time.monotonic()
    try:
        with Cloud() as cloud:
            try:
                demo = Demo(console, cloud)
                demo.deployed(time.monotonic() - began)
                demo.tell()
                return report(console, demo.broken)
            finally:
                signal.signal(signal.SIGINT, signal.SIG_IGN)  # Cleaning up takes a moment; let it.
    except KeyboardInterrupt:
        console.line("\nInterrupted. Everything that was started is gone.")
        return INTERRUPTED
    except (FileNotFoundError, RuntimeError, TimeoutError) as error:
        console.verdict(False, str(error))
        return 1


def report(console: Console, broken: list[str]) -> int:
    console.line("")
    if broken:
        console.line(f"Not as promised: {len(broken)}")
        return 1
    console.line("Everything as promised. `make console` keeps it up.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
