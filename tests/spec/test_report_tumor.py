"""What a user sees of a tumor and of a study: nothing left out, nothing told by color alone, nothing that breaks the page."""

from __future__ import annotations

import io
import re
from functools import lru_cache
from html.parser import HTMLParser
from itertools import pairwise
from math import isclose
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from chemoplan.case.statement import Source
from chemoplan.cohort.study import by_patient, by_sample, columns, csv_of, fact_columns, frame_of, highest_tier, tell
from chemoplan.cohort.summary import alterations, summarize, wilson
from chemoplan.genomics.markers import genes_of_interest
from chemoplan.genomics.protein import parse_protein
from chemoplan.genomics.tumor import Assay, Result, Tumor, Variant
from chemoplan.intake.examples import example_paths
from chemoplan.intake.gene_panel import read_gene_panel
from chemoplan.intake.study import read_study
from chemoplan.intake.tumor_file import read_tumor
from chemoplan.knowledge import load_knowledge
from chemoplan.report import figures
from chemoplan.report.cohort_html import cohort_html
from chemoplan.report.json import to_json
from chemoplan.report.schema import check_result, load_schema
from chemoplan.report.text import print_cohort, print_tumor
from chemoplan.report.tumor_html import tumor_html
from tests.spec.report_plans import poisoned
from tests.spec.report_tumors import tumor_report
from tests.spec.test_report_json import keys, properties

EXAMPLES = example_paths()[0].parent
KNOWLEDGE = load_knowledge()
FACTS = fact_columns(KNOWLEDGE)
SOURCE = Source("sheet")


@lru_cache(maxsize=1)
def real_report() -> dict[str, Any]:
    """The report of the shipped example."""
    from dataclasses import replace

    from chemoplan.genomics.interpret import interpret

    read = read_tumor(EXAMPLES / "tumor.maf", genes=genes_of_interest(KNOWLEDGE))
    return interpret(replace(read, assays=(read_gene_panel(EXAMPLES / "genes.txt"),)), KNOWLEDGE)


@lru_cache(maxsize=1)
def study() -> tuple[Any, ...]:
    """The tumors of the shipped study with their reports."""
    return tuple(tell(read_study(EXAMPLES / "study", genes=genes_of_interest(KNOWLEDGE)).tumors, KNOWLEDGE))


def summary(by: str = "sample") -> dict[str, Any]:
    return summarize("study", study(), FACTS, KNOWLEDGE, by=by)


def printed(report: dict[str, Any], printer: Any = print_tumor, width: int = 100) -> str:
    console = Console(file=io.StringIO(), width=width, highlight=False)
    printer(report, console)
    return console.file.getvalue()  # type: ignore[attr-defined]


def flat(text: str) -> str:
    return " ".join(text.split())


class Page(HTMLParser):
    """Counts tags, keeps ids, links and the text, and fails on a tag that closes another one."""

    VOID = frozenset({"meta", "link", "br", "rect", "circle", "path", "img", "hr"})

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.links: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = dict(attrs)
        self.tags.append((tag, found))
        if found.get("id"):
            self.ids.append(str(found["id"]))
        if tag == "a":
            self.links.append(str(found.get("href")))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in self.VOID:
            assert self.open.pop() == tag, tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] != "style":
            self.words.append(data)


REPORTS = {"written by hand": tumor_report, "shipped example": real_report}


@pytest.mark.parametrize("name", REPORTS)
def test_every_tumor_fits_its_schema(name: str) -> None:
    assert check_result("tumor", REPORTS[name]()) == []


@pytest.mark.parametrize("by", ["sample", "patient"])
def test_every_summary_fits_its_schema(by: str) -> None:
    assert check_result("cohort", summary(by)) == []


def test_no_key_of_a_tumor_is_written_that_the_schema_does_not_describe() -> None:
    described = {path.rsplit(".", 1)[1] for path, _ in properties(load_schema("tumor"), "tumor")}
    assert keys(real_report()) - described == set()


def test_no_key_of_a_summary_is_written_that_the_schema_does_not_describe() -> None:
    described = {
        path.rsplit(".", 1)[1] for name in ("tumor", "cohort") for path, _ in properties(load_schema(name), name)
    }
    assert keys(summary()) - described - {fact.name for fact in FACTS} == set()


@pytest.mark.parametrize("name", REPORTS)
@pytest.mark.parametrize("width", [40, 80, 120])
def test_the_text_names_every_statement_with_its_therapy_label_sources_and_status(name: str, width: int) -> None:
    report = REPORTS[name]()
    text = printed(report, width=width)
    assert max(map(len, text.splitlines())) <= width
    squeezed = re.sub(r"\s", "", text)
    for row in report["assertions"]:
        for piece in (row["id"], row["title"], *(label["jurisdiction"] for label in row["label"]), row["reviewed"]):
            assert re.sub(r"\s", "", piece) in squeezed
        for line in row["evidence"]:
            assert re.sub(r"\s", "", line["title"]) in squeezed
            assert (line["date"] or "nodate") in squeezed


