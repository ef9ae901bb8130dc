"""Studies for a person in the terminal: the verdicts, what each rests on in the words of the text, what to ask next."""

from __future__ import annotations

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from chemoplan.report import trials_outline as told
from chemoplan.report.terminal.pieces import (
    TONES,
    Row,
    heading,
    joined,
    labeled,
    leaf_text,
    marked,
    plain,
    say,
    say_table,
    titled,
)
from chemoplan.report.words import INTENDED_USE, count_text, mark_of, notice

QUESTIONS = 10
"""How many questions are shown in the terminal; the JSON form has all."""
MISSING = 6


def print_trial_match(result: Row, console: Console) -> None:
    """Print the studies of a person."""
    _print_head(result, console, f"Studies for {result['case']}")
    counts = ", ".join(f"{count} {verdict}" for verdict, count in result["counts"].items())
    say(console, plain(counts, "bold"))
    if result["ask_next"]:
        shown = result["ask_next"][:QUESTIONS]
        heading(console, "What to ask next", f"{len(shown)} of {len(result['ask_next'])}")
        rows = [
            (
                plain(f"  {row['question']}"), plain(row["fact"], "dim"), plain(len(row["settles"])), plain(len(row["moves"])),
                plain(row["effort"]),
            )
            for row in shown
        ]  # fmt: skip
        say_table(console, ("  question", "fact", "settles", "moves", "effort"), rows)
    for verdict, mark in told.MARKS.items():
        group = [row for row in result["trials"] if row["verdict"] == verdict]
        if not group:
            continue
        heading(console, mark.word.capitalize(), count_text(len(group), "study", "studies"))
        for row in group:
            _print_trial(row, console)
    console.print()
    say(console, plain("chemoplan trials why NCT CASE shows every line of a study.", "dim"))
    say(console, plain(INTENDED_USE, "dim"))


def print_trial_why(result: Row, console: Console) -> None:
    """Print one study, every line with its verdict."""
    trial = result["trial"]
    _print_head(result, console, f"{trial['nct_id']} for {result['case']}")
    _print_trial(trial, console)
    say(console, plain(f"    text sha256 {result['text_sha256']}", "dim"))
    if result["fields"]:
        heading(console, "Fields of the record")
        for row in result["fields"]:
            _print_atom(row, console)
    heading(console, "Text", "every line, as the registry has it")
    if not result["text"]:
        say(console, plain("  The record holds no eligibility text.", TONES["open"]))
    for line in result["text"]:
        style = "bold" if line["kind"] == "heading" else ""
        lead = plain(f"  {line['line']:>3}  ", "dim")
        kind = "" if line["atoms"] or line["kind"] in ("heading", "note") else f"  [{line['kind']}]"
        say(console, lead + plain(line["text"].strip(), style) + plain(kind, TONES["calm"]))
        for row in line["atoms"]:
            _print_atom(row, console)
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def print_trial_funnel(result: Row, console: Console) -> None:
    """Print which line of a study loses whom."""
    trial = result["trial"]
    say(console, plain(f"{trial['nct_id']}: {trial['title']}", "bold"))
    say(console, plain(told.status_text(trial), "dim"))
    say(console, plain(notice(result), TONES["open"]))
    counts = ", ".join(f"{count} {verdict}" for verdict, count in result["verdicts"].items())
    say(console, plain(f"{count_text(result['people'], 'person', 'people')} of {result['case']}: {counts}", "bold"))
    heading(console, "Lines that lose people, or leave them open")
    rows = [
        (
            plain(f"  {told.place_text(row)}", "dim"), plain(row["span"]),
            *(plain(row[key]) for key in ("first", "alone", "failed", "open")),
        )
        for row in result["lines"]
    ]  # fmt: skip
    say_table(console, ("  where", "line", "first here", "here alone", "in all", "not known"), rows)
    relaxed = [row for row in result["lines"] if row["relaxed"]]
    if relaxed:
        heading(console, "What relaxing a limit would gain", "people whom nothing else rules out")
        for row in relaxed:
            say(console, Padding(plain(row["span"]) + plain(f" ({told.place_text(row)})", "dim"), (0, 0, 0, 2)))
            for step in row["relaxed"]:
                say(console, Padding(plain(f"{step['criterion']}: {step['gained']} more"), (0, 0, 0, 6)))
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def _print_head(result: Row, console: Console, title: str) -> None:
    known = result["knowledge"]
    say(console, plain(title, "bold") + plain(f"  {result['title']}" if result["title"] else ""))
    basis = (
        f"records as of {told.as_of_text(result['as_of'])}; decision of {result['decided_on'] or 'no date'}; "
        f"knowledge {known['version']} as of {known['as_of']}; chemoplan {result['chemoplan']}"
    )
    say(console, plain(basis, "dim"))
    say(console, plain(notice(result), TONES["open"]))
    if result["reviewed_only"]:
        say(console, plain("Lines that nobody has reviewed exclude no one (--reviewed-only).", "dim"))


def _print_trial(row: Row, console: Console) -> None:
    console.print()
    say(console, Padding(titled(marked(told.MARKS[row["verdict"]]), row["title"], row["nct_id"]), (0, 0, 0, 2)))
    lines: list[tuple[str, RenderableType]] = [("record", plain(told.status_text(row), "dim"))]
    if row["cause"]:
        lines.append(("because", _quoted(row["cause"])))
    if row["unreviewed"]:
        lines.append(("review", plain(told.UNREVIEWED, TONES["open"])))
    if row["undo"]:
        lines.append(("changes if", plain(f"{' and '.join(row['undo'])} were not so")))
    if told.mending_text(row):
        lines.append(("mends", plain(told.mending_text(row))))
    if row["missing"] and row["verdict"] != "ineligible":
        names = [item["fact"] for item in row["missing"]]
        more = f" and {len(names) - MISSING} more" if len(names) > MISSING else ""
        lines.append(("missing", plain(", ".join(names[:MISSING]) + more)))
    judged = [item for item in row["lines"] if item["to_judge"] and item["verdict"] == "open"]
    if judged and row["verdict"] != "ineligible":
        lines.append(("to judge", joined(plain(f'"{item["span"]}"') for item in judged[:MISSING])))
    lines.append(("left to you", plain(told.left_text(row), "dim")))
    say(console, labeled(lines))


def _quoted(row: Row) -> Text:
    text = plain(f'"{row["span"]}"') + plain(f" ({told.place_text(row)}, {row['review']})", "dim")
    for leaf in row["because"]:
        text += Text("\n  ") + leaf_text(leaf)
    return text


def _print_atom(row: Row, console: Console) -> None:
    mark = mark_of(told.LINE_MARKS, told.verdict_of(row))
    text = marked(mark) + plain(f"  {row['effect']} {row['atom']}", "dim") + plain(f" [{row['review']}]", "dim")
    for leaf in row["because"]:
        text += Text("\n    ") + leaf_text(leaf)
    if row["to_judge"] and row["because"]:
        text += plain(f"\n    the rest is {told.JUDGED_TEXT}", TONES["calm"])
    say(console, Padding(text, (0, 0, 0, 9)))
