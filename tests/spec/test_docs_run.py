"""The README, the tutorial and the how-to pages do what they say: every command and script on them is run."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.spec.console_pages import Step, plain, steps_of

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "docs" / "tutorial.md", *sorted((ROOT / "docs" / "how-to").glob("*.md"))]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix())
def test_what_a_page_tells_to_run_runs_and_prints_what_it_shows(page: Path, tmp_path: Path) -> None:
    steps = steps_of(page)
    assert steps, "the page shows nothing that can be run"
    desk = _Desk(tmp_path)
    for at, step in enumerate(steps):
        shown = desk.do(step)
        following = steps[at + 1].text if at + 1 < len(steps) else ""
        assert desk.status == 0 or following == "echo $?", f"{step.text}\nexits with {desk.status}: {shown}"
        _assert_prints(step, shown)


def _assert_prints(step: Step, shown: str) -> None:
    text, place = plain(shown), 0
    for piece in step.prints:
        found = text.find(piece, place)
        assert found >= 0, f"{step.text}\ndoes not print, here: {piece}\nbut: {shown}"
        place = found + len(piece)


class _Desk:
    """A folder like the repository's, holding only the shipped examples, and a shell that knows `chemoplan`."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "desk"
        self.status = 0
        shutil.copytree(ROOT / "src" / "chemoplan" / "examples", self.folder / "src" / "chemoplan" / "examples")
        programs = folder / "programs"
        programs.mkdir()
        program = programs / "chemoplan"
        program.write_text(f'#!/bin/sh\nexec {shlex.quote(sys.executable)} -m chemoplan "$@"\n', encoding="utf-8")
        program.chmod(0o755)
        search = os.pathsep.join((str(programs), os.environ.get("PATH", os.defpath)))
        self.environment = {**os.environ, "PATH": search, "PYTHONPATH": str(ROOT / "src"), "COLUMNS": "100"}

    def do(self, step: Step) -> str:
        """Do one step; what it printed."""
        if step.kind in ("file", "append"):
            path = self.folder / step.name
            path.parent.mkdir(parents=True, exist_ok=True)
            with path.open("a" if step.kind == "append" else "w", encoding="utf-8") as stream:
                stream.write(step.text)
            return ""
        if step.kind == "python":
            return self._run([sys.executable, "-c", step.text])
        # A command sees the exit status of the one before it, as in a shell.
        return self._run(["bash", "-c", f"(exit {self.status}); {step.text}"])

    def _run(self, command: list[str]) -> str:
        done = subprocess.run(command, cwd=self.folder, env=self.environment, capture_output=True, text=True)
        self.status = done.returncode
        assert "Traceback" not in done.stderr, done.stderr
        return done.stdout + done.stderr
