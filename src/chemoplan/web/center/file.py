"""The file of a center: read, held against what the pages need, and refused in one line where it cannot be used."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import yaml

from chemoplan.web.center.center import EXAMPLE, Center, CenterRefused
from chemoplan.web.center.check import check_center

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
    check_center(center)
    return center
