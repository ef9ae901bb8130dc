"""Starting the server: tables prepared, the demonstration filled, one or more processes."""

from __future__ import annotations

import json
import os
import socket
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette

from chemoplan.web.settings import Settings, secret_of
from chemoplan.web.store.database import Database
from chemoplan.web.store.migrate import file_of, prepare

HANDED = "CHEMOPLAN_SERVING"
LOOPBACK = ("127.0.0.1", "localhost", "::1")


@dataclass(frozen=True)
class Wanted:
    """What the command line asked for."""

    folder: Path
    database: str
    center: Path | None = None
    trials: Path | None = None
    address: str = ""
    behind_proxy: bool = False
    demo: bool = False
    knowledge: tuple[Path, ...] = ()
    oidc: dict[str, str] = field(default_factory=dict)

    def settings(self) -> Settings:
        """The settings of every process: the secret is read from the folder."""
        return Settings(
            self.database, secret_of(self.folder), self.address, self.center, self.knowledge, self.trials, self.demo,
            self.behind_proxy, self.oidc,
        )  # fmt: skip


def start(wanted: Wanted, host: str, port: int, workers: int, say: Callable[[str], None]) -> None:
    """Prepare, say where it is and who can log in, and serve until it is stopped."""
    import uvicorn

    from chemoplan.web.demo.invented import DemoRefused, fill, holds_demo

    os.umask(0o077)  # what is made from here on is for its owner alone: database, secret, files on their way
    settings = wanted.settings()
    database = Database(settings.database)
    prepare(database, file_of(settings.database))
    if not wanted.demo and holds_demo(database):
        raise DemoRefused(
            "--database: holds the invented people of the demonstration, whose password everybody knows; name a new one, or add --demo"
        )
    if wanted.demo:
        from chemoplan.web.center.file import load_center

        say("filling the demonstration ...")
        fill(database, load_center(wanted.center), datetime.now(UTC))
    database.close()
    listening = socket.create_server((host, port), backlog=2048, reuse_port=False)
    listening.set_inheritable(True)
    shown = f"http://{host}:{listening.getsockname()[1]}"
    for line in welcome(wanted, shown):
        say(line)
    handed = {"folder": str(wanted.folder), "database": wanted.database, "center": _text(wanted.center), "trials": _text(wanted.trials),
              "address": wanted.address, "behind_proxy": wanted.behind_proxy, "demo": wanted.demo,
              "knowledge": [str(path) for path in wanted.knowledge], "oidc": wanted.oidc}  # fmt: skip
    os.environ[HANDED] = json.dumps(handed)
    config = uvicorn.Config(
        "chemoplan.web.serving:app", factory=True, workers=workers, log_level="warning", access_log=False, server_header=False,
        timeout_keep_alive=75, limit_concurrency=None,
        proxy_headers=False,  # --behind-proxy alone decides whose word on the visitor's address counts
    )  # fmt: skip
    if workers == 1:
        uvicorn.Server(config).run(sockets=[listening])
        return
    from uvicorn.supervisors import Multiprocess

    Multiprocess(config, sockets=[listening]).run()


def _text(path: Path | None) -> str | None:
    return None if path is None else str(path.resolve())


def app() -> Starlette:
    """The application of one process, from what `start` handed on."""
    from chemoplan.web.app import create_app

    handed = json.loads(os.environ[HANDED])
    paths = {key: Path(handed[key]) if handed[key] else None for key in ("center", "trials")}
    wanted = Wanted(
        Path(handed["folder"]), handed["database"], paths["center"], paths["trials"], handed["address"], handed["behind_proxy"],
        handed["demo"], tuple(Path(path) for path in handed["knowledge"]), handed["oidc"],
    )  # fmt: skip
    return create_app(wanted.settings())


def welcome(wanted: Wanted, address: str) -> list[str]:
    """Where it is, and in a demonstration who can log in."""
    lines = [f"chemoplan serves at {address}  (Ctrl-C ends it)"]
    if not wanted.address.startswith("https://") and urlsplit(address).hostname not in LOOPBACK:
        lines.append(
            "Others can reach it, and passwords travel in the open: give --address https://... behind a proxy that speaks TLS."
        )
    if wanted.demo:
        from chemoplan.web.demo.invented import PASSWORD, PEOPLE

        lines += ["", "Invented people who can sign in, all with the password " + PASSWORD + ":"]
        lines += [f"  {role:<14} {email}" for role, (_, email) in PEOPLE.items()]
        lines += [
            "Staff are asked for six numbers next; the page of the demonstration shows them.",
            f"The data lies in {wanted.folder}.",
        ]
    return lines
