"""`chemoplan trials import`, `fetch` and `list` as a user types them."""

from __future__ import annotations

import json
import os
from datetime import date
from pathlib import Path

import pytest

from chemoplan.report.schema import check_result
from chemoplan.trials.registry.demo import demo_paths
from tests.functional.test_command_line import run
from tests.spec.test_trial_fetch import Registry, serving
from tests.spec.trial_files import FLATTENED, v2, write_json


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    store = tmp_path / "t.sqlite"
    run("trials", "import", "--demo", "--store", store, check=0)
    return store


def listed(store: Path, *more: object) -> dict:
    return json.loads(run("trials", "list", *more, "--store", store, "--format", "json", check=0).stdout)


def test_the_demo_is_imported_counted_and_dated(tmp_path: Path) -> None:
    first = run("trials", "import", "--demo", "--store", tmp_path / "t.sqlite", check=0).stdout
    assert first == "invented records: 8 new, 0 changed, 0 the same\nt.sqlite: 8 records as of 2026-11-20\n"
    again = run("trials", "import", "--demo", "--store", tmp_path / "t.sqlite", check=0).stdout
    assert again.startswith("invented records: 0 new, 0 changed, 8 the same\n")


def test_the_store_is_named_by_the_environment_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(os.environ, "CHEMOPLAN_TRIALS", str(tmp_path / "env.sqlite"))
    run("trials", "import", "--demo", check=0)
    assert (tmp_path / "env.sqlite").exists()
    assert "8 of 8 records" in run("trials", "list", check=0).stdout


def test_a_change_is_counted_and_an_older_record_changes_nothing(tmp_path: Path) -> None:
    store, now = tmp_path / "t.sqlite", write_json(tmp_path / "now.json", v2(status="RECRUITING"))
    before = write_json(tmp_path / "before.json", v2(status="NOT_YET_RECRUITING"))
    run("trials", "import", now, "--retrieved", "2026-11-01", "--store", store, check=0)
    older = run("trials", "import", before, "--retrieved", "2026-10-01", "--store", store, check=0).stdout
    assert "0 new, 0 changed, 0 the same, 1 older than what is kept" in older
    assert listed(store)["records"][0]["status"] == "RECRUITING"
    newer = run("trials", "import", before, "--retrieved", "2026-11-20", "--store", store, check=0).stdout
    assert "0 new, 1 changed, 0 the same" in newer
    assert listed(store)["records"][0]["status"] == "NOT_YET_RECRUITING"


def test_a_record_of_an_unknown_day_stays_so(tmp_path: Path) -> None:
    store, path = tmp_path / "t.sqlite", write_json(tmp_path / "a.json", FLATTENED)
    assert "as of an unknown day" in run("trials", "import", path, "--store", store, check=0).stdout
    (row,) = listed(store)["records"]
    assert (row["as_of"], row["days_old"], row["stale"]) == (None, None, True)
    text = run("trials", "list", "--store", store, check=0).stdout
    assert "as of an unknown day" in text and "▲ old record" in text


def test_what_cannot_be_read_is_told_and_the_rest_is_taken_in(tmp_path: Path) -> None:
    store, out = tmp_path / "t.sqlite", tmp_path / "left.txt"
    path = write_json(tmp_path / "many.json", [v2("NCT99000101"), *[{"a": 1}] * 25, v2("NCT99000102")])
    done = run("trials", "import", path, "--store", store, check=2)
    lines = done.stderr.splitlines()
    assert lines[0].startswith("chemoplan: many.json: study 2: has neither `protocolSection`")
    assert len(lines) == 20 + 2
    assert lines[-2] == "chemoplan: and 5 more; --left-out FILE lists them all"
    assert lines[-1] == "chemoplan: 25 left out as told above; everything else was taken in"
    assert len(listed(store)["records"]) == 2
    run("trials", "import", path, "--store", store, "--left-out", out, check=2)
    assert len(out.read_text().splitlines()) == 25


def test_every_line_of_a_list_shows_the_day_of_its_record(kept: Path) -> None:
    text = run("trials", "list", "--store", kept, "--on", "2026-11-27", check=0).stdout
    assert text.startswith("8 of 8 records, as of 2026-11-20.")
    heads = [line for line in text.splitlines() if line.startswith("NCT")]
    assert len(heads) == 8
    assert all("as of 2026-11-20, 7 days ago" in line and "◆ invented" in line for line in heads)
    assert "old record" not in text
    later = " ".join(run("trials", "list", "--store", kept, "--on", "2027-02-19", check=0).stdout.split())
    assert later.count("▲ old record") == 8
    assert "8 records retrieved more than 90 days before 2027-02-19" in later


