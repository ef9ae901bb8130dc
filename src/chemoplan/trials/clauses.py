"""From atoms to criteria over facts: what a person must satisfy, line by line, in the language every room speaks."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import product
from typing import Literal

from chemoplan.criteria.tree import And, Compare, Criterion, IsUnknown, MemberOf, Not, Or, all_of, any_of, facts_of
from chemoplan.criteria.truth import Verdict, conjunction, disjunction, negation
from chemoplan.trials.alternatives import first_line
from chemoplan.trials.expression import All, Any, Expression, If, Test, tests_of
from chemoplan.trials.expression import IsUnknown as UnknownExpression
from chemoplan.trials.expression import Not as NotExpression
from chemoplan.trials.judged import JUDGED, UNRECORDED
from chemoplan.trials.reading import Atom, TrialReading
from chemoplan.trials.record import TrialRecord
from chemoplan.trials.scopes import SITES_TOGETHER
from chemoplan.trials.translate import days_facts, exempt_unknown, laboratory_facts, unknown_of
from chemoplan.trials.translate import translate as by_table
from chemoplan.vocabulary import Vocabulary

Mends = Literal["", "wash-out", "repeat"]


@dataclass(frozen=True, slots=True)
class Clause:
    """One atom of a study as a criterion: `holds` is true for a person who passes it.

    `mends` says how a failed line may come to hold by itself: "wash-out" (a date follows), "repeat" (a new laboratory
    value), or empty. `also` are further atoms of the clause, where one of several lines suffices.
    """

    atom: Atom
    holds: Criterion
    mends: Mends = ""
    also: tuple[Atom, ...] = ()

    @property
    def reviewed(self) -> bool:
        """A person has read the atom, or it is a field of the record (line 0), where there is nothing to misread."""
        return self.atom.line == 0 or all(atom.status != "auto" for atom in (self.atom, *self.also))


@dataclass(frozen=True, slots=True)
class TrialClauses:
    """What a study asks of a person. Administrative and judgement atoms are not among the clauses: they never block."""

    nct_id: str
    clauses: tuple[Clause, ...]


Translation = Callable[[Test, Vocabulary, bool], Criterion]
"""Reads one test of an attribute; the last argument says whether satisfying it speaks for the person."""


def clauses_of(
    reading: TrialReading,
    vocabulary: Vocabulary,
    translate: Translation | None = None,
    record: TrialRecord | None = None,
) -> TrialClauses:
    """The clauses of a reading, and those of the record's own fields (age, sex) where the record is given."""
    reads = translate or by_table
    atoms = [*(_fields(record) if record else ()), *reading.atoms]
    accepted = {atom.expression.attribute for atom in atoms if _accepts_unknown(atom)}
    clauses = []
    for atom in atoms:
        if atom.effect not in ("require", "exclude") or (atom.kind != "data" and not atom.branch):
            continue
        if atom.kind != "data":
            clauses.append(Clause(atom, JUDGED))  # a part of an alternative: the others may hold instead
            continue
        helps = atom.effect == "require"
        condition = (
            criterion_of(atom.expression, vocabulary, reads, helps) if atom.criterion is None else atom.criterion
        )
        holds = condition if helps else Not(condition)
        if helps and accepted:
            about = {test.attribute for test in tests_of(atom.expression)} & accepted
            holds = any_of(holds, *(unknown_of(name, vocabulary) for name in sorted(about)))
        mends = _mends(holds)
        if not (atom.branch and _sites(atom.scope)):  # among alternatives by site, each is for the people of its site
            holds = _scoped(atom.scope, holds)
        clauses.append(Clause(atom, holds, mends))
    if record and _says_nothing(reading):
        clauses.append(Clause(_unread_text(reading), JUDGED))
    return TrialClauses(reading.nct_id, tuple(_joined(clauses, reading)))


def _says_nothing(reading: TrialReading) -> bool:
    """There is no text, or no criterion of it was understood: then nobody is known to fit, and the study stays open."""
    said = {line.kind for line in reading.lines} - {"blank", "heading", "note"}
    read = any(atom.kind == "data" for atom in reading.atoms)
    return not read and (not said or "to be judged" in said)


def _unread_text(reading: TrialReading) -> Atom:
    said = any(line.kind != "blank" for line in reading.lines)
    span = "no criterion of the text was understood" if said else "the record holds no eligibility text"
    test = Test("eligibility_text", "==", True)
    return Atom(f"{reading.nct_id}-0-0", reading.nct_id, 0, "inclusion", span, 0, 0, "require", "judgement", test)


def _accepts_unknown(atom: Atom) -> bool:
    return atom.effect == "allow" and isinstance(atom.expression, UnknownExpression)


def criterion_of(
    expression: Expression, vocabulary: Vocabulary, translate: Translation, helps: bool = True
) -> Criterion:
    """The condition as a criterion over facts. `helps` says whether satisfying it speaks for the person."""

    def of(item: Expression, helps: bool = helps) -> Criterion:
        return criterion_of(item, vocabulary, translate, helps)

    match expression:
        case Test():
            return translate(expression, vocabulary, helps)
        case All(items):
            return all_of(*(of(item) for item in items))
        case Any(items):
            return any_of(*(of(_handed_down(expression, item)) for item in items))
        case If(condition, then, otherwise):
            kept = any_of(Not(of(condition, not helps)), of(then))
            return kept if otherwise is None else all_of(kept, any_of(of(condition), of(otherwise)))
        case NotExpression(item, known):
            denied = Not(of(item, not helps))
            return exempt_unknown(denied) if known else denied
        case UnknownExpression(attribute):
            return unknown_of(attribute, vocabulary)


