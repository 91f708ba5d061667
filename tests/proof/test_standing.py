"""Every state of everything that may be attached to a VPC, as the models of AWS's API list them.

Which is exposure, which is merely told, and which is nothing. Whoever cannot act in the account can bring about none
that is exposure.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from botocore.session import get_session

from harness.asking import ask, describe, refusal
from harness.by_hand import let_time_pass, make_gateway, make_vpc
from harness.calls import Call
from harness.mistakes import an_endpoint_of_another_service, subnet
from harness.requests import NAME, delete
from harness.standing import Standing
from harness.wire import answer

OUTSIDER = "999999999999"
EXPOSED, TOLD, GONE = "exposed", "told", "gone"
SOMEWHERE_ELSE = "172.20.0.0/16"


def states_of(shape: str) -> set[str]:
    return set(get_session().get_service_model("ec2").shape_for(shape).enum)


def ask_to_peer(standing: Standing) -> str:
    """Somebody else's VPC asks; in the emulator it is of the same account, and its answers say otherwise."""
    theirs = make_vpc(standing.account.ec2, SOMEWHERE_ELSE)
    made = standing.account.ec2.create_vpc_peering_connection(VpcId=theirs, PeerVpcId=standing.vpc)
    peering = str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])
    answers_with(standing, "DescribeVpcPeeringConnections", rb"(<requesterVpcInfo>.*?<ownerId>)\d+", OUTSIDER)
    return peering


def peer_with_them(standing: Standing) -> str:
    theirs = make_vpc(standing.account.ec2, SOMEWHERE_ELSE)
    made = standing.account.ec2.create_vpc_peering_connection(VpcId=standing.vpc, PeerVpcId=theirs)
    return str(made["VpcPeeringConnection"]["VpcPeeringConnectionId"])


def attach_transit_gateway(standing: Standing) -> str:
    ec2 = standing.account.ec2
    transit = ec2.create_transit_gateway()["TransitGateway"]["TransitGatewayId"]
    made = ec2.create_transit_gateway_vpc_attachment(
        TransitGatewayId=transit, VpcId=standing.vpc, SubnetIds=[subnet(standing)]
    )
    return str(made["TransitGatewayVpcAttachment"]["TransitGatewayAttachmentId"])


def attach_virtual_private_gateway(standing: Standing) -> str:
    gateway = str(standing.account.ec2.create_vpn_gateway(Type="ipsec.1")["VpnGateway"]["VpnGatewayId"])
    standing.account.ec2.attach_vpn_gateway(VpcId=standing.vpc, VpnGatewayId=gateway)
    return gateway


def attach_internet_gateway(standing: Standing) -> str:
    return make_gateway(standing.account.ec2, standing.vpc)


def make_egress_only_gateway(standing: Standing) -> str:
    made = standing.account.ec2.create_egress_only_internet_gateway(VpcId=standing.vpc)
    return str(made["EgressOnlyInternetGateway"]["EgressOnlyInternetGatewayId"])


def make_nat_gateway(standing: Standing) -> str:
    made = standing.account.ec2.create_nat_gateway(SubnetId=subnet(standing), ConnectivityType="private")
    return str(made["NatGateway"]["NatGatewayId"])


@dataclass(frozen=True)
class Kind:
    """A kind of attachment."""

    make: Callable[[Standing], str]
    model: str
    """The shape of the API model that lists its states."""
    action: str
    """What reads it."""
    state: bytes
    """What its state stands behind in the answer."""
    judged: dict[str, str]
    """What each state counts as."""
    beside: frozenset[str] = frozenset()
    """States that AWS's pages name and the model does not."""


ALL = "initiating-request pending-acceptance active deleted rejected failed expired provisioning deleting".split()
PEERING_STATE = rb"(<status>\s*<code>)[^<]*"
OVER = dict.fromkeys(("deleted", "rejected", "failed", "expired"), GONE)

