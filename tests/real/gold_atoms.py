"""How a reading is held against annotated atoms: leaves of the expressions, line by line.

A leaf is one comparison of an attribute: `(attribute, operator, value with unit)`. Qualifiers, windows and exceptions are
compared apart (`whole`). Run as a program it prints what is missed and what is wrong: `python -m tests.real.gold_atoms`.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

Leaf = tuple[str, int, str, str]
"""Study, line, effect, and the comparison."""

_NAME = r"[A-Za-z_][A-Za-z0-9_]*(?:\([^()]*\))?"
_UNIT = r"(?:xULN|xLLN|\{ULN\}|10\*9/L|[A-Za-z%][A-Za-z0-9_/\[\]{}.*%]*)"
_VALUE = rf"(?:\d+(?:\.\d+)?(?: {_UNIT})?|[A-Za-z][A-Za-z0-9_]*(?:\([^()]*\))?)"
_LEAF = re.compile(
    rf"(?P<name>{_NAME}) (?:(?P<between>between) (?P<span>{_VALUE} and {_VALUE})"
    rf"|(?P<op>==|!=|<=|>=|<|>|includes|in) (?P<value>\{{[^{{}}]*\}}(?! *ULN)|{_VALUE}))"
)
_BARE = re.compile(rf"(?:any|all)\((?P<names>{_NAME}(?:, {_NAME})+)\)(?P<test> (?:==|!=|<=|>=|<|>) {_VALUE})?")
_WORDS = {
    "by",
    "within",
    "for",
    "at",
    "on",
    "as",
    "or",
    "and",
    "with",
    "if",
    "before",
    "except",
    "requiring",
    "of",
    "in",
    "to",
    "not",
}


def leaves(atom: str) -> list[str]:
    """The comparisons in an expression, with windows, methods and exceptions left out."""
    text = re.sub(r"except \{[^{}]*(?:\([^()]*\)[^{}]*)*\}", "", atom)
    text = re.sub(r"\[(?!1)[^\]]*\](?=[ ,)]|$)", "", text)
    text = re.sub(r"\{ULN\}", "xULN", text)
    text = _BARE.sub(_distributed, text)
    found = []
    for match in _LEAF.finditer(text):
        value = match["value"] or match["span"]
        parts = value.split()
        if match["op"] and len(parts) == 2 and parts[1] in _WORDS:
            value = parts[0]
        if value.startswith("{"):
            value = "{" + ",".join(sorted(part.strip() for part in value.strip("{}").split(","))) + "}"
        found.append(f"{match['name']} {match['op'] or 'between'} {number(value)}")
    return found or [text.strip()]


def _distributed(match: re.Match[str]) -> str:
    """`any(a, b) >= 50 mL/min` as a test of each, `any(a, b)` as two flags."""
    test = match["test"] or " == true"
    return ", ".join(f"{name.strip()}{test}" for name in re.split(r", *", match["names"]))


def number(text: str) -> str:
    """Numbers in one form: 3.0 as 3."""
    return re.sub(r"(?<![\w.])(\d+)\.0+(?!\d)", r"\1", text)


@dataclass
class Score:
    """Leaves right, missed and wrong, and atoms whose whole text is equal."""

    right: Counter[Leaf] = field(default_factory=Counter)
    missed: Counter[Leaf] = field(default_factory=Counter)
    wrong: Counter[Leaf] = field(default_factory=Counter)
    whole: int = 0
    polarity: list[str] = field(default_factory=list)
    section: list[str] = field(default_factory=list)

    @property
    def precision(self) -> float:
        """Of the leaves that were read, how many are annotated so."""
        return self.right.total() / max(1, self.right.total() + self.wrong.total())

    @property
    def recall(self) -> float:
        """Of the annotated leaves, how many were read."""
        return self.right.total() / max(1, self.right.total() + self.missed.total())


def score(
    gold: Iterable[Mapping[str, Any]], read: Iterable[Mapping[str, Any]], kinds: tuple[str, ...] = ("data",)
) -> Score:
    """Hold atoms (as JSON) against annotated ones. Definitions are left out: they ask nothing of a person."""
    wanted, found = _counted(gold, kinds), _counted(read, kinds)
    # What is read as an atom of another kind is no error where the annotation has it under that kind.
    everything = _counted(gold, ("data", "judgement", "administrative"))
    result = Score(right=wanted & found, missed=wanted - found)
    extra = found - wanted
    result.wrong = extra - (everything - wanted)
    for study, line, effect, leaf in result.wrong:
        other = "exclude" if effect == "require" else "require"
        if (study, line, other, leaf) in everything:
            result.polarity.append(f"{study} line {line}: {effect} {leaf}")
    sections = {(atom["nct_id"], atom["line"]): atom["section"] for atom in gold}
    for atom in read:
        wanted_section = sections.get((atom["nct_id"], atom["line"]))
        if wanted_section and wanted_section != atom["section"]:
            result.section.append(f"{atom['nct_id']} line {atom['line']}: {atom['section']}")
    texts = Counter((a["nct_id"], a["line"], a["effect"], number(a["atom"])) for a in gold)
    result.whole = (texts & Counter((a["nct_id"], a["line"], a["effect"], number(a["atom"])) for a in read)).total()
    return result


def _counted(atoms: Iterable[Mapping[str, Any]], kinds: tuple[str, ...]) -> Counter[Leaf]:
    return Counter(
        (atom["nct_id"], atom["line"], atom["effect"], leaf)
        for atom in atoms
        if atom["kind"] in kinds and atom["effect"] in ("require", "exclude")
        for leaf in leaves(atom["atom"])
    )


def main() -> None:
    """Print the figures, then every leaf that is missed (-) or wrong (+), by line."""
    import gzip
    import json
    import sys
    from pathlib import Path

    from chemoplan.trials.alternatives import atoms_shown
    from chemoplan.trials.parse import parse_record
    from chemoplan.trials.registry import read_records

    folder = Path(sys.argv[1] if len(sys.argv) > 1 else "../shared/reference/trials")
    gold = json.loads((folder / "gold_atoms_dev.json").read_text(encoding="utf-8"))["atoms"]
    records = {record.nct_id: record for record in read_records(folder / "ctgov_colorectal_100.json.gz")}
    assert gzip
    read = []
    for study in sorted({atom["nct_id"] for atom in gold}):
        for atom in atoms_shown(parse_record(records[study])):
            read.append({name: getattr(atom, name) for name in ("nct_id", "line", "section", "effect", "kind", "atom")})
    result = score(gold, read)
    lines = {study: record.eligibility.split("\n") for study, record in records.items()}
    rows = [(leaf, "-") for leaf in result.missed] + [(leaf, "+") for leaf in result.wrong]
    for (study, line, effect, leaf), sign in sorted(rows):
        print(f"{sign} {study} {line:>3} {effect:<8} {leaf:<60} | {lines[study][line - 1].strip()[:110]}")
    print(
        f"precision {result.precision:.3f}  recall {result.recall:.3f}  right {result.right.total()}  "
        f"wrong {result.wrong.total()}  missed {result.missed.total()}  whole atoms {result.whole} of {len(gold)}"
    )
    print("polarity:", result.polarity, "section:", result.section)


if __name__ == "__main__":
    main()
