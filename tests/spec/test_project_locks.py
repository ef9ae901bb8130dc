"""The lock files: complete, hashed, and free of any registry's address."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
LOCKS = ("runtime.txt", "dev.txt", "bench.txt", "bench-matchengine.txt", "spark.txt")


def _pins(lock: str) -> dict[str, str]:
    """Library name to its pinned entry, hashes included."""
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    joined = text.replace("\\\n", " ")
    return dict(re.findall(r"^([a-z0-9][\w.-]*)==(.*)$", joined, flags=re.MULTILINE))


def _names(requirements: list[str]) -> set[str]:
    return {re.split(r"[^\w.-]", requirement)[0].lower() for requirement in requirements} - {"chemoplan"}


@pytest.mark.parametrize("lock", LOCKS)
def test_every_pin_carries_a_hash(lock: str) -> None:
    pins = _pins(lock)
    assert pins
    assert [name for name, entry in pins.items() if "--hash=sha256:" not in entry] == []


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_no_address_and_no_index_option(lock: str) -> None:
    text = (ROOT / "requirements" / lock).read_text(encoding="utf-8")
    assert "://" not in text
    assert re.findall(r"^\s*-(?:-(?:extra-)?index-url|-find-links|i|f)\b", text, flags=re.MULTILINE) == []


def test_the_runtime_lock_pins_every_library_the_package_names() -> None:
    extras = PROJECT["project"]["optional-dependencies"]
    named = [name for extra, names in extras.items() if extra not in ("spark", "postgres") for name in names]
    wanted = _names([*PROJECT["project"]["dependencies"], *named])
    assert wanted - set(_pins("runtime.txt")) == set()


def test_spark_is_pinned_apart_with_what_it_shares_in_the_same_versions() -> None:
    spark, runtime = _pins("spark.txt"), _pins("runtime.txt")
    assert _names(PROJECT["project"]["optional-dependencies"]["spark"]) - set(spark) == set()
    assert {name for name in spark if name in runtime and spark[name] != runtime[name]} == set()
    assert "pyspark" not in runtime


def test_the_development_lock_also_pins_the_tools_and_the_build_backend() -> None:
    wanted = _names([*PROJECT["dependency-groups"]["dev"], *PROJECT["build-system"]["requires"]])
    assert wanted - set(_pins("dev.txt")) == set()
    assert _names(PROJECT["project"]["optional-dependencies"]["postgres"]) - set(_pins("dev.txt")) == set()


def test_what_is_only_measured_against_is_pinned_apart_and_installed_with_nothing_else() -> None:
    wanted = _names(PROJECT["dependency-groups"]["bench"])
    assert wanted - set(_pins("bench.txt")) == set()
    assert wanted & (set(_pins("runtime.txt")) | set(_pins("dev.txt"))) == set()


def test_the_development_lock_has_the_same_versions_as_the_runtime_lock() -> None:
    dev = _pins("dev.txt")
    assert {name: entry for name, entry in _pins("runtime.txt").items() if dev.get(name) != entry} == {}
