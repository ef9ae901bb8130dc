"""The list of cases, and the three doors to a new one: files, pasted text, a short form."""

from __future__ import annotations

from typing import Any

from starlette.responses import Response

from chemoplan.web.access import CARE_TEAM, page
from chemoplan.web.cases import case_form, case_store, case_view
from chemoplan.web.cases.case_form import Said
from chemoplan.web.cases.case_store import Document
from chemoplan.web.forms import Field, Form, read_date
from chemoplan.web.guards import uploads
from chemoplan.web.store.tables import cases, new_id
from chemoplan.web.visit import Visit

A_PAGE = 50
FILE_FIELDS = {"case_files": "case", "tumor_files": "tumor", "panel_files": "panel", "germline_files": "germline"}
"""Which field takes which kind of document."""
COVERS = ("mutations", "copy-number", "fusions")


def _files(found: Any) -> str | None:
    return next(filter(None, (uploads.problem_of(item.content, uploads.DATA) for item in found)), None)


HEAD = (
    Field("label", "text", "case.label", "case.label_hint", required=False, autocomplete="off"),
    Field("decided_on", "date", "case.decided_on", "case.decided_on_hint", required=False),
)
FILES = (
    Field("case_files", "file", "case.case_files", "case.case_files_hint", required=False, check=_files),
    Field("tumor_files", "file", "case.tumor_files", "case.tumor_files_hint", required=False, check=_files),
    Field("panel_files", "file", "case.panel_files", "case.panel_files_hint", required=False, check=_files),
    Field(
        "covers",
        "checkboxes",
        "case.covers",
        required=False,
        choices=tuple((name, f"case.cover.{name.replace('-', '_')}") for name in COVERS),
    ),
    Field("germline_files", "file", "case.germline_files", "case.germline_files_hint", required=False, check=_files),
    Field("row", "text", "case.row", "case.row_hint", required=False, autocomplete="off"),
    Field("tumor_sample", "text", "case.tumor_sample", required=False, autocomplete="off"),
    Field("germline_sample", "text", "case.germline_sample", required=False, autocomplete="off"),
)
PASTED = (Field("pasted", "textarea", "case.pasted", "case.pasted_hint", required=False, max_length=400_000),)
SAMPLES = {"case": "row", "tumor": "tumor_sample", "germline": "germline_sample", "panel": ""}


@page("/cases", name="cases", who=CARE_TEAM)
def case_list(visit: Visit) -> Response:
    """Every case with its state and last change. What is looked for is sent with a form, so that no address names anybody."""
    return _list(visit, "", str(visit.query.get("status", "")), str(visit.query.get("page", "1")))


@page("/cases/find", name="cases-find", who=CARE_TEAM, methods=("POST",))
def case_find(visit: Visit) -> Response:
    """The cases whose label or patient has the words that are looked for."""
    return _list(visit, str(visit.data.get("words", ""))[:100].strip(), str(visit.data.get("status", "")), "1")


def _list(visit: Visit, words: str, status: str, number: str) -> Response:
    at = max(int(number) if number.isdecimal() and len(number) < 6 else 1, 1)
    with visit.db.read() as connection:
        rows, total = case_store.list_cases(connection, words, status, (at - 1) * A_PAGE, A_PAGE)
    visit.seen("case", "list", page=at, searched=bool(words))
    return visit.page(
        "case/list.html.j2",
        rows=rows,
        total=total,
        words=words,
        state=status,
        statuses=case_store.STATUSES,
        number=at,
        more=at * A_PAGE < total,
    )


@page("/cases/new", name="case-new", who=CARE_TEAM, methods=("GET", "POST"), uploads=True)
def case_new(visit: Visit) -> Response:
    """A new case from files, from pasted text, or from a short form."""
    knowledge = case_view.knowledge_of(visit)
    settings = knowledge.vocabulary["setting"].values
    door = str(visit.data.get("door", "")) if visit.method == "POST" else str(visit.query.get("door", ""))
    if visit.method == "POST":
        form = _sent(visit, door)
        if not form.errors and (made := _make(visit, door, form)):
            return visit.redirect("case", id=made)
        return _doors(visit, 422, {door if door in ("paste", "form") else "files": form})
    setting = str(visit.query.get("setting", ""))
    return _doors(visit, 200, {}, setting=setting if setting in settings else "")


def _doors(visit: Visit, status: int, forms: dict[str, Form], *, setting: str = "") -> Response:
    vocabulary = case_view.knowledge_of(visit).vocabulary
    files = forms.get("files") or Form((*HEAD, *FILES))
    paste = forms.get("paste") or Form((*HEAD, *PASTED))
    short = forms.get("form")
    if short is None:
        short = Form(_short_fields(visit, setting))
        short.values["fact.setting"] = setting
    sent = next(iter(forms.values()), None)
    return case_form.show(
        visit,
        "case/new.html.j2",
        status,
        files=files,
        paste=paste,
        short=short,
        form=sent,
        open=next(iter(forms), "form" if setting else ""),
        settings_known=vocabulary["setting"].values,
        setting=setting,
    )


