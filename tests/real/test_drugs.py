"""Every field of the reference on drugs is held: by topic, with its sources and status, its levels, and its numbers."""

from __future__ import annotations

import json
import re
from collections import Counter
from decimal import Decimal

import pytest

from chemoplan.knowledge import load_knowledge

HELD = load_knowledge().dosing.drugs
NOT_OF_THE_REFERENCE = {"levoleucovorin", "radiation"}
TOPICS = {
    "admin": "giving", "approval": "approval", "baseline": "before-treatment", "boxed": "boxed-warning", "caps": "dose-cap",
    "cardiac": "heart", "caution": "caution", "contraindications": "contraindications", "cumulative": "cumulative-dose",
    "day1": "before-treatment", "dose": "dose", "dosemod": "dose-changes", "dosemod_combo": "dose-changes",
    "emetogenicity": "emetogenicity", "extravasation": "extravasation", "fu_levels_with": "dose-levels", "gene": "biomarker",
    "gi": "dose-changes", "hazard": "hazard", "heme": "dose-changes", "hepatic": "liver", "hfs": "hand-foot",
    "hold_in_cycle": "hold", "hormonal": "contraception", "in_cycle_hold": "hold", "infusion": "giving",
    "interactions": "interactions", "label_withhold": "withhold", "levels": "dose-levels", "live_vaccines": "live-vaccines",
    "lvef": "heart", "mods": "dose-changes", "monitor": "monitoring", "monitoring": "monitoring", "neuropathy": "neuropathy",
    "never_increase": "raising-again", "not_with": "not-with", "other_warnings": "warnings", "pregnancy": "pregnancy",
    "prehydration": "giving", "premed": "premedication", "prolong": "giving", "prophylaxis": "prophylaxis",
    "reduce": "dose-changes", "renal": "kidney", "renal_method": "kidney-measure", "rounding": "rounding",
    "start_lower": "lower-start", "stop_signs": "stop", "surgery": "surgery", "tablets": "tablets",
    "toxicity_antidote": "antidote", "ugt1a1": "ugt1a1", "vial": "vial",
}  # fmt: skip
"""By field of the reference, the topic that tells it."""
OTHER_TOPICS = {
    ("leucovorin", "infusion"): "infusion",
    ("leucovorin", "note"): "forms",
    ("bevacizumab", "note"): "protein",
}
STRUCTURE = {"atc", "route", "table", "see"}
"""Fields that name codes, routes and other files; they are told below."""
CARRIED_OVER = {("fluorouracil", (2400, 1920, 1440))}
"""A ladder of no reference field; it says that it is carried over, and is unverified."""


@pytest.fixture(scope="session")
def drugs(reference):
    return json.loads((reference / "regimens" / "drugs.json").read_text(encoding="utf-8"))["drugs"]


def _fields(drug):
    """(field, row) for each thing that the reference says of a drug; a list counts item by item."""
    for name, raw in drug.items():
        if name not in STRUCTURE:
            yield from ((name, row) for row in (raw if isinstance(raw, list) else [raw]))


def _topic(drug, field):
    return OTHER_TOPICS.get((drug, field)) or TOPICS[field]


def _texts(value):
    if isinstance(value, dict):
        for key, item in value.items():
            yield str(key)
            yield from _texts(item)
    elif isinstance(value, list):
        for item in value:
            yield from _texts(item)
    else:
        yield str(value)


def _sources(row):
    return {"unsourced" if name == "MEM" else name.lower() for name in row["source"]}


def test_every_drug_of_the_reference_is_held_and_no_other(drugs):
    assert set(HELD) - NOT_OF_THE_REFERENCE == set(drugs)


def test_codes_and_routes_are_those_of_the_reference(drugs):
    words = {"IV": "intravenous", "PO": "oral", "CI": "continuous infusion", "hepatic": "hepatic"}
    for name, drug in drugs.items():
        assert HELD[name].atc == (drug["atc"] or ""), name
        assert HELD[name].routes, name
        for route in drug.get("route", ()):
            wanted = words[route.split()[0]]
            assert any(wanted in held for held in HELD[name].routes), (name, route)


def test_each_field_has_a_statement_of_its_topic(drugs):
    for name, drug in drugs.items():
        wanted = Counter(_topic(name, field) for field, _ in _fields(drug))
        held = Counter(statement.topic for statement in HELD[name].statements)
        short = {topic: count for topic, count in wanted.items() if held[topic] < _least(drug, name, topic)}
        assert not short, name


def _least(drug, name, topic):
    """At least one statement for each field of the topic, and one for each item of a list."""
    fields = {field for field, _ in _fields(drug) if _topic(name, field) == topic}
    return sum(len(drug[field]) if isinstance(drug[field], list) else 1 for field in fields)


