"""Regimens side by side: rates stay with their trial, same words are aligned, what was not reported is never zero."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal
from io import StringIO
from itertools import combinations

import pytest
from rich.console import Console

from chemoplan.dosing.compare import CompareRefused, compare
from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.references_regimens import dosing_problems
from chemoplan.report.compare_html import compare_html
from chemoplan.report.icon_array import affected, of_hundred
from chemoplan.report.schema import check_result
from chemoplan.report.terminal.compare import print_comparison

KNOWLEDGE = load_knowledge()
HELD = KNOWLEDGE.dosing
WITH_RATES = list(dict.fromkeys(rate.regimen for rate in HELD.toxicity_rates.values() if rate.regimen))


def compared(*names, event=None, knowledge=KNOWLEDGE):
    return compare([knowledge.dosing.regimens[name] for name in names], knowledge, event)


def event_of(result, name):
    return next(item for item in result["events"] if item["id"] == f"event-{name}")


# trial and event in which it holds both, its rates as printed, whether by chance
TOGETHER = [
    (("folfox4", "capox"), "neutropenia", "NO16966", {"folfox4": "44", "capox": "7"}, True),
    (("folfox4", "capox"), "febrile-neutropenia", "NO16966", {"folfox4": "5", "capox": "<1"}, True),
    (("folfoxiri-bevacizumab", "folfiri-bevacizumab"), "diarrhea", "TRIBE",
     {"folfoxiri-bevacizumab": "18.8", "folfiri-bevacizumab": "10.6"}, True),
    (("trifluridine-tipiracil", "trifluridine-tipiracil-bevacizumab"), "any", "SUNLIGHT",
     {"trifluridine-tipiracil": "69.5", "trifluridine-tipiracil-bevacizumab": "72.4"}, True),
]  # fmt: skip


@pytest.mark.parametrize(("names", "event", "trial", "rates", "randomized"), TOGETHER)
def test_what_one_trial_says_of_both_comes_first_and_says_whether_by_chance(names, event, trial, rates, randomized):
    for order in (names, names[::-1]):
        found = event_of(compared(*order), event)
        assert [row["trial"] for row in found["rows"][:2]] == [trial, trial]
        assert {row["regimen"]: row["percent"] for row in found["rows"][:2]} == rates
        assert [row["regimen"] for row in found["rows"][:2]] == list(order)
        pair = found["comparisons"][0]
        assert (pair["trial"], pair["randomized"]) == (trial, randomized)
        assert pair["design_status"] in ("verified", "partly", "unverified")


def test_events_that_one_trial_holds_for_both_come_before_the_others():
    found = compared("folfox4", "capox")["events"]
    together = [bool(item["comparisons"]) for item in found]
    assert together == sorted(together, reverse=True)
    assert any(together)
    assert not all(together)


def test_a_meta_analysis_is_no_trial_that_holds_both():
    found = event_of(compared("trifluridine-tipiracil", "trifluridine-tipiracil-bevacizumab"), "neutropenia")
    pooled = [row for row in found["rows"] if row["trial"] == "meta-analysis"]
    assert {row["regimen"] for row in pooled} == {"trifluridine-tipiracil", "trifluridine-tipiracil-bevacizumab"}
    assert not any(row["same_trial"] for row in pooled)
    assert [pair["trial"] for pair in found["comparisons"]] == ["SUNLIGHT"]


def test_nothing_is_called_randomized_that_the_knowledge_does_not_call_so():
    studies = HELD.toxicity_studies
    doubtful = {
        name: replace(item, randomized=False) if item.trial == "NO16966" else item for name, item in studies.items()
    }
    without = {name: item for name, item in studies.items() if item.trial != "NO16966"}
    for shelf, expected in ((doubtful, False), (without, None)):
        knowledge = replace(KNOWLEDGE, _dosing=replace(HELD, toxicity_studies=shelf))
        found = compared("folfox4", "capox", knowledge=knowledge)
        assert {pair["randomized"] for item in found["events"] for pair in item["comparisons"]} == {expected}
        assert not any("is a randomized comparison" in text for text in found["statements"])
        assert check_result("compare", found) == []


@pytest.mark.parametrize(
    ("event", "words"),
    [
        ("neuropathy", {"neurosensory", "neuropathy (G3)"}),
        ("any", {"any G3-4"}),
        ("hand-foot", {"hand-foot (G3)"}),
    ],
)
def test_events_are_aligned_by_what_their_words_mean_and_the_words_are_kept(event, words):
    assert {row["reported_as"] for row in event_of(compared("folfox4", "capox"), event)["rows"]} == words


@pytest.mark.parametrize(
    ("narrow", "wide"),
    [
        ("high-risk FN", "febrile neutropenia"), ("neuropathy at 1 y (G3)", "neuropathy (G3)"), ("serious AE", "any"),
        ("neutropenic fever/infection", "febrile neutropenia"), ("nausea/vomiting", "vomiting"), ("acneiform", "skin"),
        ("biliary sclerosis (stent)", "biliary sclerosis"), ("treatment-related", "any"), ("any during preop", "any"),
    ],
)  # fmt: skip
def test_words_that_mean_more_or_less_are_not_aligned(narrow, wide):
    by_word = {word: item.id for item in HELD.event_names.values() for word in item.words}
    assert by_word[narrow] != by_word[wide]


@pytest.mark.parametrize(("one", "other"), list(combinations(WITH_RATES, 2)))
def test_every_rate_is_told_once_as_it_is_held_and_every_gap_is_named(one, other):
    result = compared(one, other)
    assert check_result("compare", result) == []
    rows = [row for item in result["events"] for row in item["rows"]]
    held = [rate for rate in HELD.toxicity_rates.values() if rate.regimen in (one, other)]
    assert sorted(row["id"] for row in rows) == sorted(rate.id for rate in held)
    for row in rows:
        rate = HELD.toxicity_rates[row["id"]]
        told = (row["trial"], row["n"], row["percent"], row["grade"], row["grading"], row["status"], row["source"])
        assert told == (rate.trial, rate.n, rate.percent, rate.grade, rate.grading, rate.status, rate.source)
    gaps = {(gap["regimen"], gap["event"]) for gap in result["not_reported"]}
    for item in result["events"]:
        for name in (one, other):
            assert ((name, item["event"]) in gaps) != any(row["regimen"] == name for row in item["rows"])
    for trial in {row["trial"] for row in rows if row["same_trial"]}:
        assert {row["regimen"] for row in rows if row["trial"] == trial} == {one, other}


def test_a_regimen_without_rates_is_told_so_and_is_never_zero():
    result = compared("mfolfox6", "capox")
    mine = result["regimens"][0]
    assert mine["rates"] == 0
    assert mine["related"] == ["folfox4"]
    assert all("mfolfox6" in item["not_reported"] for item in result["events"])
    assert any("No rate of mfolfox6 was read; that is no rate of zero" in text for text in result["statements"])
    assert not any(row["regimen"] == "mfolfox6" for item in result["events"] for row in item["rows"])


def test_statements_count_what_is_not_recorded_and_what_was_not_read():
    result = compared("folfiri", "folfox4")
    rows = [row for item in result["events"] for row in item["rows"]]
    blank = sum(row["grading"] == "not recorded" for row in rows)
    unread = sum(row["status"] != "verified" for row in rows)
    assert 0 < blank < len(rows)
    assert any(f"not recorded for {blank} of {len(rows)}" in text for text in result["statements"])
    assert any(text.startswith(f"{unread} of {len(rows)} rates were not read") for text in result["statements"])
    assert any("No trial that was read holds two" in text for text in result["statements"])


def test_other_arms_of_the_same_trial_are_shown_apart():
    found = event_of(compared("pembrolizumab", "nivolumab-ipilimumab"), "treatment-related")
    assert {(row["trial"], row["arm"], row["percent"]) for row in found["other_arms"]} == {
        ("KEYNOTE-177", "chemo", "66"),
        ("CheckMate 8HW", "chemo", "48"),
    }
    assert all(row["regimen"] is None for row in found["other_arms"])


@pytest.mark.parametrize(
    ("text", "events"),
    [
        ("Neutropenia", {"neutropenia", "febrile-neutropenia", "high-risk-febrile-neutropenia", "neutropenic-fever-or-infection"}),
        ("neurosensory", {"neuropathy"}),
        ("mucositis", {"stomatitis"}),
        ("  diarrhea ", {"diarrhea"}),
    ],
)  # fmt: skip
def test_an_event_is_found_by_its_title_or_by_the_words_of_a_trial(text, events):
    found = compared("folfox4", "capox", event=text)
    assert {item["id"].removeprefix("event-") for item in found["events"]} == events


def test_an_event_that_nobody_reported_is_told_and_not_left_out():
    found = compared("regorafenib", "fruquintinib", event="febrile neutropenia")
    assert event_of(found, "febrile-neutropenia")["rows"] == []
    assert event_of(found, "febrile-neutropenia")["not_reported"] == ["regorafenib", "fruquintinib"]


@pytest.mark.parametrize(
    ("names", "event", "removed"),
    [
        (("fruquintinib", "folfiri-ziv-aflibercept"), "proteinuria",
         {"term": "Proteinuria", "version": "6", "replaced_by": "Urinary protein increased"}),
        (("sotorasib-panitumumab", "fruquintinib"), "acneiform-rash",
         {"term": "Rash acneiform", "version": "6", "replaced_by": None}),
        (("sotorasib-panitumumab", "fruquintinib"), "rash", None),
    ],
)  # fmt: skip
def test_a_term_that_version_6_removed_is_named(names, event, removed):
    assert event_of(compared(*names), event)["removed"] == removed


@pytest.mark.parametrize(
    ("names", "event", "why"),
    [
        (("capox",), None, "two regimens or more"),
        (("capox", "folfox4", "capox"), None, "capox is given twice"),
        (("capox", "folfox4"), "hiccups", "'hiccups'"),
        (("capox", "folfox4"), "  ", "expected a part of one of"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_what_would_be_right(names, event, why):
    with pytest.raises(CompareRefused, match=re.escape(why)):
        compared(*names, event=event)


def test_every_trial_with_rates_has_a_study_and_every_word_has_an_event():
    assert {rate.trial for rate in HELD.toxicity_rates.values()} == {
        item.trial for item in HELD.toxicity_studies.values()
    }
    some = next(iter(HELD.toxicity_rates.values()))
    knowledge = replace(
        KNOWLEDGE, _dosing=replace(HELD, toxicity_rates={some.id: replace(some, event="a word nobody knows")})
    )
    assert any("a word nobody knows" in problem for _, _, problem in dosing_problems(knowledge))


@pytest.mark.parametrize(
    ("percent", "number", "filled", "text"),
    [
        ("44", 44, 44, "44 of 100"), ("41.1", 41.1, 41, "about 41 of 100"), ("16.5", 16.5, 17, "about 17 of 100"),
        ("0.4", 0.4, 0, "fewer than 1 of 100"), ("<1", None, 0, "fewer than 1 of 100"),
        ("0", 0, 0, "0 of 100"), ("100", 100, 100, "100 of 100"),
    ],
)  # fmt: skip
def test_a_rate_fills_the_nearest_whole_person_of_a_hundred(percent, number, filled, text):
    row = {"percent": percent, "number": number}
    assert affected(row) == filled
    assert of_hundred(row) == text


def test_the_page_draws_a_hundred_figures_for_each_rate_with_its_words_and_no_script():
    result = compared("folfox4", "capox", "mfolfox6")
    page = compare_html(result)
    rows = [row for item in result["events"] for row in item["rows"]]
    drawn = re.findall(r'<svg class="people".*?</svg>', page, re.S)
    assert len(drawn) == len(rows)
    assert all(
        svg.count("M") == 100
        for svg in (re.sub(r"<title>.*?</title>|aria-label=\"[^\"]*\"", "", item) for item in drawn)
    )
    for row in rows:
        assert any(row["trial"] in item and f"{row['percent'].replace('<', '&lt;')}%" in item for item in drawn)
    filled = [len(re.findall("M", hit)) for hit in re.findall(r'class="hit" d="([^"]*)"', page)]
    assert sorted(filled) == sorted(affected(row) for row in rows if affected(row))
    assert "<script" not in page
    assert page.count("not reported in what was read") == len(result["not_reported"])


def test_the_text_tells_trial_people_grading_and_gaps():
    console = Console(record=True, width=140, file=StringIO())
    print_comparison(compared("folfox4", "capox", "mfolfox6", event="febrile"), console)
    text = console.export_text()
    for piece in (
        "<1%",
        "of 655",
        "NO16966, CAPOX",
        "grading not recorded",
        "not reported in what was read",
        "moderate (UNVERIFIED)",
        "21 days",
    ):
        assert piece in text


def test_numbers_stay_decimals_in_the_knowledge():
    assert all(rate.number is None or isinstance(rate.number, Decimal) for rate in HELD.toxicity_rates.values())
