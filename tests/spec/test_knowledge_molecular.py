"""What biomarkers mean, as knowledge: the form, what is refused, and what holds for every tumor (proved, not sampled)."""

from __future__ import annotations

from itertools import product

import pytest
import yaml
import z3

from chemoplan.criteria.tree import facts_of, knownness
from chemoplan.criteria.truth import evaluate
from chemoplan.knowledge import KnowledgeRefused, load_knowledge
from chemoplan.knowledge.describe import describe, list_items
from chemoplan.knowledge.opposites import are_opposite, declared, never_fires, opposite_pairs
from chemoplan.plan.check import check_assertions
from chemoplan.plan.proof import PlanProof

ASSERTIONS = load_knowledge().assertions
LOCKED_BENEFITS = [item for item in ASSERTIONS.values() if item.locked and item.effect == "benefit"]
LINE = {"source": "unsourced", "says": "A statement for this test.", "status": "unverified"}
LOCAL = {
    "id": "local-statement",
    "title": "Local statement",
    "when": "braf_v600e = detected",
    "effect": "benefit",
    "therapy": ["encorafenib", {"one_of": ["cetuximab", "panitumumab"]}],
    "setting": "metastatic",
    "line": "any",
    "weight": "retrospective",
    "text": "For this test.",
    "evidence": [LINE],
}


@pytest.fixture(scope="module")
def proof() -> PlanProof:
    return PlanProof(load_knowledge())


def _overlay(tmp_path, name, *entries):
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump(list(entries), sort_keys=False))
    return load_knowledge([tmp_path])


def _without(entry, *keys):
    return {key: value for key, value in entry.items() if key not in keys}


# What every assertion carries


@pytest.mark.parametrize("item", ASSERTIONS.values(), ids=lambda item: item.id)
def test_every_assertion_names_a_dated_source_with_its_status_and_says_what_to_do(item):
    knowledge = load_knowledge()
    assert item.evidence
    for line in item.evidence:
        source = knowledge.sources[line.source]
        assert line.says
        assert line.status in ("verified", "partly", "unverified")
        assert source.title
        assert source.date or source.details.get("remark"), source.id
    assert len(item.text) > 15
    assert item.reviewed < item.review_due
    assert item.signed_off_by is None


def test_every_source_of_the_molecular_entries_has_a_date_or_says_why_not():
    knowledge = load_knowledge()
    for shelf in (knowledge.markers, knowledge.tests, knowledge.panels, knowledge.loci, knowledge.cautions):
        for item in shelf.values():
            assert item.evidence, item.id
            for line in item.evidence:
                source = knowledge.sources[line.source]
                assert source.date or source.details.get("remark"), source.id


def test_a_statement_that_weighs_as_a_label_cites_a_label_an_agency_or_the_codon_list():
    knowledge = load_knowledge()
    for item in ASSERTIONS.values():
        if item.weight == "label":
            assert {knowledge.sources[line.source].kind for line in item.evidence} & {"label", "agency", "database"}, (
                item.id
            )
        if item.effect == "benefit" and any(row.status in ("regular", "accelerated") for row in item.label):
            assert item.weight == "label", item.id


def test_a_label_that_excludes_the_tumor_is_never_a_benefit():
    for item in ASSERTIONS.values():
        if any(row.status in ("excluded", "limitation_of_use") for row in item.label):
            assert item.effect in ("no_benefit", "resistance"), item.id


def test_only_the_statement_about_unknown_ras_asks_whether_a_fact_is_known():
    asking = [item.id for item in ASSERTIONS.values() if any(True for _ in knownness(item.when))]
    assert asking == ["crc-ras-unknown-antiegfr"]


def test_statements_that_never_fire_say_why():
    silent = [item for item in ASSERTIONS.values() if never_fires(item)]
    assert {item.id for item in silent} == {"crc-rechallenge-ctdna", "crc-tmb-durva-treme"}
    assert all("never fires" in item.notes for item in silent)


def test_statements_about_the_colon_are_closed_to_the_rectum():
    assert {item.id for item in ASSERTIONS.values() if item.tissue} == {
        "crc-raswt-right", "crc-mmr-atezo-colon", "crc-mmr-5fu-stage2",
    }  # fmt: skip
    assert all("rectum" not in item.tissue for item in ASSERTIONS.values())


