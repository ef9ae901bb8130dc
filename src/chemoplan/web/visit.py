"""A visit: what a handler gets of one request, and the ways in which it answers."""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from functools import cached_property
from ipaddress import ip_address, ip_network
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from sqlalchemy import Connection, Table, select
from starlette.datastructures import FormData
from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from chemoplan.web.access import ANONYMOUS, PageRoute
from chemoplan.web.center.center import Center
from chemoplan.web.guards import csrf
from chemoplan.web.guards.uploads import Upload
from chemoplan.web.people.accounts import Account
from chemoplan.web.people.passwords import new_code
from chemoplan.web.say import Speaker
from chemoplan.web.store import audit_log
from chemoplan.web.store.database import Database

if TYPE_CHECKING:
    from chemoplan.web.building import Building


@dataclass
class Visit:
    """One request of one visitor. `data` is the form (after its token was checked), `files` its uploads by field."""

    building: Building
    request: Request
    route: PageRoute | None
    language: str
    account: Account | None
    data: FormData = field(default_factory=FormData)
    files: Mapping[str, list[Upload]] = field(default_factory=dict)
    seed: str = ""
    seed_is_new: bool = False
    replaced: bool = False
    """Whether this very form, a moment ago, began `next_cookie` in place of the session it comes with: a second press."""
    _cookies: list[tuple[str, str, int | None]] = field(default_factory=list)

    @property
    def method(self) -> str:
        """GET or POST."""
        return "GET" if self.request.method == "HEAD" else self.request.method

    @property
    def path_params(self) -> Mapping[str, str]:
        """The parts of the path that the route names."""
        return self.request.path_params

    @property
    def query(self) -> Mapping[str, str]:
        """The query of the address. Never holds anything about a person."""
        return self.request.query_params

    @property
    def db(self) -> Database:
        """The database."""
        return self.building.database

    @property
    def center(self) -> Center:
        """The center of this installation."""
        return self.building.center

    @cached_property
    def now(self) -> datetime:
        """The moment of the visit, UTC, the same throughout it."""
        return self.building.now() if self.building.now else datetime.now(UTC)

    @cached_property
    def today(self) -> date:
        """The day of the visit at the center, which in the evening is not the day of UTC."""
        return self.day(self.now)

    def day(self, moment: datetime) -> date:
        """The day of a moment at the center."""
        return moment.astimezone(ZoneInfo(self.center.time_zone)).date()

    @property
    def role(self) -> str:
        """The role of the visitor; `anonymous` before signing in and before the second factor."""
        return self.account.role if self.account and self.account.proved else ANONYMOUS

    @cached_property
    def speaker(self) -> Speaker:
        """The words of this visit's language."""
        return Speaker(self.language, self.building.reviewed)

    def t(self, key: str, **values: Any) -> str:
        """Words of web/texts by key."""
        return self.speaker.t(key, **values)

    def shows_unreviewed(self) -> bool:
        """Whether this page shows words of another language that nobody has signed. Ask after the page is made."""
        return self.language != "en" and bool(self.speaker.unreviewed)

    def url(self, name: str, /, **params: Any) -> str:
        """The address of a page, in the language of the visit where the page has it. `query` gives a query."""
        return self.building.url(name, self.language, **params)

    @cached_property
    def other_language(self) -> str:
        """The other language."""
        return "es" if self.language == "en" else "en"

    @property
    def origin(self) -> str:
        """The address from outside: as the installation says, else as the visitor asked."""
        return self.building.settings.address.rstrip("/") or str(self.request.base_url).rstrip("/")

    @property
    def other_language_url(self) -> str | None:
        """This page in the other language, None where there is none."""
        if self.route is None or self.other_language not in self.route.languages:
            return None
        return self.building.url(self.route.name, self.other_language, None, **self.path_params)

    @cached_property
    def csrf_token(self) -> str:
        """The token for the forms of this page, written differently on every page."""
        return csrf.masked(self.form_token)

    @property
    def form_token(self) -> str:
        """What a sent form must carry, masked or not."""
        if not self.seed:
            self.seed, self.seed_is_new = csrf.new_seed(), True
        session = self.account.session if self.account else ""
        return csrf.token_of(self.building.settings.secret, self.seed, session)

    @cached_property
    def _form_seal(self) -> bytes:
        """A keyed hash of the page that a form stood on, of everything in it, and of who is signed in."""
        return self._sealed("sent", self.account.id if self.account else "")

    def _sealed(self, purpose: str, by: str) -> bytes:
        parts = [(name, value) for name, value in self.data.multi_items() if isinstance(value, str)]
        parts += [(name, upload.sha256) for name, found in self.files.items() for upload in found]
        told = json.dumps([self.request.url.path, by, *parts])
        return hmac.new(self.building.settings.secret.encode(), f"{purpose}:{told}".encode(), hashlib.sha256).digest()

    @property
    def form_id(self) -> str:
        """The id for what this form makes: the same when the same form of the same page comes again, as after a second press."""
        return urlsafe_b64encode(self._form_seal[:12]).decode()

    @property
    def form_code(self) -> str:
        """The code for what this form makes, the same when it comes again."""
        return new_code(seed=self._form_seal[12:])

    @cached_property
    def next_cookie(self) -> str:
        """The cookie of the session that this form begins in place of the one it came with, the same when it comes again.

        Nobody works it out who did not send this very form, signs of its token included, with the cookie from before.
        """
        return urlsafe_b64encode(self._sealed("session", self.cookie("session"))).decode()

    def made_before(self, connection: Connection, table: Table) -> bool:
        """Whether this very form made its row already. Asked at the start of a transaction; nobody else makes it until its end."""
        self.db.alone(connection, self.form_id)
        return connection.execute(select(table.c.id).where(table.c.id == self.form_id)).first() is not None

    def set_cookie(self, name: str, value: str, seconds: int | None = None) -> None:
        """Give the visitor a cookie with the answer (HttpOnly, same site); an empty value takes it away."""
        self._cookies.append((name, value, seconds))

    def cookie(self, name: str) -> str:
        """A cookie of the visitor, or an empty text."""
        return self.request.cookies.get(self.building.cookie_name(name), "")

    def page(self, template: str, status: int = 200, **context: Any) -> Response:
        """A page from a template. Status 422 for a form with errors."""
        body = self.building.render(template, self, context)
        return HTMLResponse(body, status_code=status)

    def redirect(self, name: str, /, **params: Any) -> Response:
        """Off to another page with GET (303): a reload sends nothing twice."""
        return RedirectResponse(self.url(name, **params), status_code=303)

    def download(self, content: bytes | str, media_type: str, name: str, *, inline: bool = False) -> Response:
        """A file. `name` holds nothing about a person; signs that a header does not carry become `_`."""
        kind, plain = "inline" if inline else "attachment", re.sub(r"[^A-Za-z0-9._-]", "_", name)
        return Response(content, media_type=media_type, headers={"content-disposition": f'{kind}; filename="{plain}"'})

    def not_found(self) -> Response:
        """The page that says that nothing is here: the same for what is not there and what is somebody else's."""
        return self.building.problem_page(self, 404)

    def record(self, connection: Connection, action: str, kind: str, subject: str, /, **detail: Any) -> None:
        """Append to the audit log within a transaction; the last thing in it."""
        audit_log.append(
            connection, self.now, self.account.id if self.account else None, self.role, action, kind, subject, detail
        )

    def seen(self, kind: str, subject: str, /, **detail: Any) -> None:
        """Note that a person's data was looked at. Raises when it cannot be noted: then it is not shown."""
        with self.db.write() as connection:
            self.record(connection, "viewed", kind, subject, **detail)

    def client_key(self) -> str:
        """Who sends this, for limits: the account, else the network at the other end (of IPv6 the half that one household has)."""
        if self.account:
            return self.account.id
        host = self.request.client.host if self.request.client else "nobody"
        if self.building.settings.behind_proxy:
            # Each proxy adds at the end, some as a header of their own: only the very last entry is not the visitor's to choose.
            forwarded = ",".join(self.request.headers.getlist("x-forwarded-for")).split(",")[-1].strip()
            host = forwarded or host
        try:
            address = ip_address(host.strip("[]"))
        except ValueError:
            return host
        if address.version == 6 and address.ipv4_mapped is None:
            return str(ip_network((address, 64), strict=False))
        return str(address)

    def finish(self, response: Response) -> Response:
        """Put the cookies of the visit on the answer."""
        if self.seed_is_new:
            self._cookies.append(("form", self.seed, None))
        for name, value, seconds in self._cookies:
            response.set_cookie(
                self.building.cookie_name(name), value, max_age=0 if not value else seconds, path="/", httponly=True,
                samesite="lax", secure=self.building.settings.secure,
            )  # fmt: skip
        return response
