"""What a test may turn in the emulator: quotas, pages and how long AWS takes over an endpoint."""

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


@dataclass
class Settings:
    """All of them. `page_size` bounds every page of EC2, also where the client asks for more or for no bound."""

    quotas: Quotas = field(default_factory=Quotas)
    page_size: int = 1000
    endpoint_seconds: float = 0.0
    """How long a new endpoint stays `pending`, and a deleted one `deleting` with its interfaces still there."""
    ipam_pools: dict[str, dict[str, str]] = field(default_factory=dict)
    """The pools of IPAM by ID, each with its `cidr`, `locale` and `family`."""
    history_seconds: float = 0.0
    """How far back a lagging read may look. Costs a copy of the state a write, so it is off until a test wants it."""

    def change(self, changes: dict[str, Any]) -> None:
        """Takes over what is named in `changes`; an unknown name is an error."""
        for name, value in changes.items():
            if name == "quotas":
                self.quotas = Quotas(**{**asdict(self.quotas), **value})
            elif hasattr(self, name):
                setattr(self, name, value)
            else:
                raise KeyError(f"there is no setting {name!r}")

    def reset(self) -> None:
        """Back to AWS's own figures, and to what the environment variable changes of them."""
        self.__init__()  # type: ignore[misc]
        self.change(json.loads(os.environ.get(ENVIRONMENT_VARIABLE, "{}")))


settings = Settings()
settings.reset()
