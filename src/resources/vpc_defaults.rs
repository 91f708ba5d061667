//! The default security group, the default network ACL and the main route table, which AWS makes with every VPC and
//! nobody can delete. They are tagged as ours, and emptied.

use aws_sdk_ec2::types::Filter;
use futures_util::try_join;

use super::{Act, Draft, Manage, Refusal, Removal, Run, ec2, network_acl, route_table, security_group, tag::TagChange};
use crate::aws::{CallError, Named, missing_field};
use ringfence_model::{
    plan::{Reference, Refers},
    stack::{self, missing},
};
use ringfence_observed::{Direction, SecurityGroup, Tags};

pub(crate) struct VpcDefaults;

/// Takes over what a VPC in the making came with: finds it, tags it as ours, empties group and ACL.
#[derive(Debug)]
pub(crate) struct TakeOver {
    vpc: Reference,
    tags: Tags,
}

impl Manage for VpcDefaults {
    const TYPE: &'static str = "AWS::EC2::VPC";

    fn draft(draft: &mut Draft<'_>) -> Result<(), Refusal> {
        let vpc = draft.reference(stack::VPC)?;
        let tags = draft.stack.tags(stack::VPC_DEFAULTS);
        if matches!(vpc, Reference::Made(_)) {
            let change = TakeOver { vpc: vpc.clone(), tags };
            draft.update(stack::VPC_DEFAULTS, &vpc, change);
            return Ok(());
        }
        let observed = draft.observed;
        let group = observed.security_groups.iter().find(|group| group.is_default());
        let acl = observed.network_acls.iter().find(|acl| acl.default);
        let table = observed.route_tables.iter().find(|table| table.main);
        let seen = [
            group.map(|group| (&group.id, &group.tags)),
            acl.map(|acl| (&acl.id, &acl.tags)),
            table.map(|table| (&table.id, &table.tags)),
        ];
        let mut untagged_first = Vec::new();
        for (id, seen) in seen.into_iter().flatten() {
            untagged_first.extend(draft.untag(Self::TYPE, stack::VPC_DEFAULTS, id, seen));
        }
        let untagged = seen.into_iter().flatten().filter(|(_, seen)| !missing(&tags, seen).is_empty());
        let advice = to_give_back(draft, seen);
        let resources: Vec<Reference> = untagged.map(|(id, _)| Reference::Present(id.clone())).collect();
        if !resources.is_empty() {
            // Tagged first: what does not carry our tags is never changed.
            draft.update_after(
                stack::VPC_DEFAULTS,
                &vpc,
                TagChange::Put { resource_type: Self::TYPE, resources, tags, advice },
                &untagged_first,
            );
            return Ok(());
        }
        if let Some(group) = group {
            security_group::draft_emptying(draft, "default-security-group", group);
        }
        if let Some(acl) = acl {
            network_acl::draft_entry_removals(draft, "default-network-acl", &acl.id, &acl.entries);
        }
        if let Some(table) = table {
            route_table::draft_routes(draft, "main-route-table", table);
        }
        Ok(())
    }

    fn draft_removal(_: &mut Removal<'_>) {
        // They go with the VPC.
    }
}

