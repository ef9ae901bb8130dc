"""What the tests of the web pages share: one server and one browser for all of them, one context for each kind of person."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext

from tests.browser.web_pages import browser, context_for
from tests.browser.web_server import Server


@pytest.fixture(scope="session")
def web(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The demonstration, served from a folder that is thrown away."""
    server = Server(tmp_path_factory.mktemp("web")).start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def opened() -> Iterator[Browser]:
    """The browser."""
    with browser() as found:
        yield found


class Contexts(dict[str, BrowserContext]):
    """Contexts by role, made when first asked for."""

    def __init__(self, opened: Browser, web: Server) -> None:
        super().__init__()
        self.opened, self.web = opened, web

    def __missing__(self, role: str) -> BrowserContext:
        self[role] = context_for(self.opened, self.web, role)
        return self[role]


@pytest.fixture(scope="session")
def contexts(opened: Browser, web: Server) -> Iterator[dict[str, BrowserContext]]:
    """A context for each role, signed in once."""
    found = Contexts(opened, web)
    yield found
    for context in found.values():
        context.close()
