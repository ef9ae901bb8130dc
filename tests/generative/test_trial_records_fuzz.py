"""Broken records and broken CTML are refused in one line or read, never anything else."""

from __future__ import annotations

import copy
import io
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from chemoplan.trials.ctml import CtmlRefused, ctml_of, read_ctml
from chemoplan.trials.record import RecordRefused
from chemoplan.trials.registry import read_records
from chemoplan.trials.registry.kept import of_json, to_json
from tests.spec.trial_files import AACT, FLATTENED, XML, v2

CTML = {
    "protocol_no": "1",
    "status": "open to accrual",
    "_summary": {"status": [{"value": "open to accrual"}]},
    "treatment_list": {
        "step": [
            {
                "step_code": "1",
                "match": [
                    {"and": [{"clinical": {"age_numerical": ">=18"}}, {"or": [{"genomic": {"hugo_symbol": "KRAS"}}]}]}
                ],
                "arm": [{"arm_code": "A", "arm_suspended": "N", "dose_level": [{"level_suspended": "Y", "match": []}]}],
            }
        ]
    },
}
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=5), below, max_size=3),
    max_leaves=5,
)
ARCHIVE = io.BytesIO()
with zipfile.ZipFile(ARCHIVE, "w") as packed:
    for member, content in AACT.items():
        packed.writestr(member, content)
WHOLE = [json.dumps(v2()).encode(), json.dumps([FLATTENED, v2()]).encode(), XML.encode(), ARCHIVE.getvalue()]


def places(node: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    below = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    return [path, *(place for key, item in below for place in places(item, (*path, key)))]


def changed(node: Any, path: tuple[Any, ...], value: Any) -> Any:
    if not path:
        return value
    found = copy.deepcopy(node)
    part = found
    for key in path[:-1]:
        part = part[key]
    part[path[-1]] = value
    return found


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("fuzz")


def read(path: Path) -> None:
    told: list[str] = []
    try:
        for record in read_records(path, told=told.append):
            assert of_json(to_json(record)) == record
    except RecordRefused as refused:
        told.append(str(refused))
    for line in told:
        assert line.startswith(path.name), line


@given(st.sampled_from([v2(), FLATTENED]), st.data())
def test_a_record_with_any_value_in_any_place_is_read_or_refused(folder: Path, study: Any, data: st.DataObject) -> None:
    place = data.draw(st.sampled_from(places(study)))
    path = folder / "a.json"
    path.write_text(json.dumps(changed(study, place, data.draw(JSON))), encoding="utf-8")
    read(path)


@settings(max_examples=settings.default.max_examples)
@given(st.sampled_from(WHOLE), st.data())
def test_a_damaged_file_is_read_or_refused(folder: Path, whole: bytes, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(whole)))
    stop = data.draw(st.integers(start, min(len(whole), start + 40)))
    path = folder / "b.bin"
    path.write_bytes(whole[:start] + data.draw(st.binary(max_size=8)) + whole[stop:])
    read(path)


@given(st.data())
def test_a_broken_table_is_read_or_refused(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder = tmp_path_factory.mktemp("aact")
    broken = data.draw(st.sampled_from(sorted(AACT)))
    for name, text in AACT.items():
        if name == broken:
            at = data.draw(st.integers(0, len(text)))
            text = (
                text[:at] + data.draw(st.text('|\n"~ab\x00', max_size=4)) + text[at + data.draw(st.integers(0, 30)) :]
            )
        (folder / name).write_text(text, encoding="utf-8")
    read(folder)


@given(st.data())
def test_ctml_with_any_value_in_any_place_is_read_or_refused(data: st.DataObject) -> None:
    document = changed(CTML, data.draw(st.sampled_from(places(CTML))), data.draw(JSON))
    try:
        ctml_of(document, "t.json")
    except CtmlRefused as refused:
        assert str(refused).startswith("t.json: ") and "\n" not in str(refused)


@given(st.binary(max_size=60) | st.text("{}[]:,\"'-!&*#| \nab1", max_size=40).map(str.encode))
def test_a_file_that_is_no_ctml_is_refused(folder: Path, content: bytes) -> None:
    path = folder / "t.yaml"
    path.write_bytes(content)
    with pytest.raises(CtmlRefused) as refused:
        read_ctml(path)
    assert str(refused.value).startswith("t.yaml: ") and "\n" not in str(refused.value)
