"""Network ACLs: the final deny entries, the quota that counts them, and errors where moto breaks down."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from moto.ec2.exceptions import InvalidAssociationIdError, InvalidNetworkAclIdError
from moto.ec2.models.network_acls import NetworkAcl, NetworkAclBackend, NetworkAclEntry
from moto.ec2.responses.network_acls import NetworkACLs

from .errors import Invalid, in_use, limit_exceeded, refusal
from .patching import wrap
from .settings import settings

FINAL_RULE = 32767
EVERYWHERE = "0.0.0.0/0"


@wrap(NetworkAclBackend)
def create_network_acl(
    original: Callable[..., NetworkAcl], self: Any, vpc_id: str, *args: Any, **kwargs: Any
) -> NetworkAcl:
    """moto has no quota, and makes an ACL without its final denials.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html and, for the denials,
    https://docs.aws.amazon.com/vpc/latest/userguide/default-network-acl.html
    """
    if sum(acl.vpc_id == vpc_id for acl in self.network_acls.values()) >= settings.quotas.network_acls_per_vpc:
        raise limit_exceeded("NetworkAcl")
    acl = original(self, vpc_id, *args, **kwargs)
    if not acl.default:
        for egress in (True, False):
            acl.network_acl_entries.append(
                NetworkAclEntry(
                    self, acl.id, FINAL_RULE, "-1", "deny", egress, EVERYWHERE, None, None, None, None, None
                )
            )
    return acl


@wrap(NetworkAclBackend)
def delete_network_acl(original: Callable[..., NetworkAcl], self: Any, network_acl_id: str) -> NetworkAcl:
    """moto deletes the default ACL of a VPC.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_DeleteNetworkAcl.html
    """
    acl = self.get_network_acl(network_acl_id)
    if acl.default:
        raise Invalid(f"cannot delete default network ACL {network_acl_id}")
    if acl._associations:
        raise in_use("networkAcl", network_acl_id)
    self.tags.pop(network_acl_id, None)
    return original(self, network_acl_id)


@wrap(NetworkAclBackend)
def create_network_acl_entry(
    original: Callable[..., NetworkAclEntry],
    self: Any,
    network_acl_id: str,
    rule_number: int,
    *args: Any,
    **kwargs: Any,
) -> NetworkAclEntry:
    """moto has no quota, and takes the number of the final denial.

    https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html counts the final denial among the entries;
    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html has the numbers.
    """
    acl = self.get_network_acl(network_acl_id)
    egress = kwargs["egress"]
    of_direction = [entry.rule_number for entry in acl.network_acl_entries if entry.egress == egress]
    if FINAL_RULE not in of_direction:  # The default ACL, while moto is making it.
        return original(self, network_acl_id, rule_number, *args, **kwargs)
    _check_number(rule_number)
    _check_protocol(*args, **kwargs)
    if rule_number not in of_direction and len(of_direction) >= settings.quotas.entries_per_network_acl:
        raise limit_exceeded("NetworkAclEntry", id=network_acl_id)
    return original(self, network_acl_id, rule_number, *args, **kwargs)


def _with_messages(original: Callable[[Any], Any], self: Any) -> Any:
    """moto asks for type and code of ICMP by names in the query that it does not know by now, and drops both."""
    ask = self._get_param
    self._get_param = lambda name, *args, **kwargs: ask(name.replace("Icmp.", "IcmpTypeCode."), *args, **kwargs)
    return original(self)


wrap(NetworkACLs, "create_network_acl_entry")(_with_messages)
wrap(NetworkACLs, "replace_network_acl_entry")(_with_messages)


@wrap(NetworkAclBackend)
def delete_network_acl_entry(
    original: Callable[..., NetworkAclEntry], self: Any, network_acl_id: str, rule_number: int, egress: bool
) -> NetworkAclEntry:
    """moto breaks down over an entry that does not exist. Replacing an entry begins here as well.

    InvalidNetworkAclEntry.NotFound in https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    _check_number(rule_number)
    acl = self.get_network_acl(network_acl_id)
    if not any(entry.egress == egress and entry.rule_number == rule_number for entry in acl.network_acl_entries):
        raise refusal("InvalidNetworkAclEntry.NotFound")
    return original(self, network_acl_id, rule_number, egress)


@wrap(NetworkAclBackend)
def replace_network_acl_association(
    original: Callable[..., Any], self: Any, association_id: str, network_acl_id: str
) -> Any:
    """moto breaks down over an unknown association, and loses the association when the ACL is unknown.

    InvalidAssociationID.NotFound in https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html; a
    subnet's ACL is of its own VPC:
    https://docs.aws.amazon.com/vpc/latest/userguide/vpc-network-acls.html
    """
    acl = self.get_network_acl(network_acl_id)
    present = next((known for known in self.network_acls.values() if association_id in known._associations), None)
    if present is None:
        raise InvalidAssociationIdError(association_id)
    if present.vpc_id != acl.vpc_id:
        raise Invalid(f"Network ACL {network_acl_id} and association {association_id} belong to different networks")
    return original(self, association_id, network_acl_id)


@wrap(NetworkAclBackend)
def describe_network_acls(
    original: Callable[..., list[NetworkAcl]], self: Any, network_acl_ids: list[str] | None = None, filters: Any = None
) -> list[NetworkAcl]:
    """moto answers an unknown ACL with the error of an unknown route table.

    InvalidNetworkAclID.NotFound in https://docs.aws.amazon.com/AWSEC2/latest/APIReference/errors-overview.html
    """
    for network_acl_id in network_acl_ids or []:
        if network_acl_id not in self.network_acls:
            raise InvalidNetworkAclIdError(network_acl_id)
    return original(self, network_acl_ids, filters)


def _check_protocol(
    protocol: str, *_: Any, port_range_from: Any = None, port_range_to: Any = None, icmp_type: Any = None, **rest: Any
) -> None:
    """TCP and UDP want ports, ICMP wants a type and a code. Replacing an entry ends here as well.

    https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_CreateNetworkAclEntry.html
    """
    ports, icmp_code = (port_range_from, port_range_to), rest.get("icmp_code")
    if protocol in ("6", "17", "tcp", "udp") and None in ports:
        raise refusal("MissingParameter", name="portRange")
    if protocol in ("1", "icmp") and None in (icmp_type, icmp_code):
        raise refusal("MissingParameter", name="icmpTypeCode")


def _check_number(rule_number: int) -> None:
    if not 1 <= int(rule_number) < FINAL_RULE:
        raise Invalid(
            f"Value ({rule_number}) for parameter ruleNumber is invalid. It must be from 1 to {FINAL_RULE - 1}."
        )
