"""The assertions against the reference table of biomarkers, row by row. Skipped where the reference folder is absent."""

from __future__ import annotations

import json
import re
from itertools import product

import pytest

from chemoplan.criteria import CriterionRefused, parse
from chemoplan.criteria.tree import facts_of
from chemoplan.criteria.truth import evaluate
from chemoplan.knowledge import load_knowledge
from tests.real.conftest import reference_folder


def _rows():
    path = reference_folder() / "molecular" / "biomarkers.json"
    return json.loads(path.read_text(encoding="utf-8"))["assertions"] if path.is_file() else []


ROWS = _rows()
pytestmark = pytest.mark.skipif(not ROWS, reason="the reference folder is absent (set CHEMOPLAN_REFERENCE)")
each_row = pytest.mark.parametrize("row", ROWS, ids=lambda row: row["id"])

OTHER_CRITERION = {
    "crc-g12x-g12ci": "speaks as soon as another allele is found, G12C tested or not",
    "crc-g12x-g12ci-adag": "speaks as soon as another allele is found, G12C tested or not",
    "crc-pole-pd1": "reads hypermutated, which follows from the burden",
}


def _ours(row):
    return load_knowledge().assertions[row["id"]]


def _word(name):
    return re.sub(r"[ -]", "_", name.lower())


def test_every_row_is_an_assertion_and_there_is_no_other():
    assert set(load_knowledge().assertions) == {row["id"] for row in ROWS}
    assert len(ROWS) == 78


@each_row
def test_effect_tier_label_and_therapy_are_those_of_the_row(row):
    ours = _ours(row)
    assert ours.effect == row["effect"]
    assert ours.tier == row["tier_amp_asco_cap"]
    assert [(item.jurisdiction, item.status, item.date) for item in ours.label] == [
        (item["jurisdiction"], item["status"], item["date"]) for item in row["label"]
    ]
    assert ours.therapy == tuple(
        tuple(map(_word, part)) if isinstance(part, list) else (_word(part),) for part in row["therapy"]
    )


@each_row
def test_setting_line_and_trials_are_those_of_the_row(row):
    ours = _ours(row)
    assert (ours.setting, ours.line) == (row["setting"], row["line"])
    assert ", ".join(ours.trials) == ", ".join(row["trials"])


@each_row
def test_a_line_is_verified_only_where_the_row_was_read(row):
    """A row that was read has a verified line; one read in part has a line that is not; an unread one has none that is."""
    statuses = {line.status for line in _ours(row).evidence}
    if row["verification"].startswith("read in source"):
        assert "verified" in statuses
    elif row["verification"].startswith("partly"):
        assert statuses & {"partly", "unverified"}
    else:
        assert statuses == {"unverified"}


@each_row
def test_every_paper_of_the_row_is_cited_or_reported_by_a_source(row):
    """By number: in a source, in the locator of a line, or in the notes."""
    knowledge, ours = load_knowledge(), _ours(row)
    told = ours.notes
    for line in ours.evidence:
        source = knowledge.sources[line.source]
        told += f" {source.id} {source.citation} {source.details} {line.locator}"
    assert [number for number in row["pmids"] if number not in told] == []


@each_row
def test_what_the_row_has_from_memory_is_said(row):
    if "PMID from memory" in row["notes"] or "trial number from memory" in row["notes"]:
        assert "from memory" in _ours(row).notes


def _values(name):
    fact = load_knowledge().vocabulary[name]
    if fact.is_number and not fact.values:
        return [0.0, 9.9, 10.0, 50.0, 50.1, 100.0]
    return [fact.read(value) for value in fact.values]


def _criterion_of(row):
    """The biomarker of the row as a criterion, or None where it is not written in facts; sides of the body are left out."""
    text = re.sub(r" and primary (left-sided or rectum|right-sided)$", "", row["biomarker"])
    text = re.sub(r"(tmb >=? ?\d+)", r"\1 1/Mb", text)
    try:
        return parse(text, load_knowledge().vocabulary)
    except CriterionRefused:
        return None


IN_FACTS = [row for row in ROWS if _criterion_of(row) is not None]


