"""What fixtures hand to tests, where it is a function."""

from __future__ import annotations

from collections.abc import Callable

from .function import Function
from .scenarios import Tally

StartFunction = Callable[..., Function]
"""Starts a process of the function, with the settings that it is given."""
Report = Callable[[str], None]
"""Has a line printed at the end of the run."""
TryLives = Callable[..., Tally]
"""Has lives lived, and fails if any ended otherwise than an undisturbed one."""
