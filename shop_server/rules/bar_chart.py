"""Bars for a report: where each stands and how high it is, for whoever draws them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from shop_server.rules.money_text import grouped

WIDTH, HEIGHT = 640, 200
_TOP, _BOTTOM, _LEFT = 20, 24, 8
_MOST_LABELS = 16
_WIDEST = 48


class Bar(NamedTuple):
    """A bar from its upper left corner; `label` is "" where there is no room for all of them."""

    x: float
    y: float
    width: float
    height: float
    label: str


class BarChart(NamedTuple):
    """A picture of WIDTH by HEIGHT; `peak` is what the highest bar stands for, in rupees, written above all."""

    bars: tuple[Bar, ...]
    peak: str
    ground: float


def bar_chart(labels: Sequence[str], paise: Sequence[int]) -> BarChart:
    """The bars of these amounts; what is below zero or nothing has none."""
    most = max([*paise, 1])
    room = (WIDTH - 2 * _LEFT) / max(len(paise), 1)
    ground = HEIGHT - _BOTTOM
    every = -(-len(labels) // _MOST_LABELS)
    width = min(room * 0.7, _WIDEST)
    bars = []
    for number, (label, amount) in enumerate(zip(labels, paise, strict=True)):
        height = max(0, amount) * (ground - _TOP) / most
        x = _LEFT + room * (number + 0.5) - width / 2
        shown = label if number % every == 0 else ""
        bars.append(Bar(round(x, 1), round(ground - height, 1), round(width, 1), round(height, 1), shown))
    return BarChart(tuple(bars), grouped(max([*paise, 0])), ground)


def charts_of(report: dict[str, Any]) -> dict[str, BarChart]:
    """The charts of a report's words (rules.monthly_report), by the section that each belongs to."""
    return {
        section["id"]: bar_chart(section["labels"], section["paise"])
        for section in report["sections"]
        if section["paise"]
    }