KINDS = {
    # Anybody may ask who knows account and VPC, and may take the request back; this VPC's owner alone accepts:
    # https://docs.aws.amazon.com/vpc/latest/peering/vpc-peering-basics.html#vpc-peering-lifecycle
    "peering that others ask for": Kind(
        ask_to_peer,
        "VpcPeeringConnectionStateReasonCode",
        "DescribeVpcPeeringConnections",
        PEERING_STATE,
        OVER
        | {"initiating-request": TOLD, "pending-acceptance": TOLD, "deleting": TOLD}
        | {"provisioning": EXPOSED, "active": EXPOSED},
    ),
    # Who may act in this account asked; the other side alone opens it.
    "peering that this side asks for": Kind(
        peer_with_them,
        "VpcPeeringConnectionStateReasonCode",
        "DescribeVpcPeeringConnections",
        PEERING_STATE,
        {state: OVER.get(state, EXPOSED) for state in ALL},
    ),
    # The VPC's owner attaches, the gateway's owner accepts, rejects and deletes:
    # https://docs.aws.amazon.com/vpc/latest/tgw/tgw-vpc-attachments.html#vpc-attachment-lifecycle
    "transit gateway attachment": Kind(
        attach_transit_gateway,
        "TransitGatewayAttachmentState",
        "DescribeTransitGatewayVpcAttachments",
        rb"(<state>)[^<]*",
        dict.fromkeys(
            "initiating initiatingRequest pendingAcceptance rollingBack pending available modifying deleting rejecting "
            "failing".split(),
            EXPOSED,
        )
        | dict.fromkeys(("deleted", "failed", "rejected"), GONE),
    ),
    # The owner of both alone: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_AttachVpnGateway.html
    "virtual private gateway": Kind(
        attach_virtual_private_gateway,
        "AttachmentStatus",
        "DescribeVpnGateways",
        rb"(<attachments>.*?<state>)[^<]*",
        {"attaching": EXPOSED, "attached": EXPOSED, "detaching": EXPOSED, "detached": GONE},
    ),
    # The owner of both alone: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_InternetGatewayAttachment.html,
    # which names `available` for what is attached, and no value for all else.
    "internet gateway": Kind(
        attach_internet_gateway,
        "AttachmentStatus",
        "DescribeInternetGateways",
        rb"(<attachmentSet>.*?<state>)[^<]*",
        {
            "attaching": EXPOSED,
            "attached": EXPOSED,
            "available": EXPOSED,
            "detaching": EXPOSED,
            "detached": GONE,
            "": EXPOSED,
        },
        frozenset({"available", ""}),
    ),
    # The VPC's owner alone: https://docs.aws.amazon.com/vpc/latest/userguide/egress-only-internet-gateway.html
    "egress-only gateway": Kind(
        make_egress_only_gateway,
        "AttachmentStatus",
        "DescribeEgressOnlyInternetGateways",
        rb"(<attachmentSet>.*?<state>)[^<]*",
        {"attaching": EXPOSED, "attached": EXPOSED, "detaching": EXPOSED, "detached": GONE},
    ),
    # The VPC's owner alone: https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_NatGateway.html
    "NAT gateway": Kind(
        make_nat_gateway,
        "NatGatewayState",
        "DescribeNatGateways",
        rb"(<state>)[^<]*",
        {"pending": EXPOSED, "available": EXPOSED, "deleting": EXPOSED, "failed": GONE, "deleted": GONE},
    ),
    # The VPC's owner makes it, the service's owner accepts or rejects, also when it was in use. Whether what was
    # rejected may be accepted after all no page says: it counts.
    # https://docs.aws.amazon.com/vpc/latest/privatelink/concepts.html#concepts-vpc-endpoints
    "endpoint": Kind(
        an_endpoint_of_another_service,
        "State",
        "DescribeVpcEndpoints",
        rb"(<vpcEndpointId>ID</vpcEndpointId>.*?<state>)[^<]*",
        dict.fromkeys(("PendingAcceptance", "Pending", "Available", "Deleting", "Rejected", "Partial"), EXPOSED)
        | dict.fromkeys(("Deleted", "Failed", "Expired"), GONE),
    ),
}


def answers_with(standing: Standing, action: str, pattern: bytes, value: str) -> None:
    """Has AWS's answers hold another value behind what the pattern's group matches."""

    def rewrite(call: Call) -> None:
        assert call.answer is not None
        put = lambda found: found[1] + value.encode()  # noqa: E731
        body, found = re.subn(pattern, put, call.answer.body, flags=re.DOTALL)
        assert found, call.answer.body
        call.answer = answer(call.answer.status, {"content-type": "text/xml;charset=UTF-8"}, body)

    standing.proxy.hook(action, times=None, after=rewrite)


def checks(standing: Standing) -> dict[str, dict[str, Any]]:
    answered = standing.function.invoke(describe()).payload
    return {check["check"]: check for check in answered["isolation"]["checks"]}


@pytest.mark.parametrize("kind", KINDS.values(), ids=list(KINDS))
def test_every_state_of_every_kind_of_attachment(standing: Standing, kind: Kind) -> None:
    assert set(kind.judged) == states_of(kind.model) | kind.beside, "AWS has states that nobody has judged"
    made = kind.make(standing)
    judged = {}
    for state in kind.judged:
        # The API answers endpoints' states in camel case, other than its model says.
        told = state[:1].lower() + state[1:]
        answers_with(standing, kind.action, kind.state.replace(b"ID", made.encode()), told)
        found = checks(standing)
        closed = [found[name] for name in ("no-gateway", "endpoints-known")]
        if not all(check["holds"] for check in closed):
            judged[state] = EXPOSED
            assert made in " ".join(check["because"] for check in closed)
        elif not found["no-request-from-outside"]["holds"]:
            judged[state] = TOLD
            because = found["no-request-from-outside"]["because"]
            assert made in because and f"account {OUTSIDER} asked" in because
        else:
            judged[state] = GONE
        required = [name for name, check in found.items() if check["required"] and not check["holds"]]
        assert bool(required) == (judged[state] == EXPOSED), (state, required)
    assert judged == kind.judged


def test_who_asks_from_outside_takes_nothing_away_and_who_accepts_here_opens(standing: Standing) -> None:
    published = standing.account.parameters(NAME)
    peering = ask_to_peer(standing)
    standing.proxy.forget()
    answered = standing.again()
    assert (answered["status"], answered["changes"], standing.proxy.mutations()) == ("ready", [], [])
    assert standing.account.parameters(NAME) == published
    told = checks(standing)["no-request-from-outside"]
    assert (told["required"], told["holds"]) == (False, False) and peering in told["because"]

    standing.account.ec2.accept_vpc_peering_connection(VpcPeeringConnectionId=peering)
    assert peering in refusal(standing.function, standing.event, "Exposed")
    assert standing.account.parameters(NAME) == {}


def test_a_request_of_another_account_stands_in_the_way_of_a_delete(standing: Standing) -> None:
    """AWS deletes no VPC with one: https://docs.aws.amazon.com/vpc/latest/peering/delete-vpc-peering-connection.html"""
    peering = ask_to_peer(standing)
    message = refusal(standing.function, delete(), "Blocked", deadline_seconds=8)
    assert peering in message and OUTSIDER in message and "rejected" in message
    standing.account.ec2.reject_vpc_peering_connection(VpcPeeringConnectionId=peering)
    let_time_pass(standing.account, 1)
    ask(standing.function, delete(), "deleted")
    assert standing.account.vpcs(NAME) == []
