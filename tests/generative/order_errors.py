"""Orders as people write them, for invented people, and ten kinds of error to put into them."""

from __future__ import annotations

import copy
import json
from datetime import date, timedelta
from random import Random
from typing import Any

from chemoplan.dosing.audit_order import audit_order
from chemoplan.dosing.written import read_written
from chemoplan.vocabulary import SetValue, Value
from tests.generative.order_people import case_of, edges, facts_for, knowledge, ordered, regimens

WELL: dict[str, Any] = {
    "region": "US", "setting": "postoperative", "histology": "adenocarcinoma", "cM": "M0", "treatment_intent": "curative", "sex": "male",
    "age": 62.0, "ecog": 1.0, "creatinine_clearance": 90.0, "creatinine": 1.0, "neutrophils": 2.9, "platelets": 210.0, "bilirubin": 0.7,
    "bilirubin_ratio": 0.6, "aminotransferase_ratio": 0.8, "albumin": 4.0, "dpyd_activity_score": 2.0, "ugt1a1": "normal",
    "ras": "wild_type", "braf_v600e": "not_detected", "mmr": "proficient", "cT": "T3",
    "child_pugh_class": "A", "lvef": 60.0, "white_cells": 6.0, "inr": 1.0,
    "weeks_since_surgery": 6.0, "days_to_surgery": 200.0, "perfusion_study": "normal", "pump_volume": 30.0, "pump_flow": 1.4,
    "bleeding_risk": "low", "ctcae_version": 5.0, "days_since_pump_surgery": 40.0, "nadir_neutrophils": 2.0, "nadir_platelets": 150.0,
    "protein_24h": 0.1, "systolic_pressure": 125.0, "diastolic_pressure": 75.0, "qtcf": 410.0, "ast": 20.0, "alt": 20.0,
    "alkaline_phosphatase": 80.0, "primary_symptom": "none", "resectability": "resectable",
}  # fmt: skip
"""Facts with which nothing speaks against a cycle."""
NAMES = {
    "oxaliplatin": "Oxaliplatin",
    "fluorouracil": "5-FU",
    "leucovorin": "folinic acid",
    "capecitabine": "Xeloda",
    "irinotecan": "CPT-11",
}
OTHERS = ("cisplatin", "vincristine", "doxorubicin", "methotrexate")
DAY1 = date(2026, 11, 26)
Written = dict[str, Any]
KINDS = (
    "ten-fold", "basis", "body", "swapped-drug", "missed-pharmacogene", "missed-renal", "interaction", "early-cycle", "premedication",
    "pump-rate",
)  # fmt: skip


def well_person(regimen: str, rng: Random) -> dict[str, Value]:
    """Somebody who mostly can have the regimen: well, with up to two facts drawn from their limits."""
    vocabulary = knowledge().vocabulary
    facts: dict[str, Value] = {}
    for name in facts_for(regimen):
        fact = vocabulary[name]
        if name in WELL:
            facts[name] = WELL[name]
        elif fact.kind == "flag":
            facts[name] = False
        elif fact.kind == "set":
            facts[name] = SetValue(frozenset(), True)
        elif fact.numeric:
            facts[name] = min(fact.numbers())
        elif fact.kind == "choice":
            facts[name] = fact.values[0]
        else:
            facts[name] = (fact.range or (0.0, 1.0))[0]
    facts |= {
        "height": float(rng.randint(148, 198)),
        "weight": float(rng.randint(45, 125)),
        "cycle_number": float(rng.randint(1, 12)),
    }
    facts |= {"sex": rng.choice(["male", "female"]), "region": rng.choice(["US", "EU"]), "days_since_last_dose": 60.0}
    for name in rng.sample(
        sorted(set(facts) & set(edges()) - {"cycle_number", "days_since_last_dose"}), rng.randint(0, 2)
    ):
        low, high = vocabulary[name].range or (0.0, 100.0)
        near = rng.choice(edges()[name]) + rng.choice([-0.5, -0.1, 0.0, 0.1, 0.5])
        if not vocabulary[name].numeric and low <= near <= high:
            facts[name] = round(near, 3)
    for name in {"dpyd_activity_score", "ugt1a1"} & set(facts):
        if rng.random() < 0.1:
            facts[name] = (
                rng.choice([1.0, 1.5]) if name == "dpyd_activity_score" else rng.choice(["intermediate", "poor"])
            )
    return facts


def correct_order(seed: int) -> tuple[str, dict[str, Value], dict[str, Any]] | None:
    """A regimen, a person and the order that is right for them; None when there is none to give."""
    rng = Random(seed)
    regimen = rng.choice([item.id for item in regimens() if any(part.drug != "radiation" for part in item.parts)])
    facts = well_person(regimen, rng)
    result = ordered(regimen, facts)
    return (regimen, facts, result) if result["verdict"] == "to give" else None


