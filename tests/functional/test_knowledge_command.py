"""`chemoplan knowledge list` and `show` as typed, for what is known of doses."""

from __future__ import annotations

import json

import pytest

from tests.functional.test_command_line import run


def test_kinds_are_listed_with_their_counts_and_each_can_be_listed():
    kinds = {
        row["kind"]: row["items"] for row in json.loads(run("knowledge", "list", "--format", "json", check=0).stdout)
    }
    assert {"regimens", "drugs", "dose_changes", "grade_scales"} <= set(kinds)
    rows = json.loads(run("knowledge", "list", "regimens", "--format", "json", check=0).stdout)
    assert len(rows) == kinds["regimens"]
    assert {"id": "capiri", "version": 2}.items() <= next(row for row in rows if row["id"] == "capiri").items()


def test_a_drug_is_shown_with_what_was_not_read():
    text = run("knowledge", "show", "drugs/capecitabine", check=0).stdout
    assert "strengths: 150, 500" in text
    assert "What would settle it" in " ".join(text.split())
    assert "also:" not in text


def test_an_id_of_several_kinds_says_so_above_all_else():
    lines = run("knowledge", "show", "capecitabine", check=0).stdout.splitlines()
    assert lines[0].split() == ["capecitabine", "regimens"]
    assert lines[1].split() == ["also:", "drugs/capecitabine"]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("show", "drugs/capecitabin"), "did you mean capecitabine?"),
        (("show", "drugz/capecitabine"), "did you mean drugs?"),
        (("list", "drugz"), "'drugz' is not one of"),
    ],
)
def test_what_does_not_exist_is_refused_in_one_line(arguments, words):
    done = run("knowledge", *arguments, check=2)
    assert done.stdout == ""
    assert len(done.stderr.splitlines()) == 1
    assert words in done.stderr
