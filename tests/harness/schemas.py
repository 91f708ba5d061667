"""The schemas in `schemas/`: what they say of a value, values that they allow, and values that nearly are such."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

FOLDER = Path(__file__).parent.parent.parent / "schemas"
BASE = "schema:///"
LONGEST = 4
"""How many elements a drawn array or object of free keys has at most: more would only take time."""

Path_ = tuple[Any, ...]
"""Keys and indices that lead to a value."""


@cache
def load(name: str) -> dict[str, Any]:
    return json.loads((FOLDER / f"{name}.json").read_text())


def names() -> list[str]:
    return sorted(path.stem for path in FOLDER.glob("*.json"))


@cache
def validator(name: str, *, strict: bool = False) -> jsonschema_rs.Draft202012Validator:
    """`strict`: objects may have no field that is not described."""

    def retrieve(uri: str) -> Any:
        schema = load(uri.removeprefix(BASE).removesuffix(".json"))
        return closed(schema) if strict else schema

    return jsonschema_rs.Draft202012Validator({"$ref": f"{BASE}{name}.json"}, retriever=retrieve)


def closed(schema: Any) -> Any:
    """The schema with every object of named fields closed to all others."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    found = {name: closed(each) for name, each in schema.items()}
    return {"additionalProperties": False} | found if "type" in schema and "properties" in schema else found


def assert_described(name: str, value: Any) -> None:
    """The value must be what the schema of this name describes, and have nothing that it does not."""
    wrong = [
        f"{list(error.instance_path)}: {error.message}" for error in validator(name, strict=True).iter_errors(value)
    ]
    assert wrong == [], f"schemas/{name}.json: {wrong}"


def values(schema: dict[str, Any], root: dict[str, Any]) -> SearchStrategy[Any]:
    """Values that a schema allows: what its parts say, as far as the schemas of this project say anything."""
    if "$ref" in schema:
        file, _, pointer = schema["$ref"].partition("#/")
        target = load(file.removesuffix(".json")) if file else root
        home = target
        for key in pointer.split("/") if pointer else []:
            target = target[key]
        return values(target, home)
    if "const" in schema:
        return st.just(schema["const"])
    if "enum" in schema:
        return st.sampled_from(schema["enum"])
    if "oneOf" in schema:
        return st.one_of([values(each, root) for each in schema["oneOf"]])
    return _OF_TYPE[schema["type"]](schema, root)


def _objects(schema: dict[str, Any], root: dict[str, Any]) -> SearchStrategy[Any]:
    if "propertyNames" in schema:
        keys, contents = _texts(schema["propertyNames"], root), values(schema["additionalProperties"], root)
        return st.dictionaries(keys, contents, max_size=LONGEST)
    fields = {name: values(each, root) for name, each in schema["properties"].items()}
    required = {name: fields.pop(name) for name in schema.get("required", [])}
    drawn = st.fixed_dictionaries(required, optional=fields)
    if together := schema.get("not", {}).get("required"):
        return drawn.map(lambda value: value if set(together) - set(value) else _without(value, together[0]))
    return drawn


def _arrays(schema: dict[str, Any], root: dict[str, Any]) -> SearchStrategy[Any]:
    least = schema.get("minItems", 0)
    most = min(schema["maxItems"], least + LONGEST)
    return st.lists(values(schema["items"], root), min_size=least, max_size=most, unique_by=json.dumps)


def _texts(schema: dict[str, Any], root: dict[str, Any]) -> SearchStrategy[str]:
    if "pattern" not in schema:
        return st.text(min_size=schema["minLength"], max_size=min(schema["maxLength"], 9))
    pattern = schema["pattern"].removeprefix("^").removesuffix("$")
    text = st.from_regex(pattern, fullmatch=True, alphabet=st.characters(codec="utf-8"))
    never = schema.get("not", {}).get("pattern")
    return text.filter(
        lambda text: (
            schema.get("minLength", 0) <= len(text) <= schema.get("maxLength", len(text))
            and not (never and re.search(never, text))
        )
    )


def _integers(schema: dict[str, Any], root: dict[str, Any]) -> SearchStrategy[int]:
    return st.integers(schema["minimum"], schema["maximum"])


_OF_TYPE: dict[str, Callable[[dict[str, Any], dict[str, Any]], SearchStrategy[Any]]] = {
    "object": _objects,
    "array": _arrays,
    "string": _texts,
    "integer": _integers,
    "boolean": lambda schema, root: st.booleans(),
}


def _without(value: dict[str, Any], name: str) -> dict[str, Any]:
    return {key: each for key, each in value.items() if key != name}


@st.composite
def altered(draw: st.DrawFn, drawn: SearchStrategy[Any]) -> Any:
    """A value in which something was replaced, left out, added or misspelt, once or twice."""
    value = draw(drawn)
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(_paths(value)))
        value = _replaced(value, path, lambda old: draw(_neighbours(old)))
    return value


def _neighbours(value: Any) -> SearchStrategy[Any]:
    """What may stand in the place of a value: anything, or what is nearly the same."""
    anything: list[Any] = [None, True, False, 0, -1, 1.5, 16.0, 65536, 2**63, "", "x", [], {}, [[]], {"x": {}}]
    leaves = st.sampled_from(anything)
    if isinstance(value, str):
        return leaves | _misspelt(value)
    if isinstance(value, bool) or value is None:
        return leaves
    if isinstance(value, int | float):
        return leaves | st.sampled_from([value + 1, value - 1, -value, float(value), str(value), value * 10])
    if isinstance(value, list):
        return leaves | st.sampled_from([value * 2, value[1:], [*value, None], value * 60, value[0] if value else 1])
    more = [{**value, "x": 1}, {**value, "Name": "x"}, [value]] + [_without(value, name) for name in value]
    return leaves | st.sampled_from(more)


@st.composite
def _misspelt(draw: st.DrawFn, text: str) -> str:
    place = draw(st.integers(0, len(text)))
    instead = draw(
        st.sampled_from(["", " ", "0", "a", "A", "-", ".", "..", "/", ":", "*", "?", "é", "\n", "\0", "9" * 40])
    )
    return text[:place] + instead + text[place + draw(st.integers(0, 2)) :]


def _paths(value: Any) -> list[Path_]:
    if isinstance(value, dict):
        return [()] + [(key, *rest) for key, each in value.items() for rest in _paths(each)]
    if isinstance(value, list):
        return [()] + [(index, *rest) for index, each in enumerate(value) for rest in _paths(each)]
    return [()]


def _replaced(value: Any, path: Path_, instead: Any) -> Any:
    if not path:
        return instead(value)
    first, *rest = path
    inner = _replaced(value[first], tuple(rest), instead)
    if isinstance(value, dict):
        return {**value, first: inner}
    return [*value[:first], inner, *value[first + 1 :]]
