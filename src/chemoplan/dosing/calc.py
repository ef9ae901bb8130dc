"""One calculation as plain data: what went in, what came out, each step, and the policies and sources it rests on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import Any

from chemoplan import __version__
from chemoplan.dosing.amounts import DoseRefused, Step, plain
from chemoplan.knowledge import Knowledge
from chemoplan.knowledge.entries import Evidence
from chemoplan.plan.shape import evidence


@dataclass(frozen=True)
class Calculation:
    """A calculation by name. `result` holds numbers, words, or None where there is no answer; `units` names their UCUM units.

    `policies` are the ids of the choices it follows, `sources` further evidence by the id of its table or regimen.
    `doubts` are inputs that cannot well be true; `notes` is what else a reader has to know.
    """

    name: str
    inputs: Mapping[str, str]
    result: Mapping[str, Any]
    units: Mapping[str, str]
    steps: tuple[Step, ...]
    notes: tuple[str, ...] = ()
    doubts: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    sources: Mapping[str, tuple[Evidence, ...]] = field(default_factory=dict)

    def as_json(self, knowledge: Knowledge) -> dict[str, Any]:
        """The calculation as JSON data."""
        rested = {name: policy(name, knowledge).evidence for name in self.policies} | dict(self.sources)
        return {
            "chemoplan": __version__, "calc": self.name, "inputs": {key: value for key, value in self.inputs.items() if value},
            "result": {key: _plain(value) for key, value in self.result.items()}, "units": dict(self.units),
            "steps": [step.as_json() for step in self.steps], "warnings": [*self.doubts, *self.notes],
            "evidence": [row for name, lines in rested.items() for row in evidence(lines, name, knowledge)],
        }  # fmt: skip


def _plain(value: Any) -> Any:
    if isinstance(value, Decimal):
        return plain(value)
    if isinstance(value, Mapping):
        return {key: _plain(item) for key, item in value.items()}
    return value


def policy(name: str, knowledge: Knowledge) -> Any:
    """A policy by id. Raises DoseRefused when the knowledge has lost it."""
    found = knowledge.dosing.policies.get(name)
    if found is None:
        raise DoseRefused(f"the knowledge has no policy {name!r}, which this calculation needs")
    return found


def limits(name: str, knowledge: Knowledge) -> tuple[Decimal, ...]:
    """The numbers of a policy. Raises DoseRefused when its value holds anything else."""
    value = policy(name, knowledge).value
    try:
        return _numbers(value)
    except ArithmeticError:
        raise DoseRefused(f"policy {name}: expected numbers, found {value!r}") from None


@lru_cache(maxsize=256)
def _numbers(text: str) -> tuple[Decimal, ...]:
    return tuple(Decimal(word) for word in text.split())


def limit(name: str, knowledge: Knowledge) -> Decimal:
    """The one number of a policy. Raises DoseRefused when its value is anything else."""
    found = limits(name, knowledge)
    if len(found) != 1:
        raise DoseRefused(f"policy {name}: expected one number, found {policy(name, knowledge).value!r}")
    return found[0]
