//! How many things one call of AWS takes. Every list that a call here is given has a row in the table below: its
//! limit, and the page that says so. Where nobody states one, little is asked for at once.
//!
//! The tests' copy of the table is `tests/harness/limits.json`: whoever asks for more than it says fails there.

/// The endpoints that one DeleteVpcEndpoints takes: "You can provide up to 25 VPC endpoints"
/// (<https://github.com/couchbaselabs/cbdinocluster/pull/199>).
pub(crate) const ENDPOINTS_A_DELETE: usize = 25;

/// The values that one filter of EC2 takes
/// (<https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/Using_Filtering.html#Filtering_Resources_CLI>).
pub(crate) const VALUES_A_FILTER: usize = 200;

/// The rules of a security group that one call is given, to let in or out and to revoke. Neither the pages of these calls
/// nor their models state a limit; a controller that AWS itself publishes sends 1,000 at most, "to comply with API
/// limitations" (<https://github.com/aws-controllers-k8s/ec2-controller/pull/227>). AWS admits 60 rules a direction unless
/// the quota was raised
/// (<https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html#vpc-limits-security-groups>), which is far
/// below that, and is what one call is given. Flow logs are deleted one a call, of the 1,000 that AWS states.
pub(crate) const RULES_A_CALL: usize = 60;

/// The names that one GetParameters or DeleteParameters takes
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html>).
pub(crate) const PARAMETERS_A_CALL: usize = 10;

/// The filters that one DescribeParameters is given. AWS states no limit
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html>).
pub(crate) const FILTERS_OF_PARAMETERS: usize = 10;

/// The keys of tags that one RemoveTagsFromResource is given. AWS states no limit, and lets a resource have 50 tags
/// (<https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_RemoveTagsFromResource.html>).
pub(crate) const TAG_KEYS_A_CALL: usize = 50;

/// The events that one PutEvents takes
/// (<https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html>).
pub(crate) const EVENTS_A_CALL: usize = 10;

/// The bytes of all events that one PutEvents takes together. AWS says 1 MB by now, and said 256 KB for long, which
/// suits both (<https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-putevents.html>).
pub(crate) const BYTES_OF_EVENTS: usize = 256 * 1024;

#[cfg(test)]
mod tests {
    use std::{
        collections::{BTreeMap, BTreeSet},
        env, fs,
        path::Path,
    };

    use serde_json::{Value, json};

    use super::*;

    /// The variable under which the table is written, instead of being compared with the one that is there.
    const WRITE: &str = "RINGFENCE_WRITE_SCHEMAS";

    /// How many a call takes.
    #[derive(Clone, Copy)]
    enum Most {
        /// AWS states it.
        Stated(usize),
        /// Nobody states it; this is the most that is asked for here.
        Unstated(usize),
    }
    use Most::{Stated, Unstated};

    const USER_GUIDE: &str = "https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/";
    const EC2: &str = "https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_";
    const IAM: &str = "https://docs.aws.amazon.com/IAM/latest/APIReference/API_";
    const LOGS: &str = "https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_";
    const SSM: &str = "https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_";
    const RESOLVER: &str = "https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_";

    /// Lists of tags: a resource has 50 at most (`Using_Tags.html#tag-restrictions`). A spec asks for 46 at most, and
    /// each resource has four of its own.
    const TAGS: usize = 50;
    /// AWS makes up to five groups a network interface, unless the quota was raised.
    const GROUPS: usize = 5;
    /// Subnets in each zone of a spec.
    const SUBNETS: usize = 3;
    /// A table for each tier, and as many again that somebody else had an endpoint route from.
    const TABLES: usize = 200;

    /// What creates a resource of EC2 with its tags.
    const TAGGED: [&str; 11] = [
        "AuthorizeSecurityGroupEgress",
        "AuthorizeSecurityGroupIngress",
        "CreateFlowLogs",
        "CreateInstanceConnectEndpoint",
        "CreateNetworkAcl",
        "CreatePlacementGroup",
        "CreateRouteTable",
        "CreateSecurityGroup",
        "CreateSubnet",
        "CreateVpc",
        "CreateVpcEndpoint",
    ];