def test_every_fact_an_assertion_reads_is_settled_by_a_marker_a_test_or_the_case_itself():
    knowledge = load_knowledge()
    settled = set(knowledge.markers) | {item.fact for item in knowledge.tests.values()} | {"mmr", "cM"}
    settled |= {"dpyd_activity_score", "ugt1a1"}  # germline, not the tumor
    for item in ASSERTIONS.values():
        assert set(facts_of(item.when)) <= settled, item.id


# Allele locks


@pytest.mark.parametrize("item", LOCKED_BENEFITS, ids=lambda item: item.id)
def test_an_allele_locked_benefit_never_holds_when_the_allele_is_not_there(item, proof):
    """For all valid cases, with the marker not detected and with it unknown."""
    holds = proof._encode(item.when).true
    for name in item.locked:
        marker = proof.environment[name]
        detected = proof.knowledge.vocabulary[name].values.index("detected")
        assert proof.solve(holds, z3.Not(z3.And(marker.known, marker.value == detected))).status == "never"
        assert proof.solve(holds).status == "witness"


@pytest.mark.parametrize("item", LOCKED_BENEFITS, ids=lambda item: item.id)
def test_an_allele_locked_benefit_is_false_for_every_combination_of_facts_without_the_allele(item):
    vocabulary = load_knowledge().vocabulary
    names = [name for name in facts_of(item.when) if name not in item.locked]
    for values in product(*([None, *vocabulary[name].values] for name in names)):
        facts = {name: value for name, value in zip(names, values, strict=True) if value is not None}
        without = dict.fromkeys(item.locked, "not_detected")
        assert evaluate(item.when, {**facts, **without}) is False
        assert evaluate(item.when, facts) is not True


def test_every_benefit_of_a_locked_marker_alone_is_locked():
    """A benefit that reads a one-allele marker as detected must say so, or siblings would not be told."""
    knowledge = load_knowledge()
    for item in ASSERTIONS.values():
        read = {name for name in facts_of(item.when) if name in knowledge.markers and knowledge.markers[name].locked}
        if item.effect == "benefit" and read:
            needed = {name for name in read if evaluate(item.when, {name: "not_detected"}) is False}
            assert needed <= set(item.locked), item.id


def test_a_g12c_inhibitor_does_not_apply_as_soon_as_another_allele_is_found():
    for name in ("crc-g12x-g12ci", "crc-g12x-g12ci-adag"):
        assert evaluate(ASSERTIONS[name].when, {"ras_other_allele": "detected"}) is True
        assert evaluate(ASSERTIONS[name].when, {"ras": "mutated"}) is None


# Opposites


def test_opposite_statements_exclude_each_other_or_declare_it_and_every_statement_can_hold():
    checks = check_assertions(load_knowledge())
    assert [f"{check.id} {check.message}" for check in checks if not check.holds] == []
    found = {check.id for check in checks}
    assert {f"assertion:{item.id}" for item in ASSERTIONS.values() if not never_fires(item)} <= found
    assert {f"opposite:{good.id}:{bad.id}" for good, bad in opposite_pairs(load_knowledge())} <= found
    assert len([name for name in found if name.startswith("opposite:")]) > 40


def test_two_statements_are_opposite_by_drug_by_choice_and_by_class():
    components = load_knowledge().components
    opposite = {(good.id, bad.id) for good, bad in opposite_pairs(load_knowledge())}
    assert ("crc-g12c-soto-pani", "crc-g12x-g12ci") in opposite
    assert ("crc-raswt-later-pani", "crc-her2-antiegfr") in opposite  # one of a choice
    assert ("crc-mmr-nivo-ipi", "crc-pole-truncating") in opposite  # two drugs of the class that the other names
    assert not are_opposite(ASSERTIONS["crc-raswt-later-cet-iri"], ASSERTIONS["crc-ras-mut-cetuximab"], components)
    assert not are_opposite(
        ASSERTIONS["crc-raswt-later-pani"], ASSERTIONS["crc-raswt-right"], components
    )  # other tissue
    assert not are_opposite(
        ASSERTIONS["crc-mmr-dostarlimab-rectal"], ASSERTIONS["crc-pole-vus"], components
    )  # other setting


def test_a_declared_contradiction_counts_from_either_side():
    good, bad = ASSERTIONS["crc-her2-trast-pertu"], ASSERTIONS["crc-her2-mut-pertu"]
    assert not good.contradicts
    assert declared(good, bad)
    assert declared(bad, good)


