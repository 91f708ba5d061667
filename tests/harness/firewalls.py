"""DNS Firewalls as Route 53 Resolver reports them, without IDs and moments."""

from __future__ import annotations

from typing import Any

from .normal import tags

Found = dict[str, list[dict[str, Any]]]


def everything(resolver: Any) -> Found:
    """All lists, rule groups and associations of the account, each with its tags and all that is in it."""
    lists = resolver.list_firewall_domain_lists()["FirewallDomainLists"]
    groups = resolver.list_firewall_rule_groups()["FirewallRuleGroups"]
    associations = resolver.list_firewall_rule_group_associations()["FirewallRuleGroupAssociations"]
    fails_open = {
        vpc: resolver.get_firewall_config(ResourceId=vpc)["FirewallConfig"]["FirewallFailOpen"]
        for vpc in {each["VpcId"] for each in associations}
    }
    names = {each["Id"]: each["Name"] for each in lists + groups}
    return {
        "firewall_domain_lists": [
            {
                "Name": each["Name"],
                "Domains": sorted(resolver.list_firewall_domains(FirewallDomainListId=each["Id"])["Domains"]),
                "Tags": _tags(resolver, each),
            }
            for each in lists
        ],
        "firewall_rule_groups": [
            {"Name": each["Name"], "Rules": _rules(resolver, each["Id"], names), "Tags": _tags(resolver, each)}
            for each in groups
        ],
        "firewall_associations": [
            {
                "Name": each["Name"],
                "RuleGroup": names[each["FirewallRuleGroupId"]],
                "Priority": each["Priority"],
                "MutationProtection": each["MutationProtection"],
                "Status": each["Status"],
                "Vpc": each["VpcId"],
                "FailOpen": fails_open[each["VpcId"]],
                "Tags": _tags(resolver, each),
            }
            for each in associations
        ],
    }


def _tags(resolver: Any, resource: dict[str, Any]) -> dict[str, str]:
    return tags(resolver.list_tags_for_resource(ResourceArn=resource["Arn"])["Tags"])


def _rules(resolver: Any, group: str, names: dict[str, str]) -> list[dict[str, Any]]:
    """The rules in the order in which they are asked."""
    rules = resolver.list_firewall_rules(FirewallRuleGroupId=group)["FirewallRules"]
    kept = ("Priority", "Action", "BlockResponse", "FirewallDomainRedirectionAction", "Qtype")
    described = [
        {"List": names[rule["FirewallDomainListId"]], **{name: rule[name] for name in kept if name in rule}}
        for rule in rules
    ]
    return sorted(described, key=lambda rule: int(rule["Priority"]))
