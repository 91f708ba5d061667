"""What an environment has only where it is asked for: placement group, Instance Connect Endpoint, DNS Firewall."""

from __future__ import annotations

from typing import Any

import pytest

from harness import answers, firewalls
from harness.asking import ask, describe
from harness.by_hand import let_time_pass, make_vpc
from harness.requests import NAME, create, delete
from harness.standing import Bench, Standing
from harness.sweeps import SMALL, sweep
from harness.wire import answer as http_answer
from harness.words import named, rules

CLUSTER: dict[str, Any] = {"training": {"cluster": True}}
CONNECT: dict[str, Any] = {"access": {"instance_connect": True}}
FILTERED: dict[str, Any] = {
    "egress": {"endpoints": ["s3", "ecr.dkr"], "allow_domains": ["pypi.org", "*.pythonhosted.org"]}
}
ALL: dict[str, Any] = {**CLUSTER, **CONNECT, **FILTERED}
READS = {
    "DescribePlacementGroups",
    "DescribeInstanceConnectEndpoints",
    "ListFirewallDomainLists",
    "ListFirewallRuleGroups",
    "ListFirewallRuleGroupAssociations",
}
ALLOWED = [
    "*.42.10.in-addr.arpa.",
    "*.dkr.ecr.us-east-1.amazonaws.com.",
    "*.ec2.internal.",
    "*.pythonhosted.org.",
    "*.s3.dualstack.us-east-1.amazonaws.com.",
    "*.s3.us-east-1.amazonaws.com.",
    "pypi.org.",
    "s3.us-east-1.amazonaws.com.",
]


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return create(network={"cidr": "10.42.0.0/16"}, tags={"team": "vision"}, **ALL)


def check(answer: dict[str, Any], name: str) -> dict[str, Any]:
    (found,) = [each for each in answer["isolation"]["checks"] if each["check"] == name]
    return dict(found)


# What is built


def test_the_placement_group_is_one_cluster_and_published(built: Standing) -> None:
    (group,) = built.account.list_placement_groups()
    assert (group["GroupName"], group["Strategy"]) == (f"{NAME}-training-placement-group", "cluster")
    assert {tag["Key"] for tag in group["Tags"]} >= {"ringfence:environment", "ringfence:installation", "Name", "team"}
    assert built.exports["placement_group_name"] == group["GroupName"]
    assert built.account.parameters(NAME)["placement_group_name"] == group["GroupName"]


def test_the_instance_connect_endpoint_leads_to_training_alone(built: Standing) -> None:
    door = built.find("instance_connect_endpoints", "instance-connect-endpoint")
    assert door["SubnetId"] == built.id("subnets", "services-subnet-us-east-1a")
    assert door["SecurityGroupIds"] == [built.id("security_groups", "instance-connect-security-group")]
    assert built.exports["instance_connect_endpoint_id"] == door["InstanceConnectEndpointId"]
    groups = named(built.as_built, "security_groups")
    assert rules(groups["instance-connect-security-group"]) == [
        "out tcp 22 training-security-group: SSH to hosts that train"
    ]
    assert "in tcp 22 instance-connect-security-group: SSH by EC2 Instance Connect" in rules(
        groups["training-security-group"]
    )
    assert check(built.answer, "ssh-as-asked")["holds"]


def test_dns_is_filtered_and_fails_closed(built: Standing) -> None:
    found = firewalls.everything(built.account.resolver)
    domains = {each["Name"]: each["Domains"] for each in found["firewall_domain_lists"]}
    assert domains == {f"{NAME}-allowed-domains": ALLOWED, f"{NAME}-blocked-domains": ["*."]}
    (group,) = found["firewall_rule_groups"]
    assert group["Rules"] == [
        {
            "List": f"{NAME}-allowed-domains",
            "Priority": 100,
            "Action": "ALLOW",
            "FirewallDomainRedirectionAction": "TRUST_REDIRECTION_DOMAIN",
        },
        {
            "List": f"{NAME}-blocked-domains",
            "Priority": 200,
            "Action": "BLOCK",
            "BlockResponse": "NXDOMAIN",
            "FirewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN",
        },
    ]
    (association,) = found["firewall_associations"]
    assert (association["Vpc"], association["FailOpen"], association["MutationProtection"]) == (
        built.vpc,
        "DISABLED",
        "DISABLED",
    )
    told = check(built.answer, "dns-filtered")
    assert told["holds"] and told["required"], told


