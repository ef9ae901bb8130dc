"""Parts of a case on pages of their own, and the case in other forms: note, PDF, FHIR, JSON. They show and change nothing."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

from markupsafe import Markup
from sqlalchemy import Row, select
from starlette.responses import PlainTextResponse, Response

from chemoplan.report import outline
from chemoplan.report.json import to_json
from chemoplan.web.access import CARE_TEAM, page
from chemoplan.web.cases import case_form, case_store, what_if
from chemoplan.web.cases.case_note import NoteOf, note_of
from chemoplan.web.cases.case_view import CaseUnreadable, CaseView, KnownKey, Shelf, knowledge_of, view_of
from chemoplan.web.forms import Form
from chemoplan.web.pages.case_page import plan_context
from chemoplan.web.store.tables import uploads
from chemoplan.web.visit import Visit

_MAIN = re.compile(r'<main id="main"[^>]*>(.*)</main>', re.DOTALL)
TEMPLATES = Path(str(Path(outline.__file__).parent / "templates"))
STYLES = ("style.css", "order.css", "figures.css", "germline.css", "trials.css")
PARTS = Shelf(100)


def opened(visit: Visit, *, seen: str) -> tuple[Row[Any], Row[Any], CaseView] | Response:
    """The case of a visit, its latest version, and what that says; else the answer that tells why not. Notes the view."""
    identity = visit.path_params["id"]
    with visit.db.read() as connection:
        row = case_store.case_of(connection, identity)
        version = case_store.version_of(connection, identity, row.version) if row else None
    if row is None or version is None:
        return visit.not_found()
    visit.seen("case", identity, part=seen, version=version.version)
    try:
        return row, version, view_of(visit, version)
    except CaseUnreadable:
        return visit.redirect("case", id=identity)


def main_of(html: str) -> Markup:
    """What a report says, without the frame of its page: already escaped by its template."""
    found = _MAIN.search(html)
    assert found, "a report has one main part"
    return Markup(found[1])


def _part(visit: Visit, seen: str, make: Callable[[CaseView], str | None], lede: str = "") -> Response:
    found = opened(visit, seen=seen)
    if isinstance(found, Response):
        return found
    row, version, view = found
    html = PARTS.get((version.id, seen, knowledge_of(visit).sha256, visit.today), lambda: make(view))
    if html is None:
        return visit.not_found()
    return visit.page(
        "case/part.html.j2",
        row=row,
        version=version,
        inner=main_of(html),
        part_title=visit.t(f"case.{seen}"),
        part_lede=lede,
    )


@page("/cases/{id}/facts", name="case-facts", who=CARE_TEAM)
def facts(visit: Visit) -> Response:
    """Every fact that the plan rests on, with its source, and what could not be read."""
    found = opened(visit, seen="facts")
    if isinstance(found, Response):
        return found
    row, version, view = found
    inner = visit.building.render("case/_facts.html.j2", visit, {"report": view.plan, "opened": False, "many": False})
    return visit.page(
        "case/part.html.j2", row=row, version=version, inner=Markup(inner), part_title=visit.t("case.facts")
    )


@page("/cases/{id}/options/{option}", name="case-option", who=CARE_TEAM)
def one_option(visit: Visit) -> Response:
    """One option with its reasons in full."""
    found = opened(visit, seen="option")
    if isinstance(found, Response):
        return found
    row, version, view = found
    wanted = visit.path_params["option"]
    with visit.db.read() as connection:
        decided = case_store.in_force(case_store.overrides_of(connection, row.id))
    context = plan_context(visit, row, view.plan, decided)
    option = next(
        (item for key in ("options", "excluded") for item in context["report"][key] if item["id"] == wanted), None
    )
    if option is None:
        return visit.not_found()
    inner = visit.building.render(
        "case/_option.html.j2",
        visit,
        {
            **context,
            "option": option,
            "sources": outline.sources({**context["report"], "options": [option], "excluded": []}),
        },
    )
    return visit.page("case/part.html.j2", row=row, version=version, inner=Markup(inner), part_title=option["title"])


@page("/cases/{id}/tumor", name="case-tumor", who=CARE_TEAM)
def tumor(visit: Visit) -> Response:
    """The report of the tumor's sequencing."""
    from chemoplan.report.tumor_html import tumor_html

    return _part(visit, "tumor", lambda view: tumor_html(view.tumor) if view.tumor is not None else None)


@page("/cases/{id}/germline", name="case-germline", who=CARE_TEAM)
def germline(visit: Visit) -> Response:
    """The report of the inherited genes."""
    from chemoplan.report.germline_html import germline_html

    return _part(visit, "germline", lambda view: germline_html(view.germline) if view.germline is not None else None)


