"""The application: every page joined, behind the checks that all of them share."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import pkgutil
import sys
import traceback
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import datetime
from importlib import import_module
from pathlib import PurePath
from typing import Any
from weakref import WeakKeyDictionary

from python_multipart.multipart import parse_options_header
from sqlalchemy.exc import DataError, DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.formparsers import MultiPartException
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import Scope

from chemoplan.web import pages
from chemoplan.web.access import ANONYMOUS, PageRoute, joined
from chemoplan.web.building import STATIC, Building
from chemoplan.web.guards import csrf, limits, uploads
from chemoplan.web.guards.headers import ONE_YEAR, harden
from chemoplan.web.people import accounts
from chemoplan.web.settings import Settings
from chemoplan.web.sweeping import sweep_for_ever
from chemoplan.web.visit import Visit
from chemoplan.web.warming import warm

log = logging.getLogger("chemoplan.web")

MAX_FORM = 512 * 1024
SECONDS_FOR_FORM, SECONDS_FOR_FILES = 30, 300
"""How long a form may take to arrive: a slow sender must not hold what others need."""
FILES_AT_ONCE = 6
FORM_KINDS = (b"application/x-www-form-urlencoded", b"multipart/form-data")


def routes() -> list[PageRoute]:
    """Every page of the application: whatever the modules of web/pages joined. Paths without parameters come first."""
    for module in pkgutil.iter_modules(pages.__path__):
        import_module(f"{pages.__name__}.{module.name}")
    return sorted(joined().values(), key=lambda route: (route.path.count("{"), route.path))


def create_app(settings: Settings, now: Callable[[], datetime] | None = None) -> Starlette:
    """The application for one installation. `now` stands in for the clock in tests."""
    found_pages = {route.name: route for route in routes()}
    building = Building(settings, found_pages, now)
    found: list[Any] = [
        Route("/static/center.css", _center_css(building), name="center.css"),
        Route("/health", _health(building)),
    ]
    for route in found_pages.values():
        for language in route.languages:
            path = route.path if language == "en" else f"/{language}{route.path if route.path != '/' else '/'}"
            found.append(
                Route(
                    path,
                    _endpoint(building, route, language),
                    methods=list(route.methods),
                    name=f"{language}:{route.name}",
                )
            )
    found.append(Mount("/static", _Static(directory=STATIC)))
    app = Starlette(
        routes=found,
        middleware=[Middleware(GZipMiddleware, minimum_size=700, compresslevel=6)],
        exception_handlers={HTTPException: _http_problem(building), Exception: _fault(building)},
        lifespan=_lifespan(building),
    )
    app.state.building = building
    return app


def _lifespan(building: Building) -> Callable[[Starlette], Any]:
    @contextlib.asynccontextmanager
    async def live(app: Starlette) -> AsyncIterator[None]:
        await run_in_threadpool(warm, building)
        sweeping = asyncio.create_task(sweep_for_ever(building))
        yield
        sweeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeping
        building.database.close()

    return live


def _endpoint(building: Building, route: PageRoute, language: str) -> Callable[[Request], Awaitable[Response]]:
    async def endpoint(request: Request) -> Response:
        if request.method != "POST":
            return await run_in_threadpool(_serve, building, route, language, request, FormData(), {})

        def problem(status: int) -> Response:
            visit = Visit(building, request, route, language, None)
            return _done(building, request, building.problem_page(visit, status))

        if status := _unreadable(request, route):
            return problem(status)
        if route.uploads and ANONYMOUS not in route.who:
            # Nobody sends megabytes to a page that is not open to them.
            early = await run_in_threadpool(_turned_away, building, route, language, request)
            if early is not None:
                return early
        try:
            async with asyncio.timeout(SECONDS_FOR_FILES if route.uploads else SECONDS_FOR_FORM):
                sent = await request.form(
                    max_files=uploads.MAX_FILES if route.uploads else 0, max_fields=2000, max_part_size=512 * 1024
                )
        except (MultiPartException, HTTPException, ClientDisconnect, ValueError, TimeoutError):
            return problem(400)
        try:
            # What was sent lies on the disk until it is its turn: memory holds the files of a few requests at a time.
            async with _turns() if route.uploads else contextlib.nullcontext():
                data, files = await _parts(sent)
                return await run_in_threadpool(_serve, building, route, language, request, data, files)
        finally:
            await sent.close()

    return endpoint


_TURNS: WeakKeyDictionary[asyncio.AbstractEventLoop, asyncio.Semaphore] = WeakKeyDictionary()


def _turns() -> asyncio.Semaphore:
    """The turns of requests with files in this process."""
    return _TURNS.setdefault(asyncio.get_running_loop(), asyncio.Semaphore(FILES_AT_ONCE))


def _unreadable(request: Request, route: PageRoute) -> int | None:
    """The status for a form that is not read at all: without a length, too large, or in another form than browsers send."""
    declared = request.headers.get("content-length", "")
    if not (declared.isascii() and declared.isdecimal()):
        return 411
    if int(declared) > (uploads.MAX_REQUEST if route.uploads else MAX_FORM):
        return 413
    kind, told = parse_options_header(request.headers.get("content-type", ""))
    # Some of Python's text codecs take the square of the length in time: a form is in UTF-8.
    if (kind and kind not in FORM_KINDS) or told.get(b"charset", b"utf-8").lower() not in (b"utf-8", b"utf8"):
        return 400
    return None


async def _parts(sent: FormData) -> tuple[FormData, dict[str, list[uploads.Upload]]]:
    """The fields and the files of a form."""
    fields: list[tuple[str, str | UploadFile]] = []
    files: dict[str, list[uploads.Upload]] = {}
    for name, value in sent.multi_items():
        if isinstance(value, UploadFile):
            if value.filename:
                content = await value.read()
                kind = uploads.media_type_of(content) or "application/octet-stream"
                files.setdefault(name, []).append(uploads.Upload(uploads.clean_name(value.filename), kind, content))
        else:
            # Browsers send two signs for the end of a line; kept and shown is one.
            fields.append((name, value.replace("\r\n", "\n").replace("\r", "\n")))
    return FormData(fields), files


def _turned_away(building: Building, route: PageRoute, language: str, request: Request) -> Response | None:
    """The answer to somebody who may not open a page, before what was sent is read; None for the others."""
    visit = Visit(building, request, route, language, None)
    visit.seed = visit.cookie("form")
    response = _guarded(visit, lambda: _barred(visit, route))
    return None if response is None else _done(building, request, visit.finish(response))


def _serve(
    building: Building,
    route: PageRoute,
    language: str,
    request: Request,
    data: FormData,
    files: dict[str, list[uploads.Upload]],
) -> Response:
    """One request behind all checks: session, role, form token, limits; then the handler."""
    visit = Visit(building, request, route, language, None, data, files)
    visit.seed = visit.cookie("form")
    response = _guarded(visit, lambda: _checked(visit, route) or _answered(visit, route))
    assert response is not None
    return _done(building, request, visit.finish(response))


def _guarded(visit: Visit, answer: Callable[[], Response | None]) -> Response | None:
    """The answer, or the page for what went wrong with it."""
    building, name = visit.building, visit.route.name if visit.route else "no page"
    try:
        return answer()
    except DataError:  # signs or numbers that a database cannot hold, in an address or a field that no page offers
        log.warning("the database refuses a value at %s", name)
        return building.problem_page(visit, 400)
    except (DBAPIError, PoolTimeout) as error:
        log.error("the database does not answer (%s) at %s", type(error).__name__, name)
        return building.problem_page(visit, 503)
    except Exception as error:  # noqa: BLE001 - the visitor gets a page, the log the place without what was typed
        log.error("fault in %s: %s at %s", name, type(error).__name__, _place(error))
        if building.settings.demo:
            traceback.print_exc(file=sys.stderr)
        return building.problem_page(visit, 500)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return f"{PurePath(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"


def _barred(visit: Visit, route: PageRoute) -> Response | None:
    """The answer to a visitor whose role may not open a page, or None."""
    _identify(visit)
    if visit.role in route.who:
        return None
    if visit.account is not None and visit.account.proved:
        return visit.building.problem_page(visit, 403)
    if visit.account is not None:
        return visit.redirect("second-factor")
    query = {"next": visit.request.url.path} if visit.method == "GET" else None
    return visit.redirect("sign-in", query=query)


def _checked(visit: Visit, route: PageRoute) -> Response | None:
    """The answer of the first check that fails, or None."""
    barred = _barred(visit, route)
    if barred is not None or visit.method != "POST":
        return barred
    settings = visit.building.settings
    given = str(visit.data.get(csrf.FIELD, "")) or visit.request.headers.get(csrf.HEADER, "")
    host = visit.request.headers.get("host", "")
    if csrf.refused(visit.request.headers, host, settings.address.rstrip("/"), visit.form_token, given):
        return visit.building.problem_page(visit, 403)
    size = sum(len(upload.content) for found in visit.files.values() for upload in found)
    counted = {"change": 1, **({route.own_limit: 1} if route.own_limit else {})}
    if size:
        counted["megabytes"] = -(-size // 2**20)
    with visit.db.write() as connection:
        for purpose, amount in counted.items():
            wait = limits.exceeded(connection, purpose, visit.client_key(), visit.now, settings.secret, amount=amount)
            if wait is not None:
                return visit.building.problem_page(visit, 429, wait=wait)
    return None


def _answered(visit: Visit, route: PageRoute) -> Response:
    """The answer of the page. A right password or code was no guess, and is not counted as one."""
    visitor = visit.client_key()
    response = route.handler(visit)
    if visit.method == "POST" and route.own_limit in limits.GUESSES and response.status_code == 303:
        with visit.db.write() as connection:
            limits.forgive(connection, route.own_limit, visitor, visit.now, visit.building.settings.secret)
    return response


def _identify(visit: Visit) -> None:
    """Whose session this is."""
    cookie = visit.cookie("session")
    if not cookie:
        return
    with visit.db.read() as connection:
        visit.account, alive = accounts.account_of(connection, cookie, visit.now)
        if visit.account is None and visit.method == "POST":
            visit.account = accounts.begun_by(connection, cookie, visit.next_cookie, visit.now)
            visit.replaced = visit.account is not None
    if visit.account is None:
        visit.set_cookie("session", "")
    elif alive:
        with visit.db.write() as connection:
            accounts.touch(connection, visit.account.session, visit.now)


def _done(building: Building, request: Request, response: Response) -> Response:
    harden(response.headers, secure=building.settings.secure)
    return response


def _language_of(request: Request) -> str:
    return "es" if request.url.path == "/es" or request.url.path.startswith("/es/") else "en"


def _http_problem(building: Building) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        status = getattr(error, "status_code", 500)
        if status == 404 and request.url.path == "/es":
            return RedirectResponse("/es/", status_code=308)
        visit = Visit(building, request, None, _language_of(request), None)
        response = await run_in_threadpool(building.problem_page, visit, status)
        for name, value in (getattr(error, "headers", None) or {}).items():
            response.headers[name] = value
        return _done(building, request, response)

    return handle


def _fault(building: Building) -> Callable[[Request, Exception], Awaitable[Response]]:
    async def handle(request: Request, error: Exception) -> Response:
        log.error("fault outside a page: %s at %s", type(error).__name__, _place(error))
        visit = Visit(building, request, None, _language_of(request), None)
        return _done(building, request, await run_in_threadpool(building.problem_page, visit, 500))

    return handle


def _center_css(building: Building) -> Callable[[Request], Awaitable[Response]]:
    names = {"color": "--brand", "color_dark": "--brand-dark", "tint": "--brand-tint"}
    lines = "".join(f"{names[key]}:{value};" for key, value in building.center.brand.items() if key in names)

    async def css(request: Request) -> Response:
        response = Response(
            f":root{{{lines}}}", media_type="text/css", headers={"cache-control": "public, max-age=3600"}
        )
        return _done(building, request, response)

    return css


def _health(building: Building) -> Callable[[Request], Awaitable[Response]]:
    async def health(request: Request) -> Response:
        alive = await run_in_threadpool(building.database.alive)
        return _done(
            building, request, PlainTextResponse("ok" if alive else "no database", status_code=200 if alive else 503)
        )

    return health


class _Static(StaticFiles):
    """Files of the package. An address with the hash of its content may be kept for a year."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        kept = b"v=" in scope.get("query_string", b"")
        response.headers["cache-control"] = f"public, max-age={ONE_YEAR}, immutable" if kept else "public, max-age=3600"
        harden(response.headers, secure=False)
        return response


__all__ = ["create_app", "routes"]
