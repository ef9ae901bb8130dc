"""The center that an installation speaks for: names, places, hours, people, colors. All of it is data; the shipped one is invented."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml

EXAMPLE = Path(__file__).parent / "center"


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


NEEDED = (
    "name",
    "short_name",
    "phone",
    "email",
    "time_zone",
    "hours",
    "holidays",
    "locations",
    "doctors",
    "slots",
    "brand",
)


@lru_cache(maxsize=8)
def load_center(folder: Path | None = None) -> Center:
    """The center of a folder with center.yaml, or the invented one. Raises CenterRefused."""
    place = folder or EXAMPLE
    path = place / "center.yaml"
    try:
        data = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError:
        raise CenterRefused(
            f"{path.name}: not found in the folder of the center; expected one as docs/how-to/set-up-a-center.md shows"
        ) from None
    except yaml.YAMLError as error:
        raise CenterRefused(f"{path.name}: no YAML ({str(error).splitlines()[0]})") from None
    if not isinstance(data, dict):
        raise CenterRefused(f"{path.name}: expected a mapping of keys to values")
    if missing := [key for key in NEEDED if key not in data]:
        raise CenterRefused(
            f"{path.name}: {', '.join(missing)} missing; docs/how-to/set-up-a-center.md shows every key"
        )
    from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

    try:
        ZoneInfo(str(data["time_zone"]))
    except (ZoneInfoNotFoundError, ValueError):
        raise CenterRefused(
            f"{path.name}: time_zone {data['time_zone']!r} is no zone; expected one like America/New_York"
        ) from None
    name, short_name, phone, email, zone = (
        str(data[key]) for key in ("name", "short_name", "phone", "email", "time_zone")
    )
    center = Center(name, short_name, phone, email, zone, data, place)
    from chemoplan.web.center_check import check_center

    check_center(center)
    return center
