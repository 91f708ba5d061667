"""Ringfence in a real account: `make acceptance`.

Deploys nothing. For each option of a spec it has the deployed function make, repeat, describe and remove an
environment, and judges by what AWS reports. The environments are called `acceptance-…` and carry the tag
`ringfence-acceptance`. They are removed at the end, also on Ctrl-C; what a killed run left, the next one removes. It
writes a report in which every answer and every time stands that differs from what the doubles of the tests answer.

It costs money, so that it asks for ACCEPT=yes. Credentials and region come from the environment, as for the AWS CLI.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from pathlib import Path
from types import FrameType

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from botocore.exceptions import BotoCoreError, ClientError

from accepting.calls import Calls
from accepting.cost import HOURS, PAGES, bound
from accepting.life import Life, Lives
from accepting.options import OPTIONS, PREFIX, TAG, Option
from accepting.report import Report, scrubbed
from accepting.sight import Sight
from console import Console

ROOT = Path(__file__).parents[1]
ACCEPT = "ACCEPT"
FUNCTION = "ACCEPT_FUNCTION"
REPORT = ROOT / "target" / "acceptance" / "report.md"
REFUSED, BROKEN, INTERRUPTED = 2, 1, 130


class Stopped(BaseException):
    """Somebody ends the run: Ctrl-C, or SIGTERM."""


def stop(number: int, frame: FrameType | None) -> None:
    raise Stopped(signal.Signals(number).name)


def tell(console: Console, options: list[Option], function: str) -> None:
    """What will be done, and what it costs at most."""
    console.line(
        f"In the account and region of your credentials, by the function {function}: {len(options)} environments,"
    )
    console.line(
        f"one after the other, called {PREFIX}{options[0].name} and so on, with the tag {TAG}. Nothing is deployed."
    )
    console.line("All of them are removed at the end, and so is whatever an earlier run has left.")
    console.line(
        f"Cost: ${bound(options):.2f} at most, if every environment stood for {HOURS} h, at list prices of us-east-1:"
    )
    for page in PAGES:
        console.line(f"  {page}")


def clean(console: Console, lives: Lives, sight: Sight) -> tuple[list[str], list[str]]:
    """What an earlier run left: which environments, and what could not be removed."""
    found = sorted(sight.environments())
    left: list[str] = []
    for environment in found:
        console.line(f"  {environment} was left by an earlier run: removing it")
        left += lives.remove(environment)
    return found, left


def accept(console: Console, options: list[Option], function: str, report_path: Path, poll_seconds: float) -> int:
    calls = Calls(poll_seconds)
    sight = Sight(calls, os.environ.get("ACCEPT_EXPORT_PREFIX", "/ringfence"))
    run = time.strftime("%Y%m%d-%H%M%S", time.gmtime())
    lives = Lives(calls, sight, function, run)
    variables = (
        calls.client("lambda")
        .get_function_configuration(FunctionName=function)
        .get("Environment", {})
        .get("Variables", {})
    )
    report = Report(
        run, sight.region, function, str(variables.get("RUST_LOG", "")), bound(options), [], [], [], "whole"
    )
    try:
        report.removed, report.left = clean(console, lives, sight)
        for option in options:
            console.chapter(option.name, option.environment)
            life = Life(option)
            report.lives.append(life)
            try:
                lives.live(life)
            except Exception as error:  # noqa: BLE001 - whatever it was: the environment goes, and the report says so.
                life.faults.append(f"broken off: {error!r}")
            finally:
                if life.begun:
                    report.left += remove(lives, life)
            console.verdict(life.kept, "; ".join(life.faults) or f"{sum(life.seconds.values()):.0f} s")
    except Stopped as stopped:
        report.ended = f"by {stopped}"
    except (BotoCoreError, ClientError) as error:
        report.ended = f"by an error: {error}"
        console.verdict(False, scrubbed(str(error)))
    report_path.parent.mkdir(parents=True, exist_ok=True)
    report_path.write_text(report.text(calls))
    console.line(f"\n{report_path} says more, without account numbers.")
    if report.ended.startswith("by SIG"):
        return INTERRUPTED
    broken = [life for life in report.lives if not life.kept]
    return BROKEN if broken or report.left or report.ended != "whole" else 0


def remove(lives: Lives, life: Life) -> list[str]:
    """What is left after the removal. No signal breaks it off: a second Ctrl-C does not leave half of it."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in (signal.SIGINT, signal.SIGTERM)}
    try:
        return lives.remove(life.option.environment, life)
    except Exception as error:  # noqa: BLE001 - as above.
        life.faults.append(f"it could not be removed: {error!r}")
        return [f"{life.option.environment}, perhaps whole: it could not be removed ({error})"]
    finally:
        for each, handler in before.items():
            signal.signal(each, handler)


def main() -> int:
    names = [option.name for option in OPTIONS]
    parser = argparse.ArgumentParser(
        description=__doc__, prog="make acceptance", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("options", nargs="*", metavar="option", help=f"any of {', '.join(names)}; all by default")
    parser.add_argument("--report", type=Path, default=REPORT, help="where the report is written")
    parser.add_argument("--poll", type=float, default=2.0, help="seconds between two looks")
    arguments = parser.parse_args()
    unknown = set(arguments.options) - set(names)
    if unknown:
        parser.error(f"no such option: {', '.join(sorted(unknown))}")
    options = [option for option in OPTIONS if not arguments.options or option.name in arguments.options]
    function = os.environ.get(FUNCTION, "ringfence")
    console = Console()
    tell(console, options, function)
    if os.environ.get(ACCEPT) != "yes":
        console.line(f"\nNothing was done. {ACCEPT}=yes make acceptance does it; {FUNCTION} names another function.")
        return REFUSED
    signal.signal(signal.SIGINT, stop)
    signal.signal(signal.SIGTERM, stop)
    try:
        return accept(console, options, function, arguments.report, arguments.poll)
    except (BotoCoreError, ClientError) as error:
        console.verdict(False, scrubbed(str(error)))
        return BROKEN
    except Stopped as stopped:
        console.line(f"Ended by {stopped}, before anything was made.")
        return INTERRUPTED


if __name__ == "__main__":
    sys.exit(main())
