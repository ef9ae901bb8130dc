"""Structure of an eligibility text: sections, nesting, strata, run-on numbering, alternatives, notes; nothing is lost."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chemoplan.trials.alternatives import atoms_shown
from chemoplan.trials.split import split
from tests.spec.trial_texts import reading

TEXT = """Inclusion Criteria:

* At least 18 years old
* Laboratory values within 14 days of randomization, as follows:

  * Platelets at least 100,000/mcL
* One of the following:

  * Tumor within 12 cm of the anal verge
  * Tumor below the peritoneal reflection
* Must not have any of the following:

  * Known HIV

Exclusion Criteria:

* Cohort B only: Prior pelvic radiation
* RECTAL CANCER: Prior chemotherapy
* The following are allowed:

  * Treated skin cancer
* NOTE: a temporary stoma does not matter
"""


def lines_of(text: str) -> dict[int, tuple[str | None, str, str]]:
    found = split("NCT99000001", text)
    return {
        at + 1: (found.sections[at], found.kinds[at], found.scopes[at])
        for at in range(len(found.texts))
        if found.texts[at].strip()
    }


def test_each_line_has_its_section_and_kind() -> None:
    found = lines_of(TEXT)
    assert found[1] == ("inclusion", "heading", "all")
    assert found[3][0] == "inclusion"
    assert found[15] == ("exclusion", "heading", "all")
    assert found[17] == ("exclusion", "to be judged", "cohort=B")
    assert found[18] == ("exclusion", "to be judged", "site=rectum")
    assert found[22][1] == "note"


def test_what_a_line_above_says_reaches_the_lines_below() -> None:
    segments = {segment.line: segment for segment in split("NCT99000001", TEXT).segments}
    assert str(segments[6].window) == "within 14 d before randomization"
    assert (segments[9].joined, segments[9].branch, segments[10].branch) == ("any", "7/9", "7/10")
    assert segments[13].effect == "exclude"
    assert segments[21].effect == "allow"
    assert segments[17].effect == "exclude"


@pytest.mark.parametrize(
    ("heading", "section", "scope"),
    [
        ("INCLUSION CRITERIA:", "inclusion", "all"),
        ("Key exclusion criteria", "exclusion", "all"),
        ("Exclusion:", "exclusion", "all"),
        ("Additional inclusion criteria for participants of Part A1:", "inclusion", "part=A1"),
        ("Exclusion criteria for the HER2 cohort", "exclusion", "cohort=HER2"),
        ("People who meet any of the following will be excluded from the study:", "exclusion", "all"),
        ("Subjects must meet all the following criteria:", "inclusion", "all"),
    ],
)
def test_a_heading_opens_its_section(heading: str, section: str, scope: str) -> None:
    found = split("NCT99000001", f"{heading}\n\n* A line")
    assert (found.kinds[0], found.sections[2], found.scopes[2]) == ("heading", section, scope)


@pytest.mark.parametrize(
    "line",
    [
        "Other inclusion/exclusion criteria may apply",
        "The main inclusion criteria include but are not limited to the following:",
    ],
)
def test_a_line_that_says_criteria_are_missing_is_no_heading(line: str) -> None:
    found = reading(f"Inclusion Criteria:\n\n{line}\n\n* At least 18 years old")
    assert [(atom.effect, atom.atom) for atom in found.atoms if atom.line == 3] == [
        ("define", "criteria_list == incomplete")
    ]


def test_numbering_that_runs_on_in_one_paragraph_is_several_criteria() -> None:
    text = "Inclusion Criteria: \n1. Rectal cancer 2. Signed consent 3. Negative pregnancy test 4. ECOG 0 or 1"
    pieces = [segment.text.strip() for segment in split("NCT99000001", text).segments]
    assert pieces == ["Rectal cancer", "Signed consent", "Negative pregnancy test", "ECOG 0 or 1"]


def test_numbers_inside_a_sentence_do_not_split_it() -> None:
    text = "Inclusion Criteria:\n* Platelets of at least 75. Bilirubin of 1.5 mg/dL on day 2. Repeated once"
    assert len(split("NCT99000001", text).segments) == 1


@pytest.mark.parametrize(
    ("line", "scope"),
    [
        ("Cohort A: prior FOLFOX", "cohort=A"),
        ("Part 2 only: not treated before", "part=2"),
        ("For the CRC cohort, confirmed disease", "cohort=CRC"),
        ("[CRC Expansion Cohort] prior therapy", "cohort=CRC"),
        ("GYNECOLOGIC CANCER: prior chemotherapy", "site=cervix"),
        ("HIGH-RISK STRATUM: anal lesion", "group=high-risk_stratum"),
        ("For Module 2 only, an organ transplant", "module=2"),
        ("Part 2A1: lung cancer", "part=2A1"),
        ("Participants in Part A (dose escalation) and Part B (dose optimization) must be treated", "part=A,B"),
        ("Cohort A, Cohort B and Cohort C: prior FOLFOX", "cohort=A,B,C"),
        ("Phase 1b, cohort A: prior FOLFOX", "phase=1b"),
        ("For some parts of the study, prior FOLFOX", "part=some"),
        ("Dose Expansion Phase: prior FOLFOX", "phase=dose_expansion"),
        ("For patients who are enrolled into the arm of FOLFOX, they must be treated", "arm=FOLFOX"),
        ("Surgery in the past 8 weeks (Arms 1 and 4)", "arm=1,4"),
        ("For all cohorts: prior FOLFOX", "all"),
        ("Gastric adenocarcinoma (GAC) - Advanced disease", "group=GAC"),
        ("Primary Histology: Colorectal/Ovarian / score < 20", "primary=colorectal,ovarian"),
        ("PATIENTS: at least 45 years", "all"),
        ("Patients with colon cancer", "all"),
    ],
)
def test_a_prefix_limits_a_line_to_part_of_the_study(line: str, scope: str) -> None:
    assert lines_of(f"Inclusion Criteria:\n\n* {line}")[3][2] == scope


def test_lines_that_end_with_or_are_alternatives() -> None:
    found = split("NCT99000001", "Inclusion Criteria:\n\n* Creatinine normal, OR\n* Clearance over 50 mL/min\n* ECOG 0")
    assert [segment.branch for segment in found.segments] == ["or3/3", "or3/4", ""]


def test_lines_that_each_ask_for_another_site_are_alternatives() -> None:
    found = reading(
        "Inclusion Criteria:\n\n* Locally advanced rectal cancer\n* Locally advanced cervical cancer\n* ECOG 0"
    )
    sites = [(atom.line, atom.scope, atom.branch) for atom in found.atoms if "primary_site" in atom.atom]
    assert sites == [(3, "site=rectum", "site/3"), (4, "site=cervix", "site/4")]


@given(st.text(alphabet=st.characters(codec="utf-8"), max_size=600))
def test_no_text_is_refused_and_no_line_is_lost(text: str) -> None:
    found = reading(text)
    assert [line.text for line in found.lines] == text.split("\n")
    assert [line.number for line in found.lines] == list(range(1, len(found.lines) + 1))
    for atom in found.atoms:
        assert atom.span == text[atom.start : atom.end]
        assert text.count("\n", 0, atom.start) + 1 == atom.line


SCRAPS = st.sampled_from(
    ["* ", "1. ", "  * ", "Inclusion Criteria:", "Exclusion Criteria:", "ANC ≥ 1,500/mcL", "or", "no prior", "KRAS G12C mutation",
     "within 28 days of enrollment", "one of the following:", "\n", "\n\n", " ", "metastatic colorectal cancer", "HIV", "except", "NOTE:",
     "\\>= 18 years", "Cohort A:", "2. ", "3. ", "AST <= 2.5 x ULN", "dMMR or MSI-H", "(", ")", "T3-4 and/or N+"]
)  # fmt: skip


@given(st.lists(SCRAPS, max_size=40))
def test_scraps_of_criteria_in_any_order_are_read_without_loss(parts: list[str]) -> None:
    text = "".join(parts)
    found = reading(text)
    assert [line.text for line in found.lines] == text.split("\n")
    for atom in found.atoms:
        assert atom.span == text[atom.start : atom.end]
        assert atom.span.strip()


def shown(text: str) -> list[str]:
    return [f"{atom.line} {atom.effect} {atom.atom}" for atom in atoms_shown(reading(text)) if atom.kind == "data"]


def test_alternatives_are_shown_as_one_any_and_permissions() -> None:
    text = "Inclusion Criteria:\n\n* One of the following:\n\n  * dMMR\n  * BRAF V600E mutation\n* ECOG 0"
    assert shown(text) == [
        "5 require any(mmr == deficient, braf_v600e == detected)",
        "6 allow braf_v600e == detected",
        "7 require ecog == 0",
    ]


def test_a_group_with_a_line_that_nobody_understood_asks_nothing_by_itself() -> None:
    text = "Inclusion Criteria:\n\n* One of the following:\n\n  * dMMR\n  * Blue eyes\n* ECOG 0"
    assert shown(text) == ["5 allow mmr == deficient", "7 require ecog == 0"]


def test_a_bare_or_between_two_lines_joins_them() -> None:
    text = "Inclusion Criteria:\n\n* Creatinine <= 1.5 x ULN\n\nOR\n\n* Creatinine clearance >= 50 mL/min\n* ECOG 0"
    assert shown(text) == [
        "3 require any(creatinine <= 1.5 xULN, creatinine_clearance >= 50 mL/min)",
        "7 allow creatinine_clearance >= 50 mL/min",
        "8 require ecog == 0",
    ]


def test_kinds_of_cancer_below_the_line_that_announces_them_are_alternatives_though_not_indented() -> None:
    text = "Inclusion Criteria:\n\n* Proof of the specified tumor types:\n* dMMR breast cancer\n* Melanoma\n* Must have ECOG 0"
    assert [segment.branch for segment in split("NCT99000001", text).segments] == ["", "3/4", "3/5", ""]


def test_people_without_a_history_who_meet_one_of_several_are_not_forbidden_them() -> None:
    text = "Inclusion Criteria:\n\n* Individuals without history of cancer meeting any of the following criteria:\n\n  * Age >= 50 years"
    assert [segment.effect for segment in split("NCT99000001", text).segments] == ["require", "require"]


def test_a_heading_may_say_that_the_following_criteria_apply() -> None:
    text = "Inclusion Criteria:\n\n* ECOG 0\n\nExclusion Criteria: Excluded if any of the following criteria apply:\n\n* Pregnancy"
    assert split("NCT99000001", text).segments[-1].section == "exclusion"


SEVERAL = """
from chemoplan.trials.parse import MANY, parse_record, parse_records
from tests.spec.trial_texts import record

text = "Inclusion Criteria:\\n\\n* ECOG {}\\n* dMMR\\n"
records = [record(text.format(at % 4), f"NCT{at:08}") for at in range(MANY + 10)]
assert list(parse_records(records)) == [parse_record(item) for item in records]
print(len(records))
"""


def test_many_records_are_read_on_every_core_as_one_by_one() -> None:
    done = subprocess.run(
        [sys.executable, "-c", SEVERAL],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert int(done.stdout) > 10
