//! How rules of security groups are taken away: by their IDs.
//!
//! AWS revokes all rules of a call or none. Named by what they say, they must say exactly that, type and code of ICMP
//! included; one that does not, or has gone meanwhile, keeps all others
//! (<https://docs.aws.amazon.com/AWSEC2/latest/APIReference/API_RevokeSecurityGroupIngress.html>). So the answer that a
//! rule was not found says nothing of the other rules of its call: each is then revoked by itself. What is gone is told
//! by the next look alone, which shows it or not.

use super::{
    Run,
    security_group_rule::Rule,
    security_group_rule_ids::{RuleIds, rules_of},
};
use crate::aws::{CallError, Named, limits::RULES_A_CALL};
use ringfence_observed::Direction;

/// What revoking a rule that is not there is answered with, where it was named by what it says.
const NO_SUCH_RULE: &str = "InvalidPermission.NotFound";

/// The same where it was named by its ID.
const NO_SUCH_ID: &str = "InvalidSecurityGroupRuleId.NotFound";

/// Takes rules of a group away, in one call where AWS finds them all. Those whose IDs were not looked up are named by
/// what they say, until AWS does not find them so.
pub(super) async fn revoke(
    run: &Run<'_>,
    group: &str,
    direction: Direction,
    rules: &[Rule],
    found: Option<&RuleIds>,
) -> Result<(), CallError> {
    let looked_up;
    let numbered = match found.and_then(RuleIds::get) {
        Some(numbered) => numbered,
        None => match by_what_they_say(run, group, direction, rules).await {
            Err(error) if error.code == NO_SUCH_RULE => {
                looked_up = rules_of(run, &[group.to_owned()]).await?;
                &looked_up
            }
            revoked => return revoked,
        },
    };
    let id_of = |rule: &Rule| {
        let mut all = numbered.iter();
        all.find(|other| other.group == group && other.direction == direction && other.rule.same(rule))
            .map(|numbered| numbered.id.clone())
    };
    let ids: Vec<String> = rules.iter().filter_map(id_of).collect();
    for ids in ids.chunks(RULES_A_CALL) {
        match by_id(run, group, direction, ids.to_vec()).await {
            Err(error) if error.code == NO_SUCH_ID => {
                for id in ids {
                    unless_gone(by_id(run, group, direction, vec![id.clone()]).await, NO_SUCH_ID)?;
                }
            }
            revoked => revoked?,
        }
    }
    // Those that the look-up did not show have gone, or it was behind.
    for rule in rules.iter().filter(|rule| id_of(rule).is_none()) {
        unless_gone(by_what_they_say(run, group, direction, std::slice::from_ref(rule)).await, NO_SUCH_RULE)?;
    }
    Ok(())
}

/// For a call about one rule, which takes no other along.
fn unless_gone(revoked: Result<(), CallError>, no_such: &str) -> Result<(), CallError> {
    match revoked {
        Err(error) if error.code == no_such => Ok(()),
        revoked => revoked,
    }
}

async fn by_what_they_say(run: &Run<'_>, group: &str, direction: Direction, rules: &[Rule]) -> Result<(), CallError> {
    let ec2 = &run.aws.ec2;
    for rules in rules.chunks(RULES_A_CALL) {
        let permissions = rules.iter().map(|rule| rule.permission(run)).collect::<Result<Vec<_>, _>>()?;
        match direction {
            Direction::Ingress => {
                let call = ec2.revoke_security_group_ingress().group_id(group).set_ip_permissions(Some(permissions));
                call.send().await.named("ec2:RevokeSecurityGroupIngress")?;
            }
            Direction::Egress => {
                let call = ec2.revoke_security_group_egress().group_id(group).set_ip_permissions(Some(permissions));
                call.send().await.named("ec2:RevokeSecurityGroupEgress")?;
            }
        }
    }
    Ok(())
}

async fn by_id(run: &Run<'_>, group: &str, direction: Direction, ids: Vec<String>) -> Result<(), CallError> {
    let ec2 = &run.aws.ec2;
    match direction {
        Direction::Ingress => {
            let call = ec2.revoke_security_group_ingress().group_id(group).set_security_group_rule_ids(Some(ids));
            call.send().await.named("ec2:RevokeSecurityGroupIngress")?;
        }
        Direction::Egress => {
            let call = ec2.revoke_security_group_egress().group_id(group).set_security_group_rule_ids(Some(ids));
            call.send().await.named("ec2:RevokeSecurityGroupEgress")?;
        }
    }
    Ok(())
}