def by_hand(result: dict[str, Any], rng: Random) -> Written:
    """The order as a person may write it: other names and footings, rounded doses, a surface of one decimal, rates of pumps."""
    coarse = rng.random() < 0.3
    area = result["body"]["surface"]
    cycle = result["cycle"]
    written: Written = {
        "regimen": result["regimen"], "version": result["version"], "cycle": cycle, "day1": DAY1.isoformat(),
        "weight": f"{result['body']['weight'] / 0.45359237:.1f} lb" if rng.random() < 0.3 else result["body"]["weight"],
        "choices": result["request"]["choices"], "acknowledged": [row["id"] for row in result["warnings"]],
        "premedication": [row["any_of"][0] if row["any_of"] else row["id"] for row in result["premedication"]], "drugs": [],
    }  # fmt: skip
    if cycle and cycle > 1:
        written["last_day1"] = (DAY1 - timedelta(days=60)).isoformat()
    if coarse and area:
        written["bsa"] = round(area, 1)
    for row in result["drugs"]:
        if row["unit"] == "Gy" or row["dose"] is None:
            continue
        factor = (
            round(area, 1) / area
            if coarse and area and row["published"]["unit"] == "mg/m2" and "tablets" not in row
            else 1
        )
        written["drugs"].append(_line(row, row["dose"] * factor, rng, coarse))
    return written


def _line(row: dict[str, Any], dose: float, rng: Random, coarse: bool) -> dict[str, Any]:
    if "tablets" not in row and not coarse and row["dose"]:
        step = 10 if dose >= 250 else 5 if dose >= 120 else 1 if dose >= 30 else 0
        dose = round(dose / step) * step if step else dose
    line: dict[str, Any] = {
        "drug": NAMES.get(row["drug"], row["drug"]),
        "dose": round(dose, 2),
        "unit": "mg",
        "per": row["per"],
    }
    if row["per_day"] and row["dose"] and rng.random() < 0.4:
        line |= {"dose": round(dose * row["per_day"] / row["dose"], 3), "per": "day"}
    if rng.random() < 0.2:
        line |= {"dose": round(line["dose"] / 1000, 6), "unit": "g"}
    # Two lines of one drug that look alike can only be told apart by what is written on them.
    if rng.random() < 0.8 or row["label"] or row["drug"] == "fluorouracil":
        line |= {"route": row["route"], "days": row["days"]} if row["days"] else {"route": row["route"]}
    part = next(item for item in knowledge().dosing.regimens[row["_regimen"]].parts if item.id == row["part"])
    if part.hours is not None:
        line["duration"] = f"{part.hours} h"
        if row["route"] == "intravenous continuous infusion" and rng.random() < 0.6:
            volume = rng.choice([92, 96, 115, 230, 240])
            line |= {"volume": f"{volume} mL", "rate": {"value": round(volume / float(part.hours), 2), "unit": "mL/h"}}
    return line


def written_for(regimen: str, result: dict[str, Any], rng: Random) -> Written:
    """`by_hand`, or what the program itself writes."""
    if rng.random() < 0.3:
        return json.loads(json.dumps(result))
    for row in result["drugs"]:
        row["_regimen"] = regimen
    return by_hand(result, rng)


def findings(written: Written, facts: dict[str, Value]) -> list[dict[str, Any]]:
    """What the audit says of an order for these facts."""
    result: dict[str, Any] = audit_order(read_written(written, knowledge()), case_of(facts), knowledge())
    return list(result["findings"])


def with_error(
    kind: str, regimen: str, facts: dict[str, Value], result: dict[str, Any], rng: Random
) -> tuple[Written, dict[str, Value]] | None:
    """The order with an error of this kind, and the facts to hold it against; None when it cannot be made here."""
    for row in result["drugs"]:
        row["_regimen"] = regimen
    written = by_hand(result, rng)
    lines = [line for line in written["drugs"] if line["dose"]]
    rows = dict(enumerate(row for row in result["drugs"] if row["unit"] != "Gy" and row["dose"]))
    if not lines or len(lines) != len(rows):
        return None
    made = _MAKERS[kind](written, lines, rows, facts, regimen, rng)
    return None if made is None else (written, made)


