"""Registry records: one study in four forms reads the same; what cannot be read is told, and nothing is guessed."""

from __future__ import annotations

import gzip
import json
import zipfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from chemoplan.trials.record import Location, RecordRefused, TrialRecord
from chemoplan.trials.registry import read_records
from chemoplan.trials.registry.aact import with_line_breaks
from chemoplan.trials.registry.demo import demo_paths, demo_records
from chemoplan.trials.registry.kept import of_json, to_json
from chemoplan.trials.registry.values import day, day_within, phases, word, years
from chemoplan.trials.registry.wrapped import unwrapped, unwrapped_run
from tests.spec.trial_files import CRITERIA, FLATTENED, XML, v2, write_aact, write_json


def write_xml(folder: Path) -> Path:
    (folder / "study.xml").write_text(XML, encoding="utf-8")
    return folder / "study.xml"


FORMS: dict[str, Callable[[Path], Path]] = {
    "registry v2": lambda folder: write_json(folder / "v2.json", v2()),
    "legacy XML": write_xml,
    "AACT": lambda folder: write_aact(folder / "aact"),
    "flattened": lambda folder: write_json(folder / "flat.json", FLATTENED),
}
SAME = {
    "nct_id": "NCT99000100",
    "title": "Invented: chemoradiation",
    "status": "ACTIVE_NOT_RECRUITING",
    "phases": ("PHASE2", "PHASE3"),
    "study_type": "INTERVENTIONAL",
    "conditions": ("Rectal Cancer",),
    "interventions": ("Capecitabine",),
    "sponsor": "Invented Hospital",
    "collaborators": ("Invented Fund",),
    "enrollment": 120,
    "summary": "Whether it helps.",
    "minimum_age": 18.0,
    "maximum_age": 80.0,
    "sex": "ALL",
    "healthy_volunteers": False,
    "invented": True,
}
RICHER = {
    "official_title": "An invented study of chemoradiation",
    "keywords": ("TNT",),
    "updated": date(2026, 10, 5),
    "locations": (Location("Clinic", "Ulm", "BW", "Germany", "RECRUITING"),),
}
"""What the flattened form does not hold."""


def one(path: Path, retrieved: date | None = None) -> TrialRecord:
    (record,) = read_records(path, retrieved)
    return record


@pytest.mark.parametrize("form", FORMS)
def test_one_study_reads_the_same_in_every_form(tmp_path: Path, form: str) -> None:
    record = one(FORMS[form](tmp_path))
    assert record.form == form
    for name, value in (SAME | ({} if form == "flattened" else RICHER)).items():
        assert getattr(record, name) == value, name
    assert [place.country for place in record.locations] == ["Germany"]
    assert len(record.sha256) == 64


@pytest.mark.parametrize("form", FORMS)
def test_the_criteria_have_one_line_each_in_every_form(tmp_path: Path, form: str) -> None:
    lines = [line.strip(" *-") for line in one(FORMS[form](tmp_path)).eligibility.splitlines() if line.strip()]
    assert lines == [line.strip(" *-") for line in CRITERIA.splitlines() if line.strip()]


@pytest.mark.parametrize("form", ["registry v2", "flattened"])
def test_a_present_text_is_kept_word_for_word(tmp_path: Path, form: str) -> None:
    assert one(FORMS[form](tmp_path)).eligibility == CRITERIA


GIVEN = date(2026, 11, 1)
DAYS = [
    ("registry v2", None, None),
    ("registry v2", GIVEN, GIVEN),
    ("legacy XML", None, date(2026, 11, 6)),
    ("legacy XML", GIVEN, date(2026, 11, 6)),
    ("AACT", None, None),
    ("AACT", GIVEN, GIVEN),
    ("flattened", None, None),
    ("flattened", GIVEN, GIVEN),
]


@pytest.mark.parametrize(("form", "given", "expected"), DAYS)
def test_the_day_of_retrieval_is_stated_or_given_and_never_guessed(
    tmp_path: Path, form: str, given: date | None, expected: date | None
) -> None:
    assert one(FORMS[form](tmp_path), given).retrieved == expected