def _handed_down(whole: Any, item: Expression) -> Expression:
    """An item of an any() with what stands behind the whole: comparison, qualifiers, window, exceptions."""
    match item:
        case Test():
            own = (
                {} if item.operator else {"operator": whole.operator or "==", "value": whole.value, "unit": whole.unit}
            )
            return replace(
                item,
                **own,  # type: ignore[arg-type]
                detail=", ".join(text for text in (item.detail, whole.detail) if text),
                method=item.method or whole.method,
                window=item.window or whole.window,
                exceptions=item.exceptions + whole.exceptions,
            )
        case All(items):
            return All(tuple(_handed_down(whole, part) for part in items))
        case Any(items):
            return replace(item, items=tuple(_handed_down(whole, part) for part in items))
        case NotExpression(part):
            return replace(item, item=_handed_down(whole, part))
        case If(condition, then, otherwise):
            rest = None if otherwise is None else _handed_down(whole, otherwise)
            return If(condition, _handed_down(whole, then), rest)
        case UnknownExpression():
            return item


def _sites(scope: str) -> tuple[str, ...]:
    """The primary sites that a scope is limited to; none for any other scope."""
    key, _, names = scope.partition("=")
    if key not in ("site", "primary"):
        return ()
    return tuple(site for name in names.split(",") for site in SITES_TOGETHER.get(name.strip(), (name.strip(),)))


def _scoped(scope: str, holds: Criterion) -> Criterion:
    """What a line asks outside its scope: nothing of people of another site; of another cohort nobody knows here."""
    if scope in ("", "all"):
        return holds
    sites = _sites(scope)
    return any_of(Not(MemberOf("primary_site", sites)), holds) if sites else any_of(holds, JUDGED)


def _joined(clauses: list[Clause], reading: TrialReading) -> list[Clause]:
    """The clauses, with those that are alternatives of each other ("one of the following") made one."""
    groups: dict[str, dict[str, list[Clause]]] = {}
    for clause in clauses:
        if clause.atom.branch:
            group, _, branch = clause.atom.branch.partition("/")
            if branch.endswith("+"):  # one of several within the branch: it may hold by another
                branch, clause = branch.rstrip("+"), replace(clause, holds=any_of(clause.holds, JUDGED))
            groups.setdefault(group, {}).setdefault(branch, []).append(clause)
    found, done = [], set()
    for clause in clauses:
        group = clause.atom.branch.partition("/")[0]
        if not clause.atom.branch:
            found.append(clause)
        elif group not in done:
            done.add(group)
            found.append(_one_of(group, groups[group], reading))
    return found


def _one_of(group: str, branches: dict[str, list[Clause]], reading: TrialReading) -> Clause:
    """One clause that holds when all of any branch holds; a branch that nobody has understood may hold too."""
    whole = [all_of(*(clause.holds for clause in branch)) for branch in branches.values()]
    parts = [clause for branch in branches.values() for clause in branch]
    numbers = [clause.atom.line for clause in parts]
    first = first_line(group, numbers)
    last = min(
        (line.number for line in reading.lines if line.number > max(numbers) and line.kind != "blank"), default=0
    )
    unread = any(line.kind == "to be judged" for line in reading.lines if first <= line.number <= max(last, *numbers))
    holds = any_of(*whole, *([JUDGED] if unread else []))
    return Clause(parts[0].atom, holds, _mends(holds), tuple(clause.atom for clause in parts[1:]))


def _mends(holds: Criterion) -> Mends:
    """Whether the line can only fail by the passing of time or by laboratory values: without these it is never false."""
    facts = set(facts_of(holds)) - {UNRECORDED}
    days, values = facts & set(days_facts()), facts & laboratory_facts()
    if not (days or values) or False in _possible(holds, days | values):
        return ""
    return "wash-out" if days else "repeat"


def _possible(criterion: Criterion, unknown: set[str]) -> frozenset[Verdict]:
    """The verdicts that the criterion may have while these facts are unknown, its leaves taken for independent."""
    match criterion:
        case Not(item):
            return frozenset(negation(verdict) for verdict in _possible(item, unknown))
        case And(items) | Or(items):
            joined = conjunction if isinstance(criterion, And) else disjunction
            found: frozenset[Verdict] = frozenset((joined(()),))
            for item in items:
                found = frozenset(map(joined, product(found, _possible(item, unknown))))
            return found
        case IsUnknown():
            return frozenset((True, False))
        case Compare(fact) | MemberOf(fact) if fact in unknown or fact == UNRECORDED:
            return frozenset((None,))
    return frozenset((True, False, None))


def _fields(record: TrialRecord) -> list[Atom]:
    """The record's own limits of age and sex as atoms of line 0, quoting the field."""
    found: list[tuple[str, Test]] = []
    if record.minimum_age is not None:
        found.append((f"Minimum age: {record.minimum_age:g} years", Test("age", ">=", record.minimum_age, "a")))
    if record.maximum_age is not None:
        found.append((f"Maximum age: {record.maximum_age:g} years", Test("age", "<=", record.maximum_age, "a")))
    if record.sex.upper() in ("FEMALE", "MALE"):
        found.append((f"Sex: {record.sex.lower()}", Test("sex", "==", record.sex.lower())))
    return [
        Atom(f"{record.nct_id}-0-{at}", record.nct_id, 0, "inclusion", span, 0, 0, "require", "data", test)
        for at, (span, test) in enumerate(found, 1)
    ]


__all__ = ["Clause", "IsUnknown", "Mends", "TrialClauses", "clauses_of", "criterion_of"]
