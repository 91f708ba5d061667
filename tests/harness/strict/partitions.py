"""What differs between the partitions of AWS, and moto has the same in all of them."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from functools import cache
from typing import Any

from moto.core.responses import ActionResult
from moto.ec2.models.vpcs import VPCBackend
from moto.ec2.responses.vpcs import VPCs
from moto.utilities.utils import get_partition

from .patching import wrap
from .settings import settings

BY_THE_SUFFIX_IN_CHINA = {
    "ec2",
    "ecr.api",
    "ecr.dkr",
    "lambda",
    "s3",
    "sagemaker.api",
    "sagemaker.runtime",
    "sqs",
    "states",
    "sts",
}
"""Some of the services whose interface endpoints there have names that begin with `cn.com.amazonaws`.

https://github.com/aws/aws-cdk/blob/main/packages/aws-cdk-lib/aws-ec2/lib/vpc-endpoint.ts; that of S3 goes by it, and
its gateway does not: https://github.com/kubernetes/kops/blob/master/upup/pkg/fi/cloudup/awsup/mock_aws_cloud.go
"""

_collect: Callable[[str, str], list[dict[str, Any]]] = VPCBackend._collect_default_endpoint_services


@cache
def _services(account_id: str, region: str) -> list[dict[str, Any]]:
    return [_as_in_partition(each, region) for each in _collect(account_id, region)]


def _as_in_partition(service: dict[str, Any], region: str) -> dict[str, Any]:
    name = service["ServiceName"]
    is_interface = any(each["ServiceType"] == "Interface" for each in service["ServiceType"])
    short = name.partition(f".{region}.")[2]
    if get_partition(region) == "aws-cn" and is_interface and short in BY_THE_SUFFIX_IN_CHINA:
        return {**service, "ServiceName": f"cn.com.amazonaws.{region}.{short}"}
    return service


VPCBackend._collect_default_endpoint_services = staticmethod(_services)  # type: ignore[method-assign]


@wrap(VPCs)
def describe_vpc_endpoint_services(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """GovCloud has been known to answer with names alone.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_endpoint_service_data_source.go
    """
    result = original(self)
    if settings.terse and isinstance(result.result, dict):
        result._result = {**result.result, "ServiceDetails": []}
    return result


@wrap(VPCs)
def describe_vpc_endpoints(original: Callable[..., ActionResult], self: Any) -> ActionResult:
    """In GovCloud endpoints have been known to have no type.

    https://github.com/hashicorp/terraform-provider-aws/blob/main/internal/service/ec2/vpc_endpoint.go
    """
    result = original(self)
    if settings.terse and isinstance(result.result, dict):
        result._result = {"VpcEndpoints": [_untyped(each) for each in result.result["VpcEndpoints"]]}
    return result


def _untyped(endpoint: Any) -> Any:
    endpoint = copy(endpoint)
    endpoint.vpc_endpoint_type = None
    return endpoint
