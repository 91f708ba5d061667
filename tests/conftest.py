"""What tests ask for: one emulator for all of them, emptied for each, with a proxy and functions in front of it."""

from __future__ import annotations

import json
import os
import random
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from functools import partial
from typing import Any

import pytest

pytest.register_assert_rewrite("harness.asking", "harness.drift", "harness.standing")

from harness import side_by_side
from harness.account import Account
from harness.by_hand import make_vpc
from harness.drift import WISH
from harness.emulator import Emulator
from harness.fixtures import Report, StartFunction, TryLives
from harness.function import Function
from harness.holding import Holder
from harness.models.judge import JUDGE, complaint
from harness.proxy import Proxy
from harness.scenarios import Reference, Stage, Tally, Trial, live, undisturbed
from harness.side_by_side import (  # noqa: F401 - hooks of pytest.
    pytest_collection_modifyitems,
    pytest_testnodedown,
    pytest_xdist_auto_num_workers,
)
from harness.stand import Stands
from harness.standing import Bench, Standing, Workshop
from harness.strict.settings import ENVIRONMENT_VARIABLE as SETTINGS_VARIABLE
from harness.strict.settings import OF_TESTS

SEED_VARIABLE = "RINGFENCE_SEED"
"""What random samples are drawn with, where it is to be as in an earlier run."""
FIGURE = "figure"
"""The property of a test under which it says what it found out that is worth a line at the end."""
AT_ONCE = "at_once"
"""The mark of tests for which AWS takes no time, with the reason: they measure dependencies, or pause by hand."""

began = time.monotonic()


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", f"{AT_ONCE}(reason): AWS takes no time, because of the reason")
    os.environ.setdefault(SEED_VARIABLE, str(random.randrange(1 << 32)))
    os.environ.setdefault(SETTINGS_VARIABLE, json.dumps({"time_scale": OF_TESTS}))


def pytest_report_header() -> str:
    return f"{SEED_VARIABLE}={os.environ[SEED_VARIABLE]} draws the random samples of this run again"


@pytest.fixture(autouse=True)
def times_of_aws(request: pytest.FixtureRequest) -> Iterator[None]:
    """Has AWS take its time, scaled, unless the test says why it must not."""
    mark = request.node.get_closest_marker(AT_ONCE)
    assert mark is None or mark.args, "say why AWS is to take no time"
    scale = {"time_scale": 0.0} if mark else {}
    Emulator.after_reset = scale
    if "running_emulator" in request.fixturenames:  # What stands may be borrowed without a reset.
        request.getfixturevalue("running_emulator").configure(**(scale or {"time_scale": OF_TESTS}))
    yield
    Emulator.after_reset = {}


@pytest.fixture(autouse=True)
def judged() -> Iterator[None]:
    """Every request that a proxy saw is right by AWS's API models and documented limits, or its test fails.

    The first test that uses a fixture of many tests answers for the requests of making it.
    """
    yield
    faults = JUDGE.judge()
    if faults:
        pytest.fail(complaint(faults), pytrace=False)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """What came after the last test, when the fixtures of many tests ended."""
    faults = JUDGE.judge()
    late = complaint(faults) if faults else None
    side_by_side.tell(session.config, time.monotonic() - began, late)
    complaints = [late] if late else side_by_side.late_complaints()
    if complaints:
        print("", *complaints, sep="\n")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [each for of_kind in ("passed", "failed") for each in terminalreporter.getreports(of_kind)]
    figures = [text for each in reports for name, text in each.user_properties if name == FIGURE]
    if JUDGE.judged:
        share = JUDGE.seconds / (side_by_side.seconds_of_all() or max(0.01, time.monotonic() - began))
        figures.append(f"{JUDGE}, {share:.1%} of the time")
    if figures:
        terminalreporter.section("figures")
        terminalreporter.write_line(pytest_report_header())
    for figure in figures:
        terminalreporter.write_line(str(figure))


@pytest.fixture(scope="session")
def running_emulator() -> Iterator[Emulator]:
    with Emulator() as emulator:
        yield emulator


@pytest.fixture
def uncomplaining_emulator(running_emulator: Emulator) -> Iterator[Emulator]:
    """The emulator as the test before left it. It is an error if a test makes it complain."""
    before = running_emulator.complaints()
    yield running_emulator
    complaints = running_emulator.complaints().removeprefix(before)
    assert not complaints, f"the emulator complained:\n{complaints}"


