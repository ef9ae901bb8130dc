"""One browser for the pages of the web application, and what may never happen on any of them.

Every context notes what it was asked to load, what the console said and what the policy refused.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Browser, BrowserContext, Page, Playwright, sync_playwright

from tests.browser.web_server import Server

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome", "chrome"))), None)
AXE = Path(__file__).parent / "tools" / "node_modules" / "axe-core" / "axe.min.js"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
         "--disable-component-update", "--disable-sync", "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1"]  # fmt: skip
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22a", "wcag22aa", "best-practice")
FONT = "Atkinson Hyperlegible Next"
WIDTHS = (320, 375, 412, 768, 1280)

# An answer of 4xx that a test asked for is told by the console too; it is no fault of the page.
EXPECTED = "Failed to load resource: the server responded with a status of 4"

AXE_RUN = """async tags => {
  const found = await axe.run(document, {runOnly: {type: "tag", values: tags}, resultTypes: ["violations", "incomplete"]});
  const short = items => items.flatMap(item => item.nodes.map(node => ({
    rule: item.id, at: node.target.join(" "), html: node.html.slice(0, 160),
    why: [...node.any, ...node.all, ...node.none].map(check => check.message).join("; ").slice(0, 240),
    keys: [...node.any, ...node.all, ...node.none].map(check => (check.data || {}).messageKey || "").join(" ").trim(),
  })));
  return {violations: short(found.violations), incomplete: short(found.incomplete)};
}"""

LAYOUT = """() => {
  const root = document.documentElement, wide = root.clientWidth;
  const clipped = item => { for (let up = item.parentElement; up && up !== document.body; up = up.parentElement) {
    if (getComputedStyle(up).overflowX !== "visible") return true; } return false; };
  const over = root.scrollWidth <= wide ? [] : [...document.querySelectorAll("body *")].filter(item =>
    item.getBoundingClientRect().right > wide + 1 && !clipped(item)).slice(0, 5).map(item =>
      `${item.tagName.toLowerCase()}.${item.getAttribute("class") || ""} "${item.textContent.trim().slice(0, 40)}"`);
  return {wide, scroll: root.scrollWidth, over};
}"""

FACTS = """font => ({
  lang: document.documentElement.lang,
  title: document.title,
  family: getComputedStyle(document.body).fontFamily,
  font: document.fonts.check(`16px "${font}"`) && [...document.fonts].some(
    face => face.family.replace(/["']/g, "") === font && face.status === "loaded"),
  h1: [...document.querySelectorAll("main h1")].map(item => item.textContent.trim()),
  styled: document.querySelectorAll("[style], style, script:not([src])").length,
})"""


@dataclass
class Watched:
    """What a context was seen to do since the last `clear`."""

    address: str
    loaded: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)

    def clear(self) -> None:
        """Forget it."""
        self.loaded.clear()
        self.said.clear()

    def faults(self) -> list[str]:
        """Requests to another host, and what the console complained of."""
        own = urlsplit(self.address).netloc
        strangers = [
            address
            for address in self.loaded
            if not address.startswith(("data:", "about:", "blob:")) and urlsplit(address).netloc != own
        ]
        return [f"asks another host: {address}" for address in strangers] + [f"console: {text}" for text in self.said]


@contextmanager
def browser() -> Iterator[Browser]:
    """Chromium, closed at the end."""
    started: Playwright = sync_playwright().start()
    try:
        opened = started.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        try:
            yield opened
        finally:
            opened.close()
    finally:
        started.stop()


def context_for(
    opened: Browser, server: Server, role: str, *, scripts: bool = True, width: int = 1280
) -> BrowserContext:
    """A context of an invented person, signed in through the real forms, with its own address and its own watch (`.watched`)."""
    context = opened.new_context(
        base_url=server.address, java_script_enabled=scripts, viewport={"width": width, "height": 900},
        extra_http_headers=server.own_address(), reduced_motion="reduce", accept_downloads=True,
    )  # fmt: skip
    with closing(server.signed_in(role)) as client:
        context.add_cookies(
            [{"name": cookie.name, "value": cookie.value or "", "url": server.address} for cookie in client.cookies.jar]
        )
    watched = Watched(server.address)
    context.on("request", lambda request: watched.loaded.append(request.url))
    context.on("console", lambda message: _said(watched, message.type, message.text))
    context.on("weberror", lambda error: watched.said.append(str(error.error)))
    if scripts:
        context.add_init_script(
            "addEventListener('securitypolicyviolation', e => console.error(`policy: ${e.violatedDirective} ${e.blockedURI}`))"
        )
    context.watched = watched  # type: ignore[attr-defined]
    return context


def _said(watched: Watched, kind: str, words: str) -> None:
    if kind in ("error", "warning") and not words.startswith(EXPECTED):
        watched.said.append(words)


def axe(page: Page) -> dict[str, list[dict[str, str]]]:
    """What axe finds: violations, and what it could not decide."""
    if page.evaluate("typeof axe") == "undefined":
        page.evaluate(AXE.read_text(encoding="utf-8"))
    found: dict[str, list[dict[str, str]]] = page.evaluate(AXE_RUN, list(TAGS))
    return found


def facts(page: Page) -> dict[str, Any]:
    """Language, title, font and headings of a page."""
    page.evaluate("document.fonts.ready.then(() => true)")
    found: dict[str, Any] = page.evaluate(FACTS, FONT)
    return found


def layout(page: Page) -> dict[str, Any]:
    """How wide the page is against its window, and what sticks out."""
    found: dict[str, Any] = page.evaluate(LAYOUT)
    return found