def test_an_undeclared_contradiction_of_an_overlay_is_found_with_a_witness(tmp_path):
    against = {
        **LOCAL,
        "effect": "no_benefit",
        "therapy": ["encorafenib", "cetuximab"],
        "when": "tp53_mutation = detected",
    }
    found = {check.id: check for check in check_assertions(_overlay(tmp_path, "biomarkers/local.yaml", against))}
    check = found["opposite:crc-braf-enco-cet-later:local-statement"]
    assert not check.holds
    assert "contradicts" in check.message
    assert check.witness is not None
    assert check.witness["braf_v600e"] == "detected"
    assert check.witness["tp53_mutation"] == "detected"


def test_a_declaration_that_is_not_needed_and_a_statement_that_cannot_hold_are_found(tmp_path):
    needless = {
        **LOCAL, "effect": "no_benefit", "therapy": ["encorafenib", "cetuximab"],
        "when": "braf_v600e = not_detected", "contradicts": ["crc-braf-enco-cet-later"],
    }  # fmt: skip
    dead = {**LOCAL, "id": "local-dead", "when": "ras = wild_type and kras_g12d = detected"}
    checks = check_assertions(_overlay(tmp_path, "biomarkers/local.yaml", needless, dead))
    found = {check.id: check.message for check in checks if not check.holds}
    assert found["opposite:crc-braf-enco-cet-later:local-statement"].startswith("declared")
    assert found["assertion:local-dead"] == "can never hold"


# What an overlay may say, and what is refused


def test_an_overlay_adds_an_assertion_and_its_therapy_keeps_the_choice(tmp_path):
    item = _overlay(tmp_path, "biomarkers/local.yaml", LOCAL).assertions["local-statement"]
    assert item.therapy == (("encorafenib",), ("cetuximab", "panitumumab"))
    assert item.label == ()
    assert item.reviewed == "2026-11-23"


WRONG_ASSERTIONS = [
    ({**LOCAL, "effect": "good"}, "effect.*good"),
    ({**LOCAL, "weight": "expert"}, "weight.*expert"),
    (_without(LOCAL, "evidence"), "evidence"),
    ({**LOCAL, "evidence": []}, "evidence"),
    ({**LOCAL, "evidence": [{**LINE, "source": "civic"}]}, "unknown source 'civic'"),
    ({**LOCAL, "evidence": [{**LINE, "status": "sure"}]}, "sure"),
    ({**LOCAL, "when": "braf_v600 = detected"}, r"line \d+, column \d+.*did you mean braf_v600e"),
    ({**LOCAL, "when": "braf_v600e = found"}, "detected"),
    ({**LOCAL, "when": "plan_intent = adjuvant"}, "proposed plan"),
    ({**LOCAL, "therapy": ["encorafinib"]}, "did you mean encorafenib"),
    ({**LOCAL, "therapy": ["Encorafenib"]}, "therapy"),
    ({**LOCAL, "therapy": [{"one_of": ["cetuximab"]}]}, "therapy"),
    ({**LOCAL, "locked": ["braf_v600k"]}, "did you mean braf_v600e"),
    ({**LOCAL, "locked": ["ras"]}, "not of one allele"),
    ({**LOCAL, "contradicts": ["crc-braf-nothing"]}, "unknown assertion"),
    ({**LOCAL, "contradicts": ["crc-raswt-later-pani"]}, "for and against"),
    ({**LOCAL, "label": [{"jurisdiction": "US", "status": "approved"}]}, "approved"),
    ({**LOCAL, "label": [{"jurisdiction": "US", "status": "regular", "date": "24 Feb 2026"}]}, "date"),
    ({**LOCAL, "tier": "1A"}, "tier"),
    ({**LOCAL, "lable": []}, "lable"),
    ({**LOCAL, "id": "crc-braf-mono"}, "replace: true"),
]


@pytest.mark.parametrize(("entry", "words"), WRONG_ASSERTIONS, ids=lambda item: str(item)[-60:])
def test_a_wrong_assertion_is_refused_with_its_file_and_what_would_be_right(tmp_path, entry, words):
    with pytest.raises(KnowledgeRefused, match=words) as refused:
        _overlay(tmp_path, "biomarkers/local.yaml", entry)
    assert str(refused.value).startswith("biomarkers")
    assert "\n" not in str(refused.value)


