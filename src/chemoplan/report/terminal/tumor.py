"""A tumor in the terminal: what matters for treatment first, then what does not apply, what was found, what was not looked at."""

from __future__ import annotations

from collections.abc import Mapping

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import tumor_outline as outline
from chemoplan.report.terminal.civic import print_civic
from chemoplan.report.terminal.facts import print_fact_rows
from chemoplan.report.terminal.pieces import (
    TONES,
    Row,
    evidence_block,
    heading,
    joined,
    labeled,
    marked,
    plain,
    say,
    sources_line,
    table_of,
    titled,
)
from chemoplan.report.terminal.plan import print_head
from chemoplan.report.words import INTENDED_USE, STATUSES, count_text, mark_of


def print_tumor(report: Row, console: Console) -> None:
    """Print what a tumor's molecules mean for treatment."""
    view = outline.ready(report)
    titles = outline.titles_of(view)
    print_head(view, console, "Tumor")
    if view["patient"]:
        say(console, plain(f"of the person {view['patient']}", "dim"))
    say(console, plain(outline.calls_text(view)))
    for assay in view["assays"]:
        say(console, plain(f"looked at ({assay['source']}): {outline.assay_text(assay)}"))
    if not view["assays"]:
        say(console, Text("▲ ", style=TONES["open"]) + plain(outline.NO_ASSAY))
    _print_glance(view, console)
    _print_warnings(view, console)
    for group in outline.assertion_groups(view):
        heading(console, group.title, outline.group_text(group))
        for row in group.rows:
            _print_assertion(row, titles, console)
    _print_contradictions(view, console)
    _print_absent(view, console)
    _print_biomarkers(view, console)
    _print_not_tested(view, console)
    print_civic(view, console)
    heading(console, "Facts", "what goes into a plan (chemoplan plan CASE --tumor FILE)")
    print_fact_rows([row for row in view["facts"] if row["status"] != "unknown"], console)
    unknown = [row["name"] for row in view["facts"] if row["status"] == "unknown"]
    if unknown:
        say(console, Padding(plain(f"unknown: {', '.join(unknown)}", "dim"), (0, 0, 0, 2)))
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def _print_warnings(view: Row, console: Console) -> None:
    if not view["warnings"] and not view["discordant"] and not view["cautions"]:
        return
    heading(console, "Look at these before relying on it")
    for row in view["cautions"]:
        say(console, titled(Text("  ▲", style=TONES["open"]), row["text"], row["id"]))
        say(console, labeled([("evidence", evidence_block(row))]))
    for item in view["discordant"]:
        say(console, titled(Text("  ▲", style=TONES["bad"]), f"Results disagree: {item['title']}", item["fact"]))
        rows = [("result", plain(outline.result_text(result))) for result in item["results"]]
        why = outline.discord_text(item)
        say(console, labeled([*rows, ("because", plain(why))] if why else rows))
    for text in outline.warnings_of(view):
        say(console, Padding(Text("▲ ", style=TONES["open"]) + plain(text), (0, 0, 0, 2)))


def _print_glance(view: Row, console: Console) -> None:
    lines, titles = outline.glance(view), outline.titles_of(view)
    heading(console, "At a glance", outline.states_text(view))
    table = table_of(
        ("", "", "", ""),
        (
            (
                Text("  ") + marked(outline.effect_mark(line.rows[0])),
                plain(line.therapy) + plain(f"  {line.where}", "dim") + _waits(line.rows[0], titles),
                plain(line.found, "dim"),
                plain(f"tier {line.tier}" if line.tier else "no tier", "dim"),
            )
            for line in lines
        ),
    )
    table.show_header = False
    table.columns[0].no_wrap = table.columns[3].no_wrap = True
    table.columns[1].ratio, table.columns[2].ratio = 3, 2
    if lines:
        say(console, table)
    else:
        say(console, Padding(plain(outline.NOTHING_SAID), (0, 0, 0, 2)))


def _waits(row: Row, titles: Mapping[str, str]) -> Text:
    return plain(f"  ◧ if {outline.depends_text(row, titles)}" if row["depends_on"] else "", TONES["open"])


