"""How a tumor and a study are worded: drugs, facts, conditions, and what is told together."""

from __future__ import annotations

from typing import Any

import pytest

from chemoplan.genomics.interpret import interpret
from chemoplan.genomics.tumor import Result
from chemoplan.report import cohort_outline, tumor_outline
from chemoplan.report.cohort_html import cohort_html
from chemoplan.report.text import print_tumor
from chemoplan.report.tumor_html import tumor_html
from tests.spec.report_tumors import assertion, marker, tumor_report, variant
from tests.spec.test_report_tumor import FACTS, KNOWLEDGE, SOURCE, Page, flat, frequency, printed, summary, told, tumor


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("mk_1084", "MK-1084"),
        ("trastuzumab_deruxtecan", "trastuzumab deruxtecan"),
        ("chemoradiation_as_first_step", "chemoradiation as first step"),
    ],
)
def test_drugs_are_named_as_a_reader_knows_them(name: str, shown: str) -> None:
    assert tumor_outline.therapy_text({"therapy": [[name]]}) == shown
    assert tumor_outline.therapy_text({"therapy": [["cetuximab"], [name, "x"]]}) == f"cetuximab + ({shown} or x)"


@pytest.mark.parametrize(
    ("line", "shown"),
    [("any", "metastatic, any line"), ("1", "metastatic, line 1"), ("2+", "metastatic, line 2 or later"),
     ("after progression", "metastatic, after progression")],
)  # fmt: skip
def test_the_line_of_treatment_reads_as_words(line: str, shown: str) -> None:
    assert tumor_outline.where_text({"setting": "metastatic", "line": line}) == shown


def test_values_of_facts_are_words_and_numbers_are_rounded() -> None:
    leaf = {"fact": "braf_v600e", "text": "not_detected"}
    assert tumor_outline.leaf_text(leaf, {"braf_v600e": "BRAF V600E"}) == "BRAF V600E: not found"
    assert tumor_outline.leaf_text({"fact": "tmb", "text": "315.933333333 1/Mb"}, {}) == "tmb: 315.9 per Mb"


@pytest.mark.parametrize(
    ("tests", "shown"),
    [
        (["ras = wild_type"], "RAS: wild type"),
        (["ras = not_detected"], "RAS: not found"),
        (["ras >= 10 1/Mb"], "RAS: >= 10 per Mb"),
        (["not ras = mutated"], "RAS: not ras = mutated"),
        ([], "RAS"),
    ],
)
def test_a_condition_says_which_value_it_waits_for(tests: list[str], shown: str) -> None:
    assert tumor_outline.wanted_text({"fact": "ras", "tests": tests}, {"ras": "RAS"}) == shown


def test_no_line_at_a_glance_shows_the_name_of_a_fact_or_looks_certain_when_it_waits() -> None:
    report = interpret(tumor("S", "P", "BRAF p.V600E", panel=False), KNOWLEDGE)
    waiting = [line for line in tumor_outline.glance(report) if line.rows[0]["depends_on"]]
    assert waiting
    for line in waiting:
        mark = tumor_outline.effect_mark(line.rows[0])
        assert (mark.word.endswith(" if"), mark.shape, mark.tone) == (True, "◧", "open")
    text = flat(printed(report)).split("What would harm")[0]
    assert "◧ may benefit if encorafenib" in text
    assert "◧ if Extended RAS" in flat(printed(report, width=120))
    assert not any(f"{fact.name} =" in text for fact in FACTS)


def test_statements_on_the_same_therapy_are_one_line_at_a_glance_with_a_link_to_each() -> None:
    twice = [
        assertion("one", "resistance", [["cetuximab"]], tier=None),
        assertion("two", "resistance", [["cetuximab"]]),
    ]
    report = {**tumor_report(), "assertions": twice}
    (line,) = tumor_outline.glance(report)
    assert (line.therapy, line.tier, [row["id"] for row in line.rows]) == ("cetuximab", "IA", ["one", "two"])
    links = Page(tumor_html(report)).links
    assert {"#assertion-one", "#assertion-two"} <= set(links)
    text = printed(report, print_tumor)
    assert text.index("Title of one") < text.index("Title of two")


def test_the_table_of_statements_stands_before_what_the_files_warn_of() -> None:
    report = tumor_report()
    words = flat(" ".join(Page(tumor_html(report)).words))
    for text in (flat(printed(report)), words):
        assert text.index("vemurafenib") < text.index("POLE p.R150* truncates the protein.")


def test_results_that_disagree_are_told_once() -> None:
    item = {"title": "Repair", "because": "Results contradict each other: a; b", "fact": "mmr", "results": []}
    report = {"discordant": [item], "warnings": ["Repair: results contradict each other: a; b", "else"]}
    assert tumor_outline.warnings_of(report) == ["else"]


