"""The records of the reference folder: all read, kept and found."""

from __future__ import annotations

import gzip
import json
from datetime import date
from pathlib import Path

from chemoplan.trials.registry import read_records
from chemoplan.trials.store import Added, open_store

RETRIEVED = date(2026, 1, 5)
FILES = ("ctgov_colorectal_100.json.gz", "ctgov_other_1211.json.gz")


def entries(path: Path) -> list[dict]:
    return json.loads(gzip.decompress(path.read_bytes()))


def test_every_record_is_read_with_its_text_as_it_stands(reference: Path) -> None:
    for name in FILES:
        path = reference / "trials" / name
        for entry, record in zip(entries(path), read_records(path, RETRIEVED), strict=True):
            assert record.nct_id == entry["nct_id"]
            assert record.eligibility == entry["eligibility"]["raw_text"]
            assert record.retrieved == RETRIEVED
            assert record.enrollment == entry["enrollment_count"]
            assert bool(record.phases) == (entry["phase"] is not None)
            assert (record.minimum_age is None) == (entry["eligibility"]["minimum_age"] in (None, "N/A"))


def test_the_listed_ids_are_the_records(reference: Path) -> None:
    listed = (reference / "trials" / "ctgov_colorectal_100_ids.txt").read_text().split()
    found = [record.nct_id for record in read_records(reference / "trials" / FILES[0])]
    assert sorted(found) == sorted(listed)


def test_all_records_are_kept_and_come_back_equal(reference: Path, tmp_path: Path) -> None:
    records = [record for name in FILES for record in read_records(reference / "trials" / name, RETRIEVED)]
    with open_store(tmp_path / "t.sqlite") as store:
        assert store.add(records) == Added(new=len(records))
        assert store.add(records) == Added(same=len(records))
        assert list(store.all()) == sorted(records, key=lambda record: record.nct_id)
        words = [record for record in records if "rectum" in record.eligibility.lower().split()]
        assert words
        assert {item.nct_id for item in words} <= {item.nct_id for item in store.search("rectum")}


def test_a_file_of_another_kind_is_told_as_what_it_is(reference: Path) -> None:
    told: list[str] = []
    try:
        list(read_records(reference / "trials" / "matchengine_ctml" / "tmb.json", told=told.append))
    except ValueError as refused:
        told.append(str(refused))
    assert "CTML" in told[0]
    assert told[-1] == "tmb.json: no record could be read"
