"""Who may open what: the roles, and the one way in which a page joins the application."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from starlette.responses import Response

Handler = Callable[..., Response]
"""What answers a visit (visit.py): takes the visit alone."""

ANONYMOUS = "anonymous"
PATIENT_ROLE, REFERRER_ROLE, NAVIGATOR_ROLE = "patient", "referrer", "navigator"
CLINICIAN_ROLE, PHARMACIST_ROLE, ADMINISTRATOR_ROLE = "clinician", "pharmacist", "administrator"
ROLES = (PATIENT_ROLE, REFERRER_ROLE, NAVIGATOR_ROLE, CLINICIAN_ROLE, PHARMACIST_ROLE, ADMINISTRATOR_ROLE)

PATIENT = frozenset({PATIENT_ROLE})
REFERRER = frozenset({REFERRER_ROLE})
NAVIGATOR = frozenset({NAVIGATOR_ROLE})
CLINICIANS = frozenset({CLINICIAN_ROLE})
PHARMACISTS = frozenset({PHARMACIST_ROLE})
ADMINISTRATOR = frozenset({ADMINISTRATOR_ROLE})
CARE_TEAM = NAVIGATOR | CLINICIANS | PHARMACISTS
STAFF = CARE_TEAM | ADMINISTRATOR
SIGNED_IN = frozenset(ROLES)
PUBLIC = SIGNED_IN | {ANONYMOUS}

SECOND_FACTOR = STAFF
"""Roles that must prove a second factor before any page of theirs opens."""


@dataclass(frozen=True)
class PageRoute:
    """One page: its path without the language, its name, who may open it, and how."""

    path: str
    name: str
    who: frozenset[str]
    methods: tuple[str, ...]
    languages: tuple[str, ...]
    handler: Handler
    uploads: bool = False
    own_limit: str = ""


_PAGES: dict[str, PageRoute] = {}


def page(
    path: str,
    *,
    name: str,
    who: frozenset[str],
    methods: tuple[str, ...] = ("GET",),
    languages: tuple[str, ...] | None = None,
    uploads: bool = False,
    limit: str = "",
) -> Callable[[Handler], Handler]:
    """Make a handler a page. `uploads` lets forms carry files; `limit` names a stricter rate limit (see limits.py).

    Pages that patients or everybody may open are there in every language, others in English alone. Raises ValueError for a second
    page of the same name.
    """
    spoken = languages or (("en", "es") if who & {ANONYMOUS, PATIENT_ROLE} else ("en",))

    def join(handler: Handler) -> Handler:
        known = _PAGES.get(name)
        if known is not None and known.handler.__module__ != handler.__module__:
            raise ValueError(f"two pages are named {name!r}: {known.path} and {path}")
        _PAGES[name] = PageRoute(path, name, who, methods, spoken, handler, uploads, limit)
        return handler

    return join


def joined() -> dict[str, PageRoute]:
    """Every page that joined, by name."""
    return _PAGES
