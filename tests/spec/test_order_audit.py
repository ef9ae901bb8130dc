"""An audit of an order: what it reads, what it says of each kind of mistake, and what it leaves to a person. All people are invented."""

from __future__ import annotations

import copy
import json
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from chemoplan.case import resolve
from chemoplan.criteria import parse
from chemoplan.dosing.amounts import DoseRefused
from chemoplan.dosing.audit_findings import KINDS, SEVERITIES
from chemoplan.dosing.audit_order import audit_order
from chemoplan.dosing.order import OrderRequest, order, regimen_of
from chemoplan.dosing.order_words import drug_named, route_named
from chemoplan.dosing.written import KEYS, WrittenRefused, is_order, read_written
from chemoplan.dosing.written_line import LINE_KEYS
from chemoplan.intake.case_file import read_case_file
from chemoplan.intake.fhir.medication_requests import read_requests
from chemoplan.intake.refused import InputRefused
from chemoplan.knowledge import Knowledge, load_knowledge
from chemoplan.knowledge.entries import Evidence
from chemoplan.knowledge.regimens import DoseChange, Premedication
from chemoplan.plan.audit import SEVERITIES as OF_A_PLAN
from chemoplan.report.audit_order_html import order_audit_html
from chemoplan.report.json import to_json
from chemoplan.report.schema import check_result
from tests.spec.test_order import WELL

ORDER: dict[str, Any] = {
    "regimen": "mfolfox6", "version": 1, "cycle": 1, "day1": "2026-11-26", "weight": "70 kg", "bsa": 1.82, "premedication": ["ondansetron"],
    "drugs": [
        {"drug": "Oxaliplatin", "dose": 155, "unit": "mg", "per": "dose", "route": "IV infusion", "days": [1], "duration": "2 h"},
        {"drug": "folinic acid", "dose": 730, "unit": "mg", "per": "dose", "days": [1]},
        {"drug": "5-FU", "dose": 730, "unit": "mg", "per": "dose", "route": "IV bolus", "days": [1]},
        {"drug": "5-FU", "dose": 4350, "unit": "mg", "per": "total", "route": "continuous infusion", "duration": "46 h", "volume": "92 mL",
         "rate": {"value": 2, "unit": "mL/h"}},
    ],
}  # fmt: skip
"""A correct order of a first cycle for an invented person of 170 cm and 70 kg."""
OXALIPLATIN, LEUCOVORIN, BOLUS, INFUSION = range(4)


def case_of(changes: dict[str, Any] | None = None, knowledge: Knowledge | None = None) -> Any:
    facts = {name: value for name, value in {**WELL, **(changes or {})}.items() if value is not None}
    document = {"decided_on": "2026-11-26", "complete": ["history", "toxicity"], "facts": facts}
    return resolve(read_case_file(document, "invented"), knowledge or load_knowledge())


def audited(
    written: Any, changes: dict[str, Any] | None = None, knowledge: Knowledge | None = None, **more: Any
) -> dict[str, Any]:
    knowledge = knowledge or load_knowledge()
    result = audit_order(read_written(written, knowledge, **more), case_of(changes, knowledge), knowledge)
    assert check_result("audit_order", json.loads(to_json(result))) == []
    return result


def told(result: dict[str, Any]) -> list[tuple[str, str]]:
    return [(row["severity"], row["id"]) for row in result["findings"]]


def changed(at: int | None = None, **changes: Any) -> dict[str, Any]:
    """The correct order with changes, of one drug or as a whole; None takes a key away."""
    written = copy.deepcopy(ORDER)
    target = written if at is None else written["drugs"][at]
    target.update(changes)
    for key in [key for key, value in changes.items() if value is None]:
        del target[key]
    return written


