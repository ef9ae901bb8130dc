"""Whatever the bytes: a Reading or one refusing line, and no fact that disappears in silence."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.case.statement import Reading
from chemoplan.intake import InputRefused, read_document, read_reading
from chemoplan.intake.fhir.tables import FACT_SYSTEM
from chemoplan.report.fhir import plan_bundle
from chemoplan.vocabulary import load_vocabulary

SHORT_RUNS, LONG_RUNS = 300, 10_000

CASE: dict[str, Any] = {
    "case": "invented",
    "title": "An invented case",
    "decided_on": "2026-03-31",
    "source": "letter",
    "complete": ["mri"],
    "age": 61,
    "facts": {
        "ecog": 1,
        "cT": "T3",
        "tumor_height": {"value": 45, "unit": "mm", "date": "2026-03-20", "method": "MRI"},
        "metastatic_sites": {"at_least": ["liver"]},
        "prior_drugs": [],
        "weight": [{"value": 70, "date": "2026-03-01"}, {"value": "71 kg"}],
        "emvi": True,
        "dpyd_activity_score": 1.5,
        "mmr": None,
    },
}
LOINC = "http://loinc.org"
BUNDLE: dict[str, Any] = {
    "resourceType": "Bundle",
    "type": "collection",
    "timestamp": "2026-03-31T00:00:00Z",
    "entry": [
        {
            "fullUrl": "urn:uuid:p",
            "resource": {"resourceType": "Patient", "id": "p", "gender": "male", "birthDate": "1960-01-01"},
        },
        {
            "resource": {
                "resourceType": "Condition",
                "id": "c",
                "subject": {"reference": "Patient/p"},
                "code": {
                    "coding": [
                        {
                            "system": "http://snomed.info/sct",
                            "code": "93984006",
                            "display": "Malignant neoplasm of rectum",
                        }
                    ]
                },
                "extension": [
                    {"url": "x/mcode-histology-morphology-behavior", "valueCodeableConcept": {"text": "Adenocarcinoma"}}
                ],
            }
        },
        {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "subject": {"reference": "Patient/p"},
                "code": {"coding": [{"system": "http://snomed.info/sct", "code": "399504009"}]},
                "method": {"coding": [{"system": "http://snomed.info/sct", "code": "897275008"}]},
                "focus": [{"reference": "Condition/c"}],
                "effectivePeriod": {"start": "2026-03-01"},
                "valueCodeableConcept": {
                    "coding": [{"system": "http://snomed.info/sct", "code": "1228938002", "display": "cT3"}]
                },
            }
        },
        {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "subject": {"reference": "urn:uuid:p"},
                "code": {"coding": [{"system": LOINC, "code": "69548-6"}]},
                "effectiveDateTime": "2026-03-01",
                "valueCodeableConcept": {"coding": [{"system": LOINC, "code": "LA9633-4"}]},
                "component": [
                    {
                        "code": {"coding": [{"system": LOINC, "code": "48018-6"}]},
                        "valueCodeableConcept": {
                            "coding": [{"system": "http://www.genenames.org", "code": "HGNC:6407", "display": "KRAS"}]
                        },
                    },
                    {
                        "code": {"coding": [{"system": LOINC, "code": "48005-3"}]},
                        "valueCodeableConcept": {"text": "p.Gly12Asp"},
                    },
                ],
            }
        },
        {
            "resource": {
                "resourceType": "Observation",
                "status": "final",
                "subject": {"reference": "Patient/p"},
                "code": {"coding": [{"system": LOINC, "code": "1975-2"}]},
                "valueQuantity": {"value": 1.1, "code": "mg/dL"},
                "referenceRange": [{"high": {"value": 1.2, "code": "mg/dL"}}],
            }
        },
        {
            "resource": {
                "resourceType": "MedicationStatement",
                "status": "completed",
                "subject": {"reference": "Patient/p"},
                "medicationReference": {"reference": "#m"},
                "contained": [{"resourceType": "Medication", "id": "m", "code": {"text": "oxaliplatin"}}],
            }
        },
        {
            "resource": {
                "resourceType": "Procedure",
                "status": "completed",
                "subject": {"reference": "Patient/p"},
                "code": {"text": "radiation therapy"},
                "bodySite": [{"text": "rectum"}],
                "performedPeriod": {"end": "2025-12-01"},
            }
        },
    ],
}
ODD: list[Any] = [
    None, True, False, 0, -1, 1e308, 10**400, 3.5, "", " ", "x", "T4", "2026-13-45", "9999-99-99", "\u202e", "\x00",
    [], {}, [[]], [None], [{}], {"value": None}, {"value": []}, {"coding": "x"}, {"coding": [None]}, "p.Gly12",
    {"coding": [{"code": 5}]}, {"reference": 7}, {"at_least": 5}, {"at_least": ["moon"]}, "a" * 5000, "<", ["liver", 5],
    {"x": {"y": {"z": []}}}, "Patient/q",
]  # fmt: skip


def places(data: Any) -> list[tuple[Any, Any]]:
    """Every (container, key) of plain data."""
    found: list[tuple[Any, Any]] = []
    stack = [data]
    while stack:
        item = stack.pop()
        keys = list(item) if isinstance(item, dict) else range(len(item)) if isinstance(item, list) else []
        for key in keys:
            found.append((item, key))
            stack.append(item[key])
    return found


def mutate(data: Any, chance: random.Random) -> Any:
    """A copy with one to four members replaced, removed, renamed, wrapped or doubled."""
    changed = copy.deepcopy(data)
    for _ in range(chance.randint(1, 4)):
        spots = places(changed)
        if not spots:
            break
        container, key = chance.choice(spots)
        act = chance.randrange(5)
        if act == 0:
            container[key] = copy.deepcopy(chance.choice(ODD))
        elif act == 1:
            del container[key]
        elif act == 2 and isinstance(container, dict):
            names = [*load_vocabulary(), "resourceType", "subject", "code", "x_mine", "note", "facts", "Q" * 90, ""]
            container[chance.choice(names)] = container.pop(key)
        elif act == 3:
            container[key] = [container[key]] if chance.random() < 0.5 else {"value": container[key]}
        elif isinstance(container, list):
            container.append(copy.deepcopy(container[key]))
    return changed


def scramble(content: bytes, chance: random.Random) -> bytes:
    """Bytes flipped, cut, repeated or thrown in."""
    data = bytearray(content)
    for _ in range(chance.randint(1, 8)):
        spot = chance.randrange(len(data) + 1)
        act = chance.randrange(4)
        if act == 0 and spot < len(data):
            data[spot] = chance.randrange(256)
        elif act == 1:
            del data[spot : spot + chance.randint(1, 20)]
        elif act == 2:
            data[spot:spot] = chance.choice(
                [b"\xff", b"{", b"[" * 80, b"&a ", b"*a", b"!!int ", b"\n", b": ", b"\x00", b'"', b"NaN", b"- "]
            )
        else:
            data[spot:spot] = data[spot : spot + 40]
    return bytes(data)


def outcome(act: Callable[[], Reading]) -> Reading | None:
    """A Reading, or None when refused in one printable line. Anything else fails the test."""
    try:
        reading = act()
    except InputRefused as refused:
        assert str(refused).isprintable() and str(refused)
        return None
    assert isinstance(reading, Reading)
    for problem in reading.problems:
        assert problem.message and problem.message.isprintable() and problem.path.isprintable()
        assert problem.severity in ("error", "warning")
    for statement in reading.statements:
        fact = load_vocabulary()[statement.fact]
        assert fact.read(fact.plain(statement.value)) == statement.value and not fact.derived
    return reading


def said(reading: Reading, path: str, name: str) -> bool:
    """True when an entry was stated, kept, or is told of at its own place."""
    printable = "".join(char if char.isprintable() else " " for char in " ".join(path.split()))
    told = {problem.path.split(" (line", 1)[0] for problem in reading.problems}
    return (
        any(item.fact == name for item in reading.statements)
        or any(key == path or key.startswith((f"{path}.", f"{path}[")) for key in reading.extra)
        or any(place == printable or place.startswith((f"{printable}.", f"{printable}[")) for place in told)
    )


def assert_nothing_lost(data: dict[str, Any], reading: Reading) -> None:
    """Every fact entry is stated, refused or kept, or says nothing (null, or a list or mapping of nothing but null)."""
    head = {"case", "title", "decided_on", "source", "complete", "facts"}
    nested = data.get("facts")
    entries = [(name, name, value) for name, value in data.items() if name not in head]
    entries += [(f"facts.{name}", name, value) for name, value in nested.items()] if isinstance(nested, dict) else []
    for path, name, value in entries:
        empty = value is None or (isinstance(value, dict) and value.get("value", 1) is None) or value == [None]
        dated = isinstance(value, list) and value and all(item is None or item == {"value": None} for item in value)
        assert empty or dated or said(reading, path, name), path


def assert_no_resource_lost(data: Any, reading: Reading) -> None:
    """Every entry that could bear a fact is stated, told of or kept; a repetition of another one may be quiet."""
    entries = data.get("entry") if isinstance(data, dict) and data.get("resourceType") == "Bundle" else None
    told = [item.source.locator for item in (*reading.statements, *reading.complete)]
    told += [problem.path for problem in reading.problems] + list(reading.extra)
    stated = {item.fact for item in reading.statements}
    for index, entry in enumerate(entries if isinstance(entries, list) else []):
        path = f"Bundle.entry[{index}]"
        resource = entry.get("resource") if isinstance(entry, dict) else None
        kind = resource.get("resourceType") if isinstance(resource, dict) else None
        quiet = kind in ("Patient", "Bundle", "Medication", "Condition") or FACT_SYSTEM in json.dumps(resource)
        repeated = isinstance(entries, list) and len(entries) > len(BUNDLE["entry"]) and stated
        assert (
            quiet or repeated or any(place == path or place.startswith((f"{path}.", f"{path}[")) for place in told)
        ), path


def run_case_files(runs: int, seed: int, folder: Path) -> int:
    chance, read = random.Random(seed), 0
    for number in range(runs):
        if number % 2:
            data = mutate(CASE, chance)
            reading = outcome(lambda data=data: read_reading(data, "case.json"))  # type: ignore[misc]
            if reading is not None and isinstance(data, dict) and "resourceType" not in data:
                assert_nothing_lost(data, reading)
        else:
            text = yaml.safe_dump(CASE, sort_keys=False) if chance.random() < 0.5 else json.dumps(CASE, indent=1)
            path = folder / chance.choice(["case.yaml", "case.json", "case.csv", "case"])
            path.write_bytes(scramble(text.encode(), chance))
            reading = outcome(lambda path=path: read_document(path))  # type: ignore[misc]
        read += reading is not None
    return read


def run_bundles(runs: int, seed: int, folder: Path) -> int:
    chance, read = random.Random(seed), 0
    own = plan_bundle(read_reading(CASE, "case.json"), {"options": [{"id": "a"}]})
    for number in range(runs):
        base = own if number % 3 == 0 else BUNDLE
        if number % 4:
            data = mutate(base, chance)
            reading = outcome(lambda data=data: read_reading(data, "bundle.json"))  # type: ignore[misc]
            if reading is not None:
                assert_no_resource_lost(data, reading)
        else:
            path = folder / "bundle.json"
            path.write_bytes(scramble(json.dumps(base).encode(), chance))
            reading = outcome(lambda path=path: read_document(path))  # type: ignore[misc]
        read += reading is not None
    return read


def test_the_unmutated_inputs_are_read_without_a_problem() -> None:
    assert read_reading(CASE, "case.json").problems == ()
    reading = read_reading(BUNDLE, "bundle.json")
    assert reading.problems == ()
    assert {item.fact for item in reading.statements} == {
        "sex", "age", "primary_site", "histology", "cT", "ras", "bilirubin_ratio", "prior_drugs", "prior_pelvic_radiation",
    }  # fmt: skip


def test_mutated_case_files_are_read_or_refused_and_lose_nothing(tmp_path: Path) -> None:
    assert run_case_files(SHORT_RUNS, 1, tmp_path) > SHORT_RUNS // 4


def test_mutated_bundles_are_read_or_refused(tmp_path: Path) -> None:
    assert run_bundles(SHORT_RUNS, 2, tmp_path) > SHORT_RUNS // 4


@pytest.mark.long
def test_ten_thousand_mutations_are_read_or_refused_and_lose_nothing(tmp_path: Path) -> None:
    assert run_case_files(LONG_RUNS // 2, 3, tmp_path) > LONG_RUNS // 8
    assert run_bundles(LONG_RUNS // 2, 4, tmp_path) > LONG_RUNS // 8


KEYS = [
    *list(load_vocabulary())[:25],
    "facts",
    "resourceType",
    "entry",
    "resource",
    "code",
    "coding",
    "value",
    "subject",
]
leaves = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["Bundle", "final"])
)
plain = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=8), inner, max_size=5)
    ),
    max_leaves=25,
)


@settings(max_examples=settings.default.max_examples // 4)
@given(plain)
def test_any_plain_data_is_read_or_refused(data: Any) -> None:
    reading = outcome(lambda: read_reading(data, "data.json"))
    if reading is not None and "resourceType" not in data:
        assert_nothing_lost(data, reading)


@settings(max_examples=settings.default.max_examples // 4)
@given(
    st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode("utf-8", "surrogatepass")),
    st.sampled_from(["a.yaml", "a.json", "a.csv", "a.tsv", "a"]),
)
def test_any_bytes_are_read_or_refused(tmp_path_factory: pytest.TempPathFactory, content: bytes, name: str) -> None:
    path = tmp_path_factory.getbasetemp() / name
    path.write_bytes(content)
    outcome(lambda: read_document(path))
