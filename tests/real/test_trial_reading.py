"""Real registry records: the annotated atoms are read, and every line of every record is accounted for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chemoplan.trials.alternatives import atoms_shown
from chemoplan.trials.as_json import atom_as_json, line_as_json
from chemoplan.trials.parse import parse_record
from chemoplan.trials.record import TrialRecord
from chemoplan.trials.registry import read_records
from tests.real.gold_atoms import Score, score

PRECISION, RECALL = 0.97, 0.80


@pytest.fixture(scope="module")
def colorectal(reference: Path) -> dict[str, TrialRecord]:
    return {record.nct_id: record for record in read_records(reference / "trials" / "ctgov_colorectal_100.json.gz")}


@pytest.fixture(scope="module")
def held(reference: Path, colorectal: dict[str, TrialRecord]) -> Score:
    gold = json.loads((reference / "trials" / "gold_atoms_dev.json").read_text(encoding="utf-8"))["atoms"]
    studies = sorted({atom["nct_id"] for atom in gold})
    read = [atom_as_json(atom) for study in studies for atom in atoms_shown(parse_record(colorectal[study]))]
    return score(gold, read)


def test_what_is_read_is_annotated_so(held: Score) -> None:
    assert held.precision >= PRECISION, sorted(held.wrong)


def test_most_of_what_is_annotated_is_read(held: Score) -> None:
    assert held.recall >= RECALL, sorted(held.missed)


def test_no_requirement_is_taken_for_an_exclusion(held: Score) -> None:
    assert held.polarity == []


def test_every_atom_stands_in_its_section(held: Score) -> None:
    assert held.section == []


@pytest.mark.parametrize("name", ["ctgov_colorectal_100.json.gz", "ctgov_other_1211.json.gz"])
def test_every_line_of_every_record_is_accounted_for_with_its_text(reference: Path, name: str) -> None:
    kinds = {"structured", "judgement", "administrative", "to be judged", "heading", "note", "blank"}
    for record in read_records(reference / "trials" / name):
        found = parse_record(record)
        assert [line.text for line in found.lines] == record.eligibility.split("\n"), record.nct_id
        assert {line.kind for line in found.lines} <= kinds
        assert all(line.kind != "blank" for line in found.lines if any(map(str.isalnum, line.text))), record.nct_id
        structured = {line.number for line in found.lines if line.kind == "structured"}
        assert structured == {atom.line for atom in found.atoms if atom.kind == "data"}, record.nct_id
        for atom in found.atoms:
            assert record.eligibility[atom.start : atom.end] == atom.span, atom.id
            assert atom.span.strip(), atom.id
            assert atom_as_json(atom)["atom"], atom.id
        for line in found.lines:
            shown = line_as_json(record.nct_id, line)
            assert all(part in line.text for part in shown.get("unread", ())), (record.nct_id, line.number)
        assert len({atom.id for atom in found.atoms}) == len(found.atoms)
