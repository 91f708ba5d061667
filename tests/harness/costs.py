"""What requests cost: how many calls, how many of them had to wait for each other, and how long it took."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from .account import Account
from .by_hand import ssh_from
from .calls import Call, chain
from .kinds import ENVIRONMENT_TAG
from .proxy import Proxy
from .requests import create, delete
from .runtime import Answer

OFFICE = "10.8.0.0/16"
COMPLETE: dict[str, Any] = {
    "network": {"availability_zones": 2},
    "access": {"ssh_from": [OFFICE]},
    "egress": {"endpoints": ["s3", "ecr.api", "ecr.dkr", "logs", "sts", "ssm", "kms", "sagemaker.api"]},
    "training": {
        "services": ["ec2", "sagemaker"],
        "read": ["arn:aws:s3:::acme-fraud-features/v3/"],
        "write": ["arn:aws:s3:::acme-fraud-models/v3/"],
    },
    "tags": {"team": "fraud-detection"},
}
"""Four subnets, two route tables, an ACL for each tier, three groups, eight endpoints, a flow log, two roles."""


@dataclass(frozen=True)
class Limit:
    """At most so many."""

    chain: int
    calls: int


@dataclass(frozen=True)
class Cost:
    """What one request came to."""

    chain: int
    calls: int
    seconds: float
    links: tuple[str, ...]
    """The actions of the chain, one after the other."""
    actions: tuple[tuple[str, int], ...]
    """How often each action was called."""

    def keeps(self, limit: Limit) -> bool:
        return self.chain <= limit.chain and self.calls <= limit.calls

    @property
    def told_chain(self) -> str:
        return f"{self.chain} deep ({' → '.join(self.links)})"

    def __str__(self) -> str:
        counts = ", ".join(f"{action} {count}" for action, count in self.actions)
        return f"{self.told_chain}, {self.calls} calls ({counts})"


def cost(calls: list[Call], seconds: float) -> Cost:
    links = chain(calls)
    actions = Counter(call.action for call in calls).most_common()
    return Cost(len(links), len(calls), seconds, tuple(call.action for call in links), tuple(actions))


CREATE_COMPLETE = "create, complete"
CREATE_DEFAULT = "create, default"
NOTHING = "nothing to do"
REPAIR = "one rule to repair"
DELETE = "delete, complete"

LIMITS = {
    CREATE_COMPLETE: Limit(chain=13, calls=135),
    CREATE_DEFAULT: Limit(chain=12, calls=125),
    NOTHING: Limit(chain=5, calls=36),
    REPAIR: Limit(chain=7, calls=68),
    DELETE: Limit(chain=12, calls=80),
}
"""What each request may cost, so that no change costs more unnoticed."""


class Invocable(Protocol):
    """A function, however many processes it has."""

    def invoke(self, event: Any) -> Answer: ...


class Meter:
    """Has environments live, each under a name of its own so that it is the first of that name, and takes the costs."""

    def __init__(self, proxy: Proxy, account: Account, function: Invocable) -> None:
        self._proxy, self._account, self._function = proxy, account, function
        self._lives = 0

    def of(self, function: Invocable) -> Meter:
        """One of another function that works in the same account."""
        meter = Meter(self._proxy, self._account, function)
        meter._lives = self._lives
        return meter

    def complete(self) -> dict[str, Cost]:
        """The life of a complete environment: made, asked for again, repaired, removed."""
        name = self._next()
        costs = {CREATE_COMPLETE: self._measure(create(name, **COMPLETE), "ready")}
        costs[NOTHING] = self._measure(create(name, **COMPLETE), "ready")
        assert self._proxy.mutations() == [], "there was nothing to do"
        group = self._take_a_rule_away(name)
        costs[REPAIR] = self._measure(create(name, **COMPLETE), "ready")
        assert OFFICE in json.dumps(self._rules(group)), "the rule is not there again"
        costs[DELETE] = self._measure(delete(name), "deleted")
        assert self._account.leftovers() == []
        return costs

    def default(self) -> dict[str, Cost]:
        """The life of an environment as it is without a spec. Of its delete nothing is taken."""
        name = self._next()
        costs = {CREATE_DEFAULT: self._measure(create(name), "ready")}
        self._measure(delete(name), "deleted")
        return costs

    def _next(self) -> str:
        self._lives += 1
        return f"fraud-v{self._lives}"

    def _measure(self, request: dict[str, Any], status: str) -> Cost:
        self._proxy.forget()
        answer = self._function.invoke(request)
        self._proxy.settle()
        assert not answer.failed, f"{answer.error_type}: {answer.error_message}"
        assert answer.payload["status"] == status, answer.payload
        return cost(self._proxy.calls(), answer.ms / 1000)

    def _take_a_rule_away(self, name: str) -> str:
        """Somebody revokes, past the function, the rule of the training group that lets the office in."""
        named = {f"tag:{ENVIRONMENT_TAG}": name, "tag:Name": f"{name}-training-security-group"}
        (group,) = self._account.resources("security_groups", named)
        self._account.ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=ssh_from(OFFICE))
        assert OFFICE not in json.dumps(self._rules(group["GroupId"]))
        return str(group["GroupId"])

    def _rules(self, group: str) -> Any:
        return self._account.ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissions"]


def least(runs: Iterable[dict[str, Cost]]) -> dict[str, Cost]:
    """Of each request the run with the shortest chain, and of several the quickest."""
    taken: dict[str, Cost] = {}
    for run in runs:
        for name, each in run.items():
            before = taken.get(name)
            if before is None or (each.chain, each.calls, each.seconds) < (before.chain, before.calls, before.seconds):
                taken[name] = each
    return taken
