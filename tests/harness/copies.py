"""Many environments soon: one that the function made, and copies of it in the emulator and in the function's table."""

from __future__ import annotations

import json
from ipaddress import IPv4Network
from itertools import islice
from typing import Any

from .account import Account
from .kinds import ENVIRONMENT_TAG
from .normal import tags

RECORD, CLAIMS = "environment", "claims"
"""What kinds of items the function keeps of an environment: its record, and who claims which block of a /16."""
REGION_PREFIX_LENGTH = 16
MOST_WRITES = 25


def multiply(account: Account, name: str, copies: list[str]) -> None:
    """Has an environment that is ready stand once more under each of these names, which nothing has yet."""
    if not copies:
        return
    (record,) = (each for each in account.records(RECORD) if each["name"] == name)
    block = IPv4Network(record["cidr"])
    taken = {IPv4Network(vpc["CidrBlock"]) for vpc in account.resources("vpcs")}
    blocks = islice(_free(block, taken), len(copies))
    pairs = [(copy, str(other)) for copy, other in zip(copies, blocks, strict=True)]
    account.emulator.copy_environment(name, str(block), pairs)
    _write(account, name, str(block), pairs)


def _free(block: IPv4Network, taken: set[IPv4Network]) -> Any:
    """The blocks of this size after it that no VPC overlaps."""
    pool = IPv4Network(f"{block.network_address}/8", strict=False)
    others = pool.subnets(new_prefix=block.prefixlen)
    return (other for other in others if other > block and not any(other.overlaps(each) for each in taken))


def _vpcs(account: Account) -> dict[str, str]:
    """The VPC of each environment."""
    found = {}
    for vpc in account.resources("vpcs"):
        name = tags(vpc.get("Tags")).get(ENVIRONMENT_TAG)
        if name:
            found[name] = vpc["VpcId"]
    return found


def _write(account: Account, name: str, block: str, pairs: list[tuple[str, str]]) -> None:
    """The records of the copies, and the claims on their blocks."""
    vpcs = _vpcs(account)
    table = {"TableName": account.table}
    items = account.dynamodb.scan(**table)["Items"]
    (record,) = (item for item in items if item["kind"]["S"] == RECORD and item["name"]["S"] == name)
    claims = {item["name"]["S"]: item for item in items if item["kind"]["S"] == CLAIMS}
    (example,) = (item for item in claims.values() if block in item["blocks"]["M"])
    written, text = [], json.dumps(record)
    for other, other_block in pairs:
        mine = text.replace(name, other).replace(block, other_block).replace(vpcs[name], vpcs[other])
        written.append(json.loads(mine))
        region = str(IPv4Network(other_block).supernet(new_prefix=REGION_PREFIX_LENGTH))
        empty = {**example, "name": {"S": region}, "blocks": {"M": {}}}
        claims.setdefault(region, empty)["blocks"]["M"][other_block] = {"S": other}
    written += claims.values()
    for begin in range(0, len(written), MOST_WRITES):
        puts = [{"PutRequest": {"Item": item}} for item in written[begin : begin + MOST_WRITES]]
        account.dynamodb.batch_write_item(RequestItems={account.table: puts})
