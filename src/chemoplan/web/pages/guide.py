"""The guide, the glossary and the question builder: general education for everybody, the same for every reader."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import groupby
from typing import Any

from starlette.responses import Response

from chemoplan.knowledge.load import load_knowledge
from chemoplan.knowledge.people_texts import load_texts
from chemoplan.web.access import PUBLIC, page
from chemoplan.web.guide_search import neighbors, pages, search
from chemoplan.web.visit import Visit

MOST_OWN = 20
MOST_SIGNS = 300


@page("/guide", name="guide", who=PUBLIC)
def guide(visit: Visit) -> Response:
    """Every page of the guide, and a search over them."""
    asked = visit.query.get("q", "").strip()[:100]
    found = search(asked, visit.language)
    return visit.page("guide/index.html.j2", pages=list(pages().values()), asked=asked, found=found)


@page("/guide/{slug}", name="guide-page", who=PUBLIC)
def guide_page(visit: Visit) -> Response:
    """One page of the guide."""
    shown = pages().get(visit.path_params["slug"])
    if shown is None:
        return visit.not_found()
    before, after = neighbors(shown["id"])
    sources = [_source(identity) for identity in shown.get("sources", ())]
    return visit.page("guide/page.html.j2", guide=shown, before=before, after=after, sources=sources, source_of=_source)


@lru_cache(maxsize=512)
def _source(identity: str) -> Mapping[str, Any]:
    """What a source is and how far it was checked. An id that the knowledge lacks is shown as not checked."""
    # All shelves, not the first alone: sources about doses and genes are read with theirs.
    found = dict(load_knowledge().shelves())["sources"].get(identity)
    if found is None:
        return {"title": identity, "citation": "", "date": None, "status": "unverified"}
    return {"title": found.title, "citation": found.citation, "date": found.date, "status": str(found.status)}


@page("/glossary", name="glossary", who=PUBLIC)
def glossary(visit: Visit) -> Response:
    """Every term in the order of its language, by first letter."""
    terms = sorted(load_texts()["glossary"]["terms"], key=lambda term: _plain(term["term"].text_in(visit.language)))
    by_letter = groupby(terms, key=lambda term: _plain(term["term"].text_in(visit.language))[:1].upper())
    return visit.page("guide/glossary.html.j2", letters=[(letter, list(found)) for letter, found in by_letter])


def _plain(words: str) -> str:
    """A word as it is sorted: without accents, in lower case."""
    parts = unicodedata.normalize("NFD", words.casefold())
    return "".join(sign for sign in parts if not unicodedata.combining(sign))


@page("/questions", name="questions", who=PUBLIC, methods=("GET", "POST"))
def questions(visit: Visit) -> Response:
    """Pick and print questions. Nothing is kept: the list lives on the page alone."""
    picked = [str(value) for value in visit.data.getlist("pick")] if visit.method == "POST" else []
    own = str(visit.data.get("own", "")) if visit.method == "POST" else ""
    known = dict(_all_questions())
    chosen = [known[key] for key in picked if key in known]
    lines = [line.strip()[:MOST_SIGNS] for line in own.splitlines() if line.strip()][:MOST_OWN]
    wants_list = visit.method == "POST" and "change" not in visit.data
    if wants_list and (chosen or lines):
        return visit.page("guide/question_list.html.j2", chosen=chosen, lines=lines, picked=picked, own=own)
    topic = visit.query.get("topic", "")
    return visit.page(
        "guide/questions.html.j2", status=422 if wants_list else 200, pages=list(pages().values()), picked=picked, own=own,
        topic=topic if topic in pages() else "", nothing=wants_list, wrong=wants_list, opened={key.rsplit(".", 1)[0] for key in picked},
    )  # fmt: skip


def _all_questions() -> Iterator[tuple[str, Any]]:
    for slug, shown in pages().items():
        for number, question in enumerate(shown.get("questions", ())):
            yield f"{slug}.{number}", question
