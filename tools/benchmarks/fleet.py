"""A fleet: environments asked for at once through several processes of the function, throttled as AWS throttles."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

from benchmarks import LATENCY
from figures import Part, Table
from harness.account import Account
from harness.asking import ask
from harness.buckets import at_best
from harness.calls import Call
from harness.emulator import Emulator
from harness.fleet import Fleet, Served
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import create, delete

ENVIRONMENTS = 64
FUNCTIONS = 16
SLACK = 1.3
PATIENCE = 600.0
SHOWN = 5
NOTES = [
    (
        f"{ENVIRONMENTS} environments without a spec, asked for at the same moment through {FUNCTIONS} processes of "
        f"the function on one table, at {LATENCY * 1000:.0f} ms a call. Who is answered that it is not done yet "
        "asks again."
    ),
    (
        "The proxy keeps one token bucket for each action, full at first: CreateVpcEndpoint, ModifyVpcEndpoint and "
        "DeleteVpcEndpoints 4 calls and 0.3 a second; any other action of EC2 that changes something 50 and 5; any "
        "that reads 100 and 20; PutParameter 10 and 10."
    ),
    (
        "At best: one create in an empty account, without buckets, says how often each action is needed. So many "
        "calls for each environment, less what the bucket holds at first, over its refill, are the seconds that this "
        "action needs; the slowest action is the bound. It leaves out what comes before the first of these calls and "
        "after the last."
    ),
]


def measure(binary: Path) -> Part:
    with Emulator() as emulator, Proxy(emulator.port) as proxy:
        more = ENVIRONMENTS + 1
        emulator.configure(quotas={"vpcs": more + 1, "gateway_endpoints": more, "security_groups": 10 * more})
        account = Account(emulator)
        needed = undisturbed(proxy, binary)
        bounds = at_best(needed, ENVIRONMENTS)
        with Fleet(proxy.url, FUNCTIONS, binary) as fleet:
            proxy.forget()
            proxy.delay(LATENCY)
            proxy.throttle_as_aws()
            served = fleet.serve((create(name(number)) for number in range(ENVIRONMENTS)), PATIENCE)
            proxy.settle()
        calls = proxy.calls()
        return judge(served, bounds, calls, account)


def name(number: int) -> str:
    return f"course-{number:02}"


def undisturbed(proxy: Proxy, binary: Path) -> list[Call]:
    """The calls of one create with nothing in its way."""
    with Function(proxy.url, path=binary) as function:
        ask(function, create("alone"))
        proxy.settle()
        calls = proxy.calls()
        ask(function, delete("alone"), "deleted")
    return calls


def judge(served: list[Served], bounds: list[tuple[str, int, float]], calls: list[Call], account: Account) -> Part:
    part = Part("fleet", notes=NOTES)
    slowest, best = bounds[0][0], bounds[0][2]
    took, allowed = max(each.seconds for each in served), SLACK * best
    ready = sorted(each.environment for each in served if each.outcome == "ready")
    lost = {name(number) for number in range(ENVIRONMENTS)} - set(ready)
    published = [each for each in ready if "exports" in account.parameters(each)]
    single = [each for each in ready if len(account.vpcs(each)) == 1]
    part.hold(not lost, f"not ready: {[each for each in served if each.outcome != 'ready']}")
    part.hold(len(published) == len(single) == ENVIRONMENTS, f"{len(published)} published, {len(single)} with one VPC")
    in_time = part.hold(took <= allowed, f"the fleet took {took:.0f} s, and may take {allowed:.0f} s")
    again = Counter(outcome for each in served for outcome in each.before)
    throttled = Counter(call.action for call in calls if call.fault == "throttle")
    part.figures = {
        "ready": len(ready),
        "seconds": took,
        "at_best_seconds": best,
        "asked_again": dict(again),
        "calls": len(calls),
        "throttled": dict(throttled.most_common()),
        "needed": {action: {"calls": count, "seconds": seconds} for action, count, seconds in bounds},
        "ready_after_seconds": sorted(each.seconds for each in served),
    }
    header = ["ready", "asked again", "calls", "of them throttled", "seconds", "at best", f"{SLACK} × at best", "kept"]
    row = [f"{len(ready)} of {ENVIRONMENTS}", str(again.total()), str(len(calls)), str(throttled.total())]
    row += [f"{took:.0f}", f"{best:.0f} ({slowest})", f"{allowed:.0f}", in_time]
    slow = [[action, str(count), f"{seconds:.0f}", str(throttled[action])] for action, count, seconds in bounds[:SHOWN]]
    part.tables = [Table(header, [row]), Table(["action", "calls needed", "seconds at best", "throttled"], slow)]
    return part
