"""What GuardDuty does by itself in an account or organization that has it watch runtimes.

Its endpoint and group, their names, tags, policy and rule are as published:
https://docs.aws.amazon.com/guardduty/latest/ug/runtime-monitoring-shared-vpc.html,
https://docs.aws.amazon.com/guardduty/latest/ug/eksrunmon-prereq-deploy-security-agent.html and
https://github.com/hashicorp/terraform-provider-aws/pull/46953.
"""

from __future__ import annotations

import json
from typing import Any

from .by_hand import tagged, where

MANAGED = {"GuardDutyManaged": "true"}
REGION = "us-east-1"
SERVICE = f"com.amazonaws.{REGION}.guardduty-data"


def policy(account: str) -> str:
    """Everything, for the account alone."""
    everything = {"Action": "*", "Resource": "*", "Principal": "*"}
    others = {"StringNotEquals": {"aws:PrincipalAccount": account}}
    statements = [{**everything, "Effect": "Allow"}, {**everything, "Effect": "Deny", "Condition": others}]
    return json.dumps({"Version": "2012-10-17", "Statement": statements})


def watch(ec2: Any, vpc: str, subnet: str, service: str = SERVICE) -> tuple[str, str]:
    """Puts GuardDuty's endpoint and group into a VPC, the group only where it is not there; their IDs."""
    (network,) = ec2.describe_vpcs(VpcIds=[vpc])["Vpcs"]
    name = f"GuardDutyManagedSecurityGroup-{vpc}"
    groups = ec2.describe_security_groups(Filters=where(vpc_id=vpc, group_name=name))["SecurityGroups"]
    if groups:
        group = groups[0]["GroupId"]
    else:
        described = f"Associated with VPC-{vpc} and tagged as GuardDutyManaged"
        made = ec2.create_security_group(
            VpcId=vpc, GroupName=name, Description=described, **tagged("security-group", MANAGED)
        )
        group = made["GroupId"]
        https = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443, "IpRanges": [{"CidrIp": network["CidrBlock"]}]}
        ec2.authorize_security_group_ingress(GroupId=group, IpPermissions=[https])
        (everything,) = ec2.describe_security_groups(GroupIds=[group])["SecurityGroups"][0]["IpPermissionsEgress"]
        ec2.revoke_security_group_egress(GroupId=group, IpPermissions=[everything])
    endpoint = ec2.create_vpc_endpoint(
        VpcId=vpc,
        ServiceName=service,
        VpcEndpointType="Interface",
        SubnetIds=[subnet],
        SecurityGroupIds=[group],
        PrivateDnsEnabled=True,
        PolicyDocument=policy(network["OwnerId"]),
        **tagged("vpc-endpoint", MANAGED),
    )["VpcEndpoint"]
    return endpoint["VpcEndpointId"], group
