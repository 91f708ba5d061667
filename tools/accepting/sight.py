"""What AWS itself reports of an environment: nothing here asks the function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from botocore.exceptions import ClientError

from .calls import Calls
from .options import PREFIX, Option

TAG = "ringfence:environment"
EXPORTS = "/ringfence"


class Sight:
    """Looks at an account, with the credentials of the run."""

    def __init__(self, calls: Calls, exports: str = EXPORTS) -> None:
        self._calls, self._exports = calls, exports
        self.region = str(calls.client("ec2").meta.region_name)

    def _ec2(self, operation: str, member: str, **filters: str) -> list[dict[str, Any]]:
        named = "Filter" if operation == "describe_flow_logs" else "Filters"
        wanted = [
            {"Name": name.replace("__", ":").replace("_", "-"), "Values": [value]} for name, value in filters.items()
        ]
        pages = self._calls.client("ec2").get_paginator(operation).paginate(**{named: wanted})
        return [each for page in pages for each in page[member]]

    def environments(self) -> set[str]:
        """The names of the environments of any run that something in the account is tagged with."""
        tags = self._ec2("describe_tags", "Tags", key=TAG, value=f"{PREFIX}*")
        found = {each["Value"] for each in tags}
        for page in (
            self._calls.client("iam").get_paginator("list_roles").paginate(PathPrefix=f"/ringfence/{self.region}/")
        ):
            for role in page["Roles"]:
                for purpose in ("training", "flow-logs"):
                    end = f"-{self.region}-{purpose}"
                    if role["RoleName"].startswith(PREFIX) and role["RoleName"].endswith(end):
                        found.add(role["RoleName"].removesuffix(end))
        pages = self._calls.client("logs").get_paginator("describe_log_groups")
        for page in pages.paginate(logGroupNamePrefix=f"{EXPORTS}/{PREFIX}"):
            found |= {each["logGroupName"].split("/")[2] for each in page["logGroups"]}
        return found

    def vpcs(self, environment: str) -> list[str]:
        found = self._ec2("describe_vpcs", "Vpcs", **{f"tag:{TAG}": environment})
        return [each["VpcId"] for each in found]

    def endpoint_states(self, environment: str) -> dict[str, str]:
        found = self._ec2("describe_vpc_endpoints", "VpcEndpoints", **{f"tag:{TAG}": environment})
        return {
            each["VpcEndpointId"]: each["State"].lower() for each in found if each["VpcEndpointType"] == "Interface"
        }

    def parameters(self, environment: str) -> dict[str, str]:
        path = f"{self._exports}/{environment}/"
        pages = self._calls.client("ssm").get_paginator("get_parameters_by_path").paginate(Path=path)
        return {each["Name"].removeprefix(path): each["Value"] for page in pages for each in page["Parameters"]}

    def left(self, environment: str) -> list[str]:
        """What there still is of an environment."""
        tags = self._ec2("describe_tags", "Tags", key=TAG, value=environment)
        found = [f"{each['ResourceType']} {each['ResourceId']}" for each in tags]
        found += [f"parameter {name}" for name in self.parameters(environment)]
        for purpose in ("training", "flow-logs"):
            name = f"{environment}-{self.region}-{purpose}"
            if self._role(name):
                found.append(f"role {name}")
        groups = self._calls.client("logs").describe_log_groups(logGroupNamePrefix=f"/ringfence/{environment}/")
        return sorted(found + [f"log group {each['logGroupName']}" for each in groups["logGroups"]])

    def _role(self, name: str) -> dict[str, Any] | None:
        try:
            return dict(self._calls.client("iam").get_role(RoleName=name)["Role"])
        except ClientError as error:
            if error.response["Error"]["Code"] == "NoSuchEntity":
                return None
            raise

    def faults(self, option: Option, exports: dict[str, Any]) -> list[str]:
        """What is not as the option promises, by what AWS reports of the VPC that was published."""
        environment, vpc = option.environment, str(exports.get("vpc_id"))
        faults = []
        if self.vpcs(environment) != [vpc]:
            faults.append(f"the VPCs of {environment} are {self.vpcs(environment)}, and {vpc} is published")
        published = self.parameters(environment)
        for name, value in exports.items():
            text = ",".join(value) if isinstance(value, list) else value
            if published.get(name) != text:
                faults.append(f"the parameter {name} is {published.get(name)}, and the answer says {text}")
        if self._ec2("describe_internet_gateways", "InternetGateways", **{"attachment.vpc-id": vpc}):
            faults.append("an internet gateway is attached")
        for table in self._ec2("describe_route_tables", "RouteTables", vpc_id=vpc):
            ways = [
                each
                for each in table["Routes"]
                if each.get("GatewayId") != "local" and "DestinationPrefixListId" not in each
            ]
            faults += [f"{table['RouteTableId']} has the route {each}" for each in ways]
        flow_logs = self._ec2("describe_flow_logs", "FlowLogs", resource_id=vpc)
        if [each["FlowLogStatus"] for each in flow_logs] != ["ACTIVE"]:
            faults.append(f"the flow logs are {flow_logs}")
        role = self._role(str(exports.get("ai_training_role_arn")).rpartition("/")[2])
        if role is None or role["Arn"] != exports.get("ai_training_role_arn"):
            faults.append("the training role is not the one that is published")
        judge = SHOWN.get(option.name)
        try:
            return faults + (judge(self, option, exports) if judge else [])
        except (ClientError, KeyError, ValueError) as error:
            return [*faults, f"{option.name} cannot be judged: {error!r}"]


def _one_zone(sight: Sight, option: Option, exports: dict[str, Any]) -> list[str]:
    subnets = sight._ec2("describe_subnets", "Subnets", vpc_id=exports["vpc_id"])
    zones = {each["AvailabilityZone"] for each in subnets}
    return [] if len(zones) == 1 and len(subnets) == 2 else [f"{len(subnets)} subnets stand in {sorted(zones)}"]


def _ssh(sight: Sight, option: Option, exports: dict[str, Any]) -> list[str]:
    (block,) = option.spec["access"]["ssh_from"]
    (group,) = sight._ec2("describe_security_groups", "SecurityGroups", group_id=exports["training_sg_id"])
    found = [
        each
        for each in group["IpPermissions"]
        if each.get("FromPort") == each.get("ToPort") == 22 and block in [one["CidrIp"] for one in each["IpRanges"]]
    ]
    return [] if found else [f"{group['GroupId']} does not admit SSH from {block}"]


def _ports(sight: Sight, option: Option, exports: dict[str, Any]) -> list[str]:
    (group,) = sight._ec2("describe_security_groups", "SecurityGroups", group_id=exports["services_sg_id"])
    found = {each.get("FromPort") for each in group["IpPermissions"]}
    missing = set(option.spec["access"]["services_ports"]) - found
    return [f"{group['GroupId']} does not admit {sorted(missing)}"] if missing else []


def _endpoints(sight: Sight, option: Option, exports: dict[str, Any]) -> list[str]:
    endpoints = sight._ec2("describe_vpc_endpoints", "VpcEndpoints", vpc_id=exports["vpc_id"])
    found = {each["ServiceName"].rpartition(f"{sight.region}.")[2]: each["State"].lower() for each in endpoints}
    return [
        f"{name} is {found.get(name)}" for name in option.spec["egress"]["endpoints"] if found.get(name) != "available"
    ]


def _domains(sight: Sight, option: Option, exports: dict[str, Any]) -> list[str]:
    resolver = sight._calls.client("route53resolver")
    found = resolver.list_firewall_rule_group_associations(VpcId=exports["vpc_id"])["FirewallRuleGroupAssociations"]
    return [] if [each["Status"] for each in found] == ["COMPLETE"] else [f"the DNS Firewalls are {found}"]


def _connect(sight: Sight, option: Option, exports: dict[str, Any]) -> list[str]:
    wanted = str(exports.get("instance_connect_endpoint_id"))
    endpoints = sight._ec2("describe_instance_connect_endpoints", "InstanceConnectEndpoints", vpc_id=exports["vpc_id"])
    states = {each["InstanceConnectEndpointId"]: each["State"] for each in endpoints}
    return [] if states == {wanted: "create-complete"} else [f"the EC2 Instance Connect Endpoints are {states}"]


def _cluster(sight: Sight, option: Option, exports: dict[str, Any]) -> list[str]:
    name = exports.get("placement_group_name")
    if not name:
        return ["no placement group is published"]
    (group,) = sight._calls.client("ec2").describe_placement_groups(GroupNames=[name])["PlacementGroups"]
    return [] if (group["Strategy"], group["State"]) == ("cluster", "available") else [f"{name} is {group}"]


def _services(sight: Sight, option: Option, exports: dict[str, Any]) -> list[str]:
    role = sight._role(str(exports["ai_training_role_arn"]).rpartition("/")[2]) or {}
    trust = str(role.get("AssumeRolePolicyDocument"))
    return [
        f"{name} may not assume the training role"
        for name in ("ec2", "sagemaker", "ecs-tasks")
        if f"{name}." not in trust
    ]


def _logs(sight: Sight, option: Option, exports: dict[str, Any]) -> list[str]:
    prefix = f"/ringfence/{option.environment}/"
    groups = sight._calls.client("logs").describe_log_groups(logGroupNamePrefix=prefix)["logGroups"]
    kept = [each.get("retentionInDays") for each in groups]
    return [] if kept == [option.spec["flow_logs"]["retention_days"]] else [f"the log groups are kept for {kept} days"]


SHOWN: dict[str, Callable[[Sight, Option, dict[str, Any]], list[str]]] = {
    "one-zone": _one_zone,
    "ssh": _ssh,
    "ports": _ports,
    "endpoints": _endpoints,
    "domains": _domains,
    "connect": _connect,
    "cluster": _cluster,
    "services": _services,
    "logs": _logs,
}
"""By option, what AWS has to report of it. `default` is what every environment is judged by."""
