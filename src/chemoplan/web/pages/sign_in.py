"""Signing in and out, the second factor, one-time codes."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.responses import RedirectResponse, Response

from chemoplan.web.access import PATIENT_ROLE, PUBLIC, REFERRER_ROLE, SECOND_FACTOR, page
from chemoplan.web.forms import Field, Form
from chemoplan.web.guards import limits
from chemoplan.web.people import accounts, signing_in
from chemoplan.web.people.passwords import totp_address
from chemoplan.web.visit import Visit

PASSWORD = (
    Field("email", "email", "sign_in.email", autocomplete="username"),
    Field("password", "password", "sign_in.password", autocomplete="current-password"),
)
CODE = (Field("code", "text", "sign_in.code", "sign_in.code_hint", max_length=20, autocomplete="one-time-code"),)
FACTOR = (Field("code", "text", "sign_in.factor", "sign_in.factor_hint", max_length=20, autocomplete="one-time-code"),)
HOME = {PATIENT_ROLE: "my-home", REFERRER_ROLE: "my-referrals", "administrator": "accounts"}


@page("/sign-in", name="sign-in", who=PUBLIC, methods=("GET", "POST"), limit="sign_in")
def sign_in(visit: Visit) -> Response:
    """Email address and password."""
    if visit.method == "GET":
        return sign_in_page(visit)
    form = Form.read(PASSWORD, visit.data)
    if not form.errors:
        email, password = form.values["email"], form.values["password"]
        with visit.db.read() as connection:
            known, fits = signing_in.by_password(connection, email, password)
        wait = _too_often(visit, email, known, fits)
        if wait is not None:
            return visit.building.problem_page(visit, 429, wait=wait)
        if known and fits:
            return begin_session(visit, known, "password")
        form.add_error("password", "sign_in.wrong")
    form.values["password"] = ""
    return sign_in_page(visit, form)


def _too_often(visit: Visit, email: str, known: str | None, fits: bool) -> int | None:
    """Count a wrong password against the account, real or not; the seconds to wait when there were too many, right or wrong."""
    secret = visit.building.settings.secret
    with visit.db.write() as connection:
        wait = limits.exceeded(connection, "account", email.strip().lower(), visit.now, secret, count=not fits)
        if not fits:  # also for nobody's address: the answer takes as long, and the log shows who guesses
            visit.record(connection, "sign-in failed", "account", known or "unknown")
    return wait


def sign_in_page(visit: Visit, form: Form | None = None, *, problem: str = "") -> Response:
    """The page with the ways to sign in; `problem` says what went wrong with another way than the password."""
    after = inside(str(visit.data.get("next", "")) or visit.query.get("next", ""))
    shown = form or Form(PASSWORD)
    status = 422 if shown.errors or problem else 200
    return visit.page("sign_in/password.html.j2", status=status, form=shown, after=after, problem=problem)


@page("/sign-in/code", name="sign-in-code", who=PUBLIC, methods=("GET", "POST"), limit="code")
def sign_in_code(visit: Visit) -> Response:
    """A one-time code from the care team."""
    if visit.method == "GET":
        return visit.page("sign_in/code.html.j2", form=Form(CODE))
    form = Form.read(CODE, visit.data)
    if not form.errors:
        with visit.db.write() as connection:
            found = signing_in.by_code(connection, form.values["code"], visit.now, visit.building.settings.secret)
            if not found:
                visit.record(connection, "sign-in failed", "account", "unknown", way="code")
        if found:
            return begin_session(visit, found, "code")
        form.add_error("code", "sign_in.code_wrong")
    return visit.page("sign_in/code.html.j2", status=422, form=form)


def begin_session(visit: Visit, account_id: str, way: str, *, after: str = "", proved: bool = False) -> Response:
    """A new session, and the way to where the visitor wanted to go. `proved` when the way itself had a second factor."""
    with visit.db.write() as connection:
        if visit.account:
            accounts.close_session(connection, visit.account.session)
        cookie = accounts.open_session(connection, account_id, visit.now, second_factor=proved)
        visit.account, _ = accounts.account_of(connection, cookie, visit.now)
        visit.record(connection, "signed in", "account", account_id, way=way)
    visit.set_cookie("session", cookie)
    after = after or inside(str(visit.data.get("next", "")))
    if visit.account and not visit.account.proved:
        return visit.redirect("second-factor", query={"next": after} if after else None)
    return _home(visit, after)


def _home(visit: Visit, after: str) -> Response:
    if after:
        return RedirectResponse(after, status_code=303)
    return RedirectResponse(_home_address(visit), status_code=303)


def _home_address(visit: Visit) -> str:
    """Where a role begins its work."""
    wanted = HOME.get(visit.account.role if visit.account else "", "inbox")
    return visit.url(wanted if wanted in visit.building.pages else "home")


def inside(address: str) -> str:
    """An address within this application, or nothing: never off to another site."""
    return (
        address if address.startswith("/") and not address.startswith(("//", "/\\")) and address.isprintable() else ""
    )


@page("/sign-in/second", name="second-factor", who=PUBLIC, methods=("GET", "POST"), limit="code")
def second_factor(visit: Visit) -> Response:
    """The six numbers of an app, or a spare code."""
    account = visit.account
    if visit.replaced:
        return _proved(visit, _home(visit, inside(str(visit.data.get("next", "")))))
    if account is None or account.proved:
        return visit.redirect("sign-in")
    if not account.has_totp:
        return visit.redirect("second-factor-setup")
    after = inside(str(visit.data.get("next", "")) or visit.query.get("next", ""))
    form = Form(FACTOR)
    if visit.method == "POST":
        form = Form.read(FACTOR, visit.data)
        if not form.errors:
            with visit.db.write() as connection:
                again = _again(visit, connection)
                fits = again or signing_in.second_factor(
                    connection, account, form.values["code"], visit.now, visit.building.settings.secret
                )
                if fits and not again:
                    accounts.prove(connection, account, visit.now, visit.next_cookie)
                if not again:
                    visit.record(connection, "proved" if fits else "second step failed", "account", account.id)
            if fits:
                return _proved(visit, _home(visit, after))
            form.add_error("code", "sign_in.factor_wrong")
    return visit.page(
        "sign_in/second.html.j2",
        status=422 if form.errors else 200,
        form=form,
        after=after,
        demo_code=_demo_code(visit),
    )


def _again(visit: Visit, connection: Connection) -> bool:
    """Whether this very form gave the second factor already, as with a second press while the first was under way."""
    visit.db.alone(connection, visit.next_cookie)
    return accounts.account_of(connection, visit.next_cookie, visit.now)[0] is not None


def _proved(visit: Visit, answer: Response) -> Response:
    """The answer to who gave the second factor, with the cookie of the new session: the one from before opens nothing."""
    visit.set_cookie("session", visit.next_cookie)
    return answer


def _demo_code(visit: Visit) -> str | None:
    """The numbers of a demonstration's account: there is no telephone to look at."""
    if not visit.building.settings.demo or visit.account is None:
        return None
    from chemoplan.web.demo.invented import code_now

    return code_now(visit.db, visit.account.id, visit.now)


