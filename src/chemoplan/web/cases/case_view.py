"""What a version of a case says: its documents read, its plan, its tumor and inherited genes. Kept in the process, by version."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from sqlalchemy import Row

from chemoplan.case import Case, CaseRefused, Reading, Source, Statement, resolve
from chemoplan.intake.refused import InputRefused
from chemoplan.knowledge import Knowledge, load_knowledge
from chemoplan.vocabulary import ValueRefused
from chemoplan.web.cases.case_store import Document, contents_of, documents_of
from chemoplan.web.visit import Visit

T = TypeVar("T")


@dataclass(frozen=True)
class CaseView:
    """One version of a case, read and planned. The reports of tumor and inherited genes are None without a file of them."""

    version_id: str
    reading: Reading
    case: Case
    plan: Mapping[str, Any]
    tumor: Mapping[str, Any] | None
    germline: Mapping[str, Any] | None


class CaseUnreadable(ValueError):
    """The documents or answers make no case. `lines` say what is wrong, one line each, in the words of the readers."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)


class Shelf:
    """The last things made, by key; the one used longest ago makes room. Keys hold random ids, never a word about a person."""

    def __init__(self, size: int) -> None:
        self._size, self._held, self._lock = size, OrderedDict[Hashable, Any](), threading.Lock()

    def get(self, key: Hashable, make: Callable[[], T]) -> T:
        """What is held under a key, made when it is not."""
        with self._lock:
            if key in self._held:
                self._held.move_to_end(key)
                found: T = self._held[key]
                return found
        made = make()
        with self._lock:
            self._held[key] = made
            while len(self._held) > self._size:
                self._held.popitem(last=False)
        return made


VIEWS = Shelf(40)


class KnownKey:
    """The knowledge as a key of what is kept: one is as good as another of the same hash."""

    def __init__(self, held: Knowledge) -> None:
        self.held = held

    def __eq__(self, other: object) -> bool:
        return isinstance(other, KnownKey) and other.held.sha256 == self.held.sha256

    def __hash__(self) -> int:
        return hash(self.held.sha256)


def knowledge_of(visit: Visit) -> Knowledge:
    """The knowledge of this installation, its own overlays included."""
    return load_knowledge(visit.building.settings.knowledge)


def view_of(visit: Visit, version: Row[Any]) -> CaseView:
    """A version read and planned. Raises CaseUnreadable."""
    knowledge = knowledge_of(visit)

    def make() -> CaseView:
        documents = documents_of(version)
        with visit.db.read() as connection:
            contents = contents_of(connection, documents)
        return made_view(documents, contents, version.answers, version.decided_on, knowledge, version.id)

    return VIEWS.get((version.id, knowledge.sha256, visit.today), make)


def made_view(
    documents: Sequence[Document],
    contents: Mapping[str, bytes],
    answers: Mapping[str, Any],
    decided_on: str | None,
    knowledge: Knowledge,
    version_id: str = "",
) -> CaseView:
    """Documents and answers as a planned case. Raises CaseUnreadable with one line for each thing that is wrong."""
    try:
        reading, tumor, germline = _read(documents, contents, decided_on, knowledge)
        if documents and not (reading.statements or reading.problems or answers):
            names = ", ".join(item.name for item in documents)
            raise CaseUnreadable(
                [
                    f"{names}: states no fact that is known here; expected a FHIR R4 bundle, a case file, or results of a tumor"
                ]
            )
        reading = with_answers(reading, answers, knowledge)
        return planned(reading, knowledge, version_id, tumor, germline)
    except ValueError as refused:
        if isinstance(refused, CaseUnreadable) or not type(refused).__name__.endswith("Refused"):
            raise
        lines = getattr(refused, "lines", None) or [str(refused)]
        raise CaseUnreadable([_of_the_page(line) for line in lines]) from None


_OPTIONS = {
    "--germline-sample NAME": "its name in the form",
    "--germline-sample": "the sample in the form",
    "--sample NAME": "its name in the form",
    "--sample": "the sample in the form",
    "--row": "the person in the form",
}
"""What the readers call by the options of the command line is a field here."""


def _of_the_page(line: object) -> str:
    text = " ".join(str(line).split())
    for option, field in _OPTIONS.items():
        text = text.replace(option, field)
    return text


def planned(
    reading: Reading,
    knowledge: Knowledge,
    version_id: str = "",
    tumor: Mapping[str, Any] | None = None,
    germline: Mapping[str, Any] | None = None,
) -> CaseView:
    """The plan of a reading. Raises CaseRefused."""
    from chemoplan.plan.recommend import recommend

    case = resolve(reading, knowledge)
    return CaseView(version_id, reading, case, recommend(case, knowledge), tumor, germline)