@pytest.mark.parametrize("name", REPORTS)
def test_what_would_harm_comes_before_what_may_work(name: str) -> None:
    text = printed(REPORTS[name]())
    assert text.index("What would harm or not work") < text.index("What may work") < text.index("Biomarkers")


def test_the_text_tells_what_was_not_tested_what_disagrees_and_what_does_not_apply() -> None:
    text = flat(printed(tumor_report()))
    for piece in (
        "Results disagree: Mismatch repair",
        "mantis: 0.59, read as deficient (sheet (row 3))",
        "KRAS p.G12C was found, which is not p.G12D",
        "? not tested NTRK fusion (ntrk_fusion)",
        "may benefit: larotrectinib",
        "loses works",
        "POLE p.R150* truncates the protein.",
        "KRAS codon 117, NRAS codon 61",
        "◧ depends on Extended RAS: wild type Is RAS mutated? not all codons were read (ras)",
        "Two findings that are rarely together. (rare-pair)",
        "sotorasib + (cetuximab or panitumumab)",
        "36 of 120 reads",
        "tumor.maf (line 2)",
    ):
        assert piece in text, piece


def test_a_statement_that_depends_on_something_stands_after_those_that_hold_and_says_so() -> None:
    text = printed(tumor_report())
    assert text.index("Title of works") < text.index("Title of waits")
    assert "2 statements, 1 depending on what is not known" in text
    assert "depends on what is not known" in " ".join(Page(tumor_html(tumor_report())).words)


def test_a_statement_that_only_may_hold_lends_no_tier_and_no_benefit() -> None:
    (item,) = told(tumor("S", "P", "BRAF p.V600E", panel=False))
    (row,) = by_sample([item], FACTS)
    waiting = [each for each in item.report["assertions"] if each["verdict"] == "conditional"]
    assert waiting
    assert set(row["conditional"].split(";")) == {each["id"] for each in waiting}
    assert not set(row["benefit"].split(";")) & {each["id"] for each in waiting}
    assert highest_tier(waiting) is None


def test_a_tumor_without_any_statement_says_that_this_proves_nothing() -> None:
    bare = {**tumor_report(), "assertions": [], "contradictions": [], "assays": []}
    for text in (printed(bare), tumor_html(bare)):
        assert "no proof that nothing does" in flat(text)
        assert "nothing may be called negative" in flat(text)


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_is_whole_its_links_lead_somewhere_and_it_has_no_script(name: str) -> None:
    found = Page(tumor_html(REPORTS[name]()))
    assert len(found.ids) == len(set(found.ids))
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    assert not any(tag == "script" or any(key.startswith("on") for key in attrs) for tag, attrs in found.tags)
    assert not any(str(attrs.get("href", "#"))[0] != "#" for tag, attrs in found.tags if tag == "a")


@pytest.mark.parametrize("name", REPORTS)
def test_the_page_says_what_the_text_says(name: str) -> None:
    report = REPORTS[name]()
    words = flat(" ".join(Page(tumor_html(report)).words))
    for row in (*report["assertions"], *report["does_not_apply"]):
        assert row["title"] in words
        assert row["id"] in words
    for row in (*report["biomarkers"], *report["not_tested"]):
        assert row["title"] in words
    for text in report["warnings"]:
        assert text in words


def test_hostile_text_stays_text_on_both_pages_and_in_the_terminal() -> None:
    report = poisoned(tumor_report())
    for name in ("effect", "state", "status"):
        assert name  # the words of the program itself are not poisoned below
    clean = tumor_report()
    for part in ("biomarkers", "assertions", "facts", "not_tested", "does_not_apply"):
        for row, good in zip(report[part], clean[part], strict=True):
            row.update({key: good[key] for key in ("effect", "state", "status") if key in good})
    for page in (tumor_html(report), cohort_html(poisoned_summary(), poisoned(alterations(study(), KNOWLEDGE)))):
        found = Page(page)
        assert not any(tag in ("script", "img") for tag, _ in found.tags)
        assert "\x1b" not in page
    text = printed(report)
    assert "\x1b[31m" not in text
    assert "\u202e" not in text


def poisoned_summary() -> dict[str, Any]:
    report = poisoned(summary())
    for row, good in zip(report["assertions"], summary()["assertions"], strict=True):
        row.update(effect=good["effect"], status=good["status"])
    return report


