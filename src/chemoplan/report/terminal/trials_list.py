"""Kept studies in the terminal: one study two lines, each with the day of its record."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import trials_list_outline as told
from chemoplan.report.terminal.pieces import Row, marked, plain, say


def print_trials_list(listing: Row, console: Console) -> None:
    """Print the list."""
    say(console, plain(told.head_text(listing), "bold"))
    for row in listing["records"]:
        line = plain(row["nct_id"], "bold") + Text("  ") + marked(told.status_mark(row))
        line += plain(f"  {told.as_of_text(row)}", "dim")
        for mark in ([told.STALE] if row["stale"] else []) + ([told.INVENTED] if row["invented"] else []):
            line += Text("  ") + marked(mark)
        say(console, line)
        say(
            console,
            Padding(plain(f"{told.phase_text(row)}  ", "dim") + plain(row["title"] or "no title stated"), (0, 0, 0, 2)),
        )
    if told.stale_text(listing):
        say(console, Text("▲ ", style="bold yellow") + plain(told.stale_text(listing)))