def _ten_fold(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    line = rng.choice(lines)
    line["dose"] = round(line["dose"] * rng.choice([10, 0.1]), 7)
    return facts


def _basis(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    able = [at for at, row in rows.items() if row["per_day"] and abs(row["per_day"] / row["dose"] - 1) > 0.2]
    if not able:
        return None
    at = rng.choice(able)
    row = rows[at]
    lines[at]["unit"] = "mg"
    swap = rng.random() < 0.5
    lines[at] |= {"dose": row["per_day"], "per": row["per"]} if swap else {"dose": row["dose"], "per": "day"}
    return facts


def _body(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    scaled = [
        at for at, row in rows.items() if row["published"]["unit"].endswith(("/m2", "/kg")) and row["per_day"] is None
    ]
    if not scaled:
        return None
    weight = float(facts["weight"]) * rng.choice([0.6, 0.7, 0.8, 1.25, 1.5, 2.2046])
    written.pop("bsa", None)
    for at, row in rows.items():
        unit = row["published"]["unit"]
        ratio = weight / float(facts["weight"])
        factor = ratio**0.5 if unit.endswith("/m2") else ratio if unit.endswith("/kg") else 1
        lines[at] |= {"dose": round(row["dose"] * factor, 2), "unit": "mg", "per": row["per"]}
    same = len({rows[at]["published"]["unit"][-2:] for at in scaled}) == 1 and len(scaled) == len(rows) > 1
    if same and 0.4 < weight / float(facts["weight"]) < 2.5 and rng.random() < 0.5:
        written.pop("weight")
    elif 30 <= weight <= 250:
        written["weight"] = round(weight, 1)
    else:
        return None
    return facts


def _swapped(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    mine = {row["drug"] for row in rows.values()}
    other = rng.choice(
        sorted({row.id for row in knowledge().dosing.drugs.values() if row.kind == "cytotoxic"} - mine) + list(OTHERS)
    )
    rng.choice(lines)["drug"] = other
    return facts


def _gene(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    changes = [{"dpyd_activity_score": score} for score in (0.0, 0.5, 1.0, 1.5)] + [{"ugt1a1": "poor"}]
    return _changed(rows, facts, regimen, rng, [change for change in changes if set(change) <= set(facts)])


def _renal(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    return _changed(
        rows, facts, regimen, rng, [{"creatinine_clearance": value} for value in (12.0, 22.0, 29.0, 35.0, 45.0)]
    )


def _interaction(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    if "medicines" not in facts:
        return None
    values = knowledge().vocabulary["medicines"].values
    return _changed(rows, facts, regimen, rng, [{"medicines": SetValue(frozenset({name}), True)} for name in values])


def _changed(rows: Any, facts: Any, regimen: str, rng: Random, changes: list[dict[str, Value]]) -> Any:
    """The facts with a change that asks for less, so that the order as it stands has missed it."""
    rng.shuffle(changes)
    for change in changes:
        after = {**facts, **change}
        found = [row for row in ordered(regimen, after)["drugs"] if row["unit"] != "Gy"]
        for row in rows.values():
            now = next((item for item in found if (item["part"], item["label"]) == (row["part"], row["label"])), None)
            less = now is not None and now["status"] in ("give", "omit") and now["dose"] < row["dose"] * 0.9
            if now is not None and (less or now["status"] == "stop"):
                return after
    return None


def _early(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    length = knowledge().dosing.regimens[regimen].cycle_days
    if not length or written["choices"] or written["cycle"] == 1:
        return None
    days = rng.randint(1, length - 1) if length > 1 else 0
    if not days:
        return None
    if rng.random() < 0.5 and "days_since_last_dose" in facts:
        del written["last_day1"]
        return {**facts, "days_since_last_dose": float(days)}
    written["last_day1"] = (DAY1 - timedelta(days=days)).isoformat()
    return {name: value for name, value in facts.items() if name != "days_since_last_dose"}


def _premedication(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    given = {row["drug"] for row in rows.values()}
    drugs = knowledge().dosing.drugs
    due = [
        item
        for name in given
        if name in drugs
        for item in drugs[name].premedication
        if item.when == "every" or written["cycle"] == 1
    ]
    if not due:
        return None
    written["premedication"] = ["loperamide"] if rng.random() < 0.5 else []
    return facts


def _pump(written: Any, lines: Any, rows: Any, facts: Any, regimen: Any, rng: Random) -> Any:
    able = [line for line in lines if "rate" in line]
    if not able:
        return None
    line = rng.choice(able)
    rate = line["rate"]["value"]
    factor, unit = rng.choice([(24, "mL/h"), (24, "mL/d"), (10, "mL/h"), (0.1, "mL/h"), (1.2, "mL/h")])
    line["rate"] = {"value": round(rate * factor, 3), "unit": unit}
    return facts


_MAKERS = {
    "ten-fold": _ten_fold, "basis": _basis, "body": _body, "swapped-drug": _swapped, "missed-pharmacogene": _gene, "missed-renal": _renal,
    "interaction": _interaction, "early-cycle": _early, "premedication": _premedication, "pump-rate": _pump,
}  # fmt: skip


def copied(result: dict[str, Any]) -> dict[str, Any]:
    """A copy that may be written on."""
    return copy.deepcopy(result)
