"""Events that are nearly right: the files of `events/` with a few things about them changed by chance."""

from __future__ import annotations

import base64
import copy
import json
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

from .asking import EVENTS, event

NAMES = sorted(path.stem for path in EVENTS.glob("*.json"))
VALUES: list[Any] = [
    None, True, 0, -1, 1 << 63, 1e308, "", "x", "\u0000", "\ud83d", "½" * 5000, [], {}, [[]], {"": None},
    {"action": "create"}, "2025-06-02T10:00:00Z", "9999-12-31T23:59:59Z", "0.0.0.0/0", "../x",
]  # fmt: skip

Place = tuple[Any, Any]
"""What holds a value, and where in it."""


def mutated(chance: Random) -> tuple[str, bytes]:
    """What was done to which file, and the event as it would come."""
    name = chance.choice(NAMES)
    changed, done = copy.deepcopy(event(name)), []
    for _ in range(chance.randint(1, 3)):
        change = chance.choice(CHANGES)
        done.append(change.__name__)
        where = inner(changed, chance)
        if where is None:
            change(changed, chance)
        else:
            holder, key = where
            within = json.loads(holder[key])
            change(within, chance)
            holder[key] = json.dumps(within)
    text = json.dumps(changed).encode()
    if chance.random() < 0.1:
        done.append("cut")
        text = text[: chance.randrange(len(text))]
    if chance.random() < 0.1:
        done.append("spoilt")
        at = chance.randrange(len(text) + 1)
        text = text[:at] + chance.randbytes(2) + text[at:]
    return f"{name}: {', '.join(done)}", text


def places(value: Any) -> Iterator[Place]:
    """Where values stand in a value."""
    keys = list(value) if isinstance(value, dict) else range(len(value)) if isinstance(value, list) else ()
    for key in keys:
        yield value, key
        yield from places(value[key])


def inner(value: Any, chance: Random) -> Place | None:
    """Sometimes: where JSON stands as text, as in the body of a message."""
    texts = [(holder, key) for holder, key in places(value) if isinstance(holder[key], str) and holder[key][:1] == "{"]
    return chance.choice(texts) if texts and chance.random() < 0.7 else None


def pick(value: Any, chance: Random) -> Place | None:
    found = list(places(value))
    return chance.choice(found) if found else None


def remove(value: Any, chance: Random) -> None:
    if place := pick(value, chance):
        holder, key = place
        del holder[key]


def retype(value: Any, chance: Random) -> None:
    if place := pick(value, chance):
        holder, key = place
        holder[key] = copy.deepcopy(chance.choice(VALUES))


def nest(value: Any, chance: Random) -> None:
    if place := pick(value, chance):
        holder, key = place
        for _ in range(chance.choice([1, 5, 100])):
            holder[key] = [holder[key]] if chance.random() < 0.5 else {str(key): holder[key]}


def double(value: Any, chance: Random) -> None:
    """A value also stands somewhere else, or once more in its list."""
    one, other = pick(value, chance), pick(value, chance)
    if one and other:
        twin = copy.deepcopy(one[0][one[1]])
        if isinstance(other[0], list):
            other[0].append(twin)
        else:
            other[0][f"{other[1]}" if chance.random() < 0.5 else f"{other[1]}x"] = twin


def shuffle(value: Any, chance: Random) -> None:
    """Two values change their places."""
    one, other = pick(value, chance), pick(value, chance)
    if one and other:
        first, second = copy.deepcopy(one[0][one[1]]), copy.deepcopy(other[0][other[1]])
        one[0][one[1]] = second
        if isinstance(other[0], dict) or other[1] < len(other[0]):
            other[0][other[1]] = first


def encode(value: Any, chance: Random) -> None:
    """A text becomes bytes in Base64, of which the event may know."""
    if place := pick(value, chance):
        place[0][place[1]] = base64.b64encode(chance.randbytes(chance.randint(0, 30))).decode()
    if isinstance(value, dict):
        value["isBase64Encoded"] = True


CHANGES: list[Callable[[Any, Random], None]] = [remove, retype, nest, double, shuffle, encode]
