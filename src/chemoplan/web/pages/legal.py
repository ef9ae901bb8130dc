"""The legal pages, each with its real function: what was tested, what is kept, cookies, messages, prices, notices, languages."""

from __future__ import annotations

import logging
from functools import lru_cache
from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import Connection, delete
from starlette.responses import PlainTextResponse, Response

from chemoplan.web import keeping
from chemoplan.web.access import PUBLIC, page
from chemoplan.web.center import prices
from chemoplan.web.center.center import EXAMPLE
from chemoplan.web.center.prices import Prices, PricesRefused
from chemoplan.web.forms import Field, Form, problem_of
from chemoplan.web.guards.cookie_list import COOKIES, DRAFTS
from chemoplan.web.people import preferences
from chemoplan.web.people.accounts import close_session, cookie_hash
from chemoplan.web.store.tables import drafts, uploads
from chemoplan.web.visit import Visit

log = logging.getLogger("chemoplan.web")
MOST_ITEMS = 40


def _contact(value: str) -> str | None:
    """An email address or a phone number."""
    kind = Field("contact", "email" if "@" in value else "tel")
    return "legal.communication.contact_wrong" if problem_of(kind, value) else None


CHOICE = (
    Field(
        "contact", label="legal.communication.contact", hint="legal.communication.contact_hint", max_length=254, autocomplete="email",
        check=_contact,
    ),
    Field(
        "channels", "checkboxes", "legal.communication.channels",
        choices=tuple((name, f"legal.communication.channel.{name}") for name in preferences.CHANNELS),
    ),
    Field(
        "topics", "checkboxes", "legal.communication.topics",
        choices=tuple((name, f"legal.communication.topic.{name}") for name in preferences.TOPICS),
    ),
)  # fmt: skip


@page("/legal/accessibility", name="legal-accessibility", who=PUBLIC)
def accessibility(visit: Visit) -> Response:
    """What was tested, what was not, and whom to tell."""
    return visit.page("legal/accessibility.html.j2", legal=_legal(visit))


@page("/legal/privacy", name="legal-privacy", who=PUBLIC)
def privacy(visit: Visit) -> Response:
    """What is kept, for how long, and who sees it. The times are those of the work that removes it."""
    kept = [
        (visit.t(f"legal.privacy.kept.{rule.name}"), visit.t(f"legal.privacy.until.{rule.name}", days=rule.after.days if rule.after else 0))
        for rule in keeping.RULES
    ]  # fmt: skip
    return visit.page("legal/privacy.html.j2", legal=_legal(visit), kept=kept)


@page("/legal/disclaimer", name="legal-disclaimer", who=PUBLIC)
def disclaimer(visit: Visit) -> Response:
    """What the pages are and what they are not."""
    return visit.page("legal/disclaimer.html.j2", legal=_legal(visit))


@page("/legal/cookies", name="legal-cookies", who=PUBLIC, methods=("GET", "POST"))
def cookies(visit: Visit) -> Response:
    """Every cookie there can be, which of them are on this device, and a way to take them all away."""
    if visit.method == "POST":
        with visit.db.write() as connection:
            _forget(visit, connection)
            visit.record(connection, "forgot device", "device", visit.account.id if visit.account else "anonymous")
        for name in COOKIES:
            visit.set_cookie(name, "")
        return visit.redirect("legal-cookies", query={"done": "forgotten"})
    rows = [(name, bool(visit.cookie(name))) for name in COOKIES]
    return visit.page(
        "legal/cookies.html.j2", legal=_legal(visit), rows=rows, done=visit.query.get("done") == "forgotten"
    )


def _forget(visit: Visit, connection: Connection) -> None:
    """End the session of this device and throw its drafts away."""
    if visit.account:
        close_session(connection, visit.account.session)
    held = [cookie_hash(visit.cookie(name)) for name in DRAFTS if visit.cookie(name)]
    connection.execute(delete(drafts).where(drafts.c.id.in_(held)))
    connection.execute(delete(uploads).where(uploads.c.owner_kind == "draft", uploads.c.owner_id.in_(held)))


@page("/legal/communication", name="legal-communication", who=PUBLIC, methods=("GET", "POST"), limit="send")
def communication(visit: Visit) -> Response:
    """What somebody wants to hear, and how. Nothing is chosen beforehand. The answer is the same whether an address is known or not."""
    form = Form(CHOICE)
    if visit.method == "POST":
        form = Form.read(CHOICE, visit.data)
        contact, channels = form.values["contact"], form.values["channels"]
        if not form.error("contact"):
            if "@" not in contact and "email" in channels:
                form.add_error("contact", "legal.communication.needs_email")
            elif "@" in contact and {"text", "call"} & set(channels):
                form.add_error("contact", "legal.communication.needs_phone")
        if not form.errors:
            own = visit.account is not None and visit.account.proved and visit.account.email == contact.strip().lower()
            wishes = [(channel, topic) for channel in channels for topic in form.values["topics"]]
            with visit.db.write() as connection:
                token = preferences.opt_in(
                    connection, contact, wishes, visit.language, visit.building.settings.secret, visit.now, own=own
                )
                visit.record(connection, "chose", "preference", preferences.token_hash(token)[:20])
            return visit.page(
                "legal/communication_done.html.j2", link=visit.url("legal-communication-stop", token=token), own=own
            )
    return visit.page("legal/communication.html.j2", status=422 if form.errors else 200, form=form, legal=_legal(visit))


