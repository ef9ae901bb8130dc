"""CTML in and out: what each leaf means for a known, an altered and an untested person; what has no words is listed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chemoplan.criteria.truth import evaluate
from chemoplan.trials.clauses import clauses_of
from chemoplan.trials.ctml import CtmlRefused, CtmlTrial, ctml_of, read_ctml
from chemoplan.trials.ctml_write import ctml_document
from chemoplan.trials.parse import parse_record
from chemoplan.trials.registry.demo import demo_records
from chemoplan.vocabulary import load_vocabulary

VOCABULARY = load_vocabulary()
Facts = dict[str, Any]


def trial(*nodes: dict[str, Any], **more: Any) -> CtmlTrial:
    return ctml_of({"protocol_no": "1", "treatment_list": {"step": [{"match": list(nodes), **more}]}}, "t.json")


def holds(node: dict[str, Any], facts: Facts) -> bool | None:
    return evaluate(trial(node).matches[0].criterion, facts)


def clinical(**leaf: Any) -> dict[str, Any]:
    return {"clinical": leaf}


def gene(name: str, category: str = "Mutation", **leaf: Any) -> dict[str, Any]:
    return {"genomic": {"hugo_symbol": name, "variant_category": category, **leaf}}


READ = clinical(oncotree_primary_diagnosis="READ")
RECTAL = {"primary_site": "rectum", "histology": "adenocarcinoma"}
V600E = gene("BRAF", protein_change="p.V600E")
NO_V600E = gene("BRAF", "!Mutation", protein_change="p.V600E")
CLEAN = {"ras": "wild_type", "ras_outside_codons": "not_detected"}
MEANINGS: list[tuple[dict[str, Any], Facts, bool | None]] = [
    (clinical(age_numerical=">=18"), {"age": 18.0}, True),
    (clinical(age_numerical=">18"), {"age": 18.0}, False),
    (clinical(age_numerical="<0.5"), {"age": 1.0}, False),
    (clinical(age_numerical=">=18"), {}, None),
    (clinical(gender="Male"), {"sex": "male"}, True),
    (clinical(gender="!Male"), {"sex": "female"}, True),
    (clinical(gender="!Male"), {}, None),
    (READ, RECTAL, True),
    (READ, {"primary_site": "colon"}, False),
    (READ, {"primary_site": "rectum"}, None),
    (clinical(oncotree_primary_diagnosis="Rectal Adenocarcinoma"), RECTAL, True),
    (clinical(oncotree_primary_diagnosis="COADREAD"), RECTAL, True),
    (clinical(oncotree_primary_diagnosis="_SOLID_"), RECTAL, True),
    (clinical(oncotree_primary_diagnosis="_LIQUID_"), RECTAL, False),
    (clinical(oncotree_primary_diagnosis="Non-Small Cell Lung Cancer"), RECTAL, False),
    (clinical(oncotree_primary_diagnosis="Non-Small Cell Lung Cancer"), {"primary_site": "lung"}, None),
    (clinical(oncotree_primary_diagnosis="Not In The Table"), RECTAL, None),
    (clinical(tmb_numerical=">=10"), {"tmb": 10.0}, True),
    (clinical(tmb_numerical="==40"), {"tmb": 41.0}, False),
    (clinical(tmb_numerical="high"), {"tmb": 41.0}, None),
    (clinical(her2_status=False), {"her2": "positive"}, False),
    ({"genomic": {"mmr_status": "MMR-Deficient", "hugo_symbol": "None"}}, {"mmr": "deficient"}, True),
    ({"genomic": {"mmr_status": "!MMR-Deficient"}}, {"mmr": "proficient"}, True),
    ({"genomic": {"mmr_status": "!MMR-Deficient"}}, {}, None),
    ({"genomic": {"ms_status": "MSS"}}, {"msi": "high"}, False),
    (V600E, {"braf_v600e": "detected"}, True),
    (NO_V600E, {"braf_v600e": "not_detected"}, True),
    (NO_V600E, {"braf_v600e": "detected"}, False),
    (NO_V600E, {}, None),
    (gene("BRAF", protein_change="!p.V600E"), {"braf_v600e": "detected"}, False),
    (gene("BRAF", wildcard_protein_change="p.V600"), {"braf_class_1": "detected"}, True),
    (gene("BRAF"), {"braf_non_v600": "detected"}, True),
    (gene("KRAS"), {"kras_g12c": "detected"}, True),
    (gene("KRAS"), {"kras_g12c": "not_detected"}, None),
    (gene("KRAS"), CLEAN, False),
    (gene("KRAS"), {"ras": "wild_type"}, None),
    (gene("KRAS", "!Mutation"), CLEAN, True),
    (gene("KRAS", "!Mutation"), {}, None),
    (gene("KRAS", protein_change="p.Q61H"), CLEAN, False),
    (gene("KRAS", protein_change="p.Q61H"), {"ras": "mutated"}, None),
    (gene("KRAS", exon="2"), {"kras_g12c": "detected"}, None),
    (gene("ERBB2", "Copy Number Variation", cnv_call="High Amplification"), {"her2_amplification": "detected"}, True),
    (gene("NTRK1", "Structural Variation"), {"ntrk_fusion": "not_detected"}, False),
    (gene("NTRK1", "Structural Variation"), {"ntrk_fusion": "detected"}, None),
    (gene("RET", "!Structural Variation"), {"ret_fusion": "detected"}, False),
    (gene("EGFR"), {"egfr_s492r": "not_detected"}, None),
    (gene("TP53", "Any Variation"), {"tp53_mutation": "detected"}, True),
    (gene("TP53", "Any Variation"), {"tp53_mutation": "not_detected"}, None),
    ({"prior_treatments": {"drug": "x"}}, RECTAL, None),
    ({"and": [READ, V600E]}, {"primary_site": "colon"}, False),
    ({"or": [READ, V600E]}, {"braf_v600e": "detected"}, True),
    ({"or": [{**READ, **V600E}]}, {"braf_v600e": "detected"}, True),
    ({"and": [{**READ, **V600E}]}, {"braf_v600e": "detected"}, None),
]  # fmt: skip


@pytest.mark.parametrize(("node", "facts", "expected"), MEANINGS, ids=lambda item: json.dumps(item)[:70])
def test_a_leaf_is_true_false_or_unknown(node: dict[str, Any], facts: Facts, expected: bool | None) -> None:
    assert holds(node, facts) is expected


def test_what_must_be_judged_is_kept_word_for_word() -> None:
    odd = gene("EGFR", variant_classification="In_Frame_Del")
    (match,) = trial({"and": [READ, odd]}).matches
    assert match.judged == (
        'genomic {"hugo_symbol": "EGFR", "variant_category": "Mutation", "variant_classification": "In_Frame_Del"}',
    )


SUSPENDED = [
    # arms' flags, the arm asked about, its dose level's flag: step, arm, dose level suspended
    (["N", "Y"], 0, "N", (False, False, False)),
    (["N", "Y"], 1, "N", (False, True, True)),
    (["Y", "Y"], 0, "N", (True, True, True)),
    (["N"], 0, "Y", (False, False, True)),
    (["n"], 0, "", (False, False, False)),
]


@pytest.mark.parametrize(("arms", "which", "dose", "expected"), SUSPENDED)
def test_suspension_is_kept_on_every_level(arms: list[str], which: int, dose: str, expected: tuple[bool, ...]) -> None:
    level = {"level_code": "L", "level_suspended": dose, "match": [READ]}
    built = [{"arm_code": str(n), "arm_suspended": flag, "match": [READ]} for n, flag in enumerate(arms)]
    built[which]["dose_level"] = [level]
    found = trial(READ, step_code="1", arm=built).matches
    chosen = {match.level: match.suspended for match in found if match.level != "arm" or match.code == str(which)}
    assert (chosen["step"], chosen["arm"], chosen["dose_level"]) == expected


STATUSES = [
    ({"status": "Open to Accrual"}, True),
    ({"_summary": {"status": [{"value": "closed to accrual"}]}, "status": "open to accrual"}, False),
    ({}, None),
]


@pytest.mark.parametrize(("more", "expected"), STATUSES)
def test_a_trial_is_open_closed_or_does_not_say(more: dict[str, Any], expected: bool | None) -> None:
    found = ctml_of({"treatment_list": {"step": [{"match": [READ]}]}, **more}, "t")
    assert found.open is expected


def test_yaml_is_read_like_json(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(
        "protocol_no: 11-1\ntreatment_list:\n  step:\n  - match:\n    - and:\n      - clinical: {age_numerical: '>=18'}\n"
    )
    found = read_ctml(tmp_path / "t.yaml")
    assert (found.id, len(found.matches)) == ("11-1", 1)


BAD = [
    ("[1]", "no trial in CTML"),
    ("{", "no whole JSON or YAML"),
    ("a: [", "no whole JSON or YAML"),
    ("", "no trial in CTML"),
    ('{"treatment_list": {"step": []}}', "holds no `match`"),
    ('{"treatment_list": {"step": [5]}}', "treatment_list.step[0] is no object"),
    ('{"treatment_list": {"step": [{"match": {"and": []}}]}}', "treatment_list.step[0].match is no list"),
    ('{"treatment_list": {"step": [{"match": [{"and": [3]}]}]}}', "match[0].and[0] is no object"),
    ('{"treatment_list": {"step": [{"match": [{"genomic": 3}]}]}}', "match[0].genomic is no object"),
    ('{"treatment_list": {"step": [{"match": ' + '[{"and": ' * 3000 + "[]" + "}]" * 3000 + "}]}}", "no whole JSON"),
]


@pytest.mark.parametrize(("text", "says"), BAD, ids=lambda item: item[:50])
def test_what_is_no_ctml_is_refused_with_its_place(tmp_path: Path, text: str, says: str) -> None:
    (tmp_path / "t.json").write_text(text)
    with pytest.raises(CtmlRefused) as refused:
        read_ctml(tmp_path / "t.json")
    assert str(refused.value).startswith("t.json: ")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


def documents() -> dict[str, dict[str, Any]]:
    found = {}
    for record in demo_records():
        reading = parse_record(record)
        clauses = clauses_of(reading, VOCABULARY, record=record)
        found[record.nct_id] = ctml_document(record, reading, clauses, VOCABULARY)
    return found


def test_every_criteria_line_is_said_or_listed() -> None:
    for record in demo_records():
        reading = parse_record(record)
        document = ctml_document(record, reading, clauses_of(reading, VOCABULARY, record=record), VOCABULARY)
        listed = {row["line"] for row in document["_chemoplan"]["not_said"]}
        asked = {line.number for line in reading.lines if line.kind in ("to be judged", "judgement", "administrative")}
        assert asked <= listed, record.nct_id
        assert all(row["text"] and row["reason"] for row in document["_chemoplan"]["not_said"])


def test_what_was_written_is_read_as_the_same_criteria() -> None:
    """No leaf of an export needs a judgement, and the fit and the unfit person stay what they were."""
    read = {name: ctml_of(document, name) for name, document in documents().items()}
    assert all(match.judged == () for found in read.values() for match in found.matches)
    fit = {"age": 60.0, "primary_site": "rectum", "histology": "adenocarcinoma", "kras_g12c": "detected"}
    (match,) = read["NCT99000005"].matches
    assert evaluate(match.criterion, fit | {"braf_v600e": "not_detected"}) is True
    assert evaluate(match.criterion, fit | {"braf_v600e": "detected"}) is False
    assert evaluate(match.criterion, fit) is None
    assert evaluate(match.criterion, fit | {"age": 17.0}) is False


def test_an_export_carries_its_day_its_hash_and_the_warning_about_the_untested() -> None:
    for record, document in zip(demo_records(), documents().values(), strict=True):
        told = document["_chemoplan"]
        assert (told["as_of"], told["sha256"], told["invented"]) == (record.as_of, record.sha256, True)
        assert "never tested" in told["note"]
