"""The vocabulary, loaded from the YAML files beside this module."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from chemoplan.vocabulary.fact import Fact
from chemoplan.vocabulary.nearest import nearest

TOPICS = (
    "person", "context", "journey", "tumor", "biomarker", "molecular", "germline", "fitness", "treatment", "eligibility",
    "preference", "derived", "proposed_plan",
)  # fmt: skip


class Vocabulary(Mapping[str, Fact]):
    """All facts by name, in the order of the files."""

    def __init__(self, facts: list[Fact]) -> None:
        self._facts = {fact.name: fact for fact in facts}
        if len(self._facts) != len(facts):
            names = [fact.name for fact in facts]
            twice = sorted({name for name in names if names.count(name) > 1})
            raise ValueError(f"facts defined twice: {', '.join(twice)}")

    def __getitem__(self, name: str) -> Fact:
        return self._facts[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._facts)

    def __len__(self) -> int:
        return len(self._facts)

    def nearest(self, name: str) -> str | None:
        """The fact name that a writer most likely meant."""
        return nearest(name, self._facts)

    def group(self, name: str) -> list[Fact]:
        """The facts that a source declared complete for this group would have mentioned."""
        return [fact for fact in self._facts.values() if fact.group == name]

    def groups(self) -> list[str]:
        """Names of the groups that a source may declare complete."""
        return sorted({fact.group for fact in self._facts.values() if fact.group})

    def about_case(self) -> list[Fact]:
        """The facts of a case (not those of a proposed plan)."""
        return [fact for fact in self._facts.values() if fact.about == "case"]


@lru_cache(maxsize=1)
def load_vocabulary() -> Vocabulary:
    """The shipped vocabulary."""
    folder = files("chemoplan.vocabulary") / "facts"
    facts = []
    for topic in TOPICS:
        text = (folder / f"{topic}.yaml").read_text(encoding="utf-8")
        facts += [fact_of(topic, entry) for entry in yaml.load(text, Loader=yaml.CSafeLoader)]
    return Vocabulary(facts)


def fact_of(topic: str, entry: dict[str, Any]) -> Fact:
    """One fact from its YAML entry."""
    entry = dict(entry)
    raw_values = entry.pop("values", [])
    values = tuple(_value_text(value) for value in raw_values)
    numeric = entry["kind"] == "choice" and all(isinstance(value, int | float) for value in raw_values)
    bounds = entry.pop("range", None)
    codes = tuple((code["system"], str(code["code"])) for code in entry.pop("codes", []))
    return Fact(
        topic=topic,
        values=values,
        numeric=numeric,
        range=(float(bounds[0]), float(bounds[1])) if bounds else None,
        codes=codes,
        **entry,
    )


def _value_text(value: Any) -> str:
    if isinstance(value, bool):
        raise ValueError(f"quote the value {value!r}: YAML reads it as true or false")
    return str(value)
