"""What a run was about and which of its parts are done: a small file beside the output, so that a stopped run can go on."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any


@dataclass
class Manifest:
    """The file at `path`. `blocks` holds, by number, the files of each finished block with their SHA-256."""

    path: Path
    about: dict[str, Any]
    complete: bool = False
    blocks: dict[str, dict[str, str]] = field(default_factory=dict)

    def has(self, number: int, folder: Path) -> bool:
        """True when the block is named and its files in the folder are as they were written."""
        files = self.blocks.get(str(number), {})
        return bool(files) and all(
            (folder / name).is_file() and file_hash(folder / name) == digest for name, digest in files.items()
        )

    def write(self) -> None:
        """Write the file as a whole, or leave the one that is there."""
        rough = self.path.with_name(self.path.name + ".part")
        kept = {"about": self.about, "complete": self.complete, "blocks": self.blocks}
        rough.write_text(json.dumps(kept, indent=1, sort_keys=True) + "\n", encoding="utf-8")
        rough.replace(self.path)


def manifest_path(output: Path) -> Path:
    """The place of the manifest of an output."""
    return output.with_name(output.name + ".manifest.json")


def read_manifest(path: Path) -> Manifest | None:
    """The manifest in a file; None when there is none, or one that is damaged."""
    try:
        kept = json.loads(path.read_text(encoding="utf-8"))
        blocks = {str(number): dict(files) for number, files in kept["blocks"].items()}
        return Manifest(path, dict(kept["about"]), bool(kept["complete"]), blocks)
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        return None


def file_hash(path: Path) -> str:
    """SHA-256 of a file, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def differences(one: Mapping[str, Any], other: Mapping[str, Any]) -> list[str]:
    """The names under which two runs say different things, in the order of the first."""
    return [name for name in {**one, **other} if one.get(name) != other.get(name)]
