"""Orders for many people on all cores: cases in, one line of JSON for each out, in the same order.

A line holds doses and the ids of the rules that changed them; `chemoplan knowledge show` tells what a rule says and rests on.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from itertools import islice
from pathlib import Path

from chemoplan.case import Case
from chemoplan.dosing.order import OrderRequest, order, regimen_of
from chemoplan.knowledge import Knowledge, load_knowledge
from chemoplan.vocabulary import Value

CHUNK = 500
"""Cases handed to a process at a time: enough that handing over costs little, few enough that progress shows."""
AHEAD = 4
"""Chunks in hand for each process, so that none waits and memory stays flat."""

Row = tuple[str, dict[str, Value]]
"""The id of a case and its known facts."""


def order_lines(
    regimen: str, cases: Iterable[Case], overlays: Sequence[Path] = (), workers: int | None = None
) -> Iterator[str]:
    """One line of JSON for each case, in order. Raises DoseRefused when there is no such regimen."""
    knowledge = load_knowledge(overlays)
    regimen_of(regimen, knowledge)
    rows = ((case.id, dict(case.facts)) for case in cases)
    count = workers or os.cpu_count() or 1
    if count == 1:
        yield from (_line(regimen, row, knowledge) for row in rows)
        return
    with ProcessPoolExecutor(count) as pool:
        waiting = [pool.submit(_lines, regimen, chunk, tuple(overlays)) for chunk in _chunks(rows, count * AHEAD)]
        while waiting:
            yield from waiting.pop(0).result()
            waiting += [pool.submit(_lines, regimen, chunk, tuple(overlays)) for chunk in _chunks(rows, 1)]


def _chunks(rows: Iterator[Row], most: int) -> Iterator[list[Row]]:
    for _ in range(most):
        chunk = list(islice(rows, CHUNK))
        if not chunk:
            return
        yield chunk


def _lines(regimen: str, rows: list[Row], overlays: tuple[Path, ...]) -> list[str]:
    knowledge = load_knowledge(overlays)
    return [_line(regimen, row, knowledge) for row in rows]


_KEPT = (
    "part",
    "drug",
    "status",
    "dose",
    "unit",
    "per",
    "times_per_day",
    "days",
    "per_day",
    "dose_after",
    "conditional_on",
    "modifications",
)
_BRIEF = OrderRequest(brief=True)


def _line(regimen: str, row: Row, knowledge: Knowledge) -> str:
    name, facts = row
    result = order(regimen_of(regimen, knowledge), Case(name, "", None, facts, {}, (), ()), knowledge, _BRIEF)
    told = {
        "case": name, "regimen": result["regimen"], "version": result["version"], "verdict": result["verdict"],
        "conditional_on": result["conditional_on"], "drugs": [{key: line[key] for key in _KEPT} for line in result["drugs"]],
        "warnings": [{"id": row["id"], "severity": row["severity"]} for row in result["warnings"]],
    }  # fmt: skip
    return json.dumps(told, ensure_ascii=False, separators=(",", ":"))
