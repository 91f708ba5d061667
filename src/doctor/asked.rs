//! Every action that the function calls, with the resources and the circumstances in which it calls it. Pure.
//!
//! `tests/template/test_template.py` holds the actions equal to those that the code calls, and
//! `tests/operations/test_doctor.py` shows that the role of `template.yaml` is allowed all of them. An action that the
//! code newly calls needs a place here.

use super::questions::{
    DELIVERY_ROLE,
    Given::{Carried, Key, Keys, Nobodys, Requested},
    Question,
};

/// A created or changed EC2 resource of the account. The IDs are made up: the simulator asks for none that exists.
macro_rules! ec2 {
    ($($resource:literal),* $(,)?) => { &[$(concat!("arn:{partition}:ec2:{region}:{account}:", $resource)),*] };
}

const ROLE: &str = "arn:{partition}:iam::{account}:role/ringfence/{region}/doctor-{region}-training";
const PROFILE: &str = "arn:{partition}:iam::{account}:instance-profile/ringfence/{region}/doctor-{region}-training";
const PARAMETER: &str = "arn:{partition}:ssm:{region}:{account}:parameter{prefix}/doctor/vpc_id";
const LOG_GROUP: &str = "arn:{partition}:logs:{region}:{account}:log-group:/ringfence/doctor/flow-logs";
const FIREWALLS: &[&str] = &[
    "arn:{partition}:route53resolver:{region}:{account}:firewall-domain-list/rslvr-fdl-0123456789abcdef",
    "arn:{partition}:route53resolver:{region}:{account}:firewall-rule-group/rslvr-frg-0123456789abcdef",
    "arn:{partition}:route53resolver:{region}:{account}:firewall-rule-group-association/rslvr-frgassoc-0123456789abcdef",
];

