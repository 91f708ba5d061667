"""What stands in the account after the first event, as AWS itself reports it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness import words
from harness.asking import event
from harness.standing import Standing

ZONES = ["us-east-1a", "us-east-1b"]
OWN_TAGS = {
    "ringfence:environment": "<environment>",
    "ringfence:managed-by": "ringfence",
    "ringfence:installation": "ringfence",
    "team": "fraud-detection",
    "cost-center": "ml-1042",
}
"""What every resource carries beside its name: the owner's three tags and those of the spec."""


@pytest.fixture(scope="module")
def wish() -> dict[str, Any]:
    return event("eventbridge-create")


# The network


def test_one_vpc_with_the_block_that_was_asked_for_and_both_dns_attributes(built: Standing) -> None:
    (vpc,) = built.as_built["vpcs"]
    assert (vpc["CidrBlock"], vpc["EnableDnsSupport"], vpc["EnableDnsHostnames"]) == ("10.42.0.0/16", True, True)
    assert vpc["Ipv6CidrBlockAssociationSet"] == []


def test_a_private_subnet_for_each_tier_and_zone(built: Standing) -> None:
    subnets = words.named(built.as_built, "subnets")
    assert {name: (each["AvailabilityZone"], each["CidrBlock"]) for name, each in subnets.items()} == {
        "training-subnet-us-east-1a": ("us-east-1a", "10.42.0.0/18"),
        "training-subnet-us-east-1b": ("us-east-1b", "10.42.64.0/18"),
        "services-subnet-us-east-1a": ("us-east-1a", "10.42.192.0/20"),
        "services-subnet-us-east-1b": ("us-east-1b", "10.42.208.0/20"),
    }
    assert not any(each["MapPublicIpOnLaunch"] or each["AssignIpv6AddressOnCreation"] for each in subnets.values())


@pytest.mark.parametrize("tier", ["training", "services"])
def test_each_tier_has_a_route_table_of_its_own_that_leads_nowhere_but_to_s3(built: Standing, tier: str) -> None:
    table = words.named(built.as_built, "route_tables")[f"{tier}-route-table"]
    assert words.routes(table) == ["10.42.0.0/16 local", "s3 endpoint-s3"]
    assert words.subnets(table) == [f"{tier}-subnet-{zone}" for zone in ZONES]


@pytest.mark.parametrize("tier", ["training", "services"])
def test_each_tier_has_a_network_acl_of_its_own_right_in_both_directions(built: Standing, tier: str) -> None:
    acl = words.named(built.as_built, "network_acls")[f"{tier}-network-acl"]
    ssh_in, ssh_out = ["in 200 allow tcp 22 10.8.0.0/16"], ["out 200 allow tcp 1024-65535 10.8.0.0/16"]
    assert words.entries(acl) == [
        "in 100 allow all 10.42.0.0/16",
        *(ssh_in if tier == "training" else []),
        "in 300 allow tcp 32768-60999 0.0.0.0/0",
        "out 100 allow all 10.42.0.0/16",
        *(ssh_out if tier == "training" else []),
        "out 300 allow tcp 443 0.0.0.0/0",
    ]
    assert words.subnets(acl) == [f"{tier}-subnet-{zone}" for zone in ZONES]


def test_the_groups_admit_what_training_needs_and_nothing_else(built: Standing) -> None:
    groups = words.named(built.as_built, "security_groups")
    assert {name: words.rules(group) for name, group in groups.items()} == {
        "training-security-group": [
            "in all training-security-group: All traffic from other training hosts (EFA)",
            "in tcp 22 10.8.0.0/16: SSH from access.ssh_from",
            "out all training-security-group: All traffic to other training hosts (EFA)",
            "out tcp 443 endpoints-security-group: AWS services by interface endpoints",
            "out tcp 443 s3",
            "out tcp 443 services-security-group: The services tier",
        ],
        "services-security-group": [
            "in tcp 443 training-security-group: Hosts that train",
            "out tcp 443 endpoints-security-group: AWS services by interface endpoints",
            "out tcp 443 s3",
        ],
        "endpoints-security-group": [
            "in tcp 443 services-security-group: Services that training hosts use",
            "in tcp 443 training-security-group: Hosts that train",
        ],
        "vpc-defaults": [],
    }


