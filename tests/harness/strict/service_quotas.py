"""Service Quotas: what it says is what the emulator goes by, and what is asked for is granted at once.

AWS decides about some requests at once and about others within days:
https://docs.aws.amazon.com/servicequotas/latest/userguide/request-quota-increase.html
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from moto.iam.models import AccountSummary
from moto.servicequotas.exceptions import NoSuchResource
from moto.servicequotas.models import ServiceQuotasBackend
from moto.servicequotas.responses import ServiceQuotasResponse

from .patching import add, wrap
from .settings import settings

GONE_BY = {
    ("vpc", "L-F678F1CE"): "vpcs",
    ("vpc", "L-1B52E74A"): "gateway_endpoints",
    ("vpc", "L-29B6F2EB"): "interface_endpoints_per_vpc",
    ("iam", "L-FE177D64"): "roles",
}
"""By service and code, the quota of the emulator."""


@wrap(ServiceQuotasBackend)
def get_service_quota(
    original: Callable[..., dict[str, Any]], self: Any, service_code: str, quota_code: str
) -> dict[str, Any]:
    """moto knows the defaults of VPC alone, whatever an account has by now.

    https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_GetServiceQuota.html
    """
    quota = original(self, service_code, quota_code)
    name = GONE_BY.get((service_code, quota_code))
    return quota if name is None else quota | {"Value": float(getattr(settings.quotas, name))}


@add(ServiceQuotasResponse)
def request_service_quota_increase(self: Any) -> str:
    """https://docs.aws.amazon.com/servicequotas/2019-06-24/apireference/API_RequestServiceQuotaIncrease.html"""
    asked = json.loads(self.body)
    name = GONE_BY.get((asked["ServiceCode"], asked["QuotaCode"]))
    if name is None:
        raise NoSuchResource
    setattr(settings.quotas, name, int(asked["DesiredValue"]))
    return json.dumps({"RequestedQuota": {**asked, "Status": "APPROVED"}})


_SUMMARY: Any = vars(AccountSummary)["summary_map"]


def _summary(self: Any) -> dict[str, Any]:
    """moto counts roles against a quota of its own."""
    return {**_SUMMARY.fget(self), "RolesQuota": settings.quotas.roles}


AccountSummary.summary_map = property(_summary)  # type: ignore[assignment]
