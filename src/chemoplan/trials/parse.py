"""From a record to its reading: split the text, read each segment, account for every line."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from chemoplan.trials.expression import Expression, Not, Test, tests_of
from chemoplan.trials.grammar import biomarkers, conditions, labs, person, plain_kinds, prior_therapy, treatment, tumor
from chemoplan.trials.grammar.draft import Draft, Reader
from chemoplan.trials.reading import Atom, Effect, Line, LineKind, TrialReading
from chemoplan.trials.record import TrialRecord
from chemoplan.trials.scopes import SITES_TOGETHER
from chemoplan.trials.segments import Segment
from chemoplan.trials.split import Split, split

READERS: tuple[Reader, ...] = (
    person.read, labs.read, biomarkers.read, tumor.read, prior_therapy.read, treatment.read, conditions.read, plain_kinds.read,
)  # fmt: skip
"""In this order: where two read overlapping words with the same attribute, the earlier stands."""


LONGEST = 20_000
"""Signs of a segment that are read. A longer one is no criterion (real ones have some hundred) and stays to be judged, whole: to
search it would take minutes."""


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
    atoms = one_of_several_sites(atoms)
    segments: dict[int, list[Segment]] = {}
    for segment in found.segments:
        segments.setdefault(segment.line, []).append(segment)
    lines = tuple(
        _line(number, found, by_line.get(number, ()), segments.get(number, ()))
        for number in range(1, len(found.texts) + 1)
    )
    return TrialReading(record.nct_id, record.sha256, record.as_of, lines, tuple(atoms))


def parse_records(records: Sequence[TrialRecord]) -> Iterator[TrialReading]:
    """The readings of many records in their order, on every core where they are many."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    if len(records) < MANY or cores < 2:
        yield from map(parse_record, records)
        return
    from concurrent.futures import ProcessPoolExecutor
    from multiprocessing import get_context

    yield from map(parse_record, records[:FIRST])  # the patterns are compiled once, before the processes part
    with ProcessPoolExecutor(cores, get_context("fork")) as pool:
        yield from pool.map(parse_record, records[FIRST:], chunksize=16)


MANY, FIRST = 64, 4
"""From so many records on, further processes are worth their start."""


def drafts_of(segment: Segment) -> list[Draft]:
    """The drafts of every family, in the order of the text; the same condition is kept once."""
    kept: list[Draft] = []
    seen: set[str] = set()
    if len(segment.plain.text) > LONGEST:
        return kept
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
    expression = draft.expression
    if effect == "exclude" and segment.section == "inclusion":
        effect, expression = "require", denied(expression)
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
        expression=expression,
        scope=draft.scope or segment.scope,
        note=draft.note,
        branch=segment.branch if effect == "require" else "",
    )


def denied(expression: Expression) -> Expression:
    """The opposite, as a requirement says it: "must not be pregnant" under inclusion is `pregnant == false`."""
    if isinstance(expression, Test) and expression.operator == "==" and expression.value is True:
        return replace(expression, value=False)
    return Not(expression)


def one_of_several_sites(atoms: list[Atom]) -> list[Atom]:
    """Lines that each ask for another primary site are alternatives: nobody has all of them. Each is limited to its site."""
    by_line: dict[int, set[str]] = {}
    for atom in atoms:
        listed = atom.branch[:1].isdigit()  # below a line that says "one of the following"
        if atom.effect == "require" and atom.scope == "all" and not listed:
            for test in tests_of(atom.expression):
                if test.attribute == "primary_site":
                    values = test.value if isinstance(test.value, tuple) else (test.value,)
                    by_line.setdefault(atom.line, set()).update(map(str, values))
    if len(by_line) < 2 or set.intersection(*by_line.values()):
        return atoms
    together = {frozenset(sites): name for name, sites in SITES_TOGETHER.items()}
    names = {line: together.get(frozenset(sites)) or ",".join(sorted(sites)) for line, sites in by_line.items()}
    note = f"lines {', '.join(map(str, by_line))} are alternatives: one must hold"
    return [
        replace(atom, scope=f"site={names[atom.line]}", note=atom.note or note, branch=f"site/{atom.line}")
        if atom.line in by_line and atom.effect == "require"
        else atom
        for atom in atoms
    ]


def _line(number: int, found: Split, atoms: Sequence[Atom], segments: Sequence[Segment]) -> Line:
    text, kind = found.texts[number - 1], found.kinds[number - 1]
    settled: LineKind = kind
    if atoms:
        kinds = {atom.kind for atom in atoms}
        settled = "structured" if "data" in kinds else "judgement" if "judgement" in kinds else "administrative"
    elif kind == "to be judged" and all(len(segment.plain.text) <= LONGEST for segment in segments):
        plain = " ".join(segment.plain.text for segment in segments)
        leads = number in found.leads and plain.rstrip().endswith(":") and len(plain) <= 90 and ". " not in plain
        joint = re.fullmatch(r"\W*(?:and|or|and/or)?\W*", plain) is not None
        settled = "heading" if joint or leads or _LABEL.fullmatch(plain) else plain_kinds.kind_of(plain) or kind
    unread = tuple(part for segment in segments for part in _unread(segment, atoms, text, found.starts[number - 1]))
    return Line(number, found.sections[number - 1], settled, text, found.scopes[number - 1], unread if atoms else ())


_LABEL = re.compile(
    r"(?:(?:bone )?marrow|h(?:a)?ematolog\w*|renal|hepatic|liver|kidney|cardiac|coagulation"
    r"|laboratory|organ)(?: (?:function|values|reserve|tests?))?\W*"
)
_EMPTY = re.compile(
    r"\W*(?:(?:and|or|and/or|the|a|an|of|has|have|patients?|participants?|subjects?|must|with|who|are|is|be|to)\W*)*",
    re.IGNORECASE,
)


def _unread(segment: Segment, atoms: Sequence[Atom], text: str, offset: int) -> list[str]:
    """The stretches of a segment that no atom covers, word for word, without those that say nothing by themselves."""
    parts: list[str] = []
    at = segment.start
    for start, end in sorted((atom.start, atom.end) for atom in atoms if segment.start <= atom.start < segment.end):
        if start > at:
            parts.append(text[at - offset : start - offset])
        at = max(at, end)
    parts.append(text[at - offset : segment.end - offset])
    return [part.strip() for part in parts if not _EMPTY.fullmatch(part)]