@pytest.fixture
def emulator(uncomplaining_emulator: Emulator) -> Emulator:
    """The emulator with an empty account."""
    uncomplaining_emulator.reset()
    return uncomplaining_emulator


@pytest.fixture
def proxy(emulator: Emulator) -> Iterator[Proxy]:
    """An honest proxy with an empty log, in front of the emulator."""
    with Proxy(emulator.port) as proxy:
        yield proxy
        proxy.settle()


@pytest.fixture
def account(emulator: Emulator) -> Account:
    """The account behind the emulator, with the function's table in it."""
    return Account(emulator)


@pytest.fixture
def ec2(emulator: Emulator) -> Any:
    """EC2 without the proxy."""
    return emulator.client("ec2")


@pytest.fixture
def vpc(ec2: Any) -> str:
    """The ID of a VPC of somebody else's."""
    return make_vpc(ec2)


@pytest.fixture
def start_function(proxy: Proxy, account: Account) -> Iterator[StartFunction]:
    """Starts processes of the function that talk through the proxy; all are gone after the test."""
    with ExitStack() as running:

        def start(**options: Any) -> Function:
            return running.enter_context(Function(proxy.url, **options))

        yield start


@pytest.fixture
def function(start_function: StartFunction) -> Function:
    """One process of the function."""
    return start_function()


@pytest.fixture
def holder(proxy: Proxy, start_function: StartFunction) -> Iterator[Holder]:
    """A function to be held in the middle of a request."""
    with ThreadPoolExecutor(1) as threads:
        holder = Holder(proxy, start_function(), threads)
        yield holder
        holder.free.set()


@pytest.fixture
def other(start_function: StartFunction) -> Function:
    """Another function, that the held one does not hold up."""
    return start_function()


@pytest.fixture(scope="session")
def workshop(running_emulator: Emulator) -> Iterator[Workshop]:
    with Workshop(running_emulator) as workshop:
        yield workshop


@pytest.fixture
def bench(workshop: Workshop, uncomplaining_emulator: Emulator) -> Bench:
    """An empty account, a proxy and a function that may have worked before: cheaper than three fixtures."""
    return workshop.clear()


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    """The request that `built` and `standing` come from. A module that needs another one overrides it."""
    return WISH


@pytest.fixture
def built(workshop: Workshop, wish: dict[str, Any], uncomplaining_emulator: Emulator) -> Standing:
    """An environment to look at and not to alter: many tests share it. Do not ask for `emulator` beside it."""
    return workshop.borrow(wish)


@pytest.fixture
def standing(built: Standing) -> Standing:
    """An environment to alter. The next test gets a new one, unless `assert_intact` shows that there is no need."""
    built.intact = False
    return built


@pytest.fixture(scope="session")
def stands() -> Iterator[Stands]:
    """Accounts side by side, for trials that wait most of their time."""
    with Stands() as stands:
        yield stands


def lived_at_once(stands: Stands, **options: Any) -> Reference:
    """The life of an environment in which nothing goes wrong, and no call is made because AWS takes its time."""
    before, Emulator.after_reset = Emulator.after_reset, {"time_scale": 0.0}
    try:
        (reference,) = stands.run(partial(undisturbed, **options), [[Stage.CREATE, Stage.DELETE]])
    finally:
        Emulator.after_reset = before
    return reference


@pytest.fixture(scope="session")
def reference(stands: Stands) -> Reference:
    """The life of an environment in which nothing goes wrong."""
    return lived_at_once(stands)


@pytest.fixture(scope="session")
def reference_over_http(stands: Stands) -> Reference:
    """The same life with its requests over HTTP."""
    return lived_at_once(stands, over_http=True)


@pytest.fixture
def report(record_property: Callable[[str, object], None]) -> Report:
    """Has a line printed at the end of the run, whether or not anything failed."""
    return partial(record_property, FIGURE)


@pytest.fixture
def seed() -> int:
    """What random samples are drawn with: another one in each run, unless the environment says which."""
    return int(os.environ[SEED_VARIABLE])


@pytest.fixture
def try_lives(stands: Stands, reference: Reference, report: Report) -> TryLives:
    """Has lives lived, says what came of them, and fails if any ended otherwise than an undisturbed one."""

    def try_lives(title: str, trials: list[Trial], beside: Reference = reference) -> Tally:
        tally = Tally(title)
        for outcome in stands.run(lambda stand, trial: live(stand, trial, beside), trials):
            tally.add(outcome)
        report(str(tally))
        assert not tally.wrong, tally.complaint()
        return tally

    return try_lives
