"""The definitions of inherited genes: complete, cited, dated, in agreement with each other and with the safety entries of a plan."""

from __future__ import annotations

from collections import Counter

import pytest
import yaml

from chemoplan.criteria.tree import facts_of
from chemoplan.criteria.truth import evaluate
from chemoplan.knowledge import KnowledgeRefused, load_knowledge
from chemoplan.knowledge.describe import describe, list_items
from chemoplan.knowledge.holdings import GERMLINE_SHELVES
from chemoplan.knowledge.load import _load
from chemoplan.plan.check_germline import germline_checks

KNOWLEDGE = load_knowledge()
HELD = KNOWLEDGE.germline
SHELVES = {name: getattr(HELD, name) for name in GERMLINE_SHELVES}
CITED = [(kind, item) for kind, shelf in SHELVES.items() for item in shelf.values()]


def test_every_listed_position_and_allele_is_there():
    assert Counter(item.gene for item in HELD.positions.values()) == {"DPYD": 83, "UGT1A1": 4}
    assert Counter(item.gene for item in HELD.alleles.values()) == {"DPYD": 84, "UGT1A1": 9}
    assert Counter(item.function for item in HELD.alleles.values() if item.gene == "DPYD") == {
        "normal": 56, "decreased": 7, "no_function": 21,
    }  # fmt: skip


def test_a_normal_dpyd_result_needs_27_positions_and_the_tag_is_none_of_them():
    needed = {item.id for item in HELD.positions.values() if item.needed and item.gene == "DPYD"}
    assert len(needed) == 27
    assert "rs75017182" in needed
    assert "rs56038477" not in needed
    lowering = {
        variant.partition(">")[0]
        for allele in HELD.alleles.values()
        if allele.gene == "DPYD" and allele.function in ("decreased", "no_function") and len(allele.variants) == 1
        for variant in allele.variants
    }
    assert needed == lowering


def test_a_normal_ugt1a1_result_needs_the_repeat_6_and_27():
    needed = {item.id for item in HELD.positions.values() if item.needed and item.gene == "UGT1A1"}
    assert needed == {"rs3064744", "rs4148323", "rs35350960"}


def test_both_builds_lie_a_constant_apart_and_one_reference_base_is_turned():
    for item in HELD.positions.values():
        assert item.grch37.position - item.grch38.position == {"DPYD": 465556, "UGT1A1": 908646}[item.gene]
    turned = [item for item in HELD.positions.values() if item.grch37.ref != item.grch38.ref]
    assert [(item.id, item.grch38.ref, item.grch37.ref) for item in turned] == [("rs1801265", "A", "G")]


def test_the_repeat_is_named_as_hgvs_counts_it():
    assert HELD.positions["rs3064744"].variants == {"C": "*36", "CATAT": "*28", "CATATAT": "*37"}
    assert "TA[8] *28" in HELD.positions["rs3064744"].notes


@pytest.mark.parametrize(("kind", "item"), CITED, ids=[f"{kind}-{item.id}" for kind, item in CITED])
def test_every_entry_has_a_source_with_date_and_status(kind, item):
    assert item.evidence
    for line in item.evidence:
        source = KNOWLEDGE.sources[line.source]
        assert line.says
        assert source.date or source.details.get("remark"), source.id
        assert line.status in ("verified", "partly", "unverified")


@pytest.mark.parametrize("kind", GERMLINE_SHELVES)
def test_every_kind_is_listed_with_title_and_status_and_each_entry_is_described(kind):
    rows = list_items(KNOWLEDGE, kind)
    assert rows
    for row in rows:
        assert row["title"], row
        assert row["status"], row
    found = describe(KNOWLEDGE, rows[0]["id"])
    assert found["what"] == kind
    assert found["evidence"]


def test_a_source_names_the_entries_that_cite_it():
    assert "rs3918290" in describe(KNOWLEDGE, "clinpgx-2025-11-05")["used_by"]


def test_a_position_names_its_alleles_a_gene_its_statements_and_a_fact_its_gene():
    assert describe(KNOWLEDGE, "rs3918290")["used_by"] == ["DPYD c.1905+1G>A (*2A)"]
    assert "dpwg-ugt1a1-poor" in describe(KNOWLEDGE, "UGT1A1")["used_by"]
    fact = describe(KNOWLEDGE, "dpyd_activity_score")
    assert fact["genes"] == ["DPYD"]
    assert {"cpic-dpyd-1", "dpd-partial-deficiency"} <= set(fact["used_by"])


def test_the_definitions_are_not_read_until_they_are_asked_for():
    fresh = _load.__wrapped__(())
    assert "germline" in fresh.unread
    assert not fresh._germline.positions
    assert fresh.germline.positions
    assert "germline" not in fresh.unread


