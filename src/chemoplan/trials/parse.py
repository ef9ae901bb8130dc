"""From a record to its reading: split the text, read each segment, account for every line."""

from __future__ import annotations

from collections.abc import Sequence

from chemoplan.trials.grammar import biomarkers, conditions, labs, person, plain_kinds, treatment, tumor
from chemoplan.trials.grammar.draft import Draft, Reader
from chemoplan.trials.reading import Atom, Effect, Line, LineKind, TrialReading
from chemoplan.trials.record import TrialRecord
from chemoplan.trials.segments import Segment
from chemoplan.trials.split import Split, split

READERS: tuple[Reader, ...] = (
    person.read, labs.read, biomarkers.read, tumor.read, treatment.read, conditions.read, plain_kinds.read,
)  # fmt: skip
"""In this order: where two read overlapping words with the same attribute, the earlier stands."""


def parse_record(record: TrialRecord) -> TrialReading:
    """The reading of a record's eligibility text. Never refuses: what is not understood stays, word for word."""
    found = split(record.nct_id, record.eligibility)
    atoms: list[Atom] = []
    by_line: dict[int, list[Atom]] = {}
    for segment in found.segments:
        for draft in drafts_of(segment):
            line = by_line.setdefault(segment.line, [])
            atom = _atom(segment, draft, record.eligibility, len(line) + 1)
            line.append(atom)
            atoms.append(atom)
    lines = tuple(_line(number, found, by_line.get(number, ())) for number in range(1, len(found.texts) + 1))
    return TrialReading(record.nct_id, record.sha256, record.as_of, lines, tuple(atoms))


def drafts_of(segment: Segment) -> list[Draft]:
    """The drafts of every family, in the order of the text; the same condition is kept once."""
    kept: list[Draft] = []
    seen: set[str] = set()
    for reader in READERS:
        for draft in reader(segment):
            text = f"{draft.effect} {draft.expression}"
            if text not in seen:
                seen.add(text)
                kept.append(draft)
    return sorted(kept, key=lambda draft: (draft.start, draft.end))


def _atom(segment: Segment, draft: Draft, text: str, number: int) -> Atom:
    start, end = segment.plain.place(draft.start, draft.end)
    effect: Effect = draft.effect or segment.effect
    return Atom(
        id=f"{segment.nct_id}-{segment.line}-{number}",
        nct_id=segment.nct_id,
        line=segment.line,
        section=segment.section,
        span=text[start:end],
        start=start,
        end=end,
        effect=effect,
        kind=draft.kind,
        expression=draft.expression,
        scope=draft.scope or segment.scope,
        note=draft.note,
    )


def _line(number: int, found: Split, atoms: Sequence[Atom]) -> Line:
    text, kind = found.texts[number - 1], found.kinds[number - 1]
    if atoms:
        kinds = {atom.kind for atom in atoms}
        kind = "structured" if "data" in kinds else "judgement" if "judgement" in kinds else "administrative"
    settled: LineKind = kind
    return Line(number, found.sections[number - 1], settled, text, found.scopes[number - 1])
