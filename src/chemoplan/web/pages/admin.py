"""Accounts of an installation: add, close, give a code, take off the second step."""

from __future__ import annotations

from sqlalchemy import select, update
from starlette.responses import Response

from chemoplan.web.access import ADMINISTRATOR, ROLES, page
from chemoplan.web.forms import Field, Form
from chemoplan.web.people.accounts import AccountRefused, add_account, close_sessions_of
from chemoplan.web.people.passwords import new_totp_secret
from chemoplan.web.people.signing_in import end_codes, give_code, still_opens
from chemoplan.web.store.tables import accounts
from chemoplan.web.visit import Visit

FIELDS = (
    Field("name", "text", "admin.name", autocomplete="off"),
    Field("email", "email", "admin.email", autocomplete="off", max_length=254),
    Field("role", "select", "admin.role", choices=tuple((role, f"admin.roles.{role}") for role in ROLES)),
    Field(
        "language",
        "select",
        "admin.language",
        choices=(("en", "admin.english"), ("es", "admin.spanish")),
        start="en",
    ),
)


@page("/accounts", name="accounts", who=ADMINISTRATOR, methods=("GET", "POST"))
def account_list(visit: Visit) -> Response:
    """Everybody who can sign in, and a form for one more."""
    form = Form(FIELDS)
    if visit.method == "POST":
        form = Form.read(FIELDS, visit.data)
        if not form.errors:
            try:
                return _add(visit, form)
            except AccountRefused:
                form.add_error("email", "admin.exists")
    with visit.db.read() as connection:
        rows = connection.execute(select(accounts).order_by(accounts.c.role, accounts.c.name)).all()
    visit.seen("account", "all")
    return visit.page("admin/accounts.html.j2", status=422 if form.errors else 200, form=form, rows=rows)


def _add(visit: Visit, form: Form) -> Response:
    """Make the account. The same form again shows the same code, as long as it opens the account."""
    values, identity, code, secret = form.values, visit.form_id, visit.form_code, visit.building.settings.secret
    with visit.db.write() as connection:
        if not visit.made_before(connection, accounts):
            told = (values["role"], values["name"], values["email"], None, visit.now, values["language"])
            add_account(connection, *told, identity=identity)
            give_code(connection, identity, visit.now, secret, code=code)
            visit.record(connection, "added", "account", identity, role=values["role"])
        valid = still_opens(connection, identity, code, visit.now, secret)
    return _one(visit, identity, code=code if valid else None)


@page("/accounts/{id}", name="account-of", who=ADMINISTRATOR)
def account_of(visit: Visit) -> Response:
    """One account."""
    return _one(visit, visit.path_params["id"])


def _one(visit: Visit, identity: str, *, code: str | None = None, problem: str | None = None) -> Response:
    with visit.db.read() as connection:
        row = connection.execute(select(accounts).where(accounts.c.id == identity)).one_or_none()
    if row is None:
        return visit.not_found()
    visit.seen("account", identity)
    return visit.page("admin/account.html.j2", status=422 if problem else 200, row=row, code=code, problem=problem)


@page("/accounts/{id}/code", name="account-code", who=ADMINISTRATOR, methods=("POST",))
def new_code(visit: Visit) -> Response:
    """A new one-time code; shown once."""
    identity = visit.path_params["id"]
    with visit.db.write() as connection:
        known = connection.execute(select(accounts.c.id).where(accounts.c.id == identity, accounts.c.active)).first()
        if known is None:
            return visit.not_found()
        code = give_code(connection, identity, visit.now, visit.building.settings.secret)
        visit.record(connection, "gave a code", "account", identity)
    return _one(visit, identity, code=code)


@page("/accounts/{id}/reset", name="account-reset", who=ADMINISTRATOR, methods=("POST",))
def reset(visit: Visit) -> Response:
    """Take off the second step: a new key, every session ended."""
    return _change(
        visit, "took off second step", totp_secret=new_totp_secret(), totp_confirmed_at=None, recovery_codes=None
    )


@page("/accounts/{id}/close", name="account-close", who=ADMINISTRATOR, methods=("POST",))
def close(visit: Visit) -> Response:
    """Close an account: nobody signs in with it any more; what it did stays in the log."""
    if visit.account and visit.path_params["id"] == visit.account.id:
        return _one(visit, visit.account.id, problem="admin.own")
    return _change(visit, "closed", active=False)


@page("/accounts/{id}/open", name="account-open", who=ADMINISTRATOR, methods=("POST",))
def reopen(visit: Visit) -> Response:
    """Open a closed account again."""
    return _change(visit, "opened again", active=True)


def _change(visit: Visit, action: str, **values: object) -> Response:
    identity = visit.path_params["id"]
    with visit.db.write() as connection:
        found = connection.execute(update(accounts).where(accounts.c.id == identity).values(**values)).rowcount
        if not found:
            return visit.not_found()
        close_sessions_of(connection, identity)
        end_codes(connection, identity, visit.now)
        visit.record(connection, action, "account", identity)
    return visit.redirect("account-of", id=identity)
