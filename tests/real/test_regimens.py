"""Every number of the reference regimens and sequences against the library. Skipped where the reference folder is absent."""

from __future__ import annotations

import json
import re
from decimal import Decimal

import pytest

from chemoplan.criteria.truth import reasons
from chemoplan.knowledge import load_knowledge
from chemoplan.knowledge.regimens import PublishedDose
from tests.real.conftest import reference_folder

PATH = reference_folder() / "regimens" / "regimens.json"
HELD = json.loads(PATH.read_text(encoding="utf-8"), parse_float=Decimal) if PATH.is_file() else {}
REGIMENS, SEQUENCES = HELD.get("regimens", []), HELD.get("sequences", [])
pytestmark = pytest.mark.skipif(not REGIMENS, reason="the reference folder is absent (set CHEMOPLAN_REFERENCE)")

KEYS = {
    "regimen": {
        "id", "version", "name", "draft_id", "aliases", "cycle", "components", "settings", "emetogenicity", "day1_thresholds",
        "sources", "status", "notes",
    },
    "component": {
        "drug", "dose", "route", "days", "days_note", "duration", "status", "order_as", "remark", "note", "timing", "weekly_total",
    },
    "dose": {
        "value", "unit", "per", "times_per_day", "loading", "alternatives", "then", "by_weight", "fractions", "basis", "remark",
        "cycle_days", "interval_days", "days",
    },
}  # fmt: skip
"""What the comparison below knows of; a new key of the reference has to be looked at."""
EMETOGENICITY = {
    "high (treat as)": "high",
    "moderate-high": "moderate to high",
    "low-moderate": "low to moderate",
    "minimal-low": "minimal to low",
}
INTERVALS = {14: [1, 15], 7: [1, 8]}
"""A dose every 14 days of a cycle of 28, every 7 of a cycle of 14."""
BOTH_FORMS = {"racemic": ("200", "mg/m2", "", [], None), "levo": ("200", "mg/m2", "levoleucovorin", [], None)}
CHOICES_BESIDE_THE_REFERENCE = {
    # Told there in a note: one report writes leucovorin, the other l-leucovorin.
    ("folfoxiri", "leucovorin"): BOTH_FORMS,
    ("folfoxiri-bevacizumab", "leucovorin"): BOTH_FORMS,
    ("folfoxiri-panitumumab", "leucovorin"): BOTH_FORMS,
    # The reference names the leucovorin of this schedule in a remark on fluorouracil.
    ("hai-floxuridine-oxaliplatin-fluorouracil", "leucovorin"): {"unresectable": ("400", "mg/m2", "", [1, 15], 28)},
    # The start of ReDOS, known to the plan.
    ("regorafenib", "regorafenib"): {"weekly-escalation": ("80", "mg", "", [1, 2, 3, 4, 5, 6, 7], None)},
}
"""Value, unit, another form of the drug, days and cycle of each choice that the reference does not list as an alternative."""
DAYS_TEXT = {
    None: "",
    "every day of the cycle": "",
    "Monday to Friday during radiation": "Monday to Friday, one fraction a day",
    "radiation days (5 of 7); 7 of 7 in some protocols": "on the days of radiation, 5 of 7; on all 7 in some protocols",
    "or days 1-5": "days 1 to 7; days 1 to 5 in some protocols",
}
WEIGHTS_BESIDE_THE_REFERENCE = {
    # Told there in a note: nivolumab 3 mg/kg below 40 kg.
    ("nivolumab-ipilimumab", "nivolumab"): [
        (Decimal(40), PublishedDose(Decimal(3), "mg/kg")),
        (None, PublishedDose(Decimal(240), "mg")),
    ],
}
SOURCES_BESIDE_THE_REFERENCE = {"regorafenib": {"correct-redos"}}
WITHOUT_DAY1 = {"scrt", "hai-floxuridine"}
"""Radiation alone waits for no blood count; the pump has a start gate of its own."""


def _regimens():
    return pytest.mark.parametrize("raw", REGIMENS, ids=lambda raw: raw["id"])


def _parts():
    rows = [(raw, at) for raw in REGIMENS for at in range(len(raw["components"]))]
    return pytest.mark.parametrize(
        ("raw", "at"), rows, ids=lambda item: item["id"] if isinstance(item, dict) else str(item)
    )


def _held(raw):
    return load_knowledge().dosing.regimens[raw["id"]]


def _dose(raw, times=None):
    value = raw["value"] if isinstance(raw["value"], Decimal) else Decimal(raw["value"])
    return PublishedDose(value, raw["unit"], raw.get("per", "dose"), raw.get("times_per_day", times or 1))


