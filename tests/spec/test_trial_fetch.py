"""Downloading records: paging, going on after a drop, a busy server, malformed pages; against a stand-in server of this file."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from chemoplan.trials.fetch import AGAIN, TRIES, USER_AGENT, FetchRefused, Question, fetch
from chemoplan.trials.store import TrialStore, open_store

TODAY = date(2026, 11, 27)
STUDIES = [f"NCT9900010{number}" for number in range(7)]
Answer = tuple[int, dict[str, str], bytes]


def study(nct_id: str) -> dict[str, Any]:
    return {
        "protocolSection": {
            "identificationModule": {"nctId": nct_id, "briefTitle": f"Invented: study {nct_id}"},
            "statusModule": {"overallStatus": "RECRUITING"},
            "eligibilityModule": {"eligibilityCriteria": "Inclusion Criteria:\n\n* Age >= 18 years"},
        }
    }


@dataclass
class Registry:
    """A stand-in for the registry's API. `trouble` may answer a request, by its number from 1, in place of the page."""

    url: str = ""
    asked: list[dict[str, list[str]]] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)
    trouble: Callable[[int, dict[str, list[str]]], Answer | None] = lambda number, query: None

    def answer(self, path: str) -> Answer:
        parts = urlsplit(path)
        query = parse_qs(parts.query)
        self.asked.append(query)
        if parts.path != "/api/v2/studies":
            return 404, {}, b"no such page"
        troubled = self.trouble(len(self.asked), query)
        if troubled:
            return troubled
        size = int(query["pageSize"][0])
        start = int(query.get("pageToken", ["t0"])[0][1:])
        page: dict[str, Any] = {"studies": [study(nct_id) for nct_id in STUDIES[start : start + size]]}
        if start + size < len(STUDIES):
            page["nextPageToken"] = f"t{start + size}"
        if "countTotal" in query:
            page["totalCount"] = len(STUDIES)
        return 200, {}, json.dumps(page).encode()


@contextmanager
def serving(registry: Registry) -> Iterator[Registry]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            registry.agents.append(self.headers["User-Agent"])
            status, headers, body = registry.answer(self.path)
            if status == 0:  # the line drops in the middle of an answer
                self.send_response(200)
                self.send_header("Content-Length", "5000")
                self.end_headers()
                self.wfile.write(b'{"studies": [')
                return
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *arguments: Any) -> None:
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    registry.url = f"http://127.0.0.1:{server.server_port}"
    try:
        yield registry
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@pytest.fixture
def registry() -> Iterator[Registry]:
    with serving(Registry()) as found:
        yield found


@pytest.fixture
def store(tmp_path: Path) -> Iterator[TrialStore]:
    with open_store(tmp_path / "t.sqlite") as found:
        yield found


def run(registry: Registry, store: TrialStore, waits: list[float] | None = None, **more: Any) -> Any:
    question = more.pop("question", Question(condition="rectal cancer", page_size=3, base=registry.url))
    return fetch(question, store, TODAY, wait=(waits if waits is not None else []).append, **more)


def kept(store: TrialStore) -> list[str]:
    return [record.nct_id for record in store.all()]


def test_every_page_is_asked_for_once_and_every_study_is_kept(registry: Registry, store: TrialStore) -> None:
    seen: list[tuple[int, int | None]] = []
    done = run(registry, store, progress=lambda records, total: seen.append((records, total)))
    assert (done.pages, done.records, done.resumed, done.added.new) == (3, 7, 0, 7)
    assert kept(store) == STUDIES
    assert [query.get("pageToken") for query in registry.asked] == [None, ["t3"], ["t6"]]
    assert seen == [(3, 7), (6, 7), (7, 7)]


def test_the_question_is_put_in_the_words_of_the_api(registry: Registry, store: TrialStore) -> None:
    question = Question(
        "KRAS", "rectal cancer", "FOLFOX", "Germany", ("RECRUITING", "COMPLETED"), 9, registry.url + "/"
    )
    run(registry, store, question=question)
    assert registry.asked == [
        {
            "query.term": ["KRAS"],
            "query.cond": ["rectal cancer"],
            "query.intr": ["FOLFOX"],
            "query.locn": ["Germany"],
            "filter.overallStatus": ["COMPLETED,RECRUITING"],
            "pageSize": ["9"],
            "format": ["json"],
            "countTotal": ["true"],
        }
    ]
    assert set(registry.agents) == {USER_AGENT}


def test_the_day_of_retrieval_is_the_day_of_the_download(registry: Registry, store: TrialStore) -> None:
    run(registry, store)
    record = store.get(STUDIES[0])
    assert record is not None
    assert (record.retrieved, record.form, record.invented) == (TODAY, "registry v2", True)


@pytest.mark.parametrize("status", sorted(AGAIN))
def test_a_busy_server_is_asked_again_later_each_time(registry: Registry, store: TrialStore, status: int) -> None:
    registry.trouble = lambda number, query: (status, {}, b"") if number <= 3 else None
    waits: list[float] = []
    assert run(registry, store, waits).records == 7
    assert waits == [1.0, 2.0, 4.0]


def test_the_pause_that_a_server_asks_for_is_kept(registry: Registry, store: TrialStore) -> None:
    registry.trouble = lambda number, query: (429, {"Retry-After": "17"}, b"") if number == 1 else None
    waits: list[float] = []
    run(registry, store, waits)
    assert waits == [17.0]


def test_a_line_that_drops_within_an_answer_is_tried_again(registry: Registry, store: TrialStore) -> None:
    registry.trouble = lambda number, query: (0, {}, b"") if number == 2 else None
    assert run(registry, store).records == 7