def test_each_topic_carries_the_sources_and_the_status_of_its_fields(drugs):
    for name, drug in drugs.items():
        for topic in {_topic(name, field) for field, _ in _fields(drug)}:
            rows = [row for field, row in _fields(drug) if _topic(name, field) == topic]
            wanted = {(source, row["status"]) for row in rows for source in _sources(row) if source != "unsourced"}
            lines = [line for item in HELD[name].statements if item.topic == topic for line in item.evidence]
            held = {(line.source, line.status) for line in lines if line.source != "unsourced"}
            assert held >= wanted, (name, topic)
            assert {status for _, status in held} <= {row["status"] for row in rows}, (name, topic)
            assert all(line.status == "unverified" for line in lines if line.source == "unsourced"), (name, topic)
            if any("unsourced" in _sources(row) for row in rows):
                assert any(line.source == "unsourced" for line in lines), (name, topic)


def test_what_was_not_read_is_said(drugs):
    for name, drug in drugs.items():
        for topic in {_topic(name, field) for field, row in _fields(drug) if row.get("needs")}:
            lines = [line for item in HELD[name].statements if item.topic == topic for line in item.evidence]
            said = " ".join(line.says for line in lines)
            assert re.search(r"[Nn]ot read|would settle", said), (name, topic)


def test_every_list_of_levels_is_a_ladder_with_the_same_numbers(drugs):
    wanted = set()
    for name, drug in drugs.items():
        for field in ("levels", "fu_levels_with"):
            value = drug.get(field, {}).get("value", [])
            owner = "fluorouracil" if field == "fu_levels_with" else name
            for steps in value.values() if isinstance(value, dict) else [value] if value else []:
                numbers = tuple(step for step in steps if not isinstance(step, str))
                if len(set(numbers)) > 1:
                    wanted.add((owner, tuple(Decimal(str(number)) for number in numbers)))
    held = {(name, ladder.steps) for name, drug in HELD.items() for ladder in drug.ladders}
    assert held >= wanted
    others = {(name, tuple(map(int, steps))) for name, steps in held - wanted}
    assert others == {*CARRIED_OVER, ("adagrasib", (600, 400)), ("larotrectinib", (100, 75, 50))}


def test_levels_that_change_how_often_a_drug_is_given_say_what_comes_below(drugs):
    assert drugs["adagrasib"]["levels"]["value"] == ["600 bid", "400 bid", "600 daily"]
    assert HELD["adagrasib"].ladders[0].below == "600 mg once a day"
    assert "75 bid, 50 bid, 100 daily" in drugs["larotrectinib"]["dose"]["value"]
    assert HELD["larotrectinib"].ladders[0].below == "100 mg once a day"
    assert {name for name, drug in HELD.items() if any(item.below for item in drug.ladders)} == {
        "adagrasib", "larotrectinib",
    }  # fmt: skip


def test_the_status_of_the_levels_is_that_of_the_reference(drugs):
    for name, drug in drugs.items():
        if "levels" in drug:
            statuses = {line.status for ladder in HELD[name].ladders for line in ladder.evidence}
            assert statuses == {drug["levels"]["status"]}, name


def test_strengths_and_solutions_are_those_of_the_reference(drugs):
    assert [int(item) for item in HELD["capecitabine"].strengths] == drugs["capecitabine"]["tablets"]["value"]
    assert HELD["fluorouracil"].concentration == Decimal(drugs["fluorouracil"]["vial"]["value"].split()[0])
    assert f"= {HELD['floxuridine'].concentration} mg/mL" in drugs["floxuridine"]["vial"]["value"]
    assert f"(4x{HELD['encorafenib'].strengths[0]} mg)" in drugs["encorafenib"]["dose"]["value"]
    named = "/".join(str(item) for item in HELD["bevacizumab"].strengths)
    assert f"{named} mg vial" in drugs["bevacizumab"]["rounding"]["value"]


def test_a_reduced_dose_is_kept_where_the_reference_says_so(drugs):
    for name, drug in drugs.items():
        said = " ".join(text for _, row in _fields(drug) for text in _texts(row["value"]))
        assert HELD[name].raises_again == ("re-escalat" not in said), name


NUMBER = re.compile(r"(?<![A-Za-z\d.])\d+(?:\.\d+)?")
NOT_A_QUANTITY = re.compile(
    r"10\*9|5-FU|\bq\d+[dwh]\b|q24h|\bx\d+\b|\bq2w|CYP\w+|UGT\w+|PMC\d+|\*\d+|FOLFOX\d|FOLFOXIRI|8HW|CheckMate-142|2C9|2D6|TRIO-013"
)
NO_QUANTITY_HERE = {("fluorouracil", "26"): "the year 2025-26", ("bevacizumab", "1"): "the first line"}


def test_every_number_of_a_field_stands_in_what_is_said_of_its_topic(drugs):
    """Numbers of the reference; units, codes and names of regimens and trials aside."""
    missing = []
    for name, drug in drugs.items():
        for field, row in _fields(drug):
            items = [item for item in HELD[name].statements if item.topic == _topic(name, field)]
            words = [word for item in items for word in (item.text, *(line.says for line in item.evidence))]
            held = {Decimal(number) for number in re.findall(r"\d+(?:\.\d+)?", " ".join(words).replace(",", ""))}
            for text in _texts(row["value"]):
                found = NUMBER.findall(NOT_A_QUANTITY.sub(" ", text.replace(",", "")))
                missing += [(name, field, number) for number in found if Decimal(number) not in held]
    assert [row for row in missing if (row[0], row[2]) not in NO_QUANTITY_HERE] == []
