"""Commands of the AWS CLI, carried out against an emulator: the CLI itself is not needed to know what they call."""

from __future__ import annotations

import json
import shlex
from typing import Any

from botocore import xform_name

from .emulator import Emulator

Parts = tuple[str, str, dict[str, Any]]
GLOBAL = {"region"}
"""Options that are about the CLI and not about the call."""


def parsed(command: str) -> Parts:
    """The service, the operation and the options of a command; flags are True, and several words are a list."""
    program, service, operation, *words = shlex.split(command)
    assert program == "aws", command
    options: dict[str, Any] = {}
    name = ""
    for word in words:
        if word.startswith("--"):
            name = word.removeprefix("--")
            assert name not in options, command
            options[name] = True
        else:
            known = options[name]
            options[name] = word if known is True else [*known, word] if isinstance(known, list) else [known, word]
    return service, operation, options


def carry_out(emulator: Emulator, command: str) -> Any:
    """Makes the call that a command makes."""
    service, operation, options = parsed(command)
    client = emulator.client(service)
    method = operation.replace("-", "_")
    model = client.meta.service_model.operation_model(client.meta.method_to_api_mapping[method])
    members = {xform_name(name, "-"): (name, shape) for name, shape in model.input_shape.members.items()}
    arguments = {}
    for option, given in options.items():
        if option in GLOBAL:
            continue
        assert option in members, f"aws {service} {operation} has no --{option}"
        name, shape = members[option]
        arguments[name] = _value(shape, given)
    return getattr(client, method)(**arguments)


def _value(shape: Any, given: Any) -> Any:
    """A value as the call takes it: JSON, the CLI's shorthand, or a plain word."""
    kind = shape.type_name
    if kind == "list":
        words = given if isinstance(given, list) else [given]
        if len(words) == 1 and words[0].startswith("["):
            return json.loads(words[0])
        return [_value(shape.member, word) for word in words]
    assert not isinstance(given, list), given
    if kind == "structure":
        if given.startswith("{"):
            return json.loads(given)
        pairs = dict(part.split("=", 1) for part in given.split(","))
        return {key: _value(shape.members[key], value) for key, value in pairs.items()}
    if kind == "boolean":
        return given is True or given == "true"
    if kind in ("integer", "long"):
        return int(given)
    if kind in ("double", "float"):
        return float(given)
    return given


def overrides(command: str) -> dict[str, str]:
    """The parameters that a `sam deploy` sets."""
    program, deploy, option, *pairs = shlex.split(command)
    assert (program, deploy, option) == ("sam", "deploy", "--parameter-overrides"), command
    return dict(pair.split("=", 1) for pair in pairs)
