"""How an order is told: marks of its verdict and lines, amounts in words, what was done to each dose, and every source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from chemoplan.report.words import Mark, mark_of, printable

Row = Mapping[str, Any]

ORDER_VERDICTS = {
    "to give": Mark("to give, after the double check", "■", "good"),
    "conditional": Mark("no complete order yet", "◧", "open"),
    "delay": Mark("wait", "▲", "open"),
    "do not give": Mark("must not be given as it is", "✕", "bad"),
}
LINES = {
    "give": Mark("give", "■", "good"),
    "omit": Mark("left out", "◆", "open"),
    "conditional": Mark("no dose: facts are missing", "◧", "open"),
    "choose": Mark("no dose: a choice is open", "◧", "open"),
    "differ": Mark("no dose: jurisdictions differ", "◧", "open"),
    "decide": Mark("no dose: to be decided", "?", "open"),
    "hold": Mark("held", "▲", "open"),
    "delay": Mark("waits", "▲", "open"),
    "stop": Mark("must not be given", "✕", "bad"),
}
PER = {"dose": "each dose", "day": "each day", "total": "in total"}


def verdict_mark(order: Row) -> Mark:
    """The mark of the whole order."""
    return mark_of(ORDER_VERDICTS, order["verdict"])


def line_mark(line: Row) -> Mark:
    """The mark of one line."""
    return mark_of(LINES, line["status"])


def number_text(value: Any) -> str:
    """A number with a thin gap at thousands, so that 4368 is not read as 436.8."""
    text = f"{value:,}" if isinstance(value, int | float) else printable(value)
    return text.replace(",", "\u202f")


def dose_text(line: Row) -> str:
    """The dose of a line with its unit and what it is for; what stands instead when there is none."""
    if line["dose"] is None:
        return "no dose"
    text = f"{number_text(line['dose'])} {line['unit']} {PER[line['per']]}"
    if line["times_per_day"] > 1:
        text += f", {line['times_per_day']} times a day"
    return text


def tablets_text(line: Row) -> str:
    """Tablets of a line: 1 x 150 mg and 3 x 500 mg."""
    counts = line.get("tablets") or {}
    return " and ".join(f"{count} x {strength} mg" for strength, count in counts.items() if count)


def days_text(line: Row) -> str:
    """Days of the cycle: 1 to 14, or 1, 8 and 15."""
    days = line["days"]
    if not days:
        return str(line["days_text"])
    runs: list[list[int]] = []
    for day in days:
        if runs and day == runs[-1][-1] + 1:
            runs[-1].append(day)
        else:
            runs.append([day])
    text = ", ".join(f"{run[0]} to {run[-1]}" if len(run) > 2 else ", ".join(map(str, run)) for run in runs)
    return text + (f" ({line['days_text']})" if line["days_text"] else "")


def rate_text(line: Row) -> str:
    """The rate of a pump or an infusion; mL/h only where the volume is known."""
    rate = line.get("rate")
    if not rate:
        return ""
    if rate.get("flow") is not None:
        return f"{rate['flow']} {rate.get('unit', 'mL/d')}"
    if rate.get("rate") is not None:
        return f"{rate['rate']} {rate.get('unit', 'mL/h')}"
    words = rate.get("text") or "mL/h needs the volume of the pump"
    return f"{number_text(rate['per_hour'])} mg/h; {words}" if rate.get("per_hour") is not None else str(words)


def fill_text(line: Row) -> str:
    """The fill of an implanted pump: what goes in, how strong it is, what is left after the days of the drug."""
    pump = line.get("pump")
    if not pump:
        return ""
    left = (
        f"{pump['residual']} mL left after {pump['days']} days"
        if not pump["dry"]
        else f"EMPTY before {pump['days']} days"
    )
    return f"{number_text(pump['total_rounded'])} mg ({pump['total']} mg before rounding), {pump['concentration']} mg/mL; {left}"


def name_of(line: Row) -> str:
    """The drug, and which of its doses this is."""
    more = line["label"] or (line["part"].removeprefix(f"{line['drug']}-") if line["part"] != line["drug"] else "")
    return f"{line['title']}, {more}" if more else str(line["title"])


def sources(order: Row) -> dict[str, dict[str, Any]]:
    """Every source that the order cites, numbered in the order of first mention."""
    found: dict[str, dict[str, Any]] = {}
    for line in _evidence(order):
        if line.get("source") and line["source"] not in found:
            found[line["source"]] = {**line, "number": len(found) + 1}
    return found


def _evidence(order: Row) -> Iterator[Row]:
    yield from order["evidence"]
    for line in order["drugs"]:
        for change in line["modifications"]:
            yield from change["evidence"]
    for row in (*order["warnings"], *order["premedication"], *filter(None, [order["antidote"]])):
        yield from row.get("evidence", ())
