"""What a user sees of inherited genes: harm first, nothing left out, nothing told by color alone, nothing that breaks the page."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from itertools import pairwise
from typing import Any

import pytest
from rich.console import Console

from chemoplan.genomics.germline.interpret import interpret_germline, statements_of_germline
from chemoplan.genomics.germline.listed import position_rows
from chemoplan.intake.examples import example_paths
from chemoplan.intake.germline import read_germline
from chemoplan.knowledge import load_knowledge
from chemoplan.plan.inherited import with_alerts
from chemoplan.report import germline_figure as figure
from chemoplan.report import germline_outline as outline
from chemoplan.report.germline_html import germline_html
from chemoplan.report.schema import check_result, load_schema
from chemoplan.report.text import print_germline
from tests.spec.report_germlines import EVIDENCE, germline_report, position, statement
from tests.spec.report_plans import HOSTILE, poisoned
from tests.spec.test_report_json import keys, properties
from tests.spec.test_report_tumor import Page, flat

VCF = example_paths()[0].parent / "germline.vcf"
KNOWLEDGE = load_knowledge()


@lru_cache(maxsize=1)
def real_report() -> dict[str, Any]:
    """The report of the shipped example."""
    sample = read_germline(VCF)
    report = {**interpret_germline(sample, KNOWLEDGE), "positions": position_rows(sample, KNOWLEDGE)}
    return with_alerts(report, statements_of_germline(sample, KNOWLEDGE), KNOWLEDGE)


REPORTS = {"written by hand": germline_report, "shipped example": real_report}


def printed(report: dict[str, Any], width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    print_germline(report, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


@pytest.mark.parametrize("name", REPORTS)
def test_every_germline_fits_its_schema(name: str) -> None:
    assert check_result("germline", REPORTS[name]()) == []


def test_no_key_is_written_that_the_schema_does_not_describe() -> None:
    described = {path.rsplit(".", 1)[1] for path, _ in properties(load_schema("germline"), "germline")}
    assert keys(real_report()) - described == set()


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_text_shows_every_statement_with_body_date_place_source_and_status(name: str, width: int) -> None:
    report = REPORTS[name]()
    text = printed(report, width)
    assert max(map(len, text.splitlines())) <= width
    squeezed = re.sub(r"\s", "", text)
    assert report["statements"]
    for row in report["statements"]:
        for piece in (row["id"], row["body"], row["action"], row["jurisdiction"], row["date"] or "no date"):
            assert re.sub(r"\s", "", piece) in squeezed, (row["id"], piece)
        for line in row["evidence"]:
            assert re.sub(r"\s", "", line["title"]) in squeezed


@pytest.mark.parametrize("name", REPORTS)
def test_a_warning_against_harm_stands_before_anything_else(name: str) -> None:
    report = REPORTS[name]()
    assert report["alerts"]
    text, page = flat(printed(report)), germline_html(report)
    for told in (text, page):
        places = [told.index(row["text"]) for row in report["alerts"]]
        assert max(places) < min(told.index(row["action"][:30]) for row in report["statements"])
    assert page.index("Before anything else</h2>") < page.index('id="drugs-1"') < page.index('id="gene-DPYD"')


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_is_whole_its_links_lead_somewhere_and_it_has_no_script(name: str) -> None:
    page = Page(germline_html(REPORTS[name]()))
    assert len(page.ids) == len(set(page.ids))
    assert {link.removeprefix("#") for link in page.links if link.startswith("#")} <= set(page.ids)
    assert "script" not in {tag for tag, _ in page.tags}
    assert all(link.startswith("#") for link in page.links)


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_says_what_the_text_says(name: str) -> None:
    report = REPORTS[name]()
    said = flat(" ".join(Page(germline_html(report)).words))
    for row in report["statements"]:
        assert flat(row["action"]) in said
    for gene in report["genes"]:
        assert flat(gene["because"]) in said
        assert all(flat(text) in said for text in gene["warnings"])
    for row in report["not_actionable"]:
        assert flat(row["text"]) in said
    assert "never merged into one number" in said


def test_hostile_text_stays_text_on_the_page_and_in_the_terminal() -> None:
    clean = germline_report()
    report = poisoned(clean)
    for part, names in (("genes", ["status"]), ("positions", ["state", "gene", "function"]), ("alerts", ["severity"])):
        for row, good in zip(report[part], clean[part], strict=True):
            row.update({name: good[name] for name in names})
    page = Page(germline_html(report))
    tags = {tag for tag, _ in page.tags}
    assert tags.isdisjoint({"script", "img"})
    text = printed(report)
    assert "\x1b" not in text
    assert "\u202e" not in text
    assert "[red]" in text
    assert HOSTILE[:8] in "".join(page.words)


def test_the_two_genes_are_never_merged_into_one_number() -> None:
    report = real_report()
    dpyd = {row["start_percent"] for row in report["statements"] if "fluorouracil" in row["drugs"]}
    ugt1a1 = {row["start_percent"] for row in report["statements"] if "irinotecan" in row["drugs"]}
    assert {50} <= dpyd
    assert {70} <= ugt1a1
    groups = outline.drug_groups(report)
    assert not any({"fluorouracil", "irinotecan"} <= set(group.drugs) for group in groups)
    product = [f"{a * b / 100:g}%" for a in (50,) for b in (70,)]
    assert not any(number in printed(report) for number in product)


def test_drugs_that_share_a_statement_stand_together_and_those_of_rectal_cancer_first() -> None:
    groups = outline.drug_groups(germline_report())
    assert [group.drugs for group in groups] == [
        ("fluorouracil", "capecitabine"),
        ("irinotecan",),
        ("liposomal_irinotecan",),
    ]
    assert [len(group.rows) for group in groups] == [2, 1, 1]


@pytest.mark.parametrize(
    ("percent", "word", "text"),
    [
        (0, "avoid", "no dose"),
        (50, "start lower", "50% of the usual starting dose"),
        (100, "no change", "100% of the usual starting dose"),
        (None, "says", "no share of the dose named"),
    ],
)
def test_a_dose_is_told_by_a_word_and_a_number(percent: float | None, word: str, text: str) -> None:
    row = statement("x", "CPIC", ["irinotecan"], percent)
    assert (outline.dose_mark(row).word, outline.dose_text(row)) == (word, text)


def test_a_gene_without_a_result_is_said_not_to_be_normal_and_says_why() -> None:
    text = flat(printed(germline_report()))
    assert "UGT1A1: this is not a normal result. Reason of UGT1A1." in text
    assert "no call: 1 position that a normal result needs (*36 or *28 or *37)" in text
    assert "a gap is never read as reference" in text


def test_a_score_that_can_only_be_lower_is_told_as_a_limit() -> None:
    text = flat(printed(germline_report()))
    assert "activity score at most 1" in text
    assert "best 1, worst 0" in text


def test_the_questions_about_the_sample_and_the_toxicity_card_are_there() -> None:
    for told in (flat(printed(real_report())), flat(" ".join(Page(germline_html(real_report())).words))):
        for piece in ("transplant", "transfus", "Uridine triacetate", "toxicity card"):
            assert piece in told, piece


def test_uridine_triacetate_is_a_pointer_and_no_dose() -> None:
    assert not re.search(r"\b10 g\b|every 6 h", printed(real_report()))


def test_every_position_is_drawn_and_every_state_has_its_own_shape() -> None:
    rows = outline.positions_of(real_report(), "DPYD")
    drawn = str(figure.gene_figure("DPYD", rows))
    needed = [row for row in rows if row["needed"]]
    assert len(needed) == 27
    for row in rows:
        assert row["rsid"] in drawn
    assert drawn.count('class="slot-name') == len(
        {row["rsid"] for row in rows if row["needed"] or row["state"] == "variant"}
    )
    assert 'role="img"' in drawn
    assert re.search(r'aria-label="DPYD: 27 of 27 positions assessed', drawn)
    assert "Found: c.1905+1G&gt;A (*2A) rs3918290" in drawn
    signs = [str(figure.sign(state)) for state in outline.STATES]
    assert len({re.sub(r'class="[^"]*"', "", sign) for sign in signs}) == len(signs)


def test_every_position_of_a_figure_stands_in_the_table_below_it() -> None:
    said = flat(" ".join(Page(germline_html(real_report())).words))
    for row in real_report()["positions"]:
        assert f"chr{row['chromosome']}:{row['place']}" in said


def test_slots_of_a_figure_never_lie_on_each_other() -> None:
    rows = outline.positions_of(real_report(), "DPYD")
    places = [
        float(x)
        for x in re.findall(r'class="at-\w+" transform="translate\(([\d.]+) ', str(figure.gene_figure("DPYD", rows)))
    ]
    assert len(places) >= 27
    assert min(b - a for a, b in pairwise(places)) > 13
    assert places[0] > 6
    assert places[-1] < figure.WIDTH - 6


def test_a_gene_of_which_nothing_was_listed_has_no_figure() -> None:
    assert figure.gene_figure("DPYD", []) is None


def test_one_position_alone_can_be_drawn() -> None:
    assert "rs1" in str(figure.gene_figure("X", [position("X", "rs1", 5, "c.1A>G")]))


def test_positions_that_were_not_assessed_are_grouped_by_reason_needed_ones_first() -> None:
    rows = [
        position("X", "rs1", 1, "a", state="not_assessed", reason="no call", needed=False, found=[]),
        position("X", "rs2", 2, "b", state="not_assessed", reason="DP 2 below 10", found=[]),
        position("X", "rs3", 3, "c", state="not_assessed", reason="no call", needed=False, found=[]),
    ]
    assert [outline.gap_text(gap) for gap in outline.gaps(rows)] == [
        "DP 2 below 10: 1 position that a normal result needs (b)",
        "no call: 2 other positions",
    ]


def test_a_report_with_nothing_against_a_usual_dose_says_that_this_is_no_clearance() -> None:
    report = {**germline_report(), "alerts": [], "held": []}
    report["genes"] = [{**gene, "activity_score": 2, "status": "called"} for gene in report["genes"]]
    assert "That is no clearance" in flat(printed(report))
    assert "That is no clearance" in germline_html(report)


def test_evidence_without_a_title_still_has_a_name() -> None:
    report = {**germline_report()}
    report["not_actionable"] = [{"gene": "X", "text": "X.", "evidence": [{**EVIDENCE, "title": "", "citation": ""}]}]
    assert "body-x" in germline_html(report)


def test_a_bold_label_fits_below_its_slot() -> None:
    rows = [dict(row) for row in outline.positions_of(real_report(), "DPYD")]
    found = next(row for row in rows if row["rsid"] == "rs67376798")
    found.update(state="variant", found=["", "c.2846A>T"], found_function="decreased")
    drawn = str(figure.gene_figure("DPYD", rows))
    height = float(re.search(r'viewBox="0 0 760 (\d+)"', drawn)[1])  # type: ignore[index]
    assert height - (figure.SLOTS + 18) > len("c.2846A>T") * 7


def test_the_first_lines_name_the_result_and_how_it_is_known() -> None:
    text = flat(printed(germline_report()))
    first = text[: text.index("Fluorouracil and capecitabine")]
    assert "DPYD: activity score at most 1, intermediate metabolizer ▲ at most this" in first
