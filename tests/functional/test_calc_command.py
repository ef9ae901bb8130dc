"""`chemoplan calc` as a user types it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click
import pytest
from click.testing import CliRunner

from chemoplan.cli import cli
from chemoplan.report.schema import check_result
from tests.functional.test_command_line import run

GOOD = {
    "bsa": ("--height", "170", "--weight", "70"),
    "crcl": ("--age", "65", "--weight", "70", "--creatinine", "1.0", "--sex", "male"),
    "egfr": ("--age", "50", "--creatinine", "1.0", "--female"),
    "child-pugh": ("--bilirubin", "1.2", "--albumin", "4", "--inr", "1.1", "--ascites", "none", "--encephalopathy", "none"),
    "calcium": ("--calcium", "8.0", "--albumin", "2.5"),
    "capecitabine": ("--bsa", "1.73", "--dose-per-administration", "1000"),
    "trifluridine-tipiracil": ("--bsa", "2.1"),
    "band": ("--calculated-dose", "8.59", "--table", "nhs-1mgml-single"),
    "dose": ("mfolfox6", "--bsa", "1.82"),
}  # fmt: skip


GOOD_LIVER = ("child-pugh", *GOOD["child-pugh"])


def typed(*words: str) -> tuple[int, str]:
    """Exit status and standard output of one calculation, without the cost of a new process."""
    done = CliRunner().invoke(cli, ["calc", *words], catch_exceptions=False, standalone_mode=False)
    return done.exit_code, done.stdout


def result(*words: str, status: int = 0) -> dict[str, Any]:
    found, text = typed(*words, "--format", "json")
    assert found == status
    return dict(json.loads(text))


@pytest.mark.parametrize("name", GOOD)
def test_each_calculation_comes_as_text_and_as_data(name: str) -> None:
    told = result(name, *GOOD[name])
    assert told["calc"] == name
    assert set(told) >= {"inputs", "result", "units", "steps", "warnings", "evidence"}
    assert check_result("calc", told) == []
    assert set(told["units"]) <= set(told["result"])
    _, text = typed(name, *GOOD[name])
    assert "Steps" in text
    assert "not a medical device" in " ".join(text.split())


BAD = {
    "swapped": (("bsa", "--height", "70", "--weight", "170"), "swapped"),
    "inches": (("bsa", "--height", "67", "--weight", "70"), "inches"),
    "no number": (("bsa", "--height", "tall", "--weight", "70"), "height"),
    "wrong unit": (("bsa", "--height", "170 kg", "--weight", "70"), "kg"),
    "umol/L as mg/dL": (("crcl", "--age", "65", "--weight", "70", "--creatinine", "88", "--sex", "male"), "umol/L"),
    "no sex": (("crcl", "--age", "65", "--weight", "70", "--creatinine", "1.0"), "--sex"),
    "two sexes": (("egfr", "--age", "65", "--creatinine", "1.0", "--sex", "male", "--female"), "disagree"),
    "weight without height": (
        ("crcl", "--age", "65", "--weight", "70", "--creatinine", "1", "--male", "--weight-choice", "ideal"), "height",
    ),
    "albumin in g/L": (("calcium", "--calcium", "8", "--albumin", "40"), "g/L"),
    "negative dose": (("capecitabine", "--bsa", "1.7", "--dose-per-administration", "-5"), "possible is"),
    "no such table": (("band", "--calculated-dose", "5", "--table", "nhs"), "nhs-1mgml-single"),
    "outside the bands": (("band", "--calculated-dose", "400", "--table", "nhs-1mgml-single"), "outside"),
    "a name, not an id": (("dose", "FOLFOX", "--bsa", "1.8"), "no regimen id"),
    "no body": (("dose", "mfolfox6"), "--bsa"),
    "no weight": (("dose", "panitumumab", "--bsa", "1.8"), "--weight"),
    "no such choice": (("dose", "folfoxiri", "--bsa", "1.8", "--choose", "leucovorin=x"), "racemic"),
    "no such drug": (("dose", "mfolfox6", "--bsa", "1.8", "--drug", "irinotecan"), "oxaliplatin"),
    "a dose without unit": (("dose", "--drug", "bevacizumab", "--dose-per-administration", "5", "--weight", "83"), "mg/kg"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD)
def test_bad_input_is_refused_with_what_would_be_right(name: str) -> None:
    words, expected = BAD[name]
    with pytest.raises(click.ClickException) as refused:
        typed(*words)
    assert refused.value.exit_code == 2
    assert expected in refused.value.format_message()


@pytest.mark.parametrize("name", ["swapped", "no sex", "outside the bands"])
def test_bad_input_is_one_line_on_standard_error(name: str) -> None:
    words, expected = BAD[name]
    done = run("calc", *words, check=2)
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert done.stderr.startswith("chemoplan: ")
    assert expected in done.stderr


def test_doubtful_numbers_are_shown_and_end_with_one() -> None:
    told = result("bsa", "--height", "110", "--weight", "170", status=1)
    assert any("swapped" in text for text in told["warnings"])
    right = result("bsa", "--height", "170", "--weight", "110")
    assert told["result"]["mosteller"] == right["result"]["mosteller"], "the area itself does not show it"
    assert not any("swapped" in text for text in right["warnings"])


def test_the_weight_is_asked_about_as_pounds() -> None:
    told = result("bsa", "--height", "170", "--weight", "154", status=1)
    assert any("pounds" in text for text in told["warnings"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("bsa", "--height", "170.18", "--weight", "69.85322498"), ("bsa", "--height", "5 ft 7 in", "--weight", "154 lb")),
        (("bsa", "--height", "170.18", "--weight", "70"), ("bsa", "--height", "67 in", "--weight", "70000 g")),
        (GOOD_LIVER, ("child-pugh", "--bilirubin", "20.5 umol/L", *GOOD["child-pugh"][2:])),
    ],
)  # fmt: skip
def test_units_make_no_difference(one: tuple[str, ...], other: tuple[str, ...]) -> None:
    first, second = result(*one)["result"], result(*other)["result"]
    assert first == second


def test_calcium_stays_in_its_unit() -> None:
    told = result("calcium", "--calcium", "2.0 mmol/L", "--albumin", "25 g/L")
    assert (told["result"]["corrected_calcium"], told["units"]["corrected_calcium"]) == (2.3, "mmol/L")


def test_all_three_weights_are_told() -> None:
    words = ("crcl", "--age", "60", "--weight", "120", "--height", "165", "--creatinine", "1.0", "--sex", "female")
    told = result(*words)["result"]
    assert set(told["by_weight"]) == {"actual", "ideal", "adjusted"}
    assert told["creatinine_clearance"] == told["by_weight"]["actual"]
    ideal = result(*words, "--weight-choice", "ideal")["result"]
    assert ideal["creatinine_clearance"] == told["by_weight"]["ideal"] < told["by_weight"]["adjusted"]


def test_a_filtration_rate_says_that_it_is_no_clearance() -> None:
    told = result("egfr", "--age", "80", "--creatinine", "1.0", "--sex", "female", "--height", "160", "--weight", "50")
    assert told["result"]["egfr_2021"] > 55
    assert told["result"]["egfr_for_this_body"] < told["result"]["egfr_2021"]
    assert any("Cockcroft-Gault" in text for text in told["warnings"])


def test_published_doses_are_no_order() -> None:
    told = result("dose", "mfolfox6", "--bsa", "1.82")
    assert any("no order" in text for text in told["warnings"])


def test_a_site_changes_a_policy(tmp_path: Path) -> None:
    (tmp_path / "policies.yaml").write_text(
        "- id: creatinine-clearance-weight\n  replace: true\n  title: Weight\n  value: adjusted\n  choices: [actual, ideal, adjusted]\n"
        "  text: Adjusted here.\n  evidence:\n    - {source: unsourced, says: A choice of this invented site., status: unverified}\n",
        encoding="utf-8",
    )
    words = (*GOOD["crcl"], "--height", "170")
    assert result("crcl", *words)["result"]["weight_choice"] == "actual"
    assert result("crcl", *words, "--knowledge", str(tmp_path))["result"]["weight_choice"] == "adjusted"


def test_a_site_adds_its_own_bands(tmp_path: Path) -> None:
    (tmp_path / "bands.yaml").write_text(
        "- id: site-fluorouracil\n  title: Bands of an invented site\n  drugs: [fluorouracil]\n  unit: mg\n  bands: [600, 650, 700, 750]\n"
        "  evidence:\n    - {source: unsourced, says: An invented table., status: unverified}\n",
        encoding="utf-8",
    )
    words = ("band", "--table", "site-fluorouracil", "--knowledge", str(tmp_path))
    assert result(*words, "--calculated-dose", "674.53")["result"]["band"] == 650  # the mean of 650 and 700 is 674.537
    assert result(*words, "--calculated-dose", "674.54")["result"]["band"] == 700
    for more in (("--calculated-dose", "400"), ("--calculated-dose", "660", "--drug", "oxaliplatin")):
        with pytest.raises(click.ClickException):
            typed(*words, *more)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("bsa", "--height", "170", "--weight=-70 kg"), "-70 kg"),
        (("bsa", "--height", "170", "--weight", "9 70 kg"), "70 kg"),
        (("bsa", "--height", "170", "--weight", "70 kg kg"), "does not fit"),
        (("calcium", "--calcium", "8 5 mg/dL", "--albumin", "2.5"), "does not fit"),
        (("capecitabine", "--bsa", "1.73", "--dose-per-administration", "9" * 29), "possible is"),
        (("band", "--calculated-dose", "0"), "possible is"),
        (("hai", "--weight", "70", "--volume", "30 L", "--flow", "1.3"), "possible is 5 to 60 mL"),
        (("hai", "--weight", "700", "--volume", "30", "--flow", "1.3"), "possible is 25 to 300 kg"),
        (("hai", "--weight", "70", "--volume", "30", "--flow", "0.0000001"), "possible is"),
        (("pump-rate", "--total", "9" * 29, "--volume", "92", "--hours", "46"), "possible is"),
        (("pump-rate", "--total", "4368", "--volume", "92", "--hours", "0"), "possible is"),
        (("pump-rate", "--total", "4368", "--pump", "elastomeric-92", "--stock", "0"), "possible is"),
        (("pump-rate", "--total", "4368", "--pump", "elastomeric-92", "--stock=-30"), "possible is"),
        (("pump-rate", "--total", "4368", "--pump", "elastomeric-92", "--volume", "200"), "not that of elastomeric-92, 92 mL"),
        (("pump-rate", "--total", "4368", "--pump", "elastomeric-92", "--hours", "24"), "not that of elastomeric-92, 46 h"),
        (("pump-rate", "--total", "4368", "--pump-volume", "0", "--volume-with-overfill", "100"), "possible is"),
        (("pump-rate", "--total", "4368", "--pump-volume", "94", "--volume-with-overfill", "92"), "check which is which"),
        (("pump-rate", "--total", "4368", "--volume", "92", "--hours", "46", "--entered", "NaN mL/h"), "expected a number"),
        (("pump-rate", "--total", "4368", "--volume", "92", "--hours", "46", "--entered", "inf mL/h"), "expected a number"),
        (("dose", "--drug", "bevacizumab", "--dose-per-administration", "9" * 29 + " mg/kg", "--weight", "83"), "expected a dose"),
        (("dose", "folfoxiri", "--bsa", "1.8", "--choose", "leucovorin=racemic", "--choose", "leucovorin=levo"), "two values"),
    ],
)  # fmt: skip
def test_a_sign_a_stray_number_or_an_absurd_amount_is_refused_in_one_line(words: tuple[str, ...], said: str) -> None:
    with pytest.raises(click.ClickException) as refused:
        typed(*words)
    assert refused.value.exit_code == 2
    assert said in refused.value.format_message()
    assert "\n" not in refused.value.format_message()


@pytest.mark.parametrize(
    ("words", "same"),
    [
        (("bsa", "--height", "170", "--weight", "70,5 kg"), ("bsa", "--height", "170", "--weight", "70.5")),
        (("bsa", "--height", "170", "--weight", "70 kg 500 g"), ("bsa", "--height", "170", "--weight", "70.5")),
        (("calcium", "--calcium", "2,0 mmol/L", "--albumin", "2.5"), ("calcium", "--calcium", "2.0 mmol/L", "--albumin", "2.5")),
        (("calcium", "--calcium", "+2.0 mmol/L", "--albumin", "2.5"), ("calcium", "--calcium", "2.0 mmol/L", "--albumin", "2.5")),
        (("capecitabine", "--bsa", "1.73 m²", "--dose-per-administration", "1000 mg/m²"), ("capecitabine", *GOOD["capecitabine"])),
        (
            ("hai", "--weight", "70", "--volume", "30", "--flow", "1.3"),
            ("hai", "--weight", "70 kg", "--volume", "0.03 L", "--flow", "1,3"),
        ),
    ],
)  # fmt: skip
def test_a_number_means_the_same_in_every_spelling(words: tuple[str, ...], same: tuple[str, ...]) -> None:
    assert result(*words) == result(*same)


@pytest.mark.parametrize("rate", ["2 mL/h", "2mL/h", "2,0 mL/h", "2 ml/h", "2 mL/hr"])
def test_a_rate_is_read_in_every_spelling_of_its_unit(rate: str) -> None:
    found = result("pump-rate", "--total", "4368", "--volume", "92", "--hours", "46", "--entered", rate)["result"]
    assert (found["entered_is_right"], found["runs_for"]) == (True, 46)


@pytest.mark.parametrize("rate", ["2", "2 mL/d", "2 mL/min", "2 furlong"])
def test_a_rate_in_another_unit_is_wrong_and_has_no_running_time(rate: str) -> None:
    found = result("pump-rate", "--total", "4368", "--volume", "92", "--hours", "46", "--entered", rate, status=1)[
        "result"
    ]
    assert (found["entered_is_right"], found["runs_for"]) == (False, None)


def test_a_day_that_is_begun_counts_as_a_day_of_the_daily_dose() -> None:
    words = ("pump-rate", "--total", "4000", "--volume", "92", "--hours", "24.5", "--per-day")
    result(*words, "2000")
    result(*words, "4000", status=1)
