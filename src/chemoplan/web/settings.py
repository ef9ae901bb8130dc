"""What an installation decides: where the data lies, who the center is, how the address looks from outside."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path


@dataclass(frozen=True)
class Settings:
    """The settings of one installation.

    `secret` signs cookies and form tokens: at least 32 bytes, the same for every process of an installation. `address` is how
    people reach it (https://...); with it cookies are sent over TLS only. `center` is the folder of the center's files, None for
    the fictional one. `behind_proxy` trusts the last X-Forwarded-For entry.
    """

    database: str
    secret: str = field(default_factory=lambda: secrets.token_urlsafe(48), repr=False)
    address: str = ""
    center: Path | None = None
    knowledge: tuple[Path, ...] = ()
    trials: Path | None = None
    demo: bool = False
    behind_proxy: bool = False
    oidc: dict[str, str] = field(default_factory=dict, repr=False)

    @property
    def secure(self) -> bool:
        """Whether cookies go over TLS only."""
        return self.address.startswith("https://")


def secret_of(folder: Path) -> str:
    """The secret of an installation: CHEMOPLAN_SECRET, or a file beside the data that only its owner may read, made at first use."""
    if given := os.environ.get("CHEMOPLAN_SECRET", ""):
        return given
    path = folder / "secret"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text(encoding="ascii").strip()
    with os.fdopen(handle, "w") as stream:
        stream.write(secrets.token_urlsafe(48))
    return path.read_text(encoding="ascii").strip()
