"""`describe` says how an environment is, from AWS as it is now, and writes nothing."""

from __future__ import annotations

from typing import Any

from harness.account import Account
from harness.asking import ask, describe, refusal
from harness.by_hand import make_gateway, ssh_from
from harness.function import Function
from harness.proxy import Proxy
from harness.requests import create, delete
from harness.standing import Standing


def described(standing: Standing, status: str = "ready") -> dict[str, Any]:
    """The answer, after a look at what it took."""
    standing.proxy.forget()
    answer = ask(standing.function, describe(), status)
    assert standing.proxy.mutations(records=True) == []
    return answer


def broken_checks(answer: dict[str, Any]) -> list[str]:
    """The names of the required checks that do not hold."""
    return [each["check"] for each in answer["isolation"]["checks"] if each["required"] and not each["holds"]]


def test_it_says_what_create_said(built: Standing) -> None:
    answer = described(built)
    for field in ("environment", "exports", "isolation", "spec", "requested_at"):
        assert answer[field] == built.answer[field], field
    assert (answer["action"], answer["changes"]) == ("describe", [])


def test_a_gateway_is_exposure_though_no_route_leads_to_it(standing: Standing) -> None:
    ec2 = standing.account.ec2
    gateway = make_gateway(ec2, standing.vpc)
    answer = described(standing, "exposed")
    assert (answer["isolation"]["isolated"], answer["exports"]) == (False, {})
    assert gateway in answer["error"]["message"]
    assert standing.account.parameters(standing.name), "describe must not withdraw anything"
    ec2.detach_internet_gateway(InternetGatewayId=gateway, VpcId=standing.vpc)
    ec2.delete_internet_gateway(InternetGatewayId=gateway)
    assert described(standing)["exports"] == standing.exports
    standing.assert_intact()


def test_an_open_group_is_exposure(standing: Standing) -> None:
    ec2, group = standing.account.ec2, standing.id("security_groups", "training-security-group")
    ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=ssh_from("0.0.0.0/0"))
    assert "no-open-group" in broken_checks(described(standing, "exposed"))
    ec2.revoke_security_group_ingress(GroupId=group, IpPermissions=ssh_from("0.0.0.0/0"))
    standing.assert_intact()


def test_what_nobody_could_train_in_has_failed(standing: Standing) -> None:
    ec2, group = standing.account.ec2, standing.find("security_groups", "training-security-group")
    itself = [each for each in group["IpPermissions"] if each["IpProtocol"] == "-1"]
    ec2.revoke_security_group_ingress(GroupId=group["GroupId"], IpPermissions=itself)
    answer = described(standing, "failed")
    assert answer["exports"] == {}
    assert answer["error"]["kind"] == "Unusable"
    ec2.authorize_security_group_ingress(GroupId=group["GroupId"], IpPermissions=itself)
    standing.assert_intact()


def test_what_was_published_and_altered_is_not_vouched_for(standing: Standing) -> None:
    standing.account.ssm.put_parameter(Name="/ringfence/fraud-v3/vpc_id", Value="vpc-1", Overwrite=True)
    assert described(standing)["exports"] == {}


def test_what_is_not_there_is_not_found(account: Account, function: Function, proxy: Proxy) -> None:
    assert "fraud-v3" in refusal(function, describe(), "NotFound")
    ask(function, create())
    ask(function, delete(), "deleted")
    proxy.forget()
    assert "fraud-v3" in refusal(function, describe(), "NotFound")
    assert proxy.mutations(records=True) == []
