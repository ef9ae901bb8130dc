"""Signing in with the provider that an installation names."""

from __future__ import annotations

import logging

from starlette.responses import RedirectResponse, Response

from chemoplan.web.access import PUBLIC, page
from chemoplan.web.pages.sign_in import begin_session, inside, sign_in_page
from chemoplan.web.visit import Visit

log = logging.getLogger("chemoplan.web")


@page("/sign-in/provider", name="oidc-begin", who=PUBLIC)
def begin(visit: Visit) -> Response:
    """Off to the provider. A link and not a form: a form may not lead to another site."""
    settings = visit.building.settings
    if not settings.oidc:
        return visit.not_found()
    from chemoplan.web.people import oidc

    try:
        address, note = oidc.begin(settings.oidc, _back(visit), inside(visit.query.get("next", "")), settings.secret)
    except oidc.OidcRefused as error:
        return _failed(visit, str(error))
    visit.set_cookie("provider", note, oidc.SECONDS)
    return RedirectResponse(address, status_code=303)


@page("/sign-in/provider/back", name="oidc-back", who=PUBLIC)
def back(visit: Visit) -> Response:
    """The way back: the code is exchanged, the identity checked, the account opened."""
    settings = visit.building.settings
    if not settings.oidc:
        return visit.not_found()
    from chemoplan.web.people import oidc

    visit.set_cookie("provider", "")
    try:
        came = f"{_back(visit)}?{visit.request.url.query}"  # the address from outside, whatever a proxy made of it
        who, after = oidc.finish(settings.oidc, _back(visit), came, visit.cookie("provider"), settings.secret)
    except oidc.OidcRefused as error:
        return _failed(visit, str(error))
    with visit.db.write() as connection:
        found = oidc.account_for(connection, who)
    if found is None:
        return _failed(visit, "no account here for this identity")
    return begin_session(visit, found, "provider", after=after, proved=who.strong)


def _back(visit: Visit) -> str:
    """The address to come back to, as the outside sees it."""
    own = visit.building.settings.address.rstrip("/") or str(visit.request.base_url).rstrip("/")
    return f"{own}{visit.building.url('oidc-back', 'en')}"


def _failed(visit: Visit, why: str) -> Response:
    log.warning("sign-in with the provider failed: %s", why)
    return sign_in_page(visit, problem="sign_in.oidc_failed")
