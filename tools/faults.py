"""Everything that can go wrong, one thing at a time: `make faults`.

A life is a create, an update and a delete of one environment by the real binary, against an emulated AWS. In each
life each of the three is disturbed once, at one call, and has to end as in a life in which nothing went wrong:

* killed     SIGKILL after every call that changes something; then the same request again
* swept      the same; then a sweep
* abandoned  a create killed likewise; then the delete
* faulted    at every call, reads included: a throttle, a 5xx or a cut connection, before or after the effect
* http       all of this to the calls that write a PUT or a DELETE down; a sweep does the rest

AWS takes its time in them: roles count late, IDs show late, endpoints come and go slowly (`--scale` takes less).
Exits with 1 if anything ended otherwise, or if a request was not as AWS's API models have it.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from console import Console
from harness.models.judge import JUDGE, complaint
from harness.scenarios import Reference, Stage, Tally, Trial, live, paired, undisturbed
from harness.stand import STANDS, Stands
from harness.strict.settings import ENVIRONMENT_VARIABLE

WAYS = ("killed", "swept", "abandoned", "faulted", "http")
OVER_HTTP = [Stage.CREATE, Stage.DELETE]


def trials(way: str, reference: Reference) -> list[Trial]:
    """Every life of one way to go wrong."""
    if way == "faulted":
        return paired(*(reference.faults(stage) for stage in Stage))
    if way == "http":
        killed = [paired(*(reference.kills(stage) for stage in OVER_HTTP), swept=swept) for swept in (False, True)]
        return [*killed[0], *killed[1], *paired(*(reference.faults(stage) for stage in OVER_HTTP))]
    if way == "abandoned":
        return paired(reference.kills(Stage.CREATE), abandoned=True)
    return paired(*(reference.kills(stage) for stage in Stage), swept=way == "swept")


def lives(console: Console, stands: Stands, reference: Reference, way: str) -> Tally:
    """Lives them all, and tells of each that ended otherwise as soon as it has."""
    tally, began = Tally(way), time.monotonic()
    planned = trials(way, reference)
    console.chapter(way, f"{len(planned)} lives")
    for outcome in stands.run(lambda stand, trial: live(stand, trial, reference), planned):
        tally.add(outcome)
        if outcome.wrong:
            console.verdict(False, str(outcome))
        if tally.lives % 100 == 0:
            console.line(f"  {tally.lives} after {time.monotonic() - began:.0f} s")
    for disturbance in tally.unmet:
        console.row("never came", str(disturbance))
    console.verdict(not tally.wrong, f"{tally} in {time.monotonic() - began:.0f} s")
    return tally


def run(console: Console, ways: list[str], most: int) -> Iterator[Tally]:
    with Stands(most) as stands:
        (reference,) = stands.run(undisturbed, [list(Stage)])
        for stage, points in reference.points.items():
            changing = len(reference.kills(stage))
            console.line(f"{stage.value}: {len(points)} calls, {changing} of them change something")
        for way in ways:
            if way == "http":
                (by_http,) = stands.run(partial(undisturbed, over_http=True), [OVER_HTTP])
                yield lives(console, stands, by_http, way)
            else:
                yield lives(console, stands, reference, way)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, prog="make faults", formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("ways", nargs="*", metavar="way", help=f"any of {', '.join(WAYS)}; all by default")
    parser.add_argument("--stands", type=int, default=STANDS, help="how many lives are lived at once")
    parser.add_argument(
        "--scale", type=float, default=1.0, help="what part of the time of AWS is taken; 1 is all of it"
    )
    arguments = parser.parse_args()
    os.environ.setdefault(ENVIRONMENT_VARIABLE, json.dumps({"time_scale": arguments.scale}))
    unknown = set(arguments.ways) - set(WAYS)
    if unknown:
        parser.error(f"no such way: {', '.join(sorted(unknown))}")
    console = Console()
    tallies = list(run(console, arguments.ways or list(WAYS), arguments.stands))
    faults = JUDGE.judge()
    console.verdict(not faults, complaint(faults) if faults else str(JUDGE))
    return 1 if faults or any(tally.wrong for tally in tallies) else 0


if __name__ == "__main__":
    sys.exit(main())