@page("/legal/communication/stop/{token}", name="legal-communication-stop", who=PUBLIC, methods=("GET", "POST"))
def stop(visit: Visit) -> Response:
    """Stop what was asked for with a link: one press, no account. A token that nobody has is answered the same."""

    def stopped(connection: Connection, token: str, now: Any) -> None:
        preferences.stop(connection, token, visit.building.settings.secret, now)

    return _token_page(visit, "stop", stopped, "stopped")


@page("/legal/communication/confirm/{token}", name="legal-communication-confirm", who=PUBLIC, methods=("GET", "POST"))
def confirm(visit: Visit) -> Response:
    """Confirm what was asked for, from the link that was sent to the address itself."""

    def confirmed(connection: Connection, token: str, now: Any) -> None:
        preferences.confirm(connection, token, visit.building.settings.secret, now)

    return _token_page(visit, "confirm", confirmed, "confirmed")


def _token_page(visit: Visit, kind: str, act: Any, action: str) -> Response:
    token = visit.path_params["token"][:200]
    if visit.method == "POST":
        with visit.db.write() as connection:
            act(connection, token, visit.now)
            visit.record(connection, action, "preference", preferences.token_hash(token)[:20])
    return visit.page("legal/communication_token.html.j2", kind=kind, done=visit.method == "POST")


@page("/legal/prices", name="legal-prices", who=PUBLIC)
def price_list(visit: Visit) -> Response:
    """The standard charges as a table that can be searched, and the whole file."""
    asked = visit.query.get("q", "").strip()[:80]
    known, state = _prices(visit)
    found = prices.search(known.items, asked) if known else []
    return visit.page(
        "legal/prices.html.j2", legal=_legal(visit), prices=known, state=state, found=found[:MOST_ITEMS], asked=asked,
        more=len(found) > MOST_ITEMS,
    )  # fmt: skip


@page("/legal/prices/standard-charges.csv", name="legal-prices-file", who=PUBLIC, languages=("en",))
def price_file(visit: Visit) -> Response:
    """The whole list, as it was checked."""
    known, _ = _prices(visit)
    return (
        visit.not_found()
        if known is None
        else visit.download(known.content, "text/csv; charset=utf-8", _file_name(visit))
    )


@page("/cms-hpt.txt", name="price-locator", who=PUBLIC, languages=("en",))
def price_locator(visit: Visit) -> Response:
    """Where programs find the list: the place that the rule prescribes."""
    known, _ = _prices(visit)
    if known is None:
        return visit.not_found()
    origin = visit.building.settings.address.rstrip("/") or str(visit.request.base_url).rstrip("/")
    page_url, file_url = (origin + visit.building.url(name, "en") for name in ("legal-prices", "legal-prices-file"))
    name, email = known.general["attester_name"], str(_legal(visit).get("prices_contact", visit.center.email))
    return PlainTextResponse(prices.locator(known, page_url, file_url, name, email))


def _prices(visit: Visit) -> tuple[Prices | None, str]:
    """The list and what to say about it. A file that breaks the template is not shown; the log says why."""
    try:
        known = prices.prices_of(visit.center)
    except PricesRefused as error:
        log.error("the price list is not shown: %s", error)
        return None, "broken"
    return known, "shown" if known else "none"


def _file_name(visit: Visit) -> str:
    """The name that the rule prescribes: number, name, "standardcharges"."""
    number, name = str(_legal(visit).get("tax_number", "")), visit.center.name.replace(" ", "-").lower()
    plain = "".join(sign for sign in name if sign.isascii() and (sign.isalnum() or sign == "-"))
    return "_".join(part for part in (number, plain, "standardcharges.csv") if part)


@page("/legal/notices", name="legal-notices", who=PUBLIC)
def notices(visit: Visit) -> Response:
    """Fair treatment, free help, complaints, rights about bills, and one line in each of fifteen languages."""
    return visit.page("legal/notices.html.j2", legal=_legal(visit), languages=_languages(visit))


@page("/legal/language-help", name="legal-language-help", who=PUBLIC)
def language_help(visit: Visit) -> Response:
    """Free help in the languages themselves."""
    return visit.page("legal/language_help.html.j2", legal=_legal(visit), languages=_languages(visit))


def _legal(visit: Visit) -> dict[str, Any]:
    return dict(visit.center.data.get("legal", {}))


def _languages(visit: Visit) -> list[dict[str, Any]]:
    """The lines of the center, those of the invented one where it has none of its own."""
    own = visit.center.folder / "language_help.yaml"
    rows = _language_lines(own if own.is_file() else EXAMPLE / "language_help.yaml")
    return [{**row, "line": row["line"].format(phone=visit.center.phone)} for row in rows]


@lru_cache(maxsize=4)
def _language_lines(path: Path) -> list[dict[str, Any]]:
    return list(yaml.safe_load(path.read_text(encoding="utf-8"))["languages"])