def _numbers(text):
    return [Decimal(item) for item in re.findall(r"\d+(?:\.\d+)?", text or "")]


def _source(name):
    return "unsourced" if name == "MEM" else name.lower()


def test_the_library_holds_the_regimens_and_sequences_of_the_reference_and_no_other():
    held = load_knowledge().dosing
    assert set(held.regimens) == {raw["id"] for raw in REGIMENS}
    assert set(held.sequences) == {raw["id"] for raw in SEQUENCES}
    assert len(REGIMENS) == 64
    assert len(SEQUENCES) == 5


@_regimens()
def test_the_reference_says_nothing_that_this_comparison_does_not_know(raw):
    assert set(raw) <= KEYS["regimen"]
    for part in raw["components"]:
        assert set(part) <= KEYS["component"]
        doses = [part["dose"], *part["dose"].get("alternatives", [])]
        for dose in doses + [item["loading"] for item in doses if "loading" in item]:
            assert set(dose) <= KEYS["dose"]


@_regimens()
def test_version_cycle_statuses_sources_and_names_are_those_of_the_reference(raw):
    held = _held(raw)
    assert held.version == raw["version"]
    assert held.cycle_days == (raw["cycle"]["value"] if raw["cycle"] else None)
    assert (raw["cycle"] or {"unit": "d"})["unit"] == "d"
    status = raw["status"]
    assert held.status == status["dosing"]
    assert held.uses_status == status["settings"]
    assert held.emetogenicity_status == status["emetogenicity"]
    assert held.emetogenicity == EMETOGENICITY.get(raw["emetogenicity"], raw["emetogenicity"])
    wanted = {_source(name) for name in raw["sources"]} | SOURCES_BESIDE_THE_REFERENCE.get(raw["id"], set())
    assert {line.source for line in held.evidence} == wanted
    assert raw["draft_id"] in (held.title, *held.aliases)
    assert held.uses


@_regimens()
def test_an_earlier_version_is_told_wherever_the_version_has_moved_on(raw):
    assert set(_held(raw).earlier) == {str(version) for version in range(1, raw["version"])}


@_regimens()
def test_the_weakest_evidence_is_no_stronger_than_the_weakest_dose(raw):
    order = ["unverified", "partly", "verified"]
    held = _held(raw)
    weakest = min((part.status for part in held.parts), key=order.index)
    assert order.index(min((line.status for line in held.evidence), key=order.index)) <= order.index(weakest)
    assert order.index(held.status) <= order.index(max((part.status for part in held.parts), key=order.index))


@_parts()
def test_each_part_has_the_dose_days_route_and_duration_of_the_reference(raw, at):
    part, given = _held(raw).parts[at], raw["components"][at]
    assert len(_held(raw).parts) == len(raw["components"])
    assert part.drug == given["drug"]
    assert part.dose == _dose(given["dose"])
    assert part.route == given["route"]
    assert part.status == given["status"]
    assert list(part.days) == (given["days"] or [])
    assert part.fractions == given["dose"].get("fractions")
    bolus = given["route"] == "intravenous bolus"
    assert part.id == (f"fluorouracil-{'bolus' if bolus else 'infusion'}" if part.drug == "fluorouracil" else part.drug)
    assert _numbers(part.duration) == _numbers(given["duration"])
    assert part.days_text == DAYS_TEXT[given.get("days_note")]


@_parts()
def test_hours_stand_where_one_number_is_published_for_the_dose_as_given(raw, at):
    part, given = _held(raw).parts[at], raw["components"][at]
    found = re.fullmatch(r"(\d+) (h|min)(?:/day)?", given["duration"] or "")
    single = found and (given["dose"]["per"] != "day" or given["duration"].endswith("/day"))
    expected = Decimal(found[1]) / (60 if found[2] == "min" else 1) if found and single else None
    assert part.hours == expected


@_parts()
def test_a_total_is_ordered_per_day_over_the_days_of_the_reference(raw, at):
    part, given = _held(raw).parts[at], raw["components"][at]
    ordered = given.get("order_as")
    assert part.nominal_days == (ordered["nominal_days"] if ordered else None)
    if ordered:
        assert part.dose.value / part.nominal_days == ordered["value"]
        assert (ordered["unit"], ordered["per"]) == (part.dose.unit, "day")
    if "weekly_total" in given:
        assert part.dose.value * len(part.days) == given["weekly_total"]["value"]


