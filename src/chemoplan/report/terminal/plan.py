"""A plan in the terminal: what is missing first, then options with their reasons, then what was excluded and why."""

from __future__ import annotations

from typing import Literal

from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.text import Text

from chemoplan.report.outline import Group, decisions, groups
from chemoplan.report.terminal.facts import print_fact_rows, print_problems
from chemoplan.report.terminal.pieces import (
    TONES,
    Row,
    evidence_block,
    evidence_line,
    heading,
    joined,
    labeled,
    marked,
    plain,
    reason,
    review_line,
    say,
    sources_line,
    table_of,
    titled,
)
from chemoplan.report.words import (
    INTENDED_USE,
    REMOTE,
    SEVERITIES,
    STATUSES,
    VERDICTS,
    commands_of,
    components_text,
    count_text,
    mark_of,
    notice,
    regions_text,
)

Detail = Literal["brief", "full"]
QUESTIONS_IN_BRIEF = 8
CONDITIONAL_IN_BRIEF = 6


def print_plan(plan: Row, console: Console, detail: Detail = "full") -> None:
    """Print a plan. `brief` keeps verdicts, sources and the first questions; `full` adds every reason and statement."""
    full = detail == "full"
    print_head(plan, console, "Plan")
    _print_missing(plan, console, full)
    for statement in plan["statements"]:
        console.print()
        say(console, Padding(Text("■ ", style=TONES["bad"]) + plain(statement["text"], "bold"), (0, 0, 0, 2)))
        say(console, Padding(plain(statement["ask"]), (0, 0, 0, 4)))
    _print_alerts(plan, console, full)
    for group in groups(plan):
        _print_group(group, console, full)
    _print_excluded(plan, console, full)
    _print_conflicts(plan, console, full)
    print_problems(plan, console)
    if full:
        heading(console, "Facts", "stated, derived, or asked for")
        print_fact_rows(plan["facts"], console)
    console.print()
    say(console, plain(INTENDED_USE, "dim"))


def print_head(report: Row, console: Console, what: str) -> None:
    """Whose report it is, on which knowledge it stands, and that nobody signed it."""
    known = report["knowledge"]
    say(console, plain(f"{what} for {report['case']}", "bold") + plain(f"  {report.get('title') or ''}"))
    basis = f"knowledge {known['version']} as of {known['as_of']}"
    if known.get("overlays"):
        basis += f" with local overlay {', '.join(known['overlays'])}"
    decided = report.get("decided_on")
    if decided:
        basis = f"decision of {decided}; {basis}"
    say(console, plain(f"{basis}; chemoplan {report['chemoplan']}", "dim"))
    say(console, plain(notice(report), TONES["open"]))


def _print_missing(plan: Row, console: Console, full: bool) -> None:
    rows = decisions(plan)
    if not rows and not plan["gates"]:
        heading(console, "Missing facts", "none that would change the verdicts shown")
        return
    heading(console, "Missing facts", f"{count_text(len(rows), 'question')}, most decisive first")
    for gate in plan["gates"]:
        state = "holds back" if gate["verdict"] == "open" else "may hold back"
        more = f"; {state} {', '.join(gate['holds'])}"
        say(console, titled(Text("  ▲", style=TONES["open"]), gate["title"], gate["id"], more))
        say(console, Padding(plain(gate["text"]), (0, 0, 0, 4)))
        lines: list[tuple[str, RenderableType]] = [("asks for", plain(", ".join(gate["missing"])))]
        lines.append(("evidence", evidence_block(gate)) if full else ("sources", sources_line(gate)))
        lines.append(("reviewed", review_line(gate)))
        say(console, labeled(lines))
    if plan["gates"] and rows:
        console.print()
    shown = rows if full else rows[:QUESTIONS_IN_BRIEF]
    table = table_of(
        ("  decides", "fact", "question"),
        (
            (
                Text("  ▲ " if row.gate else "    ", style=TONES["open"]) + Text(f"{row.weight:>3}"),
                plain(row.fact),
                plain(row.question),
            )
            for row in shown
        ),
    )
    say(console, table)
    if len(shown) < len(rows):
        left = count_text(len(rows) - len(shown), "more question")
        say(console, Padding(plain(f"and {left} (leave out --brief to see all)", "dim"), (0, 0, 0, 4)))
    if any(row.gate for row in shown):
        meaning = "▲ a gate: options wait until this is known. The number counts options and alerts that it decides."
        say(console, Padding(plain(meaning, "dim"), (0, 0, 0, 4)))


def _print_alerts(plan: Row, console: Console, full: bool) -> None:
    if not plan["alerts"]:
        return
    heading(console, "Alerts", count_text(len(plan["alerts"]), "alert"))
    for alert in plan["alerts"]:
        say(console, titled(Text("  ") + marked(mark_of(SEVERITIES, alert["severity"])), alert["title"], alert["id"]))
        say(console, Padding(plain(alert["text"]), (0, 0, 0, 4)))
        lines: list[tuple[str, RenderableType]] = []
        if alert["components"]:
            lines.append(("touches", plain(", ".join(alert["components"]))))
        lines += [("change", plain(f"{item['component']}: {item['text']}")) for item in alert["modifies"]]
        if full:
            lines += [("because", reason(trace)) for trace in alert["because"]]
        lines.append(("evidence", evidence_block(alert)) if full else ("sources", sources_line(alert)))
        lines.append(("reviewed", review_line(alert)))
        say(console, labeled(lines))


