"""`chemoplan cohort TABLE`: everybody of a table planned for, with options, alerts and what is missing."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from chemoplan.cli.cohort_trials import run_table
from chemoplan.cli.shared import show, write_json

if TYPE_CHECKING:
    from chemoplan.cohort.blocks import Summary
    from chemoplan.knowledge import Knowledge


def plan_cohort(
    table: Path,
    output: Path | None,
    *,
    missing: bool,
    lenient: bool,
    workers: int | None,
    overlays: tuple[Path, ...],
    form: str,
) -> None:
    """Plan for the people of a table, and show how many have each option, alert and open question."""
    from chemoplan.cohort.plan_many import ROWS_WITH_MISSING, answering
    from chemoplan.cohort.tables import ROWS
    from chemoplan.knowledge import load_knowledge

    knowledge = load_knowledge(overlays)
    places = {} if output is None else {"people": output}
    summary = run_table(
        table, answering, (missing, overlays), {"what": "plans", "missing": missing}, places,
        lenient=lenient, workers=workers, knowledge=knowledge, what="planning",
        rows=ROWS_WITH_MISSING if missing else ROWS,
    )  # fmt: skip
    result = plan_summary(table.name, summary, knowledge)
    if form == "json":
        write_json(result, None)
        return
    from rich.console import Console

    from chemoplan.report.terminal.cohort_tables import print_cohort_plans

    if output is not None:
        print_cohort_plans(result, Console(stderr=True, highlight=False))
    else:
        show(lambda console: print_cohort_plans(result, console), None)


def plan_summary(table: str, summary: Summary, knowledge: Knowledge) -> dict[str, Any]:
    """The counts as plain JSON data: options, alerts and missing facts that anybody has, most people first."""
    from chemoplan import __version__
    from chemoplan.cohort.columns import VERDICTS
    from chemoplan.cohort.plan_many import alerting

    people, left_out = (int(number) for number in summary.counts["people"])
    options = [
        {"id": option.id, "title": option.title, **dict(zip(VERDICTS[1:], row[1:].tolist(), strict=True))}
        for option, row in zip(knowledge.options.values(), summary.counts["options"], strict=True)
    ]
    alerts = [
        {"id": entry.id, "title": entry.title, "severity": entry.severity, "people": int(count)}
        for entry, count in zip(alerting(knowledge), summary.counts["alerts"], strict=True)
    ]
    missing = [
        {"fact": fact.name, "question": fact.question, "people": int(count)}
        for fact, count in zip(knowledge.vocabulary.values(), summary.counts.get("missing", ()), strict=False)
    ]
    return {
        "chemoplan": __version__,
        "knowledge": {"version": knowledge.version, "sha256": knowledge.sha256, "as_of": knowledge.as_of},
        "kind": "cohort plan", "cohort": table, "people": people, "left_out": left_out, "refused_values": summary.refused,
        "options": _some(options, *VERDICTS[1:]), "alerts": _some(alerts, "people"), "missing": _some(missing, "people"),
    }  # fmt: skip


def _some(rows: list[dict[str, Any]], *counts: str) -> list[dict[str, Any]]:
    """The rows that count anybody, the greatest first."""
    kept = [row for row in rows if any(row[name] for name in counts)]
    return sorted(kept, key=lambda row: [-row[name] for name in counts])