def test_the_vpc_names_them_from_its_first_moment(built: Standing) -> None:
    (made,) = [call for call in built.calls if call.action == "CreateVpc"]
    assert "cluster dns-firewall instance-connect" in made.parameters.values()


def test_a_second_request_changes_nothing(built: Standing) -> None:
    built.proxy.forget()
    assert built.again()["changes"] == []
    assert built.proxy.mutations() == []


def test_a_sweep_changes_nothing(built: Standing) -> None:
    built.proxy.forget()
    assert sweep(built.function)["changes"] == []
    assert built.proxy.mutations() == []


def test_who_asks_for_none_of_it_pays_for_none_of_it(bench: Bench) -> None:
    answer = ask(bench.function, create(**SMALL))
    sweep(bench.function)
    assert not {call.action for call in bench.proxy.calls()} & READS
    assert "placement_group_name" not in answer["exports"]
    told = check(answer, "dns-filtered")
    assert not told["holds"] and not told["required"] and "neither ACLs nor groups filter it" in told["because"]
    ask(bench.function, delete(), "deleted")
    assert not {call.action for call in bench.proxy.calls()} & READS


# What changes in place


def test_tags_change_on_all_of_them(standing: Standing) -> None:
    standing.update(tags={"team": "speech", "stage": "test"})
    door = standing.find("instance_connect_endpoints", "instance-connect-endpoint")
    (group,) = standing.account.list_placement_groups()
    for found in (door, group):
        carried = {tag["Key"]: tag["Value"] for tag in found["Tags"]}
        assert (carried["team"], carried["stage"]) == ("speech", "test")
    standing.update(tags={"stage": "test"})
    (group,) = standing.account.list_placement_groups()
    keys = {tag["Key"] for tag in group["Tags"]}
    assert "team" not in keys and "stage" in keys
    standing.proxy.forget()
    assert standing.again()["changes"] == []
    assert standing.proxy.mutations() == []


def test_domains_change_in_place(standing: Standing) -> None:
    answer = standing.update(egress={"endpoints": ["s3"], "allow_domains": ["conda.anaconda.org"]})
    changed = [each for each in answer["changes"] if "Route53Resolver" in each["type"]]
    assert [(each["op"], each["resource"]) for each in changed] == [("update", "allowed-domains")]
    (allowed,) = [
        each
        for each in firewalls.everything(standing.account.resolver)["firewall_domain_lists"]
        if each["Name"] == f"{NAME}-allowed-domains"
    ]
    assert "conda.anaconda.org." in allowed["Domains"] and "pypi.org." not in allowed["Domains"]


def test_options_are_taken_away_and_come_back(standing: Standing) -> None:
    account = standing.account
    answer = standing.update(access={}, egress={"endpoints": ["s3", "ecr.dkr"]}, training={})
    assert account.list_placement_groups() == []
    assert account.resources("instance_connect_endpoints") == []
    assert not any(firewalls.everything(account.resolver).values())
    groups = {group["GroupName"] for group in account.resources("security_groups", {"vpc-id": standing.vpc})}
    assert f"{NAME}-instance-connect-security-group" not in groups
    assert not {"placement_group_name", "instance_connect_endpoint_id"} & account.parameters(NAME).keys()
    assert answer["isolation"]["isolated"]
    assert standing.again()["changes"] == []
    assert standing.update()["isolation"]["isolated"]
    assert standing.again()["changes"] == []


def test_options_are_added_to_what_stands_and_named_before(bench: Bench) -> None:
    ask(bench.function, create())
    bench.proxy.forget()
    ask(bench.function, create(clock="10:30", **ALL))
    made = [call.action for call in bench.proxy.mutations()]
    tagged = made.index("CreateTags")
    for action in ("CreatePlacementGroup", "CreateInstanceConnectEndpoint", "CreateFirewallDomainList"):
        assert tagged < made.index(action)