def test_every_change_is_drawn_with_its_own_shape_named_and_repeated_in_a_table() -> None:
    report = tumor_report()
    page = tumor_html(report)
    drawn = re.findall(r'<svg class="lollipops".*?</svg>', page, re.S)
    assert len(drawn) == 2
    for change, kind in (("p.P286R", "missense"), ("p.R150*", "truncating"), ("p.X264_splice", "splice site")):
        assert f"<title>{change} ({kind})</title>" in drawn[1]
        assert change in " ".join(Page(page).words)
    assert "<desc>" in drawn[0]
    signs = {kind: re.search(r' d="([^"]+)"', figures.mark(kind, 0, 0))[1] for kind in figures.KINDS}  # type: ignore[index]
    assert len(set(signs.values())) == len(figures.KINDS)


def test_labels_along_a_protein_never_lie_on_each_other() -> None:
    rows = [{"change": f"p.R{at}W", "gene": "TP53"} for at in (175, 176, 177, 179, 245, 248, 249, 273, 282)]
    drawn = str(figures.lollipops("TP53", rows))
    placed = [(float(x), text) for x, text in re.findall(r'class="change" x="([\d.]+)".*?>([^<]+)</text>', drawn)]
    assert len(placed) == len(rows)
    for (left, first), (right, second) in pairwise(placed):
        assert right - left >= figures.LETTER * (len(first) + len(second)) / 2
    assert min(x for x, _ in placed) > 0
    assert max(x for x, _ in placed) < figures.WIDTH


def test_a_crowd_of_changes_is_drawn_with_upright_labels() -> None:
    rows = [{"change": f"p.R{at}W", "gene": "TP53"} for at in range(100, 150)]
    drawn = str(figures.lollipops("TP53", rows))
    assert drawn.count("rotate(-90") == len(rows)


def test_a_change_beyond_the_drawn_length_or_without_a_place_is_left_to_the_table() -> None:
    assert figures.lollipops("KRAS", [{"change": "p.G500C", "gene": "KRAS"}]) is None
    assert figures.lollipops("KRAS", [{"change": None, "gene": "KRAS"}]) is None
    assert figures.lollipops("NOGENE", [{"change": "p.G12C", "gene": "NOGENE"}]) is None


def test_domains_lie_within_their_proteins() -> None:
    for gene, shape in figures.shapes()["genes"].items():
        for _, first, last in shape["domains"]:
            assert 1 <= first < last <= shape["length"], gene


@pytest.mark.parametrize(
    ("found", "of", "low", "high"),
    [
        (0, 10, 0.0, 0.2775),
        (10, 10, 0.7225, 1.0),
        (1, 1, 0.2065, 1.0),
        (5, 10, 0.2366, 0.7634),
        (71, 149, 0.3980, 0.5562),
    ],
)
def test_intervals_are_those_of_wilson(found: int, of: int, low: float, high: float) -> None:
    assert wilson(found, of) == pytest.approx((low, high), abs=1e-4)


# Tables and summaries


def tumor(sample: str, patient: str, *changes: str, panel: bool = True, **more: Any) -> Tumor:
    variants = tuple(
        Variant(gene, parse_protein(change), "altering", SOURCE, change)
        for gene, _, change in (c.partition(" ") for c in changes)
    )
    assays = (Assay("panel", SOURCE, frozenset({"KRAS", "NRAS", "BRAF"})),) if panel else ()
    return Tumor(sample, patient, "GRCh37", variants, len(changes), len(changes), assays=assays, **more)


def told(*tumors: Tumor) -> list[Any]:
    return list(tell(tumors, KNOWLEDGE))


def frequency(items: list[Any], fact: str) -> dict[str, Any]:
    rows = summarize("s", items, FACTS, KNOWLEDGE)["biomarkers"]
    return next(row for row in rows if row["fact"] == fact)


def test_what_is_not_known_is_an_empty_cell_never_a_negative() -> None:
    (row,) = by_sample(told(tumor("S", "P", panel=False)), FACTS)
    assert {row[fact.name] for fact in FACTS} == {None}
    assert csv_of([row], FACTS).splitlines()[1].startswith("S,P,,,")


def test_a_person_is_positive_in_any_tumor_and_negative_only_in_all() -> None:
    items = told(
        tumor("A1", "A", "KRAS p.G12C"),
        tumor("A2", "A"),
        tumor("B1", "B"),
        tumor("B2", "B", panel=False),
        tumor("C1", "C"),
        tumor("C2", "C"),
    )
    a, b, c = by_patient(items, FACTS, KNOWLEDGE)
    assert (a["sample"], a["ras"], a["kras_g12c"], a["kras_variants"]) == ("A1;A2", "mutated", "detected", "p.G12C")
    assert (b["ras"], b["kras_g12c"]) == (None, None)
    assert (c["ras"], c["kras_g12c"]) == ("wild_type", "not_detected")
    assert list(a) == columns(FACTS)