def test_most_rows_are_written_in_facts():
    assert len(IN_FACTS) > len(ROWS) / 2


@pytest.mark.parametrize("row", IN_FACTS, ids=lambda row: row["id"])
def test_a_criterion_that_the_row_writes_in_facts_means_the_same(row):
    """Over every combination of values, each fact known or unknown."""
    theirs = _criterion_of(row)
    ours = _ours(row).when
    if row["id"] in OTHER_CRITERION:
        assert ours != theirs
        return
    names = sorted({*facts_of(ours), *facts_of(theirs)})
    for values in product(*([None, *_values(name)] for name in names)):
        facts = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        assert evaluate(ours, facts) is evaluate(theirs, facts), facts


COMPARISON = {
    # facts of a tumor of the comparison: what must be said, and what must not
    "KRAS G12D": (
        {"ras": "mutated", "ras_other_allele": "detected", "kras_g12d": "detected"},
        {"crc-ras-mut-cetuximab", "crc-ras-mut-panitumumab", "crc-g12x-g12ci", "crc-g12x-g12ci-adag", "crc-kras-g12d-trial"},
        {"crc-g12c-soto-pani", "crc-g12c-adag-cet", "crc-raswt-later-pani"},
    ),
    "KRAS G12C": (
        {"ras": "mutated", "kras_g12c": "detected"},
        {"crc-g12c-soto-pani", "crc-g12c-adag-cet", "crc-g12c-antiegfr-alone", "crc-ras-mut-panitumumab"},
        {"crc-g12x-g12ci", "crc-g12x-g12ci-adag"},
    ),
    "KRAS A146T": (
        {"ras": "mutated", "ras_other_allele": "detected", "kras_codon_146": "detected"},
        {"crc-kras-146-antiegfr", "crc-ras-mut-cetuximab", "crc-g12x-g12ci"},
        {"crc-g12c-soto-pani"},
    ),
    "NRAS Q61K": (
        {"ras": "mutated", "ras_other_allele": "detected", "nras_codon_61": "detected"},
        {"crc-nras-q61-antiegfr", "crc-ras-mut-panitumumab", "crc-g12x-g12ci"},
        {"crc-g12c-adag-cet"},
    ),
    "BRAF V600E": (
        {"braf_v600e": "detected", "ras": "wild_type"},
        {"crc-braf-enco-cet-chemo-1l", "crc-braf-enco-cet-folfiri-1l", "crc-braf-antiegfr-alone", "crc-braf-dabra-trame"},
        {"crc-raswt-pani-folfox-1l", "crc-braf-class23-enco", "crc-raswt-later-pani"},
    ),
    "POLE P286R with BRAF passengers": (
        {"pole_pold1": "pathogenic", "hypermutated": "detected", "braf_non_v600": "detected"},
        {"crc-pole-pd1", "crc-braf-passenger", "crc-braf-class23-enco"},
        {"crc-braf-enco-cet-chemo-1l", "crc-pole-vus"},
    ),
    "ERBB2 V842I": (
        {"her2_mutation": "detected"},
        {"crc-her2-mut-pertu"},
        {"crc-her2-trast-pertu", "crc-her2-tdxd", "crc-her2-tucatinib", "crc-her2-antiegfr"},
    ),
    "RAS and BRAF assayed and not found": (
        {"ras": "wild_type", "braf_v600e": "not_detected"},
        {"crc-raswt-pani-folfox-1l", "crc-raswt-cet-folfiri-1l"},
        {"crc-ras-unknown-antiegfr", "crc-ras-mut-cetuximab"},
    ),
    "nothing assayed": (
        {},
        {"crc-ras-unknown-antiegfr"},
        {"crc-raswt-pani-folfox-1l", "crc-braf-enco-wildtype", "crc-pi3k-wt-aspirin"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", COMPARISON)
def test_the_tumors_of_the_comparison_get_every_needed_line_and_no_wrong_one(name):
    facts, needed, wrong = COMPARISON[name]
    held = {item.id for item in load_knowledge().assertions.values() if evaluate(item.when, facts) is True}
    assert needed <= held
    assert not wrong & held
    if not facts:
        assert held == needed
