"""What a run costs at most, in US dollars, at the list prices of us-east-1 (August 2025); other regions differ."""

from __future__ import annotations

from collections.abc import Iterable

from .options import ZONES, Option

INTERFACE_ENDPOINT_HOUR = 0.01
"""For each zone: https://aws.amazon.com/privatelink/pricing/"""
DOMAIN_MONTH = 0.0005
"""For each name of a DNS Firewall: https://aws.amazon.com/route53/pricing/"""
LOG_GIGABYTE = 0.50
"""https://aws.amazon.com/cloudwatch/pricing/"""
LOGGED_GIGABYTES = 0.01
"""An environment without hosts delivers next to nothing."""
GIGABYTE_SECOND = 0.0000166667
"""https://aws.amazon.com/lambda/pricing/"""
MEMORY_GIGABYTES = 0.25
HOURS = 3
"""How long an environment stands at most: so long as its `ttl`, whatever becomes of the run."""
INVOCATIONS = 40
INVOCATION_SECONDS = 300
PAGES = (
    "https://aws.amazon.com/privatelink/pricing/",
    "https://aws.amazon.com/route53/pricing/",
    "https://aws.amazon.com/cloudwatch/pricing/",
    "https://aws.amazon.com/lambda/pricing/",
)


def bound(options: Iterable[Option]) -> float:
    """No more than this, if every environment stood until it expired and every invocation took its whole time."""
    total = 0.0
    for option in options:
        total += option.interface_endpoints * ZONES * HOURS * INTERFACE_ENDPOINT_HOUR
        total += option.domains * DOMAIN_MONTH
        total += LOGGED_GIGABYTES * LOG_GIGABYTE
        total += INVOCATIONS * INVOCATION_SECONDS * MEMORY_GIGABYTES * GIGABYTE_SECOND
    return total
