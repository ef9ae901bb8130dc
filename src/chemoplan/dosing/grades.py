"""CTCAE grades of measured values, by version. A grade that rests on what was not measured stays unknown."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from chemoplan.criteria.text import write
from chemoplan.criteria.tree import facts_of
from chemoplan.criteria.truth import Facts, evaluate
from chemoplan.dosing.amounts import DoseRefused, Step
from chemoplan.dosing.calc import Calculation
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.regimens import Grade, GradeScale

VERSIONS = ("5", "6")
"""The versions of CTCAE whose scales are held."""


@dataclass(frozen=True)
class Graded:
    """What a scale says of some facts: the grade is at least `least` and at most `most`, and known when the two are one."""

    scale: GradeScale
    least: int
    most: int
    missing: tuple[str, ...] = ()
    """Facts that could settle it."""

    @property
    def grade(self) -> int | None:
        """The grade, 0 for none; None while unknown."""
        return self.least if self.least == self.most else None

    @property
    def text(self) -> str:
        """The grade in words: grade 3, grade 0 or 1, grade 1 to 3."""
        if self.grade is not None:
            return f"grade {self.grade}"
        return f"grade {self.least} {'or' if self.most == self.least + 1 else 'to'} {self.most}"

    @property
    def words(self) -> str:
        """The words of the grade in its scale; empty for grade 0 and while unknown."""
        return next((item.text for item in self.scale.grades if item.grade == self.grade), "")


def grade(scale: GradeScale, facts: Facts) -> Graded:
    """The grade that a scale gives to these facts.

    The criterion of a grade holds from that grade on. Grades without one, below those that are measured (they begin at a
    laboratory's own limit), stay possible when no measured grade holds; those above are judged, not measured, and are left out.
    A scale without any criterion grades nothing: every grade stays possible.
    """
    steps = sorted(scale.grades, key=lambda item: item.grade)
    measured = [item for item in steps if item.when is not None]
    if not measured:
        return Graded(scale, 0, max(item.grade for item in steps))
    verdicts = {item.grade: _holds(item, facts) for item in measured}
    least = max((number for number, verdict in verdicts.items() if verdict is True), default=0)
    most = max((number for number, verdict in verdicts.items() if verdict is not False), default=0)
    if most == 0:
        most = max((item.grade for item in steps if item.grade < measured[0].grade), default=0)
    wanted = {name for item in measured if item.when is not None for name in facts_of(item.when)}
    return Graded(scale, least, most, tuple(sorted(wanted - set(facts))))


def _holds(item: Grade, facts: Facts) -> bool | None:
    return None if item.when is None else evaluate(item.when, facts)


def scales_of(names: set[str], version: str, knowledge: Knowledge) -> list[GradeScale]:
    """The scales of a version that use any of these facts."""
    return [
        scale
        for scale in knowledge.dosing.grade_scales.values()
        if scale.version == version
        and any(names & set(facts_of(item.when)) for item in scale.grades if item.when is not None)
    ]


def graded(
    values: Mapping[str, Decimal | bool], knowledge: Knowledge, versions: tuple[str, ...] = VERSIONS
) -> Calculation:
    """The grades of measured values in each version, and over all of them the highest.

    `values` are facts in the units of the vocabulary. Raises DoseRefused when no scale uses any of them.
    """
    facts: Facts = {name: value if isinstance(value, bool) else float(value) for name, value in values.items()}
    found = {
        version: [grade(scale, facts) for scale in scales_of(set(facts), version, knowledge)] for version in versions
    }
    if not facts or not any(found.values()):
        raise DoseRefused(
            "no value to grade; give one or more, such as --neutrophils 0.7 (chemoplan calc grade --help)"
        )
    highest = {f"grade_ctcae_v{version}": _highest(rows) for version, rows in found.items()}
    result: dict[str, object] = {key: rows[0] if rows[0] == rows[1] else None for key, rows in highest.items()}
    for key, (least, most) in highest.items():
        if least != most:
            result[f"{key}_range"] = f"{least} {'or' if most == least + 1 else 'to'} {most}"
    by_fact = _by_fact(found)
    if len(by_fact) > 1:
        result["grades"] = {
            name: {f"grade_ctcae_v{version}": row.grade for version, row in rows.items()}
            for name, rows in by_fact.items()
        }
    return Calculation(
        name="grade",
        inputs={name: _input(name, value, knowledge) for name, value in values.items()},
        result=result,
        units=dict.fromkeys(highest, "1"),
        steps=tuple(_step(row, values, knowledge) for rows in found.values() for row in rows),
        notes=tuple(_notes(by_fact, knowledge)),
        sources={row.scale.id: row.scale.evidence for rows in found.values() for row in rows},
    )


def _highest(rows: list[Graded]) -> tuple[int, int]:
    return max(row.least for row in rows), max(row.most for row in rows)


def _by_fact(found: Mapping[str, list[Graded]]) -> dict[str, dict[str, Graded]]:
    """By measured fact and version, what was graded."""
    pairs: dict[str, dict[str, Graded]] = {}
    for version, rows in found.items():
        for row in rows:
            pairs.setdefault(row.scale.fact, {})[version] = row
    return pairs


def _notes(by_fact: Mapping[str, Mapping[str, Graded]], knowledge: Knowledge) -> list[str]:
    notes = []
    gone = {term.term: term for term in knowledge.dosing.removed_terms.values()}
    for name, rows in by_fact.items():
        texts = {version: row.text for version, row in rows.items()}
        label = name.replace("_", " ")
        if len(set(texts.values())) > 1:
            told = ", ".join(f"{text} in version {version}" for version, text in texts.items())
            notes.append(f"{label}: {told}. The version belongs to every grade.")
        for version, row in rows.items():
            if row.grade is None and row.missing:
                notes.append(f"{label}, version {version}: {row.text} until {', '.join(row.missing)} is known.")
            shared = all(item.scale.note == row.scale.note for item in rows.values())
            if row.scale.note:
                notes.append(f"{label}{'' if shared else f', version {version}'}: {row.scale.note}")
            term = gone.get(row.scale.term)
            if term is not None:
                after = f"; there it is {term.replaced_by}" if term.replaced_by else ""
                notes.append(f"Version {term.version} no longer holds the term {term.term}{after}.")
    return list(dict.fromkeys(notes))


def _step(row: Graded, values: Mapping[str, Decimal | bool], knowledge: Knowledge) -> Step:
    used = {name for item in row.scale.grades if item.when is not None for name in facts_of(item.when)}
    given = {name: _input(name, value, knowledge) for name, value in values.items() if name in used}
    held = next((item for item in row.scale.grades if item.grade == row.least and item.when is not None), None)
    formula = (
        write(held.when, knowledge.vocabulary) if held and held.when is not None else "no measured grade is reached"
    )
    return Step(f"CTCAE {row.scale.version}, {row.scale.term}", formula, row.text, given, row.words)


def _input(name: str, value: Decimal | bool, knowledge: Knowledge) -> str:
    return knowledge.vocabulary[name].show(value if isinstance(value, bool) else float(value))