def test_a_delete_leaves_nothing(standing: Standing) -> None:
    ask(standing.function, delete(clock="12:00"), "deleted")
    assert standing.account.leftovers() == []


def test_what_aws_takes_its_time_over_is_waited_for(bench: Bench) -> None:
    bench.emulator.configure(endpoint_seconds=1.0)
    answer = ask(bench.function, create(**ALL))
    assert answer["exports"]["instance_connect_endpoint_id"].startswith("eice-")
    bench.proxy.forget()
    ask(bench.function, delete(), "deleted")
    assert bench.account.leftovers() == []
    gone = [call.action for call in bench.proxy.mutations()]
    assert gone.index("DeleteInstanceConnectEndpoint") < gone.index("DeleteSubnet")
    assert gone.index("DisassociateFirewallRuleGroup") < gone.index("DeleteFirewallRuleGroup") < gone.index("DeleteVpc")


def test_reads_that_lag_double_nothing(bench: Bench) -> None:
    bench.proxy.lag(1.0)
    ask(bench.function, create(**ALL))
    bench.proxy.reset()
    assert len(bench.account.list_placement_groups()) == 1
    assert len(bench.account.resources("instance_connect_endpoints")) == 1
    found = firewalls.everything(bench.account.resolver)
    assert {kind: len(parts) for kind, parts in found.items()} == {
        "firewall_domain_lists": 2,
        "firewall_rule_groups": 1,
        "firewall_associations": 1,
    }


# What stands in the way


def test_somebody_elses_placement_group_is_left_alone(bench: Bench) -> None:
    name = f"{NAME}-training-placement-group"
    bench.account.ec2.create_placement_group(GroupName=name, Strategy="spread")
    message = bench.assert_refused(create(**CLUSTER), "Conflict")
    assert name in message
    assert [group["Strategy"] for group in bench.account.list_placement_groups()] == ["spread"]


def test_somebody_elses_lists_of_the_same_name_are_left_alone(bench: Bench) -> None:
    resolver = bench.account.resolver
    resolver.create_firewall_domain_list(CreatorRequestId="theirs", Name=f"{NAME}-allowed-domains")
    ask(bench.function, create(**FILTERED))
    ask(bench.function, delete(), "deleted")
    assert [each["Name"] for each in resolver.list_firewall_domain_lists()["FirewallDomainLists"]] == [
        f"{NAME}-allowed-domains"
    ]


def test_a_group_of_others_that_comes_first_is_exposure(standing: Standing) -> None:
    resolver = standing.account.resolver
    theirs = resolver.create_firewall_rule_group(CreatorRequestId="theirs", Name="theirs")["FirewallRuleGroup"]["Id"]
    domains = resolver.create_firewall_domain_list(CreatorRequestId="theirs", Name="theirs")["FirewallDomainList"]["Id"]
    resolver.update_firewall_domains(FirewallDomainListId=domains, Operation="ADD", Domains=["evil.example"])
    resolver.create_firewall_rule(
        CreatorRequestId="theirs",
        FirewallRuleGroupId=theirs,
        FirewallDomainListId=domains,
        Priority=1,
        Action="ALLOW",
        Name="theirs",
    )
    (ours,) = resolver.list_firewall_rule_group_associations()["FirewallRuleGroupAssociations"]
    resolver.update_firewall_rule_group_association(FirewallRuleGroupAssociationId=ours["Id"], Priority=200)
    resolver.associate_firewall_rule_group(
        CreatorRequestId="theirs", FirewallRuleGroupId=theirs, VpcId=standing.vpc, Priority=150, Name="theirs"
    )
    assert theirs in check(ask(standing.function, describe(), "exposed"), "dns-filtered")["because"]


# What the region lacks