@page("/sign-in/setup", name="second-factor-setup", who=PUBLIC, methods=("GET", "POST"), limit="code")
def setup(visit: Visit) -> Response:
    """Set up the second factor: the key as a square code and as text, confirmed by a code."""
    account, secret = visit.account, visit.building.settings.secret
    if visit.replaced:
        return _proved(visit, _spare_codes(visit))
    if account is None or account.has_totp or (account.proved and account.role in SECOND_FACTOR):
        return visit.redirect("sign-in")
    with visit.db.read() as connection:
        key = signing_in.setup_key(connection, account)
    form = Form(FACTOR)
    if visit.method == "POST":
        form = Form.read(FACTOR, visit.data)
        if not form.errors:
            with visit.db.write() as connection:
                again = _again(visit, connection)
                codes = signing_in.spare_codes(visit.next_cookie, secret)
                fits = again or signing_in.finish_setup(
                    connection, account, form.values["code"], visit.now, secret, codes
                )
                if fits and not again:
                    accounts.prove(connection, account, visit.now, visit.next_cookie)
                    visit.record(connection, "set up second factor", "account", account.id)
            if fits:
                return _proved(visit, _spare_codes(visit))
            form.add_error("code", "sign_in.factor_wrong")
    square = square_code(totp_address(key, account.email, visit.center.name))
    return visit.page("sign_in/setup.html.j2", status=422 if form.errors else 200, form=form, key=key, square=square)


def _spare_codes(visit: Visit) -> Response:
    codes = signing_in.spare_codes(visit.next_cookie, visit.building.settings.secret)
    return visit.page("sign_in/spare.html.j2", codes=codes, home=_home_address(visit))


def square_code(address: str) -> tuple[int, str]:
    """A QR code as the side length and the path of an SVG."""
    import segno

    rows = segno.make(address, micro=False).matrix
    path = "".join(f"M{x} {y}h1v1h-1z" for y, row in enumerate(rows) for x, dark in enumerate(row) if dark)
    return len(rows), path


@page("/sign-out", name="sign-out", who=PUBLIC, methods=("POST",))
def sign_out(visit: Visit) -> Response:
    """End the session."""
    if visit.account:
        with visit.db.write() as connection:
            accounts.close_session(connection, visit.account.session)
            visit.record(connection, "signed out", "account", visit.account.id)
    visit.set_cookie("session", "")
    return visit.redirect("home")
