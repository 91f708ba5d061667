"""Ringfence at work, for a person to watch: `make demo`.

The real binary, run as Lambda runs it, handles the files in `events/` against an emulated AWS. A proxy between the two
shows each call that makes or removes something, as it happens. What was promised is then looked up in the emulator.
Exits with 1 if anything is not as promised.
"""

from __future__ import annotations

import json
import signal
import sys
import time
from contextlib import ExitStack
from pathlib import Path

signal.signal(signal.SIGINT, signal.SIG_DFL)  # Until there is something to clean up: end, and say nothing.
ROOT = Path(__file__).parent.parent
sys.path[:0] = [str(ROOT / "tests"), str(ROOT / "tools")]

from console import Console  # noqa: E402
from harness.account import Account  # noqa: E402
from harness.emulator import Emulator  # noqa: E402
from harness.function import Function  # noqa: E402
from harness.proxy import Proxy  # noqa: E402
from harness.runtime import Answer, FunctionDied, TimedOut  # noqa: E402
from witness import Witness  # noqa: E402

INTERRUPTED = 130
DEADLINE_SECONDS = 120.0
PICTURE = ROOT / "target" / "demo" / "fraud-v3.svg"


class Demo:
    """The story, one method a chapter. `broken` collects what was not as promised."""

    def __init__(self, console: Console, emulator: Emulator, proxy: Proxy, function: Function) -> None:
        self.console, self.emulator, self.proxy, self.function = console, emulator, proxy, function
        self.account = Account(emulator)
        self.witness = Witness(console)
        self.broken: list[str] = []
        proxy.on_call(self.witness.saw)

    def tell(self) -> None:
        """From the first event to the empty account."""
        answer = self.send("eventbridge-create.json", "An event on the bus asks for fraud-v3")
        self.expect(answer, "ready")
        self.exports("fraud-v3", answer)
        self.again("eventbridge-create.json")
        self.describe("invoke-describe.json")
        self.draw("invoke-describe.json")
        answer = self.send("scheduler-create.json", "EventBridge Scheduler asks for nightly-eval")
        self.expect(answer, "ready")
        answer = self.send("step-functions-create.json", "Step Functions asks for nightly-eval with more access")
        self.expect(answer, "ready")
        self.changes(answer)
        self.expect(self.send("eventbridge-delete.json", "An event on the bus takes fraud-v3 down"), "deleted")
        self.expect(self.send("invoke-delete.json", "A direct invocation takes nightly-eval down"), "deleted")
        self.nothing_left()

    def send(self, name: str, title: str) -> Answer:
        """Hands a file to the function; the witness reports while it works."""
        self.console.chapter(title, f"events/{name}")
        event = json.loads((ROOT / "events" / name).read_text())
        self.proxy.forget()
        self.witness.begin()
        answer = self.function.invoke(event, DEADLINE_SECONDS)
        self.witness.end()
        return answer

    def expect(self, answer: Answer, status: str) -> None:
        """The answer must have this status."""
        got = answer.payload["status"] if not answer.failed else f"{answer.error_type}: {answer.error_message}"
        calls = f"{len(self.proxy.calls())} calls, {self.proxy.depth()} deep"
        self.promise(got == status, f"{got} after {answer.ms:.0f} ms, {calls}")

    def exports(self, environment: str, answer: Answer) -> None:
        """The parameters in SSM must be what the answer says."""
        self.console.chapter("What other stacks read", f"SSM, /ringfence/{environment}/")
        published = self.account.parameters(environment)
        for name in sorted(published, key=lambda name: (name == "exports", name)):
            self.console.row(name, published[name])
        said = (answer.payload or {}).get("exports", {})
        as_text = {name: ",".join(value) if isinstance(value, list) else value for name, value in said.items()}
        alone = {name: value for name, value in published.items() if name != "exports"}
        self.promise(bool(alone) and as_text == alone, f"{len(published)} parameters, as the answer said")
        self.promise(len(self.account.vpcs(environment)) == 1, "one VPC in the emulator carries its name")

    def again(self, name: str) -> None:
        """The same event must change nothing."""
        answer = self.send(name, "The same event again")
        self.expect(answer, "ready")
        self.changes(answer)
        self.promise((answer.payload or {}).get("changes") == [], "nothing to change")
        self.promise(not self.proxy.mutations(), f"{len(self.proxy.mutations())} calls that change anything were seen")

    def changes(self, answer: Answer) -> None:
        """What the function says it did."""
        for change in (answer.payload or {}).get("changes", []):
            self.console.row(change["op"], f"{change['type']} {change['resource']} {change.get('id') or ''}".rstrip())

    def describe(self, name: str) -> None:
        """Describing must show it ready, and write nothing."""
        answer = self.send(name, "What is fraud-v3 like?")
        self.expect(answer, "ready")
        for check in (answer.payload or {}).get("isolation", {}).get("checks", []):
            holds = "holds" if check["holds"] else "does not hold"
            self.console.row(f"{check['check']} {holds}", check["because"])
        self.promise(not self.proxy.mutations(records=True), "nothing was written")

    def draw(self, name: str) -> None:
        """The same environment as a picture, which stays when the demo is gone."""
        self.console.chapter("What does fraud-v3 look like?", f'events/{name} with "view": "svg"')
        event = json.loads((ROOT / "events" / name).read_text()) | {"view": "svg"}
        answer = self.function.invoke(event, DEADLINE_SECONDS)
        svg = "" if answer.failed else answer.payload["svg"]
        self.promise(svg.startswith("<svg"), answer.error_message if answer.failed else "drawn: open it in a browser")
        PICTURE.parent.mkdir(parents=True, exist_ok=True)
        PICTURE.write_text(svg, encoding="utf-8")
        self.console.row("picture", str(PICTURE))

    def nothing_left(self) -> None:
        """The account must be as AWS hands it out."""
        self.console.chapter("What is left", "asked of the emulator")
        left = self.account.leftovers()
        for each in left:
            self.console.row("left", each)
        self.promise(not left, "nothing: no network, role, log group or parameter")
        complaints = self.emulator.complaints()
        self.promise(not complaints, complaints or "the emulator understood every call")

    def promise(self, kept: bool, text: str) -> None:
        """Says whether something is as promised, and remembers if not."""
        self.console.verdict(kept, text)
        if not kept:
            self.broken.append(text)


def main() -> int:
    """The demo with all that it needs, which is gone when this returns."""
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(128 + number))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    console = Console()
    with ExitStack() as started:
        try:
            began = time.monotonic()
            emulator = started.enter_context(Emulator())
            proxy = started.enter_context(Proxy(emulator.port))
            console.line("Ringfence against an emulated AWS. Nothing leaves this machine, no account is needed.")
            Account(emulator)
            function = started.enter_context(Function(proxy.url))
            console.line(
                f"Emulator on {emulator.url}, started in {time.monotonic() - began:.1f} s; "
                f"the function asked for its first event after {function.cold_start_seconds * 1000:.0f} ms."
            )
            demo = Demo(console, emulator, proxy, function)
            demo.tell()
            return report(console, demo.broken)
        except KeyboardInterrupt:
            console.line("\nInterrupted. Everything that was started is gone.")
            return INTERRUPTED
        except (FunctionDied, TimedOut, FileNotFoundError) as error:
            console.verdict(False, str(error))
            return 1
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # Cleaning up takes a moment; let it.


def report(console: Console, broken: list[str]) -> int:
    console.line("")
    if broken:
        console.line(f"Not as promised: {len(broken)}")
        return 1
    console.line("Everything as promised.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
