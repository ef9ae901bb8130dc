"""A trial in CTML read as criteria: match trees of `clinical` and `genomic` leaves on trial, step, arm and dose level.

Open world: a leaf about something that nobody tested is unknown, and so is its negation with `!`; the engine that CTML was made for
takes both for an answer. What no fact records is judged by a person and kept word for word. The meanings are in `lexicon/ctml.yaml`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from chemoplan.criteria import parse
from chemoplan.criteria.tree import Compare, Criterion, IsUnknown, Not, Operator, all_of, any_of, facts_of
from chemoplan.trials.judged import JUDGED
from chemoplan.trials.lexicon import lexicon

_COMPARISON = re.compile(r"(?P<not>!?)\s*(?P<sign>>=|<=|==|=|>|<)?\s*(?P<number>\d*\.?\d+)\s*")
_OPEN = "open to accrual"
_LEVELS = {
    "step": ("step_code", None),
    "arm": ("arm_code", "arm_suspended"),
    "dose_level": ("level_code", "level_suspended"),
}
_SIGNATURES = ("mmr_status", "ms_status")
_SHOWN_ONLY = frozenset({"display_name"})


class CtmlRefused(ValueError):
    """A document that is no trial in CTML; the message names the file, the place, what was found and what would be right."""


@dataclass(frozen=True, slots=True)
class CtmlMatch:
    """The match tree of one level. `judged` holds the leaves that a person must judge, as they are written.

    `suspended` is true where the level itself, a level above it, or every arm of a step is suspended.
    """

    level: str
    code: str
    path: str
    suspended: bool
    criterion: Criterion
    judged: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CtmlTrial:
    """A trial: `open` is None where the document states no status."""

    id: str
    title: str
    status: str
    open: bool | None
    source: str
    matches: tuple[CtmlMatch, ...]


def read_ctml(path: Path) -> CtmlTrial:
    """The trial of a JSON or YAML file. Raises CtmlRefused with one line."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as fault:
        raise CtmlRefused(
            f"{path.name}: cannot be read ({getattr(fault, 'strerror', None) or 'not in UTF-8'})"
        ) from None
    try:
        found = json.loads(text) if text.lstrip().startswith("{") else yaml.load(text, Loader=yaml.CSafeLoader)
        return ctml_of(found, path.name)
    except (ValueError, yaml.YAMLError, RecursionError) as fault:
        if isinstance(fault, CtmlRefused):
            raise
        reason = " ".join(str(fault).split())[:120]
        raise CtmlRefused(f"{path.name}: no whole JSON or YAML ({reason}); expected a trial in CTML") from None


def ctml_of(document: Any, source: str) -> CtmlTrial:
    """The trial of a document. Raises CtmlRefused with one line."""
    if not isinstance(document, dict) or not ("treatment_list" in document or "match" in document):
        raise CtmlRefused(f"{source}: no trial in CTML; expected an object with `treatment_list`")
    summary = document.get("_summary") if isinstance(document.get("_summary"), dict) else {}
    assert isinstance(summary, dict)
    listed = summary.get("status")
    status = listed[0].get("value") if isinstance(listed, list) and listed and isinstance(listed[0], dict) else None
    status = str(status or document.get("status") or "")
    matches: list[CtmlMatch] = []
    _take(document, "trial", "", False, matches, source)
    treatment = document.get("treatment_list") or {}
    if not isinstance(treatment, dict):
        raise CtmlRefused(f"{source}: treatment_list is no object")
    _below(treatment, "treatment_list", False, matches, source)
    if not matches:
        raise CtmlRefused(f"{source}: holds no `match`")
    return CtmlTrial(
        id=str(document.get("nct_id") or document.get("protocol_no") or ""),
        title=str(document.get("long_title") or document.get("short_title") or ""),
        status=status,
        open=status.lower() == _OPEN if status else None,
        source=source,
        matches=tuple(matches),
    )


def _below(part: Mapping[str, Any], path: str, suspended: bool, matches: list[CtmlMatch], source: str) -> None:
    for level in _LEVELS:
        items = part.get(level)
        if items is None:
            continue
        if not isinstance(items, list):
            raise CtmlRefused(f"{source}: {path}.{level} is no list")
        for number, item in enumerate(items):
            where = f"{path}.{level}[{number}]"
            if not isinstance(item, dict):
                raise CtmlRefused(f"{source}: {where} is no object")
            closed = suspended or _suspended(item, level)
            _take(item, level, where, closed, matches, source)
            _below(item, where, closed, matches, source)


def _suspended(item: Mapping[str, Any], level: str) -> bool:
    flag = _LEVELS[level][1]
    if flag is not None:
        return str(item.get(flag, "n")).strip().lower() == "y"
    arms = item.get("arm") or []
    return (
        isinstance(arms, list) and bool(arms) and all(isinstance(arm, dict) and _suspended(arm, "arm") for arm in arms)
    )


def _take(
    item: Mapping[str, Any], level: str, path: str, suspended: bool, matches: list[CtmlMatch], source: str
) -> None:
    found = item.get("match")
    if not found:
        return
    where = f"{path}.match" if path else "match"
    judged: list[str] = []
    criterion = _all(found, where, judged, source)
    code = str(item.get(_LEVELS[level][0]) or "") if level in _LEVELS else ""
    matches.append(CtmlMatch(level, code, where, suspended, criterion, tuple(judged)))


def _all(items: Any, path: str, judged: list[str], source: str) -> Criterion:
    return all_of(*_parts(items, path, judged, source))


