"""Reads that lag behind writes: what was just made is not seen, or not known, and the end is the same."""

from __future__ import annotations

from dataclasses import dataclass

from harness.account import Account
from harness.asking import ask
from harness.emulator import Emulator
from harness.fixtures import StartFunction
from harness.proxy import Proxy
from harness.requests import NAME
from harness.scenarios import NotDone, Reference, Resender, Stage, difference, state
from harness.stand import Stand, Stands

REMEMBERED = 60
"""How many seconds of the past the emulator keeps, for reads that come late."""


@dataclass(frozen=True)
class Lag:
    """How late the account is: for fresh resources alone, or with every read of EC2 and IAM."""

    seconds: float
    every_read: bool

    def put_into(self, stand: Stand) -> None:
        stand.proxy.reset()
        if self.every_read:
            stand.proxy.stale(self.seconds, times=None)
        else:
            stand.proxy.lag(self.seconds)

    def __str__(self) -> str:
        return f"{'every read' if self.every_read else 'what is fresh'} {self.seconds} s late"


LAGS = [Lag(5, every_read=False), Lag(5, every_read=True), Lag(0.5, every_read=False)]
MOST_CALLS = 600
"""A create, or a delete, of about 100 calls may look again now and then, but not all the time."""


def live(stand: Stand, lag: Lag, reference: Reference) -> str:
    """A life in an account that is late; what was not as in one that is not, or nothing."""
    account = stand.clear()
    stand.emulator.configure(history_seconds=REMEMBERED)
    for stage, expected in reference.states.items():
        lag.put_into(stand)
        try:
            with Resender(stand.proxy, account) as resender:
                resender.send(stage.request, stage.done)
        except NotDone as error:
            return f"{lag}: {error}"
        calls = len(stand.proxy.calls())
        if calls > MOST_CALLS:
            return f"{lag}: {calls} calls for the {stage.value}"
        if wrong := difference(expected, state(account)):
            return f"{lag}: after the {stage.value}:\n{wrong}"
    return ""


def test_late_reads_change_nothing_about_the_end(stands: Stands, reference: Reference) -> None:
    found = stands.run(lambda stand, lag: live(stand, lag, reference), LAGS)
    assert "\n\n".join(filter(None, found)) == ""


def test_a_vpc_that_reads_do_not_show_yet_is_not_made_again(
    start_function: StartFunction, proxy: Proxy, emulator: Emulator, account: Account
) -> None:
    """A second invocation has nothing to go by but the record of the first."""
    emulator.configure(history_seconds=REMEMBERED)
    create, delete = Stage.CREATE.request, Stage.DELETE.request
    ask(start_function(), create)
    proxy.forget()
    late = proxy.stale(30, times=None)
    ask(start_function(), create, "provisioning", deadline_seconds=6)
    assert late.fired
    assert proxy.calls("CreateVpc") == []
    ask(start_function(), delete, "deleting", deadline_seconds=6)
    proxy.reset()
    ask(start_function(), delete, "deleted")
    assert account.vpcs(NAME) == account.leftovers() == []