@pytest.mark.parametrize(
    ("spec", "action"),
    [
        (CLUSTER, "ec2:DescribePlacementGroups"),
        (CONNECT, "ec2:DescribeInstanceConnectEndpoints"),
        (FILTERED, "route53resolver:ListFirewallDomainLists"),
    ],
)
def test_a_region_without_the_api_fails_who_asks_and_says_so(bench: Bench, spec: dict[str, Any], action: str) -> None:
    name = action.partition(":")[2]
    bench.proxy.reply(lambda service: answers.error(service, 400, "UnknownOperationException", "unknown"), name)
    message = bench.assert_refused(create(**spec), "Internal")
    assert action in message
    ask(bench.function, create("other", **SMALL))


def test_a_sweep_goes_on_without_the_api(bench: Bench) -> None:
    """As an emulator answers that has never heard of it."""
    ask(bench.function, create(**SMALL, **CLUSTER))
    ask(bench.function, create("other", **SMALL))
    bench.account.ssm.delete_parameter(Name="/ringfence/other/vpc_id")
    bench.account.ssm.delete_parameter(Name="/ringfence/other/exports")
    page = {"content-type": "text/html; charset=utf-8"}
    bench.proxy.reply(lambda service: http_answer(500, page, b"<html>500</html>"), "DescribePlacementGroups")
    answer = sweep(bench.function, deadline_seconds=120)
    assert {change["environment"] for change in answer["changes"]} == {"other"}
    (failed,) = answer["failed"]
    assert failed["environment"] == NAME and "ec2:DescribePlacementGroups" in failed["error"]["message"]
    bench.proxy.reset()
    assert sweep(bench.function)["failed"] == []
    assert ask(bench.function, describe())["exports"]["placement_group_name"]


def test_a_delete_needs_no_spec_to_find_them(bench: Bench) -> None:
    """Half made, and the record knows nothing of a spec with options: the VPC says what there may be."""
    ask(bench.function, create(**ALL))
    make_vpc(bench.account.ec2, "172.16.0.0/16")
    ask(bench.function, create(clock="10:30", egress={"endpoints": ["s3", "ecr.dkr"]}))
    ask(bench.function, delete(), "deleted")
    assert not [left for left in bench.account.leftovers() if NAME in left]


# What they add to the rest


def test_their_tag_counts(bench: Bench) -> None:
    """AWS takes fifty tags: a VPC with options has five of its own."""
    tags = {f"tag-{number:02}": "a" for number in range(46)}
    message = bench.assert_refused(create(**SMALL, **CLUSTER, tags=tags))
    assert message.startswith("/spec/tags: expected at most 45 tags")
    del tags["tag-00"]
    assert ask(bench.function, create(**SMALL, **CLUSTER, tags=tags))["isolation"]["isolated"]


def test_the_name_of_an_export_rests_before_it_is_used_again(bench: Bench) -> None:
    ask(bench.function, create(clock="10:00", **SMALL, **CLUSTER))
    without = ask(bench.function, create(clock="10:10", **SMALL))
    assert "placement_group_name" not in bench.account.parameters(NAME)
    again = create(clock="10:20", **SMALL, **CLUSTER)
    said = ask(bench.function, again, "provisioning", deadline_seconds=6)
    assert said["waiting_for"] == ["the names of its removed parameters to be free again"]
    assert bench.account.parameters(NAME).keys() == without["exports"].keys() | {"exports"}
    let_time_pass(bench.account, 30)
    assert "placement_group_name" in ask(bench.function, again)["exports"]


def test_an_export_of_another_type_is_made_anew_after_a_rest(bench: Bench) -> None:
    ask(bench.function, create(**SMALL))
    ssm, name = bench.account.ssm, f"/ringfence/{NAME}/availability_zones"
    tags = ssm.list_tags_for_resource(ResourceType="Parameter", ResourceId=name)["TagList"]
    ssm.delete_parameter(Name=name)
    ssm.put_parameter(Name=name, Value="us-east-1a", Type="String", Tags=tags)
    assert ask(bench.function, create(**SMALL), "provisioning", deadline_seconds=6)["changes"]
    assert "availability_zones" not in bench.account.parameters(NAME)
    let_time_pass(bench.account, 30)
    ask(bench.function, create(**SMALL))
    assert ssm.get_parameter(Name=name)["Parameter"]["Type"] == "StringList"
