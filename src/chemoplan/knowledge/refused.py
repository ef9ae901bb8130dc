"""The one error of this room: a knowledge file that cannot be used, with the place in it."""

from __future__ import annotations

from pathlib import Path


class KnowledgeRefused(ValueError):
    """A knowledge file cannot be used. The text names the file, the line where known, what is wrong and what would be right."""

    def __init__(
        self,
        file: str,
        message: str,
        *,
        line: int | None = None,
        column: int | None = None,
        path: Path | None = None,
        find: str = "",
    ) -> None:
        if line is None and path is not None and find:
            line, column = place_of(path, find)
        self.file, self.message, self.line, self.column = file, message, line, column
        place = "" if line is None else f", line {line}" + (f", column {column}" if column else "")
        super().__init__(f"{file}{place}: {message}")


def place_of(path: Path, find: str, after: str = "") -> tuple[int | None, int | None]:
    """1-based line and column of the first `find` in the file, looked for behind the line that holds `after`."""
    passed = not after
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), start=1):
        passed = passed or after in line
        if passed and find in line:
            return number, line.index(find) + 1
    return None, None
