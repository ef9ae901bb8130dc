"""What CIViC says, in the terminal: a second source, apart from the knowledge of this program."""

from __future__ import annotations

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import civic_outline as outline
from chemoplan.report.terminal.pieces import TONES, Row, heading, labeled, plain, say, titled
from chemoplan.report.words import count_text

SHOWN = 20


def print_civic(view: Row, console: Console) -> None:
    """Print the evidence of CIViC when it was asked for."""
    found = view.get("civic")
    if not found:
        return
    heading(console, found["source"], "not part of the statements and plans")
    say(console, Padding(plain(outline.release_text(found["release"]), "dim"), (0, 0, 0, 2)))
    for text in found["release"]["problems"]:
        say(console, Padding(Text("▲ ", style=TONES["open"]) + plain(text), (0, 0, 0, 2)))
    if not found["matches"]:
        say(console, Padding(plain("No item of this release matches."), (0, 0, 0, 2)))
    for row in found["matches"][:SHOWN]:
        mark = "●" if row["state"] == "matched" else "◐"
        say(console, titled(Text(f"  {mark} {row['state']}"), outline.item_text(row), f"item {row['id']}"))
        lines = [
            ("match", plain(f"{row['level']}: {row['because']}")),
            ("disease", plain(f"{row['disease']} ({row['tissue']})")),
            ("evidence", plain(outline.level_text(row))),
        ]
        say(console, labeled(lines))
    left = len(found["matches"]) - SHOWN
    if left > 0:
        say(console, Padding(plain(f"and {left} more (--format json has them all)", "dim"), (0, 0, 0, 4)))
    for row in found["contradictions"]:
        say(
            console,
            titled(Text("  ▲", style=TONES["open"]), f"CIViC contradicts itself on {row['therapy']}", row["profile"]),
        )
        lines = [(label, plain(text)) for label, text in outline.sides(row)]
        say(console, labeled(lines))
    if found["other_diseases"]:
        number = count_text(len(found["other_diseases"]), "item")
        say(console, Padding(plain(f"{number} about other cancers left to --format json", "dim"), (0, 0, 0, 2)))
