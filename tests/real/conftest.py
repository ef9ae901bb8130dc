"""Real reference data lies outside the package; tests on it are skipped with a message when it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest


def reference_folder() -> Path:
    """CHEMOPLAN_REFERENCE, or the folder beside the repository."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "reference"
    return Path(os.environ.get("CHEMOPLAN_REFERENCE", beside))


@pytest.fixture(scope="session")
def reference() -> Path:
    """The reference folder; skips the test when there is none."""
    folder = reference_folder()
    if not folder.is_dir():
        pytest.skip("reference data not found: set CHEMOPLAN_REFERENCE to the folder that holds it")
    return folder
