"""What a JSON Schema cannot say of a spec, or not without being hard to read, and leaves to the function."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Fault:
    """What the function finds wrong, and where: a pointer into the spec."""

    pointer: str
    detail: str

    def is_left(self) -> bool:
        return any(left.is_it(self) for left in LEFT.values())


@dataclass(frozen=True)
class Left:
    """What a schema leaves to the function."""

    pointer: str
    detail: str
    """Expressions for where it is refused, and how."""
    example: dict[str, Any]

    def is_it(self, fault: Fault) -> bool:
        return bool(re.fullmatch(self.pointer, fault.pointer) and re.search(self.detail, fault.detail))


LEFT: dict[str, Left] = {
    "a_block_is_on_its_boundary": Left(
        r"/network/cidr|/access/ssh_from/\d+", "on its network boundary", {"network": {"cidr": "10.0.7.0/16"}}
    ),
    "the_length_is_that_of_the_block": Left(
        r"/network/prefix_length", "as in cidr", {"network": {"cidr": "10.0.0.0/16", "prefix_length": 20}}
    ),
    "blocks_are_not_the_world_between_them": Left(
        r"/access/ssh_from", "whole internet", {"access": {"ssh_from": ["0.0.0.0/1", "128.0.0.0/1"]}}
    ),
    "a_time_to_live_is_a_minute_to_a_year": Left(r"/ttl", "from 1m to 365d", {"ttl": "366d"}),
    "a_moment_exists": Left(r"/expires_at", "RFC 3339", {"expires_at": "2031-02-30T08:30:00Z"}),
    "what_means_the_same_stands_once": Left(
        r"/(access|egress|training)/\w+/\d+", "each of them once", {"egress": {"allow_domains": ["a.org", "A.org."]}}
    ),
    "keys_differ_in_more_than_case": Left(r"/tags/.*", "differ in case alone", {"tags": {"team": "", "Team": ""}}),
    "letters_of_all_scripts": Left(r"/tags/.*", "letters, numbers, spaces", {"tags": {"team": "☃"}}),
    "names_that_s3_keeps_for_itself": Left(
        r"/training/(read|write)/\d+",
        "S3 ARN with the name of one bucket",
        {"training": {"read": ["arn:aws:s3:::a..b"]}},
    ),
    "a_prefix_without_variables": Left(
        r"/training/(read|write)/\d+", "S3 ARN with a prefix", {"training": {"read": ["arn:aws:s3:::abc/${a}"]}}
    ),
    "a_region_is_short": Left(
        r"/training/kms_keys/\d+|/flow_logs/kms_key",
        "the ARN of a KMS key",
        {"flow_logs": {"kms_key": f"arn:aws:kms:us-{'a' * 40}-1:111122223333:key/mrk-{'0' * 32}"}},
    ),
    "a_domain_fits_into_a_message": Left(
        r"/egress/allow_domains/\d+", "a domain name", {"egress": {"allow_domains": ["a." * 127 + "a"]}}
    ),
}
