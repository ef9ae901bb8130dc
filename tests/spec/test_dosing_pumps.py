"""The liver pump, the infusion pump, the disabled ladder and the window of the antidote."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import yaml

from chemoplan.dosing.amounts import DoseRefused
from chemoplan.dosing.antidote import window_end
from chemoplan.dosing.hepatic import dosing_weight, fill, flow_check, ideal_weight, ladder_of, ladder_result, worst
from chemoplan.dosing.infusion import check_rate, check_total, overfilled, pump_rate
from chemoplan.knowledge import Knowledge, KnowledgeRefused, load_knowledge
from chemoplan.knowledge.holdings import data_folder
from tests.spec.test_order import line, ordered

D = Decimal

PUMP: dict[str, Any] = {
    "pump_volume": 30, "pump_flow": 1.3, "perfusion_study": "normal", "white_cells": 6, "days_since_pump_surgery": 20, "prior_drugs": [],
}  # fmt: skip


def enabled(tmp_path: Path, names: list[str]) -> Knowledge:
    rows = yaml.safe_load((data_folder() / "liver_ladders.yaml").read_text(encoding="utf-8"))
    for row in rows:
        row |= {"enabled": True, "enabled_by": names, "replace": True}
    (tmp_path / "liver_ladders.yaml").write_text(yaml.safe_dump(rows), encoding="utf-8")
    return load_knowledge([tmp_path])


def test_the_daily_dose_does_not_depend_on_the_pump() -> None:
    knowledge = load_knowledge()
    for volume, flow in ((30, "1.1"), (20, "1.4"), (40, "0.9")):
        made = fill(D("8.4"), D(volume), D(flow), knowledge)
        assert abs(made.concentration * D(flow) - D("8.4")) < D("1e-20")
        assert made.rounded % 5 == 0
        assert made.delivered + made.residual == volume


def test_a_small_pump_at_a_high_flow_nearly_runs_dry() -> None:
    made = fill(D("8.4"), D(20), D("1.4"), load_knowledge())
    assert (made.residual, made.low, made.dry) == (D("0.4"), True, False)
    assert fill(D("8.4"), D(20), D("1.5"), load_knowledge()).dry


@pytest.mark.parametrize(
    ("weight", "value", "b"),
    [
        ("70", "70", "70"),
        ("88", "88", "76.97"),
        ("89.01", "89.01", "77.47"),
        ("89.02", "77.48", "77.48"),
        ("120", "92.97", "92.97"),
    ],
)
def test_the_weight_rule_of_the_pump_shows_both_rules(weight: str, value: str, b: str) -> None:
    """Ideal weight at 170 cm, male: 65.937 kg; 1.35 times 89.015, 1.25 times 82.42."""
    found = dosing_weight(D(weight), D(170), "male", load_knowledge())
    assert (found.value, found.rule_b) == (D(value), D(b))
    assert f"rule B {b} kg" in found.step.rule


def test_the_ideal_weight_needs_a_sex_with_a_formula() -> None:
    assert round(ideal_weight(D(170), "female"), 2) == D("61.44")
    with pytest.raises(DoseRefused, match="female"):
        ideal_weight(D(170), "other")


def test_an_order_fills_the_pump() -> None:
    row = line(ordered("hai-floxuridine", PUMP), "floxuridine")
    assert (row["dose"], row["per"], row["pump"]["total_rounded"], row["rate"]) == (
        8.4,
        "day",
        195,
        {"flow": 1.3, "unit": "mL/d"},
    )


@pytest.mark.parametrize("fact", ["pump_volume", "pump_flow", "perfusion_study", "sex", "height"])
def test_no_fill_without_the_facts_of_the_pump(fact: str) -> None:
    row = line(ordered("hai-floxuridine", {**PUMP, fact: None, "creatinine_clearance": 80}), "floxuridine")
    assert row["dose"] is None and fact in row["conditional_on"]


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"perfusion_study": "extrahepatic"}, "stop"), ({"perfusion_study": "incomplete"}, "hold"), ({"bilirubin": 3.0}, "stop"),
        ({"bilirubin": 1.5}, "hold"), ({"bilirubin": 1.49}, "give"), ({"portal_hypertension": True}, "stop"), ({"platelets": 99}, "hold"),
        ({"white_cells": 3.4}, "hold"), ({"diarrhea_grade": 1, "cycle_number": 2}, "stop"), ({"epigastric_pain": True}, "stop"),
        ({"ecog": 2}, "decide"), ({"days_since_pump_surgery": 13}, "decide"), ({"mucositis_grade": 1, "cycle_number": 2}, "stop"),
    ],
)  # fmt: skip
def test_gates_and_stop_signs_of_the_pump(changes: dict[str, Any], status: str) -> None:
    assert line(ordered("hai-floxuridine", {**PUMP, **changes}), "floxuridine")["status"] == status


def test_every_ladder_is_shipped_disabled_and_gives_no_percentage() -> None:
    knowledge = load_knowledge()
    assert len(knowledge.dosing.liver_ladders) == 6
    for ladder in knowledge.dosing.liver_ladders.values():
        assert not ladder.enabled and all(row.status == "unverified" for row in ladder.evidence)
        with pytest.raises(DoseRefused, match="not enabled"):
            ladder_result(ladder.test, ladder.reference_at_most or D(500), D(1000), knowledge)
    tests = {"ast": 400, "ast_reference": 20, "alkaline_phosphatase": 900, "alkaline_phosphatase_reference": 50}
    result = ordered("hai-floxuridine", {**PUMP, **tests})
    assert line(result, "floxuridine")["dose"] == 8.4
    assert any(row["id"] == "liver-ladder-disabled" for row in result["warnings"])


def test_a_ladder_needs_two_clinicians(tmp_path: Path) -> None:
    for names in ([], ["Dr. A (invented)"], ["Dr. A (invented)", "Dr. A (invented)"]):
        with pytest.raises(KnowledgeRefused, match="two names"):
            enabled(tmp_path, names).dosing.liver_ladders  # noqa: B018


@pytest.mark.parametrize(
    ("test", "reference", "current", "percent"),
    [
        ("ast", 50, 149, 100), ("ast", 50, 150, 80), ("ast", 50, 200, 50),
        ("ast", 50, 250, None), ("ast", 51, 102, 80), ("ast", 51, 204, None),
        ("alkaline_phosphatase", 90, 134, 100), ("alkaline_phosphatase", 90, 135, 50), ("alkaline_phosphatase", 90, 180, None),
        ("alkaline_phosphatase", 100, 120, 50), ("alkaline_phosphatase", 100, 150, None), ("bilirubin", 1, "1.49", 100),
        ("bilirubin", 1, "1.5", 50), ("bilirubin", 2, "2.4", 50), ("bilirubin", 2, 3, None),
    ],
)  # fmt: skip
def test_an_enabled_ladder(test: str, reference: Any, current: Any, percent: int | None, tmp_path: Path) -> None:
    knowledge = enabled(tmp_path, ["Dr. A (invented)", "Dr. B (invented)"])
    assert ladder_result(test, D(str(reference)), D(str(current)), knowledge).percent == percent


def test_the_most_severe_test_counts_in_an_order(tmp_path: Path) -> None:
    knowledge = enabled(tmp_path, ["Dr. A (invented)", "Dr. B (invented)"])
    tests = {
        "ast": 30,
        "ast_reference": 30,
        "alkaline_phosphatase": 130,
        "alkaline_phosphatase_reference": 80,
        "bilirubin_reference": 0.7,
    }
    row = line(ordered("hai-floxuridine", {**PUMP, **tests}, knowledge), "floxuridine")
    assert (row["dose"], row["pump"]["total"]) == (4.2, 96.92)
    row = line(ordered("hai-floxuridine", {**PUMP, **tests, "ast": 150}, knowledge), "floxuridine")
    assert (row["status"], row["dose"]) == ("hold", None)
    missing = line(ordered("hai-floxuridine", PUMP, knowledge), "floxuridine")
    assert "ast_reference" in missing["conditional_on"]
    found = [ladder_result("ast", D(30), D(150), knowledge), ladder_result("bilirubin", D(1), D(1), knowledge)]
    assert worst(found) is found[0] and worst([]) is None
    assert ladder_of("ast", D(50), knowledge).id == "floxuridine-ast-low"


def test_the_flow_as_measured() -> None:
    good = flow_check(D(30), D("11.8"), D(14), D("1.3"), load_knowledge())
    assert (good.measured, good.investigate) == (D("1.3"), False)
    slow = flow_check(D(30), D(16), D(14), D("1.3"), load_knowledge())
    assert slow.measured == 1 and slow.investigate
    with pytest.raises(DoseRefused):
        flow_check(D(30), D(31), D(14), D("1.3"), load_knowledge())


def test_the_published_error_is_refused_and_named() -> None:
    """5,250 mg at 45.57 mg/mL over 4 days are 1.2 mL/h; 28.8 mL for 24 hours was keyed as 28.8 mL/h."""
    knowledge = load_knowledge()
    right = pump_rate(D(5250), D(96), concentration=D("45.57"))
    assert round(right.rate, 2) == D("1.20")
    assert check_rate(D("1.2"), "mL/h", right.volume, D(96), knowledge) == D("1.2")
    with pytest.raises(
        DoseRefused,
        match=r"run in 4 h instead of 96 h \(that is the volume of 24 hours, entered as mL/h\); the rate is 1.2 mL/h",
    ):
        check_rate(D("28.8"), "mL/h", right.volume, D(96), knowledge)
    with pytest.raises(DoseRefused, match="set in mL/h"):
        check_rate(D("28.8"), "mL/d", right.volume, D(96), knowledge)


def test_a_total_entered_as_the_dose_of_each_day() -> None:
    check_total(D(4368), D(2184), D(2), load_knowledge())
    with pytest.raises(DoseRefused, match="entered as the dose of each day"):
        check_total(D(4368), D(4368), D(2), load_knowledge())


def test_a_rate_in_ml_per_hour_needs_a_volume() -> None:
    with pytest.raises(DoseRefused, match="needs the volume"):
        pump_rate(D(4368), D(46))
    with pytest.raises(DoseRefused, match="check the three"):
        pump_rate(D(4368), D(46), D(92), D(60))
    row = line(ordered("mfolfox6"), "fluorouracil-infusion")
    assert (row["rate"]["rate"], row["rate"]["per_hour"]) == (None, 94.96)


def test_an_order_for_an_infusion_pump() -> None:
    row = line(ordered("mfolfox6", infusion_pump="elastomeric-92"), "fluorouracil-infusion")
    assert (row["rate"]["rate"], row["rate"]["unit"], row["rate"]["concentration"]) == (2, "mL/h", 47.48)
    assert (row["rate"]["dose_with_overfill"], row["rate"]["dose_rounded_50"], row["rate"]["drug_volume"]) == (
        4462.96,
        4450,
        89,
    )
    with pytest.raises(DoseRefused, match="did you mean elastomeric-92"):
        ordered("mfolfox6", infusion_pump="elastomeric-90")
    with pytest.raises(DoseRefused, match="runs for 46 h"):
        ordered("folfoxiri", infusion_pump="elastomeric-92", choices={"leucovorin": "racemic"})


def test_overfill() -> None:
    knowledge = load_knowledge()
    made, _ = overfilled(D(4368), knowledge.dosing.pumps["elastomeric-92"], D(50))
    assert made == {"dose_with_overfill": 4462.96, "dose_rounded_50": 4450, "drug_volume": 89}
    with pytest.raises(DoseRefused, match="has no overfill"):
        overfilled(D(4368), knowledge.dosing.pumps["intera-3000"], D(50))


def test_the_antidote_has_to_begin_within_96_hours() -> None:
    assert window_end(datetime(2026, 11, 26, 12), load_knowledge()) == datetime(2026, 11, 30, 12)
    assert ordered("capox")["antidote"]["hours"] == 96
    assert ordered("irinotecan-q3w")["antidote"] is None
