"""Copies of an environment are what the function would have made: it finds nothing to do, and takes each down alone."""

from __future__ import annotations

from harness.asking import ask
from harness.copies import multiply
from harness.requests import create, delete
from harness.standing import Bench
from harness.sweeps import sweep, untroubled

ORIGINAL = "team-000"
COPIES = ["team-001", "team-002", "team-003"]
NETWORK = {"prefix_length": 20}


def test_copies_are_environments(bench: Bench) -> None:
    bench.emulator.configure(quotas={"vpcs": 10})
    ask(bench.function, create(ORIGINAL, network=NETWORK))
    original = bench.account.snapshot(ORIGINAL)
    multiply(bench.account, ORIGINAL, COPIES)
    assert len({vpc["CidrBlock"] for vpc in bench.account.resources("vpcs")}) == 2 + len(COPIES)
    assert sweep(bench.function) == untroubled(1 + len(COPIES))
    for copy in COPIES:
        bench.proxy.forget()
        answer = ask(bench.function, create(copy, "10:01", network=NETWORK))
        assert (answer["changes"], bench.proxy.mutations()) == ([], [])
        assert answer["exports"]["vpc_id"] == bench.account.vpcs(copy)[0]
    for name in [*COPIES, ORIGINAL]:
        ask(bench.function, delete(name), "deleted")
    assert original and bench.account.leftovers() == []
