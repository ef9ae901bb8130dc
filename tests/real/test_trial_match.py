"""Every registered study of the reference folder against the shipped people: each verdict has its reason in the words of the text."""

from __future__ import annotations

import pytest

from chemoplan.case import resolve
from chemoplan.intake.examples import example_readings
from chemoplan.knowledge import load_knowledge
from chemoplan.report.schema import check_result
from chemoplan.report.trials_outline import match_document
from chemoplan.trials.match import match, prepare
from chemoplan.trials.parse import parse_record
from chemoplan.trials.registry import read_records
from chemoplan.trials.settle import cause, undo


@pytest.fixture(scope="module")
def ready(request):
    from tests.real.conftest import reference_folder

    path = reference_folder() / "trials" / "ctgov_colorectal_100.json.gz"
    if not path.is_file():
        pytest.skip("reference data not found: set CHEMOPLAN_REFERENCE to the folder that holds it")
    records = list(read_records(path))
    return prepare([(record, parse_record(record)) for record in records], load_knowledge().vocabulary)


@pytest.fixture(scope="module")
def people():
    return [resolve(reading, load_knowledge(), for_plan=False) for reading in example_readings()]


def test_every_ineligible_verdict_quotes_the_text_and_can_be_undone(ready, people):
    for case in people:
        for found in match(ready, case.facts):
            if found.verdict not in ("ineligible", "fixable"):
                continue
            clause = found.study.clauses[cause(found)]
            record = found.study.record
            if clause.atom.line:
                assert record.eligibility[clause.atom.start : clause.atom.end] == clause.atom.span
            removed = undo(found, case.facts)
            assert removed
            kept = {name: value for name, value in case.facts.items() if name not in removed}
            (again,) = match(prepare([(record, found.study.reading)], load_knowledge().vocabulary), kept)
            assert again.verdict != found.verdict or again.rests_on != found.rests_on


def test_of_a_person_of_whom_nothing_is_known_no_study_is_ruled_out(ready):
    assert {found.verdict for found in match(ready, {})} <= {"eligible so far", "possible"}


def test_every_line_of_every_text_is_in_the_answer(ready, people):
    result = match_document(match(ready, people[-1].facts), people[-1], load_knowledge(), reviewed_only=False)
    assert check_result("trials_match", result) == []
    by_id = {study.record.nct_id: study for study in ready.studies}
    for row in result["trials"]:
        shown = {item["line"] for key in ("lines", "beside", "unread") for item in row[key]}
        shown |= {part["line"] for item in row["lines"] for part in item["also"]}
        study = by_id[row["nct_id"]]
        shown |= {atom.line for atom in study.reading.atoms if atom.effect in ("allow", "define")}
        expected = {line.number for line in study.reading.lines if line.kind not in ("heading", "note", "blank")}
        assert expected <= shown, row["nct_id"]
