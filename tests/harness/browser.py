"""A real browser that looks at a picture: what stands where, in which colours, in a theme."""

from __future__ import annotations

import html
import json
import os
import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

import pytest

NAMES = ("chromium", "chromium-browser", "google-chrome")
SECONDS = 90
QUIET = (
    "--headless --no-sandbox --disable-gpu --disable-quic --no-first-run --disable-background-networking "
    "--disable-component-update --disable-sync --hide-scrollbars --window-size=1500,1000"
).split()
THEMES = {"dark": "0", "light": "1"}
"""Each as Chromium's setting knows it."""

MEASURE = """
const svg = document.querySelector("svg"), page = svg.getBoundingClientRect();
const box = each => {
  const at = each.getBoundingClientRect();
  return [at.left - page.left, at.top - page.top, at.right - page.left, at.bottom - page.top];
};
const rects = [...svg.querySelectorAll("rect")].filter(each => getComputedStyle(each).fill !== "none");
const texts = [...svg.querySelectorAll("text")].map(each => {
  const at = box(each), x = (at[0] + at[2]) / 2, y = (at[1] + at[3]) / 2;
  const under = rects.map(rect => [rect, box(rect)])
    .filter(([, [left, top, right, bottom]]) => left <= x && x <= right && top <= y && y <= bottom).pop();
  const card = each.closest(".card");
  return {text: each.textContent, box: at, ink: getComputedStyle(each).fill,
    ground: getComputedStyle(under[0]).fill, card: card && box(card.querySelector("rect"))};
});
const cards = [...svg.querySelectorAll(".card > rect")].map(box);
const dark = matchMedia("(prefers-color-scheme: dark)").matches;
document.querySelector("pre").textContent = JSON.stringify({dark, texts, cards, size: [page.width, page.height]});
"""


def find_browser() -> str:
    """Where the browser is. Without one the test is skipped, but in CI, which installs one, it fails."""
    browser = next(filter(None, map(shutil.which, NAMES)), None)
    if browser is None:
        missing = (
            "Chromium is not installed: nobody looks at what people see (Debian, Ubuntu: apt-get install chromium)"
        )
        assert "CI" not in os.environ, missing
        pytest.skip(missing)
    return browser


def look_at(svg: str, theme: str) -> dict[str, Any]:
    """The picture as the browser lays it out."""
    browser = find_browser()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        page = Path(folder, "page.html")
        page.write_text(
            f'<!doctype html><meta charset="utf-8"><body>{svg}<pre></pre><script>{MEASURE}</script>', encoding="utf-8"
        )
        setting = f"--blink-settings=preferredColorScheme={THEMES[theme]}"
        command = [browser, *QUIET, setting, f"--user-data-dir={folder}/profile", "--dump-dom", page.as_uri()]
        seen = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=True).stdout
    found = re.search(r"<pre>(.*)</pre>", seen, re.DOTALL)
    assert found, seen[-500:]
    return json.loads(html.unescape(found[1]))


def overlap(one: list[float], other: list[float], slack: float = 1.0) -> bool:
    """Whether two boxes (left, top, right, bottom) share more than a hair."""
    across = min(one[2], other[2]) - max(one[0], other[0])
    down = min(one[3], other[3]) - max(one[1], other[1])
    return across > slack and down > slack


def inside(inner: list[float], outer: list[float], slack: float = 1.0) -> bool:
    """Whether a box lies within another."""
    return (
        inner[0] >= outer[0] - slack
        and inner[1] >= outer[1] - slack
        and inner[2] <= outer[2] + slack
        and inner[3] <= outer[3] + slack
    )


def contrast(ink: str, ground: str) -> float:
    """The contrast of two colours as WCAG 2 has it, 1 to 21."""

    def luminance(colour: str) -> float:
        parts = [int(part) / 255 for part in re.findall(r"\d+", colour)[:3]]
        red, green, blue = [each / 12.92 if each <= 0.04045 else ((each + 0.055) / 1.055) ** 2.4 for each in parts]
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    bright, faint = sorted((luminance(ink), luminance(ground)), reverse=True)
    return (bright + 0.05) / (faint + 0.05)
