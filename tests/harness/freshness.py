"""Fresh resources that AWS does not see yet: left out of its lists, and unknown to calls that name them.

Terms of EC2's eventual consistency, applied to what passes by: IDs are learnt from the answers to Create calls.
"""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from xml.etree import ElementTree

from .calls import Call
from .wire import Message, answer

LISTED = {
    "DescribeVpcs": ("vpcSet", "vpcId"),
    "DescribeSubnets": ("subnetSet", "subnetId"),
    "DescribeRouteTables": ("routeTableSet", "routeTableId"),
    "DescribeNetworkAcls": ("networkAclSet", "networkAclId"),
    "DescribeSecurityGroups": ("securityGroupInfo", "groupId"),
    "DescribeSecurityGroupRules": ("securityGroupRuleSet", "securityGroupRuleId"),
    "DescribeVpcEndpoints": ("vpcEndpointSet", "vpcEndpointId"),
    "DescribeInstanceConnectEndpoints": ("instanceConnectEndpointSet", "instanceConnectEndpointId"),
    "DescribePlacementGroups": ("placementGroupSet", "groupId"),
    "DescribeFlowLogs": ("flowLogSet", "flowLogId"),
    "DescribeNetworkInterfaces": ("networkInterfaceSet", "networkInterfaceId"),
    "DescribeTags": ("tagSet", "resourceId"),
}
"""By action, the element that holds the list, and the one that holds the ID of an item in it."""


@dataclass
class Freshness:
    """Remembers when each resource was made. With `seconds` at zero everything is seen at once."""

    seconds: float = 0.0
    _made: dict[str, float] = field(default_factory=dict)

    def forget(self) -> None:
        """Has everything be seen that was made until now."""
        self._made.clear()

    def learn(self, call: Call) -> None:
        """Takes note of what a call has made."""
        if self.seconds and call.service == "ec2":
            self._made.update(dict.fromkeys(call.created, time.monotonic()))

    def named_by(self, call: Call) -> str | None:
        """The first fresh resource that a call names, in whatever parameter but a filter."""
        if not self._made or call.service != "ec2":
            return None
        named = (value for name, value in call.parameters.items() if not name.startswith("Filter"))
        return next((value for value in named if self._is_fresh(value)), None)

    def hide(self, call: Call) -> Message:
        """The answer to a call without the resources that are fresh."""
        assert call.answer is not None
        if not self._made or call.action not in LISTED or call.answer.status != 200:
            return call.answer
        list_name, id_name = LISTED[call.action]
        document = ElementTree.fromstring(call.answer.body)
        space = document.tag.partition("}")[0] + "}" if document.tag.startswith("{") else ""
        ElementTree.register_namespace("", space.strip("{}"))
        items = document.find(f"{space}{list_name}")
        if items is not None:
            for item in [item for item in items if self._is_fresh(item.findtext(f"{space}{id_name}", ""))]:
                items.remove(item)
        return answer(200, {"content-type": "text/xml;charset=UTF-8"}, ElementTree.tostring(document, "utf-8"))

    def _is_fresh(self, resource_id: str) -> bool:
        made = self._made.get(resource_id)
        return made is not None and time.monotonic() - made < self.seconds