def test_a_correct_order_raises_nothing_and_shows_each_dose_beside_the_recalculated_one() -> None:
    result = audited(ORDER)
    assert (result["verdict"], result["findings"]) == ("nothing found against it", [])
    assert [(row["part"], row["found"], row["expected"], row["agrees"]) for row in result["recalculated"]] == [
        ("oxaliplatin", 155, 154.7, True), ("leucovorin", 730, 728, True), ("fluorouracil-bolus", 730, 728, True),
        ("fluorouracil-infusion", 4350, 4368, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(changed(OXALIPLATIN, dose=85, unit="mg/m2"), id="per square meter"),
        pytest.param(changed(OXALIPLATIN, dose=0.155, unit="g"), id="grams"),
        pytest.param(changed(OXALIPLATIN, dose="155 mg", unit=None), id="unit in the dose"),
        pytest.param(changed(OXALIPLATIN, dose=155, unit="mg/dose", per=None), id="footing in the unit"),
        pytest.param(changed(INFUSION, dose=2175, per="day"), id="the infusion each day"),
        pytest.param(changed(INFUSION, per="dose"), id="the infusion as one dose"),
        pytest.param(changed(weight="154 lb"), id="pounds"),
        pytest.param(changed(bsa=1.8), id="surface of one decimal"),
        pytest.param(changed(version=None), id="no version"),
        pytest.param(changed(regimen="mfolfox6@1", version=None), id="version in the id"),
    ],
)
def test_the_same_order_written_in_other_ways_raises_nothing(change: dict[str, Any]) -> None:
    assert told(audited(change)) == []


