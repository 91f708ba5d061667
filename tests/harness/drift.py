"""Drift: what somebody does to an environment by hand, and what the next `create` makes of it.

A module of tests registers each way to drift with its own `Drifts`, and repairs them one after the other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from .requests import create
from .standing import Standing

Drift = Callable[[Standing], Any]

WISH = create(
    network={"cidr": "10.42.0.0/16", "availability_zones": ["us-east-1a", "us-east-1b"]},
    access={"ssh_from": ["10.8.0.0/16", "192.168.7.0/24"], "services_ports": [443, 8443]},
    egress={"endpoints": ["s3", "ecr.api"]},
    training={
        "services": ["ec2", "sagemaker"],
        "read": ["arn:aws:s3:::features/v3/"],
        "write": ["arn:aws:s3:::models/"],
    },
    tags={"team": "fraud-detection"},
)
"""An environment with a resource of every kind, some of them twice."""


class Drifts:
    """The ways to drift of one module, each a function that is called as what it does."""

    def __init__(self) -> None:
        self._drifts: list[Drift] = []

    def add(self, drift: Drift) -> Drift:
        self._drifts.append(drift)
        return drift

    def __iter__(self) -> Iterator[Drift]:
        return iter(self._drifts)

    def each(self) -> Any:
        """Has a test run with each of them, as `drift`."""
        return pytest.mark.parametrize("drift", self._drifts, ids=[drift.__name__ for drift in self._drifts])


def assert_repaired(standing: Standing, drift: Drift) -> None:
    """The same request again must see the drift and undo it."""
    drift(standing)
    assert standing.again()["changes"]
    standing.assert_intact()