@page("/cases/{id}/trials", name="case-trials", who=CARE_TEAM)
def trials(visit: Visit) -> Response:
    """The studies for the person, and what each asks."""
    found = opened(visit, seen="trials")
    if isinstance(found, Response):
        return found
    row, version, view = found
    studies, place = _studies(visit)
    if studies is None:
        return visit.page(
            "case/part.html.j2",
            row=row,
            version=version,
            inner=Markup(""),
            part_title=visit.t("case.trials"),
            part_lede=visit.t("case.no_trials"),
        )

    def make() -> str:
        from chemoplan.report.trials_html import trials_html
        from chemoplan.report.trials_outline import match_document
        from chemoplan.trials.match import match

        return trials_html(
            match_document(match(studies, view.case.facts), view.case, knowledge_of(visit), reviewed_only=False)
        )

    html = PARTS.get((version.id, "trials", knowledge_of(visit).sha256, visit.today, place), make)
    return visit.page(
        "case/part.html.j2",
        row=row,
        version=version,
        inner=_linked(main_of(html), visit, row.id),
        part_title=visit.t("case.trials"),
        part_lede=visit.t("case.trials_lede"),
    )


@page("/cases/{id}/trials/{nct}", name="case-trial", who=CARE_TEAM)
def trial(visit: Visit) -> Response:
    """One study line by line: met, not met, not known."""
    found = opened(visit, seen="trial")
    if isinstance(found, Response):
        return found
    row, version, view = found
    studies, _ = _studies(visit)
    from chemoplan.report.trials_html import why_html
    from chemoplan.report.trials_outline import why_document
    from chemoplan.trials.match import Studies, match

    mine = (
        [] if studies is None else [item for item in studies.studies if item.record.nct_id == visit.path_params["nct"]]
    )
    if studies is None or not mine:
        return visit.not_found()
    (matched,) = match(Studies(tuple(mine), studies.criteria), view.case.facts)
    html = why_html(why_document(matched, view.case, knowledge_of(visit), reviewed_only=False))
    return visit.page(
        "case/part.html.j2", row=row, version=version, inner=main_of(html), part_title=f"{visit.path_params['nct']}"
    )


def _linked(inner: Markup, visit: Visit, case_id: str) -> Markup:
    """The ids of studies as links to their page line by line."""

    def link(found: re.Match[str]) -> str:
        return f'<a href="{visit.url("case-trial", id=case_id, nct=found[1])}"><code>{found[1]}</code></a>'

    return Markup(re.sub(r'<code(?: class="id")?>(NCT\d{8})</code>', link, inner))


def _studies(visit: Visit) -> tuple[Any, str]:
    """The studies of the store of this installation, read once; the shipped invented ones in a demonstration."""
    settings = visit.building.settings
    if settings.trials is not None:
        stamp = settings.trials.stat().st_mtime_ns if settings.trials.exists() else 0
        return _stored(settings.trials, stamp, KnownKey(knowledge_of(visit))), f"{stamp}"
    return (_shipped(KnownKey(knowledge_of(visit))), "shipped") if settings.demo else (None, "")


@lru_cache(maxsize=2)
def _stored(path: Path, stamp: int, known: KnownKey) -> Any:
    from chemoplan.trials.store import open_store

    with open_store(path, create=False) as kept:
        return _prepared(list(kept.all()), known)


@lru_cache(maxsize=1)
def _shipped(known: KnownKey) -> Any:
    from chemoplan.trials.registry.demo import demo_records

    return _prepared(list(demo_records()), known)


def _prepared(records: list[Any], known: KnownKey) -> Any:
    from chemoplan.trials.match import prepare
    from chemoplan.trials.parse import parse_record

    return prepare([(record, parse_record(record)) for record in records], known.held.vocabulary) if records else None


@page("/cases/{id}/what-if", name="case-what-if", who=CARE_TEAM, methods=("POST",))
def what_if_page(visit: Visit) -> Response:
    """The plan with some facts changed: in place where scripts run, as a page of its own where not. Nothing is kept."""
    found = opened(visit, seen="what if")
    if isinstance(found, Response):
        return found
    row, _, view = found
    knowledge = knowledge_of(visit)
    names = case_form.sent_names(visit.data, knowledge.vocabulary, what_if.BEFORE) or what_if.facts_to_change(
        view, knowledge
    )
    form = Form.read(case_form.fact_fields(names, knowledge.vocabulary, what_if.BEFORE), visit.data)
    values = case_form.read_facts(form, names, knowledge.vocabulary, what_if.BEFORE)
    errors, thought = [case_form.speaking(visit)(message) for _, message in form.errors], None
    if not errors:
        try:
            thought = what_if.what_if(view, {name: values.get(name) for name in names}, knowledge)
        except ValueError as refused:
            if not type(refused).__name__.endswith("Refused"):
                raise
            errors = list(getattr(refused, "lines", None) or [str(refused)])
    inner = visit.request.headers.get("hx-request") == "true"
    return case_form.show(
        visit,
        "case/what_if_inner.html.j2" if inner else "case/what_if.html.j2",
        422 if errors else 200,
        row=row,
        form=form,
        errors=errors,
        thought=thought,
    )