    /// What is asked of EC2 with filters, and under which name the filters go.
    const FILTERED: [(&str, &str); 21] = [
        ("DescribeAvailabilityZones", "Filters"),
        ("DescribeEgressOnlyInternetGateways", "Filters"),
        ("DescribeFlowLogs", "Filter"),
        ("DescribeInstanceConnectEndpoints", "Filters"),
        ("DescribeInternetGateways", "Filters"),
        ("DescribeIpamPools", "Filters"),
        ("DescribeManagedPrefixLists", "Filters"),
        ("DescribeNatGateways", "Filter"),
        ("DescribeNetworkAcls", "Filters"),
        ("DescribeNetworkInterfaces", "Filters"),
        ("DescribePlacementGroups", "Filters"),
        ("DescribeRouteTables", "Filters"),
        ("DescribeSecurityGroupRules", "Filters"),
        ("DescribeSecurityGroups", "Filters"),
        ("DescribeSubnets", "Filters"),
        ("DescribeTransitGatewayVpcAttachments", "Filters"),
        ("DescribeVpcEndpointServices", "Filters"),
        ("DescribeVpcEndpoints", "Filters"),
        ("DescribeVpcPeeringConnections", "Filters"),
        ("DescribeVpcs", "Filters"),
        ("DescribeVpnGateways", "Filters"),
    ];