# Statements


def test_there_is_no_cpic_statement_on_irinotecan_and_the_report_says_so():
    for item in HELD.statements.values():
        if item.gene == "UGT1A1":
            assert item.body != "CPIC", item.id
    assert any("no CPIC guideline for irinotecan" in remark.text for remark in HELD.gene_rules["UGT1A1"].remarks)


def test_every_statement_reads_the_fact_of_its_gene_alone_and_says_where_it_speaks_for():
    for item in HELD.statements.values():
        assert set(facts_of(item.when)) <= {HELD.gene_rules[item.gene].fact}
        assert item.jurisdiction
        assert item.condition
        assert item.date or not any(line.status == "verified" for line in item.evidence), item.id


def test_a_statement_that_nobody_read_is_not_marked_as_verified():
    for name in ("fda-liposomal-irinotecan-ugt1a1", "fda-sacituzumab-govitecan-ugt1a1"):
        assert {line.status for line in HELD.statements[name].evidence} == {"unverified"}


@pytest.mark.parametrize(("score", "percent"), [("2", 100), ("1.5", 50), ("1", 50), ("0.5", None), ("0", 0)])
def test_cpic_on_each_score(score, percent):
    facts = {"dpyd_activity_score": KNOWLEDGE.vocabulary["dpyd_activity_score"].read(score)}
    holding = [item for item in HELD.statements.values() if item.body == "CPIC" and evaluate(item.when, facts) is True]
    assert [item.start_percent for item in holding] == [percent]


@pytest.mark.parametrize("score", ["0", "0.5", "1", "1.5", "2"])
def test_the_safety_entries_of_a_plan_agree_with_cpic_and_fda(score):
    """Blocked exactly where a body says avoid; modified to the fraction that the bodies name."""
    facts = {"dpyd_activity_score": KNOWLEDGE.vocabulary["dpyd_activity_score"].read(score)}
    entries = [
        entry
        for entry in KNOWLEDGE.entries.values()
        if entry.kind == "safety"
        and set(facts_of(entry.when)) == {"dpyd_activity_score"}
        and evaluate(entry.when, facts)
    ]
    said = [
        item
        for item in HELD.statements.values()
        if item.gene == "DPYD" and facts_of(item.when) and evaluate(item.when, facts) is True
    ]
    avoid = any(item.action.startswith(("Avoid", "Contraindicated")) for item in said)
    assert avoid == any("fluoropyrimidine" in entry.blocks for entry in entries)
    fractions = {row.start_fraction for entry in entries for row in entry.modifies}
    percents = {item.start_percent for item in said if item.start_percent is not None and 0 < item.start_percent < 100}
    assert {percent / 100 for percent in percents} == fractions
    sources = {line.source for entry in entries for offer in entry.offers for line in offer.evidence}
    assert not entries or {"cpic", "fda"} <= sources


def test_the_safety_entry_on_ugt1a1_agrees_with_the_dutch_guideline():
    (entry,) = (item for item in KNOWLEDGE.entries.values() if item.id == "ugt1a1-poor-metabolizer")
    assert {row.start_fraction for row in entry.modifies} == {HELD.statements["dpwg-ugt1a1-poor"].start_percent / 100}


# Overlays


def overlay(tmp_path, kind, entry):
    folder = tmp_path / kind
    path = folder / "pharmacogenes" / f"{kind}.yaml"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(yaml.safe_dump([entry], sort_keys=False))
    return load_knowledge([folder])


LINE = {"source": "unsourced", "says": "A rule for this test.", "status": "unverified"}
POSITION = {
    "id": "local", "gene": "DPYD", "chromosome": "1", "grch38": [97000000, "A", "C"], "grch37": [97465556, "A", "C"],
    "variants": {"C": "c.1A>C"}, "needed": False, "evidence": [LINE],
}  # fmt: skip
ALLELE = {
    "id": "DPYD local", "gene": "DPYD", "name": "local", "variants": ["rs3918290>T", "rs55886062>C"], "function": "no_function",
    "activity": 0, "evidence": [LINE],
}  # fmt: skip
STATEMENT = {
    "id": "local-board", "body": "Local board", "gene": "DPYD", "drugs": ["capecitabine"], "when": "dpyd_activity_score = 1.5",
    "condition": "score 1.5", "action": "Start at 75%.", "start_percent": 75, "date": "2026", "jurisdiction": "local", "evidence": [LINE],
}  # fmt: skip


def test_an_overlay_adds_a_position_an_allele_and_a_statement(tmp_path):
    assert "local" in overlay(tmp_path, "positions", POSITION).germline.positions
    assert "DPYD local" in overlay(tmp_path, "alleles", ALLELE).germline.alleles
    loaded = overlay(tmp_path, "statements", STATEMENT)
    assert loaded.germline.statements["local-board"].start_percent == 75
    assert len(loaded.germline.statements) == len(HELD.statements) + 1
    assert "local-board" not in load_knowledge().germline.statements


