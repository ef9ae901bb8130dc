"""The terminal report: what is missing first, every option with its sources, nothing from outside taken as markup."""

from __future__ import annotations

import copy
import io
import re

import pytest
from rich.console import Console

from chemoplan.plan.ask import AskResult
from chemoplan.plan.check import Check
from chemoplan.report.outline import cited, evidence_lines
from chemoplan.report.terminal.facts import origin_text
from chemoplan.report.text import print_ask, print_audit, print_checks, print_facts, print_item, print_plan, print_table
from chemoplan.report.words import components_text, printable, value_text
from tests.spec.report_plans import audits, plans, poisoned


def printed(printer, data, width=100, **more):
    stream = io.StringIO()
    printer(data, Console(file=stream, width=width, highlight=False), **more)
    return stream.getvalue()


def flat(text):
    return re.sub(r"\s+", "", text)


@pytest.mark.parametrize("detail", ["brief", "full"])
@pytest.mark.parametrize("name", plans())
def test_no_plan_is_printed_without_the_notice_and_the_intended_use(name, detail):
    text = " ".join(printed(print_plan, plans()[name], detail=detail).split())
    assert "Decision support, not signed off" in text
    assert "not a medical device" in text


@pytest.mark.parametrize("name", plans())
def test_a_full_report_leaves_out_no_option_reason_source_or_fact(name):
    plan = plans()[name]
    text = flat(printed(print_plan, plan))
    for option in [*plan["options"], *plan["excluded"]]:
        assert flat(f"{option['title']} ({option['id']})") in text
        for line in option["evidence"]:
            assert flat(line["title"]) in text
        for trace in option["because"]:
            assert flat(trace["title"]) in text
    for row in plan["facts"]:
        assert row["name"] in text
    for row in plan["missing"]:
        assert flat(row["question"]) in text
    for item in plan["conflicts"]:
        assert flat(item["topic"]) in text


def test_missing_facts_come_before_the_options():
    text = printed(print_plan, plans()["example-05"], detail="brief")
    assert text.index("Missing facts") < text.index("What to find out") < text.index("Treatment  ")


@pytest.mark.parametrize("detail", ["brief", "full"])
def test_every_option_shows_source_date_status_and_review(detail):
    plan = copy.deepcopy(plans()["example-05"])
    plan["options"] = plan["options"][:1]
    plan["options"][0]["evidence"] = [
        {
            **plan["options"][0]["evidence"][0],
            "source": "book",
            "title": "book",
            "date": "1999-04-05",
            "status": "unverified",
        }
    ]
    text = printed(print_plan, plan, detail=detail)
    option = text[text.index(plan["options"][0]["id"]) :]
    assert re.search(r"book.*1999-04-05", option)
    assert "○ UNVERIFIED" in option
    assert "2027-11-23" in option


def test_an_unverified_statement_does_not_hide_behind_a_verified_one_of_the_same_source():
    line = plans()["example-05"]["options"][0]["evidence"][0]
    row = {"evidence": [{**line, "says": "a", "status": "verified"}, {**line, "says": "b", "status": "unverified"}]}
    assert [found["status"] for found in cited(row)] == ["verified", "unverified"]
    assert len(evidence_lines({"evidence": [line, {**line, "entry": "another"}]})) == 1


def test_an_option_without_a_source_says_so():
    plan = copy.deepcopy(plans()["example-05"])
    plan["options"][0]["evidence"] = []
    assert "no source given" in printed(print_plan, plan, detail="brief")


def test_an_entry_past_its_review_date_is_marked():
    plan = copy.deepcopy(plans()["example-05"])
    assert "past review" not in printed(print_plan, plan)
    plan["options"][0]["because"][0]["review"]["overdue"] = True
    assert "past review" in printed(print_plan, plan)


def test_every_line_of_evidence_of_such_an_entry_is_marked_and_no_other():
    old, other = (
        {"source": name, "locator": "", "says": "", "strength": "", "status": "verified", "date": "2025", "entry": name}
        for name in ("old", "other")
    )
    row = {
        "evidence": [old, other],
        "because": [{"entry": "old", "review": {"overdue": True}}, {"entry": "other", "review": {"overdue": False}}],
    }
    assert [(line["source"], line["past_review"]) for line in evidence_lines(row)] == [("old", True), ("other", False)]
    assert [line["past_review"] for line in cited(row)] == [True, False]


def test_brief_is_short_for_a_vague_case_and_says_what_it_leaves_out():
    brief, full = (printed(print_plan, plans()["vague"], detail=detail) for detail in ("brief", "full"))
    assert len(brief.splitlines()) < len(full.splitlines()) / 5
    assert re.search(r"and \d+ more questions", brief)
    assert re.search(r"and \d+ more conditional options", brief)


