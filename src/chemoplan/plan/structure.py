"""Who acts on whom: for every option, the offers that contribute it and the entries that forbid, block or hold it.

Computed once from the knowledge; the three readings of the plan (case, columns, proof) all walk this.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Entry, Offer, Option
from chemoplan.knowledge.select import class_of, selected

ASKING_KINDS = frozenset({"test", "advice"})
"""Options of these kinds tell what to find out or whom to ask; no gate holds them back."""


@dataclass(frozen=True)
class Blockers:
    """What blocks one component: entries that block the class, and for each drug of the class the entries that block it."""

    whole: tuple[Entry, ...]
    drugs: tuple[tuple[str, tuple[Entry, ...]], ...]

    def of(self, drugs: tuple[str, ...]) -> list[tuple[Entry, ...]]:
        """For each of these drugs (all, if none is named) the entries that block it."""
        return [entries for drug, entries in self.drugs if not drugs or drug in drugs]


@dataclass(frozen=True)
class OptionRules:
    """Everything that bears on one option. `drugs` names for each component the drugs with which the option can be given."""

    option: Option
    drugs: Mapping[str, tuple[str, ...]]
    offers: tuple[tuple[Entry, Offer], ...]
    forbidding: tuple[Entry, ...]
    together: tuple[tuple[Entry, tuple[str, ...]], ...]
    gates: tuple[Entry, ...]
    modifying: tuple[tuple[Entry, str, str], ...]


@dataclass(frozen=True)
class Structure:
    """The rules of every option, and the blockers of every component."""

    rules: Mapping[str, OptionRules]
    blockers: Mapping[str, Blockers]
    knowledge: Knowledge


def structure_of(knowledge: Knowledge) -> Structure:
    """Arrange the knowledge by option and component."""
    entries = list(knowledge.entries.values())
    options, components, groups = knowledge.options, knowledge.components, knowledge.groups
    forbidden = {entry.id: _forbidden(entry, knowledge) for entry in entries}
    held: dict[str, list[Entry]] = {name: [] for name in options}
    for entry in entries:
        for selector in entry.holds:
            for name in selected(selector, options, components, groups):
                if options[name].kind not in ASKING_KINDS and entry not in held[name]:
                    held[name].append(entry)
    rules = {
        option.id: OptionRules(
            option,
            {name: open_drugs(option, name, knowledge) for name in option.components},
            tuple((entry, offer) for entry in entries for offer in entry.offers if offer.option == option.id),
            tuple(entry for entry in entries if option.id in forbidden[entry.id]),
            tuple((entry, pair) for entry in entries for pair in entry.blocks_together if set(pair) <= _fixed(option)),
            tuple(held[option.id]),
            tuple(modifiers(option, knowledge)),
        )
        for option in options.values()
    }
    return Structure(rules, {name: _blockers(name, knowledge) for name in components}, knowledge)


def _forbidden(entry: Entry, knowledge: Knowledge) -> set[str]:
    """Options that the entry forbids: those its selectors mean, less what it spares and what it offers itself."""

    def meant(selectors: tuple[str, ...]) -> set[str]:
        known = knowledge.options, knowledge.components, knowledge.groups
        return {name for selector in selectors for name in selected(selector, *known)}

    return meant(entry.forbid) - meant(entry.spare) - {offer.option for offer in entry.offers}


def _fixed(option: Option) -> set[str]:
    return {part[0] for part in option.parts if len(part) == 1}


def _blockers(component: str, knowledge: Knowledge) -> Blockers:
    blocking = [entry for entry in knowledge.entries.values() if entry.blocks]
    return Blockers(
        tuple(entry for entry in blocking if component in entry.blocks),
        tuple((drug, tuple(e for e in blocking if drug in e.blocks)) for drug in knowledge.components[component].drugs),
    )


def open_drugs(option: Option, component: str, knowledge: Knowledge) -> tuple[str, ...]:
    """The drugs of a class with which the option can be given: those it lists, or all where it lists none."""
    drugs = knowledge.components[component].drugs
    return tuple(drug for drug in drugs if drug in option.drugs) or drugs


def touched_by(entry: Entry, knowledge: Knowledge) -> list[str]:
    """Components and drugs on which an entry acts: those it blocks, modifies or holds."""
    named = [*entry.blocks, *(item.component for item in entry.modifies), *entry.holds]
    return [name for name in named if class_of(name, knowledge.components) is not None]


def modifiers(option: Option, knowledge: Knowledge) -> list[tuple[Entry, str, str]]:
    """Entries that change a component of the option: the entry, the component of the option, and the drug or class named."""
    found = []
    for entry in knowledge.entries.values():
        for modification in entry.modifies:
            named = modification.component
            component = class_of(named, knowledge.components)
            if component in option.components and named in (component, *open_drugs(option, component, knowledge)):
                found.append((entry, component, named))
    return found
