"""A germline in the terminal: what could harm first, then drug by drug who says what, then how each gene is known."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import germline_outline as outline
from chemoplan.report.terminal.facts import print_fact_rows
from chemoplan.report.terminal.pieces import (
    TONES,
    Row,
    evidence_block,
    heading,
    labeled,
    marked,
    plain,
    say,
    sources_line,
    titled,
)
from chemoplan.report.terminal.plan import print_head
from chemoplan.report.words import INTENDED_USE, SEVERITIES, mark_of, printable


def print_germline(report: Row, console: Console) -> None:
    """Print what the inherited genes of one person mean for fluorouracil, capecitabine and irinotecan."""
    view = outline.ready(report)
    print_head(view, console, "Inherited genes")
    say(console, plain(outline.read_line(view), "dim"))
    _print_first(view, console)
    for group in outline.drug_groups(view):
        heading(console, group.title.capitalize(), "what each body says; not averaged, none chosen")
        for row in group.rows:
            _print_statement(row, group, console)
    silent = outline.silent_drugs(view)
    if silent:
        console.print()
        say(console, plain(f"Nothing is said of {outline.drugs_text(silent)}: its result is not stated.", "dim"))
    for gene in view["genes"]:
        _print_gene(view, gene, console)
    _print_ask(view, console)
    if view["not_actionable"]:
        heading(console, "Genes that change no dose", "named, never counted")
        say(console, labeled([(row["gene"], plain(row["text"])) for row in view["not_actionable"]]))
        say(console, labeled([("sources", sources_line(outline.together(view["not_actionable"])))]))
    heading(console, "Facts", "what goes into a plan (chemoplan plan CASE --germline FILE)")
    print_fact_rows(view["facts"], console)
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def _print_first(view: Row, console: Console) -> None:
    heading(console, "Before anything else", "a warning against harm comes first")
    for row in view["alerts"]:
        say(console, titled(Text("  ") + marked(mark_of(SEVERITIES, row["severity"])), row["title"], row["id"]))
        lines: list[tuple[str, RenderableType]] = [("says", plain(row["text"], "bold"))]
        lines += [("change", plain(f"{item['component']}: {item['text']}")) for item in row["modifies"]]
        lines.append(("sources", sources_line(row)))
        say(console, labeled(lines))
    for gate in view["held"]:
        say(console, titled(Text("  ▲", style=TONES["bad"]), gate["text"], gate["id"]))
        say(console, labeled([("sources", sources_line(gate))]))
    for gene in outline.unstated(view):
        text = plain(f"{gene['gene']}: this is not a normal result. ", "bold") + plain(gene["because"])
        say(console, Padding(Text("? ", style=TONES["bad"]) + text, (0, 0, 0, 2)))
    if not view["alerts"] and not view["held"] and not outline.unstated(view):
        say(console, Padding(plain(outline.NOTHING_FOUND), (0, 0, 0, 2)))
    for gene in filter(outline.stated, view["genes"]):
        result = plain(f"{gene['gene']}: {outline.result_text(gene)}  ", "bold") + marked(outline.status_mark(gene))
        say(console, Padding(result, (0, 0, 0, 2)))
    for warning in outline.warnings_of(view):
        say(console, Padding(Text("▲ ", style=TONES["open"]) + plain(warning), (0, 0, 0, 2)))
    say(console, Padding(plain(outline.NO_MERGE, "dim"), (0, 0, 0, 2)))


def _print_statement(row: Row, group: outline.DrugGroup, console: Console) -> None:
    lead = Text("  ") + marked(outline.dose_mark(row)) + plain(f"  {row['body']}", "bold")
    say(console, titled(lead, outline.when_text(row), row["id"]))
    lines: list[tuple[str, RenderableType]] = [("dose", plain(outline.dose_text(row)))]
    if row.get("condition"):
        lines.append(("for", plain(row["condition"])))
    lines.append(("action", plain(row["action"])))
    if len(row["drugs"]) < len(group.drugs):
        lines.append(("drugs", plain(f"{outline.drugs_text(row['drugs'])} only")))
    if row.get("strength"):
        lines.append(("strength", plain(row["strength"])))
    if row.get("notes"):
        lines.append(("note", plain(row["notes"], "dim")))
    lines.append(("evidence", evidence_block(row)))
    say(console, labeled(lines))


def _print_gene(view: Row, gene: Row, console: Console) -> None:
    rows = outline.positions_of(view, gene["gene"])
    heading(console, printable(gene["gene"]), outline.result_text(gene))
    lines: list[tuple[str, RenderableType]] = [
        ("status", marked(outline.status_mark(gene))),
        ("diplotype", plain(outline.diplotypes_text(gene))),
        ("range", plain(outline.span_text(gene))),
        ("assessed", plain(outline.counts_text(rows))),
    ]
    lines += [
        (
            "found",
            plain(outline.read_text(row), "bold") + plain(f"  {outline.found_line(row)}"),
        )
        for row in outline.variants_of(rows)
    ]
    lines.append(("because", plain(gene["because"])))
    for gap in outline.gaps(rows):
        lines.append(("not assessed", plain(outline.gap_text(gap))))
    lines += [("▲ caution", plain(text)) for text in outline.cautions_of(gene)]
    say(console, labeled(lines))


def _print_ask(view: Row, console: Console) -> None:
    heading(console, "Ask before relying on it")
    for question, why in outline.ASK:
        say(console, Padding(plain(question, "bold") + plain(f"  {why}", "dim"), (0, 0, 0, 2)))
    for row in view["remarks"]:
        say(console, Padding(plain(f"{row['text']}  ") + sources_line(row), (0, 0, 0, 2)))