def _print_group(group: Group, console: Console, full: bool) -> None:
    if not group.offered and not group.undecided:
        return
    heading(console, group.title, f"{len(group.offered)} offered, {group.undecided} conditional")
    for option in group.offered:
        _print_option(option, console, full)
    shown = group.conditional if full else group.conditional[:CONDITIONAL_IN_BRIEF]
    for option in shown:
        _print_option(option, console, full)
    if len(shown) < len(group.conditional):
        left = count_text(len(group.conditional) - len(shown), "more conditional option")
        advice = f"and {left}: answer the questions above first, or leave out --brief to see all"
        say(console, Padding(plain(advice, "dim"), (0, 0, 0, 4)))
    if group.remote:
        names = ", ".join(option["id"] for option in group.remote)
        say(console, Padding(plain(f"{REMOTE}{'' if full else f' ({names})'}", "dim"), (0, 0, 0, 4)))
    for option in group.remote if full else ():
        _print_option(option, console, full)


def _print_option(option: Row, console: Console, full: bool) -> None:
    mark = mark_of(VERDICTS, option["verdict"])
    say(console, titled(Text(f" {option['rank']:>2}  ") + marked(mark), option["title"], option["id"]))
    lines: list[tuple[str, RenderableType]] = []
    if option["depends_on"]:
        lines.append(("depends on", plain(_some(option["depends_on"], len(option["depends_on"]) if full else 5))))
    elif option["verdict"] == "conditional":
        lines.append(("depends on", plain("what the gate above asks for")))
    if not full and option["verdict"] != "offered":
        say(console, labeled([*lines, ("sources", sources_line(option)), ("reviewed", review_line(option))], indent=5))
        return
    if option["components"]:
        lines.append(("components", plain(components_text(option["components"]))))
    if option["sequence"]:
        steps = option["sequence"]
        lines.append(
            (
                "sequence",
                joined([plain(f"{at}. {step}" if len(steps) > 1 else step) for at, step in enumerate(steps, 1)]),
            )
        )
    for name, command, others in commands_of(option):
        lines.append((name, plain(command) + plain(f"  also {others}" if others else "", "dim")))
    if full and option["text"]:
        lines.append(("what it is", plain(option["text"])))
    lines += [("note", plain(note["text"]) + plain(f" ({note['entry']})", "dim")) for note in option["notes"]]
    for caution in option["cautions"]:
        lines.append(("▲ caution", _caution(caution, full)))
    if full:
        lines.append(("because", joined([reason(trace) for trace in option["because"]])))
        if option["changes_if"] and option["verdict"] == "offered":
            lines.append(("excluded if", plain("; ".join(item["title"] for item in option["changes_if"]))))
    if option["regions"]["cited"] and (full or option["regions"]["own"] is False):
        lines.append(("cited from", plain(regions_text(option["regions"]))))
    if option["conflicts"]:
        lines.append(("disagreement", plain(", ".join(option["conflicts"]) + " (below)")))
    lines.append(("evidence", evidence_block(option)) if full else ("sources", sources_line(option)))
    lines.append(("reviewed", review_line(option)))
    say(console, labeled(lines, indent=5))


def _caution(caution: Row, full: bool) -> RenderableType:
    named = f"{caution['component']}: " if caution.get("component") else ""
    text = plain(named + caution["text"])
    if not caution.get("evidence"):
        return text
    if full:
        return joined([text, *(evidence_line(line) for line in caution["evidence"])])
    return text + Text("  ") + sources_line(caution)


def _some(names: list[str], number: int) -> str:
    left = len(names) - number
    return ", ".join(names[:number]) + (f" and {left} more" if left > 0 else "")


def _print_excluded(plan: Row, console: Console, full: bool) -> None:
    if not plan["excluded"]:
        return
    heading(console, "Excluded", f"{count_text(len(plan['excluded']), 'option')} that would be listed, and why not")
    for option in plan["excluded"]:
        say(console, titled(Text("     ") + marked(VERDICTS["excluded"]), option["title"], option["id"]))
        lines: list[tuple[str, RenderableType]] = []
        for trace in option["because"]:
            named = f": {', '.join(trace['components'])}" if trace.get("components") else ""
            lines.append(("because", reason(trace, full) + plain(named)))
        lines.append(("evidence", evidence_block(option)) if full else ("sources", sources_line(option)))
        lines.append(("reviewed", review_line(option)))
        say(console, labeled(lines, indent=5))


def _print_conflicts(plan: Row, console: Console, full: bool) -> None:
    if not plan["conflicts"]:
        return
    heading(console, "Where guidelines disagree", "every position, not averaged")
    for conflict in plan["conflicts"]:
        say(console, plain(f"  {conflict['id']}  ", "dim") + plain(conflict["topic"], "bold"))
        if not full:
            bodies = (f"{position['body']} {position['date'] or 'no date'}" for position in conflict["positions"])
            say(console, Padding(plain("; ".join(bodies), "dim"), (0, 0, 0, 4)))
            continue
        table = table_of(
            ("body", "date", "position", "status"),
            (
                (
                    plain(position["body"]),
                    plain(position["date"] or "no date"),
                    plain(" ".join(filter(None, (position["position"], position.get("remark"))))),
                    marked(mark_of(STATUSES, position["status"])),
                )
                for position in conflict["positions"]
            ),
        )
        table.columns[0].max_width = 22
        table.columns[1].no_wrap = table.columns[3].no_wrap = True
        say(console, Padding(table, (0, 0, 0, 4)))