def test_a_statement_in_words_is_shown():
    plan = {**plans()["example-05"], "statements": [{"id": "x", "text": "Nothing is left.", "ask": "Ask a board."}]}
    text = printed(print_plan, plan, detail="brief")
    assert "Nothing is left." in text
    assert "Ask a board." in text


@pytest.mark.parametrize("width", [40, 80, 140])
def test_no_line_is_wider_than_the_terminal(width):
    text = printed(print_plan, plans()["example-03"], width=width)
    assert max(map(len, text.splitlines())) <= min(width, 120)


@pytest.mark.parametrize(
    ("printer", "data"), [(print_plan, plans()["example-03"]), (print_audit, audits()["example-03"])]
)
def test_hostile_text_is_printed_and_drives_nothing(printer, data):
    text = printed(printer, poisoned(data), width=120)
    assert "[red]" in text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202e]", text)


@pytest.mark.parametrize("name", audits())
def test_an_audit_shows_every_finding_and_what_is_listed_instead(name):
    result = audits()[name]
    text = flat(printed(print_audit, result))
    assert flat(f"Verdict: {result['verdict']}") in text
    for finding in result["findings"]:
        assert flat(f"{finding['title']} ({finding['id']})") in text
    for option in result["instead"]:
        assert flat(option["id"]) in text


def test_an_audit_without_findings_is_no_proof_and_says_so():
    result = {**audits()["example-03"], "findings": [], "verdict": "nothing found against it"}
    assert "no proof that it is right" in " ".join(printed(print_audit, result).split())


def test_facts_show_sources_what_was_not_read_and_what_was_kept():
    facts = plans()["example-05"]["facts"]
    result = {"case": "c", "decided_on": None, "facts": facts, "missing": plans()["example-05"]["missing"], "unread": {"entry[2]": 1},
              "problems": [{"path": "entry[3]", "message": "no unit"}]}  # fmt: skip
    text = printed(print_facts, result)
    for words in ("referral letter", "entry[3]: no unit", "entry[2]", "no decision date"):
        assert words in text


@pytest.mark.parametrize("width", [60, 72, 80, 90, 100, 110, 120])
@pytest.mark.parametrize("name", plans())
def test_no_word_of_a_source_is_cropped_by_the_width(name, width):
    facts = plans()[name]["facts"]
    result = {"case": name, "decided_on": None, "facts": facts, "missing": [], "problems": []}
    words = printed(print_facts, result, width=width).split()
    for row in facts:
        if row["status"] != "unknown":
            assert [word for word in origin_text(row).split() if len(word) < 10 and word not in words] == []


@pytest.mark.parametrize(("row", "text"), [
    ({"value": None, "status": "unknown"}, "unknown"),
    ({"value": None, "status": "stale"}, "too old to count"),
    ({"value": True}, "yes"),
    ({"value": False}, "no"),
    ({"value": 0, "unit": "mm"}, "0 mm"),
    ({"value": 72, "unit": "a"}, "72 years"),
    ({"value": []}, "none"),
    ({"value": ["liver", "lung"]}, "liver, lung"),
    ({"value": {"at_least": ["liver"]}}, "at least liver"),
    ({"value": {"at_least": []}}, "not fully known"),
])  # fmt: skip
def test_a_value_is_written_for_a_reader(row, text):
    assert value_text(row) == text


def test_an_open_choice_between_components_is_written_with_or():
    assert components_text(["a", {"one_of": ["b", "c"]}]) == "a + (b or c)"
    assert components_text([{"one_of": ["b", "c"]}]) == "b or c"


def test_control_characters_become_visible():
    assert printable("a\x1b[31m\u202eb\n") == "a\ufffd[31m\ufffdb\n"


@pytest.mark.parametrize(
    ("status", "words"), [("never", "never"), ("witness", "yes, for this case"), ("undecided", "no answer")]
)
def test_an_answer_says_what_it_is_worth(status, words):
    witness = {"ras": "mutated"} if status == "witness" else None
    text = printed(print_ask, AskResult("offered(x)", status, witness))
    assert words in text
    assert ("ras: mutated" in text) == (status == "witness")


def test_a_failed_check_shows_its_witness_and_the_count():
    checks = [
        Check("one", "First", "invariant", True),
        Check("two", "Second", "invariant", False, {"cT": "T2"}, "holds for a case"),
    ]
    text = printed(print_checks, checks)
    assert "two" in text
    assert "cT: T2" in text
    assert "1 of 2 checks failed" in text
    assert "all 1 check hold" in printed(print_checks, checks[:1])


def test_tables_and_items_show_every_value():
    assert "second" in printed(print_table, [{"id": "a"}, {"id": "b", "title": "second"}])
    assert printed(print_table, []).strip() == "none"
    text = printed(print_item, {"id": "x", "what": "entry", "offers": [{"option": "tme", "rank": 1}], "empty": None})
    assert "option: tme" in text
    assert "empty" not in text
