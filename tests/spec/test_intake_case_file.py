"""The case file: what may be written, and what is said about what may not."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from chemoplan.case.statement import Reading
from chemoplan.intake import InputRefused, read_document, read_reading
from chemoplan.vocabulary import SetValue


def read(tmp_path: Path, text: str | bytes, name: str = "case.yaml") -> Reading:
    path = tmp_path / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return read_document(path)


def values(reading: Reading) -> dict[str, object]:
    return {item.fact: item.value for item in reading.statements}


def test_a_flat_file_states_its_facts_with_the_line_of_each(tmp_path: Path) -> None:
    reading = read(tmp_path, "age: 61\ncT: T3\nmrf_distance: 0.5 cm\nemvi: true\nmmr: null\n")
    assert values(reading) == {"age": 61.0, "cT": "T3", "mrf_distance": 5.0, "emvi": True}
    assert [str(item.source) for item in reading.statements] == [f"case.yaml (line {n})" for n in (1, 2, 3, 4)]
    assert reading.problems == ()
    assert reading.case == "case"


def test_a_nested_file_carries_head_groups_sources_units_dates_and_methods(tmp_path: Path) -> None:
    reading = read(
        tmp_path,
        """
case: invented-1
title: An invented case
decided_on: 2026-03-31
note: not a real person
source: tumor board letter
complete: [mri, {group: history, source: clinic note, date: 2026-03-01}]
facts:
  tumor_height: {value: 45, unit: mm, source: MRI report, date: 2026-03-20, method: MRI}
  metastatic_sites: {at_least: [liver]}
  prior_drugs: {value: [oxaliplatin], complete: false}
  weight:
    - {value: 71 kg, date: 2026-01-05}
    - {value: 70, date: 2026-03-05}
