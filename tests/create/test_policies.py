"""The policies of an environment's roles, as AWS reports them, before a linter that knows every action of AWS."""

from __future__ import annotations

import json
import re
from typing import Any

import pytest
from parliament import analyze_policy_string

from harness.asking import ask
from harness.requests import NAME, create
from harness.standing import Bench

KEY = "arn:aws:kms:us-east-1:123456789012:key/0f8b7a54-1c3d-4f6e-9a21-5d2c8e7b6a10"
ENDPOINTS = ["s3", "ecr.api", "ecr.dkr", "logs", "sts", "ssm", "ssmmessages", "ec2messages", "sagemaker.api", "kms"]
MOST: dict[str, Any] = {
    "egress": {"endpoints": ENDPOINTS},
    "training": {
        "services": ["batch", "ec2", "ecs-tasks", "sagemaker"],
        "read": ["arn:aws:s3:::features", "arn:aws:s3:::datasets/v3/", "arn:aws:s3:::shared/part*"],
        "write": ["arn:aws:s3:::models/", "arn:aws:s3:::runs/fraud"],
        "kms_keys": [KEY],
    },
}
INLINE_QUOTA = 10_240
"""https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html, white space not counted."""
TRUST_QUOTA = 2_048


def roles(bench: Bench) -> dict[str, dict[str, Any]]:
    """The documents of each role, by name: its trust policy as `trust`, its inline policies by theirs."""
    iam = bench.account.iam
    found = {}
    for role in iam.list_roles(PathPrefix="/ringfence/")["Roles"]:
        name = role["RoleName"]
        policies = iam.list_role_policies(RoleName=name)["PolicyNames"]
        documents = {each: iam.get_role_policy(RoleName=name, PolicyName=each)["PolicyDocument"] for each in policies}
        found[name] = {"trust": role["AssumeRolePolicyDocument"], **documents}
    return found


def size(document: dict[str, Any]) -> int:
    return len(json.dumps(document, separators=(",", ":")))


@pytest.mark.parametrize("spec", [{}, MOST], ids=["by default", "with everything"])
def test_they_are_clean_and_small_enough(bench: Bench, spec: dict[str, Any]) -> None:
    ask(bench.function, create(**spec))
    found = roles(bench)
    assert set(found) == {f"{NAME}-us-east-1-training", f"{NAME}-us-east-1-flow-logs"}
    for name, documents in found.items():
        assert size(documents["trust"]) <= TRUST_QUOTA
        inline = {policy: document for policy, document in documents.items() if policy != "trust"}
        assert sum(map(size, inline.values())) <= INLINE_QUOTA
        for policy, document in inline.items():
            findings = analyze_policy_string(json.dumps(document)).findings
            assert [f"{each.issue}: {each.detail} {each.location}" for each in findings] == [], f"{policy} of {name}"


def test_a_wildcard_stands_only_where_its_name_says_that_aws_takes_nothing_else(bench: Bench) -> None:
    ask(bench.function, create(**MOST))
    for documents in roles(bench).values():
        for policy, document in documents.items():
            for statement in document["Statement"]:
                actions, resources = (
                    [value] if isinstance(value := statement.get(key, []), str) else value
                    for key in ("Action", "Resource")
                )
                assert "*" not in actions, policy
                assert not [action for action in actions if action.endswith(":*") and statement["Effect"] == "Allow"]
                if "*" in resources and statement["Effect"] == "Allow":
                    assert re.search("Takes?NoResource$", statement["Sid"]), statement["Sid"]