def _parts(items: Any, path: str, judged: list[str], source: str) -> list[Criterion]:
    """The nodes of a list, each by itself."""
    if not isinstance(items, list):
        raise CtmlRefused(f"{source}: {path} is no list of `and`, `or`, `clinical` and `genomic`")
    return [
        _node(label, value, f"{path}[{number}].{label}", judged, source)
        for number, item in enumerate(items)
        for label, value in _labeled(item, f"{path}[{number}]", source)
    ]


def _labeled(item: Any, path: str, source: str) -> Sequence[tuple[str, Any]]:
    if not isinstance(item, dict):
        raise CtmlRefused(f"{source}: {path} is no object")
    return [(str(label), value) for label, value in item.items()]


def _node(label: str, value: Any, path: str, judged: list[str], source: str) -> Criterion:
    if label.startswith("and"):
        return _all(value, path, judged, source)
    if label.startswith("or"):
        return any_of(*_parts(value, path, judged, source))
    if not isinstance(value, dict):
        raise CtmlRefused(f"{source}: {path} is no object; expected `and`, `or`, `clinical` or `genomic`")
    leaf = {str(key).lower(): wanted for key, wanted in value.items() if str(key).lower() not in _SHOWN_ONLY}
    found = _clinical(leaf) if label == "clinical" else _genomic(leaf) if label == "genomic" else JUDGED
    if JUDGED in _nodes(found):
        judged.append(f"{label} {json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)}")
    return found


def _nodes(criterion: Criterion) -> list[Criterion]:
    from chemoplan.criteria.tree import walk

    return list(walk(criterion))


def _clinical(leaf: Mapping[str, Any]) -> Criterion:
    """Every key by itself: each `!` denies its own key."""
    return all_of(*(_clinical_key(key, wanted) for key, wanted in leaf.items()))


def _clinical_key(key: str, wanted: Any) -> Criterion:
    table = lexicon("ctml")
    if key in table["numbers"]:
        return _number(table["numbers"][key], str(wanted))
    value, denied = _denied(wanted)
    if key == "oncotree_primary_diagnosis":
        found = _diagnosis(value)
    else:
        found = _criterion(table["clinical"].get(key, {}).get(value.lower()))
    return Not(found) if denied else found


def _genomic(leaf: Mapping[str, Any]) -> Criterion:
    """All keys together say one alteration; a `!` on any of them denies the whole."""
    signature = next((key for key in _SIGNATURES if key in leaf), None)
    if signature:
        return _clinical_key(signature, leaf[signature])
    values = {key: _denied(wanted) for key, wanted in leaf.items()}
    found = _alteration({key: value for key, (value, _) in values.items() if value})
    return Not(found) if any(denied for _, denied in values.values()) else found


def _alteration(leaf: Mapping[str, str]) -> Criterion:
    gene, category = leaf.get("hugo_symbol", ""), leaf.get("variant_category", "").lower()
    if category == "any variation":
        return any_of(*(_alteration({**leaf, "variant_category": name}) for name in ("Mutation", "CNV")))
    kind = lexicon("ctml")["categories"].get(category) or ("cnv" if "cnv_call" in leaf else "")
    exact = [row for row in lexicon("ctml")["genomic"] if (row["gene"], row["category"]) == (gene, kind)]
    for row in exact:
        if _detail(row) == {
            key: value for key, value in leaf.items() if key not in ("hugo_symbol", "variant_category")
        }:
            return _meaning(row)
    wider = [row for row in exact if not _detail(row)]
    return all_of(_meaning(wider[0]), JUDGED) if wider else JUDGED


_DETAILS = {"protein": "protein_change", "beginning": "wildcard_protein_change", "cnv": "cnv_call"}


def _detail(row: Mapping[str, str]) -> dict[str, str]:
    found = {_DETAILS[name]: row[name] for name in _DETAILS if name in row}
    return {key: "High Amplification" if key == "cnv_call" else value for key, value in found.items()}


def _diagnosis(value: str) -> Criterion:
    table = lexicon("ctml")["diagnoses"]
    row = table.get(value.lower()) or next((row for row in table.values() if row.get("code") == value), None)
    return _meaning(row) if row else JUDGED


def _meaning(row: Mapping[str, str]) -> Criterion:
    """What a row of the table says. Where it holds only between two limits, the unknown of one does not hide the other."""
    if "is" in row:
        return _criterion(row["is"])
    if "within" in row:
        return all_of(_criterion(row["within"]), JUDGED)
    found = any_of(_criterion(row["holds"]), JUDGED) if "holds" in row else JUDGED
    if "fails" not in row:
        return found
    fails = _criterion(row["fails"])
    return all_of(any_of(Not(fails), *(IsUnknown(fact) for fact in facts_of(fails))), found)


@cache
def _criterion(text: str | None) -> Criterion:
    return parse(text) if text else JUDGED


def _number(fact: str, wanted: str) -> Criterion:
    match = _COMPARISON.fullmatch(wanted)
    if not match:
        return JUDGED
    sign = {"==": "=", None: "="}.get(match["sign"], match["sign"])
    operators: dict[str, Operator] = {"=": "=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
    found = Compare(fact, operators[sign], float(match["number"]))
    return Not(found) if match["not"] else found


def _denied(wanted: Any) -> tuple[str, bool]:
    text = str(wanted).strip()
    return (text[1:].strip(), True) if text.startswith("!") else (text, False)