LISTS = [
    (["liver", "pump"], ["NCT99000004"]),
    (["HER2"], ["NCT99000007"]),
    (["--status", "not_yet_recruiting"], ["NCT99000006"]),
    (["--phase", "PHASE3", "--country", "germany"], ["NCT99000001", "NCT99000005"]),
    (["--status", "RECRUITING", "--status", "ACTIVE_NOT_RECRUITING", "circulating", "surgery"], ["NCT99000008"]),
    (["zebra"], []),
]


@pytest.mark.parametrize(("asked", "expected"), LISTS, ids=lambda item: " ".join(map(str, item)) or "none")
def test_words_and_limits_pick_studies(kept: Path, asked: list[str], expected: list[str]) -> None:
    assert sorted(row["nct_id"] for row in listed(kept, *asked)["records"]) == expected


def test_a_record_newer_than_the_day_that_is_asked_about_says_so(kept: Path) -> None:
    text = " ".join(run("trials", "list", "HER2", "--store", kept, "--on", "2026-11-18", check=0).stdout.split())
    assert "as of 2026-11-20, 2 days after the day that is asked about" in text


def test_a_list_as_json_tells_the_age_of_every_record(kept: Path) -> None:
    result = listed(kept, "--on", "2026-12-01")
    assert check_result("trials_list", result) == []
    assert result["kept"] == {"records": 8, "oldest": "2026-11-20", "newest": "2026-11-20", "of_unknown_day": 0}
    assert (result["today"], result["stale_after_days"]) == ("2026-12-01", 90)
    assert {(row["as_of"], row["days_old"], row["stale"], row["invented"]) for row in result["records"]} == {
        ("2026-11-20", 11, False, True)
    }


def test_a_list_as_a_page_is_self_contained_and_escaped(tmp_path: Path) -> None:
    store, page = tmp_path / "t.sqlite", tmp_path / "list.html"
    path = write_json(tmp_path / "a.json", v2(title="Invented: <script>alert(1)</script>"))
    run("trials", "import", path, "--store", store, "--retrieved", "2026-11-20", check=0)
    run("trials", "list", "--store", store, "--on", "2027-11-20", "--format", "html", "--output", page, check=0)
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text and "&lt;script&gt;" in text
    assert "as of 2026-11-20, 365 days ago" in text and "old record" in text
    assert "src=" not in text and '<link rel="stylesheet"' not in text


def test_records_are_fetched_only_on_request_and_dated_today(tmp_path: Path) -> None:
    store = tmp_path / "t.sqlite"
    with serving(Registry()) as registry:
        asked = ["--condition", "rectal cancer", "--page-size", "3", "--base", registry.url, "--store", store]
        done = run("trials", "fetch", *asked, check=0)
        assert done.stdout == "7 studies on 3 pages\nt.sqlite: 7 new, 0 changed, 0 the same\n"
        registry.trouble = lambda number, query: (400, {}, b"bad token") if "pageToken" in query else None
        refused = run("trials", "fetch", *asked, "--status", "RECRUITING", check=2)
        assert "400 Bad Request: bad token; 3 records of 1 pages are kept" in refused.stderr
        assert len(refused.stderr.splitlines()) == 1
        registry.trouble = lambda number, query: None
        resumed = run("trials", "fetch", *asked, "--status", "RECRUITING", check=0).stdout
        assert resumed.startswith("7 studies on 3 pages, 1 of them by an earlier run\n")
    assert {row["as_of"] for row in listed(store)["records"]} == {date.today().isoformat()}


def test_criteria_are_exported_with_what_they_leave_out(kept: Path, tmp_path: Path) -> None:
    out = tmp_path / "t.json"
    done = run("trials", "export", "nct99000005", "--store", kept, "--output", out, check=0)
    document = json.loads(out.read_text(encoding="utf-8"))
    left = document["_chemoplan"]["not_said"]
    assert (
        done.stderr
        == f"NCT99000005 as of 2026-11-20: {len(left)} lines or parts are not said, see _chemoplan.not_said\n"
    )
    said = document["treatment_list"]["step"][0]["match"][0]["and"]
    assert {"clinical": {"oncotree_primary_diagnosis": "Colorectal Adenocarcinoma"}} in said
    assert any("QTc" in row["text"] for row in left)