MARKER = {"fact": "kras_g12d", "title": "Local", "replace": True, "locked": True, "evidence": [LINE]}
TEST = {"id": "local", "title": "Local", "fact": "msi", "method": "score", "evidence": [LINE]}
PANEL = {"id": "P50", "title": "Local", "megabases": 1, "evidence": [LINE]}
LOCUS = {"id": "KRAS-local", "gene": "KRAS", "chromosome": "12", "strand": -1, "evidence": [LINE]}
WRONG_OTHERS = [
    ("markers.yaml", {**MARKER, "patterns": [{"genes": ["KRAS"], "alleles": ["p.G12D"]}]}, "alleles"),
    ("markers.yaml", {**MARKER, "patterns": [{"genes": ["KRAS"], "codons": [12]}]}, "exact alleles"),
    ("markers.yaml", {**MARKER, "patterns": [{"genes": ["kras"], "alleles": ["G12D"]}]}, "genes"),
    ("markers.yaml", {**MARKER, "patterns": []}, "patterns"),
    ("markers.yaml", {**MARKER, "fact": "kras_g12x", "patterns": [{"genes": ["KRAS"]}]}, "did you mean kras_g12"),
    ("markers.yaml", {**MARKER, "states": {"detected": "found"}, "patterns": [{"genes": ["KRAS"]}]}, "found.*detected"),
    ("tests.yaml", {**TEST, "bounds": [{"value": "unstable", "above": 1}]}, "unstable"),
    ("tests.yaml", {**TEST, "bounds": [{"value": "high"}]}, "bounds"),
    ("tests.yaml", {**TEST, "fact": "msix", "words": {"high": ["h"]}}, "did you mean msi"),
    ("tests.yaml", {**TEST, "fact": "copies", "bounds": [{"value": "gain", "above": 1}]}, "gain"),
    ("tests.yaml", {**TEST, "implies": {"mmr": {"high": "lost"}}}, "lost"),
    ("panels.yaml", {**PANEL, "megabases": 0}, "megabases"),
    ("panels.yaml", {**PANEL, "evidence": [{**LINE, "source": "nobody"}]}, "unknown source"),
    ("loci.yaml", {**LOCUS, "chromosome": "chr12", "codons": [[12, "G", "GGT", 1, 1]]}, "chromosome"),
    ("loci.yaml", {**LOCUS, "codons": [[12, "G", "GGT", 1]]}, "codons"),
    ("loci.yaml", {**LOCUS, "codons": [[12, "Gly", "GGT", 1, 1]]}, "codons"),
]


@pytest.mark.parametrize(("name", "entry", "words"), WRONG_OTHERS, ids=lambda item: str(item)[:40])
def test_a_wrong_marker_test_panel_or_locus_is_refused(tmp_path, name, entry, words):
    with pytest.raises(KnowledgeRefused, match=words) as refused:
        _overlay(tmp_path, name, entry)
    assert str(refused.value).startswith(name.removesuffix(".yaml"))


def test_a_therapy_that_no_component_holds_is_a_plain_name_and_allowed(tmp_path):
    loaded = _overlay(tmp_path, "biomarkers/local.yaml", {**LOCAL, "therapy": ["matched_inhibitor_in_a_trial"]})
    assert loaded.assertions["local-statement"].therapy == (("matched_inhibitor_in_a_trial",),)


# What a reader sees


def test_a_fact_shows_its_marker_its_tests_and_the_assertions_that_read_it():
    knowledge = load_knowledge()
    shown = describe(knowledge, "kras_g12c")
    assert shown["marker"]["locked"] is True
    assert {"later-line-kras-g12c", "crc-g12c-soto-pani"} <= set(shown["used_by"])
    assert {"mantis", "mmr_ihc"} <= set(describe(knowledge, "mmr")["tests"])


def test_an_assertion_and_its_source_show_each_other():
    knowledge = load_knowledge()
    shown = describe(knowledge, "crc-nras-q61-antiegfr")
    assert shown["therapy"] == [{"one_of": ["cetuximab", "panitumumab"]}]
    assert shown["when"] == "nras_codon_61 = detected"
    assert "crc-nras-q61-antiegfr" in describe(knowledge, "pmid-20619739")["used_by"]
    assert "crc-g12c-soto-pani" in describe(knowledge, "kras_g12c_inhibitor")["used_by"]
    assert "crc-her2-mut-pertu" in describe(knowledge, "crc-her2-trast-pertu")["used_by"]


@pytest.mark.parametrize("kind", ["markers", "tests", "panels", "loci", "cautions", "assertions"])
def test_every_molecular_kind_is_listed_with_title_and_status(kind):
    for row in list_items(load_knowledge(), kind):
        assert row["title"], row
        assert row["status"], row
