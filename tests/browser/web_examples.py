"""Where each page of the web application is opened in tests: whose page it is, and what stands for the parts of its address.

A page with parts in its address (`/cases/{id}`) needs a line here; a test fails for one that has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from chemoplan.web.access import ANONYMOUS, PATIENT_ROLE, PageRoute

Query = Callable[[str], list[tuple[object, ...]]]

EXAMPLES: dict[str, dict[str, tuple[str, ...]]] = {
    "account-of": {"id": ("SELECT id FROM accounts WHERE role = 'patient' ORDER BY email LIMIT 1",)},
    "account-close": {"id": ("SELECT id FROM accounts WHERE role = 'referrer'",)},
    "account-code": {"id": ("SELECT id FROM accounts WHERE role = 'referrer'",)},
    "account-open": {"id": ("SELECT id FROM accounts WHERE role = 'referrer'",)},
    "account-reset": {"id": ("SELECT id FROM accounts WHERE role = 'referrer'",)},
    "appointment-step": {"step": ("who", "reason", "visit", "time", "person", "contact")},
    "doctor": {"id": ("rivera",)},
    "fhir-lines": {"kind": ("locations", "schedules", "slots")},
    "guide-page": {
        "slug": (
            "what-is-rectal-cancer", "tests-and-stage", "your-gene-test", "chemotherapy", "before-surgery", "keeping-the-rectum",
            "surgery-and-stoma", "radiation", "after-surgery", "liver-pump", "when-it-has-spread", "side-effects",
            "questions-to-ask", "life-after",
        )
    },
}  # fmt: skip
"""By name of the page: each part of its address and what stands for it, a word or a query for ids of the demonstration."""

OPENED_BY: dict[str, str] = {
    "account": "patient",
}
"""Who opens a page, where it is not the first role that may."""

PREFERRED = (ANONYMOUS, PATIENT_ROLE, "referrer", "clinician", "navigator", "pharmacist", "administrator")


def opener(route: PageRoute) -> str:
    """The role that opens a page in tests."""
    return OPENED_BY.get(route.name) or next(role for role in PREFERRED if role in route.who)


def parts_of(route: PageRoute) -> list[str]:
    """The names of the parts of an address."""
    return [piece.split("}")[0].split(":")[0] for piece in route.path.split("{")[1:]]


def paths_of(route: PageRoute, language: str, query: Query, most: int = 50) -> Iterator[str]:
    """The addresses of a page in a language, with what stands for its parts. Raises KeyError for a page without an example."""
    names = parts_of(route)
    before = "" if language == "en" else f"/{language}"
    found = [_values(EXAMPLES[route.name][name], query, most) for name in names]
    for values in product(*found):
        path = route.path
        for name, value in zip(names, values, strict=True):
            path = path.replace("{" + name + "}", value).replace("{" + name + ":path}", value)
        yield before + path if path != "/" or not before else f"{before}/"


def _values(given: tuple[str, ...], query: Query, most: int) -> list[str]:
    values = []
    for value in given:
        values += [str(row[0]) for row in query(value)] if value.startswith("SELECT ") else [value]
    return values[:most]
