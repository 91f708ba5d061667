"""The environments that are lived: one for each option of a spec, small and soon expiring."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

PREFIX = "acceptance-"
"""What the name of every environment of a run begins with. Nothing else in an installation may be called so."""
TAG = "ringfence-acceptance"
"""The tag that everything carries, with the run as its value."""
TTL = "3h"
"""After which the sweep removes what nobody else could: a run takes less."""
ZONES = 2


@dataclass(frozen=True)
class Option:
    """An environment that shows one option."""

    name: str
    spec: dict[str, Any] = field(default_factory=dict)
    interface_endpoints: int = 0
    domains: int = 0
    """How many names its DNS Firewall lists."""

    @property
    def environment(self) -> str:
        return PREFIX + self.name

    def request(self, run: str) -> dict[str, Any]:
        """The spec that is asked for. The network is as small as one can be."""
        network = {"prefix_length": 24, **self.spec.get("network", {})}
        tags = {TAG: run, **self.spec.get("tags", {})}
        return {**self.spec, "network": network, "tags": tags, "ttl": TTL}


OPTIONS = [
    Option("default"),
    Option("one-zone", {"network": {"availability_zones": 1}}),
    Option("ssh", {"access": {"ssh_from": ["10.20.0.0/16"]}}),
    Option("ports", {"access": {"services_ports": [443, 8443]}}),
    Option("endpoints", {"egress": {"endpoints": ["s3", "dynamodb", "sts", "logs"]}}, interface_endpoints=2),
    Option("domains", {"egress": {"endpoints": ["s3"], "allow_domains": ["pypi.org"]}}, domains=4),
    Option("connect", {"access": {"instance_connect": True}}),
    Option("cluster", {"training": {"cluster": True}}),
    Option("services", {"training": {"services": ["ec2", "sagemaker", "batch"]}}),
    Option("logs", {"flow_logs": {"retention_days": 7}}),
]
"""All of them. What leaves something behind by design, such as `flow_logs.retain`, is none."""
