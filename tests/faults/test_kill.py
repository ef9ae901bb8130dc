"""A server killed while people write loses nothing that it had acknowledged, and keeps the audit chain."""

from __future__ import annotations

import os

import pytest

from tests.faults.kill import run, settings_for


@pytest.mark.parametrize("kills", [8, pytest.param(200, marks=pytest.mark.long)])
def test_a_killed_server_loses_nothing_that_it_acknowledged(tmp_path, kills: int) -> None:
    outcome = run(settings_for(tmp_path), kills)
    assert outcome.kills == kills
    assert outcome.acknowledged, "nothing was written, so nothing was shown"
    assert (outcome.lost, outcome.halves, outcome.twice, outcome.chain, outcome.damage) == ([], [], [], None, None)


@pytest.mark.long
@pytest.mark.skipif(
    "CHEMOPLAN_TEST_POSTGRES" not in os.environ, reason="CHEMOPLAN_TEST_POSTGRES names no throwaway database"
)
def test_the_same_holds_on_postgresql(tmp_path) -> None:
    outcome = run(settings_for(tmp_path, os.environ["CHEMOPLAN_TEST_POSTGRES"]), 200)
    assert outcome.acknowledged
    assert outcome.sound