BAD = [
    (["trials", "export", "NCT00000000", "--store", "{store}"], "trials list"),
    (["trials", "export", "NCT99000005", "--store", "nowhere.sqlite"], "trials import"),
    (["trials", "import"], "no FILE is named"),
    (["trials", "import", "nowhere.json", "--store", "{store}"], "nowhere.json: cannot be read"),
    (["trials", "import", "--demo", "--store", "{text}"], "no store of trials"),
    (["trials", "import", "--demo", "--store", "{folder}"], "a folder"),
    (["trials", "import", "--demo", "--retrieved", "yesterday"], "YYYY-MM-DD"),
    (["trials", "list", "--store", "nowhere.sqlite"], "trials import"),
    (["trials", "list", "--store", "{store}", "--country", "Germny"], "did you mean Germany?"),
    (["trials", "list", "--store", "{store}", "--phase", "2"], "'phase2'"),
    (["trials", "list", "--store", "{store}", "--status", "open"], "'recruiting'"),
    (["trials", "fetch", "--store", "{store}"], "--query or --condition"),
    (["trials", "fetch", "--store", "{store}", "--query", "x", "--base", "ftp://a"], "no address of a server"),
    (["trials", "fetch", "--store", "{store}", "--query", "x", "--page-size", "2000"], "1 to 1000"),
    (["trials", "fetch", "--store", "{store}", "--query", "x", "--base", "http://["], "no address of a server"),
    (["trials", "fetch", "--store", "{store}", "--query", "x", "--base", "http://a:99999"], "no address of a server"),
    (["trials", "import", "--demo", "--store", "{store}", "--retrieved", "2999-01-01"], "is to come"),
    (["trials", "import", "--demo", "nowhere.json", "--store", "{store}"], "nothing was taken in"),
    (["trials", "list", "--store", "{empty}"], "an empty file"),
]


@pytest.mark.parametrize(
    ("arguments", "says"), BAD, ids=lambda item: " ".join(item[1:]) if isinstance(item, list) else ""
)
def test_bad_input_gets_one_line_that_says_what_would_be_right(
    kept: Path, tmp_path: Path, arguments: list[str], says: str
) -> None:
    text = tmp_path / "note.txt"
    text.write_text("a note, and no database, long enough to be looked at as one " * 20)
    (empty := tmp_path / "empty.sqlite").touch()
    done = run(*(part.format(store=kept, text=text, folder=tmp_path, empty=empty) for part in arguments), check=2)
    assert done.stdout == ""
    assert len(done.stderr.strip().splitlines()) == 1
    assert says in done.stderr


def test_a_file_that_cannot_be_read_keeps_no_other_from_being_taken_in(tmp_path: Path) -> None:
    store, bad = tmp_path / "t.sqlite", tmp_path / "bad.json"
    bad.write_text("[]")
    first, last = (write_json(tmp_path / f"{at}.json", v2(f"NCT9900010{at}")) for at in (1, 2))
    done = run("trials", "import", first, bad, last, "--store", store, check=2)
    assert "bad.json: holds no record" in done.stderr
    assert "1 left out" in done.stderr and "Traceback" not in done.stderr
    assert [row["nct_id"] for row in listed(store)["records"]] == ["NCT99000101", "NCT99000102"]


def test_a_record_of_a_day_to_come_is_left_out_so_that_it_never_stands_before_a_later_one(tmp_path: Path) -> None:
    store = tmp_path / "t.sqlite"
    path = write_json(tmp_path / "a.json", [v2("NCT99000101", version="2999-01-01"), v2("NCT99000102")])
    done = run("trials", "import", path, "--store", store, check=2)
    assert "NCT99000101 states 2999-01-01 as its day, which is to come" in done.stderr
    assert [row["nct_id"] for row in listed(store)["records"]] == ["NCT99000102"]


def test_a_refused_command_makes_no_store(tmp_path: Path) -> None:
    store = tmp_path / "new.sqlite"
    run("trials", "fetch", "--store", store, check=2)
    run("trials", "import", tmp_path / "nowhere.json", "--store", store, check=2)
    run("trials", "list", "--store", store, check=2)
    assert not store.exists()


def test_a_shipped_record_is_a_file_like_any_other(tmp_path: Path) -> None:
    done = run("trials", "import", demo_paths()[0], "--store", tmp_path / "t.sqlite", check=0)
    assert done.stdout.startswith(f"{demo_paths()[0].name}: 1 new")