def _short_fields(visit: Visit, setting: str) -> tuple[Field, ...]:
    knowledge = case_view.knowledge_of(visit)
    region = str(visit.center.data.get("region", ""))
    names = case_form.short_form(setting, region if region in knowledge.vocabulary["region"].values else "", knowledge)
    return (*HEAD, *case_form.fact_fields(names, knowledge.vocabulary))


def _sent(visit: Visit, door: str) -> Form:
    """What was sent through one of the doors."""
    if door == "paste":
        form = Form.read((*HEAD, *PASTED), visit.data)
        if not form.values["pasted"] and not form.errors:
            form.add_error("pasted", "case.paste_something")
        return form
    if door == "form":
        vocabulary = case_view.knowledge_of(visit).vocabulary
        names = [
            name
            for name in vocabulary
            if case_form.BEFORE + name in visit.data or f"{case_form.BEFORE}{name}{case_form.COMPLETE}" in visit.data
        ]
        asked = case_form.short_form(str(visit.data.get("asked_for", "")), "", case_view.knowledge_of(visit))
        wanted = tuple(dict.fromkeys((*asked, *(name for name in names if vocabulary[name].about == "case"))))
        return Form.read((*HEAD, *case_form.fact_fields(wanted, vocabulary)), visit.data)
    form = Form.read((*HEAD, *FILES), visit.data, visit.files)
    if not any(form.values[name] for name in FILE_FIELDS) and not form.errors:
        form.add_error("case_files", "case.choose_file")
    return form


def _make(visit: Visit, door: str, form: Form) -> str | None:
    """Read what was sent and keep it as a case; its id. None when it was refused: the reasons are errors of the form then."""
    knowledge = case_view.knowledge_of(visit)
    answers: dict[str, Any] = {}
    files: list[tuple[Document, bytes, str]] = []
    if door == "form":
        names = [
            item.name.removeprefix(case_form.BEFORE)
            for item in form.fields
            if item.name.startswith(case_form.BEFORE) and not item.name.endswith(case_form.COMPLETE)
        ]
        values = case_form.read_facts(form, names, knowledge.vocabulary)
        if not values and not form.errors:
            form.add_error("fact.setting", "case.fill_something")
        if form.errors:
            return None
        assert visit.account is not None
        answers = case_form.answers_of(values, knowledge.vocabulary, visit.account.name, visit.today)
    elif door == "paste":
        content = form.values["pasted"].encode()
        files = [(Document(_pasted_name(form.values["pasted"]), "case", new_id()), content, "text/plain")]
    else:
        files = sent_files(form)
    decided = read_date(form.values["decided_on"])
    contents = {document.file_id: content for document, content, _ in files}
    try:
        view = case_view.made_view(
            [document for document, _, _ in files],
            contents,
            answers,
            decided.isoformat() if decided else None,
            knowledge,
        )
    except case_view.CaseUnreadable as refused:
        field = "pasted" if door == "paste" else "fact.setting" if door == "form" else "case_files"
        for line in refused.lines:
            form.add_error(field, Said(line))
        return None
    return _keep(visit, form, files, answers, decided.isoformat() if decided else None, view, door)


def _keep(
    visit: Visit,
    form: Form,
    files: list[tuple[Document, bytes, str]],
    answers: dict[str, Any],
    decided: str | None,
    view: Any,
    door: str,
) -> str:
    assert visit.account is not None
    identity = visit.form_id
    label = form.values["label"] or (
        view.reading.title or (view.reading.case if files else "") or visit.t("case.no_label")
    )
    with visit.db.write() as connection:
        if visit.made_before(connection, cases):
            return identity
        kept = [keep(connection, identity, item, visit) for item in files]
        change = visit.t(f"case.change.{door if door in ('paste', 'form') else 'files'}")
        case_store.new_case(
            connection, label[:200], kept, answers, decided, change, visit.account.id, visit.now, identity=identity
        )
        visit.record(connection, "created", "case", identity, door=door or "files")
    return identity


def keep(connection: Any, case_id: str, item: tuple[Document, bytes, str], visit: Visit) -> Document:
    """Keep one document of a case."""
    document, content, media_type = item
    file_id = case_store.keep_file(connection, case_id, document.name, media_type, content, visit.now)
    return Document(document.name, document.kind, file_id, document.row, document.covers)


def sent_files(form: Form) -> list[tuple[Document, bytes, str]]:
    """The files of a form as documents, with their bytes and media type."""
    found = []
    for field, kind in FILE_FIELDS.items():
        row = form.values.get(SAMPLES[kind], "") if SAMPLES[kind] else ""
        covers = tuple(form.values.get("covers", ())) if kind == "panel" else ()
        found += [
            (Document(item.name, kind, new_id(), row, covers), item.content, item.media_type)
            for item in form.values[field]
        ]
    return found


def _pasted_name(text: str) -> str:
    return "pasted.json" if text.lstrip().startswith(("{", "[")) else "pasted.yaml"
