"""The case file: fact names and values, flat or under `facts:`, plain or with unit, source, date and method."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chemoplan.case.statement import Completeness, Problem, Reading, Source, Statement
from chemoplan.intake.refused import kind_of, one_line, shown
from chemoplan.vocabulary import Fact, SetValue, ValueRefused, Vocabulary, load_vocabulary
from chemoplan.vocabulary.nearest import nearest

HEAD = ("case", "title", "decided_on", "note", "source", "complete", "facts")
DETAILS = ("value", "unit", "source", "date", "method", "complete", "note")
GROUP_DETAILS = ("group", "source", "date", "method")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")

Path = tuple[str | int, ...]


@dataclass
class _Desk:
    """What is being gathered while one case file is read."""

    document: str
    lines: Mapping[Path, int]
    vocabulary: Vocabulary
    default_source: str = ""
    statements: list[Statement] = field(default_factory=list)
    complete: list[Completeness] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    extra: dict[str, Any] = field(default_factory=dict)

    def refuse(self, path: Path, message: str) -> None:
        line = self.line(path)
        place = one_line(_dotted(path)) + (f" (line {line})" if line else "")
        self.problems.append(Problem(place, one_line(message), "error"))

    def line(self, path: Path) -> int | None:
        return next((self.lines[path[:n]] for n in range(len(path), 0, -1) if path[:n] in self.lines), None)

    def source(self, path: Path, details: Mapping[str, Any]) -> Source | None:
        """The source of a value; None when its date or texts cannot be read (already refused)."""
        ok = True
        for name in ("source", "method"):
            if details.get(name) is not None and not isinstance(details[name], str):
                self.refuse((*path, name), f"{name} is {shown(details[name])}; expected text")
                ok = False
        day = read_day(details.get("date"))
        if details.get("date") is not None and day is None:
            self.refuse((*path, "date"), f"date is {shown(details['date'])}; expected a day such as 2026-03-31")
            ok = False
        if not ok:
            return None
        line = self.line(path)
        return Source(
            document=(details.get("source") or "").strip() or self.default_source or self.document,
            locator=f"line {line}" if line else _dotted(path),
            date=day,
            method=(details.get("method") or "").strip() or None,
        )


def read_case_file(data: Mapping[str, Any], document: str, lines: Mapping[Path, int] | None = None) -> Reading:
    """The statements of one case. What is wrong is listed in `problems` with its place; the rest is still read."""
    desk = _Desk(document, lines or {}, load_vocabulary())
    desk.default_source = _head_text(desk, data, "source")
    title = _head_text(desk, data, "title")
    decided_on = read_day(data.get("decided_on"))
    if data.get("decided_on") is not None and decided_on is None:
        desk.refuse(("decided_on",), f"decided_on is {shown(data['decided_on'])}; expected a day such as 2026-03-31")
    _read_groups(desk, data.get("complete"))
    for path, name, value in _entries(desk, data):
        _read_fact(desk, path, name, value)
    return Reading(
        case=_case_id(desk, data),
        statements=tuple(desk.statements),
        complete=tuple(desk.complete),
        problems=tuple(desk.problems),
        decided_on=decided_on,
        title=title,
        extra=desk.extra,
    )


def read_day(raw: Any) -> date | None:
    """A full ISO day, or None."""
    if isinstance(raw, str) and _DAY.fullmatch(raw.strip()):
        try:
            return date.fromisoformat(raw.strip())
        except ValueError:
            return None
    return None


def case_name(document: str) -> str:
    """The case id of a document that gives none: its name without the suffixes."""
    stem = document.split(".", 1)[0] if not document.startswith(".") else document
    return stem or document


def _head_text(desk: _Desk, data: Mapping[str, Any], name: str) -> str:
    value = data.get(name)
    if value is None or isinstance(value, str):
        return (value or "").strip()
    desk.refuse((name,), f"{name} is {kind_of(value)}; expected text")
    return ""


def _case_id(desk: _Desk, data: Mapping[str, Any]) -> str:
    value = data.get("case")
    if isinstance(value, str | int) and not isinstance(value, bool) and str(value).strip():
        return str(value).strip()
    if value is not None:
        desk.refuse(("case",), f"case is {kind_of(value)}; expected a short id without personal data")
    return case_name(desk.document)


def _entries(desk: _Desk, data: Mapping[str, Any]) -> Iterator[tuple[Path, str, Any]]:
    """Every fact entry of the flat and the nested part; a fact given in both is refused."""
    nested = data.get("facts")
    if nested is not None and not isinstance(nested, dict):
        desk.refuse(("facts",), f"facts is {kind_of(nested)}; expected a mapping of fact names to values")
        nested = None
    nested = nested or {}
    for name, value in data.items():
        if name == "note" and value is not None:
            desk.extra["note"] = value
        if name in HEAD:
            continue
        if name in nested:
            desk.refuse((name,), f"{name} is given here and again under facts; keep one")
            continue
        yield (name,), name, value
    for name, value in nested.items():
        yield ("facts", name), name, value


def _read_fact(desk: _Desk, path: Path, name: str, value: Any) -> None:
    if name.startswith("x_") or name == "note":
        desk.extra[_dotted(path)] = value
        return
    fact = desk.vocabulary.get(name)
    if fact is None:
        desk.refuse(path, _unknown_name(desk, name, top=len(path) == 1))
        return
    if fact.derived and not fact.may_be_stated:
        desk.refuse(path, f"{name} is always computed from other facts; leave it out and state those")
        return
    if fact.about == "plan":
        desk.refuse(path, f"{name} belongs to a proposed plan, not to a case; give it to the audit")
        return
    if value == [] and fact.kind != "set":
        desk.refuse(path, f"{name} is an empty list; expected a value, or nothing when it is not known")
        return
    if isinstance(value, list) and (fact.kind != "set" or _is_dated_list(value)):
        for index, item in enumerate(value):
            _read_value(desk, (*path, index), fact, item)
        return
    _read_value(desk, path, fact, value)


def _is_dated_list(value: list[Any]) -> bool:
    return bool(value) and all(isinstance(item, dict) and "value" in item for item in value)


def _unknown_name(desk: _Desk, name: str, *, top: bool) -> str:
    names = [fact.name for fact in desk.vocabulary.about_case() if not fact.derived] + (list(HEAD) if top else [])
    close = nearest(name, names)
    hint = f"; did you mean {close}?" if close else ""
    return f"there is no fact {shown(name)}{hint} (names that start with x_ are kept and not read)"


def _read_value(desk: _Desk, path: Path, fact: Fact, raw: Any) -> None:
    details: Mapping[str, Any] = {}
    if isinstance(raw, dict) and not (fact.kind == "set" and set(raw) == {"at_least"}):
        details = raw
        if not _details_fit(desk, path, fact, details):
            return
        raw = details.get("value")
    source = desk.source(path, details)
    if raw is None or source is None:
        return
    unit = details.get("unit")
    if unit is not None and not isinstance(unit, str):
        desk.refuse((*path, "unit"), f"unit is {shown(unit)}; expected UCUM text such as {fact.unit or '1'!r}")
        return
    try:
        value = fact.read(raw, unit or None)
    except ValueRefused as refused:
        desk.refuse(path, str(refused))
        return
    if details.get("complete") is not None and isinstance(value, SetValue):
        value = SetValue(value.members, value.complete and details["complete"])
    desk.statements.append(Statement(fact.name, value, source))


def _details_fit(desk: _Desk, path: Path, fact: Fact, details: Mapping[str, Any]) -> bool:
    """True when the keys beside a value are ones that are read; the notes among them are kept."""
    fits = True
    for key in details:
        if key.startswith("x_") or key == "note":
            desk.extra[_dotted((*path, key))] = details[key]
        elif key not in DETAILS:
            close = nearest(key, DETAILS)
            desk.refuse(
                (*path, key), f"{shown(key)} is not read beside a value" + (f"; did you mean {close}?" if close else "")
            )
            fits = False
    if fits and "value" not in details:
        desk.refuse(path, f"{fact.name} has no value; expected `value:` (with unit, source, date, method as known)")
        fits = False
    complete = details.get("complete")
    if complete is not None and not (fact.kind == "set" and isinstance(complete, bool)):
        desk.refuse(
            (*path, "complete"), f"complete is {shown(complete)}; true or false, and only beside a list of members"
        )
        fits = False
    return fits


def _read_groups(desk: _Desk, raw: Any) -> None:
    items = raw if isinstance(raw, list) else [] if raw is None else [raw]
    groups = desk.vocabulary.groups()
    for index, item in enumerate(items):
        path: Path = ("complete", index) if isinstance(raw, list) else ("complete",)
        details: Mapping[str, Any] = item if isinstance(item, dict) else {"group": item}
        strange = [key for key in details if key not in GROUP_DETAILS]
        name = details.get("group")
        if strange or not isinstance(name, str) or name not in groups:
            close = nearest(name, groups) if isinstance(name, str) else None
            hint = f" (did you mean {close}?)" if close else ""
            desk.refuse(path, f"complete holds {shown(item)}; expected groups among {', '.join(groups)}{hint}")
            continue
        source = desk.source(path, details)
        if source is not None:
            desk.complete.append(Completeness(name, source))


def _dotted(path: Path) -> str:
    text = ""
    for part in path:
        text += f"[{part}]" if isinstance(part, int) else f".{part}" if text else str(part)
    return text
