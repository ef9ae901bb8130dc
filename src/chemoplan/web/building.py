"""What all visits of one process share: settings, database, center, templates, addresses, reviewed words."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from jinja2 import BaseLoader, ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup
from sqlalchemy import select
from starlette.responses import HTMLResponse, Response

from chemoplan.knowledge.people_texts import Text
from chemoplan.report import words
from chemoplan.web.access import PageRoute
from chemoplan.web.center.center import Center
from chemoplan.web.center.file import load_center
from chemoplan.web.components import GLOBALS
from chemoplan.web.say import find
from chemoplan.web.settings import Settings
from chemoplan.web.store import tables
from chemoplan.web.store.database import Database

STATIC = Path(__file__).parent / "static"
REVIEWS_SECONDS = 20


class Building:
    """One installation in one process."""

    def __init__(
        self, settings: Settings, pages: Mapping[str, PageRoute], now: Callable[[], datetime] | None = None
    ) -> None:
        self.settings = settings
        self.database = Database(settings.database)
        self.center: Center = load_center(settings.center)
        self.pages = pages
        self.now = now
        self.templates = _environment()
        self._reviews: frozenset[tuple[str, str, str]] = frozenset()
        self._reviews_until = 0.0

    def cookie_name(self, name: str) -> str:
        """The name of a cookie: with the prefix that ties it to this host where TLS is used."""
        return f"__Host-{name}" if self.settings.secure else name

    def url(self, name: str, language: str, /, query: Mapping[str, Any] | None = None, **params: Any) -> str:
        """The path of a page in a language, in English where it has no other."""
        route = self.pages[name]
        path = route.path
        for key, value in params.items():
            path = path.replace("{" + key + "}", str(value)).replace("{" + key + ":path}", str(value))
        before = f"/{language}" if language != "en" and language in route.languages else ""
        whole = f"{before}{path}" if path != "/" or not before else f"{before}/"
        return whole + (f"?{urlencode(query)}" if query else "")

    def reviewed(self, text: Text, language: str) -> bool:
        """Whether somebody signed these words: in the file, or in the review queue."""
        if text.status(language) == "reviewed":
            return True
        if time.monotonic() > self._reviews_until:
            self.load_reviews()
        return (text.key, language, text.fingerprint(language)) in self._reviews

    def load_reviews(self) -> None:
        """Read the signed strings again. While the database is away, what was known stays."""
        self._reviews_until = time.monotonic() + REVIEWS_SECONDS
        row = tables.string_reviews.c
        try:
            with self.database.read() as connection:
                found = connection.execute(select(row.key, row.language, row.fingerprint)).all()
        except Exception:  # noqa: BLE001 - a page of errors needs words too
            return
        self._reviews = frozenset((line.key, line.language, line.fingerprint) for line in found)

    def render(self, template: str, visit: Any, context: Mapping[str, Any]) -> str:
        """The HTML of a template for a visit."""
        speaker = visit.speaker
        return self.templates.get_template(template).render(
            {
                "t": speaker.t, "say": speaker.say, "lang": visit.language, "visit": visit, "account": visit.account,
                "center": self.center, "url": visit.url, "settings": self.settings,
                "csrf": lambda: Markup('<input type="hidden" name="csrf_token" value="{}">').format(visit.csrf_token),
                "phrase": lambda value: self.center.words(value, visit.language),
                "field_label": lambda item: item.label if item.words else speaker.t(item.label),
                "field_hint": lambda item: item.hint if item.words or not item.hint else speaker.t(item.hint),
                "choice_label": lambda item, label: label if item.words else speaker.t(label),
                "center_status": lambda: center_status(self.center, visit.now, visit.language),
                "staff_menu": lambda: staff_menu(self, visit),
                **context,
            }
        )  # fmt: skip

    def problem_page(self, visit: Any, status: int, *, wait: int | None = None) -> Response:
        """The page for what went wrong. Needs no database."""
        key = str(status) if _has(f"problem.s{status}") else "500"
        response = HTMLResponse(
            self.render("problem.html.j2", visit, {"status": key, "wait": wait}), status_code=status
        )
        if status == 503 or wait is not None:
            response.headers["retry-after"] = str(wait or 15)
        return response


def _has(key: str) -> bool:
    try:
        find(key)
    except KeyError:
        return False
    return True


STAFF_MENU = ("inbox", "symptoms", "cases", "board", "library", "accounts", "audit")


def staff_menu(building: Building, visit: Any) -> list[tuple[str, str, bool]]:
    """The pages of the staff menu that the visitor may open: words, address, whether it is this one."""
    open_to = [name for name in STAFF_MENU if name in building.pages and visit.role in building.pages[name].who]
    here = visit.route.path if visit.route else ""
    return [(visit.t(f"menu.{name}"), visit.url(name), here.startswith(building.pages[name].path)) for name in open_to]


def center_status(center: Center, now: datetime, language: str) -> tuple[str, bool]:
    """Whether the line is open now, in words."""
    from chemoplan.web.center.hours import status_words

    return status_words(center, now, language)


@lru_cache(maxsize=64)
def static_address(name: str) -> str:
    """The address of a static file with the hash of its content, so that browsers keep it for a year."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:12]
    return f"/static/{name}?v={digest}"


class _Reports(PrefixLoader):
    """Templates of the reports under their full name: a prefix loader of its own accord would drop the prefix."""

    load = BaseLoader.load


class _Environment(Environment):
    """Templates of the reports name each other without the prefix that they have here."""

    def join_path(self, template: str, parent: str) -> str:
        """The full name of a template that another one names."""
        own = parent.startswith("report/") and not template.startswith("report/")
        return f"report/{template}" if own else template


@lru_cache(maxsize=1)
def _environment() -> Environment:
    from chemoplan.report.html import filters_and_globals

    environment = _Environment(
        loader=ChoiceLoader(
            [
                PackageLoader("chemoplan.web", "templates"),
                _Reports({"report": PackageLoader("chemoplan.report", "templates")}),
            ]
        ),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_printable,
        cache_size=400,
        auto_reload=False,
    )
    filters_and_globals(environment)
    environment.globals.update(GLOBALS, static=static_address)
    return environment


def _printable(value: Any) -> Any:
    return value if value is None or isinstance(value, Markup) else words.printable(value)