/// All of them. AWS decides about each resource of a call alone, as a question does.
pub(super) const QUESTIONS: &[Question] = &[
    Question {
        actions: &[
            "ec2:DescribeAvailabilityZones",
            "ec2:DescribeEgressOnlyInternetGateways",
            "ec2:DescribeFlowLogs",
            "ec2:DescribeInstanceConnectEndpoints",
            "ec2:DescribeInternetGateways",
            "ec2:DescribeIpamPools",
            "ec2:DescribeManagedPrefixLists",
            "ec2:DescribeNatGateways",
            "ec2:DescribeNetworkAcls",
            "ec2:DescribeNetworkInterfaces",
            "ec2:DescribePlacementGroups",
            "ec2:DescribeRouteTables",
            "ec2:DescribeSecurityGroupRules",
            "ec2:DescribeSecurityGroups",
            "ec2:DescribeSubnets",
            "ec2:DescribeTransitGatewayVpcAttachments",
            "ec2:DescribeVpcEndpointServices",
            "ec2:DescribeVpcEndpoints",
            "ec2:DescribeVpcPeeringConnections",
            "ec2:DescribeVpcs",
            "ec2:DescribeVpnGateways",
            "events:ListRules",
            "iam:GetAccountAuthorizationDetails",
            "iam:GetAccountSummary",
            "logs:DescribeLogGroups",
            "route53resolver:ListFirewallDomainLists",
            "route53resolver:ListFirewallRuleGroupAssociations",
            "route53resolver:ListFirewallRuleGroups",
            "servicequotas:GetServiceQuota",
            "ssm:DescribeParameters",
            "sts:GetCallerIdentity",
        ],
        resources: &["*"],
        given: &[],
    },
    // What filters the DNS of a VPC may be anybody's; of its own account it is asked about here.
    Question {
        actions: &["route53resolver:GetFirewallConfig"],
        resources: &["arn:{partition}:route53resolver:{region}:{account}:firewall-config/rslvr-fc-0123456789abcdef"],
        given: &[],
    },
    Question {
        actions: &[
            "route53resolver:GetFirewallDomainList",
            "route53resolver:GetFirewallRuleGroupAssociation",
            "route53resolver:ListFirewallDomains",
            "route53resolver:ListFirewallRules",
            "route53resolver:ListTagsForResource",
        ],
        resources: FIREWALLS,
        given: &[],
    },
    Question { actions: &["ec2:DescribeVpcAttribute"], resources: ec2!["vpc/vpc-0123456789abcdef0"], given: &[] },
    Question { actions: &["ec2:GetManagedPrefixListEntries"], resources: ec2!["prefix-list/pl-01234567"], given: &[] },
    Question {
        actions: &[
            "iam:GetRole",
            "iam:GetRolePolicy",
            "iam:ListAttachedRolePolicies",
            "iam:ListInstanceProfilesForRole",
            "iam:ListRolePolicies",
        ],
        resources: &[ROLE, DELIVERY_ROLE],
        given: &[],
    },
    Question { actions: &["iam:GetInstanceProfile"], resources: &[PROFILE], given: &[] },
    Question { actions: &["iam:GetRole", "iam:SimulatePrincipalPolicy"], resources: &["{role}"], given: &[] },
    Question { actions: &["iam:GetPolicy", "iam:GetPolicyVersion"], resources: &["{boundary}"], given: &[] },
    Question {
        actions: &[
            "dynamodb:DeleteItem",
            "dynamodb:DescribeTable",
            "dynamodb:DescribeTimeToLive",
            "dynamodb:GetItem",
            "dynamodb:PutItem",
            "dynamodb:Query",
            "dynamodb:UpdateItem",
        ],
        resources: &["arn:{partition}:dynamodb:{region}:{account}:table/{table}"],
        given: &[],
    },
    Question {
        actions: &["events:PutEvents"],
        resources: &["arn:{partition}:events:{region}:{account}:event-bus/{bus}"],
        given: &[Keys("events:source", "ringfence")],
    },
    Question {
        actions: &["events:DescribeEventBus"],
        resources: &["arn:{partition}:events:{region}:{account}:event-bus/{bus}"],
        given: &[],
    },
    Question { actions: &["ec2:CreateVpc"], resources: ec2!["vpc/*"], given: &[Requested] },
    Question { actions: &["ec2:CreateSubnet"], resources: ec2!["subnet/*"], given: &[Requested] },
    Question { actions: &["ec2:CreateRouteTable"], resources: ec2!["route-table/*"], given: &[Requested] },
    Question { actions: &["ec2:CreateNetworkAcl"], resources: ec2!["network-acl/*"], given: &[Requested] },
    Question { actions: &["ec2:CreateSecurityGroup"], resources: ec2!["security-group/*"], given: &[Requested] },
    Question { actions: &["ec2:CreateFlowLogs"], resources: ec2!["vpc-flow-log/*"], given: &[Requested] },
    Question {
        actions: &["ec2:CreateVpcEndpoint"],
        resources: ec2!["vpc-endpoint/*"],
        given: &[Requested, Key("ec2:VpceServiceOwner", "amazon")],
    },
    Question {
        actions: &["ec2:CreateInstanceConnectEndpoint"],
        resources: ec2!["instance-connect-endpoint/*"],
        given: &[Requested],
    },
    Question { actions: &["ec2:CreatePlacementGroup"], resources: ec2!["placement-group/*"], given: &[Requested] },
    Question {
        actions: &[
            "ec2:CreateFlowLogs",
            "ec2:CreateNetworkAcl",
            "ec2:CreateRouteTable",
            "ec2:CreateSecurityGroup",
            "ec2:CreateSubnet",
            "ec2:CreateVpcEndpoint",
        ],
        resources: ec2!["vpc/vpc-0123456789abcdef0"],
        given: &[Carried],
    },
    Question {
        actions: &["ec2:CreateVpcEndpoint"],
        resources: ec2![
            "route-table/rtb-0123456789abcdef0",
            "security-group/sg-0123456789abcdef0",
            "subnet/subnet-0123456789abcdef0",
        ],
        given: &[Carried],
    },
    Question {
        actions: &["ec2:CreateInstanceConnectEndpoint", "ec2:CreateNetworkInterface"],
        resources: ec2!["security-group/sg-0123456789abcdef0", "subnet/subnet-0123456789abcdef0"],
        given: &[Carried],
    },
    Question { actions: &["ec2:CreateNetworkInterface"], resources: ec2!["network-interface/*"], given: &[] },
    Question {
        actions: &["ec2:CreateTags"],
        resources: ec2!["vpc/*"],
        given: &[Requested, Key("ec2:CreateAction", "CreateVpc")],
    },
    // What came with a VPC carries no tags yet.
    Question {
        actions: &["ec2:CreateTags"],
        resources: ec2![
            "network-acl/acl-0123456789abcdef0",
            "route-table/rtb-0123456789abcdef0",
            "security-group/sg-0123456789abcdef0",
        ],
        given: &[Requested, Nobodys],
    },
    Question {
        actions: &["ec2:CreateTags", "ec2:DeleteTags", "ec2:DeleteVpc", "ec2:ModifyVpcAttribute"],
        resources: ec2!["vpc/vpc-0123456789abcdef0"],
        given: &[Carried],
    },
    Question {
        actions: &["ec2:DeleteSubnet", "ec2:ModifySubnetAttribute", "ec2:ReplaceNetworkAclAssociation"],
        resources: ec2!["subnet/subnet-0123456789abcdef0"],
        given: &[Carried],
    },
    Question {
        actions: &[
            "ec2:AssociateRouteTable",
            "ec2:DeleteRoute",
            "ec2:DeleteRouteTable",
            "ec2:ReplaceRouteTableAssociation",
        ],
        resources: ec2!["route-table/rtb-0123456789abcdef0"],
        given: &[Carried],
    },
    Question {
        actions: &[
            "ec2:CreateNetworkAclEntry",
            "ec2:DeleteNetworkAcl",
            "ec2:DeleteNetworkAclEntry",
            "ec2:ReplaceNetworkAclAssociation",
            "ec2:ReplaceNetworkAclEntry",
        ],
        resources: ec2!["network-acl/acl-0123456789abcdef0"],
        given: &[Carried],
    },
    Question {
        actions: &[
            "ec2:AuthorizeSecurityGroupEgress",
            "ec2:AuthorizeSecurityGroupIngress",
            "ec2:DeleteSecurityGroup",
            "ec2:RevokeSecurityGroupEgress",
            "ec2:RevokeSecurityGroupIngress",
        ],
        resources: ec2!["security-group/sg-0123456789abcdef0"],
        given: &[Carried],
    },
    Question {
        actions: &["ec2:AuthorizeSecurityGroupEgress", "ec2:AuthorizeSecurityGroupIngress"],
        resources: ec2!["security-group-rule/*"],
        given: &[],
    },
    Question {
        actions: &["ec2:DeleteVpcEndpoints", "ec2:ModifyVpcEndpoint"],
        resources: ec2!["vpc-endpoint/vpce-0123456789abcdef0"],
        given: &[Carried],
    },
    // What GuardDuty put into a VPC, and does not take away.
    Question {
        actions: &["ec2:DeleteVpcEndpoints"],
        resources: ec2!["vpc-endpoint/vpce-0123456789abcdef0"],
        given: &[Key("aws:ResourceTag/GuardDutyManaged", "true")],
    },
    Question {
        actions: &["ec2:DeleteSecurityGroup"],
        resources: ec2!["security-group/sg-0123456789abcdef0"],
        given: &[Key("aws:ResourceTag/GuardDutyManaged", "true")],
    },
    Question {
        actions: &["ec2:DeleteFlowLogs"],
        resources: ec2!["vpc-flow-log/fl-0123456789abcdef0"],
        given: &[Carried],
    },
    Question {
        actions: &["ec2:DeleteInstanceConnectEndpoint", "ec2:ModifyInstanceConnectEndpoint"],
        resources: ec2!["instance-connect-endpoint/eice-0123456789abcdef0"],
        given: &[Carried],
    },
    Question { actions: &["ec2:DeletePlacementGroup"], resources: ec2!["placement-group/doctor"], given: &[Carried] },
    Question {
        actions: &["route53:AssociateVPCWithHostedZone"],
        resources: &["arn:{partition}:route53:::hostedzone/Z0123456789ABCDEFGHIJ"],
        given: &[],
    },
    Question {
        actions: &[
            "route53resolver:AssociateFirewallRuleGroup",
            "route53resolver:CreateFirewallDomainList",
            "route53resolver:CreateFirewallRuleGroup",
            "route53resolver:TagResource",
        ],
        resources: FIREWALLS,
        given: &[Requested],
    },
    Question {
        actions: &[
            "route53resolver:AssociateFirewallRuleGroup",
            "route53resolver:CreateFirewallRule",
            "route53resolver:DeleteFirewallDomainList",
            "route53resolver:DeleteFirewallRule",
            "route53resolver:DeleteFirewallRuleGroup",
            "route53resolver:DisassociateFirewallRuleGroup",
            "route53resolver:TagResource",
            "route53resolver:UpdateFirewallDomains",
            "route53resolver:UpdateFirewallRule",
            "route53resolver:UpdateFirewallRuleGroupAssociation",
        ],
        resources: FIREWALLS,
        given: &[Carried],
    },
    Question {
        actions: &["route53resolver:UpdateFirewallConfig"],
        resources: &["arn:{partition}:route53resolver:{region}:{account}:firewall-config/rslvr-fc-0123456789abcdef"],
        given: &[],
    },
    Question {
        actions: &["iam:CreateRole"],
        resources: &[ROLE, DELIVERY_ROLE],
        given: &[Requested, Key("iam:PermissionsBoundary", "{boundary}")],
    },
    Question {
        actions: &["iam:PutRolePermissionsBoundary", "iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy"],
        resources: &[ROLE, DELIVERY_ROLE],
        given: &[Carried, Key("iam:PermissionsBoundary", "{boundary}")],
    },
    Question {
        actions: &["iam:DeleteRole", "iam:DeleteRolePolicy", "iam:DetachRolePolicy", "iam:UntagRole"],
        resources: &[ROLE, DELIVERY_ROLE],
        given: &[Carried],
    },
    // CreateRole and CreateInstanceProfile ask for it, too, before there is a tag.
    Question { actions: &["iam:TagRole"], resources: &[ROLE, DELIVERY_ROLE], given: &[Nobodys] },
    Question { actions: &["iam:TagInstanceProfile"], resources: &[PROFILE], given: &[Nobodys] },
    Question { actions: &["iam:CreateInstanceProfile"], resources: &[PROFILE], given: &[Requested] },
    Question {
        actions: &[
            "iam:AddRoleToInstanceProfile",
            "iam:DeleteInstanceProfile",
            "iam:RemoveRoleFromInstanceProfile",
            "iam:UntagInstanceProfile",
        ],
        resources: &[PROFILE],
        given: &[Carried],
    },
    Question { actions: &["iam:PassRole"], resources: &[ROLE], given: &[Key("iam:PassedToService", "{ec2}")] },
    Question {
        actions: &["iam:PassRole"],
        resources: &["{delivery}"],
        given: &[Key("iam:PassedToService", "vpc-flow-logs.amazonaws.com")],
    },
    Question {
        actions: &[
            "ssm:AddTagsToResource",
            "ssm:GetParameters",
            "ssm:GetParametersByPath",
            "ssm:ListTagsForResource",
            "ssm:PutParameter",
        ],
        resources: &[PARAMETER],
        given: &[],
    },
    Question {
        actions: &["ssm:DeleteParameters", "ssm:RemoveTagsFromResource"],
        resources: &[PARAMETER],
        given: &[Carried],
    },
    Question {
        actions: &[
            "logs:AssociateKmsKey",
            "logs:CreateLogGroup",
            "logs:ListTagsForResource",
            "logs:PutRetentionPolicy",
            "logs:TagResource",
            "logs:UntagResource",
        ],
        resources: &[LOG_GROUP],
        given: &[],
    },
    Question {
        actions: &["logs:DeleteLogGroup", "logs:DisassociateKmsKey"],
        resources: &[LOG_GROUP],
        given: &[Carried],
    },
];
