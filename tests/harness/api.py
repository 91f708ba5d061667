"""`openapi.yaml`, and whether an answer over HTTP is one that it describes."""

from __future__ import annotations

import json
import re
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml

from . import schemas

FILE = Path(__file__).parent.parent.parent / "openapi.yaml"
OUTSIDE = {204, 404, 405}
"""What a path or method that is not described may be answered with."""


@cache
def load() -> dict[str, Any]:
    return yaml.safe_load(FILE.read_text())


def resolved(part: Any) -> Any:
    """What a reference within the file stands for."""
    while isinstance(part, dict) and part.get("$ref", "").startswith("#/"):
        path, part = part["$ref"][2:].split("/"), load()
        for key in path:
            part = part[key]
    return part


def operations() -> dict[tuple[str, str], dict[str, Any]]:
    """By path and method."""
    methods = {"get", "put", "post", "delete"}
    paths = load()["paths"].items()
    return {(path, method.upper()): item[method] for path, item in paths for method in item if method in methods}


def operation(method: str, target: str) -> dict[str, Any] | None:
    """What a request is for; HEAD is for what GET is for."""
    path = urlsplit(target).path.rstrip("/") or "/"
    for (described, taken), found in operations().items():
        pattern = re.sub(r"\\{\w+\\}", "[^/]+", re.escape(described))
        if re.fullmatch(pattern, path) and taken == ("GET" if method == "HEAD" else method):
            return found
    return None


def assert_described(method: str, target: str, status: int, headers: dict[str, str], body: str) -> None:
    """The answer must be one that the description has for the request."""
    asked = operation(method, target)
    what = f"{method} {target} {status}"
    if asked is None or (status == 404 and str(status) not in asked["responses"]):
        assert status in OUTSIDE, what
        return
    assert str(status) in asked["responses"], f"{what} is not described"
    response = resolved(asked["responses"][str(status)])
    for name, reference in response.get("headers", {}).items():
        header, value = resolved(reference), headers.get(name.lower())
        assert value is not None or not header.get("required"), f"{what} lacks {name}"
        pattern = header["schema"].get("pattern", "")
        assert value is None or re.search(pattern, value), f"{what} has the {name} {value}"
    contents = response.get("content", {})
    media_type = headers.get("content-type", "").split(";")[0]
    assert media_type in contents or not (media_type or contents), f"{what} is {media_type}"
    if media_type.endswith("json") and method != "HEAD":
        reference = contents[media_type]["schema"]["$ref"]
        schemas.assert_described(reference.removeprefix("schemas/").removesuffix(".json"), json.loads(body))
