"""A cursor over FHIR JSON that knows its path, and the coded concepts in it. A wrong shape raises Unreadable."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from chemoplan.intake.fhir.tables import canonical_system
from chemoplan.intake.refused import kind_of, shown


class Unreadable(ValueError):
    """An element does not have the shape that FHIR R4 gives it."""

    def __init__(self, path: str, message: str) -> None:
        super().__init__(message)
        self.path = path


@dataclass(frozen=True)
class Coding:
    """One code, with the canonical short name of its system (or the system as written when it is not a known one)."""

    system: str
    code: str
    display: str


@dataclass(frozen=True)
class Concept:
    """The codings of a CodeableConcept and every text it shows."""

    codings: tuple[Coding, ...]
    text: str

    @property
    def texts(self) -> tuple[str, ...]:
        """Every text shown: the text itself, then the displays."""
        return tuple(dict.fromkeys(text for text in (self.text, *(item.display for item in self.codings)) if text))

    def codes(self, system: str) -> tuple[str, ...]:
        """The codes of one system."""
        return tuple(item.code for item in self.codings if item.system == system and item.code)

    def in_codes(self, table: Mapping[str, Any] | None) -> bool:
        """True when one of the codings is in a table of system to codes."""
        return any(item.code in (table or {}).get(item.system, ()) for item in self.codings if item.code)

    @property
    def name(self) -> str:
        """What to call it in a message: a text, or a code."""
        return (
            next(iter(self.texts), "")
            or next((item.code for item in self.codings if item.code), "")
            or "without a code"
        )


@dataclass(frozen=True)
class Element:
    """A JSON object of a resource, and where it is."""

    path: str
    raw: Mapping[str, Any]

    def has(self, name: str) -> bool:
        """True when the element is there and not null."""
        return self.raw.get(name) is not None

    def child(self, name: str) -> Element | None:
        """An object, or None when it is absent."""
        value = self.raw.get(name)
        if value is None:
            return None
        if not isinstance(value, dict):
            raise Unreadable(f"{self.path}.{name}", f"is {_what(value)}; expected an object")
        return Element(f"{self.path}.{name}", value)

    def children(self, name: str) -> Iterator[Element]:
        """The objects of a list; a lone object is taken for a list of one."""
        value = self.raw.get(name)
        if value is None:
            return
        if isinstance(value, dict):
            yield Element(f"{self.path}.{name}", value)
            return
        if not isinstance(value, list):
            raise Unreadable(f"{self.path}.{name}", f"is {_what(value)}; expected a list of objects")
        for index, item in enumerate(value):
            if not isinstance(item, dict):
                raise Unreadable(f"{self.path}.{name}[{index}]", f"is {_what(item)}; expected an object")
            yield Element(f"{self.path}.{name}[{index}]", item)

    def text(self, name: str) -> str:
        """A string, or "" when it is absent."""
        value = self.raw.get(name)
        if value is None:
            return ""
        if not isinstance(value, str):
            raise Unreadable(f"{self.path}.{name}", f"is {_what(value)}; expected text")
        return value.strip()

    def boolean(self, name: str) -> bool | None:
        """True or false, or None when it is absent."""
        value = self.raw.get(name)
        if value is not None and not isinstance(value, bool):
            raise Unreadable(f"{self.path}.{name}", f"is {_what(value)}; expected true or false")
        return value

    def number(self, name: str) -> int | float | None:
        """A number, or None when it is absent."""
        value = self.raw.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Unreadable(f"{self.path}.{name}", f"is {_what(value)}; expected a number")
        return value

    def concept(self, name: str) -> Concept | None:
        """A CodeableConcept, or None when it is absent."""
        child = self.child(name)
        return child.as_concept() if child else None

    def concepts(self, name: str) -> tuple[Concept, ...]:
        """The CodeableConcepts of a list."""
        return tuple(child.as_concept() for child in self.children(name))

    def as_concept(self) -> Concept:
        """This object as a CodeableConcept."""
        codings = tuple(
            Coding(canonical_system(item.text("system")), item.text("code"), item.text("display"))
            for item in self.children("coding")
        )
        return Concept(codings, self.text("text"))

    def references(self, name: str) -> tuple[str, ...]:
        """The references of an element, one or a list."""
        return tuple(filter(None, (child.text("reference") for child in self.children(name))))

    def profiles(self) -> tuple[str, ...]:
        """The profiles that the resource claims."""
        meta = self.child("meta")
        value = meta.raw.get("profile") if meta else None
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    def has_profile(self, names: object) -> bool:
        """True when one of the claimed profiles ends in one of the names."""
        wanted = names if isinstance(names, list) else []
        return any(profile.split("|")[0].rstrip("/").rsplit("/", 1)[-1] in wanted for profile in self.profiles())


def _what(value: Any) -> str:
    """A value in words for a message; what is in an object or a list may be personal and is not shown."""
    return kind_of(value) if isinstance(value, dict | list) else shown(value)
