"""How a course is told: marks of its steps and of the next cycle, what is due on a day, days in a row as one."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from chemoplan.report.order_outline import PER, number_text
from chemoplan.report.words import Mark, count_text, mark_of

Row = Mapping[str, Any]
DAY = timedelta(days=1)

STEPS = {
    "planned": Mark("on the calendar", "■", "good"),
    "window": Mark("a window", "◧", "open"),
    "date open": Mark("date open", "◧", "open"),
    "choose": Mark("a choice is open", "◧", "open"),
    "choice": Mark("to be decided then", "?", "open"),
}
NEXT = {
    "give": Mark("give", "■", "good"),
    "reduce": Mark("give, with changes", "◆", "open"),
    "wait": Mark("wait: too early", "▲", "open"),
    "delay": Mark("delay", "▲", "open"),
    "conditional": Mark("no recommendation: facts are missing", "◧", "open"),
    "decide": Mark("to be decided", "?", "open"),
    "do not give": Mark("must not be given as it is", "✕", "bad"),
    "complete": Mark("all planned cycles have been given", "■", "good"),
}
SEVERITIES = {
    "reject": Mark("against the plan", "✕", "bad"),
    "caution": Mark("caution", "▲", "open"),
    "ask": Mark("to check", "?", "calm"),
    "info": Mark("note", "●", "calm"),
}


@dataclass(frozen=True)
class Run:
    """Days in a row on which the same is due. `key` tells it from the other runs of its cycle, whatever the dates are."""

    first: date
    last: date
    first_day: int
    last_day: int
    drugs: tuple[Row, ...]
    key: str


def step_mark(step: Row) -> Mark:
    """The mark of a step."""
    return mark_of(STEPS, step["status"])


def next_mark(row: Row) -> Mark:
    """The mark of the recommendation for the next cycle."""
    return mark_of(NEXT, row["recommendation"])


def warning_mark(row: Row) -> Mark:
    """The mark of a warning."""
    return mark_of(SEVERITIES, row["severity"])


def applied_rules(row: Row) -> list[Row]:
    """The rules that the order of the next cycle applies, each once, with their evidence."""
    found: dict[str, Row] = {}
    for line in row["order"]["drugs"] if row["order"] else ():
        for change in line["modifications"]:
            if change["applied"]:
                found.setdefault(change["rule"], change)
    return list(found.values())


def due_text(item: Row) -> str:
    """What is due: Oxaliplatin 85 mg/m2 each dose (intravenous infusion, 2 h)."""
    name = f"{item['title']}{', ' + item['label'] if item['label'] else ''}"
    if item["what"] == "end":
        return f"{name}: the {'filling of the pump' if 'pump' in item['route'] else 'infusion'} ends"
    if item["published"] is None:
        return f"{name}: dose open ({', '.join(item['conditional_on']) or 'a choice'})"
    text = f"{name} {number_text(item['published'])} {item['unit']} {PER[item['per']]}"
    if item["times_per_day"] > 1:
        text += f", {item['times_per_day']} times a day"
    if item["when"]:
        text += f", {item['when']} only"
    more = ", ".join(filter(None, (item["route"], item["duration"])))
    if item["fractions"] and item["fraction"]:
        more += f", fraction {item['fraction']} of {item['fractions']}"
    return f"{text} ({more})"


def runs_of(cycle: Row) -> Iterator[Run]:
    """The days of a cycle, days in a row with the same drugs as one; fractions of radiation count as the same."""
    run: list[Row] = []
    for day in cycle["days"]:
        if run and (_same(run[-1]) != _same(day) or _date(run[-1]) + DAY != _date(day)):
            yield _run(run)
            run = []
        run.append(day)
    if run:
        yield _run(run)


def _run(days: list[Row]) -> Run:
    first, last = days[0], days[-1]
    drugs = tuple({**item, "fraction": None} if len(days) > 1 else item for item in first["drugs"])
    parts = "+".join(f"{item['part']}:{item['what']}" for item in first["drugs"])
    return Run(_date(first), _date(last), first["day"], last["day"], drugs, f"{first['day']}.{parts}")


def _date(day: Row) -> date:
    return date.fromisoformat(day["date"])


def _same(day: Row) -> list[tuple[Any, ...]]:
    keys = ("part", "what", "when", "published", "times_per_day", "label")
    return [tuple(item[key] for key in keys) for item in day["drugs"]]


def moves_text(cycle: Row) -> str:
    """Why day 1 is not where the plan had it."""
    if not cycle["moves"]:
        return ""
    return "; ".join(f"{move['days']:+} d: {move['why']}" for move in cycle["moves"])


def rest_text(cycle: Row) -> str:
    """The days without treatment."""
    rest = cycle["rest"]
    return f"rest {rest['from']} to {rest['to']}, {count_text(rest['days'], 'day')}" if rest else ""


def dates_text(step: Row) -> str:
    """When a step is, or why it has no date."""
    if step["starts"]:
        return str(step["starts"]) if step["starts"] == step["ends"] else f"{step['starts']} to {step['ends']}"
    if step["status"] == "window":
        return f"{step['window']['earliest']} to {step['window']['latest']}"
    if step["status"] in ("choose", "choice") and step["regimens"]:
        return f"--choose {step['step']}={'|'.join(step['regimens'])}"
    if step["status"] == "date open":
        return f"no date: add --begin {step['step']}=DATE"
    return ""


def amount_text(value: Any, unit: str) -> str:
    """An amount with its unit, or that it is not known."""
    return "not known" if value is None else f"{number_text(value)} {unit}"


def percent_text(value: Any) -> str:
    """A percentage, or that it is not known."""
    return "not known" if value is None else f"{value}%"
