"""Where one of several lines suffices: nobody is excluded by one of them, nor by those that were understood when another was not."""

from __future__ import annotations

import pytest

from chemoplan.trials.match import match, prepare
from chemoplan.trials.parse import parse_record
from chemoplan.vocabulary import Value, load_vocabulary
from tests.spec.trial_texts import record

HEAD = "Inclusion Criteria:\n\n"
ONE_OF = HEAD + "* One of the following:\n\n  * {first}\n  * {second}\n"
JOINED = HEAD + "* {first}, or\n* {second}\n"
COLON: dict[str, Value] = {"primary_site": "colon", "histology": "adenocarcinoma", "mmr": "proficient", "msi": "stable"}


def verdict(text: str, facts: dict[str, Value]) -> str:
    found = record(text)
    return match(prepare([(found, parse_record(found))], load_vocabulary()), facts)[0].verdict


@pytest.mark.parametrize("form", [ONE_OF, JOINED])
@pytest.mark.parametrize(
    ("first", "second", "expected"),
    [
        ("Adenocarcinoma of the rectum", "dMMR or MSI-H", "ineligible"),
        ("Adenocarcinoma of the colon", "dMMR or MSI-H", "eligible so far"),
        ("dMMR or MSI-H", "Adenocarcinoma of the colon", "eligible so far"),
        ("Blue eyes", "Adenocarcinoma of the rectum", "possible"),
        ("Adenocarcinoma of the rectum", "Blue eyes", "possible"),
    ],
)
def test_one_line_suffices_and_one_that_nobody_understood_may_be_it(
    form: str, first: str, second: str, expected: str
) -> None:
    assert verdict(form.format(first=first, second=second), COLON) == expected


NESTED = (
    HEAD
    + """* Diagnosis must be either (I) OR (II):

  (I) Breast cancer, either:

  * Stage IV
  * Stage III
  (II) Adenocarcinoma of the colon
"""
)


def test_alternatives_within_an_alternative_ask_nothing_of_the_others() -> None:
    assert verdict(NESTED, COLON | {"cM": "M0"}) == "eligible so far"
    assert verdict(NESTED, {"primary_site": "rectum", "histology": "adenocarcinoma"}) == "ineligible"
    assert verdict(NESTED, {"primary_site": "breast", "cM": "M0"}) == "possible"


def test_lines_for_different_sites_ask_a_person_for_one_of_them() -> None:
    text = HEAD + "* Locally advanced rectal cancer\n* Locally advanced cervical cancer\n"
    assert verdict(text, {"primary_site": "rectum", "tumor_extent": "locally_advanced"}) == "eligible so far"
    assert verdict(text, {"primary_site": "colon", "tumor_extent": "locally_advanced"}) == "ineligible"
    assert verdict(text, {"tumor_extent": "locally_advanced"}) == "possible"
