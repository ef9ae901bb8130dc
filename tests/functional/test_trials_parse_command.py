"""`chemoplan trials parse` as a user types it."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from chemoplan.cli import cli
from chemoplan.report.schema import check_result

TEXT = (
    "Inclusion Criteria:\n\n* Confirmed adenocarcinoma of the rectum\n* ECOG 0 or 1\n* Kind to animals\n\n"
    "Exclusion Criteria:\n\n* Prior pelvic radiation\n* Signed consent is missing\n"
)
STUDY = {
    "nct_id": "NCT99000042",
    "title": "Invented: a study",
    "status": "Recruiting",
    "eligibility": {"raw_text": TEXT, "minimum_age": "18 Years", "sex": "ALL"},
}


def run(*words: str) -> Result:
    return CliRunner().invoke(cli, ["trials", "parse", *words])


@pytest.fixture
def study(tmp_path: Path) -> Path:
    path = tmp_path / "study.json"
    path.write_text(json.dumps([STUDY]), encoding="utf-8")
    return path


def test_every_line_is_shown_with_what_was_read(study: Path) -> None:
    result = run(str(study))
    assert result.exit_code == 0, result.output
    assert "require histology == adenocarcinoma and primary_site == rectum" in " ".join(result.output.split())
    assert "?   5 * Kind to animals" in result.output
    assert "as of an unknown day" in result.output


def test_json_fits_its_schema_and_holds_every_line(study: Path) -> None:
    result = run(str(study), "--format", "json")
    found = json.loads(result.output)
    assert check_result("trials_parse", found) == []
    assert [line["text"] for line in found["lines"]] == [line for line in TEXT.split("\n") if line.strip()]
    assert all(atom["span"] in TEXT and atom["status"] == "auto" for atom in found["atoms"])


def test_a_packed_file_is_read_as_well(tmp_path: Path) -> None:
    path = tmp_path / "studies.json.gz"
    path.write_bytes(gzip.compress(json.dumps([STUDY]).encode()))
    assert json.loads(run(str(path), "--format", "json").output)["records"][0]["nct_id"] == "NCT99000042"


@pytest.mark.parametrize(
    ("content", "told"),
    [("no json at all", "study.json"), ("[]", "holds no record"), ('[{"title": "no id"}]', "nct_id")],
)
def test_what_is_no_record_is_refused_in_one_line(tmp_path: Path, content: str, told: str) -> None:
    path = tmp_path / "study.json"
    path.write_text(content, encoding="utf-8")
    result = run(str(path))
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output


def test_an_id_without_a_store_says_how_to_fill_one(tmp_path: Path) -> None:
    result = run("NCT99000042", "--store", str(tmp_path / "none.sqlite"))
    assert result.exit_code == 2
    assert "trials import" in result.output


def test_an_id_may_be_written_in_lower_case(tmp_path: Path, study: Path) -> None:
    store = tmp_path / "t.sqlite"
    CliRunner().invoke(cli, ["trials", "import", str(study), "--store", str(store)])
    result = run(" nct99000042 ", "--store", str(store))
    assert result.exit_code == 0, result.output
    assert "NCT99000042" in result.output


def test_a_name_that_no_file_can_have_is_refused_as_one_that_is_not_there(tmp_path: Path) -> None:
    result = run("n" * 5000, "--store", str(tmp_path / "none.sqlite"))
    assert result.exit_code == 2
    assert "is no file here" in result.output and len(result.output.splitlines()) == 1


class _Model(BaseHTTPRequestHandler):
    """A stand-in for a language model that answers every question alike."""

    answer = ""
    asked: list[dict[str, Any]] = []  # noqa: RUF012 - one list for the server's life

    def do_POST(self) -> None:
        length = int(self.headers["Content-Length"])
        self.asked.append(json.loads(self.rfile.read(length)))
        body = json.dumps({"choices": [{"message": {"content": self.answer}}]}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        return


@pytest.fixture
def model() -> Iterator[str]:
    _Model.asked = []
    server = HTTPServer(("127.0.0.1", 0), _Model)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/v1"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_proposal_must_quote_the_line_and_never_becomes_an_atom(study: Path, model: str) -> None:
    good = {"span": "Kind to animals", "effect": "require", "kind": "judgement", "atom": "kind_to_animals == true"}
    _Model.answer = "Here: " + json.dumps(
        {"atoms": [good, good | {"span": "Kind to plants"}, good | {"effect": "maybe"}]}
    )
    found = json.loads(run(str(study), "--format", "json", "--propose", model, "--model", "any").output)
    assert check_result("trials_parse", found) == []
    assert [row["status"] for row in found["proposals"]] == ["proposed", "refused", "refused"]
    assert "quote" in found["proposals"][1]["reason"]
    assert not any("kind_to_animals" in atom["atom"] for atom in found["atoms"])
    assert len(_Model.asked) == 1, "only the line that is to be judged is asked about"
    plain = json.loads(run(str(study), "--format", "json").output)
    assert found["atoms"] == plain["atoms"]
    assert "proposals" not in plain


def test_an_answer_that_is_no_json_is_a_refused_proposal(study: Path, model: str) -> None:
    _Model.answer = "I would rather not."
    found = json.loads(run(str(study), "--format", "json", "--propose", model, "--model", "any").output)
    assert [row["status"] for row in found["proposals"]] == ["refused"]


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("--propose", "http://127.0.0.1:9/v1", "--model", "any"), "cannot be reached"),
        (("--propose", "nowhere", "--model", "any"), "no web address"),
        (("--propose", "http://127.0.0.1:9"), "--model"),
        (("--propose", "http://[", "--model", "any"), "no web address"),
        (("--propose", "http://a b", "--model", "any"), "no web address"),
        (("--propose", "http://127.0.0.1:many", "--model", "any"), "no web address"),
        (("--model", "any"), "--propose"),
    ],
)
def test_an_address_that_gives_nothing_is_refused_in_one_line(study: Path, words: tuple[str, ...], told: str) -> None:
    result = run(str(study), *words)
    assert result.exit_code == 2
    assert told in result.output
    assert "Traceback" not in result.output