    /// The lists of all other calls: the action, the list, how many it takes, and the page that says so.
    fn others() -> Vec<(&'static str, &'static str, Most, String)> {
        let vpc_quotas = "https://docs.aws.amazon.com/vpc/latest/userguide/amazon-vpc-limits.html";
        let ec2 = |action: &str| format!("{EC2}{action}.html");
        let iam = |action: &str| format!("{IAM}{action}.html");
        let logs = |action: &str| format!("{LOGS}{action}.html");
        let ssm = |action: &str| format!("{SSM}{action}.html");
        let resolver = |action: &str| format!("{RESOLVER}{action}.html");
        let tag_restrictions = || format!("{USER_GUIDE}Using_Tags.html#tag-restrictions");
        let quotas = || vpc_quotas.to_owned();
        vec![
            ("dynamodb:TransactWriteItems", "TransactItems", Stated(100), {
                "https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html".to_owned()
            }),
            ("ec2:AuthorizeSecurityGroupEgress", "IpPermissions", Unstated(RULES_A_CALL), quotas()),
            ("ec2:AuthorizeSecurityGroupIngress", "IpPermissions", Unstated(RULES_A_CALL), quotas()),
            ("ec2:CreateFlowLogs", "ResourceIds", Stated(300), ec2("CreateFlowLogs")),
            ("ec2:CreateInstanceConnectEndpoint", "SecurityGroupIds", Stated(16), ec2("CreateInstanceConnectEndpoint")),
            ("ec2:CreateTags", "Resources", Stated(1000), ec2("CreateTags")),
            ("ec2:CreateTags", "Tags", Stated(TAGS), tag_restrictions()),
            ("ec2:CreateVpcEndpoint", "RouteTableIds", Unstated(TABLES), quotas()),
            ("ec2:CreateVpcEndpoint", "SecurityGroupIds", Unstated(GROUPS), quotas()),
            ("ec2:CreateVpcEndpoint", "SubnetIds", Unstated(SUBNETS), ec2("CreateVpcEndpoint")),
            ("ec2:DeleteFlowLogs", "FlowLogIds", Stated(1000), ec2("DeleteFlowLogs")),
            ("ec2:DeleteTags", "Resources", Stated(1000), ec2("DeleteTags")),
            ("ec2:DeleteTags", "Tags", Stated(1000), ec2("DeleteTags")),
            ("ec2:DeleteVpcEndpoints", "VpcEndpointIds", Stated(ENDPOINTS_A_DELETE), {
                "https://github.com/couchbaselabs/cbdinocluster/pull/199".to_owned()
            }),
            ("ec2:DescribeFlowLogs", "FlowLogIds", Stated(1000), ec2("DescribeFlowLogs")),
            ("ec2:DescribeInstanceConnectEndpoints", "InstanceConnectEndpointIds", Stated(1000), {
                "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-pagination.html".to_owned()
            }),
            ("ec2:DescribeSecurityGroupRules", "SecurityGroupRuleIds", Stated(1000), {
                "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-pagination.html".to_owned()
            }),
            ("ec2:DescribeVpcEndpointServices", "ServiceNames", Unstated(VALUES_A_FILTER), {
                ec2("DescribeVpcEndpointServices")
            }),
            ("ec2:DescribeVpcEndpoints", "VpcEndpointIds", Stated(1000), {
                "https://docs.aws.amazon.com/ec2/latest/devguide/ec2-api-pagination.html".to_owned()
            }),
            ("ec2:ModifyInstanceConnectEndpoint", "SecurityGroupIds", Stated(16), ec2("ModifyInstanceConnectEndpoint")),
            ("ec2:ModifyVpcEndpoint", "AddRouteTableIds", Unstated(TABLES), quotas()),
            ("ec2:ModifyVpcEndpoint", "RemoveRouteTableIds", Unstated(TABLES), quotas()),
            ("ec2:ModifyVpcEndpoint", "AddSecurityGroupIds", Unstated(GROUPS), quotas()),
            ("ec2:ModifyVpcEndpoint", "RemoveSecurityGroupIds", Unstated(GROUPS), quotas()),
            ("ec2:ModifyVpcEndpoint", "AddSubnetIds", Unstated(SUBNETS), ec2("ModifyVpcEndpoint")),
            // Whatever zones somebody added: a region has six at most.
            ("ec2:ModifyVpcEndpoint", "RemoveSubnetIds", Unstated(6), ec2("ModifyVpcEndpoint")),
            ("ec2:RevokeSecurityGroupEgress", "IpPermissions", Unstated(RULES_A_CALL), quotas()),
            ("ec2:RevokeSecurityGroupEgress", "SecurityGroupRuleIds", Unstated(RULES_A_CALL), quotas()),
            ("ec2:RevokeSecurityGroupIngress", "IpPermissions", Unstated(RULES_A_CALL), quotas()),
            ("ec2:RevokeSecurityGroupIngress", "SecurityGroupRuleIds", Unstated(RULES_A_CALL), quotas()),
            ("events:PutEvents", "Entries", Stated(EVENTS_A_CALL), {
                "https://docs.aws.amazon.com/eventbridge/latest/APIReference/API_PutEvents.html".to_owned()
            }),
            ("iam:CreateInstanceProfile", "Tags", Stated(TAGS), iam("CreateInstanceProfile")),
            ("iam:CreateRole", "Tags", Stated(TAGS), iam("CreateRole")),
            ("iam:GetAccountAuthorizationDetails", "Filter", Unstated(1), iam("GetAccountAuthorizationDetails")),
            ("iam:SimulatePrincipalPolicy", "ActionNames", Unstated(50), iam("SimulatePrincipalPolicy")),
            ("iam:SimulatePrincipalPolicy", "ContextEntries", Unstated(10), iam("SimulatePrincipalPolicy")),
            ("iam:SimulatePrincipalPolicy", "ResourceArns", Unstated(10), iam("SimulatePrincipalPolicy")),
            ("iam:TagInstanceProfile", "Tags", Stated(TAGS), iam("TagInstanceProfile")),
            ("iam:TagRole", "Tags", Stated(TAGS), iam("TagRole")),
            ("iam:UntagInstanceProfile", "TagKeys", Stated(TAGS), iam("UntagInstanceProfile")),
            ("iam:UntagRole", "TagKeys", Stated(TAGS), iam("UntagRole")),
            ("logs:CreateLogGroup", "tags", Stated(TAGS), logs("CreateLogGroup")),
            ("logs:TagResource", "tags", Stated(TAGS), logs("TagResource")),
            ("logs:UntagResource", "tagKeys", Stated(TAGS), logs("UntagResource")),
            ("route53resolver:AssociateFirewallRuleGroup", "Tags", Stated(200), resolver("AssociateFirewallRuleGroup")),
            ("route53resolver:CreateFirewallDomainList", "Tags", Stated(200), resolver("CreateFirewallDomainList")),
            ("route53resolver:CreateFirewallRuleGroup", "Tags", Stated(200), resolver("CreateFirewallRuleGroup")),
            ("route53resolver:TagResource", "Tags", Stated(200), resolver("TagResource")),
            ("route53resolver:UpdateFirewallDomains", "Domains", Stated(1000), resolver("UpdateFirewallDomains")),
            ("ssm:AddTagsToResource", "Tags", Stated(TAGS), ssm("AddTagsToResource")),
            ("ssm:DeleteParameters", "Names", Stated(PARAMETERS_A_CALL), ssm("DeleteParameters")),
            ("ssm:DescribeParameters", "ParameterFilters", Unstated(FILTERS_OF_PARAMETERS), ssm("DescribeParameters")),
            ("ssm:DescribeParameters", "ParameterFilters.*.Values", Stated(50), ssm("ParameterStringFilter")),
            ("ssm:GetParameters", "Names", Stated(PARAMETERS_A_CALL), ssm("GetParameters")),
            (
                "ssm:GetParametersByPath",
                "ParameterFilters",
                Unstated(FILTERS_OF_PARAMETERS),
                ssm("GetParametersByPath"),
            ),
            ("ssm:PutParameter", "Tags", Stated(TAGS), ssm("PutParameter")),
            ("ssm:RemoveTagsFromResource", "TagKeys", Unstated(TAG_KEYS_A_CALL), ssm("RemoveTagsFromResource")),
        ]
    }

