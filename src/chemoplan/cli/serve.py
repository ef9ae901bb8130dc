"""The web application: serve it."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import Any

import click

from chemoplan.cli.shared import EPILOG, Refused, knowledge_option, refusing


@click.command(epilog=EPILOG)
@click.option(
    "--demo", is_flag=True, help="The invented center with invented people and the shipped cases, in a new folder."
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option(
    "--port", type=click.IntRange(0, 65535), default=8000, show_default=True, help="Port; 0 takes a free one."
)
@click.option(
    "--data", type=click.Path(path_type=Path, file_okay=False), help="Folder of the data  [default: chemoplan-data]."
)
@click.option(
    "--database",
    envvar="CHEMOPLAN_DATABASE",
    help="sqlite:///FILE or postgresql+psycopg://...  [default: a file in --data].",
)
@click.option("--center", type=click.Path(path_type=Path, file_okay=False), help="Folder of the center's files.")
@click.option("--trials", type=click.Path(path_type=Path), help="Store of trial records (see chemoplan trials import).")
@click.option(
    "--address",
    envvar="CHEMOPLAN_ADDRESS",
    default="",
    help="How people reach it from outside; with https, cookies go over TLS only.",
)
@click.option("--behind-proxy", is_flag=True, help="Take the visitor's address from X-Forwarded-For.")
@click.option("--workers", type=click.IntRange(1, 64), default=1, show_default=True, help="Processes.")
@knowledge_option
@refusing
def serve(
    demo: bool,
    host: str,
    port: int,
    data: Path | None,
    database: str | None,
    center: Path | None,
    trials: Path | None,
    address: str,
    behind_proxy: bool,
    workers: int,
    overlays: tuple[Path, ...],
) -> None:
    """Serve the front door and the case page. Ctrl-C ends it.

    \b
    Examples:
      chemoplan serve --demo
      chemoplan serve --data /srv/chemoplan --center my-center --address https://cancer.example
      chemoplan serve --database postgresql+psycopg://chemoplan@db/chemoplan --workers 2
    """  # fmt: skip
    folder = data or (Path(tempfile.mkdtemp(prefix="chemoplan-demo-")) if demo else Path("chemoplan-data"))
    folder.mkdir(parents=True, exist_ok=True)
    from chemoplan.web.center.file import load_center
    from chemoplan.web.serving import Wanted, start

    load_center(center)
    wanted = Wanted(
        folder=folder, database=database or f"sqlite:///{(folder / 'chemoplan.sqlite').resolve()}", center=center, trials=trials,
        address=address, behind_proxy=behind_proxy, demo=demo, knowledge=overlays, oidc=oidc_of(dict(os.environ)),
    )  # fmt: skip
    start(wanted, host, port, workers, click.echo)


def oidc_of(environment: dict[str, str]) -> dict[str, Any]:
    """The OpenID provider of an installation, from CHEMOPLAN_OIDC_* in the environment. Raises Refused when half is given."""
    keys = ("NAME", "ISSUER", "CLIENT_ID", "CLIENT_SECRET")
    found = {key.lower(): environment.get(f"CHEMOPLAN_OIDC_{key}", "") for key in keys}
    if not any(found.values()):
        return {}
    if missing := [f"CHEMOPLAN_OIDC_{key.upper()}" for key, value in found.items() if not value]:
        raise Refused([f"{', '.join(missing)}: not set; an OpenID provider needs all four"])
    return found
