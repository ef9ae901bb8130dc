"""What a person has corrected and signed in the reading of an eligibility text: a YAML file that overrides the parser.

Every correction is bound to the text it was made for: by the text's hash and by spans that must stand in it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, cast, get_args

import yaml

from chemoplan.criteria import CriterionRefused, parse
from chemoplan.criteria.tree import And, Compare, Constant, Criterion, Has, IsUnknown, MemberOf, Not, Or, SetIs
from chemoplan.trials.expression import All, Expression, Test  # fmt: skip
from chemoplan.trials.expression import Any as AnyOf
from chemoplan.trials.expression import IsUnknown as UnknownExpression
from chemoplan.trials.expression import Not as NotExpression
from chemoplan.trials.reading import Atom, Effect, Review, TrialReading
from chemoplan.trials.record import TrialRecord
from chemoplan.vocabulary import Vocabulary

KEYS = {"atom", "add", "span", "effect", "condition", "scope", "drop", "status", "by", "date", "note"}
OPERATORS = {"=": "=="}


class CurationRefused(ValueError):
    """A curation file that cannot be used; the message names the file, the study, what is wrong and what would be right."""


@dataclass(frozen=True)
class Curation:
    """The corrections of a file, by study: the hash of the text they were made for, and the rows as written."""

    name: str
    studies: Mapping[str, Mapping[str, Any]]


def text_hash(record: TrialRecord) -> str:
    """SHA-256 of the eligibility text, which a curation names."""
    return hashlib.sha256(record.eligibility.encode("utf-8")).hexdigest()


def read_curation(path: Path) -> Curation:
    """Read a curation file. Raises CurationRefused with one line."""
    try:
        data = yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    except FileNotFoundError:
        raise CurationRefused(f"{path.name}: no such file") from None
    except (OSError, UnicodeDecodeError) as fault:
        raise CurationRefused(f"{path.name}: cannot be read ({type(fault).__name__}); expected a YAML file") from None
    except yaml.YAMLError as fault:
        mark = getattr(fault, "problem_mark", None)
        where = f", line {mark.line + 1}" if mark else ""
        raise CurationRefused(f"{path.name}{where}: is no YAML; expected `trials:` with ids of studies") from None
    if not isinstance(data, dict) or not isinstance(data.get("trials"), dict) or set(data) != {"trials"}:
        raise CurationRefused(f"{path.name}: expected one key, `trials:`, with ids of studies below it")
    for nct_id, entry in data["trials"].items():
        _check(path.name, str(nct_id), entry)
    return Curation(path.name, {str(nct_id): entry for nct_id, entry in data["trials"].items()})


def _check(name: str, nct_id: str, entry: Any) -> None:
    where = f"{name}, {nct_id}"
    if not isinstance(entry, dict) or set(entry) != {"sha256", "atoms"} or not isinstance(entry["atoms"], list):
        raise CurationRefused(f"{where}: expected `sha256` (of the eligibility text) and a list of `atoms`")
    for at, row in enumerate(entry["atoms"], 1):
        if not isinstance(row, dict) or (("atom" in row) == ("add" in row)):
            raise CurationRefused(
                f"{where}, row {at}: expected either `atom: ID` of a read atom or `add: ID` of a new one"
            )
        strange = sorted(map(str, set(row) - KEYS))
        if strange:
            raise CurationRefused(f"{where}, row {at}: unknown key {strange[0]!r}; expected {', '.join(sorted(KEYS))}")
        if row.get("status") not in ("reviewed", "signed"):
            raise CurationRefused(f"{where}, row {at}: status is {row.get('status')!r}; expected reviewed or signed")
        if not isinstance(row.get("by"), str) or not row["by"].strip() or not isinstance(row.get("date"), date):
            raise CurationRefused(f"{where}, row {at}: expected `by:` (who) and `date:` (YYYY-MM-DD)")
        if "effect" in row and row["effect"] not in get_args(Effect):
            raise CurationRefused(
                f"{where}, row {at}: effect is {row['effect']!r}; expected {', '.join(get_args(Effect))}"
            )
        if "add" in row and not {"span", "effect", "condition"} <= set(row):
            raise CurationRefused(f"{where}, row {at}: a new atom needs `span`, `effect` and `condition`")


def curated(curation: Curation, record: TrialRecord, reading: TrialReading, vocabulary: Vocabulary) -> TrialReading:
    """The reading with the corrections for its study, or as it is where the file has none. Raises CurationRefused."""
    entry = curation.studies.get(record.nct_id)
    if entry is None:
        return reading
    where = f"{curation.name}, {record.nct_id}"
    if entry["sha256"] != text_hash(record):
        raise CurationRefused(
            f"{where}: was made for another version of the text (sha256 {str(entry['sha256'])[:12]}..., now "
            f"{text_hash(record)[:12]}...); review it again"
        )
    atoms = {atom.id: atom for atom in reading.atoms}
    for row in entry["atoms"]:
        if "add" in row:
            if row["add"] in atoms:
                raise CurationRefused(f"{where}: add: {row['add']} is the id of another atom; choose a new one")
            atoms[row["add"]] = _changed(where, row, _new(where, row, record, reading), record, vocabulary)
        elif row["atom"] not in atoms:
            raise CurationRefused(f"{where}: no atom {row['atom']!r} was read; see `chemoplan trials parse`")
        elif row.get("drop"):
            del atoms[row["atom"]]
        else:
            atoms[row["atom"]] = _changed(where, row, atoms[row["atom"]], record, vocabulary)
    ordered = tuple(sorted(atoms.values(), key=lambda atom: (atom.line, atom.start)))
    return replace(reading, atoms=ordered)


def _new(where: str, row: Mapping[str, Any], record: TrialRecord, reading: TrialReading) -> Atom:
    start = _place(where, row, record)
    number = record.eligibility.count("\n", 0, start) + 1
    line = next((line for line in reading.lines if line.number == number), None)
    section = (line.section if line else None) or "inclusion"
    return Atom(
        row["add"], record.nct_id, number, section, row["span"], start, start + len(row["span"]), row["effect"], "data",
        AnyOf(()), row.get("scope", line.scope if line else "all"),
    )  # fmt: skip


def _changed(where: str, row: Mapping[str, Any], atom: Atom, record: TrialRecord, vocabulary: Vocabulary) -> Atom:
    if "span" in row:
        start = _place(where, row, record)
        atom = replace(atom, span=row["span"], start=start, end=start + len(row["span"]))
    if "condition" in row:
        try:
            criterion = parse(str(row["condition"]), vocabulary)
        except CriterionRefused as refused:
            raise CurationRefused(f"{where}, condition of {atom.id}: {refused}") from None
        atom = replace(atom, criterion=criterion, expression=expression_of(criterion, vocabulary), kind="data")
    note = row.get("note", f"{row['status']} by {row['by']} on {row['date'].isoformat()}")
    return replace(
        atom, effect=row.get("effect", atom.effect), scope=row.get("scope", atom.scope),
        status=cast(Review, row["status"]), note=note,
    )  # fmt: skip


def _place(where: str, row: Mapping[str, Any], record: TrialRecord) -> int:
    start = record.eligibility.find(str(row["span"]))
    if not row["span"] or start < 0:
        raise CurationRefused(
            f"{where}: the span {str(row['span'])[:40]!r} does not stand in the text; quote it word for word"
        )
    return start


def expression_of(criterion: Criterion, vocabulary: Vocabulary) -> Expression:
    """A criterion over facts in the notation of eligibility atoms, to be shown."""

    def of(item: Criterion) -> Expression:
        return expression_of(item, vocabulary)

    match criterion:
        case Compare(fact, operator, value):
            unit = vocabulary[fact].unit if isinstance(value, float) else ""
            return Test(fact, OPERATORS.get(operator, operator), value, "" if unit == "1" else unit)
        case MemberOf(fact, values):
            return Test(fact, "in", values)
        case Has(fact, member):
            return Test(fact, "includes", member)
        case SetIs(fact, members):
            return Test(fact, "==", "{" + ",".join(sorted(members)) + "}")
        case IsUnknown(fact):
            return UnknownExpression(fact)
        case Not(item):
            return NotExpression(of(item))
        case And(items):
            return All(tuple(of(item) for item in items))
        case Or(items):
            return AnyOf(tuple(of(item) for item in items))
        case Constant(value):
            return Test("always" if value else "never", "")
    raise CurationRefused("a condition asks about facts only")
