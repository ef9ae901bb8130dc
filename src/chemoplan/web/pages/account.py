"""One's own account: password, second step, other sessions."""

from __future__ import annotations

from sqlalchemy import Connection, delete, select, update
from starlette.responses import Response

from chemoplan.web.access import SIGNED_IN, page
from chemoplan.web.forms import Field, Form
from chemoplan.web.people.accounts import Account
from chemoplan.web.people.passwords import hash_of, matches, problem_of
from chemoplan.web.store.tables import accounts, sessions
from chemoplan.web.visit import Visit

FIELDS = (
    Field("old", "password", "account.old", "account.old_hint", required=False, autocomplete="current-password"),
    Field("new", "password", "account.new", "account.new_hint", autocomplete="new-password"),
)


@page("/account", name="account", who=SIGNED_IN, methods=("GET", "POST"), limit="code")
def account(visit: Visit) -> Response:
    """What the account holds, and a new password."""
    me = _me(visit)
    form = Form(FIELDS)
    if visit.method == "POST":
        form = Form.read(FIELDS, visit.data)
        _check(visit, me, form)
        if not form.errors:
            with visit.db.write() as connection:
                connection.execute(
                    update(accounts).where(accounts.c.id == me.id).values(password_hash=hash_of(form.values["new"]))
                )
                _end_others(connection, me)
                visit.record(connection, "changed password", "account", me.id)
            return visit.redirect("account", query={"done": "password"})
    for field in FIELDS:
        form.values[field.name] = ""
    done = visit.query.get("done", "")
    return visit.page("account/account.html.j2", status=422 if form.errors else 200, form=form, me=me, done=done)


def _me(visit: Visit) -> Account:
    assert visit.account is not None
    return visit.account


def _check(visit: Visit, me: Account, form: Form) -> None:
    """The old password, where there is one, and the strength of the new one."""
    with visit.db.read() as connection:
        known = connection.execute(select(accounts.c.password_hash).where(accounts.c.id == me.id)).scalar_one()
    if known and not matches(known, form.values["old"]):
        form.add_error("old", "account.wrong")
    if form.values["new"] and (problem := problem_of(form.values["new"], me.email)):
        form.add_error("new", problem)


@page("/account/sessions", name="account-sessions", who=SIGNED_IN, methods=("POST",))
def other_sessions(visit: Visit) -> Response:
    """End every other session."""
    me = _me(visit)
    with visit.db.write() as connection:
        _end_others(connection, me)
        visit.record(connection, "ended other sessions", "account", me.id)
    return visit.redirect("account", query={"done": "sessions"})


def _end_others(connection: Connection, me: Account) -> None:
    connection.execute(delete(sessions).where(sessions.c.account_id == me.id, sessions.c.id != me.session))