def with_answers(reading: Reading, answers: Mapping[str, Any], knowledge: Knowledge) -> Reading:
    """The reading with what was stated on the case page; it stands instead of what documents say of the same fact, and says so.

    An answer of None takes back what documents state: unknown. Raises ValueRefused.
    """
    if not answers:
        return reading
    kept = [item for item in reading.statements if item.fact not in answers]
    before = {item.fact: item for item in reading.statements if item.fact in answers}
    for name, answer in answers.items():
        if answer["value"] is None or name not in knowledge.vocabulary:
            continue
        fact = knowledge.vocabulary[name]
        old = before.get(name)
        said = f"instead of {fact.show(old.value)} ({old.source})" if old else None
        found_on = date.fromisoformat(answer["found_on"]) if answer.get("found_on") else None
        source = Source(f"stated on the case page by {answer['by']}, {answer['on']}", "", found_on, said)
        kept.append(Statement(name, fact.read(answer["value"]), source))
    return replace(reading, statements=tuple(kept), document=reading.document or "the case page")


def _read(
    documents: Sequence[Document], contents: Mapping[str, bytes], decided_on: str | None, knowledge: Knowledge
) -> tuple[Reading, dict[str, Any] | None, dict[str, Any] | None]:
    from chemoplan.intake.read import read_document

    when = date.fromisoformat(decided_on) if decided_on else None
    with TemporaryDirectory(prefix="chemoplan-") as folder:
        paths = {}
        for number, item in enumerate(documents):
            place = Path(folder) / str(number)
            place.mkdir()
            paths[item] = place / item.name
            paths[item].write_bytes(contents[item.file_id])
        main = [item for item in documents if item.kind == "case"]
        if len(main) > 1:
            names = ", ".join(item.name for item in main)
            raise InputRefused(
                f"{names}: several case documents; give one bundle or case file, the rest as tumor or genes"
            )
        reading = (
            read_document(paths[main[0]], row=main[0].row or None, decided_on=when)
            if main
            else Reading("case", document="the case page")
        )
        if when:
            reading = replace(reading, decided_on=when)
        reading, tumor = _with_tumor(reading, documents, paths, knowledge)
        reading, germline = _with_germline(reading, documents, paths, knowledge)
    return reading, tumor, germline


def _with_tumor(
    reading: Reading, documents: Sequence[Document], paths: Mapping[Document, Path], knowledge: Knowledge
) -> tuple[Reading, dict[str, Any] | None]:
    calls = [item for item in documents if item.kind == "tumor"]
    panels = [item for item in documents if item.kind == "panel"]
    if not calls:
        if panels:
            raise InputRefused(f"{panels[0].name}: says what a test looked at; give the calls of the tumor as well")
        return reading, None
    if len(calls) > 1:
        raise InputRefused(f"{', '.join(item.name for item in calls)}: several files of the tumor; give one")
    from chemoplan.genomics.markers import genes_of_interest
    from chemoplan.intake.gene_panel import read_gene_panel
    from chemoplan.intake.joining import with_tumor_read
    from chemoplan.intake.tumor_file import read_tumor, with_panels

    (call,) = calls
    read = read_tumor(paths[call], genes=genes_of_interest(knowledge), sample=call.row or None)
    looked = [read_gene_panel(paths[item], covers=item.covers or ("mutations",), build=read.build) for item in panels]
    return with_tumor_read(reading, with_panels(read, looked), knowledge, call.name)


def _with_germline(
    reading: Reading, documents: Sequence[Document], paths: Mapping[Document, Path], knowledge: Knowledge
) -> tuple[Reading, dict[str, Any] | None]:
    found = [item for item in documents if item.kind == "germline"]
    if not found:
        return reading, None
    if len(found) > 1:
        raise InputRefused(f"{', '.join(item.name for item in found)}: several files of inherited genes; give one")
    from chemoplan.intake.germline import read_germline
    from chemoplan.intake.joining import with_germline_read

    (item,) = found
    sample = read_germline(paths[item], sample=item.row or None, expected_sample=None if item.row else reading.case)
    reading, report = with_germline_read(reading, sample, knowledge, item.name)
    return reading, _with_alerts(report, sample, knowledge)


def _with_alerts(report: dict[str, Any], sample: Any, knowledge: Knowledge) -> dict[str, Any]:
    from chemoplan.genomics.germline.interpret import statements_of_germline
    from chemoplan.genomics.germline.listed import position_rows
    from chemoplan.plan.inherited import with_alerts

    report["positions"] = position_rows(sample, knowledge)
    return with_alerts(report, statements_of_germline(sample, knowledge), knowledge)


__all__ = [
    "CaseRefused",
    "CaseUnreadable",
    "CaseView",
    "KnownKey",
    "Shelf",
    "ValueRefused",
    "knowledge_of",
    "made_view",
    "planned",
    "view_of",
    "with_answers",
]