    /// By action, its lists, each with the most that one call takes, or is given where nobody states a limit.
    fn table() -> BTreeMap<String, Vec<Value>> {
        let filtering = || format!("{USER_GUIDE}Using_Filtering.html#Filtering_Resources_CLI");
        let mut rows = Vec::new();
        for (action, list) in FILTERED {
            rows.push((format!("ec2:{action}"), list.to_owned(), Stated(50), filtering()));
            rows.push((format!("ec2:{action}"), format!("{list}.*.Values"), Stated(VALUES_A_FILTER), filtering()));
        }
        for action in TAGGED {
            let page = format!("{EC2}{action}.html");
            rows.push((format!("ec2:{action}"), "TagSpecifications".to_owned(), Unstated(1), page));
            let page = format!("{USER_GUIDE}Using_Tags.html#tag-restrictions");
            rows.push((format!("ec2:{action}"), "TagSpecifications.*.Tags".to_owned(), Stated(TAGS), page));
        }
        for (action, list, most, page) in others() {
            rows.push((action.to_owned(), list.to_owned(), most, page));
        }
        let mut table: BTreeMap<String, Vec<Value>> = BTreeMap::new();
        for (action, member, most, page) in rows {
            let (Stated(number) | Unstated(number)) = most;
            let row = json!({"member": member, "most": number, "stated": matches!(most, Stated(_)), "page": page});
            table.entry(action).or_default().push(row);
        }
        table
    }

    #[test]
    fn the_table_of_limits_is_committed() {
        let table = format!("{:#}\n", json!(table()));
        let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/harness/limits.json");
        if env::var_os(WRITE).is_some() {
            fs::write(&path, &table).unwrap();
        }
        let committed = fs::read_to_string(&path).unwrap_or_default();
        assert!(committed == table, "{} is not what the code says: run `make schemas`", path.display());
    }

    #[test]
    fn a_list_stands_once() {
        for (action, rows) in table() {
            let lists: BTreeSet<&str> = rows.iter().filter_map(|row| row["member"].as_str()).collect();
            assert_eq!(lists.len(), rows.len(), "{action}");
        }
    }
}
