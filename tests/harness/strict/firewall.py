"""Route 53 Resolver DNS Firewall, which moto has nothing of: lists, rule groups, associations, what fails open.

Answers have the shapes, and refusals the codes, of the service's own API model. A `CreatorRequestId` that was seen is
answered with what it made then, gone or not.
"""

from __future__ import annotations

import json
import re
import time
import uuid
from collections.abc import Callable
from functools import wraps
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.ec2.models import ec2_backends
from moto.route53resolver.responses import Route53ResolverResponse
from moto.utilities.utils import get_partition

from .. import recorded
from .patching import add, replace
from .settings import settings

MOST_IN_A_PAGE = 100
NAME = re.compile(r"(?!^[0-9]+$)[a-zA-Z0-9\-_' ]{1,64}")
DOMAIN = re.compile(r"\*|(\*\.)?([a-z0-9_-]{1,63}\.)*[a-z0-9_-]{1,63}\.?")
OWN_PRIORITIES = range(101, 9900)
"""Those that Firewall Manager does not keep to itself."""
OF_OTHERS = ("list_tags_for_resource", "tag_resource", "untag_resource")
"""What moto has for resolver endpoints and rules, which nobody makes here."""

Item = dict[str, Any]

lists: dict[str, Item] = {}
groups: dict[str, Item] = {}
associations: dict[str, Item] = {}
fail_open: dict[str, str] = {}
tags: dict[str, dict[str, str]] = {}
_tokens: dict[tuple[str, str], tuple[str, Item]] = {}


def forget() -> None:
    for memory in (lists, groups, associations, fail_open, tags, _tokens):
        memory.clear()


def refuse(code: str, message: str) -> JsonRESTError:
    found = recorded.find("route53resolver:*", code=f"{code}Exception")
    return JsonRESTError(found.code, f"[RSLVR] {message}")


def action(method: Callable[[Any, Item], Item]) -> Callable[[Any, Item], Item]:
    """An action of the service: takes the body of a request, gives that of the answer."""

    @wraps(method)
    def answer(self: Any) -> str:
        settle()
        asked = json.loads(self.body or "{}")
        token = (method.__name__, asked.get("CreatorRequestId", ""))
        if token in _tokens:
            before, made = _tokens[token]
            if before != json.dumps(asked, sort_keys=True):
                raise refuse("Validation", "the CreatorRequestId was used for another request")
            return json.dumps(made)
        made = method(self, asked)
        if token[1]:
            _tokens[token] = (json.dumps(asked, sort_keys=True), json.loads(json.dumps(made)))
        return json.dumps(made)

    put = replace if method.__name__ in OF_OTHERS else add
    put(Route53ResolverResponse, method.__name__)(answer)
    return method


def settle() -> None:
    """Lets those associations be there, or be gone, whose time has come."""
    for association in [each for each in associations.values() if each["due"] <= time.monotonic()]:
        if association["Status"] == "DELETING":
            tags.pop(association["Arn"], None)
            del associations[association["Id"]]
        else:
            association["Status"] = "COMPLETE"


def make(self: Any, kind: str, short: str, asked: Item, **members: Any) -> Item:
    if not NAME.fullmatch(asked["Name"]):
        raise refuse("Validation", f"the name {asked['Name']!r} is not allowed")
    item_id = f"rslvr-{short}-{uuid.uuid4().hex[:17]}"
    arn = f"arn:{get_partition(self.region)}:route53resolver:{self.region}:{self.current_account}:{kind}/{item_id}"
    tags[arn] = {tag["Key"]: tag["Value"] for tag in asked.get("Tags", [])}
    return {"Id": item_id, "Arn": arn, "Name": asked["Name"], "Status": "COMPLETE", **members}


def find(kind: dict[str, Item], item_id: str) -> Item:
    if item_id not in kind:
        raise refuse("ResourceNotFound", f"there is no resource {item_id!r}")
    return kind[item_id]


def shown(item: Item) -> Item:
    return {name: value for name, value in item.items() if name[0].isupper() and name not in ("Domains", "Rules")}


def page(asked: Item, member: str, items: list[Any]) -> Item:
    size = min(int(asked.get("MaxResults", MOST_IN_A_PAGE)), settings.page_size)
    start = int(asked.get("NextToken", 0))
    more = {"NextToken": str(start + size)} if start + size < len(items) else {}
    return {member: items[start : start + size], **more}


def check_vpc(self: Any, vpc: str) -> None:
    if vpc not in ec2_backends[self.current_account][self.region].vpcs:
        raise refuse("ResourceNotFound", f"there is no VPC {vpc!r}")


# Domain lists


