"""One calculation in the terminal: the numbers, the steps they came from, what to ask, and what it rests on."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report.terminal.pieces import Row, evidence_block, heading, plain, say
from chemoplan.report.words import INTENDED_USE

_UNITLESS = ("", "1")


def print_calculation(result: Row, console: Console) -> None:
    """Print a calculation with every step."""
    inputs = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result["inputs"].items())
    heading(console, f"Calculation: {result['calc']}", inputs)
    rows = list(_lines(result["result"], result["units"]))
    width = max((len(name) for name, _ in rows), default=0)
    for name, text in rows:
        say(console, Padding(plain(f"{name:<{width}}  ", "dim") + plain(text, "bold"), (0, 0, 0, 2)))
    if result["warnings"]:
        heading(console, "To know")
        for text in result["warnings"]:
            say(console, Padding(Text("▲ ", style="bold yellow") + plain(text), (0, 0, 0, 2)))
    heading(console, "Steps")
    for step in result["steps"]:
        given = ", ".join(f"{name} {value}" for name, value in step["inputs"].items() if value)
        line = plain(f"{step['step']}: ", "bold") + plain(step["formula"] + " = ") + plain(step["result"], "bold")
        line += plain(f"  ({given})", "dim") if given else Text()
        line += plain(f"  {step['rule']}", "dim") if step["rule"] else Text()
        say(console, Padding(line, (0, 0, 0, 2)))
    heading(console, "What it rests on")
    say(console, Padding(evidence_block(result), (0, 0, 0, 2)))
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def _lines(result: Mapping[str, Any], units: Mapping[str, str]) -> Iterable[tuple[str, str]]:
    for name, value in result.items():
        unit = units.get(name, "")
        yield name.replace("_", " "), _text(value, "" if unit in _UNITLESS else unit)


def _text(value: Any, unit: str) -> str:
    if value is None:
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Mapping):
        return ", ".join(f"{name.replace('_', ' ')} {_text(item, unit)}" for name, item in value.items())
    return f"{value} {unit}".strip()
