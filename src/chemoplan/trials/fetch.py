"""Download records from the registry's API (v2), page by page, into a store; an interrupted download goes on where it stopped.

This is the only place of the program that asks a server for anything, and only when `trials fetch` is typed.
"""

from __future__ import annotations

import http.client
import json
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from chemoplan import __version__
from chemoplan.trials.record import RecordRefused, TrialRecord
from chemoplan.trials.registry import v2
from chemoplan.trials.registry.values import REGISTRY
from chemoplan.trials.store import Added, Fetching, TrialStore

STUDIES = "/api/v2/studies"
USER_AGENT = f"chemoplan/{__version__} (decision support for rectal cancer; trials fetch)"
MOST_A_PAGE = 1000
TRIES = 5
LONGEST_WAIT = 60.0
TIMEOUT = 60.0
LARGEST_PAGE = 256 * 1024 * 1024
AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})
"""Answers after which the same question is asked again, a while later."""


class FetchRefused(ValueError):
    """A download that cannot go on; the message says what happened and what to do."""


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked for. `base` is the address of the server; `page_size` counts studies, 1 to 1000."""

    query: str = ""
    condition: str = ""
    intervention: str = ""
    country: str = ""
    statuses: tuple[str, ...] = ()
    page_size: int = 100
    base: str = REGISTRY

    @property
    def parameters(self) -> dict[str, str]:
        """The question as the API takes it, without the place of a page."""
        named = {
            "query.term": self.query,
            "query.cond": self.condition,
            "query.intr": self.intervention,
            "query.locn": self.country,
            "filter.overallStatus": ",".join(sorted(self.statuses)),
        }
        return {name: value for name, value in named.items() if value}

    @property
    def asked(self) -> str:
        """The question in words that tell it from every other one: a download is resumed for the same question only."""
        return json.dumps([self.base.rstrip("/"), self.page_size, self.parameters], sort_keys=True)


@dataclass(frozen=True, slots=True)
class Fetched:
    """What a download did. `resumed` counts the pages that an earlier, interrupted run had brought."""

    added: Added
    pages: int
    records: int
    resumed: int
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class _Page:
    records: list[TrialRecord] = field(default_factory=list)
    left_out: list[str] = field(default_factory=list)
    following: str = ""
    total: int | None = None


Ask = Callable[[str], bytes]
Progress = Callable[[int, "int | None"], None]


def fetch(
    question: Question,
    store: TrialStore,
    today: date,
    *,
    restart: bool = False,
    progress: Progress = lambda records, total: None,
    ask: Ask | None = None,
    wait: Callable[[float], None] = time.sleep,
) -> Fetched:
    """Every study that answers a question, into the store; each page and how far it goes are kept in one step.

    `today` is the day of retrieval of the records. `restart` forgets an interrupted download. Raises FetchRefused with what has
    been kept and how to go on; a study that cannot be read is left out and told.
    """
    check(question)
    asking = ask or (lambda url: answer(url, wait))
    state = store.fetching(question.asked)
    if state is None or restart:
        state = Fetching(question.asked, started=today.isoformat())
    resumed, added, left_out = state.pages, Added(), []
    while True:
        page = _page(question, state, today, asking)
        if page.following and page.following == state.page_token:
            raise FetchRefused("the server names the same page as the next one again; try later with --restart")
        left_out += page.left_out
        state = replace(
            state,
            page_token=page.following,
            pages=state.pages + 1,
            records=state.records + len(page.records),
            total=page.total if page.total is not None else state.total,
        )
        added += store.add(page.records, state, done=not page.following)
        progress(state.records, state.total)
        if not page.following:
            return Fetched(added, state.pages, state.records, resumed, tuple(left_out))


def answer(url: str, wait: Callable[[float], None] = time.sleep) -> bytes:
    """The body of an answer. After a refusal that may pass, asks again up to four times, each time later.

    Raises FetchRefused without the address in its message beyond the server's name.
    """
    server = urllib.parse.urlsplit(url).netloc
    for attempt in range(1, TRIES + 1):
        try:
            request = urllib.request.Request(url, headers={"User-Agent": USER_AGENT, "Accept": "application/json"})  # noqa: S310 - http(s) was checked
            with urllib.request.urlopen(request, timeout=TIMEOUT) as reply:  # noqa: S310 - http(s) was checked
                body: bytes = reply.read(LARGEST_PAGE + 1)
                if len(body) > LARGEST_PAGE:
                    raise FetchRefused(f"{server}: a page of more than 256 MB; ask for fewer studies with --page-size")
                if len(body) < int(reply.headers.get("Content-Length") or 0):
                    raise http.client.IncompleteRead(body)  # read() with a limit does not say so by itself
                return body
        except urllib.error.HTTPError as fault:
            with fault:
                reason, asked_wait = f"answers {fault.code} {fault.reason}", fault.headers.get("Retry-After", "")
                if fault.code not in AGAIN:
                    said = " ".join(fault.read(400).decode("utf-8", "replace").split())
                    more = f": {said[:160]}" if said and not said.startswith("<") else ""
                    raise FetchRefused(f"{server} {reason}{more}") from None
        except (OSError, http.client.HTTPException) as fault:
            reason, asked_wait = (
                f"cannot be reached ({getattr(fault, 'reason', None) or fault or type(fault).__name__})",
                "",
            )
        if attempt < TRIES:
            wait(_pause(attempt, asked_wait))
    raise FetchRefused(f"{server} {reason}, {TRIES} times")


def _pause(attempt: int, asked: str) -> float:
    """Seconds to wait: what the server asks for, else 1, 2, 4, 8."""
    return min(float(asked) if asked.strip().isdigit() else 2.0 ** (attempt - 1), LONGEST_WAIT)


def check(question: Question) -> None:
    """Raise FetchRefused for a question that no server can be asked; nothing is opened or asked."""
    if not question.parameters:
        raise FetchRefused("nothing is asked for; give --query or --condition, or the whole registry would come")
    if not 1 <= question.page_size <= MOST_A_PAGE:
        raise FetchRefused(f"--page-size {question.page_size}: the registry gives 1 to {MOST_A_PAGE} studies a page")
    try:
        parts = urllib.parse.urlsplit(question.base)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits or set(question.base) & set(" \t\r\n?#"):
        raise FetchRefused(f"--base {question.base}: no address of a server; expected one such as {REGISTRY}")


def _page(question: Question, state: Fetching, today: date, ask: Ask) -> _Page:
    parameters = {**question.parameters, "pageSize": str(question.page_size), "format": "json"}
    parameters |= {"pageToken": state.page_token} if state.page_token else {"countTotal": "true"}
    url = f"{question.base.rstrip('/')}{STUDIES}?{urllib.parse.urlencode(parameters)}"
    kept = f"{state.records} records of {state.pages} pages are kept; the same command goes on from there (--restart begins anew)"
    try:
        return _read(ask(url), today)
    except FetchRefused as refused:
        again = kept if state.pages else "nothing was kept"
        raise FetchRefused(f"{refused}; {again}") from None


def _read(body: bytes, today: date) -> _Page:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        raise FetchRefused("the server sent no whole JSON where a page of studies was expected") from None
    studies = found.get("studies") if isinstance(found, dict) else None
    if not isinstance(studies, list):
        raise FetchRefused("the server sent JSON without a list `studies` where a page was expected")
    following, total = found.get("nextPageToken", ""), found.get("totalCount")
    if not isinstance(following, str) or not isinstance(total, int | None):
        raise FetchRefused("the server sent a page whose `nextPageToken` is no text or whose `totalCount` is no number")
    page = _Page(following=following, total=total)
    for number, study in enumerate(studies, 1):
        try:
            page.records.append(_record(study, today))
        except RecordRefused as refused:
            page.left_out.append(f"study {number} of a page: {refused}")
    return page


def _record(study: Mapping[str, Any] | Any, today: date) -> TrialRecord:
    if not isinstance(study, dict):
        raise RecordRefused("is no object; expected one study")
    return v2.record_of(study, "registry API", today)
