"""What CIViC says, in the terminal: a second source, apart from the knowledge of this program."""

from __future__ import annotations

from rich.console import Console

from chemoplan.report.terminal.pieces import Row


def print_civic(view: Row, console: Console) -> None:
    """Print the evidence of CIViC when it was asked for."""
    if not view.get("civic"):
        return