""",
    )
    assert reading.problems == ()
    assert (reading.case, reading.title, reading.decided_on) == ("invented-1", "An invented case", date(2026, 3, 31))
    height, sites, drugs, *weights = reading.statements
    assert (height.value, height.source.document, height.source.method) == (4.5, "MRI report", "MRI")
    assert height.source.date == date(2026, 3, 20)
    assert sites.source.document == "tumor board letter"
    assert sites.value == SetValue(frozenset({"liver"}), complete=False)
    assert drugs.value == SetValue(frozenset({"oxaliplatin"}), complete=False)
    assert [(item.value, item.source.date) for item in weights] == [(71.0, date(2026, 1, 5)), (70.0, date(2026, 3, 5))]
    assert [(item.group, item.source.document) for item in reading.complete] == [
        ("mri", "tumor board letter"),
        ("history", "clinic note"),
    ]
    assert reading.extra == {"note": "not a real person"}


def test_json_and_yaml_say_the_same(tmp_path: Path) -> None:
    yaml = read(tmp_path, "case: a\nfacts:\n  age: 61\n  cN: N2a\n", "case.yaml")
    json = read(tmp_path, '{"case": "a",\n "facts": {"age": 61,\n  "cN": "N2a"}}', "case.json")
    assert values(yaml) == values(json)
    assert json.statements[1].source.locator == "line 3"


@pytest.mark.parametrize(
    ("text", "place", "told"),
    [
        ("mrf_distanse: 3\n", "mrf_distanse (line 1)", "did you mean mrf_distance?"),
        ("facts:\n  age: 61\n  cT: T5\n", "facts.cT (line 3)", "expected one of Tis, T1"),
        ("age: 400\n", "age (line 1)", "possible is 18 to 120"),
        ("clinical_stage: IIIB\n", "clinical_stage (line 1)", "always computed"),
        ("plan_intent: adjuvant\n", "plan_intent (line 1)", "belongs to a proposed plan"),
        ("age: 61\nfacts:\n  age: 62\n", "age (line 1)", "given here and again under facts"),
        ("complete: [mir]\n", "complete[0] (line 1)", "did you mean mri?"),
        ("decided_on: 31.3.2026\n", "decided_on (line 1)", "expected a day such as 2026-03-31"),
        ("weight: {value: 70, date: 2026-02-30}\n", "weight.date (line 1)", "expected a day"),
        ("weight: {valeu: 70}\n", "weight.valeu (line 1)", "did you mean value?"),
        ("weight: {unit: kg}\n", "weight (line 1)", "weight has no value"),
        ("weight: {value: 70, unit: 5}\n", "weight.unit (line 1)", "expected UCUM text"),
        ("weight: {value: 70, unit: mm}\n", "weight (line 1)", "does not fit"),
        ("weight: []\n", "weight (line 1)", "empty list"),
        ("age: {value: 61, complete: true}\n", "age.complete (line 1)", "only beside a list of members"),
        ("case: [a]\n", "case (line 1)", "short id"),
        ("facts: [a]\n", "facts (line 1)", "expected a mapping"),
        ("source: {a: b}\n", "source (line 1)", "expected text"),
        ("titel: x\n", "titel (line 1)", "did you mean title?"),
    ],
)
def test_a_mistake_is_told_with_its_place_and_the_rest_is_read(
    tmp_path: Path, text: str, place: str, told: str
) -> None:
    reading = read(
        tmp_path, text + "emvi: true\n" if not text.startswith("facts:") else text.rstrip() + "\nemvi: true\n"
    )
    assert [(problem.path, problem.severity) for problem in reading.problems] == [(place, "error")]
    assert told in reading.problems[0].message
    assert values(reading)["emvi"] is True


def test_names_for_oneself_are_kept_and_not_read(tmp_path: Path) -> None:
    reading = read(tmp_path, "x_room: 4\nfacts:\n  x_code: abc\n  age: {value: 61, note: told by phone}\n")
    assert reading.extra == {"x_room": 4, "facts.x_code": "abc", "facts.age.note": "told by phone"}
    assert reading.problems == ()


def test_plain_yaml_values_are_read_as_they_look(tmp_path: Path) -> None:
    reading = read(tmp_path, "age: 061\ntumor_height: 1:30\nmaintenance_phase: no\nfrail: 'true'\n")
    assert values(reading) == {"age": 61.0, "maintenance_phase": False, "frail": True}
    assert "'1:30'" in reading.problems[0].message


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"# only a comment\n", "empty"),
        (b"age: 61\nage: 62\n", "line 2: the key 'age' is given twice"),
        (b"facts:\n  a: &x [1]\n  b: *x\n", "line 2: YAML anchors"),
        (b"a: !!python/object:os.system x\n", "line 1: YAML tags"),
        (b"age: .nan\n", "line 1: .nan is not a value"),
        (b"age: 1e999\n", "too large"),
        (b"a: [1, 2\n", "not valid YAML"),
        (b"- 1\n- 2\n", "expected a mapping of fact names"),
        (b"just text\n", "expected a mapping of fact names"),
        (b"? [a, b]\n: c\n", "a key must be plain text"),
        (b"a: 1\n---\nb: 2\n", "a second YAML document"),
        (b"age: 61\nnote: \xff\xfe\n", "line 2: not UTF-8"),
        (b"a: " + b"[" * 500 + b"]" * 500, "nested too deep"),
        (b"<html></html>", "XML or HTML"),
        (b"a: \x00\n", "not valid YAML"),
    ],
)
def test_a_file_that_cannot_be_parsed_is_refused_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read(tmp_path, content)
    assert str(refused.value).startswith("case.yaml")
    assert told in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'{"age": 61, "cT": }', "line 1, column 19: not valid JSON"),
        (b'{"age": 61,\n "age": 62}', "line 2: the key 'age' is given twice"),
        (b'{"age": NaN}', "NaN is not a value"),
        (b'{"age": 1e999}', "too large"),
        (b'{"age": ' + b"9" * 5000 + b"}", "too many digits"),
        (b"[" * 200000, "nested too deep"),
        (b"[" * 100 + b"]" * 100, "nested too deep"),
        (b'{"note": "\\ud800"}', "half a character"),
    ],
)
def test_broken_json_is_refused_in_one_line(tmp_path: Path, content: bytes, told: str) -> None:
    with pytest.raises(InputRefused) as refused:
        read(tmp_path, content, "case.json")
    assert told in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputRefused, match="no such file"):
        read_document(tmp_path / "absent.yaml")
    with pytest.raises(InputRefused, match="is a folder"):
        read_document(tmp_path)


def test_a_row_is_only_for_tables(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text("age: 61\n")
    with pytest.raises(InputRefused, match="not a table"):
        read_document(tmp_path / "a.yaml", row="1")


def test_parsed_data_is_read_the_same_way() -> None:
    assert values(read_reading({"age": 61}, "request")) == {"age": 61.0}
    with pytest.raises(InputRefused, match="NaN"):
        read_reading({"age": float("nan")}, "request")
    with pytest.raises(InputRefused, match="plain JSON data"):
        read_reading({"age": date(2026, 1, 1)}, "request")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b'[{"name": "Invented Name"}]', "holds a list"),
        (b"Invented Name, born 1960", "holds only text"),
        (b"\x1f\x8b\x08\x00", "gzip"),
        (b'{"cT": "T3"}\n{"cT": "T2"}\n', "line 2: a second JSON value"),
    ],
)
def test_what_is_no_case_is_refused_without_showing_what_it_holds(tmp_path: Path, content: bytes, told: str) -> None:
    path = tmp_path / "notes"
    path.write_bytes(content)
    with pytest.raises(InputRefused, match=told) as refused:
        read_document(path)
    assert "Invented" not in str(refused.value)