def test_what_came_with_the_vpc_is_emptied_and_serves_nobody(built: Standing) -> None:
    groups, acls, tables = (
        words.named(built.as_built, kind)["vpc-defaults"]
        for kind in ("security_groups", "network_acls", "route_tables")
    )
    assert groups["GroupName"] == "default"
    assert (acls["IsDefault"], words.entries(acls), words.subnets(acls)) == (True, [], [])
    assert [each["Main"] for each in tables["Associations"]] == [True]
    assert words.routes(tables) == ["10.42.0.0/16 local"]


def test_the_s3_endpoint_admits_this_account_and_named_buckets_of_awss_own(built: Standing) -> None:
    (endpoint,) = built.as_built["endpoints"]
    assert (endpoint["ServiceName"], endpoint["VpcEndpointType"]) == ("com.amazonaws.us-east-1.s3", "Gateway")
    tables = sorted(words.plain(table) for table in endpoint["RouteTableIds"])
    assert tables == ["services-route-table", "training-route-table"]
    ours, *theirs = sorted(endpoint["PolicyDocument"]["Statement"], key=lambda each: "Condition" not in each)
    this_account = {"aws:PrincipalAccount": "123456789012", "aws:ResourceAccount": "123456789012"}
    assert ours["Condition"] == {"StringEquals": this_account}
    assert theirs
    for statement in theirs:
        assert statement["Action"] == "s3:GetObject"
        assert statement["Resource"].startswith("arn:aws:s3:::")
        assert statement["Resource"] != "arn:aws:s3:::*"


def test_nothing_else_is_in_the_vpc(built: Standing) -> None:
    assert built.as_built["interfaces"] == built.as_built["internet_gateways"] == []


# Logs


def test_all_traffic_is_logged_to_a_group_that_is_kept_for_a_year(built: Standing) -> None:
    (log,) = built.as_built["flow_logs"]
    (group,) = built.as_built["log_groups"]
    assert (words.plain(log["ResourceId"]), log["TrafficType"], log["MaxAggregationInterval"]) == ("vpc", "ALL", 60)
    assert (log["FlowLogStatus"], log["DeliverLogsStatus"]) == ("ACTIVE", "SUCCESS")
    assert log["LogGroupName"] == group["logGroupName"] == "/ringfence/<environment>/flow-logs"
    assert group["retentionInDays"] == 365
    assert log["DeliverLogsPermissionArn"] == words.named(built.as_built, "roles")["flow-log-role"]["Arn"]


# Who may do what


def test_two_roles_on_a_path_of_the_region_and_no_more_attached_than_one_policy_each(built: Standing) -> None:
    roles = words.named(built.as_built, "roles")
    assert {name: role["RoleName"] for name, role in roles.items()} == {
        "training-role": "<environment>-us-east-1-training",
        "flow-log-role": "<environment>-us-east-1-flow-logs",
    }
    for role in roles.values():
        assert role["Path"] == "/ringfence/us-east-1/"
        assert (len(role["Policies"]), role["AttachedPolicies"]) == (1, [])
        assert "PermissionsBoundary" not in role


def test_the_roles_trust_the_services_asked_for_and_mind_on_whose_behalf(built: Standing) -> None:
    roles = words.named(built.as_built, "roles")
    trusted = {
        name: {
            statement["Principal"]["Service"]: sorted(statement.get("Condition", {}).get("StringEquals", {}))
            for statement in role["AssumeRolePolicyDocument"]["Statement"]
        }
        for name, role in roles.items()
    }
    assert trusted == {
        "training-role": {"ec2.amazonaws.com": [], "sagemaker.amazonaws.com": ["aws:SourceAccount"]},
        "flow-log-role": {"vpc-flow-logs.amazonaws.com": ["aws:SourceAccount"]},
    }