FOUND: list[tuple[dict[str, Any], dict[str, Any], tuple[str, str]]] = [
    (changed(OXALIPLATIN, dose=1550), {}, ("reject", "ten-fold:oxaliplatin")),
    (changed(OXALIPLATIN, dose=15.5), {}, ("reject", "ten-fold:oxaliplatin")),
    (changed(OXALIPLATIN, dose=155, unit="g"), {}, ("reject", "ten-fold:oxaliplatin")),
    (changed(OXALIPLATIN, dose=180), {}, ("reject", "dose:oxaliplatin")),
    (changed(OXALIPLATIN, dose=120), {}, ("caution", "dose:oxaliplatin")),
    (changed(INFUSION, dose=2184), {}, ("reject", "basis:fluorouracil-infusion")),
    (changed(INFUSION, per="day"), {}, ("reject", "basis:fluorouracil-infusion")),
    (changed(INFUSION, per=None), {}, ("ask", "basis:fluorouracil-infusion")),
    (changed(weight=90), {}, ("reject", "body")),
    (changed(bsa=2.1), {}, ("reject", "body")),
    (changed(OXALIPLATIN, drug="cisplatin"), {}, ("reject", "swapped-drug:oxaliplatin")),
    (changed(OXALIPLATIN, drug="irinotecan"), {}, ("reject", "swapped-drug:oxaliplatin")),
    (changed(LEUCOVORIN, drug="levoleucovorin"), {}, ("reject", "swapped-drug:leucovorin")),
    (changed(drugs=[*ORDER["drugs"], {"drug": "irinotecan", "dose": 300, "unit": "mg"}]), {}, ("reject", "foreign-drug:irinotecan")),
    (changed(drugs=[*ORDER["drugs"], {"drug": "vincristine", "dose": 2, "unit": "mg"}]), {}, ("caution", "foreign-drug:vincristine")),
    (changed(drugs=[*ORDER["drugs"], ORDER["drugs"][0]]), {}, ("reject", "duplicate:oxaliplatin")),
    (changed(drugs=ORDER["drugs"][:-1]), {}, ("caution", "missing-drug:fluorouracil-infusion")),
    (changed(OXALIPLATIN, dose=0), {}, ("caution", "missing-drug:oxaliplatin")),
    (ORDER, {"dpyd_activity_score": 1.5}, ("reject", "missed-pharmacogene:dpd-partial-deficiency/1")),
    (ORDER, {"dpyd_activity_score": 0}, ("reject", "missed-pharmacogene:dpd-complete-deficiency")),
    (ORDER, {"creatinine": 4.5}, ("reject", "missed-renal:oxaliplatin-renal-us")),
    (ORDER, {"platelets": 60}, ("reject", "threshold:day1-*")),
    (changed(cycle=3, last_day1="2026-11-16"), {"cycle_number": 3}, ("reject", "early-cycle")),
    (changed(cycle=3), {"cycle_number": 3, "days_since_last_dose": 10}, ("reject", "early-cycle")),
    (changed(cycle=4), {"cycle_number": 3, "days_since_last_dose": 20}, ("caution", "cycle")),
    (changed(cycle=3, last_day1="2026-11-12"), {"cycle_number": 3, "days_since_last_dose": 20}, ("ask", "cycle:interval")),
    (changed(INFUSION, rate="28.8 mL/h"), {}, ("reject", "pump-rate:fluorouracil-infusion")),
    (changed(INFUSION, rate="48 mL/d"), {}, ("reject", "pump-rate:fluorouracil-infusion")),
    (changed(INFUSION, volume=None), {}, ("ask", "pump-rate:fluorouracil-infusion")),
    (changed(OXALIPLATIN, days=[1, 2]), {}, ("reject", "days:oxaliplatin")),
    (changed(OXALIPLATIN, times_per_day=2), {}, ("reject", "days:oxaliplatin-each-day")),
    (changed(OXALIPLATIN, route="oral"), {}, ("reject", "route:oxaliplatin")),
    (changed(OXALIPLATIN, duration="30 min"), {}, ("reject", "duration:oxaliplatin")),
    (changed(OXALIPLATIN, duration="90 min"), {}, ("caution", "duration:oxaliplatin")),
    (ORDER, {"platelets": None}, ("ask", "unknown-facts:platelets")),
    (ORDER, {"region": None, "creatinine": 4.5}, ("ask", "unknown-facts:region")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("written", "facts", "expected"), FOUND, ids=[f"{at}-{row[2][1]}" for at, row in enumerate(FOUND)]
)
def test_each_mistake_is_found_by_its_name(
    written: dict[str, Any], facts: dict[str, Any], expected: tuple[str, str]
) -> None:
    result = audited(written, facts)
    assert [(severity, fnmatchcase(name, expected[1])) for severity, name in told(result)] == [(expected[0], True)], (
        told(result)
    )
    finding = result["findings"][0]
    assert finding["kind"] in KINDS and finding["evidence"] and finding["text"]
    assert (finding["severity"] != "ask" or finding["kind"] in ("basis", "pump-rate", "cycle")) or finding["depends_on"]


def test_the_published_pump_error_is_told_as_a_day_taken_for_an_hour() -> None:
    line = {
        "drug": "fluorouracil",
        "dose": 4350,
        "unit": "mg",
        "per": "total",
        "route": "continuous infusion",
        "volume": 55.2,
        "rate": "28.8 mL/h",
    }
    finding = audited(changed(drugs=[*ORDER["drugs"][:3], line]))["findings"][0]
    assert (finding["expected"], finding["found"]) == ("1.2 mL/h", "28.8 mL/h")
    assert "the volume of a day, written as the volume of an hour" in finding["text"]


def test_a_rate_follows_from_dose_and_concentration_when_no_volume_is_stated() -> None:
    right = changed(INFUSION, volume=None, concentration="47.283 mg/mL")
    assert told(audited(right)) == []
    assert told(audited({**right, "drugs": [*right["drugs"][:3], {**right["drugs"][3], "rate": "4 mL/h"}]})) == [
        ("reject", "pump-rate:fluorouracil-infusion")
    ]


def test_doses_of_another_body_are_one_finding_that_names_the_surface() -> None:
    written = changed(weight=None, bsa=None)
    for line in written["drugs"]:
        line["dose"] *= 1.2
    result = audited(written)
    assert told(result) == [("reject", "body")]
    assert "1.2 times" in result["findings"][0]["text"]
    assert result["findings"][0]["expected"] == "1.82 m2"


def test_another_body_hides_no_other_mistake() -> None:
    written = changed(weight=100, bsa=2.17)
    for line in written["drugs"]:
        line["dose"] *= 2.17 / 1.82
    written["drugs"][OXALIPLATIN]["dose"] *= 10
    assert told(audited(written)) == [("reject", "body"), ("reject", "ten-fold:oxaliplatin")]


def test_two_doses_that_stand_crosswise_are_swapped_drugs() -> None:
    written = copy.deepcopy(ORDER)
    written["drugs"][OXALIPLATIN]["dose"], written["drugs"][LEUCOVORIN]["dose"] = 730, 155
    assert told(audited(written)) == [("reject", "swapped-drug:oxaliplatin"), ("reject", "swapped-drug:leucovorin")]


def test_a_missed_reduction_names_the_rule_the_limit_and_the_fact() -> None:
    finding = audited(ORDER, {"dpyd_activity_score": 1})["findings"][0]
    assert finding["drug"] == "fluorouracil"
    assert "364 mg each dose" in finding["text"] and "the full dose is ordered" in finding["text"]
    assert [leaf["fact"] for leaf in finding["because"][0]["leaves"]] == ["dpyd_activity_score"] * len(
        finding["because"][0]["leaves"]
    )
    assert finding["evidence"][0]["source"] == "cpic"


def test_two_missed_reductions_are_two_findings() -> None:
    result = audited(ORDER, {"dpyd_activity_score": 1, "creatinine": 4.5})
    assert {row["kind"] for row in result["findings"]} == {"missed-pharmacogene", "missed-renal"}


def test_the_reduced_dose_raises_nothing_and_a_lower_one_needs_a_reason() -> None:
    half = changed()
    for at, dose in ((BOLUS, 365), (INFUSION, 2180)):
        half["drugs"][at]["dose"] = dose
    assert told(audited(half, {"dpyd_activity_score": 1})) == []
    assert told(audited(half)) == [
        ("reject", "basis:fluorouracil-infusion"), ("caution", "dose:fluorouracil-bolus"),
    ]  # fmt: skip
    lower = changed(OXALIPLATIN, dose=120, reason="frail, agreed with the patient")
    assert told(audited(lower)) == []


def test_whatever_is_unknown_more_than_the_full_dose_is_rejected() -> None:
    over = changed(OXALIPLATIN, dose=200)
    assert told(audited(over, {"platelets": None})) == [
        ("reject", "dose:oxaliplatin"),
        ("ask", "unknown-facts:platelets"),
    ]


def test_an_order_by_square_meter_is_not_judged_while_the_body_is_unknown() -> None:
    result = audited(changed(OXALIPLATIN, dose=85, unit="mg/m2"), {"height": None})
    assert result["verdict"] == "cannot be judged yet"
    assert result["findings"][0]["depends_on"] == ["height"]


def test_what_the_program_orders_it_does_not_reject() -> None:
    knowledge = load_knowledge()
    for facts in ({}, {"dpyd_activity_score": 1}, {"creatinine": 4.5}, {"cycle_number": 4}):
        made = order(regimen_of("mfolfox6", knowledge), case_of(facts), knowledge)
        assert made["verdict"] == "to give"
        assert told(audited(json.loads(to_json(made)), facts)) == []


def test_an_order_keeps_its_choices_its_level_and_what_it_went_without() -> None:
    knowledge = load_knowledge()
    request = OrderRequest({"leucovorin": "racemic"}, without={"ugt1a1": "not tested here"})
    facts = {"ugt1a1": None}
    made = order(regimen_of("folfoxiri", knowledge), case_of(facts), knowledge, request)
    result = audited(json.loads(to_json(made)), facts)
    assert [row["id"] for row in result["findings"] if row["kind"] == "choice"] == []
    assert result["order"]["choices"] == {"leucovorin": "racemic"}
    assert result["order"]["without"] == {"ugt1a1": "not tested here"}


def test_an_open_choice_is_asked_for_and_a_form_of_the_drug_settles_it() -> None:
    knowledge = load_knowledge()
    made = order(regimen_of("folfoxiri", knowledge), case_of(), knowledge, OrderRequest({"leucovorin": "levo"}))
    lines = [
        {
            "drug": row["drug"],
            "dose": row["dose"],
            "unit": "mg",
            "per": row["per"],
            "route": row["route"],
            "part": row["part"],
        }
        for row in made["drugs"]
        if row["dose"] is not None
    ]
    written = {"regimen": "folfoxiri", "cycle": 1, "premedication": ["atropine"], "drugs": lines}
    assert [row for row in told(audited(written)) if row[1].startswith(("choice", "dose", "swapped"))] == []
    bare = {**written, "drugs": [line for line in lines if line["part"] != "leucovorin"]}
    assert ("ask", "choice:leucovorin") in told(audited(bare))


EVIDENCE = (Evidence("unsourced", "Invented.", "unverified"),)


@pytest.fixture(scope="module")
def local() -> Knowledge:
    """The knowledge with an invented premedication and two invented interactions."""
    knowledge = copy.copy(load_knowledge())
    shelves = copy.copy(knowledge.dosing)
    before = Premedication("before-oxaliplatin", "Give it first.", ("ondansetron", "granisetron"), "first", EVIDENCE)
    shelves.drugs = {**shelves.drugs, "oxaliplatin": replace(shelves.drugs["oxaliplatin"], premedication=(before,))}
    changes = [
        DoseChange(
            id=f"local-{action}", title="Invented", topic="interaction", drugs=("oxaliplatin",), action=action, text="Invented.",
            when=parse(f"medicines has {medicine}", knowledge.vocabulary), evidence=EVIDENCE, needs=False,
        )
        for action, medicine in (("avoid", "antacid"), ("warn", "h2_blocker"))
    ]  # fmt: skip
    shelves.dose_changes = {**shelves.dose_changes, **{change.id: change for change in changes}}
    return replace(knowledge, _dosing=shelves)


PREMEDICATION = [
    (["ondansetron 8 mg"], 1, []),
    (["Granisetron"], 1, []),
    (["before-oxaliplatin"], 1, []),
    (["metoclopramide"], 1, [("reject", "premedication:before-oxaliplatin")]),
    ([], 1, [("reject", "premedication:before-oxaliplatin")]),
    (None, 1, [("ask", "premedication:before-oxaliplatin")]),
    ([], 2, []),
]


@pytest.mark.parametrize(("names", "cycle", "expected"), PREMEDICATION)
def test_premedication(local: Knowledge, names: Any, cycle: int, expected: list[Any]) -> None:
    facts = {"cycle_number": cycle, "days_since_last_dose": 14}
    assert told(audited(changed(premedication=names, cycle=cycle), facts, local)) == expected


def test_an_interaction_that_forbids_is_rejected_and_one_that_warns_can_be_acknowledged(local: Knowledge) -> None:
    assert told(audited(ORDER, {"medicines": ["antacid"]}, local)) == [("reject", "interaction:local-avoid")]
    assert told(audited(ORDER, {"medicines": ["h2_blocker"]}, local)) == [("caution", "interaction:local-warn")]
    assert told(audited(changed(acknowledged=["local-warn"]), {"medicines": ["h2_blocker"]}, local)) == []


def test_what_is_not_checked_is_said_and_not_held_against_the_order() -> None:
    result = audited(changed(cycle=2), {"cycle_number": 2})
    assert (result["findings"], [row["id"] for row in result["statements"]]) == ([], ["interval"])


def test_an_order_that_was_made_for_another_case_says_so() -> None:
    made = order(regimen_of("mfolfox6", load_knowledge()), case_of(), load_knowledge())
    result = audited({**json.loads(to_json(made)), "case": "somebody"})
    assert [row["id"] for row in result["statements"]] == ["case"]
    assert audited(json.loads(to_json(made)))["statements"] == []


REFUSED: list[tuple[Any, str]] = [
    ({"drugs": ORDER["drugs"]}, "order, regimen: not stated"),
    (changed(regimen=7), "order, regimen: 7; expected a regimen id"),
    (changed(drugs=[]), "order, drugs: expected a list"),
    (changed(drugs=["oxaliplatin"]), "order, drugs[0]: is only text"),
    (changed(OXALIPLATIN, dose="much"), "order, drugs[0].dose: 'much'; expected a number"),
    (changed(OXALIPLATIN, dose=-5), "order, drugs[0].dose: -5; expected a number"),
    (changed(OXALIPLATIN, dose=True), "order, drugs[0].dose: True; expected a number"),
    (changed(OXALIPLATIN, unit=None), "order, drugs[0].unit: not stated; expected mg"),
    (changed(OXALIPLATIN, unit="mL"), "order, drugs[0].unit: 'mL'; expected mg"),
    (changed(OXALIPLATIN, unit="mg/day"), "order, drugs[0].per: dose, but the unit says each day"),
    (changed(OXALIPLATIN, per="week"), "order, drugs[0].per: 'week'; expected one of dose, day, total"),
    (changed(OXALIPLATIN, days="soon"), "order, drugs[0].days: 'soon'; expected days"),
    (changed(OXALIPLATIN, duration="long"), "order, drugs[0].duration: 'long'; expected a time"),
    (changed(OXALIPLATIN, drug=None), "order, drugs[0].drug: not stated"),
    (changed(OXALIPLATIN, does=3), "order, drugs[0].does: unknown key; did you mean dose?"),
    (changed(INFUSION, rate=2), "order, drugs[3].rate: has no unit"),
    (changed(weigth=70), "order, weigth: unknown key; did you mean weight?"),
    (changed(weight="70 m"), "order, weight: weight is '70 m'"),
    (changed(weight=700), "order, weight: weight is 700"),
    (changed(cycle=0), "order, cycle: 0; expected the number"),
    (changed(day1="soon"), "order, day1: 'soon' is no date"),
    (changed(last_day1="2026-12-01"), "order, last_day1: 2026-12-01 is not before day1"),
    (changed(level=1), "order, level: 1; expected 0"),
    (changed(choices=["racemic"]), "order, choices: expected names with a text each"),
    (changed(without={"ugt1a": "no"}), "order, without.ugt1a: no such fact; did you mean ugt1a1?"),
    (changed(premedication="ondansetron"), "order, premedication: is only text"),
    (["oxaliplatin"], "order: holds a list"),
]


@pytest.mark.parametrize(("written", "message"), REFUSED, ids=[row[1][:50] for row in REFUSED])
def test_what_cannot_be_read_is_refused_in_one_line(written: Any, message: str) -> None:
    with pytest.raises(WrittenRefused) as refused:
        read_written(written, load_knowledge())
    assert len(refused.value.lines) == 1
    assert refused.value.lines[0].startswith(message)


@pytest.mark.parametrize(
    ("change", "error", "message"),
    [
        ({"regimen": "folfox"}, DoseRefused, "'folfox' is no regimen id"),
        ({"version": 9}, DoseRefused, "mfolfox6 is at version 1, not 9"),
        ({"choices": {"oxaliplatin": "x"}}, DoseRefused, "mfolfox6 has no choice for 'oxaliplatin'"),
        ({"drugs": [{**ORDER["drugs"][0], "part": "platinum"}]}, WrittenRefused, "mfolfox6 has no 'platinum'"),
    ],
)
def test_a_name_gives_no_dose(change: dict[str, Any], error: type[ValueError], message: str) -> None:
    with pytest.raises(error, match=message.replace("(", r"\(")):
        audited({**ORDER, **change})


@pytest.mark.parametrize(
    ("text", "drug"),
    [
        ("Oxaliplatin 5 MG/ML Injectable Solution", "oxaliplatin"),
        ("5-FU", "fluorouracil"),
        ("leucovorin calcium 10 MG/ML", "leucovorin"),
        ("Levoleucovorin", "levoleucovorin"),
        ("fam-trastuzumab deruxtecan-nxki", "trastuzumab_deruxtecan"),
        ("trastuzumab", "trastuzumab"),
        ("trifluridine / tipiracil 15 MG", "trifluridine_tipiracil"),
        ("oxaliplatin and irinotecan", None),
        ("cisplatin", None),
        ("oxaliplatinum", None),
    ],
)
def test_a_drug_is_known_by_whole_words(text: str, drug: str | None) -> None:
    assert drug_named(text, load_knowledge()) == drug


@pytest.mark.parametrize(
    ("text", "route"),
    [
        ("IV bolus", "intravenous bolus"), ("iv", "intravenous"), ("PO", "oral"), ("Intravenous route Infusion", "intravenous infusion"),
        ("continuous infusion", "intravenous continuous infusion"), ("rectal", "rectal"),
    ],
)  # fmt: skip
def test_a_route_is_told_in_the_words_of_the_knowledge(text: str, route: str) -> None:
    assert route_named(text) == route


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (ORDER, True), ({"regimen": "mfolfox6"}, True), ({"resourceType": "Bundle"}, True), ([], True),
        ({"drugs": ["oxaliplatin"], "intent": "adjuvant"}, False), ({"options": ["tme"]}, False), ("text", False), (None, False),
    ],
)  # fmt: skip
def test_an_order_is_told_from_a_proposed_plan_by_its_shape(data: Any, expected: bool) -> None:
    assert is_order(data) is expected