@action
def create_firewall_domain_list(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateFirewallDomainList.html"""
    made = make(self, "firewall-domain-list", "fdl", asked, Domains=[])
    lists[made["Id"]] = made
    return {"FirewallDomainList": shown(made)}


@action
def get_firewall_domain_list(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_GetFirewallDomainList.html"""
    return {"FirewallDomainList": shown(find(lists, asked["FirewallDomainListId"]))}


@action
def list_firewall_domain_lists(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_ListFirewallDomainLists.html"""
    return page(asked, "FirewallDomainLists", [shown(each) for each in lists.values()])


@action
def list_firewall_domains(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_ListFirewallDomains.html"""
    return page(asked, "Domains", find(lists, asked["FirewallDomainListId"])["Domains"])


@action
def update_firewall_domains(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_UpdateFirewallDomains.html"""
    found = find(lists, asked["FirewallDomainListId"])
    wrong = [domain for domain in asked["Domains"] if not DOMAIN.fullmatch(domain)]
    if wrong or not asked["Domains"] or len(asked["Domains"]) > 1000:
        raise refuse("Validation", f"the domains {wrong} are not allowed")
    given = [domain.rstrip(".") + "." for domain in asked["Domains"]]
    before = [] if asked["Operation"] == "REPLACE" else found["Domains"]
    kept = [domain for domain in before if domain not in given]
    found["Domains"] = kept if asked["Operation"] == "REMOVE" else [*kept, *given]
    return {"Id": found["Id"], "Name": found["Name"], "Status": "UPDATING"}


@action
def delete_firewall_domain_list(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_DeleteFirewallDomainList.html"""
    found = find(lists, asked["FirewallDomainListId"])
    if any(rule["FirewallDomainListId"] == found["Id"] for group in groups.values() for rule in group["Rules"]):
        raise refuse("Conflict", f"{found['Id']} is in use by a rule")
    tags.pop(found["Arn"])
    return {"FirewallDomainList": {**shown(lists.pop(found["Id"])), "Status": "DELETING"}}


# Rule groups


@action
def create_firewall_rule_group(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateFirewallRuleGroup.html"""
    made = make(self, "firewall-rule-group", "frg", asked, Rules=[])
    groups[made["Id"]] = made
    return {"FirewallRuleGroup": shown(made)}


@action
def list_firewall_rule_groups(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_ListFirewallRuleGroups.html"""
    return page(asked, "FirewallRuleGroups", [shown(each) for each in groups.values()])


@action
def delete_firewall_rule_group(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_DeleteFirewallRuleGroup.html"""
    found = find(groups, asked["FirewallRuleGroupId"])
    if found["Rules"] or any(each["FirewallRuleGroupId"] == found["Id"] for each in associations.values()):
        raise refuse("Conflict", f"{found['Id']} has rules or is associated with a VPC")
    tags.pop(found["Arn"])
    return {"FirewallRuleGroup": {**shown(groups.pop(found["Id"])), "Status": "DELETING"}}


RULE = (
    "FirewallDomainListId",
    "Name",
    "Priority",
    "Action",
    "BlockResponse",
    "FirewallDomainRedirectionAction",
    "Qtype",
)


def rule_of(group: Item, asked: Item) -> Item:
    for rule in group["Rules"]:
        if (rule["FirewallDomainListId"], rule.get("Qtype")) == (asked["FirewallDomainListId"], asked.get("Qtype")):
            return rule
    raise refuse("ResourceNotFound", f"{group['Id']} has no such rule")


def check_rule(group: Item, rule: Item) -> None:
    others = [other for other in group["Rules"] if other is not rule]
    if any(other["Priority"] == rule["Priority"] for other in others):
        raise refuse("Validation", f"the priority {rule['Priority']} is taken in {group['Id']}")
    if (rule["Action"] == "BLOCK") != ("BlockResponse" in rule):
        raise refuse("Validation", "a rule that blocks has a BlockResponse, and no other has")


@action
def create_firewall_rule(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_CreateFirewallRule.html"""
    group, domains = find(groups, asked["FirewallRuleGroupId"]), find(lists, asked["FirewallDomainListId"])
    key = (domains["Id"], asked.get("Qtype"))
    if key in [(rule["FirewallDomainListId"], rule.get("Qtype")) for rule in group["Rules"]]:
        raise refuse("Validation", f"{group['Id']} has a rule for {key} already")
    rule = {name: asked[name] for name in RULE if name in asked}
    check_rule(group, rule)
    group["Rules"].append(rule)
    return {"FirewallRule": {"FirewallRuleGroupId": group["Id"], **rule}}


@action
def update_firewall_rule(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_UpdateFirewallRule.html"""
    group = find(groups, asked["FirewallRuleGroupId"])
    rule = rule_of(group, asked)
    changed = {**rule, **{name: asked[name] for name in RULE if name in asked}}
    if changed["Action"] != "BLOCK":
        changed.pop("BlockResponse", None)
    others = [other for other in group["Rules"] if other is not rule]
    check_rule({**group, "Rules": others}, changed)
    rule.clear()
    rule.update(changed)
    return {"FirewallRule": {"FirewallRuleGroupId": group["Id"], **rule}}


@action
def delete_firewall_rule(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_DeleteFirewallRule.html"""
    group = find(groups, asked["FirewallRuleGroupId"])
    rule = rule_of(group, asked)
    group["Rules"].remove(rule)
    return {"FirewallRule": {"FirewallRuleGroupId": group["Id"], **rule}}


@action
def list_firewall_rules(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_ListFirewallRules.html"""
    group = find(groups, asked["FirewallRuleGroupId"])
    return page(asked, "FirewallRules", [{"FirewallRuleGroupId": group["Id"], **rule} for rule in group["Rules"]])


# Associations


@action
def associate_firewall_rule_group(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_AssociateFirewallRuleGroup.html"""
    group, vpc = find(groups, asked["FirewallRuleGroupId"]), asked["VpcId"]
    check_vpc(self, vpc)
    if asked["Priority"] not in OWN_PRIORITIES:
        raise refuse("Validation", f"the priority must be one of {OWN_PRIORITIES}")
    others = [each for each in associations.values() if each["VpcId"] == vpc]
    if any(each["FirewallRuleGroupId"] == group["Id"] or each["Priority"] == asked["Priority"] for each in others):
        raise refuse("Conflict", f"{vpc} has {group['Id']} or an association of that priority already")
    made = make(self, "firewall-rule-group-association", "frgassoc", asked)
    made |= {name: asked[name] for name in ("FirewallRuleGroupId", "VpcId", "Priority")}
    made |= {"MutationProtection": asked.get("MutationProtection", "DISABLED"), "Status": "UPDATING"}
    made["due"] = time.monotonic() + settings.endpoint_seconds
    associations[made["Id"]] = made
    return {"FirewallRuleGroupAssociation": shown(made)}


@action
def update_firewall_rule_group_association(self: Any, asked: Item) -> Item:
    """`API_route53resolver_UpdateFirewallRuleGroupAssociation.html` below https://docs.aws.amazon.com/Route53/latest/APIReference/."""
    found = find(associations, asked["FirewallRuleGroupAssociationId"])
    found |= {name: asked[name] for name in ("Priority", "MutationProtection", "Name") if name in asked}
    return {"FirewallRuleGroupAssociation": shown(found)}


@action
def get_firewall_rule_group_association(self: Any, asked: Item) -> Item:
    """`API_route53resolver_GetFirewallRuleGroupAssociation.html` below https://docs.aws.amazon.com/Route53/latest/APIReference/."""
    return {"FirewallRuleGroupAssociation": shown(find(associations, asked["FirewallRuleGroupAssociationId"]))}


@action
def list_firewall_rule_group_associations(self: Any, asked: Item) -> Item:
    """`API_route53resolver_ListFirewallRuleGroupAssociations.html` below https://docs.aws.amazon.com/Route53/latest/APIReference/."""
    found = [each for each in associations.values() if asked.get("VpcId") in (None, each["VpcId"])]
    return page(asked, "FirewallRuleGroupAssociations", [shown(each) for each in found])


@action
def disassociate_firewall_rule_group(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_DisassociateFirewallRuleGroup.html"""
    found = find(associations, asked["FirewallRuleGroupAssociationId"])
    if found["MutationProtection"] == "ENABLED" or found["Status"] == "DELETING":
        raise refuse("Conflict", f"{found['Id']} is protected or being deleted")
    found |= {"Status": "DELETING", "due": time.monotonic() + settings.endpoint_seconds}
    return {"FirewallRuleGroupAssociation": shown(found)}


# What fails open, and tags


def config(self: Any, vpc: str) -> Item:
    check_vpc(self, vpc)
    state = fail_open.get(vpc, "DISABLED")
    return {"FirewallConfig": {"Id": "rslvr-fc-1", "ResourceId": vpc, "FirewallFailOpen": state}}


@action
def get_firewall_config(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_GetFirewallConfig.html"""
    return config(self, asked["ResourceId"])


@action
def update_firewall_config(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_UpdateFirewallConfig.html"""
    check_vpc(self, asked["ResourceId"])
    fail_open[asked["ResourceId"]] = asked["FirewallFailOpen"]
    return config(self, asked["ResourceId"])


@action
def list_tags_for_resource(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_ListTagsForResource.html"""
    if asked["ResourceArn"] not in tags:
        raise refuse("ResourceNotFound", f"there is no resource {asked['ResourceArn']!r}")
    pairs = tags[asked["ResourceArn"]].items()
    return page(asked, "Tags", [{"Key": key, "Value": value} for key, value in pairs])


@action
def tag_resource(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_TagResource.html"""
    if asked["ResourceArn"] not in tags:
        raise refuse("ResourceNotFound", f"there is no resource {asked['ResourceArn']!r}")
    tags[asked["ResourceArn"]] |= {tag["Key"]: tag["Value"] for tag in asked["Tags"]}
    return {}


@action
def untag_resource(self: Any, asked: Item) -> Item:
    """https://docs.aws.amazon.com/Route53/latest/APIReference/API_route53resolver_UntagResource.html"""
    for key in asked["TagKeys"]:
        tags[asked["ResourceArn"]].pop(key, None)
    return {}
