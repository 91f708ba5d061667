"""What AWS services put into a VPC and no customer can make: interfaces that they manage."""

from __future__ import annotations

from typing import Any

from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.ec2.models import ec2_backends


def place_interface(region: str, subnet: str, description: str, **attributes: Any) -> str:
    """The ID of an interface in use. `attributes` are those of moto: `interface_type`, `requester_id`, …

    https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/requester-managed-eni.html
    """
    backend = ec2_backends[DEFAULT_ACCOUNT_ID][region]
    interface = backend.create_network_interface(backend.get_subnet(subnet), [], description=description)
    for name, value in {"status": "in-use", **attributes}.items():
        assert hasattr(interface, name), f"an interface has no {name}"
        setattr(interface, name, value)
    return str(interface.id)
