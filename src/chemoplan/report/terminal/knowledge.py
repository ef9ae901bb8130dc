"""Answers about the knowledge in the terminal: a question over all cases, checks, lists, one item, a difference."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

from chemoplan.report.terminal.pieces import TONES, Row, heading, joined, labeled, plain, say, table_of
from chemoplan.report.words import count_text

if TYPE_CHECKING:  # both import the prover, which a plain plan must not wait for
    from chemoplan.plan.ask import AskResult
    from chemoplan.plan.check import Check

ANSWERS = {
    "never": ("never", "good", "Proved for every valid case."),
    "witness": ("yes, for this case", "open", "The smallest case found; `plan` gives the same verdicts for it."),
    "undecided": ("undecided", "bad", "The proof did not end in time. This is no answer."),
}


def print_ask(result: AskResult, console: Console) -> None:
    """Print the answer to a question over all cases."""
    word, tone, meaning = ANSWERS.get(result.status, (result.status, "calm", ""))
    say(console, plain(result.question, "dim"))
    say(console, plain(word, TONES[tone]) + plain(f"  {meaning}"))
    if result.witness is not None:
        say(console, _witness(result.witness))


def print_checks(checks: Sequence[Check], console: Console) -> None:
    """Print what was checked: failures with their witness, then a count for each kind."""
    failed = [check for check in checks if not check.holds]
    for check in failed:
        say(console, Text("✕ ", style=TONES["bad"]) + plain(check.id, "bold") + plain(f"  {check.title}"))
        if check.message:
            say(console, Padding(plain(check.message), (0, 0, 0, 2)))
        if check.witness is not None:
            say(console, _witness(check.witness))
    if failed:
        console.print()
    kinds = list(dict.fromkeys(check.kind for check in checks))
    table = table_of(
        ("checked", "hold", "fail"),
        (
            (
                plain(kind),
                Text(str(sum(check.holds for check in checks if check.kind == kind)), justify="right"),
                Text(str(sum(not check.holds for check in checks if check.kind == kind)), justify="right"),
            )
            for kind in kinds
        ),
    )
    say(console, table)
    if failed:
        say(console, plain(f"✕ {len(failed)} of {count_text(len(checks), 'check')} failed", TONES["bad"]))
    else:
        say(
            console,
            plain(f"● all {count_text(len(checks), 'check')} hold, each proved for every valid case", TONES["good"]),
        )


def print_table(rows: Iterable[Row], console: Console) -> None:
    """Print mappings as a table; the columns are the keys of the rows."""
    found = list(rows)
    columns = list(dict.fromkeys(key for row in found for key in row))
    if not found:
        say(console, plain("none", "dim"))
        return
    say(console, table_of(columns, ([plain(_cell(row.get(key))) for key in columns] for row in found)))


def print_item(item: Row, console: Console) -> None:
    """Print one item of the knowledge with everything it says; what is empty is left out."""
    say(console, plain(item["id"], "bold") + plain(f"  {item.get('what', '')}", "dim"))
    rest = {key: value for key, value in item.items() if key not in ("id", "what")}
    say(console, Padding(plain("\n".join(_lines(rest))), (0, 0, 0, 2)))


def print_difference(result: Row, console: Console) -> None:
    """Print what an overlay changes, and for which shipped cases the plan changes."""
    before, after = result["before"], result["after"]
    versions = (f"{item['version']} ({item['sha256'][:12]})" for item in (before, after))
    say(console, plain(f"knowledge {' → '.join(versions)}", "dim"))
    heading(console, "Items", count_text(len(result["items"]), "change"))
    print_table(result["items"], console)
    heading(console, "Shipped cases", f"{count_text(len(result['cases']), 'plan')} changed")
    for case in result["cases"]:
        say(console, plain(case["case"], "bold") + plain(f"  {case['title']}"))
        rows = ([plain(_cell(row[key])) for key in ("option", "before", "after")] for row in case["changes"])
        say(console, Padding(table_of(("option", "before", "after"), rows), (0, 0, 0, 2)))
    if not result["cases"]:
        say(console, plain("none", "dim"))


def _witness(facts: Mapping[str, Any]) -> Padding:
    if not facts:
        return Padding(plain("every case, even one without any fact"), (0, 0, 0, 4))
    lines = [plain(f"{name}: {_cell(value)}") for name, value in facts.items()]
    return labeled([("witness", joined(lines))], indent=2)


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list):
        return ", ".join(map(_cell, value)) or "[]"
    if isinstance(value, dict):
        return "; ".join(f"{key}: {_cell(item)}" for key, item in value.items())
    return str(value)


def _lines(value: Mapping[str, Any], indent: str = "") -> Iterable[str]:
    for key, item in value.items():
        if item in (None, "", [], {}):
            continue
        if isinstance(item, dict):
            yield f"{indent}{key}:"
            yield from _lines(item, f"{indent}  ")
        elif isinstance(item, list) and any(isinstance(member, dict) for member in item):
            yield f"{indent}{key}:"
            for member in item:
                inner = (
                    list(_lines(member, f"{indent}    "))
                    if isinstance(member, dict)
                    else [f"{indent}    {_cell(member)}"]
                )
                yield f"{indent}  - {inner[0].strip()}" if inner else f"{indent}  -"
                yield from inner[1:]
        else:
            yield f"{indent}{key}: {_cell(item)}"
