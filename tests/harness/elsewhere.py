"""The life of an environment in another region, of another partition: everything in a process of its own.

`python -m harness.elsewhere`, with `RINGFENCE_TEST_REGION` and what the emulator is told as JSON on standard input,
prints what the emulator reported as JSON.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from .account import Account
from .asking import ask, describe
from .emulator import ENVIRONMENT, REGION, Emulator
from .function import Function
from .proxy import Proxy
from .requests import NAME, create, delete

TESTS = Path(__file__).parent.parent


def life(region: str, spec: dict[str, Any], **settings: Any) -> dict[str, Any]:
    """What came of an environment there: made, asked for again, altered by hand, put right, described and removed."""
    run = subprocess.run(
        [sys.executable, "-m", "harness.elsewhere"],
        cwd=TESTS,
        env={**os.environ, **ENVIRONMENT, "RINGFENCE_TEST_REGION": region, "AWS_DEFAULT_REGION": region},
        input=json.dumps({"spec": spec, "settings": settings}),
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-6000:]
    return dict(json.loads(run.stdout))


def _alter(account: Account, made: dict[str, Any]) -> None:
    """Something of each kind whose ARN, principal or service name there is another."""
    role = made["ai_training_role_arn"].rpartition("/")[2]
    account.iam.delete_role_policy(RoleName=role, PolicyName="training")
    anybody = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    account.iam.update_assume_role_policy(
        RoleName=role, PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [anybody]})
    )
    endpoints = account.resources("endpoints", {"vpc-id": made["vpc_id"]})
    gone = [each["VpcEndpointId"] for each in endpoints if each["ServiceName"].endswith((".ecr.api", ".s3"))]
    account.ec2.delete_vpc_endpoints(VpcEndpointIds=gone)


def _roles(account: Account) -> dict[str, Any]:
    """Of each role its ARN, its trust policy and its own policies."""
    found = {}
    for role in account.list_roles():
        name = role["RoleName"]
        names = account.iam.list_role_policies(RoleName=name)["PolicyNames"]
        policies = [account.iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in names]
        found[name] = {"arn": role["Arn"], "trust": role["AssumeRolePolicyDocument"], "policies": policies}
    return found


def main() -> None:
    asked = json.loads(sys.stdin.read())
    wish = create(**asked["spec"])
    with Emulator() as emulator, Proxy(emulator.port) as proxy, Function(proxy.url) as function:
        account = Account(emulator)
        emulator.configure(**asked["settings"])
        made = ask(function, wish)
        calls = [call.action for call in proxy.calls()]
        vpc = made["exports"]["vpc_id"]
        built = account.snapshot(NAME)
        endpoints = account.resources("endpoints", {"vpc-id": vpc})
        told = {
            "region": REGION,
            "made": made,
            "asked_for_services": calls.count("DescribeVpcEndpointServices"),
            "endpoints": sorted(each["ServiceName"] for each in endpoints),
            "endpoint_policies": [json.loads(each["PolicyDocument"]) for each in endpoints],
            "roles": _roles(account),
            "groups": [each["arn"] for each in account.list_log_groups()],
            "again": ask(function, wish)["changes"],
        }
        _alter(account, made["exports"])
        told["sweep"] = function.invoke({"action": "sweep"}).payload
        told["put_right"] = account.snapshot(NAME) == built
        told["described"] = ask(function, describe())
        told["deleted"] = ask(function, delete(), "deleted")["status"]
        told["left"] = account.leftovers()
        told["complaints"] = emulator.complaints()
    print(json.dumps(told, default=str))


if __name__ == "__main__":
    main()
