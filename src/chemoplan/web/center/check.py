"""A center's file held against what the pages need, before the first visitor comes: one line for the first thing that is wrong."""

from __future__ import annotations

from typing import Any

from chemoplan.web.center.center import Center, CenterRefused
from chemoplan.web.center.hours import HoursRefused, center_rules
from chemoplan.web.center.offer import SlotsRefused, read_plan
from chemoplan.web.center.scheduling_links import locations

FILE = "center.yaml"
LISTS: dict[str, dict[str, Any]] = {
    "locations": {"id": str, "name": (str, dict), "address": list},
    "doctors": {"id": str, "name": str, "locations": list},
    "hours": {"days": list},
}
"""The lists of the file, and what each of their entries must have."""
MAPPINGS = ("holidays", "slots", "brand")
SHOWN: dict[Any, str] = {str: "words", list: "a list", (str, dict): "words, or {en: ..., es: ...}"}


def check_center(center: Center) -> None:
    """Raises CenterRefused with the place and what would be right."""
    for key, wanted in LISTS.items():
        rows = center.data[key]
        if not isinstance(rows, list):
            raise CenterRefused(f"{FILE}: {key} is {_kind(rows)}; expected a list")
        for number, row in enumerate(rows, start=1):
            _check_entry(f"{key}, entry {number}", row, wanted)
        ids = [row["id"] for row in rows if "id" in row]
        if twice := sorted({identity for identity in ids if ids.count(identity) > 1}):
            raise CenterRefused(f"{FILE}: {key} has {twice[0]!r} twice; expected an id of its own for each")
    for key in MAPPINGS:
        if not isinstance(center.data[key], dict):
            raise CenterRefused(f"{FILE}: {key} is {_kind(center.data[key])}; expected keys and values")
    for number, service in enumerate(center.data["slots"].get("services", ()), start=1):
        _check_entry(f"slots.services, entry {number}", service, {"id": str, "name": (str, dict), "locations": list})
    try:
        center_rules(center)
        read_plan(center)
    except (HoursRefused, SlotsRefused) as error:
        raise CenterRefused(f"{FILE}: {error}") from None
    locations(center)


def _check_entry(where: str, row: Any, wanted: dict[str, Any]) -> None:
    if not isinstance(row, dict):
        raise CenterRefused(f"{FILE}: {where} is {_kind(row)}; expected keys and values")
    for name, kind in wanted.items():
        if not isinstance(row.get(name), kind):
            raise CenterRefused(f"{FILE}: {where}: {name} is {_kind(row.get(name))}; expected {SHOWN[kind]}")


def _kind(value: Any) -> str:
    return (
        "missing"
        if value is None
        else repr(value)
        if isinstance(value, str | int | float)
        else f"a {type(value).__name__}"
    )