@page("/cases/{id}/note", name="case-note", who=CARE_TEAM)
def note(visit: Visit) -> Response:
    """The plan as text for a note, with a button that copies it."""
    made = _note(visit)
    return made if isinstance(made, Response) else visit.page("case/note.html.j2", row=made[0], note=made[1])


@page("/cases/{id}/note.txt", name="case-note-text", who=CARE_TEAM)
def note_text(visit: Visit) -> Response:
    """The same as plain text and nothing else."""
    made = _note(visit)
    return made if isinstance(made, Response) else PlainTextResponse(made[1])


def _note(visit: Visit) -> tuple[Row[Any], str] | Response:
    found = opened(visit, seen="note")
    if isinstance(found, Response):
        return found
    row, version, view = found
    with visit.db.read() as connection:
        decided = case_store.overrides_of(connection, row.id)
    words = {name: visit.t(f"case.decisions.{name}") for name in ("chosen", "declined", "accepted_risk")}
    names, in_force = case_form.Names(knowledge_of(visit)), case_store.in_force(decided)
    return row, note_of(view.plan, NoteOf(row.label, version.version, visit.now, visit.day, in_force, words, names))


@page("/cases/{id}/plan.pdf", name="case-pdf", who=CARE_TEAM)
def pdf(visit: Visit) -> Response:
    """The plan for professionals as PDF."""
    from chemoplan.report.pdf import plan_pdf

    return _file(visit, "pdf", "application/pdf", "plan.pdf", lambda view, decided: plan_pdf(decided))


@page("/cases/{id}/plan.fhir.json", name="case-fhir", who=CARE_TEAM)
def fhir(visit: Visit) -> Response:
    """Case and plan as a FHIR R4 Bundle."""
    from chemoplan.report.fhir import plan_bundle

    return _file(
        visit,
        "fhir",
        "application/fhir+json",
        "plan.fhir.json",
        lambda view, decided: to_json(plan_bundle(view.reading, decided)),
    )


@page("/cases/{id}/plan.json", name="case-json", who=CARE_TEAM)
def as_json(visit: Visit) -> Response:
    """The plan as JSON, as `chemoplan plan --format json` writes it, with what the team decided."""
    return _file(visit, "json", "application/json", "plan.json", lambda view, decided: to_json(decided))


def _file(
    visit: Visit, seen: str, media_type: str, name: str, make: Callable[[CaseView, dict[str, Any]], str | bytes]
) -> Response:
    """A file of the plan with what the team decided: `make` takes the view and that plan."""
    found = opened(visit, seen=seen)
    if isinstance(found, Response):
        return found
    row, _, view = found
    with visit.db.read() as connection:
        decisions = case_store.overrides_of(connection, row.id)
    return visit.download(make(view, case_store.with_decisions(view.plan, decisions, visit.day)), media_type, name)


@page("/cases/{id}/files/{file}", name="case-file", who=CARE_TEAM)
def case_file(visit: Visit) -> Response:
    """A document as it came."""
    identity = visit.path_params["id"]
    with visit.db.read() as connection:
        row = connection.execute(
            select(uploads).where(
                uploads.c.id == visit.path_params["file"],
                uploads.c.owner_kind == case_store.OWNER,
                uploads.c.owner_id == identity,
            )
        ).one_or_none()
    if row is None:
        return visit.not_found()
    visit.seen("case", identity, part="document")
    return visit.download(row.content, row.media_type, "document" + (Path(row.name).suffix or ".txt"))


@page("/report.css", name="report-css", who=CARE_TEAM)
def report_css(visit: Visit) -> Response:
    """The styles of the reports, for what stands inside of them alone."""
    return Response(_css(), media_type="text/css", headers={"cache-control": "private, max-age=3600"})


@lru_cache(maxsize=1)
def _css() -> str:
    own = (Path(__file__).parents[1] / "static" / "case.css").read_text(encoding="utf-8")
    rules = "\n".join((TEMPLATES / name).read_text(encoding="utf-8") for name in STYLES)
    return f".report {{\n{rules}\n}}\n{own}"
