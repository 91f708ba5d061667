"""The function does not start with settings that it cannot work with, and says which one it is."""

from __future__ import annotations

import pytest

from harness.fixtures import StartFunction
from harness.runtime import FunctionDied

WRONG = [
    ("RINGFENCE_TABLE", None),
    ("RINGFENCE_TABLE", ""),
    ("RINGFENCE_TABLE", "no table"),
    ("RINGFENCE_EVENT_BUS", "no bus"),
    ("RINGFENCE_EXPORT_PREFIX", "ringfence"),
    ("RINGFENCE_EXPORT_PREFIX", "/ringfence/"),
    ("RINGFENCE_EXPORT_PREFIX", "/aws/ringfence"),
    ("RINGFENCE_CIDR_POOL", "10.0.0.0"),
    ("RINGFENCE_CIDR_POOL", "10.0.0.0/8,8.8.8.0/24"),
    ("RINGFENCE_CIDR_POOL", "0.0.0.0/0"),
    ("RINGFENCE_PERMISSIONS_BOUNDARY", "Boundary"),
    ("RINGFENCE_PERMISSIONS_BOUNDARY", "arn:aws:iam::123456789012:role/Boundary"),
    ("RINGFENCE_FLOW_LOG_ROLE", "flow-logs"),
    ("RINGFENCE_FLOW_LOG_ROLE", "arn:aws:iam::123456789012:policy/flow-logs"),
]


@pytest.mark.parametrize(("variable", "value"), WRONG)
def test_a_wrong_setting_ends_it_and_is_named(start_function: StartFunction, variable: str, value: str | None) -> None:
    function = start_function(environment={variable: value}, wait=False)
    with pytest.raises(FunctionDied):
        function.runtime.wait_until_polled(10)
    assert function.exit_code not in (None, 0)
    said = [line["message"] for line in function.logs if line.get("level") == "ERROR"]
    assert [variable in message for message in said] == [True], function.logs
    assert function.runtime.first_poll_at is None


def test_empty_settings_are_defaults(start_function: StartFunction) -> None:
    optional = ("EVENT_BUS", "EXPORT_PREFIX", "CIDR_POOL", "PERMISSIONS_BOUNDARY", "FLOW_LOG_ROLE")
    start_function(environment={f"RINGFENCE_{name}": "" for name in optional})
