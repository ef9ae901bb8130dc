"""The open pages: the first page, trials in plain words, places, contact, about; and what browsers and search engines ask for."""

from __future__ import annotations

import re
from datetime import date
from typing import Any
from xml.sax.saxutils import escape

from sqlalchemy import insert
from starlette.responses import PlainTextResponse, RedirectResponse, Response

from chemoplan.trials.record import TrialRecord
from chemoplan.trials.store import StoreRefused, open_store
from chemoplan.web.access import ANONYMOUS, PUBLIC, page
from chemoplan.web.building import STATIC
from chemoplan.web.forms import Form
from chemoplan.web.guide_search import pages as guide_pages
from chemoplan.web.inbox.contact_form import CONTACT
from chemoplan.web.referrals.referring import reply_within
from chemoplan.web.store.inbox_lines import tell
from chemoplan.web.store.tables import messages
from chemoplan.web.visit import Visit

ONE_YEAR = 365 * 24 * 3600
OPEN = ("RECRUITING", "NOT_YET_RECRUITING", "ENROLLING_BY_INVITATION")
MOST_TRIALS = 30
CODE = re.compile(r"[2-9A-Z]{5}-[2-9A-Z]{5}")


@page("/", name="home", who=PUBLIC)
def home(visit: Visit) -> Response:
    """Where everybody arrives."""
    hours = round(reply_within(visit.center).total_seconds() / 3600)
    return visit.page("public/home.html.j2", hours=hours)


@page("/trials", name="trials-for-patients", who=PUBLIC)
def trials(visit: Visit) -> Response:
    """What a trial is, and the list that the installation keeps. It never says that a study fits the reader."""
    asked = visit.query.get("q", "").strip()[:100]
    try:
        records = _records(visit, asked)
    except StoreRefused:
        return visit.page("public/trials.html.j2", asked=asked, records=None, state="broken", more=False, as_of=None)
    state = "none" if records is None else "invented" if any(record.invented for record in records) else "kept"
    found = records or []
    days: list[date] = [record.retrieved for record in found if record.retrieved]
    return visit.page(
        "public/trials.html.j2", asked=asked, records=found[:MOST_TRIALS], state=state, more=len(found) > MOST_TRIALS,
        as_of=min(days) if days and len(days) == len(found) else None,
    )  # fmt: skip


def _records(visit: Visit, asked: str) -> list[TrialRecord] | None:
    """Open studies with the words; None where no list is kept."""
    settings = visit.building.settings
    if settings.trials is not None:
        with open_store(settings.trials, create=False) as store:
            return store.search(asked or "rectal", status=OPEN)
    if not settings.demo:
        return None
    from chemoplan.trials.registry.demo import demo_records

    words = re.findall(r"\w+", asked.casefold())
    return [record for record in demo_records() if record.status in OPEN and _holds(record, words)]


def _holds(record: TrialRecord, words: list[str]) -> bool:
    text = " ".join([record.title, record.summary, *record.conditions, *record.interventions, *record.keywords])
    return all(word in text.casefold() for word in words)


@page("/locations", name="locations", who=PUBLIC)
def locations(visit: Visit) -> Response:
    """Where the center is and what each place offers."""
    return visit.page("public/locations.html.j2")


@page("/about", name="about", who=PUBLIC)
def about(visit: Visit) -> Response:
    """What the center does and how the program plans."""
    return visit.page("public/about.html.j2")


@page("/contact", name="contact", who=PUBLIC, methods=("GET", "POST"), limit="send")
def contact(visit: Visit) -> Response:
    """Phone numbers, hours, and a form that lands in the inbox."""
    form = Form(CONTACT)
    if visit.method == "POST":
        form = Form.read(CONTACT, visit.data)
        if not form.values["email"] and not form.values["phone"]:
            form.add_error("email", "public.contact.one_way")
        if not form.errors:
            return visit.redirect("contact-done", query={"code": _keep_message(visit, form.values)})
    return visit.page("public/contact.html.j2", status=422 if form.errors else 200, form=form)


def _keep_message(visit: Visit, answers: dict[str, Any]) -> str:
    """Keep a message and put it into the inbox; its code."""
    identity, reference, now = visit.form_id, visit.form_code, visit.now
    with visit.db.write() as connection:
        if visit.made_before(connection, messages):
            return reference
        connection.execute(
            insert(messages).values(
                id=identity, reference=reference, answers=answers, language=visit.language, created_at=now
            )
        )
        tell(connection, "message", identity, now)
        visit.record(connection, "sent", "message", identity)
    return reference


@page("/contact/sent", name="contact-done", who=PUBLIC)
def contact_done(visit: Visit) -> Response:
    """The code of a message that was sent."""
    code = visit.query.get("code", "")
    if not CODE.fullmatch(code):
        return visit.redirect("contact")
    return visit.page("public/contact_done.html.j2", code=code)


@page("/banner", name="dismiss-banner", who=PUBLIC, methods=("POST",))
def dismiss_banner(visit: Visit) -> Response:
    """Hide the message on top of the pages, and go back to where the visitor was."""
    banner = visit.center.data.get("banner")
    if banner:
        visit.set_cookie("banner", str(banner["id"]), ONE_YEAR)
    back = str(visit.data.get("next", "/"))
    # Only a path of this site: a second slash or a backslash would lead to another host.
    safe = re.fullmatch(r"/(?!/)[A-Za-z0-9/._~-]*", back) is not None
    return RedirectResponse(back if safe else visit.url("home"), status_code=303)


@page("/robots.txt", name="robots", who=PUBLIC, languages=("en",))
def robots(visit: Visit) -> Response:
    """Search engines may read the open pages, and nothing of the working or the patients' pages."""
    closed = sorted(
        {f"/{route.path.split('/')[1]}" for route in visit.building.pages.values() if ANONYMOUS not in route.who}
    )
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in closed), f"Sitemap: {visit.origin}/sitemap.xml"]
    return PlainTextResponse("\n".join(lines) + "\n", headers={"cache-control": "public, max-age=3600"})


@page("/sitemap.xml", name="sitemap", who=PUBLIC, languages=("en",))
def sitemap(visit: Visit) -> Response:
    """Every open page that is read and not filled in, in both languages."""
    names: list[tuple[str, dict[str, str]]] = [(name, {}) for name in LISTED if name in visit.building.pages]
    names += [("guide-page", {"slug": slug}) for slug in guide_pages()]
    names += [("doctor", {"id": row["id"]}) for row in visit.center.doctors if "doctor" in visit.building.pages]
    origin = visit.origin
    paths = [
        visit.building.url(name, language, None, **params)
        for name, params in names
        for language in visit.building.pages[name].languages
    ]
    body = "".join(f"<url><loc>{escape(origin + path)}</loc></url>" for path in paths)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">{body}</urlset>\n'
    )
    return Response(content, media_type="application/xml", headers={"cache-control": "public, max-age=3600"})


LISTED = (
    "home", "guide", "glossary", "trials-for-patients", "questions", "decide", "appointment", "refer",
    "doctors", "locations", "contact", "about",
    "legal-accessibility", "legal-privacy", "legal-cookies", "legal-communication", "legal-disclaimer", "legal-prices", "legal-notices",
    "legal-language-help",
)  # fmt: skip


@page("/favicon.ico", name="favicon", who=PUBLIC, languages=("en",))
def favicon(visit: Visit) -> Response:
    """The mark of the application, for browsers that ask without being told."""
    icon = (STATIC / "icon.svg").read_bytes()
    return Response(icon, media_type="image/svg+xml", headers={"cache-control": "public, max-age=86400"})
