"""The package as built: what lies in the source folder is what an installed chemoplan has."""

from __future__ import annotations

import ast
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"
MODULES = sorted((SOURCE / "chemoplan").rglob("*.py"))


def _name(path: Path) -> str:
    return path.relative_to(SOURCE).as_posix()


def test_the_wheel_holds_every_file_of_the_package_folder(tmp_path: Path) -> None:
    pytest.importorskip("hatchling", reason="the build backend is not installed; make setup installs it")
    build = [sys.executable, "-m", "hatchling", "build", "--target", "wheel", "--directory", str(tmp_path)]
    subprocess.run(build, cwd=ROOT, check=True, capture_output=True)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = {name for name in archive.namelist() if name.startswith("chemoplan/")}
    present = {
        _name(path) for path in (SOURCE / "chemoplan").rglob("*") if path.is_file() and "__pycache__" not in path.parts
    }
    assert packed == present


def test_every_module_says_in_its_first_lines_what_it_is_for() -> None:
    silent = [_name(path) for path in MODULES if not ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))]
    assert silent == []


def test_no_module_is_longer_than_450_lines() -> None:
    lengths = {_name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in MODULES}
    assert {name: lines for name, lines in lengths.items() if lines > 450} == {}


def test_no_module_is_named_for_nothing_in_particular() -> None:
    vague = {"utils", "util", "helpers", "helper", "manager", "common", "misc"}
    assert [_name(path) for path in MODULES if path.stem in vague] == []
