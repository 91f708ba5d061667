"""Every policy there is, before what AWS publishes of its actions, resources and condition keys.

The template's, and what the code writes over all options, both in four partitions, and the boundary against the latter.
"""

from __future__ import annotations

import copy
import json
import os
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from harness.fixtures import Report
from harness.judge.judge import Statement, cut, faults, role_faults
from harness.judge.rendering import ACCOUNT, Rendered

ROOT = Path(__file__).parents[2]
PARTITIONS = ["aws", "aws-cn", "aws-us-gov", "aws-eusc"]
BOUNDARY = "EnvironmentRoleBoundary"
THROUGH_THE_VPC = "DenyDataOutsideThisVpc"
GIVEN = {"aws:ResourceAccount": ACCOUNT, "aws:SourceVpc": "any", "aws:VpceAccount": ACCOUNT}
"""What every request for data has that a training role is granted: it denies itself all others."""
NO_FAULTS = {
    ("MachineRole", "states:DescribeExecution needs a express, and nothing allows it on one"): (
        "The executions of the map are standard ones."
    ),
}


@dataclass(frozen=True)
class Document:
    """A document that the code writes."""

    partition: str
    kind: str
    statements: list[Statement]


@dataclass(frozen=True)
class Written:
    """All that the code can write: statements, each with the partitions that it is written in, and their documents."""

    statements: list[tuple[str, Statement]]
    documents: list[Document]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Written:
    """What the code says now: a test of it writes everything down."""
    path = tmp_path_factory.mktemp("policies") / "policies.json"
    run = subprocess.run(
        ["cargo", "test", "--locked", "--quiet", "--workspace", "--lib", "every_document_fits_and_can_be_written"],
        cwd=ROOT,
        env={**os.environ, "RINGFENCE_WRITE_POLICIES": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    read = json.loads(path.read_text())
    places, statements = read["places"], read["statements"]
    documents = [
        Document(
            places[each["place"]]["partition"], each["kind"], [statements[number] for number in each["statements"]]
        )
        for each in read["documents"]
    ]
    used = {(places[each["place"]]["partition"], number) for each in read["documents"] for number in each["statements"]}
    return Written([(partition, statements[number]) for partition, number in sorted(used)], documents)


def of_template(partition: str) -> Iterator[tuple[str, Statement]]:
    """Every statement of the template, each with whose it is."""
    rendered = Rendered(partition)
    for role in rendered.roles():
        yield from ((role.name, statement) for statement in [*role.trust, *role.statements])
    for name, statements in {BOUNDARY: rendered.managed(BOUNDARY), "QueuePolicy": rendered.of_queues()}.items():
        yield from ((name, statement) for statement in statements)


def found_in_template(partition: str) -> Iterator[str]:
    for name, statement in of_template(partition):
        yield from (f"{name}, {statement.get('Sid')}: {fault}" for fault in faults(statement, partition))
    for role in Rendered(partition).roles():
        yield from (
            f"{role.name}: {each}" for each in role_faults(role.statements) if (role.name, each) not in NO_FAULTS
        )


@pytest.mark.parametrize("partition", PARTITIONS)
def test_what_the_template_allows_is_what_aws_knows(partition: str, report: Report) -> None:
    judged = list(of_template(partition))
    assert len(judged) > 60
    report(f"{len(judged)} statements of the template judged by AWS's reference in {partition}")
    assert list(found_in_template(partition)) == []


@pytest.mark.parametrize("name", ["TableName", "DataBuckets"])
def test_parameters_make_no_difference_to_that(name: str) -> None:
    rendered = Rendered("aws-cn", **{name: {"TableName": "other", "DataBuckets": "team-*, shared"}[name]})
    statements = [*rendered.managed(BOUNDARY), *(each for role in rendered.roles() for each in role.statements)]
    assert [fault for each in statements for fault in faults(each, "aws-cn")] == []


def test_what_the_code_writes_is_what_aws_knows(written: Written, report: Report) -> None:
    found = {
        f"{statement['Sid']} in {partition}: {fault}"
        for partition, statement in written.statements
        for fault in faults(statement, partition)
    }
    report(
        f"{len(written.statements)} statements of {len(written.documents)} written documents judged by AWS's reference"
    )
    assert found == set()
    of_roles = [each.statements for each in written.documents if each.kind in ("training", "flow-logs")]
    assert {fault for statements in of_roles for fault in role_faults(statements)} == set()


def cut_away(document: Document, boundary: list[Statement]) -> list[str]:
    """What the boundary takes from a document that the code writes."""
    denied = [each for each in document.statements if each["Sid"] == THROUGH_THE_VPC]
    if document.kind == "training":
        assert denied[0]["Action"] == "s3:*" and denied[0]["Condition"] == {
            "StringNotEquals": {"aws:SourceVpc": "vpc-0a1b2c3d4e5f60718"}
        }
    return [fault for statement in document.statements for fault in cut(statement, boundary, GIVEN)]


def all_roles(written: Written, partition: str) -> list[Document]:
    kinds = ("training", "flow-logs")
    return [each for each in written.documents if each.partition == partition and each.kind in kinds]


@pytest.mark.parametrize("partition", PARTITIONS)
def test_the_boundary_takes_nothing_away(written: Written, partition: str) -> None:
    boundary = Rendered(partition).managed(BOUNDARY)
    documents = all_roles(written, partition)
    assert len(documents) > 100
    assert {fault for document in documents for fault in cut_away(document, boundary)} == set()


@pytest.mark.parametrize("partition", PARTITIONS)
def test_buckets_can_be_narrowed(written: Written, partition: str) -> None:
    boundary = Rendered(partition, DataBuckets="corpus,mod*").managed(BOUNDARY)
    cut_off = {fault for document in all_roles(written, partition) for fault in cut_away(document, boundary)}
    buckets = {fault.rpartition(":::")[2].split("/")[0] for fault in cut_off}
    assert buckets == {"shared", "single", "runs", "logs"}
    data = [each for each in boundary if each["Sid"] == "UseDataOfThisAccount"]
    assert data[0]["Resource"] == [f"arn:{partition}:s3:::corpus/*", f"arn:{partition}:s3:::mod*/*"]


# Broken on purpose, it is seen

Break = Callable[[dict[str, Statement]], Any]


def _set(sid: str, element: str, value: Any) -> Break:
    return lambda statements: statements[sid].update({element: value})


def _drop(sid: str, element: str, value: str) -> Break:
    return lambda statements: statements[sid][element].remove(value)


def _condition(sid: str, operator: str, key: str, value: Any) -> Break:
    return lambda statements: statements[sid].setdefault("Condition", {}).update({operator: {key: value}})


EC2 = f"arn:aws:ec2:eu-central-1:{ACCOUNT}"
BROKEN: dict[str, tuple[Break, str]] = {
    "an action that does not exist": (_set("MakeTaggedVpcs", "Action", ["ec2:CreateVPCs"]), "no action ec2:CreateVPCs"),
    "an action of another service": (_set("SendEvents", "Action", ["sns:Publish"]), "sns:Publish is about topic"),
    "a resource of another type": (_set("MakeTaggedVpcs", "Resource", f"{EC2}:subnet/*"), "is about"),
    "a resource of no action": (_set("MakeVpcsFromPools", "Resource", ["arn:aws:ec2::*:ipam/*"]), "is no resource of"),
    "a resource without its region": (
        _set("KeepRecords", "Resource", f"arn:aws:dynamodb::{ACCOUNT}:table/x"),
        "is about",
    ),
    "another partition": (_set("TagRoles", "Resource", f"arn:aws-cn:iam::{ACCOUNT}:role/x"), "not of the partition"),
    "everything, where names are taken": (_set("ChangeRoles", "Resource", "*"), "is allowed on everything"),
    "a resource where none is taken": (_set("WriteTraces", "Resource", f"{EC2}:vpc/*"), "takes no resource"),
    "a key that nobody knows": (
        _condition("MakeTaggedVpcs", "StringEquals", "ec2:VpcColour", "red"),
        "no condition key",
    ),
    "a key that is not known there": (
        _condition("WhatServedSubnets", "StringEquals", "ec2:VpceServiceOwner", "amazon"),
        "knows no ec2:VpceServiceOwner",
    ),
    "an operator for other values": (
        _condition("MakeTaggedVpcs", "NumericEquals", "aws:RequestTag/team", "1"),
        "NumericEquals compares no String",
    ),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_statement_is_seen(name: str) -> None:
    (role,) = (each for each in Rendered("aws").roles() if each.name == "ExecutionRole")
    statements = {each["Sid"]: copy.deepcopy(each) for each in role.statements}
    breaking, complaint = BROKEN[name]
    breaking(statements)
    found = [fault for each in statements.values() for fault in faults(each, "aws")]
    assert found and any(complaint in fault for fault in found), found


@pytest.mark.parametrize(
    ("breaking", "complaint"),
    [
        (_drop("MakePartsInOwnVpcs", "Resource", f"{EC2}:vpc/*"), "ec2:CreateVpcEndpoint needs a vpc"),
        (_drop("MakeTaggedParts", "Resource", f"{EC2}:subnet/*"), "ec2:CreateSubnet needs a subnet"),
    ],
    ids=["the VPC", "the subnet"],
)
def test_a_resource_that_is_allowed_by_nothing_is_seen(breaking: Break, complaint: str) -> None:
    (role,) = (each for each in Rendered("aws").roles() if each.name == "ExecutionRole")
    statements = {each["Sid"]: copy.deepcopy(each) for each in role.statements}
    breaking(statements)
    assert any(complaint in each for each in role_faults(statements.values()))


@pytest.mark.parametrize(
    ("breaking", "complaint"),
    [
        (_drop("UseDataOfThisAccount", "Action", "s3:PutObject"), "s3:PutObject"),
        (_drop("RunSageMakerJobs", "Resource", f"{EC2}:subnet/*"), "ec2:CreateNetworkInterface"),
        (_condition("WriteLogs", "StringEquals", "aws:SourceAccount", ACCOUNT), "logs:PutLogEvents"),
        (_condition("UseKeysThroughS3", "StringEquals", "kms:ViaService", "s3.eu-west-1.amazonaws.com"), "kms:Decrypt"),
    ],
    ids=["an action", "a resource", "a condition", "another value"],
)
def test_a_boundary_that_cuts_is_seen(written: Written, breaking: Break, complaint: str) -> None:
    statements = {each["Sid"]: copy.deepcopy(each) for each in Rendered("aws").managed(BOUNDARY)}
    breaking(statements)
    documents = all_roles(written, "aws")
    found = {fault for document in documents for fault in cut_away(document, list(statements.values()))}
    assert any(f"admit {complaint}" in fault for fault in found)
