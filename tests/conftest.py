"""What holds for every test: how many examples a property gets, and when long tests run."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# "ci" repeats the same examples on every machine, so that a red run is the change's fault; "long" looks for new ones.
# A test of slow examples asks for a share of the profile (settings.default.max_examples // 10), never a fixed number.
_SLOW_IS_FINE = [HealthCheck.too_slow, HealthCheck.data_too_large]
settings.register_profile("ci", max_examples=500, deadline=None, derandomize=True, suppress_health_check=_SLOW_IS_FINE)
settings.register_profile(
    "long", max_examples=20_000, deadline=None, derandomize=False, print_blob=True, suppress_health_check=_SLOW_IS_FINE
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "ci"))


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Skip long tests unless they were asked for, so that a plain `pytest` stays quick."""
    if item.get_closest_marker("long") and os.environ.get("CHEMOPLAN_LONG") != "1":
        pytest.skip("long; run with CHEMOPLAN_LONG=1 or make test-long")
