"""The first page."""

from __future__ import annotations

from starlette.responses import Response

from chemoplan.web.access import PUBLIC, page
from chemoplan.web.visit import Visit


@page("/", name="home", who=PUBLIC)
def home(visit: Visit) -> Response:
    """Where everybody arrives."""
    return visit.page("public/home.html.j2")
