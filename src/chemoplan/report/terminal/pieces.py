"""The pieces that terminal reports are made of: safe text, marks, labeled lines, headings."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from rich.console import Console, Group, RenderableType
from rich.padding import Padding
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from chemoplan.report.outline import cited, evidence_lines, review
from chemoplan.report.words import PAST_REVIEW, ROLES, STATUSES, Mark, mark_of, printable, value_text

TONES = {"good": "bold green", "open": "bold yellow", "bad": "bold red", "calm": "bold cyan"}
WIDEST = 120
LABEL = 12
NARROW = 72

Row = Mapping[str, Any]


def width_of(console: Console) -> int:
    """Lines longer than 120 characters are hard to follow, however wide the terminal."""
    return min(console.width, WIDEST)


def say(console: Console, item: RenderableType) -> None:
    """Print within the reading width."""
    console.print(item, width=width_of(console))


def plain(text: Any, style: str = "") -> Text:
    """Text from outside: never read as markup, control characters made visible."""
    return Text(printable(text), style=style)


def marked(mark: Mark) -> Text:
    """A mark with shape and word."""
    return Text(f"{mark.shape} {mark.word}", style=TONES[mark.tone])


def heading(console: Console, title: str, note: str = "") -> None:
    """A section heading."""
    console.print()
    text = Text(title, style="bold") + Text(f"  {note}" if note else "", style="dim")
    say(console, Rule(text, align="left", style="dim"))


def labeled(rows: Iterable[tuple[str, RenderableType]], indent: int = 4) -> Padding:
    """Lines with a label to the left."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=False)
    table.add_column(width=LABEL, style="dim", no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    for label, content in rows:
        table.add_row(label, content)
    return Padding(table, (0, 0, 0, indent))


def titled(lead: Text, title: str, name: str, more: str = "") -> Table:
    """The first line of an option, alert or finding: its mark, then its title with a hanging indent."""
    table = Table.grid(padding=(0, 2, 0, 0), expand=False)
    table.add_column(no_wrap=True)
    table.add_column(ratio=1, overflow="fold")
    table.add_row(lead, plain(title, "bold") + plain(f" ({name}{more})", "dim"))
    return table


def joined(parts: Iterable[RenderableType]) -> Group:
    """Lines under each other."""
    return Group(*parts)


def evidence_line(row: Row) -> Text:
    """One source: how far it was checked, what it is, its date, what it says."""
    text = marked(mark_of(STATUSES, row["status"]))
    if row.get("past_review"):
        text += Text(" ") + marked(PAST_REVIEW)
    where = ", ".join(filter(None, (row.get("date") or "no date", row.get("locator"), row.get("strength"))))
    text += plain(f" {row['title']} ({where})")
    if row.get("says"):
        text += plain(f": {row['says']}")
    if row.get("source_status") not in (None, "verified", row["status"]):
        text += Text("  the source as a whole: ", style="dim") + marked(mark_of(STATUSES, str(row["source_status"])))
    return text


def evidence_block(row: Row) -> RenderableType:
    """Every source of a row; a row without one says so."""
    lines = evidence_lines(row)
    return joined([evidence_line(line) for line in lines]) if lines else Text("no source given", style="bold red")


def sources_line(row: Row) -> Text:
    """The sources of a row in one line: id, date, status."""
    text = Text()
    for at, line in enumerate(cited(row)):
        mark = mark_of(STATUSES, line["status"])
        text += Text("; " if at else "") + plain(f"{line['source']} {line['date'] or 'no date'} ") + marked(mark)
        if line["past_review"]:
            text += Text(" ") + marked(PAST_REVIEW)
    return text or Text("no source given", style="bold red")


def reason(trace: Row, full: bool = True) -> Text:
    """Why an entry does what it does: its title, then each leaf with the limit and the value it met."""
    rank = f", rank {trace['rank']}" if trace.get("rank") is not None else ""
    text = plain(f"{ROLES.get(trace['role'], trace['role'])} ", "dim")
    text += plain(trace["title"]) + plain(f" ({trace['entry']}{rank})", "dim")
    if full and trace["leaves"]:
        text += Text("\n")
        for at, leaf in enumerate(trace["leaves"]):
            text += Text("; " if at else "  ", style="dim") + leaf_text(leaf)
    return text


def leaf_text(leaf: Row) -> Text:
    """One leaf: the test with its limit, and the value of the fact; a value that the test itself names is not said twice."""
    if leaf["test"] == f"{leaf['fact']} = {leaf['text']}":
        return plain(leaf["test"])
    return plain(leaf["test"], "dim") + Text(" → ", style="dim") + plain(value_text(leaf))


def review_line(row: Row) -> Text:
    """When the basis was reviewed, when it is due again, who signed it."""
    found = review(row)
    if found is None:
        return Text("no review date", style="bold red")
    text = plain(f"{found['reviewed'] or 'never'}, due {found['due'] or 'not set'}")
    if found["overdue"]:
        text += Text("  ") + marked(PAST_REVIEW)
    return text + plain(f"; signed off by {found['signed']}" if found["signed"] else "; not signed off")


def table_of(columns: Iterable[str], rows: Iterable[Iterable[RenderableType]]) -> Table:
    """A plain table with a header line."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="dim", show_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


def say_table(console: Console, columns: Iterable[str], rows: Iterable[Iterable[Text]]) -> None:
    """A table of doses; one line for each value where columns would break a number in two."""
    names = list(columns)
    if console.width >= NARROW:
        say(console, table_of(names, rows))
        return
    for first, *others in rows:
        say(console, first)
        for name, value in zip(names[1:], others, strict=True):
            if value.plain:
                say(console, Padding(plain(f"{name} " if name else "", "dim") + value, (0, 0, 0, 4)))