def test_an_interrupted_download_goes_on_where_it_stopped(registry: Registry, store: TrialStore) -> None:
    registry.trouble = lambda number, query: (503, {}, b"") if "pageToken" in query else None
    with pytest.raises(
        FetchRefused, match=rf"503.*{TRIES} times; 3 records of 1 pages are kept; the same command goes on"
    ):
        run(registry, store)
    assert kept(store) == STUDIES[:3]
    registry.trouble = lambda number, query: None
    registry.asked.clear()
    done = run(registry, store)
    assert [query.get("pageToken") for query in registry.asked] == [["t3"], ["t6"]]
    assert (done.pages, done.records, done.resumed, done.added.new) == (3, 7, 1, 4)
    assert kept(store) == STUDIES


def test_a_program_that_was_killed_between_pages_loses_nothing(registry: Registry, store: TrialStore) -> None:
    def stop(records: int, total: int | None) -> None:
        if records == 6:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        run(registry, store, progress=stop)
    store.close()
    with open_store(store.path) as again:
        registry.asked.clear()
        assert run(registry, again).resumed == 2
        assert kept(again) == STUDIES
    assert len(registry.asked) == 1


OTHERS = [
    {"condition": "colon cancer"},
    {"query": "KRAS"},
    {"statuses": ("RECRUITING",)},
    {"page_size": 2},
    {"country": "Germany"},
    {"intervention": "FOLFOX"},
]


@pytest.mark.parametrize("other", OTHERS, ids=lambda item: next(iter(item)))
def test_another_question_does_not_go_on_with_an_interrupted_one(
    registry: Registry, store: TrialStore, other: dict[str, Any]
) -> None:
    registry.trouble = lambda number, query: (400, {}, b"no") if "pageToken" in query else None
    with pytest.raises(FetchRefused):
        run(registry, store)
    registry.trouble = lambda number, query: None
    registry.asked.clear()
    question = Question(**{"condition": "rectal cancer", "page_size": 3, "base": registry.url} | other)
    assert run(registry, store, question=question).resumed == 0
    assert "pageToken" not in registry.asked[0]


def test_a_finished_download_begins_anew_the_next_time(registry: Registry, store: TrialStore) -> None:
    run(registry, store)
    done = run(registry, store)
    assert (done.resumed, done.added.same, done.added.new) == (0, 7, 0)


def test_restart_forgets_an_interrupted_download(registry: Registry, store: TrialStore) -> None:
    registry.trouble = lambda number, query: (400, {}, b"token expired") if "pageToken" in query else None
    with pytest.raises(FetchRefused, match=r"token expired.*--restart"):
        run(registry, store)
    registry.trouble = lambda number, query: None
    assert run(registry, store, restart=True).resumed == 0


MALFORMED = [
    (b"<html>busy</html>", "no whole JSON"),
    (b'{"studies": [', "no whole JSON"),
    (b"[]", "without a list `studies`"),
    (b'{"studies": 3}', "without a list `studies`"),
    (b'{"studies": [], "nextPageToken": 4}', "nextPageToken"),
    (b'{"studies": [], "totalCount": "many"}', "totalCount"),
]


@pytest.mark.parametrize(("body", "says"), MALFORMED)
def test_a_malformed_page_is_refused_and_what_came_before_is_kept(
    registry: Registry, store: TrialStore, body: bytes, says: str
) -> None:
    registry.trouble = lambda number, query: (200, {}, body) if "pageToken" in query else None
    with pytest.raises(FetchRefused, match=says):
        run(registry, store)
    assert kept(store) == STUDIES[:3]


def test_a_study_that_cannot_be_read_is_told_and_the_others_are_kept(registry: Registry, store: TrialStore) -> None:
    bad = {"protocolSection": {"identificationModule": {"nctId": "12"}}}
    page = json.dumps({"studies": [study(STUDIES[0]), bad, 7]}).encode()
    registry.trouble = lambda number, query: (200, {}, page)
    done = run(registry, store)
    assert kept(store) == STUDIES[:1]
    assert [line[:7] for line in done.left_out] == ["study 2", "study 3"]
    assert "NCT01234567" in done.left_out[0]


def test_a_server_that_goes_in_circles_is_left(registry: Registry, store: TrialStore) -> None:
    page = json.dumps({"studies": [study(STUDIES[0])], "nextPageToken": "t3"}).encode()
    registry.trouble = lambda number, query: (200, {}, page)
    with pytest.raises(FetchRefused, match="same page"):
        run(registry, store)
    assert len(registry.asked) == 2


REFUSED = [
    (Question(), "--query or --condition"),
    (Question(query="x", page_size=0), "1 to 1000"),
    (Question(query="x", page_size=1001), "1 to 1000"),
    (Question(query="x", base="file:///etc"), "no address of a server"),
    (Question(query="x", base="registry"), "no address of a server"),
]


@pytest.mark.parametrize(("question", "says"), REFUSED)
def test_a_question_that_cannot_be_asked_is_refused_before_anything_is_sent(
    store: TrialStore, question: Question, says: str
) -> None:
    def never(url: str) -> bytes:
        raise AssertionError(url)

    with pytest.raises(FetchRefused, match=says):
        fetch(question, store, TODAY, ask=never)


def test_a_server_that_is_not_there_is_named_after_the_last_try(store: TrialStore) -> None:
    with serving(Registry()) as gone:
        pass
    waits: list[float] = []
    with pytest.raises(FetchRefused, match=r"127\.0\.0\.1:\d+ cannot be reached .* 5 times; nothing was kept"):
        run(gone, store, waits)
    assert waits == [1.0, 2.0, 4.0, 8.0]
