"""What an installation decides: where the data lies, who the center is, how the address looks from outside."""

from __future__ import annotations

import contextlib
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

SHORTEST_SECRET = 32


class SecretRefused(ValueError):
    """The secret cannot be used; the message says what would be right and nothing of the secret."""


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
    """The secret of an installation: CHEMOPLAN_SECRET, or a file beside the data that only its owner may read, made at first use.

    Raises SecretRefused for one that is too short to sign with.
    """
    if given := os.environ.get("CHEMOPLAN_SECRET", ""):
        return _strong(given, "CHEMOPLAN_SECRET")
    path = folder / "secret"
    if not path.exists():
        _make(path)
    return _strong(path.read_text(encoding="utf-8", errors="replace").strip(), f"{path}")


def _make(path: Path) -> None:
    """A new secret, whole or not at all; the one of another process that was faster stays."""
    own = path.with_name(f"secret.{secrets.token_hex(8)}")
    handle = os.open(own, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w") as stream:
            stream.write(secrets.token_urlsafe(48))
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            os.link(own, path)
    finally:
        own.unlink()


def _strong(secret: str, place: str) -> str:
    if len(secret) < SHORTEST_SECRET:
        raise SecretRefused(
            f"{place}: {len(secret)} signs; expected at least {SHORTEST_SECRET} that nobody can guess, such as 48 random bytes in base64"
        )
    return secret