def test_training_reads_and_writes_the_data_asked_for_and_only_through_this_vpc(built: Standing) -> None:
    policy = words.named(built.as_built, "roles")["training-role"]["Policies"]["training"]
    data = [each for each in policy["Statement"] if "s3:" in json.dumps(each["Action"])]
    allowed = {
        action: statement["Resource"]
        for statement in data
        if statement["Effect"] == "Allow"
        for action in ([statement["Action"]] if isinstance(statement["Action"], str) else statement["Action"])
        if action != "s3:ListBucket"
    }
    features, models = "arn:aws:s3:::acme-fraud-features/v3/*", "arn:aws:s3:::acme-fraud-models/v3/*"
    assert allowed == {
        "s3:GetObject": [features, models],
        "s3:PutObject": models,
        "s3:DeleteObject": models,
        "s3:AbortMultipartUpload": models,
        "s3:ListMultipartUploadParts": models,
    }
    listed = {
        each["Resource"]: each["Condition"]["StringLike"]["s3:prefix"] for each in data if "ListBucket" in str(each)
    }
    # The folder itself, as tools ask for it, and what is in it.
    prefixes = ["v3", "v3/*"]
    assert listed == {"arn:aws:s3:::acme-fraud-features": prefixes, "arn:aws:s3:::acme-fraud-models": prefixes}
    (denied,) = (each for each in data if each["Effect"] == "Deny")
    assert (denied["Action"], denied["Resource"]) == ("s3:*", "*")
    assert words.plain(denied["Condition"]["StringNotEquals"]["aws:SourceVpc"]) == "vpc"


def test_the_flow_log_role_writes_to_its_group_and_cannot_bring_it_back(built: Standing) -> None:
    policy = words.named(built.as_built, "roles")["flow-log-role"]["Policies"]["flow-logs"]
    group = "arn:aws:logs:us-east-1:123456789012:log-group:/ringfence/<environment>/flow-logs"
    writing = [each for each in policy["Statement"] if each["Resource"] != "*"]
    assert [each["Resource"] for each in writing] == [[group, f"{group}:*"]]
    assert "logs:CreateLogGroup" not in json.dumps(policy)


def test_the_instance_profile_holds_the_training_role(built: Standing) -> None:
    (profile,) = built.as_built["instance_profiles"]
    assert profile["InstanceProfileName"] == "<environment>-us-east-1-training"
    assert (profile["Path"], profile["Roles"]) == ("/ringfence/us-east-1/", ["<environment>-us-east-1-training"])


# Tags


def test_everything_carries_its_owner_its_name_and_the_specs_tags(built: Standing) -> None:
    tagged = {kind: found for kind, found in built.as_built.items() if kind != "interfaces"}
    for kind, found in tagged.items():
        for resource in found:
            assert resource["Tags"] == OWN_TAGS | {"Name": resource["Tags"].get("Name")}, kind
            assert resource["Tags"]["Name"].startswith("<environment>-"), kind


# What is published


def test_every_export_is_a_parameter_with_its_name_type_and_value(built: Standing) -> None:
    subnet = {name: built.id("subnets", name) for name in words.named(built.as_built, "subnets")}
    group = {tier: built.id("security_groups", f"{tier}-security-group") for tier in ("training", "services")}
    arn = "arn:aws:iam::123456789012:{}/ringfence/us-east-1/fraud-v3-us-east-1-training"
    published = {each["Name"]: (each["Type"], each["Value"]) for each in built.account.list_parameters("/")}
    exports = json.loads(published.pop("/ringfence/fraud-v3/exports")[1])
    assert published == {
        "/ringfence/fraud-v3/vpc_id": ("String", built.account.vpcs("fraud-v3")[0]),
        "/ringfence/fraud-v3/training_subnet_id": ("String", subnet["training-subnet-us-east-1a"]),
        "/ringfence/fraud-v3/services_subnet_id": ("String", subnet["services-subnet-us-east-1b"]),
        "/ringfence/fraud-v3/training_sg_id": ("String", group["training"]),
        "/ringfence/fraud-v3/ai_training_role_arn": ("String", arn.format("role")),
        "/ringfence/fraud-v3/vpc_cidr": ("String", "10.42.0.0/16"),
        "/ringfence/fraud-v3/services_sg_id": ("String", group["services"]),
        "/ringfence/fraud-v3/ai_training_instance_profile_arn": ("String", arn.format("instance-profile")),
        "/ringfence/fraud-v3/training_subnet_ids": (
            "StringList",
            f"{subnet['training-subnet-us-east-1a']},{subnet['training-subnet-us-east-1b']}",
        ),
        "/ringfence/fraud-v3/services_subnet_ids": (
            "StringList",
            f"{subnet['services-subnet-us-east-1a']},{subnet['services-subnet-us-east-1b']}",
        ),
        "/ringfence/fraud-v3/availability_zones": ("StringList", "us-east-1a,us-east-1b"),
    }
    as_lists = {
        name.rpartition("/")[2]: value.split(",") if kind == "StringList" else value
        for name, (kind, value) in published.items()
    }
    assert exports == built.answer["exports"] == as_lists


