"""The library: what the plans rest on, with review status and due dates; and the queue of texts that wait for a signature."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from sqlalchemy import delete, insert, select
from starlette.responses import Response

from chemoplan.knowledge.describe import describe, list_items
from chemoplan.knowledge.people_texts import LANGUAGES, TEXTS, Text, load_texts, texts_in
from chemoplan.knowledge.refused import KnowledgeRefused
from chemoplan.web.access import ADMINISTRATOR, CARE_TEAM, CLINICIANS, page
from chemoplan.web.cases.case_view import knowledge_of
from chemoplan.web.say import SCREEN
from chemoplan.web.store.tables import new_id, string_reviews
from chemoplan.web.visit import Visit

READERS = CARE_TEAM | ADMINISTRATOR
SIGNERS = CLINICIANS | ADMINISTRATOR
KINDS = (
    "entries",
    "options",
    "regimens",
    "sequences",
    "drugs",
    "assertions",
    "sources",
    "conflicts",
    "components",
    "dose_changes",
    "toxicity_rates",
)
"""Kinds of item that are shown, in order."""
DUE = ("review_due", "reviewed", "signed_off_by", "date", "read_on")


@page("/library", name="library", who=READERS)
def library(visit: Visit) -> Response:
    """What there is: kinds of knowledge with their counts, and files of texts with how much is signed."""
    knowledge = knowledge_of(visit)
    shelves = dict(knowledge.shelves())
    kinds = [(kind, len(shelves[kind])) for kind in KINDS if kind in shelves]
    today = visit.now.date().isoformat()
    overdue = [
        (kind, name, item.review_due)
        for kind in KINDS
        if kind in shelves
        for name, item in shelves[kind].items()
        if getattr(item, "review_due", "") and str(item.review_due) < today
    ]
    files = [
        (name, len(texts), {language: _signed(visit, texts, language) for language in LANGUAGES})
        for name, texts in _files().items()
    ]
    return visit.page(
        "library/index.html.j2",
        kinds=kinds,
        overdue=overdue,
        files=files,
        knowledge=knowledge,
        may_sign=visit.role in SIGNERS,
    )


def _signed(visit: Visit, texts: tuple[Text, ...], language: str) -> int:
    return sum(visit.building.reviewed(text, language) for text in texts)


@page("/library/items/{kind}", name="library-kind", who=READERS)
def kind_of_items(visit: Visit) -> Response:
    """Every item of a kind, with status and due date."""
    kind, knowledge = visit.path_params["kind"], knowledge_of(visit)
    shelves = dict(knowledge.shelves())
    if kind not in KINDS or kind not in shelves:
        return visit.not_found()
    rows = [
        {**row, "due": str(getattr(shelves[kind][row["id"]], "review_due", "") or "")}
        for row in list_items(knowledge, kind)
    ]
    return visit.page("library/kind.html.j2", kind=kind, rows=rows)


@page("/library/items/{kind}/{item:path}", name="library-item", who=READERS)
def one_item(visit: Visit) -> Response:
    """Everything one item says, and who names it."""
    kind = visit.path_params["kind"]
    try:
        found = describe(knowledge_of(visit), f"{kind}/{visit.path_params['item']}") if kind in KINDS else None
    except KnowledgeRefused:
        found = None
    if found is None:
        return visit.not_found()
    lines = [
        (key, _told(value))
        for key, value in found.items()
        if key not in ("id", "what", "evidence") and value not in (None, "", [], {})
    ]
    return visit.page(
        "library/item.html.j2", kind=kind, found=found, lines=lines, evidence_rows=found.get("evidence") or []
    )


def _told(value: Any) -> str:
    """A value in one or several lines of words."""
    if isinstance(value, dict):
        return "\n".join(f"{key}: {_told(item)}" for key, item in value.items() if item not in (None, "", [], {}))
    if isinstance(value, list):
        flat = all(not isinstance(item, dict | list) for item in value)
        return ", ".join(map(str, value)) if flat else "\n".join(_told(item) for item in value)
    return "yes" if value is True else "no" if value is False else str(value)


@page("/library/texts/{file:path}", name="library-texts", who=READERS, methods=("GET", "POST"))
def texts_of_file(visit: Visit) -> Response:
    """The strings of a file in both languages; who may do so signs them, each for itself, in a language."""
    file = visit.path_params["file"]
    texts = _files().get(file)
    if texts is None:
        return visit.not_found()
    if visit.method == "POST":
        if visit.role not in SIGNERS:
            return visit.building.problem_page(visit, 403)
        _sign(visit, texts)
        return visit.redirect("library-texts", file=file, query={"language": _language(visit.data)})
    return visit.page(
        "library/texts.html.j2",
        file=file,
        texts=texts,
        language=_language(visit.query),
        reviewed=visit.building.reviewed,
        may_sign=visit.role in SIGNERS,
    )


def _language(given: Any) -> str:
    wanted = str(given.get("language", ""))
    return wanted if wanted in LANGUAGES else "es"


def _sign(visit: Visit, texts: tuple[Text, ...]) -> None:
    """Sign what was ticked, take back what was unticked. A signature holds for the words as they are.

    What the page showed as ticked (`shown`) tells the two from signatures that somebody else made or took back since.
    """
    assert visit.account is not None
    language = _language(visit.data)
    ticked, shown = (set(map(str, visit.data.getlist(name))) for name in ("signed", "shown"))
    known = {f"{text.key} {text.fingerprint(language)[:16]}": text for text in texts}
    row = string_reviews.c
    with visit.db.write() as connection:
        visit.db.alone(connection, f"signatures {language}")
        held = {
            (item.key, item.fingerprint)
            for item in connection.execute(select(row.key, row.fingerprint).where(row.language == language))
        }
        signed = {mark for mark, text in known.items() if (text.key, text.fingerprint(language)) in held}
        new = [text for mark, text in known.items() if mark in ticked - shown - signed]
        gone = [text for mark, text in known.items() if mark in (shown - ticked) & signed]
        for text in new:
            connection.execute(
                insert(string_reviews).values(
                    id=new_id(),
                    key=text.key,
                    language=language,
                    fingerprint=text.fingerprint(language),
                    reviewer=visit.account.name,
                    created_at=visit.now,
                )
            )
        for text in gone:
            connection.execute(
                delete(string_reviews).where(
                    row.key == text.key, row.language == language, row.fingerprint == text.fingerprint(language)
                )
            )
        if new or gone:
            visit.record(
                connection,
                "signed",
                "texts",
                language,
                signed=[text.key for text in new],
                unsigned=[text.key for text in gone],
            )
    visit.building.load_reviews()


@lru_cache(maxsize=1)
def _files() -> dict[str, tuple[Text, ...]]:
    """Every file of texts with its strings: medical words first, then those of screens."""
    found: dict[str, tuple[Text, ...]] = {}
    for before, folder in (("", TEXTS), ("screens/", SCREEN)):
        for name, tree in _leaves(
            load_texts(folder),
            [path.relative_to(folder).with_suffix("").parts for path in sorted(folder.rglob("*.yaml"))],
        ):
            found[before + name] = tuple(texts_in(tree))
    return {name: texts for name, texts in found.items() if texts}


def _leaves(tree: Any, paths: list[tuple[str, ...]]) -> Iterator[tuple[str, Any]]:
    for path in paths:
        place = tree
        for part in path:
            place = place[part]
        yield "/".join(path), place