def test_an_overlay_may_set_other_limits_for_a_call(tmp_path):
    entry = {
        "id": "default", "title": "Ours", "filter": ["PASS"], "min_quality": 30, "min_depth": 20, "max_alternates": 2,
        "replace": True, "evidence": [LINE],
    }  # fmt: skip
    limits = overlay(tmp_path, "limits", entry).germline.call_limits["default"]
    assert (limits.min_quality, limits.min_depth, limits.passing) == (30, 20, ("PASS",))


@pytest.mark.parametrize(
    ("kind", "entry", "change", "says"),
    [
        ("positions", POSITION, {"grch37": [97465557, "A", "C"]}, "465556 apart"),
        ("positions", POSITION, {"variants": {"G": "c.1A>G"}}, "name each ALT"),
        ("positions", POSITION, {"chromosome": "2"}, "chromosome 2"),
        ("positions", POSITION, {"grch37": [97465556, "A", "G"]}, "not the same bases"),
        ("positions", POSITION, {"gene": "DPYS"}, "unknown gene"),
        ("positions", POSITION, {"grch38": [97000000, "A"]}, "local.grch38"),
        ("positions", POSITION, {"evidence": []}, "local.evidence"),
        ("alleles", ALLELE, {"activity": 1}, "activity 1.0 is not that of no_function"),
        ("alleles", ALLELE, {"variants": ["rs3918291>T"]}, "did you mean rs3918290"),
        ("alleles", ALLELE, {"variants": ["rs3918290>G"]}, "'G' is no ALT"),
        ("alleles", ALLELE, {"function": "lost"}, "'lost' is not one of"),
        ("statements", STATEMENT, {"when": "ugt1a1 = poor"}, "may read dpyd_activity_score alone"),
        ("statements", STATEMENT, {"when": "dpyd_activity_score = 3"}, "3"),
        ("statements", STATEMENT, {"evidence": [{**LINE, "source": "cpik"}]}, "did you mean cpic"),
        ("statements", STATEMENT, {"start_percent": 175}, "175"),
    ],
    ids=str,
)  # fmt: skip
def test_an_entry_that_does_not_fit_is_refused_in_one_line(tmp_path, kind, entry, change, says):
    with pytest.raises(KnowledgeRefused) as refused:
        overlay(tmp_path, kind, {**entry, **change})
    text = str(refused.value)
    assert says in text
    assert "\n" not in text
    assert "pharmacogenes" in text


def test_a_position_may_not_be_defined_twice(tmp_path):
    with pytest.raises(KnowledgeRefused, match="exists already"):
        overlay(tmp_path, "positions", {**POSITION, "id": "rs3918290"})


# What `knowledge check` asks of them


def failing(knowledge):
    return {item.id: (item.value, item.message) for item in germline_checks(knowledge) if item.message}


def test_the_shipped_statements_are_reachable_name_one_share_and_are_acted_on():
    checks = list(germline_checks(KNOWLEDGE))
    assert failing(KNOWLEDGE) == {}
    assert {"gene:DPYD", "gene:UGT1A1", "statement:cpic-dpyd-0", "share:cpic-dpyd-1", "plan:dpwg-ugt1a1-poor"} <= {
        item.id for item in checks
    }
    assert len({item.id for item in checks}) == len(checks)


def test_a_statement_that_the_plan_does_not_act_on_is_found(tmp_path):
    low = overlay(tmp_path, "statements", {**STATEMENT, "when": "dpyd_activity_score = 2", "start_percent": 0})
    assert failing(low)["plan:local-board"] == (2.0, "no safety entry blocks capecitabine")
    half = {**STATEMENT, "id": "other-board", "when": "dpyd_activity_score = 2", "start_percent": 50}
    assert (
        failing(overlay(tmp_path / "half", "statements", half))["plan:other-board"][1]
        == "no safety entry changes capecitabine"
    )


def test_a_body_that_names_two_shares_for_one_result_is_found(tmp_path):
    found = failing(overlay(tmp_path, "statements", {**STATEMENT, "body": "CPIC"}))
    assert found["share:local-board"] == (1.5, "cpic-dpyd-1.5 names another share")
    assert "share:cpic-dpyd-1.5" in found


def test_a_statement_that_can_never_hold_is_found(tmp_path):
    never = "dpyd_activity_score = 1 and dpyd_activity_score = 2"
    assert (
        failing(overlay(tmp_path, "statements", {**STATEMENT, "when": never}))["statement:local-board"][1]
        == "can never hold"
    )