/// What to do where something that came with the VPC has lost a tag of ours and kept another. The function's role may take
/// over what carries no name, no stack's tag and no owner's, as it comes from AWS, and nothing else: whoever took the tag
/// away, or somebody else who may, has to give it back.
fn to_give_back(draft: &Draft<'_>, seen: [Option<(&String, &Tags)>; 3]) -> Option<String> {
    const WHAT: [&str; 3] = ["default security group", "default network ACL", "main route table"];
    let owner = &draft.stack.owner;
    let is_fresh = |seen: &Tags| {
        let is_owned = |key: &String| key == stack::NAME || key.starts_with("aws:cloudformation:");
        !seen.keys().any(is_owned) && !seen.contains_key(stack::INSTALLATION)
    };
    let lost = WHAT.into_iter().zip(seen).filter_map(|(what, seen)| {
        let (id, seen) = seen.filter(|(_, seen)| !owner.owns(seen) && !is_fresh(seen))?;
        Some((what, id, missing(&owner.tags(), seen)))
    });
    let lost: Vec<(&str, &String, Tags)> = lost.collect();
    if lost.is_empty() {
        return None;
    }
    let told = lost.iter().map(|(what, id, tags)| {
        let keys: Vec<&str> = tags.keys().map(String::as_str).collect();
        format!("{id}, the {what}, lacks the tag {}", keys.join(" and "))
    });
    let told: Vec<String> = told.collect();
    let ids: Vec<&str> = lost.iter().map(|(_, id, _)| id.as_str()).collect();
    let tags: Tags = lost.iter().flat_map(|(_, _, tags)| tags.clone()).collect();
    let tags: Vec<String> = tags.iter().map(|(key, value)| format!("Key={key},Value={value}")).collect();
    let (told, ids, tags) = (told.join("; "), ids.join(" "), tags.join(" "));
    Some(format!(
        "{told}: the function's role may not give back what was taken away by hand: aws ec2 create-tags --resources {ids} \
         --tags {tags}"
    ))
}

impl Refers for TakeOver {
    fn resource_type(&self) -> &'static str {
        VpcDefaults::TYPE
    }

    fn references(&self) -> Vec<&Reference> {
        vec![&self.vpc]
    }
}

impl Act for TakeOver {
    async fn run(&self, run: &Run<'_>) -> Result<Option<String>, CallError> {
        let vpc = run.id(&self.vpc)?;
        let (group, acl, table) = try_join!(default_group(run, vpc), default_acl(run, vpc), main_table(run, vpc))?;
        let tags = ec2::to_tags(&self.tags);
        let call = run.aws.ec2.create_tags().resources(&group.id).resources(&acl).resources(table);
        call.set_tags(Some(tags)).send().await.named("ec2:CreateTags")?;
        let (group, acl) = (&group, &acl);
        try_join!(
            security_group::empty(run, group, Direction::Ingress),
            security_group::empty(run, group, Direction::Egress),
            network_acl::remove_first_entry(run, acl, Direction::Ingress),
            network_acl::remove_first_entry(run, acl, Direction::Egress),
        )?;
        Ok(None)
    }
}

async fn default_group(run: &Run<'_>, vpc: &str) -> Result<SecurityGroup, CallError> {
    const ACTION: &str = "ec2:DescribeSecurityGroups";
    let call = run.aws.ec2.describe_security_groups().set_filters(Some(filters(vpc, "group-name", "default")));
    let answer = call.send().await.named(ACTION)?;
    let group = answer.security_groups().first().ok_or_else(|| unseen(ACTION, "default security group", vpc))?;
    Ok(security_group::from_sdk(ACTION, group)?.1)
}

async fn default_acl(run: &Run<'_>, vpc: &str) -> Result<String, CallError> {
    const ACTION: &str = "ec2:DescribeNetworkAcls";
    let call = run.aws.ec2.describe_network_acls().set_filters(Some(filters(vpc, "default", "true")));
    let answer = call.send().await.named(ACTION)?;
    let acl = answer.network_acls().first().ok_or_else(|| unseen(ACTION, "default network ACL", vpc))?;
    Ok(acl.network_acl_id().ok_or_else(|| missing_field(ACTION, "NetworkAclId"))?.to_owned())
}

async fn main_table(run: &Run<'_>, vpc: &str) -> Result<String, CallError> {
    const ACTION: &str = "ec2:DescribeRouteTables";
    let call = run.aws.ec2.describe_route_tables().set_filters(Some(filters(vpc, "association.main", "true")));
    let answer = call.send().await.named(ACTION)?;
    let table = answer.route_tables().first().ok_or_else(|| unseen(ACTION, "main route table", vpc))?;
    Ok(table.route_table_id().ok_or_else(|| missing_field(ACTION, "RouteTableId"))?.to_owned())
}

fn filters(vpc: &str, name: &str, value: &str) -> Vec<Filter> {
    vec![ec2::filter("vpc-id", vpc), ec2::filter(name, value)]
}

fn unseen(action: &'static str, what: &str, vpc: &str) -> CallError {
    CallError::unseen(action, format!("the {what} of {vpc} is not visible yet"))
}