def request(name: str, dose: float, **more: Any) -> dict[str, Any]:
    """A MedicationRequest for an invented person."""
    rate = {"doseQuantity": {"value": dose, "unit": "mg", "code": "mg"}, **more.pop("rate", {})}
    dosage = {"doseAndRate": [rate], **more.pop("dosage", {})}
    return {
        "resourceType": "MedicationRequest", "status": "active", "intent": "order", "subject": {"reference": "Patient/p1"},
        "medicationCodeableConcept": {"text": name}, "dosageInstruction": [dosage], **more,
    }  # fmt: skip


def requests() -> list[dict[str, Any]]:
    day = {"event": ["2026-11-26"]}
    infusion = {
        "route": {"text": "Intravenous route"}, "method": {"text": "continuous infusion"},
        "timing": {**day, "repeat": {"duration": 46, "durationUnit": "h"}},
    }  # fmt: skip
    bolus = {"route": {"text": "Intravenous route"}, "method": {"text": "bolus"}, "timing": day}
    rate = {
        "rateRatio": {
            "numerator": {"value": 48, "unit": "mL", "code": "mL"},
            "denominator": {"value": 24, "unit": "h", "code": "h"},
        }
    }
    supply = {"quantity": {"value": 92, "unit": "mL"}}
    return [
        request("Oxaliplatin 5 MG/ML Injectable Solution", 155, instantiatesUri=["urn:regimen/mfolfox6|1"]),
        request("Leucovorin 10 MG/ML", 730),
        request("Fluorouracil 50 MG/ML", 730, dosage=bolus),
        request("Fluorouracil 50 MG/ML", 4350, dosage=infusion, rate=rate, dispenseRequest=supply),
        request("Ondansetron 8 MG Oral Tablet", 8),
    ]