def test_a_present_record_is_as_old_as_the_data_of_its_download(tmp_path: Path) -> None:
    record = one(write_json(tmp_path / "a.json", v2(version="2026-11-20")))
    assert (record.retrieved, record.as_of) == (date(2026, 11, 20), "2026-11-20")


def test_the_hash_is_of_the_study_and_not_of_the_download(tmp_path: Path) -> None:
    hashes = {
        one(write_json(tmp_path / f"{version}.json", v2(version=version))).sha256
        for version in ("2026-11-20", "2026-11-21")
    }
    assert len(hashes) == 1
    (tmp_path / "later.xml").write_text(XML.replace("November 06", "November 09"))
    assert one(write_xml(tmp_path)).sha256 == one(tmp_path / "later.xml").sha256
    (tmp_path / "other.xml").write_text(XML.replace(">= 18 years", ">= 21 years").replace("&gt;= 18", "&gt;= 21"))
    assert one(write_xml(tmp_path)).sha256 != one(tmp_path / "other.xml").sha256
    assert one(write_json(tmp_path / "c.json", v2(criteria="x"))).sha256 not in hashes


def zipped(path: Path, members: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return path


def test_packings_hold_the_same_records(tmp_path: Path) -> None:
    two = [v2("NCT99000101"), v2("NCT99000102")]
    lines = "\n".join(map(json.dumps, two)) + "\n"
    (tmp_path / "folder").mkdir()
    for number, item in enumerate(two):
        write_json(tmp_path / "folder" / f"{number}.json", item)
    (tmp_path / "lines.jsonl").write_text(lines)
    (tmp_path / "page.json.gz").write_bytes(gzip.compress(json.dumps({"studies": two}).encode()))
    packed = [
        write_json(tmp_path / "list.json", two),
        write_json(tmp_path / "page.json", {"studies": two, "nextPageToken": "x"}),
        tmp_path / "lines.jsonl",
        tmp_path / "page.json.gz",
        tmp_path / "folder",
        zipped(tmp_path / "all.zip", {f"{n}/{n}.json": json.dumps(item) for n, item in enumerate(two)}),
    ]
    for path in packed:
        assert [record.nct_id for record in read_records(path)] == ["NCT99000101", "NCT99000102"], path.name


def test_legacy_xml_comes_as_one_file_as_many_and_as_an_archive(tmp_path: Path) -> None:
    body = XML.partition("?>")[2]
    other = body.replace("NCT99000100", "NCT99000103")
    (tmp_path / "many.xml").write_text(f"<search_results>{body}{other}</search_results>")
    assert [record.nct_id for record in read_records(tmp_path / "many.xml")] == ["NCT99000100", "NCT99000103"]
    archive = zipped(tmp_path / "a.zip", {"NCT9900xxxx/NCT99000100.xml": body, "NCT9900xxxx/NCT99000103.xml": other})
    assert [record.nct_id for record in read_records(archive)] == ["NCT99000100", "NCT99000103"]


def test_aact_tables_come_as_a_folder_or_an_archive(tmp_path: Path) -> None:
    folder = write_aact(tmp_path / "aact")
    archive = zipped(tmp_path / "export.zip", {path.name: path.read_text() for path in folder.iterdir()})
    assert one(folder).sha256 == one(archive).sha256
    assert one(archive).source == "export.zip"


def test_an_aact_export_may_lack_tables_but_not_eligibilities(tmp_path: Path) -> None:
    record = one(write_aact(tmp_path / "a", keywords=None, facilities=None))
    assert (record.keywords, record.locations) == ((), ())
    with pytest.raises(RecordRefused, match=r"eligibilities\.txt is missing"):
        one(write_aact(tmp_path / "b", eligibilities=None))


TILDES = [
    ("Inclusion Criteria:~* A~* B", "Inclusion Criteria:\n* A\n* B"),
    ("* dose of ~5 mg~* next", "* dose of ~5 mg\n* next"),
    ("* lasts (~6 weeks)~2. next", "* lasts (~6 weeks)\n2. next"),
    ("a~~b", "a\n\nb"),
]


@pytest.mark.parametrize(("exported", "text"), TILDES)
def test_line_breaks_of_an_export_come_back(exported: str, text: str) -> None:
    assert with_line_breaks(exported) == text


def test_an_older_export_with_hard_line_ends_reads_one_criterion_a_line() -> None:
    exported = (
        "Inclusion Criteria:~~          -  Signed consent by the person or~             somebody who may sign~"
        "~          -  ECOG 0-1~~        Exclusion Criteria:~~          -  Pregnancy"
    )
    lines = [line.strip() for line in unwrapped_run(with_line_breaks(exported)).splitlines() if line.strip()]
    assert lines == [
        "Inclusion Criteria:",
        "-  Signed consent by the person or somebody who may sign",
        "-  ECOG 0-1",
        "Exclusion Criteria:",
        "-  Pregnancy",
    ]


WRAPPED = [
    ("      A line\n      goes on\n\n      - b\n        c", "A line goes on\n\n- b c"),
    ("  1. one\n     more\n  2. two", "1. one more\n2. two"),
    ("        -  a\n\n             -  nested\n                deep", "-  a\n\n     -  nested deep"),
    ("one line", "one line"),
    ("", ""),
]


@pytest.mark.parametrize(("text", "expected"), WRAPPED)
def test_hard_line_ends_are_undone(text: str, expected: str) -> None:
    assert unwrapped(text) == expected


WORDS = [
    ("Active, not recruiting", "ACTIVE_NOT_RECRUITING"),
    ("RECRUITING", "RECRUITING"),
    ("Unknown status", "UNKNOWN"),
    ("Observational [Patient Registry]", "OBSERVATIONAL"),
    ("Expanded Access", "EXPANDED_ACCESS"),
    ("Both", "ALL"),
    ("", ""),
]


@pytest.mark.parametrize(("written", "expected"), WORDS)
def test_older_words_become_the_present_ones(written: str, expected: str) -> None:
    assert word(written) == expected


PHASES = [
    ("Phase 1/Phase 2", ("PHASE1", "PHASE2")),
    ("PHASE1/PHASE2", ("PHASE1", "PHASE2")),
    ("Early Phase 1", ("EARLY_PHASE1",)),
    ("EARLY_PHASE1", ("EARLY_PHASE1",)),
    ("N/A", ("NA",)),
    ("Not Applicable", ("NA",)),
    ("Phase 4", ("PHASE4",)),
    ("", ()),
]


@pytest.mark.parametrize(("written", "expected"), PHASES)
def test_phases_in_one_text_are_told_apart(written: str, expected: tuple[str, ...]) -> None:
    assert phases(written) == expected


AGES = [
    ("18 Years", 18.0),
    ("6 Months", 0.5),
    ("1 Year", 1.0),
    ("104 Weeks", 104 * (7 / 365.25)),
    ("N/A", None),
    (None, None),
]


@pytest.mark.parametrize(("written", "expected"), AGES)
def test_ages_are_in_years(written: str | None, expected: float | None) -> None:
    assert years(written) == expected


def test_a_day_is_a_whole_day_or_none() -> None:
    assert [day(text) for text in ("2026-11-06", "November 6, 2026", "November 2026", "2026-11", "soon", "")] == [
        date(2026, 11, 6), date(2026, 11, 6), None, None, None, None,
    ]  # fmt: skip
    assert day_within("processed on November 06, 2017") == date(2017, 11, 6)
    assert day_within("no day") is None


def changed(path: str, value: Any) -> dict[str, Any]:
    study = v2()
    *folders, last = path.split(".")
    part = study["protocolSection"]
    for name in folders:
        part = part[name]
    part[last] = value
    return study


BAD_VALUES = [
    ("identificationModule.nctId", "123", 'nctId is "123"; expected a registry id such as "NCT01234567"'),
    ("identificationModule.nctId", None, "nctId"),
    ("identificationModule.briefTitle", 7, "briefTitle is 7; expected text"),
    ("conditionsModule.conditions", "Rectal Cancer", "conditions is \"Rectal Cancer\"; expected a list"),
    ("designModule.enrollmentInfo", {"count": "many"}, "enrollmentInfo.count is \"many\"; expected a whole number"),
    ("eligibilityModule.minimumAge", "grown up", 'minimumAge is "grown up"; expected an age such as "18 Years"'),
    ("eligibilityModule.healthyVolunteers", "perhaps", "expected yes or no"),
    ("statusModule", [], "statusModule is []; expected an object"),
    ("armsInterventionsModule.interventions", [{"name": "a"}, {"name": ["b"]}], "interventions[1].name"),
]  # fmt: skip


@pytest.mark.parametrize(("path", "value", "says"), BAD_VALUES, ids=lambda item: str(item)[:40])
def test_a_value_that_does_not_fit_is_named_with_its_place(tmp_path: Path, path: str, value: Any, says: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        one(write_json(tmp_path / "a.json", changed(path, value)))
    assert says in str(refused.value)
    assert str(refused.value).startswith("a.json: ")
    assert "\n" not in str(refused.value)


def test_a_bad_record_among_many_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    told: list[str] = []
    path = write_json(tmp_path / "many.json", [v2("NCT99000101"), v2("X"), 5, {"a": 1}, v2("NCT99000102")])
    assert [record.nct_id for record in read_records(path, told=told.append)] == ["NCT99000101", "NCT99000102"]
    assert [line.split(": ")[1] for line in told] == ["study 2", "study 3", "study 4"]
    with pytest.raises(RecordRefused, match="study 2"):
        list(read_records(path))


def test_a_bad_line_among_json_lines_is_told_with_its_number(tmp_path: Path) -> None:
    path = tmp_path / "a.jsonl"
    path.write_text(f"{json.dumps(v2('NCT99000101'))}\n\n{{broken\n{json.dumps(v2('NCT99000102'))}\n")
    told: list[str] = []
    assert len(list(read_records(path, told=told.append))) == 2
    assert told == ["a.jsonl: line 3 is no whole JSON; expected one study a line"]


def test_json_lines_end_at_line_feeds_alone(tmp_path: Path) -> None:
    """Other signs that some take for the end of a line stand unescaped in titles."""
    titles = [f"Invented: before {sign} after" for sign in ("\u2028", "\u2029", "\x85", "plain")]
    rows = [json.dumps(v2(f"NCT9900020{at}", title=title), ensure_ascii=False) for at, title in enumerate(titles)]
    (tmp_path / "a.jsonl").write_bytes("\r\n".join(rows).encode())
    assert [record.title for record in read_records(tmp_path / "a.jsonl")] == titles


ODD = [
    ("NCT\uff19\uff19000100", "Invented", "expected a registry id"),
    ("NCT99000100", "half a sign \ud800", "expected text in Unicode"),
]


@pytest.mark.parametrize(("nct_id", "title", "says"), ODD, ids=["digits of another script", "half a sign"])
def test_signs_that_cannot_be_kept_are_refused_in_a_line_that_can(
    tmp_path: Path, nct_id: str, title: str, says: str
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps(v2(nct_id, title=title)))
    told: list[str] = []
    with pytest.raises(RecordRefused):
        list(read_records(path, told=told.append))
    assert says in told[0] and told[0].encode()


def test_a_line_nested_too_deep_is_told_and_the_others_go_on(tmp_path: Path) -> None:
    path, deep = tmp_path / "a.jsonl", '{"a":' * 100_000 + "1" + "}" * 100_000
    path.write_text(f"{json.dumps(v2())}\n{deep}\n{json.dumps(v2('NCT99000101'))}\n")
    told: list[str] = []
    assert len(list(read_records(path, told=told.append))) == 2
    assert told == ["a.jsonl: line 2 is no whole JSON; expected one study a line"]


def test_a_bad_row_of_an_aact_export_is_told_with_its_line(tmp_path: Path) -> None:
    folder = write_aact(tmp_path / "a")
    studies = folder / "studies.txt"
    row = studies.read_text().splitlines()[1]
    studies.write_text(studies.read_text() + row.replace("NCT99000100", "NCT99000199") + "\n")
    told: list[str] = []
    assert len(list(read_records(folder, told=told.append))) == 1
    assert told == ["a: studies.txt, line 3: NCT99000199: 0 rows in eligibilities.txt; expected one"]


WHOLE_FILES = [
    ("a.json", b'{"protocolSection": ', "no whole JSON"),
    ("a.json", b"[]", "holds no record"),
    ("a.txt", b"Inclusion: all", "this is no record"),
    ("a.txt", b"", "this is no record"),
    ("a.json", b'{"treatment_list": {}}', "CTML"),
    ("a.json", b"[1]", "is no object"),
    ("a.json", b'{"a": "\xff"}', "not in UTF-8"),
    ("a.xml", b"<clinical_study><id_info>", "no whole XML"),
    ("a.xml", b"<html></html>", "holds <html>"),
    ("a.xml", b'<!DOCTYPE x [<!ENTITY a "b">]><clinical_study/>', "declares entities"),
    ("a.xml", b"<clinical_study/>", "id_info.nct_id"),
    ("a.gz", b"\x1f\x8bbroken", "cannot be read"),
]


@pytest.mark.parametrize(("name", "content", "says"), WHOLE_FILES)
def test_a_file_without_a_record_is_refused_in_one_line(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    with pytest.raises(RecordRefused) as refused:
        list(read_records(tmp_path / name))
    assert str(refused.value).startswith(f"{name}: ")
    assert says in str(refused.value)
    assert "\n" not in str(refused.value)


AACT_TABLES = [
    ({"studies": "a|b\n1|2\n"}, "studies.txt, line 1: no column 'nct_id'"),
    (
        {"conditions": "id|nct_id|name\n1|NCT99000100\n"},
        "conditions.txt, line 2: 2 columns where the first line names 3",
    ),
    ({"eligibilities": ""}, "eligibilities.txt, line 1: no column 'nct_id'"),
]


@pytest.mark.parametrize(("tables", "says"), AACT_TABLES)
def test_a_broken_table_is_refused_with_its_line(tmp_path: Path, tables: dict[str, str], says: str) -> None:
    with pytest.raises(RecordRefused) as refused:
        one(write_aact(tmp_path / "a", **tables))
    assert says in str(refused.value)


def test_a_damaged_archive_and_a_missing_file_are_refused(tmp_path: Path) -> None:
    path = zipped(tmp_path / "a.zip", {"a.json": json.dumps(v2())})
    raw = bytearray(path.read_bytes())
    raw[40:60] = b"x" * 20
    path.write_bytes(raw)
    for name in ("a.zip", "nowhere.json"):
        with pytest.raises(RecordRefused, match=rf"^{name}: "):
            list(read_records(tmp_path / name))


def test_the_shipped_records_are_invented_and_say_so() -> None:
    records = list(demo_records())
    assert len(records) == len(demo_paths()) >= 8
    for record, path in zip(records, demo_paths(), strict=True):
        assert record.invented and record.title.startswith("Invented:") and not record.url
        assert record.nct_id.startswith("NCT99") and path.name.startswith(record.nct_id)
        assert record.retrieved is not None
        assert "Inclusion Criteria:" in record.eligibility and "Exclusion Criteria:" in record.eligibility


@pytest.mark.parametrize("form", FORMS)
def test_a_record_comes_back_from_the_form_in_which_it_is_kept(tmp_path: Path, form: str) -> None:
    record = one(FORMS[form](tmp_path), GIVEN)
    assert of_json(to_json(record)) == record
