"""Holds the calls to the strict emulator to the policies of the function's role, as ministack holds the others."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any

from .. import answers
from ..calls import Call
from ..emulator import ACCOUNT, REGION, Emulator
from ..proxy import Proxy
from ..strict.settings import Settings
from .late_tags import LateTags
from .permissions import Permission, permissions
from .process import PYTHON, Ministack


class Checkpoint:
    """Refuses in the proxy what no policy of a role allows, from its creation until `stop`."""

    def __init__(self, ministack: Ministack, emulator: Emulator, proxy: Proxy, function: str) -> None:
        self._iam, self._emulator = ministack.client("iam"), emulator
        configuration = ministack.client("lambda").get_function_configuration(FunctionName=function)
        self.role = configuration["Role"].rpartition("/")[2]
        self.granted: set[str] = set()
        """The actions that were asked for and allowed."""
        self.refused: list[Permission] = []
        self.late: list[Permission] = []
        """What was refused because a tag did not count yet, and would have been allowed a moment later."""
        self.tags = LateTags(Settings.of_environment().tag_seconds)
        self._judge = subprocess.Popen(
            [str(PYTHON), str(Path(__file__).with_name("judge.py"))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        self.read()
        proxy.reply(answers.denied, where=self._refuses)
        proxy.on_call(self.tags.learn)

    def read(self) -> None:
        """Takes the role's policies as they are now."""
        names = self._iam.list_role_policies(RoleName=self.role)["PolicyNames"]
        self._inline = {name: self._inline_policy(name) for name in names}
        attached = self._iam.list_attached_role_policies(RoleName=self.role)["AttachedPolicies"]
        self._managed = {each["PolicyArn"]: self._managed_policy(each["PolicyArn"]) for each in attached}

    def _inline_policy(self, name: str) -> dict[str, Any]:
        return dict(self._iam.get_role_policy(RoleName=self.role, PolicyName=name)["PolicyDocument"])

    def _managed_policy(self, arn: str) -> dict[str, Any]:
        version = self._iam.get_policy(PolicyArn=arn)["Policy"]["DefaultVersionId"]
        return dict(self._iam.get_policy_version(PolicyArn=arn, VersionId=version)["PolicyVersion"]["Document"])

    @contextmanager
    def without(self, action: str) -> Iterator[None]:
        """Takes an action out of every policy of the role, and puts it back at the end."""
        kept = dict(self._inline), dict(self._managed)
        try:
            self._write(*({name: _less(each, action) for name, each in policies.items()} for policies in kept))
            yield
        finally:
            self._write(*kept)

    def _write(self, inline: dict[str, Any], managed: dict[str, Any]) -> None:
        for name, document in inline.items():
            self._iam.put_role_policy(RoleName=self.role, PolicyName=name, PolicyDocument=json.dumps(document))
        for arn, document in managed.items():
            versions = self._iam.list_policy_versions(PolicyArn=arn)["Versions"]
            for version in (each for each in versions if not each["IsDefaultVersion"]):  # Five are the most.
                self._iam.delete_policy_version(PolicyArn=arn, VersionId=version["VersionId"])
            self._iam.create_policy_version(PolicyArn=arn, PolicyDocument=json.dumps(document), SetAsDefault=True)
        self.read()

    def stop(self) -> None:
        assert self._judge.stdin is not None and self._judge.stdout is not None
        self._judge.stdin.close()
        self._judge.wait(timeout=10)
        self._judge.stdout.close()

    def _refuses(self, call: Call) -> bool:
        for permission in permissions(call, self._emulator):
            seen = self.tags.seen(permission)
            if not self._allows(seen):
                is_late = seen != permission and self._allows(permission)
                (self.late if is_late else self.refused).append(permission)
                return True
            self.granted.add(permission.action)
        return False

    def _allows(self, permission: Permission) -> bool:
        """One question at a time: calls come in the one thread of the proxy."""
        assert self._judge.stdin is not None and self._judge.stdout is not None
        question = {
            "principal": f"arn:aws:sts::{ACCOUNT}:assumed-role/{self.role}/function",
            "account": ACCOUNT,
            "region": REGION,
            "action": permission.action,
            "resource": permission.resource,
            "context": permission.context,
            "policies": [*self._inline.values(), *self._managed.values()],
        }
        self._judge.stdin.write(json.dumps(question) + "\n")
        self._judge.stdin.flush()
        return bool(json.loads(self._judge.stdout.readline()))

    def __enter__(self) -> Checkpoint:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _less(document: dict[str, Any], action: str) -> dict[str, Any]:
    """A policy without an action. A statement that has no other goes with it."""
    statements = []
    for statement in document["Statement"]:
        actions = [each for each in statement["Action"] if each != action]
        if actions:
            statements.append({**statement, "Action": actions})
    return {**document, "Statement": statements}
