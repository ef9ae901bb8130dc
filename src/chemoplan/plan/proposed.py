"""Somebody else's plan, read into the plan facts of the vocabulary (`plan_intent`, `plan_components`, ...)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.select import class_of
from chemoplan.vocabulary import SetValue, Value, ValueRefused
from chemoplan.vocabulary.nearest import nearest

FIELDS = {
    "intent": "plan_intent", "components": "plan_components", "drugs": "plan_drugs", "procedures": "plan_procedures",
    "days_before_surgery": "plan_days_before_surgery", "duration_months": "plan_duration", "months_already_given": "plan_months_given",
    "radiation_course": "plan_radiation_course", "systemic_delay_weeks": "plan_systemic_delay", "presented_as": "plan_presented_as",
    "decision_basis": "plan_decision_basis", "withholds": "plan_withholds", "claimed_label_status": "plan_claimed_label_status",
    "surgery_planned": "plan_surgery_planned", "selective_chemoradiation": "plan_selective_chemoradiation",
    "specialist_review": "plan_specialist_review", "immediate_treatment_necessary": "plan_immediate_treatment_necessary",
    "contradiction_flagged": "plan_contradiction_flagged", "active_peptic_ulcer": "plan_active_peptic_ulcer", "route": "plan_route",
    "hai_center": "plan_hai_center",
}  # fmt: skip
"""Key of a proposed plan, and the plan fact it states."""

OTHER_KEYS = ("options", "dose_fraction", "sequence", "last_dose", "surgery_date", "title", "note")


class ProposalRefused(ValueError):
    """The proposed plan cannot be read; one line for each problem."""

    def __init__(self, lines: list[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = lines


@dataclass(frozen=True)
class Proposal:
    """A proposed plan: the options it names, and what it states as plan facts."""

    options: tuple[str, ...]
    facts: Mapping[str, Value]
    fractions: Mapping[str, float] = field(default_factory=dict)
    raw: Mapping[str, Any] = field(default_factory=dict)


def read_proposal(raw: Any, knowledge: Knowledge, document: str = "plan") -> Proposal:
    """Read a proposed plan (a mapping; keys as docs/how-to/audit-a-plan.md tells). Raises ProposalRefused."""
    if not isinstance(raw, Mapping):
        raise ProposalRefused(
            [f"{document}: expected a mapping such as 'components: [fluoropyrimidine]', found {type(raw).__name__}"]
        )
    reader = _Reader(raw, knowledge, document)
    proposal = reader.read()
    if reader.errors:
        raise ProposalRefused(reader.errors)
    return proposal


class _Reader:
    def __init__(self, raw: Mapping[str, Any], knowledge: Knowledge, document: str) -> None:
        self.raw, self.knowledge, self.document = raw, knowledge, document
        self.facts: dict[str, Value] = {}
        self.errors: list[str] = []

    def read(self) -> Proposal:
        for key, value in self.raw.items():
            if key in FIELDS:
                if value is not None:
                    self._state(str(key), FIELDS[str(key)], value)
            elif key not in OTHER_KEYS:
                close = nearest(str(key), [*FIELDS, *OTHER_KEYS])
                self.errors.append(
                    f"{self.document}, {key}: unknown key" + (f"; did you mean {close}?" if close else "")
                )
        fractions = self._fractions()
        self._sequence()
        self._dates()
        options = self._options()
        self._drugs_name_components()
        self._months()
        return Proposal(options, self.facts, fractions, dict(self.raw))

    def _state(self, place: str, name: str, value: Any) -> None:
        fact = self.knowledge.vocabulary[name]
        if name == "plan_decision_basis" and isinstance(value, list):
            value = [item if item in fact.values else "other" for item in value]
        try:
            self.facts[name] = fact.read(value)
        except ValueRefused as refused:
            self.errors.append(f"{self.document}, {place}: {str(refused).replace(name, place)}")

    def _fractions(self) -> dict[str, float]:
        fractions: dict[str, float] = {}
        raw = self.raw.get("dose_fraction") or {}
        if not isinstance(raw, Mapping):
            self.errors.append(
                f"{self.document}, dose_fraction: expected component: fraction pairs such as fluoropyrimidine: 0.5"
            )
            return fractions
        for name, value in raw.items():
            component = class_of(str(name), self.knowledge.components)
            if component is None:
                close = nearest(str(name), self.knowledge.components)
                self.errors.append(
                    f"{self.document}, dose_fraction.{name}: unknown component"
                    + (f"; did you mean {close}?" if close else "")
                )
                continue
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 2:
                self.errors.append(
                    f"{self.document}, dose_fraction.{name}: {value!r}; expected a fraction from 0 to 2 (1 is the usual dose)"
                )
                continue
            fractions[component] = max(float(value), fractions.get(component, 0.0))
            if f"plan_{component}_fraction" in self.knowledge.vocabulary:
                self.facts[f"plan_{component}_fraction"] = fractions[component]
        return fractions

    def _sequence(self) -> None:
        sequence = self.raw.get("sequence")
        if isinstance(sequence, list) and sequence:
            first = self.knowledge.vocabulary["plan_starts_with"]
            if sequence[0] in first.values:
                self.facts["plan_starts_with"] = str(sequence[0])
        elif sequence is not None and not isinstance(sequence, list):
            self.errors.append(f"{self.document}, sequence: expected a list of blocks in order")

    def _dates(self) -> None:
        dates: dict[str, date] = {}
        for key in ("last_dose", "surgery_date"):
            value = self.raw.get(key)
            if value is None:
                continue
            try:
                dates[key] = value if type(value) is date else date.fromisoformat(str(value))
            except ValueError:
                self.errors.append(f"{self.document}, {key}: {value!r} is no date; expected YYYY-MM-DD")
        if len(dates) == 2 and "plan_days_before_surgery" not in self.facts:
            days = abs((dates["surgery_date"] - dates["last_dose"]).days)
            self._state("last_dose and surgery_date", "plan_days_before_surgery", days)

    def _options(self) -> tuple[str, ...]:
        raw = self.raw.get("options") or []
        names = [raw] if isinstance(raw, str) else list(raw) if isinstance(raw, list) else None
        if names is None or not all(isinstance(name, str) for name in names):
            self.errors.append(f"{self.document}, options: expected a list of option ids")
            return ()
        known = [name for name in names if name in self.knowledge.options]
        for name in names:
            if name not in known:
                close = nearest(name, self.knowledge.options)
                self.errors.append(
                    f"{self.document}, options: unknown option {name!r}" + (f"; did you mean {close}?" if close else "")
                )
        for name in known:
            option = self.knowledge.options[name]
            # A part with a choice is left open: the plan has not said which member it takes.
            # A treatment without components is one: resection alone states that no drug is given.
            whole = option.kind == "treatment"
            self._join("plan_components", {part[0] for part in option.parts if len(part) == 1}, whole)
            self._join("plan_procedures", set(option.procedures))
            if "plan_intent" not in self.facts and option.intent in self.knowledge.vocabulary["plan_intent"].values:
                self.facts["plan_intent"] = option.intent
        return tuple(known)

    def _drugs_name_components(self) -> None:
        drugs = self.facts.get("plan_drugs")
        if isinstance(drugs, SetValue):
            self._join(
                "plan_components",
                {name for drug in drugs.members if (name := class_of(drug, self.knowledge.components))},
            )

    def _join(self, name: str, members: set[str], whole: bool = False) -> None:
        allowed = set(self.knowledge.vocabulary[name].values)
        present = self.facts.get(name)
        before = present.members if isinstance(present, SetValue) else frozenset()
        if members & allowed or whole or isinstance(present, SetValue):
            self.facts[name] = SetValue(before | (members & allowed))

    def _months(self) -> None:
        given, planned = self.facts.get("plan_months_given"), self.facts.get("plan_duration")
        if isinstance(given, float) and isinstance(planned, float):
            self.facts["plan_total_months"] = given + planned
