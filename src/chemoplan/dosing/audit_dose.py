"""One dose of a written order held against the recalculated one: is it the same, and if not, which mistake explains it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

from chemoplan.dosing.amounts import exact, half_up, shown
from chemoplan.dosing.audit_findings import Row, finding, kind_of_rule, trace_of
from chemoplan.dosing.matching import Pair

POWERS = (Decimal(10), Decimal(100), Decimal(1000))


def dose_findings(
    pair: Pair, factor: Decimal | None, today: str | None, source: list[dict[str, Any]]
) -> Iterator[dict[str, Any]]:
    """What is wrong with the dose of a pair.

    `factor`: by how much another body moves doses of its kind; a dose that it explains is told of by the finding on the body.
    `source`: evidence of the published dose.
    """
    status = pair.row["status"]
    if pair.line.dose is None:
        if status == "give" and pair.row["dose"]:
            yield _row(pair, "missing-drug", "caution", f"{pair.line.name} is ordered without a dose.", lines=source)
        return
    if pair.line.dose == 0:
        if status == "give" and pair.row["dose"] and not pair.line.reason:
            yield _row(
                pair,
                "missing-drug",
                "caution",
                f"{pair.line.name} is left out; nothing here asks for that.",
                lines=source,
            )
        return
    if status in ("stop", "delay", "hold", "omit", "decide"):
        yield from _not_to_give(pair, today)
    if status in ("stop", "delay", "hold", "omit") or pair.found is None:
        yield from _ten_fold(pair, source)
        return
    if pair.agrees:
        if not pair.line.per and pair.line.times_per_day is None and _ambiguous(pair):
            text = f"{shown(pair.line.dose)} mg of {pair.line.name}: it is not said whether each day or in total; write both."
            yield _row(pair, "basis", "ask", text, lines=source)
        return
    explained = list(_explained(pair, today, source))
    if factor is not None:
        # The same order for the right body: what is still wrong then is another mistake.
        righted = replace(pair, found=pair.found / factor)
        if righted.agrees:
            return
        told = {"found": pair.text(pair.found)}
        explained = explained or [{**item, **told} for item in _explained(righted, today, source)]
    yield from explained or _plain(pair, source)


def _explained(pair: Pair, today: str | None, source: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The mistakes with a name that make a dose of this one."""
    yield from _missed(pair, today)
    yield from _ten_fold(pair, source)
    yield from _basis(pair, source)


def _row(pair: Pair, kind: str, severity: str, text: str, **more: Any) -> dict[str, Any]:
    expected = pair.expected
    return finding(
        kind, more.pop("about", pair.row["part"]), severity, text, drug=pair.row["drug"],
        expected=pair.text(half_up(expected[0])) if expected else _state(pair.row),
        found=pair.text(pair.found) if pair.found is not None else "", **more,
    )  # fmt: skip


def _state(row: Row) -> str:
    words = {
        "stop": "none: must not be given",
        "delay": "none: the cycle waits",
        "hold": "none: held",
        "decide": "none until it is decided",
    }
    return words.get(str(row["status"]), "none yet")


def _of_rule(pair: Pair, rule: Row, severity: str, text: str, today: str | None) -> dict[str, Any]:
    return _row(
        pair, kind_of_rule(rule), severity, text, about=rule["rule"], title=rule["title"], because=[trace_of(rule, today)],
        lines=rule["evidence"],
    )  # fmt: skip


def _not_to_give(pair: Pair, today: str | None) -> Iterator[dict[str, Any]]:
    """A dose is written where the rules leave none."""
    strong = {
        "stop": ("stop", "avoid"),
        "delay": ("delay",),
        "hold": ("hold",),
        "omit": ("omit",),
        "decide": ("decide",),
    }
    status = str(pair.row["status"])
    over = pair.full is None or (pair.found is not None and pair.found > pair.full * (1 - pair.tolerance))
    for rule in pair.row["modifications"]:
        if not rule["applied"]:
            continue
        if rule["action"] in strong["stop"] + strong["delay"] + strong["hold"] + strong["omit"]:
            yield _of_rule(pair, rule, "reject", f"{rule['text']} Ordered: {pair.line.name}.", today)
        elif rule["action"] == "decide" and status == "decide":
            severity = "reject" if over else "caution"
            told = "the full dose is ordered" if over else "say who decided, and why"
            yield _of_rule(pair, rule, severity, f"{rule['text']} No dose stands until that is decided: {told}.", today)
        elif rule["action"] == "reduce" and over:
            yield _of_rule(pair, rule, "reject", f"{rule['text']} The full dose is ordered.", today)


