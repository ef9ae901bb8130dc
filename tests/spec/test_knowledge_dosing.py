"""Knowledge about giving drugs as first-class entries: overlays, what is refused, lists, who uses what, proofs, laziness."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from chemoplan.case import resolve
from chemoplan.cli.knowledge import knowledge_list
from chemoplan.dosing.amounts import DoseRefused
from chemoplan.dosing.banding import banded, bands_of
from chemoplan.dosing.hepatic import ladder_result
from chemoplan.dosing.order import OrderRequest, order, regimen_of
from chemoplan.dosing.recheck import recheck
from chemoplan.dosing.rules import prepare
from chemoplan.intake.case_file import read_case_file
from chemoplan.knowledge import KnowledgeRefused, load_knowledge
from chemoplan.knowledge.describe import describe, list_items
from chemoplan.knowledge.holdings import DOSING_SHELVES, Knowledge
from chemoplan.knowledge.load import _add_file, _load
from chemoplan.knowledge.references_regimens import check_dosing_references
from chemoplan.knowledge.schema import schema_of
from chemoplan.plan.check import check_doses, measured
from chemoplan.plan.recommend import recommend
from chemoplan.report.json import to_json

KNOWLEDGE = load_knowledge()
HELD = KNOWLEDGE.dosing
WELL: dict[str, Any] = {
    "region": "US", "setting": "postoperative", "histology": "adenocarcinoma", "cM": "M0", "treatment_intent": "curative",
    "weeks_since_surgery": 6, "age": 62, "sex": "male", "ecog": 1, "height": 170, "weight": 70, "creatinine": 1.0, "neutrophils": 2.4,
    "platelets": 180, "bilirubin": 0.7, "bilirubin_ratio": 0.6, "aminotransferase_ratio": 0.8, "dpyd_activity_score": 2, "ugt1a1": "normal",
    "neuropathy_grade": 0, "medicines": [], "cycle_number": 1,
}  # fmt: skip
"""An invented person of 1.82 m2 in whom nothing speaks against a first cycle."""
LINE = {"source": "site-protocol", "says": "As the protocol of this invented site has it.", "status": "verified"}
SOURCE = {
    "id": "site-protocol", "kind": "editorial", "title": "Protocol of an invented site", "citation": "Invented for this test",
    "date": "2026-11-01", "jurisdictions": [], "read": "The protocol.", "read_on": "2026-11-02", "status": "verified",
}  # fmt: skip
REGIMEN = {
    "id": "site-oxaliplatin-weekly", "version": 1, "title": "Weekly oxaliplatin of an invented site", "cycle_days": 7, "status": "verified",
    "parts": [
        {"drug": "oxaliplatin", "dose": {"value": 40, "unit": "mg/m2"}, "route": "intravenous infusion", "days": [1], "status": "verified"},
    ],
    "evidence": [LINE],
}  # fmt: skip
CHANGE = {
    "id": "site-oxaliplatin-anemia", "title": "Low neutrophils at this site", "topic": "hematologic", "drugs": ["oxaliplatin"],
    "when": "neutrophils < 2.5 10*9/L", "action": "reduce", "fraction": 0.8, "text": "Below 2.5 (10*9/L): 80%.", "evidence": [LINE],
}  # fmt: skip
BANDS = {
    "id": "site-oxaliplatin-bands", "title": "National bands of oxaliplatin, invented", "drugs": ["oxaliplatin"], "unit": "mg",
    "bands": [140, 150, 160], "evidence": [LINE],
}  # fmt: skip
SEQUENCE = {
    "id": "site-course", "version": 1, "title": "A course of an invented site", "status": "verified", "evidence": [LINE],
    "steps": [{"title": "Chemotherapy", "kind": "regimen", "regimens": ["mfolfox6"], "cycles": {"mfolfox6": 4}}],
}  # fmt: skip
TABLETS = {
    "id": "site-tablets", "title": "Tablets of an invented site", "drug": "capecitabine",
    "dose": {"value": 825, "unit": "mg/m2", "times_per_day": 2},
    "rows": [{"bsa": [1.0, 1.5], "dose": 1150, "tablets": {"150": 1, "500": 2}, "status": "verified"}], "evidence": [LINE],
}  # fmt: skip
POLICY = {
    "id": "bsa-formula", "replace": True, "title": "Formula of the body surface area", "value": "dubois",
    "choices": ["mosteller", "dubois", "haycock", "gehan_george"], "text": "Du Bois at this invented site.", "evidence": [LINE],
}  # fmt: skip
LADDER = {
    "id": "floxuridine-ast-low", "replace": True, "title": "Floxuridine and AST at this invented site", "test": "ast", "unit": "U/L",
    "enabled": True, "enabled_by": ["A. Example", "B. Example"], "reference_at_most": 50, "restart": "As the protocol says.",
    "bands": [{"at_least": 0, "percent": 100}, {"at_least": 2, "percent": 60}, {"at_least": 3, "percent": None}], "evidence": [LINE],
}  # fmt: skip


def _site(folder, **files):
    """Knowledge with an overlay of a site: file name without ending to entries."""
    for name, entries in {"sources": [SOURCE], **files}.items():
        path = folder / f"{name.replace('__', '/')}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(entries, sort_keys=False))
    return load_knowledge([folder])


def _added(folder, file, entry):
    """The shipped knowledge with one more file, added and checked as `_site` does, but without reading the rest again."""
    path = folder / "added.yaml"
    path.write_text(yaml.safe_dump([entry], sort_keys=False))
    shelves = {name: dict(getattr(HELD, name)) for name in DOSING_SHELVES}
    source = _site_source(folder)
    knowledge = replace(KNOWLEDGE, sources=KNOWLEDGE.sources | source, _dosing=replace(HELD, **shelves))
    defaults = {"reviewed": "2026-11-23", "review_due": "2027-11-23"}
    _add_file(knowledge, path, f"{file.replace('__', '/')}.yaml", defaults, shipped=False)
    check_dosing_references(knowledge)
    return knowledge


def _site_source(folder):
    path = folder / "sources.yaml"
    path.write_text(yaml.safe_dump([SOURCE]))
    knowledge = Knowledge("", "", vocabulary=KNOWLEDGE.vocabulary)
    _add_file(knowledge, path, "sources.yaml", {}, shipped=False)
    return knowledge.sources


def _order(knowledge, name, **changes):
    case = resolve(
        read_case_file({"complete": ["history", "toxicity"], "facts": WELL | changes}, "invented"), knowledge
    )
    return order(regimen_of(name, knowledge), case, knowledge, OrderRequest())


def _doses(made):
    return {row["part"]: row["dose"] for row in made["drugs"]}


# What a site adds


def test_a_site_adds_a_regimen_and_orders_it(tmp_path):
    knowledge = _site(tmp_path, regimens__site=[REGIMEN])
    assert _doses(_order(knowledge, "site-oxaliplatin-weekly")) == {"oxaliplatin": 72.8}
    with pytest.raises(DoseRefused, match="no regimen id"):
        regimen_of("site-oxaliplatin-weekly", KNOWLEDGE)


def test_the_rules_of_a_drug_hold_for_a_regimen_of_the_site_as_well(tmp_path):
    knowledge = _site(tmp_path, regimens__site=[REGIMEN])
    (row,) = _order(knowledge, "site-oxaliplatin-weekly", neuropathy_grade=4)["drugs"]
    assert (row["status"], row["dose"]) == ("stop", None)


def test_a_site_adds_a_dose_change_that_lowers_the_dose_of_its_drug_alone(tmp_path):
    made, shipped = _order(_site(tmp_path, dose_changes=[CHANGE]), "mfolfox6"), _order(KNOWLEDGE, "mfolfox6")
    assert _doses(made) == {**_doses(shipped), "oxaliplatin": 123.76}
    (row,) = [row for row in made["drugs"] if row["part"] == "oxaliplatin"]
    assert "site-oxaliplatin-anemia" in {item["rule"] for item in row["modifications"]}


def test_a_site_adds_its_national_bands(tmp_path):
    knowledge = _site(tmp_path, bands__national=[BANDS])
    drug = knowledge.dosing.drugs["oxaliplatin"]
    found = banded(Decimal("154.7"), bands_of(None, "oxaliplatin", knowledge), drug, knowledge)
    assert found.result["band"] == Decimal(150)  # 154.7 lies below the mean of 150 and 160, 154.92
    assert found.result["lower_limit"] == Decimal("144.91")
    with pytest.raises(DoseRefused, match="more than 6% from the nearest band"):
        banded(Decimal(200), bands_of(None, "oxaliplatin", knowledge), drug, knowledge)


def test_a_site_replaces_a_policy_and_the_dose_follows(tmp_path):
    knowledge = _site(tmp_path, policies=[POLICY])
    assert knowledge.dosing.policies["bsa-formula"].value == "dubois"
    # 0.007184 x 70^0.425 x 170^0.725 = 1.81 m2
    assert _doses(_order(knowledge, "mfolfox6"))["oxaliplatin"] == 153.85


def test_a_site_enables_a_liver_ladder_with_two_names(tmp_path):
    knowledge = _site(tmp_path, liver_ladders=[LADDER])
    assert ladder_result("ast", Decimal(30), Decimal(70), knowledge).percent == 60
    assert ladder_result("ast", Decimal(30), Decimal(90), knowledge).percent is None
    with pytest.raises(DoseRefused, match="not enabled"):
        ladder_result("ast", Decimal(30), Decimal(70), KNOWLEDGE)


@pytest.mark.parametrize(
    "names", [[], ["A. Example"], ["A. Example", "A. Example"], ["A. Example", "a. example "], ["A. Example", " "]]
)
def test_fewer_than_two_different_names_enable_no_liver_ladder(tmp_path, names):
    with pytest.raises(KnowledgeRefused, match="needs two names in `enabled_by`"):
        _added(tmp_path, "liver_ladders", LADDER | {"enabled_by": names})


@pytest.mark.parametrize(
    ("file", "entry", "kind"),
    [
        ("sequences", SEQUENCE, "sequences"),
        ("tablets__site", TABLETS, "tablet_tables"),
        ("drugs__site", {"id": "site_drug", "title": "A drug of an invented site", "kind": "cytotoxic"}, "drugs"),
        (
            "pumps",
            {"id": "site-pump", "title": "Pump", "kind": "infusion", "volume": 60, "flows": [2.5], "evidence": [LINE]},
            "pumps",
        ),
        (
            "toxicities__rates__site",
            {
                "id": "site-rate", "regimen": "mfolfox6", "arm": "mFOLFOX6", "trial": "SITE", "n": 40, "event": "diarrhea", "grade": "3-4",
                "grading": "CTCAE 5", "percent": "12", "number": 12, "status": "verified", "source": "site-protocol",
            },
            "toxicity_rates",
        ),
        (
            "toxicities__grades__site",
            {
                "id": "site-grades", "term": "Platelets", "version": "5", "fact": "platelets", "evidence": [LINE],
                "grades": [{"grade": 3, "text": "Below 50.", "when": "platelets < 50 10*9/L"}],
            },
            "grade_scales",
        ),
        ("toxicities__events__site", {"id": "site-event", "title": "Hiccups", "words": ["hiccups"]}, "event_names"),
        (
            "toxicities__removed__site",
            {"id": "site-term", "term": "Hiccups", "version": "7", "evidence": [LINE]},
            "removed_terms",
        ),
        (
            "toxicities__studies__site",
            {"id": "site-study", "trial": "SITE", "design": "trial", "randomized": False, "text": "One arm.", "evidence": [LINE]},
            "toxicity_studies",
        ),
    ],
    ids=lambda item: item if isinstance(item, str) else "",
)  # fmt: skip
def test_a_site_adds_an_entry_of_every_other_kind(tmp_path, file, entry, kind):
    knowledge = _added(tmp_path, file, entry)
    assert entry["id"] in knowledge.dosing.__dict__[kind]
    assert describe(knowledge, f"{kind}/{entry['id']}")["what"] == kind


def test_a_site_retires_by_kind_and_id_where_several_kinds_hold_an_id(tmp_path):
    reason = {"reason": "not given here"}
    wanted = ["dose_changes/bevacizumab-perforation", "pumps/elastomeric-92", "site-protocol"]
    knowledge = _site(tmp_path / "a", retire=[{"id": name, **reason} for name in wanted])
    assert "bevacizumab-perforation" not in knowledge.dosing.dose_changes
    assert "bevacizumab-perforation" in knowledge.invariants
    assert set(knowledge.retired) == {"bevacizumab-perforation", "elastomeric-92", "site-protocol"}
    with pytest.raises(KnowledgeRefused, match=r"'quasar' may mean sources/quasar or regimens/quasar; write which"):
        _site(tmp_path / "b", retire=[{"id": "quasar", **reason}])


# What is refused


def _part(**changes):
    return REGIMEN | {"parts": [REGIMEN["parts"][0] | changes]}


WRONG = [
    ("regimens__site", _part(drug="oxaliplatn"), r"did you mean oxaliplatin"),
    ("regimens__site", _part(days=[1, 9]), r"day 9 of a cycle of 7 days"),
    ("regimens__site", _part(must_choose=True), r"two choices or more"),
    ("regimens__site", _part(dose={"value": "forty", "unit": "mg/m2"}), r"regimens/site\.yaml.*expected a number"),
    ("regimens__site", _part(dose={"value": 40}), r"unit"),
    ("regimens__site", REGIMEN | {"day1": ["day1-nothing"]}, r"unknown dose change"),
    ("regimens__site", REGIMEN | {"id": "mfolfox6"}, r"replace: true"),
    ("regimens__site", REGIMEN | {"review_due": "2026-01-01"}, r"`review_due` 2026-01-01 must lie after"),
    ("regimens__site", REGIMEN | {"reviewed": "yesterday"}, r"must be days, such as 2026-11-23"),
    ("dose_changes", CHANGE | {"when": "neutrophils < 2.5 kg"}, r"dose_changes\.yaml, line"),
    ("dose_changes", CHANGE | {"when": "neutrophils is unknown"}, r"asks whether a fact is known"),
    ("dose_changes", CHANGE | {"drugs": ["oxaliplatn"]}, r"did you mean oxaliplatin"),
    ("dose_changes", CHANGE | {"regimens": ["mfolfix*"]}, r"unknown regimen"),
    ("dose_changes", CHANGE | {"fraction": 1.2}, r"between 0 and 1"),
    ("dose_changes", CHANGE | {"levels": 1}, r"one of `to`, `fraction` and `levels`"),
    ("dose_changes", {k: v for k, v in CHANGE.items() if k != "fraction"}, r"`reduce` needs"),
    ("dose_changes", CHANGE | {"action": "lower"}, r"lower"),
    ("dose_changes", CHANGE | {"evidence": []}, r"evidence"),
    ("dose_changes", CHANGE | {"settles": ["no-such-entry"]}, r"unknown safety entry"),
    ("dose_changes", CHANGE | {"unasked": ["platelets"]}, r"fact of `when`"),
    ("dose_changes", CHANGE | {"fractoin": 0.5}, r"fractoin"),
    ("bands__national", BANDS | {"bands": [150, 140]}, r"bands must rise"),
    ("bands__national", BANDS | {"lower_limits": [135, 145]}, r"one limit for each band"),
    ("bands__national", BANDS | {"lower_limits": [135, 151, 155]}, r"lower limit 151"),
    ("bands__national", BANDS | {"drugs": ["oxaliplatn"]}, r"did you mean oxaliplatin"),
    ("policies", POLICY | {"value": "guess"}, r"expected one of mosteller"),
    ("liver_ladders", LADDER | {"bands": LADDER["bands"][::-1]}, r"bands must rise"),
    ("liver_ladders", LADDER | {"bands": [{"at_least": 0, "percent": 60}, {"at_least": 2, "percent": 80}]}, r"lower than before"),
    ("tablets__site", TABLETS | {"rows": [TABLETS["rows"][0] | {"dose": 1200}]}, r"do not add up to 1200 mg"),
    ("sequences", SEQUENCE | {"steps": [{"title": "x", "kind": "regimen", "regimens": ["folfix"]}]}, r"unknown regimen"),
    (
        "drugs__site",
        {"id": "d", "title": "D", "kind": "cytotoxic", "ladders": [{"steps": [1, 2], "unit": "mg", "evidence": [LINE]}]},
        r"dose levels must fall",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("file", "entry", "words"), WRONG, ids=lambda item: str(item)[:40])
def test_a_wrong_entry_about_doses_is_refused_in_one_line_with_what_would_be_right(tmp_path, file, entry, words):
    with pytest.raises(KnowledgeRefused, match=words) as refused:
        _added(tmp_path, file, entry)
    assert "\n" not in str(refused.value)


# Lists, and one item


def test_every_kind_can_be_listed_by_name():
    (argument,) = [item for item in knowledge_list.params if item.name == "kind"]
    assert list(argument.type.choices) == [name for name, _ in KNOWLEDGE.shelves()]


@pytest.mark.parametrize("kind", DOSING_SHELVES)
def test_every_item_about_doses_has_a_title_and_is_shown_as_json(kind):
    rows = list_items(KNOWLEDGE, kind)
    assert [row["id"] for row in rows] == list(KNOWLEDGE.dosing.__dict__[kind])
    assert all(row["title"] for row in rows)
    for row in rows:
        shown = json.loads(to_json(describe(KNOWLEDGE, f"{kind}/{row['id']}")))
        assert (shown["id"], shown["what"]) == (row["id"], kind)


def test_a_list_of_regimens_shows_the_version_that_an_order_names():
    versions = {row["id"]: row["version"] for row in list_items(KNOWLEDGE, "regimens")}
    assert versions["capiri"] == 2
    assert versions["mfolfox6"] == 1


def test_an_id_that_several_kinds_hold_is_shown_once_and_the_others_are_named():
    shown = describe(KNOWLEDGE, "capecitabine")
    assert (shown["what"], shown["also"]) == ("regimens", ["drugs/capecitabine"])
    drug = describe(KNOWLEDGE, "drugs/capecitabine")
    assert (drug["what"], drug["strengths"], "also" in drug) == ("drugs", [150, 500], False)
    assert describe(KNOWLEDGE, "facts/neutrophils")["what"] == "fact"
    assert describe(KNOWLEDGE, "bevacizumab")["also"] == ["drugs/bevacizumab"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("drugs/capecitabin", "nothing among the drugs is called 'capecitabin'; did you mean capecitabine?"),
        ("facts/neutrophil", "nothing among the facts is called 'neutrophil'; did you mean neutrophils?"),
        ("capecitabin", "did you mean capecitabine?"),
        ("drug/capecitabine", "there is no kind 'drug'; did you mean drugs?"),
        ("zz/capecitabine", "there is no kind 'zz' (all: chemoplan knowledge list)"),
        ("drugs/", "'drugs/' is not complete; write kind/id, such as drugs/irinotecan"),
        ("/irinotecan", "'/irinotecan' is not complete; write kind/id"),
    ],
)
def test_an_item_that_does_not_exist_is_named_with_the_nearest(name, words):
    with pytest.raises(KnowledgeRefused) as refused:
        describe(KNOWLEDGE, name)
    assert words in str(refused.value)


@pytest.mark.parametrize(
    ("name", "user"),
    [
        ("neutrophils", "capecitabine-baseline-eu"),
        ("neutrophils", "ctcae6-neutrophils"),
        ("drugs/irinotecan", "folfiri"),
        ("drugs/levoleucovorin", "folfoxiri"),
        ("drugs/capecitabine", "capecitabine-1250"),
        ("regimens/mfolfox6", "tnt-opra-consolidation"),
        ("components/anti_egfr", "cetuximab"),
        ("components/anti_egfr", "anti-egfr-rash-hold"),
        ("dose_changes/day1-standard", "mfolfox6"),
        ("entries/neuropathy-grade-2", "oxaliplatin-neuropathy-passing"),
        ("sources/cyramza-hcp", "ramucirumab"),
        ("sources/vistogard", "fluorouracil"),
        ("toxicity_studies/study-mosaic", "mosaic-folfox4-neutropenia"),
    ],
)
def test_what_names_an_item_is_told(name, user):
    used_by = describe(KNOWLEDGE, name)["used_by"]
    assert user in used_by
    assert len(used_by) == len(set(used_by))


# What the shipped entries keep


@pytest.mark.parametrize("kind", DOSING_SHELVES)
def test_the_schema_of_a_kind_knows_every_key_that_is_built(kind):
    known = set(schema_of(kind)["properties"]) - {"replace"}
    item = next(iter(HELD.__dict__[kind].values()))
    assert known == set(item.__dict__)


def test_every_dose_change_is_a_rule_of_at_least_one_regimen():
    reached = {rule.id for regimen in HELD.regimens.values() for rule in prepare(regimen, KNOWLEDGE).rules}
    assert [name for name in HELD.dose_changes if name not in reached] == []


def test_every_drug_belongs_to_a_component_unless_it_only_helps_another():
    assert {name for name, drug in HELD.drugs.items() if not drug.components} == {"leucovorin", "levoleucovorin"}


def test_every_drug_of_a_component_that_is_ordered_here_points_back_to_it():
    for component in KNOWLEDGE.components.values():
        for name in component.drugs:
            if name in HELD.drugs:
                assert component.id in HELD.drugs[name].components, name


@pytest.mark.parametrize("drug", ["ziv_aflibercept", "ramucirumab"])
@pytest.mark.parametrize(
    ("fact", "value", "rule"),
    [
        ("pregnant", True, "pregnancy"),
        ("ecog", 4, "performance-status-4"),
        ("primary_symptom", "bleeding", "perforation-bevacizumab"),
        ("bleeding_risk", True, "bleeding-antiangiogenic"),
        ("platelets", 40, "platelets-very-low"),
        ("gut_perforation_or_fistula", True, "antiangiogenic-perforation-others"),
    ],
)
def test_safety_entries_reach_every_drug_against_vessel_growth(drug, fact, value, rule):
    regimen = HELD.regimens[f"folfiri-{drug.replace('_', '-')}"]
    rules = [item for item in prepare(regimen, KNOWLEDGE).rules if drug in item.parts]
    case = resolve(read_case_file({"facts": WELL | {fact: value, "sex": "female"}}, "invented"), KNOWLEDGE)
    assert rule in {item.entry for item in rules if item.test(case.facts) is True}


def test_entries_about_doses_carry_review_days_and_nobody_has_signed_them():
    for shelf in (HELD.regimens, HELD.sequences, HELD.dose_changes):
        for item in shelf.values():
            assert item.reviewed < item.review_due
            assert getattr(item, "signed_off_by", None) is None


def test_an_order_asks_for_a_decision_where_the_next_level_is_given_another_number_of_times_a_day():
    def made(level):
        case = resolve(read_case_file({"complete": ["history", "toxicity"], "facts": WELL}, "invented"), KNOWLEDGE)
        request = OrderRequest(level=level)
        (row,) = order(regimen_of("larotrectinib", KNOWLEDGE), case, KNOWLEDGE, request)["drugs"]
        return row["status"], row["dose"]

    assert [made(level) for level in (0, -1, -2)] == [("give", 100), ("give", 75), ("give", 50)]
    assert made(-3)[0] == "decide"
    assert made(-4)[0] == "stop"


def test_no_ladder_of_the_shipped_drugs_names_a_level_twice():
    ladders = [
        (drug.id, ladder.steps[0], ladder.unit, ladder.parts) for drug in HELD.drugs.values() for ladder in drug.ladders
    ]
    assert len(ladders) == len(set(ladders))


def _row_at(level, name, part, **changes):
    case = resolve(
        read_case_file({"complete": ["history", "toxicity"], "facts": WELL | changes}, "invented"), KNOWLEDGE
    )
    made = order(regimen_of(name, KNOWLEDGE), case, KNOWLEDGE, OrderRequest(level=level))
    (row,) = [row for row in made["drugs"] if row["part"] == part]
    return row, {item["id"]: item for item in made["warnings"]}.get(f"levels-{part}")


@pytest.mark.parametrize(
    ("name", "part", "step", "status", "told"),
    [
        ("folfiri", "irinotecan", "150 mg/m2", "verified", ""),
        ("folfiri", "fluorouracil-bolus", "320 mg/m2", "verified", ""),
        (
            "folfiri", "fluorouracil-infusion", "1920 mg/m2 (unverified)", "unverified",
            "The dose levels of fluorouracil (2400, 1920, 1440 mg/m2) are unverified.",
        ),
        (
            "entrectinib", "entrectinib", "400 mg (partly verified)", "partly",
            "The dose levels of entrectinib (600, 400, 200 mg) are partly verified.",
        ),
    ],
)  # fmt: skip
def test_the_status_of_a_dose_level_goes_with_the_dose(name, part, step, status, told):
    row, warning = _row_at(-1, name, part)
    (reduced,) = [item for item in row["steps"] if item["step"] == "reduced dose"]
    assert reduced["inputs"]["request"].endswith(f", level -1: {step}")
    if not told:
        assert warning is None
    else:
        assert (warning["text"], warning["severity"]) == (told, "caution")
        assert {line["status"] for line in warning["evidence"]} == {status}
    assert _row_at(0, name, part)[1] is None


def test_the_status_of_a_dose_level_is_told_where_a_rule_lowers_the_dose():
    row, warning = _row_at(0, "folfiri", "fluorouracil-infusion", cycle_number=2, diarrhea_grade=3)
    effects = [item["effect"] for item in row["modifications"] if item["dose"] is not None]
    assert effects == ["4368 to 3494.4 mg (level -1: 1920 mg/m2 (unverified))"]
    assert warning["text"] == "The dose levels of fluorouracil (2400, 1920, 1440 mg/m2) are unverified."


@pytest.mark.parametrize("level", [-1, -2])
def test_the_second_way_follows_a_level_that_was_asked_for(level):
    """Every line of every regimen that a level lowers; a figure of the sheet that is another one does not agree."""
    person = read_case_file({"complete": ["history", "toxicity"], "facts": WELL}, "invented")
    case = resolve(person, KNOWLEDGE)
    lowered = set()
    for regimen in HELD.regimens.values():
        made = order(regimen, case, KNOWLEDGE, OrderRequest(level=level))
        checked = {row["part"]: row for row in recheck(made, case.facts, KNOWLEDGE) if row["what"] == "dose"}
        assert all(row["agrees"] for row in checked.values()), regimen.id
        for row in made["drugs"]:
            if row["dose"] and any("request" in step["inputs"] for step in row["steps"]):
                lowered.add(row["drug"])
                assert f"level {level}: " in checked[row["part"]]["how"], (regimen.id, row["part"])
                row["dose"] += 1
                row.pop("target", None)
                again = recheck(made, case.facts, KNOWLEDGE)
                assert next(item["agrees"] for item in again if item["part"] == row["part"]) is False
    assert lowered >= {"irinotecan", "fluorouracil", "encorafenib", "tucatinib", "regorafenib", "fruquintinib"}


def test_three_drugs_against_vomiting_are_asked_for_one_by_one():
    """An audit takes any one name of a row, so that three drugs need three rows."""
    rows = HELD.drugs["trastuzumab_deruxtecan"].premedication
    assert [item.when for item in rows] == ["every"] * 3

    def missing(*names):
        return [item.id.rpartition("-")[2] for item in rows if not set(names) & set(item.any_of)]

    assert missing("aprepitant") == ["5ht3", "dexamethasone"]
    assert missing("ondansetron", "dexamethasone") == ["nk1"]
    assert missing("netupitant-palonosetron") == ["dexamethasone"]
    assert missing("fosaprepitant", "granisetron", "dexamethasone") == []


# Proofs


def test_every_dose_change_and_grade_can_hold_and_worse_grades_include_milder_ones():
    checks = check_doses(KNOWLEDGE)
    assert [check.id for check in checks if not check.holds] == []
    scales = [len(measured(scale)) for scale in HELD.grade_scales.values()]
    assert len(checks) == len(HELD.dose_changes) + sum(2 * count - 1 for count in scales if count)


def test_a_dose_change_that_no_person_can_meet_and_grades_out_of_order_are_found(tmp_path):
    never = CHANGE | {"id": "site-never", "when": "neutrophils < 1 10*9/L and neutrophils > 2 10*9/L"}
    grades = {
        "id": "site-grades", "term": "Platelets", "version": "5", "fact": "platelets", "evidence": [LINE],
        "grades": [
            {"grade": 3, "text": "Below 50.", "when": "platelets < 50 10*9/L"},
            {"grade": 4, "text": "Below 75, by mistake.", "when": "platelets < 75 10*9/L"},
        ],
    }  # fmt: skip
    checks = check_doses(_site(tmp_path, dose_changes=[never], toxicities__grades__site=[grades]))
    failed = {check.id: check.message for check in checks if not check.holds}
    assert failed == {
        "dose-change:site-never": "can never hold",
        "grade:site-grades:3-4": "reaches grade 4 and not grade 3",
    }


# What a plan does not wait for


def test_a_plan_reads_nothing_about_doses():
    knowledge = _load.__wrapped__(())
    case = resolve(
        read_case_file({"facts": {"setting": "initial", "cM": "M0", "cT": "T3", "cN": "N1"}}, "invented"), knowledge
    )
    assert recommend(case, knowledge)["options"]
    assert "dosing" in knowledge.unread


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("bsa-formula", "nope", "expected one of mosteller"),
        ("audit-rate-tolerance", "-5", "expected a number above zero"),
        ("audit-rate-tolerance", "lots", "expected a number above zero"),
        ("hepatic-rounding", "0", "expected a number above zero"),
        ("cumulative-oxaliplatin", "850 to 780", "expected a range that rises"),
        ("cumulative-oxaliplatin", "many", "expected a range that rises"),
    ],
)
def test_a_site_policy_keeps_the_kind_of_value_of_the_shipped_one(
    name: str, value: str, message: str, tmp_path: Path
) -> None:
    evidence = [{"source": "unsourced", "says": "Ours.", "status": "unverified"}]
    entry = {"id": name, "replace": True, "title": "Ours", "value": value, "text": "Ours.", "evidence": evidence}
    (tmp_path / "policies.yaml").write_text(yaml.safe_dump([entry]), encoding="utf-8")
    with pytest.raises(KnowledgeRefused, match=message):
        load_knowledge((tmp_path,))


def test_a_policy_is_replaced_and_never_retired(tmp_path: Path) -> None:
    (tmp_path / "retire.yaml").write_text("- {id: audit-rate-tolerance, reason: not used}\n", encoding="utf-8")
    with pytest.raises(KnowledgeRefused, match="replace it"):
        load_knowledge((tmp_path,))


def test_a_band_of_a_site_lies_above_zero(tmp_path: Path) -> None:
    evidence = [{"source": "unsourced", "says": "Ours.", "status": "unverified"}]
    entry = {"id": "ours", "title": "x", "drugs": ["oxaliplatin"], "unit": "mg", "bands": [-1, 5], "evidence": evidence}
    (tmp_path / "bands").mkdir()
    (tmp_path / "bands" / "ours.yaml").write_text(yaml.safe_dump([entry]), encoding="utf-8")
    with pytest.raises(KnowledgeRefused, match="above zero"):
        load_knowledge((tmp_path,))
