"""Find a doctor: the people of the center, by place, language and kind of care."""

from __future__ import annotations

from typing import Any

from babel import Locale, UnknownLocaleError
from starlette.responses import Response

from chemoplan.web.access import PUBLIC, page
from chemoplan.web.visit import Visit

FILTERS = {"place": "locations", "language": "languages", "care": "specialties"}
"""The name of a filter in the address, and the key of a doctor that it looks at."""


@page("/doctors", name="doctors", who=PUBLIC)
def doctors(visit: Visit) -> Response:
    """Everybody, or those who fit what was chosen. A value that no doctor has is ignored, as if nothing had been chosen."""
    everybody = visit.center.doctors
    known = {name: _values(everybody, key) for name, key in FILTERS.items()}
    chosen = {name: value for name in FILTERS if (value := visit.query.get(name, "")) in known[name]}
    found = [row for row in everybody if all(value in row.get(FILTERS[name], ()) for name, value in chosen.items())]
    choices = {name: [(value, _words(visit, name, value)) for value in values] for name, values in known.items()}
    return visit.page(
        "public/doctors.html.j2", choices=choices, chosen=chosen, found=[_shown(visit, row) for row in found]
    )


@page("/doctors/{id}", name="doctor", who=PUBLIC)
def doctor(visit: Visit) -> Response:
    """One person."""
    row = next((row for row in visit.center.doctors if row["id"] == visit.path_params["id"]), None)
    return visit.not_found() if row is None else visit.page("public/doctor.html.j2", doctor=_shown(visit, row))


def _values(everybody: list[dict[str, Any]], key: str) -> list[str]:
    return list(dict.fromkeys(value for row in everybody for value in row.get(key, ())))


def _shown(visit: Visit, row: dict[str, Any]) -> dict[str, Any]:
    words = {
        f"{name}_words": [_words(visit, name, value) for value in row.get(key, ())] for name, key in FILTERS.items()
    }
    return {"title": "", "about": "", **row, **words}


def _words(visit: Visit, name: str, value: str) -> str:
    """A place, a language or a kind of care in words; the id itself where the center has none."""
    if name == "language":
        try:
            return str(Locale.parse(value).get_display_name(visit.language) or value).capitalize()
        except (UnknownLocaleError, ValueError):
            return value
    if name == "place":
        place = visit.center.location(value)
        return visit.center.words(place["name"], visit.language) if place else value
    names = visit.center.data.get("specialty_names", {})
    return visit.center.words(names.get(value, value), visit.language)
