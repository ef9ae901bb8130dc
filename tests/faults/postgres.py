"""A PostgreSQL server for one test: in a folder that is thrown away, on a Unix socket, never as root.

`python -m tests.faults.postgres COMMAND ...` runs a command with CHEMOPLAN_TEST_POSTGRES naming its database.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

PLACES = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
INITDB = shutil.which("initdb") or next(
    (str(place / "initdb") for place in PLACES if (place / "initdb").is_file()), None
)
OWNER = "postgres"
AS_OWNER = ["runuser", "-u", OWNER, "--"] if os.geteuid() == 0 else []
CAN = bool(INITDB) and (os.geteuid() != 0 or shutil.which("runuser") is not None)


@dataclass(frozen=True)
class Cluster:
    """One server. `url` names its database as the application takes it."""

    folder: Path

    @property
    def url(self) -> str:
        """The address of the database."""
        return f"postgresql+psycopg://{OWNER}@/postgres?host={self.folder}"

    def start(self) -> None:
        """Start it, and wait until it answers."""
        options = f"-k {self.folder} -c listen_addresses='' -c max_connections=120 -c shared_buffers=128MB"
        self._control("start", "-w", "-o", options)

    def stop(self) -> None:
        """Stop it as an administrator in a hurry would: open connections are cut."""
        self._control("stop", "-m", "fast", "-w")

    def fresh(self, name: str) -> str:
        """A new database of its own; its address."""
        _run(_program("createdb"), "-h", str(self.folder), "-U", OWNER, name)
        return self.url.replace("/postgres?", f"/{name}?")

    def _control(self, *words: str) -> None:
        data, log = str(self.folder / "data"), str(self.folder / "log")
        _run(_program("pg_ctl"), "-D", data, "-l", log, *words)


def _program(name: str) -> str:
    """The program of this name that belongs to initdb."""
    return str(Path(INITDB or "").resolve().with_name(name))


def _run(*command: str) -> None:
    # Into a file, not a pipe: the server inherits it, and a pipe would stay open for as long as the server lives.
    with tempfile.TemporaryFile() as told:
        done = subprocess.run(
            [*AS_OWNER, *command], stdin=subprocess.DEVNULL, stdout=told, stderr=told, cwd="/", timeout=120
        )
        if done.returncode:
            told.seek(0)
            raise RuntimeError(f"{Path(command[0]).name} failed: {told.read().decode(errors='replace')[-800:]}")


@contextmanager
def cluster() -> Iterator[Cluster]:
    """A server that is there within the block."""
    folder = Path(tempfile.mkdtemp(prefix="chemoplan-pg-"))
    found = Cluster(folder)
    try:
        folder.chmod(0o755)
        if AS_OWNER:
            shutil.chown(folder, OWNER)
        _run(
            str(INITDB),
            "-D",
            str(folder / "data"),
            "-U",
            OWNER,
            "--auth=trust",
            "--encoding=UTF8",
            "--no-locale",
            "--no-sync",
        )
        found.start()
        try:
            yield found
        finally:
            found.stop()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(command: list[str]) -> int:
    """Run a command beside a server."""
    if not CAN or not command:
        print("usage: python -m tests.faults.postgres COMMAND ...   (needs PostgreSQL's initdb)", file=sys.stderr)
        return 2
    with cluster() as found:
        return subprocess.run(command, env={**os.environ, "CHEMOPLAN_TEST_POSTGRES": found.url}).returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