def test_why_results_disagree_is_not_said_twice_but_never_lost() -> None:
    results = [{"test": "MANTIS score"}, {"test": "MSIsensor score"}]
    again = "Results contradict each other: MANTIS score: 0.59 (high); MSIsensor score: 0.08 (stable)"
    assert tumor_outline.discord_text({"because": again, "results": results}) == ""
    for more in (f"{again}; no amplification by copy number", "ERBB2 was found, but HER2 stain: 0 (negative)"):
        assert tumor_outline.discord_text({"because": more, "results": results}) == more


def test_several_siblings_are_told_in_the_plural() -> None:
    report = interpret(tumor("S", "P", "KRAS p.G12D", "KRAS p.Q61H"), KNOWLEDGE)
    texts = {row["because"] for row in report["does_not_apply"]}
    assert "KRAS p.G12D, KRAS p.Q61H were found, which are not p.G12C" in texts


def test_what_was_looked_at_names_its_codons() -> None:
    report = interpret(tumor("S", "P"), KNOWLEDGE)
    (row,) = (row for row in report["biomarkers"] if row["fact"] == "braf_v600e")
    assert row["because"] == "Looked at and not found (panel): BRAF codon 600"


@pytest.mark.parametrize(
    ("gene", "change", "why"),
    [("NOGENE", "p.G12C", "length of this protein is not known"), ("KRAS", "p.G500C", "beyond the 189 residues"),
     ("KRAS", "fusion", "no change names a place")],
)  # fmt: skip
def test_what_is_not_drawn_says_why(gene: str, change: str, why: str) -> None:
    report = tumor_report()
    call = {**variant(gene, change, 2), "reading_frame": "kept", "reads": 3}
    report = {**report, "biomarkers": [marker("kras_g12c", "KRAS G12C", "detected", "detected", variants=[call])]}
    assert why in flat(" ".join(Page(tumor_html(report)).words))


# A study


def test_hypermutation_reaches_as_far_as_the_burden_that_it_follows_from() -> None:
    burdens = [4.0, 9.0, 300.0]
    items = told(*(tumor(f"S{n}", f"P{n}", results=(Result("tmb", n, SOURCE),)) for n in burdens))
    row = frequency(items, "hypermutated")
    assert (row["assayed"], row["values"][0]["patients"]) == (3, 1)
    assert row["values"][0]["share"] == pytest.approx(1 / 3)


def test_what_would_harm_or_not_work_comes_first_in_a_study_too() -> None:
    groups = cohort_outline.statement_groups(summary())
    assert [group.id for group in groups] == ["against", "for", "outlook"]
    assert sum(len(group.rows) for group in groups) == len(summary()["assertions"])
    words = flat(" ".join(Page(cohort_html(summary(), [])).words))
    assert words.index("What would harm or not work") < words.index("What may work")


def test_tumors_in_which_tests_disagree_alike_are_told_together() -> None:
    because = "Results contradict each other: MANTIS score: {} (high); MSIsensor score: {} (stable)"
    rows: list[dict[str, Any]] = [
        {
            "sample": name,
            "patient": name,
            "fact": "msi",
            "title": "Microsatellites",
            "because": because.format(*numbers),
        }
        for name, numbers in (("A", ("0.59", "0.08")), ("B", ("0.56", "0.9")))
    ]
    (group,) = cohort_outline.disagreements({"discordant": rows})
    assert group.pattern == "MANTIS score (high); MSIsensor score (stable)"
    assert cohort_outline.samples_text(group, 5) == "A (0.59, 0.08), B (0.56, 0.9)"
    assert cohort_outline.samples_text(group, 1) == "A (0.59, 0.08) and 1 more"
    line = {"patients": 0, "share": 0.0, "low": 0.0, "high": 0.5, "value": "high"}
    row = {"fact": "msi", "of": 6, "assayed": 4, "title": "Microsatellites"}
    assert cohort_outline.frequency_text({"discordant": rows}, row, line).endswith("; results disagree in 2 more")


def test_facts_unknown_for_the_same_reason_are_told_together_and_none_is_left_out() -> None:
    groups = cohort_outline.unknown_groups(summary())
    named = [row["fact"] for *_, rows in groups for row in rows]
    assert sorted(named) == sorted(row["fact"] for row in summary()["not_tested"])
    assert len(groups) < len(named) / 2


@pytest.mark.parametrize(("whole", "shown"), [(True, "42 % (5 of 12)"), (False, "≥ 42 % (5 of 12)")])
def test_the_share_of_a_gene_is_a_lower_bound_unless_every_tumor_was_read_there(whole: bool, shown: str) -> None:
    assert cohort_outline.gene_share_text(5, 12, whole) == shown
