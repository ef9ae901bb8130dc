"""Alternatives as annotated sets write them: the first of the lines holds the any(), the others are permissions.

Inside the program every line of such a group stays a requirement of its own with its branch (`Atom.branch`), so that a line that
was not understood may still be the one that holds. Lines that each ask for another primary site, or each belong to another cohort,
are shown as they stand.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from chemoplan.trials.expression import All, Any, Expression
from chemoplan.trials.reading import Atom, Effect, TrialReading

SITES = "site"
"""Group of the lines that each ask for another primary site."""


def atoms_shown(reading: TrialReading) -> tuple[Atom, ...]:
    """The atoms in the order of the text, alternatives in the notation of annotated sets.

    Where a line of the group was not understood, none of them is shown as a requirement: the note says so.
    """
    groups: dict[str, dict[str, list[Atom]]] = {}
    for atom in reading.atoms:
        group, _, branch = atom.branch.partition("/")
        if group and group != SITES and atom.kind == "data":
            groups.setdefault(group, {}).setdefault(branch, []).append(atom)
    groups = {
        group: branches
        for group, branches in groups.items()
        if len({atom.scope for part in branches.values() for atom in part}) == 1
    }
    if not groups:
        return reading.atoms
    whole = {group: _understood(group, branches, reading) for group, branches in groups.items()}
    seen: set[str] = set()
    shown = []
    for atom in reading.atoms:
        group = atom.branch.partition("/")[0]
        if group not in groups or atom.kind != "data":
            shown.append(atom)
        elif group in seen:
            shown.append(_permission(atom, "one of several lines suffices; the first of them holds the any()"))
        elif whole[group]:
            seen.add(group)
            shown.append(replace(atom, expression=_any_of(groups[group].values())))
        else:
            shown.append(_permission(atom, "one of several lines suffices; not all of them were understood"))
    return tuple(shown)


def _understood(group: str, branches: dict[str, list[Atom]], reading: TrialReading) -> bool:
    """Is every line of the group read?"""
    numbers = [int(branch) for branch in branches if branch.isdigit()]
    if len(branches) < 2 or len(numbers) != len(branches):
        return False
    first = first_line(group, numbers)
    return not any(line.kind == "to be judged" for line in reading.lines if first <= line.number <= max(numbers))


def first_line(group: str, numbers: Iterable[int]) -> int:
    """The first line that belongs to a group of alternatives, read or not."""
    if group.isdigit():
        return int(group) + 1
    return int(group.removeprefix("or")) if group.startswith("or") else min(numbers)


def _any_of(branches: Iterable[list[Atom]]) -> Expression:
    parts: list[Expression] = []
    for atoms in branches:
        tests = tuple(atom.expression for atom in atoms)
        parts.append(tests[0] if len(tests) == 1 else All(tests))
    return Any(tuple(parts))


def _permission(atom: Atom, note: str) -> Atom:
    effect: Effect = "allow"
    return replace(atom, effect=effect, note=f"{atom.note}; {note}" if atom.note else note)