def _missed(pair: Pair, today: str | None) -> Iterator[dict[str, Any]]:
    """Each rule that asks for less than what is written, as long as that is no more than the full dose."""
    found, full = pair.found, pair.full
    if found is None or full is None or found > full * (1 + pair.tolerance):
        return
    for rule in pair.row["modifications"]:
        if (
            rule["applied"]
            and rule["dose"] is not None
            and not _within(found, pair.on_footing(exact(rule["dose"])), pair.tolerance)
        ):
            asked = pair.on_footing(exact(rule["dose"]))
            which = "the full dose is ordered" if pair.near(full) else f"{pair.text(found)} is ordered"
            yield _of_rule(
                pair, rule, "reject", f"{rule['text']} At most {pair.text(half_up(asked))}, but {which}.", today
            )


def _within(found: Decimal, limit: Decimal, tolerance: Decimal) -> bool:
    return found <= limit * (1 + tolerance)


def _references(pair: Pair) -> list[Decimal]:
    return [*pair.expected, *([pair.full] if pair.full is not None else [])]


def _ten_fold(pair: Pair, source: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for power in POWERS:
        for reference in _references(pair):
            if reference and (pair.near(reference * power) or pair.near(reference / power)):
                times = (
                    f"{shown(power)} times"
                    if pair.found is not None and pair.found > reference
                    else f"a {_NTH[power]} of"
                )
                text = f"The dose is {times} the recalculated one: a point or a unit was misread."
                yield _row(pair, "ten-fold", "reject", text, lines=source)
                return


_NTH = {Decimal(10): "tenth", Decimal(100): "hundredth", Decimal(1000): "thousandth"}


def _basis(pair: Pair, source: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    """The written number is right for another footing: the daily dose in the place of the total, or the other way round."""
    seen: set[str] = set()
    for dose in (pair.row["dose"], pair.row.get("target"), pair.row["calculated"]):
        if dose is None:
            continue
        for basis in ("day", "total", "dose"):
            value = pair.on_footing(exact(dose), basis)
            if (
                basis != pair.basis
                and basis not in seen
                and pair.near(value)
                and not pair.near(pair.on_footing(exact(dose)))
            ):
                seen.add(basis)
                from_words, to_words = pair.text(half_up(value), basis), pair.text(pair.found or Decimal(0))
                yield _row(pair, "basis", "reject", f"{from_words} is ordered as {to_words}.", lines=source)
                return


def _ambiguous(pair: Pair) -> bool:
    """True when the written number means another dose on another footing."""
    if pair.row["per"] == "dose" or pair.found is None:
        return False
    return not all(pair.near(pair.on_footing(exact(pair.row["dose"]), basis)) for basis in ("day", "total"))


def _plain(pair: Pair, source: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    found, expected = pair.found, pair.expected
    if found is None:
        return
    if not expected:
        limits = [value for value in (pair.full, *_elsewhere(pair.row, pair)) if value is not None]
        if limits and found > max(limits) * (1 + pair.tolerance):
            text = f"Whatever the unknown facts are, no more than {pair.text(half_up(max(limits)))} can be due."
            yield _row(pair, "dose", "reject", text, lines=source)
        return
    percent = half_up((found / expected[0] - 1) * 100, Decimal("0.1"))
    choice = next(
        (item["id"] for item in pair.row["choices"] if item["calculated"] and pair.near(exact(item["calculated"]))), ""
    )
    hint = (
        f" It is that of the published choice {choice}: write choices: {{{pair.row['part']}: {choice}}} if it is meant."
        if choice
        else ""
    )
    if found > max(expected):
        text = f"{shown(percent)}% above the recalculated dose.{hint}"
        yield _row(pair, "dose", "reject", text, lines=source)
    elif not pair.line.reason:
        text = f"{shown(-percent)}% below the recalculated dose, and no reason is stated.{hint}"
        yield _row(pair, "dose", "caution", text, lines=source)


def _elsewhere(row: Mapping[str, Any], pair: Pair) -> Iterator[Decimal]:
    """Doses of choices that are still open."""
    for item in row["choices"]:
        if row["status"] == "choose" and item["calculated"] is not None:
            yield pair.on_footing(exact(item["calculated"]))