def _print_assertion(row: Row, titles: Mapping[str, str], console: Console) -> None:
    say(console, titled(Text("  ") + marked(outline.effect_mark(row)), row["title"], row["id"]))
    lines: list[tuple[str, RenderableType]] = []
    for item in row["depends_on"]:
        lines.append(
            (
                "◧ depends on",
                plain(outline.wanted_text(item, titles), "bold")
                + plain(f"  {item['question']}  {item['because']}")
                + plain(f"  ({item['fact']})", "dim"),
            )
        )
    therapy = outline.therapy_text(row)
    if therapy:
        lines.append(("therapy", plain(therapy)))
    for variant in row["variants"]:
        lines.append(("found", _variant(variant)))
    lines.append(("where", plain(outline.where_text(row))))
    lines.append(("tier", plain(outline.tier_text(row))))
    lines += [("label", plain(outline.label_text(label))) for label in row["label"]]
    if not row["label"]:
        lines.append(("label", plain("none known to this knowledge", "dim")))
    if row["trials"]:
        lines.append(("trials", plain(", ".join(row["trials"]))))
    if row["text"]:
        lines.append(("says", plain(row["text"])))
    if row["because"]:
        lines.append(("because", joined([_leaf(leaf, titles) for leaf in row["because"]])))
    lines.append(("evidence", evidence_block(row)))
    lines.append(("status", marked(mark_of(STATUSES, row["status"])) + plain("  the weakest of its sources", "dim")))
    lines.append(("reviewed", plain(outline.review_text(row))))
    say(console, labeled(lines))


def _leaf(leaf: Row, titles: Mapping[str, str]) -> Text:
    text = plain(outline.leaf_text(leaf, titles)) + plain(f"  ({leaf['test']})", "dim")
    return text + plain(f"  {leaf['because']}" if leaf["because"] else "", "dim")


def _variant(variant: Row) -> Text:
    text = plain(outline.variant_text(variant), "bold")
    for part in (outline.reads_text(variant), outline.place_text(variant)):
        text += plain(f"  {part}" if part else "", "dim")
    if variant["doubt"]:
        text += Text("  ▲ ", style=TONES["open"]) + plain(variant["doubt"])
    return text


def _print_contradictions(view: Row, console: Console) -> None:
    if not view["contradictions"]:
        return
    heading(console, "Where the evidence disagrees", "the losing statements are shown, not hidden")
    for item in view["contradictions"]:
        say(console, plain(f"  {outline.therapies_text(item['therapy'])}", "bold"))
        lines = [
            ("stands", plain(", ".join(item["winning"]))),
            ("loses", plain(", ".join(item["losing"]))),
            ("because", plain(item["because"])),
        ]
        say(console, labeled(lines))


def _print_absent(view: Row, console: Console) -> None:
    if not view["does_not_apply"]:
        return
    heading(console, "Does not apply, because", count_text(len(view["does_not_apply"]), "statement"))
    for row in view["does_not_apply"]:
        say(console, titled(Text("  ") + marked(outline.ABSENT), row["title"], row["id"]))
        say(console, labeled([("effect", plain(outline.effect_text(row))), ("because", plain(row["because"]))]))


def _print_biomarkers(view: Row, console: Console) -> None:
    heading(console, "Biomarkers", outline.states_text(view))
    for state, mark in outline.STATES.items():
        rows = [row for row in view["biomarkers"] if row["state"] == state]
        if not rows:
            continue
        if state == "not_assayed":
            say(console, Text("  ") + marked(mark) + plain(f"  {', '.join(row['title'] for row in rows)}"))
            continue
        for row in rows:
            say(console, titled(Text("  ") + marked(mark), row["title"], row["fact"]))
            lines: list[tuple[str, RenderableType]] = [("found", _variant(variant)) for variant in row["variants"]]
            lines += [("result", plain(outline.result_text(result))) for result in row["reported"]]
            if row["because"]:
                lines.append(("because", plain(row["because"])))
            if row["not_covered"] and state != "detected":
                lines.append(("not covered", plain(outline.some(row["not_covered"]))))
            lines += [("▲ warning", plain(text)) for text in row["warnings"]]
            if row["evidence"] and state != "not_detected":
                lines.append(("sources", sources_line(row)))
            if lines:
                say(console, labeled(lines))


def _print_not_tested(view: Row, console: Console) -> None:
    deciding, rest = outline.waiting(view)
    if not deciding and not rest:
        return
    heading(console, "Not known, and what it would decide", "not tested is never taken as negative")
    for row in deciding:
        say(console, titled(Text("  ") + marked(mark_of(outline.STATES, row["state"])), row["title"], row["fact"]))
        lines: list[tuple[str, RenderableType]] = [("why", plain(row["because"]))]
        lines.append(("decides", plain("; ".join(outline.effects_text(row["decides"])))))
        say(console, labeled(lines))
    if rest:
        names = ", ".join(row["title"] for row in rest)
        say(console, Padding(plain(f"Also not known, deciding no statement by itself: {names}", "dim"), (0, 0, 0, 2)))