def test_numbers_that_differ_between_tumors_of_a_person_are_left_empty_and_told() -> None:
    first, second = (
        tumor(name, "P", results=(Result("tmb", value, SOURCE),)) for name, value in (("1", 4.0), ("2", 9.0))
    )
    (row,) = by_patient(told(first, second), FACTS, KNOWLEDGE)
    assert row["tmb"] is None
    assert "tmb differs: 4, 9" in row["warnings"]


def test_a_tumor_without_a_person_stands_for_one_of_its_own() -> None:
    assert len(by_patient(told(tumor("A", ""), tumor("B", "")), FACTS, KNOWLEDGE)) == 2


def test_a_sample_without_calls_has_no_row() -> None:
    assert told(Tumor("S", "P")) == []


def test_the_frame_is_typed_and_empty_cells_are_null() -> None:
    rows = by_sample(told(tumor("S", "P", "KRAS p.G12C", results=(Result("tmb", 4.0, SOURCE),))), FACTS)
    frame = frame_of(rows, FACTS)
    assert (str(frame["tmb"].dtype), str(frame["calls"].dtype), str(frame["ras"].dtype)) == (
        "Float64",
        "Int64",
        "String",
    )
    assert frame["her2"].null_count() == 1
    assert frame.columns == csv_of(rows, FACTS).splitlines()[0].split(",")


def test_a_share_counts_only_people_whose_test_could_show_either_result() -> None:
    assayed = [tumor(f"T{at}", f"T{at}") for at in range(8)] + [
        tumor("P1", "P1", "KRAS p.G12D"),
        tumor("P2", "P2", "KRAS p.G12D"),
    ]
    unknown = [tumor(f"U{at}", f"U{at}", "KRAS p.G12D", panel=False) for at in range(30)]
    row = frequency(told(*assayed, *unknown), "ras")
    (line,) = row["values"]
    assert (line["patients"], row["assayed"], row["of"]) == (32, 10, 40)
    assert isclose(line["share"], 0.2)


def test_without_anybody_known_to_be_tested_no_share_is_given() -> None:
    row = frequency(told(tumor("A", "A", "KRAS p.G12D", panel=False), tumor("B", "B", panel=False)), "ras")
    assert (row["values"][0]["patients"], row["values"][0]["share"]) == (1, None)
    text = flat(
        printed(summarize("s", told(tumor("A", "A", "KRAS p.G12D", panel=False)), FACTS, KNOWLEDGE), print_cohort)
    )
    assert "Extended RAS (KRAS and NRAS): mutated 1 of 1; not found cannot be said" in text


def test_people_are_counted_once_however_many_tumors_they_have() -> None:
    row = frequency(told(tumor("A1", "A", "KRAS p.G12D"), tumor("A2", "A", "KRAS p.G12D"), tumor("B", "B")), "ras")
    assert (row["of"], row["assayed"], row["values"][0]["patients"]) == (2, 2, 1)


def test_tiers_add_up_to_all_people() -> None:
    found = summary()
    assert sum(row["patients"] for row in found["tiers"]) == found["patients"] == 11
    assert isclose(sum(row["share"] for row in found["tiers"]), 1)


def test_an_empty_study_has_a_summary_and_a_page() -> None:
    found = summarize("nothing", [], FACTS, KNOWLEDGE)
    assert check_result("cohort", found) == []
    Page(cohort_html(found, []))
    assert "0 sequenced tumors of 0 people" in flat(printed(found, print_cohort))


def test_the_page_of_a_study_is_whole_and_its_oncoprint_has_a_table() -> None:
    page = cohort_html(summary(), alterations(study(), KNOWLEDGE))
    found = Page(page)
    assert len(found.ids) == len(set(found.ids))
    assert {link[1:] for link in found.links if link.startswith("#")} <= set(found.ids)
    (drawn,) = re.findall(r'<svg class="oncoprint".*?</svg>', page, re.S)
    assert "<title>INV-01-T: KRAS p.G12C</title>" in drawn
    assert "<title>INV-04-T: NTRK1 fusion</title>" in drawn
    assert "KRAS 42 % (5 of 12) TP53 ≥ 42 % (5 of 12)" in flat(" ".join(found.words))


def test_tumors_of_an_oncoprint_with_the_first_gene_altered_stand_first() -> None:
    found = [
        figures.Column("a", {"B": [("missense", "x")]}),
        figures.Column("b", {}),
        figures.Column("c", {"A": [("missense", "y")]}),
    ]
    drawn = str(figures.oncoprint(["A", "B"], found, {}))
    assert drawn.index("c: A y") < drawn.index("a: B x")
    first, second = (
        float(re.search(f'{name}</title><rect[^>]* x="([\\d.]+)"', drawn)[1]) for name in ("c: A y", "a: B x")
    )  # type: ignore[index]
    assert first < second


def test_the_same_study_gives_the_same_bytes() -> None:
    assert to_json(summary()) == to_json(summary())
    assert Path(EXAMPLES / "study").is_dir()