@_parts()
def test_loading_later_and_weight_doses_are_those_of_the_reference(raw, at):
    part, dose = _held(raw).parts[at], raw["components"][at]["dose"]
    assert part.loading == (_dose(dose["loading"]) if "loading" in dose else None)
    assert part.later == (_dose(dose["then"]) if "then" in dose else None)
    assert part.later_from == (dose["then"]["from_day"] if "then" in dose else None)
    rows = [(row.get("below_kg"), _dose(row, dose.get("times_per_day"))) for row in dose.get("by_weight", [])]
    assert list(part.by_weight) == (rows or WEIGHTS_BESIDE_THE_REFERENCE.get((raw["id"], part.id), []))
    if rows:
        assert rows[-1][0] is None
        assert [row["from_kg"] for row in dose["by_weight"][1:]] == [row["below_kg"] for row in dose["by_weight"][:-1]]


@_parts()
def test_each_alternative_of_the_reference_is_a_choice_with_the_same_numbers(raw, at):
    part, given = _held(raw).parts[at], raw["components"][at]
    extra = CHOICES_BESIDE_THE_REFERENCE.get((raw["id"], part.id), {})
    found = {choice.id: choice for choice in part.choices if choice.id in extra}
    assert {
        name: (str(choice.dose.value), choice.dose.unit, choice.drug, list(choice.days), choice.cycle_days)
        for name, choice in found.items()
    } == extra
    choices = [choice for choice in part.choices if choice.id not in extra]
    alternatives = given["dose"].get("alternatives", [])
    assert len(choices) == len(alternatives)
    for choice, other in zip(choices, alternatives, strict=True):
        assert choice.dose == _dose(other)
        assert choice.loading == (_dose(other["loading"]) if "loading" in other else None)
        assert choice.cycle_days == other.get("cycle_days")
        days = other.get("days") or (INTERVALS[other["interval_days"]] if "interval_days" in other else [])
        assert list(choice.days) == days
        if "interval_days" in other:
            assert days[1] - days[0] == other["interval_days"]
            assert days[-1] + other["interval_days"] == raw["cycle"]["value"] + 1
        assert choice.status == ("unverified" if "unverified" in other.get("remark", "") else "verified")
        assert bool(choice.drug) == ("levoleucovorin" in other.get("remark", ""))


@_regimens()
def test_the_day_1_rules_of_a_regimen_ask_for_the_counts_of_the_reference(raw):
    held, limits = _held(raw), raw["day1_thresholds"]
    if raw["id"] in WITHOUT_DAY1:
        assert held.day1 == ()
        return
    rules = [load_knowledge().dosing.dose_changes[name] for name in held.day1]
    assert rules
    neutrophils, platelets = float(limits["neutrophils"]["at_least"]), float(limits["platelets"]["at_least"])
    assert {limits["neutrophils"]["unit"], limits["platelets"]["unit"]} == {"10*9/L"}
    for given, waits in (((0, 0), False), ((-0.01, 0), True), ((0, -1), True)):
        facts = {"neutrophils": neutrophils + given[0], "platelets": platelets + given[1]}
        verdicts = [reasons(rule.when, facts)[0] for rule in rules if rule.action == "delay"]
        assert any(verdict is True for verdict in verdicts) is waits, facts


@pytest.mark.parametrize("raw", SEQUENCES, ids=lambda raw: raw["id"])
def test_each_sequence_has_the_steps_cycles_and_gaps_of_the_reference(raw):
    held = load_knowledge().dosing.sequences[raw["id"]]
    assert held.version == raw["version"]
    assert held.status == raw["status"]
    given = list(raw["steps"])
    steps = list(held.steps)
    watch = "watch-and-wait" in given[-1]["text"]
    if watch:  # restaging and what follows from it are two steps here
        assert steps.pop().kind == "choice"
    if raw["id"] == "prospect-selective-crt":  # restaging and the chemoradiation that may follow are two steps here
        assert steps.pop(1).kind == "restaging"
    assert [list(step.regimens) for step in steps] == [step["regimen_ids"] for step in given]
    for step, other in zip(steps, given, strict=True):
        counts = [int(item) for item in re.findall(r" x(\d+)", other["text"])]
        named = list(step.cycles.values())
        assert named == counts or (not counts and set(named) <= {1})
        window = re.search(r"(\d+)-(\d+) wk after finishing", other["text"])
        assert step.gap_weeks == ((int(window[1]), int(window[2])) if window else None)
    known = {line.source for line in held.evidence}
    assert {_source(name) for name in raw["sources"] if "(" not in name} <= known
