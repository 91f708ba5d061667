"""How the strict layer changes moto: it replaces a method, or wraps it, and fails if there is none; or adds one."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

Method = Callable[..., Any]


def replace(owner: type, name: str | None = None) -> Callable[[Method], Method]:
    """Puts the decorated function in the place of the owner's method of that name, by default its own."""

    def decorate(function: Method) -> Method:
        method = name or function.__name__
        assert method in vars(owner), f"{owner.__name__} has no {method}"
        setattr(owner, method, function)
        return function

    return decorate


def wrap(owner: type, name: str | None = None) -> Callable[[Method], Method]:
    """Like `replace`; the function gets the method that it replaces as its first argument."""

    def decorate(function: Method) -> Method:
        method = name or function.__name__
        original = vars(owner)[method]

        @functools.wraps(original)
        def wrapped(*args: Any, **kwargs: Any) -> Any:
            return function(original, *args, **kwargs)

        setattr(owner, method, wrapped)
        return function

    return decorate


def add(owner: type, name: str | None = None) -> Callable[[Method], Method]:
    """Gives the owner the decorated function as a method that it lacks: an action that moto has not."""

    def decorate(function: Method) -> Method:
        method = name or function.__name__
        assert not hasattr(owner, method), f"{owner.__name__} has {method} by now"
        setattr(owner, method, function)
        return function

    return decorate
