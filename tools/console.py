"""Text for a terminal: aligned columns, and colours only where somebody sees them."""

from __future__ import annotations

import os
import shutil
import sys

GREEN, RED, BOLD, DIM = "32", "31", "1", "2"
LABEL_WIDTH = 34
KIND_WIDTH = 27
NARROWEST = 60


class Console:
    """Writes to standard output, line by line and at once."""

    def __init__(self) -> None:
        self._colours = sys.stdout.isatty() and "NO_COLOR" not in os.environ
        self._width = max(shutil.get_terminal_size((120, 40)).columns, NARROWEST) if sys.stdout.isatty() else None

    def line(self, text: str) -> None:
        print(text, flush=True)

    def chapter(self, title: str, source: str) -> None:
        """A heading, and where what follows comes from."""
        self.line(f"\n{self._paint(title, BOLD)}  {self._paint(source, DIM)}")

    def row(self, label: str, text: str) -> None:
        """A label and what belongs to it, cut at the edge of the terminal."""
        start = f"  {label:<{LABEL_WIDTH}}  "
        room = self._width - len(start) if self._width else len(text)
        self.line(start + (text if len(text) <= room else text[: room - 1] + "…"))

    def step(self, seconds: float, what: str, which: str, name: str) -> None:
        """Something that happened, with the time since its chapter began."""
        self.line(f"  {self._paint(f'{seconds:7.3f} s', DIM)}  {what:<{KIND_WIDTH}}  {which:<24}  {name}".rstrip())

    def verdict(self, kept: bool, text: str) -> None:
        """Whether something is as it should be."""
        mark = self._paint("✓", GREEN) if kept else self._paint("✗", RED)
        self.line(f"  {mark} {text}")

    def _paint(self, text: str, colour: str) -> str:
        return f"\x1b[{colour}m{text}\x1b[0m" if self._colours else text
