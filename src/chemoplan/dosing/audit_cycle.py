"""What goes with the doses of a written order: the number of the cycle, the days since the last one, premedication."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

from chemoplan.case import Case, FactState
from chemoplan.dosing.amounts import exact, shown
from chemoplan.dosing.audit_findings import finding
from chemoplan.dosing.order_words import same_name
from chemoplan.dosing.written import Written

ORDER = "the order"
"""Source of a fact that the order states and the case does not."""
State = Callable[[str, str, str], None]


def with_cycle(case: Case, written: Written) -> Case:
    """The case with what only the order can say where the case does not: which cycle it is, and how long after the last one."""
    said: dict[str, float] = {}
    if written.cycle is not None:
        said["cycle_number"] = float(written.cycle)
    if written.day1 and written.last_day1:
        said["days_since_last_dose"] = float((written.day1 - written.last_day1).days)
    said = {name: value for name, value in said.items() if name not in case.facts}
    states = {**case.states, **{name: FactState(name, value, "known", ORDER) for name, value in said.items()}}
    return replace(case, facts={**case.facts, **said}, states=states)


def cycle_findings(
    written: Written, case: Case, regimen: str, length: int | None, source: list[dict[str, Any]], state: State
) -> Iterator[dict[str, Any]]:
    """The number of the cycle, and the days since the last one against the length of a cycle.

    `state` is told what could not be checked.
    """
    held, ordered = _held("cycle_number", case), written.cycle
    if held is not None and ordered is not None and held != ordered:
        text = f"The order is for cycle {ordered}, the case is at cycle {shown(held)}."
        yield finding("cycle", "", "caution", text, expected=shown(held), found=str(ordered), lines=source)
    number = case.facts.get("cycle_number")
    later = isinstance(number, float) and number > 1
    dated = (written.day1 - written.last_day1).days if written.day1 and written.last_day1 else None
    counted = _counted(written, case) if later else None
    if length is None or not (later or dated is not None):
        return
    if dated is None and counted is None:
        text = f"When the last cycle began is not stated: whether {length} days lie between them was not checked."
        state("interval", text, "Whoever gave the last cycle.")
        return
    if dated is not None and counted is not None and dated != counted:
        text = (
            f"By the dates of the order the last cycle began {dated} days before this one, by the case {counted} days."
        )
        yield finding("cycle", "interval", "ask", text, expected=f"{counted} d", found=f"{dated} d", lines=source)
    days = min(value for value in (dated, counted) if value is not None)
    if days < length:
        earliest = (written.last_day1 + timedelta(days=length)).isoformat() if written.last_day1 else ""
        text = f"{days} days after day 1 of the last cycle; {regimen} is given every {length} days"
        text += f", not before {earliest}." if earliest else "."
        yield finding(
            "early-cycle", "", "reject", text, expected=f"at least {length} d", found=f"{days} d", lines=source
        )


def _held(name: str, case: Case) -> Decimal | None:
    """A number that the case itself states, not the order."""
    value, state = case.facts.get(name), case.states.get(name)
    return exact(value) if isinstance(value, float) and (state is None or state.source != ORDER) else None


def _counted(written: Written, case: Case) -> int | None:
    """Days between day 1 of the last cycle and of this one, by the case, which counts to the day of the decision."""
    held = _held("days_since_last_dose", case)
    if held is None:
        return None
    wait = (written.day1 - case.decided_on).days if written.day1 and case.decided_on else 0
    return int(held) + wait


def premedication_findings(
    written: Written, given: Iterable[str], rows: Iterable[Mapping[str, Any]], cycle: object
) -> Iterator[dict[str, Any]]:
    """What has to be given before a drug that is ordered (`given`), by the rows of the recalculated order; any one name will do."""
    drugs = set(given)
    others = [line.name for line in written.lines if line.drug is None]
    named = [*(written.premedication or ()), *others]
    for row in rows:
        if row["drug"] not in drugs or (row["when"] == "first" and isinstance(cycle, float) and cycle > 1):
            continue
        if row["id"] in named or any(same_name(name, row["any_of"]) for name in named):
            continue
        about = {"drug": row["drug"], "expected": " or ".join(row["any_of"]), "lines": row["evidence"]}
        first = " before the first dose" if row["when"] == "first" else ""
        if written.premedication is None and not others:
            text = f"The order says nothing of premedication; {row['drug']} needs one{first}. {row['text']}"
            yield finding("premedication", row["id"], "ask", text, **about)
        else:
            text = f"{row['drug']} needs premedication{first} that is not ordered. {row['text']}"
            yield finding("premedication", row["id"], "reject", text, found=", ".join(named) or "none", **about)
