"""What a test may turn in the emulator: quotas, pages and how long AWS takes over what it does."""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, field
from typing import Any

ENVIRONMENT_VARIABLE = "RINGFENCE_TEST_SETTINGS"


@dataclass
class Quotas:
    """How many there may be, as AWS has it in a new account. Those of the default VPC count."""

    vpcs: int = 5
    subnets_per_vpc: int = 200
    route_tables_per_vpc: int = 200
    network_acls_per_vpc: int = 200
    entries_per_network_acl: int = 20
    security_groups: int = 2500
    rules_per_security_group: int = 60
    gateway_endpoints: int = 20
    interface_endpoints_per_vpc: int = 50
    roles: int = 1000


TIMES = {
    "role_seconds": 8.0,
    "tag_seconds": 2.0,
    "fresh_seconds": 1.0,
    "endpoint_seconds": 5.0,
    "deleted_vpc_seconds": 1.0,
}
"""How long AWS takes, in seconds, as far as anybody who waited said. AWS itself promises none of it: IAM and EC2 are
consistent in the end.

* IAM: https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot.html#troubleshoot_general_eventual-consistency
* EC2: https://docs.aws.amazon.com/ec2/latest/devguide/eventual-consistency.html
* endpoints, minutes there: https://docs.aws.amazon.com/vpc/latest/privatelink/create-interface-endpoint.html
"""
OF_TESTS = 0.1
"""What part of these times the emulator takes in pytest, unless a test says otherwise: their order is what counts. Who
measures starts emulators that take none; whole lives in AWS's own times are in `tests/failures/test_true_times.py`."""


@dataclass
class Settings:
    """All of them. `page_size` bounds every page of EC2, also where the client asks for more or for no bound."""

    quotas: Quotas = field(default_factory=Quotas)
    page_size: int = 1000
    role_seconds: float = 0.0
    """How long a new role, policy of a role, or role in a profile does not count where a service assumes the role."""
    tag_seconds: float = 0.0
    """How long a policy's condition does not see a new tag. Conditions are asked in `harness/cloud/checkpoint.py`."""
    fresh_seconds: float = 0.0
    """How long what the function made does not show in what it describes. Who asks past the proxy sees it at once."""
    endpoint_seconds: float = 0.0
    """How long a new endpoint stays `pending`, and a deleted one `deleting` with its interfaces and private names."""
    deleted_vpc_seconds: float = 0.0
    """How long a VPC that the function deleted is still listed to it."""
    undelivered: str = ""
    """Why flow logs are not delivered, as `DeliverLogsErrorMessage` has it; empty where they are."""
    partial: str = ""
    """The last error of interface endpoints, all of which are then `partial`; empty where they are whole."""
    ipam_pools: dict[str, dict[str, str]] = field(default_factory=dict)
    """The pools of IPAM by ID, each with its `cidr`, `locale` and `family`."""
    terse: bool = False
    """Whether what GovCloud has been known to leave out is left out: see `partitions`."""
    kept_by_organization: list[str] = field(default_factory=list)
    """The actions that a service control policy keeps from the whole account."""
    policies_elsewhere: list[str] = field(default_factory=list)
    """The ARNs of managed policies that another emulator keeps: they are there, to be boundaries."""
    history_seconds: float = 0.0
    """How far back a lagging read may look. Costs a copy of the state a write, so it is off until a test wants it."""

    def change(self, changes: dict[str, Any]) -> None:
        """Takes over what is named in `changes`; an unknown name is an error. `time_scale` sets all times at once: 1
        for those of AWS, 0 for none."""
        for name, value in changes.items():
            if name == "time_scale":
                self.change({each: seconds * value for each, seconds in TIMES.items()})
            elif name == "quotas":
                self.quotas = Quotas(**{**asdict(self.quotas), **value})
            elif hasattr(self, name):
                setattr(self, name, value)
            else:
                raise KeyError(f"there is no setting {name!r}")

    def reset(self) -> None:
        """Back to AWS's own figures, and to what the environment variable changes of them."""
        self.__init__()  # type: ignore[misc]
        self.change(json.loads(os.environ.get(ENVIRONMENT_VARIABLE, "{}")))

    @classmethod
    def of_environment(cls) -> Settings:
        """AWS's own figures, and what the environment variable changes of them."""
        found = cls()
        found.reset()
        return found


settings = Settings.of_environment()