def test_exports_are_written_after_all_else_and_the_whole_set_last(built: Standing) -> None:
    changing = [call for call in built.calls if call.mutating and not call.record]
    assert changing.pop().action == "PutEvents", "announced before it was published"
    first = next(number for number, call in enumerate(changing) if call.action == "PutParameter")
    assert {call.action for call in changing[first:]} == {"PutParameter"}
    names = [call.parameters["Name"].rpartition("/")[2] for call in changing[first:]]
    assert names[-1] == "exports"
    assert changing[-1].start >= max(call.end for call in changing[:-1])
    last_look = max(call.end for call in built.calls if call.service == "ec2")
    assert changing[first].start >= last_look, "published before the last look at the network"


# What is answered


def test_the_answer_says_what_was_asked_done_and_proved(built: Standing, wish: dict[str, Any]) -> None:
    answer = built.answer
    assert (answer["environment"], answer["action"], answer["status"]) == ("fraud-v3", "create", "ready")
    assert answer["requested_at"] == wish["time"]
    assert "expires_at" not in answer
    assert "error" not in answer
    for field, value in wish["detail"]["spec"].items():
        assert answer["spec"][field] == answer["spec"][field] | value
    assert answer["isolation"]["isolated"] is True
    assert all(each["holds"] for each in answer["isolation"]["checks"] if each["required"])
    assert all(each["check"] and each["because"] for each in answer["isolation"]["checks"])


def test_the_changes_name_every_resource_by_type_and_id(built: Standing) -> None:
    made = {(each["type"], each["id"]) for each in built.answer["changes"] if each["op"] == "create" and "id" in each}
    standing = {
        "AWS::EC2::VPC": [built.vpc],
        "AWS::EC2::Subnet": [each["SubnetId"] for each in built.account.resources("subnets", {"vpc-id": built.vpc})],
        "AWS::EC2::RouteTable": [built.id("route_tables", f"{tier}-route-table") for tier in ("training", "services")],
        "AWS::EC2::NetworkAcl": [built.id("network_acls", f"{tier}-network-acl") for tier in ("training", "services")],
        "AWS::EC2::SecurityGroup": [
            built.id("security_groups", f"{name}-security-group") for name in ("training", "services", "endpoints")
        ],
        "AWS::EC2::VPCEndpoint": [built.id("endpoints", "endpoint-s3")],
        "AWS::EC2::FlowLog": [each["FlowLogId"] for each in built.account.resources("flow_logs")],
        "AWS::Logs::LogGroup": ["/ringfence/fraud-v3/flow-logs"],
        "AWS::IAM::Role": ["fraud-v3-us-east-1-training", "fraud-v3-us-east-1-flow-logs"],
        "AWS::IAM::InstanceProfile": ["fraud-v3-us-east-1-training"],
        "AWS::SSM::Parameter": [each["Name"] for each in built.account.list_parameters("/")],
    }
    expected = {(kind, each) for kind, ids in standing.items() for each in ids}
    assert expected <= made
    assert {kind for kind, _ in made - expected} <= {"AWS::EC2::SubnetRouteTableAssociation"}
    assert {each["op"] for each in built.answer["changes"]} <= {"create", "update", "delete"}
