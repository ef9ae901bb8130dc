"""The center that an installation speaks for: names, places, hours, people, colors. All of it is data; the shipped one is invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

EXAMPLE = Path(__file__).parent / "example"


class CenterRefused(ValueError):
    """The files of the center cannot be used; the message names the file, the key and what would be right."""


@dataclass(frozen=True)
class Center:
    """One center. `data` holds every key of center.yaml; the properties are the ones that every page needs."""

    name: str
    short_name: str
    phone: str
    email: str
    time_zone: str
    data: Mapping[str, Any] = field(repr=False)
    folder: Path = EXAMPLE

    @property
    def tel(self) -> str:
        """The number as a telephone dials it."""
        digits = "".join(sign for sign in self.phone if sign.isdigit())
        return f"+1{digits}" if len(digits) == 10 else f"+{digits}"

    @property
    def brand(self) -> Mapping[str, str]:
        """Colors: color, color_dark, tint."""
        return dict(self.data["brand"])

    @property
    def locations(self) -> list[dict[str, Any]]:
        """Places, each with id, name, address, phone, services."""
        return list(self.data["locations"])

    @property
    def doctors(self) -> list[dict[str, Any]]:
        """People, each with id, name, title, specialties, languages, locations."""
        return list(self.data["doctors"])

    def location(self, identity: str) -> dict[str, Any] | None:
        """A place by id."""
        return next((row for row in self.locations if row["id"] == identity), None)

    def words(self, value: Any, language: str) -> str:
        """A value that may be written in one language or as {en, es}."""
        return str(value.get(language) or value["en"]) if isinstance(value, Mapping) else str(value)