def bundle(*resources: dict[str, Any]) -> dict[str, Any]:
    return {"resourceType": "Bundle", "type": "collection", "entry": [{"resource": item} for item in resources]}


def weight(value: float) -> dict[str, Any]:
    return {
        "resourceType": "Observation", "status": "final", "subject": {"reference": "Patient/p1"},
        "code": {"coding": [{"system": "http://loinc.org", "code": "29463-7"}]}, "valueQuantity": {"value": value, "code": "kg"},
    }  # fmt: skip


def test_an_order_is_read_from_medication_requests() -> None:
    for data in (bundle(*requests(), weight(70)), requests()):
        result = audited(read_requests(data, "order"))
        assert told(result) == []
        assert result["order"]["version"] == "1"
        infusion = result["order"]["drugs"][3]
        assert infusion["rate"] == {"value": 2, "unit": "mL/h"}
        assert (infusion["volume"], infusion["hours"], infusion["days"], infusion["per"]) == (92, 46, [1], "dose")


def test_the_body_that_requests_were_made_for_is_held_against_the_case() -> None:
    assert told(audited(read_requests(bundle(*requests(), weight(95)), "order"))) == [("reject", "body")]


def test_a_request_that_was_canceled_is_no_part_of_the_order() -> None:
    twice = [*requests(), {**requests()[0], "status": "cancelled"}]
    assert told(audited(read_requests(twice, "order"))) == []
    assert told(audited(read_requests([*requests(), requests()[0]], "order"))) == [("reject", "duplicate:oxaliplatin")]


