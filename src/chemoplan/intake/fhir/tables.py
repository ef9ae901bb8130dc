"""The code tables of this room (YAML under intake/codes), loaded once."""

from __future__ import annotations

import re
from functools import lru_cache
from importlib.resources import files
from typing import Any

import yaml

from chemoplan.vocabulary import load_vocabulary

OWN = "https://chemoplan.example/fhir"
FACT_SYSTEM = f"{OWN}/CodeSystem/fact"
VALUE_SYSTEM = f"{OWN}/CodeSystem/fact-value"
CASE_SYSTEM = f"{OWN}/NamingSystem/case"
SET_COMPLETE = f"{OWN}/StructureDefinition/set-complete"
STATED_SOURCE = f"{OWN}/StructureDefinition/stated-source"
GROUP_PREFIX = "complete-"


@lru_cache(maxsize=32)
def table(name: str) -> dict[str, Any]:
    """One table by the name of its file."""
    text = (files("chemoplan.intake") / "codes" / f"{name}.yaml").read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    assert isinstance(loaded, dict)
    return loaded


@lru_cache(maxsize=8)
def rows(name: str) -> list[dict[str, Any]]:
    """A table that is a list."""
    text = (files("chemoplan.intake") / "codes" / f"{name}.yaml").read_text(encoding="utf-8")
    loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    assert isinstance(loaded, list)
    return loaded


@lru_cache(maxsize=1)
def _system_names() -> dict[str, str]:
    return {spelling.lower(): name for name, spellings in table("systems").items() for spelling in spellings}


def canonical_system(written: str) -> str:
    """The short name of a code system however it is spelled; an unknown system stays as written."""
    return _system_names().get(written.rstrip("/").lower(), written)


def system_uri(name: str) -> str:
    """The URI under which a system is written."""
    return str(table("systems")[name][0])


@lru_cache(maxsize=1)
def facts_by_code() -> dict[tuple[str, str], str]:
    """Facts whose value an Observation with this code carries as it is."""
    return {code: fact.name for fact in load_vocabulary().about_case() for code in fact.codes}


@lru_cache(maxsize=1)
def _unit_spellings() -> dict[str, str]:
    return {written: unit for unit, spellings in table("results")["units"].items() for written in spellings}


def spelled_unit(written: str | None) -> str | None:
    """The UCUM code of a unit as records spell it; an unknown spelling stays as written."""
    return _unit_spellings().get(written.strip().lower(), written) if written else None


@lru_cache(maxsize=512)
def pattern(text: str) -> re.Pattern[str]:
    """A compiled pattern that ignores case."""
    return re.compile(text, re.IGNORECASE)


def any_text(patterns: list[str] | None, texts: tuple[str, ...]) -> bool:
    """True when a pattern is found in one of the texts (overlong texts are not searched)."""
    return any(pattern(item).search(text) for item in patterns or [] for text in texts if len(text) <= 300)