def test_the_regimen_of_requests_may_be_given_beside_them() -> None:
    bare = [{key: value for key, value in item.items() if key != "instantiatesUri"} for item in requests()]
    assert told(audited(read_requests(bare, "order"), regimen="mfolfox6")) == []
    with pytest.raises(WrittenRefused, match="regimen: not stated"):
        audited(read_requests(bare, "order"))
    with pytest.raises(WrittenRefused, match="name one"):
        audited(read_requests(requests(), "order"), regimen="folfiri")


CODE = {"coding": [{"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "32592"}]}
BAD_FHIR: list[tuple[Any, str]] = [
    ([{**requests()[0], "medicationCodeableConcept": CODE}], r"only the code '32592'; a drug is matched by its name"),
    ([{key: value for key, value in requests()[0].items() if not key.startswith("medication")}], "no medication; a drug is matched"),
    ([requests()[0], {**requests()[1], "subject": {"reference": "Patient/p2"}}], "for 2 people"),
    ([requests()[0], {**requests()[1], "instantiatesUri": ["urn:x/folfiri"]}], "several regimens"),
    ([], "holds no MedicationRequest"),
    ([{**requests()[0], "status": "cancelled"}], "holds no MedicationRequest"),
    (["text"], "no FHIR resource"),
    ({"resourceType": "Bundle"}, "expected a list of MedicationRequests"),
    ([request("oxaliplatin", 155, rate={"doseRange": {"low": {"value": 1}}})], "a range"),
    ([request("oxaliplatin", 155, dosage={"timing": {"event": ["soon"]}})], "expected a day"),
    ([request("oxaliplatin", 155, dosage={"timing": {"repeat": {"duration": 2, "durationUnit": "wk"}}})], "expected h, min or d"),
]  # fmt: skip


@pytest.mark.parametrize(("data", "message"), BAD_FHIR, ids=[row[1][:40] for row in BAD_FHIR])
def test_requests_that_cannot_be_understood_are_refused(data: Any, message: str) -> None:
    with pytest.raises(InputRefused, match=message) as refused:
        read_requests(data, "order.json")
    assert str(refused.value).startswith("order.json")


def test_the_page_shows_findings_doses_and_what_was_not_checked() -> None:
    result = audited({**changed(OXALIPLATIN, dose=1550), "cycle": 2}, {"cycle_number": 2})
    page = order_audit_html(result)
    for text in ("Rejected", "ten-fold:oxaliplatin", "+901.9%", "Not checked, or to be known", "DIFFERS"):
        assert text in page
    assert "<script" not in page


def test_severities_are_those_of_an_audit_of_a_plan() -> None:
    assert SEVERITIES == OF_A_PLAN


def test_every_key_of_a_written_order_and_every_tolerance_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "audit-an-order.md").read_text(encoding="utf-8")
    policies = [name for name in load_knowledge().dosing.policies if name.startswith("audit-")]
    assert [
        name
        for name in (*KEYS, *LINE_KEYS, *policies, *SEVERITIES)
        if f"`{name}`" not in page and f"| {name} |" not in page
    ] == []
